/** Several hosts as one: they go live together, and whatever fails on one of them leaves all on the release they had. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ambushAtRecord } from '../../testbed/ambush.ts';
import { setClockBack } from '../../testbed/clock.ts';
import { type FleetHost, type FleetScene, openFleet } from '../../testbed/fleet-scene.ts';
import { readJournal } from '../../testbed/inside.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { until } from '../../testbed/slot.ts';

let fleet: FleetScene;
let second: FleetHost;
let count = 1;
/** What serves everywhere before a test. */
let live: string;

beforeAll(async () => {
  fleet = await openFleet(3, { times: { heartbeat: '1s', lease: '10s', confirm: '10s' } });
  const [, other] = fleet.hosts;
  if (other === undefined) throw new Error('there are three');
  second = other;
});
afterEach(() => fleet.face.open());
afterAll(() => fleet?.[Symbol.asyncDispose]());

const names = () => fleet.hosts.map(({ host }) => host.address);
const nextVersion = () => String(++count);
const ends = (result: StepResult): { host: string; result: string; release: string }[] =>
  JSON.parse(result.outputs['hosts'] ?? '[]');
const results = (result: StepResult) => ends(result).map((end) => end.result);

/** Every host serves this release, and nothing is left unfinished. */
async function expectAll(release: string): Promise<void> {
  const all = await Promise.all(fleet.hosts.map((one) => fleet.status(one)));
  expect(all.map(({ links, unfinished, holder }) => ({ current: links.current, unfinished, holder }))).toEqual(
    all.map(() => ({ current: release, unfinished: null, holder: null })),
  );
  const serving = await fleet.serving();
  expect(new Set(serving.map(({ version }) => version)).size).toBe(1);
}

async function putLive(): Promise<StepResult> {
  await fleet.repo.commit({ version: nextVersion() });
  const result = await fleet.run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  live = result.outputs['release'] ?? '';
  return result;
}

test('the first deploy goes live on all of them, as one release', async () => {
  const result = await putLive();
  expect(ends(result)).toMatchObject(names().map((host) => ({ host, result: 'live', release: live })));
  await expectAll(live);
  for (const name of names()) expect(result.summary).toContain(`<td>${name}</td>`);
});

test('the same again is unchanged', async () => {
  const result = await fleet.run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'unchanged', release: live } });
  expect(ends(result)).toMatchObject(names().map((host) => ({ host, result: 'unchanged', release: live })));
});

test('a second one, which is the same to all of them, is sent to each', async () => {
  const result = await putLive();
  expect(result.log.match(/sent \d+ objects/g)).toHaveLength(3);
  await expectAll(live);
});

describe('one host fails', () => {
  test('at its own check: none switches', async () => {
    await second.host.must(['sh', '-c', `sed -i s/ALLOWED_HOSTS=/ALLOWED_HOSTS_=/ ${second.site.root}/shared/.env`]);
    await fleet.repo.commit({ version: nextVersion() });
    const result = await fleet.run();
    expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: live } });
    expect(results(result)).toEqual(['failed', 'failed', 'failed']);
    expect(result.log).toContain(`${second.host.address}: `);
    await second.host.must(['sh', '-c', `sed -i s/ALLOWED_HOSTS_=/ALLOWED_HOSTS=/ ${second.site.root}/shared/.env`]);
    await expectAll(live);
  });

  test('after all have switched: all fall back', async () => {
    const file = '/etc/nginx/sites-available/shop';
    const good = await second.host.readFile(file);
    const bad = good
      .replaceAll(/1" +candidate;/g, '1" current;')
      .replace('client_max_body_size', 'location = /healthz { return 500; }\n    client_max_body_size');
    const serve = async (text: string) => {
      await second.host.writeFile(file, text);
      await second.host.must(['systemctl', 'reload', 'nginx']);
    };
    await serve(bad);
    await fleet.repo.commit({ version: nextVersion() });
    const result = await fleet.run();
    await serve(good);
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
    expect(results(result)).toEqual(['fell-back', 'fell-back', 'fell-back']);
    await expectAll(live);
  });

  test('to be reached: nothing is touched', async () => {
    const journals = () =>
      Promise.all(fleet.hosts.map(({ host, site }) => host.readFile(`${site.root}/journal.jsonl`)));
    const before = await journals();
    await second.host.cutNetwork();
    await fleet.repo.commit({ version: nextVersion() });
    const result = await fleet.run();
    await second.host.restoreNetwork();
    expect(result, result.log).toMatchObject({ code: 69 });
    expect(result.log).toContain(second.host.address);
    expect(await journals()).toEqual(before);
  });

  test('to show the key that is known: nothing is touched', async () => {
    await fleet.repo.commit({ version: nextVersion() });
    const [one = '', , three] = fleet.hosts.map(({ host }) => host.knownHosts);
    const stranger = one.replaceAll(fleet.hosts[0].host.address, second.host.address);
    const result = await fleet.run({ 'known-hosts': [one, stranger, three].join('\n') });
    expect(result, result.log).toMatchObject({ code: 69 });
    expect(result.log).toMatch(new RegExp(`deploy@${second.host.address}:22: the host key differs`));
    await expectAll(live);
  });

  test('to live on after its confirm: the others stay live, and the next run finds it level', async () => {
    await fleet.repo.commit({ version: nextVersion() });
    const step = await fleet.startAndStand();
    // Stopped, it tells nobody, and nobody recovers in its place, until the host is off.
    const { struck } = await ambushAtRecord(second.host, second.site.root, 'STOP', 'confirm');
    fleet.face.open();
    await struck;
    await second.host.crash();
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 5, outputs: { result: 'split' } });
    expect(results(result)).toEqual(['live', 'unknown', 'live']);
    await second.host.boot();
    await until('the host has recovered', 60_000, async () => (await fleet.status(second)).unfinished === null);
    const level = await fleet.run();
    expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'unchanged' } });
    live = level.outputs['release'] ?? '';
    await expectAll(live);
  });

  test('to have the right time: an hour behind, it deploys and goes back as the others do', async () => {
    await using _past = await setClockBack(second.host);
    const before = live;
    await putLive();
    const back = await fleet.run({ command: 'rollback' });
    expect(back, back.log).toMatchObject({ code: 0, outputs: { result: 'live', release: before } });
    live = before;
    await expectAll(live);
    await putLive();
    await expectAll(live);
  });

  test('to be reached before the confirms: none goes out, and all fall back', async () => {
    await fleet.repo.commit({ version: nextVersion() });
    const step = await fleet.startAndStand();
    await second.host.cutNetwork();
    fleet.face.open();
    await step.said('fall-back');
    await second.host.restoreNetwork();
    const result = await step.result;
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
    expect(results(result)).toEqual(['fell-back', 'fell-back', 'fell-back']);
    await expectAll(live);
  });

  test('to note its confirm: the fleet is split, each host is named, and the next run brings it level', async () => {
    await fleet.repo.commit({ version: nextVersion() });
    const step = await fleet.startAndStand();
    const journal = `${second.site.root}/journal.jsonl`;
    await second.host.must(['chattr', '+i', journal]);
    fleet.face.open();
    const result = await step.result;
    await second.host.must(['chattr', '-i', journal]);
    expect(result, result.log).toMatchObject({ code: 5, outputs: { result: 'split' } });
    expect(results(result)).toEqual(['live', 'unknown', 'live']);
    const level = await fleet.run();
    expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    live = level.outputs['release'] ?? '';
    await expectAll(live);
  });
});

test('a rollback goes to one release on all of them', async () => {
  const before = live;
  await putLive();
  const result = await fleet.run({ command: 'rollback' });
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', release: before, previous: live } });
  live = before;
  await expectAll(live);
});

test('a rollback that one host does not have touches none', async () => {
  const { address } = second.host;
  await fleet.repo.commit({ version: nextVersion() });
  const others = names().filter((name) => name !== address);
  const part = await fleet.run({ hosts: others.join(',') });
  expect(part, part.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const ahead = part.outputs['release'] ?? '';
  const result = await fleet.run({ command: 'rollback', release: ahead });
  expect(result.code, result.log).not.toBe(0);
  expect((await fleet.serving()).map(({ release }) => release)).toEqual([ahead, live, ahead]);
  // The next run brings the one that was left out level.
  const level = await fleet.run();
  expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  live = level.outputs['release'] ?? '';
  await expectAll(live);
});

test('an update that would take each host to another release touches none, and names them', async () => {
  const previous = () => Promise.all(fleet.hosts.map(async (one) => (await fleet.status(one)).links.previous));
  // The one that was left out above has another release before this one.
  const before = await previous();
  expect(new Set(before).size).toBe(2);
  const refused = await fleet.run({ command: 'update' });
  expect(refused, refused.log).toMatchObject({ code: 69 });
  for (const [index, name] of names().entries()) expect(refused.log).toContain(`${name}: ${before[index]}`);
  expect(await previous()).toEqual(before);
  await expectAll(live);
  // From the next deploy on it is the same everywhere.
  const other = live;
  await putLive();
  const result = await fleet.run({ command: 'update' });
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', release: other, previous: live } });
  live = other;
  await expectAll(live);
});

test('a restart of hosts that serve different releases is no good end', async () => {
  await fleet.repo.commit({ version: nextVersion() });
  const others = names().filter((name) => name !== second.host.address);
  const part = await fleet.run({ hosts: others.join(',') });
  expect(part, part.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const result = await fleet.run({ command: 'restart' });
  expect(result, result.log).toMatchObject({ code: 5, outputs: { result: 'split', release: '' } });
  const ahead = part.outputs['release'];
  expect(ends(result).map(({ release }) => release)).toEqual([ahead, live, ahead]);
  const level = await fleet.run();
  expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  live = level.outputs['release'] ?? '';
  await expectAll(live);
});

describe('in waves', () => {
  const waves = { canary: 1, batch: '1', pause: '500ms' };

  test('one host after the other', async () => {
    await fleet.repo.commit({ version: nextVersion(), config: { waves } });
    const result = await fleet.run();
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    live = result.outputs['release'] ?? '';
    const [one = '', two = '', three = ''] = names();
    expect(result.log.match(/^wave .*/gm)).toEqual([
      `wave 1 of 3: ${one}`,
      `wave 2 of 3: ${two}`,
      `wave 3 of 3: ${three}`,
    ]);
    await expectAll(live);
  });

  test('a host that fails at its check when others have switched takes them back', async () => {
    await second.host.must(['sh', '-c', `sed -i s/ALLOWED_HOSTS=/ALLOWED_HOSTS_=/ ${second.site.root}/shared/.env`]);
    await fleet.repo.commit({ version: nextVersion(), config: { waves } });
    const result = await fleet.run();
    await second.host.must(['sh', '-c', `sed -i s/ALLOWED_HOSTS_=/ALLOWED_HOSTS=/ ${second.site.root}/shared/.env`]);
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
    expect(results(result)).toEqual(['fell-back', 'failed', 'failed']);
    await expectAll(live);
  });

  test('a host may fail where that is allowed: the others stay live, and the next run brings it level', async () => {
    const rename = (from: string, to: string) =>
      second.host.must(['sh', '-c', `sed -i s/${from}=/${to}=/ ${second.site.root}/shared/.env`]);
    await rename('ALLOWED_HOSTS', 'ALLOWED_HOSTS_');
    const health = { path: '/healthz', status: 200, timeout: '5s' };
    await fleet.repo.commit({ version: nextVersion(), config: { health, waves: { ...waves, 'max-fail': 1 } } });
    const result = await fleet.run();
    await rename('ALLOWED_HOSTS_', 'ALLOWED_HOSTS');
    expect(result, result.log).toMatchObject({ code: 5, outputs: { result: 'split' } });
    expect(results(result)).toEqual(['live', 'failed', 'live']);
    const level = await fleet.run();
    expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    live = level.outputs['release'] ?? '';
    await expectAll(live);
  });

  test('a host that is away is skipped where that is allowed, and brought level by the next run', async () => {
    const config = { waves: { 'max-fail': 1, unreachable: 'skip' } };
    await fleet.repo.commit({ version: nextVersion(), config });
    await second.host.cutNetwork();
    const result = await fleet.run();
    const told = await fleet.run({ command: 'status' });
    const pair = names().slice(0, 2);
    const one = await fleet.run({ command: 'status', hosts: pair.join(',') });
    await second.host.restoreNetwork();
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(results(result)).toEqual(['live', 'live', 'skipped']);
    expect(told.code).toBe(69);
    expect(told.log).toContain(`${second.host.address} could not be asked`);
    // Also where one alone has answered.
    expect(Object.keys(JSON.parse(one.outputs['status'] ?? '{}').hosts)).toEqual(pair.slice(0, 1));
    const level = await fleet.run();
    expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    live = level.outputs['release'] ?? '';
    await expectAll(live);
  });
});

test('a release is staged on all of them, and activated', async () => {
  await fleet.repo.commit({ version: nextVersion() });
  const staged = await fleet.run({ command: 'stage' });
  expect(staged, staged.log).toMatchObject({ code: 0, outputs: { result: 'done', release: live } });
  await expectAll(live);
  const release = /(\S+) is staged/.exec(staged.log)?.[1] ?? '';
  const result = await fleet.run({ command: 'activate', release });
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', release } });
  live = release;
  await expectAll(live);
});

test('a job that is cancelled after the switch takes all back', async () => {
  await fleet.repo.commit({ version: nextVersion() });
  const step = await fleet.startAndStand();
  step.process.kill('SIGINT');
  await step.said('fall-back');
  fleet.face.open();
  const result = await step.result;
  expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: live } });
  expect(results(result)).toEqual(['fell-back', 'fell-back', 'fell-back']);
  await expectAll(live);
});

const settled = (release: string) =>
  until('all hosts have ended it by themselves', 60_000, async () => {
    const all = await Promise.all(fleet.hosts.map((one) => fleet.status(one)));
    return all.every(
      ({ links, unfinished, holder }) => links.current === release && unfinished === null && holder === null,
    );
  });

test('a runner that dies after the switch: all fall back by themselves', async () => {
  await fleet.repo.commit({ version: nextVersion() });
  const step = await fleet.startAndStand();
  step.process.kill('SIGKILL');
  fleet.face.open();
  await settled(live);
  await expectAll(live);
});

test('a runner that dies between two waves: those that switched fall back, the others end', async () => {
  await fleet.repo.commit({ version: nextVersion(), config: { waves: { canary: 1, batch: '1', pause: '30s' } } });
  const step = await fleet.start();
  await step.said('switch ');
  step.process.kill('SIGKILL');
  await settled(live);
  await expectAll(live);
  const [one, two] = await Promise.all(fleet.hosts.map(({ host, site }) => readJournal(host, site.root)));
  expect([one, two].map((records) => records?.at(-1))).toMatchObject([
    { step: 'end', result: 'fell-back' },
    { step: 'end', result: 'failed' },
  ]);
});

test('a worker runs on the host that has it alone, and moves and comes back with the releases', async () => {
  const placed = (on: string) => ({
    processes: { worker: { command: 'sleep infinity', 'stop-timeout': '5s' } },
    stages: { staging: { hosts: names().map((host) => ({ host, processes: host === on ? ['worker'] : [] })) } },
  });
  const workers = () =>
    Promise.all(
      fleet.hosts.map(async (one) => {
        const { backends } = await fleet.status(one);
        const active = backends.filter(({ process, role, up }) => process === 'worker' && role === 'active' && up);
        return active.map(({ release }) => release);
      }),
    );
  const goLive = async (on: string) => {
    await fleet.repo.commit({ version: nextVersion(), config: placed(on) });
    const result = await fleet.run();
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    return result.outputs['release'] ?? '';
  };
  const [, two = '', three = ''] = names();
  const before = await goLive(two);
  expect(await workers()).toEqual([[], [before], []]);
  const after = await goLive(three);
  expect(await workers()).toEqual([[], [], [after]]);
  const back = await fleet.run({ command: 'rollback' });
  expect(back, back.log).toMatchObject({ code: 0, outputs: { result: 'live', release: before } });
  live = before;
  expect(await workers()).toEqual([[], [before], []]);
  await expectAll(live);
});

test('restart and status', async () => {
  const result = await fleet.run({ command: 'restart' });
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', release: live } });
  const told = await fleet.run({ command: 'status' });
  expect(told, told.log).toMatchObject({ code: 0, outputs: { release: live } });
  expect(Object.keys(JSON.parse(told.outputs['status'] ?? '{}').hosts)).toEqual(names());
});

test('one host migrates, and none goes back to where the database is ahead', async () => {
  await fleet.repo.commit({ version: nextVersion(), migration: true, config: { migrate: true } });
  const result = await fleet.run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const journals = await Promise.all(fleet.hosts.map(({ host, site }) => readJournal(host, site.root)));
  const release = result.outputs['release'];
  const steps = journals.map((records) =>
    records.filter((record) => record.release === release && record.step.startsWith('migrate')).map(({ step }) => step),
  );
  expect(steps).toEqual([['migrate', 'migrated'], ['migrated'], ['migrated']]);
  const back = await fleet.run({ command: 'rollback' });
  expect(back, back.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  expect(results(back)).toEqual(['failed', 'untouched', 'untouched']);
  const all = await Promise.all(fleet.hosts.map((one) => fleet.status(one)));
  expect(all.map(({ links }) => links.current)).toEqual([release, release, release]);
});

test('the first host is away: the next one does what is done once, and no other runs its singleton', async () => {
  const [first, third] = [fleet.hosts[0], fleet.hosts.at(-1)];
  if (third === undefined) throw new Error('there are three');
  const beat = { command: 'sleep infinity', singleton: true, 'stop-timeout': '5s' };
  // The public face is the first host's.
  const verify = { public: false };
  const waves = { 'max-fail': 1, unreachable: 'skip' };
  await fleet.repo.commit({ version: nextVersion(), config: { migrate: true, processes: { beat }, verify, waves } });
  await first.host.cutNetwork();
  const result = await fleet.run();
  const managed = await fleet.run({ command: 'manage', args: 'check' });
  await first.host.restoreNetwork();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const address = first.host.address;
  expect(Object.fromEntries(ends(result).map((end) => [end.host, end.result]))).toEqual({
    [address]: 'skipped',
    [second.host.address]: 'live',
    [third.host.address]: 'live',
  });
  expect(result.log).toContain(`${address} is skipped`);
  expect(result.log).toContain(
    `No host that was reached has beat: this run starts it nowhere, the next one that reaches ${address} does.`,
  );
  const release = result.outputs['release'];
  const journals = await Promise.all([second, third].map(({ host, site }) => readJournal(host, site.root)));
  const steps = journals.map((records) =>
    records.filter((record) => record.release === release && record.step.startsWith('migrate')).map(({ step }) => step),
  );
  // Each has a database of its own, where a real fleet shares one.
  expect(steps).toEqual([['migrate', 'migrated'], ['migrated']]);
  expect(managed, managed.log).toMatchObject({ code: 0, outputs: { result: 'done' } });
  expect(managed.log).toContain(`manage runs on ${second.host.address}, the first host that can be reached`);
  const beats = async (one: FleetHost) =>
    (await fleet.status(one)).backends.filter(({ process }) => process === 'beat').length;
  expect(await Promise.all(fleet.hosts.map(beats))).toEqual([0, 0, 0]);
  const level = await fleet.run();
  expect(level, level.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  const all = await Promise.all(fleet.hosts.map((one) => fleet.status(one)));
  expect(new Set(all.map(({ links }) => links.current))).toEqual(new Set([level.outputs['release']]));
  expect(await Promise.all(fleet.hosts.map(beats))).toEqual([1, 0, 0]);
});
