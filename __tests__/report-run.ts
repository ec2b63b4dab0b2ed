import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs a TypeScript module in a process of its own, at the repository's top; `env` goes over this process's own. */
export function runModule(
  script: string,
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}
