import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { Target } from '../config/types.ts';
import { HostError, UNTOUCHED } from './error.ts';

/** One authenticated SSH connection. Ends by `close` or `destroy`, or by a loss, which is always told as an error. */
export class Connection {
  /** `deploy@www.example.org:22`, for messages. */
  readonly label: string;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #listeners: ((loss: HostError) => void)[] = [];
  #loss: HostError | undefined;
  #closing = false;

  constructor(label: string, client: Client, socket: Duplex) {
    this.label = label;
    this.#client = client;
    this.#socket = socket;
    let cause: Error | undefined;
    client.on('error', (error) => {
      cause ??= error;
    });
    client.on('close', () => this.#ended(cause));
  }

  /** How the connection was lost; undefined while it lives and after `close`. */
  get loss(): HostError | undefined {
    return this.#loss;
  }

  /** Calls `listener` once when the connection is lost, at once if it is already. */
  onLoss(listener: (loss: HostError) => void): void {
    if (this.#loss !== undefined) listener(this.#loss);
    else this.#listeners.push(listener);
  }

  /**
   * Starts the command.
   * @param deadlineMs until the host says that it started.
   * @throws HostError `lost`, `timeout` or `start`.
   */
  exec(command: string, deadlineMs: number): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const fail = (kind: 'timeout' | 'start' | 'lost', what: string, next: string, cause?: unknown) => {
        clearTimeout(timer);
        reject(
          new HostError({
            kind,
            what,
            where: this.label,
            state: 'Nothing was started on the host.',
            next,
            fleeting: kind !== 'start',
            cause,
          }),
        );
      };
      const timer = setTimeout(() => {
        fail('timeout', `the host did not start the command within ${deadlineMs / 1000} s.`, 'Is the host overloaded?');
      }, deadlineMs);
      this.onLoss((loss) => {
        clearTimeout(timer);
        reject(loss);
      });
      if (this.#loss !== undefined) return;
      try {
        this.#client.exec(command, (error, channel) => {
          clearTimeout(timer);
          if (error === undefined) resolve(channel);
          else if (this.#socket.writable) {
            fail(
              'start',
              `the host refuses to start a command (${error.message}).`,
              'Does sshd_config or the key limit what this user may do (ForceCommand, no sessions)?',
              error,
            );
          }
        });
      } catch (cause) {
        // ssh2 throws when its socket is at an end already.
        fail('lost', 'the connection is closed.', 'Run the command again.', cause);
      }
    });
  }

  /**
   * A way from this host on to another one.
   * @param deadlineMs until this host has connected to it
   * @throws HostError `lost`, `timeout`, `refused` or `unreachable`
   */
  forward({ host, port, user }: Target, deadlineMs: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const fail = (kind: 'timeout' | 'refused' | 'unreachable', why: string, fleeting: boolean, cause?: unknown) => {
        clearTimeout(timer);
        reject(
          new HostError({
            kind,
            what: `the jump host ${this.label} has no way to it (${why}).`,
            where: `${user}@${host}:${port}`,
            state: UNTOUCHED,
            next: `Can the jump host reach port ${port} of ${host} by that name, and does its sshd allow that (AllowTcpForwarding, PermitOpen)?`,
            fleeting,
            cause,
          }),
        );
      };
      const timer = setTimeout(() => fail('timeout', `no answer within ${deadlineMs / 1000} s`, true), deadlineMs);
      this.onLoss((loss) => {
        clearTimeout(timer);
        reject(loss);
      });
      if (this.#loss !== undefined) return;
      this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
        clearTimeout(timer);
        if (error === undefined) {
          // What ends it is told by the login that goes over it.
          channel.on('error', () => {});
          resolve(channel);
        } else fail(/refused/i.test(error.message) ? 'refused' : 'unreachable', error.message, true, error);
      });
    });
  }

  /** Ends the connection politely. */
  close(): void {
    this.#closing = true;
    this.#client.end();
    // A peer that does not answer must not keep this process alive.
    if (this.#socket instanceof Socket) this.#socket.unref();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  /** Ends the connection at once, without a word to the host: for a line that carries nothing any more. */
  destroy(): void {
    this.#socket.destroy();
  }

  #ended(cause: Error | undefined): void {
    if (this.#closing || this.#loss !== undefined) return;
    const reason = cause === undefined ? 'closed from the other side' : cause.message;
    this.#loss = new HostError({
      kind: 'lost',
      what: `the connection was lost (${reason}).`,
      where: this.label,
      state: 'What was running there is known to the host only.',
      next: 'Run the same command again; `graceful status` shows what the host serves.',
      fleeting: true,
      cause,
    });
    for (const listener of this.#listeners.splice(0)) listener(this.#loss);
  }
}
