import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Obtained } from '../../src/build/cache/environments.ts';
import { type Machines, startMachines } from '../build-cache.fixtures.ts';

let machines: Machines;
beforeAll(async () => {
  machines = await startMachines();
});
afterAll(() => machines[Symbol.asyncDispose]());

/** Damages the entry of a kept environment. */
type Damage = (entry: string, module: string, folder: string) => Promise<void>;
const DAMAGE: [string, Damage][] = [
  ['a file with a byte more', (_, module) => appendFile(module, '\n')],
  ['a file that is empty', (_, module) => writeFile(module, '')],
  ['a file that is gone', (_, module) => rm(module)],
  ['a file too many', (_, module) => writeFile(join(dirname(module), 'more.py'), '')],
  ['no files at all', (_, __, folder) => rm(folder, { recursive: true })],
  ['a description cut off', (entry) => writeFile(join(entry, 'entry.json'), '{"hash": "ab')],
  ['a description of another kind', (entry) => writeFile(join(entry, 'entry.json'), '{}')],
  ['no description', (entry) => rm(join(entry, 'entry.json'))],
  [
    'a file in its place',
    async (entry) => {
      await rm(entry, { recursive: true });
      await writeFile(entry, '');
    },
  ],
];

test('a damaged entry of any kind is told, and built anew to the same bytes', async () => {
  const first = await machines.obtain('damaged');
  const entry = dirname(first.env.tree.folder);
  const path = first.env.tree.manifest.entries.find((one) => one.path.endsWith('sqlparse/__init__.py'))?.path ?? '';
  let { folder } = first.env.tree;
  for (const [what, damage] of DAMAGE) {
    await damage(entry, join(folder, path), folder);
    const again = await machines.obtain('damaged');
    expect([again.from, again.notices.length], what).toEqual(['built', 1]);
    expect(again.notices[0], what).toContain('is damaged and is made anew');
    expect(again.env.tree.manifest.digest, what).toBe(first.env.tree.manifest.digest);
    folder = again.env.tree.folder;
  }
  expect((await machines.obtain('damaged')).from).toBe('local');
});

test('a bumped package changes no byte of another, and is all that is compiled', async () => {
  const asked = (sqlparse: string) => ({ requirements: `django==5.2.1\ngunicorn==23.0.0\nsqlparse==${sqlparse}\n` });
  const kept = async () => await readdir(join(machines.path, 'bump/tools/graceful/bytecode'));
  const filesOf = ({ env }: Obtained) => new Map(env.tree.manifest.entries.map((entry) => [entry.path, entry]));
  const before = await machines.obtain('bump', asked('0.5.2'));
  const compiled = await kept();
  const after = await machines.obtain('bump', asked('0.5.3'));
  expect([after.from, await kept()]).toEqual(['built', expect.arrayContaining(compiled)]);
  // A distribution of that size is one unit.
  expect((await kept()).length).toBe(compiled.length + 1);
  const [old, files] = [filesOf(before), filesOf(after)];
  const changed = [...files.values()].filter((entry) => JSON.stringify(old.get(entry.path)) !== JSON.stringify(entry));
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.filter(({ path }) => !/\/sqlparse[/-]/.test(path))).toEqual([]);
  const fresh = await machines.obtain('elsewhere', asked('0.5.3'));
  expect(fresh.env.tree.manifest.text).toBe(after.env.tree.manifest.text);
});

test('a second run resolves nothing, and asks no index', async () => {
  await machines.obtain('offline');
  // An index that cannot be reached.
  const nowhere = { UV_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PATH: '' };
  const lines: string[] = [];
  expect([(await machines.obtain('offline', { log: (line) => lines.push(line), env: nowhere })).from, lines]).toEqual([
    'local',
    [],
  ]);
});

test('a builder that is killed leaves nothing in the way: whoever waits for it builds', async () => {
  const { env } = await machines.obtain('killed');
  const entry = dirname(env.tree.folder);
  await rm(entry, { recursive: true });
  // A run of its own that has begun to keep an environment.
  const program = `
    const { takeLock } = await import(process.argv[1]);
    const { mkdir } = await import('node:fs/promises');
    await takeLock(process.argv[2], process.argv[3] + '.lock', () => {});
    await mkdir(process.argv[3] + '.new/env/half', { recursive: true });
    console.log('building');
  `;
  const lock = new URL('../../src/build/cache/lock.ts', import.meta.url).href;
  const builder = spawn(process.execPath, ['-e', program, '--', lock, machines.match.runner.executable, entry], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(builder.stdout, 'data');
  const lines: string[] = [];
  const waited = await machines.obtain('killed', {
    log: (line) => {
      lines.push(line);
      if (line.startsWith('another run')) builder.kill('SIGKILL');
    },
  });
  expect(lines[0]).toBe('another run on this machine builds the same environment: waiting for it');
  expect([waited.from, waited.notices]).toEqual(['built', []]);
  expect(waited.env.tree.manifest.digest).toBe(env.tree.manifest.digest);
  expect((await readdir(dirname(entry))).map((name) => name.slice(64)).toSorted()).toEqual(['', '.lock']);
});

test('no password of an index is kept', async () => {
  const password = 'kept-nowhere-1234';
  const index = `https://user:${password}@pypi.org/simple`;
  const kept = await machines.obtain('secret', {
    env: { UV_INDEX_URL: index, UV_DEFAULT_INDEX: index, PIP_INDEX_URL: index },
  });
  expect(kept.from).toBe('built');
  const entry = dirname(kept.env.tree.folder);
  for (const name of await readdir(entry, { recursive: true, withFileTypes: true })) {
    if (name.isFile()) expect(await readFile(join(name.parentPath, name.name), 'latin1')).not.toContain(password);
  }
  expect(JSON.stringify(kept)).not.toContain(password);
});
