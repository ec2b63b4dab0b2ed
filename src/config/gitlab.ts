import type { Origin } from '../protocol/messages.ts';
import type { Context } from './context.ts';

/** What a job of GitLab CI tells of itself in `CI_*`: its checkout has no branch that git could tell. */
export function gitlabContext(env: Readonly<Record<string, string | undefined>>): Pick<Context, 'ref' | 'origin'> {
  const { CI_COMMIT_TAG: tag, CI_COMMIT_BRANCH: branch, GITLAB_USER_LOGIN: actor } = env;
  const origin: Origin = {};
  if (actor) origin.actor = actor;
  const runUrl = env['CI_JOB_URL'] || env['CI_PIPELINE_URL'];
  if (runUrl) origin.runUrl = runUrl;
  // The pipelines of a project are counted together, whatever their jobs are called.
  const runNumber = Number(env['CI_PIPELINE_IID']);
  if (env['CI_PROJECT_PATH'] && Number.isSafeInteger(runNumber) && runNumber > 0) {
    origin.workflow = `GitLab ${env['CI_PROJECT_PATH']}`;
    origin.runNumber = runNumber;
  }
  // A pipeline of a merge request is of neither: there the stage has to be named.
  const ref = tag
    ? ({ kind: 'tag', name: tag } as const)
    : branch
      ? ({ kind: 'branch', name: branch } as const)
      : undefined;
  return { ref, origin };
}
