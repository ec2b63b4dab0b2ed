import type { Finding } from '../init/finding.ts';
import type { InitDone } from '../init/init.ts';
import { columns } from './columns.ts';

const MARKS: Record<Finding['mark'], string> = { found: '+ found', guessed: '? guessed', missing: '! to do' };

/** What was found, what was guessed, what is left to do, and what became of the files. Pure. */
export function initText({ findings, files, print }: InitDone): string {
  if (print) return files.map(({ path, text }) => `# ${path}\n${text}`).join('\n');
  const table = columns(findings.map(({ mark, what, value, why }) => [MARKS[mark], what, value, why]));
  const done = files.map(({ path, done }) => `${done} ${path}`).join('\n');
  return `${table}\n\n${done}\n\nNext: look at the lines marked "guessed", then \`graceful config\` shows what holds; the host, its key and the secrets: README, "First deploy", from step 5 on.\n`;
}
