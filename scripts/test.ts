/**
 * Runs everything that tests: the host program's unit tests on every supported Python found here, and vitest.
 * `node scripts/test.ts [--slow] [NAME...]`: `--slow` runs instead what takes too long for every change; names of test
 * files are passed on to vitest and leave the Python part out.
 * The last line is `N passed, N failed`.
 */
import { existsSync, mkdtempDisposableSync, readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { actProgram } from './act.ts';
import { heard, succeeds } from './command.ts';
import { type Counts, judged, line, strict, sum, vitestCounts } from './counts.ts';
import { ensurePackages, TESTBED_PACKAGES } from './debian.ts';
import { inParallel } from './in-parallel.ts';
import { findPythons } from './python.ts';
import { supervisordPython } from './supervisord.ts';

const root = join(import.meta.dirname, '..');
const none: Counts = { passed: 0, failed: 0, skipped: 0 };

function ran(file: string, read: (text: string) => Counts, well: boolean): Counts {
  const counts = existsSync(file) ? read(readFileSync(file, 'utf8')) : none;
  return judged(counts, well ? 'well' : 'badly');
}

/** The tests that take longest begin first, and as many at once as there are cores. */
async function pythonTests(results: string): Promise<Counts[]> {
  const [oldest, ...others] = findPythons();
  if (oldest === undefined) {
    console.error('no Python 3.9 to 3.14 found: the host program was not tested');
    return [{ ...none, failed: 1 }];
  }
  const newest = others.pop() ?? oldest;
  const supervisord = supervisordPython();
  const counts: Counts[] = [];
  await inParallel([oldest, newest, ...others], availableParallelism(), async (python) => {
    const file = join(results, `python-${python.minor}.json`);
    // Tests of whole sites, and those with a real supervisord, take long: the oldest and the newest run them for all.
    const env = {
      ...process.env,
      ...(python === oldest ? {} : { GRACEFUL_TEST_QUICK: 'yes' }),
      ...(python === newest ? { GRACEFUL_TEST_SUPERVISOR: supervisord } : {}),
    };
    const args = ['-B', 'scripts/unittests.py', 'host/tests', 'host', file];
    const { well, said } = await heard(python.executable, args, { cwd: root, env });
    console.log(`\nhost program on Python ${python.minor}\n${said.trimEnd()}`);
    counts.push(ran(file, JSON.parse, well));
  });
  return counts;
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
const python = values.slow || names.length > 0 ? [] : await pythonTests(results.path);
const counts = [
  ...python,
  vitest(results.path, values.slow ? ['slow', 'supervisord', 'systemd-user'] : ['main'], names),
];
const total = strict(sum(counts), Boolean(process.env['CI']));
console.log(`\n${line(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
