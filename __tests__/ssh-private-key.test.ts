import { afterAll, describe, expect, test } from 'vitest';
import { readLoginKey } from '../src/ssh/private-key.ts';
import { makeKey, scratch } from './fixtures/session/sshd.ts';

const folder = scratch();
afterAll(() => folder[Symbol.dispose]());

const read = (privateKey: string, passphrase?: string) => readLoginKey(privateKey, passphrase);
const ed = makeKey(folder.path, 'ed', ['-t', 'ed25519']);

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
