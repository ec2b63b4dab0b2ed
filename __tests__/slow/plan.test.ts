/** A plan changes nothing, and the deploy after it does exactly what it said. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeployPlan, HostPlan } from '../../src/report/plan/plan.ts';
import { size } from '../../src/report/text.ts';
import { openFleet } from '../../testbed/fleet-scene.ts';
import { blocksOf } from '../../testbed/guide.ts';
import type { TestHost } from '../../testbed/host.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';
import type { HostedSite } from '../../testbed/site.ts';
import { startGitHub } from '../fixtures/github.ts';

const OLD = 'asgiref==3.13.0\nDjango==5.2.19\ngunicorn==27.0.1\nsqlparse==0.5.3\n';
const NEW = 'asgiref==3.13.0\nDjango==5.2.19\ngunicorn==27.0.1\nsix==1.17.0\nsqlparse==0.6.1\n';

let scene: Scene;
let folder: string;

beforeAll(async () => {
  scene = await openScene({ migrate: true });
  folder = await mkdtemp(join(tmpdir(), 'graceful-plan-'));
  await scene.repo.commit({ version: '1', files: { 'requirements.txt': OLD } });
});
afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Everything below the site's folder, with rights, times and content; but not when SQLite last had its files beside the database, as
 * it has for every reader, visitors too.
 */
async function everything(host: TestHost, { root }: HostedSite): Promise<string> {
  const found = await host.must(['find', root, '-printf', '%p %y %M %u %g %s %T@ %l\n']);
  const read = await host.must(['sh', '-c', `find ${root} -type f -print0 | sort -z | xargs -0r sha256sum`]);
  const rows = found.split('\n').map((row) => row.replace(/^(\S+\/shared\/data d .*) \S+ $/, '$1'));
  return `${rows.sort().join('\n')}\n${read}`;
}

type Told = Omit<DeployPlan, 'phases'>;

function planOf(result: StepResult): Told {
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'planned' } });
  return JSON.parse(result.outputs['plan'] ?? '');
}

function firstOf({ hosts }: Told): HostPlan {
  const [first] = hosts;
  if (first === undefined) throw new Error('a plan is about a host');
  return first;
}

/** Plans, and sees that nothing on the host is another thing than before. */
async function plan(inputs: Readonly<Record<string, string>> = {}): Promise<{ told: Told; run: StepResult }> {
  const before = await everything(scene.host, scene.site);
  const run = await scene.command({ command: 'plan', ...inputs });
  expect(await everything(scene.host, scene.site)).toBe(before);
  return { told: planOf(run), run };
}

/** Deploys, and sees that what the plan said is what happens. */
async function deployAsPlanned(told: Told): Promise<StepResult> {
  const { sending } = firstOf(told);
  const records = (await scene.host.exec(['cat', `${scene.site.root}/journal.jsonl`])).stdout.length;
  const run = await scene.deploy();
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', commit: told.commit } });
  const { objects = 0, bytes = 0, trees = [] } = sending ?? {};
  expect(run.log).toContain(`sent ${objects} objects, ${size(bytes)} (${trees.join(', ')})\n`);
  const journal = (await scene.host.readFile(`${scene.site.root}/journal.jsonl`)).slice(records);
  const applied = journal
    .trim()
    .split('\n')
    .flatMap((line): string[] => JSON.parse(line).migrations ?? []);
  expect(applied.slice(applied.length / 2)).toEqual(told.migrations?.migrations?.map(({ name }) => name) ?? []);
  return run;
}

test('on an empty host: all of it, and not even the host program is left there', async () => {
  const { told, run } = await plan();
  const host = firstOf(told);
  expect(told).toMatchObject({ isUnchanged: false, waves: [[scene.host.address]], skipped: [] });
  expect(host).toMatchObject({
    release: null,
    commit: null,
    reasons: ['first deploy'],
    processes: [{ name: 'web', change: 'starts' }],
    sending: { trees: ['code', 'static', 'env'] },
  });
  expect(host.packages).toContain('+sqlparse 0.5.3');
  expect(told.migrations).toMatchObject({ isKnown: false, why: 'nothing is live yet that could be asked' });
  expect(told.migrations?.migrations?.map(({ name }) => name)).toContain('orders.0001_initial');
  expect(run.outputs).toMatchObject({ release: '', commit: '', url: scene.site.url });
  expect(run.summary).toMatch(/^<h2>📋 planned: shop \(staging\)<\/h2>/);
  expect(run.log).toContain('host program sent, for this plan alone');
  expect(run.log).not.toMatch(/::group::(Ship|Deploy)/);
  await deployAsPlanned(told);
});

/** What GitHub calls the merge of a pull request. */
const PULL = { GITHUB_REF: 'refs/pull/7/merge', GITHUB_REF_NAME: '7/merge' };

describe('with a live release', () => {
  let old: string;
  let next: string;
  let migrated: Told;

  test('a package, a migration and a file: in the log, the summary, the output, and one comment', async () => {
    old = await scene.repo.git('rev-parse', 'HEAD');
    next = await scene.repo.commit({ version: '2', migration: true, files: { 'requirements.txt': NEW } });
    await using github = await startGitHub(({ method }) =>
      method === 'GET' ? { status: 200, body: [{ id: 1, body: 'mine' }] } : { status: 201, body: { id: 2 } },
    );
    const event = join(folder, 'event.json');
    await writeFile(event, JSON.stringify({ pull_request: { number: 7 } }));
    const before = await everything(scene.host, scene.site);
    const run = await scene.deploy({
      inputs: { plan: 'true', 'plan-comment': 'true', token: 't0ken' },
      env: { GITHUB_API_URL: github.url, GITHUB_EVENT_PATH: event, ...PULL },
    });
    expect(run, run.log).toMatchObject({ code: 64 });
    // What is pulled is of no stage: it has to be named.
    const named = await scene.deploy({
      inputs: { plan: 'true', 'plan-comment': 'true', token: 't0ken', stage: 'staging' },
      env: { GITHUB_API_URL: github.url, GITHUB_EVENT_PATH: event, ...PULL },
    });
    expect(await everything(scene.host, scene.site)).toBe(before);
    migrated = planOf(named);
    const host = firstOf(migrated);
    expect(migrated).toMatchObject({
      commit: next,
      isUnchanged: false,
      migrations: {
        isKnown: true,
        why: null,
        migrations: [{ name: 'orders.0002_order_note', operations: ['Add field note to order'] }],
      },
    });
    expect(host).toMatchObject({
      commit: old,
      commits: { count: 1, back: false, lost: 0, shown: [{ sha: next, subject: 'Version 2' }] },
      packages: ['+six 1.17.0', 'sqlparse 0.5.3 -> 0.6.1'],
      processes: [{ name: 'web', change: 'restarts' }],
    });
    const url = `https://github.com/example/shop/compare/${old}...${next}`;
    for (const told of [named.log, named.summary]) {
      expect(told).toContain(url);
      expect(told).toContain('sqlparse 0.5.3 -');
      expect(told).toContain('orders.0002_order_note');
    }
    expect(github.lines()).toEqual(['GET /issues/7/comments?per_page=100', 'POST /issues/7/comments']);
    expect(github.calls.at(-1)?.body).toMatchObject({
      body: expect.stringContaining('<!-- graceful plan: shop staging -->\n<h2>📋 planned: shop (staging)</h2>'),
    });
  });

  test('the deploy does what it said', async () => {
    await deployAsPlanned(migrated);
  });

  test('unchanged: nothing would be done', async () => {
    const { told, run } = await plan();
    expect(told).toMatchObject({ isUnchanged: true, migrations: null });
    expect(firstOf(told)).toMatchObject({ commit: next, sending: null, processes: [], reasons: [] });
    expect(run.log).toContain('planned: unchanged: ');
    expect(run.log).not.toMatch(/::group::Build/);
  });

  test('after a rollback the database has more than the live release knows: nothing is pending', async () => {
    const back = await scene.command({ command: 'rollback', 'database-ahead': 'true' });
    expect(back, back.log).toMatchObject({ code: 0, outputs: { result: 'live', commit: old } });
    const { told } = await plan();
    expect(told.migrations).toEqual({ migrations: [], isKnown: true, why: null });
    expect(firstOf(told)).toMatchObject({ sending: null, packages: ['+six 1.17.0', 'sqlparse 0.5.3 -> 0.6.1'] });
  });

  test('a database that does not answer is told, and no failure', async () => {
    const file = `${scene.site.root}/shared/data/shop.sqlite3`;
    await scene.host.must(['mv', file, `${file}.away`]);
    await scene.host.must(['mkdir', file]);
    const { told } = await plan();
    expect(told.migrations).toMatchObject({
      isKnown: false,
      why: expect.stringMatching(/^the live release could not ask its database: .*OperationalError/),
    });
    await scene.host.must(['rmdir', file]);
    await scene.host.must(['mv', `${file}.away`, file]);
  });

  test('a key for plans alone plans, and does nothing else', async () => {
    const keys = '~/.ssh/authorized_keys';
    const lines = (await blocksOf('docs/plan.md')).flatMap(({ text }) => /^restrict,.* (?=ssh-)/.exec(text) ?? []);
    const [only = ''] = lines;
    expect(lines).toHaveLength(1);
    await scene.host.must(['sh', '-c', `cp ${keys} ${keys}.all && sed -i 's|^|${only}|' ${keys}`], { user: 'deploy' });
    planOf(await scene.command({ command: 'plan' }));
    for (const command of ['deploy', 'status', 'rollback']) {
      const run = await scene.command({ command });
      expect(run).toMatchObject({ code: 69 });
      expect(run.log).toContain(`this key is for plans alone, not for ${command}`);
    }
    await scene.host.must(['sh', '-c', `mv ${keys}.all ${keys}`], { user: 'deploy' });
  });

  test('a host that is not ready refuses the plan as it would refuse the deploy', async () => {
    await scene.host.must(['chown', 'root', `${scene.site.root}/releases`]);
    const run = await scene.command({ command: 'plan' });
    expect(run).toMatchObject({ code: 69 });
    expect(run.log).toContain('may not write');
    await scene.host.must(['chown', 'deploy', `${scene.site.root}/releases`]);
  });
});

/** Who switched when, as the log of a deploy tells it: all at once where it tells of no waves. */
const switched = ({ log }: StepResult, all: readonly string[]): string[][] => {
  const waves = [...log.matchAll(/^wave \d+ of \d+: (.*)$/gm)].map(([, names = '']) => names.split(', '));
  return waves.length === 0 ? [[...all]] : waves;
};

test('of two hosts: what is done to each, and who goes first', async () => {
  await using fleet = await openFleet(2, { migrate: true, waves: { canary: 1, batch: '50%' } });
  const [first, second] = fleet.hosts;
  if (second === undefined) throw new Error('there are two');
  await fleet.repo.commit({ version: '1' });
  const names = [first.host.address, second.host.address];
  const empty = planOf(await fleet.run({ command: 'plan' }));
  // Where nothing is live yet no visitor is spared by waves.
  expect(empty.waves).toEqual([names]);
  expect(empty.hosts.map(({ host, release }) => ({ host, release }))).toEqual(
    names.map((host) => ({ host, release: null })),
  );
  const live = await fleet.run();
  expect(live, live.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(switched(live, names)).toEqual(empty.waves);
  const sent = [...live.log.matchAll(/sent (\d+) objects, (.*) \(/g)].map(
    ([, objects, bytes]) => `${objects}, ${bytes}`,
  );
  expect(sent).toEqual(empty.hosts.map(({ sending }) => `${sending?.objects}, ${size(sending?.bytes ?? 0)}`));
  const again = await fleet.run({ command: 'plan' });
  expect(planOf(again)).toMatchObject({ isUnchanged: true });
  await fleet.repo.commit({ version: '2' });
  const before = await Promise.all(fleet.hosts.map(({ host, site }) => everything(host, site)));
  const told = planOf(await fleet.run({ command: 'plan' }));
  expect(await Promise.all(fleet.hosts.map(({ host, site }) => everything(host, site)))).toEqual(before);
  expect(told.hosts.map(({ release }) => release)).toEqual(names.map(() => live.outputs['release']));
  expect(told.migrations).toEqual({ migrations: [], isKnown: true, why: null });
  expect(told.waves).toEqual(names.map((name) => [name]));
  expect(planOf(await fleet.run({ command: 'stage', plan: 'true' })).waves).toEqual([]);
  const next = await fleet.run();
  expect(next, next.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(switched(next, names)).toEqual(told.waves);
});
