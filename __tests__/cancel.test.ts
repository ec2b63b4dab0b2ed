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

/** Longest that starting and ending of programs takes on a busy machine, milliseconds. */
const SOON = 20_000;

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends all programs of a build, and starts no other', async (signal) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'graceful-cancel-'));
  const path = join(folder.path, 'told');
  await using told = await open(path, 'a');
  const text = () => readFile(path, 'utf8');
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', BUILD, path], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', told.fd, 'inherit'],
  });
  const ended = once(child, 'close');
  await until('the build has begun', SOON, async () => (await text()).includes('below: '));
  const pid = /\d+/.exec(await text())?.[0];
  child.kill(signal);
  await ended;
  expect(await text()).toBe(`below: ${pid}\nCancelled while building; nothing was sent; the site is as it was.\n`);
  await until('the program below ends', SOON, async () => {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '';
  });
});
