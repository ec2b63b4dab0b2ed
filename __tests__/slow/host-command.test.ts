/** What an operator does on the host, by the site's own command, and the same over the channel. */
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tick } from '../../testbed/inside.ts';
import { run } from '../../testbed/process.ts';
import { DIST } from '../../testbed/runner.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';
import { tidied } from '../../testbed/tidied.ts';

const TIMES = { standby: '2s', drain: '1s', grace: '5s', lease: '15s', heartbeat: '2s' };

describe('the host command', { timeout: 600_000 }, () => {
  let scene: Scene;
  /** Newest last. */
  const releases: string[] = [];

  beforeAll(async () => {
    scene = await openScene({ times: TIMES, keep: { releases: 3, failed: 1 }, static: { keep: '9s' } });
  }, 300_000);
  afterAll(() => scene[Symbol.asyncDispose]());

  /** `shop VERB ...` as the administrator. */
  const shop = (...argv: string[]) => scene.host.exec(['shop', ...argv]);
  const json = async (...argv: string[]) => JSON.parse((await shop(...argv, '--json')).stdout);

  async function putLive(version: string): Promise<string> {
    await scene.repo.commit({ version });
    const step = await scene.deploy();
    expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    return step.outputs['release'] ?? '';
  }

  /** At a terminal elsewhere. */
  async function terminal(...argv: string[]) {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'graceful-terminal-'));
    const hosts = join(folder.path, 'known_hosts');
    await writeFile(hosts, scene.host.knownHosts);
    const login = ['--stage', 'staging', '--ssh-key-file', scene.host.privateKeyFile, '--known-hosts-file', hosts];
    const [verb = '', ...rest] = argv;
    return await run([process.execPath, DIST, verb, ...login, ...rest], {
      cwd: scene.repo.path,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
  }

  test('before the first deploy there is none yet; after it, it has the site', async () => {
    expect((await shop('status')).code).not.toBe(0);
    for (const version of ['1', '2', '3']) releases.push(await putLive(version));
    const told = await shop('status');
    expect(told, told.stderr).toMatchObject({ code: 0 });
    expect(told.stdout).toContain(`current           ${releases[2]}`);
    const [active] = (await json('status')).backends.filter(({ role }: { role: string }) => role === 'active');
    expect(active).toMatchObject({
      process: 'web',
      release: releases[2],
      up: true,
      listening: true,
      memoryBytes: expect.any(Number),
      since: expect.stringMatching(/Z$/),
      health: { good: true, at: expect.stringMatching(/Z$/), told: '/healthz answered as it should' },
    });
    expect(active.memoryBytes).toBeGreaterThan(20_000_000);
    // Whoever calls it: what runs is the deploy user's.
    const owner = await scene.host.must(['sh', '-c', 'shop manage shell -v 0 -c "import os; print(os.getuid())"']);
    expect(owner.trim()).toBe((await scene.host.must(['id', '-u', 'shop'])).trim());
  });

  test('status --nagios is a plugin: a line, performance data, and codes 0, 1 and 2', async () => {
    const good = await shop('status', '--nagios');
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toMatch(
      /^GRACEFUL OK - shop: \S+ is live and healthy \| time=0\.\d+s;;;0 memory=\d+B;;;0 backends=\d;;;0 releases=3;;;0\n$/,
    );
    const { pid } = (await json('status')).backends.find(({ role }: { role: string }) => role === 'active');
    await scene.host.must(['kill', '-STOP', String(pid)]);
    const workers = await scene.host.must(['pgrep', '-P', String(pid)]);
    await scene.host.must(['kill', '-STOP', ...workers.trim().split('\n')]);
    const hangs = await shop('status', '--nagios');
    await scene.host.must(['kill', '-CONT', String(pid), ...workers.trim().split('\n')]);
    expect(hangs).toMatchObject({ code: 2, stdout: expect.stringMatching(/^GRACEFUL CRITICAL - shop: .*no answer/) });
    const nothing = await scene.host.exec(['sh', '-c', 'cd / && python3 -I /srv/shop/bin/graceful status --nagios'], {
      user: 'shop',
    });
    expect(nothing).toMatchObject({ code: 3, stdout: expect.stringMatching(/^GRACEFUL UNKNOWN - .+\n$/) });
  });

  test('releases and history say what there is and what was done, here and over the channel', async () => {
    const { releases: told } = await json('releases');
    expect(told.map(({ id, state, tags }: Record<string, unknown>) => [id, state, tags])).toEqual([
      [releases[2], 'good', ['current']],
      [releases[1], 'good', expect.arrayContaining(['previous'])],
      [releases[0], 'good', expect.any(Array)],
    ]);
    expect(told[0].bytes).toBeGreaterThan(10_000);
    const { operations } = await json('history', '-n', '2');
    expect(operations).toHaveLength(2);
    expect(operations[0]).toMatchObject({
      kind: 'deploy',
      release: releases[2],
      result: 'live',
      origin: { actor: 'octocat' },
    });
    const far = await terminal('history', '-n', '2', '--json');
    expect(far, far.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(far.stdout).operations).toEqual(operations);
    expect((await terminal('releases')).stdout).toContain(`${releases[2]} │ good`);
  });

  test('delete refuses what is in use, and removes what is not', async () => {
    const used = await shop('delete', releases[2] ?? '');
    expect(used).toMatchObject({ code: 1, stdout: expect.stringContaining('is in use: ') });
    expect(await tidied(scene.host, scene.site)).toEqual([]);
    const done = await shop('delete', releases[0] ?? '', '--reason', 'too old');
    expect(done, done.stdout).toMatchObject({ code: 0, stdout: expect.stringContaining(`${releases[0]} is deleted`) });
    await scene.host.must(['test', '!', '-e', `/srv/shop/releases/${releases[0]}`]);
    const gone = await shop('rollback', releases[0] ?? '');
    expect(gone).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('(deleted by name)'),
    });
    const [last] = (await json('history', '-n', '1')).operations;
    expect(last).toMatchObject({ kind: 'delete', result: 'done', origin: { actor: 'root', reason: 'too old' } });
  });

  test('offline: visitors get the page, the host itself the site, and a deploy goes on', async () => {
    expect(await shop('offline', '--reason', 'A <move>', '--until', 'at 15:00')).toMatchObject({ code: 0 });
    for (const method of ['GET', 'POST']) {
      const page = await fetch(new URL('/orders/', scene.site.url), { method, redirect: 'manual' });
      expect([page.status, page.headers.get('retry-after'), page.headers.get('content-type')]).toEqual([
        503,
        '120',
        'text/html',
      ]);
      expect(await page.text()).toMatch(/A &lt;move&gt;.*expected back at 15:00/s);
    }
    const inside =
      'import urllib.request as u; print(u.urlopen(u.Request("http://127.0.0.1/healthz", headers={"Host": "shop.example.org"})).status)';
    expect(await scene.host.must(['python3', '-c', inside])).toBe('200\n');
    expect(await shop('status', '--nagios')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('offline until at 15:00: visitors get the maintenance page'),
    });
    releases.push(await putLive('4'));
    expect((await scene.visit()).status).toBe(503);
    // The page is for visitors: after a boot, too, the site is up for those who may see it meanwhile.
    await scene.host.crash();
    await scene.boot();
    expect(await scene.host.must(['python3', '-c', inside])).toBe('200\n');
    expect((await scene.visit()).status).toBe(503);
    const back = await scene.command({ command: 'online' });
    expect(back, back.log).toMatchObject({ code: 0, outputs: { result: 'done', release: releases[3] } });
    expect((await scene.visit()).headers['x-release']).toBe(releases[3]);
  });

  test('manage runs in the live release or a named one, and its exit code is the command’s', async () => {
    const print = 'import os; print("in", os.environ["GRACEFUL_RELEASE"])';
    expect(await shop('manage', '--', 'shell', '-v', '0', '-c', print)).toMatchObject({
      code: 0,
      stdout: `in ${releases[3]}\n`,
    });
    expect(await shop('manage', '--release', releases[1] ?? '', 'shell', '-v', '0', '-c', print)).toMatchObject({
      stdout: `in ${releases[1]}\n`,
    });
    expect((await shop('manage', 'shell', '-v', '0', '-c', 'raise SystemExit(7)')).code).toBe(7);
    const far = await terminal('manage', '--', 'shell', '-v', '0', '-c', print);
    expect(far, far.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining(`in ${releases[3]}`) });
    const bad = await scene.command({ command: 'manage', args: 'shell\n-v\n0\n-c\nraise SystemExit(7)' });
    expect(bad, bad.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
    expect(bad.log).toContain('manage shell ended with exit status 7');
  });

  test('logs, looked through, since, followed, and over the channel', async () => {
    const all = await shop('logs', 'web', '--since', '1h', '--grep', 'Listening at|listening');
    expect(all, all.stderr).toMatchObject({ code: 0 });
    expect(all.stdout.trim().split('\n').length).toBeGreaterThanOrEqual(4);
    expect((await shop('logs', '--grep', 'no such words')).stdout).toBe('');
    expect(await shop('logs', 'nothing')).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("no process 'nothing'"),
    });
    expect((await terminal('logs', '--since', '1h')).stdout).toMatch(/[Ll]istening/);
    const follow = await scene.host.exec([
      'sh',
      '-c',
      'timeout --signal=INT 5 shop logs --follow --since 1h; pgrep -a journalctl || true',
    ]);
    expect(follow.stdout).toMatch(/[Ll]istening/);
    expect(follow.stdout).not.toContain('journalctl');
  });

  test('recover says when nothing is unfinished', async () => {
    expect(await shop('recover')).toMatchObject({ code: 0, stdout: 'done: Nothing was unfinished.\n' });
  });

  test('the timer prunes by `keep`, and assets stay until their time is over', async () => {
    await scene.repo.commit({ version: '5', break: 'wsgi-import' });
    const failed = await scene.deploy();
    expect(failed.code, failed.log).toBe(1);
    releases.push(await putLive('6'));
    await tidied(scene.host, scene.site);
    const { releases: kept } = await json('releases');
    expect(kept.map(({ state, tags }: Record<string, unknown>) => [state, tags])).toEqual([
      ['good', expect.arrayContaining(['current'])],
      ['failed', []],
      ['good', expect.arrayContaining(['previous'])],
      // Which of the two it is depends on whose standby time is over.
      ['good', expect.arrayContaining([expect.stringMatching(/^(previous-)?working$/)])],
    ]);
    const objects = await scene.host.must(['sh', '-c', 'find /srv/shop/.store/objects -type f | wc -l']);
    const cleaned = await shop('clean', '--keep', '1');
    expect(cleaned, cleaned.stdout).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^done: no release was too many/),
    });
    expect(
      Number(await scene.host.must(['sh', '-c', 'find /srv/shop/.store/objects -type f | wc -l'])),
    ).toBeLessThanOrEqual(Number(objects));
    await tick(scene.host, scene.site);
    expect((await scene.visit()).headers['x-release']).toBe(releases.at(-1));
  });
});
