import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ambushAtRecord } from '../testbed/ambush.ts';
import { haltOperation, killHostProgram, tick } from '../testbed/inside.ts';
import { type LiveShop, startLiveShop, untilCurrent } from '../testbed/live-shop.ts';
import { type Load, startLoad, summarise } from '../testbed/load.ts';
import type { Step } from '../testbed/runner.ts';
import { tidied } from '../testbed/tidied.ts';

let shop: LiveShop;
/** Release that serves before a test, and the version it says. */
let before: { release: string; version: string };
let count = 1;
const nextVersion = () => String(++count);

/** One whole release serves, the one from before, and all who know the site agree. */
async function expectAsBefore(): Promise<void> {
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  const state = await shop.state();
  expect(state).toMatchObject({ answers: before.release, version: before.version, unfinished: null, holder: null });
  expect(state.links.current).toBe(before.release);
  expect(state.backends).toContain(`active ${before.release}`);
  expect(state.releases.at(-1)).toBe('failed');
}

async function expectNobodyNoticed(load: Load): Promise<void> {
  const { failed, failures, mismatched } = summarise(await load.stop());
  expect({ failed, failures, mismatched }).toEqual({ failed: 0, failures: [], mismatched: 0 });
}

async function expectNextGoesLive(): Promise<void> {
  const version = nextVersion();
  shop.face.open();
  const next = await (await shop.start({ version })).result;
  expect(next, next.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before.release } });
  before = { release: next.outputs['release'] ?? '', version };
  expect(await shop.state()).toMatchObject({
    answers: before.release,
    version,
    links: { current: before.release },
    releases: expect.arrayContaining(['good']),
  });
}

/** Runner, front and operation are gone, and none had the time to do anything about it. */
async function loseEverybody(step: Step): Promise<void> {
  await haltOperation(shop.host);
  step.process.kill('SIGKILL');
  await step.result;
  await killHostProgram(shop.host, 'front', 'operation');
}

/** Of a deploy; the timer's clean-up may have come after it. */
const lastEnd = async () => (await shop.journal()).findLast(({ step, result }) => step === 'end' && result !== 'done');

beforeAll(async () => {
  shop = await startLiveShop();
  before = { release: shop.first, version: '1' };
});
afterEach(() => shop.face.open());
afterAll(() => shop?.[Symbol.asyncDispose]());

describe('between switch and confirm', () => {
  test("the operation's process is killed: the front recovers at once", async () => {
    await using load = await startLoad(shop.host);
    const step = await shop.startAndStand({ version: nextVersion() });
    await killHostProgram(shop.host, 'operation');
    expect(await untilCurrent(shop, before.release)).toBeLessThan(2_000);
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: before.release } });
    await expectAsBefore();
    await expectNobodyNoticed(load);
    await expectNextGoesLive();
  });

  test('operation and front are killed: the runner comes back and has it recovered', async () => {
    await using load = await startLoad(shop.host);
    const step = await shop.startAndStand({ version: nextVersion() });
    await killHostProgram(shop.host, 'operation', 'front');
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: before.release } });
    expect(result.log).toContain('connected again after');
    await expectAsBefore();
    await expectNobodyNoticed(load);
  });

  test('the front alone is killed: the runner comes back, and the deploy ends live', async () => {
    await using load = await startLoad(shop.host);
    const version = nextVersion();
    const step = await shop.startAndStand({ version });
    await killHostProgram(shop.host, 'front');
    await step.said('connected again after');
    shop.face.open();
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before.release } });
    before = { release: result.outputs['release'] ?? '', version };
    await expectNobodyNoticed(load);
  });

  test('operation, front and runner are gone: the next tick recovers', async () => {
    await using load = await startLoad(shop.host);
    await loseEverybody(await shop.startAndStand({ version: nextVersion() }));
    const { answers, unfinished } = await shop.state();
    expect(answers).not.toBe(before.release);
    expect(unfinished).toContain(`deploy of ${answers}`);
    await tick(shop.host, shop.site);
    expect(await lastEnd()).toMatchObject({ result: 'fell-back', release: before.release });
    await expectAsBefore();
    await expectNobodyNoticed(load);
  });

  test('operation, front and runner are gone: the next deploy recovers, and goes live', async () => {
    await using load = await startLoad(shop.host);
    await loseEverybody(await shop.startAndStand({ version: nextVersion() }));
    await expectNextGoesLive();
    const ends = (await shop.journal()).filter(({ step }) => step === 'end').map(({ result }) => result);
    expect(ends.slice(-2)).toEqual(['fell-back', 'live']);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    await expectNobodyNoticed(load);
  });
});

describe("the operation's process is killed as soon as the journal says", () => {
  test.each(['begin', 'stage', 'prepare', 'start', 'check'])('%s: nothing had changed', async (step) => {
    await using load = await startLoad(shop.host);
    const { struck } = await ambushAtRecord(shop.host, shop.site.root, 'KILL', step);
    const { result } = await shop.start({ version: nextVersion() });
    await struck;
    const { code, outputs, log } = await result;
    expect({ code, result: outputs['result'], release: outputs['release'] }, log).toEqual({
      code: 1,
      result: 'failed',
      release: before.release,
    });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    expect(await shop.state()).toMatchObject({ answers: before.release, version: before.version, unfinished: null });
    await expectNobodyNoticed(load);
  });

  test('switch: falls back', async () => {
    await using load = await startLoad(shop.host);
    const { struck } = await ambushAtRecord(shop.host, shop.site.root, 'KILL', 'switch');
    const { result } = await shop.start({ version: nextVersion() });
    await struck;
    const { code, outputs, log } = await result;
    expect({ code, result: outputs['result'] }, log).toEqual({ code: 2, result: 'fell-back' });
    await expectAsBefore();
    await expectNobodyNoticed(load);
  });

  test('confirm: stays live, and all links follow', async () => {
    await using load = await startLoad(shop.host);
    const { struck } = await ambushAtRecord(shop.host, shop.site.root, 'KILL', 'confirm');
    const version = nextVersion();
    const { result } = await shop.start({ version });
    await struck;
    const { code, outputs, log } = await result;
    expect({ code, result: outputs['result'] }, log).toEqual({ code: 0, result: 'live' });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    const release = outputs['release'] ?? '';
    expect(await shop.state()).toMatchObject({
      answers: release,
      version,
      unfinished: null,
      links: { current: release, previous: before.release },
      backends: expect.arrayContaining([`active ${release}`, `standby ${before.release}`]),
    });
    expect(await lastEnd()).toMatchObject({ result: 'live', release });
    before = { release, version };
    await expectNobodyNoticed(load);
    await expectNextGoesLive();
  });
});

describe('the whole host', () => {
  const ends = {
    crashes: () => shop.host.crash(),
    'loses its power, names committed': () => shop.host.powerCut({ commitMetadata: true }),
    'loses its power, names not committed': () => shop.host.powerCut({ commitMetadata: false }),
  };

  test.each(Object.entries(ends))(
    '%s between switch and confirm: the old release serves after the boot',
    async (_, end) => {
      const step = await shop.startAndStand({ version: nextVersion() });
      await end();
      await shop.boot();
      expect((await shop.state()).answers).toBe(before.release);
      expect(await lastEnd()).toMatchObject({ result: 'fell-back', release: before.release });
      const result = await step.result;
      expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: before.release } });
      await expectAsBefore();
    },
  );

  test('crashes in normal service: the live release serves after the boot, before anyone asks', async () => {
    const { links } = await shop.state();
    await shop.host.crash();
    await shop.boot();
    const state = await shop.state();
    expect(state).toMatchObject({ answers: before.release, version: before.version, links, unfinished: null });
    expect(state.backends).toEqual([`active ${before.release}`]);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    await expectNextGoesLive();
  });
});
