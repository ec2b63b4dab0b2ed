import type { LoadRecord } from './load.ts';

/** What a load saw, as numbers to assert. */
export interface LoadSummary {
  readonly requests: number;
  readonly posts: number;
  /** No whole answer, or one that is neither 2xx nor 3xx. */
  readonly failed: number;
  /** Some of those, each on a line, for an assertion's message. */
  readonly failures: readonly string[];
  /** Milliseconds. */
  readonly median: number;
  readonly worst: number;
  /** The releases that answered, in the order in which each first did. */
  readonly releases: readonly string[];
  /** Those of them that answered a request which was sent after a later one had answered in full. */
  readonly returned: readonly string[];
  /** Exactly two releases answered, and the first never again after the second. */
  readonly changedOnce: boolean;
  /** The versions that pages said, in the order in which each first did. */
  readonly versions: readonly string[];
  readonly styleSheets: number;
  /** Style sheets of another version than the page that named them, or missing. */
  readonly mismatched: number;
}

export function summarise(records: readonly LoadRecord[]): LoadSummary {
  const failures = records.filter(({ status }) => status === null || status < 200 || status >= 400);
  const latencies = records.map(({ latency }) => latency).sort((a, b) => a - b);
  const sheets = records.filter(({ pageVersion }) => pageVersion !== null);
  const releases = order(records, 'release');
  const returned = releases.filter((release, place) => cameBack(records, release, releases.slice(place + 1)));
  return {
    requests: records.length,
    posts: records.filter(({ method }) => method === 'POST').length,
    failed: failures.length,
    failures: failures.slice(0, 10).map(line),
    median: latencies[Math.floor(latencies.length / 2)] ?? 0,
    worst: latencies.at(-1) ?? 0,
    releases,
    returned,
    changedOnce: releases.length === 2 && returned.length === 0,
    versions: order(
      records.filter(({ pageVersion }) => pageVersion === null),
      'version',
    ),
    styleSheets: sheets.length,
    mismatched: sheets.filter(({ version, pageVersion }) => version !== pageVersion).length,
  };
}

const end = (record: LoadRecord): number => record.start + record.latency;

function order(records: readonly LoadRecord[], key: 'release' | 'version'): string[] {
  const seen = new Set<string>();
  for (const record of records.toSorted((a, b) => end(a) - end(b))) {
    const value = record[key];
    if (value !== null) seen.add(value);
  }
  return [...seen];
}

/**
 * Requests overlap, so that an old answer may well end after a new one. The old one is back only if it answered what was
 * sent when a new answer was already there in full.
 */
function cameBack(records: readonly LoadRecord[], old: string, later: readonly string[]): boolean {
  const news = records.filter(({ release }) => release !== null && later.includes(release)).map(end);
  const first = Math.min(...news);
  return records.some((record) => record.release === old && record.start > first);
}

function line({ start, latency, method, path, status, error, release }: LoadRecord): string {
  const time = new Date(start).toISOString();
  return `${time} ${method} ${path}: ${status ?? error} after ${latency.toFixed(0)} ms (${release ?? 'no release'})`;
}
