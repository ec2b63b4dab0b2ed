/** Runs every linter and fails at the end if one of them did. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { succeeds } from './command.ts';
import { lintTools } from './lint-tools.ts';
import { lintWorkflows } from './lint-workflows.ts';

const root = join(import.meta.dirname, '..');
process.chdir(root);

/** Scripts without an ending that are Python by their first line are named here. */
const PYTHON = ['host', 'scripts', 'demo', 'examples/host/graceful-unit'].filter((path) => existsSync(path));

const tools = lintTools();
const tool = (name: string) => join(tools, 'bin', name);
const checks: [name: string, program: string, args: string[]][] = [
  ['biome', 'biome', ['check', '--error-on-warnings', '.']],
  ['ruff', tool('ruff'), ['check', '.', ...PYTHON.filter((path) => path.startsWith('examples/'))]],
  ['ruff format', tool('ruff'), ['format', '--check', '.', ...PYTHON.filter((path) => path.startsWith('examples/'))]],
  ['mypy', tool('python'), ['-m', 'mypy', ...PYTHON]],
];

const failed = checks.filter(([name, program, args]) => {
  console.log(`\n${name}`);
  return !succeeds(program, args);
});
console.log('\nactionlint, zizmor');
const all = [...failed.map(([name]) => name), ...lintWorkflows(root, join(tools, 'bin'))];
if (all.length > 0) {
  console.error(`\nfailed: ${all.join(', ')}`);
  process.exitCode = 1;
}
