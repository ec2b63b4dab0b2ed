import * as core from '@actions/core';
import Table from 'cli-table3';
import type { HostEnd } from '../fleet/whole.ts';
import type { BackendStatus, Offline, Outcome, ReleaseStatus, Result, StatusAnswer } from '../protocol/messages.ts';
import { plainLine } from './text.ts';

const EXIT_CODES: Record<Result, number> = {
  live: 0,
  unchanged: 0,
  done: 0,
  failed: 1,
  'fell-back': 2,
  superseded: 3,
  'not-reverted': 4,
  split: 5,
};

/**
 * Exit codes of runs that came to no result: a failed build, wrong use, no way to the host, a fault of this program; and of one whose answer
 * could not be written.
 */
export const EXIT = { failed: EXIT_CODES.failed, usage: 64, unavailable: 69, internal: 70, unwritten: 74 } as const;

/** What the process exits with after this outcome. A name that nothing on the host has is wrong use. */
export function exitCode({ result, failure }: Outcome): number {
  return failure?.unknown === true ? EXIT.usage : EXIT_CODES[result];
}

/** The Action's outputs. What there is none of (no release before the first deploy) is empty. */
export function outputs(outcome: Outcome, url: string): Record<string, string> {
  return {
    result: outcome.result,
    release: outcome.release ?? '',
    previous: outcome.previous ?? '',
    commit: outcome.commit ?? '',
    url,
  };
}

/** The output `hosts`: how each of them ended, as JSON. */
export function hostsOutput(ends: readonly HostEnd[]): string {
  return JSON.stringify(ends.map(plainEnd));
}

/** How one host ended, for programs. */
export function plainEnd({ host, result, outcome, message }: HostEnd): object {
  const { release = null, previous = null } = outcome ?? {};
  return { host, result, release, previous, message };
}

/** Writes the Action's outputs. What became of the site does not depend on them: where the runner's disk is full a warning says so. */
export function setOutputs(values: Record<string, string>): void {
  try {
    for (const [name, value] of Object.entries(values)) core.setOutput(name, value);
  } catch (error) {
    warnUnwritten('outputs', error);
  }
}

/** Of what the job would have shown. */
export function warnUnwritten(what: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  core.warning(`the job's ${what} could not be written (${why}); the result stands`);
}

const PLAIN = { style: { head: [], border: [] } };

function backendRow({ backend, process, role, up, pid, until }: BackendStatus): string[] {
  return [
    backend,
    process,
    role,
    up ? 'up' : 'down',
    pid === null ? '' : String(pid),
    until === null ? '' : `until ${until}`,
  ];
}

function releaseRow({ id, commit, state, createdAt, links }: ReleaseStatus): string[] {
  return [id, commit.slice(0, 7), state, createdAt, links.join(', ')];
}

function table(head: string[], rows: string[][]): string {
  const made = new Table({ ...PLAIN, head });
  made.push(...rows.map((row) => row.map(plainLine)));
  return made.toString();
}

function offlineLine({ since, reason, until }: Offline): string {
  const parts = [since === null ? '' : ` since ${since}`, until === null ? '' : ` until ${until}`];
  return `Offline${parts.join('')}: visitors get the maintenance page${reason === null ? '' : ` (${reason})`}.`;
}

/** A site's state for people: who serves, which releases there are, what is under way. Ends without a line break. */
export function statusTable(status: StatusAnswer): string {
  const { site, host, root, mode, links, backends, releases, offline, stopped, missing, unfinished, holder } = status;
  const lines = [
    `${site} on ${host} (${root})`,
    links.current === null ? 'No release is live.' : `Live: ${links.current}`,
    ...(links.previous === null ? [] : [`A rollback goes to: ${links.previous}`]),
    ...(holder === null ? [] : [`Under way: ${holder}`]),
    ...(mode === 'single-user' ? ['Single-user mode: deploy, site and web server are not kept apart.'] : []),
    ...(stopped === null ? [] : [`Stopped by hand since ${stopped}, until \`start\`.`]),
    ...(offline === null ? [] : [offlineLine(offline)]),
    ...missing.map((what) => `Missing: ${what}`),
    ...(unfinished === null
      ? []
      : [`Not finished: ${unfinished}; the next command that changes something, or the timer, finishes or undoes it.`]),
  ];
  const tables = [
    ...(backends.length > 0
      ? [table(['Backend', 'Process', 'Role', 'State', 'PID', ''], backends.map(backendRow))]
      : []),
    ...(releases.length > 0
      ? [table(['Release', 'Commit', 'State', 'Created', 'Links'], releases.map(releaseRow))]
      : []),
  ];
  return [lines.map(plainLine).join('\n'), ...tables].join('\n\n');
}

/** A site's state for programs: the host's answer, without the wire's own `type`. */
export function plainStatus({ type: _, ...rest }: StatusAnswer): object {
  return rest;
}
