import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../src/config/fault.ts';
import type { InputName, RawInputs } from '../src/config/inputs.ts';
import { readRun } from '../src/config/read-run.ts';
import { action, context, EXAMPLE, KEY, NEEDED, PAIR, reporter, workspaces } from './config-example.ts';

const at = workspaces();

function faultsOf(inputs: RawInputs, branch: string | undefined = 'develop'): string[] {
  try {
    readRun(inputs, context(at.folder, branch), reporter());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((line) => line.trim());
  }
  return [];
}

describe('faults of inputs', () => {
  test('all of them, and those of the file, are told together: inputs first, then the file from top to bottom', () => {
    writeFileSync(
      join(at.folder, 'graceful.yml'),
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
    [{ 'ssh-key': `${PAIR.publicKey} ada@host\n` }, 'input ssh-key: this is a public key; the private key is needed'],
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
      values: { 'known-hosts': NEEDED['known-hosts'], stage: 'staging' },
      json: false,
      faults: [fault],
    };
    expect(faultsOf(inputs)).toEqual(['--ssh-key-file: x cannot be read', 'check']);
  });

  test('the chosen stage needs a host, from the file or the input', () => {
    writeFileSync(join(at.folder, 'graceful.yml'), 'software: shop\nstages:\n  live: { url: "http://x.test" }\n');
    expect(faultsOf(action(NEEDED))).toEqual([
      'graceful.yml:3:3: stage live: there is no host',
      'for example: host: www.example.org',
    ]);
    expect(
      readRun(action({ ...NEEDED, host: 'x.test' }), context(at.folder, 'main'), reporter()).login.target.host,
    ).toBe('x.test');
  });
});
