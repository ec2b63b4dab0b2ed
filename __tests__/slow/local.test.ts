/** Graceful on the host itself: everything is there but an sshd, and the job runs as the user who deploys. */
import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FAST, untilCurrent } from '../../testbed/live-shop.ts';
import { must } from '../../testbed/process.ts';
import { openPublicFace, type PublicFace } from '../../testbed/public-face.ts';
import { DIST, type StepResult, stepFiles } from '../../testbed/runner.ts';
import { openScene, type Scene, SECRET } from '../../testbed/scene.ts';
import type { CommitOptions } from '../../testbed/shop.ts';
import { writeDotenv } from '../../testbed/site.ts';
import { until } from '../../testbed/slot.ts';
import { tidied } from '../../testbed/tidied.ts';

const HOME = '/home/deploy';
/** By it GitHub's runner knows what a job has left behind, and ends that. */
const MARK = 'RUNNER_TRACKING_ID=github_1';
const SERVICE = ['systemd-run', '--quiet', '--wait', '--pipe', '--collect', '--property=KillMode=process'];
/** What the job's shell does; a file, since systemd-run has its own ways with dollars. */
const STEP = `#!/bin/sh
umask "$1"
cd "$GITHUB_WORKSPACE" && mkdir -p "$RUNNER_TEMP" && : >"$GITHUB_OUTPUT" && : >"$GITHUB_STEP_SUMMARY" || exit
echo $$ >"$RUNNER_TEMP/pid"
exec /opt/graceful/node /opt/graceful/dist/index.js 2>&1
`;
const stack = new AsyncDisposableStack();
let scene: Scene;
let face: PublicFace;
/** The release that serves before a test. */
let serving = '';
let version = 1;

beforeAll(async () => {
  scene = stack.use(await openScene({ verify: { local: 'http://127.0.0.1' }, times: FAST }, { image: 'bench' }));
  const { host, site } = scene;
  face = stack.use(await openPublicFace(host));
  await writeDotenv(host, site.site, { ALLOWED_HOSTS: `${host.address},${host.gateway}` });
  await place('/opt/graceful/node', process.execPath);
  await host.must(['chmod', '0755', '/opt/graceful/node']);
  await host.writeFile('/opt/graceful/step', STEP, { mode: '0755' });
  for (const name of await readdir(dirname(DIST))) await place(`/opt/graceful/dist/${name}`, join(dirname(DIST), name));
  // The host reaches no package index.
  await using folder = await mkdtempDisposable(join(tmpdir(), 'graceful-wheels-'));
  const requirements = join(import.meta.dirname, '../../examples/shop/requirements.txt');
  await must(['python3', '-m', 'pip', 'download', '--quiet', '--dest', folder.path, '--requirement', requirements], {
    timeout: 120_000,
  });
  for (const name of await readdir(folder.path)) await place(`/opt/wheels/${name}`, join(folder.path, name));
  // What dies behind the web server is to be seen after the switch, not before.
  await scene.hideCandidate();
  await host.must(['systemctl', 'stop', 'ssh.socket', 'ssh.service']);
});
afterEach(() => face.open());
afterAll(() => stack.disposeAsync());

async function place(path: string, from: string): Promise<void> {
  const write = 'mkdir -p "$(dirname "$0")" && cat >"$0"';
  await scene.host.must(['sh', '-c', write, path], { input: await readFile(from) });
}

/** Commits, and brings the checkout to where the job finds it. */
async function checkOut(commit: CommitOptions): Promise<void> {
  const { repo, host } = scene;
  const staging = { connection: 'local', host: null, url: face.url };
  await repo.commit({ ...commit, config: { stages: { staging } } });
  const bundle = join(repo.path, '.git/main.bundle');
  await repo.git('bundle', 'create', '--quiet', bundle, 'main');
  await place('/opt/graceful/main.bundle', bundle);
  await host.must(['rm', '-rf', `${HOME}/shop`]);
  await host.must(['git', 'clone', '--quiet', '--branch', 'main', '/opt/graceful/main.bundle', `${HOME}/shop`], {
    user: 'deploy',
  });
}

interface JobOptions {
  user?: string;
  umask?: string;
}

/** Runs the step in the host as a runner does that is a service there: the unit ends with it, and leaves what it has left behind alone. */
async function job(
  inputs: Readonly<Record<string, string>> = {},
  { user = 'deploy', umask = '022' }: JobOptions = {},
): Promise<StepResult> {
  const { host } = scene;
  const home = user === 'root' ? '/root' : HOME;
  const folder = `${home}/step`;
  const env = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: '/opt/wheels',
    RUNNER_TEMP: folder,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: `${HOME}/shop`,
    GITHUB_ACTOR: 'octocat',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_OUTPUT: `${folder}/output`,
    GITHUB_STEP_SUMMARY: `${folder}/summary`,
    INPUT_ENV: SECRET,
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
  };
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const began = performance.now();
  const { code, stdout: log } = await host.exec(
    [...SERVICE, `--uid=${user}`, 'env', '--ignore-environment', ...variables, MARK, '/opt/graceful/step', umask],
    { timeout: 240_000 },
  );
  const ms = Math.round(performance.now() - began);
  await using copy = await mkdtempDisposable(join(tmpdir(), 'graceful-step-'));
  for (const name of ['output', 'summary'])
    await writeFile(join(copy.path, name), await host.readFile(`${folder}/${name}`));
  return { code, log, ...(await stepFiles(copy.path)), ms };
}

/** Sends a signal to the whole group of the job's processes. */
async function signalJob(signal: string): Promise<void> {
  const pid = (await scene.host.readFile(`${HOME}/step/pid`)).trim();
  await scene.host.must(['kill', `-${signal}`, '--', `-${pid}`]);
}

/** What GitHub's runner does when a job is over. */
async function endOrphans(): Promise<void> {
  const kill = `for one in $(grep -las '${MARK}' /proc/[0-9]*/environ | cut -d/ -f3); do kill -9 "$one"; done; true`;
  await scene.host.must(['sh', '-c', kill]);
}

async function expectLive(step: StepResult): Promise<void> {
  expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  serving = step.outputs['release'] ?? '';
  expect((await scene.visit()).headers['x-release']).toBe(serving);
}

test('a first deploy, whatever the umask of the job', async () => {
  await checkOut({ version: '1', config: { migrate: true } });
  const step = await job({}, { umask: '077' });
  await expectLive(step);
  expect(step.log).toContain('deploy@localhost (local): debian 12');
  expect((await scene.journal()).at(-1)).toMatchObject({ result: 'live' });
});

test('the same again is unchanged; status and a plan change nothing', async () => {
  const again = await job();
  expect(again, again.log).toMatchObject({ code: 0, outputs: { result: 'unchanged', release: serving } });
  const before = await scene.journal();
  const status = await job({ command: 'status' });
  expect(status, status.log).toMatchObject({ code: 0, outputs: { release: serving } });
  await checkOut({ version: String(++version) });
  const plan = await job({ command: 'plan' });
  expect(plan, plan.log).toMatchObject({ code: 0 });
  expect(await scene.journal()).toEqual(before);
});

test('a build leaves an artifact, which goes live; then back', async () => {
  const first = serving;
  const built = await job({ command: 'build' });
  expect(built, built.log).toMatchObject({ code: 0 });
  await expectLive(await job({ artifact: 'graceful-artifact' }));
  expect(serving).not.toBe(first);
  const back = await job({ command: 'rollback' });
  expect(back, back.log).toMatchObject({ code: 0, outputs: { release: first } });
  serving = first;
});

test('a release that dies behind the web server: it falls back', async () => {
  await checkOut({ version: String(++version), break: 'die-through-nginx' });
  const step = await job();
  expect(step, step.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: serving } });
  expect((await scene.visit()).headers['x-release']).toBe(serving);
});

test('logs are followed until the job is cancelled', async () => {
  const following = job({ command: 'logs', args: '--follow' });
  const shown = async () => {
    const running = await scene.host.exec(['pgrep', '--full', 'journalctl|graceful-unit.*logs']);
    return running.code === 0;
  };
  await until('the host follows the log', 20_000, shown);
  await signalJob('INT');
  const step = await following;
  expect(step, step.log).toMatchObject({ code: 0 });
  expect(step.log).toContain('Booting worker');
});

describe('between switch and confirm', () => {
  /** A deploy of a new version, up to the moment when it waits for the answer of its public check. */
  async function stand(): Promise<{ ended: Promise<StepResult> }> {
    await checkOut({ version: String(++version) });
    face.shut();
    const ended = job();
    const tooEarly = (step: StepResult): never => {
      throw new Error(`it ended before its public check:\n${step.log}`);
    };
    await Promise.race([face.visited(), ended.then(tooEarly)]);
    return { ended };
  }

  async function expectFellBack(): Promise<void> {
    await untilCurrent(scene, serving);
    await until('the operation ends', 10_000, async () => (await scene.journal()).at(-1)?.step === 'end');
    expect((await scene.journal()).at(-1)).toMatchObject({ result: 'fell-back', release: serving });
    expect((await scene.visit()).headers['x-release']).toBe(serving);
    expect(await tidied(scene.host, scene.site)).toEqual([]);
  }

  test('all that belongs to the job is killed: the host falls back by itself', async () => {
    const { ended } = await stand();
    await signalJob('KILL');
    await endOrphans();
    expect(await ended).toMatchObject({ outputs: {} });
    await expectFellBack();
    const [, operation = ''] = /operation ([0-9a-f]{16}):/.exec((await ended).log) ?? [];
    const told = await job({ command: 'outcome', args: operation });
    expect(told, told.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: serving } });
    expect(told.log).toContain('nothing was heard of the runner');
  });

  test('the job is cancelled, as a terminal does it: falls back at once, and says so', async () => {
    const { ended } = await stand();
    await signalJob('INT');
    const step = await ended;
    expect(step, step.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: serving } });
    expect(step.log).toContain('the job was cancelled');
    await expectFellBack();
  });
});

test('another user is told before anything', async () => {
  const before = await scene.journal();
  await scene.host.must(['git', 'config', '--system', 'safe.directory', '*']);
  const step = await job({}, { user: 'root' });
  expect(step, step.log).toMatchObject({ code: 64 });
  expect(step.log).toMatch(
    /graceful\.yml:\d+:\d+: stage staging: connection: local does all as the user who runs Graceful: that is root, and this stage is deployed by deploy/,
  );
  expect(await scene.journal()).toEqual(before);
});

test('the next deploy finds nothing in its way', async () => {
  await checkOut({ version: String(++version) });
  await expectLive(await job());
});
