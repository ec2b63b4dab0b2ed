/** The words of a plan that are the same in the log and in a page. All pure. */
import { size } from '../text.ts';
import type { DeployPlan, HostPlan, Sending } from './plan.ts';

/** More of a list are counted. */
const SHOWN = 50;

/** The first of them, and how many more there are. */
export function firstOf(lines: readonly string[], shown = SHOWN): string[] {
  return lines.length <= shown ? [...lines] : [...lines.slice(0, shown), `and ${lines.length - shown} more`];
}

const short = (commit: string): string => commit.slice(0, 7);

const WORDS: Record<Sending['env'], string> = {
  built: 'environment built in this run',
  cached: 'environment from the cache',
  reused: 'environment already on the host',
};

/** What the plan comes to, in a sentence or two. */
export function verdict({ command, commit, isUnchanged, site, stage, hosts }: DeployPlan): string {
  if (isUnchanged)
    return `unchanged: ${hosts[0]?.release} serves this very source with this configuration already. A ${command} would build, send and start nothing.`;
  const done = command === 'stage' ? `bring ${short(commit)} to` : `put ${short(commit)} live on`;
  return `A ${command} would ${done} ${site} (${stage}). Nothing was changed.`;
}

/** Rows about one host, or several alike: a name and lines. Commits are told apart, as they have links. */
export function hostRows(plan: DeployPlan, host: HostPlan): [name: string, lines: string[]][] {
  const { reasons, packages, toInstall, processes, sending, notes, release } = host;
  const rows: [string, string[]][] = [['Live now', [release ?? 'nothing']]];
  if (notes.length > 0) rows.push(['Note', notes]);
  if (plan.isUnchanged) return rows;
  rows.push(['Why', [reasons.length === 0 ? 'another host needs it' : reasons.join('; ')]]);
  rows.push(['Packages', packageLines(packages)]);
  if (toInstall.length > 0) rows.push(['Debian packages', [`to be installed on the host: ${toInstall.join(', ')}`]]);
  const changes = processes.map(({ name, change }) => `${name} ${change}`);
  rows.push(['Processes', [changes.length === 0 ? 'none is started or stopped' : changes.join(', ')]]);
  rows.push(['Sent', [sending === null ? 'nothing: the host has everything already' : sendingText(sending)]]);
  return rows;
}

function packageLines(packages: HostPlan['packages']): string[] {
  if (packages === null) return ['not known: an older version made the live release'];
  return packages.length === 0 ? ['the same as before'] : firstOf(packages);
}

function sendingText({ objects, bytes, unpackedBytes, trees, env }: Sending): string {
  return `${objects} objects, ${size(bytes)} (${size(unpackedBytes)} unpacked) of ${trees.join(', ')}; ${WORDS[env]}`;
}

/** Free space of each host, before and after. */
export function diskLines({ hosts }: DeployPlan): string[] {
  return hosts.flatMap(({ host, disk }) => {
    if (disk === null) return [];
    const after = size(Math.max(0, disk.freeBytes - disk.neededBytes));
    return [`${host}: ${size(disk.freeBytes)} free, about ${after} after (${size(disk.neededBytes)} needed)`];
  });
}

/** What would be applied to the database. */
export function migrationLines({ migrations }: DeployPlan): string[] {
  if (migrations === null) return ['none: nothing is migrated'];
  const { migrations: pending, isKnown, why } = migrations;
  const told = why === null ? [] : [why];
  if (pending === null) return [`unknown: ${told.join()}`];
  const count = pending.length === 1 ? '1 migration' : `${pending.length} migrations`;
  if (!isKnown) {
    const all = firstOf(pending.map(({ name }) => name)).join(', ');
    return [...told, `the release has ${count}; those that the database lacks are applied: ${all}`];
  }
  const names = pending.map(({ name, operations }) => [name, ...operations.map((one) => `  ${one}`)].join('\n'));
  return [...told, ...(pending.length === 0 ? ['none is pending'] : firstOf(names))];
}

/** Who goes when. */
export function orderLines({ waves, skipped, migrations, hosts }: DeployPlan): string[] {
  const steps = waves.map((names, index) => `wave ${index + 1} of ${waves.length}: ${names.join(', ')}`);
  const migrates = migrations?.migrations?.length === 0 || migrations === null ? [] : [`migrations: ${hosts[0]?.host}`];
  return [...migrates, ...steps, ...skipped.map(({ host, message }) => `${host}: ${message}`)];
}

/** `abc1234 -> 1a2b3c4`. */
export function commitText({ commit: to }: DeployPlan, { commit: from }: HostPlan): string {
  if (from === null) return short(to);
  return from === to ? `${short(to)}, as before` : `${short(from)} -> ${short(to)}`;
}

/** How many commits lie between, in words; nothing where there are none. */
export function betweenText({ commit: from, commits }: HostPlan, to: string): string | null {
  if (from === null || from === to) return null;
  if (commits === null) return 'what lies between is not known here: the clone does not go back that far';
  const { count, back, lost } = commits;
  const many = count === 1 ? '1 commit' : `${count} commits`;
  const others = lost === 0 ? '' : `; ${lost} of those that serve are not among its own`;
  return `${many}${back ? ' taken back' : ''}${others}`;
}
