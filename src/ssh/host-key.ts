import type { Target } from '../config/types.ts';
import { HostError, LoginFault, type Place, placeOf, UNTOUCHED } from './error.ts';
import { blobType, fingerprint } from './fingerprint.ts';
import { type BadLine, type KnownHost, linesFor, parseKnownHosts } from './known-hosts.ts';

/**
 * Signature algorithms that prove a key of each type, best first. Only pinned types are offered: a host with several keys then shows
 * one that can be compared. SHA-1 (`ssh-rsa`) is left out: OpenSSH itself stopped offering it in 8.8.
 */
const ALGORITHMS = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

/** Name of a host key algorithm that can be offered. */
export type HostKeyAlgorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS][number];

/** All of them, best first. */
export const ALL_ALGORITHMS: HostKeyAlgorithm[] = Object.values(ALGORITHMS).flat();

/** What is known of one host's keys. */
export interface HostPins {
  /** Keys the host may show; at least one. */
  keys: KnownHost[];
  revoked: KnownHost[];
  /** What to offer in the key exchange. */
  algorithms: HostKeyAlgorithm[];
}

/**
 * The pinned keys of the target.
 * @throws LoginFault when no line can be used, saying what the lines are for and which command makes the right one.
 */
export function pinsFor(knownHosts: string, target: Target): HostPins {
  const { hosts, bad } = parseKnownHosts(knownHosts);
  const lines = linesFor(hosts, target.host, target.port);
  const revoked = lines.filter((entry) => entry.marker === 'revoked');
  const isRevoked = (entry: KnownHost) => revoked.some((other) => other.blob.equals(entry.blob));
  const trusted = lines.filter((entry) => entry.marker === undefined && !isRevoked(entry));
  const algorithms = Object.entries(ALGORITHMS).flatMap(([type, names]) =>
    trusted.some((entry) => entry.type === type) ? names : [],
  );
  if (algorithms.length > 0) return { keys: trusted, revoked, algorithms };

  const name = knownName(target);
  const types = [...new Set(trusted.map((entry) => entry.type))];
  let what = `there is no line for ${name}${othersThan(hosts)}`;
  if (types.length > 0) {
    what = `there are only keys of unsupported types for ${name}: ${types.join(', ')}`;
  } else if (lines.some((entry) => entry.marker === 'cert-authority')) {
    what = `there is only an @cert-authority line for ${name}; host certificates are not supported`;
  } else if (revoked.length > 0) {
    what = `every key for ${name} is marked @revoked`;
  }
  throw new LoginFault(
    what + skipped(bad),
    `run \`${keyscan(target)}\` on a network you trust, compare the fingerprint with the host's own, and put the lines into it`,
  );
}

/** Checks as much of a known_hosts text as can be said without knowing the host. @throws LoginFault */
export function assertKnownHosts(text: string): void {
  const { hosts, bad } = parseKnownHosts(text);
  if (hosts.length > 0) return;
  throw new LoginFault(
    `it holds no host key at all${skipped(bad)}`,
    "run `ssh-keyscan HOST` on a network you trust, compare the fingerprint with the host's own, and put the lines into it",
  );
}

function skipped(bad: readonly BadLine[]): string {
  return bad.map(({ line, reason }) => `; line ${line} was skipped: ${reason}`).join('');
}

/** What the lines are for, where none is for the host that is wanted. Hashed names cannot be read back. */
function othersThan(hosts: readonly KnownHost[]): string {
  if (hosts.length === 0) return '; it holds no host key at all';
  const names = [...new Set(hosts.map((entry) => entry.names).filter((name) => !name.startsWith('|')))];
  const hashed = hosts.filter((entry) => entry.names.startsWith('|')).length;
  const shown = names.slice(0, 5).join(' ');
  const more = names.length > 5 ? ' ...' : '';
  const parts = [
    ...(names.length > 0 ? [`there are lines for ${shown}${more}`] : []),
    ...(hashed > 0 ? [`${hashed} with a hashed name match no better`] : []),
  ];
  return `; ${parts.join(', and ')}`;
}

/** The host's key: is it one of the pinned? Undefined when it is, else the error to end the connection with. */
export function judgeHostKey(pins: HostPins, seen: Buffer, target: Place): HostError | undefined {
  if (pins.revoked.some((entry) => entry.blob.equals(seen))) {
    return refusal(target, `the host shows a key that known_hosts marks @revoked: ${describe(seen)}.`);
  }
  if (pins.keys.some((entry) => entry.blob.equals(seen))) return undefined;
  return refusal(target, `the host key differs. ${expectedAndSeen(pins, describe(seen))}`);
}

/** The host has no key of a pinned type. `seen` is the key it shows to whoever offers all types, if it could be learnt. */
export function noPinnedType(pins: HostPins, seen: Buffer | undefined, target: Place): HostError {
  const shown = seen === undefined ? 'no key of these types' : describe(seen);
  return refusal(target, `the host has no key of a pinned type. ${expectedAndSeen(pins, shown)}`);
}

function expectedAndSeen(pins: HostPins, seen: string): string {
  const expected = pins.keys.map((entry) => `${entry.type} ${fingerprint(entry.blob)} (line ${entry.line})`);
  return `Expected: ${expected.join(' or ')}. Seen: ${seen}.`;
}

function refusal(target: Place, what: string): HostError {
  return new HostError({
    kind: 'host-key',
    what,
    where: placeOf(target),
    state: `Nothing was sent to it. ${UNTOUCHED}`,
    next:
      `If the host was installed anew, read its fingerprints on its own console (\`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\`), compare, ` +
      `and renew known-hosts with \`${keyscan(target)}\`. If not, somebody may be listening in: do not go on.`,
  });
}

function describe(blob: Buffer): string {
  return `${blobType(blob) ?? 'unknown type'} ${fingerprint(blob)}`;
}

/** The name as known_hosts writes it: `host`, or `[host]:port` away from port 22. */
function knownName(target: Target): string {
  return target.port === 22 ? target.host : `[${target.host}]:${target.port}`;
}

function keyscan(target: Target): string {
  return target.port === 22 ? `ssh-keyscan ${target.host}` : `ssh-keyscan -p ${target.port} ${target.host}`;
}
