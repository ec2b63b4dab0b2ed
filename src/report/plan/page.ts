import { commitLink, fitted, folded, link, ROOM, table, text } from '../html.ts';
import { seconds } from '../text.ts';
import { alike, compareUrl, type DeployPlan, type HostPlan } from './plan.ts';
import { betweenText, commitText, diskLines, hostRows, migrationLines, orderLines, verdict } from './words.ts';

const lines = (all: readonly string[]): string => all.map(text).join('<br>');

function facts(rows: readonly (readonly [name: string, html: string])[]): string {
  return table(
    [],
    rows.map(([name, html]) => [`<b>${name}</b>`, html]),
  );
}

function commitCell(plan: DeployPlan, host: HostPlan): string {
  const url = compareUrl(plan, host.commit);
  const between = betweenText(host, plan.commit);
  const words = commitText(plan, host);
  return `${url === null ? text(words) : link(url, words)}${between === null ? '' : `<br>${text(between)}`}`;
}

function commitList({ repository }: DeployPlan, { commits }: HostPlan): string[] {
  if (commits === null || commits.count === 0) return [];
  const { shown, count } = commits;
  // In code GitHub takes no `@name` for a mention, and no `#1` for a link.
  const items = shown.map(
    ({ sha, subject }) => `<li>${commitLink(sha, repository)} <code>${text(subject)}</code></li>`,
  );
  const more = count > shown.length ? [`<li>and ${count - shown.length} more</li>`] : [];
  return folded('Commits', [`<ul>${[...items, ...more].join('')}</ul>`]);
}

/**
 * The plan as HTML, for the job's summary and a comment. Nothing in it is taken as Markdown. Pure.
 * @param room bytes
 */
export function planPage(plan: DeployPlan, room: number = ROOM): string {
  const { site, stage, url, runUrl, isUnchanged, phases } = plan;
  const groups = alike(plan.hosts);
  const migrations = migrationLines(plan).flatMap((each) => each.split('\n'));
  const together: [string, string][] = isUnchanged
    ? []
    : [
        ['Disk', lines(diskLines(plan))],
        ['Migrations', migrations.map((one) => `${one.startsWith(' ') ? '&emsp;' : ''}${text(one)}`).join('<br>')],
        ['Order', lines(orderLines(plan))],
      ];
  const steps = phases.map(({ name, ms, detail }) => [text(name), seconds(ms), text(detail)]);
  return fitted(
    [
      {
        name: 'plan',
        lines: [`<h2>📋 planned: ${text(site)} (${text(stage)})</h2>`, `<p>${text(verdict(plan))}</p>`],
        rank: 0,
      },
      ...groups.map(({ names, one }) => ({
        name: names.join(', '),
        lines: [
          facts([
            [names.length === 1 ? 'Host' : 'Hosts', text(names.join(', '))],
            ['Commit', commitCell(plan, one)],
            ...hostRows(plan, one).map(([name, told]) => [name, lines(told)] as const),
          ]),
          ...commitList(plan, one),
        ],
        rank: 2,
      })),
      {
        name: 'the whole',
        lines: [
          facts([
            // No order where nothing switches and nothing is migrated.
            ...together.filter(([, html]) => html !== ''),
            ['Address', link(url, url)],
            ...(runUrl === null ? [] : [['Run', link(runUrl, runUrl)] as const]),
          ]),
        ],
        rank: 1,
      },
      { name: 'steps', lines: folded('Steps', [table(['Step', 'Time', ''], steps)]), rank: 3 },
    ],
    room,
  );
}
