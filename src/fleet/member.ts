import { type Greeting, greet, newToken } from '../commands/host-session.ts';
import type { Run, StageHost, Waves } from '../config/types.ts';
import type { Log } from '../report/log.ts';
import type { Session } from '../session/session.ts';
import type { Way } from '../session/way.ts';
import { HostError, HostErrors, UNTOUCHED } from '../ssh/error.ts';
import { type Away, isAway, lackingTexts } from './away.ts';
import type { HostEnd } from './whole.ts';

const ALL_AT_ONCE = { canary: 0, batch: '100%' };

/** One host of a run. */
export interface Member {
  /** As the person named it; with its port where another host has the same. */
  name: string;
  host: StageHost;
  session: Session;
  /** Names the host where there are others. */
  log: Log;
}

/** All hosts of a run, the first of them first. They are left by the end of its scope. */
export class Members implements Disposable {
  readonly all: readonly Member[];
  /** Those that could not be reached, and were skipped. */
  readonly away: readonly Away[];
  readonly waves: Waves;

  constructor(all: readonly Member[], away: readonly Away[], waves: Waves) {
    this.all = all;
    this.away = away;
    // Where nothing is live no visitor is spared by waves, and a balancer may lead the public check to any of them.
    const isFirst = all.every(({ session }) => session.welcome.links.current === null);
    const order = isFirst ? ALL_AT_ONCE : {};
    this.waves = { ...waves, ...order, maxFail: waves.maxFail - away.length };
  }

  /** True where each waits for the others, even where the others are away. */
  get isFleet(): boolean {
    return this.all.length + this.away.length > 1;
  }

  /** What is done once for all hosts is done by this one. */
  get first(): Member {
    const [first] = this.all;
    if (first === undefined) throw new Error('a run was let through without a host');
    return first;
  }

  /** Does the same with every host at once. @throws what was thrown for any of them, when all are through */
  each<T>(work: (member: Member, index: number) => Promise<T>): Promise<T[]> {
    return allOf(this.all.map(work));
  }

  /** How those end that are away. */
  skipped(): HostEnd[] {
    return this.away.map(({ name, error }) => {
      const message = `skipped: ${error.what} The next run brings it level.`;
      return { host: name, result: 'skipped', outcome: null, message, events: [] };
    });
  }

  [Symbol.dispose](): void {
    for (const { session } of this.all) session.close();
  }
}

/**
 * Connects to all hosts of the stage, under one token: the operation has one name, wherever it is asked for. Where the stage says so,
 * hosts that cannot be reached are skipped.
 * @param first.ask the first thing that each will be asked
 * @param first.after nothing is said to the hosts before this; the logins go on meanwhile, and the start of their Python
 * @throws HostError, or HostErrors with those of all hosts; nothing is open then
 */
export async function connectAll(
  run: Pick<Run, 'stage' | 'command' | 'plan' | 'origin' | 'logins'>,
  log: Log,
  first: Pick<Greeting, 'ask' | 'after'> = {},
): Promise<Members> {
  const token = newToken();
  const fleet = run.logins.length > 1;
  const { waves } = run.stage;
  const open: Session[] = [];
  const away: Away[] = [];
  try {
    const members = await allOf(
      run.logins.map(async (login, index): Promise<Member[]> => {
        const host = run.stage.hosts[index] ?? { ...login.target, processes: [] };
        const name = nameOf(login, run.logins);
        const own = fleet ? named(log, name) : log;
        try {
          const session = await greet(run, login, own, { ...first, token, fleet });
          open.push(session);
          if (fleet) assertHolds(session);
          return [{ name, host, session, log: own }];
        } catch (error) {
          if (!fleet || waves.unreachable === 'refuse' || !isAway(error)) throw error;
          away.push({ name, host, error });
          return [];
        }
      }),
    );
    if (away.length > waves.maxFail || open.length === 0) throw together(away.map(({ error }) => error));
    for (const { name, error } of away) log.notice(`${name} is skipped: ${error.what}`);
    const reached = members.flat();
    for (const text of lackingTexts(run.command, away, reached)) log.notice(text);
    return new Members(reached, away, waves);
  } catch (error) {
    for (const session of open) session.close();
    throw error;
  }
}

/**
 * Connects to the one host that does what is done once for all: the first, or, where the stage says so, the first that can be reached.
 * @throws HostError, or HostErrors with those of all hosts that were tried
 */
export async function connectFirst(run: Parameters<typeof connectAll>[0], log: Log): Promise<Members> {
  const { waves, hosts } = run.stage;
  const away: HostError[] = [];
  for (const [index, login] of run.logins.entries()) {
    const name = nameOf(login, run.logins);
    const stage = { ...run.stage, hosts: hosts.slice(index, index + 1) };
    try {
      const members = await connectAll({ ...run, stage, logins: [login] }, log);
      if (index > 0) log.notice(`${run.command} runs on ${name}, the first host that can be reached`);
      return members;
    } catch (error) {
      if (waves.unreachable === 'refuse' || !isAway(error)) throw error;
      away.push(error);
      if (away.length > waves.maxFail || away.length === run.logins.length) break;
      log.notice(`${name} is skipped: ${error.what}`);
    }
  }
  throw together(away);
}

/** Waits for all, and tells the failures of all hosts together. @throws HostError, HostErrors, or what else was thrown */
export async function allOf<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  const thrown = settled.flatMap((one): unknown[] => (one.status === 'rejected' ? [one.reason] : []));
  if (thrown.length === 0) return Promise.all(works);
  const ofHosts = thrown.filter((one) => one instanceof HostError);
  throw ofHosts.length < thrown.length ? thrown.find((one) => !(one instanceof HostError)) : together(ofHosts);
}

/** One error of several hosts. */
function together(errors: readonly HostError[]): HostError | HostErrors {
  const [first] = errors;
  return first !== undefined && errors.length === 1 ? first : new HostErrors(errors);
}

function nameOf({ target }: Way, all: readonly Way[]): string {
  const isAlone = all.filter((other) => other.target.host === target.host).length === 1;
  return isAlone ? target.host : `${target.host}:${target.port}`;
}

/** A program that does not know of the others would not wait for them. @throws HostError */
function assertHolds({ welcome, label }: Session): void {
  if (welcome.fleet === true) return;
  throw new HostError({
    kind: 'protocol',
    what: `the host program (version ${welcome.version}) is too old to work together with other hosts.`,
    where: label,
    state: UNTOUCHED,
    next: 'Update the program on the host: run any command once with a key that has no forced command.',
  });
}

/** A log whose every line names the host. */
function named(log: Log, name: string): Log {
  const own = (text: string) => `${name}: ${text}`;
  return {
    phase: (title) => log.phase(title),
    end: () => log.end(),
    info: (text) => log.info(own(text)),
    step: (text, good) => log.step(own(text), good),
    quote: (lines) => log.quote(lines.map(own)),
    notice: (text) => log.notice(own(text)),
    error: (text) => log.error(own(text)),
  };
}
