/** Everything that can be wrong in a step's inputs or on a command line (keys have a table of their own), with the words that a person reads. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/config/commands.ts';
import type { InputName } from '../src/config/inputs.ts';
import { runStep } from '../testbed/runner.ts';
import { EXAMPLE, KEY, NEEDED, PAIR, workspaces } from './config-example.ts';
import { faultsOfStep, NOT_CONTACTED } from './fixtures/wrong/faults.ts';
import { annotations, commandHere, stepHere } from './fixtures/wrong/run.ts';

const at = workspaces();

type Given = Partial<Record<InputName, string>> & Record<string, string>;

async function faultsOf(inputs: Given, branch = 'develop'): Promise<string[]> {
  const step = await stepHere({ workspace: at.folder, inputs, env: { GITHUB_REF_NAME: branch } });
  expect(step, step.log).toMatchObject({ code: 64, outputs: {} });
  return faultsOfStep(step, NOT_CONTACTED);
}

describe('an input that is missing', () => {
  const KEY_FAULT = 'input ssh-key: a private key is needed to reach the host';
  const GIVE_KEY = `add to the step's "with": ssh-key: \${{ secrets.SSH_KEY }}`;
  const hostsFault = (scan: string) =>
    `input known-hosts: the host's own keys are needed, so that nobody else can pass for it; \`${scan}\` prints them | ` +
    `add to the step's "with": known-hosts: \${{ secrets.KNOWN_HOSTS }}; compare what it printed with the keys in the host's /etc/ssh/ssh_host_*_key.pub`;

  test('ssh-key and known-hosts, both told', async () => {
    expect(await faultsOf({})).toEqual([
      `${KEY_FAULT} | ${GIVE_KEY}`,
      hostsFault('ssh-keyscan -p 22 staging.example.org'),
    ]);
  });

  test('empty, as a secret that does not exist is', async () => {
    expect(await faultsOf({ ...NEEDED, 'ssh-key': '', 'known-hosts': '\n', port: '2222' })).toEqual([
      `${KEY_FAULT} | ${GIVE_KEY}`,
      hostsFault('ssh-keyscan -p 2222 staging.example.org'),
    ]);
  });

  test('under another name', async () => {
    const { 'ssh-key': sshkey, ...rest } = NEEDED;
    expect(await faultsOf({ ...rest, sshkey })).toEqual([
      `${KEY_FAULT} | the step gives "sshkey": write ssh-key; ${GIVE_KEY}`,
    ]);
  });

  test('host, which neither the file nor the step has', async () => {
    writeFileSync(join(at.folder, 'graceful.yml'), 'software: shop\nstages:\n  live: { url: "http://x.test" }\n');
    expect(await faultsOf(NEEDED)).toEqual([
      'graceful.yml:3:3: stage live: there is no host | for example: host: www.example.org',
    ]);
  });
});

const rows: [Given, string][] = [
  [
    { command: 'deplyo' },
    `input command: unknown command "deplyo" | did you mean "deploy"? commands: ${[...COMMANDS, 'config'].join(', ')}`,
  ],
  [{ command: 'reboot' }, `input command: unknown command "reboot" | commands: ${[...COMMANDS, 'config'].join(', ')}`],
  [
    { command: 'activate' },
    'input release: which release is to go live? (the output "staged" of "stage", or one that "status" lists) | add to the step\'s "with": release: 20261122T043400Z-abcdef1',
  ],
  [
    { command: 'stop', names: 'web all' },
    'input names: "web all": names, all and inactive exclude each other | give one of them',
  ],
  [{ names: 'web' }, 'input names: names cannot be given to "deploy" | leave them out; start, stop, restart take them'],
  [{ command: 'promote', from: 'staging' }, 'input to: to which stage? | add to the step\'s "with": to: production'],
  [
    { command: 'promote', to: 'staging' },
    'input from: which stage is to be promoted? | add to the step\'s "with": from: staging',
  ],
  [
    { command: 'promote', from: 'staging', to: 'staging' },
    'input to: "staging" cannot be promoted to itself | name two stages',
  ],
  [{ from: 'staging' }, 'input from: "deploy" takes none | leave it out; "promote" goes from one stage to another'],
  [
    { command: 'rollback', artifact: 'x' },
    'input artifact: "rollback" has to do with none | leave it out; build, deploy, stage, promote take one',
  ],
  [
    { command: 'status', deployments: 'true' },
    'input deployments: "status" puts nothing live | leave it out; deploy, promote, update, rollback, activate take it',
  ],
  [
    { command: 'rollback', plan: 'true' },
    'input plan: "rollback" has no plan | leave it out; deploy, stage, promote take it',
  ],
  [
    { 'plan-comment': 'true' },
    'input plan-comment: nothing is planned | leave it out, or add to the step\'s "with": plan: true',
  ],
  [{ lock: 'preempt' }, 'input lock: "deploy" pre-empts nothing | leave it out; "rollback" and "activate" may'],
  [
    { 'database-ahead': 'true' },
    'input database-ahead: "deploy" goes to no release that was there before | leave it out; "rollback", "activate" and "update" take it',
  ],
  [
    { command: 'rollback', 'database-ahead': 'yes' },
    'input database-ahead: "yes" is neither true nor false | give true or false',
  ],
  [
    { 'lock-timeout': '5' },
    'input lock-timeout: "5" is no duration | give a whole number and ms, s, m, h or d, such as 10m',
  ],
  [
    { stage: 'stagng' },
    'input stage: there is no stage "stagng" | did you mean "staging"? stages: staging, production',
  ],
  [{ stage: 'prod' }, 'input stage: there is no stage "prod" | did you mean "production"? stages: staging, production'],
  [
    { host: 'deploy@www.example.org' },
    'input host: "deploy@www.example.org" is no host name or IP address | give the name alone; "port" and "user" are inputs of their own',
  ],
  [{ user: 'Deploy User' }, `input user: "Deploy User" is no user's name | for example: deploy`],
  [{ port: '0' }, 'input port: "0" is no port | give a number from 1 to 65535'],
  [{ port: '22a' }, 'input port: "22a" is no port | give a number from 1 to 65535'],
  [{ force: 'yes' }, 'input force: "yes" is neither true nor false | give true or false'],
  [
    { command: 'rollback', release: '../x' },
    'input release: "../x" is no release id | for example: 20261122T043400Z-abcdef1 (the command "status" lists them)',
  ],
  [
    { release: '20261122T043400Z-abcdef1' },
    'input release: a release cannot be given to "deploy" | leave it out, or use the command "rollback" or "activate"',
  ],
  [
    { env: 'A=1\nhunter2' },
    'input env:2: this line has no "=" | write KEY=VALUE, or KEY<<EOF, the lines and EOF for a value of many lines',
  ],
  [
    { env: 'export A=hunter2' },
    'input env:1: what stands before "=" is no name for a variable | write KEY=VALUE: letters, digits and "_", no digit first, no space around "="',
  ],
  [{ env: 'A=1\n\nA=hunter2' }, 'input env:3: A is here a second time, first on line 1 | keep one of the two'],
  [{ hosts: ' , ' }, 'input hosts: names no host | for example: www1.example.org, www2.example.org'],
  [{ env: 'GRACEFUL_A=2' }, 'input env:1: GRACEFUL_... variables are set by Graceful itself | choose another name'],
  [
    { env: 'A<<EOF\nhunter2' },
    'input env:1: the value that begins here has no end | end it with the word after "<<" on a line of its own',
  ],
];

describe('an input that is wrong', () => {
  test.each(rows)('%j', async (wrong, fault) => {
    const faults = await faultsOf({ ...NEEDED, ...wrong });
    expect(faults).toEqual([fault]);
    expect(faults.join()).not.toContain('hunter2');
  });
});

test('known hosts without any key, told although a wrong stage keeps their host from being known', async () => {
  expect(await faultsOf({ ...NEEDED, stage: 'stagng', 'known-hosts': 'no keys here' })).toEqual([
    'input stage: there is no stage "stagng" | did you mean "staging"? stages: staging, production',
    'input known-hosts: it holds no host key at all; line 1 was skipped: the key is damaged or not of the type keys | ' +
      "run `ssh-keyscan HOST` on a network you trust, compare the fingerprint with the host's own, and put the lines into it",
  ]);
});

test('a branch that has no stage, and a tag', async () => {
  const offer = 'staging (branch develop), production (branch main)';
  const mend = `say which (add to the step's "with": stage: staging), or run this for what belongs to one: ${offer}`;
  expect(await faultsOf(NEEDED, 'try-this')).toEqual([
    `graceful.yml:13:1: branch "try-this" belongs to no stage | ${mend}`,
  ]);
  const tag = await stepHere({ workspace: at.folder, inputs: NEEDED, env: { GITHUB_REF_TYPE: 'tag' } });
  expect(faultsOfStep(tag, NOT_CONTACTED)).toEqual([`graceful.yml:13:1: tag "main" belongs to no stage | ${mend}`]);
});

test('all faults are told at once: inputs first, keys among them, then the file from top to bottom', async () => {
  writeFileSync(
    join(at.folder, 'graceful.yml'),
    EXAMPLE.replace('migrate: false', 'migrate: no').replace('django:', 'jango:'),
  );
  const wrong = { command: 'dploy', port: '99999', env: 'hunter2' };
  const keys = { 'ssh-key': PAIR.publicKey, 'known-hosts': 'SHA256:hunter2' };
  expect(await faultsOf({ ...keys, ...wrong })).toEqual([
    'input env:1: this line has no "=" | write KEY=VALUE, or KEY<<EOF, the lines and EOF for a value of many lines',
    `input command: unknown command "dploy" | did you mean "deploy"? commands: ${[...COMMANDS, 'config'].join(', ')}`,
    'input port: "99999" is no port | give a number from 1 to 65535',
    'input ssh-key: this is a public key; the private key is needed | give the private key: the file without `.pub`, which begins with -----BEGIN OPENSSH PRIVATE KEY-----',
    "input known-hosts: there is no line for staging.example.org; it holds no host key at all; line 1 was skipped: not a known_hosts line (names, key type, key) | run `ssh-keyscan staging.example.org` on a network you trust, compare the fingerprint with the host's own, and put the lines into it",
    'graceful.yml:3:1: unknown key "jango" | did you mean "django"?',
    'graceful.yml:11:10: migrate: expected true or false, found "no" | for example: migrate: true',
  ]);
});

describe('connection', () => {
  const user = userInfo().username;
  const needsNoKey = (stage: string) =>
    writeFileSync(
      join(at.folder, 'graceful.yml'),
      `software: shop\nurl: "https://www.example.org"\nstages:\n  production: { ${stage} }\n`,
    );

  test('is one of two', async () => {
    expect(await faultsOf({ ...NEEDED, connection: 'pipe' })).toEqual([
      'input connection: "pipe" is no way to a host | give ssh or local',
    ]);
  });

  test('local: another user, in the file or as an input, is told before anything; no key is asked for', async () => {
    const message = (name: string) =>
      `connection: local does all as the user who runs Graceful: that is ${user}, and this stage is deployed by ${name} | ` +
      `run it as ${name}: a runner or a cron table of that user's, or at a terminal \`sudo -u ${name}\` before the command`;
    needsNoKey('branch: develop, connection: local, user: somebody');
    expect(await faultsOf({})).toEqual([`graceful.yml:4:59: stage production: ${message('somebody')}`]);
    needsNoKey('branch: develop, connection: local');
    expect(await faultsOf({})).toEqual([`graceful.yml:4:46: stage production: ${message('deploy')}`]);
    expect(await faultsOf({ user: 'else' })).toEqual([`input user: ${message('else')}`]);
  });

  test('local: several hosts or a port', async () => {
    needsNoKey(`branch: develop, user: ${user}, hosts: [a, { host: b, port: 2222 }]`);
    const one = 'connection: local is for the one host that Graceful runs on, and there are 2';
    const mend = 'keep one host, or leave connection out';
    expect(await faultsOf({ connection: 'local', port: '2222' })).toEqual([
      `input connection: ${one} | ${mend}`,
      'input port: this is about SSH, which connection: local does without | leave it out',
    ]);
    expect(await faultsOf({ connection: 'local', hosts: 'a b' })).toEqual([`input hosts: ${one} | ${mend}`]);
  });
});

describe('at a terminal', () => {
  /** What is said, line by line, without the last line, which is the same for all. */
  async function said(argv: string[], env: Record<string, string> = {}): Promise<string[]> {
    rmSync(join(at.folder, '.git'), { recursive: true });
    execFileSync('git', ['init', '-q', '-b', 'main', at.folder]);
    const { code, log } = await commandHere(argv, at.folder, env);
    expect(code, log).toBe(64);
    const lines = log.trimEnd().replaceAll(at.folder, '.').split('\n');
    expect(lines.at(-1)).toBe(NOT_CONTACTED);
    return lines.slice(0, -1);
  }
  const SECRETS = { GRACEFUL_SSH_KEY: KEY, GRACEFUL_KNOWN_HOSTS: NEEDED['known-hosts'] };

  test.each([
    [
      [],
      [
        'command line: no command is given',
        `  commands: ${[...COMMANDS, 'config', 'init', 'completion'].join(', ')}`,
        '  see graceful --help',
      ],
    ],
    [['dploy'], ["command line: unknown command 'dploy'", '  (Did you mean deploy?)']],
    [
      ['deploy', '--stge', 'x'],
      ["command line: unknown option '--stge'", '  (Did you mean --stage?)'],
    ],
    [
      ['deploy', '--stage'],
      ["command line: option '--stage <name>' argument missing", '  see graceful --help'],
    ],
    [
      ['status', 'x'],
      ["command line: too many arguments for 'status'. Expected 0 arguments but got 1: x.", '  see graceful --help'],
    ],
    [
      ['deploy', '--stage', 'stagng', '--config', 'nope.yml'],
      [
        'nope.yml: there is no such file',
        '  let `graceful init` write it, write it as docs/configuration.md shows, or name its path with --config',
      ],
    ],
    [
      ['deploy', '--stage', 'stagng', '--port', 'ssh'],
      [
        '--port: "ssh" is no port',
        '  give a number from 1 to 65535',
        '--stage: there is no stage "stagng"',
        '  did you mean "staging"? stages: staging, production',
      ],
    ],
    [
      ['deploy', '--variables-file', 'nope'],
      [
        "--variables-file: nope cannot be read (ENOENT: no such file or directory, open './nope')",
        '  check the path and its permissions',
      ],
    ],
  ])('%j', async (argv, lines) => {
    expect(await said(argv, SECRETS)).toEqual(lines);
  });

  test('a key and host keys of the environment, or found, are what is at fault, and not options that nobody gave', async () => {
    const env = { GRACEFUL_SSH_KEY: PAIR.publicKey, GRACEFUL_KNOWN_HOSTS: 'www.example.net' };
    expect(await said(['deploy', '--stage', 'staging'], env)).toEqual([
      expect.stringMatching(/^GRACEFUL_SSH_KEY: this is a public key/),
      expect.any(String),
      expect.stringMatching(/^GRACEFUL_KNOWN_HOSTS: there is no line for staging\.example\.org/),
      expect.stringMatching(/and put the lines into it$/),
    ]);
    const own = join(at.folder, '.ssh');
    mkdirSync(own);
    writeFileSync(join(own, 'id_ed25519'), PAIR.publicKey);
    const [found] = await said(['deploy', '--stage', 'staging'], { HOME: at.folder, ...SECRETS, GRACEFUL_SSH_KEY: '' });
    expect(found).toMatch(/^\.\/\.ssh\/id_ed25519: this is a public key/);
  });

  test('a folder for the file', async () => {
    expect(await said(['status', '--config', '.git'])).toContain('  name the file in it with --config');
  });

  test('no key anywhere; a key file that cannot be read is told once, not as a missing key too', async () => {
    const hosts = [
      "--known-hosts-file: the host's own keys are needed, so that nobody else can pass for it; `ssh-keyscan -p 22 www.example.org` prints them",
      "  name its file with --known-hosts-file FILE, or put the lines into the variable GRACEFUL_KNOWN_HOSTS; compare what it printed with the keys in the host's /etc/ssh/ssh_host_*_key.pub",
    ];
    expect(await said(['deploy'])).toEqual([
      '--ssh-key-file: a private key is needed to reach the host',
      '  name its file with --ssh-key-file FILE, or put the key itself into the variable GRACEFUL_SSH_KEY',
      ...hosts,
    ]);
    expect(await said(['deploy', '--ssh-key-file', 'nope'])).toEqual([
      "--ssh-key-file: nope cannot be read (ENOENT: no such file or directory, open './nope')",
      '  check the path and its permissions',
      ...hosts,
    ]);
  });
});

test('the Action itself: inputs and a broken file, told by dist as by the sources', async () => {
  writeFileSync(join(at.folder, 'graceful.yml'), 'software: Shop\n');
  const options = { workspace: at.folder, inputs: { command: 'dploy' } };
  const [spawned, here] = [await runStep(options), await stepHere(options)];
  expect(spawned).toMatchObject({ code: 64, outputs: {} });
  expect(annotations(spawned.log)).toEqual(annotations(here.log));
  expect(faultsOfStep(spawned, NOT_CONTACTED)).toHaveLength(5);
});
