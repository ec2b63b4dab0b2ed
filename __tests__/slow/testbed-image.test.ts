import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { imageOf, type Recipe } from '../../testbed/image.ts';
import { must, run } from '../../testbed/process.ts';
import { until } from '../../testbed/slot.ts';

/** As quick as an image can be: what is tested is how one is made, not what is on it. */
const RECIPE: Recipe = { suite: 'bookworm', packages: ['procps'], hooks: [] };
const CACHE = `/var/cache/graceful-test-${process.pid}`;

const remove = () => rm(CACHE, { recursive: true, force: true });
beforeAll(remove);
afterAll(remove);

/** The one folder that a build is at work in. */
async function unfinished(): Promise<string> {
  const name = existsSync(CACHE) ? (await readdir(CACHE)).find((entry) => entry.endsWith('.unfinished')) : undefined;
  return join(CACHE, name ?? 'none');
}

test('a build that is killed half-way leaves neither processes nor mounts, and the next one begins anew', async () => {
  const script = `
    import { imageOf } from './testbed/image.ts';
    await imageOf(${JSON.stringify(RECIPE)}, ${JSON.stringify(CACHE)});
  `;
  const builder = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: 'ignore',
  });
  const ended = once(builder, 'exit');
  // Packages are unpacked by then, and this machine's own /dev is mounted there.
  await until('the build is half-way', 60_000, async () => existsSync(join(await unfinished(), 'usr/bin/dpkg')));
  builder.kill('SIGKILL');
  await ended;
  const killed = await unfinished();
  expect(existsSync(join(killed, 'usr/bin/dpkg'))).toBe(true);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(killed);

  const made = await imageOf(RECIPE, CACHE);
  expect(`${made}.unfinished`).toBe(killed);
  expect(existsSync(killed)).toBe(false);
  expect((await run(['pgrep', '--full', killed])).code).toBe(1);
  expect(await must(['chroot', made, 'dpkg', '--audit'])).toBe('');
});

test('an image that is whole is used as it is; one that lost files is made anew', async () => {
  const made = await imageOf(RECIPE, CACHE);
  // A number that is free again is given to the next folder: with the time of its birth it is one of its own.
  const identity = () => must(['stat', '--format=%i of %w', made]);
  const before = await identity();
  expect(await imageOf(RECIPE, CACHE)).toBe(made);
  expect(await identity()).toBe(before);

  // As a removal does that was begun and not ended.
  await rm(join(made, 'usr/share'), { recursive: true });
  expect(await imageOf(RECIPE, CACHE)).toBe(made);
  expect(await identity()).not.toBe(before);
  expect(existsSync(join(made, 'usr/share'))).toBe(true);
});
