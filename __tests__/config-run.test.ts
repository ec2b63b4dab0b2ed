import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Context, readContext } from '../src/config/context.ts';
import { ConfigError } from '../src/config/fault.ts';
import type { InputName, RawInputs } from '../src/config/inputs.ts';
import { loadRun } from '../src/config/load-run.ts';
import { readRun } from '../src/config/read-run.ts';

const EXAMPLE = `# graceful.yml
software: shop
django: { project: ., settings: shop.settings.production, application: shop.wsgi:application }   # found by itself where it can be
python: { requirements: requirements.txt }
server: gunicorn                    # with its options: server-args
process-manager: systemd
shared: { dirs: [media], files: [.env] }
env: { DJANGO_LOG_LEVEL: info }     # plain settings; precedence: input > stage > common > shared/.env
build-env: { SECRET_KEY: build }    # what collectstatic sees in the runner, besides env
health: { path: /healthz, status: 200, timeout: 30s }     # default: path /, any 2xx
migrate: false
verify: { public: true }            # local: where the host reaches its own web server, if not 127.0.0.1
stages:
  staging: { branch: develop, host: staging.example.org, user: deploy, url: "https://staging.example.org" }
  production: { branch: main, host: www.example.org, user: deploy, url: "https://www.example.org" }
`;

let workspace = '';

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'graceful-config-'));
  mkdirSync(join(workspace, '.git'));
  writeFileSync(join(workspace, 'graceful.yml'), EXAMPLE);
});

afterEach(() => {
  rmSync(workspace, { recursive: true });
});

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0LWtleS1saW5l\n-----END OPENSSH PRIVATE KEY-----\n';
const NEEDED = { 'ssh-key': KEY, 'known-hosts': 'staging.example.org ssh-ed25519 AAAA' };

function action(values: Partial<Record<InputName, string>>): RawInputs {
  return { source: 'action', values, json: false, faults: [] };
}

function context(branch: string | undefined): Context {
  return { actions: true, folder: workspace, branch, origin: { actor: 'ada' } };
}

/** What was said, in order. */
function reporter() {
  const said: string[] = [];
  return {
    said,
    mask: (secret: string) => said.push(`mask ${secret}`),
    notice: (message: string) => said.push(`notice ${message}`),
  };
}

function faultsOf(inputs: RawInputs, branch: string | undefined = 'develop'): string[] {
  try {
    readRun(inputs, context(branch), reporter());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((line) => line.trim());
  }
  return [];
}

test('the example becomes one whole run with every default filled in', () => {
  const inputs = action({ ...NEEDED, env: 'SECRET_KEY=hunter2\n', reason: 'first' });
  expect(readRun(inputs, context('develop'), reporter())).toEqual({
    command: 'deploy',
    stage: {
      name: 'staging',
      branch: 'develop',
      site: 'shop',
      root: '/srv/shop',
      host: 'staging.example.org',
      user: 'deploy',
      port: 22,
      url: 'https://staging.example.org',
      django: { project: '.', settings: 'shop.settings.production', application: 'shop.wsgi:application' },
      python: { requirements: 'requirements.txt', version: undefined },
      server: 'gunicorn',
      serverArgs: [],
      processManager: 'systemd',
      shared: { dirs: ['media'], files: ['.env'] },
      env: { DJANGO_LOG_LEVEL: 'info' },
      buildEnv: { SECRET_KEY: 'build' },
      health: { path: '/healthz', status: [200], body: null, timeoutMs: 30_000, successes: 2 },
      migrate: false,
      verify: { public: true, local: null },
      times: {
        heartbeatMs: 5_000,
        leaseMs: 45_000,
        confirmMs: 60_000,
        standbyMs: 300_000,
        drainMs: 60_000,
        graceMs: 30_000,
        lockMs: 600_000,
        keepStaticMs: 86_400_000,
      },
    },
    target: {
      host: 'staging.example.org',
      port: 22,
      user: 'deploy',
      privateKey: KEY,
      passphrase: undefined,
      knownHosts: 'staging.example.org ssh-ed25519 AAAA',
    },
    env: { SECRET_KEY: 'hunter2' },
    release: undefined,
    force: false,
    json: false,
    origin: { actor: 'ada', reason: 'first' },
    workspace,
    file: join(workspace, 'graceful.yml'),
  });
});

test('a stage stands over the common settings key by key, and inputs over the stage', () => {
  writeFileSync(
    join(workspace, 'graceful.yml'),
    [
      'software: shop',
      'variant: berlin',
      'user: common',
      'url: "https://shop.example.org/"',
      'django: { project: ./backend/, settings: shop.settings }',
      'shared: { dirs: [media/, uploads], files: [.env] }',
      'env: { A: common, B: common }',
      'build-env: { A: common, B: common }',
      'health: { path: /up, status: [200, 204], timeout: 1m }',
      'verify: { public: false }',
      'times: { standby: 1h, lock: 0s }',
      'server-args: [--workers, 3]',
      'stages:',
      '  live:',
      '    host: a.example.org',
      '    port: 2200',
      '    django: { settings: shop.live }',
      '    shared: { dirs: [] }',
      '    env: { B: stage, C: stage }',
      '    build-env: { B: stage }',
      '    health: { body: ok, successes: 5 }',
      '    verify: { local: "http://127.0.0.1:8080/" }',
      '    times: { standby: 500ms }',
      '    static: { keep: 7d }',
      '    server-args: [--threads, 2]',
      '    migrate: true',
      '',
    ].join('\n'),
  );
  const inputs = action({ ...NEEDED, env: 'B=input', host: '::1', port: '2222', user: 'root', force: 'true' });
  const run = readRun(inputs, context(undefined), reporter());
  expect(run.target).toEqual({
    host: '::1',
    port: 2222,
    user: 'root',
    privateKey: KEY,
    passphrase: undefined,
    knownHosts: NEEDED['known-hosts'],
  });
  expect(run.env).toEqual({ B: 'input' });
  expect(run.force).toBe(true);
  expect(run.stage).toMatchObject({
    site: 'shop-berlin',
    root: '/srv/shop-berlin',
    host: '::1',
    port: 2222,
    user: 'root',
    url: 'https://shop.example.org',
    django: { project: 'backend', settings: 'shop.live', application: undefined },
    shared: { dirs: [], files: ['.env'] },
    env: { A: 'common', B: 'stage', C: 'stage' },
    buildEnv: { A: 'common', B: 'stage' },
    health: { path: '/up', status: [200, 204], body: 'ok', timeoutMs: 60_000, successes: 5 },
    verify: { public: false, local: 'http://127.0.0.1:8080' },
    serverArgs: ['--threads', '2'],
    migrate: true,
  });
  expect(run.stage.times).toMatchObject({ standbyMs: 500, lockMs: 0, leaseMs: 45_000, keepStaticMs: 604_800_000 });
});

describe('faults of inputs', () => {
  test('all of them, and those of the file, are told together: inputs first, then the file from top to bottom', () => {
    writeFileSync(
      join(workspace, 'graceful.yml'),
      EXAMPLE.replace('migrate: false', 'migrate: no').replace('django:', 'jango:'),
    );
    const inputs = action({
      command: 'dploy',
      port: '99999',
      force: 'yes',
      env: 'A=1\nhunter2\nGRACEFUL_A=2',
      stage: 'stagng',
    });
    expect(faultsOf(inputs)).toEqual([
      'input ssh-key: a private key is needed to reach the host',
      `add to the step's "with": ssh-key: \${{ secrets.SSH_KEY }}`,
      'input env:2: this line has no "="',
      'write KEY=VALUE, or KEY<<EOF, the lines and EOF for a value of many lines',
      'input env:3: GRACEFUL_... variables are set by Graceful itself',
      'choose another name',
      'input command: unknown command "dploy"',
      'did you mean "deploy"? commands: deploy, rollback, status',
      'input port: "99999" is no port',
      'give a number from 1 to 65535',
      'input force: "yes" is neither true nor false',
      'give true or false',
      'input stage: there is no stage "stagng"',
      'did you mean "staging"? stages: staging, production',
      "input known-hosts: the host's own keys are needed, so that nobody else can pass for it; `ssh-keyscan -p PORT HOST` prints them",
      `add to the step's "with": known-hosts: \${{ secrets.KNOWN_HOSTS }}; compare what it printed with the keys in the host's /etc/ssh/ssh_host_*_key.pub`,
      'graceful.yml:3:1: unknown key "jango"',
      'did you mean "django"?',
      'graceful.yml:11:10: migrate: expected true or false, found "no"',
      'for example: migrate: true',
    ]);
  });

  test('the missing known-hosts are told with the command for this very host', () => {
    const [message] = faultsOf(action({ 'ssh-key': KEY, port: '2222' }));
    expect(message).toContain('`ssh-keyscan -p 2222 staging.example.org`');
  });

  test.each([
    [{ host: 'a b' }, 'input host: "a b" is no host name or IP address'],
    [{ user: 'Deploy User' }, `input user: "Deploy User" is no user's name`],
    [{ port: '0' }, 'input port: "0" is no port'],
    [{ port: '22a' }, 'input port: "22a" is no port'],
    [{ command: 'rollback', release: '../x' }, 'input release: "../x" is no release id'],
    [{ release: '20261122T043400Z-abcdef1' }, 'input release: a release cannot be given to "deploy"'],
    [{ 'ssh-key': 'ssh-ed25519 AAAAC3 ada@host\n' }, 'input ssh-key: this is a public key'],
  ] satisfies [Partial<Record<InputName, string>>, string][])('%j', (values, message) => {
    expect(faultsOf(action({ ...NEEDED, ...values }))[0]).toBe(message);
  });

  test('a file that is not there, and a path that is a folder', () => {
    expect(faultsOf(action({ ...NEEDED, config: 'nope.yml' }))[0]).toBe('nope.yml: there is no such file');
    expect(faultsOf(action({ ...NEEDED, config: '.git' }))[0]).toMatch(/^\.git: cannot be read \(EISDIR/);
  });

  test('a key file that cannot be read is told once, not as a missing key too', () => {
    const fault = { where: '--ssh-key-file', message: 'x cannot be read', mend: 'check' };
    const inputs: RawInputs = {
      source: 'command-line',
      values: { 'known-hosts': 'h', stage: 'staging' },
      json: false,
      faults: [fault],
    };
    expect(faultsOf(inputs)).toEqual(['--ssh-key-file: x cannot be read', 'check']);
  });

  test('the chosen stage needs a host, from the file or the input', () => {
    writeFileSync(join(workspace, 'graceful.yml'), 'software: shop\nstages:\n  live: { url: "http://x.test" }\n');
    expect(faultsOf(action(NEEDED))).toEqual([
      'graceful.yml:3:3: stage live: there is no host',
      'for example: host: www.example.org',
    ]);
    expect(readRun(action({ ...NEEDED, host: 'x.test' }), context('main'), reporter()).target.host).toBe('x.test');
  });
});

test('secrets are masked before anything is said, the key as given and as mended', () => {
  const told = reporter();
  const key = '-----BEGIN X-----\r\nc2VjcmV0LWtleS1saW5l\r\n-----END X-----';
  const mended = '-----BEGIN X-----\nc2VjcmV0LWtleS1saW5l\n-----END X-----\n';
  const inputs = action({
    ...NEEDED,
    'ssh-key': key,
    'ssh-key-passphrase': 'open sesame',
    env: 'A=1 2\nB<<E\nx\ny\nE',
  });
  const { target, env } = readRun(inputs, context('main'), told);
  expect(target.privateKey).toBe(mended);
  expect(target.passphrase).toBe('open sesame');
  expect(env).toEqual({ A: '1 2', B: 'x\ny' });
  expect(told.said).toEqual([
    `mask ${key}`,
    'mask c2VjcmV0LWtleS1saW5l',
    `mask ${mended}`,
    'mask c2VjcmV0LWtleS1saW5l',
    'notice input ssh-key: its lines ended with CRLF, and its last line had no end; mended for this run.',
    'mask open sesame',
    'mask 1 2',
    'mask x\ny',
    'mask x',
    'mask y',
  ]);
});

test('rollback goes to the named release', () => {
  const inputs = action({ ...NEEDED, command: 'rollback', release: '20261122T043400Z-abcdef1' });
  expect(readRun(inputs, context('main'), reporter())).toMatchObject({
    command: 'rollback',
    release: '20261122T043400Z-abcdef1',
    stage: { name: 'production' },
  });
});

test('a file in a checkout below the workspace has that checkout as its top', () => {
  mkdirSync(join(workspace, 'site', '.git'), { recursive: true });
  mkdirSync(join(workspace, 'site', 'deploy'));
  writeFileSync(join(workspace, 'site', 'deploy', 'graceful.yml'), EXAMPLE);
  const run = readRun(action({ ...NEEDED, config: 'site/deploy/graceful.yml' }), context('main'), reporter());
  expect(run.workspace).toBe(join(workspace, 'site'));
  expect(run.file).toBe(join(workspace, 'site', 'deploy', 'graceful.yml'));
});

describe('the process it is read from', () => {
  test('a job: INPUT_* with keys untouched, empty inputs not given, masks on standard output', () => {
    const env = {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: workspace,
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
      'KNOWN-HOSTS': 'x ssh-rsa A\n',
      ENV: 'A= b \n',
      FORCE: 'false',
    };
    for (const [name, value] of Object.entries(inputs)) vi.stubEnv(`INPUT_${name}`, value);
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const run = loadRun({ argv: [], env, cwd: '/' }, '0.0.0');
    write.mockRestore();
    vi.unstubAllEnvs();
    expect(run).toMatchObject({
      command: 'status',
      stage: { name: 'production' },
      target: { privateKey: KEY, knownHosts: 'x ssh-rsa A\n', passphrase: undefined },
      env: { A: ' b ' },
      force: false,
      origin: { actor: 'ada', runUrl: 'https://github.com/ada/shop/actions/runs/77', workflow: 'Deploy', runNumber: 5 },
      workspace,
    });
    expect(written.join('').split('\n').filter(Boolean)).toEqual([
      `::add-mask::${KEY.replaceAll('\n', '%0A')}`,
      '::add-mask::c2VjcmV0LWtleS1saW5l',
      `::add-mask::${KEY.replaceAll('\n', '%0A')}`,
      '::add-mask::c2VjcmV0LWtleS1saW5l',
      '::add-mask:: b ',
    ]);
  });

  test('a terminal prints no secret, takes the branch from git and the file from the top of the checkout', () => {
    rmSync(join(workspace, '.git'), { recursive: true });
    execFileSync('git', ['init', '-q', '-b', 'main', workspace]);
    mkdirSync(join(workspace, 'deep'));
    const out = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const env = { USER: 'ada', GRACEFUL_SSH_KEY: KEY, GRACEFUL_KNOWN_HOSTS: 'h' };
    const run = loadRun({ argv: ['deploy'], env, cwd: join(workspace, 'deep') }, '0.0.0');
    const said = [...out.mock.calls, ...err.mock.calls];
    out.mockRestore();
    err.mockRestore();
    expect(said).toEqual([]);
    expect(run).toMatchObject({
      stage: { name: 'production' },
      workspace,
      target: { privateKey: KEY, knownHosts: 'h' },
    });
    expect(run?.origin.actor).toMatch(/^ada@/);
  });

  test('the command line inside a job reads the checkout it is in', () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: '/', GRACEFUL_SSH_KEY: KEY, GRACEFUL_KNOWN_HOSTS: 'h' };
    const out = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const run = loadRun({ argv: ['status', '--stage', 'staging'], env, cwd: workspace }, '0.0.0');
    out.mockRestore();
    expect(run?.file).toBe(join(workspace, 'graceful.yml'));
  });

  test('tags, pull requests and a missing number', () => {
    const job = { GITHUB_ACTIONS: 'true', GITHUB_REF_NAME: 'v1' };
    expect(readContext({ ...job, GITHUB_REF_TYPE: 'tag' }, '/w')).toEqual({
      actions: true,
      folder: '/w',
      branch: undefined,
      origin: {},
    });
    expect(readContext({ ...job, GITHUB_REF_TYPE: 'branch', GITHUB_RUN_NUMBER: 'x' }, '/w')).toEqual({
      actions: true,
      folder: '/w',
      branch: 'v1',
      origin: {},
    });
  });
});
