/** Does the steps of the schedule, one after the other, and remembers what each way's site is at. */
import { join } from 'node:path';
import type { TestHost } from '../testbed/host.ts';
import { must } from '../testbed/process.ts';
import type { Bed } from './bed/host.ts';
import { makePadding } from './bed/padding.ts';
import { EXTENT, type Extent } from './bed/project.ts';
import { measure, type Observation } from './measure.ts';
import type { Measured } from './report/results.ts';
import type { RunStep, Size, Step } from './schedule.ts';
import type { Checkout, Ground, Line, Ready, Way } from './way.ts';

/** A way whose site is set up, and what is live there. */
export interface Entrant {
  readonly way: Way;
  readonly ground: Ground;
  readonly ready: Ready;
}

/** A run that was measured, and what its command said. */
export interface Played {
  readonly measured: Measured;
  readonly log: string;
}

export interface Player {
  /** All but the baseline. @returns null where nothing was to be measured @throws Error where a place could not be made ready */
  play(step: Exclude<Step, { kind: 'baseline' }>): Promise<Played | null>;
}

/** What is on `main`. */
type Head = Omit<Checkout, 'path'>;

/** Releases that are kept where environments take turns: each has two of them in a round, of which the order changes. */
const FOR_TURNS = 16;

/** Milliseconds for a deploy of which nothing is measured. */
const FILL_MS = 30 * 60_000;

/** Versions that a site answered: the one now, and the one that a rollback leads to. */
interface Live {
  readonly now: string | null;
  readonly before: string | null;
}

const NOTHING: Live = { now: null, before: null };

export function makePlayer(bed: Bed, entrants: ReadonlyMap<string, Entrant>, signal: AbortSignal): Player {
  const live = new Map<string, Live>();
  let extent: Extent = EXTENT;
  let line: Line | undefined;
  let head: Head | undefined;
  let bump = 0;
  let order = 0;

  function entrant(way: string): Entrant {
    const one = entrants.get(way);
    if (one === undefined) throw new Error(`${way} was not set up`);
    return one;
  }

  async function commit(change: { readonly bump: boolean; readonly broken: boolean }): Promise<Head> {
    const version = String(Number(head?.version ?? 0) + 1);
    if (change.bump) bump += 1;
    head = { version, commit: await bed.project.commit({ version, bump, broken: change.broken }, extent) };
    return head;
  }

  async function run({ way, verb, part, size }: RunStep): Promise<Played | null> {
    const { ground, ready } = entrant(way);
    if (line === undefined || head === undefined) throw new Error('a run needs a line and a commit');
    const { now, before } = live.get(way) ?? NOTHING;
    const checkout = { ...head, path: join(ground.folder, 'checkout') };
    const command = verb === 'deploy' ? ready.deploy(checkout, line) : ready.rollback?.(checkout, line);
    await bed.project.checkOut(checkout.path);
    if (command === undefined) throw new Error(`${way} has no rollback`);
    const after = verb === 'deploy' ? head.version : before;
    const observed = await measure(await command, {
      signal,
      hosts: [bed.host, ...bed.hosts.slice(1, extent.hosts)],
      hostName: ground.hostName,
      // Several hosts are more than this machine has processors for: each visitor would wait for one.
      visitors: part === null || size?.axis === 'hosts' ? null : bed.visitors,
      versions: { before: now, after },
    });
    const { facts } = observed;
    if (facts.serves !== now) live.set(way, { now: facts.serves, before: now });
    if (part !== null)
      return { measured: { part, way, line: line.name, order: order++, size, ...facts }, log: observed.log };
    if (facts.exit !== 0 || facts.serves !== after) throw new Error(notReady(way, observed));
    return null;
  }

  /** So many more releases, all of one commit, made as quickly as can be: nothing is measured, and nobody comes. */
  async function fill(way: string, count: number): Promise<void> {
    const { ground, ready } = entrant(way);
    if (line === undefined) throw new Error('a deploy needs a line');
    const made = await commit({ bump: false, broken: false });
    const checkout = { ...made, path: join(ground.folder, 'checkout') };
    await bed.project.checkOut(checkout.path);
    for (let number = 0; number < count; number += 1) {
      signal.throwIfAborted();
      const { argv, cwd, env } = await ready.deploy(checkout, line);
      await must(argv, { cwd, env: { ...env, INPUT_FORCE: 'true' }, timeout: FILL_MS });
    }
    live.set(way, { now: made.version, before: live.get(way)?.now ?? null });
  }

  async function grow(name: string, { axis, count }: Size): Promise<void> {
    const { ground, way } = entrant(name);
    const { kept } = extent;
    // The host is to have each of the environments that take turns still when its turn comes.
    extent = { ...EXTENT, ...(axis === 'files' ? { kept: FOR_TURNS } : {}), [axis]: count };
    if (axis === 'files') await makePadding(ground, count);
    if (axis === 'kept') await fill(name, Math.max(1, count - (await countReleases(ground))));
    if (axis === 'hosts') for (const host of await bed.join(count)) await joinSite(way, ground, host);
    if (extent.kept >= kept) return;
    await fill(name, 1);
    // What is too many goes now, and not while something is measured.
    const program = `/srv/${ground.site}/bin/graceful`;
    await bed.host.must([program, 'clean'], { user: bed.host.deployUser, timeout: 600_000 });
  }

  async function countReleases({ site }: Ground): Promise<number> {
    return (await bed.host.must(['ls', `/srv/${site}/releases`])).split('\n').filter(Boolean).length;
  }

  return {
    async play(step) {
      signal.throwIfAborted();
      if (step.kind === 'run') return run(step);
      if (step.kind === 'line') line = await bed.lines.switchTo(step.line);
      else if (step.kind === 'commit') await commit(step);
      else await grow(step.way, step.size);
      return null;
    },
  };
}

/**
 * The site on one more host, with the data that the first one has: in life, hosts share a database, and a deploy migrates it once.
 * Here each has its own, since a server for it would be one more thing that the hosts wait for.
 */
async function joinSite(way: Way, ground: Ground, host: TestHost): Promise<void> {
  await way.setUp({ ...ground, host });
  const shared = `/srv/${ground.site}/shared`;
  const data = await ground.host.must(['sh', '-c', 'tar --create --directory="$0" data | base64', shared]);
  await host.must(['sh', '-c', 'base64 --decode | tar --extract --directory="$0"', shared], { input: data });
}

function notReady(way: string, { facts, log }: Observation): string {
  const state = `ended with ${facts.exit}; its site answers ${facts.status} with version ${facts.serves}`;
  return `${way} did not deploy where nothing was to go wrong: ${state}\n${log}`;
}
