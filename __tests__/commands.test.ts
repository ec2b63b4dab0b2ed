import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkPublic, judge, mendOf } from '../src/commands/public-check.ts';
import { releaseId, repositoryOf } from '../src/commands/release.ts';
import { needs, roomFaults } from '../src/commands/room.ts';
import type { HealthSpec } from '../src/protocol/messages.ts';
import { objectsOf, type PackTree } from '../src/shipping/pack.ts';
import { MAJOR, VERSION } from '../src/version.ts';

const ROOT = join(import.meta.dirname, '..');
const HEALTH: HealthSpec = { path: '/healthz', status: null, body: null, timeoutMs: 1500, successes: 2 };

describe('versions', () => {
  test('package, runner program and host program say the same', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const host = /^VERSION = "(.*)"$/m.exec(readFileSync(join(ROOT, 'host/graceful/version.py'), 'utf8'))?.[1];
    expect({ version, host, major: `${MAJOR}` }).toEqual({
      version: VERSION,
      host: VERSION,
      major: VERSION.split('.')[0],
    });
  });

  test('both sides speak the same protocol', () => {
    const number = (file: string, pattern: RegExp) => pattern.exec(readFileSync(join(ROOT, file), 'utf8'))?.[1];
    expect(number('host/graceful/version.py', /^PROTOCOL = (\d+)$/m)).toBe(
      number('src/protocol/greeting.ts', /^export const PROTOCOL = (\d+);$/m),
    );
  });
});

describe('a release', () => {
  test('is named by the second and the commit', () => {
    const at = new Date('2026-11-22T04:34:00.987Z');
    expect(releaseId('abcdef1234567890abcdef1234567890abcdef12', at)).toBe('20261122T043400Z-abcdef1');
  });

  test.each([
    ['https://github.com/example/shop/actions/runs/42', 'https://github.com/example/shop'],
    ['https://git.example.org/a/b/actions/runs/1', 'https://git.example.org/a/b'],
    [undefined, null],
    ['https://ci.example.org/job/7', null],
  ])('of run %s has repository %s', (runUrl, repository) => {
    expect(repositoryOf({ origin: runUrl === undefined ? {} : { runUrl } })).toBe(repository);
  });
});

function tree(kind: PackTree['kind'], paths: string[]): PackTree {
  const entries = paths.map((path) => ({ kind: 'file' as const, sha256: path, bytes: 10, path }));
  return { kind, tree: { folder: '/nowhere', manifest: { text: '', digest: '', entries } } };
}

describe('room on the host', () => {
  test('code counts twice, in the store and as a copy; what the host has is linked; folders take a block, too', () => {
    const trees = [tree('code', ['a', 'b/c/d']), tree('static', ['e/f']), tree('env', ['lib/g', 'lib/h'])];
    const lack = { trees, objects: objectsOf(trees), env: true };
    expect(needs(trees, lack)).toEqual({ bytes: (2 * 2 + 2 + 1 + 1 + 2 + 1) * 4096, inodes: 11 });
    expect(needs(trees, { trees: [], objects: [], env: false })).toEqual({ bytes: (2 + 2 + 1) * 4096, inodes: 5 });
  });

  test('is told with what is needed and what is free, both at once', () => {
    const disk = { freeBytes: 50_000_000, freeInodes: 500 };
    expect(roomFaults({ bytes: 20_000_000, inodes: 7 }, disk, '/srv/shop').map(({ what }) => what)).toEqual([
      'the disk of /srv/shop is too full: 50 MB free; 20 MB for this release and 32 MB to spare are needed',
      'the disk of /srv/shop has too few inodes: 500 free; 7 for this release and 1000 to spare are needed',
    ]);
    expect(roomFaults({ bytes: 0, inodes: 0 }, { freeBytes: 0, freeInodes: 1e6 }, '/srv/shop')).toEqual([
      {
        what: 'the disk of /srv/shop is too full: 0 MB free; at least 32 MB to spare are needed',
        mend: 'make room there: df -h /srv/shop',
      },
    ]);
    expect(roomFaults({ bytes: 20_000_000, inodes: 7 }, { freeBytes: 1e9, freeInodes: 1e6 }, '/srv/shop')).toEqual([]);
  });
});

describe('judging an answer', () => {
  const answer = { status: 200, location: null, body: 'ok' };
  test.each([
    [{}, answer, null],
    [{}, { ...answer, status: 204 }, null],
    [{}, { ...answer, status: 500 }, '/healthz answered 500, not 2xx'],
    [{ status: [200, 201] }, { ...answer, status: 204 }, '/healthz answered 204, not 200 or 201'],
    [{ body: 'version 2' }, answer, '/healthz answered 200 without "version 2" in its body'],
    [
      {},
      { status: 301, location: 'https://www.example.org/', body: '' },
      '/healthz redirects (301) to https://www.example.org/; a redirect is not healthy',
    ],
  ])('%o of %o: %s', (over, given, trouble) => {
    expect(judge({ ...HEALTH, ...over }, given)).toBe(trouble);
  });
});

describe('the public check', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(answers: (path: string, n: number) => { status: number; body: string }): Promise<string> {
    let asked = 0;
    const server = createServer((request, response) => {
      const { status, body } = answers(request.url ?? '', ++asked);
      response.writeHead(status, { connection: 'close' }).end(body);
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const check = (url: string, over: Partial<HealthSpec> = {}, offline = false) =>
    checkPublic(
      { url, release: 'r2', health: { ...HEALTH, ...over }, static: '/static/', offline },
      new AbortController().signal,
    );

  test('is good when health and the release of the static files are', async () => {
    const url = await serve((path) => ({ status: 200, body: path === '/static/graceful.txt' ? 'r2\n' : 'ok' }));
    expect(await check(url)).toBe(null);
  });

  test('while offline, is good when visitors get 503, or where this address gets the site', async () => {
    const away = await serve(() => ({ status: 503, body: 'Down for maintenance' }));
    expect(await check(away, {}, true)).toBe(null);
    expect(await check(away)).toContain('answered 503, not 2xx');
    const allowed = await serve((path) => ({ status: 200, body: path.startsWith('/static') ? 'r2' : 'ok' }));
    expect(await check(allowed, {}, true)).toBe(null);
    const broken = await serve(() => ({ status: 502, body: '' }));
    expect(await check(broken, {}, true)).toContain('answered 502, not 2xx');
  });

  test('waits for a cache that still has the release before', async () => {
    const url = await serve((path, n) => ({
      status: 200,
      body: path.startsWith('/static') ? (n > 4 ? 'r2' : 'r1') : 'ok',
    }));
    expect(await check(url)).toBe(null);
  });

  test('says which release answers when the time is over', async () => {
    const url = await serve(() => ({ status: 200, body: 'r1' }));
    expect(await check(url)).toBe(`${url}/static/graceful.txt names release r1, not r2`);
  });

  test('gives up after three bad answers in a row, long before the time is over', async () => {
    let asked = 0;
    const url = await serve((path) => {
      if (path === '/healthz') asked += 1;
      return { status: 500, body: '' };
    });
    expect(await check(url, { timeoutMs: 60_000 })).toBe('/healthz answered 500, not 2xx');
    expect(asked).toBe(3);
  });

  test('names the reason when nothing answers', async () => {
    const url = await serve(() => ({ status: 200, body: '' }));
    servers.splice(0).forEach((server) => void server.close());
    const trouble = (await check(url, { timeoutMs: 300 })) ?? '';
    expect(trouble).toContain(`no answer from ${url}: connect ECONNREFUSED`);
    expect(mendOf(trouble, url, 'deploy')).toMatch(/`url` of the stage in graceful\.yml.* verify: \{ public: false \}/);
    const other = mendOf('/healthz answered 500, not 2xx', url, 'rollback');
    expect(other).not.toContain('verify:');
    expect(other).toMatch(/, and run rollback again\.$/);
  });
});
