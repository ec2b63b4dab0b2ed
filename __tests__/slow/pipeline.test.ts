/** From one stage to the next as docs/stages.md says, and the examples of docs/command-line.md for GitLab CI and cron, as they stand there. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ActRunner, addAction, openActRunner } from '../../testbed/act.ts';
import { blocksOf } from '../../testbed/guide.ts';
import { must } from '../../testbed/process.ts';
import { DIST } from '../../testbed/runner.ts';
import { openScene, type Scene, SECRET } from '../../testbed/scene.ts';
import type { CommitOptions } from '../../testbed/shop.ts';
import { writeDotenv } from '../../testbed/site.ts';

const WORKFLOWS = join(import.meta.dirname, '../../docs/workflows');

const stack = new AsyncDisposableStack();
let staging: Scene;
let production: Scene;
let act: ActRunner;
/** Holds the home of whoever runs something, and the programs that are there. */
let folder: string;

beforeAll(async () => {
  [staging, production] = await Promise.all([openScene({ migrate: true }), openScene()]);
  stack.use(staging);
  stack.use(production);
  // Whoever deploys has one key for both.
  const { publicKey } = staging.host;
  const add = 'cat >> ~/.ssh/authorized_keys';
  await production.host.must(['sh', '-c', add], { user: production.host.deployUser, input: `${publicKey}\n` });
  folder = await mkdtemp(join(tmpdir(), 'graceful-pipeline-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const secrets = { SSH_KEY: staging.host.privateKey, KNOWN_HOSTS: known(), SECRET_KEY: 'what-only-this-shop-knows' };
  act = stack.use(await openActRunner({ repo: staging.repo, secrets }));
  await staging.repo.git('remote', 'add', 'origin', 'https://github.com/example/shop');
  await program('npx', '[ "$1 $2" = "--yes github:OWNER/graceful" ] || exit 9\nshift 2');
  await program('graceful', '');
  await put('home/.ssh/id_ed25519', staging.host.privateKey);
  await put('home/.ssh/known_hosts', known());
  await put('home/variables', SECRET);
});

afterAll(() => stack.disposeAsync());

/** The lines of both hosts. */
const known = () => `${staging.host.knownHosts}${production.host.knownHosts}`;

async function put(path: string, text: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

/** A program on the PATH that is Graceful. */
async function program(name: string, before: string): Promise<void> {
  const file = await put(`bin/${name}`, `#!/bin/sh\n${before}\nexec "${process.execPath}" "${DIST}" "$@"\n`);
  await chmod(file, 0o755);
}

/** A commit on `main`, which is staging's; a tag of a version is production's. */
async function commit(options: CommitOptions): Promise<string> {
  const stage = ({ host }: Scene) => ({ host: host.address, user: 'deploy', url: `http://${host.address}` });
  const config = {
    staging: { branch: 'main', ...stage(staging) },
    production: { tags: 'v*', ...stage(production) },
  };
  return await staging.repo.commit({ ...options, config: { stages: config } });
}

/** Runs a command of a page, with these variables and no others. @returns what it printed */
const execute = (argv: readonly string[], cwd: string, env: Record<string, string>) =>
  must(argv, { cwd, env, timeout: 600_000 });

/** The digests of what is live. */
async function bits({ host, site }: Scene): Promise<unknown> {
  const { trees, env } = JSON.parse(await host.readFile(`${site.root}/current/release.json`));
  return { trees, env: env.hash };
}

const lastBegin = async (scene: Scene) => (await scene.journal()).findLast(({ step }) => step === 'begin');

test('staging.yml brings a push to staging, production.yml the same bits to production when a release is published', async () => {
  await commit({ version: '1' });
  await addAction(staging.repo);
  const pushed = await act.run(join(WORKFLOWS, 'staging.yml'), { name: 'push' });
  expect(pushed, pushed.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  await staging.repo.git('tag', 'v1');
  const promoted = await act.run(join(WORKFLOWS, 'production.yml'), { name: 'release', tag: 'v1' });
  const sha = await staging.repo.git('rev-parse', 'HEAD');
  expect(promoted, promoted.log).toMatchObject({ code: 0, outputs: { result: 'live', commit: sha } });
  expect(promoted.log).not.toMatch(/resolving|collecting|installing/);
  expect(await bits(production)).toEqual(await bits(staging));
  expect((await production.visit()).body).toContain('version 1');
});

test('the job of GitLab CI takes stage, person, address and number from what GitLab sets', async () => {
  const older = await commit({ version: '2' });
  const sha = await commit({ version: '3' });
  const [block] = (await blocksOf('docs/command-line.md')).filter(({ text }) => text.includes('.gitlab-ci.yml'));
  const { script }: { script: string[] } = parse(block?.text ?? '').deploy;
  // GitLab's runner checks a commit out, and no branch.
  const checkout = join(folder, 'builds/acme/shop');
  await must(['git', 'clone', '--quiet', staging.repo.path, checkout], {});
  await must(['git', '-C', checkout, 'checkout', '--quiet', '--detach', sha], {});
  const env = {
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    HOME: join(folder, 'nobody'),
    ...{ CI: 'true', GITLAB_CI: 'true', CI_COMMIT_SHA: sha, CI_COMMIT_BRANCH: 'main', CI_COMMIT_REF_NAME: 'main' },
    ...{ CI_PROJECT_DIR: checkout, CI_PROJECT_PATH: 'acme/shop', CI_PIPELINE_IID: '7', GITLAB_USER_LOGIN: 'ada' },
    CI_JOB_URL: 'https://gitlab.example/acme/shop/-/jobs/5',
    SSH_KEY: await put('files/SSH_KEY', staging.host.privateKey),
    KNOWN_HOSTS: await put('files/KNOWN_HOSTS', known()),
    VARIABLES: await put('files/VARIABLES', SECRET),
  };
  await execute(['bash', '-eo', 'pipefail', '-c', script.join('\n')], checkout, env);
  expect(await lastBegin(staging)).toMatchObject({
    kind: 'deploy',
    commit: sha,
    origin: { actor: 'ada', runUrl: env.CI_JOB_URL, workflow: 'GitLab acme/shop', runNumber: 7 },
  });
  expect((await staging.visit()).body).toContain('version 3');

  // An older pipeline that comes late does not go over it.
  await must(['git', '-C', checkout, 'checkout', '--quiet', '--detach', older], {});
  const late = execute(['bash', '-c', script.join('\n')], checkout, {
    ...env,
    CI_COMMIT_SHA: older,
    CI_PIPELINE_IID: '6',
  });
  await expect(late).rejects.toThrow(/superseded/);
});

test('the line of the crontab deploys what is new, with nothing but PATH and HOME, and is silent', async () => {
  const [block] = (await blocksOf('docs/command-line.md')).filter(({ language }) => language === 'crontab');
  const [path = '', line = ''] = (block?.text ?? '').split('\n');
  const home = join(folder, 'home');
  await must(['git', 'clone', '--quiet', staging.repo.path, join(home, 'shop')], {});
  const sha = await commit({ version: '4' });
  const env = { PATH: `${join(folder, 'bin')}:${path.replace('PATH=', '')}`, HOME: home };
  const command = line.replace(/^(\S+ ){5}/, '');
  expect(await execute(['sh', '-c', command], home, env)).toBe('');
  expect(await lastBegin(production)).toMatchObject({ commit: sha, origin: { actor: expect.stringContaining('@') } });
  expect((await production.visit()).body).toContain('version 4');
  expect(await execute(['sh', '-c', command], home, env)).toBe('');
  await writeFile(join(home, 'variables'), 'no variable');
  expect(await execute(['sh', '-c', command], home, env)).toContain('this line has no "="');
});

describe('fleet.yml', () => {
  /** A stage of both hosts. @returns what the run of its workflow left behind, and the ids that the hosts serve then */
  async function push(options: CommitOptions) {
    const hosts = [production, staging].map(({ host }) => host.address);
    const fleet = { branch: 'main', hosts, user: 'deploy', url: `http://${hosts[0]}`, verify: { public: false } };
    await staging.repo.commit({ ...options, config: { stages: { staging: null, production: fleet } } });
    await addAction(staging.repo);
    const text = await readFile(join(WORKFLOWS, 'fleet.yml'), 'utf8');
    const file = await put('fleet.yml', text.replace('[www1.example.org, www2.example.org]', `[${hosts.join(', ')}]`));
    const run = await act.run(file, { name: 'push' });
    const both = await Promise.all([production, staging].map(async (scene) => (await scene.status()).links.current));
    return { run, live: both, hosts };
  }

  beforeAll(async () => {
    const names = [production, staging].map(({ host }) => host.address).join(',');
    for (const { host, site } of [production, staging]) await writeDotenv(host, site.site, { ALLOWED_HOSTS: names });
  });

  test('a push goes live on one host after the other, each with a job and a release of its own', async () => {
    const { run, live } = await push({ version: '4' });
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log.match(/🏁 {2}Job succeeded/g)).toHaveLength(2);
    for (const scene of [production, staging]) expect((await scene.visit()).body).toContain('version 4');
    expect(new Set(live).size).toBe(2);
    const times = await Promise.all([production, staging].map(async (scene) => (await scene.journal()).at(-1)?.at));
    expect(times).toEqual(times.toSorted());
  });

  test('a host that fails keeps its release; the others are taken back one by one, since each has a release of its own', async () => {
    const before = (await staging.status()).links.current;
    await writeDotenv(staging.host, staging.site.site, { ALLOWED_HOSTS: 'nobody.example.org' });
    const { run, live, hosts } = await push({ version: '5' });
    expect(run.code, run.log).toBe(1);
    expect((await production.visit()).body).toContain('version 5');
    expect(live[1]).toBe(before);

    const inputs = { stage: 'production', command: 'rollback', 'known-hosts': known() };
    const all = await staging.command(inputs);
    expect(all.code).toBe(69);
    expect(all.log).toContain('the hosts do not have the same release before the live one');
    const one = await staging.command({ ...inputs, host: hosts[0] ?? '' });
    expect(one, one.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect((await production.visit()).body).toContain('version 4');
  });
});
