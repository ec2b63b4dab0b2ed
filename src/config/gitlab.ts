import type { Origin } from '../protocol/messages.ts';
import type { Context, Ref } from './context.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a job of GitLab CI tells of itself in `CI_*`: its checkout has no branch that git could tell. */
export function gitlabContext(env: Environment): Pick<Context, 'ref' | 'origin'> {
  const actor = env['GITLAB_USER_LOGIN'];
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
  return { ref: refOf(env), origin };
}

/** A pipeline of a merge request is of neither a branch nor a tag. It never counts as unknown: that may take the only stage. */
function refOf(env: Environment): Ref {
  const { CI_COMMIT_TAG: tag, CI_COMMIT_BRANCH: branch, CI_EXTERNAL_PULL_REQUEST_IID: pull } = env;
  // One of GitHub, of which GitLab has a mirror, and whose branch it may name too.
  if (pull) return { kind: 'pull request', name: pull };
  if (tag) return { kind: 'tag', name: tag };
  if (branch) return { kind: 'branch', name: branch };
  return { kind: 'merge request', name: env['CI_MERGE_REQUEST_IID'] || env['CI_COMMIT_REF_NAME'] || 'unknown' };
}
