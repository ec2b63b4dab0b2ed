/** What holds for releases that no longer serve, for the database and for secrets, also where nothing goes wrong. */
import { tick } from '../testbed/inside.ts';
import { assetsOf, SECRET } from '../testbed/scene.ts';
import { searchHost } from '../testbed/spy.ts';
import type { Case } from './cases.ts';
import { observe } from './observe.ts';
import { commandBy, KEEP_ONE, migration, rollbackBy } from './operation.ts';
import type { World } from './world.ts';

interface Promised {
  readonly name: string;
  readonly says: string;
  readonly leaves: 'old' | 'new';
  /** @returns what does not hold */
  play(world: World): Promise<string[]>;
}

/** Prints the site's secret. */
const TELLING = 'RunPython(lambda *_: print("the key is", __import__("django.conf").conf.settings.SECRET_KEY))';

const thereIs = async ({ shop: { host, site } }: World, release: string): Promise<boolean> =>
  (await host.exec(['test', '-d', `${site.root}/releases/${release}`])).code === 0;

const PROMISES: readonly Promised[] = [
  {
    name: 'assets',
    says: 'a visitor still has a page of a release that was removed',
    leaves: 'new',
    async play(world) {
      const { shop } = world;
      const { release } = await world.deploy();
      const assets = await assetsOf(shop, (await shop.visit()).body);
      await world.deploy();
      await world.deploy(KEEP_ONE);
      await tick(shop.host, shop.site);
      const missing: string[] = [];
      for (const path of assets) {
        const { status } = await shop.visit(path);
        if (status !== 200) missing.push(`${path} of ${release} answers ${status}`);
      }
      if (assets.length === 0) missing.push('the page named no assets');
      if (await thereIs(world, release)) missing.push(`${release} was to be removed`);
      return missing;
    },
  },
  {
    name: 'database',
    says: 'a release with a migration is rolled back',
    leaves: 'old',
    async play(world) {
      const { host, site } = world.shop;
      const newer = await world.deploy(migration());
      const refused = await (await commandBy(world, { command: 'rollback' })).result;
      const found = refused.code === 1 ? [] : [`the rollback was not refused:\n${refused.log.slice(-1_500)}`];
      const back = await (await rollbackBy(world)).result;
      const argv = [
        `${site.root}/bin/graceful`,
        'manage',
        '--release',
        newer.release,
        '--',
        'showmigrations',
        'orders',
      ];
      const applied = (await host.must(argv, { user: host.deployUser })).match(/\[X\] (0002_at_\d+)/)?.[1];
      if (applied === undefined) return ['the rollback took the migration back'];
      for (const { code, log } of [refused, back])
        if (!log.includes(`orders.${applied}`))
          found.push(`the rollback (${code}) did not say that ${applied} is ahead:\n${log.slice(-1_500)}`);
      return found;
    },
  },
  {
    name: 'secrets',
    says: 'a deploy with a secret, which its migration prints',
    leaves: 'new',
    async play(world) {
      await world.deploy(migration(TELLING));
      const [name = '', value = ''] = SECRET.split('=');
      return searchHost(world.shop.host, { [name]: value });
    },
  },
];

export const PROMISE_CASES: readonly Case[] = PROMISES.map(({ name, says, leaves, play }) => ({
  id: `promises/${name}`,
  says,
  play: (world) =>
    observe(world, { leaves }, async () => ({ runner: undefined, target: {}, found: await play(world) })),
}));
