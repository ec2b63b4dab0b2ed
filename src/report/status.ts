import * as core from '@actions/core';
import { htmlEscape } from 'escape-goat';
import type { StatusAnswer } from '../protocol/messages.ts';
import { answer } from './answer.ts';
import { type Answers, jsonByHost, textByHost } from './by-host.ts';
import type { Log } from './log.ts';
import { plainStatus, statusTable } from './outputs.ts';

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
  answer(`${options.json ? json : table}\n`);
  if (!options.actions) return 0;
  core.setOutput(
    'release',
    alike(answers, ({ links }) => links.current),
  );
  core.setOutput(
    'previous',
    alike(answers, ({ links }) => links.previous),
  );
  core.setOutput(
    'commit',
    alike(answers, ({ links, releases }) => releases.find(({ id }) => id === links.current)?.commit),
  );
  core.setOutput('url', options.url);
  core.setOutput('status', json);
  if (process.env['GITHUB_STEP_SUMMARY']) {
    await core.summary.addRaw(`<pre>\n${htmlEscape(table)}\n</pre>\n`).write();
  }
  return 0;
}

/** What all hosts say alike; empty where they differ. */
function alike({ told }: Answers<StatusAnswer>, of: (answer: StatusAnswer) => string | null | undefined): string {
  const values = new Set(told.map((one) => of(one.answer) ?? ''));
  const [only = ''] = values;
  return values.size === 1 ? only : '';
}
