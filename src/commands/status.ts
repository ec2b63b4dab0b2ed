import type { Run } from '../config/types.ts';
import { connectAll, type Member, type Members } from '../fleet/member.ts';
import type {
  Ask,
  AskHistory,
  AskReleases,
  HistoryAnswer,
  ReleasesAnswer,
  StatusAnswer,
  VerifiedAnswer,
} from '../protocol/messages.ts';
import type { Answers } from '../report/by-host.ts';
import type { Log } from '../report/log.ts';

/** Asks the hosts what they run. Changes nothing and never waits for a running operation. */
export async function status(run: Run, log: Log): Promise<Answers<StatusAnswer>> {
  using hosts = await reachable(run, log, { type: 'status' });
  return await tell(hosts, ({ session }) => session.status());
}

/** Asks the hosts for their releases, or for what was done with the site. Changes nothing and never waits either. */
export async function ask(
  run: Run,
  request: AskReleases | AskHistory,
  log: Log,
): Promise<Answers<ReleasesAnswer | HistoryAnswer>> {
  using hosts = await reachable(run, log, request);
  return await tell<ReleasesAnswer | HistoryAnswer>(hosts, ({ session }) =>
    request.type === 'releases' ? session.releases() : session.history(request.last),
  );
}

/** Has the hosts look for damage. They wait for no operation either, and none waits for them. */
export async function verify(run: Run, log: Log): Promise<Answers<VerifiedAnswer>> {
  using hosts = await reachable(run, log);
  return await tell(hosts, ({ session }) => session.verify());
}

/** Of several hosts those that can be reached: what one of them knows is told although another is down. */
function reachable(run: Run, log: Log, question?: Ask): Promise<Members> {
  const waves = { ...run.stage.waves, unreachable: 'skip' as const, maxFail: run.logins.length };
  return connectAll({ ...run, stage: { ...run.stage, waves } }, log, { ask: question });
}

async function tell<Answer>(hosts: Members, answer: (member: Member) => Promise<Answer>): Promise<Answers<Answer>> {
  const told = await hosts.each(async (member) => ({ host: member.name, answer: await answer(member) }));
  return { told, away: [...hosts.away] };
}
