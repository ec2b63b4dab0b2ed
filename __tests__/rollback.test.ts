import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../testbed/process.ts';
import { DIST } from '../testbed/runner.ts';
import { live, openScene, type Scene } from '../testbed/scene.ts';
import { tidied } from '../testbed/tidied.ts';

let scene: Scene;
/** Release of version 1, 2, 3. */
let releases: readonly [string, string, string];

/** Puts a version live. @returns its release */
async function putLive(version: string, config = {}): Promise<string> {
  await scene.repo.commit({ version, config });
  const run = await scene.deploy();
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  return run.outputs['release'] ?? '';
}

const rollback = (inputs = {}) => scene.command({ command: 'rollback', ...inputs });

/** Steps that the journal got since it had `length` records. */
async function stepsSince(length: number): Promise<string[]> {
  return (await scene.journal()).slice(length).map(({ step }) => step);
}

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene?.[Symbol.asyncDispose]());

describe('rollback', () => {
  test('on a host without a release says so', async () => {
    await scene.repo.commit({ version: '1' });
    const run = await rollback();
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: '', previous: '' } });
    expect(run.log).toContain('nothing is live on this host, so there is nothing to roll back');
    expect(run.log).toContain('Nothing serves yet, as before.');
  });

  test('with nothing to go back to leaves the only release as it is', async () => {
    const one = await putLive('1', { migrate: true });
    const before = await scene.status();
    const { step: run, seen } = await scene.underLoad(() => rollback());
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: one, previous: one } });
    expect(run.log).toContain('there is no previous release to roll back to');
    expect(run.log).toContain(`${one} serves on, untouched.`);
    expect(seen).toMatchObject({ failed: 0, releases: [one] });
    expect(await scene.status()).toEqual(before);
    releases = [one, await putLive('2'), await putLive('3')];
  });

  test('goes back with one rename to the backend that is in standby', async () => {
    const [, two, three] = releases;
    const before = await scene.status();
    const standby = before.backends.find(({ role }) => role === 'standby');
    expect(standby).toMatchObject({ release: two, up: true });
    const { length } = await scene.journal();
    const { step: run, seen } = await scene.underLoad(() => rollback());
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release: two, previous: three } });
    expect(seen).toMatchObject({ failed: 0, failures: [], changedOnce: true, mismatched: 0, versions: ['3', '2'] });
    expect(seen.releases).toEqual([three, two]);
    expect(seen.posts).toBeGreaterThan(20);
    expect(await stepsSince(length)).toEqual(['begin', 'check', 'switch', 'confirm', 'end']);

    const after = await scene.status();
    expect(live(after)).toEqual({ release: two, backend: standby?.backend, pid: standby?.pid });
    expect(after.backends.map(({ backend, role, pid }) => [backend, role, pid])).toContainEqual([
      live(before).backend,
      'standby',
      live(before).pid,
    ]);
    expect(after.links).toMatchObject({ current: two, previous: releases[0] });
    expect(after.releases.find(({ id }) => id === three)).toMatchObject({ state: 'rolled-back' });
    expect(run.summary).toMatch(/^<h2>✅ live: shop \(staging\)<\/h2>/);
    expect(run.summary).not.toContain('<b>Sent</b>');
  });

  test('once more goes further back, to a release whose backend was stopped', async () => {
    const [one, two] = releases;
    const { length } = await scene.journal();
    const { step: run, seen } = await scene.underLoad(() => rollback());
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release: one, previous: two } });
    expect(seen).toMatchObject({ failed: 0, failures: [], changedOnce: true, mismatched: 0, versions: ['2', '1'] });
    const steps = await stepsSince(length);
    expect(steps.filter((step) => step === 'start')).toHaveLength(1);
    expect(live(await scene.status())).toMatchObject({ release: one, backend: `${one}.2` });
    expect((await scene.status()).links).toMatchObject({ current: one, previous: null });
    expect(await tidied(scene.host, scene.site)).toEqual([]);
  });

  test('a third time has nowhere to go: what was rolled back is no target by itself', async () => {
    const [one] = releases;
    const run = await rollback();
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: one } });
    expect(run.log).toContain('there is no previous release to roll back to');
    expect((await scene.visit()).headers['x-release']).toBe(one);
  });

  test('to a named release goes there, forth as well as back', async () => {
    const [one, , three] = releases;
    const { step: run, seen } = await scene.underLoad(() => rollback({ release: three }));
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release: three, previous: one } });
    expect(seen).toMatchObject({ failed: 0, failures: [], changedOnce: true, versions: ['1', '3'] });
    const { links, releases: told } = await scene.status();
    expect(links.current).toBe(three);
    expect(told.find(({ id }) => id === three)).toMatchObject({ state: 'good' });
  });

  test.for([
    { to: 'the live release', code: 1, name: () => releases[2], says: 'is live already' },
    {
      to: 'a release that is not there',
      code: 64,
      name: () => '20260101T000000Z-abcdef1',
      says: 'is not on this host',
    },
  ])('to $to is refused, and nothing changes', async ({ code, name, says }) => {
    const before = await scene.status();
    const run = await rollback({ release: name() });
    const commit = expect.stringContaining(releases[2].slice(-7));
    expect(run, run.log).toMatchObject({ code, outputs: { result: 'failed', release: releases[2], commit } });
    expect(run.log).toContain(`${name()} ${says}`);
    expect(await scene.status()).toEqual(before);
  });

  test('on a full disk says so at once, and the site serves on', async () => {
    const [, , three] = releases;
    const fill = 'head -c "$(df --output=avail -B1 /srv | tail -n 1)" /dev/zero > /srv/shop/filling || true';
    // A little is given back: enough to begin, but not to tell the runner what it is to confirm.
    const full = `${fill}; ${fill.replace('filling', 'filling2')}; truncate -s -16K /srv/shop/filling`;
    await scene.host.must(['sh', '-c', full], {
      user: scene.host.deployUser,
    });
    try {
      const run = await rollback({ release: releases[0] });
      expect(run.code, run.log).toBe(69);
      expect(run.log).toContain('no space is left');
      expect(run.log).toContain('df -h');
      expect(run.ms).toBeLessThan(20_000);
      expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': three } });
    } finally {
      await scene.host.must(['rm', '-f', '/srv/shop/filling', '/srv/shop/filling2']);
    }
    const run = await rollback({ release: releases[0] });
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release: releases[0] } });
  });

  test('on the host itself needs no runner', async () => {
    const [, , three] = releases;
    const graceful = `${scene.site.root}/bin/graceful`;
    const there = await run(scene.host.sshCommand(graceful, 'rollback', three, '--reason', "'by hand'"));
    expect(there).toMatchObject({ code: 0, stdout: expect.stringContaining(`live: ${three} is live.`) });
    expect(there.stdout).toMatch(/^downtime: 0 of \d+ requests through the host's web server failed/m);
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': three } });
    const begin = (await scene.journal()).findLast(({ step }) => step === 'begin');
    expect(begin).toMatchObject({ kind: 'rollback', origin: { actor: 'deploy', reason: 'by hand' } });
    const again = await run(scene.host.sshCommand(graceful, 'rollback', three));
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining(`${three} is live already`) });
    expect((await scene.status()).links.current).toBe(three);
  });

  test('works from a terminal, too, and so does status', async () => {
    const [one] = releases;
    const hosts = join(scene.repo.path, '.git/known_hosts');
    await writeFile(hosts, scene.host.knownHosts);
    const terminal = (...argv: string[]) =>
      run([process.execPath, DIST, ...argv, '--ssh-key-file', scene.host.privateKeyFile, '--known-hosts-file', hosts], {
        cwd: scene.repo.path,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      });
    expect(await terminal('rollback', one, '--stage', 'staging')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`✓ live: ${one} is live.`),
    });
    const told = await terminal('status', '--json');
    expect(JSON.parse(told.stdout)).toMatchObject({ site: 'shop', links: { current: one } });
    const wrong = await terminal('rollback', '--stage', 'stagin');
    expect(wrong).toMatchObject({ code: 64, stderr: expect.stringContaining('staging') });
  });
});

describe('what is live, started anew', () => {
  test('another backend of the same release takes its place, and no request is lost', async () => {
    const before = await scene.status();
    const { length } = await scene.journal();
    const { step: run, seen } = await scene.underLoad(() => scene.command({ command: 'restart' }));
    const release = before.links.current ?? '';
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release, previous: release } });
    expect(seen).toMatchObject({ failed: 0, failures: [], releases: [release] });
    expect(seen.posts).toBeGreaterThan(20);
    expect((await stepsSince(length)).slice(-4)).toEqual(['check', 'switch', 'confirm', 'end']);
    const after = await scene.status();
    expect(after.links).toEqual(before.links);
    expect(live(after).backend).not.toBe(live(before).backend);
    expect(await tidied(scene.host, scene.site)).toEqual([]);
  });
});

describe('a release that is staged', () => {
  test('is started when it is activated, and not before', async () => {
    const before = await scene.status();
    await scene.repo.commit({ version: '4' });
    const staged = await scene.command({ command: 'stage' });
    expect(staged, staged.log).toMatchObject({ code: 0, outputs: { result: 'done', release: before.links.current } });
    expect(live(await scene.status())).toEqual(live(before));
    const release = staged.outputs['staged'] ?? '';
    const { step: run, seen } = await scene.underLoad(() => scene.command({ command: 'activate', release }));
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release } });
    expect(seen).toMatchObject({
      failed: 0,
      failures: [],
      changedOnce: true,
      releases: [before.links.current, release],
    });
  });
});
