import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from './command.ts';
import { goInstall } from './go.ts';
import { toolFolder } from './tool-folder.ts';
import { hostingPython, makeVenv } from './venv.ts';

const PINS = join(import.meta.dirname, 'lint-tools/requirements.txt');
/** Built from its Go module: its package on PyPI downloads a binary instead. */
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';

/** Folder whose `bin/` holds ruff, mypy, zizmor and actionlint at their pinned versions; made when missing. */
export function lintTools(): string {
  const python = hostingPython();
  return toolFolder({
    name: 'the linters',
    pins: [readFileSync(PINS, 'utf8'), ACTIONLINT, python.minor].join('\n'),
    make(folder) {
      makeVenv(folder, PINS, python);
      goInstall(ACTIONLINT, join(folder, 'bin'));
    },
    works: (folder) => answer(join(folder, 'bin/python'), ['-c', '']) !== undefined,
  });
}
