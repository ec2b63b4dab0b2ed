import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * An exclusive kernel lock on `path`, held until disposed. Node has no flock(2), so a `flock PATH cat` holds it: it ends
 * with the pipe to its standard input, that is with this process, however this process dies. No lock is ever stale.
 */
export interface Lock extends AsyncDisposable {
  readonly path: string;
}

/** Waits for the lock; with `wait: false` returns undefined at once when someone else has it. */
export async function acquire(path: string, wait: false): Promise<Lock | undefined>;
export async function acquire(path: string): Promise<Lock>;
export async function acquire(path: string, wait = true): Promise<Lock | undefined> {
  const holder = spawn('flock', [...(wait ? [] : ['--nonblock']), path, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  holder.stdin.on('error', () => undefined);
  // `cat` runs, and so echoes this, only once the lock is ours.
  holder.stdin.write('.');
  const got = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'exit').then(() => false),
  ]);
  if (!got) {
    if (wait) throw new Error(`cannot lock ${path}`);
    return undefined;
  }
  return {
    path,
    async [Symbol.asyncDispose]() {
      const ended = once(holder, 'exit');
      holder.stdin.end();
      await ended;
    },
  };
}
