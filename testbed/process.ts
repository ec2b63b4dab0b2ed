import { spawn } from 'node:child_process';

/** What a finished program left. `code` is its exit status, or 128 + the signal's number as a shell says it. */
export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Written to the program's standard input, which is closed after it; empty by default. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program's whole process group is killed and the promise rejects. */
  readonly timeout?: number;
  /** The whole environment; by default this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs one program to its end.
 * @throws Error when it cannot be started or outlives `timeout` (default 60 s); a non-zero exit is a result.
 */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<ExecResult> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new Error('run: empty argv');
  const timeout = options.timeout ?? 60_000;
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a time-out ends what the program started too.
    const child = spawn(file, rest, { env: options.env, cwd: options.cwd, detached: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, timeout);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(new Error(`cannot start ${file}`, { cause }));
    });
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer);
      if (timedOut) reject(new Error(`${argv.join(' ')}\nstill ran after ${timeout} ms; killed\n${text(stderr)}`));
      else
        resolve({
          code: code ?? 128 + (SIGNAL_NUMBERS[signal ?? 'SIGTERM'] ?? 0),
          stdout: text(stdout),
          stderr: text(stderr),
        });
    };
    child.on('close', finish);
    // A daemon that the program left behind may hold its pipes open for ever: what counts is the program itself.
    child.on('exit', (code, signal) => {
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        finish(code, signal);
      }, 500).unref();
    });
    // EPIPE: the program ended without reading everything; its exit status tells what matters.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/**
 * Runs one program that must succeed.
 * @returns its standard output
 * @throws Error with the argv, the exit status and both outputs otherwise.
 */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.code !== 0) throw new Error(describe(argv, result));
  return result.stdout;
}

/** One text with everything needed to see why a program failed. */
export function describe(argv: readonly string[], result: ExecResult): string {
  return `${argv.join(' ')}\nended with ${result.code}\n${result.stdout}${result.stderr}`;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
