/** What befalls a deploy between switch and confirm, while its runner waits for an answer of the public address. */
import { setTimeout as sleep } from 'node:timers/promises';
import { killHostProgram } from '../testbed/inside.ts';
import { untilCurrent } from '../testbed/live-shop.ts';
import type { Case } from './cases.ts';
import { type Done, observe, type Watching } from './observe.ts';
import { FALL_BACK, killBackend } from './site.ts';
import type { Leaves } from './trial.ts';
import { Unmet } from './unmet.ts';
import type { Live, Started, World } from './world.ts';

interface Unconfirmed {
  readonly name: string;
  readonly says: string;
  readonly leaves: Leaves;
  readonly watching?: Omit<Watching, 'leaves'>;
  /** Laid over the site's own times. */
  readonly times?: Readonly<Record<string, string>> | null;
  /** What happens then. @returns what the case found by itself */
  strike(world: World, before: Live, started: Started): Promise<string[]>;
  /** The runner is killed, and says nothing. */
  readonly silent?: true;
}

/** A lease of 4.5 s, and what a busy machine may add. */
const LEASE_OVER = 15_000;
/** The backend that was killed runs again by then, and has been found out long before. */
const UP_AGAIN = 4_000;

/** A cut at its real length, with the default times. Visitors are cut off as well. */
const realCut = (seconds: number, leaves: Leaves): Unconfirmed => ({
  name: `network/cut-${seconds}s`,
  says: `the network is cut for ${seconds} s between switch and confirm, with the default times`,
  leaves,
  watching: { unseen: true, blinded: true },
  times: null,
  async strike({ shop: { host, face } }) {
    await host.cutNetwork();
    await sleep(seconds * 1_000);
    await host.restoreNetwork();
    face.open();
    return [];
  },
});

const UNCONFIRMED: readonly Unconfirmed[] = [
  {
    name: 'site/killed-after-switch',
    says: 'all processes of the new release are killed between switch and confirm, and started again at once',
    leaves: 'old',
    watching: { outage: FALL_BACK },
    async strike(world) {
      await killBackend(world, `${(await world.shop.status()).links.current}.1`);
      await sleep(UP_AGAIN);
      world.shop.face.open();
      return [];
    },
  },
  {
    name: 'runner/gone',
    says: 'the runner is killed between switch and confirm, long before the time to confirm is over',
    leaves: 'old',
    times: { confirm: '5m' },
    silent: true,
    async strike({ shop }, before, { step }) {
      step.process.kill('SIGKILL');
      await untilCurrent(shop, before.release, LEASE_OVER).catch((error: Error) => {
        throw new Unmet(error.message);
      });
      return [];
    },
  },
  {
    name: 'runner/gone-with-all',
    says: 'runner, front and operation are killed between switch and confirm: the next minute falls back',
    leaves: 'old',
    silent: true,
    async strike({ shop: { host } }, _, { step }) {
      step.process.kill('SIGKILL');
      await killHostProgram(host, 'front', 'operation');
      return [];
    },
  },
  realCut(20, 'new'),
  realCut(60, 'old'),
];

export const UNCONFIRMED_CASES: readonly Case[] = UNCONFIRMED.map(
  ({ name, says, leaves, watching, times, strike, silent }) => ({
    id: name,
    says,
    play: (world) =>
      observe(world, { leaves, ...watching }, async (): Promise<Done> => {
        const before = await world.answers();
        world.shop.face.shut();
        const started = await world.start(times === undefined ? {} : { config: { times } });
        await Promise.race([world.shop.face.visited(), started.step.result]);
        const found = await strike(world, before, started);
        const runner = await started.step.result;
        return { runner: silent ? undefined : runner, target: { version: started.version }, found };
      }),
  }),
);
