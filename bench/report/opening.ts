/** What the page begins with: the figures that matter, and which goals they meet. */
import { table } from '../../scripts/markdown.ts';
import { LINES } from '../way.ts';
import { race } from './goals/against-peers.ts';
import type { Goal, Kind } from './goals.ts';
import { NOTES } from './notes.ts';
import {
  type Figure,
  failed,
  figures,
  firstNew,
  OURS,
  pick,
  requests,
  spreadOf,
  wholeCommand,
  wholeDeploy,
} from './picks.ts';
import type { Measured, Part, Results } from './results.ts';
import { spread } from './statistics.ts';
import { count, factor, LINE_TITLES, seconds, size, spreadText } from './text.ts';

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

type Race = readonly [what: string, part: Part, of: Figure];

export const FIRST_ANSWER: Race = ['Code-only deploy, first answer of the new version', 'code', firstNew];
export const ROLLBACK: Race = ['Rollback, whole command', 'rollback', wholeCommand];
const RACES: readonly Race[] = [
  FIRST_ANSWER,
  ['Code-only deploy, until the command has ended and the new version alone is served', 'code', wholeDeploy],
  ['Code-only deploy, the command alone', 'code', wholeCommand],
  ROLLBACK,
];

/** Graceful's time beside that of the fastest peer, at each line. */
export function racesTable(results: Results, races: readonly Race[]): string {
  const rows = races.flatMap(([what, part, of]) =>
    LINES.map((line) => {
      const found = race(results, part, line, of);
      if (typeof found === 'string') return [what, LINE_TITLES[line], '', '', '', found];
      const { ours, peer } = found;
      const lost = lostRequests(pick(results, { part, line, way: peer.name }));
      const figures = [`**${seconds(ours)}**`, seconds(peer.ms), factor(ours / peer.ms), `${peer.title}: ${lost}`];
      return [what, LINE_TITLES[line], ...figures];
    }),
  );
  return table(['What', 'Link', 'Graceful', 'Fastest peer', 'Ratio', 'Which that is, and what its visitors saw'], rows);
}

/** `0 of 2 400 requests failed` */
export function lostRequests(runs: readonly Measured[]): string {
  const [lost, asked] = [sum(figures(runs, failed)), sum(figures(runs, requests))];
  return `${count(lost)} of ${count(asked)} requests failed`;
}

/** Sentences, not a table: what no peer is compared with. */
function besides(results: Results): string[] {
  const { startMs, bumpedPackage } = results.baseline;
  const start = spread(startMs);
  const own = spread(bumpedPackage.bytes);
  const bump = spreadOf(pick(results, { part: 'bump', way: OURS }), ({ bytes }) => bytes.toHost);
  const ours = results.runs.filter(({ way }) => way === OURS);
  return [
    start === null ? '' : `A deploy starts the site, which by itself takes ${spreadText(start, seconds)}.`,
    `In all of Graceful’s runs, broken commits and rollbacks included, ${lostRequests(ours)}.`,
    bump === null || own === null
      ? ''
      : `One package bumped (${bumpedPackage.name}, ${spreadText(own, size)} as compressed files) sends ${spreadText(bump, size)} to the host.`,
  ].filter((sentence) => sentence !== '');
}

/** What a reader gets who reads no further. */
export function headline(results: Results, goals: readonly Goal[]): string {
  const open = goals.filter(({ state }) => state !== 'met').length;
  const sentences = [
    ...besides(results),
    open === 0
      ? `All ${goals.length} goals are met.`
      : `${goals.length - open} of ${goals.length} [goals](#goals) are met, ${open} not.`,
  ];
  return `${racesTable(results, RACES)}\n\n${sentences.map((sentence) => `- ${sentence}`).join('\n')}`;
}

const SIGNS = { met: 'met', missed: '**missed**', 'not measured': '**not measured**' } as const;

export function goalsTable(goals: readonly Goal[]): string {
  return table(
    ['Goal', 'Link', 'Measured', 'Limit', 'State', 'Missed by'],
    goals.map((goal) => [
      goal.asks,
      goal.line === null ? '' : LINE_TITLES[goal.line],
      ...(goal.state === 'not measured'
        ? [goal.why, '', SIGNS[goal.state], '']
        : [goal.measured, goal.limit, SIGNS[goal.state], goal.by]),
    ]),
  );
}

/** For each kind of goal that is missed, what holds it up. */
export function whatHoldsUp(goals: readonly Goal[]): string {
  const kinds = [...new Set(goals.filter(({ state }) => state === 'missed').map(({ kind }) => kind))];
  const told = (kind: Kind): string =>
    NOTES[kind] ?? (kind === 'hosts' ? 'See [below](#hosts-at-once).' : 'There is no profile of this yet.');
  const asks = (kind: Kind): string => goals.find((goal) => goal.kind === kind)?.asks ?? kind;
  return kinds.map((kind) => `- ${asks(kind)}. ${told(kind)}`).join('\n');
}
