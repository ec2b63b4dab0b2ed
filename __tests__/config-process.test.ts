import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readContext } from '../src/config/context.ts';
import { loadTask, type Surroundings } from '../src/config/load-run.ts';
import { KEY, NEEDED, PAIR, workspaces } from './config-example.ts';

const at = workspaces();

function runOf(surroundings: Surroundings) {
  const task = loadTask(surroundings, '0.0.0');
  return task?.kind === 'run' ? task.run : undefined;
}

describe('the process it is read from', () => {
  test('a job: INPUT_* with keys untouched, empty inputs not given, masks on standard output', () => {
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: at.folder,
      GITHUB_REF_TYPE: 'branch',
      GITHUB_REF_NAME: 'main',
      GITHUB_ACTOR: 'bob',
      GITHUB_TRIGGERING_ACTOR: 'ada',
      GITHUB_REPOSITORY: 'ada/shop',
      GITHUB_RUN_ID: '77',
      GITHUB_RUN_NUMBER: '5',
      GITHUB_WORKFLOW: 'Deploy',
    };
    const inputs = {
      COMMAND: ' status ',
      STAGE: '',
      'SSH-KEY': KEY,
      'KNOWN-HOSTS': `* ${PAIR.publicKey}\n`,
      ENV: 'A= bcde \n',
      FORCE: 'false',
      TOKEN: 't0ken',
    };
    for (const [name, value] of Object.entries(inputs)) vi.stubEnv(`INPUT_${name}`, value);
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const run = runOf({ argv: [], env, cwd: '/' });
    write.mockRestore();
    vi.unstubAllEnvs();
    expect(run).toMatchObject({
      command: 'status',
      stage: { name: 'production' },
      logins: [{ key: { fingerprint: PAIR.fingerprint, notes: [] } }],
      env: { A: ' bcde ' },
      force: false,
      origin: { actor: 'ada', runUrl: 'https://github.com/ada/shop/actions/runs/77', workflow: 'Deploy', runNumber: 5 },
      github: { api: 'https://api.github.com', repository: 'ada/shop', token: 't0ken' },
      workspace: at.folder,
    });
    const lines = KEY.split('\n').filter((line) => line.length >= 8 && !line.startsWith('-----'));
    expect(written.join('').split('\n').filter(Boolean)).toEqual(
      [KEY.replaceAll('\n', '%0A'), ...lines, ' bcde ', 't0ken'].map((secret) => `::add-mask::${secret}`),
    );
  });

  test('a terminal prints no secret, takes the branch from git and the file from the top of the checkout', () => {
    rmSync(join(at.folder, '.git'), { recursive: true });
    execFileSync('git', ['init', '-q', '-b', 'main', at.folder]);
    mkdirSync(join(at.folder, 'deep'));
    const out = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const env = { USER: 'ada', GRACEFUL_SSH_KEY: KEY, GRACEFUL_KNOWN_HOSTS: NEEDED['known-hosts'] };
    const run = runOf({ argv: ['deploy'], env, cwd: join(at.folder, 'deep') });
    const said = [...out.mock.calls, ...err.mock.calls];
    out.mockRestore();
    err.mockRestore();
    expect(said).toEqual([]);
    expect(run).toMatchObject({
      stage: { name: 'production' },
      workspace: at.folder,
      logins: [{ key: { fingerprint: PAIR.fingerprint } }],
    });
    expect(run?.origin.actor).toMatch(/^ada@/);
  });

  test('the command line inside a job reads the checkout it is in', () => {
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: '/',
      GRACEFUL_SSH_KEY: KEY,
      GRACEFUL_KNOWN_HOSTS: NEEDED['known-hosts'],
      GITHUB_REPOSITORY: 'ada/shop',
      GITHUB_API_URL: 'https://git.example.org/api/v3',
      GITHUB_TOKEN: 't0ken',
    };
    const out = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const run = runOf({ argv: ['status', '--stage', 'staging'], env, cwd: at.folder });
    out.mockRestore();
    expect(run?.github).toEqual({ api: 'https://git.example.org/api/v3', repository: 'ada/shop', token: 't0ken' });
    expect(run?.file).toBe(join(at.folder, 'graceful.yml'));
  });

  test('the command line inside a job keeps standard output for its answer: masks hold the key', () => {
    const program = join(import.meta.dirname, '..', 'src', 'index.ts');
    const argv = ['status', '--stage', 'staging', '--json', '--port', '0'];
    const env = { GITHUB_ACTIONS: 'true', GRACEFUL_SSH_KEY: KEY, GRACEFUL_KNOWN_HOSTS: NEEDED['known-hosts'] };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
      encoding: 'utf8',
      cwd: at.folder,
      env: { PATH: process.env['PATH'], ...env },
    });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toContain(`::add-mask::${KEY.replaceAll('\n', '%0A')}`);
    expect(stderr).toContain('::error title=');
  });

  test('tags, pull requests and a missing number', () => {
    const job = { GITHUB_ACTIONS: 'true', GITHUB_REF_NAME: 'v1' };
    expect(readContext({ ...job, GITHUB_REF_TYPE: 'tag' }, '/w')).toEqual({
      actions: true,
      user: userInfo().username,
      folder: '/w',
      ref: { kind: 'tag', name: 'v1' },
      origin: {},
    });
    expect(readContext({ ...job, GITHUB_REF_TYPE: 'branch', GITHUB_RUN_NUMBER: 'x' }, '/w')).toEqual({
      actions: true,
      user: userInfo().username,
      folder: '/w',
      ref: { kind: 'branch', name: 'v1' },
      origin: {},
    });
  });

  test.each([
    ['refs/pull/7/merge', '7/merge', { kind: 'pull request', name: '7' }],
    // As other servers name it.
    ['refs/pull/12/head', '12/head', { kind: 'pull request', name: '12' }],
    [
      'refs/heads/gh-readonly-queue/main/pr-7-0a1b2c',
      'gh-readonly-queue/main/pr-7-0a1b2c',
      { kind: 'merge queue', name: 'main/pr-7-0a1b2c' },
    ],
    ['refs/heads/pull/7/merge', 'pull/7/merge', { kind: 'branch', name: 'pull/7/merge' }],
  ])('%s', (GITHUB_REF, GITHUB_REF_NAME, ref) => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_REF, GITHUB_REF_NAME, GITHUB_REF_TYPE: 'branch' };
    expect(readContext(env, '/w').ref).toEqual(ref);
  });

  test('what is not merged is of no stage, neither by a pattern nor because there is but one', () => {
    const job = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: at.folder, GITHUB_REF_TYPE: 'branch' };
    const secrets = { GRACEFUL_SSH_KEY: KEY, GRACEFUL_KNOWN_HOSTS: NEEDED['known-hosts'] };
    const pull = { GITHUB_REF: 'refs/pull/7/merge', GITHUB_REF_NAME: '7/merge' };
    const queue = {
      GITHUB_REF: 'refs/heads/gh-readonly-queue/main/pr-7-0a',
      GITHUB_REF_NAME: 'gh-readonly-queue/main/pr-7-0a',
    };
    const out = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const run = (ref: Record<string, string>, ...argv: string[]) =>
      runOf({ argv, env: { ...job, ...secrets, ...ref }, cwd: at.folder })?.stage.name;
    for (const branch of ['', 'branch: ["**"], ']) {
      const production = `production: { ${branch}host: www.example.org, url: "https://www.example.org" }`;
      writeFileSync(join(at.folder, 'graceful.yml'), `software: shop\nstages:\n  ${production}\n`);
      for (const command of ['deploy', 'stage', 'plan']) {
        expect(() => run(pull, command), `${branch}${command}`).toThrow('pull request "7" belongs to no stage');
        expect(() => run(queue, command)).toThrow('merge queue "main/pr-7-0a" belongs to no stage');
        expect(run(pull, command, '--stage', 'production')).toBe('production');
      }
      expect(run(pull, 'status')).toBe('production');
      expect(run({ GITHUB_REF: 'refs/heads/main', GITHUB_REF_NAME: 'main' }, 'deploy')).toBe('production');
    }
    out.mockRestore();
  });
});
