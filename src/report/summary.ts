import * as core from '@actions/core';
import type { Command } from '../config/commands.ts';
import type { HostEnd } from '../fleet/whole.ts';
import type { Downtime, Outcome, Result } from '../protocol/messages.ts';
import { type Commits, changesLines, migrationsOf } from './changes.ts';
import { downtimeLines } from './downtime.ts';
import { failureParts } from './failure.ts';
import { block, fitted, folded, link, type Part, table, text } from './html.ts';
import { warnUnwritten } from './outputs.ts';
import { seconds, size } from './text.ts';
import { gantt, type Heard, type HostRows, type Row, steps } from './timeline.ts';

/** What a deploy sent to the host. */
export interface Sent {
  objects: number;
  bytes: number;
  /** `built` in this run, `cached` from the Actions cache, `reused` because the host has it. */
  env: 'built' | 'cached' | 'reused';
}

/** Everything that a job summary tells. */
export interface Report {
  command: Command;
  stage: string;
  site: string;
  /** Names of the hosts as the person gave them, with commas between. */
  host: string;
  /** How each host ended, where there are several. */
  hosts?: readonly HostEnd[] | undefined;
  url: string;
  outcome: Outcome;
  /** The release that this run made or asked for, where there is one: shown when it does not serve. */
  tried?: string | undefined;
  /** Web address of the repository, `https://github.com/owner/name`; null outside GitHub. */
  repository: string | null;
  /** What served before, and what was to serve; null where there was none, or nobody knows. */
  commits?: { from: string | null; to: string | null } | undefined;
  /** What lies between the two; only where that was looked up. */
  between?: Commits | null | undefined;
  /** The runner's own phases, before the host's steps. */
  phases: Row[];
  events: readonly Heard[];
  /** What the runner saw of the switch at the public URL; null where it did not look. */
  seen?: Downtime | null | undefined;
  /** Null when nothing had to be sent. */
  sent: Sent | null;
  /** What is installed, beside the release before; only where something was deployed. */
  packages?: string | undefined;
}

/** Beside the result's own word, which is the same everywhere. */
const MARKS: Record<Result, string> = {
  live: '✅',
  unchanged: '✅',
  done: '✅',
  'fell-back': '❌',
  failed: '❌',
  superseded: '⏭️',
  split: '❌',
  'not-reverted': '❌',
};

/** Others are no host's own. */
const isOwn = (result: HostEnd['result']): result is Result => Object.hasOwn(MARKS, result);
const marks = (result: HostEnd['result']): string => MARKS[isOwn(result) ? result : 'failed'];

/** `20261122T043400Z-abcdef1`, with its commit linked where the repository is known. */
function releaseCell(release: string | null, repository: string | null): string {
  if (release === null) return 'none';
  const commit = /-([0-9a-f]{7})$/.exec(release)?.[1];
  const linked =
    repository !== null && commit !== undefined ? ` (${link(`${repository}/commit/${commit}`, commit)})` : '';
  return `<code>${text(release)}</code>${linked}`;
}

/** `old → new`, or the one that goes on serving, beside the one that was tried. */
function releaseText({ outcome, tried, repository }: Report): string {
  const { release, previous } = outcome;
  const cell = (id: string | null) => releaseCell(id, repository);
  if (release !== previous) return `${cell(previous)} → ${cell(release)}`;
  const word = outcome.result === 'done' ? 'staged' : 'tried';
  const attempt = tried === undefined || tried === release ? '' : `; ${word}: ${cell(tried)}`;
  return `${cell(release)}, as before${attempt}`;
}

/** How each host ended, of one host too. */
export function endsOf({ host, hosts, outcome, events }: Report): readonly HostEnd[] {
  return hosts ?? [{ host, result: outcome.result, outcome, message: outcome.message, events }];
}

const ENV_WORDS: Record<Sent['env'], string> = {
  built: 'environment built in this run',
  cached: 'environment from the cache',
  reused: 'environment already on the host',
};

function sentText(sent: Sent | null): string {
  return sent === null ? 'nothing' : `${sent.objects} objects, ${size(sent.bytes)}; ${ENV_WORDS[sent.env]}`;
}

function hostsTable(hosts: readonly HostEnd[], repository: string | null): string {
  return table(
    ['Host', 'Result', 'Release', 'Downtime', ''],
    hosts.map(({ host, result, outcome, message, events }) => [
      text(host),
      `${marks(result)} ${result}`,
      releaseCell(outcome?.release ?? null, repository),
      downtimeLines({ events }).map(text).join('<br>'),
      text(message),
    ]),
  );
}

function factsTable(report: Report): string {
  const { command, stage, site, host, url, hosts } = report;
  // Each host's own stands in the table of hosts.
  const downtime = downtimeLines(hosts === undefined ? report : { events: [], seen: report.seen });
  const facts = [
    ['Stage', text(stage)],
    ['Site', `${text(site)} on ${text(host)}`],
    ['Address', link(url, url)],
    ['Release', releaseText(report)],
    ...(command === 'deploy' || command === 'stage' ? [['Sent', sentText(report.sent)]] : []),
    ...(downtime.length === 0 ? [] : [['Downtime', downtime.map(text).join('<br>')]]),
  ];
  return table(
    [],
    facts.map(([name = '', value = '']) => [`<b>${name}</b>`, value]),
  );
}

function stepsTable(phases: readonly Row[], hosts: readonly HostRows[]): string {
  const named = hosts.flatMap(({ host, rows }) =>
    hosts.length === 1 ? rows : rows.map((row) => ({ ...row, name: `${host}: ${row.name}` })),
  );
  return table(
    ['Step', 'Time', ''],
    [...phases, ...named].map(({ name, ms, detail, good }) => [
      `${good ? '' : '❌ '}${text(name)}`,
      seconds(ms),
      text(detail),
    ]),
  );
}

/** The job summary, the result first: HTML, but for the drawing. */
export function renderSummary(report: Report): string {
  const { stage, site, outcome, hosts, repository, phases, packages, between } = report;
  const did: HostRows[] = endsOf(report).map(({ host, events }) => ({ host, rows: steps(events) }));
  const migrations = migrationsOf(report.events);
  const parts: Part[] = [
    {
      name: 'result',
      lines: [
        `<h2>${MARKS[outcome.result]} ${outcome.result}: ${text(site)} (${text(stage)})</h2>`,
        `<p>${outcome.message.split('\n').map(text).join('<br>')}</p>`,
      ],
      rank: 0,
    },
    ...(outcome.failure ? failureParts(outcome.failure, report) : []),
    { name: 'facts', lines: [factsTable(report)], rank: 0 },
    { name: 'hosts', lines: hosts === undefined ? [] : [hostsTable(hosts, repository)], rank: 1 },
    { name: 'what changed', lines: changesLines(between, packages, migrations, repository), rank: 4 },
    { name: 'timeline', lines: gantt(phases, did), rank: 6 },
    { name: 'steps', lines: folded('Steps', [stepsTable(phases, did)]), rank: 7 },
  ];
  return fitted(parts);
}

/** The summary of a run that ended before the host was asked to change anything. */
export function renderError(title: string, lines: readonly string[], output: readonly string[]): string {
  return fitted([
    { name: 'result', lines: [`<h2>❌ ${text(title)}</h2>`], rank: 0 },
    { name: 'faults', lines: lines.map((line) => `<p>${text(line)}</p>`), rank: 1 },
    { name: 'output', lines: block('Output', output, true), rank: 2 },
  ]);
}

/** Writes the summary of this job, where there is one. */
export async function writeSummary(report: Report): Promise<void> {
  await writeText(renderSummary(report));
}

/** Adds HTML to the summary of this job, where there is one. */
export async function writeText(html: string): Promise<void> {
  if (!process.env['GITHUB_STEP_SUMMARY']) return;
  try {
    await core.summary.addRaw(html).write();
  } catch (error) {
    warnUnwritten('summary', error);
  }
}
