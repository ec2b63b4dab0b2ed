/** What a site itself can do wrong, and hosts do to it. */
import { MANAGER } from '../testbed/manager.ts';
import type { Break, CommitOptions } from '../testbed/shop.ts';
import type { Case } from './cases.ts';
import { observe, type Watching } from './observe.ts';
import { rollbackBy } from './operation.ts';
import type { Leaves } from './trial.ts';
import type { World } from './world.ts';

/** From the death of a release after the switch until its fall-back, milliseconds. */
export const FALL_BACK = 2_000;
/** A release that does not answer is given up after this. */
const TIMEOUT = '4s';

interface SiteFault {
  readonly name: string;
  readonly says: string;
  readonly break: Break;
  readonly leaves: Leaves;
  readonly config?: CommitOptions['config'];
  /** The public address does not answer until the release was found out: it fails between switch and confirm. */
  readonly unconfirmed?: true;
}

const SITE_FAULTS: readonly SiteFault[] = [
  { name: 'no-import', says: 'the WSGI module does not import', break: 'wsgi-import', leaves: 'old' },
  { name: 'hang-at-start', says: 'the release hangs at its start', break: 'hang-at-start', leaves: 'old' },
  {
    name: 'slow-start',
    says: 'the release takes 5 s to start',
    break: 'slow-start',
    leaves: 'new',
    config: { health: { timeout: '30s' } },
  },
  {
    name: 'good-then-crash',
    says: 'the release dies after its first good answer',
    break: 'die-after-first',
    leaves: 'old',
  },
  {
    name: 'bad-through-nginx',
    says: 'the release answers 500 only to the web server',
    break: 'bad-through-nginx',
    leaves: 'old',
  },
  { name: 'redirect', says: 'the health path redirects', break: 'redirect', leaves: 'old' },
  {
    name: 'backlog-full',
    says: 'the release hangs at each health request, and its backlog is full',
    break: 'hang',
    leaves: 'old',
    config: { 'server-args': ['--backlog', '1'] },
  },
  {
    name: 'memory',
    says: 'the memory of the release grows with its first visitor until it is killed, after the switch',
    break: 'memory',
    leaves: 'old',
    unconfirmed: true,
  },
];

function siteCase({ name, says, leaves, unconfirmed, config, ...fault }: SiteFault): Case {
  return {
    id: `site/${name}`,
    says,
    play: (world) =>
      observe(world, { leaves, ...(unconfirmed ? { outage: FALL_BACK } : {}) }, async () => {
        if (unconfirmed) world.shop.face.shut();
        const commit = { break: fault.break, config: { health: { timeout: TIMEOUT }, ...config } };
        const known = await releaseIds(world);
        const { step, version } = await world.start(commit);
        const runner = await step.result;
        return { runner, target: { version }, found: leaves === 'old' ? await unmarked(world, known) : [] };
      }),
  };
}

const releaseIds = async ({ shop }: World): Promise<string[]> => (await shop.status()).releases.map(({ id }) => id);

/** Releases that are not marked as failed, besides those that were known. */
async function unmarked({ shop }: World, known: readonly string[]): Promise<string[]> {
  const { releases } = await shop.status();
  return releases
    .filter(({ id, state }) => !known.includes(id) && state !== 'failed')
    .map(({ id, state }) => `${id} failed, and is marked as ${state}`);
}

/** SIGKILL to every process of a backend, which leaves its socket behind. */
export async function killBackend({ shop: { host, site } }: World, backend: string): Promise<void> {
  await host.must(['systemctl', 'kill', '--signal=KILL', `${site.site}-web@${backend}.service`]);
}

const staleSocket: Case = {
  id: 'site/stale-socket',
  says: 'the standby was killed and left its socket behind, and is rolled back to',
  async play(world) {
    await world.deploy();
    const { backends, links } = await world.shop.status();
    const standby = backends.find(({ role }) => role === 'standby');
    if (standby === undefined || links.previous === null) return ['there was no standby to kill'];
    const wanted: Watching = { leaves: 'new' };
    return observe(world, wanted, async () => {
      await killBackend(world, standby.backend);
      return { runner: await (await rollbackBy(world)).result, target: { release: standby.release } };
    });
  },
};

const liveKilled: Case = {
  id: 'site/live-stopped',
  says: 'the live release is stopped behind the back of Graceful: the next minute brings it back',
  play: (world) =>
    observe(world, { leaves: 'old', unseen: true }, async () => {
      const { backends } = await world.shop.status();
      const active = backends.find(({ role }) => role === 'active');
      if (active !== undefined) await MANAGER.stop(world.shop.host, world.shop.site, active.backend);
      return { runner: undefined, target: {} };
    }),
};

export const SITE_CASES: readonly Case[] = [...SITE_FAULTS.map(siteCase), staleSocket, liveKilled];
