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

/** So long may its end take, milliseconds, before it is forced. */
const PATIENCE = 8_000;

/** What unshare(1) runs ends with unshare itself, however that ends; a reaper ends all else at SIGTERM. */
const isRoot = process.getuid?.() === 0;

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
  const kept = new Promise<true>((resolve) => {
    child.on('message', (word: Word) => (word.kind === 'tell' ? process.stdout.write(word.text) : resolve(true)));
  });
  // All that it has told is here once the line is cut.
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() => false);
  let killer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (child.connected) child.disconnect();
    killer = setTimeout(() => child.kill(isRoot ? 'SIGKILL' : 'SIGTERM'), PATIENCE);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  const stays = await Promise.race([kept, ended]);
  signal.removeEventListener('abort', stop);
  clearTimeout(killer);
  if (!stays) {
    await rm(folder, { recursive: true, force: true });
    return child.exitCode ?? 1;
  }
  child.disconnect();
  child.stderr?.destroy();
  child.unref();
  return 0;
}

/** As root: namespaces of its own, in which nothing outlives the reaper, and what is mounted is seen by nobody else. */
function spaces(): string[] {
  if (!isRoot) return [];
  return [pathOf('unshare'), '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
}

/** The demo writes to this process, so whether colours are wanted is known only here. */
function colours(): NodeJS.ProcessEnv {
  return process.stdout.hasColors?.() ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
}
