/** `docs/benchmarks.md` and its plots, made of one benchmark run. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { whatLimitedHosts } from './goals/on-its-own.ts';
import { type Goal, goals, lastLine } from './goals.ts';
import { method } from './method.ts';
import { goalsTable, headline, whatHoldsUp } from './opening.ts';
import { hasSenders, pick } from './picks.ts';
import { plots } from './plots.ts';
import { type Results, results as schema } from './results.ts';
import {
  bumpTables,
  codeTables,
  driftTable,
  environmentTable,
  growthTable,
  rollbackTables,
  safetyTable,
  unchangedTables,
} from './tables.ts';

const root = join(import.meta.dirname, '../..');
/** Where the page is, and where the results of benchmark runs are. */
const DOCS = join(root, 'docs');
const RESULTS = join(root, 'bench/results');

/** Below `docs/`. */
const PAGE = 'benchmarks.md';
const PLOTS = 'benchmarks';

/** The page and its plots by path below `docs/`. */
export function page(results: Results): Readonly<Record<string, string>> {
  const drawn = plots(results);
  const judged = goals(results);
  const shown = (...names: string[]): string[] =>
    drawn
      .filter(({ name }) => names.includes(name))
      .map(({ name, title }) => `![${title}; its figures are in the tables](${PLOTS}/${name}.svg)`);
  const sections = [
    '# Benchmarks',
    '<!-- Written by `npm run bench`, never by hand; `npm run docs` writes it anew from the newest file in bench/results/. -->',
    'Graceful beside what people use to put a Django site live on their own hosts, all in one run on one machine. Figures are medians, with the least and the most in brackets.',
    ...(results.quick
      ? ['**A quick run: each thing measured once, with few of the peers. Nothing can be concluded from it.**']
      : []),
    headline(results, judged),
    '## Goals',
    'Set before anything was measured; that a whole deploy lasts until the new version alone is served, and not only to the command’s end, was made plain later: some commands end seconds before. Both are told. What was not measured is not met.',
    goalsTable(judged),
    ...heldUp(judged),
    '## Code-only deploy',
    'A commit that changes code and nothing else. The fastest way is not the best one if it drops requests on the way.',
    ...shown('code-first-answer', 'code-exit'),
    codeTables(results),
    '## What visitors notice',
    'Of the same code-only deploys.',
    ...shown('failed', 'slowest'),
    '### A broken commit',
    `A commit whose \`wsgi.py\` cannot be imported, put live by each way${atEachLink(results)}: no command of \`manage.py\` needs that file, so only who starts the server finds out. What the site answers is looked at 5 s after the command’s end.`,
    safetyTable(results),
    '## One package bumped',
    [
      'A commit that raises one requirement by one version, each time to one that no host has seen before.',
      ...(hasSenders(results)
        ? [
            'Beside the other ways, two that build on the runner’s side as Graceful does, and send all that with what there is for sending files.',
          ]
        : []),
      'Peers that install on the host find the package there already: what they would fetch from an index is not in their bytes.',
    ].join(' '),
    ...shown('bump-bytes', 'bump-exit'),
    bumpTables(results),
    '## Rollback',
    'Back to the version before, by the ways that have such a thing.',
    ...shown('rollback'),
    rollbackTables(results),
    '## Nothing changed',
    'The same commit once more.',
    ...shown('unchanged'),
    unchangedTables(results),
    '## The environment',
    'All packages of the site, brought to a virtual environment on the runner’s side, on all processors of the idle machine; no host takes part. Graceful resolves the list, installs it, compiles its bytecode the same way each time, and takes down the digest of each file; the bare tool installs, and with the option compiles.',
    environmentTable(results),
    '## Growth',
    'On the local link.',
    '### Hosts at once',
    ...shown('growth-hosts'),
    growthTable(results, 'hosts', 'Hosts'),
    ...sentences(whatLimitedHosts(results)),
    '### Files in an unchanged environment',
    'The same code-only deploy beside an environment that the host has already. Whatever is done for each file shows: a single `lstat` for each of 50 000 takes 0.12 s of processor time.',
    ...shown('growth-files', 'growth-files-host'),
    growthTable(results, 'files', 'Files'),
    '### Kept releases',
    ...shown('growth-kept'),
    growthTable(results, 'kept', 'Releases'),
    '## Drift',
    'Of the code-only deploys, how much longer the commands of the later half took than those of the earlier half. Differences between ways that are smaller than this say nothing.',
    driftTable(results),
    '## How it was measured',
    method(results),
    '### Again',
    '`npm run bench`, as root on Debian 12, sets all of it up, measures, and writes this page. Every single measurement is in `bench/results/`.',
    lastLine(judged),
  ];
  return {
    [PAGE]: `${sections.join('\n\n')}\n`,
    ...Object.fromEntries(drawn.map(({ name, svg }) => [`${PLOTS}/${name}.svg`, svg])),
  };
}

const sentences = (text: string): string[] => (text === '' ? [] : [text]);

function atEachLink(results: Results): string {
  const links = new Set(pick(results, { part: 'broken' }).map(({ line }) => line));
  return links.size > 1 ? ', once at each link and a good one between' : '';
}

function heldUp(judged: readonly Goal[]): string[] {
  const text = whatHoldsUp(judged);
  return text === '' ? [] : ['### What holds up those that are missed', text];
}

/**
 * Writes the page, and takes away plots that it no longer has.
 * @param folder that of the documentation
 */
export async function writePage(results: Results, folder = DOCS): Promise<void> {
  const files = page(results);
  await mkdir(join(folder, PLOTS), { recursive: true });
  for (const name of await plotsIn(folder)) await rm(join(folder, PLOTS, name));
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
}

/** @returns the names of those that are there */
async function plotsIn(folder: string): Promise<string[]> {
  const names = await namesIn(join(folder, PLOTS));
  return names.filter((name) => name.endsWith('.svg'));
}

/** @returns none where there is no such folder */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

/** Makes the page what the newest results say; without any there is none. */
export async function renewPage(): Promise<void> {
  const results = await newestResults();
  if (results !== null) await writePage(results);
  else for (const path of [PAGE, PLOTS]) await rm(join(DOCS, path), { recursive: true, force: true });
}

/** @returns null where there is no benchmark run yet. @throws where the file is not one */
export async function newestResults(folder = RESULTS): Promise<Results | null> {
  const newest = (await namesIn(folder))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .at(-1);
  if (newest === undefined) return null;
  return schema.parse(JSON.parse(await readFile(join(folder, newest), 'utf8')));
}

/** @returns the paths below `docs/` that are not what the newest results say: written otherwise, missing, or there without results */
export async function stale(): Promise<string[]> {
  const results = await newestResults();
  const want = results === null ? {} : page(results);
  const there = await plotsIn(DOCS);
  const paths = new Set([...Object.keys(want), PAGE, ...there.map((name) => `${PLOTS}/${name}`)]);
  const checked = await Promise.all(
    [...paths].map(async (path) => ({ path, text: await readFile(join(DOCS, path), 'utf8').catch(() => undefined) })),
  );
  return checked.filter(({ path, text }) => text !== want[path]).map(({ path }) => path);
}
