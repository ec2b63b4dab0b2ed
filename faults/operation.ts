import { run } from '../testbed/process.ts';
import { type Step, startStep } from '../testbed/runner.ts';
import { SECRET } from '../testbed/scene.ts';
import type { CommitOptions } from '../testbed/shop.ts';
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
  /** What the deploy after it consists of, where the next case can begin with that; a version like any other by default. */
  readonly next?: Omit<CommitOptions, 'version'>;
  /** Looks at what only this operation changes, once it is over, and gives visitors the site again. @returns what does not hold */
  settle?(world: World): Promise<string[]>;
}

/** Starts the runner's deploy of a version that nobody has seen yet. */
export async function deploy(world: World, commit: Omit<CommitOptions, 'version'>): Promise<Act> {
  const { step, version } = await world.start(commit);
  const runner = { kill: (signal: NodeJS.Signals) => void step.process.kill(signal), result: step.result };
  return { runner, over: step.result, target: { version } };
}

/** A migration that nobody has applied yet and that changes nothing. @param operation what it does, as Python */
export function migration(operation = 'RunSQL("SELECT 1", "SELECT 1")'): CommitOptions {
  const text = `from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.${operation}]
`;
  return { config: { migrate: true }, files: { [`orders/migrations/0002_at_${Date.now()}.py`]: text } };
}

/** There is a release in standby, which the next deploy retires, and one to go back to. */
export async function withStandby(world: World): Promise<void> {
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

/** The same as an operation: nothing new is to serve. */
export async function tick(world: World): Promise<Act> {
  return { over: tickOften(world).catch(() => undefined), target: {} };
}

/** No more than one good release is to be kept besides those that are in use. */
export const KEEP_ONE = { config: { keep: { releases: 1 } } };

/** There is a release more than are to be kept. */
export async function withTooMany(world: World): Promise<void> {
  await world.deploy(KEEP_ONE);
  const { releases, backends } = await world.shop.status();
  const running = new Set(backends.map(({ release }) => release));
  const free = releases.filter(({ id, state, links }) => state === 'good' && links.length === 0 && !running.has(id));
  if (free.length === 0) await world.deploy(KEEP_ONE);
}

/** Starts a runner's command about what is on the host. */
export function commandBy({ shop: { host, repo } }: World, inputs: Readonly<Record<string, string>>): Promise<Step> {
  const access = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
  return startStep({ workspace: repo.path, inputs: { ...access, ...inputs } });
}

/** Another case on the same host may have migrated since. */
export const ROLLBACK = { command: 'rollback', 'database-ahead': 'true' };

/** Starts the runner's rollback to the release before. */
export const rollbackBy = (world: World): Promise<Step> => commandBy(world, ROLLBACK);

/** The same as an operation. */
export async function command(
  world: World,
  inputs: Readonly<Record<string, string>>,
  target: Act['target'],
): Promise<Act> {
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
export const FEW: readonly string[] = ['kill', 'crash', 'power', 'disk'];

/** What an operator has the host do, at a terminal elsewhere: what is run in a host without a login is in no control group of its. */
export async function byHand({ shop: { host, site } }: World, ...argv: string[]): Promise<Act> {
  const ssh = host.sshCommand(`${site.root}/bin/graceful`, ...argv);
  return { over: run(ssh).catch(() => undefined), target: {} };
}
