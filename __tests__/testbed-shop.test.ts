import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyFolder, installRequirements, placeRelease, switchTo } from '../testbed/handmade.ts';
import { startHost, type TestHost } from '../testbed/host.ts';
import { fetchOnce } from '../testbed/http.ts';
import { type LoadRecord, startLoad, summarise } from '../testbed/load.ts';
import { type Break, makeShopRepo, type ShopRepo } from '../testbed/shop.ts';
import { type HostedSite, provisionSite } from '../testbed/site.ts';
import { until } from '../testbed/slot.ts';

/** The site, its packages and the load, without any of Graceful's own programs: releases are put in place by hand. */
let host: TestHost;
let site: HostedSite;
let repo: ShopRepo;
let packages: string;
let days = 0;

beforeAll(async () => {
  host = await startHost();
  site = await provisionSite(host, { tick: false });
  repo = await makeShopRepo({ host: host.address });
  packages = await mkdtemp(join(tmpdir(), 'graceful-packages-'));
  await repo.commit();
  await installRequirements(join(repo.path, 'requirements.txt'), packages);
  await copyFolder(host, packages, '/srv/packages', 'shop');
});

afterAll(async () => {
  await host?.dispose();
  await repo?.dispose();
  if (packages !== undefined) await rm(packages, { recursive: true });
});

/** Commits, and lays the commit out on the host with its static files and start commands. @returns the release's id */
async function release(options: NonNullable<Parameters<ShopRepo['commit']>[0]>): Promise<string> {
  const sha = await repo.commit(options);
  days++;
  const id = `202601${String(days).padStart(2, '0')}T000000Z-${sha.slice(0, 7)}`;
  const folder = `${site.root}/releases/${id}`;
  const environment = [
    '#!/bin/sh',
    'set -a; . /srv/shop/shared/.env',
    'SECRET_KEY=a-secret-of-the-test DJANGO_SETTINGS_MODULE=shop.settings.production PYTHONDONTWRITEBYTECODE=1',
    `GRACEFUL_RELEASE=${id} PYTHONPATH=/srv/packages`,
    `cd ${folder}/code || exit 1`,
    '',
  ].join('\n');
  const server = 'exec /usr/bin/python3 -m gunicorn --workers 2 --no-control-socket';
  await placeRelease(host, site.root, id, {
    web: `${environment}${server} --bind "unix:$RUNTIME_DIRECTORY/http.sock" shop.wsgi:application\n`,
    manage: `${environment}exec /usr/bin/python3 manage.py "$@"\n`,
  });
  await copyFolder(host, repo.path, `${folder}/code`, 'shop');
  for (const name of ['data', 'media'])
    await host.must(['ln', '-s', `${site.root}/shared/${name}`, `${folder}/code/${name}`]);
  await host.must(['install', '-d', '-o', 'shop', `${folder}/static`]);
  await host.must(['ln', '-s', '../static', `${folder}/code/staticfiles`]);
  // A broken one is only asked for its health.
  if (options.break === undefined) await unit('run', id, '--', 'collectstatic', '--noinput', '--verbosity=0');
  return id;
}

function unit(...args: string[]): Promise<string> {
  return host.must(['sudo', '-n', '/usr/local/sbin/graceful-unit', 'shop', ...args], { user: 'deploy' });
}

/** One request straight to the backend. @returns its HTTP status, 0 when there was no answer */
async function ask(id: string, ...curl: string[]): Promise<number> {
  const socket = `/run/graceful/shop/${id}.1/http.sock`;
  const shape = ['--silent', '--output', '/dev/null', '--write-out', '%{http_code}', '--max-time', '2'];
  const headers = ['--header', `Host: ${host.address}`, '--header', 'X-Forwarded-Proto: https'];
  const argv = ['curl', ...shape, '--unix-socket', socket, ...headers, ...curl, 'http://localhost/healthz'];
  return Number((await host.exec(argv, { user: 'deploy' })).stdout);
}

async function start(id: string): Promise<void> {
  await unit('start', 'web', `${id}.1`);
  await until(`${id} answers`, 20_000, async () => (await ask(id)) === 200);
}

/** What a deploy does with the hashed files before it switches. */
async function keepAssets(id: string): Promise<void> {
  await host.must(['install', '-d', '-o', 'deploy', '-g', 'shop', `${site.root}/assets`]);
  await host.must(['cp', '-a', `${site.root}/releases/${id}/static/.`, `${site.root}/assets/`]);
}

describe('the shop', () => {
  test('changes its version once under load, and no request fails', async () => {
    const one = await release({ version: '1' });
    await keepAssets(one);
    await unit('run', one, '--', 'migrate', '--verbosity=0');
    await start(one);
    await switchTo(host, site.root, one);
    await using load = await startLoad(host);
    const two = await release({ version: '2', migration: true });
    await keepAssets(two);
    await unit('run', two, '--', 'migrate', '--verbosity=0');
    await start(two);
    await sleep(1_000);
    const before = (await fetchOnce(site.url)).body;
    await switchTo(host, site.root, two);
    // A page of before finds its own style sheet after, in what is kept of recent releases.
    const sheet = /<link rel="stylesheet" href="([^"]+)">/.exec(before)?.[1];
    expect(await fetchOnce(site.url + sheet)).toMatchObject({
      status: 200,
      body: expect.stringContaining('--version: "1"'),
    });
    await sleep(2_000);
    const seen = summarise(await load.stop());
    expect(seen).toMatchObject({
      failed: 0,
      failures: [],
      releases: [one, two],
      versions: ['1', '2'],
      changedOnce: true,
    });
    expect(seen).toMatchObject({ mismatched: 0, returned: [] });
    expect(seen.posts).toBeGreaterThan(50);
    expect(seen.styleSheets).toBeGreaterThan(10);
    const orders = /(\d+) orders so far/.exec((await fetchOnce(site.url)).body)?.[1];
    // Every order that was taken is there, and no other.
    expect(Number(orders)).toBe(seen.posts);

    await using back = await startLoad(host);
    await sleep(500);
    await switchTo(host, site.root, one);
    await sleep(1_000);
    await switchTo(host, site.root, two);
    await sleep(500);
    expect(summarise(await back.stop())).toMatchObject({
      failed: 0,
      mismatched: 0,
      changedOnce: false,
      returned: [two],
    });
  });

  test('shows uploads through the web server; the database and shared/.env it does not', async () => {
    const form = await fetchOnce(`${site.url}/order/`);
    const cookie = String(form.headers['set-cookie']).split(';')[0] ?? '';
    const token = /csrfmiddlewaretoken" value="([^"]+)/.exec(form.body)?.[1] ?? '';
    const data = new FormData();
    data.set('csrfmiddlewaretoken', token);
    data.set('file', new Blob(['a picture\n']), 'picture.txt');
    const sent = await fetch(`${site.url}/upload/`, {
      method: 'POST',
      body: data,
      headers: { cookie },
      redirect: 'manual',
    });
    expect(sent.status).toBe(302);
    const source = /<img src="([^"]+)"/.exec((await fetchOnce(site.url)).body)?.[1];
    expect(await fetchOnce(`${site.url}${source}`)).toMatchObject({ status: 200, body: 'a picture\n' });
    for (const path of [
      '/static/../shared/.env',
      '/media/../.env',
      '/media/../data/shop.sqlite3',
      '/static/..%2f..%2fshared/.env',
    ]) {
      const status = ['--path-as-is', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}'];
      expect(await host.must(['curl', ...status, `http://localhost${path}`])).not.toBe('200');
    }
    expect((await host.exec(['cat', '/srv/shop/shared/data/shop.sqlite3'], { user: 'www-data' })).code).toBe(1);
  });

  test('says how static files may be cached', async () => {
    const page = (await fetchOnce(site.url)).body;
    const hashed = /<link rel="stylesheet" href="([^"]+)">/.exec(page)?.[1];
    expect((await fetchOnce(site.url + hashed)).headers['cache-control']).toContain('immutable');
    const plain = await fetchOnce(`${site.url}/static/orders/shop.css`);
    expect(plain.status).toBe(200);
    expect(plain.headers['cache-control']).toBeUndefined();
    expect((await fetchOnce(`${site.url}/static/orders/none.css`)).status).toBe(404);
  });

  const viaNginx = ['--header', 'X-Forwarded-For: 192.0.2.1'];
  test.each<[Break, number[]]>([
    ['import', [500, 500]],
    ['wsgi-import', [0, 0]],
    ['500', [500, 500]],
    ['hang', [0, 0]],
    ['redirect', [302, 302]],
    ['bad-through-nginx', [200, 500]],
  ])('broken by %s: answers %j to its own socket and to the web server', async (fault, statuses) => {
    const id = await release({ version: '9', break: fault });
    await unit('start', 'web', `${id}.1`);
    const socket = `/run/graceful/shop/${id}.1/http.sock`;
    if (fault !== 'wsgi-import')
      await until(
        'it listens',
        10_000,
        async () => (await host.exec(['grep', '-q', ` 00010000 .* ${socket}$`, '/proc/net/unix'])).code === 0,
      );
    expect([await ask(id), await ask(id, ...viaNginx)]).toEqual(statuses);
    if (fault === 'import') expect(await unit('logs', 'web', `${id}.1`)).toContain("No module named 'orders.basket'");
    if (fault === 'wsgi-import') {
      await until('its traceback is logged', 10_000, async () =>
        (await unit('logs', 'web', `${id}.1`)).includes("No module named 'shop.telemetry'"),
      );
    }
    await unit('kill', 'web', `${id}.1`);
  });

  test.each<[Break, string[]]>([
    ['die-after-first', []],
    ['die-through-nginx', viaNginx],
  ])('broken by %s: its main process ends after an answer', async (fault, headers) => {
    const id = await release({ version: '9', break: fault });
    await unit('start', 'web', `${id}.1`);
    await until('it answers', 10_000, async () => (await ask(id, ...headers)) === 200);
    const restarts = ['systemctl', 'show', '--value', '--property=NRestarts', `shop-web@${id}.1.service`];
    await until('it is restarted', 10_000, async () => Number(await host.must(restarts)) > 0);
    await unit('kill', 'web', `${id}.1`);
  });
});

describe('a load', () => {
  const at = (start: number, latency: number, release: string): LoadRecord => ({
    ...{
      start,
      latency,
      release,
      method: 'GET',
      path: '/',
      status: 200,
      error: null,
      version: null,
      pageVersion: null,
    },
  });

  test('knows an old answer that only took long from one that came back', () => {
    const overlapping = [at(0, 10, 'old'), at(5, 100, 'old'), at(20, 10, 'new')];
    expect(summarise(overlapping)).toMatchObject({ releases: ['old', 'new'], changedOnce: true, returned: [] });
    const returned = [...overlapping, at(31, 5, 'old')];
    expect(summarise(returned)).toMatchObject({ changedOnce: false, returned: ['old'], worst: 100, median: 10 });
  });

  test('counts what failed, and style sheets of another version than their page', () => {
    const lost: LoadRecord = { ...at(0, 1, ''), release: null, status: null, error: 'reset' };
    const sheet: LoadRecord = { ...at(0, 1, 'new'), path: '/static/a.css', version: '1', pageVersion: '2' };
    const seen = summarise([lost, { ...lost, status: 502, error: null }, sheet]);
    expect(seen).toMatchObject({ requests: 3, failed: 2, styleSheets: 1, mismatched: 1, versions: [] });
    expect(seen.failures[0]).toBe('1970-01-01T00:00:00.000Z GET /: reset after 1 ms (no release)');
  });

  test('does not start where nothing serves', async () => {
    await using empty = await startHost();
    await expect(startLoad(empty)).rejects.toThrow('GET /order/ answered 404');
  });
});
