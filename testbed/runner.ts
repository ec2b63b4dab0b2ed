import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transcript } from './transcript.ts';

/** The Action's own entry, as committed, or another build of it in the folder GRACEFUL_TEST_DIST. */
export const DIST = join(process.env['GRACEFUL_TEST_DIST'] ?? join(import.meta.dirname, '../dist'), 'index.js');

/** What a workflow step gives: its `with:` and the job it is in. */
export interface StepOptions {
  /** Folder of the checkout. */
  readonly workspace: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Further variables of the job, e.g. GITHUB_REF_NAME. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a step left behind. */
export interface StepResult {
  readonly code: number | null;
  /** Standard output and standard error, as the job's log shows them. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The job summary. */
  readonly summary: string;
  readonly ms: number;
}

/** A step under way. */
export interface Step {
  readonly process: ChildProcess;
  readonly result: Promise<StepResult>;
  /** Resolves as soon as the log has this text; rejects when the step ends without it. */
  said(text: string): Promise<void>;
}

/** What a runner sets for a step, and nothing else of this process's environment. `folder` gets the step's files. */
export async function stepEnv(options: StepOptions, folder: string): Promise<Record<string, string>> {
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) await writeFile(file, '');
  const inputs = Object.entries(options.inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    LANG: 'C.UTF-8',
    RUNNER_TEMP: folder,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: options.workspace,
    GITHUB_ACTOR: 'octocat',
    GITHUB_REPOSITORY: 'example/shop',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_RUN_ID: '1',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    ...files,
    ...Object.fromEntries(inputs),
    ...options.env,
  };
}

/** Reads what a step wrote into its files. */
export async function stepFiles(folder: string): Promise<Pick<StepResult, 'outputs' | 'summary'>> {
  const outputs = parseOutputs(await readFile(join(folder, 'output'), 'utf8'));
  return { outputs, summary: await readFile(join(folder, 'summary'), 'utf8') };
}

/** Starts `dist/index.js` exactly as a runner does. */
export async function startStep(options: StepOptions): Promise<Step> {
  const folder = await mkdtemp(join(tmpdir(), 'graceful-step-'));
  const began = performance.now();
  const child = spawn(process.execPath, [DIST], {
    cwd: options.workspace,
    env: await stepEnv(options, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const transcript = new Transcript();
  transcript.hear(child.stdout);
  transcript.hear(child.stderr);
  const result = new Promise<StepResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', async (code) => {
      const ms = Math.round(performance.now() - began);
      const files = await stepFiles(folder);
      await rm(folder, { recursive: true, force: true });
      resolve({ code, log: transcript.text, ...files, ms });
    });
  });
  return { process: child, result, said: (text) => transcript.said(text, result) };
}

/** Runs a step to its end. */
export async function runStep(options: StepOptions): Promise<StepResult> {
  return (await startStep(options)).result;
}

/** Reads the file commands that @actions/core writes: `name<<delimiter`, the value, the delimiter. Pure. */
function parseOutputs(text: string): Record<string, string> {
  const matches = text.matchAll(/^([^\n<]+)<<(\S+)\n(.*?)\n\2$/gms);
  return Object.fromEntries([...matches].map(([, name = '', , value = '']) => [name, value]));
}
