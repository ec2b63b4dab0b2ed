/** The command line where it is nobody's terminal: in GitLab CI, and in cron. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadTask } from '../src/config/load-run.ts';
import { DIST } from '../testbed/runner.ts';
import { EXAMPLE, KEY, NEEDED } from './config-example.ts';

const SECRETS = { GRACEFUL_SSH_KEY: KEY, GRACEFUL_KNOWN_HOSTS: NEEDED['known-hosts'] };
const PATH = process.env['PATH'] ?? '';
let folder = '';
let sha = '';

/** A checkout as a runner leaves it: of one commit, on no branch. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graceful-ci-'));
  const git = (...argv: string[]) => execFileSync('git', ['-C', folder, ...argv], { encoding: 'utf8', stdio: 'pipe' });
  mkdirSync(join(folder, 'home/.ssh'), { recursive: true });
  writeFileSync(join(folder, 'graceful.yml'), EXAMPLE.replace('branch: main', 'branch: main, tags: v*'));
  writeFileSync(join(folder, 'one.yml'), EXAMPLE.replace(/^ {2}staging: .*\n/m, ''));
  writeFileSync(join(folder, 'free.yml'), EXAMPLE.replace(/^ {2}staging: .*\n/m, '').replace('branch: main, ', ''));
  writeFileSync(join(folder, 'home/.ssh/id_ed25519'), KEY);
  writeFileSync(join(folder, 'home/.ssh/known_hosts'), NEEDED['known-hosts']);
  git('init', '--quiet', '--initial-branch=main');
  git('add', 'graceful.yml');
  git('-c', 'user.name=x', '-c', 'user.email=x@x.test', 'commit', '--quiet', '--message=x');
  sha = git('rev-parse', 'HEAD').trim();
  git('checkout', '--quiet', '--detach');
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What GitLab sets for a job, as far as anybody could take notice of it. */
const gitlab = (ref: Record<string, string>) => ({
  PATH,
  HOME: join(folder, 'nobody'),
  CI: 'true',
  GITLAB_CI: 'true',
  CI_COMMIT_SHA: sha,
  CI_COMMIT_REF_NAME: 'whatever',
  CI_PROJECT_DIR: folder,
  CI_PROJECT_PATH: 'acme/shop',
  CI_PIPELINE_ID: '987654',
  CI_PIPELINE_IID: '42',
  CI_PIPELINE_URL: 'https://gitlab.example/acme/shop/-/pipelines/987654',
  CI_JOB_URL: 'https://gitlab.example/acme/shop/-/jobs/5',
  CI_JOB_NAME: 'deploy',
  GITLAB_USER_LOGIN: 'ada',
  ...ref,
  ...SECRETS,
});

function runIn(env: Record<string, string>, ...argv: string[]) {
  const task = loadTask({ argv: argv.length === 0 ? ['deploy'] : argv, env, cwd: folder }, '0.0.0');
  return task?.kind === 'run' ? task.run : undefined;
}

describe('GitLab CI', () => {
  test.each([
    [{ CI_COMMIT_BRANCH: 'develop' }, 'staging'],
    [{ CI_COMMIT_BRANCH: 'main' }, 'production'],
    [{ CI_COMMIT_TAG: 'v1.2.0' }, 'production'],
  ])('%j: the stage of it, and who asked, in which job of which pipeline', (ref, stage) => {
    expect(runIn(gitlab(ref))).toMatchObject({
      stage: { name: stage },
      workspace: folder,
      origin: {
        actor: 'ada',
        runUrl: 'https://gitlab.example/acme/shop/-/jobs/5',
        workflow: 'GitLab acme/shop',
        runNumber: 42,
      },
    });
  });

  test('a merge request has no stage of its own, and is told so', () => {
    expect(() => runIn(gitlab({ CI_MERGE_REQUEST_IID: '3' }))).toThrow(
      /^graceful\.yml:13:1: merge request "3" belongs to no stage\n {2}say which \(add --stage staging\)/,
    );
  });

  test('what is not merged is not put live on a stage either that is free of branches and tags', () => {
    const free = ['--config', 'free.yml'];
    for (const command of ['deploy', 'stage']) {
      expect(() => runIn(gitlab({ CI_MERGE_REQUEST_IID: '3' }), command, ...free)).toThrow(
        /^free\.yml:\d+:1: merge request "3" belongs to no stage\n/,
      );
    }
    expect(runIn(gitlab({ CI_COMMIT_BRANCH: 'try-this' }), 'deploy', ...free)?.stage.name).toBe('production');
    expect(runIn(gitlab({ CI_MERGE_REQUEST_IID: '3' }), 'status', ...free)?.stage.name).toBe('production');
  });

  test.each([
    [{ CI_MERGE_REQUEST_IID: '3' }, 'merge request "3"'],
    // One of GitHub, for a mirror: its branch is not merged.
    [{ CI_EXTERNAL_PULL_REQUEST_IID: '8', CI_COMMIT_BRANCH: 'main' }, 'pull request "8"'],
    // Whatever else GitLab calls by neither a branch nor a tag.
    [{}, 'merge request "whatever"'],
    [{ CI_COMMIT_BRANCH: 'try-this' }, 'branch "try-this"'],
  ])('%j: not put live on the only stage, which names a branch', (ref, what) => {
    const one = ['--config', 'one.yml'];
    for (const command of ['deploy', 'stage']) {
      const said = new RegExp(`^one\\.yml:\\d+:1: ${what} belongs to no stage\n`);
      expect(() => runIn(gitlab(ref), command, ...one)).toThrow(said);
    }
    // Whoever names it means it, and what only looks brings no code.
    expect(runIn(gitlab(ref), 'deploy', ...one, '--stage', 'production')?.stage.name).toBe('production');
    expect(runIn(gitlab(ref), 'status', ...one)?.stage.name).toBe('production');
  });

  test('a person with a detached HEAD still deploys to the only stage', () => {
    const env = { PATH, HOME: join(folder, 'home'), ...SECRETS };
    expect(runIn(env, 'deploy', '--config', 'one.yml')?.stage.name).toBe('production');
  });

  test('no words that only GitHub understands: neither groups, nor masks, nor colours', () => {
    const { status, stdout, stderr } = execute(gitlab({ CI_COMMIT_BRANCH: 'develop' }), 'config');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^stage +staging +branch develop$/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour is
    expect(stdout).not.toMatch(/::|\x1b/);
    for (const line of KEY.split('\n').filter((one) => one.length >= 8)) expect(stdout).not.toContain(line);
  });
});

/** The program in a process of its own, which has these variables and no others. */
function execute(env: Record<string, string>, ...argv: string[]) {
  return spawnSync(process.execPath, [DIST, ...argv], { cwd: folder, env, encoding: 'utf8' });
}

describe('cron', () => {
  const cron = () => ({ PATH: '/usr/bin:/bin', HOME: join(folder, 'home') });

  test('with nothing but PATH and HOME the key is that of ~/.ssh, and the actor whoever runs it', () => {
    const task = loadTask(
      { argv: ['deploy', '--stage', 'production'], env: { ...cron(), ...SECRETS }, cwd: folder },
      '0',
    );
    expect(task).toMatchObject({ run: { origin: { actor: `${userInfo().username}@${hostname()}` } } });
    const { status, stdout, stderr } = execute(cron(), 'config', '--stage', 'production');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`${join(folder, 'home/.ssh/id_ed25519')} found`);
    expect(stdout).toContain(`${join(folder, 'home/.ssh/known_hosts')} found`);
  });

  test('LOGNAME is the name that cron gives', () => {
    const env = { ...cron(), ...SECRETS, LOGNAME: 'bob' };
    const task = loadTask({ argv: ['deploy', '--stage', 'production'], env, cwd: folder }, '0');
    expect(task).toMatchObject({ run: { origin: { actor: `bob@${hostname()}` } } });
  });
});
