import { type SpawnOptions, type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';

/** Runs a program with this terminal's input and output; true when it exits with 0. A missing program is told, not thrown. */
export function succeeds(program: string, args: string[], options: SpawnSyncOptions = {}): boolean {
  const { status, signal, error } = spawnSync(program, args, { stdio: 'inherit', ...options });
  if (error) console.error(`${program}: ${error.message}`);
  if (signal) console.error(`${program}: ended by ${signal}`);
  return status === 0;
}

/** Runs a program to its end and keeps what it says, both outputs as they come: several at once can be told one after the other. */
export function heard(
  program: string,
  args: string[],
  options: SpawnOptions = {},
): Promise<{ readonly well: boolean; readonly said: string }> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve) => {
    child.on('error', (error) => (said += `${program}: ${error.message}\n`));
    child.on('close', (code, signal) => {
      if (signal) said += `${program}: ended by ${signal}\n`;
      resolve({ well: code === 0, said });
    });
  });
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
