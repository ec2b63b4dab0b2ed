import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { LoginFault } from '../src/ssh/error.ts';
import { readLoginKey } from '../src/ssh/private-key.ts';
import { makeKey, scratch } from './fixtures/session/sshd.ts';

const folder = scratch();
afterAll(() => folder[Symbol.dispose]());

const read = (privateKey: string, passphrase?: string) => readLoginKey(privateKey, passphrase);
const ed = makeKey(folder.path, 'ed', ['-t', 'ed25519']);

/** What the reading complains of. */
function complaint(privateKey: string, passphrase?: string): LoginFault {
  try {
    read(privateKey, passphrase);
  } catch (error) {
    if (error instanceof LoginFault) return error;
    throw error;
  }
  throw new Error('the key was accepted');
}

describe('keys that open', () => {
  test.each([
    ['ed25519', ['-t', 'ed25519'], 'ssh-ed25519'],
    ['rsa', ['-t', 'rsa', '-b', '2048'], 'ssh-rsa'],
    ['rsa in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM'], 'ssh-rsa'],
    ['ecdsa 256', ['-t', 'ecdsa', '-b', '256'], 'ecdsa-sha2-nistp256'],
    ['ecdsa 384', ['-t', 'ecdsa', '-b', '384'], 'ecdsa-sha2-nistp384'],
    ['ecdsa 521 in PEM', ['-t', 'ecdsa', '-b', '521', '-m', 'PEM'], 'ecdsa-sha2-nistp521'],
  ])('%s, plain and encrypted', (name, args, type) => {
    const file = name.replaceAll(' ', '-');
    const plain = makeKey(folder.path, file, args);
    expect(read(plain.privateKey)).toMatchObject({ type, fingerprint: plain.fingerprint, notes: [] });
    expect(read(plain.privateKey).publicLine).toBe(`${plain.publicKey} graceful`);
    const locked = makeKey(folder.path, `${file}-locked`, args, 'let me in');
    expect(read(locked.privateKey, 'let me in')).toMatchObject({ type, fingerprint: locked.fingerprint, notes: [] });
  });

  test.each([
    ['CRLF', ed.privateKey.replaceAll('\n', '\r\n'), ['its lines ended with CRLF (mended)']],
    ['no last line end', ed.privateKey.trim(), ['its last line had no end (mended)']],
    ['blanks around', `\n  ${ed.privateKey}\n\n`, []],
    ['indented lines', ed.privateKey.replaceAll('\n', '\n    '), []],
    ['\\n for line ends', ed.privateKey.replaceAll('\n', '\\n'), ['it had \\n in place of line ends (mended)']],
    ['blanks for line ends', ed.privateKey.replaceAll('\n', ' '), ['it had blanks in place of line ends (mended)']],
  ])('pasted with %s', (_, text, notes) => {
    expect(read(text)).toMatchObject({ fingerprint: ed.fingerprint, notes });
  });

  test('a passphrase that is not needed is noted, an empty one is none', () => {
    expect(read(ed.privateKey, 'superfluous').notes).toEqual(['it is not encrypted: the passphrase is not used']);
    expect(read(ed.privateKey, '').notes).toEqual([]);
  });
});

describe('keys that do not', () => {
  test.each([
    ['new format', ['-t', 'ed25519']],
    ['PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['another cipher', ['-t', 'ed25519', '-Z', 'aes256-gcm@openssh.com']],
  ])('encrypted, %s: passphrase missing or wrong', (name, args) => {
    const locked = makeKey(folder.path, `refused-${name.replaceAll(' ', '-')}`, args, 'correct horse');
    expect(complaint(locked.privateKey).message).toBe('the key is encrypted and no passphrase is given');
    const wrong = complaint(locked.privateKey, 'wrong horse');
    expect(wrong.message).toBe('the passphrase does not open the key');
    expect(wrong.mend).toContain('ssh-key-passphrase');
    expect(`${wrong.message} ${wrong.mend}`).not.toContain('horse');
  });

  test('a public key', () => {
    expect(complaint(`${ed.publicKey} me@home`).message).toBe('this is a public key; the private key is needed');
    const rfc4716 = execFileSync('ssh-keygen', ['-e', '-f', `${ed.path}.pub`], { encoding: 'utf8' });
    expect(complaint(rfc4716).message).toBe('this is a public key; the private key is needed');
  });

  test('a certificate', () => {
    const ca = makeKey(folder.path, 'ca', ['-t', 'ed25519']);
    execFileSync('ssh-keygen', ['-q', '-s', ca.path, '-I', 'id', '-n', 'deploy', `${ed.path}.pub`]);
    expect(complaint(readFileSync(`${ed.path}-cert.pub`, 'utf8')).message).toMatch(/^this is a certificate/);
  });

  test('PKCS#8 and PuTTY', () => {
    const pkcs8 = makeKey(folder.path, 'pkcs8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']);
    expect(complaint(pkcs8.privateKey).message).toMatch(/PKCS#8/);
    expect(complaint('PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none').message).toMatch(/PuTTY/);
  });

  test('a security key', () => {
    const text = (value: string) => bytes(Buffer.from(value));
    const bytes = (value: Buffer) => Buffer.concat([uint(value.length), value]);
    const uint = (value: number) => Buffer.from([value >> 24, value >> 16, value >> 8, value]);
    const type = 'sk-ssh-ed25519@openssh.com';
    const check = Buffer.from([1, 2, 3, 4]);
    const blob = Buffer.concat([
      Buffer.from('openssh-key-v1\0'),
      text('none'),
      text('none'),
      text(''),
      uint(1),
      bytes(text(type)),
      bytes(Buffer.concat([check, check, text(type), text('x'.repeat(32))])),
    ]);
    const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${blob.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----`;
    expect(complaint(pem).message).toBe(
      `a key of type ${type}, which needs a security key to be touched, is not supported`,
    );
  });

  test('nothing, nonsense, and half a key', () => {
    expect(complaint(' \n').message).toBe('the key is empty');
    expect(complaint('hunter2').message).toBe('this is not a private key: it does not begin with -----BEGIN');
    expect(complaint('hunter2').message).not.toContain('hunter2');
    const lines = ed.privateKey.trim().split('\n');
    expect(complaint(lines.slice(0, 4).join('\n')).message).toMatch(/^the key is cut off/);
    const holed = [...lines.slice(0, 3), ...lines.slice(4)].join('\n');
    expect(complaint(holed).message).toMatch(/^the key cannot be read \(/);
    for (const line of lines.slice(1, -1)) expect(complaint(holed).message).not.toContain(line);
  });
});
