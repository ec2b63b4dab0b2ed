import { randomBytes } from 'node:crypto';
import type { Run } from '../config/types.ts';
import type { Ask, Fault, Verb } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import { openSession, type Session } from '../session/session.ts';
import type { Way } from '../session/way.ts';
import { HostError, UNTOUCHED } from '../ssh/error.ts';
import { VERSION } from '../version.ts';

/** The host's own word for what a run does. */
function verbOf({ command, plan }: Pick<Run, 'command' | 'plan'>): Verb {
  if (plan) return command === 'fetch' ? command : 'plan';
  switch (command) {
    case 'build':
      return 'status';
    case 'promote':
      return 'deploy';
    default:
      return command;
  }
}

/** What a session begins with, beside what the run says. */
export interface Greeting {
  /** The first thing that the caller will ask, which then needs no round trip of its own. */
  ask?: Ask | undefined;
  /** Names the operation; of its own unless given. */
  token?: string;
  /** It is one host of several. */
  fleet?: boolean;
  /** Nothing is said to the host before this; the login goes on meanwhile, and the start of its Python. */
  after?: Promise<unknown> | undefined;
}

/** Bits that name an operation, in hex. */
export const newToken = (): string => randomBytes(16).toString('hex');

/** Connects to one host of the stage and greets the host program. The caller closes the session. */
export async function greet(
  run: Pick<Run, 'stage' | 'command' | 'plan' | 'origin'>,
  way: Way,
  log: Log,
  { ask, token = newToken(), fleet = false, after }: Greeting = {},
): Promise<Session> {
  const { stage } = run;
  const hello = {
    site: stage.site,
    root: stage.root,
    manager: stage.processManager,
    verb: verbOf(run),
    token,
    origin: run.origin,
    ...(stage.adopt ? { adopt: true } : {}),
    ...(run.plan ? { dry: true as const } : {}),
    ...(fleet ? { fleet: true as const } : {}),
    ...(ask === undefined ? {} : { ask }),
    version: VERSION,
  };
  const session = await openSession(way, hello, {
    after,
    times: { heartbeatMs: stage.times.heartbeatMs, leaseMs: stage.times.leaseMs },
    connect: {
      dialMs: stage.connectMs,
      handshakeMs: stage.connectMs,
      // Where little time is given, the answer is wanted soon.
      retryMs: Math.min(1_000, stage.connectMs / 10),
      onRetry: (message) => log.notice(message),
    },
  });
  const { facts, links, unfinished } = session.welcome;
  log.info(
    `${session.label}: ${facts.os.id} ${facts.os.version}, Python ${facts.pythons.map((p) => p.minor).join(', ')}`,
  );
  log.info(links.current === null ? 'no release is live' : `live: ${links.current}`);
  if (session.installed) log.info(run.plan ? 'host program sent, for this plan alone' : 'host program installed');
  if (unfinished !== null) log.notice(`unfinished on the host: ${unfinished}; it is recovered first`);
  return session;
}

/** One fault of a host in one line. */
export function describeFault(session: Session, { what, mend }: Fault): string {
  return `${session.label}: ${what}; mend: ${mend}`;
}

/**
 * Tells all faults of a host together.
 * @throws HostError when there is any
 */
export function refuseFaults(session: Session, faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  throw new HostError({
    kind: 'answer',
    what: faults.map(({ what, mend }) => `${what}\n  mend: ${mend}`).join('\n'),
    faults,
    where: session.label,
    state: UNTOUCHED,
    next: 'Mend this on the host, then run again.',
  });
}
