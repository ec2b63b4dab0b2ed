import { setTimeout as sleep } from 'node:timers/promises';
import { killHostProgram } from '../testbed/inside.ts';
import { fill, makeRoom } from './fill.ts';
import type { Leaves, Trial } from './trial.ts';

/** What can happen to an operation at any step. */
export interface Fault {
  readonly id: string;
  /** In words, after "the operation stands at a step, and ...". */
  readonly says: string;
  /** What serves afterwards where the switch had not been confirmed yet. */
  readonly leaves: Leaves;
  /** The record at which the operation stands may be lost: it is in the file, and may not be synced yet. */
  readonly forgets?: true;
  /** It befalls a runner, or the way to it. */
  readonly ofRunner?: true;
  /** The runner may lose sight of the host for longer than it has patience, and says so. */
  readonly blinds?: true;
  /** The site itself can store no order meanwhile. */
  readonly readOnly?: true;
  strike(trial: Trial): Promise<void>;
}

/** A runner's time to come to an end after SIGINT, and after SIGTERM, before GitHub goes on to the next signal. */
const PATIENCE = [7_500, 2_500] as const;
/** A tenth of a cut that ends well, and of one that does not. */
const SHORT_CUT = 2_000;
const LONG_CUT = 6_000;
const SSH = 22;

/** The host is off from now until it has booted. */
async function down({ world, down: spans }: Trial, end: () => Promise<void>): Promise<void> {
  const from = Date.now();
  await end();
  await world.shop.boot();
  spans.push([from, Date.now()]);
}

/** Nothing passes between runner and host; visitors come by another way. */
async function cut({ world: { shop }, still }: Trial, duration: number): Promise<void> {
  await shop.host.cutNetwork(SSH);
  await still.go();
  await sleep(duration);
  await shop.host.restoreNetwork();
}

async function cancel({ act: { runner }, still }: Trial): Promise<void> {
  if (runner === undefined) throw new Error('no runner to cancel');
  const ended = runner.result.then(() => true);
  runner.kill('SIGINT');
  await still.go();
  if (await Promise.race([ended, sleep(PATIENCE[0], false)])) return;
  runner.kill('SIGTERM');
  if (await Promise.race([ended, sleep(PATIENCE[1], false)])) return;
  runner.kill('SIGKILL');
}

async function withoutRoom({ world, act, still }: Trial, what: 'blocks' | 'inodes'): Promise<void> {
  const { host, site } = world.shop;
  await fill(host, site.root, what);
  try {
    await still.go();
    await act.over;
  } finally {
    await makeRoom(host);
  }
}

/** All of them; a case is one of these at one step of one operation. */
export const FAULTS: readonly Fault[] = [
  {
    id: 'kill',
    says: "the operation's own process is killed",
    leaves: 'old',
    strike: async ({ world, still }) => void (await world.shop.host.must(['kill', '-KILL', String(still.pid)])),
  },
  {
    id: 'front',
    says: 'the front is killed',
    leaves: 'new',
    ofRunner: true,
    async strike({ world, still }) {
      await killHostProgram(world.shop.host, 'front');
      await still.go();
    },
  },
  {
    id: 'runner',
    says: 'the runner is killed',
    leaves: 'old',
    ofRunner: true,
    async strike({ act, still }) {
      act.runner?.kill('SIGKILL');
      await still.go();
    },
  },
  { id: 'cancel', says: 'the job is cancelled', leaves: 'old', ofRunner: true, strike: cancel },
  {
    id: 'cut-short',
    says: 'the network is cut for 2 s',
    // A lease of 4.5 s leaves a busy machine little time to come back.
    leaves: 'either',
    ofRunner: true,
    blinds: true,
    strike: (trial) => cut(trial, SHORT_CUT),
  },
  {
    id: 'cut-long',
    says: 'the network is cut for 6 s, longer than the lease',
    leaves: 'old',
    ofRunner: true,
    blinds: true,
    strike: (trial) => cut(trial, LONG_CUT),
  },
  {
    id: 'crash',
    says: 'the host crashes and boots',
    leaves: 'old',
    blinds: true,
    strike: (trial) => down(trial, () => trial.world.shop.host.crash()),
  },
  {
    id: 'power',
    says: 'the host loses its power, the names committed, and boots',
    leaves: 'old',
    forgets: true,
    blinds: true,
    strike: (trial) => down(trial, () => trial.world.shop.host.powerCut({ commitMetadata: true })),
  },
  {
    id: 'power-names',
    says: 'the host loses its power, no names committed, and boots',
    leaves: 'old',
    forgets: true,
    blinds: true,
    strike: (trial) => down(trial, () => trial.world.shop.host.powerCut({ commitMetadata: false })),
  },
  {
    id: 'reboot',
    says: 'the host is rebooted in order',
    leaves: 'old',
    blinds: true,
    strike: (trial) => down(trial, () => trial.world.shop.host.shutDown()),
  },
  {
    id: 'disk',
    says: 'the disk is full, until the operation has ended',
    leaves: 'either',
    blinds: true,
    readOnly: true,
    strike: (trial) => withoutRoom(trial, 'blocks'),
  },
  {
    id: 'inodes',
    says: 'there are no inodes left, until the operation has ended',
    leaves: 'either',
    blinds: true,
    readOnly: true,
    strike: (trial) => withoutRoom(trial, 'inodes'),
  },
];
