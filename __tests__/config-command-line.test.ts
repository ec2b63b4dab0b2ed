import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCommandLine } from '../src/config/command-line.ts';

let home = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'graceful-home-'));
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

function read(argv: string[], env: Record<string, string> = {}) {
  let printed = '';
  const print = (text: string) => {
    printed += text;
  };
  const inputs = readCommandLine(argv, { env, home, cwd: home, version: '1.2.3', print });
  return { inputs, printed };
}

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

test.for([
  ['rollback', ''],
  ['switch', ' '],
  ['stop', ''],
])('an empty name is not one that was left out: %s', (argv) => {
  expect(read(argv).inputs?.faults).toMatchObject([{ message: 'a name is empty' }]);
});

test.for([
  [['deploy', '--host', ''], '--host'],
  [['deploy', '--host='], '--host'],
  [['deploy', '--ssh-key-file', ' '], '--ssh-key-file'],
  [['rollback', '--reason', '', '--force'], '--reason'],
  [['logs', '--grep', ''], '--grep'],
  [['config', '--config', ''], '--config'],
  [['init', '--host', ''], '--host'],
] as const)('an empty value is not an option that was left out: %j', ([argv, where]) => {
  const fault = { where, message: 'its value is empty', mend: expect.stringContaining('leave it out') };
  expect(thrownBy(() => read([...argv]))).toMatchObject({ faults: [fault] });
});

test('help about what is no command names those that are', () => {
  const thrown = thrownBy(() => read(['help', 'statsu']));
  expect(thrown).toMatchObject({
    faults: [
      { message: "unknown command 'statsu'", mend: expect.stringMatching(/^did you mean "status"\? commands: /) },
    ],
  });
});

test('promote offers no --stage: it would always refuse it', () => {
  expect(read(['promote', '--help']).printed).not.toContain('--stage');
  expect(read(['deploy', '--help']).printed).toContain('--stage');
});

test('every option is read, and files are read as they are', () => {
  writeFileSync(join(home, 'key'), 'KEY\r\n ');
  writeFileSync(join(home, 'hosts'), 'HOSTS\n');
  writeFileSync(join(home, 'env'), 'A=1\n');
  const argv = [
    'deploy',
    '--stage',
    'staging',
    '--config',
    'x/graceful.yml',
    '--ssh-key-file',
    'key',
    '--variables-file',
    'env',
  ];
  argv.push('--known-hosts-file', 'hosts', '--host', 'h', '--port', '2', '--user', 'u', '--reason', 'why', '--force');
  expect(read(argv, { GRACEFUL_SSH_KEY_PASSPHRASE: 'open' }).inputs).toEqual({
    source: 'command-line',
    values: {
      command: 'deploy',
      stage: 'staging',
      config: join(home, 'x/graceful.yml'),
      'ssh-key': 'KEY\r\n ',
      'ssh-key-passphrase': 'open',
      'known-hosts': 'HOSTS\n',
      host: 'h',
      port: '2',
      user: 'u',
      env: 'A=1\n',
      reason: 'why',
      force: 'true',
    },
    elsewhere: { 'ssh-key-passphrase': { from: 'environment', where: 'GRACEFUL_SSH_KEY_PASSPHRASE' } },
    json: false,
    unknown: [],
    faults: [],
  });
});

test.for([
  [
    ['activate', '20261122T043400Z-abcdef1', '--lock', 'preempt'],
    { command: 'activate', release: '20261122T043400Z-abcdef1', lock: 'preempt' },
  ],
  [
    ['switch', '20261122T043400Z-abcdef1', '--lock-timeout', '5m'],
    { command: 'switch', release: '20261122T043400Z-abcdef1', 'lock-timeout': '5m' },
  ],
  [['restart'], { command: 'restart' }],
  [['restart', 'web'], { command: 'restart', names: 'web' }],
  [['start', '--inactive'], { command: 'start', names: 'inactive' }],
  [['stop', '--all', '--force'], { command: 'stop', names: 'all', force: 'true' }],
  [['update', '--reason', 'why'], { command: 'update', reason: 'why' }],
  [['build', '--explain', '--refresh-env'], { command: 'build', explain: 'true', 'refresh-env': 'true' }],
  [['promote', '--deployments'], { command: 'promote', deployments: 'true' }],
  [['plan', '--stage', 'live', '--plan-comment'], { command: 'plan', stage: 'live', 'plan-comment': 'true' }],
  [['promote', '--from', 'a', '--to', 'b', '--plan'], { command: 'promote', from: 'a', to: 'b', plan: 'true' }],
  [['deploy', '--explain'], { command: 'deploy', explain: 'true' }],
  [['rollback', '--database-ahead'], { command: 'rollback', 'database-ahead': 'true' }],
  [['stage', '--force'], { command: 'stage', force: 'true' }],
] as const)('%j', ([argv, values]) => {
  expect(read([...argv]).inputs?.values).toEqual(values);
});

test('variables that are not UTF-8 are refused by their file, and not read wrongly; a comment beside host keys may be', () => {
  for (const name of ['latin', 'hosts']) writeFileSync(join(home, name), Buffer.from('NAME=K\xf6ln\n', 'latin1'));
  const { inputs } = read(['deploy', '--variables-file', 'latin', '--known-hosts-file', 'hosts']);
  expect(inputs?.faults).toEqual([
    { where: '--variables-file', message: 'latin is not UTF-8 text', mend: 'save the file as UTF-8' },
  ]);
  expect(inputs?.values).not.toHaveProperty('env');
});

test('rollback takes a release, status JSON', () => {
  expect(read(['rollback', '20261122T043400Z-abcdef1']).inputs?.values).toEqual({
    command: 'rollback',
    release: '20261122T043400Z-abcdef1',
  });
  expect(read(['rollback']).inputs?.values).toEqual({ command: 'rollback' });
  expect(read(['status', '--json']).inputs).toMatchObject({ values: { command: 'status' }, json: true });
});

describe('key and host keys come from the option, else the variable, else ~/.ssh', () => {
  beforeEach(() => {
    mkdirSync(join(home, '.ssh'));
    for (const name of ['id_ed25519', 'id_rsa', 'known_hosts', 'mine']) writeFileSync(join(home, '.ssh', name), name);
  });

  test.each([
    [[], {}, 'id_ed25519', 'known_hosts'],
    [[], { GRACEFUL_SSH_KEY: 'K', GRACEFUL_KNOWN_HOSTS: 'H' }, 'K', 'H'],
    [[], { GRACEFUL_SSH_KEY: '', GRACEFUL_KNOWN_HOSTS: '' }, 'id_ed25519', 'known_hosts'],
    [
      ['--ssh-key-file', '.ssh/mine', '--known-hosts-file', '.ssh/mine'],
      { GRACEFUL_SSH_KEY: 'K', GRACEFUL_KNOWN_HOSTS: 'H' },
      'mine',
      'mine',
    ],
  ])('%j %j', (options, env, key, hosts) => {
    const values = read(['status', ...options], env).inputs?.values;
    expect([values?.['ssh-key'], values?.['known-hosts']]).toEqual([key, hosts]);
  });
});

test('help and the version are printed and ask for nothing more', () => {
  expect(read(['--version'])).toEqual({ inputs: null, printed: '1.2.3\n' });
  const help = read(['--help']);
  expect(help.inputs).toBeNull();
  expect(help.printed).toContain('rollback [options] [release]');
});
