import type { Run } from '../config/types.ts';
import type { Outcome } from '../protocol/messages.ts';
import type { Report } from '../report/summary.ts';
import type { Phases } from './phases.ts';
import { repositoryOf } from './release.ts';

/** What a job summary tells of a run that ended in an outcome; events and what was sent are added where there are any. */
export function makeReport(run: Run, phases: Phases, outcome: Outcome): Report {
  const { stage, command } = run;
  return {
    command,
    stage: stage.name,
    site: stage.site,
    host: stage.hosts.map(({ host }) => host).join(', '),
    url: stage.url,
    outcome,
    repository: repositoryOf(run),
    phases: phases.rows,
    events: [],
    sent: null,
  };
}
