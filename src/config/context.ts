import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import * as z from 'zod';
import type { Access } from '../github/client.ts';
import type { Origin } from '../protocol/messages.ts';
import { gitlabContext } from './gitlab.ts';

/** What a commit was reached by. Nobody has merged any but a branch or a tag yet (a merge request is one of GitLab): it belongs to no stage. */
export interface Ref {
  kind: 'branch' | 'tag' | 'pull request' | 'merge queue' | 'merge request';
  name: string;
}

/** Where a run happens and who asked for it. */
export interface Context {
  /** True in a job of GitHub Actions: annotations and masks are understood. */
  actions: boolean;
  /** Who runs this. */
  user: string;
  /** Folder that a relative `config` starts from: the job's workspace, or the current folder. */
  folder: string;
  /** The branch or tag that was pushed, or the branch that is checked out; undefined for a detached HEAD. */
  ref: Ref | undefined;
  /** The repository at GitHub, where this is a job there. */
  github: Omit<Access, 'token'> | undefined;
  /** Number of the pull request that the job is about. */
  pullRequest: number | undefined;
  origin: Origin;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the job's `GITHUB_*` variables or those of GitLab CI, or at a terminal git's branch and the user's name. */
export function readContext(env: Environment, cwd: string): Context {
  if (env['GITHUB_ACTIONS'] === 'true') return jobContext(env, cwd);
  const terminal = terminalContext(env, cwd);
  return env['GITLAB_CI'] === 'true' ? { ...terminal, ...gitlabContext(env) } : terminal;
}

function jobContext(env: Environment, cwd: string): Context {
  const {
    GITHUB_ACTOR,
    GITHUB_TRIGGERING_ACTOR,
    GITHUB_WORKFLOW,
    GITHUB_SERVER_URL,
    GITHUB_API_URL,
    GITHUB_REPOSITORY,
    GITHUB_RUN_ID,
  } = env;
  const origin: Origin = {};
  // Of a re-run, the one who asked for it.
  const actor = GITHUB_TRIGGERING_ACTOR || GITHUB_ACTOR;
  if (actor) origin.actor = actor;
  if (GITHUB_REPOSITORY && GITHUB_RUN_ID) {
    origin.runUrl = `${GITHUB_SERVER_URL ?? 'https://github.com'}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  }
  if (GITHUB_WORKFLOW) origin.workflow = GITHUB_WORKFLOW;
  const runNumber = Number(env['GITHUB_RUN_NUMBER']);
  if (Number.isSafeInteger(runNumber) && runNumber > 0) origin.runNumber = runNumber;
  const github = GITHUB_REPOSITORY
    ? { api: GITHUB_API_URL || 'https://api.github.com', repository: GITHUB_REPOSITORY }
    : undefined;
  return {
    actions: true,
    user: ownName(),
    folder: env['GITHUB_WORKSPACE'] || cwd,
    ref: jobRef(env),
    github,
    pullRequest: pullRequestOf(env['GITHUB_EVENT_PATH']),
    origin,
  };
}

/** GitHub calls the merge of a pull request a branch, `7/merge`, and makes one for a while for what waits in a merge queue. */
function jobRef(env: Environment): Ref | undefined {
  const { GITHUB_REF = '', GITHUB_REF_NAME, GITHUB_REF_TYPE } = env;
  const [, pull] = /^refs\/pull\/([^/]+)/.exec(GITHUB_REF) ?? [];
  if (pull !== undefined) return { kind: 'pull request', name: pull };
  const [, queued] = /^refs\/heads\/gh-readonly-queue\/(.+)/.exec(GITHUB_REF) ?? [];
  if (queued !== undefined) return { kind: 'merge queue', name: queued };
  return named(GITHUB_REF_TYPE === 'tag' ? 'tag' : 'branch', GITHUB_REF_NAME);
}

/** What happened, as GitHub tells it: to a pull request, or to an issue that is one. */
const Happened = z.object({
  pull_request: z.object({ number: z.number() }).optional(),
  issue: z.object({ number: z.number(), pull_request: z.object({}).optional() }).optional(),
});

function pullRequestOf(path: string | undefined): number | undefined {
  if (!path) return undefined;
  try {
    const told = Happened.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
    return told?.pull_request?.number ?? (told?.issue?.pull_request && told.issue.number);
  } catch {
    return undefined;
  }
}

function terminalContext(env: Environment, cwd: string): Context {
  const user = env['USER'] || env['LOGNAME'] || ownName();
  const origin = { actor: `${user}@${hostname()}` };
  const ref = checkedOut(cwd);
  return { actions: false, user: ownName(), folder: cwd, ref, github: undefined, pullRequest: undefined, origin };
}

/** Cron sets few variables, and a container may run as a user that no file knows. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

function named(kind: Ref['kind'], name: string | undefined): Ref | undefined {
  return name ? { kind, name } : undefined;
}

function checkedOut(folder: string): Ref | undefined {
  try {
    const argv = ['-C', folder, 'symbolic-ref', '--quiet', '--short', 'HEAD'];
    const branch = execFileSync('git', argv, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    return named('branch', branch.trim());
  } catch {
    // A detached HEAD, no git, or no checkout: the stage has to be named, or be the only one.
    return undefined;
  }
}
