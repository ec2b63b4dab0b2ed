/**
 * Visitors of a site: 50 requests a second, sent on time whether earlier ones are answered or not, each on a connection of its own. They are on the
 * host itself, in its network, so that the measured line is not theirs; but not on its processor.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestHost } from '../testbed/host.ts';
import type { Measured } from './report/results.ts';

/** One request and what came of it. */
export interface Visit {
  readonly kind: 'dynamic' | 'static';
  /** When it was sent: milliseconds since the epoch. */
  readonly start: number;
  /** From then to the end of the answer, or to the error; milliseconds. */
  readonly ms: number;
  readonly status: number | null;
  /** X-Version of the answer. */
  readonly version: string | null;
}

/** When visitors are to stay away, milliseconds from now. */
export interface Leaving {
  readonly earliest: number;
  readonly latest: number;
  /** Between the two, they go as soon as pages of this version alone were answered for as long as `earliest`; null: at the latest. */
  readonly version: string | null;
}

export type VisitorsMessage =
  | { readonly kind: 'begin'; readonly hostName: string }
  | { readonly kind: 'end'; readonly leaving: Leaving };

/** Whoever was there is gone at once. */
const AT_ONCE: Leaving = { earliest: 0, latest: 0, version: null };

export interface Visitors extends AsyncDisposable {
  /** They come from here on. */
  begin(hostName: string): Promise<void>;
  /** From then on no more come. @returns all visits, when the last one was answered */
  end(leaving?: Leaving): Promise<Visit[]>;
}

export async function startVisitors(host: TestHost): Promise<Visitors> {
  const worker = spawn(
    // They share a processor with the runner's side, and are not to wait for it.
    'nice',
    [
      '--adjustment=-20',
      'ip',
      'netns',
      'exec',
      host.name,
      process.execPath,
      join(import.meta.dirname, 'visitors-worker.ts'),
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' },
  );
  const ended = once(worker, 'exit');
  async function tell(message: VisitorsMessage): Promise<{ visits?: Visit[] }> {
    const answer = once(worker, 'message');
    worker.send(message);
    const [said] = await Promise.race([
      answer,
      ended.then(([code]) => {
        throw new Error(`the visitors ended with ${String(code)}`);
      }),
    ]);
    return said;
  }
  return {
    async begin(hostName) {
      await tell({ kind: 'begin', hostName });
    },
    end: async (leaving = AT_ONCE) => (await tell({ kind: 'end', leaving })).visits ?? [],
    async [Symbol.asyncDispose]() {
      worker.disconnect();
      await ended;
    },
  };
}

type Seen = NonNullable<Measured['visitors']>;

/** What all of them saw. Pure. */
export function summarise(visits: readonly Visit[]): Seen {
  const of = (kind: Visit['kind']): Seen['dynamic'] => {
    const all = visits.filter((visit) => visit.kind === kind);
    return {
      requests: all.length,
      failed: all.filter(({ status }) => status !== 200).length,
      worstMs: all.reduce((worst, { ms }) => Math.max(worst, ms), 0),
    };
  };
  return { dynamic: of('dynamic'), static: of('static') };
}

/** When the last answer of a version came, and the first: milliseconds since the epoch, null where there is none. Pure. */
export function answersOf(
  visits: readonly Visit[],
  version: string | null,
): { first: number | null; last: number | null } {
  const times = visits
    .filter((visit) => visit.version !== null && visit.version === version && visit.status === 200)
    .map(({ start, ms }) => start + ms);
  return times.length === 0 ? { first: null, last: null } : { first: Math.min(...times), last: Math.max(...times) };
}
