/** The visitors themselves (see visitors.ts), in a process of their own on the host's side of the line. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fetchOnce } from '../testbed/http.ts';
import type { Leaving, Visit, VisitorsMessage } from './visitors.ts';

const PER_SECOND = 50;
/** Every so many-th asks for a static file that the last page named; the others for pages in turn. */
const STATIC_EVERY = 5;
const PAGES = ['/', '/app07/', '/app13/'];
/** Milliseconds after which a request counts as failed. */
const TIMEOUT = 30_000;
/** Who finds so many waiting stays away. */
const CROWD = 1_000;

/** Milliseconds between two looks at whether they may go. */
const LOOK = 20;

let visiting: { readonly stop: (leaving: Leaving) => Promise<Visit[]> } | undefined;

process.on('message', async (message: VisitorsMessage) => {
  if (message.kind === 'begin') {
    visiting = visit(message.hostName);
    process.send?.({ kind: 'begun' });
  } else {
    process.send?.({ kind: 'ended', visits: (await visiting?.stop(message.leaving)) ?? [] });
  }
});
process.on('disconnect', () => process.exit());

function visit(hostName: string): NonNullable<typeof visiting> {
  const visits: Visit[] = [];
  const pending = new Set<Promise<void>>();
  let named: readonly string[] = [];
  let stopping = false;

  async function ask(kind: Visit['kind'], path: string): Promise<void> {
    const start = Date.now();
    const began = performance.now();
    const said = { status: null as number | null, version: null as string | null };
    try {
      const { status, headers, body } = await fetchOnce(`http://127.0.0.1${path}`, {
        headers: { host: hostName },
        timeout: TIMEOUT,
      });
      said.status = status;
      const version = headers['x-version'];
      if (typeof version === 'string') said.version = version;
      if (kind === 'dynamic' && status === 200)
        named = [...body.matchAll(/"(\/static\/[^"]+)"/g)].map(([, file = '']) => file);
    } catch {
      // No answer: nothing was said.
    }
    visits.push({ kind, start, ms: performance.now() - began, ...said });
  }

  function next(number: number): Promise<void> {
    const file = named[Math.floor(number / STATIC_EVERY) % Math.max(named.length, 1)];
    if (number % STATIC_EVERY === 0 && file !== undefined) return ask('static', file);
    return ask('dynamic', PAGES[number % PAGES.length] ?? '/');
  }

  /** Open loop: the n-th request is due at a fixed time, however slow the answers are. */
  async function go(): Promise<void> {
    const begin = performance.now();
    for (let number = 0; !stopping; number++) {
      const wait = begin + (number * 1000) / PER_SECOND - performance.now();
      if (wait > 0) await sleep(wait);
      if (pending.size >= CROWD) continue;
      const sent = next(number);
      pending.add(sent);
      sent.finally(() => pending.delete(sent));
    }
    await Promise.all(pending);
  }

  /** Whether all pages that were answered in the last so many milliseconds had this version, and some did. */
  function settled(version: string, milliseconds: number): boolean {
    const since = Date.now() - milliseconds;
    const late = visits.filter(({ kind, start, ms }) => kind === 'dynamic' && start + ms >= since);
    return late.length > 0 && late.every((visit) => visit.version === version);
  }

  const gone = go();
  return {
    async stop({ earliest, latest, version }) {
      const began = performance.now();
      const passed = (milliseconds: number): boolean => performance.now() - began >= milliseconds;
      while (!passed(latest) && !(passed(earliest) && version !== null && settled(version, earliest)))
        await sleep(LOOK);
      stopping = true;
      await gone;
      return visits;
    },
  };
}
