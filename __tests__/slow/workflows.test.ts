import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ActRunner, addAction, copyWorkflows, type JobResult, openActRunner } from '../../testbed/act.ts';
import { FAST } from '../../testbed/live-shop.ts';
import { openPublicFace, type PublicFace } from '../../testbed/public-face.ts';
import { live, openScene, type Scene } from '../../testbed/scene.ts';
import type { CommitOptions } from '../../testbed/shop.ts';
import { writeDotenv } from '../../testbed/site.ts';
import { startGitHub } from '../fixtures/github.ts';

/** The workflows of docs/workflows/ as they stand, run by nektos/act against a booted host. */
const STAGING = join(import.meta.dirname, '../../docs/workflows/staging.yml');
const PLAN = join(import.meta.dirname, '../../docs/workflows/plan.yml');
const ROLLBACK = join(import.meta.dirname, '../../docs/workflows/rollback.yml');
const OFFLINE = join(import.meta.dirname, '../../docs/workflows/offline.yml');

const SECRET_KEY = 'planted-secret-key-9tWq2Lx4';
const GITHUB_TOKEN = 'planted-token-5hYp8Kz3';

const stack = new AsyncDisposableStack();
let scene: Scene;
let face: PublicFace;
let runner: ActRunner;
/** All that any job printed. */
const logs: string[] = [];
/** Results of the first and the second push. */
const pushes: JobResult[] = [];

beforeAll(async () => {
  scene = stack.use(await openScene({ migrate: true, verify: { local: 'http://127.0.0.1' }, times: FAST }));
  const { host, repo, site } = scene;
  face = stack.use(await openPublicFace(host));
  await writeDotenv(host, site.site, { ALLOWED_HOSTS: `${host.address},${host.gateway}` });
  await repo.git('remote', 'add', 'origin', 'https://github.com/example/shop');
  await repo.git('checkout', '--quiet', '-b', 'develop');
  const keys = { SSH_KEY: host.privateKey, PLAN_SSH_KEY: host.privateKey, GITHUB_TOKEN };
  const secrets = { ...keys, KNOWN_HOSTS: host.knownHosts, SECRET_KEY };
  runner = stack.use(await openActRunner({ repo, secrets }));
});

afterAll(() => stack.disposeAsync());

/** A developer's commit on `develop`, with the site alone in it. */
async function commit(options: CommitOptions): Promise<void> {
  const staging = { branch: 'develop', host: scene.host.address, user: 'deploy', url: face.url };
  await scene.repo.commit({ ...options, config: { stages: { staging } } });
}

async function push(options: CommitOptions): Promise<JobResult> {
  await commit(options);
  await addAction(scene.repo);
  return heard(await runner.run(STAGING, { name: 'push' }));
}

/** A person presses the button. */
async function rollback(inputs: { release?: string; reason: string }): Promise<JobResult> {
  const form = { stage: 'staging', release: '', ...inputs };
  return heard(await runner.run(ROLLBACK, { name: 'workflow_dispatch', inputs: form }));
}

function heard(result: JobResult): JobResult {
  logs.push(result.log, result.summary);
  return result;
}

const lastBegin = async () => (await scene.journal()).findLast(({ step }) => step === 'begin');

/** Seconds of a row of the summary. */
function seconds(summary: string, row: string): number {
  return Number(new RegExp(`<td>${row}</td><td>([\\d.]+) s</td>`).exec(summary)?.[1]);
}

describe('staging.yml', () => {
  test('puts a push to develop live', async () => {
    const run = await push({ version: '1' });
    pushes.push(run);
    const release = (await scene.status()).links.current;
    const sha = await scene.repo.git('rev-parse', 'HEAD');
    expect(run, run.log).toMatchObject({
      code: 0,
      outputs: { result: 'live', release, previous: '', commit: sha, url: face.url },
    });
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': release } });
    expect(run.summary).toMatch(/^<h2>✅ live: shop \(staging\)<\/h2>/);
    expect(await lastBegin()).toMatchObject({
      kind: 'deploy',
      origin: {
        actor: 'octocat',
        workflow: 'Staging',
        runUrl: expect.stringMatching(/^https:\/\/github\.com\/example\/shop\/actions\/runs\/\d+$/),
      },
    });
  });

  test('shows its phases as groups, uses the Python that was set up, and builds the environment', () => {
    const [{ log } = { log: '' }] = pushes;
    const groups = [...log.matchAll(/^❓ {2}::group::(.*)$/gm)].map(([, name]) => name);
    expect(groups).toEqual(['Read', 'Connect', 'Plan', 'Compare', 'Build', 'Ship', 'Deploy']);
    expect(log.match(/^❓ {2}::endgroup::$/gm)).toHaveLength(groups.length);
    expect(log).toMatch(/^\| building with Python 3\.11\.\d+ \(\S+\/tmp\/python-3\.11\/python\S*\)$/m);
    expect(log).toMatch(/^\| environment \w{12} with \d+ packages: built in this run$/m);
    expect(log).toContain('Cache saved successfully');
  });

  test('takes the environment from the Actions cache on a new runner', async () => {
    await runner.renew();
    const run = await push({ version: '2' });
    pushes.push(run);
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log).toMatch(/^\| environment \w{12} with \d+ packages: from the Actions cache, resolved today$/m);
    expect(run.log).toContain('Cache restored successfully');
    expect(run.log).not.toMatch(/resolving|installing|compiling/);
    const [cold, warm] = pushes.map(({ summary }) => seconds(summary, 'Build'));
    console.log(`act: building took ${cold} s without the Actions cache and ${warm} s with it`);
    expect((await scene.visit()).body).toContain('version 2');
  });

  test('fails for a version that does not start, and hides the secret that its log shows', async () => {
    const before = await scene.status();
    const wsgi = 'import os\nimport sys\nprint("key", os.environ["SECRET_KEY"], file=sys.stderr)\nimport missing\n';
    const run = await push({ version: '3', files: { 'shop/wsgi.py': wsgi } });
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: before.links.current } });
    expect(run.log).toContain("ModuleNotFoundError: No module named 'missing'");
    expect(run.log).toMatch(/\bkey \*\*\*/);
    expect(run.log).toContain('🏁  Job failed');
    expect(live(await scene.status())).toEqual(live(before));
  });
});

describe('plan.yml', () => {
  test('tells in one comment of the pull request what its merge would do, and changes nothing', async () => {
    const comments: { id: number; body: string }[] = [];
    await using github = await startGitHub(({ method, body }) => {
      if (method === 'GET') return { status: 200, body: comments };
      if (method === 'POST') comments.push({ id: 1, body: JSON.stringify(body) });
      return { status: 201, body: { id: 1 } };
    });
    await scene.repo.git('checkout', '--quiet', '-b', 'discounts');
    await commit({ version: '2b', migration: true });
    await addAction(scene.repo);
    const [before, journal] = [await scene.status(), await scene.journal()];
    const plan = async () => heard(await runner.run(PLAN, { name: 'pull_request', pullRequest: 7, api: github.url }));
    const run = await plan();
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'planned', release: before.links.current } });
    expect(run.summary).toMatch(/^<h2>📋 planned: shop \(staging\)<\/h2>/);
    for (const told of [run.summary, comments[0]?.body]) {
      expect(told).toContain('orders.0002_order_note');
      expect(told).toContain('Version 2b');
      expect(told).toContain('https://github.com/example/shop/compare/');
    }
    expect(github.lines()).toEqual(['GET /issues/7/comments?per_page=100', 'POST /issues/7/comments']);
    for (const [index, one] of comments.entries()) comments[index] = { ...one, body: JSON.parse(one.body).body };
    await plan();
    expect(github.lines().slice(2)).toEqual(['GET /issues/7/comments?per_page=100', 'PATCH /issues/comments/1']);
    expect(await scene.status()).toEqual(before);
    expect(await scene.journal()).toEqual(journal);
    await scene.repo.git('checkout', '--quiet', 'develop');
  });
});

describe('rollback.yml', () => {
  test('puts the release before back, and the reason into the journal', async () => {
    const [first, second] = pushes.map(({ outputs }) => outputs['release']);
    const run = await rollback({ reason: 'the shop "sold" nothing' });
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release: first, previous: second } });
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': first } });
    expect(await lastBegin()).toMatchObject({
      kind: 'rollback',
      origin: { actor: 'octocat', workflow: 'Roll back', reason: 'the shop "sold" nothing' },
    });
    expect(run.summary).toMatch(/^<h2>✅ live: shop \(staging\)<\/h2>/);
  });

  test('goes to the release that is named', async () => {
    const [first, second] = pushes.map(({ outputs }) => outputs['release'] ?? '');
    const run = await rollback({ release: second ?? '', reason: 'it was not the shop' });
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release: second, previous: first } });
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': second } });
  });

  test.for([
    { release: 'yesterday', says: '"yesterday" is no release id' },
    { release: '20260101T000000Z-abcdef1', says: '20260101T000000Z-abcdef1 is not on this host' },
  ])('refuses the release $release, and nothing changes', async ({ release, says }) => {
    const before = await scene.status();
    const run = await rollback({ release, reason: 'a slip' });
    expect(run.code, run.log).toBe(1);
    expect(run.log).toContain('❗  ::error');
    expect(run.log).toContain(says);
    expect(await scene.status()).toEqual(before);
  });
});

describe('offline.yml', () => {
  const maintain = async (command: string, message: string) => {
    const inputs = { stage: 'staging', command, message };
    return heard(await runner.run(OFFLINE, { name: 'workflow_dispatch', inputs }));
  };

  test('shows visitors the page with the message, and the journal tells who and why', async () => {
    const before = await scene.status();
    const run = await maintain('offline', 'Back at "three"');
    expect(run, run.log).toMatchObject({ code: 0 });
    const page = await scene.visit();
    expect(page).toMatchObject({ status: 503, headers: { 'retry-after': '120' } });
    expect(page.body).toContain('Back at &quot;three&quot;');
    expect(await lastBegin()).toMatchObject({
      kind: 'offline',
      origin: { actor: 'octocat', workflow: 'Maintenance', reason: 'Back at "three"' },
    });
    expect(live(await scene.status())).toEqual(live(before));
  });

  test('gives them the site again', async () => {
    const run = await maintain('online', '');
    expect(run, run.log).toMatchObject({ code: 0 });
    const { current } = (await scene.status()).links;
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': current } });
  });
});

describe('copied as docs/workflows.md says', () => {
  test('they use the published Action, and need nothing of it in the site', async () => {
    await commit({ version: '4' });
    await copyWorkflows(scene.repo.path);
    await scene.repo.git('add', '.github');
    await scene.repo.git('commit', '--quiet', '--amend', '--no-edit');
    const files = join(scene.repo.path, '.github/workflows');
    const before = (await scene.status()).links.current;
    const run = heard(await runner.run(join(files, 'staging.yml'), { name: 'push' }));
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before } });
    expect(run.log).toContain('Main OWNER/graceful@v1');
    expect((await scene.visit()).body).toContain('version 4');

    // What was planned above brought a migration, which the release before does not know.
    const inputs = { stage: 'staging', release: '', reason: 'to and fro', 'database-ahead': 'true' };
    const back = heard(await runner.run(join(files, 'rollback.yml'), { name: 'workflow_dispatch', inputs }));
    expect(back, back.log).toMatchObject({ code: 0, outputs: { result: 'live', release: before } });
  });
});

describe('a cancelled run', () => {
  // act kills the step at once, where GitHub's own runner interrupts it first: the host finds out by itself.
  test('between switch and confirm leaves the site on the old release', async () => {
    const before = await scene.status();
    face.shut();
    await commit({ version: '5' });
    await addAction(scene.repo);
    const job = await runner.start(STAGING, { name: 'push' });
    const early = job.result.then(({ log }) => Promise.reject(new Error(`it ended before its public check:\n${log}`)));
    await Promise.race([face.visited(), early]);
    early.catch(() => undefined);
    expect((await scene.status()).links.current).not.toBe(before.links.current);
    job.process.kill('SIGINT');
    const run = heard(await job.result);
    face.open();
    expect(run.code, run.log).not.toBe(0);
    await expect
      .poll(async () => (await scene.journal()).at(-1), { timeout: 30_000 })
      .toMatchObject({ step: 'end', result: 'fell-back' });
    expect(live(await scene.status())).toEqual(live(before));
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': before.links.current } });
  });
});

test('no job printed a secret', () => {
  expect(logs.length).toBeGreaterThan(10);
  const all = logs.join('\n');
  const key = scene.host.privateKey.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
  expect(key.length).toBeGreaterThan(3);
  for (const secret of [SECRET_KEY, GITHUB_TOKEN, ...key]) expect(all.includes(secret)).toBe(false);
});
