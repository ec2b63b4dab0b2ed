import type { Downtime, Event } from '../protocol/messages.ts';

/** What was measured of a switch, by the host and by the runner. */
export interface Measured {
  events: readonly Event[];
  /** What the runner saw at the public URL; null where it did not look. */
  seen?: Downtime | null | undefined;
}

const ALONE = 'with `strategy: restart` the site is down until the new backend answers';

/** `0 of 23 requests to the public URL failed, the slowest took 80 ms`. */
function words({ requests, failed, worstMs }: Downtime, where: string): string {
  return `${failed} of ${requests} requests ${where} failed, the slowest took ${worstMs} ms`;
}

/** What the runner saw, in words. */
export function seenText(seen: Downtime): string {
  return words(seen, 'to the public URL');
}

/** What the host saw, in words; null for every other event. */
export function measuredText(event: Event): string | null {
  if (event.kind === 'unmeasured') return `not measured: ${event.why}`;
  if (event.kind !== 'measured') return null;
  const told = words(event, "through the host's web server");
  return event.strategy === 'restart' ? `${told}; ${ALONE}` : told;
}

/** All that is known of it, a line each; none where there was no switch. */
export function downtimeLines({ events, seen }: Measured): string[] {
  return [...events.map(measuredText), seen ? seenText(seen) : null].filter((line) => line !== null);
}

/** All failures, and the worst of all latencies; null where nothing was measured. */
export function downtimeOf({ events, seen }: Measured): { failedRequests: number; worstLatencyMs: number } | null {
  const all: Downtime[] = [...events.filter((event) => event.kind === 'measured'), ...(seen ? [seen] : [])];
  if (all.length === 0) return null;
  return {
    failedRequests: all.reduce((sum, { failed }) => sum + failed, 0),
    worstLatencyMs: Math.max(...all.map(({ worstMs }) => worstMs)),
  };
}

/** The Action's outputs about it, empty where nothing was measured. */
export function downtimeOutputs(measured: Measured): Record<string, string> {
  const { failedRequests = '', worstLatencyMs = '' } = downtimeOf(measured) ?? {};
  return { 'failed-requests': String(failedRequests), 'worst-latency-ms': String(worstLatencyMs) };
}
