import type { Run } from '../config/types.ts';
import { connectAll } from '../fleet/member.ts';
import type {
  AskHistory,
  AskReleases,
  HistoryAnswer,
  ReleasesAnswer,
  StatusAnswer,
  VerifiedAnswer,
} from '../protocol/messages.ts';
import type { Told } from '../report/by-host.ts';
import type { Log } from '../report/log.ts';

/** Asks the host what it runs. Changes nothing and never waits for a running operation. */
export async function status(run: Run, log: Log): Promise<Told<StatusAnswer>[]> {
  using hosts = await connectAll(run, log, { type: 'status' });
  return hosts.each(async ({ name, session }) => ({ host: name, answer: await session.status() }));
}

/** Asks the host for its releases, or for what was done with the site. Changes nothing and never waits either. */
export async function ask(
  run: Run,
  request: AskReleases | AskHistory,
  log: Log,
): Promise<Told<ReleasesAnswer | HistoryAnswer>[]> {
  using hosts = await connectAll(run, log, request);
  return hosts.each(async ({ name, session }) => ({
    host: name,
    answer: request.type === 'releases' ? await session.releases() : await session.history(request.last),
  }));
}

/** Has the host look for damage. It waits for no operation either, and none waits for it. */
export async function verify(run: Run, log: Log): Promise<Told<VerifiedAnswer>[]> {
  using hosts = await connectAll(run, log);
  return hosts.each(async ({ name, session }) => ({ host: name, answer: await session.verify() }));
}
