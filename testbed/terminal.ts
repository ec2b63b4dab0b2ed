import { spawn } from 'node:child_process';

/**
 * Runs shell commands at a terminal, where a person answers what they are asked.
 * @param answers what is asked, in its order, and what the person then types
 * @returns all that the terminal showed @throws Error when a command fails or something is not asked
 */
export function atTerminal(
  commands: string,
  answers: readonly (readonly [asked: string, typed: string])[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('script', ['--quiet', '--return', '--command', commands, '/dev/null'], { ...options });
    const open = [...answers];
    let shown = '';
    let heard = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      shown += chunk.toString('utf8');
      const [next] = open;
      const at = next === undefined ? -1 : shown.indexOf(next[0], heard);
      if (next === undefined || at < 0) return;
      heard = at + next[0].length;
      open.shift();
      child.stdin.write(`${next[1]}\n`);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      shown += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 && open.length === 0) resolve(shown);
      else reject(new Error(`exit status ${code}, not asked: ${open.map(([asked]) => asked).join(', ')}\n${shown}`));
    });
  });
}
