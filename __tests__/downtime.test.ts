/** What the runner sees of a switch at the public URL, against a real server, and how downtime is told. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Visits } from '../src/commands/downtime.ts';
import type { Event, EventBody } from '../src/protocol/messages.ts';
import { downtimeLines, downtimeOutputs, measuredText } from '../src/report/downtime.ts';

type Answer = (response: ServerResponse) => void;

const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end('x');
const GOOD = status(200);
const drop: Answer = (response) => void response.destroy();
const never: Answer = () => {};

/** A site that gives its n-th visitor the n-th answer, and all others the last one. */
async function crowd(...answers: Answer[]) {
  let visitors = 0;
  let waiting: (() => void) | undefined;
  const agents = new Set<string | undefined>();
  const server = createServer((request, response) => {
    agents.add(request.headers['user-agent']);
    (answers[visitors] ?? answers.at(-1))?.(response);
    visitors += 1;
    waiting?.();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    agents,
    get visitors() {
      return visitors;
    },
    /** Resolves when so many have come. */
    async come(number: number): Promise<void> {
      while (visitors < number) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
    },
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('the public URL', () => {
  test('is asked at a steady rate; no answer and 5xx are failures, and the slowest counts', async () => {
    const slow: Answer = (response) => void setTimeout(() => GOOD(response), 300);
    using site = await crowd(GOOD, status(502), drop, slow, status(404), status(302), GOOD);
    const visits = new Visits(site.url, '/healthz');
    await site.come(7);
    const seen = await visits.end(true);
    expect(seen).toMatchObject({ requests: site.visitors, failed: 2 });
    expect(seen?.worstMs).toBeGreaterThanOrEqual(295);
    expect([...site.agents]).toEqual(['graceful-downtime']);
  });

  test('that hangs is not crowded; what it owes is a failure', { timeout: 15_000 }, async () => {
    using site = await crowd(never);
    const visits = new Visits(site.url, '/');
    await site.come(4);
    const seen = await visits.end(true);
    expect(seen).toMatchObject({ requests: 4, failed: 4 });
    expect(seen?.worstMs).toBeGreaterThanOrEqual(2_995);
  });

  test('owes nothing to whoever cannot wait', async () => {
    using site = await crowd(never);
    const visits = new Visits(site.url, '/');
    await site.come(2);
    expect(await visits.end(false)).toBeNull();
  });

  test('that says it is too much is asked no more', async () => {
    using site = await crowd(status(429));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const visits = new Visits(site.url, '/');
    expect(vi.getTimerCount()).toBe(1);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0), 10_000);
    expect(await visits.end(true)).toMatchObject({ requests: site.visitors, failed: 0 });
  });

  test.each(['http://127.0.0.1:9', 'no address'])('%s, where nobody is, fails and throws nothing', async (url) => {
    const seen = await new Visits(url, '/').end(true);
    expect(seen).toMatchObject({ requests: 1, failed: 1 });
  });
});

function event(body: EventBody): Event {
  return { type: 'event', seq: 1, at: '', ...body };
}

describe('downtime is told', () => {
  const host = event({ kind: 'measured', strategy: 'overlap', requests: 23, failed: 1, worstMs: 120 });
  const alone = event({ kind: 'measured', strategy: 'restart', requests: 50, failed: 30, worstMs: 9 });
  const offline = event({ kind: 'unmeasured', why: 'the site is offline' });
  const seen = { requests: 19, failed: 2, worstMs: 80 };

  test('as the sum of both failures and the worst of both latencies', () => {
    expect(downtimeOutputs({ events: [host], seen })).toEqual({ 'failed-requests': '3', 'worst-latency-ms': '120' });
    expect(downtimeOutputs({ events: [offline], seen })).toEqual({ 'failed-requests': '2', 'worst-latency-ms': '80' });
    expect(downtimeOutputs({ events: [host] })).toEqual({ 'failed-requests': '1', 'worst-latency-ms': '120' });
  });

  test('as nothing where nothing was measured', () => {
    expect(downtimeOutputs({ events: [offline], seen: null })).toEqual({
      'failed-requests': '',
      'worst-latency-ms': '',
    });
    expect(downtimeLines({ events: [] })).toEqual([]);
  });

  test('in words', () => {
    expect(downtimeLines({ events: [host], seen })).toEqual([
      "1 of 23 requests through the host's web server failed, the slowest took 120 ms",
      '2 of 19 requests to the public URL failed, the slowest took 80 ms',
    ]);
    expect(downtimeLines({ events: [offline] })).toEqual(['not measured: the site is offline']);
    expect(measuredText(alone)).toMatch(/^30 of 50 requests .*; with `strategy: restart` the site is down until/);
  });
});
