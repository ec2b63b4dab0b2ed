import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tidied } from '../testbed/inside.ts';
import { live, openScene, type Scene } from '../testbed/scene.ts';

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
    expect(run.log).toContain('there is no previous release to roll back to');
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
    { to: 'the live release', name: () => releases[2], says: 'is live already' },
    { to: 'a release that is not there', name: () => '20260101T000000Z-abcdef1', says: 'is not on this host' },
  ])('to $to is refused, and nothing changes', async ({ name, says }) => {
    const before = await scene.status();
    const run = await rollback({ release: name() });
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: releases[2] } });
    expect(run.log).toContain(`${name()} ${says}`);
    expect(await scene.status()).toEqual(before);
  });
});
