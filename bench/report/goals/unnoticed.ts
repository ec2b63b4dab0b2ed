/** The goal that no visitor notices anything of a deploy. */
import { LINES } from '../../way.ts';
import { failed as failedOf, figures, OURS, requests as requestsOf, worstPage, worstStatic } from '../picks.ts';
import type { Measured, Results } from '../results.ts';
import { count, LINE_TITLES, latency } from '../text.ts';
import { excess, notMeasured, type Verdict, verdict } from './verdict.ts';

/** A request may take this long, milliseconds, or that many times what it takes at most while nothing happens. */
const SLOW_MS = 100;
const OF_QUIET = 3;

/** A broken commit must not be seen: the version before answers all the time. */
const seen = ({ part, firstNewMs, status }: Measured): boolean =>
  part === 'broken' && (firstNewMs !== null || status !== 200);

const where = ({ part, line }: Measured): string => `${part}, ${LINE_TITLES[line]}`;
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

export function unnoticed(results: Results): Verdict {
  const runs = results.runs.filter(({ way, visitors }) => way === OURS && visitors !== null);
  const lacking = [
    ...LINES.filter((line) => !runs.some((run) => run.part === 'code' && run.line === line)).map(
      (line) => `code, ${LINE_TITLES[line]}`,
    ),
    ...(runs.some(({ part }) => part === 'broken') ? [] : ['broken']),
  ];
  if (lacking.length > 0) return notMeasured(`${lacking.join('; ')}: no run of Graceful with visitors`);
  const { dynamic, static: files } = results.baseline.quietWorstMs;
  if (dynamic.length === 0 || files.length === 0) return notMeasured('the quiet site');
  const kinds = [
    { name: 'pages', of: worstPage, limit: Math.max(SLOW_MS, OF_QUIET * Math.max(...dynamic)) },
    { name: 'static files', of: worstStatic, limit: Math.max(SLOW_MS, OF_QUIET * Math.max(...files)) },
  ].map((kind) => {
    const [slowest] = runs.toSorted((a, b) => (kind.of(b) ?? 0) - (kind.of(a) ?? 0));
    return { ...kind, slowest, worst: slowest === undefined ? 0 : (kind.of(slowest) ?? 0) };
  });
  const failed = sum(figures(runs, failedOf));
  const shown = runs.filter(seen).length;
  return verdict(
    [
      `${count(failed)} of ${count(sum(figures(runs, requestsOf)))} requests failed`,
      ...kinds.map(({ name, worst }) => `slowest of ${name} ${latency(worst)}`),
    ].join('; '),
    ['none', ...kinds.map(({ name, limit }) => `${name} ${latency(limit)}`)].join('; '),
    [
      failed === 0 ? '' : `${count(failed)} failed`,
      ...kinds.map(({ name, worst, limit, slowest }) => {
        const over = excess(worst, limit, latency);
        return over === '' || slowest === undefined ? '' : `${name} ${over}: ${where(slowest)}`;
      }),
      shown === 0 ? '' : `${shown} broken commits were seen by visitors`,
    ],
  );
}
