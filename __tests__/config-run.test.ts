import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../src/config/fault.ts';
import { readRun } from '../src/config/read-run.ts';
import { action, context, EXAMPLE, KEY, NEEDED, PAIR, reporter, workspaces } from './config-example.ts';

const at = workspaces();

test('the example becomes one whole run with every default filled in', () => {
  const inputs = action({ ...NEEDED, env: 'SECRET_KEY=hunter2\n', reason: 'first' });
  expect(readRun(inputs, context(at.folder, 'develop'), reporter())).toEqual({
    command: 'deploy',
    stage: {
      name: 'staging',
      site: 'shop',
      root: '/srv/shop',
      connection: 'ssh',
      hosts: [{ host: 'staging.example.org', user: 'deploy', port: 22, processes: [] }],
      waves: { canary: 0, batch: '100%', pauseMs: 0, maxFail: 0, unreachable: 'refuse' },
      url: 'https://staging.example.org',
      source: { include: [], exclude: [] },
      configRepository: undefined,
      hooks: { build: undefined, outputs: [] },
      staticFiles: { commands: [], hashed: [] },
      django: { project: '.', settings: 'shop.settings.production', application: 'shop.wsgi:application' },
      python: { requirements: 'requirements.txt', groups: [], extras: [], version: undefined },
      build: { in: undefined, packages: [] },
      hostPackages: 'check',
      server: 'gunicorn',
      serverArgs: [],
      processes: {},
      processManager: 'systemd',
      shared: { dirs: ['media'], files: ['.env'], public: [] },
      env: { DJANGO_LOG_LEVEL: 'info' },
      buildEnv: { SECRET_KEY: 'build' },
      health: { path: '/healthz', status: [200], body: null, timeoutMs: 30_000, successes: 2 },
      migrate: false,
      strategy: 'overlap',
      keepalive: 'restart',
      adopt: false,
      verify: { public: true, local: null },
      connectMs: 15_000,
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
      keep: { releases: 5, failed: 3 },
    },
    logins: [
      {
        target: { host: 'staging.example.org', port: 22, user: 'deploy' },
        key: expect.objectContaining({ fingerprint: PAIR.fingerprint }),
        pins: expect.objectContaining({ algorithms: ['ssh-ed25519'] }),
      },
    ],
    env: { SECRET_KEY: 'hunter2' },
    release: undefined,
    names: { names: [], all: false, inactive: false },
    force: false,
    preempt: false,
    databaseAhead: false,
    plan: false,
    planComment: false,
    pullRequest: undefined,
    explain: false,
    refreshEnv: false,
    deployments: false,
    lockMs: 600_000,
    json: false,
    artifact: join(at.folder, 'graceful-artifact'),
    fromArtifact: false,
    from: undefined,
    origin: { actor: 'ada', reason: 'first' },
    workspace: at.folder,
    file: join(at.folder, 'graceful.yml'),
  });
});

test('a stage stands over the common settings key by key, and inputs over the stage', () => {
  writeFileSync(
    join(at.folder, 'graceful.yml'),
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
      'processes:',
      '  worker: { command: python  manage.py work, stop-timeout: 1h }',
      '  beat: { celery: beat, app: shop.tasks }',
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
      '    processes:',
      '      worker: { command: [python, manage.py, 1.10, "a b"] }',
      '      queue: { celery: worker, args: [-c, 2], singleton: true, stop-timeout: 2m }',
      '',
    ].join('\n'),
  );
  const inputs = action({ ...NEEDED, env: 'B=input', host: '::1', port: '2222', user: 'root', force: 'true' });
  const run = readRun(inputs, context(at.folder, undefined), reporter());
  expect(run.logins.map(({ target }) => target)).toEqual([{ host: '::1', port: 2222, user: 'root' }]);
  expect(run.env).toEqual({ B: 'input' });
  expect(run.force).toBe(true);
  expect(run.stage).toMatchObject({
    site: 'shop-berlin',
    root: '/srv/shop-berlin',
    hosts: [{ host: '::1', port: 2222, user: 'root', processes: ['worker', 'beat', 'queue'] }],
    url: 'https://shop.example.org',
    django: { project: 'backend', settings: 'shop.live', application: undefined },
    shared: { dirs: [], files: ['.env'], public: [] },
    env: { A: 'common', B: 'stage', C: 'stage' },
    buildEnv: { A: 'common', B: 'stage' },
    health: { path: '/up', status: [200, 204], body: 'ok', timeoutMs: 60_000, successes: 5 },
    verify: { public: false, local: 'http://127.0.0.1:8080' },
    serverArgs: ['--threads', '2'],
    processes: {
      // Another one of that name replaces it as a whole.
      worker: { command: ['python', 'manage.py', '1.10', 'a b'], stopMs: 600_000, singleton: false },
      beat: { command: [], celery: 'beat', app: 'shop.tasks', stopMs: 30_000, singleton: true },
      queue: { command: ['-c', '2'], celery: 'worker', app: undefined, stopMs: 120_000, singleton: true },
    },
    migrate: true,
  });
  expect(run.stage.times).toMatchObject({ standbyMs: 500, lockMs: 0, leaseMs: 45_000, keepStaticMs: 604_800_000 });
});

test('secrets are masked before anything is said, the key as given and as mended', () => {
  const told = reporter();
  const given = KEY.replaceAll('\n', '\r\n').trimEnd();
  const lines = KEY.split('\n').filter((line) => line.length >= 8 && !line.startsWith('-----'));
  const inputs = action({
    ...NEEDED,
    'ssh-key': given,
    'ssh-key-passphrase': 'open sesame',
    env: 'A=12 34\nB<<E\nabcd\ny\nE\nC=1\nD=\nE=off',
  });
  const { logins, env } = readRun(inputs, context(at.folder, 'main'), told);
  expect(logins[0]).toMatchObject({ key: { fingerprint: PAIR.fingerprint } });
  expect(env).toEqual({ A: '12 34', B: 'abcd\ny', C: '1', D: '', E: 'off' });
  expect(told.said).toEqual([
    'mask open sesame',
    ...[given, ...lines, KEY].map((secret) => `mask ${secret}`),
    'mask 12 34',
    'mask abcd\ny',
    'mask abcd',
    "notice env D is empty: is there a secret of that name (Settings, Secrets and variables, Actions), and does this job's environment have it?",
    'notice env C, E: values shorter than 4 characters are not masked; plain settings belong into `env` of graceful.yml',
    'notice input ssh-key: its lines ended with CRLF (mended); its last line had no end (mended); it is not encrypted: the passphrase is not used',
  ]);
});

test('each host of a stage has its own port and user, and inputs go over them', () => {
  const file = [
    'software: shop',
    'user: common',
    'hosts: [other.example.org]',
    'stages:',
    '  production:',
    '    url: "https://www.example.org"',
    '    hosts: [www1.example.org, { host: www2.example.org, port: 2222, user: two }]',
  ];
  writeFileSync(join(at.folder, 'graceful.yml'), file.join('\n'));
  const targets = (given: Record<string, string>) => {
    const run = readRun(action({ ...NEEDED, ...given }), context(at.folder, 'main'), reporter());
    expect(run.stage.hosts).toMatchObject(run.logins.map(({ target }) => target));
    return run.stage.hosts.map(({ host, port, user }) => `${user}@${host}:${port}`);
  };
  expect(targets({})).toEqual(['common@www1.example.org:22', 'two@www2.example.org:2222']);
  expect(targets({ port: '23' })).toEqual(['common@www1.example.org:23', 'two@www2.example.org:23']);
  expect(targets({ host: 'www2.example.org' })).toEqual(['two@www2.example.org:2222']);
  expect(targets({ hosts: 'www2.example.org,\nnew.example.org' })).toEqual([
    'two@www2.example.org:2222',
    'common@new.example.org:22',
  ]);
});

test('on the host itself nothing of SSH counts: neither key nor port nor jump host', () => {
  const file = (stage: string) =>
    writeFileSync(
      join(at.folder, 'graceful.yml'),
      `software: shop\nurl: "https://www.example.org"\nport: 2222\njump: bastion\nstages:\n  production: { branch: main, ${stage} }\n  staging: { host: b }\n`,
    );
  const read = (inputs: Parameters<typeof action>[0], branch = 'main') =>
    readRun(action(inputs), context(at.folder, branch), reporter());
  file('connection: local');
  const { stage, logins } = read({ 'ssh-key': 'no key at all' });
  expect(stage).toMatchObject({ connection: 'local', hosts: [{ host: 'localhost', user: 'deploy' }] });
  expect(logins).toEqual([{ target: { host: 'localhost', port: 2222, user: 'deploy' } }]);
  // An input says it for this run, whatever the stage says for those who come from elsewhere.
  file('host: www.example.org, port: 2200, jump: other');
  expect(read({ connection: 'local' }).logins).toEqual([
    { target: { host: 'www.example.org', port: 2200, user: 'deploy' } },
  ]);
  file('host: www.example.org, connection: local');
  const known = {
    'known-hosts': `[www.example.org]:2222 ${PAIR.publicKey}\nbastion ${PAIR.publicKey}\n[bastion]:2222 ${PAIR.publicKey}`,
  };
  expect(read({ ...NEEDED, ...known, connection: 'ssh' }).logins).toMatchObject([
    { target: { port: 2222 }, jump: { target: { host: 'bastion' } } },
  ]);
});

test('a build by somebody else than the one who deploys is for a host like this machine', () => {
  const text =
    'software: shop\nurl: "https://www.example.org"\nstages: { production: { connection: local, user: NAME } }';
  const logins = (user: string) => {
    writeFileSync(join(at.folder, 'graceful.yml'), text.replace('NAME', user));
    return readRun(action({ command: 'build' }), context(at.folder, 'main'), reporter()).logins;
  };
  expect(logins('deploy')).toEqual([{ target: { host: 'localhost', port: 22, user: 'deploy' } }]);
  expect(logins('somebody')).toEqual([]);
});

test('promote takes from a host over SSH, and brings to the one that it runs on', () => {
  const text = [
    'software: shop',
    'stages:',
    '  staging: { host: b, url: "https://b.example.org" }',
    '  production: { connection: local, url: "https://www.example.org" }',
  ];
  writeFileSync(join(at.folder, 'graceful.yml'), text.join('\n'));
  const asked = { command: 'promote', from: 'staging', to: 'production' };
  const run = readRun(action({ ...NEEDED, ...asked }), context(at.folder, 'main'), reporter());
  expect(run.logins).toEqual([{ target: { host: 'localhost', port: 22, user: 'deploy' } }]);
  expect(run.from?.logins[0]).toMatchObject({ target: { host: 'b' }, key: { fingerprint: PAIR.fingerprint } });
  expect(faultsIn(() => readRun(action(asked), context(at.folder, 'main'), reporter()))).toHaveLength(2);
});

test('a host is logged in to through its own jump host, that of the stage, or none', () => {
  const file = [
    'software: shop',
    'stages:',
    '  production:',
    '    url: "https://www.example.org"',
    '    user: ops',
    '    jump: { host: bastion.example.org, port: 2022 }',
    '    hosts: [www1.example.org, { host: www2.example.org, jump: other.example.org }, { host: www3.example.org, jump: none }]',
  ];
  writeFileSync(join(at.folder, 'graceful.yml'), file.join('\n'));
  const hosts = [
    'bastion.example.org',
    'other.example.org',
    'www1.example.org',
    'www2.example.org',
    'www3.example.org',
  ];
  const lines = hosts.map((host) => `${host === hosts[0] ? `[${host}]:2022` : host} ${PAIR.publicKey}`);
  const run = readRun(action({ ...NEEDED, 'known-hosts': lines.join('\n') }), context(at.folder, 'main'), reporter());
  expect(run.logins.map((login) => [login.target.host, 'jump' in login ? login.jump?.target : undefined])).toEqual([
    ['www1.example.org', { host: 'bastion.example.org', port: 2022, user: 'ops' }],
    ['www2.example.org', { host: 'other.example.org', port: 22, user: 'ops' }],
    ['www3.example.org', undefined],
  ]);
  // Its keys are needed as well as the hosts' own; what is lacking for several of them is told once.
  const told = reporter();
  const known = { 'known-hosts': lines.slice(1).join('\n') };
  expect(faultsIn(() => readRun(action({ ...NEEDED, ...known }), context(at.folder, 'main'), told))).toEqual([
    expect.stringContaining('bastion.example.org'),
  ]);
});

function faultsIn(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ message }) => message);
    throw error;
  }
  return [];
}

test('processes run on every host, singletons on one', () => {
  const processes = 'processes: { worker: { celery: worker }, beat: { celery: beat } }';
  const placed = (hosts: string) => {
    writeFileSync(
      join(at.folder, 'graceful.yml'),
      `software: shop\n${processes}\nstages: { production: { url: "https://www.example.org", hosts: ${hosts} } }\n`,
    );
    const { stage } = readRun(action(NEEDED), context(at.folder, 'main'), reporter());
    return stage.hosts.map((one) => one.processes.join(' '));
  };
  expect(placed('[a, b]')).toEqual(['worker beat', 'worker']);
  expect(placed('[a, { host: b, processes: [beat] }]')).toEqual(['worker', 'beat']);
  expect(placed('[{ host: a, processes: [] }, b, { host: c, processes: [worker, beat] }]')).toEqual([
    '',
    'worker',
    'worker beat',
  ]);
});

test('rollback goes to the named release', () => {
  const inputs = action({ ...NEEDED, command: 'rollback', release: '20261122T043400Z-abcdef1' });
  expect(readRun(inputs, context(at.folder, 'main'), reporter())).toMatchObject({
    command: 'rollback',
    release: '20261122T043400Z-abcdef1',
    stage: { name: 'production' },
  });
});

test('a file in a checkout below the workspace has that checkout as its top', () => {
  mkdirSync(join(at.folder, 'site', '.git'), { recursive: true });
  mkdirSync(join(at.folder, 'site', 'deploy'));
  writeFileSync(join(at.folder, 'site', 'deploy', 'graceful.yml'), EXAMPLE);
  const run = readRun(
    action({ ...NEEDED, config: 'site/deploy/graceful.yml' }),
    context(at.folder, 'main'),
    reporter(),
  );
  expect(run.workspace).toBe(join(at.folder, 'site'));
  expect(run.file).toBe(join(at.folder, 'site', 'deploy', 'graceful.yml'));
});

describe('from one stage to another', () => {
  const FILE =
    'software: shop\nstages:\n  staging: { host: staging.example.org, url: "https://staging.example.org", user: one }\n  production: { host: www.example.org, url: "https://www.example.org" }\n';
  test('promote has a login for each, and host, user and port are about the one that changes', () => {
    writeFileSync(join(at.folder, 'graceful.yml'), FILE);
    const given = { ...NEEDED, command: 'promote', from: 'staging', to: 'production' };
    const run = readRun(action({ ...given, user: 'two', artifact: 'made' }), context(at.folder, 'main'), reporter());
    expect([run.stage.name, run.logins[0]?.target]).toEqual([
      'production',
      { host: 'www.example.org', port: 22, user: 'two' },
    ]);
    expect([run.from?.stage.name, run.from?.logins[0]?.target]).toEqual([
      'staging',
      { host: 'staging.example.org', port: 22, user: 'one' },
    ]);
    expect([run.artifact, run.fromArtifact]).toEqual([join(at.folder, 'made'), true]);
  });

  test('promote asks every host of the stage that it takes from', () => {
    const hosts = FILE.replace('host: staging.example.org', 'hosts: [a.example.org, b.example.org]');
    writeFileSync(join(at.folder, 'graceful.yml'), hosts);
    const known = ['a', 'b', 'www'].map((name) => `${name}.example.org ${PAIR.publicKey}`).join('\n');
    const given = { ...NEEDED, 'known-hosts': known, command: 'promote', from: 'staging', to: 'production' };
    const run = readRun(action(given), context(at.folder, 'main'), reporter());
    expect(run.logins.map(({ target }) => target.host)).toEqual(['www.example.org']);
    expect(run.from?.logins.map(({ target }) => target.host)).toEqual(['a.example.org', 'b.example.org']);
  });

  test('build does without a key', () => {
    writeFileSync(join(at.folder, 'graceful.yml'), FILE);
    const run = readRun(action({ command: 'build', stage: 'staging' }), context(at.folder, 'main'), reporter());
    expect([run.logins, run.artifact, run.fromArtifact]).toEqual([[], join(at.folder, 'graceful-artifact'), false]);
  });
});
