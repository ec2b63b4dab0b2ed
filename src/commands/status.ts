import type { Run } from '../config/types.ts';
import type {
  AskHistory,
  AskReleases,
  HistoryAnswer,
  ReleasesAnswer,
  StatusAnswer,
  VerifiedAnswer,
} from '../protocol/messages.ts';
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

/** Has the host look for damage. It waits for no operation either, and none waits for it. */
export async function verify(run: Run, log: Log): Promise<VerifiedAnswer> {
  const session = await greet(run, log);
  try {
    return await session.verify();
  } finally {
    session.close();
  }
}
