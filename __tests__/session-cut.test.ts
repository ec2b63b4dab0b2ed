/** What becomes of a running operation when the connection is cut. The test plays the host's transaction. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Event, Outcome } from '../src/protocol/messages.ts';
import type { SessionOptions } from '../src/session/options.ts';
import type { Session } from '../src/session/session.ts';
import { HostError } from '../src/ssh/error.ts';
import { startHost, type TestHost } from './fixtures/session/host.ts';
import { type CutProxy, startProxy } from './fixtures/session/proxy.ts';
import { RELEASE } from './fixtures/session/requests.ts';
import { shipmentOf } from './fixtures/session/shipment.ts';
import { OUTCOME, type Site, until } from './fixtures/session/site.ts';

let host: TestHost;
let proxy: CutProxy;
let site: Site;
beforeAll(async () => {
  host = await startHost();
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  proxy = await startProxy(host.sshd.port);
  site = host.site();
});
afterEach(async () => {
  await proxy?.[Symbol.asyncDispose]();
});

/** A running deploy: its events and notices so far, and a way to wait for them. */
interface Running {
  session: Session;
  seen: number[];
  notices: string[];
  outcome: Promise<Outcome>;
  event: (seq: number) => Promise<void>;
}

async function deploy(options: SessionOptions = {}, onEvent: (event: Event) => void = () => {}): Promise<Running> {
  const session = await host.open(site, { port: proxy.port, ...options });
  const seen: number[] = [];
  const notices: string[] = [];
  const waiting = new Map<number, () => void>();
  const outcome = session.deploy(
    { release: RELEASE, env: {}, secrets: [], force: false },
    {
      onEvent: (event) => {
        seen.push(event.seq);
        waiting.get(event.seq)?.();
        onEvent(event);
      },
      onNotice: (message) => notices.push(message),
    },
  );
  // Looked at by the test later; a failure before that must not count as unhandled.
  outcome.catch(() => {});
  const event = (seq: number) =>
    new Promise<void>((resolve) => {
      if (seen.includes(seq)) resolve();
      else waiting.set(seq, resolve);
    });
  return { session, seen, notices, outcome, event };
}

const notice = (seq: number) => site.happen(seq, { kind: 'notice', message: `number ${seq}` });
const end = (seq: number, outcome = OUTCOME) => site.happen(seq, { kind: 'outcome', outcome });
const saidTypes = () => site.said().map(({ type }) => type);

test('a line that stops carrying: the session comes back with its token, no event is lost or doubled', async () => {
  const running = await deploy();
  notice(1);
  notice(2);
  await running.event(2);
  proxy.hold();
  notice(3);
  notice(4);
  // Two heartbeats are missed, and an attempt to come back hangs as well.
  await proxy.until(2);
  notice(5);
  proxy.release();
  await running.event(5);
  end(6);
  expect(await running.outcome).toEqual(OUTCOME);
  expect(running.seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect(running.notices[0]).toMatch(/no sign of life for 1 s\. Connecting again; the host goes on by itself/);
  expect(running.notices.at(-1)).toMatch(/connected again after \d+\.\d s\.$/);
  const hellos = site.said().filter((message) => message.type === 'hello');
  expect(hellos.length).toBeGreaterThan(1);
  expect(new Set(hellos.map(({ token }) => token))).toEqual(new Set([site.hello.token]));
  expect(site.said()).toContainEqual({ type: 'attach', after: 2 });
  expect(saidTypes().filter((type) => type === 'deploy')).toEqual(['deploy']);
  running.session.close();
});

test('a connection that is reset, again and again', async () => {
  const running = await deploy();
  for (const seq of [1, 2, 3]) {
    notice(seq);
    await running.event(seq);
    proxy.reset();
    await proxy.until(seq + 1);
  }
  end(4);
  expect(await running.outcome).toEqual(OUTCOME);
  expect(running.seen).toEqual([1, 2, 3, 4]);
  running.session.close();
});

test('the front on the host is killed: the same', async () => {
  site.order({ exit: { confirm: 137 } });
  const running = await deploy({}, ({ seq }) => void (seq === 1 && running.session.confirm()));
  notice(1);
  await running.event(1);
  // The first confirm died with the front; it is said again without being asked for.
  await until(() => saidTypes().length === 5);
  expect(saidTypes()).toEqual(['hello', 'deploy', 'hello', 'attach', 'confirm']);
  end(2);
  expect(await running.outcome).toEqual(OUTCOME);
  expect(running.seen).toEqual([1, 2]);
  expect(running.notices[0]).toContain('the host program ended unexpectedly (exit code 137)');
  running.session.close();
});

test('the operation ends during the cut: the outcome is what the host recorded', async () => {
  const running = await deploy();
  notice(1);
  await running.event(1);
  proxy.hold();
  const fellBack: Outcome = { ...OUTCOME, result: 'fell-back', message: 'The confirm did not come.' };
  notice(2);
  end(3, fellBack);
  await proxy.until(2);
  proxy.release();
  expect(await running.outcome).toEqual(fellBack);
  expect(running.seen).toEqual([1, 2, 3]);
  running.session.close();
});

test('a confirm that is said during the cut arrives afterwards', async () => {
  const running = await deploy();
  notice(1);
  await running.event(1);
  proxy.hold();
  await running.session.confirm();
  await running.session.confirm();
  await proxy.until(2);
  // What the old line still held is gone: only what is said again can arrive.
  proxy.reset();
  proxy.release();
  notice(2);
  await running.event(2);
  end(3);
  await running.outcome;
  running.session.close();
  const after = saidTypes().slice(saidTypes().lastIndexOf('hello'));
  expect(after).toEqual(['hello', 'attach', 'confirm', 'confirm']);
});

test('the request itself is lost: it is sent again, once the host has said that it does not know the token', async () => {
  site.order({ exit: { deploy: 1 } });
  const session = await host.open(site, { port: proxy.port });
  await session.ship(await shipmentOf(host.folder, { a: 'first' }));
  const outcome = session.deploy({ release: RELEASE, env: {}, secrets: [], force: false }, { onEvent: () => {} });
  await until(() => saidTypes().includes('deploy'));
  end(1);
  expect(await outcome).toEqual(OUTCOME);
  session.close();
  expect(saidTypes()).toEqual(['hello', 'want', 'pack', 'hello', 'outcome', 'want', 'pack', 'deploy']);
});

test('a connection lost between two requests: the host holds on the new one what was asked for on the old', async () => {
  site.order({ exit: { status: 1 } });
  const session = await host.open(site, { port: proxy.port });
  await session.ship(await shipmentOf(host.folder, { a: 'first' }));
  await session.status();
  session.close();
  expect(saidTypes()).toEqual(['hello', 'want', 'pack', 'hello', 'want', 'pack', 'status']);
});

test('a host that cannot be reached any more: the error says that it falls back by itself, and how to ask', async () => {
  const running = await deploy({ times: { giveUpMs: 1_500, leaseMs: 700, attemptMs: 200 } });
  notice(1);
  await running.event(1);
  proxy.hold();
  const error = await running.outcome.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof HostError)) throw new Error('no HostError', { cause: error });
  expect(error.what).toMatch(
    /^the connection was lost while the operation ran, and the host could not be asked again for \d s\./,
  );
  expect(error.state).toBe(
    'The release was not confirmed: the host stops or falls back by itself to the release that served before, 0.7 s after it last heard from this run.',
  );
  expect(error.next).toContain(`${site.root}/bin/graceful status`);
  expect(error.message).not.toContain(site.hello.token);
});

test('the same after a confirm: nobody claims to know', async () => {
  const running = await deploy({ times: { giveUpMs: 1_500, leaseMs: 700, attemptMs: 200 } });
  notice(1);
  await running.event(1);
  proxy.hold();
  await running.session.confirm();
  await expect(running.outcome).rejects.toThrow('The confirm was sent, but not acknowledged');
});

test('another host at the address after the cut is not spoken to', async () => {
  await using stranger = await startHost();
  const session = await host.open(site, { port: proxy.port });
  const running = session.deploy({ release: RELEASE, env: {}, secrets: [], force: false }, { onEvent: () => {} });
  const refused = expect(running).rejects.toMatchObject({
    kind: 'host-key',
    what: expect.stringContaining('the host key differs'),
    state: expect.stringContaining('falls back by itself'),
  });
  proxy.redirect(stranger.sshd.port);
  proxy.reset();
  await refused;
});

test('a second session follows what the first one left behind', async () => {
  const first = await deploy();
  notice(1);
  await first.event(1);
  proxy.hold();
  const second = await host.open(site);
  const seen: number[] = [];
  end(2);
  expect(await second.attach({ onEvent: ({ seq }) => void seen.push(seq) })).toEqual(OUTCOME);
  expect(seen).toEqual([1, 2]);
  await second.close();
  proxy.release();
  expect(await first.outcome).toEqual(OUTCOME);
  first.session.close();
});
