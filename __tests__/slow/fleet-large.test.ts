/** Eight hosts behind one load balancer, with visitors all the time: waves, a wave that fails, and a host that is away. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FleetScene, openFleet } from '../../testbed/fleet-scene.ts';
import { startLoad, summarise } from '../../testbed/load.ts';
import type { StepResult } from '../../testbed/runner.ts';

const HOSTS = 8;
const WAVES = { canary: 1, batch: '25%', pause: '500ms' };

let fleet: FleetScene;
let live: string;
let count = 1;

beforeAll(async () => {
  fleet = await openFleet(HOSTS, {}, { balanced: true });
  const result = await next();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  live = result.outputs['release'] ?? '';
  // Each has a database of its own, where a real fleet shares one.
  for (const { host, site } of fleet.hosts)
    await host.must([`${site.root}/bin/graceful`, 'manage', 'migrate', '--noinput'], { user: host.deployUser });
}, 300_000);
afterAll(() => fleet?.[Symbol.asyncDispose]());

const names = () => fleet.hosts.map(({ host }) => host.address);
/** How each host ended, by its name. */
const results = (result: StepResult): Record<string, string> =>
  Object.fromEntries(
    JSON.parse(result.outputs['hosts'] ?? '[]').map((end: { host: string; result: string }) => [end.host, end.result]),
  );

/** Deploys a new version to all of them. */
async function next(waves: Record<string, unknown> = WAVES): Promise<StepResult> {
  count += 1;
  const health = { path: '/healthz', status: 200, timeout: '5s' };
  await fleet.repo.commit({ version: String(count), config: { waves, health } });
  return fleet.run();
}

/** What visitors saw meanwhile, through the balancer. */
async function visited<T>(work: () => Promise<T>) {
  const { host } = new URL(fleet.url);
  const load = await startLoad({ address: host }, { posts: 0, rate: 20 });
  const result = await work();
  const { requests, failures } = summarise(await load.stop());
  return { result, requests, failures };
}

async function expectAll(release: string): Promise<void> {
  expect((await fleet.serving()).map((one) => one.release)).toEqual(names().map(() => release));
}

test('one after the other in waves, and no visitor notices', async () => {
  const { result, requests, failures } = await visited(() => next());
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', 'failed-requests': '0' } });
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(50);
  live = result.outputs['release'] ?? '';
  const [one, ...others] = names();
  const batches = [0, 2, 4, 6].map((at) => others.slice(at, at + 2).join(', '));
  expect(result.log.match(/^wave .*/gm)).toEqual(
    [one, ...batches].map((hosts, index) => `wave ${index + 1} of 5: ${hosts}`),
  );
  await expectAll(live);
});

test('a host of the third wave fails: all fall back, and no visitor notices', async () => {
  const bad = fleet.hosts[3];
  if (bad === undefined) throw new Error('there are eight');
  const rename = (from: string, to: string) =>
    bad.host.must(['sh', '-c', `sed -i s/${from}=/${to}=/ ${bad.site.root}/shared/.env`]);
  await rename('ALLOWED_HOSTS', 'ALLOWED_HOSTS_');
  const { result, failures } = await visited(() => next());
  await rename('ALLOWED_HOSTS_', 'ALLOWED_HOSTS');
  expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
  expect(results(result)).toMatchObject({ [bad.host.address]: 'failed' });
  expect(failures).toEqual([]);
  await expectAll(live);
});

test('a rollback goes to one release on all, in waves', async () => {
  const { result, failures } = await visited(() => fleet.run({ command: 'rollback' }));
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(failures).toEqual([]);
  await expectAll(result.outputs['release'] ?? '');
});

test('a host that is away is skipped, loudly, and brought level by the next run', async () => {
  const away = fleet.hosts[6];
  if (away === undefined) throw new Error('there are eight');
  await away.host.cutNetwork();
  const result = await next({ ...WAVES, 'max-fail': 1, unreachable: 'skip' });
  await away.host.restoreNetwork();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const { address } = away.host;
  expect(results(result)).toEqual(
    Object.fromEntries(names().map((name) => [name, name === address ? 'skipped' : 'live'])),
  );
  expect(result.log).toContain(`${address} is skipped`);
  const level = await fleet.run();
  expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  await expectAll(level.outputs['release'] ?? '');
});
