import { type SpawnSyncOptions, spawnSync } from 'node:child_process';

/** Runs a program with this terminal's input and output; true when it exits with 0. A missing program is told, not thrown. */
export function succeeds(program: string, args: string[], options: SpawnSyncOptions = {}): boolean {
  const { status, signal, error } = spawnSync(program, args, { stdio: 'inherit', ...options });
  if (error) console.error(`${program}: ${error.message}`);
  if (signal) console.error(`${program}: ended by ${signal}`);
  return status === 0;
}

/** Standard output of a program, trimmed; undefined when it is missing or fails. */
export function answer(program: string, args: string[]): string | undefined {
  const { status, stdout } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a program that has to succeed. @throws Error naming it otherwise */
export function must(program: string, args: string[], options: SpawnSyncOptions = {}): void {
  if (!succeeds(program, args, options)) throw new Error(`failed: ${program} ${args.join(' ')}`);
}
