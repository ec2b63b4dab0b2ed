import type { Event, Hello } from '../protocol/messages.ts';
import type { ConnectOptions } from '../ssh/connect.ts';
import type { ProgramFiles } from './program.ts';

/** The parts of a hello that the caller decides. */
export type HelloOptions = Pick<
  Hello,
  'site' | 'root' | 'manager' | 'verb' | 'token' | 'origin' | 'version' | 'adopt' | 'dry' | 'fleet' | 'ask'
>;

/** Times of a session, milliseconds. */
export interface SessionTimes {
  /** For an ordinary answer. */
  answerMs: number;
  /** For the answer to a preflight, which may run a whole verify. */
  preflightMs: number;
  /** For verifying and syncing a pack, after its last byte. */
  receivedMs: number;
  /** A pack that moves on by nothing for so long is given up. */
  stallMs: number;
  /** Between two heartbeats while an operation runs; two that are not acknowledged end the connection. */
  heartbeatMs: number;
  /** The lease that the host gives; only for texts and for `giveUpMs`. */
  leaseMs: number;
  /** One attempt to come back after a cut, up to the host's welcome. */
  attemptMs: number;
  /** How long attempts go on after the host's last sign of life; undefined: three leases. */
  giveUpMs: number | undefined;
}

export const SESSION_TIMES: SessionTimes = {
  answerMs: 30_000,
  preflightMs: 180_000,
  receivedMs: 600_000,
  stallMs: 60_000,
  heartbeatMs: 5_000,
  leaseMs: 45_000,
  attemptMs: 3_000,
  giveUpMs: undefined,
};

/** What a session takes besides the hello. */
export interface SessionOptions {
  times?: Partial<SessionTimes>;
  connect?: Partial<ConnectOptions>;
  /** See `greet`. */
  after?: Promise<unknown> | undefined;
  /** Other program files than the runner's own (tests). */
  files?: ProgramFiles;
}

/** Who is told what happens while an operation runs. */
export interface OperationHandlers {
  /**
   * Each event once, in order, without gaps, the outcome too. A returned promise is not waited for, so that a public check can run
   * while events go on; when it rejects, the operation is cancelled and the rejection thrown once the host has ended it.
   */
  onEvent: (event: Event) => void | Promise<void>;
  /** News of the connection, for the log. */
  onNotice?: (message: string) => void;
}
