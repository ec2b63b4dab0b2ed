/** What an operation brings, beside what served before: commits, packages, migrations. */
import type { Event } from '../protocol/messages.ts';
import { commitLink, link, text } from './html.ts';

export interface Commit {
  sha: string;
  /** First line of its message. */
  subject: string;
  author: string;
}

/** What lies between the release that served and the one that was to serve. */
export interface Commits {
  from: string;
  to: string;
  /** `to` is an ancestor of `from`: these commits are taken back. */
  back: boolean;
  /** Newest first; `count` of them in all. */
  shown: Commit[];
  count: number;
  /** Commits of `from` that `to` does not have, where each has some that the other has not. */
  lost: number;
}

/** Migrations that this operation has applied to the database, in their order. Pure. */
export function migrationsOf(events: readonly Event[]): string[] {
  return [...new Set(events.flatMap((event) => (event.kind === 'migrated' ? event.migrations : [])))];
}

/** As a list of the summary; nothing where nothing is known of it. Pure. */
export function changesLines(
  commits: Commits | null | undefined,
  packages: string | undefined,
  migrations: readonly string[],
  repository: string | null,
): string[] {
  const rows = [
    ...(commits ? commitLines(commits, repository) : []),
    ...(packages === undefined ? [] : [`<p><b>Packages:</b> ${text(packages)}</p>`]),
    ...(migrations.length === 0
      ? []
      : [`<p><b>Migrations applied:</b> ${migrations.map((name) => `<code>${text(name)}</code>`).join(', ')}</p>`]),
  ];
  return rows.length === 0 ? [] : ['<h3>What changed</h3>', ...rows];
}

function commitLines({ from, to, back, shown, count, lost }: Commits, repository: string | null): string[] {
  const many = `${count} commit${count === 1 ? '' : 's'}`;
  const words = back ? `${many} taken back` : many;
  const range = `${from.slice(0, 7)}...${to.slice(0, 7)}`;
  const ends = repository === null ? text(range) : link(`${repository}/compare/${from}...${to}`, range);
  if (count === 0) return [`<p><b>No other commit:</b> ${commitLink(to, repository)} as before</p>`];
  const items = shown.map(
    ({ sha, subject, author }) => `<li>${commitLink(sha, repository)} ${text(subject)} <i>(${text(author)})</i></li>`,
  );
  const more = count > shown.length ? [`<li>and ${count - shown.length} more</li>`] : [];
  const others = lost === 0 ? [] : [`<p>It lacks ${lost} of the commits that served before.</p>`];
  return [`<p><b>${words}</b> (${ends})</p>`, `<ul>${[...items, ...more].join('')}</ul>`, ...others];
}
