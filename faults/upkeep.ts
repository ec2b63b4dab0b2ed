import { setTimeout as sleep } from 'node:timers/promises';
import { fetchOnce } from '../testbed/http.ts';
import { tick as tickOnce } from '../testbed/inside.ts';
import { MANAGER } from '../testbed/manager.ts';
import { tidied } from '../testbed/tidied.ts';
import { byHand, command, FEW, type Operation, stageRelease, tick, withTooMany } from './operation.ts';
import type { World } from './world.ts';

/** A word that only the maintenance page has. */
const REASON = 'stocktaking';

/** The maintenance page is there as a whole, or not at all, as the journal says; then visitors get the site again. */
async function pageAsJournalled({ shop: { host, site, ...shop } }: World): Promise<string[]> {
  await tickOnce(host, site);
  const last = (await shop.journal()).findLast(({ kind }) => kind === 'offline' || kind === 'online');
  const { status, body } = await fetchOnce(`http://${host.address}/`);
  const shown = status === 503 && body.includes(REASON) && body.endsWith('</html>\n');
  await host.must([`${site.root}/bin/graceful`, 'online'], { user: host.deployUser });
  if (shown === (last?.kind === 'offline') && (shown || status === 200)) return [];
  return [`the journal says ${last?.kind}, and visitors get ${status}: ${body.slice(0, 200)}`];
}

/** Operations that leave the live release as it is. */
export const UPKEEP: readonly Operation[] = [
  {
    id: 'start',
    says: 'a start by hand of the release before',
    steps: ['standby'],
    faults: FEW,
    decides: null,
    runner: false,
    async prepare(world) {
      await world.deploy({ config: { times: { standby: '1s' } } });
      await sleep(1_000);
      await tidied(world.shop.host, world.shop.site);
    },
    async begin(world) {
      const { previous } = (await world.shop.status()).links;
      return byHand(world, 'start', previous ?? '');
    },
  },
  {
    id: 'tick',
    says: 'the minute at which the standby time is over',
    steps: ['settle', 'drain', 'stop', 'stopped'],
    faults: FEW,
    decides: null,
    runner: false,
    async prepare(world) {
      await world.deploy({ config: { times: { standby: '1s' } } });
    },
    begin: tick,
  },
  {
    id: 'clean',
    says: 'a clean-up that removes a release',
    steps: ['mark'],
    decides: null,
    runner: true,
    async prepare(world) {
      await world.deploy();
      // Whatever still ends is kept.
      await tidied(world.shop.host, world.shop.site);
    },
    begin: (world) => command(world, { command: 'clean', args: '--keep=1' }, {}),
  },
  {
    id: 'prune',
    says: 'the minute that removes a release',
    steps: ['begin', 'mark', 'end'],
    faults: FEW,
    decides: null,
    runner: false,
    prepare: withTooMany,
    begin: tick,
  },
  {
    id: 'delete',
    says: 'a removal of a release by its name',
    steps: ['begin', 'mark'],
    faults: FEW,
    decides: null,
    runner: false,
    prepare: async (world) => void (await stageRelease(world)),
    async begin(world) {
      const { releases } = await world.shop.status();
      return byHand(world, 'delete', releases.find(({ state }) => state === 'staged')?.id ?? '');
    },
    settle: async ({ shop }) => {
      await tickOnce(shop.host, shop.site);
      const there = (await shop.host.must(['ls', `${shop.site.root}/releases`])).trim().split('\n');
      const known = (await shop.status()).releases.map(({ id }) => id);
      return there
        .filter((id) => !known.includes(id))
        .map((id) => `${id} is there, and the journal says that it is gone`);
    },
  },
  {
    id: 'offline',
    says: 'the maintenance page that comes',
    steps: ['begin'],
    faults: FEW,
    decides: null,
    runner: false,
    outage: true,
    begin: (world) => byHand(world, 'offline', '--reason', REASON),
    settle: pageAsJournalled,
  },
  {
    id: 'online',
    says: 'the maintenance page that goes',
    steps: ['begin'],
    faults: FEW,
    decides: null,
    runner: false,
    outage: true,
    prepare: async (world) => void (await (await byHand(world, 'offline', '--reason', REASON)).over),
    begin: (world) => byHand(world, 'online'),
    settle: pageAsJournalled,
  },
  {
    id: 'revive',
    says: 'the minute that finds the live backend dead',
    steps: ['start', 'active'],
    faults: FEW,
    decides: null,
    runner: false,
    outage: true,
    async prepare({ shop }) {
      const { backends } = await shop.status();
      const active = backends.find(({ role }) => role === 'active');
      if (active !== undefined) await MANAGER.stop(shop.host, shop.site, active.backend);
    },
    begin: tick,
  },
];
