/** What can be wrong with a host on which a release is live: it serves on, and a person reads what to do. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScene, type Scene, SECRET } from '../testbed/scene.ts';
import { faultsOfHost, onWrongHost, stateOf, type WrongHost } from './fixtures/wrong/host.ts';
import { LIVE } from './fixtures/wrong/host-rows-live.ts';
import { annotations, stepHere } from './fixtures/wrong/run.ts';

let scene: Scene;
/** The release that serves all the while, and one that failed its check. */
let live: string;
let failed: string;

beforeAll(async () => {
  scene = await openScene({ times: { lock: '1s' } });
  await scene.repo.commit({ version: '1', config: { migrate: true } });
  const first = await scene.deploy();
  expect(first, first.log).toMatchObject({ code: 0 });
  live = first.outputs['release'] ?? '';
  await scene.repo.commit({ version: '2', break: 'wsgi-import', config: { health: { timeout: '2s' } } });
  const second = await scene.deploy();
  expect(second, second.log).toMatchObject({ code: 1 });
  failed = (await scene.status()).releases.find(({ state }) => state === 'failed')?.id ?? '';
  await scene.repo.commit({ version: '3' });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** A command by this very process. */
function here(inputs: Readonly<Record<string, string>> = {}) {
  const { host, repo } = scene;
  const access = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
  return stepHere({ workspace: repo.path, inputs: { ...access, ...inputs } });
}

async function refused(row: WrongHost, asAction: boolean) {
  const step = await onWrongHost(scene, row, () => (asAction ? scene.deploy() : here()));
  expect(step, step.log).toMatchObject({ code: 69, outputs: {} });
  expect(faultsOfHost(scene, step)).toEqual(row.says);
  expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
}

describe('a deploy', () => {
  test.for(LIVE)('$fault', (row) => refused(row, false));
  test.for(LIVE.slice(0, 1))('$fault: the Action itself', (row) => refused(row, true));

  test('while somebody else is at work names him and gives up', async () => {
    const lock = `${scene.site.root}/lock`;
    const holder = { kind: 'rollback', actor: 'ada', run: 'https://example.org/1', since: '2026-01-01T00:00:00Z' };
    await scene.host.must(['sh', '-c', `cat >${lock}`], { input: JSON.stringify(holder) });
    const work = 'until test -e /run/enough; do sleep 0.1; done';
    const held = scene.host.must(['flock', lock, 'sh', '-c', work], { timeout: 110_000 });
    const before = await stateOf(scene);
    const step = await here();
    await scene.host.must(['touch', '/run/enough']);
    await held;
    const words =
      'the lock was not free within 1 s: rollback by ada (https://example.org/1), since 2026-01-01T00:00:00Z';
    expect(step, step.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: live } });
    expect(step.log).toContain(`failed: deploy refused: ${words}. ${live} serves on, untouched.`);
    const errors = annotations(step.log).filter(({ level }) => level === 'error');
    const next = 'Wait for it, then run this again; `lock-timeout` says how long to wait.';
    expect(errors.map(({ lines }) => lines)).toEqual([[words, `${live} serves on, untouched.`, next]]);
    // The source that was sent stays in the store for the next try.
    const kept = (lines: string[]) => lines.filter((line) => !line.includes('/.store'));
    expect(kept(await stateOf(scene))).toEqual(kept(before));
  });
});

describe('a rollback', () => {
  /** What it says: the words of the refusal, and the next step. */
  async function refusal(inputs: Readonly<Record<string, string>>, code = 1): Promise<string[]> {
    const before = await stateOf(scene);
    const step = await here({ command: 'rollback', ...inputs });
    expect(step, step.log).toMatchObject({ code, outputs: { result: 'failed', release: live, previous: live } });
    expect(await stateOf(scene)).toEqual(before);
    const [error] = annotations(step.log).filter(({ level }) => level === 'error');
    expect(step.log).toContain(`failed: rollback refused: ${error?.lines[0]}. ${live} serves on, untouched.`);
    const [words = '', state, ...next] = error?.lines ?? [];
    expect(state).toBe(`${live} serves on, untouched.`);
    return [words, ...next];
  }

  test('has nowhere to go where all others failed, and names them', async () => {
    expect(await refusal({})).toEqual([
      `there is no previous release to roll back to: a plain rollback never goes to ${failed} (failed)`,
      'Name a release to go there all the same; it is checked as any other before a visitor gets it.',
    ]);
  });

  test('to a failed release by name is checked as any other: the site stays', async () => {
    const step = await here({ command: 'rollback', release: failed });
    expect(step, step.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: live } });
    expect(step.log).toContain('failed: rollback failed at check: ');
    expect(step.log).toContain(`${live} serves on, untouched.`);
    expect(step.log).toContain("ModuleNotFoundError: No module named 'shop.telemetry'");
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
  });

  test('to a failed release that is not whole says so', async () => {
    const manifest = `${scene.site.root}/releases/${failed}/release.json`;
    await scene.host.must(['mv', manifest, `${manifest}.kept`]);
    const commit = (await scene.status()).releases.find(({ id }) => id === failed)?.commit ?? '';
    expect(await refusal({ release: failed })).toEqual([
      `release ${failed} is not whole on this host: its deploy ended too early, or its folder was removed`,
      `Deploy its commit ${commit.slice(0, 12)} again; \`status\` lists the releases.`,
    ]);
    await scene.host.must(['mv', `${manifest}.kept`, manifest]);
  });

  test('to a release that is not there, or to the live one', async () => {
    expect(await refusal({ release: '20260101T000000Z-abcdef1' }, 64)).toEqual([
      'release 20260101T000000Z-abcdef1 is not on this host',
      expect.stringMatching(/^Name one that is: \d{8}T\d{6}Z-[0-9a-f]{7}(, \S+)*; `releases` tells of each\.$/),
    ]);
    expect(await refusal({ release: live })).toEqual([
      `${live} is live already`,
      '`status` lists the releases; name another one.',
    ]);
  });

  test('on a read-only disk is refused before anything is tried', async () => {
    const readOnly = { spoil: 'mount -o remount,ro,bind /srv', mend: 'mount -o remount,rw,bind /srv' };
    const step = await onWrongHost(scene, readOnly, () => here({ command: 'rollback', release: failed }));
    expect(step, step.log).toMatchObject({ code: 69 });
    expect(faultsOfHost(scene, step)).toEqual([
      'HOST: the file system of /srv/shop is read-only | Look for disk errors (dmesg), then mount it writable: mount -o remount,rw /srv',
    ]);
    expect(await here({ command: 'status' })).toMatchObject({ code: 0, outputs: { release: live } });
  });
});
