import { htmlEscape } from 'escape-goat';
import type { StatusAnswer } from '../protocol/messages.ts';
import { answer } from './answer.ts';
import { type Answers, jsonByHost, textByHost } from './by-host.ts';
import { fitted } from './html.ts';
import type { Log } from './log.ts';
import { plainStatus, setOutputs, statusTable } from './outputs.ts';
import { writeText } from './summary.ts';

/**
 * Tells a site's state: a table (JSON where asked for) on standard output; in a job also as outputs and in the summary.
 *
 * @returns what the process should exit with
 */
export async function reportStatus(
  log: Log,
  answers: Answers<StatusAnswer>,
  options: { actions: boolean; json: boolean; url: string },
): Promise<number> {
  log.end();
  const [table, json] = [textByHost(answers, statusTable), jsonByHost(answers, plainStatus)];
  answer(`${options.json ? json : table}\n`, options.json);
  if (!options.actions) return 0;
  setOutputs({
    release: alike(answers, ({ links }) => links.current),
    previous: alike(answers, ({ links }) => links.previous),
    commit: alike(answers, ({ links, releases }) => releases.find(({ id }) => id === links.current)?.commit),
    url: options.url,
    status: json,
  });
  await writeText(fitted([{ name: 'the state of the site', lines: ['<pre>', htmlEscape(table), '</pre>'], rank: 1 }]));
  return 0;
}

/** What all hosts say alike; empty where they differ. */
function alike({ told }: Answers<StatusAnswer>, of: (answer: StatusAnswer) => string | null | undefined): string {
  const values = new Set(told.map((one) => of(one.answer) ?? ''));
  const [only = ''] = values;
  return values.size === 1 ? only : '';
}
