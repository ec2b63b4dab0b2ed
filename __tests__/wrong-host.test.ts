/** What can be wrong with a host before anything is live there, with the words that a person reads. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../testbed/process.ts';
import { openScene, type Scene, SECRET } from '../testbed/scene.ts';
import { faultsOfHost, onWrongHost, type WrongHost } from './fixtures/wrong/host.ts';
import { CLASSES } from './fixtures/wrong/host-rows.ts';
import { stepHere } from './fixtures/wrong/run.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
  await scene.repo.commit();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** A deploy by this very process, or by the Action itself. */
async function refused(row: WrongHost, asAction: boolean) {
  const { host, repo } = scene;
  const inputs = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
  const here = () => stepHere({ workspace: repo.path, inputs });
  const step = await onWrongHost(scene, row, asAction ? () => scene.deploy() : here);
  expect(step, step.log).toMatchObject({ code: 69, outputs: {} });
  expect(faultsOfHost(scene, step)).toEqual(row.says);
}

describe.each(CLASSES)('$name', ({ rows }) => {
  test.for(rows)('$fault', (row) => refused(row, false));
  test.for(rows.slice(0, 1))('$fault: the Action itself', (row) => refused(row, true));
});

describe('a first deploy without its shared data', () => {
  test('makes the folders, names the files to bring and how, and goes live when they are there', async () => {
    const { host, site, repo } = scene;
    const shared = { dirs: ['data'], public: ['media'], files: ['.env', 'conf/shop.json'] };
    await host.must(['rm', '-r', `${site.root}/shared`]);
    await repo.commit({ config: { shared, migrate: true } });
    const step = await scene.deploy();
    expect(step, step.log).toMatchObject({ code: 69, outputs: {} });
    const told = shared.files.map(
      (path) =>
        `HOST: the shared file ${path} (shared.files in graceful.yml) is not on the host: /srv/shop/shared/${path}` +
        ` | ssh deploy@ADDRESS 'umask 077; cat > /srv/shop/shared/${path}' < YOUR-COPY-OF-IT (the deploy sets its owner and mode)`,
    );
    expect(faultsOfHost(scene, step)).toEqual(told);
    const list = async () =>
      (await host.must(['find', `${site.root}/shared`, '-printf', './%P %u:%g %m\n'])).trim().split('\n').sort();
    const folders = [
      './ deploy:shop 755',
      './conf deploy:shop 755',
      './data deploy:shop 2770',
      './media deploy:shop 2775',
    ];
    expect(await list()).toEqual(folders);

    const contents = { '.env': `ALLOWED_HOSTS=${host.address}\n`, 'conf/shop.json': '{}\n' };
    for (const [path, content] of Object.entries(contents)) {
      const place = `${site.root}/shared/${path}`;
      await must(host.sshCommand(`umask 077; cat > ${place}`), { input: content });
    }
    const live = await scene.deploy();
    expect(live, live.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(await scene.visit()).toMatchObject({ status: 200 });
    const files = ['./.env deploy:shop 640', './conf/shop.json deploy:shop 640'];
    const brought = (await list()).filter((line) => !line.startsWith('./data/'));
    expect(brought).toEqual([...folders, ...files].sort());
  });
});
