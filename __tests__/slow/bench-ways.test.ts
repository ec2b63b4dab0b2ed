/** What Graceful is measured against does what it is measured for. `bench.test.ts` plays the script over SSH and Capistrano. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bed, makeBed } from '../../bench/bed/host.ts';
import type { Command } from '../../bench/way.ts';
import { PEERS, SENDERS } from '../../bench/ways/peers.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { run } from '../../testbed/process.ts';

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
  async function play({ argv, cwd, env }: Command) {
    const { code, stdout, stderr } = await run(argv, { cwd, env: { ...env }, timeout: 300_000 });
    const answer = await fetchOnce(`http://${bed.host.address}/`, { headers: { host: ground.hostName } });
    return { code, said: stdout + stderr, status: answer.status, serves: answer.headers['x-version'] };
  }

  const first = await next({ broken: false });
  expect(await play(await ready.deploy(first, line))).toMatchObject({ code: 0, status: 200, serves: first.version });
  const second = await next({ broken: false });
  expect(await play(await ready.deploy(second, line))).toMatchObject({ code: 0, status: 200, serves: second.version });
  if (ready.rollback !== undefined) {
    const back = await play(await ready.rollback(second, line));
    expect(back).toMatchObject({ code: 0, status: 200, serves: first.version });
  }
  // Only a server finds out, and none of them has one that is tried before it serves.
  const broken = await play(await ready.deploy(await next({ broken: true }), line));
  expect(broken.status, broken.said).toBe(502);
});
