/**
 * Runs everything that tests: the host program's unit tests on every supported Python found here, and vitest.
 * `node scripts/test.ts [--slow] [NAME...]`: `--slow` runs instead what takes too long for every change; names of test
 * files are passed on to vitest and leave the Python part out.
 * The last line is `N passed, N failed`.
 */
import { existsSync, mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { actProgram } from './act.ts';
import { succeeds } from './command.ts';
import { type Counts, judged, line, strict, sum, vitestCounts } from './counts.ts';
import { ensurePackages, TESTBED_PACKAGES } from './debian.ts';
import { findPythons } from './python.ts';
import { supervisordPython } from './supervisord.ts';

const root = join(import.meta.dirname, '..');
const none: Counts = { passed: 0, failed: 0, skipped: 0 };

function ran(file: string, read: (text: string) => Counts, well: boolean): Counts {
  const counts = existsSync(file) ? read(readFileSync(file, 'utf8')) : none;
  return judged(counts, well ? 'well' : 'badly');
}

function pythonTests(results: string): Counts[] {
  const pythons = findPythons();
  if (pythons.length === 0) {
    console.error('no Python 3.9 to 3.14 found: the host program was not tested');
    return [{ ...none, failed: 1 }];
  }
  return pythons.map(({ minor, executable }, index) => {
    console.log(`\nhost program on Python ${minor}`);
    const file = join(results, `python-${minor}.json`);
    // Tests with a real supervisord, and those of whole sites, take a minute each; the oldest Python runs them for all.
    const extra = index === 0 ? { GRACEFUL_TEST_SUPERVISOR: supervisordPython() } : { GRACEFUL_TEST_QUICK: 'yes' };
    const args = ['-B', 'scripts/unittests.py', 'host/tests', 'host', file];
    return ran(file, JSON.parse, succeeds(executable, args, { cwd: root, env: { ...process.env, ...extra } }));
  });
}

function vitest(results: string, projects: string[], names: string[]): Counts {
  const file = join(results, 'vitest.json');
  const chosen = projects.map((project) => `--project=${project}`);
  const args = ['run', ...chosen, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...names];
  const well = succeeds('vitest', args, { cwd: root });
  return ran(file, (text) => vitestCounts(JSON.parse(text)), well);
}

const { values, positionals: names } = parseArgs({ options: { slow: { type: 'boolean' } }, allowPositionals: true });
using results = mkdtempDisposableSync(join(tmpdir(), 'graceful-test-'));
ensurePackages(TESTBED_PACKAGES);
if (values.slow) console.log(`workflows are run by ${actProgram()}`);
const python = values.slow || names.length > 0 ? [] : pythonTests(results.path);
const counts = [
  ...python,
  vitest(results.path, values.slow ? ['slow', 'supervisord', 'systemd-user'] : ['main'], names),
];
const total = strict(sum(counts), Boolean(process.env['CI']));
console.log(`\n${line(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
