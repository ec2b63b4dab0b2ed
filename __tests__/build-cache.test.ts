import { createHash, randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takeLock } from '../src/build/cache/lock.ts';
import { keepArchive, obtainArchive } from '../src/build/debian/archive.ts';
import { manifestOf } from '../src/build/manifest.ts';
import { type CollectedAnswer, contentsOf, keepForAll, keepStatic, keptStatic } from '../src/build/static/kept.ts';
import { writeFiles } from './build.fixtures.ts';
import { type Machines, startMachines } from './build-cache.fixtures.ts';
import { startActionsCache } from './fixtures/actions-cache.ts';

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

test('what is whole is taken while another run has the lock', async () => {
  const { env } = await machines.obtain('locked');
  const lock = `${dirname(env.tree.folder)}.lock`;
  await using _held = await takeLock(machines.match.runner.executable, lock, () => {});
  const lines: string[] = [];
  const again = await machines.obtain('locked', { log: (line) => lines.push(line) });
  expect([again.from, again.env, lines]).toEqual(['local', env, []]);
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
    expect.stringContaining('is damaged and is made anew: its files are not those of its manifest'),
  ]);
  expect(second.env.tree.manifest.digest).toBe(first.env.tree.manifest.digest);
  expect(
    (await readdir(join(machines.path, 'damaged/tools/graceful/envs'))).filter((name) => /new$/.test(name)),
  ).toEqual([]);
  expect((await machines.obtain('damaged')).from).toBe('local');
});

test('resolved anew, the one before stays for a day for the runs that have it', async () => {
  const first = await machines.obtain('renewed');
  const { folder, manifest } = first.env.tree;
  const renewed = await machines.obtain('renewed', { refresh: true });
  expect(renewed.env.tree.folder).not.toBe(folder);
  expect((await manifestOf(folder, 'it')).manifest).toEqual(manifest);
  const next = await machines.obtain('renewed');
  expect([next.from, next.env]).toEqual(['local', renewed.env]);
  expect((await manifestOf(folder, 'it')).manifest).toEqual(manifest);

  const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
  await utimes(folder, yesterday, yesterday);
  // However long ago that which is taken was built.
  await utimes(renewed.env.tree.folder, yesterday, yesterday);
  expect((await machines.obtain('renewed')).env).toEqual(renewed.env);
  const left = (await readdir(dirname(folder))).filter((name) => name.startsWith('env'));
  expect(left).toEqual([basename(renewed.env.tree.folder)]);
});

test('an entry of an earlier version is taken, and can be resolved anew', async () => {
  const { env } = await machines.obtain('earlier');
  const entry = dirname(env.tree.folder);
  const { folder, ...told } = JSON.parse(await readFile(join(entry, 'entry.json'), 'utf8'));
  expect(folder).toBe(basename(env.tree.folder));
  await writeFile(join(entry, 'entry.json'), JSON.stringify(told));
  await rename(env.tree.folder, join(entry, 'env'));
  const taken = await machines.obtain('earlier');
  expect([taken.from, taken.notices, taken.env.tree.folder]).toEqual(['local', [], join(entry, 'env')]);
  expect((await machines.obtain('earlier', { refresh: true })).from).toBe('built');
  expect((await manifestOf(join(entry, 'env'), 'it')).manifest).toEqual(env.tree.manifest);
});

test('the Actions cache: saved by one machine, found by the next; a cut entry is built anew', async () => {
  await using cache = await startActionsCache(machines.path);
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

test('a minimal system in the Actions cache: taken by the next machine; one that is cut or another is told and made anew', async () => {
  await using cache = await startActionsCache(machines.path);
  const folder = join(machines.path, 'systems');
  const archive = join(folder, `${'a'.repeat(64)}.tar`);
  const digest = createHash('sha256').update('a whole system').digest('hex');
  const make = () => writeFiles('/', { [archive]: 'a whole system', [`${archive}.sha256`]: digest });
  /** On a fresh runner. */
  const obtain = async () => {
    await rm(folder, { recursive: true, force: true });
    const notices: string[] = [];
    return { made: await obtainArchive(archive, notices, make), notices };
  };
  expect(await obtain()).toEqual({ made: true, notices: [] });
  expect(await keepArchive(archive)).toBeNull();
  expect([...cache.entries.keys()]).toEqual([expect.stringMatching(/^graceful-debian-a{64}-\d+$/)]);
  expect(await obtain()).toEqual({ made: false, notices: [] });
  expect(await readFile(archive, 'utf8')).toBe('a whole system');

  // What was saved there is no such system.
  await writeFile(archive, 'half a system');
  expect(await keepArchive(archive)).toBeNull();
  expect(await obtain()).toEqual({
    made: true,
    notices: [`the kept system ${archive} is damaged and is made anew: its digest is another`],
  });
  // The new one is saved beside it, and is the one that is found.
  expect(await keepArchive(archive)).toBeNull();
  expect(await obtain()).toEqual({ made: false, notices: [] });

  // (That one cannot be unpacked is told by @actions/cache itself, as a warning of the job.)
  for (const [key, content] of cache.entries) cache.entries.set(key, content.subarray(0, content.length / 2));
  expect(await obtain()).toEqual({ made: true, notices: [] });
});

test('static files in the Actions cache: taken by the next machine; an entry that is damaged or cut is told, made anew and kept beside it', async () => {
  await using cache = await startActionsCache(machines.path);
  const kept = join(machines.path, 'static');
  const key = 'c'.repeat(64);
  const answer: CollectedAnswer = { state: 'collected', root: 'staticfiles', url: '/static/', debug: false, read: [] };
  const code = { entries: [] };
  const entry = join(kept, key, contentsOf(code, answer.read));
  const large = randomBytes(500_000).toString('hex');
  const collect = async () => {
    await writeFiles(join(machines.path, 'collected'), { 'a.css': large, 'b.css': large, 'staticfiles.json': '{}' });
    return manifestOf(join(machines.path, 'collected'), 'the static files');
  };
  const { manifest } = await collect();
  /** On a fresh runner, which collects and keeps them where it finds none. */
  const job = async () => {
    await rm(kept, { recursive: true, force: true });
    const notices: string[] = [];
    const found = await keptStatic(kept, key, code, notices);
    if (found === null) {
      const tree = await keepStatic(kept, key, code, answer, await collect());
      expect(tree.folder).toBe(join(entry, 'static'));
      expect(await keepForAll(kept, key, code, answer)).toBeNull();
    } else expect([found.answer, found.tree.manifest]).toEqual([answer, manifest]);
    return { found: found !== null, notices };
  };
  expect([await job(), await job()]).toEqual([
    { found: false, notices: [] },
    { found: true, notices: [] },
  ]);
  expect([...cache.entries.keys()]).toEqual([expect.stringMatching(/^graceful-static-c{64}-\d+$/)]);

  await appendFile(join(entry, 'static/staticfiles.json'), '\n');
  expect(await keepForAll(kept, key, code, answer)).toBeNull();
  const damaged = `the kept collection of static files ${entry} is damaged and is made anew: `;
  expect([await job(), await job()]).toEqual([
    { found: false, notices: [`${damaged}its files are not those of its manifest`] },
    { found: true, notices: [] },
  ]);
  expect(cache.entries.size).toBe(3);

  for (const [name, content] of cache.entries) cache.entries.set(name, content.subarray(0, content.length / 2));
  expect([await job(), await job()]).toEqual([
    { found: false, notices: [expect.stringContaining(damaged)] },
    { found: true, notices: [] },
  ]);
});
