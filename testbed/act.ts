import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { actProgram } from '../scripts/act.ts';
import { findPythons } from '../scripts/python.ts';
import { must } from './process.ts';
import type { ShopRepo } from './shop.ts';

const CHECKOUT = join(import.meta.dirname, '..');

/** What runs in the place of the actions that the workflows use beside Graceful itself. */
const STAND_INS = join(import.meta.dirname, 'actions');

/** All that a repository needs to be the Action. */
const ACTION = ['action.yml', 'dist'];

/** What the workflows call Graceful when they are copied. */
const PUBLISHED = 'OWNER/graceful@v1';

/** Name of the repository on GitHub that the shop's commits seem to come from. */
const REPOSITORY = 'example/shop';

export interface ActOptions {
  readonly repo: Pick<ShopRepo, 'path' | 'git'>;
  /** The repository's secrets. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What GitHub tells a run of its cause. */
export interface ActEvent {
  readonly name: 'push' | 'workflow_dispatch' | 'pull_request' | 'release';
  /** Of the release that was published. */
  readonly tag?: string;
  /** Number of the pull request, of a branch of this repository to `develop`. */
  readonly pullRequest?: number;
  /** Address of GitHub's API. */
  readonly api?: string;
  /** What the person put into the form. */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** What a run left behind. */
export interface JobResult {
  readonly code: number | null;
  /** All that act printed; a job's lines are without the job's name at their beginning. */
  readonly log: string;
  /** Outputs of the job's steps. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The job summary. */
  readonly summary: string;
}

export interface Job {
  readonly process: ChildProcess;
  readonly result: Promise<JobResult>;
}

/**
 * A self-hosted runner of workflows on this machine: nektos/act without containers, with a cache server on loopback. It
 * has a home of its own and knows nothing of this process's environment.
 */
export interface ActRunner extends AsyncDisposable {
  /** Starts a workflow, given by its file, for what is checked out. */
  start(workflow: string, event: ActEvent): Promise<Job>;
  run(workflow: string, event: ActEvent): Promise<JobResult>;
  /** Takes away all that a runner keeps itself, as if the next job got a new machine. The cache server's part stays. */
  renew(): Promise<void>;
}

export async function openActRunner({ repo, secrets }: ActOptions): Promise<ActRunner> {
  const act = actProgram();
  const folder = await mkdtemp(join(tmpdir(), 'graceful-act-'));
  const home = join(folder, 'home');
  const kept = join(folder, 'actions');
  const secretFile = join(folder, 'secrets.yml');
  const eventFile = join(folder, 'event.json');
  const published = join(folder, 'published');
  const running = new Set<ChildProcess>();
  const told = new Set<string>();

  const renew = async (): Promise<void> => {
    for (const path of [home, kept]) await rm(path, { recursive: true, force: true });
    await mkdir(home);
    await writeFile(join(home, '.gitconfig'), gitConfig(repo.path));
  };
  const start = async (workflow: string, event: ActEvent): Promise<Job> => {
    const ref = await repo.git('symbolic-ref', 'HEAD');
    const repository = { full_name: REPOSITORY };
    const number = event.pullRequest;
    const pull = { number, pull_request: { number, head: { repo: repository }, base: { ref: 'develop' } } };
    const release = { action: 'published', release: { tag_name: event.tag } };
    const pressed = { ref, inputs: event.inputs };
    const cause = event.tag !== undefined ? release : number === undefined ? pressed : pull;
    await writeFile(eventFile, JSON.stringify({ ...cause, repository }));
    const argv = [
      event.name,
      ...['--directory', repo.path, '--workflows', workflow, '--eventpath', eventFile, '--secret-file', secretFile],
      ...['--platform', 'ubuntu-24.04=-self-hosted', '--actor', 'octocat', '--action-cache-path', kept],
      ...['--cache-server-path', join(folder, 'cache'), '--cache-server-addr', '127.0.0.1'],
      ...['--artifact-server-addr', '127.0.0.1', '--no-skip-checkout'],
      ...['--local-repository', `${PUBLISHED}=${published}`],
      ...(event.api === undefined ? [] : ['--env', `GITHUB_API_URL=${event.api}`]),
      ...(await standIns(workflow, told)),
    ];
    const child = spawn(act, argv, { env: environment(home), stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const result = ended(child).finally(() => running.delete(child));
    return { process: child, result };
  };

  await renew();
  await mkdir(published);
  await copyAction(published);
  await writeFile(secretFile, stringify(secrets), { mode: 0o600 });
  return {
    start,
    run: async (workflow, event) => (await start(workflow, event)).result,
    renew,
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Puts the Action itself beside the site in the last commit, where `uses: ./` finds it. */
export async function addAction(repo: ShopRepo): Promise<void> {
  await copyAction(repo.path);
  await repo.git('add', '--force', ...ACTION);
  await repo.git('commit', '--quiet', '--amend', '--no-edit');
}

async function copyAction(folder: string): Promise<void> {
  for (const name of ACTION) await cp(join(CHECKOUT, name), join(folder, name), { recursive: true });
}

/** Runs the commands of docs/workflows.md that copy the workflows, in a site's folder. */
export async function copyWorkflows(site: string): Promise<void> {
  const page = await readFile(join(CHECKOUT, 'docs/workflows.md'), 'utf8');
  const [, commands = ''] = /^```sh\n(.*?)^```$/ms.exec(page) ?? [];
  await must(['sh', '-eu'], { cwd: site, input: commands.replaceAll('../graceful/', `${CHECKOUT}/`) });
}

/** Whoever fetches the repository from GitHub gets the one that is here. */
function gitConfig(path: string): string {
  const lines = [
    `[url "file://${path}"]`,
    `insteadOf = https://github.com/${REPOSITORY}`,
    '[uploadpack]',
    'allowAnySHA1InWant = true',
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * A plain machine's environment. What says how packages are reached from here is kept; wrappers that choose a Python by
 * the caller's home are not.
 */
function environment(home: string): NodeJS.ProcessEnv {
  const reach = Object.entries(process.env).filter(([name]) => /^(PIP|UV|SSL_CERT)_|_PROXY$/i.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.endsWith('/shims'));
  const pythons = findPythons().map(({ executable }) => dirname(executable));
  return {
    ...Object.fromEntries(reach),
    HOME: home,
    LANG: 'C.UTF-8',
    PATH: [dirname(process.execPath), ...path, ...pythons].join(delimiter),
  };
}

/**
 * Options that put the stand-ins in the place of the actions that a workflow fetches. This machine is no runner of
 * GitHub's: the real setup-python has no Python to download for it, and nothing here may depend on github.com.
 *
 * @param told what was told already: each stand-in is told once
 */
async function standIns(workflow: string, told: Set<string>): Promise<string[]> {
  return [...usedActions(await readFile(workflow, 'utf8'))].flatMap((uses) => {
    const name = /^(?:actions|astral-sh)\/([^@]+)@/.exec(uses)?.[1];
    if (name === undefined) return [];
    const words = `act: ${uses} is not fetched from GitHub; testbed/actions/${name} stands in for it`;
    if (!told.has(words)) console.log(words);
    told.add(words);
    return ['--local-repository', `${uses}=${join(STAND_INS, name)}`];
  });
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly uses?: string }[] }>>;
}

/** What the steps of a workflow use. Pure. */
export function usedActions(text: string): Set<string> {
  const workflow: Workflow = parse(text);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  return new Set(steps.flatMap(({ uses }) => uses ?? []));
}

function ended(child: ChildProcess): Promise<JobResult> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...readLog(Buffer.concat(chunks).toString('utf8')) }));
  });
}

/** Finds in act's log what a person finds on the page of a run. Pure. */
export function readLog(text: string): Pick<JobResult, 'log' | 'outputs' | 'summary'> {
  const outputs = [...text.matchAll(/^\[.+?\]\s+⚙ {2}::set-output:: (\w+)=(.*)$/gm)];
  const [, summary = ''] = /^\[.+?\]\s+⚙ {2}Summary - (.*?)(?=^\[)/ms.exec(text) ?? [];
  return {
    log: text.replaceAll(/^\[.+?\] {1,3}/gm, ''),
    outputs: Object.fromEntries(outputs.map(([, name = '', value = '']) => [name, value])),
    summary,
  };
}
