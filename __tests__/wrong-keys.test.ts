/** Everything that can be wrong with the private key and the host keys before anything is connected, with the words that a person reads. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runStep } from '../testbed/runner.ts';
import { KEY, NEEDED, PAIR, workspaces } from './config-example.ts';
import { type KeyPair, makeKey, scratch } from './fixtures/session/sshd.ts';
import { faultsOfStep, NOT_CONTACTED } from './fixtures/wrong/faults.ts';
import { annotations, stepHere } from './fixtures/wrong/run.ts';

const at = workspaces();
const folder = scratch();
afterAll(() => folder[Symbol.dispose]());

const step = (inputs: Record<string, string>) => ({
  workspace: at.folder,
  inputs: { ...NEEDED, stage: 'staging', ...inputs },
});

async function faultsOf(inputs: Record<string, string>): Promise<string[]> {
  const done = await stepHere(step(inputs));
  expect(done, done.log).toMatchObject({ code: 64, outputs: {} });
  return faultsOfStep(done, NOT_CONTACTED);
}

const make = (name: string, args: string[], passphrase?: string) => makeKey(folder.path, name, args, passphrase);
const NEW = 'make a key for this purpose with `ssh-keygen -t ed25519 -N "" -f graceful-key`';

describe('a private key that cannot be used', () => {
  const PRIVATE =
    'give the private key: the file without `.pub`, which begins with -----BEGIN OPENSSH PRIVATE KEY-----';
  const WHOLE = 'paste the whole key file, first and last line too';
  const lines = KEY.trim().split('\n');
  const rows: [name: string, key: () => string, fault: string][] = [
    ['a public key', () => PAIR.publicKey, `this is a public key; the private key is needed | ${PRIVATE}`],
    [
      'a public key as other programs write it',
      () => execFileSync('ssh-keygen', ['-e', '-f', make('rfc4716', ['-t', 'ed25519']).path], { encoding: 'utf8' }),
      `this is a public key; the private key is needed | ${PRIVATE}`,
    ],
    [
      'a certificate',
      certificate,
      `this is a certificate, not a private key; certificates are not supported | ${PRIVATE}`,
    ],
    [
      'PKCS#8',
      () => make('pkcs8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']).privateKey,
      'the key is in PKCS#8 format, which is not supported | convert a copy of it with `ssh-keygen -p -f KEY`; if that says "invalid format" (ed25519 keys), make a new key with `ssh-keygen -t ed25519`',
    ],
    [
      'PuTTY',
      () => 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n',
      'the key is in PuTTY format, which is not supported | convert it with `puttygen KEY.ppk -O private-openssh -o KEY`',
    ],
    [
      'DSA',
      () => make('dsa', ['-t', 'dsa']).privateKey,
      `a key of type ssh-dss is not supported | use ssh-ed25519, ecdsa-sha2-nistp* or ssh-rsa: ${NEW}`,
    ],
    [
      'a security key',
      securityKey,
      `a key of type sk-ssh-ed25519@openssh.com, which needs a security key to be touched, is not supported | use ssh-ed25519, ecdsa-sha2-nistp* or ssh-rsa: ${NEW}`,
    ],
    ...['~/.ssh/id_ed25519', '/home/ada/deploy-key', 'id_rsa', 'deploy.pem', 'C:\\keys\\deploy'].map(
      (path): [string, () => string, string] => [
        `the path ${path}`,
        () => path,
        'this is the path of a file | give the content of that file, not its name',
      ],
    ),
    [
      'anything else',
      () => 'hunter2',
      `this is not a private key: it does not begin with -----BEGIN | ${WHOLE}; or ${NEW}`,
    ],
    [
      'half a key',
      () => lines.slice(0, 4).join('\n'),
      `the key is cut off: the line -----END OPENSSH PRIVATE KEY----- is missing | ${WHOLE}`,
    ],
    [
      'a key with a hole',
      () => [...lines.slice(0, 3), ...lines.slice(4)].join('\n'),
      `the key cannot be read (Malformed OpenSSH private key) | paste the whole key file as it is; \`ssh-keygen -y -f KEY\` must accept it; or ${NEW}`,
    ],
  ];
  test.each(rows)('%s', async (_, key, fault) => {
    const given = key();
    const faults = await faultsOf({ 'ssh-key': given });
    expect(faults).toEqual([`input ssh-key: ${fault}`]);
    for (const line of given.split('\n').filter((text) => text.length > 8 && !text.startsWith('--'))) {
      expect(faults.join()).not.toContain(line);
    }
  });

  test.each([
    ['OpenSSH format', ['-t', 'ed25519']],
    ['PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['another cipher', ['-t', 'ed25519', '-Z', 'aes256-gcm@openssh.com']],
  ])('encrypted (%s): no passphrase, a wrong one', async (name, args) => {
    const PASSPHRASE = 'ssh-key-passphrase (at a terminal the variable GRACEFUL_SSH_KEY_PASSPHRASE)';
    const { privateKey } = make(`locked-${name.replaceAll(' ', '-')}`, args, 'correct horse');
    expect(await faultsOf({ 'ssh-key': privateKey })).toEqual([
      `input ssh-key: the key is encrypted and no passphrase is given | set ${PASSPHRASE}, or ${NEW}`,
    ]);
    expect(await faultsOf({ 'ssh-key': privateKey, 'ssh-key-passphrase': 'wrong horse' })).toEqual([
      `input ssh-key: the passphrase does not open the key | correct ${PASSPHRASE}; is a line end or blank pasted with it? Try it with \`ssh-keygen -y -f KEY\``,
    ]);
  });
});

describe('a private key that is mended, with a notice', () => {
  test.each([
    ['CRLF', KEY.replaceAll('\n', '\r\n'), 'its lines ended with CRLF (mended)'],
    ['no last line end', KEY.trimEnd(), 'its last line had no end (mended)'],
    [
      'both',
      KEY.trimEnd().replaceAll('\n', '\r\n'),
      'its lines ended with CRLF (mended); its last line had no end (mended)',
    ],
    ['\\n for line ends', KEY.replaceAll('\n', '\\n'), 'it had \\n in place of line ends (mended)'],
    ['blanks for line ends', KEY.replaceAll('\n', ' '), 'it had blanks in place of line ends (mended)'],
  ])('%s', async (_, key, notice) => {
    // The port is what stops this run.
    const { log } = await stepHere(step({ 'ssh-key': key, port: 'x' }));
    expect(annotations(log).map(({ level, lines: [text] }) => `${level}: ${text}`)).toEqual([
      `notice: input ssh-key: ${notice}`,
      'error: input port: "x" is no port',
    ]);
  });
});

describe('known-hosts without a line that can be used', () => {
  const stranger = make('stranger', ['-t', 'ed25519']);
  const MEND = "on a network you trust, compare the fingerprint with the host's own, and put the lines into it";
  const scan = `run \`ssh-keyscan staging.example.org\` ${MEND}`;
  test.each([
    [
      'of another host',
      `www.example.org ${stranger.publicKey}`,
      'there is no line for staging.example.org; there are lines for www.example.org',
    ],
    [
      'of another port',
      `[staging.example.org]:2222 ${stranger.publicKey}`,
      'there is no line for staging.example.org; there are lines for [staging.example.org]:2222',
    ],
    [
      'hashed, of another host',
      hashed(stranger),
      'there is no line for staging.example.org; 1 with a hashed name match no better',
    ],
    [
      'only comments',
      '# staging.example.org:22 SSH-2.0-OpenSSH_9.2\n',
      'there is no line for staging.example.org; it holds no host key at all',
    ],
    [
      'a key without its host',
      stranger.publicKey,
      'there is no line for staging.example.org; it holds no host key at all; line 1 was skipped: the name of the host is missing before the key type',
    ],
    [
      'a fingerprint',
      stranger.fingerprint,
      'there is no line for staging.example.org; it holds no host key at all; line 1 was skipped: not a known_hosts line (names, key type, key)',
    ],
    [
      'a cut-off key',
      `staging.example.org ${stranger.publicKey.slice(0, 40)}`,
      'there is no line for staging.example.org; it holds no host key at all; line 1 was skipped: the key is damaged or not of the type ssh-ed25519',
    ],
    [
      '@revoked',
      `* ${stranger.publicKey}\n@revoked * ${stranger.publicKey}`,
      'every key for staging.example.org is marked @revoked',
    ],
    [
      '@cert-authority',
      `@cert-authority *.example.org ${stranger.publicKey}`,
      'there is only an @cert-authority line for staging.example.org; host certificates are not supported',
    ],
  ])('%s', async (_, hosts, fault) => {
    expect(await faultsOf({ 'known-hosts': hosts })).toEqual([`input known-hosts: ${fault} | ${scan}`]);
  });

  test('for the port of the stage', async () => {
    expect(await faultsOf({ 'known-hosts': `www.example.org ${stranger.publicKey}`, port: '2222' })).toEqual([
      `input known-hosts: there is no line for [staging.example.org]:2222; there are lines for www.example.org | run \`ssh-keyscan -p 2222 staging.example.org\` ${MEND}`,
    ]);
  });
});

test('the Action itself: a wrong key and wrong hosts, told together by dist as by the sources', async () => {
  const options = step({ 'ssh-key': PAIR.publicKey, 'known-hosts': PAIR.publicKey });
  const [spawned, here] = [await runStep(options), await stepHere(options)];
  expect(spawned).toMatchObject({ code: 64, outputs: {} });
  expect(annotations(spawned.log)).toEqual(annotations(here.log));
  expect(faultsOfStep(spawned, NOT_CONTACTED)).toHaveLength(2);
});

function certificate(): string {
  const [ca, key] = [make('ca', ['-t', 'ed25519']), make('certified', ['-t', 'ed25519'])];
  execFileSync('ssh-keygen', ['-q', '-s', ca.path, '-I', 'id', '-n', 'deploy', `${key.path}.pub`]);
  return readFileSync(`${key.path}-cert.pub`, 'utf8');
}

/** As `ssh-keygen -t ed25519-sk` writes it, which needs the device to be there. */
function securityKey(): string {
  const uint = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value]);
  const bytes = (value: Buffer) => Buffer.concat([uint(value.length), value]);
  const text = (value: string) => bytes(Buffer.from(value));
  const type = 'sk-ssh-ed25519@openssh.com';
  const check = Buffer.from([1, 2, 3, 4]);
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(text),
    uint(1),
    bytes(text(type)),
    bytes(Buffer.concat([check, check, text(type), text('x'.repeat(32))])),
  ]);
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${blob.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function hashed(key: KeyPair): string {
  const file = join(folder.path, 'hashed');
  writeFileSync(file, `www.example.org ${key.publicKey}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  return readFileSync(file, 'utf8');
}
