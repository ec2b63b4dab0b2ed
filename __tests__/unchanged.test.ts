import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { MANAGER } from '../testbed/manager.ts';
import type { StepResult } from '../testbed/runner.ts';
import { live, openScene, type Scene } from '../testbed/scene.ts';
import { writeDotenv } from '../testbed/site.ts';

let scene: Scene;
let commit: string;
/** Milliseconds of the deploy that built and sent everything. */
let whole: number;
/** The secrets that the deploy before gave, as the next one must to change nothing. */
let env = 'SECRET_KEY=first-secret-of-the-shop';
/** Of the configuration, in the checkout. */
let config = 'graceful.yml';

beforeAll(async () => {
  scene = await openScene();
  commit = await scene.repo.commit({ version: '1', config: { migrate: true } });
  const first = await scene.deploy({ inputs: { env, config } });
  expect(first, first.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  whole = first.ms;
});

afterAll(() => scene?.[Symbol.asyncDispose]());

/** Runs the step twice: it deploys the very commit that is live anew, for this reason, and then finds nothing to do. */
async function deployedAnew(reason: string, inputs: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  const before = await scene.status();
  const run = await scene.deploy({ inputs: { env, config, ...inputs } });
  expect(run, run.log).toMatchObject({
    code: 0,
    outputs: { result: 'live', commit, previous: before.links.current },
  });
  expect(run.outputs['release']).not.toBe(before.links.current);
  expect(run.log).toContain(`to deploy: ${reason}\n`);
  const after = live(await scene.status());
  expect(after.release).toBe(run.outputs['release']);
  expect(after.pid).not.toBe(live(before).pid);
  expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': after.release } });
  return run;
}

async function expectNothingToDo(): Promise<StepResult> {
  const [before, journal] = [await scene.status(), await scene.journal()];
  const run = await scene.deploy({ inputs: { env, config } });
  const release = before.links.current;
  expect(run, run.log).toMatchObject({
    code: 0,
    outputs: { result: 'unchanged', release, previous: release, commit, url: scene.site.url },
  });
  expect(await scene.status()).toEqual(before);
  expect(await scene.journal()).toEqual(journal);
  return run;
}

describe('the commit that is live, once more', () => {
  test('with nothing else changed: nothing is built, sent or started', async () => {
    const stored = await storedFiles();
    const run = await expectNothingToDo();
    expect(run.log).toContain('nothing to do: this is what serves');
    expect(run.log).not.toMatch(/::group::(Build|Ship|Deploy)/);
    expect(run.summary).toMatch(/^<h2>✅ unchanged: shop \(staging\)<\/h2>/);
    expect(run.summary).toContain('<b>Sent</b></td><td>nothing</td>');
    expect(await storedFiles()).toEqual(stored);
    expect(run.ms).toBeLessThan(whole / 2);
  });

  test('with explain: what made its environment is told, and nothing is built for that', async () => {
    const run = await scene.deploy({ inputs: { env, config, explain: 'true' } });
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'unchanged' } });
    expect(run.log).toMatch(/asked for by requirements\.txt, .*; found by the hash [0-9a-f]{64}:/);
    expect(run.log).toMatch(/came to \d+ packages, as the (live release|lock file) has it:/);
    expect(run.log).toContain('is live, and has the very same environment');
    expect(run.log).not.toMatch(/::group::(Build|Ship|Deploy)/);
  });

  test('with another secret: deployed, and the secret is told nowhere', async () => {
    env = 'SECRET_KEY=second-secret-of-the-shop';
    const run = await deployedAnew('env changed: SECRET_KEY');
    for (const line of run.log.split('\n').filter((told) => !told.startsWith('::add-mask::'))) {
      expect(line).not.toContain('second-secret');
    }
    expect(run.summary).not.toContain('second-secret');
    expect(JSON.stringify(await scene.journal())).not.toContain('second-secret');
    await expectNothingToDo();
  });

  test('with other server-args: deployed, and the server runs with them', async () => {
    // As a step before this one may do: what is committed stays, and another configuration is taken.
    const committed: object = parse(await readFile(join(scene.repo.path, 'graceful.yml'), 'utf8'));
    await writeFile(join(scene.repo.path, 'two.yml'), stringify({ ...committed, 'server-args': ['--workers', '2'] }));
    config = 'two.yml';
    await deployedAnew('source, requirements or configuration changed');
    const { pid } = live(await scene.status());
    expect(await scene.host.must(['pgrep', '--count', '--parent', String(pid)])).toBe('2\n');
    await expectNothingToDo();
  });

  test('with another shared/.env: deployed, and the site has it', async () => {
    const hosts = `${scene.host.address},shop.example.org,second.example.org`;
    await writeDotenv(scene.host, 'shop', { ALLOWED_HOSTS: hosts });
    await deployedAnew('shared/.env changed since the backend started');
    const { pid } = live(await scene.status());
    const environment = await scene.host.must(['cat', `/proc/${pid}/environ`]);
    expect(environment.split('\0')).toContain(`ALLOWED_HOSTS=${hosts}`);
    await expectNothingToDo();
  });

  test('with force: deployed', async () => {
    await deployedAnew('forced', { force: 'true' });
  });

  test('when its backend is gone: deployed', async () => {
    const { backend, release } = live(await scene.status());
    await MANAGER.stop(scene.host, scene.site, backend ?? 'none');
    const run = await scene.deploy({ inputs: { env, config } });
    expect(run.log).toContain('to deploy: the live backend is down\n');
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: release } });
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': run.outputs['release'] } });
  });
});

/** Every path of the store and every release, as the host has them. */
async function storedFiles(): Promise<string[]> {
  const { root } = scene.site;
  const found = await scene.host.must([
    'find',
    `${root}/.store`,
    `${root}/releases`,
    '-newermt',
    '-1 day',
    '-printf',
    '%p %T@\n',
  ]);
  return found.split('\n').sort();
}

describe('runs of one workflow', () => {
  const asRun = (number: string) => ({
    inputs: { env },
    env: { GITHUB_WORKFLOW: 'Deploy', GITHUB_RUN_NUMBER: number },
  });

  test('an older one never goes over a newer one; the same one may run again', async () => {
    const newer = await scene.repo.commit({ version: 'newer' });
    const first = await scene.deploy(asRun('5'));
    expect(first, first.log).toMatchObject({ code: 0, outputs: { result: 'live', commit: newer } });

    await scene.repo.commit({ version: 'late' });
    const before = await scene.status();
    const late = await scene.deploy(asRun('4'));
    expect(late, late.log).toMatchObject({
      code: 3,
      outputs: { result: 'superseded', release: first.outputs['release'] },
    });
    expect(late.log).toContain('run 5 of Deploy was confirmed already, and this is run 4');
    expect(await scene.status()).toEqual(before);

    const again = await scene.deploy(asRun('5'));
    expect(again, again.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  });
});
