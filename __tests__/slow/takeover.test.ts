/** docs/coming-from.md: a site of Capistrano's is taken over while visitors come, given back, and taken over again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Block, blocksOf, follow } from '../../testbed/guide.ts';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { makeCapistranoSite, OLD_RELEASE } from '../../testbed/legacy.ts';
import { type Load, startLoad, summarise } from '../../testbed/load.ts';
import { runStep, type StepResult } from '../../testbed/runner.ts';
import { makeShopRepo, type ShopRepo } from '../../testbed/shop.ts';
import { provisionSite } from '../../testbed/site.ts';

const stack = new AsyncDisposableStack();
let host: TestHost;
let repo: ShopRepo;
let guide: Block[];
/** Visitors, from before the first step to after the last. */
let load: Load;

beforeAll(async () => {
  host = stack.use(await startHost());
  repo = stack.use(await makeShopRepo({ host: host.address, config: { adopt: true } }));
  guide = await blocksOf('docs/coming-from.md');
  await repo.commit({ version: '1' });
  await makeCapistranoSite(host, repo, `SECRET_KEY=of-the-old-site\nALLOWED_HOSTS=${host.address}\n`);
  load = stack.use(await startLoad(host, { rate: 20, limit: 900_000 }));
});

afterAll(() => stack.disposeAsync());

async function deploy(): Promise<StepResult> {
  return await runStep({
    workspace: repo.path,
    inputs: { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: 'SECRET_KEY=of-the-old-site' },
  });
}

/** What a visitor gets: the release's id, `none` from the old server; and the style sheet of the page. */
async function visit(): Promise<{ release: unknown; sheet: string }> {
  const page = await fetchOnce(`http://${host.address}/`);
  const [, sheet = ''] = /<link rel="stylesheet"[^>]* href="([^"]+)"/.exec(page.body) ?? [];
  expect([page.status, (await fetchOnce(`http://${host.address}${sheet}`)).status]).toEqual([200, 200]);
  return { release: page.headers['x-release'], sheet };
}

const read = async (link: string) => (await host.must(['readlink', `/srv/shop/${link}`])).trim();

test('the host is set up beside the site, and the web server follows `current`', async () => {
  const dotenv = { SECRET_KEY: 'of-the-old-site', ALLOWED_HOSTS: host.address };
  await provisionSite(host, { dotenv, without: '6. Web server' });
  await follow(host, guide, '1. ');
  expect((await visit()).release).toBe('none');
  await follow(host, guide, '2. ');
  expect((await visit()).release).toBe('none');
  await follow(host, guide, '2. ', 'sh back');
  expect((await visit()).release).toBe('none');
  await host.must(['cp', '/root/setup-shop/shop.nginx', '/etc/nginx/sites-available/shop']);
  await host.must(['systemctl', 'reload', 'nginx']);
  expect((await visit()).release).toBe('none');
});

test('a release that does not start leaves the old server where it is', async () => {
  await repo.commit({ break: 'wsgi-import' });
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  expect(await read('current')).toBe(OLD_RELEASE);
  expect((await visit()).release).toBe('none');
});

test('the first deploy takes the place of `current`, and the pages of before find their style sheets', async () => {
  const { sheet } = await visit();
  await repo.commit({ version: '2' });
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(await read('current.adopted')).toBe(OLD_RELEASE);
  const seen = await visit();
  expect(seen.release).toBe(result.outputs['release']);
  expect(seen.sheet).not.toBe(sheet);
  expect((await fetchOnce(`http://${host.address}${sheet}`)).status).toBe(200);
});

test('the way back gives visitors the old server, and the next deploy takes over again', async () => {
  await follow(host, guide, '3. ', 'sh back');
  expect(await read('current')).toBe(OLD_RELEASE);
  expect((await visit()).release).toBe('none');
  await host.must(['systemctl', 'enable', '--quiet', 'shop-boot.service']);
  await host.must(['systemctl', 'enable', '--quiet', '--now', 'shop-tick.timer']);
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect((await visit()).release).toBe(result.outputs['release']);
});

test('what the old tool left goes, the site stays, and no visitor was turned away from the first step to the last', async () => {
  await follow(host, guide, '4. ');
  const releases = (await host.must(['ls', '/srv/shop/releases'])).trim().split('\n');
  for (const name of releases) expect(name).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{7}$/);
  await repo.commit({ version: '3', config: { adopt: false } });
  const result = await deploy();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect((await visit()).release).toBe(result.outputs['release']);
  const { failed, failures, requests } = summarise(await load.stop());
  expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
  expect(requests).toBeGreaterThan(100);
});
