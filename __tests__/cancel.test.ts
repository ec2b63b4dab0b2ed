/** A job that is cancelled before its host was asked to change anything; see lost-runner.test.ts for whole deploys. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../testbed/slot.ts';

/** A program that is waited for, with one below it; then another. Each writes to the file that is this script's argument. */
const BUILD = `
  import { run } from './src/build/run.ts';
  import { cancellable } from './src/commands/cancel.ts';
  const told = process.argv[1];
  await cancellable('building; nothing was sent', async () => {
    await run(['sh', '-c', 'sleep 600 & echo "below: $!" >>"$0"; wait', told]).catch(() => undefined);
    await run(['sh', '-c', 'echo another >>"$0"', told]);
  }).catch((error) => console.log(error.message));
`;

/** Two things one after the other, with time between them in which nobody hears a signal. */
const GAP = `
  import { appendFileSync } from 'node:fs';
  import { cancellable } from './src/commands/cancel.ts';
  await cancellable('planning', async () => undefined);
  appendFileSync(process.argv[1], 'gap\\n');
  const alive = setInterval(() => {}, 1_000);
  await new Promise((resolve) => process.once('SIGTERM', resolve));
  clearInterval(alive);
  await cancellable('building', async () => console.log('built')).catch((error) => console.log(error.message));
`;

/** What is kept for the next run, to a cache that takes all night. */
const KEEPING = `
  import { untilSignal } from './src/commands/signals.ts';
  const alive = setInterval(() => {}, 1_000);
  await untilSignal(() => {
    console.log('told: live');
    return new Promise(() => {});
  });
  clearInterval(alive);
  console.log('ended with the code of what was told');
`;

/** Longest that starting and ending of programs takes on a busy machine, milliseconds. */
const SOON = 20_000;

/** Runs a script that writes to a file, and sends a signal when the words are in it. @returns all of the file */
async function signalled(script: string, words: string, signal: NodeJS.Signals): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'graceful-cancel-'));
  const path = join(folder.path, 'told');
  await using told = await open(path, 'a');
  const text = () => readFile(path, 'utf8');
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script, path], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', told.fd, 'inherit'],
  });
  const ended = once(child, 'close');
  await until('the script has begun', SOON, async () => (await text()).includes(words));
  child.kill(signal);
  await ended;
  return await text();
}

test('a signal between two parts of the work is heard by the second', async () => {
  expect(await signalled(GAP, 'gap', 'SIGTERM')).toBe('gap\nCancelled while building; the site is as it was.\n');
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends all programs of a build, and starts no other', async (signal) => {
  const told = await signalled(BUILD, 'below: ', signal);
  const pid = /\d+/.exec(told)?.[0];
  expect(told).toBe(`below: ${pid}\nCancelled while building; nothing was sent; the site is as it was.\n`);
  await until('the program below ends', SOON, async () => {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '';
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the keeping for the next run, and not the result',
  async (signal) => {
    expect(await signalled(KEEPING, 'told', signal)).toBe('told: live\nended with the code of what was told\n');
  },
);
