import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestHost } from './host.ts';

export { type LoadSummary, summarise } from './summary.ts';

export interface LoadOptions {
  /** Requests a second, sent on time whether earlier ones are answered or not; 50 by default. */
  readonly rate?: number;
  /**
   * Whoever finds so many waiting stays away; 32 by default. A machine that is too busy for the rate would else have a
   * queue without end, whose last ones no web server waits for.
   */
  readonly crowd?: number;
  /** Share of them that are orders (POST); 0.3 by default. */
  readonly posts?: number;
  /** After so many milliseconds it ends by itself; 180,000 by default. */
  readonly limit?: number;
  /** Milliseconds after which a request counts as failed; 30,000 by default. */
  readonly timeout?: number;
  /** Pages of another site than the shop, visited in turn; nothing is ordered then. */
  readonly paths?: readonly string[];
  /** The Host header; the address by default. */
  readonly hostName?: string;
}

/** One request, sent once, never repeated. */
export interface LoadRecord {
  /** When it was sent: milliseconds since the epoch, with fractions. */
  readonly start: number;
  /** From then to the last byte of the answer, or to the error; milliseconds. */
  readonly latency: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly status: number | null;
  readonly error: string | null;
  /** X-Release of the answer. */
  readonly release: string | null;
  /** What a page or style sheet says of itself. */
  readonly version: string | null;
  /** For a style sheet: the version of the page that named it. */
  readonly pageVersion: string | null;
}

export interface Load extends AsyncDisposable {
  /** Sends no more, waits for the last answers. */
  stop(): Promise<LoadRecord[]>;
}

/** What the worker process gets, and what it sends back. */
export type LoadOrder = Required<Omit<LoadOptions, 'hostName'>> & {
  readonly origin: string;
  readonly hostName: string;
};
export type LoadMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'done'; readonly records: LoadRecord[] }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Puts a constant load of page views, style sheets and orders on the shop, through the host's web server, from a process
 * of its own, so that nothing a test does slows it down.
 * @returns once the first page was fetched and requests go out @throws Error when the shop does not serve
 */
export async function startLoad(host: Pick<TestHost, 'address'>, options: LoadOptions = {}): Promise<Load> {
  const order: LoadOrder = {
    rate: options.rate ?? 50,
    crowd: options.crowd ?? 32,
    posts: options.posts ?? 0.3,
    limit: options.limit ?? 180_000,
    timeout: options.timeout ?? 30_000,
    paths: options.paths ?? [],
    hostName: options.hostName ?? host.address,
    origin: `http://${host.address}`,
  };
  const worker = fork(join(import.meta.dirname, 'load-worker.ts'), [JSON.stringify(order)], {
    serialization: 'advanced',
  });
  const messages = {
    async next(): Promise<LoadMessage> {
      const [message] = await Promise.race([
        once(worker, 'message'),
        once(worker, 'exit').then(([code]) => [{ kind: 'failed', reason: `ended with ${String(code)}` }]),
      ]);
      return message;
    },
  };
  const first = await messages.next();
  if (first.kind !== 'started') throw new Error(`load: ${first.kind === 'failed' ? first.reason : 'no start'}`);
  const done = messages.next();
  let stopped: Promise<LoadRecord[]> | undefined;
  const stop = async (): Promise<LoadRecord[]> => {
    if (worker.connected) worker.send('stop');
    const last = await done;
    if (last.kind !== 'done') throw new Error(`load: ${last.kind === 'failed' ? last.reason : 'no end'}`);
    return last.records;
  };
  return {
    stop() {
      stopped ??= stop();
      return stopped;
    },
    async [Symbol.asyncDispose]() {
      worker.kill('SIGKILL');
      if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit');
    },
  };
}
