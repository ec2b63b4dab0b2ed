/** The site's own command where all is one user's: where logs lie, and who starts and stops what, differs between the managers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveShop, startLiveShop } from '../../testbed/live-shop.ts';
import { startLoad, summarise } from '../../testbed/load.ts';
import { run } from '../../testbed/process.ts';
import { until } from '../../testbed/slot.ts';
import { tidied } from '../../testbed/tidied.ts';

const CONFIG = {
  processes: {
    worker: { command: 'python manage.py beside worker', 'stop-timeout': '20s' },
    beat: { command: ['python', 'manage.py', 'beside', 'beat'], singleton: true },
    crier: { command: ['sh', '-c', 'echo "crying for $GRACEFUL_RELEASE"; exec sleep infinity'] },
  },
};

let shop: LiveShop;
let live: string;
let count = 1;

beforeAll(async () => {
  shop = await startLiveShop(CONFIG);
  live = shop.first;
});
afterAll(() => shop?.[Symbol.asyncDispose]());

const graceful = (...words: string[]) =>
  shop.host.exec([`${shop.site.root}/bin/graceful`, ...words], { user: shop.host.deployUser });

async function goLive(): Promise<string> {
  const run = await (await shop.start({ version: String(++count) })).result;
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  return run.outputs['release'] ?? '';
}

/** What beats wrote: when each began, and whether another one ran then; and when it ended. */
const beats = async (): Promise<string[]> =>
  (await shop.host.readFile(`${shop.site.root}/shared/data/beat.log`)).trim().split('\n');

async function expectAllUp(): Promise<void> {
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  const processes = ['beat', 'crier', 'worker'].map((name) => `${name} active ${live}`);
  expect((await shop.state()).processes.toSorted()).toEqual(processes);
}

const pids = async (): Promise<Record<string, number | null>> =>
  Object.fromEntries((await shop.status()).backends.map(({ process, pid }) => [process, pid]));

test('logs: of web and of another process, looked through and followed', async () => {
  await expectAllUp();
  const web = await graceful('logs', '--since', '1h', '--grep', '[Ll]istening');
  expect(web, web.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/listening/i) });
  const crier = await graceful('logs', 'crier');
  expect(crier, crier.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining(`crying for ${live}`) });
  expect((await graceful('logs', 'crier', '--grep', 'no such words')).stdout).toBe('');
  expect(await graceful('logs', 'town')).toMatchObject({ code: 64, stderr: expect.stringContaining("'town'") });
  const followed = await shop.host.exec(
    ['timeout', '--signal=INT', '5', `${shop.site.root}/bin/graceful`, 'logs', 'crier', '--follow'],
    { user: shop.host.deployUser },
  );
  expect(followed.stdout).toContain(`crying for ${live}`);
  expect((await shop.host.exec(['pgrep', '--list-full', 'journalctl|tail'])).stdout).toBe('');
});

test('manage: in the live release, with its environment and its exit code', async () => {
  const print = 'import os; print("in", os.environ["GRACEFUL_RELEASE"])';
  const told = await graceful('manage', '--', 'shell', '-v', '0', '-c', print);
  expect(told, told.stderr).toMatchObject({ code: 0, stdout: `in ${live}\n` });
  expect((await graceful('manage', 'shell', '-v', '0', '-c', 'raise SystemExit(7)')).code).toBe(7);
});

test('restart of a singleton: another one in its place, never two, and nothing else is touched', async () => {
  const [before, told] = [await pids(), await beats()];
  const done = await graceful('restart', 'beat');
  expect(done, done.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('beat runs') });
  await until('the other beat has begun', 30_000, async () => (await beats()).length === told.length + 2);
  expect((await beats()).slice(told.length)).toEqual([`end ${live}`, `alone ${live}`]);
  await expectAllUp();
  const { beat, ...others } = await pids();
  expect(beat).not.toBe(before['beat']);
  expect({ ...others, beat: before['beat'] }).toEqual(before);
});

test('restart of the live release: all processes anew, and no visitor is failed', async () => {
  const [before, told] = [await pids(), await beats()];
  await using load = await startLoad(shop.host);
  // By a login: what is run in a host without one cannot tell whose control group a process is in.
  const done = await run(shop.host.sshCommand(`${shop.site.root}/bin/graceful`, 'restart'));
  expect(done, done.stderr).toMatchObject({ code: 0 });
  await expectAllUp();
  const { failed, failures, releases } = summarise(await load.stop());
  expect({ failed, failures, releases }).toEqual({ failed: 0, failures: [], releases: [live] });
  const { backends } = await shop.status();
  const active = backends.filter(({ role }) => role === 'active');
  for (const { process, pid } of active) expect(pid, process).not.toBe(before[process]);
  await until('the other beat has begun', 30_000, async () => (await beats()).length === told.length + 2);
  expect((await beats()).slice(told.length)).toEqual([`end ${live}`, `alone ${live}`]);
});

test('offline and online: visitors get the page, the processes work on', async () => {
  const before = await pids();
  expect(await graceful('offline', '--reason', 'stocktaking')).toMatchObject({ code: 0 });
  const page = await shop.visit();
  expect(page).toMatchObject({ status: 503, body: expect.stringContaining('stocktaking') });
  expect((await shop.status()).offline).toMatchObject({ reason: 'stocktaking' });
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  expect(await graceful('online')).toMatchObject({ code: 0 });
  expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
  expect(await pids()).toEqual(before);
});

test('clean: releases that are too many go, with what only they needed', async () => {
  const [first, second] = [live, await goLive()];
  live = await goLive();
  await expectAllUp();
  const cleaned = await graceful('clean', '--keep', '1');
  expect(cleaned, cleaned.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`(${first}: more than keep.releases: 1)`),
  });
  const left = await shop.host.must(['ls', `${shop.site.root}/releases`]);
  // The one before stands by.
  expect(left.trim().split('\n').toSorted()).toEqual([second, live].toSorted());
  await expectAllUp();
  expect(await shop.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
});

test('after an orderly reboot the live release is up with all its processes, each once', async () => {
  const told = await beats();
  await shop.host.shutDown();
  await shop.boot();
  expect(await shop.state()).toMatchObject({ answers: live, links: { current: live }, unfinished: null });
  await expectAllUp();
  await until('beat has begun', 30_000, async () => (await beats()).length > told.length);
  expect((await beats()).slice(told.length).at(-1)).toBe(`alone ${live}`);
  expect((await beats()).filter((line) => line.startsWith('beside'))).toEqual([]);
});
