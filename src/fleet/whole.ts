/** What becomes of a fleet, from what became of each of its hosts. */
import type { Outcome, Result } from '../protocol/messages.ts';
import type { Heard } from '../report/timeline.ts';

/** How one host ended, as it said itself. */
export interface HostEnd {
  /** The host's name. */
  host: string;
  /** `untouched`: it was not asked to do anything. `unknown`: it did not say. `skipped`: it could not be reached, as the stage allows. */
  result: Result | 'untouched' | 'unknown' | 'skipped';
  /** Its own word; null where it gave none. */
  outcome: Outcome | null;
  /** In words, complete. */
  message: string;
  events: readonly Heard[];
}

const GOOD: readonly HostEnd['result'][] = ['live', 'done', 'unchanged'];
const APART = 'The hosts serve different releases: deploy again, and all get one.';
/** Without a host that has confirmed: the first of these that any host has is the result of all. */
const BAD = ['fell-back', 'superseded', 'failed'] as const;

/**
 * The outcome of the whole: good only where each host's is, `split` where some have confirmed and others have not, or where they
 * have confirmed different releases, as by a restart of a fleet that is split already. What serves on skipped hosts nobody knows, so
 * they count for nothing. Pure.
 * @param culprit - the host that stopped the others, where one did
 */
export function wholeOutcome(all: readonly HostEnd[], culprit?: string | undefined): Outcome {
  const ends = all.filter(({ result }) => result !== 'skipped');
  const first = ends.find(({ host }) => host === culprit) ?? ends.find(({ result }) => !GOOD.includes(result));
  const failure = first?.outcome?.failure ?? null;
  return {
    result: resultOf(ends),
    release: common(ends, 'release'),
    previous: common(ends, 'previous'),
    commit: common(ends, 'commit'),
    message: areApart(ends) ? `${messageOf(all)}\n${APART}` : messageOf(all),
    failure: failure === null || first === undefined ? null : { ...failure, what: `${first.host}: ${failure.what}` },
  };
}

function resultOf(ends: readonly HostEnd[]): Result {
  const results = ends.map(({ result }) => result);
  if (results.includes('not-reverted')) return 'not-reverted';
  if (areApart(ends)) return 'split';
  if (results.every((result) => GOOD.includes(result))) {
    return results.includes('live') ? 'live' : results.includes('done') ? 'done' : 'unchanged';
  }
  // A host that did not answer may have confirmed.
  if (results.includes('live') || results.includes('unknown')) return 'split';
  return BAD.find((result) => results.includes(result)) ?? 'failed';
}

/** True where hosts have confirmed different releases, each of them good by itself. Pure. */
function areApart(ends: readonly HostEnd[]): boolean {
  const live = ends.filter(({ result }) => result === 'live');
  return new Set(live.map(({ outcome }) => outcome?.release)).size > 1;
}

/** What all hosts say alike; null where they differ, or one of them does not say. */
function common(ends: readonly HostEnd[], field: 'release' | 'previous' | 'commit'): string | null {
  const [first, ...others] = ends.map(({ outcome }) => outcome?.[field] ?? null);
  return first !== undefined && others.every((one) => one === first) ? first : null;
}

/** What they say alike once, else each host's own word. */
function messageOf(ends: readonly HostEnd[]): string {
  const all = [...Map.groupBy(ends, ({ message }) => message)];
  return all.map(([message, told]) => `${told.map(({ host }) => host).join(', ')}: ${message}`).join('\n');
}
