import type { Run } from '../config/types.ts';
import type { AskHistory, AskReleases, HistoryAnswer, ReleasesAnswer, StatusAnswer } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import { greet } from './host-session.ts';

/** Asks the host what it runs. Changes nothing and never waits for a running operation. */
export async function status(run: Run, log: Log): Promise<StatusAnswer> {
  const session = await greet(run, log, { type: 'status' });
  try {
    return await session.status();
  } finally {
    session.close();
  }
}

/** Asks the host for its releases, or for what was done with the site. Changes nothing and never waits either. */
export async function ask(
  run: Run,
  request: AskReleases | AskHistory,
  log: Log,
): Promise<ReleasesAnswer | HistoryAnswer> {
  const session = await greet(run, log, request);
  try {
    return request.type === 'releases' ? await session.releases() : await session.history(request.last);
  } finally {
    session.close();
  }
}
