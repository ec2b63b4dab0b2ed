import { appendFile, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { writeFiles } from './build.fixtures.ts';
import { type Machines, startMachines } from './build-cache.fixtures.ts';

let machines: Machines;
beforeAll(async () => {
  machines = await startMachines();
});
afterAll(() => machines[Symbol.asyncDispose]());

test('two runs at once build it once: the second waits and takes what the first made', async () => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const both = await Promise.all([machines.obtain('together', { log }), machines.obtain('together', { log })]);
  expect(both.map((one) => one.from).sort()).toEqual(['built', 'local']);
  expect(lines.filter((line) => line.startsWith('another run'))).toEqual([
    'another run on this machine builds the same environment: waiting for it',
  ]);
  expect(both[0].env).toEqual(both[1].env);
  const names = await readdir(join(machines.path, 'together', 'tools', 'graceful', 'envs'));
  expect(names.toSorted().map((name) => name.slice(64))).toEqual(['', '.lock']);
});

test('a damaged entry is told and built anew', async () => {
  const first = await machines.obtain('damaged');
  const module = first.env.tree.manifest.entries.find((entry) => entry.path.endsWith('sqlparse/__init__.py'));
  await appendFile(join(first.env.tree.folder, module?.path ?? ''), '# changed\n');
  // And what a run left that was killed while it kept an environment.
  await writeFiles(`${dirname(first.env.tree.folder)}.new`, { 'env/half': '' });
  const second = await machines.obtain('damaged');
  expect(second.from).toBe('built');
  expect(second.notices).toEqual([
    expect.stringContaining('is damaged and is built anew: its files are not those of its manifest'),
  ]);
  expect(second.env.tree.manifest.digest).toBe(first.env.tree.manifest.digest);
  expect(
    (await readdir(join(machines.path, 'damaged/tools/graceful/envs'))).filter((name) => /new$/.test(name)),
  ).toEqual([]);
  expect((await machines.obtain('damaged')).from).toBe('local');
});

test('the Actions cache: saved by one machine, found by the next; a cut entry is built anew', async () => {
  await using cache = await actionsCache();
  vi.stubEnv('GITHUB_WORKSPACE', join(machines.path, 'top'));
  vi.stubEnv('RUNNER_TEMP', join(machines.path, 'temp'));
  vi.stubEnv('ACTIONS_CACHE_SERVICE_V2', 'true');
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', 'token');
  vi.stubEnv('ACTIONS_RESULTS_URL', cache.url);
  const first = await machines.obtain('actions');
  expect(first.from).toBe('built');
  expect(await first.keep()).toBeNull();
  expect([...cache.entries.keys()]).toEqual([expect.stringMatching(/^graceful-env-[0-9a-f]{64}-\d{17}$/)]);
  // A fresh runner has the same folders, empty.
  await rm(join(machines.path, 'actions'), { recursive: true });
  const lines: string[] = [];
  const second = await machines.obtain('actions', { log: (line) => lines.push(line) });
  expect([second.from, second.notices, lines]).toEqual(['actions', [], []]);
  expect(second.env).toEqual(first.env);
  expect((await machines.obtain('actions')).from).toBe('local');

  // Resolved anew, it is kept beside the one before, and is the one that is found.
  const renewed = await machines.obtain('actions', { refresh: true });
  expect([renewed.from, await renewed.keep()]).toEqual(['built', null]);
  expect(cache.entries.size).toBe(2);
  await rm(join(machines.path, 'actions'), { recursive: true });
  expect((await machines.obtain('actions')).env.created).toBe(renewed.env.created);

  for (const [key, content] of cache.entries) cache.entries.set(key, content.subarray(0, content.length / 2));
  await rm(join(machines.path, 'actions'), { recursive: true });
  const third = await machines.obtain('actions');
  expect(third.from).toBe('built');
  expect(third.env.tree.manifest.digest).toBe(first.env.tree.manifest.digest);
});

/** A server that speaks the cache service's second version: Twirp for entries, blobs behind the addresses it gives. */
async function actionsCache(): Promise<{ url: string; entries: Map<string, Buffer> } & AsyncDisposable> {
  const entries = new Map<string, Buffer>();
  const Asked = z.object({ key: z.string(), restore_keys: z.array(z.string()).default([]) });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const method = /^\/twirp\/github\.actions\.results\.api\.v1\.CacheService\/(\w+)$/.exec(pathname)?.[1];
    if (method === undefined) {
      const key = pathname.split('/').at(-1) ?? '';
      if (request.method === 'PUT') {
        entries.set(key, body);
        response.writeHead(201, { etag: '"1"', 'last-modified': new Date().toUTCString() }).end();
      } else response.writeHead(200, { 'content-length': entries.get(key)?.length ?? 0 }).end(entries.get(key));
      return;
    }
    const { key: asked, restore_keys: beginnings } = Asked.parse(JSON.parse(body.toString()));
    const newest = [...entries.keys()].findLast((name) => beginnings.some((beginning) => name.startsWith(beginning)));
    const key = entries.has(asked) ? asked : (newest ?? asked);
    const address = `http://${request.headers.host}/account/blobs/${key}`;
    const answers: Record<string, object> = {
      GetCacheEntryDownloadURL: entries.has(key)
        ? { ok: true, signed_download_url: address, matched_key: key }
        : { ok: false },
      CreateCacheEntry: { ok: true, signed_upload_url: address },
      FinalizeCacheEntryUpload: { ok: true, entry_id: '1' },
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[method]));
  };
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => response.writeHead(500).end(String(thrown)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    entries,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
