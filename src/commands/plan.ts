import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Applied } from '../build/django/migrations.ts';
import { BuildError } from '../build/errors.ts';
import { stableJson } from '../build/key.ts';
import type { Run } from '../config/types.ts';
import type { Member, Members } from '../fleet/member.ts';
import type { HostFacts } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Compared } from './compare.ts';
import { describeFault } from './host-session.ts';
import type { Built, Making, Plan } from './making.ts';

/** How the release of a run is made. */
export type From = (run: Run, scratch: string, log: Log) => Promise<Making>;

/** A host, and what the release would be there. */
export interface Planned {
  member: Member;
  plan: Plan;
}

/** A host for which the release is made. */
export interface Ready extends Compared {
  built: Built;
}

/**
 * Plans the release for each kind of host once: hosts with the same system and the same Pythons get the same bits.
 * @param again makes it for a further kind of host, in a folder of its own
 */
export async function planAll(
  { all }: Members,
  making: Making,
  again: (folder: string) => Promise<Making>,
  scratch: string,
): Promise<Planned[]> {
  const plans = new Map<string, Plan>();
  const planFor = async (facts: HostFacts): Promise<Plan> => {
    const kind = kindOf(facts);
    const known = plans.get(kind);
    if (known !== undefined) return known;
    const folder = join(scratch, `kind-${plans.size}`);
    if (plans.size > 0) await mkdir(folder);
    const plan = await (plans.size === 0 ? making : await again(folder)).plan(facts);
    plans.set(kind, plan);
    return plan;
  };
  const planned: Planned[] = [];
  for (const member of all) {
    const plan = await planFor(member.session.welcome.facts).catch((error: unknown) => {
      // The hosts' faults would be the next ones to meet.
      for (const { session, log } of all)
        for (const fault of session.welcome.faults) log.error(describeFault(session, fault));
      throw error;
    });
    planned.push({ member, plan });
  }
  return planned;
}

/** All of a host that a build goes by. Pure. */
function kindOf({ os, machine, libc, pythons }: HostFacts): string {
  return stableJson([os, machine, libc, pythons]);
}

/**
 * Makes what was planned, each plan once.
 * @param applied of the first host's database, where it is to be told what would be applied to it
 * @throws BuildError, also where the hosts' static files would differ
 */
export async function makeAll(
  compared: readonly Compared[],
  detail: (words: string) => void,
  applied?: Applied,
): Promise<Ready[]> {
  const made = new Map<Plan, Built>();
  for (const { plan } of compared) {
    if (made.size === 0) detail(`commit ${plan.commit.slice(0, 7)}`);
    // What is done once for all hosts is done by the first.
    if (!made.has(plan)) made.set(plan, await plan.make(made.size === 0 ? applied : undefined));
  }
  const statics = new Set([...made.values()].map(({ made: { trees } }) => trees.static));
  if (statics.size > 1) {
    throw new BuildError('the static files of this commit are not the same for all hosts of the stage', {
      mend: 'a page of one host would not find its files on another: give all hosts the same Python, or pin the packages that make static files',
    });
  }
  return compared.flatMap((one) => {
    const built = made.get(one.plan);
    return built === undefined ? [] : [{ ...one, built }];
  });
}
