/** What README.md tells of the newest benchmark run. */
import { goals } from './goals.ts';
import { FIRST_ANSWER, lostRequests, ROLLBACK, racesTable } from './opening.ts';
import { OURS } from './picks.ts';
import type { Results } from './results.ts';

/** As Markdown. @param results null where there is no benchmark run yet */
export function inShort(results: Results | null): string {
  if (results === null)
    return 'Not measured yet: `npm run bench` measures it, and writes it down here and in `docs/benchmarks.md`.';
  const judged = goals(results);
  const met = judged.filter(({ state }) => state === 'met').length;
  const ours = results.runs.filter(({ way }) => way === OURS);
  const { cores } = results.machine;
  return [
    `Graceful beside what people use to put a Django site live on their own hosts, measured in one run on one machine of ${cores} cores on ${results.at.slice(0, 10)}; medians:`,
    racesTable(results, [FIRST_ANSWER, ROLLBACK]),
    `In all of Graceful’s deploys there, broken commits and rollbacks included, ${lostRequests(ours)}. ${met} of the ${judged.length} goals that were set before are met.`,
    '[docs/benchmarks.md](docs/benchmarks.md) has all figures, how they were measured, and what holds up the goals that are missed; `npm run bench` measures again.',
  ].join('\n\n');
}
