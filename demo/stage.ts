import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findPython, pathOf } from './needs.ts';
import type { Options } from './options.ts';

/** What the demo's process gets as its argument. */
export interface Order {
  readonly folder: string;
  readonly python: string;
  readonly keep: boolean;
  readonly verbose: boolean;
}

/** What it sends: text to show; that it stays when this line to it ends. */
export type Word = { readonly kind: 'tell'; readonly text: string } | { readonly kind: 'kept' };

/** So long may its end take, milliseconds, before it is killed. */
const PATIENCE = 8_000;

/**
 * Runs the demo in the folder, which is gone afterwards unless the demo is kept; ends it when the signal comes.
 * @returns its exit code
 */
export async function raise(folder: string, options: Options, signal: AbortSignal): Promise<number> {
  const python = findPython();
  if (python === undefined) throw new Error('python3 with the module venv is not there any more');
  const order: Order = { folder, python, keep: options.keep, verbose: options.verbose };
  const [program = '', ...args] = [
    ...spaces(),
    ...[python, '-I', join(import.meta.dirname, 'reap.py'), folder],
    ...[process.execPath, join(import.meta.dirname, 'inside.ts'), JSON.stringify(order)],
  ];
  // A session of its own: Ctrl-C comes to this process alone. When this process ends, however it does, the line is cut.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...colours() },
  });
  child.stderr?.pipe(process.stderr);
  let kept = false;
  child.on('message', (word: Word) => {
    if (word.kind === 'tell') process.stdout.write(word.text);
    else kept = true;
    if (kept) child.disconnect();
  });
  const end = () => child.connected && child.disconnect();
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const killer = await new Promise<NodeJS.Timeout | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('disconnect', () => resolve(kept ? undefined : setTimeout(() => child.kill('SIGKILL'), PATIENCE)));
  });
  if (kept) {
    child.stderr?.destroy();
    child.unref();
    return 0;
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  clearTimeout(killer);
  await rm(folder, { recursive: true, force: true });
  return child.exitCode ?? 1;
}

/** As root: namespaces of its own, in which nothing outlives the reaper, and what is mounted is seen by nobody else. */
function spaces(): string[] {
  if (process.getuid?.() !== 0) return [];
  return [pathOf('unshare'), '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
}

/** The demo writes to this process, so whether colours are wanted is known only here. */
function colours(): NodeJS.ProcessEnv {
  return process.stdout.hasColors?.() ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
}
