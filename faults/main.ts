/**
 * Plays everything that can go wrong with a site and its host, and checks after each case that nothing did.
 *
 * `npm run faults -- [--only CASE...] [--from CASE] [--hosts N] [--list]`: the last line is `faults: N cases, V violations`.
 * `npm run faults -- --mutations [--only MUTATION...]`: takes the host program's lines out, one at a time, and plays the cases
 * that guard each; the last line is `mutations: N, S survived`.
 */
import { matchesGlob } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePackages, TESTBED_PACKAGES } from '../scripts/debian.ts';
import { inParallel } from '../scripts/in-parallel.ts';
import { allCases, untried } from './cases.ts';
import { checkMutations, playMutation } from './mutate.ts';
import { MUTATIONS } from './mutations.ts';
import { playAll } from './pool.ts';
import { journalRecords } from './records.ts';
import { lastLine, lineOf, mutationLine, tableOf } from './report.ts';

/** Hosts at once: each waits most of the time, for others to end or for a lease to be over. */
const HOSTS = '4';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    from: { type: 'string' },
    hosts: { type: 'string', default: HOSTS },
    list: { type: 'boolean' },
    mutations: { type: 'boolean' },
  },
});
const hosts = Number(values.hosts);

const missing = untried(journalRecords());
if (missing.length > 0)
  throw new Error(`journalled steps without a case in faults/going.ts or faults/upkeep.ts: ${missing.join(', ')}`);
await checkMutations(MUTATIONS);

if (values.mutations) await playMutations();
else await playCases();

async function playCases(): Promise<void> {
  const chosen = choose(allCases());
  if (values.list) {
    for (const { id, says } of chosen) console.log(`${id}: ${says}`);
    return;
  }
  ensurePackages(TESTBED_PACKAGES);
  const played = await playAll(chosen, hosts, (one) => console.log(lineOf(one)));
  console.log(`\n${tableOf(played)}\n\n${lastLine(played)}`);
  if (played.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
}

async function playMutations(): Promise<void> {
  const chosen = choose(MUTATIONS);
  if (values.list) {
    for (const { id, file, upholds, cases } of chosen)
      console.log(`${id}: host/${file}: ${upholds}; ${cases.join(', ')}`);
    return;
  }
  ensurePackages(TESTBED_PACKAGES);
  let survived = 0;
  await inParallel(chosen, hosts, async (mutation) => {
    const { red, said } = await playMutation(mutation);
    console.log(mutationLine(mutation, red, said));
    if (!red) survived += 1;
  });
  console.log(`\nmutations: ${chosen.length}, ${survived} survived`);
  if (survived > 0) process.exitCode = 1;
}

/** Those whose name is, begins with (whole parts), or as a pattern matches one of `only`; from the one named `from` on. */
function choose<T extends { readonly id: string }>(all: readonly T[]): T[] {
  const { only = [], from } = values;
  const start = from === undefined ? 0 : all.findIndex(({ id }) => id === from);
  const fits = ({ id }: T) =>
    only.length === 0 || only.some((one) => id === one || id.startsWith(`${one}/`) || matchesGlob(id, one));
  const found = all.slice(Math.max(start, 0)).filter(fits);
  if (start < 0 || found.length === 0) throw new Error('there is none of that name; --list shows them all');
  return found;
}
