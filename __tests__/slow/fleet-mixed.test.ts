/** Two hosts with different Pythons: Debian 12 has 3.11, Debian 13 has 3.13. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FleetScene, openFleet } from '../../testbed/fleet-scene.ts';

let fleet: FleetScene;

beforeAll(async () => {
  fleet = await openFleet(['plain', 'trixie']);
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const requirements = 'requirements.txt';
const releases = () => Promise.all(fleet.hosts.map(async (one) => (await fleet.status(one)).links.current));

test('a host that lacks the Python is told before anything is touched on any', async () => {
  await fleet.repo.commit({ config: { python: { requirements, version: '3.11' } } });
  const result = await fleet.run();
  expect(result, result.log).toMatchObject({ code: 1 });
  expect(result.log).toMatch(/has no Python 3\.11; it has 3\.13\.\d+/);
  expect(await releases()).toEqual([null, null]);
});

test('each gets an environment for its own, built in a system like it, and both go live as one release', async () => {
  await fleet.repo.commit({ version: '2', config: { python: { requirements }, build: { in: 'debian' } } });
  const result = await fleet.run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const release = result.outputs['release'];
  expect(await releases()).toEqual([release, release]);
  const pythons = fleet.hosts.map(async ({ host, site }) =>
    (await host.must([`${site.root}/current/venv/bin/python`, '--version'])).trim(),
  );
  expect(await Promise.all(pythons)).toEqual([
    expect.stringMatching(/^Python 3\.11\./),
    expect.stringMatching(/^Python 3\.13\./),
  ]);
}, 1_200_000);
