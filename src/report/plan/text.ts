import { plainLine } from '../text.ts';
import { alike, compareUrl, type DeployPlan, type HostPlan } from './plan.ts';
import { betweenText, commitText, diskLines, hostRows, migrationLines, orderLines, verdict } from './words.ts';

const NAME_WIDTH = 16;

/** A name, and its lines below each other; what is indented stays so. */
function row(name: string, lines: readonly string[]): string[] {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line, index) => {
      const indent = /^ */.exec(line)?.[0] ?? '';
      return `${(index === 0 ? name : '').padEnd(NAME_WIDTH)}${indent}${plainLine(line)}`;
    });
}

function commitRow(plan: DeployPlan, host: HostPlan): string[] {
  const told = [compareUrl(plan, host.commit), betweenText(host, plan.commit)].filter((line) => line !== null);
  const { shown = [], count = 0, back = false } = host.commits ?? {};
  const each = shown.map(({ sha, subject }) => `  ${back ? '-' : '+'} ${sha.slice(0, 7)} ${subject}`);
  const more = count > shown.length ? [`  and ${count - shown.length} more`] : [];
  return row('Commit', [commitText(plan, host), ...told, ...each, ...more]);
}

/** The plan for the log and a terminal. Pure. */
export function planText(plan: DeployPlan): string[] {
  const hosts = alike(plan.hosts).flatMap(({ names, one }) => [
    `${names.join(', ')}:`,
    ...commitRow(plan, one),
    ...hostRows(plan, one).flatMap(([name, lines]) => row(name, lines)),
  ]);
  const all = plan.isUnchanged
    ? []
    : [...row('Disk', diskLines(plan)), ...row('Migrations', migrationLines(plan)), ...row('Order', orderLines(plan))];
  return [verdict(plan), ...hosts, ...all];
}
