/** What Graceful is measured against does what it is measured for. `bench.test.ts` plays the script over SSH and Capistrano. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bed, makeBed } from '../../bench/bed/host.ts';
import type { Command } from '../../bench/way.ts';
import { PEERS, SENDERS } from '../../bench/ways/peers.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { run } from '../../testbed/process.ts';
import { until } from '../../testbed/slot.ts';

const PLAYED_ELSEWHERE = ['ssh-restart', 'capistrano'];
const ways = [...PEERS, ...SENDERS].filter(({ name }) => !PLAYED_ELSEWHERE.includes(name));

let bed: Bed;
let version = 0;

beforeAll(async () => {
  bed = await makeBed();
});
afterAll(() => bed[Symbol.asyncDispose]());

test.each(ways)('$name', async (way) => {
  await way.install();
  const ground = await bed.ground(way.name);
  const ready = await way.setUp(ground);
  const line = await bed.lines.switchTo('local');
  const path = join(ground.folder, 'checkout');

  async function next({ broken }: { readonly broken: boolean }) {
    version += 1;
    const commit = await bed.project.commit({ version: String(version), bump: 0, broken });
    await bed.project.checkOut(path);
    return { path, commit, version: String(version) };
  }
  /** @returns its exit status, and what the site answers as soon as that is so */
  async function play({ argv, cwd, env }: Command, awaited: { status: number; serves?: string }) {
    const { code, stdout, stderr } = await run(argv, { cwd, env: { ...env }, timeout: 300_000 });
    let answer = '';
    const comes = until(`${way.name} answers ${JSON.stringify(awaited)}`, 30_000, async () => {
      const { status, headers } = await fetchOnce(`http://${bed.host.address}/`, {
        headers: { host: ground.hostName },
      });
      answer = `${status}, version ${String(headers['x-version'])}`;
      return status === awaited.status && (awaited.serves === undefined || headers['x-version'] === awaited.serves);
    });
    // A reload is over before its new workers serve.
    await comes.catch((cause: unknown) => {
      throw new Error(`it answers ${answer} after exit ${code}\n${stdout}${stderr}`, { cause });
    });
    return code;
  }

  const first = await next({ broken: false });
  expect(await play(await ready.deploy(first, line), { status: 200, serves: first.version })).toBe(0);
  const second = await next({ broken: false });
  expect(await play(await ready.deploy(second, line), { status: 200, serves: second.version })).toBe(0);
  if (ready.rollback !== undefined)
    expect(await play(await ready.rollback(second, line), { status: 200, serves: first.version })).toBe(0);
  // Only a server finds out, and none of them has one that is tried before it serves.
  await play(await ready.deploy(await next({ broken: true }), line), { status: 502 });
  // A whole run breaks each site once at each link.
  const mended = await next({ broken: false });
  expect(await play(await ready.deploy(mended, line), { status: 200, serves: mended.version })).toBe(0);
});
