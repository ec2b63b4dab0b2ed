import * as core from '@actions/core';
import { htmlEscape } from 'escape-goat';
import type { Command } from '../config/commands.ts';
import type { HostEnd } from '../fleet/whole.ts';
import type { Downtime, Event, Failure, Outcome, Result } from '../protocol/messages.ts';
import { answerText, headline } from './annotations.ts';
import { downtimeLines } from './downtime.ts';
import { plainLine, plainLines, seconds, size } from './text.ts';

/** One thing the runner did, or one step of the host's. */
export interface Row {
  name: string;
  ms: number;
  detail: string;
  good: boolean;
}

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
  /** The runner's own phases, before the host's steps. */
  phases: Row[];
  events: readonly Event[];
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

const text = (value: string): string => htmlEscape(plainLine(value));
const link = (url: string, label: string): string => `<a href="${htmlEscape(url)}">${text(label)}</a>`;

function table(head: string[], rows: string[][]): string {
  const line = (tag: string, cells: string[]) => `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${head.length > 0 ? line('th', head) : ''}${rows.map((row) => line('td', row)).join('')}</table>`;
}

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

/** The host's steps that ended, in the order of their ends; of several hosts one after the other, each under its name. */
export function timeline({ events, hosts }: Pick<Report, 'events' | 'hosts'>): Row[] {
  if (hosts !== undefined) {
    return hosts.flatMap(({ host, events: own }) =>
      timeline({ events: own }).map((row) => ({ ...row, name: `${host}: ${row.name}` })),
    );
  }
  return events.flatMap((event) =>
    event.kind === 'step' && event.status !== 'begin'
      ? [{ name: event.step, ms: event.ms, detail: event.detail, good: event.status === 'end' }]
      : [],
  );
}

const ENV_WORDS: Record<Sent['env'], string> = {
  built: 'environment built in this run',
  cached: 'environment from the cache',
  reused: 'environment already on the host',
};

function sentText(sent: Sent | null): string {
  return sent === null ? 'nothing' : `${sent.objects} objects, ${size(sent.bytes)}; ${ENV_WORDS[sent.env]}`;
}

/** `<pre>` starts a line of its own: what stands in it is then taken as it is, empty lines too. */
function block(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const body = htmlEscape(lines.flatMap(plainLines).join('\n'));
  return [`<details><summary>${title}</summary>`, '', `<pre>\n${body}\n</pre>`, '', '</details>'];
}

function failureBlock(failure: Failure): string[] {
  const answer = failure.answer;
  return [
    `<h3>${text(headline(failure))}</h3>`,
    `<p>${text(failure.what)}</p>`,
    ...(answer ? [`<p>Health answer: <b>${text(answerText(answer))}</b></p>`] : []),
    `<p><b>What to do:</b> ${text(failure.next)}</p>`,
    ...block('Body of the health answer', answer?.body ? [answer.body] : []),
    ...block('Last lines of the log', failure.log),
  ];
}

function hostsTable(hosts: readonly HostEnd[], repository: string | null): string {
  return table(
    ['Host', 'Result', 'Release', ''],
    hosts.map(({ host, result, outcome, message }) => [
      text(host),
      `${marks(result)} ${result}`,
      releaseCell(outcome?.release ?? null, repository),
      text(message),
    ]),
  );
}

/** The job summary as HTML lines, the result first. Nothing in it is taken as Markdown. */
export function renderSummary(report: Report): string {
  const { command, stage, site, host, url, outcome } = report;
  const downtime = downtimeLines(report);
  const rows = [...report.phases, ...timeline(report)];
  const facts = [
    ['Stage', text(stage)],
    ['Site', `${text(site)} on ${text(host)}`],
    ['Address', link(url, url)],
    ['Release', releaseText(report)],
    ...(command === 'deploy' || command === 'stage' ? [['Sent', sentText(report.sent)]] : []),
    ...(downtime.length === 0 ? [] : [['Downtime', downtime.map(text).join('<br>')]]),
    ...(report.packages === undefined ? [] : [['Packages', text(report.packages)]]),
  ];
  return [
    `<h2>${MARKS[outcome.result]} ${outcome.result}: ${text(site)} (${text(stage)})</h2>`,
    `<p>${text(outcome.message)}</p>`,
    table(
      [],
      facts.map(([name = '', value = '']) => [`<b>${name}</b>`, value]),
    ),
    ...(outcome.failure ? failureBlock(outcome.failure) : []),
    ...(report.hosts === undefined ? [] : [hostsTable(report.hosts, report.repository)]),
    table(
      ['Step', 'Time', ''],
      rows.map(({ name, ms, detail, good }) => [`${good ? '' : '❌ '}${text(name)}`, seconds(ms), text(detail)]),
    ),
    '',
  ].join('\n');
}

/** The summary of a run that ended before the host was asked to change anything. */
export function renderError(title: string, lines: readonly string[], output: readonly string[]): string {
  return [
    `<h2>❌ ${text(title)}</h2>`,
    ...lines.map((line) => `<p>${text(line)}</p>`),
    ...block('Output', output),
    '',
  ].join('\n');
}

/** Writes the summary of this job, where there is one. */
export async function writeSummary(report: Report): Promise<void> {
  await writeText(renderSummary(report));
}

/** Adds HTML to the summary of this job, where there is one. */
export async function writeText(html: string): Promise<void> {
  if (process.env['GITHUB_STEP_SUMMARY']) await core.summary.addRaw(html).write();
}
