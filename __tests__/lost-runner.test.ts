import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readJournal } from '../testbed/inside.ts';
import { type LiveShop, startLiveShop, untilCurrent } from '../testbed/live-shop.ts';
import { type Load, startLoad, summarise } from '../testbed/load.ts';
import { until } from '../testbed/slot.ts';
import { tidied } from '../testbed/tidied.ts';

/** The times of the fast shop, milliseconds (see FAST). */
const HEARTBEAT = 500;
const LEASE = 4_500;
/** What a fall-back itself may take on a busy machine. */
const SLACK = 2_500;
/** The runner of GitHub kills what is still there so long after SIGINT. */
const PATIENCE = 7_500;

let shop: LiveShop;
/** Release that serves before a test, and the version it says. */
let before: { release: string; version: string };
let count = 1;
const nextVersion = () => String(++count);

beforeAll(async () => {
  shop = await startLiveShop();
  before = { release: shop.first, version: '1' };
});
afterEach(() => shop.face.open());
afterAll(() => shop?.[Symbol.asyncDispose]());

/** Nobody noticed anything, everything is as before, and all who know the site agree. */
async function expectFellBack(load: Load): Promise<void> {
  const { failed, failures, mismatched } = summarise(await load.stop());
  expect({ failed, failures, mismatched }).toEqual({ failed: 0, failures: [], mismatched: 0 });
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  const state = await shop.state();
  expect(state).toMatchObject({ answers: before.release, version: before.version, unfinished: null, holder: null });
  expect(state.links.current).toBe(before.release);
  expect(state.backends).toContain(`active ${before.release}`);
  expect(state.releases.at(-1)).toBe('failed');
  // The timer's clean-up may have come after it.
  const ends = (await shop.journal()).filter(({ step, result }) => step === 'end' && result !== 'done');
  expect(ends.at(-1)).toMatchObject({ result: 'fell-back', release: before.release });
}

/** The next deploy finds nothing in its way. */
async function expectNextGoesLive(): Promise<void> {
  const version = nextVersion();
  shop.face.open();
  const next = await (await shop.start({ version })).result;
  expect(next, next.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before.release } });
  before = { release: next.outputs['release'] ?? '', version };
  expect(await shop.state()).toMatchObject({ answers: before.release, version, links: { current: before.release } });
}

function expectAtEndOfLease(took: number): void {
  expect(took).toBeGreaterThan(LEASE - HEARTBEAT - 300);
  expect(took).toBeLessThan(LEASE + SLACK);
}

describe('between switch and confirm', () => {
  test('the runner is killed: the host falls back by itself when the lease is over, and not before', async () => {
    await using load = await startLoad(shop.host);
    const step = await shop.startAndStand({ version: nextVersion() });
    expect((await shop.state()).answers).not.toBe(before.release);
    step.process.kill('SIGKILL');
    expectAtEndOfLease(await untilCurrent(shop, before.release));
    const lost = await step.result;
    expect(lost.outputs).toEqual({});
    await expectFellBack(load);
    // Another job learns of it, by the name in the log of the one that was lost.
    const args = /operation ([0-9a-f]{16}):/.exec(lost.log)?.[1] ?? '';
    const told = await shop.command({ command: 'outcome', args });
    expect(told, told.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: before.release } });
    expect(told.log).toContain('nothing was heard of the runner');
    await expectNextGoesLive();
  });

  test('the job is cancelled (SIGINT): falls back at once, and the step says so', async () => {
    await using load = await startLoad(shop.host);
    const step = await shop.startAndStand({ version: nextVersion() });
    const began = performance.now();
    step.process.kill('SIGINT');
    expect(await untilCurrent(shop, before.release)).toBeLessThan(LEASE / 2);
    const result = await step.result;
    expect(performance.now() - began).toBeLessThan(PATIENCE);
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: before.release } });
    expect(result.summary).toContain(`Fell back: ${before.release} serves again`);
    expect(result.log).toContain('the job was cancelled');
    await expectFellBack(load);
  });

  test('the connection is cut for longer than the lease: falls back by itself, the step tells it', async () => {
    // Visitors are cut off as well, so there is no load on this one.
    const step = await shop.startAndStand({ version: nextVersion() });
    await shop.host.cutNetwork();
    expectAtEndOfLease(await untilCurrent(shop, before.release));
    await shop.host.restoreNetwork();
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: before.release } });
    expect(result.log).toContain('nothing was heard of the runner for 4.5 s');
    await using load = await startLoad(shop.host);
    await expectFellBack(load);
  });

  test('the connection is cut for less than the lease: ends live', async () => {
    // `network/cut-20s` of the fault suite is the same with the default times.
    const version = nextVersion();
    const step = await shop.startAndStand({ version, config: { times: { lease: '20s' } } });
    await shop.host.cutNetwork();
    await sleep(4_000);
    await shop.host.restoreNetwork();
    shop.face.open();
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before.release } });
    expect(result.log).toContain('connected again after');
    before = { release: result.outputs['release'] ?? '', version };
    expect(await shop.state()).toMatchObject({ answers: before.release, version, links: { current: before.release } });
  });
});

describe('before the switch', () => {
  test('the connection is cut for less than the lease: the deploy goes on meanwhile, and ends live', async () => {
    const version = nextVersion();
    const step = await shop.start({ version, break: 'slow-start', config: { times: { lease: '20s' } } });
    await step.said('start  ');
    await shop.host.cutNetwork();
    // It takes 5 s until the new backend answers; the host does not wait for the runner to come back before it switches.
    await until('the host switches', 15_000, async () => (await shop.journal()).at(-1)?.step === 'switch');
    await shop.host.restoreNetwork();
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(result.log).toContain('connected again after');
    before = { release: result.outputs['release'] ?? '', version };
    expect(await shop.state()).toMatchObject({ answers: before.release, version, unfinished: null });
  });

  test('the job is cancelled while it builds: nothing is touched', async () => {
    const there = async () => ({
      journal: await readJournal(shop.host, shop.site.root),
      releases: await shop.host.must(['ls', '-A', `${shop.site.root}/releases`]),
    });
    const untouched = await there();
    const step = await shop.start({ version: nextVersion() });
    await step.said('::group::Build');
    step.process.kill('SIGINT');
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
    expect(result.log).toContain('Cancelled while building; nothing was sent; the site is as it was.');
    expect(await there()).toEqual(untouched);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    expect(await shop.state()).toMatchObject({ answers: before.release, unfinished: null });
  });

  test('the job is cancelled while the new backend hangs: given up at once', async () => {
    await using load = await startLoad(shop.host);
    const step = await shop.start({ version: nextVersion(), break: 'hang' });
    await step.said('start  ');
    await sleep(1_000);
    const began = performance.now();
    step.process.kill('SIGINT');
    const result = await step.result;
    expect(performance.now() - began).toBeLessThan(PATIENCE / 2);
    expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: before.release } });
    const { failed, releases } = summarise(await load.stop());
    expect({ failed, releases }).toEqual({ failed: 0, releases: [before.release] });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });

  test('the runner is killed while the new backend hangs: given up when the lease is over', async () => {
    await using load = await startLoad(shop.host);
    const step = await shop.start({ version: nextVersion(), break: 'hang' });
    await step.said('start  ');
    step.process.kill('SIGKILL');
    const began = performance.now();
    await until('the operation ends', LEASE + SLACK, async () => (await shop.journal()).at(-1)?.step === 'end');
    expectAtEndOfLease(performance.now() - began);
    expect((await shop.journal()).at(-1)).toMatchObject({ result: 'failed', release: before.release });
    const { failed, releases } = summarise(await load.stop());
    expect({ failed, releases }).toEqual({ failed: 0, releases: [before.release] });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    await expectNextGoesLive();
  });
});
