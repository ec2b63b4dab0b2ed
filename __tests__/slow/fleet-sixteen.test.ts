/** Sixteen hosts: what one of them does decides for all, and each is told by its name. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FleetScene, openFleet } from '../../testbed/fleet-scene.ts';
import type { StepResult } from '../../testbed/runner.ts';

let fleet: FleetScene;
let live: string;

beforeAll(async () => {
  fleet = await openFleet(16);
}, 300_000);
afterAll(() => fleet?.[Symbol.asyncDispose]());

const config = { waves: { canary: 2, batch: '50%' }, health: { path: '/healthz', status: 200, timeout: '10s' } };
const names = () => fleet.hosts.map(({ host }) => host.address);
const ends = (result: StepResult): { host: string; result: string }[] => JSON.parse(result.outputs['hosts'] ?? '[]');
const serving = async () => new Set((await fleet.serving()).map(({ release }) => release));

test('all go live', async () => {
  await fleet.repo.commit({ config });
  const result = await fleet.run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  live = result.outputs['release'] ?? '';
  expect(ends(result).map(({ host, result: end }) => `${host} ${end}`)).toEqual(names().map((name) => `${name} live`));
  expect(await serving()).toEqual(new Set([live]));
});

test('the last one fails: those of three waves fall back', async () => {
  const last = fleet.hosts.at(-1);
  if (last === undefined) throw new Error('there are sixteen');
  await last.host.must(['sh', '-c', `sed -i s/ALLOWED_HOSTS=/ALLOWED_HOSTS_=/ ${last.site.root}/shared/.env`]);
  await fleet.repo.commit({ version: '2', config });
  const result = await fleet.run();
  await last.host.must(['sh', '-c', `sed -i s/ALLOWED_HOSTS_=/ALLOWED_HOSTS=/ ${last.site.root}/shared/.env`]);
  expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
  expect(result.log.match(/^wave .*: /gm)).toEqual(['wave 1 of 3: ', 'wave 2 of 3: ', 'wave 3 of 3: ']);
  const fellBack = ends(result).filter((end) => end.result === 'fell-back');
  expect(fellBack.length).toBeGreaterThanOrEqual(10);
  expect(ends(result).find(({ host }) => host === last.host.address)?.result).toBe('failed');
  expect(await serving()).toEqual(new Set([live]));
});

test('the same commit again goes live, and back', async () => {
  const again = await fleet.run();
  expect(again, again.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const back = await fleet.run({ command: 'rollback' });
  expect(back, back.log).toMatchObject({ code: 0, outputs: { result: 'live', release: live } });
  expect(await serving()).toEqual(new Set([live]));
});
