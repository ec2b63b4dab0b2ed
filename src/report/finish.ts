import { annotate, answerText, failureAnnotation, headline, stateText } from './annotations.ts';
import { answer } from './answer.ts';
import { detailOutputs } from './detail-outputs.ts';
import { downtimeOutputs } from './downtime.ts';
import type { Log } from './log.ts';
import { plainOutcome } from './outcome-json.ts';
import { exitCode, hostsOutput, outputs, setOutputs } from './outputs.ts';
import { endsOf, type Report, writeSummary } from './summary.ts';

/**
 * Tells the end of a deploy or a rollback: in the log, as an annotation, in the job's summary and its outputs.
 *
 * @param actions whether this process runs in a job of GitHub Actions
 * @param json whether it was asked for as JSON, too
 * @returns what the process should exit with
 */
export async function reportOutcome(log: Log, report: Report, actions: boolean, json = false): Promise<number> {
  const { outcome, url } = report;
  const { failure } = outcome;
  if (failure && (failure.log.length > 0 || failure.answer)) {
    log.phase('Result');
    if (failure.log.length > 0) log.info('Last lines of the log:');
    log.quote(failure.log);
    if (failure.answer) {
      log.info(`Health answer: ${answerText(failure.answer)}`);
      log.quote([failure.answer.body]);
    }
  }
  log.end();
  const code = exitCode(outcome);
  log.step(`${outcome.result}: ${outcome.message}`, code === 0);
  if (json) answer(`${JSON.stringify(plainOutcome(report), null, 2)}\n`, true);
  if (failure) {
    if (actions) annotate(failureAnnotation(failure, stateText(outcome)));
    else log.error(`${headline(failure)}: ${failure.what}\n${failure.next}`);
  } else if (actions && code !== 0) {
    // Of several hosts one may have ended otherwise than the others without a failure of its own.
    annotate({ title: outcome.result, message: outcome.message, place: undefined });
  }
  if (actions) {
    const staged = report.command === 'stage' && outcome.result === 'done' ? report.tried : undefined;
    setOutputs({
      ...outputs(outcome, url),
      hosts: hostsOutput(endsOf(report)),
      ...downtimeOutputs(report),
      ...detailOutputs(report),
      ...(staged === undefined ? {} : { staged }),
    });
    await writeSummary(report);
  }
  return code;
}
