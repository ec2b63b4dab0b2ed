/**
 * Measures Graceful against what others do, on one booted host, in one run.
 *
 * `npm run bench [-- --quick] [--only PART|WAY|LINE...] [--to FOLDER]`: a whole run writes `bench/results/<date>.json`, over that of an
 * earlier run of the same day, and with it `docs/benchmarks.md` and README.md's part; one that is quick or chosen writes both to a temporary folder, unless `--to` names another.
 * So does one that something ends before all is measured. The last line is `bench: M of N goals met`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages, TESTBED_PACKAGES } from '../scripts/debian.ts';
import { writeDocs } from '../scripts/docs.ts';
import { bench } from './bench.ts';
import { goals, lastLine } from './report/goals.ts';
import { writePage } from './report/page.ts';
import { CHOICES, choose } from './schedule.ts';
import { LINES } from './way.ts';
import { GRACEFUL } from './ways/graceful.ts';
import { ONLY_BYTES, WAYS } from './ways/index.ts';

const QUICK_WAYS = [GRACEFUL.name, 'ssh-restart', 'capistrano'];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    to: { type: 'string' },
  },
});
const { quick, only } = values;
const all = [...WAYS, ...ONLY_BYTES].map(({ name }) => name);
const chosen = choose(only, { parts: CHOICES, lines: quick ? ['local'] : LINES, ways: quick ? QUICK_WAYS : all });
const ways = [...WAYS, ...ONLY_BYTES].filter(({ name }) => chosen.ways.includes(name) || name === GRACEFUL.name);

ensurePackages([...TESTBED_PACKAGES, 'git']);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => ending.abort(new Error(`ended by ${signal}`)));
const { results, failure } = await bench({
  ...chosen,
  ways,
  quick,
  tell: (line) => console.log(line),
  signal: ending.signal,
});

const whole = !quick && only.length === 0 && failure === null;
const to = values.to ?? (whole ? undefined : join(tmpdir(), 'graceful-bench-results'));
const folder = to ?? join(import.meta.dirname, 'results');
await mkdir(folder, { recursive: true });
const file = join(folder, `${results.at.slice(0, 10)}.json`);
await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
if (to === undefined) await writeDocs();
else await writePage(results, folder);
console.log(file);
if (failure !== null) throw new Error(`${file} has what was measured until something failed`, { cause: failure });
console.log(lastLine(goals(results)));
