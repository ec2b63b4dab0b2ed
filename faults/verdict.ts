import type { StatusAnswer } from '../src/protocol/messages.ts';
import { readJournal } from '../testbed/inside.ts';
import { type Load, type LoadRecord, summarise } from '../testbed/load.ts';
import type { StepResult } from '../testbed/runner.ts';
import type { CommitOptions } from '../testbed/shop.ts';
import { tidy } from '../testbed/tidied.ts';
import { outageOf } from './outage.ts';
import type { Leaves, Span } from './trial.ts';
import { notWhole } from './whole.ts';
import type { Live, World } from './world.ts';

/** What a case did, as far as it decides what must hold now. */
export interface Facts {
  /** What served before it. */
  readonly before: Partial<Live>;
  /** What would serve if all had gone well. */
  readonly target: Partial<Live>;
  readonly leaves: Leaves;
  /** What the runner said at its end, where there was one. */
  readonly runner: StepResult | undefined;
  /** The runner may have ended without a result, saying that it cannot reach or use the host. */
  readonly blinded: boolean;
  /** The visitors all the while, where there were any. */
  readonly load: Load | undefined;
  /** When they could not be served. */
  readonly down: readonly Span[];
  /** What the deploy after it consists of. */
  readonly next?: Omit<CommitOptions, 'version'>;
  /** They may be failed for so long, all in one go, milliseconds. */
  readonly outage?: number;
}

/** Exit codes of the results that an operation may honestly have here. */
const CODES: Readonly<Record<string, number>> = { live: 0, done: 0, failed: 1, 'fell-back': 2 };
const UNUSABLE = 69;

/**
 * What is left over may be for so long: after a cut of 60 s TCP says the end of a connection again only 102 s after it began, since its
 * pauses double (0.2 s, 0.4 s ...), and until then the host's side of it waits.
 */
const LEFT_MS = 120_000;

/**
 * The one check after every case, without anybody's help but the timer's: one whole release serves, and all who know agree
 * which; no visitor was failed; nothing is left over; the runner told the truth; and the next deploy goes live.
 * @returns what does not hold, each in words
 */
export async function verdict(world: World, facts: Facts): Promise<string[]> {
  const { host, site } = world.shop;
  const { left, status } = await tidy(host, site, LEFT_MS);
  const [live, whole] = [await world.answers(), await notWhole(host, site)];
  const found = [
    ...left.map((what) => `left over: ${what}`),
    ...whole,
    ...serving(facts, live),
    ...agreement(status, live),
    ...(await companions(world, status, live)),
    ...(await journalled(world, facts, live)),
    ...truth(facts, live),
    ...(await nextDeploy(world, live, facts.next)),
  ];
  const records = (await facts.load?.stop()) ?? [];
  return [...found, ...visitors(records, facts.down, facts.outage)];
}

function serving({ before, target, leaves }: Facts, live: Live): string[] {
  const old = live.release === before.release;
  const wanted = old ? before : target;
  const found: string[] = [];
  if (wanted.version !== undefined && live.version !== wanted.version)
    found.push(`${live.release} says version ${live.version}, and ${wanted.version} was expected of it`);
  if (!old && target.release !== undefined && live.release !== target.release)
    found.push(`${live.release} serves, neither the old one (${before.release}) nor ${target.release}`);
  if (leaves !== 'either' && old !== (leaves === 'old'))
    found.push(`the ${old ? 'old' : 'new'} release serves, and the ${leaves} one had to`);
  return found;
}

function agreement({ links, backends, releases, unfinished, holder }: StatusAnswer, live: Live): string[] {
  const found: string[] = [];
  const state = new Map(releases.map((release) => [release.id, release.state]));
  if (links.current !== live.release) found.push(`current names ${links.current}, and ${live.release} answers`);
  for (const [name, release] of Object.entries(links)) {
    if (release !== null && state.get(release) !== 'good')
      found.push(`${name} names ${release}, which is ${state.get(release) ?? 'unknown to the journal'}`);
  }
  // A staged release that is no whole one will never be activated.
  const ghosts = releases.filter((release) => release.state === 'staged' && release.createdAt === '');
  if (ghosts.length > 0) found.push(`staged, and not there: ${JSON.stringify(ghosts)}`);
  if (links.previous === links.current) found.push('previous is current');
  const web = backends.filter(({ process }) => process === 'web');
  const active = web.filter(({ role }) => role === 'active');
  if (active.length !== 1 || !active[0]?.up || active[0].release !== links.current)
    found.push(`active backends: ${JSON.stringify(active)}`);
  const others = web.filter(({ role }) => role !== 'active');
  if (others.length > 1 || others.some(({ role, up }) => role !== 'standby' || !up))
    found.push(`backends besides the active one: ${JSON.stringify(others)}`);
  if (unfinished !== null) found.push(`unfinished: ${unfinished}`);
  if (holder !== null) found.push(`the lock is held: ${holder}`);
  return found;
}

/** The processes beside web are those of the release that serves, each once. */
async function companions({ shop: { host, site } }: World, { backends }: StatusAnswer, live: Live): Promise<string[]> {
  const spec: { processes: Record<string, unknown> } = JSON.parse(
    await host.readFile(`${site.root}/releases/${live.release}/release.json`),
  );
  const wanted = Object.keys(spec.processes).filter((name) => name !== 'web');
  const running = backends.filter(({ process }) => process !== 'web');
  const right = running.filter(({ role, up, release }) => role === 'active' && up && release === live.release);
  return wanted.toSorted().join() ===
    right
      .map(({ process }) => process)
      .toSorted()
      .join() && right.length === running.length
    ? []
    : [
        `processes beside web: ${JSON.stringify(running)}, and ${wanted.join(' and ') || 'none'} of ${live.release} had to run`,
      ];
}

async function journalled({ shop: { host, site } }: World, { runner }: Facts, live: Live): Promise<string[]> {
  const journal = await readJournal(host, site.root);
  const { op } = journal.findLast(({ step, origin }) => step === 'begin' && origin?.actor !== 'timer') ?? {};
  const end = journal.find((record) => record.op === op && record.step === 'end');
  if (end === undefined) return ['the journal has no end of the last operation'];
  const found: string[] = [];
  if (end.release !== live.release) found.push(`the journal ends with ${end.release}, and ${live.release} serves`);
  const told = runner?.outputs['result'];
  if (told !== undefined && told !== end.result && !nothingAsked(runner))
    found.push(`the runner said ${told}, and the journal says ${end.result}`);
  return found;
}

/** It failed before it asked the host for anything, and so says nothing of what serves. */
function nothingAsked(runner: StepResult | undefined): boolean {
  return runner?.outputs['result'] === 'failed' && runner.outputs['release'] === undefined;
}

/** Whether exit code and result say what is so. */
function truth({ runner, before, target, blinded }: Facts, live: Live): string[] {
  // It was killed, and said nothing.
  if (runner === undefined || runner.code === null) return [];
  const { code, outputs, log } = runner;
  const { result, release } = outputs;
  const last = () => `; its log ends with:\n${log.trimEnd().split('\n').slice(-12).join('\n')}`;
  if (result === undefined)
    return blinded && code === UNUSABLE ? [] : [`the runner ended with exit code ${code} and no result${last()}`];
  const found: string[] = [];
  if (code !== CODES[result]) found.push(`the runner said ${result} with exit code ${code}${last()}`);
  if (target.release !== before.release && (result === 'live') !== (live.release !== before.release))
    found.push(`the runner said ${result}, and ${live.release} serves where ${before.release} did${last()}`);
  if (release !== live.release && !nothingAsked(runner))
    found.push(`the runner said that ${release} serves, and ${live.release} does`);
  return found;
}

async function nextDeploy(world: World, live: Live, commit: Facts['next']): Promise<string[]> {
  const { step, version } = await world.start(commit);
  const { code, outputs, log } = await step.result;
  if (code !== 0 || outputs['result'] !== 'live') return [`the next deploy did not go live:\n${log.slice(-3_000)}`];
  const now = await world.answers();
  if (now.release !== outputs['release'] || now.version !== version)
    return [`the next deploy is live, and ${JSON.stringify(now)} answers`];
  return outputs['previous'] === live.release ? [] : [`the next deploy took ${outputs['previous']} for the one before`];
}

/**
 * Requests that failed while the host was up, and style sheets of another version than their page. One time of at most
 * `outage` milliseconds is excused, from the first request that failed to the last.
 */
export function visitors(records: readonly LoadRecord[], down: readonly Span[], outage?: number): string[] {
  const span = outage === undefined ? undefined : outageOf(records);
  if (outage !== undefined && span !== undefined) {
    const lasted = span[1] - span[0];
    if (lasted > outage) return [`requests failed for ${lasted.toFixed(0)} ms, and ${outage} ms are allowed`];
    return visitors(records, [...down, span]);
  }
  const excused = ({ start, latency }: LoadRecord) => down.some(([from, to]) => start <= to && start + latency >= from);
  const { failed, failures, mismatched } = summarise(records.filter((record) => !excused(record)));
  return [
    ...(failed > 0 ? [`${failed} requests failed:\n${failures.join('\n')}`] : []),
    ...(mismatched > 0 ? [`${mismatched} style sheets did not fit their page`] : []),
  ];
}
