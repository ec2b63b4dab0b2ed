import type { Failure } from '../protocol/messages.ts';
import { answerText, headline } from './annotations.ts';
import { block, link, type Part, text } from './html.ts';
import type { Report } from './summary.ts';
import { culprit } from './traceback.ts';

/** Most lines of a traceback that are shown; the innermost come last. */
const LONGEST = 60;

/** What went wrong, where in the site's own code, and what to do, then what the programs said. */
export function failureParts(
  failure: Failure,
  { repository, commits }: Pick<Report, 'repository' | 'commits'>,
): Part[] {
  const { answer } = failure;
  const found = culprit(failure.log);
  const { path, line } = found?.place ?? {};
  const commit = commits?.to ?? null;
  const where = path === undefined ? '' : `${path}:${line}`;
  const url = `${repository}/blob/${commit}/${(path ?? '').split('/').map(encodeURIComponent).join('/')}#L${line}`;
  const place = repository === null || commit === null ? `<code>${text(where)}</code>` : link(url, where);
  return [
    {
      name: 'failure',
      lines: [
        `<h3>${text(headline(failure))}</h3>`,
        `<p>${text(failure.what)}</p>`,
        ...(found?.error ? [`<p><code>${text(found.error)}</code>${where === '' ? '' : ` at ${place}`}</p>`] : []),
        ...(answer ? [`<p>Health answer: <b>${text(answerText(answer))}</b></p>`] : []),
        `<p><b>What to do:</b> ${text(failure.next)}</p>`,
      ],
      rank: 0,
    },
    { name: 'traceback', lines: block('Traceback', (found?.lines ?? []).slice(-LONGEST), true), rank: 2 },
    { name: 'log', lines: block('Last lines of the log', failure.log, found === undefined), rank: 3 },
    { name: 'health answer', lines: block('Body of the health answer', answer?.body ? [answer.body] : []), rank: 5 },
  ];
}
