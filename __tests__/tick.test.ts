import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchOnce } from '../testbed/http.ts';
import { killHostProgram, readJournal, tick } from '../testbed/inside.ts';
import { type LiveShop, startLiveShop } from '../testbed/live-shop.ts';
import { until } from '../testbed/slot.ts';
import { tidied } from '../testbed/tidied.ts';

let shop: LiveShop;
/** Release that serves before a test. */
let before: { release: string };
let count = 1;
const nextVersion = () => String(++count);

beforeAll(async () => {
  // One visitor may wait for a long answer while others are served.
  shop = await startLiveShop({ 'server-args': ['--worker-class', 'gthread', '--threads', '4'] });
  before = { release: shop.first };
});
afterAll(() => shop?.[Symbol.asyncDispose]());

test('the tick removes what a killed process left, and nothing else', async () => {
  const { root } = shop.site;
  const leftovers = [
    `${root}/.current.123`,
    `${root}/releases/${shop.first}/.sock.123`,
    `${root}/releases/.20000101T000000Z-0000000.draft`,
    `${root}/.store/incoming/old.1`,
    `${root}/bin/graceful-000000000000.pyz.1.tmp`,
    // No process has this number: it is beyond the kernel's limit.
    `${root}/.store/incoming/cut-off.4194305`,
    // Nobody listens on it any more.
    `${root}/.op/0123456789abcdef/control`,
  ];
  // Its writer is there.
  const fresh = `${root}/.store/incoming/under-way.1`;
  const [link, sock, draft, incoming, program, cutOff, control = ''] = leftovers;
  const make = `ln -s x ${link}; ln -s x ${sock}; mkdir ${draft}; touch ${draft}/file ${fresh} ${cutOff};
    touch -d '2 days ago' ${incoming} ${program}; mkdir ${dirname(control)}; touch -d '1 minute ago' ${control}`;
  await shop.host.must(['sh', '-euc', make], { user: shop.host.deployUser });
  await tick(shop.host, shop.site);
  const left = await shop.host.must(['sh', '-c', `ls -d ${[...leftovers, fresh].join(' ')} 2>/dev/null; true`]);
  expect(left.trim()).toBe(fresh);
  await shop.host.must(['rm', fresh]);
  expect(await shop.state()).toMatchObject({ answers: before.release, backends: [`active ${before.release}`] });
});

describe('when the standby time is over, the tick', () => {
  /** How long a release drains is its own affair: the first one has 30 s. */
  const times = { heartbeat: '500ms', lease: '4500ms', standby: '1s', grace: '3s', drain: '4s' };

  /** Deploys while a visitor of the old one waits for an answer that takes `seconds`, and lets its standby time pass. */
  async function deployDuring(seconds: number) {
    const old = before.release;
    const step = await shop.start({ version: nextVersion(), config: { times } });
    await step.said('start  ');
    const visit = fetchOnce(`http://${shop.host.address}/slow?seconds=${seconds}`, { timeout: 60_000 });
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    before = { release: result.outputs['release'] ?? '' };
    await sleep(1_500);
    await tick(shop.host, shop.site);
    return { old, visit };
  }

  test('makes `working`, drains, and stops the old backend when its last visitor is served', async () => {
    const { old, visit } = await deployDuring(20);
    let served = false;
    const answer = visit.then((got) => {
      served = true;
      return got;
    });
    const draining = await shop.state();
    expect(draining.links).toMatchObject({ current: before.release, working: before.release, previous: old });
    expect(draining.backends).toEqual([`draining ${old}`, `active ${before.release}`]);
    await tick(shop.host, shop.site);
    expect(served, 'the visitor was to be waiting still').toBe(false);
    expect((await shop.state()).backends).toEqual([`draining ${old}`, `active ${before.release}`]);
    expect(await answer).toMatchObject({ status: 200, headers: { 'x-release': old } });
    await tick(shop.host, shop.site);
    await until('the old backend ends', 5_000, async () => {
      return (await shop.state()).backends.join() === `active ${before.release}`;
    });
    expect(await tidied(shop.host, shop.site)).toEqual([]);
  });

  test('stops the old backend when the drain time is over, whoever waits, and not before', async () => {
    const { old, visit } = await deployDuring(60);
    const broken = visit.catch((error: unknown) => error);
    const drain = (await readJournal(shop.host, shop.site.root)).findLast(({ step }) => step === 'drain');
    expect(drain?.backend).toBe(`${old}.1`);
    await until('the old backend is told to stop', 20_000, async () => {
      await tick(shop.host, shop.site);
      return (await shop.journal()).findLast(({ step }) => step === 'stop')?.backend === `${old}.1`;
    });
    const stop = (await shop.journal()).findLast(({ step }) => step === 'stop');
    expect(Date.parse(stop?.at ?? '') - Date.parse(drain?.at ?? '')).toBeGreaterThanOrEqual(4_000);
    await broken;
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    expect(await shop.state()).toMatchObject({ answers: before.release, backends: [`active ${before.release}`] });
  });
});

describe('processes beside web', () => {
  const config = {
    processes: {
      worker: { command: 'python manage.py beside worker --task 3', 'stop-timeout': '20s' },
      beat: { command: ['python', 'manage.py', 'beside', 'beat'], singleton: true },
    },
  };
  const log = async (name: string) =>
    (await shop.host.readFile(`/srv/shop/shared/data/${name}.log`)).trim().split('\n');
  /** What is up once those that end have ended: the worker and the beat of one release, each once. */
  async function expectProcesses(release: string): Promise<void> {
    expect(await tidied(shop.host, shop.site)).toEqual([]);
    expect((await shop.state()).processes.toSorted()).toEqual([`beat active ${release}`, `worker active ${release}`]);
  }
  async function goLive(): Promise<string> {
    const run = await (await shop.start({ version: nextVersion(), config })).result;
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    return run.outputs['release'] ?? '';
  }
  let first: string;
  let second: string;

  test('start with the first release that has them', async () => {
    first = await goLive();
    await expectProcesses(first);
    expect([await log('worker'), await log('beat')]).toEqual([[`alone ${first}`], [`alone ${first}`]]);
  });

  test('after a fall-back the old release has a worker again, and its beat never ended', async () => {
    const pid = await pidOf('beat');
    const step = await shop.startAndStand({ version: nextVersion(), config });
    const { processes } = await shop.state();
    expect(processes.filter((one) => one.startsWith('worker starting '))).toHaveLength(1);
    expect(processes).toContain(`beat active ${first}`);
    await killHostProgram(shop.host, 'operation');
    const result = await step.result;
    shop.face.open();
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: first } });
    await expectProcesses(first);
    expect(await pidOf('beat')).toBe(pid);
    expect(await log('beat')).toEqual([`alone ${first}`]);
  });

  test('go live with a release: workers overlap and finish their tasks, there are never two beats', async () => {
    const { length } = await log('worker');
    second = await goLive();
    await expectProcesses(second);
    await until('the new beat has started', 20_000, async () => (await log('beat')).includes(`alone ${second}`));
    expect(await log('beat')).toEqual([`alone ${first}`, `end ${first}`, `alone ${second}`]);
    // The new one began before the old one had ended. (Nobody has the lock after a fall-back, so it may be told to be alone.)
    const worker = (await log('worker')).slice(length);
    expect(worker).toEqual([expect.stringMatching(`^(alone|beside) ${second}$`), `end ${first}`]);
  });

  test('are up after a boot, those of the live release alone', async () => {
    const { length } = await log('beat');
    await shop.host.crash();
    await shop.boot();
    await until('the beat of this boot has started', 20_000, async () => (await log('beat')).length === length + 1);
    expect((await shop.state()).processes.toSorted()).toEqual([`beat active ${second}`, `worker active ${second}`]);
    expect((await log('beat')).filter((line) => line.startsWith('beside'))).toEqual([]);
  });

  test('are started anew by name; never two of a singleton', async () => {
    const { length } = await log('beat');
    const pid = await pidOf('beat');
    const told = await shop.command({ command: 'restart', names: 'beat' });
    expect(told, told.log).toMatchObject({ code: 0, outputs: { result: 'done', release: second } });
    await expectProcesses(second);
    expect(await pidOf('beat')).not.toBe(pid);
    await until('the new beat has started', 20_000, async () => (await log('beat')).length === length + 2);
    expect((await log('beat')).slice(length)).toEqual([`end ${second}`, `alone ${second}`]);
  });

  async function pidOf(process: string): Promise<number | null> {
    const { backends } = await shop.status();
    return backends.find((one) => one.process === process)?.pid ?? null;
  }
});
