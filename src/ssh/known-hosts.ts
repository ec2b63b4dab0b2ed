import { createHmac, timingSafeEqual } from 'node:crypto';
import { blobType, isWhole } from './fingerprint.ts';

/** One usable line of known_hosts. */
export interface KnownHost {
  /** Line number, from 1. */
  line: number;
  marker: 'revoked' | 'cert-authority' | undefined;
  /** The name field as written: patterns with commas, or one `|1|salt|hash`. */
  names: string;
  /** Key type, e.g. `ssh-ed25519`. */
  type: string;
  /** The key in wire format. */
  blob: Buffer;
}

/** A line that cannot be used, and why; told only when no key is found, as OpenSSH skips such lines too. */
export interface BadLine {
  line: number;
  reason: string;
}

/** The lines of a known_hosts text. Format: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export function parseKnownHosts(text: string): { hosts: KnownHost[]; bad: BadLine[] } {
  const hosts: KnownHost[] = [];
  const bad: BadLine[] = [];
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const parsed = parseLine(content, index + 1);
    if (typeof parsed === 'string') bad.push({ line: index + 1, reason: parsed });
    else hosts.push(parsed);
  }
  return { hosts, bad };
}

function parseLine(content: string, line: number): KnownHost | string {
  const fields = content.split(/\s+/);
  let marker: KnownHost['marker'];
  if (fields[0]?.startsWith('@')) {
    const word = fields.shift()?.slice(1);
    if (word !== 'revoked' && word !== 'cert-authority') return `unknown marker @${word}`;
    marker = word;
  }
  const [names, type, base64] = fields;
  if (names === undefined || type === undefined) return 'not a known_hosts line (names, key type, key)';
  if (/^(ssh-|ecdsa-|sk-)/.test(names)) return 'the name of the host is missing before the key type';
  if (/^\d+$/.test(type)) return 'a key of SSH protocol 1';
  if (base64 === undefined) return `no key after ${type}`;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return 'the key is not base64';
  const blob = Buffer.from(base64, 'base64');
  if (blobType(blob) !== type || !isWhole(blob)) return `the key is damaged or not of the type ${type}`;
  return { line, marker, names, type, blob };
}

/** The lines that speak of `host` at `port`. As OpenSSH does, a name without port counts when none has the port. */
export function linesFor(hosts: KnownHost[], host: string, port: number): KnownHost[] {
  const bare = host.toLowerCase();
  const bracketed = `[${bare}]:${port}`;
  const plain = hosts.filter((entry) => namesMatch(entry.names, bare));
  const withPort = hosts.filter((entry) => namesMatch(entry.names, bracketed));
  if (port === 22) return hosts.filter((entry) => plain.includes(entry) || withPort.includes(entry));
  const trusted = withPort.some((entry) => entry.marker === undefined);
  // A revocation holds for every port, whatever else is found.
  return trusted ? [...withPort, ...plain.filter((entry) => entry.marker === 'revoked')] : [...withPort, ...plain];
}

/** Does the name field of a line cover `name` (lower case; `host` or `[host]:port`)? */
export function namesMatch(names: string, name: string): boolean {
  if (names.startsWith('|')) return hashMatches(names, name);
  let matched = false;
  for (const item of names.toLowerCase().split(',')) {
    const negated = item.startsWith('!');
    if (!wildcard(negated ? item.slice(1) : item).test(name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** `*` is any text, `?` any character; everything else, brackets too, is itself. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/[^A-Za-z0-9]/g, (sign) =>
    sign === '*' ? '.*' : sign === '?' ? '.' : `\\u{${sign.codePointAt(0)?.toString(16)}}`,
  );
  return new RegExp(`^${source}$`, 'u');
}

/** `|1|base64(salt)|base64(HMAC-SHA1(salt, name))`, written by `HashKnownHosts yes` and `ssh-keygen -H`. */
function hashMatches(names: string, name: string): boolean {
  const [, version, salt, hash] = names.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
