import { spawn } from 'node:child_process';

import { redact } from '../secrets.ts';
import { cancelling } from './cancelling.ts';
import type { Inside } from './debian/inside.ts';
import { BuildError, messageOf } from './errors.ts';

/** Lines of a failed program's output that an error keeps: enough for a traceback. */
const KEPT_LINES = 60;

/** Lines kept besides that say what failed. */
const KEPT_HEADINGS = 3;

/** Output beyond this is cut from its front: a program that floods its output must not fill the memory. */
const KEPT_BYTES = 32 * 1024 * 1024;

export interface RunOptions {
  cwd?: string;
  /** The whole environment of the program; by default this process's own. */
  env?: NodeJS.ProcessEnv;
  /** Values that must never be shown: replaced by `***` in all that is returned as text for people. */
  secrets?: readonly string[];
  /** Exit codes that are no failure, besides 0. */
  accept?: readonly number[];
  /** Where it runs, when that is not the runner itself. */
  within?: Inside | undefined;
  /** What to advise when the program fails; the program's own output stands beside it. */
  mend?: string;
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs one program to its end and returns what it printed. The argv goes to the kernel as it is; no shell reads it.
 *
 * @throws BuildError when the program cannot be started, dies, or exits with an unexpected code; with its last lines.
 */
export async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Ran> {
  const env = options.env ?? process.env;
  const entered = await options.within?.enter(argv, { ...options, env });
  const [program, ...args] = entered?.argv ?? argv;
  const secrets = options.secrets ?? [];
  const shown = redact(argv.join(' '), secrets);
  const stdout = new Tail();
  const stderr = new Tail();
  const cancelled = cancelling.getStore();
  const { code, died } = await new Promise<{ code: number; died: string | null }>((resolve, reject) => {
    cancelled?.throwIfAborted();
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: entered === undefined ? env : process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that what it starts in turn ends with it.
      detached: true,
    });
    const end = () => child.pid !== undefined && endGroup(child.pid, options.within);
    cancelled?.addEventListener('abort', end);
    child.once('exit', () => cancelled?.removeEventListener('abort', end));
    child.stdout.on('data', (bytes: Buffer) => stdout.add(bytes));
    child.stderr.on('data', (bytes: Buffer) => stderr.add(bytes));
    child.on('error', reject);
    child.on('close', (exit, killed) => resolve({ code: exit ?? -1, died: killed }));
  }).catch((thrown: unknown) => {
    throw new BuildError(`${shown} could not be run: ${redact(messageOf(thrown), secrets)}`, {
      mend: options.mend ?? `install ${program} in the runner, or see that it is on PATH`,
      cause: thrown,
    });
  });
  await entered?.done();
  const ran = { code, stdout: stdout.text(), stderr: stderr.text() };
  if (died !== null || (code !== 0 && !(options.accept ?? []).includes(code))) {
    const output = lastLines(redact(`${ran.stdout}\n${ran.stderr}`, secrets));
    throw new BuildError(`${shown} ${died === null ? `ended with exit status ${code}` : `was killed by ${died}`}`, {
      mend: options.mend ?? 'see the output of the program above',
      output,
    });
  }
  return ran;
}

function endGroup(leader: number, within: Inside | undefined): void {
  if (within !== undefined) {
    // It is root's.
    const [program, ...args] = within.kill(leader);
    spawn(program, args, { stdio: 'ignore' }).on('error', () => undefined);
    return;
  }
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself this very moment.
  }
}

/**
 * The last lines worth showing, blank ones left out; before them those that were cut off and say what failed: an installer names the
 * package first, and then prints all that its build printed.
 */
export function lastLines(text: string, count: number = KEPT_LINES): string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const headings = lines.slice(0, -count).filter((line) => /^\s*(error:|×)/i.test(line));
  return [...headings.slice(0, KEPT_HEADINGS), ...lines.slice(-count)];
}

class Tail {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  add(bytes: Buffer): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    while (this.#bytes > KEPT_BYTES) this.#bytes -= this.#chunks.shift()?.length ?? this.#bytes;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
