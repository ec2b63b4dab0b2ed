/** The plan as an output: a step that hands it to a command makes it a variable of its environment. All pure. */
import { plainLine } from '../text.ts';
import { cleanPlan, type DeployPlan, type HostPlan, plainPlan } from './plan.ts';

/** Linux takes 128 KiB of one variable, its name too; with room for what a workflow writes around it. Bytes. */
const ROOM = 120_000;
/** Longest text in it, characters. */
const LONGEST = 500;

/** What goes first where there is no room for all, and the plan without it. */
const LESS: readonly (readonly [name: string, without: (plan: DeployPlan) => DeployPlan])[] = [
  ['operations', withoutOperations],
  ['commits', (plan) => ofHosts(plan, ({ commits }) => ({ commits: commits && { ...commits, shown: [] } }))],
  ['packages', (plan) => ofHosts(plan, () => ({ packages: [] }))],
  ['migrations', (plan) => ({ ...plan, migrations: plan.migrations && { ...plan.migrations, migrations: [] } })],
  ['hosts', (plan) => ({ ...plan, hosts: [] })],
  ['skipped', (plan) => ({ ...plan, skipped: [] })],
];

/** All of it as JSON; where that is too long with empty lists, which `leftOut` names. @param room bytes */
export function planOutput(plan: DeployPlan, room: number = ROOM): string {
  let kept = cleanPlan(plan, (text) => plainLine(text).slice(0, LONGEST));
  const leftOut: string[] = [];
  const json = () => JSON.stringify(leftOut.length === 0 ? plainPlan(kept) : { ...plainPlan(kept), leftOut });
  for (const [name, without] of LESS) {
    if (Buffer.byteLength(json()) <= room) break;
    kept = without(kept);
    leftOut.push(name);
  }
  return json();
}

function ofHosts(plan: DeployPlan, change: (host: HostPlan) => Partial<HostPlan>): DeployPlan {
  return { ...plan, hosts: plan.hosts.map((host) => ({ ...host, ...change(host) })) };
}

function withoutOperations(plan: DeployPlan): DeployPlan {
  const { migrations } = plan;
  const names = migrations?.migrations?.map(({ name }) => ({ name, operations: [] })) ?? null;
  return { ...plan, migrations: migrations && { ...migrations, migrations: names } };
}
