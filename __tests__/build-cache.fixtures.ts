import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type Obtained, obtainEnv } from '../src/build/cache/environments.ts';
import type { Match } from '../src/build/python.ts';
import { inputsHash } from '../src/build/requirements/inputs.ts';
import { readRequirements } from '../src/build/requirements/requirements.ts';
import { installers, scratchFolder, thisPython, writeFiles } from './build.fixtures.ts';

/** One small project whose environment is obtained on machines that each have a cache of their own. */
export interface Machines extends AsyncDisposable {
  /** Folder with the project in `top`, and a folder by the name of each machine. */
  path: string;
  match: Match;
  /** @param how - may tell the lines of the log to, add variables, and ask for something else or a new resolution */
  obtain(machine: string, how?: How): Promise<Obtained>;
}

interface How {
  log?: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  refresh?: boolean;
  /** What is asked for instead of the project's own. */
  requirements?: string;
}

export async function startMachines(): Promise<Machines> {
  const scratch = await scratchFolder();
  const match = await thisPython();
  const { uv } = installers(match);
  const top = join(scratch.path, 'top');
  await writeFiles(top, { 'requirements.txt': 'sqlparse==0.5.3\n' });
  // A terminal's run must not see a cache that the surrounding job may have.
  for (const name of ['ACTIONS_RESULTS_URL', 'ACTIONS_CACHE_URL', 'ACTIONS_CACHE_SERVICE_V2', 'GITHUB_SERVER_URL'])
    vi.stubEnv(name, undefined);
  return {
    path: scratch.path,
    match,
    async obtain(machine, { log = () => {}, env = {}, refresh = false, requirements: asked } = {}) {
      const folder = join(scratch.path, machine);
      await mkdir(folder, { recursive: true });
      if (asked !== undefined) await writeFiles(folder, { 'requirements.txt': asked });
      const requirements = await readRequirements(asked === undefined ? top : folder, 'requirements.txt');
      return await obtainEnv({
        requirements,
        inputs: inputsHash(requirements, match.target, {}),
        top,
        match,
        scratch: folder,
        env: { ...uv, ...env, RUNNER_TOOL_CACHE: join(folder, 'tools') },
        log,
        refresh,
      });
    },
    async [Symbol.asyncDispose]() {
      vi.unstubAllEnvs();
      await scratch[Symbol.asyncDispose]();
    },
  };
}
