import { setTimeout as sleep } from 'node:timers/promises';
import { MANAGER } from '../testbed/manager.ts';
import { run } from '../testbed/process.ts';
import { type Step, startStep } from '../testbed/runner.ts';
import { SECRET } from '../testbed/scene.ts';
import type { CommitOptions } from '../testbed/shop.ts';
import { tidied } from '../testbed/tidied.ts';
import type { Act } from './trial.ts';
import type { World } from './world.ts';

/** An operation that a fault can strike, and the steps at which it is struck. */
export interface Operation {
  readonly id: string;
  /** In words. */
  readonly says: string;
  /** Kinds of journal records that it writes, in order: those whose code differs from what another operation tries. */
  readonly steps: readonly string[];
  /** The step from which on it stays; null where nothing new is to serve. */
  readonly decides: string | null;
  /** Steps that come after that one. */
  readonly after?: readonly string[];
  /** The journal knows nothing of them: the front receives what the host lacks. */
  readonly receiving?: true;
  /** What those records hold besides, where others of the same kind come first. */
  readonly also?: string;
  /** The faults that are tried; all of them by default. */
  readonly faults?: readonly string[];
  /** Whether a runner asks for it. */
  readonly runner: boolean;
  /** Visitors are not served from the beginning, for that is what it is about. */
  readonly outage?: true;
  /** Brings the world to where the operation writes the step. */
  prepare?(world: World): Promise<void>;
  begin(world: World, step: string): Promise<Act>;
}

async function deploy(world: World, commit: Omit<CommitOptions, 'version'>): Promise<Act> {
  const { step, version } = await world.start(commit);
  const runner = { kill: (signal: NodeJS.Signals) => void step.process.kill(signal), result: step.result };
  return { runner, over: step.result, target: { version } };
}

/** A migration that nobody has applied yet and that changes nothing. */
function migration(): CommitOptions {
  const text = `from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL("SELECT 1", "SELECT 1")]
`;
  return { config: { migrate: true }, files: { [`orders/migrations/0002_at_${Date.now()}.py`]: text } };
}

/** There is a release in standby, which the next deploy retires, and one to go back to. */
async function withStandby(world: World): Promise<void> {
  const { links, backends } = await world.shop.state();
  if (links.previous === null || !backends.some((backend) => backend.startsWith('standby '))) await world.deploy();
}

/** The minute's work, again and again until nothing is left to do or its host is gone. */
async function tickOften({ shop: { host, site } }: World): Promise<void> {
  for (let round = 0; round < 4; round++) {
    const { code } = await host.exec([`${site.root}/bin/graceful`, 'tick'], { user: host.deployUser });
    if (code !== 0) return;
  }
}

/** Nothing new is to serve. */
async function tick(world: World): Promise<Act> {
  return { over: tickOften(world).catch(() => undefined), target: {} };
}

/** There is a release more than are to be kept. */
export async function withTooMany(world: World): Promise<void> {
  await world.deploy();
  await world.deploy({ config: { keep: { releases: 1 } } });
}

/** Starts a runner's command about what is on the host. */
export function commandBy({ shop: { host, repo } }: World, inputs: Readonly<Record<string, string>>): Promise<Step> {
  const access = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
  return startStep({ workspace: repo.path, inputs: { ...access, ...inputs } });
}

/** Another case on the same host may have migrated since. */
const ROLLBACK = { command: 'rollback', 'database-ahead': 'true' };

/** Starts the runner's rollback to the release before. */
export const rollbackBy = (world: World): Promise<Step> => commandBy(world, ROLLBACK);

async function command(world: World, inputs: Readonly<Record<string, string>>, target: Act['target']): Promise<Act> {
  const step = await commandBy(world, inputs);
  const runner = { kill: (signal: NodeJS.Signals) => void step.process.kill(signal), result: step.result };
  return { runner, over: step.result, target };
}

/** Brings a release to the host and starts nothing. @returns its id */
export async function stageRelease(world: World): Promise<string> {
  const { step } = await world.start({}, { inputs: { command: 'stage' } });
  const { code, log } = await step.result;
  const staged = (await world.shop.status()).releases.find(({ state }) => state === 'staged');
  if (code !== 0 || staged === undefined) throw new Error(`nothing was staged:\n${log}`);
  return staged.id;
}

/** Where the steps are those of other operations, or where there is no runner: what ends an operation, and what stops its writes. */
const FEW: readonly string[] = ['kill', 'crash', 'power', 'disk'];

/** Processes beside web that do nothing but run, and end when they are told to. */
const WORKERS = {
  processes: {
    worker: { command: 'sleep infinity', 'stop-timeout': '5s' },
    beat: { command: 'sleep infinity', singleton: true, 'stop-timeout': '5s' },
  },
};

/** All of them. */
export const OPERATIONS: readonly Operation[] = [
  {
    id: 'deploy',
    says: 'a deploy over a release with a standby',
    steps: [
      'begin',
      'stage',
      'prepare',
      'migrate',
      'migrated',
      'drain',
      'stop',
      'start',
      'check',
      'switch',
      'confirm',
      'end',
    ],
    decides: 'confirm',
    after: ['end'],
    runner: true,
    prepare: withStandby,
    begin: (world, step) => deploy(world, step.startsWith('migrate') ? migration() : {}),
  },
  {
    id: 'receive',
    says: 'a deploy of which the host still receives the files',
    steps: ['incoming'],
    receiving: true,
    decides: 'confirm',
    runner: true,
    begin: (world) => deploy(world, {}),
  },
  {
    id: 'abandon',
    says: 'a deploy whose release turns out bad before the switch',
    steps: ['stopped'],
    decides: null,
    runner: true,
    begin: (world) => deploy(world, { break: 'import', config: { health: { timeout: '3s' } } }),
  },
  {
    id: 'fall-back',
    says: 'a deploy that is not confirmed in time',
    steps: ['fall-back', 'mark'],
    decides: null,
    runner: true,
    async begin(world) {
      world.shop.face.shut();
      return deploy(world, { config: { times: { confirm: '1s' } } });
    },
  },
  {
    id: 'rollback',
    says: 'a rollback to the release in standby',
    steps: ['begin', 'switch', 'confirm'],
    decides: 'confirm',
    runner: true,
    prepare: withStandby,
    async begin(world) {
      const { links } = await world.shop.status();
      return command(world, ROLLBACK, links.previous === null ? {} : { release: links.previous });
    },
  },
  {
    id: 'activate',
    says: 'an activation of a staged release',
    steps: ['begin', 'switch', 'confirm'],
    decides: 'confirm',
    runner: true,
    prepare: async (world) => void (await stageRelease(world)),
    async begin(world) {
      const release = (await world.shop.status()).releases.find(({ state }) => state === 'staged')?.id ?? '';
      return command(world, { command: 'activate', release }, { release });
    },
  },
  {
    id: 'restart',
    says: 'a restart of the live release',
    steps: ['switch', 'confirm'],
    faults: FEW,
    decides: null,
    runner: true,
    async begin(world) {
      const { current } = (await world.shop.status()).links;
      return command(world, { command: 'restart' }, { release: current ?? '' });
    },
  },
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
    async begin({ shop }) {
      const { host, site } = shop;
      const { previous } = (await shop.status()).links;
      const argv = host.sshCommand(`${site.root}/bin/graceful`, 'start', previous ?? '');
      return { over: run(argv).catch(() => undefined), target: {} };
    },
  },
  {
    id: 'workers',
    says: 'a deploy of a release with a worker and a singleton over another such one',
    steps: ['start', 'stop', 'stopped', 'active'],
    faults: FEW,
    also: '"process":"worker"',
    decides: 'confirm',
    // Old workers are told to end just after the switch; all else comes after the confirm.
    after: ['stopped', 'active'],
    runner: true,
    prepare: async (world) => void (await world.deploy({ config: WORKERS })),
    begin: (world) => deploy(world, { config: WORKERS }),
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
    says: 'the minute that removes a release',
    steps: ['begin', 'mark', 'end'],
    decides: null,
    runner: false,
    prepare: withTooMany,
    begin: tick,
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
