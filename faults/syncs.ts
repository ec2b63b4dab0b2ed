/** Every write and every sync of the host program, in order, against what a file system promises. */
import { tick } from '../testbed/inside.ts';
import { runStep } from '../testbed/runner.ts';
import { SECRET } from '../testbed/scene.ts';
import { makeShopRepo } from '../testbed/shop.ts';
import { provisionSite } from '../testbed/site.ts';
import type { Case } from './cases.ts';
import { moveStore } from './host.ts';
import { listening } from './listening.ts';
import { observe } from './observe.ts';
import { commandBy, rollbackBy, withTooMany } from './operation.ts';
import type { World } from './world.ts';

interface Story {
  readonly name: string;
  readonly says: string;
  readonly leaves: 'old' | 'new';
  /** There are no visitors. */
  readonly unseen?: true;
  /** What comes before, unwatched. */
  prepare?(world: World): Promise<void>;
  play(world: World): Promise<unknown>;
}

const STORIES: readonly Story[] = [
  { name: 'deploy', says: 'a deploy', leaves: 'new', play: (world) => world.deploy() },
  {
    name: 'abandon',
    says: 'a deploy whose release redirects its health path',
    leaves: 'old',
    play: async (world) =>
      (await world.start({ break: 'redirect', config: { health: { timeout: '4s' } } })).step.result,
  },
  {
    name: 'fall-back',
    says: 'a deploy that is not confirmed in time',
    leaves: 'old',
    async play(world) {
      world.shop.face.shut();
      await (await world.start({ config: { times: { confirm: '1s' } } })).step.result;
    },
  },
  {
    name: 'rollback',
    says: 'a rollback',
    leaves: 'new',
    play: async (world) => (await rollbackBy(world)).result,
  },
  {
    name: 'restart',
    says: 'a restart of the live release',
    leaves: 'old',
    play: async (world) => (await commandBy(world, { command: 'restart' })).result,
  },
  {
    name: 'activate',
    says: 'an activation of the release before',
    leaves: 'new',
    // Were it marked as failed, `previous` would go on to the one before it.
    prepare: async (world) => void (await world.deploy()),
    async play(world) {
      const { previous } = (await world.shop.status()).links;
      return (await commandBy(world, { command: 'activate', release: previous ?? '' })).result;
    },
  },
  {
    name: 'clean',
    says: 'the timer removes a release',
    leaves: 'old',
    prepare: withTooMany,
    play: ({ shop }) => tick(shop.host, shop.site),
  },
  {
    name: 'known',
    says: 'a deploy of what the store has already, which does not know the site',
    leaves: 'new',
    prepare: async (world) => void (await world.deploy()),
    async play(world) {
      const { host, site } = world.shop;
      await host.must(['rm', `${site.root}/.store/roots/${site.site}`]);
      await (await commandBy(world, { command: 'deploy', force: 'true' })).result;
    },
  },
  {
    name: 'program',
    says: 'the host program is installed again, then its link',
    leaves: 'old',
    async play(world) {
      const { host, site } = world.shop;
      for (const gone of ['graceful-*.pyz', 'graceful']) {
        await host.must(['sh', '-c', `rm ${site.root}/bin/${gone}`]);
        await (await commandBy(world, { command: 'status' })).result;
      }
    },
  },
  {
    name: 'offline',
    says: 'the maintenance page comes and goes',
    leaves: 'old',
    unseen: true,
    async play({ shop: { host, site } }) {
      for (const verb of ['offline', 'online'])
        await host.must([`${site.root}/bin/graceful`, verb], { user: host.deployUser });
    },
  },
];

/** Says what is damaged, which makes the next deploy mend it. */
const verify = ({ shop: { host, site } }: World) =>
  host.exec([`${site.root}/bin/graceful`, 'verify'], { user: host.deployUser });

const DAMAGE: readonly Story[] = [
  {
    name: 'verify',
    says: 'a verify, when an object that was damaged is whole again',
    leaves: 'old',
    async prepare(world) {
      const { host, site } = world.shop;
      const find = `$(find ${site.root}/.store/objects -type f -links 1 -size +0 | sort | head -n 1)`;
      const spoil = `one=${find} && cp -p $one /var/tmp/whole && echo spoilt >> $one && echo $one`;
      const object = (await host.must(['sh', '-c', spoil])).trim();
      await verify(world);
      await host.must(['mv', '/var/tmp/whole', object]);
    },
    play: verify,
  },
  {
    name: 'mend',
    says: 'a deploy, when a static file of the live release was lost',
    leaves: 'new',
    async prepare(world) {
      const { host, site } = world.shop;
      await host.must(['sh', '-c', `rm $(find ${site.root}/current/static/admin -name '*.svg' | sort | head -n 1)`]);
      await verify(world);
    },
    play: (world) => world.deploy(),
  },
];

const syncCase = ({ name, says, leaves, unseen, prepare, play }: Story): Case => ({
  id: `syncs/${name}`,
  says: `${says}: nothing is done before what it relies on is on disk`,
  async play(world) {
    await prepare?.(world);
    return observe(world, { leaves, ...(unseen ? { unseen } : {}) }, async () => {
      const { root } = world.shop.site;
      const found = await listening(world, { root, store: `${root}/.store` }, () => play(world));
      return { runner: undefined, target: {}, found };
    });
  },
});

/** A new store gets the environment and every tree. */
const freshStore: Case = {
  id: 'syncs/receive',
  says: 'a deploy to a store that has nothing yet: nothing is claimed before it is on disk',
  spoils: true,
  play: (world) =>
    observe(world, { leaves: 'new' }, async () => {
      const [store, { host, site }] = ['/srv/store', world.shop];
      await moveStore(world, store);
      // The host program has to be sent and installed again, too.
      await host.must(['sh', '-c', `rm ${site.root}/bin/graceful-*.pyz`]);
      const found = await listening(world, { root: site.root, store }, () => world.deploy());
      return { runner: undefined, target: {}, found };
    }),
};

/** What is written once in the life of a site: its journal, the link to the program, and `current` of whoever was there before. */
const firstDeploy: Case = {
  id: 'syncs/first',
  says: "the first deploy of another site, which takes the place of another tool's: nothing is done before what it relies on is on disk",
  spoils: true,
  async play(world) {
    const { host } = world.shop;
    // It restarts the web server.
    const { site, root } = await provisionSite(host, { site: 'tailor', tick: false });
    const theirs = `mkdir -p ${root}/versions/1 && ln -s versions/1 ${root}/current`;
    await host.must(['sh', '-c', theirs], { user: host.deployUser });
    return observe(world, { leaves: 'old' }, async () => {
      const verify = { local: 'http://127.0.0.1', public: false };
      const stages = { staging: { url: `http://${site}.example.org` } };
      const config = { ...world.config, software: site, verify, stages, adopt: true, migrate: true };
      await using repo = await makeShopRepo({ host: host.address, config });
      await repo.commit();
      const inputs = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
      const found = await listening(world, { root, store: `${root}/.store` }, async () => {
        const { code, log } = await runStep({ workspace: repo.path, inputs });
        if (code !== 0) throw new Error(`the first deploy did not go live:\n${log}`);
      });
      return { runner: undefined, target: {}, found };
    });
  },
};

export const SYNC_CASES: readonly Case[] = [...[...STORIES, ...DAMAGE].map(syncCase), freshStore, firstDeploy];
