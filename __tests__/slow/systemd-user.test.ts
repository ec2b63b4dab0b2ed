import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startLoad, summarise } from '../../testbed/load.ts';
import { live, openScene, type Scene } from '../../testbed/scene.ts';
import { until } from '../../testbed/slot.ts';
import { tidied } from '../../testbed/tidied.ts';

// What the user's own systemd has and others have not; all tests of whole sites that are chosen in vitest.config.ts run on it too.
vi.hoisted(() => vi.stubEnv('GRACEFUL_TEST_MANAGER', 'systemd-user'));

let scene: Scene;
let release: string;

const asDeploy = (command: string) =>
  scene.host.must(['sh', '-c', `XDG_RUNTIME_DIR=/run/user/$(id -u) ${command}`], { user: 'deploy' });

beforeAll(async () => {
  scene = await openScene();
  // A scene is set up without the timer, which is tried here.
  await scene.host.must(['rm', `${scene.site.root}/site.json`]);
  await scene.repo.commit({ version: '1', config: { migrate: true } });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

describe('a user who does not linger', () => {
  test('is refused, with the command that mends it', async () => {
    await scene.host.must(['loginctl', 'disable-linger', 'deploy']);
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({ code: 69 });
    expect(run.log).toContain(
      'user deploy does not linger: systemd would end the site at logout, and start nothing after a boot',
    );
    expect(run.log).toContain('As root: loginctl enable-linger deploy');
    await scene.host.must(['loginctl', 'enable-linger', 'deploy']);
  });
});

describe('a deploy', () => {
  test('goes live, and leaves the site with its timer on', async () => {
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    release = run.outputs['release'] ?? '';
    expect(await scene.status()).toMatchObject({ mode: 'single-user' });
    expect((await asDeploy('systemctl --user is-active shop-tick.timer')).trim()).toBe('active');
    expect((await asDeploy('systemctl --user is-enabled shop-tick.service')).trim()).toBe('enabled');
  });

  test('names a timer that is off', async () => {
    await asDeploy('systemctl --user disable --quiet --now shop-tick.timer');
    await scene.repo.commit({ version: '2' });
    const { step, seen } = await scene.underLoad(() => scene.deploy());
    expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: release } });
    expect(step.log).toContain('shop-tick.timer is off');
    expect(seen).toMatchObject({ failed: 0, failures: [], changedOnce: true });
    release = step.outputs['release'] ?? '';
    await asDeploy('systemctl --user enable --quiet --now shop-tick.timer');
  });
});

test('its log is in the site, and its unit has the times of the release', async () => {
  const { backend } = live(await scene.status());
  expect(await scene.host.readFile(`${scene.site.root}/log/${backend}.log`)).toContain('Listening at');
  expect((await scene.host.must(['stat', '--format=%U:%G %a', `${scene.site.root}/log/${backend}.log`])).trim()).toBe(
    'deploy:deploy 640',
  );
  const limits = await asDeploy(
    `systemctl --user show --property=TimeoutStopUSec,KillMode,NoNewPrivileges shop-web@${backend}.service`,
  );
  expect(limits.trim().split('\n').toSorted()).toEqual([
    'KillMode=mixed',
    'NoNewPrivileges=yes',
    'TimeoutStopUSec=40s',
  ]);
});

test('a backend that is killed is started again', async () => {
  const { pid } = live(await scene.status());
  await scene.host.must(['kill', '-KILL', String(pid)]);
  await until('another process serves', 30_000, async () => {
    const now = live(await scene.status());
    return now.pid !== null && now.pid !== pid && (await scene.visit()).status === 200;
  });
  expect(await tidied(scene.host, scene.site)).toEqual([]);
});

test('after a crash the user is not logged in, and the site comes back', async () => {
  await scene.host.crash();
  await scene.boot();
  expect((await scene.visit()).headers['x-release']).toBe(release);
  expect(live(await scene.status()).release).toBe(release);
});

test("the user's systemd is restarted: it brings the site back", async () => {
  const before = live(await scene.status());
  await using load = await startLoad(scene.host);
  const uid = (await scene.host.must(['id', '-u', 'deploy'])).trim();
  await scene.host.must(['systemctl', 'restart', `user@${uid}.service`]);
  await until('the site is back', 30_000, async () => (await scene.visit()).headers['x-release'] === release);
  const now = live(await scene.status());
  expect(now.release).toBe(release);
  expect(now.pid).not.toBe(before.pid);
  // The site was down meanwhile, as the guide says; nobody got another release.
  expect(summarise(await load.stop()).releases).toEqual([release]);
});
