import type { Run } from '../../config/types.ts';
import { COMMENT_ROOM, keepComment } from '../../github/comment.ts';
import { GitHubError, mendOf } from '../../github/error.ts';
import { answer } from '../answer.ts';
import type { Log } from '../log.ts';
import { setOutputs } from '../outputs.ts';
import { writeText } from '../summary.ts';
import { planOutput } from './output.ts';
import { planPage } from './page.ts';
import { type DeployPlan, plainPlan } from './plan.ts';
import { planText } from './text.ts';

/**
 * Tells a plan: in the log (as JSON where asked for), in a job also in its summary, as outputs, and where the run says so in a comment of
 * its pull request.
 *
 * @returns what the process should exit with
 */
export async function reportPlan(log: Log, plan: DeployPlan, run: Run, actions: boolean): Promise<number> {
  log.phase('Result');
  const [verdict = '', ...lines] = planText(plan);
  if (run.json) answer(`${JSON.stringify(plainPlan(plan), null, 2)}\n`, true);
  else for (const line of lines) log.info(line);
  log.end();
  log.step(`planned: ${verdict}`, true);
  if (actions) {
    const same = (of: (host: DeployPlan['hosts'][number]) => string | null): string => {
      const [first = '', ...others] = new Set(plan.hosts.map((host) => of(host) ?? ''));
      return others.length === 0 ? first : '';
    };
    setOutputs({
      result: 'planned',
      release: same(({ release }) => release),
      commit: same(({ commit }) => commit),
      url: plan.url,
      plan: planOutput(plan),
    });
    await writeText(planPage(plan));
  }
  if (run.planComment) await comment(log, plan, run);
  return 0;
}

/** Nobody's deploy depends on a comment: what keeps it from being written is told, and no failure. */
async function comment(log: Log, plan: DeployPlan, { github, pullRequest }: Run): Promise<void> {
  const without = 'the plan is not told in a comment';
  if (pullRequest === undefined) return log.notice(`${without}: this run is about no pull request`);
  if (github === undefined) return log.notice(`${without}: there is no token for GitHub (input \`token\`)`);
  const marker = `<!-- graceful plan: ${plan.site} ${plan.stage} -->`;
  try {
    await keepComment(github, pullRequest, { marker, page: planPage(plan, COMMENT_ROOM) });
  } catch (error) {
    if (!(error instanceof GitHubError)) throw error;
    log.notice(`${without}: ${error.message}. ${mendOf(error, 'pull-requests: write')}`);
  }
}
