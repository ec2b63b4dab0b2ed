/** When each phase of the runner and each step of a host was. */
import type { Event } from '../protocol/messages.ts';
import { plainLine, seconds } from './text.ts';

/** One thing the runner did, or one step of the host's. */
export interface Row {
  name: string;
  /** By the runner's clock, milliseconds since 1970. */
  began: number;
  ms: number;
  detail: string;
  good: boolean;
}

/** An event with the time at which the runner heard of it, milliseconds since 1970. */
export type Heard = Event & { heard: number };

/** Hears an event now. */
export function heard(event: Event): Heard {
  return { ...event, heard: Date.now() };
}

/** What one host did. */
export interface HostRows {
  host: string;
  rows: Row[];
}

/**
 * A host's steps that ended, in the order of their ends. Hosts' clocks may be wrong: the event that was on its way for the shortest
 * time says by how much. Pure.
 */
export function steps(events: readonly Heard[]): Row[] {
  const wrong = Math.min(...events.map(({ heard, at }) => heard - Date.parse(at)).filter(Number.isFinite));
  return events.flatMap((event) => {
    if (event.kind !== 'step' || event.status === 'begin') return [];
    const { step: name, ms, detail } = event;
    const ended = Number.isFinite(wrong) ? Date.parse(event.at) + wrong : event.heard;
    return [{ name, began: Math.round(ended - ms), ms, detail, good: event.status === 'end' }];
  });
}

/** So many hosts are drawn; more would be too small to read. */
const HOSTS = 12;
/** Below this many milliseconds a clock's seconds are too coarse. */
const SHORT = 10_000;

/** The same as a drawing in Mermaid, in a block of Markdown; nothing where there is nothing to compare. Pure. */
export function gantt(phases: readonly Row[], hosts: readonly HostRows[]): string[] {
  const drawn = [
    { host: 'runner', rows: phases },
    // Those that failed are what one looks for.
    ...hosts.toSorted((a, b) => Number(isGood(a)) - Number(isGood(b))).slice(0, HOSTS),
  ].filter(({ rows }) => rows.length > 0);
  const all = drawn.flatMap(({ rows }) => rows);
  if (all.length < 2) return [];
  const ms = Math.max(...all.map(({ began, ms }) => began + ms)) - Math.min(...all.map(({ began }) => began));
  return [
    '',
    '```mermaid',
    'gantt',
    '    dateFormat x',
    `    axisFormat %H:%M:%S${ms < SHORT ? '.%L' : ''}`,
    ...drawn.flatMap(({ host, rows }) => [`    section ${label(host)}`, ...rows.map(bar)]),
    '```',
    '',
  ];
}

function isGood({ rows }: HostRows): boolean {
  return rows.every(({ good }) => good);
}

function bar({ name, began, ms, good }: Row): string {
  const words = `${label(name)} ${good ? '' : 'failed after '}${seconds(ms)}`;
  return `    ${words} :${good ? '' : 'crit, '}${began}, ${began + Math.max(1, ms)}`;
}

/** Whatever means something to Mermaid or Markdown becomes a blank; names of steps are this program's own words. */
function label(name: string): string {
  return plainLine(name.replace(/[^\p{L}\p{N}._-]+/gu, ' ')).slice(0, 80) || 'unnamed';
}
