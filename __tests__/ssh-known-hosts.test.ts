import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { judgeHostKey, pinsFor } from '../src/ssh/host-key.ts';
import { linesFor, namesMatch, parseKnownHosts } from '../src/ssh/known-hosts.ts';
import { makeKey, scratch } from './fixtures/session/sshd.ts';

const folder = scratch();
afterAll(() => folder[Symbol.dispose]());

const ed = makeKey(folder.path, 'ed', ['-t', 'ed25519']);
const other = makeKey(folder.path, 'other', ['-t', 'ed25519']);
const rsa = makeKey(folder.path, 'rsa', ['-t', 'rsa', '-b', '2048']);
const ec = makeKey(folder.path, 'ec', ['-t', 'ecdsa', '-b', '384']);

const blob = (key: { publicKey: string }) => Buffer.from(key.publicKey.split(' ')[1] ?? '', 'base64');
const target = (host = 'www.example.org', port = 22) => ({ host, port, user: 'deploy' });

/** OpenSSH's own opinion: does `ssh-keygen -F` find a line for the name? */
function opensshFinds(names: string, name: string): boolean {
  const file = join(folder.path, 'known_hosts');
  writeFileSync(file, `${names} ${ed.publicKey}\n`);
  return spawnSync('ssh-keygen', ['-F', name, '-f', file]).status === 0;
}

describe('names', () => {
  test.each([
    ['www.example.org', 'www.example.org'],
    ['www.example.org', 'example.org'],
    ['WWW.Example.org', 'www.example.org'],
    ['a.example.org,www.example.org,10.0.0.1', '10.0.0.1'],
    ['*.example.org', 'www.example.org'],
    ['*.example.org', 'example.org'],
    ['www?.example.org', 'www1.example.org'],
    ['www?.example.org', 'www.example.org'],
    ['*.example.org,!www.example.org', 'www.example.org'],
    ['!www.example.org,*.example.org', 'db.example.org'],
    ['!www.example.org', 'db.example.org'],
    ['[www.example.org]:2222', '[www.example.org]:2222'],
    ['[www.example.org]:2222', '[www.example.org]:2223'],
    ['[*.example.org]:*', '[www.example.org]:2222'],
    ['www+example.org', 'wwwwexample.org'],
    ['::1', '::1'],
  ])('%s for %s as OpenSSH has it', (names, name) => {
    expect(namesMatch(names, name)).toBe(opensshFinds(names, name));
  });

  test('hashed names, as ssh-keygen -H writes them', () => {
    const file = join(folder.path, 'hashed');
    writeFileSync(file, `www.example.org ${ed.publicKey}\n[db.example.org]:2222 ${rsa.publicKey}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const text = execFileSync('cat', [file], { encoding: 'utf8' });
    expect(text).toMatch(/^\|1\|/);
    const { hosts, bad } = parseKnownHosts(text);
    expect(bad).toEqual([]);
    expect(linesFor(hosts, 'www.example.org', 22).map((entry) => entry.type)).toEqual(['ssh-ed25519']);
    expect(linesFor(hosts, 'DB.example.org', 2222).map((entry) => entry.type)).toEqual(['ssh-rsa']);
    expect(linesFor(hosts, 'db.example.org', 22)).toEqual([]);
  });
});

describe('which lines count', () => {
  test('comments, blank lines and CRLF are nothing; damaged lines are told apart', () => {
    const { hosts, bad } = parseKnownHosts(
      [
        '# host:22 SSH-2.0-OpenSSH_9.2',
        '',
        `www.example.org ${ed.publicKey} a comment`,
        'www.example.org ssh-ed25519',
        `www.example.org ssh-rsa ${ed.publicKey.split(' ')[1]}`,
        ed.publicKey,
        'www.example.org ssh-ed25519 %%%',
        `@strange www.example.org ${ed.publicKey}`,
      ].join('\r\n'),
    );
    expect(hosts.map(({ line, type }) => ({ line, type }))).toEqual([{ line: 3, type: 'ssh-ed25519' }]);
    expect(bad).toEqual([
      { line: 4, reason: 'no key after ssh-ed25519' },
      { line: 5, reason: 'the key is damaged or not of the type ssh-rsa' },
      { line: 6, reason: 'the name of the host is missing before the key type' },
      { line: 7, reason: 'the key is not base64' },
      { line: 8, reason: 'unknown marker @strange' },
    ]);
  });

  test('away from port 22 a line with the port wins, one without serves when there is no other', () => {
    const both = parseKnownHosts(`www.example.org ${ed.publicKey}\n[www.example.org]:2222 ${rsa.publicKey}`).hosts;
    expect(linesFor(both, 'www.example.org', 2222).map((entry) => entry.line)).toEqual([2]);
    expect(linesFor(both, 'www.example.org', 2223).map((entry) => entry.line)).toEqual([1]);
    expect(linesFor(both, 'www.example.org', 22).map((entry) => entry.line)).toEqual([1]);
  });
});

describe('pins', () => {
  test('only the pinned types are offered, rsa keys by SHA-2 signatures', () => {
    expect(pinsFor(`www.example.org ${rsa.publicKey}`, target()).algorithms).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(pinsFor(`* ${rsa.publicKey}\n* ${ec.publicKey}\n* ${ed.publicKey}`, target()).algorithms).toEqual([
      'ssh-ed25519',
      'ecdsa-sha2-nistp384',
      'rsa-sha2-512',
      'rsa-sha2-256',
    ]);
  });

  test('unsupported types are named', () => {
    const sk = Buffer.concat([Buffer.from([0, 0, 0, 26]), Buffer.from('sk-ssh-ed25519@openssh.com')]).toString(
      'base64',
    );
    expect(() => pinsFor(`www.example.org sk-ssh-ed25519@openssh.com ${sk}`, target())).toThrow(
      'only keys of unsupported types for www.example.org: sk-ssh-ed25519@openssh.com',
    );
  });

  test('a revoked key is refused even where another line trusts it, and named as revoked', () => {
    const lines = `www.example.org ${ed.publicKey}\nwww.example.org ${rsa.publicKey}\n@revoked * ${ed.publicKey}`;
    const pins = pinsFor(lines, target());
    expect(pins.algorithms).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(judgeHostKey(pins, blob(rsa), target())).toBeUndefined();
    expect(judgeHostKey(pins, blob(ed), target())?.what).toBe(
      `the host shows a key that known_hosts marks @revoked: ssh-ed25519 ${ed.fingerprint}.`,
    );
    expect(() => pinsFor(`* ${ed.publicKey}\n@revoked * ${ed.publicKey}`, target())).toThrow('is marked @revoked');
    expect(() =>
      pinsFor(`[*]:2222 ${ed.publicKey}\n@revoked www.* ${ed.publicKey}`, target('www.example.org', 2222)),
    ).toThrow('is marked @revoked');
  });

  test('another key: type and fingerprint of what was expected and what was seen', () => {
    const lines = `www.example.org ${ed.publicKey}`;
    const refusal = judgeHostKey(pinsFor(lines, target()), blob(other), target());
    expect(refusal?.kind).toBe('host-key');
    expect(refusal?.fleeting).toBe(false);
    expect(refusal?.what).toBe(
      `the host key differs. Expected: ssh-ed25519 ${ed.fingerprint} (line 1). Seen: ssh-ed25519 ${other.fingerprint}.`,
    );
  });
});
