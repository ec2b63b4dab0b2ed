import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { status, tick } from '../testbed/inside.ts';
import { FAST, type LiveShop, startLiveShop, untilCurrent } from '../testbed/live-shop.ts';
import { startLoad, summarise } from '../testbed/load.ts';
import { runStep } from '../testbed/runner.ts';
import { live, SECRET } from '../testbed/scene.ts';
import { makeShopRepo, type ShopRepo } from '../testbed/shop.ts';
import { type HostedSite, provisionSite } from '../testbed/site.ts';
import { tidied } from '../testbed/tidied.ts';

// What every change is tried with on supervisord; `npm run test:slow` runs all tests of whole sites on it.
vi.hoisted(() => vi.stubEnv('GRACEFUL_TEST_MANAGER', 'supervisord'));

let shop: LiveShop;
/** Release that serves before a test. */
let before: string;
let count = 1;
const nextVersion = () => String(++count);

beforeAll(async () => {
  shop = await startLiveShop();
  before = shop.first;
});
afterAll(() => shop?.[Symbol.asyncDispose]());

/** Pids of all supervisords of the deploy user. */
async function supervisords(): Promise<string[]> {
  const { stdout } = await shop.host.exec(['pgrep', '--uid', 'deploy', '--full', 'supervisord']);
  return stdout.split('\n').filter(Boolean);
}

async function expectLive(release: string, version: string): Promise<void> {
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  const state = await shop.state();
  expect(state).toMatchObject({ answers: release, version, links: { current: release }, unfinished: null });
  expect(state.backends).toContain(`active ${release}`);
}

describe('under load', () => {
  test('the first deploy has started a supervisord; the next one goes live', async () => {
    expect(await shop.status()).toMatchObject({ mode: 'single-user' });
    const running = await supervisords();
    expect(running).toHaveLength(1);
    const version = nextVersion();
    const { step, seen } = await shop.underLoad(async () => (await shop.start({ version })).result);
    expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before } });
    const release = step.outputs['release'] ?? '';
    expect(seen).toMatchObject({ failed: 0, failures: [], mismatched: 0, changedOnce: true });
    expect(seen.releases).toEqual([before, release]);
    before = release;
    await expectLive(before, version);
    expect(await supervisords()).toEqual(running);
  });

  test('a rollback is one rename', async () => {
    const { backends } = await shop.status();
    const standby = backends.find(({ role }) => role === 'standby');
    const access = { 'ssh-key': shop.host.privateKey, 'known-hosts': shop.host.knownHosts };
    const inputs = { ...access, command: 'rollback' };
    const { step, seen } = await shop.underLoad(() => runStep({ workspace: shop.repo.path, inputs }));
    expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live', release: shop.first } });
    expect(seen).toMatchObject({ failed: 0, failures: [], changedOnce: true, versions: ['2', '1'] });
    const { release, pid } = live(await shop.status());
    expect({ release, pid }).toEqual({ release: shop.first, pid: standby?.pid });
    before = shop.first;
  });

  test('a release that does not start is no release', async () => {
    const old = live(await shop.status());
    const bad = { version: nextVersion(), break: 'wsgi-import' } as const;
    const { step, seen } = await shop.underLoad(async () => (await shop.start(bad)).result);
    expect(step, step.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: before } });
    expect(step.log).toContain("ModuleNotFoundError: No module named 'shop.telemetry'");
    expect(seen).toMatchObject({ failed: 0, failures: [], releases: [before] });
    expect(live(await shop.status())).toEqual(old);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });

  test('the runner is killed between switch and confirm: falls back', async () => {
    const old = live(await shop.status());
    await using load = await startLoad(shop.host);
    const step = await shop.startAndStand({ version: nextVersion() });
    step.process.kill('SIGKILL');
    await untilCurrent(shop, before);
    shop.face.open();
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    const seen = summarise(await load.stop());
    expect(seen).toMatchObject({ failed: 0, failures: [], mismatched: 0, returned: [before] });
    expect((await shop.journal()).findLast(({ step }) => step === 'end')).toMatchObject({ result: 'fell-back' });
    expect(live(await shop.status())).toEqual(old);
  });
});

describe('beside another site of the same user', () => {
  let tailor: HostedSite;
  let repo: ShopRepo;

  beforeAll(async () => {
    // Its name comes after the shop's: whoever asks for no site by name still gets the shop.
    tailor = await provisionSite(shop.host, { site: 'tailor', tick: false });
    const url = 'http://tailor.example.org';
    const verify = { local: 'http://127.0.0.1', public: false };
    const config = { software: 'tailor', verify, times: FAST, stages: { staging: { url } } };
    repo = await makeShopRepo({ host: shop.host.address, config });
  });
  afterAll(() => repo?.dispose());

  const pids = async (site: HostedSite) => (await status(shop.host, site)).backends.map(({ pid }) => pid);

  test('a deploy of the one leaves the other as it is', async () => {
    const before = await pids(shop.site);
    await repo.commit();
    const access = { 'ssh-key': shop.host.privateKey, 'known-hosts': shop.host.knownHosts, env: SECRET };
    const first = await runStep({ workspace: repo.path, inputs: access });
    expect(first, first.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(await pids(shop.site)).toEqual(before);

    const theirs = await pids(tailor);
    expect(theirs).toHaveLength(1);
    const version = nextVersion();
    const next = await (await shop.start({ version })).result;
    expect(next, next.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(await pids(tailor)).toEqual(theirs);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    expect(await pids(tailor)).toEqual(theirs);
  });
});

test('supervisord is killed: nobody notices, and the next tick has another one keep up the site', async () => {
  const { release } = live(await shop.status());
  const [doomed = ''] = await supervisords();
  await using load = await startLoad(shop.host);
  await shop.host.must(['kill', '-KILL', doomed]);
  await tick(shop.host, shop.site);
  expect(await supervisords()).not.toContain(doomed);
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  const version = nextVersion();
  const next = await (await shop.start({ version })).result;
  expect(next, next.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: release } });
  expect(summarise(await load.stop())).toMatchObject({ failed: 0, failures: [], changedOnce: true });
  before = next.outputs['release'] ?? '';
  await expectLive(before, version);
});

test('the host is rebooted: its crontab brings the site back', async () => {
  const { links } = await shop.state();
  await shop.host.crash();
  await shop.boot();
  expect(await shop.state()).toMatchObject({ answers: before, links, backends: [`active ${before}`] });
});
