/** What an operator does to a live site: each verb on a booted host, under load, and beside a running deploy. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { tick } from '../../testbed/inside.ts';
import { type LiveShop, startLiveShop } from '../../testbed/live-shop.ts';
import { startLoad, summarise } from '../../testbed/load.ts';
import { run } from '../../testbed/process.ts';
import { until } from '../../testbed/slot.ts';
import { tidied } from '../../testbed/tidied.ts';

let shop: LiveShop;
let count = 1;
const nextVersion = () => String(++count);
/** What serves before a test. */
let live: string;

beforeAll(async () => {
  shop = await startLiveShop();
  live = shop.first;
});
afterEach(() => shop.face.open());
afterAll(() => shop?.[Symbol.asyncDispose]());

/** The host's own command. */
const graceful = (...argv: string[]) => run(shop.host.sshCommand(`${shop.site.root}/bin/graceful`, ...argv));

/** A deploy that has to go live. @returns its release */
async function putLive(): Promise<string> {
  const step = await shop.start({ version: nextVersion() });
  const result = await step.result;
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  live = result.outputs['release'] ?? '';
  return live;
}

const active = async () =>
  (await shop.status()).backends.find(({ role, process }) => role === 'active' && process === 'web');

describe('stage and activate', () => {
  test('stage starts nothing, activate puts that very release live', async () => {
    const before = await active();
    await using load = await startLoad(shop.host);
    const step = await shop.start({ version: nextVersion() }, { inputs: { command: 'stage' } });
    const staged = await step.result;
    expect(staged, staged.log).toMatchObject({ code: 0, outputs: { result: 'done', release: live } });
    const release = staged.outputs['staged'] ?? '';
    expect(await active()).toEqual(before);
    expect((await shop.status()).releases[0]).toMatchObject({ id: release, state: 'staged' });
    const activated = await shop.command({ command: 'activate', release });
    expect(activated, activated.log).toMatchObject({ code: 0, outputs: { result: 'live', release, previous: live } });
    const { failed, failures, releases } = summarise(await load.stop());
    expect({ failed, failures, releases }).toEqual({ failed: 0, failures: [], releases: [live, release] });
    expect((await shop.state()).links).toMatchObject({ current: release, previous: live });
    live = release;
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });
});

describe('restart', () => {
  test.for(['by the Action', 'on the host'] as const)(
    '%s: another backend of the same release, and no request lost',
    async (how) => {
      const [before, { links }] = [await active(), await shop.status()];
      await using load = await startLoad(shop.host);
      if (how === 'on the host') expect(await graceful('restart')).toMatchObject({ code: 0 });
      else {
        const step = await shop.command({ command: 'restart' });
        expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live', release: live, previous: live } });
      }
      const { failed, failures, releases } = summarise(await load.stop());
      expect({ failed, failures, releases }).toEqual({ failed: 0, failures: [], releases: [live] });
      const after = await active();
      expect(after?.pid).not.toBe(before?.pid);
      expect((await shop.status()).links).toEqual(links);
      expect(await tidied(shop.host, shop.site)).toEqual([]);
    },
  );
});

describe('stop and start', () => {
  test('what is live is not stopped unless forced, and then stays so until start, over a boot too', async () => {
    expect(await graceful('stop')).toMatchObject({ code: 1, stdout: expect.stringContaining('takes the site down') });
    expect(await shop.visit()).toMatchObject({ status: 200 });
    expect(await graceful('stop', '--force')).toMatchObject({ code: 0 });
    await tick(shop.host, shop.site);
    expect((await shop.visit()).status).toBe(502);
    await shop.host.crash();
    await shop.boot();
    expect((await shop.visit()).status).toBe(502);
    expect(await graceful('keepalive')).toMatchObject({ code: 0, stdout: expect.stringContaining('until `start`') });
    expect(await graceful('start')).toMatchObject({ code: 0 });
    expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });
});

describe('beside a deploy', () => {
  test('a rollback that pre-empts it does not wait for a release that hangs', async () => {
    const previous = live;
    await putLive();
    await using load = await startLoad(shop.host);
    const step = await shop.start({ version: nextVersion(), break: 'hang' });
    await step.said('start  ');
    await until('the deploy holds the lock', 10_000, async () => (await shop.status()).holder !== null);
    expect(await graceful('rollback', '--lock-timeout', '1s')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/the lock was not free within 1 s: deploy by octocat .*, since /),
    });
    expect(await graceful('rollback', '--lock', 'preempt')).toMatchObject({ code: 0 });
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
    expect(result.log).toContain('pre-empted by rollback by deploy');
    const { failed, failures, releases } = summarise(await load.stop());
    expect({ failed, failures, releases }).toEqual({ failed: 0, failures: [], releases: [live, previous] });
    live = previous;
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });

  test('a rollback while it builds or receives does not wait, and the deploy is superseded', async () => {
    const previous = live;
    await putLive();
    const step = await shop.start({ version: nextVersion() });
    await step.said('::group::Build');
    step.process.kill('SIGSTOP');
    expect(await graceful('rollback')).toMatchObject({ code: 0 });
    step.process.kill('SIGCONT');
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 3, outputs: { result: 'superseded', release: previous } });
    expect(await shop.visit()).toMatchObject({ headers: { 'x-release': previous } });
    live = previous;
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });
});

describe('a fall-back whose old release has died meanwhile', () => {
  /** Up to the public check of a new release; then the old one's backend is gone. */
  async function standAndLose(old: string) {
    const before = await active();
    const step = await shop.startAndStand({ version: nextVersion() });
    await shop.host.must(['kill', '-9', String(before?.pid)]);
    await shop.host.must(['systemctl', 'stop', `shop-web@${before?.backend}.service`]);
    expect(before?.release).toBe(old);
    return step;
  }

  test('starts it again, and it serves', async () => {
    const step = await standAndLose(live);
    step.process.kill('SIGINT');
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
    expect(result.log).toContain('started anew since its backend had died');
    expect(await shop.state()).toMatchObject({ answers: live, unfinished: null });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });

  test('tells the truth when it does not come up: what serves now, and what to do', async () => {
    const step = await standAndLose(live);
    const start = `${shop.site.root}/releases/${live}/bin/web`;
    await shop.host.must(['mv', start, `${start}.away`]);
    step.process.kill('SIGINT');
    const result = await step.result;
    const release = result.outputs['release'] ?? '';
    expect(result, result.log).toMatchObject({ code: 4, outputs: { result: 'not-reverted', previous: live } });
    expect(release).not.toBe(live);
    expect(result.log).toContain(`${release} serves on, although it failed.`);
    expect(result.log).toContain(`bin/graceful switch ${live}`);
    expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': release } });
    await tick(shop.host, shop.site);
    expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': release } });
    await shop.host.must(['mv', `${start}.away`, start]);
    expect(await graceful('switch', live)).toMatchObject({ code: 0 });
    expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });
});

describe('keepalive: switch', () => {
  test('a live release that dies and does not come up gives way to the one before', async () => {
    const previous = live;
    const step = await shop.start({ version: nextVersion(), config: { keepalive: 'switch' } });
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    const dead = result.outputs['release'] ?? '';
    const start = `${shop.site.root}/releases/${dead}/bin/web`;
    await shop.host.must(['mv', start, `${start}.away`]);
    await shop.host.must(['kill', '-9', String((await active())?.pid)]);
    // systemd itself tries some times first.
    await until('the one before serves', 120_000, async () => {
      await tick(shop.host, shop.site);
      return (await shop.status()).links.current === previous;
    });
    expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': previous } });
    expect((await shop.status()).releases.find(({ id }) => id === dead)).toMatchObject({ state: 'failed' });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });
});

describe('strategy: restart', () => {
  const config = { strategy: 'restart' };

  test('the old backend ends before the new one starts, and the step says what that costs', async () => {
    const step = await shop.start({ version: nextVersion(), config });
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: live } });
    expect(result.log).toContain('visitors get errors from here until the new backend answers');
    expect(Number(result.outputs['failed-requests'])).toBeGreaterThan(0);
    expect(result.log).toContain('with `strategy: restart` the site is down until the new backend answers');
    live = result.outputs['release'] ?? '';
    expect((await shop.state()).backends).toEqual([`active ${live}`]);
    const steps = (await shop.journal()).map(({ step: name, backend }) => `${name} ${backend ?? ''}`);
    const started = steps.lastIndexOf(`start ${live}.1`);
    expect(steps.slice(started - 2, started).map((name) => name.split(' ')[0])).toEqual(['stop', 'stopped']);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });

  test('nor do workers: the old ones have ended before the new ones start', async () => {
    const processes = { worker: { command: 'sleep infinity', 'stop-timeout': '5s' } };
    const releases: string[] = [];
    for (const _ of ['old', 'new']) {
      const step = await shop.start({ version: nextVersion(), config: { ...config, processes } });
      const result = await step.result;
      expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
      live = result.outputs['release'] ?? '';
      releases.push(live);
    }
    const [first, second] = releases;
    const steps = (await shop.journal())
      .filter(({ process }) => process === 'worker')
      .map(({ step, backend = '' }) => `${step} ${backend.slice(0, backend.lastIndexOf('.'))}`);
    const [ended, began] = [steps.indexOf(`stopped ${first}`), steps.indexOf(`start ${second}`)];
    expect(ended, steps.join('\n')).toBeGreaterThan(-1);
    expect(began, steps.join('\n')).toBeGreaterThan(ended);
    expect((await shop.state()).processes).toEqual([`worker active ${second}`]);
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });

  test('one that does not come up gives its place back', async () => {
    const step = await shop.start({ version: nextVersion(), break: 'wsgi-import', config });
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: live } });
    expect(result.log).toContain(`${live} was started again and serves.`);
    expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });
});

test('adopt: a folder in the place of `current` is kept beside it', async () => {
  const { root } = shop.site;
  const put = `mv ${root}/current ${root}/mine; mkdir ${root}/current; touch ${root}/current/manage.py`;
  await shop.host.must(['sh', '-euc', put], { user: shop.host.deployUser });
  const step = await shop.start({ version: nextVersion(), config: { adopt: true } });
  const result = await step.result;
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(result.log).toContain(`what \`current\` was before is kept as ${root}/current.adopted`);
  expect(await shop.visit()).toMatchObject({ headers: { 'x-release': result.outputs['release'] } });
  expect((await shop.host.must(['ls', `${root}/current.adopted`])).trim()).toBe('manage.py');
});
