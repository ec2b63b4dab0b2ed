import { command, deploy, FEW, migration, type Operation, ROLLBACK, stageRelease, withStandby } from './operation.ts';
import type { World } from './world.ts';

/** Processes beside web that do nothing but run, and end when they are told to. */
const WORKERS = {
  processes: {
    worker: { command: 'sleep infinity', 'stop-timeout': '5s' },
    beat: { command: 'sleep infinity', singleton: true, 'stop-timeout': '5s' },
  },
};

/** The live release has such processes. */
async function withWorkers(world: World): Promise<void> {
  const { backends } = await world.shop.status();
  const there = backends.filter(({ process, role }) => process in WORKERS.processes && role === 'active');
  if (there.length < 2) await world.deploy({ config: WORKERS });
}

/** Operations that decide which release serves. */
export const GOING: readonly Operation[] = [
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
    id: 'workers',
    says: 'a deploy of a release with a worker and a singleton over another such one',
    steps: ['start', 'stop', 'stopped', 'active'],
    faults: [...FEW, 'front', 'runner', 'reboot'],
    also: '"process":"worker"',
    decides: 'confirm',
    // Old workers are told to end just after the switch; all else comes after the confirm.
    after: ['stopped', 'active'],
    runner: true,
    prepare: withWorkers,
    begin: (world) => deploy(world, { config: WORKERS }),
    next: { config: WORKERS },
  },
];
