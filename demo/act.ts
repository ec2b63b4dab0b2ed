import { seconds } from '../src/report/text.ts';
import type { StepResult } from '../testbed/runner.ts';
import type { CommitOptions } from '../testbed/shop.ts';
import type { LoadSummary } from '../testbed/summary.ts';
import type { Shop } from './site.ts';
import { StepReader } from './steps.ts';
import type { Ending, Tally } from './tally.ts';
import type { Teller } from './tell.ts';
import { amongVisitors, type Visited } from './visitors.ts';

/** Where the acts are played. */
export interface Stage {
  readonly shop: Shop;
  /** Where visitors come. */
  readonly address: string;
  readonly teller: Teller;
  readonly tally: Tally;
  /** Shows the whole log of a run instead of its steps. */
  readonly verbose: boolean;
}

/** One run of Graceful, and what to say about it. */
export interface Act {
  readonly title: string;
  readonly intro: string;
  /** What is committed first, for a deploy. */
  readonly commit?: CommitOptions;
  readonly command: Ending['command'];
  /** How it has to end. */
  readonly result: 'live' | 'fell-back';
}

/** Something went otherwise than it has to. */
export class Deviation extends Error {
  /** What shows it: the log of the run, or the requests that failed. */
  readonly evidence: string;

  constructor(message: string, evidence: string) {
    super(message);
    this.evidence = evidence;
  }
}

/** Plays an act without visitors. @throws Deviation when it ends otherwise */
export async function playAlone(stage: Stage, act: Act): Promise<void> {
  announce(stage, act);
  judge(stage, act, await perform(stage, act));
}

/** Plays an act while visitors come. @throws Deviation when it ends otherwise, or when one of them notices */
export async function playAmongVisitors(stage: Stage, act: Act): Promise<Visited<StepResult>> {
  announce(stage, act);
  const visited = await amongVisitors(stage.address, () => perform(stage, act));
  stage.tally.visited(visited.seen);
  judge(stage, act, visited.result);
  welcome(stage, visited.seen);
  return visited;
}

function announce({ teller }: Stage, { title, intro }: Act): void {
  teller.title(title);
  teller.say(intro);
}

async function perform({ shop, teller, verbose }: Stage, { commit, command }: Act): Promise<StepResult> {
  if (commit !== undefined) await shop.commit(commit);
  const reader = new StepReader((step) => teller.step(step));
  return shop.run({ command }, (line) => (verbose ? teller.quote(line) : reader.read(line)));
}

function judge({ teller, tally }: Stage, act: Act, { outputs, log, ms, code }: StepResult): void {
  const result = outputs['result'] ?? '';
  tally.ended({ command: act.command, result });
  const good = result === act.result;
  teller.result(`${result || `exit code ${code}`} after ${seconds(ms)}`, good);
  if (!good) throw new Deviation(`"${act.title}" had to end as "${act.result}"`, forPeople(log));
}

/** A log without the commands that it holds for a runner of GitHub. */
function forPeople(log: string): string {
  const lines = log.split('\n').filter((line) => line !== '::endgroup::');
  return lines
    .map((line) => line.replace(/^::group::/, '').replace(/^::\w+(?: title=(.*?))?::/, '$1: '))
    .map((line) => line.replaceAll('%0A', '\n').replaceAll('%25', '%'))
    .join('\n');
}

/** Tells what visitors met. */
function welcome({ teller }: Stage, { requests, posts, failed, failures, worst, mismatched }: LoadSummary): void {
  const good = failed === 0 && mismatched === 0;
  const words = `${requests - failed} requests served, ${posts} of them orders; ${failed} failed; slowest ${seconds(worst)}`;
  teller.result(words, good);
  if (failed > 0) throw new Deviation('visitors noticed', failures.join('\n'));
  if (mismatched > 0)
    throw new Deviation('visitors noticed', `${mismatched} pages got the style sheet of another version`);
}
