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
import { findPythons, type Python } from './python.ts';
import { supervisordPython } from './supervisord.ts';

const root = join(import.meta.dirname, '..');
const none: Counts = { passed: 0, failed: 0, skipped: 0 };

function ran(file: string, read: (text: string) => Counts, well: boolean): Counts {
  const counts = existsSync(file) ? read(readFileSync(file, 'utf8')) : none;
  return judged(counts, well ? 'well' : 'badly');
}

/** The host program's unit tests on one Python; what they say is told as one, when they are over. */
async function onPython({ minor, executable }: Python, results: string, more: NodeJS.ProcessEnv): Promise<Counts> {
  const file = join(results, `python-${minor}.json`);
  const args = ['-B', 'scripts/unittests.py', 'host/tests', 'host', file];
  const { well, said } = await heard(executable, args, { cwd: root, env: { ...process.env, ...more } });
  console.log(`\nhost program on Python ${minor}\n${said.trimEnd()}`);
  return ran(file, JSON.parse, well);
}

/**
 * Those on all Pythons, as many at once as there are cores.
 * @returns their counts; the last one, on the newest Python, may still be under way: tests with a real supervisord take
 * more than a minute, in which they do little but wait
 */
async function pythonTests(results: string): Promise<Promise<Counts>[]> {
  const [newest, ...others] = findPythons().toReversed();
  if (newest === undefined) {
    console.error('no Python 3.9 to 3.14 found: the host program was not tested');
    return [Promise.resolve({ ...none, failed: 1 })];
  }
  const oldest = others.at(-1) ?? newest;
  const quick = (python: Python) => (python === oldest ? {} : { GRACEFUL_TEST_QUICK: 'yes' });
  const supervised = { GRACEFUL_TEST_SUPERVISOR: supervisordPython() };
  const last = onPython(newest, results, { ...quick(newest), ...supervised });
  const counts: Promise<Counts>[] = [];
  await inParallel(others.toReversed(), availableParallelism(), async (python) => {
    // Tests of whole sites take long, too: the oldest one runs them for all.
    const one = onPython(python, results, quick(python));
    counts.push(one);
    await one;
  });
  return [...counts, last];
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
const whole = vitest(results.path, values.slow ? ['slow', 'supervisord', 'systemd-user'] : ['main'], names);
const counts = [...(await Promise.all(python)), whole];
const total = strict(sum(counts), Boolean(process.env['CI']));
console.log(`\n${line(total)}`);
process.exitCode = total.failed > 0 ? 1 : 0;
