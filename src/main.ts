import { go } from './commands/going.ts';
import { change, showLogs } from './commands/host-verb.ts';
import { learn } from './commands/outcome.ts';
import { hearSignals, untilSignal } from './commands/signals.ts';
import { ask, status, verify } from './commands/status.ts';
import { loadTask, type Surroundings, type Task } from './config/load-run.ts';
import type { Run } from './config/types.ts';
import { Deployment } from './github/deployment.ts';
import type { Begin, Question } from './protocol/messages.ts';
import { answer } from './report/answer.ts';
import { reportBuild } from './report/build.ts';
import type { Answers } from './report/by-host.ts';
import { type Clean, cleanLog, cleanReport } from './report/clean.ts';
import { reportError } from './report/error.ts';
import { reportOutcome } from './report/finish.ts';
import { initText } from './report/init.ts';
import { actionsLog, type Log, terminalLog } from './report/log.ts';
import { EXIT, setOutputs } from './report/outputs.ts';
import { settingsJson, settingsTable } from './report/settings.ts';
import { reportStatus } from './report/status.ts';
import type { Report } from './report/summary.ts';
import { reportTold } from './report/telling.ts';
import { reportVerified } from './report/verified.ts';
import { redact } from './secrets.ts';
import { VERSION } from './version.ts';

/** The whole program, as the Action and as a command. @returns what the process should exit with */
export async function main(from: Surroundings): Promise<number> {
  // In a job of GitHub Actions logs have groups, faults are annotations, and results are outputs.
  const actions = from.env['GITHUB_ACTIONS'] === 'true';
  const log = actions ? actionsLog() : terminalLog();
  // Not every CI system masks what it was told to, and none does in a summary.
  let secrets: string[] = [];
  let deployment: Deployment | undefined;
  const clean = (text: string) => redact(text, secrets);
  try {
    const task = loadTask(from, VERSION);
    if (task === null) return 0;
    if (task.kind !== 'run') return await look(task);
    const { run } = task;
    secrets = [...Object.values(run.env), ...(run.github ? [run.github.token] : [])];
    deployment = new Deployment(run, cleanLog(log, clean));
    return await perform(run, cleanLog(log, clean), clean, actions, deployment);
  } catch (error) {
    const code = await reportError(error, log, clean, actions);
    tellDeployment(await deployment?.broke(clean(error instanceof Error ? error.message : String(error))), actions);
    return code;
  }
}

/** What concerns the project alone, and no host. */
async function look(task: Exclude<Task, { kind: 'run' }>): Promise<number> {
  const { init, settings } = await import('./commands/releasing.ts');
  if (task.kind === 'init') {
    answer(initText(await init(task.wanted)));
    return 0;
  }
  const found = await settings(task.wanted);
  const { json } = task.wanted;
  answer(`${json ? settingsJson(found) : settingsTable(found)}\n`, json);
  return 0;
}

async function perform(run: Run, log: Log, clean: Clean, actions: boolean, deployment: Deployment): Promise<number> {
  switch (run.command) {
    case 'deploy':
    case 'stage':
    case 'promote':
    case 'build':
      return release(run, log, clean, actions, deployment);
    case 'status':
      return tellAll(log, await status(run, log), (told) =>
        reportStatus(log, told, { actions, json: run.json, url: run.stage.url }),
      );
    default:
      if (run.request !== undefined) return hostVerb(run, run.request, log, clean, actions);
      return tellEnd(run, await go(run, log), log, clean, actions, deployment);
  }
}

/** What makes a release, or takes another stage's. */
async function release(run: Run, log: Log, clean: Clean, actions: boolean, deployment: Deployment): Promise<number> {
  const { buildArtifact, cleanPlan, deploy, fromStage, reportPlan } = await import('./commands/releasing.ts');
  if (run.command === 'build') return reportBuild(log, await buildArtifact(run, log), actions, run.json);
  const begun = (commit: string) => deployment.begin(commit);
  const { told, keep } = await deploy(run, log, run.command === 'promote' ? fromStage : undefined, begun);
  const code =
    'outcome' in told
      ? await tellEnd(run, told, log, clean, actions, deployment)
      : await reportPlan(log, cleanPlan(told, clean), run, actions);
  // Last, as it may take long, and a job that is cancelled is ended in some seconds.
  await untilSignal(keep);
  return code;
}

/**
 * Reports an operation that may have brought another release, with what lies between the two. A job that is cancelled meanwhile is told to
 * the end all the same.
 */
async function tellEnd(
  run: Run,
  report: Report,
  log: Log,
  clean: Clean,
  actions: boolean,
  deployment: Deployment,
): Promise<number> {
  const unhear = hearSignals(() => {});
  try {
    const told = cleanReport(actions || run.json ? await withCommits(run, report) : report, clean);
    const code = await reportOutcome(log, told, actions, run.json);
    tellDeployment(await deployment.end(told), actions);
    return code;
  } finally {
    unhear();
  }
}

function tellDeployment(id: number | undefined, actions: boolean): void {
  if (actions && id !== undefined) setOutputs({ deployment: String(id) });
}

async function withCommits(run: Run, report: Report): Promise<Report> {
  if (report.commits === undefined) return report;
  const { commitsBetween } = await import('./commands/commits.ts');
  // A job that was cancelled has no time to ask GitHub.
  const isLive = report.outcome.result === 'live';
  return { ...report, between: await commitsBetween(isLive ? run : { ...run, github: undefined }, report.commits) };
}

/** Reports what hosts told, and names those that could not be asked. */
async function tellAll<Answer>(
  log: Log,
  answers: Answers<Answer>,
  report: (told: Answers<Answer>) => number | Promise<number>,
): Promise<number> {
  const code = await report(answers);
  for (const { name, error } of answers.away) log.error(`${name} could not be asked: ${error.what}`);
  return answers.away.length === 0 ? code : EXIT.unavailable;
}

/** The verbs that need nothing but the host. */
async function hostVerb(
  run: Run,
  request: Begin | Question,
  log: Log,
  clean: Clean,
  actions: boolean,
): Promise<number> {
  switch (request.type) {
    case 'releases':
    case 'history':
      return tellAll(log, await ask(run, request, log), (told) => reportTold(log, told, run.json));
    case 'verify':
      return tellAll(log, await verify(run, log), (told) => reportVerified(log, told, run.json));
    case 'outcome':
      return reportOutcome(log, cleanReport(await learn(run, request, log), clean), actions, run.json);
    case 'logs':
      await showLogs(run, request, log, clean);
      return 0;
    default:
      return reportOutcome(log, cleanReport(await change(run, request, log), clean), actions, run.json);
  }
}
