/** How often a run waits for its host, counted on the line itself: what a far host costs beside its own work. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lag, startLag } from '../../testbed/lag.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';

/** Far more than the pauses within what one side says, and than what it computes between two lines. */
const DELAY_MS = 100;

let shop: Scene;
let lag: Lag;
let knownHosts: string;

beforeAll(async () => {
  // No heartbeat comes between, however long a step takes here.
  shop = await openScene({ times: { heartbeat: '2m', lease: '10m' } });
  lag = await startLag(shop.host.address, 22, DELAY_MS);
  knownHosts = shop.host.knownHosts.replaceAll(shop.host.address, '127.0.0.1');
  await shop.repo.commit();
  // The host program is there from here on.
  expect(await waits({ command: 'deploy' })).toBeGreaterThan(0);
});
afterAll(async () => {
  await lag?.[Symbol.asyncDispose]();
  await shop?.[Symbol.asyncDispose]();
});

/** The command that starts the host program, which is the first long thing that a runner says. */
const COMMAND_BYTES = 8_000;

/** Round trips of one run from the hello on; SSH's own are the login, and two until the command runs. */
async function waits(inputs: Record<string, string>): Promise<number> {
  lag.bursts();
  const way = { host: '127.0.0.1', port: String(lag.port), 'known-hosts': knownHosts };
  const result = await shop.command({ ...inputs, ...way });
  expect(result, result.log).toMatchObject({ code: 0 });
  const bursts = lag.bursts();
  const command = bursts.findIndex(({ side, bytes }) => side === 'near' && bytes > COMMAND_BYTES);
  // The first answer after it says that the command runs.
  return bursts.slice(command).filter(({ side }) => side === 'far').length - 1;
}

test('a deploy of changed code needs five: hello, preflight, what is lacking, the pack with the deploy, the confirm', async () => {
  await shop.repo.commit({ version: '2' });
  // The operation's first heartbeat is one more, for which nothing waits; it may come with the confirm.
  expect([5, 6]).toContain(await waits({ command: 'deploy' }));
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
