/** One command of one way, measured. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestHost } from '../testbed/host.ts';
import { fetchOnce } from '../testbed/http.ts';
import { must } from '../testbed/process.ts';
import { CGROUPS } from '../testbed/slot.ts';
import type { Measured } from './report/results.ts';
import { answersOf, summarise, type Visitors } from './visitors.ts';
import type { Command } from './way.ts';

/** How long visitors come before the command's start. */
const BEFORE_MS = 300;

/**
 * How long they still come after its exit, milliseconds: until the version that is to come was the only one for `SETTLED_MS`. A server that is
 * restarted at the very end may need seconds for that.
 */
const SETTLED_MS = 500;
const AFTER_MS = 5_000;
/** Where no other version is to come: long enough for such a restart on the idle host. */
const AFTER_THE_SAME_MS = 2_000;

const LOOK_MS = 50;

/** A deploy that takes longer hangs. */
const LIMIT_MS = 30 * 60_000;

/** What a shell says of a program that was killed. */
const KILLED = 128 + 9;

export interface Watched {
  /** Ends the command at once. */
  readonly signal: AbortSignal;
  /** The first one is asked for the site; what is counted is the sum of all. */
  readonly hosts: readonly [TestHost, ...TestHost[]];
  readonly hostName: string;
  /** null: nobody comes. */
  readonly visitors: Visitors | null;
  /** What the site answers now, and what it is to answer then; the same where nothing is to change. */
  readonly versions: { readonly before: string | null; readonly after: string | null };
}

type Facts = Omit<Measured, 'part' | 'way' | 'line' | 'order' | 'size'>;

/** What was measured, and all that the command said. */
export interface Observation {
  readonly facts: Facts;
  readonly log: string;
}

export async function measure(command: Command, watched: Watched): Promise<Observation> {
  const { hosts, hostName, visitors, versions } = watched;
  const [host] = hosts;
  await must(['sync']);
  await visitors?.begin(hostName);
  if (visitors !== null) await sleep(BEFORE_MS);
  const before = await counters(hosts);
  const start = Date.now();
  const { exit, log } = await run(command, watched.signal);
  const exitMs = Date.now() - start;
  const deadline = Date.now() + AFTER_MS;
  const after = await counters(hosts);
  const changes = versions.before !== versions.after;
  const leaving = changes
    ? { earliest: SETTLED_MS, latest: AFTER_MS, version: versions.after }
    : { earliest: SETTLED_MS, latest: AFTER_THE_SAME_MS, version: null };
  const visits = (await visitors?.end(leaving)) ?? null;
  const ask = () => fetchOnce(`http://${host.address}/`, { headers: { host: hostName } }).catch(() => null);
  let answer = await ask();
  // Without visitors nobody has waited for it yet.
  while (answer?.headers['x-version'] !== versions.after && Date.now() < deadline) {
    await sleep(LOOK_MS);
    answer = await ask();
  }
  const since = (time: number | null): number | null => (time === null || !changes ? null : time - start);
  const version = answer?.headers['x-version'];
  return {
    log,
    facts: {
      exit,
      exitMs,
      firstNewMs: since(answersOf(visits ?? [], versions.after).first),
      lastOldMs: since(answersOf(visits ?? [], versions.before).last),
      hostCpuMs: after.cpu - before.cpu,
      visitors: visits === null ? null : summarise(visits.filter((visit) => visit.start >= start)),
      bytes: { toHost: after.toHost - before.toHost, fromHost: after.fromHost - before.fromHost },
      serves: typeof version === 'string' ? version : null,
      status: answer?.status ?? null,
    },
  };
}

async function run({ argv, cwd, env }: Command, given: AbortSignal): Promise<{ exit: number; log: string }> {
  const [file = '', ...rest] = argv;
  // A process group of its own, so that what it started ends with it.
  const child = spawn(file, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const signal = AbortSignal.any([given, AbortSignal.timeout(LIMIT_MS)]);
  const kill = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', kill);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  const closed = once(child, 'close');
  const [code] = await once(child, 'exit');
  signal.removeEventListener('abort', kill);
  given.throwIfAborted();
  // Programs that stay in the background may keep its outputs open: what counts is the command.
  await Promise.race([closed, sleep(100)]);
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  return { exit: typeof code === 'number' ? code : KILLED, log };
}

interface Counters {
  /** Bytes on the wire so far. */
  readonly toHost: number;
  readonly fromHost: number;
  /** Milliseconds of processor time of all that was started by logging in, which `loginctl enable-linger` keeps counted. */
  readonly cpu: number;
}

/** What this machine's end of the line sends is what the host gets. */
async function counters(hosts: readonly TestHost[]): Promise<Counters> {
  const all = await Promise.all(hosts.map(countersOf));
  const sum = (of: (one: Counters) => number): number => all.reduce((total, one) => total + of(one), 0);
  return { toHost: sum((one) => one.toHost), fromHost: sum((one) => one.fromHost), cpu: sum((one) => one.cpu) };
}

async function countersOf({ name }: TestHost): Promise<Counters> {
  const count = async (which: string): Promise<number> =>
    Number(await readFile(`/sys/class/net/ve-${name}/statistics/${which}_bytes`, 'utf8'));
  const usage = await readFile(`${CGROUPS}/${name}/payload/user.slice/cpu.stat`, 'utf8');
  const micro = Number(/^usage_usec (\d+)$/m.exec(usage)?.[1] ?? 0);
  return { toHost: await count('tx'), fromHost: await count('rx'), cpu: micro / 1000 };
}
