/** uv, as runners have it by setup-uv. */
import { delimiter, join } from 'node:path';
import { answer, must } from '../../scripts/command.ts';
import { toolFolder } from '../../scripts/tool-folder.ts';

const UV = 'uv==0.13.9';
const QUIETLY = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore'];

/** The folder that holds the program; installed once, from PyPI. */
export function uvFolder(): string {
  const folder = toolFolder({
    name: UV,
    pins: `${UV} of the benchmark`,
    make: (target) => must('python3', ['-m', 'pip', 'install', ...QUIETLY, '--no-deps', '--target', target, UV]),
    works: (target) => answer(join(target, 'bin/uv'), ['--version']) !== undefined,
  });
  return join(folder, 'bin');
}

/** Its variables: these folders of wheels are the only source of packages, and what it keeps is in `cache`. */
export const uvVariables = (wheels: readonly string[], cache: string) =>
  ({ UV_OFFLINE: '1', UV_NO_INDEX: '1', UV_FIND_LINKS: wheels.join(','), UV_CACHE_DIR: cache }) as const;

/** With the program before all others. */
export const pathWithUv = (): string => [uvFolder(), process.env['PATH'] ?? ''].join(delimiter);
