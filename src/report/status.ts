import * as core from '@actions/core';
import { htmlEscape } from 'escape-goat';
import type { StatusAnswer } from '../protocol/messages.ts';
import type { Log } from './log.ts';
import { statusJson, statusTable } from './outputs.ts';

/**
 * Tells a site's state: a table (JSON where asked for) on standard output; in a job also as outputs and in the summary.
 *
 * @returns what the process should exit with
 */
export async function reportStatus(
  log: Log,
  answer: StatusAnswer,
  options: { actions: boolean; json: boolean; url: string },
): Promise<number> {
  log.end();
  process.stdout.write(`${options.json ? statusJson(answer) : statusTable(answer)}\n`);
  if (!options.actions) return 0;
  const live = answer.releases.find(({ id }) => id === answer.links.current);
  core.setOutput('release', answer.links.current ?? '');
  core.setOutput('previous', answer.links.previous ?? '');
  core.setOutput('commit', live?.commit ?? '');
  core.setOutput('url', options.url);
  core.setOutput('status', statusJson(answer));
  if (process.env['GITHUB_STEP_SUMMARY']) {
    await core.summary.addRaw(`<pre>\n${htmlEscape(statusTable(answer))}\n</pre>\n`).write();
  }
  return 0;
}
