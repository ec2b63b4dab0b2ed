/** How long the site's environment takes on the runner's side: Graceful beside the bare tool that it uses. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { must } from '../testbed/process.ts';
import type { Bed } from './bed/host.ts';
import { onAll } from './bed/processors.ts';
import { pathWithUv, uvVariables } from './bed/uv.ts';
import type { Results } from './report/results.ts';
import type { Checkout, Command, Ground } from './way.ts';
import { step } from './ways/graceful.ts';

export type Environment = Results['baseline']['environment'];

/** Graceful's log: the environment is worked on from the one line to the other. */
const BEGINS = /building with Python /;
const ENDS = /environment \w+ with \d+ packages: (built in this run|kept on this runner)/;

const LIMIT_MS = 10 * 60_000;

/** One after the other, in another order each time; each with nothing kept but the wheels, and on all processors: the host has nothing to do. */
export async function measureEnvironment(bed: Bed, ground: Ground, repetitions: number): Promise<Environment> {
  const folder = join(ground.folder, 'environment');
  const commit = (await must(['git', '-C', bed.project.path, 'rev-parse', 'HEAD'])).trim();
  const checkout: Checkout = { path: join(folder, 'checkout'), commit, version: '' };
  const line = await bed.lines.switchTo('local');
  const found: Environment = { coldMs: [], cachedMs: [], readMs: [], uvMs: [], uvBytecodeMs: [] };

  async function graceful(keeping: string): Promise<void> {
    const build = async (): Promise<number> => {
      await bed.project.checkOut(checkout.path);
      return buildOnce(await step(ground, checkout, line, 'build', keeping));
    };
    found.coldMs.push(await build());
    found.readMs.push(await readAll(join(keeping, 'tools/graceful/envs')));
    found.cachedMs.push(await build());
  }

  async function uv(keeping: string, into: number[], ...options: string[]): Promise<void> {
    const variables = uvVariables([ground.pip.PIP_FIND_LINKS], join(keeping, 'uv'));
    const env = { PATH: pathWithUv(), HOME: keeping, ...variables };
    const inVenv = ['--quiet', '--python', 'venv/bin/python'];
    await bed.project.checkOut(checkout.path);
    await must(['uv', 'venv', '--quiet', '--python', '/usr/bin/python3', 'venv'], { cwd: keeping, env });
    const sync = onAll(['uv', 'pip', 'sync', ...inVenv, ...options, join(checkout.path, 'requirements.txt')]);
    into.push(await timeOf(() => must(sync, { cwd: keeping, env, timeout: LIMIT_MS })));
  }

  const turns = [
    graceful,
    (keeping: string) => uv(keeping, found.uvMs),
    (keeping: string) => uv(keeping, found.uvBytecodeMs, '--compile-bytecode'),
  ];
  for (let round = 0; round < repetitions; round += 1) {
    for (const turn of [...turns.slice(round % turns.length), ...turns.slice(0, round % turns.length)]) {
      const keeping = join(folder, 'keeping');
      await mkdir(keeping, { recursive: true });
      await turn(keeping);
      await rm(keeping, { recursive: true });
    }
  }
  return found;
}

/** A whole build. @returns milliseconds of the environment alone */
async function buildOnce({ argv, cwd, env }: Command): Promise<number> {
  await must(['sync']);
  const [file = '', ...rest] = onAll(argv);
  const child = spawn(file, rest, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'], timeout: LIMIT_MS });
  const exited = once(child, 'exit');
  const said: string[] = [];
  let [began, ended] = [Number.NaN, Number.NaN];
  for await (const text of createInterface({ input: child.stdout })) {
    said.push(text);
    if (BEGINS.test(text)) began = performance.now();
    if (ENDS.test(text)) ended = performance.now();
  }
  const [code] = await exited;
  if (code !== 0 || Number.isNaN(ended - began))
    throw new Error(`the build that was to be timed ended with ${String(code)}\n${said.join('\n')}`);
  return ended - began;
}

/** As a program reads them that does nothing with them. */
const readAll = (folder: string): Promise<number> =>
  timeOf(() => must(onAll(['sh', '-c', 'find "$0" -type f -print0 | xargs -0 cat > /dev/null', folder])));

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  await must(['sync']);
  const began = performance.now();
  await work();
  return performance.now() - began;
}
