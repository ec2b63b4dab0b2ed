import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readJournal, tidied } from '../testbed/inside.ts';
import { type LiveShop, startLiveShop, untilCurrent } from '../testbed/live-shop.ts';
import { type Load, startLoad, summarise } from '../testbed/load.ts';
import type { Step } from '../testbed/runner.ts';

/** The times of the fast shop, milliseconds (see FAST). */
const HEARTBEAT = 500;
const LEASE = 4_500;
/** What a fall-back itself may take on a busy machine. */
const SLACK = 2_500;

let shop: LiveShop;
/** Release that serves before a test, and the version it says. */
let before: { release: string; version: string };

const versions = (() => {
  let count = 1;
  return () => String(++count);
})();

/** A deploy that stands between switch and confirm. */
async function standBetween(version: string): Promise<{ step: Step; load: Load }> {
  const load = await startLoad(shop.host);
  shop.face.shut();
  const step = await shop.start({ version });
  await Promise.race([
    shop.face.visited(),
    step.result.then(({ log }) => Promise.reject(new Error(`it ended before its public check:\n${log}`))),
  ]);
  const { answers } = await shop.state();
  expect(answers).not.toBe(before.release);
  return { step, load };
}

/** After a fall-back everything is as before, and all who know the site agree. */
async function expectFellBack(load: Load): Promise<void> {
  const { failed, failures, mismatched } = summarise(await load.stop());
  expect({ failed, failures, mismatched }).toEqual({ failed: 0, failures: [], mismatched: 0 });
  shop.face.open();
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  const state = await shop.state();
  expect(state).toMatchObject({ answers: before.release, version: before.version, unfinished: null });
  expect(state.links.current).toBe(before.release);
  expect(state.backends).toContain(`active ${before.release}`);
  expect(state.releases.at(-1)).toBe('failed');
  const last = (await readJournal(shop.host, shop.site.root)).at(-1);
  expect(last?.step === 'stopped' || last?.result === 'fell-back').toBe(true);
}

/** The next deploy finds nothing in its way. */
async function expectNextGoesLive(): Promise<void> {
  const version = versions();
  const next = await shop.deploy({ version });
  expect(next, next.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before.release } });
  before = { release: next.outputs['release'] ?? '', version };
  expect(await shop.state()).toMatchObject({ answers: before.release, version, links: { current: before.release } });
}

beforeAll(async () => {
  shop = await startLiveShop();
  before = { release: shop.first, version: '1' };
}, 600_000);
afterEach(() => shop.face.open());
afterAll(() => shop?.[Symbol.asyncDispose]());

describe('between switch and confirm', () => {
  test('the runner is killed: the host falls back by itself when the lease is over, and not before', async () => {
    const { step, load } = await standBetween(versions());
    step.process.kill('SIGKILL');
    const took = await untilCurrent(shop.host, shop.site.root, before.release, 20_000);
    expect(took).toBeGreaterThan(LEASE - HEARTBEAT - 300);
    expect(took).toBeLessThan(LEASE + SLACK);
    expect((await step.result).outputs).toEqual({});
    await expectFellBack(load);
    await expectNextGoesLive();
  });

  test('the job is cancelled (SIGINT): falls back at once, and the step says so', async () => {
    const { step, load } = await standBetween(versions());
    const began = performance.now();
    step.process.kill('SIGINT');
    const took = await untilCurrent(shop.host, shop.site.root, before.release, 20_000);
    expect(took).toBeLessThan(1_500);
    const result = await step.result;
    // The runner of GitHub kills what is still there 7.5 s after SIGINT.
    expect(performance.now() - began).toBeLessThan(7_500);
    expect(result, result.log).toMatchObject({
      code: 2,
      outputs: { result: 'fell-back', release: before.release },
    });
    expect(result.summary).toContain('fell-back');
    expect(result.log).toContain('the job was cancelled');
    await expectFellBack(load);
    await expectNextGoesLive();
  });

  test('the connection is cut for longer than the lease: falls back by itself, the step tells it', async () => {
    const { step, load } = await standBetween(versions());
    await load.stop();
    await shop.host.cutNetwork();
    const took = await untilCurrent(shop.host, shop.site.root, before.release, 20_000);
    expect(took).toBeGreaterThan(LEASE - HEARTBEAT - 300);
    expect(took).toBeLessThan(LEASE + SLACK);
    await shop.host.restoreNetwork();
    const result = await step.result;
    expect(result, result.log).toMatchObject({
      code: 2,
      outputs: { result: 'fell-back', release: before.release },
    });
    expect(result.log).toContain('nothing was heard of the runner for 4.5 s');
    await expectFellBack(load);
    await expectNextGoesLive();
  });
});

test('the connection is cut for less than the lease, while the new backend starts: the deploy goes on and ends live', async () => {
  const version = versions();
  const load = await startLoad(shop.host, { timeout: 10_000 });
  const step = await shop.start({ version, break: 'slow-start' });
  await step.said('start  ');
  await load.stop();
  await shop.host.cutNetwork();
  await sleep(3_500);
  await shop.host.restoreNetwork();
  const result = await step.result;
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(result.log).toContain('connected again after');
  before = { release: result.outputs['release'] ?? '', version };
  expect(await shop.state()).toMatchObject({ answers: before.release, version, unfinished: null });
});

describe('before the switch', () => {
  const journalAndReleases = async () => ({
    journal: await readJournal(shop.host, shop.site.root),
    releases: await shop.host.must(['ls', '-A', `${shop.site.root}/releases`]),
  });

  test('the job is cancelled while it builds: nothing is touched', async () => {
    const there = await journalAndReleases();
    const step = await shop.start({ version: versions() });
    await step.said('::group::Build');
    step.process.kill('SIGINT');
    const result = await step.result;
    expect(result.code).not.toBe(0);
    expect(result.outputs['result'] ?? '').not.toBe('live');
    expect(await journalAndReleases()).toEqual(there);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    expect(await shop.state()).toMatchObject({ answers: before.release, unfinished: null });
    await expectNextGoesLive();
  });

  test('the runner is killed while the new backend starts: given up when the lease is over, nobody notices', async () => {
    const load = await startLoad(shop.host);
    const step = await shop.start({ version: versions(), break: 'hang' });
    await step.said('start  ');
    step.process.kill('SIGKILL');
    await sleep(LEASE + SLACK);
    const ended = (await readJournal(shop.host, shop.site.root)).findLast(({ step }) => step === 'end');
    expect(ended).toMatchObject({ result: 'failed', release: before.release });
    const { failed, releases } = summarise(await load.stop());
    expect({ failed, releases }).toEqual({ failed: 0, releases: [before.release] });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    await expectNextGoesLive();
  });
});
