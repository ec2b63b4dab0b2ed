/** A fleet behind a jump host, which is a real sshd on this machine that has nothing of Graceful. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FleetScene, openFleet } from '../../testbed/fleet-scene.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { freePort, makeKey, type Sshd, scratch, startSshd, USER } from '../fixtures/session/sshd.ts';

const folder = scratch();
const hostKey = makeKey(folder.path, 'jump', ['-t', 'ed25519']);
let fleet: FleetScene;
let jump: Sshd | undefined;
let knownHosts: string;

beforeAll(async () => {
  // Where it listens has to stand in graceful.yml, and whom it lets in is known when the hosts are there.
  const port = await freePort();
  fleet = await openFleet(2, { jump: { host: '127.0.0.1', port, user: USER } });
  const [{ host }] = fleet.hosts;
  jump = await startSshd(folder.path, [hostKey], [`restrict,port-forwarding ${host.publicKey}`], [], port);
  knownHosts = [...fleet.hosts.map((one) => one.host.knownHosts), jump.line(hostKey)].join('\n');
});
afterAll(async () => {
  await jump?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const run = (inputs = {}): Promise<StepResult> => fleet.run({ 'known-hosts': knownHosts, ...inputs });
const logins = () => jump?.log().match(/^Accepted publickey/gm)?.length;

test('deploys, goes back and tells through it, one login there for each host', async () => {
  await fleet.repo.commit();
  const first = await run();
  expect(first, first.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(logins()).toBe(2);
  await fleet.repo.commit({ version: '2' });
  const second = await run();
  expect(second, second.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const back = await run({ command: 'rollback' });
  expect(back, back.log).toMatchObject({ code: 0, outputs: { release: first.outputs['release'] } });
  expect(logins()).toBe(6);
});

test('a jump host that is down: it is named, and nothing is touched', async () => {
  await jump?.[Symbol.asyncDispose]();
  const before = await fleet.serving();
  const result = await run();
  expect(result, result.log).toMatchObject({ code: 69 });
  expect(result.log).toMatch(/nothing listens on port \d+ of the host \(connection refused\)/);
  expect(await fleet.serving()).toEqual(before);
});
