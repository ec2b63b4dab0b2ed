/** A job that is cancelled before its host was asked to change anything; see lost-runner.test.ts for whole deploys. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../testbed/slot.ts';
import { Transcript } from '../testbed/transcript.ts';

/** A program that is waited for, with one below it; then another. */
const BUILD = `
  import { run } from './src/build/run.ts';
  import { cancellable } from './src/commands/cancel.ts';
  await cancellable('building; nothing was sent', async () => {
    await run(['sh', '-c', 'sleep 600 & echo "below: $!" >"$TOLD"; wait']).catch(() => undefined);
    await run(['sh', '-c', 'echo another >>"$TOLD"']);
  }).catch((error) => console.log(error.message));
`;

/** Longest that ended programs stay to be seen on a busy machine, milliseconds. */
const GONE = 10_000;

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends all programs of a build, and starts no other', async (signal) => {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', BUILD], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const transcript = new Transcript();
  transcript.hear(child.stdout);
  const ended = once(child, 'close');
  await transcript.said('below: ', ended);
  const pid = /\d+/.exec(transcript.text)?.[0];
  child.kill(signal);
  await ended;
  expect(transcript.text).toBe(`below: ${pid}\nCancelled while building; nothing was sent; the site is as it was.\n`);
  await until('the program below ends', GONE, async () => {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '';
  });
});
