/** docs/coming-from-scripts.md: a checkout that a script pulls into is taken over while visitors come, given back, and taken over again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Block, blocksOf, follow } from '../../testbed/guide.ts';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { makeCheckoutSite } from '../../testbed/legacy.ts';
import { type Load, startLoad, summarise } from '../../testbed/load.ts';
import { runStep, type StepResult } from '../../testbed/runner.ts';
import { makeShopRepo, type ShopRepo } from '../../testbed/shop.ts';
import { provisionSite } from '../../testbed/site.ts';

const stack = new AsyncDisposableStack();
let host: TestHost;
let repo: ShopRepo;
/** Commands of this page, and of the one that it sends its reader to for the first deploy. */
let own: Block[];
let common: Block[];
/** Visitors, from before the first step to after the last. */
let load: Load;
/** While the old server is stopped and its files move; milliseconds since the epoch. */
const gaps: { from: number; to: number }[] = [];

beforeAll(async () => {
  host = stack.use(await startHost());
  repo = stack.use(await makeShopRepo({ host: host.address, config: { adopt: true } }));
  own = await blocksOf('docs/coming-from-scripts.md');
  common = await blocksOf('docs/coming-from.md');
  await repo.commit({ version: '1' });
  await makeCheckoutSite(host, repo, `SECRET_KEY=of-the-old-site\nALLOWED_HOSTS=${host.address}\n`);
  load = stack.use(await startLoad(host, { rate: 20, limit: 900_000 }));
});

afterAll(() => stack.disposeAsync());

/** The step in which the old server is stopped, or its way back. */
async function move(language?: 'sh back'): Promise<void> {
  const from = Date.now();
  await follow(host, own, '2. ', language);
  // Until it answers again.
  await expect.poll(async () => (await fetchOnce(`http://${host.address}/`)).status, { timeout: 20_000 }).toBe(200);
  gaps.push({ from, to: Date.now() });
}

async function deploy(): Promise<StepResult> {
  return await runStep({
    workspace: repo.path,
    inputs: { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts },
  });
}

/** What a visitor gets: the release's id, `none` from the old server; and whether there is the upload of before. */
async function visit(): Promise<{ release: unknown; sheet: string }> {
  const page = await fetchOnce(`http://${host.address}/`);
  const [, sheet = ''] = /<link rel="stylesheet"[^>]* href="([^"]+)"/.exec(page.body) ?? [];
  const paths = [sheet, '/media/upload.txt'];
  const others = await Promise.all(
    paths.map(async (path) => (await fetchOnce(`http://${host.address}${path}`)).status),
  );
  expect([page.status, ...others]).toEqual([200, 200, 200]);
  return { release: page.headers['x-release'], sheet };
}

/** How many orders the site's database has, wherever it is. */
async function orders(folder: string): Promise<number> {
  const count = `import sqlite3; print(sqlite3.connect("${folder}/data/shop.sqlite3").execute("select count(*) from orders_order").fetchone()[0])`;
  return Number(await host.must(['python3', '-c', count]));
}

const read = async (link: string) => (await host.must(['readlink', `/srv/shop/${link}`])).trim();

test('the host is set up beside the site; what stays moves, and moves back', async () => {
  await host.must(['sh', '-c', 'echo of-before >/opt/shop/media/upload.txt'], { user: host.deployUser });
  await provisionSite(host, { without: '6. Web server' });
  expect((await visit()).release).toBe('none');
  const before = await orders('/opt/shop');
  await move();
  expect((await visit()).release).toBe('none');
  await move('sh back');
  expect((await visit()).release).toBe('none');
  await move();
  expect(await orders('/srv/shop/shared')).toBeGreaterThanOrEqual(before);
});

test('the web server follows `current`, and can be given back', async () => {
  await follow(host, own, '3. ');
  expect((await visit()).release).toBe('none');
  await follow(host, own, '3. ', 'sh back');
  expect((await visit()).release).toBe('none');
  await follow(host, own, '3. ');
  expect((await visit()).release).toBe('none');
});

test('a release that does not start leaves the checkout where it is', async () => {
  await repo.commit({ break: 'wsgi-import' });
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  expect(await read('current')).toBe('checkout');
  expect((await visit()).release).toBe('none');
});

test('the first deploy has the orders, uploads and variables of before, and old pages find their style sheets', async () => {
  const { sheet } = await visit();
  const before = await orders('/srv/shop/shared');
  await repo.commit({ version: '2' });
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(await read('current.adopted')).toBe('checkout');
  const seen = await visit();
  expect(seen.release).toBe(result.outputs['release']);
  expect(seen.sheet).not.toBe(sheet);
  expect((await fetchOnce(`http://${host.address}${sheet}`)).status).toBe(200);
  expect(before).toBeGreaterThan(0);
  await expect.poll(() => orders('/srv/shop/shared'), { timeout: 10_000 }).toBeGreaterThan(before);
});

test('the way back gives visitors the checkout, and the next deploy takes over again', async () => {
  await follow(host, common, '3. ', 'sh back');
  expect(await read('current')).toBe('checkout');
  expect((await visit()).release).toBe('none');
  await host.must(['systemctl', 'enable', '--quiet', 'shop-boot.service']);
  await host.must(['systemctl', 'enable', '--quiet', '--now', 'shop-tick.timer']);
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect((await visit()).release).toBe(result.outputs['release']);
});

test('the checkout goes, the site stays, and visitors were turned away only while files moved', async () => {
  await follow(host, own, '5. ');
  await host.must(['rm', '-r', '/opt/shop']);
  await repo.commit({ version: '3', config: { adopt: false } });
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect((await visit()).release).toBe(result.outputs['release']);
  const moved = ({ start }: { start: number }) => gaps.some(({ from, to }) => start >= from && start <= to);
  const records = await load.stop();
  const { failed, failures, requests } = summarise(records.filter((record) => !moved(record)));
  expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  expect(requests).toBeGreaterThan(100);
});
