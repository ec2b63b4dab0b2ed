/** The two ways to a host: over SSH, or by a pipe where Graceful runs on the host itself. */
import type { Duplex, Readable } from 'node:stream';
import { type Here, LocalConnection } from '../local/connection.ts';
import { type ConnectOptions, connect, type Login } from '../ssh/connect.ts';
import type { HostError } from '../ssh/error.ts';

/** How one host is reached, with all that this takes. */
export type Way = Login | Here;

/** A command that runs on the host. Besides a stream's events: `exit` and `close`, with code and signal where they are known. */
export interface Channel extends Duplex {
  readonly stderr: Readable;
}

/** What a session needs of either. */
export interface Connection {
  /** `deploy@www.example.org:22`, for messages. */
  readonly label: string;
  /** How it was lost; undefined while it lives and after `close`. */
  readonly loss: HostError | undefined;
  /** Calls `listener` once when it is lost, at once if it is already. */
  onLoss(listener: (loss: HostError) => void): void;
  /** Starts the command. @throws HostError when it has not started within so many milliseconds */
  exec(command: string, deadlineMs: number): Promise<Channel>;
  /** Ends it politely. */
  close(): void;
  /** Ends it at once. */
  destroy(): void;
}

/** @throws HostError */
export async function reach(way: Way, options: Partial<ConnectOptions>): Promise<Connection> {
  return 'key' in way ? connect(way, options) : new LocalConnection(way);
}
