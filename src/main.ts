import { deploy } from './commands/deploy.ts';
import { rollback } from './commands/rollback.ts';
import { status } from './commands/status.ts';
import { loadRun, type Surroundings } from './config/load-run.ts';
import type { Run } from './config/types.ts';
import { reportError } from './report/error.ts';
import { reportOutcome } from './report/finish.ts';
import { actionsLog, type Log, terminalLog } from './report/log.ts';
import { reportStatus } from './report/status.ts';
import { VERSION } from './version.ts';

/** The whole program, as the Action and as a command. @returns what the process should exit with */
export async function main(from: Surroundings): Promise<number> {
  // In a job of GitHub Actions logs have groups, faults are annotations, and results are outputs.
  const actions = from.env['GITHUB_ACTIONS'] === 'true';
  const log = actions ? actionsLog() : terminalLog();
  try {
    const run = loadRun(from, VERSION);
    return run === null ? 0 : await perform(run, log, actions);
  } catch (error) {
    return await reportError(error, log, actions);
  }
}

async function perform(run: Run, log: Log, actions: boolean): Promise<number> {
  switch (run.command) {
    case 'deploy':
      return reportOutcome(log, await deploy(run, log), actions);
    case 'rollback':
      return reportOutcome(log, await rollback(run, log), actions);
    case 'status':
      return reportStatus(log, await status(run, log), { actions, json: run.json, url: run.stage.url });
  }
}
