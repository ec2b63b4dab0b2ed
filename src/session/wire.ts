import type { Answer, Request } from '../protocol/messages.ts';
import { readAnswer } from '../protocol/schema.ts';
import { HostError } from '../ssh/error.ts';
import { explainEnd, Stderr, strayText, unknownAnswer } from './end.ts';
import type { Channel, Connection } from './way.ts';

/** Longest line that is taken; a status of many releases has some 100 kB. */
const LONGEST_LINE = 8 * 1024 * 1024;
/** How long the rest of a stray text, the exit code and stderr are waited for. */
const REST_MS = 500;

interface Waiter {
  resolve: (answer: Answer) => void;
  reject: (failure: HostError) => void;
}

/** One exec channel that speaks the protocol: lines and bytes out, checked answers in. Ends once, with one error. */
export class Wire {
  readonly connection: Connection;
  readonly #channel: Channel;
  readonly #stderr = new Stderr();
  readonly #answers: Answer[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #whenEnded: ((failure: HostError) => void)[] = [];
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #spoken = false;
  #stray: string | undefined;
  #exit: { code: number | null; signal: string | undefined } | undefined;
  #failure: HostError | undefined;

  /** Runs `command` on the connection and speaks with it. */
  static async open(connection: Connection, command: string, deadlineMs: number): Promise<Wire> {
    return new Wire(connection, await connection.exec(command, deadlineMs));
  }

  private constructor(connection: Connection, channel: Channel) {
    this.connection = connection;
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => this.#take(chunk));
    channel.stderr.on('data', (chunk: Buffer) => this.#stderr.add(chunk));
    channel.on('exit', (code: number | null, signal?: string) => {
      this.#exit = { code, signal };
    });
    channel.on('error', () => {});
    channel.on('close', (code?: number | null, signal?: string) => {
      // What ended at once said so before anybody could listen for its exit.
      if (code !== undefined) this.#exit ??= { code, signal };
      this.#closed();
    });
    connection.onLoss((loss) => this.fail(loss));
  }

  /** Why the wire ended; undefined while it lives. */
  get failure(): HostError | undefined {
    return this.#failure;
  }

  /** Sends one line; resolves when the channel takes more. */
  send(message: Request): Promise<void> {
    return this.write(Buffer.from(`${JSON.stringify(message)}\n`));
  }

  /** Sends raw bytes; resolves when the channel takes more. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#channel.write(bytes)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const drained = () => {
        this.#whenEnded.splice(this.#whenEnded.indexOf(reject), 1);
        resolve();
      };
      this.#channel.once('drain', drained);
      this.#whenEnded.push(reject);
    });
  }

  /** An answer that came already, without waiting. */
  arrived(): Answer | undefined {
    return this.#answers.shift();
  }

  /**
   * The next answer, in order. A wire that misses a deadline is of no use any more and ends.
   * @param deadline undefined: waits as long as the wire lives.
   */
  answer(deadline?: { ms: number; to: string }): Promise<Answer> {
    const ready = this.#answers.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = deadline && setTimeout(() => this.#late(deadline), deadline.ms);
      this.#waiters.push({
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (failure) => {
          clearTimeout(timer);
          reject(failure);
        },
      });
    });
  }

  /** Ends the wire with this failure and cuts its connection: nothing more is expected from it. */
  fail(failure: HostError): void {
    this.#end(failure);
    this.connection.destroy();
  }

  /** Says goodbye: end of input, then the end of the connection. The host program takes either for its end. */
  close(): void {
    this.#channel.end();
    this.connection.close();
  }

  #late(deadline: { ms: number; to: string }): void {
    const { label } = this.connection;
    this.fail(
      new HostError({
        kind: 'timeout',
        what: `no answer to ${deadline.to} within ${deadline.ms / 1000} s.${this.#stderr.told()}`,
        where: label,
        state: 'What the host did with it is not known here.',
        next: 'Is the host overloaded? Run the command again; `graceful status` shows what the host serves.',
        fleeting: true,
      }),
    );
  }

  #take(chunk: Buffer): void {
    if (this.#stray !== undefined) {
      this.#stray += chunk.toString('utf8');
      return;
    }
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0 && this.#stray === undefined; end = rest.indexOf(10)) {
      // Joined as bytes and decoded as one line: a character may be split between two chunks.
      const line = Buffer.concat([...this.#pending, rest.subarray(0, end)]);
      this.#pending = [];
      this.#pendingBytes = 0;
      rest = rest.subarray(end + 1);
      this.#line(line, rest);
    }
    if (rest.length === 0 || this.#stray !== undefined) return;
    this.#pending.push(rest);
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > LONGEST_LINE) this.fail(unknownAnswer(this.connection.label, 'a line without end'));
  }

  #line(line: Buffer, rest: Buffer): void {
    if (this.#failure !== undefined) return;
    const answer = readAnswer(line.toString('utf8'));
    if (!('fault' in answer)) {
      this.#spoken = true;
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#answers.push(answer);
      else waiter.resolve(answer);
    } else if (this.#spoken) {
      this.fail(unknownAnswer(this.connection.label, answer.fault));
    } else {
      // Not our program that speaks: a banner, a shell profile, a forced command. Its exit code says which.
      this.#stray = `${line.toString('utf8')}\n${rest.toString('utf8')}`;
      setTimeout(() => this.#closed(), REST_MS).unref();
    }
  }

  #closed(): void {
    if (this.#failure !== undefined) return;
    const { label, loss } = this.connection;
    const stray = this.#stray ?? Buffer.concat(this.#pending).toString('utf8');
    if (stray !== '' && !this.#spoken) this.fail(strayText(label, stray, this.#exit, this.#stderr));
    else this.fail(loss ?? explainEnd(label, this.#exit, this.#stderr, this.#spoken));
  }

  #end(failure: HostError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(failure);
    for (const listener of this.#whenEnded.splice(0)) listener(failure);
  }
}
