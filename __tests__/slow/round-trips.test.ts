/** How often a run waits for its host, counted on the line itself: what a far host costs beside its own work. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../src/ssh/connect.ts';
import { pinsFor } from '../../src/ssh/host-key.ts';
import { readLoginKey } from '../../src/ssh/private-key.ts';
import { type Lag, startLag } from '../../testbed/lag.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';

/** Far more than the pauses within what one side says, and than what it computes between two lines. */
const DELAY_MS = 150;

let shop: Scene;
let lag: Lag;
let knownHosts: string;
/** What SSH takes for itself: until the user is let in, and for the command's channel (two: it is opened, then the command is started). */
let ssh: number;

beforeAll(async () => {
  shop = await openScene();
  lag = await startLag(shop.host.address, 22, DELAY_MS);
  knownHosts = shop.host.knownHosts.replaceAll(shop.host.address, '127.0.0.1');
  const target = { host: '127.0.0.1', port: lag.port, user: shop.host.deployUser };
  const key = readLoginKey(shop.host.privateKey, undefined);
  const connection = await connect({ target, key, pins: pinsFor(knownHosts, target) });
  const channel = await connection.exec('true', 30_000);
  await new Promise((resolve) => channel.on('close', resolve).resume());
  connection.close();
  ssh = lag.turns();
  // The host program is there from here on.
  expect(await waits({ command: 'deploy' })).toBeGreaterThan(0);
});
afterAll(async () => {
  await lag?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
});

/** Round trips of one run, beside SSH's own. */
async function waits(inputs: Record<string, string>): Promise<number> {
  lag.turns();
  const way = { host: '127.0.0.1', port: String(lag.port), 'known-hosts': knownHosts };
  const result = await shop.command({ ...inputs, ...way });
  expect(result, result.log).toMatchObject({ code: 0 });
  return lag.turns() - ssh;
}

test('a deploy of changed code needs five: hello, preflight, what is lacking, the pack with the deploy, the confirm', async () => {
  await shop.repo.commit({ version: '2' });
  expect(await waits({ command: 'deploy' })).toBe(5);
});

test('a rollback needs three: hello, the rollback, the confirm', async () => {
  expect(await waits({ command: 'rollback' })).toBe(3);
});

test('a deploy of what is live already needs two', async () => {
  await waits({ command: 'deploy', force: 'true' });
  expect(await waits({ command: 'deploy' })).toBe(2);
});

test.each(['status', 'releases', 'history'])('%s needs one', async (command) => {
  expect(await waits({ command })).toBe(1);
});
