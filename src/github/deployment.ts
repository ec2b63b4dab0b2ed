import type { Run } from '../config/types.ts';
import type { Result } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Report } from '../report/summary.ts';
import { plainLine } from '../report/text.ts';
import { GitHub, type Limits } from './client.ts';
import { GitHubError, mendOf } from './error.ts';

/** Nobody waits longer for it at the end of a run: a cancelled job has ten seconds in all. Milliseconds. */
const LIMITS: Partial<Limits> = { answerMs: 4_000, callMs: 6_000 };
/** Longest description that GitHub takes, characters. */
const LONGEST = 140;

/** GitHub's own words; `inactive`: it is not what serves, and nothing went wrong. */
type State = 'in_progress' | 'success' | 'failure' | 'inactive';

const STATES: Record<Result, State> = {
  live: 'success',
  unchanged: 'success',
  done: 'success',
  superseded: 'inactive',
  failed: 'failure',
  'fell-back': 'failure',
  split: 'failure',
  'not-reverted': 'failure',
};

/** What is shown of a run. */
interface Shown extends Pick<Run, 'command' | 'origin' | 'github' | 'deployments'> {
  stage: Pick<Run['stage'], 'name' | 'site' | 'url'>;
}

/**
 * What a run is in the list of deployments of its repository: which commit goes to which environment, and how that ended. Where GitHub
 * does not take it, one notice says so, and the run goes on as if nothing were.
 */
export class Deployment {
  readonly #run: Shown;
  readonly #log: Log;
  /** Undefined where it is not asked for, or has failed. */
  #github: GitHub | undefined;
  /** Its id, once it is there. */
  #made: Promise<number | undefined> | undefined;

  constructor(run: Shown, log: Log, limits = LIMITS) {
    this.#run = run;
    this.#log = log;
    if (!run.deployments) return;
    if (run.github === undefined) this.#tell('there is no token. Set the input `token`.');
    else this.#github = new GitHub(run.github, undefined, limits);
  }

  /** A commit is on its way. Waits for nothing. */
  begin(commit: string): void {
    this.#made ??= this.#make(commit);
  }

  /** How it ended. What begins nothing before (a rollback) is told here as a whole. @returns its id */
  async end({ outcome }: Pick<Report, 'outcome'>): Promise<number | undefined> {
    const { result, release, previous, commit, message } = outcome;
    if (result === 'live' && release !== previous && commit !== null) this.begin(commit);
    return await this.#close(STATES[result], message);
  }

  /** It ended before the host was asked to change anything. @returns its id, where there is one already */
  async broke(message: string): Promise<number | undefined> {
    return await this.#close('failure', message);
  }

  async #make(commit: string): Promise<number | undefined> {
    const { command, stage } = this.#run;
    const body = {
      ref: commit,
      task: command === 'rollback' ? 'rollback' : 'deploy',
      environment: stage.name,
      description: `${stage.site}: ${command}`.slice(0, LONGEST),
      // What is deployed was checked out already; and this very job is not green yet.
      auto_merge: false,
      required_contexts: [],
    };
    const made = await this.#ask('/deployments', body);
    const id = typeof made === 'object' && made !== null && 'id' in made ? made.id : undefined;
    if (typeof id !== 'number') {
      if (this.#github !== undefined) this.#fail('GitHub answered without a deployment.');
      return undefined;
    }
    await this.#say(id, 'in_progress', 'under way');
    return id;
  }

  async #close(state: State, words: string): Promise<number | undefined> {
    const id = await this.#made;
    if (id !== undefined) await this.#say(id, state, words);
    return id;
  }

  async #say(id: number, state: State, words: string): Promise<void> {
    const { stage, origin } = this.#run;
    const line = plainLine(words);
    await this.#ask(`/deployments/${id}/statuses`, {
      state,
      environment: stage.name,
      environment_url: stage.url,
      ...(origin.runUrl === undefined ? {} : { log_url: origin.runUrl }),
      description: line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line,
      auto_inactive: true,
    });
  }

  /** @returns undefined where GitHub did not take it, now or before */
  async #ask(path: string, body: object): Promise<unknown> {
    try {
      return await this.#github?.ask('POST', path, body);
    } catch (error) {
      // Nothing of it may end a deploy, not even a fault of this program.
      this.#fail(
        error instanceof GitHubError ? `${error.message}. ${mendOf(error, 'deployments: write')}` : `${error}.`,
      );
      return undefined;
    }
  }

  #fail(why: string): void {
    this.#github = undefined;
    this.#tell(why);
  }

  #tell(why: string): void {
    this.#log.notice(`GitHub does not show this as a deployment: ${why} The site is not concerned.`);
  }
}
