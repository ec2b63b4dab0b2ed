import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipapp } from '../scripts/zipapp.ts';
import type { Mutation } from './mutations/mutation.ts';
import { BROKE } from './unmet.ts';

const CHECKOUT = join(import.meta.dirname, '..');

/** The mutated text. @throws Error where the line is no longer there, or stands there twice */
export function mutated(text: string, { id, file, from, to }: Mutation): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(
      `mutation ${id}: host/${file} has ${after === undefined ? 'no' : 'more than one'} ${JSON.stringify(from)}`,
    );
  return before + to + after;
}

/** @throws Error naming every mutation whose line no longer exists */
export async function checkMutations(mutations: readonly Mutation[]): Promise<void> {
  const lost: string[] = [];
  for (const mutation of mutations) {
    try {
      mutated(await readFile(join(CHECKOUT, 'host', mutation.file), 'utf8'), mutation);
    } catch (error) {
      lost.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (lost.length > 0) throw new Error(lost.join('\n'));
}

/** Builds `dist/` with the host program changed, and plays the cases that guard it. @returns what they said, and whether one was red */
export async function playMutation(mutation: Mutation): Promise<{ readonly red: boolean; readonly said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'graceful-mutation-'));
  try {
    const [host, dist] = [join(folder, 'host'), join(folder, 'dist')];
    await cp(join(CHECKOUT, 'host'), host, { recursive: true });
    await cp(join(CHECKOUT, 'dist'), dist, { recursive: true });
    const file = join(host, mutation.file);
    await writeFile(file, mutated(await readFile(file, 'utf8'), mutation));
    await writeFile(join(dist, 'graceful.pyz'), zipapp(host), { mode: 0o755 });
    await cp(join(host, 'bootstrap.py'), join(dist, 'bootstrap.py'));
    return await playWith(dist, mutation.cases);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether something did not hold: a case that broke by itself shows nothing of a mutation. Pure. */
export function isRed(said: string): boolean {
  return said.split('\n').some((line) => line.startsWith('  - ') && !line.startsWith(`  - ${BROKE}`));
}

async function playWith(dist: string, cases: readonly string[]): Promise<{ red: boolean; said: string }> {
  const argv = [join(import.meta.dirname, 'main.ts'), '--hosts', '1', ...cases.flatMap((one) => ['--only', one])];
  const child = spawn(process.execPath, argv, {
    env: { ...process.env, GRACEFUL_TEST_DIST: dist },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  if (!/^faults: \d+ cases, \d+ violations$/m.test(said)) throw new Error(`the cases came to no end:\n${said}`);
  return { red: isRed(said), said };
}
