/** What a deploy would do, as it is told: in the log, the job's summary, a comment, and as the output `plan`. */
import type { Pending } from '../../build/django/migrations.ts';
import type { Phases } from '../../commands/phases.ts';
import type { Command } from '../../config/commands.ts';
import type { Commits } from '../changes.ts';
import type { Clean } from '../clean.ts';
import type { Sent } from '../summary.ts';

/** What would become of a process: it is there and gets another in its place, it is not there yet, the release does not have it. */
export interface ProcessChange {
  name: string;
  change: 'restarts' | 'starts' | 'ends';
}

/** What would be sent to a host: as many files, which have so many bytes, compressed as they would be. */
export interface Sending {
  objects: number;
  bytes: number;
  unpackedBytes: number;
  /** Of which trees: `code`, `static`, `config`, `env`. */
  trees: string[];
  env: Sent['env'];
}

/** Bytes. What a release takes is an estimate: file systems differ, and old releases that go are not taken off. */
export interface Disk {
  freeBytes: number;
  neededBytes: number;
}

/** What a deploy would do to one host. */
export interface HostPlan {
  host: string;
  /** What serves there now, and its commit. */
  release: string | null;
  commit: string | null;
  /** Why it would be deployed to. */
  reasons: string[];
  /** What lies between; null where nothing is live, or nobody knows. */
  commits: Commits | null;
  /**
   * Differences of the installed packages, as people write them: `Django 5.2.1 -> 5.2.3`; all are new where nothing is live. Null where
   * nobody knows what the live release has: an older version made it.
   */
  packages: string[] | null;
  /** Debian packages that would be installed. */
  toInstall: string[];
  processes: ProcessChange[];
  /** Null where nothing would be sent, or all is unchanged. */
  sending: Sending | null;
  disk: Disk | null;
  /** An operation that is under way, or has not ended, in words. */
  notes: string[];
}

/** What a deploy would do. */
export interface DeployPlan {
  command: Command;
  stage: string;
  site: string;
  url: string;
  repository: string | null;
  runUrl: string | null;
  /** What would go live. */
  commit: string;
  isUnchanged: boolean;
  hosts: HostPlan[];
  /** Hosts that cannot be reached, and would be skipped. */
  skipped: { host: string; message: string }[];
  /** Names of the hosts in the order in which they would switch; none where none would (`stage`). */
  waves: string[][];
  /** Null where they do not matter: all is unchanged, or nothing is migrated (`migrate: false`). */
  migrations: Pending | null;
  phases: Phases['rows'];
}

/** The plan for programs: the output `plan`. Pure. */
export function plainPlan({ phases: _, ...plan }: DeployPlan): object {
  return plan;
}

/** Takes secrets out of what hosts and sites have written. Pure. */
export function cleanPlan(plan: DeployPlan, clean: Clean): DeployPlan {
  const { hosts, migrations, skipped, phases } = plan;
  return {
    ...plan,
    hosts: hosts.map(({ reasons, notes, packages, toInstall, commits, ...host }) => ({
      ...host,
      reasons: reasons.map(clean),
      notes: notes.map(clean),
      packages: packages?.map(clean) ?? null,
      toInstall: toInstall.map(clean),
      commits: commits && {
        ...commits,
        shown: commits.shown.map((one) => ({ ...one, subject: clean(one.subject), author: clean(one.author) })),
      },
    })),
    skipped: skipped.map(({ host, message }) => ({ host, message: clean(message) })),
    migrations: migrations && cleanPending(migrations, clean),
    phases: phases.map((row) => ({ ...row, detail: clean(row.detail) })),
  };
}

function cleanPending({ migrations, why, isKnown }: Pending, clean: Clean): Pending {
  return {
    migrations:
      migrations?.map(({ name, operations }) => ({ name: clean(name), operations: operations.map(clean) })) ?? null,
    isKnown,
    why: why === null ? null : clean(why),
  };
}

/** Hosts for which the very same would be done, together. Pure. */
export function alike(hosts: readonly HostPlan[]): { names: string[]; one: HostPlan }[] {
  const groups = Map.groupBy(hosts, ({ host: _, disk: _disk, ...rest }) => JSON.stringify(rest));
  return [...groups.values()].flatMap((group) => {
    const [one] = group;
    return one === undefined ? [] : [{ names: group.map(({ host }) => host), one }];
  });
}

/** Web address of what lies between what serves and what would. Pure. */
export function compareUrl({ repository, commit }: DeployPlan, from: string | null): string | null {
  if (repository === null) return null;
  return from === null || from === commit
    ? `${repository}/commit/${commit}`
    : `${repository}/compare/${from}...${commit}`;
}
