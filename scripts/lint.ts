/** Runs every linter and fails at the end if one of them did. */
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { succeeds } from './command.ts';
import { lintTools } from './lint-tools.ts';

const root = join(import.meta.dirname, '..');
process.chdir(root);

/** Scripts without an ending that are Python by their first line are named here. */
const PYTHON = ['host', 'scripts', 'examples/host/graceful-unit'].filter((path) => existsSync(path));
const WORKFLOWS = globSync(['.github/workflows/*.yml', 'docs/workflows/*.yml']).sort();

const tools = lintTools();
const tool = (name: string) => join(tools, 'bin', name);
const checks: [name: string, program: string, args: string[]][] = [
  ['biome', 'biome', ['check', '--error-on-warnings', '.']],
  ['ruff', tool('ruff'), ['check', '.', ...PYTHON.filter((path) => path.startsWith('examples/'))]],
  ['ruff format', tool('ruff'), ['format', '--check', '.', ...PYTHON.filter((path) => path.startsWith('examples/'))]],
  ['mypy', tool('python'), ['-m', 'mypy', ...PYTHON]],
  // shellcheck is left out so that a machine that has it finds nothing else than one that has not.
  ['actionlint', tool('actionlint'), ['-shellcheck=', '-pyflakes=', ...WORKFLOWS]],
  [
    'zizmor',
    tool('zizmor'),
    ['--offline', '--no-progress', '--quiet', '.github', ...globSync(['docs/workflows/*.yml', 'action.yml'])],
  ],
];

const failed = checks.filter(([name, program, args]) => {
  console.log(`\n${name}`);
  return !succeeds(program, args);
});
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.map(([name]) => name).join(', ')}`);
  process.exitCode = 1;
}
