/** A host that turns out wrong while a deploy is under way: the live release serves on, or serves again. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fillWhen } from '../../testbed/fill.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';
import { tidied } from '../../testbed/tidied.ts';
import { faultsOfHost } from '../fixtures/wrong/host.ts';
import { annotations } from '../fixtures/wrong/run.ts';

const FILLING = '/srv/filling';
/** A package more: the host has to build another environment. */
const OTHER_PACKAGES = `${readFileSync('examples/shop/requirements.txt', 'utf8')}six==1.17.0\n`;

let scene: Scene;
let live: string;

beforeAll(async () => {
  scene = await openScene({ health: { timeout: '3s' } });
  await scene.repo.commit({ version: '1', config: { migrate: true } });
  const first = await scene.deploy();
  expect(first, first.log).toMatchObject({ code: 0 });
  live = first.outputs['release'] ?? '';
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** A deploy under load, on a disk that is full from the moment on at which `name` appears in a folder of the site. */
async function deployUntilFull(folder: string, name: string): Promise<StepResult> {
  const { host, site } = scene;
  const full = fillWhen(host, `${site.root}/${folder}`, name, FILLING);
  const { step, seen } = await scene.underLoad(() => scene.deploy());
  await full;
  const errors = await host.must(['tail', '--lines=5', '/var/log/nginx/error.log']);
  expect(
    seen.failures.filter((line) => !line.includes(' POST ')),
    errors,
  ).toEqual([]);
  return step;
}

describe('a disk that fills up', () => {
  afterEach(async () => {
    await scene.host.must(['rm', '-f', FILLING]);
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
    expect(await tidied(scene.host, scene.site)).toEqual([]);
  });

  test.for([
    { when: 'while files arrive', folder: '.store/incoming', name: '.' },
    { when: 'while the environment is built', folder: '.store/envs', name: '.' },
  ])('$when: nothing was touched', async ({ folder, name }) => {
    await scene.repo.commit({ version: folder, files: { 'requirements.txt': OTHER_PACKAGES } });
    const step = await deployUntilFull(folder, name);
    expect(step, step.log).toMatchObject({ code: 69, outputs: {} });
    const [told] = faultsOfHost(scene, step);
    expect(told).toMatch(
      /^HOST: the pack cannot be stored: \/srv\/shop\/\.store\S* cannot be written: no space is left \| Make room on the host: df -h \/srv\/shop\/\.store; df -i \/srv\/shop\/\.store \| Then run the deploy again; what was received is kept\.$/,
    );
  });

  test('after the checks: the space for the switch and the confirm is there', async () => {
    await scene.repo.commit({ version: 'full' });
    const step = await deployUntilFull('', 'candidate');
    expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: live } });
    live = step.outputs['release'] ?? '';
  });

  test('after the checks, and root has taken the blocks that are kept for it: the same', async () => {
    const { host, site } = scene;
    await scene.repo.commit({ version: 'full to the brim' });
    const full = fillWhen(host, site.root, 'candidate', FILLING, 'root');
    // Without visitors: the site itself answers 500 where it cannot write its database.
    const step = await scene.deploy();
    await full;
    expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: live } });
    live = step.outputs['release'] ?? '';
  });

  test('while the release is staged: it is marked failed, the live one serves on', async () => {
    await scene.repo.commit({ version: 'staged' });
    const step = await deployUntilFull('releases', '.draft');
    expect(step, step.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: live } });
    const [error] = annotations(step.log).filter(({ level }) => level === 'error');
    expect(error?.lines[0]).toMatch(/^\/srv\/shop\S* cannot be written: no space is left$/);
    expect(error?.lines).toContain('Make room on the host: df -h /srv/shop; df -i /srv/shop');
    expect(step.log).toContain(`${live} serves on, untouched.`);
    expect((await scene.status()).releases[0]).toMatchObject({ state: 'failed', links: [] });
  });
});

describe('a web server', () => {
  const available = '/etc/nginx/sites-available/shop';
  let kept: string;
  beforeEach(async () => {
    kept = await scene.host.readFile(available);
  });
  afterEach(async () => {
    await scene.host.writeFile(available, kept);
    await scene.host.must(['usermod', '--append', '--groups', 'shop-web', 'www-data']);
    await scene.host.must(['systemctl', 'restart', 'nginx']);
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
  });

  test('that shows another site under this name: the site falls back, and the other one is quoted', async () => {
    await scene.repo.commit({ version: 'another' });
    await scene.host.writeFile(available, 'server { listen 80 default_server; return 200 "a parking lot"; }');
    await scene.host.must(['systemctl', 'restart', 'nginx']);
    const step = await scene.deploy();
    expect(step, step.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
    const words = `the web server answers for ${scene.host.address} with another site: /static/graceful.txt says 'a parking lot'`;
    expect(step.log).toContain(words);
  });

  test('that may not connect to the site: the mend names its group', async () => {
    await scene.repo.commit({ version: 'gate' });
    await scene.host.must(['gpasswd', '-d', 'www-data', 'shop-web']);
    await scene.host.must(['systemctl', 'restart', 'nginx']);
    const step = await scene.deploy();
    expect(step, step.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: live } });
    const [error] = annotations(step.log).filter(({ level }) => level === 'error');
    expect(error?.lines[0]).toContain('/healthz answered 502, not 200');
    expect(error?.lines.join('\n')).toContain(
      "is its user in the group of the site's sockets, and was it restarted since?",
    );
  });
});

describe('a disk that fills up, where a release is first seen to be bad after the switch', () => {
  beforeAll(() => scene.hideCandidate());

  test.for(['a site', 'root'] as const)('by %s: the fall-back has its space', async (by) => {
    const { host, site } = scene;
    await scene.repo.commit({ version: `bad and full by ${by}`, break: 'bad-through-nginx' });
    const full = fillWhen(host, site.root, 'candidate', FILLING, by);
    try {
      const step = await scene.deploy();
      await full;
      expect(step, step.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
      expect((await scene.status()).unfinished).toBeNull();
    } finally {
      await host.must(['rm', '-f', FILLING]);
    }
    // The site itself answers 500 where it cannot write its database.
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': live } });
    expect(await tidied(host, site)).toEqual([]);
  });
});
