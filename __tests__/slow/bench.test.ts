/** The benchmark, each measurement once, against a script over SSH and Capistrano; and what is left of one that is ended in the middle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { page } from '../../bench/report/page.ts';
import { type Measured, results as schema } from '../../bench/report/results.ts';
import { Transcript } from '../../testbed/transcript.ts';

const MAIN = join(import.meta.dirname, '../../bench/main.ts');

/** @param temporary where it puts what it needs for a while */
function start(temporary: string, ...args: string[]) {
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const transcript = new Transcript();
  transcript.hear(child.stdout);
  transcript.hear(child.stderr);
  const ended = once(child, 'close').then(([code]) => ({ code, text: transcript.text }));
  // A test that is over in the middle, by its time limit, leaves no hosts behind.
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGINT');
    await ended;
  });
  return { child, ended, said: (text: string) => transcript.said(text, ended) };
}

test('--quick measures each part once for each of three ways, and writes results and a page', async () => {
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'bench-'));
  await using folder = await mkdtempDisposable(join(tmpdir(), 'bench-results-'));
  const { code, text } = await start(temporary.path, '--quick', '--to', folder.path).ended;
  expect(code, text).toBe(0);
  expect(text).toMatch(/\nbench: \d+ of \d+ goals met\n$/);
  expect(await readdir(temporary.path)).toEqual([]);

  const [file = ''] = (await readdir(folder.path)).filter((name) => name.endsWith('.json'));
  const results = schema.parse(JSON.parse(await readFile(join(folder.path, file), 'utf8')));
  expect(results.quick).toBe(true);
  const of = (part: Measured['part']) =>
    results.runs.filter((run) => run.part === part).toSorted((a, b) => a.way.localeCompare(b.way));
  const all = ['capistrano', 'graceful', 'ssh-restart'];
  expect(
    Object.fromEntries(
      (['code', 'unchanged', 'bump', 'broken'] as const).map((part) => [part, of(part).map(({ way }) => way)]),
    ),
  ).toEqual({
    code: all,
    unchanged: all,
    bump: all,
    broken: all,
  });
  expect(of('rollback').map(({ way }) => way)).toEqual(['capistrano', 'graceful']);
  // A deploy of the same commit again, and a rollback, tell by the version that is served.
  const served = (part: Measured['part']) => new Set(of(part).map(({ serves }) => serves));
  const [codes, bumps] = [served('code'), served('bump')];
  expect([codes.size, bumps.size]).toEqual([1, 1]);
  expect(served('unchanged')).toEqual(bumps);
  expect(bumps).not.toEqual(codes);
  for (const version of served('rollback')) expect(codes.has(version)).toBe(false);
  for (const run of [...of('code'), ...of('unchanged'), ...of('bump'), ...of('rollback')])
    expect(run, JSON.stringify(run)).toMatchObject({ exit: 0, status: 200 });
  for (const run of of('code')) expect(run.firstNewMs).toBeGreaterThan(0);
  const [, ours] = of('broken');
  expect(ours).toMatchObject({
    way: 'graceful',
    status: 200,
    visitors: { dynamic: { failed: 0 }, static: { failed: 0 } },
  });
  expect(ours?.exit).toBeGreaterThan(0);
  for (const [what, times] of Object.entries(results.baseline.environment))
    expect(times, what).toEqual([expect.toSatisfy((ms: number) => ms > 0)]);
  expect(results.site).toMatchObject({ packages: expect.toSatisfy((count: number) => count >= 60) });

  for (const [path, content] of Object.entries(page(results)))
    expect(await readFile(join(folder.path, path), 'utf8')).toBe(content);
});

test('ended in the middle, it leaves nothing behind', async () => {
  await using temporary = await mkdtempDisposable(join(tmpdir(), 'bench-'));
  const bench = start(temporary.path, '--quick', '--only', 'code', '--only', 'ssh-restart');
  await bench.said('made ready');
  bench.child.kill('SIGINT');
  const { code, text } = await bench.ended;
  expect(code, text).toBe(1);
  expect(text).toContain('ended by SIGINT');
  expect(await readdir(temporary.path)).toEqual([]);
});
