/** What can be wrong about a host. */
import { setClockBack } from '../testbed/clock.ts';
import type { Case } from './cases.ts';
import { observe } from './observe.ts';
import { rollbackBy } from './operation.ts';
import type { World } from './world.ts';

const clockBack: Case = {
  id: 'host/clock-back',
  says: "the host's clock is set back by an hour: deploy, rollback and deploy",
  play: (world) =>
    observe(world, { leaves: 'new' }, async () => {
      const { host } = world.shop;
      await using _past = await setClockBack(host);
      const newer = await world.deploy();
      const back = await (await rollbackBy(world)).result;
      const found =
        back.code === 0 && back.outputs['previous'] === newer.release
          ? []
          : [`the rollback failed:\n${back.log.slice(-1_500)}`];
      return { runner: undefined, target: await world.deploy(), found };
    }),
};

const ELSEWHERE = '/srv/elsewhere';

const sharedLink: Case = {
  id: 'host/shared-link',
  says: "a shared folder was replaced by a link to a folder that is not the site's",
  play: (world) =>
    observe(world, { leaves: 'either', blinded: true }, async () => {
      const { host, site } = world.shop;
      const media = `${site.root}/shared/media`;
      await host.must([
        'sh',
        '-c',
        `install -d -m 0700 ${ELSEWHERE} && mv ${media} ${media}.away && ln -s ${ELSEWHERE} ${media}`,
      ]);
      const told = () => host.must(['stat', '--format=%U:%G %a', ELSEWHERE]);
      const before = await told();
      const { step, version } = await world.start();
      const runner = await step.result;
      const after = await told();
      await host.must(['sh', '-c', `rm ${media} && mv ${media}.away ${media} && rm -r ${ELSEWHERE}`]);
      const found = after === before ? [] : [`${ELSEWHERE} was ${before.trim()} and is ${after.trim()}`];
      return { runner, target: { version }, found };
    }),
};

/** The store lies in a folder of its own from now on, and has nothing yet. */
export async function moveStore({ shop: { host, site } }: World, store: string): Promise<void> {
  const file = `/etc/graceful/${site.site}.json`;
  const own = await host.readFile(file);
  await host.must(['install', '-d', '-o', host.deployUser, '-g', site.site, '-m', '0755', store]);
  await host.writeFile(file, JSON.stringify({ ...JSON.parse(own), store }));
}

const otherFileSystem: Case = {
  id: 'host/other-file-system',
  says: 'the store lies on another file system than the root: deploy, deploy and rollback',
  spoils: true,
  play: (world) =>
    observe(world, { leaves: 'new' }, async () => {
      await moveStore(world, '/var/lib/graceful-store');
      const first = await world.deploy();
      await world.deploy();
      const { code, log } = await (await rollbackBy(world)).result;
      const found = code === 0 ? [] : [`the rollback failed:\n${log.slice(-1_500)}`];
      return { runner: undefined, target: first, found };
    }),
};

export const HOST_CASES: readonly Case[] = [clockBack, sharedLink, otherFileSystem];
