import { changesOf, timesOf } from './detail-outputs.ts';
import { downtimeOf } from './downtime.ts';
import { plainEnd } from './outputs.ts';
import { endsOf, type Report } from './summary.ts';

/** How an operation ended, for programs: what the Action tells in its outputs, as one object. Pure. */
export function plainOutcome(report: Report): object {
  const { command, stage, site, url, outcome, sent, tried = null } = report;
  const { result, release, previous, commit, message, failure } = outcome;
  return {
    command,
    stage,
    site,
    url,
    result,
    message,
    release,
    previous,
    commit,
    tried,
    failure,
    hosts: endsOf(report).map(plainEnd),
    changes: changesOf(report),
    downtime: downtimeOf(report),
    sent,
    times: timesOf(report),
  };
}
