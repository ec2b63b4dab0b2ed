import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Duplex, type Readable } from 'node:stream';

/** A child process as a channel of SSH is one: its output to read, its input to write, `exit` and `close` with code and signal. */
export class Pipe extends Duplex {
  readonly stderr: Readable;
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams) {
    super({ autoDestroy: false, emitClose: false });
    this.#child = child;
    this.stderr = child.stderr;
    child.stdout.on('data', (chunk) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    // Whoever ends says so by that, and why.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
    child.on('exit', (code, signal) => this.emit('exit', code, signal ?? undefined));
    child.on('close', (code, signal) => {
      this.once('end', () => this.emit('close', code, signal ?? undefined));
      this.push(null);
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }
}
