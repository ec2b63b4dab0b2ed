/** How to reach the host: the inputs about the key, the host's own keys, and the place. */
import type { Login } from '../ssh/connect.ts';
import { LoginFault } from '../ssh/error.ts';
import { assertKnownHosts, type HostPins, pinsFor } from '../ssh/host-key.ts';
import { type LoginKey, mendKey, readLoginKey } from '../ssh/private-key.ts';
import type { InputReader } from './input-reader.ts';
import { type InputName, label } from './inputs.ts';
import { isHost, USER } from './patterns.ts';
import type { Overrides } from './resolve.ts';
import { CONNECTIONS } from './schema/hosts.ts';
import type { Stage, StageHost, Target } from './types.ts';

/** Masks the key and its passphrase, whether they are needed or not. */
export function maskKey({ inputs, reporter }: InputReader): void {
  const { 'ssh-key': given, 'ssh-key-passphrase': passphrase } = inputs.values;
  if (passphrase !== undefined) reporter.mask(passphrase);
  if (given === undefined) return;
  const secrets = new Set([...secretsOf(given), ...secretsOf(mendKey(given).text)]);
  for (const secret of secrets) reporter.mask(secret);
}

/** The key to log in with. */
function readKey(reader: InputReader): LoginKey | undefined {
  const { 'ssh-key': given, 'ssh-key-passphrase': passphrase } = reader.inputs.values;
  if (given === undefined) {
    reader.missing('ssh-key', 'a private key is needed to reach the host', 'SSH_KEY');
    return undefined;
  }
  const key = usable(reader, 'ssh-key', () => readLoginKey(given, passphrase));
  if (key && key.notes.length > 0) {
    reader.reporter.notice(`${label(reader.inputs, 'ssh-key')}: ${key.notes.join('; ')}`);
  }
  return key;
}

/**
 * What of a key must never be shown: the whole and each of its lines, but not the lines that only say what it is, nor a
 * last one of a few characters, which would blank out half of every log.
 */
function secretsOf(key: string): string[] {
  const lines = key.split(/\r?\n/).filter((line) => line.length >= 8 && !line.startsWith('-----'));
  return [...new Set([key, ...lines])];
}

/** How to log in at each host; none at all where something is wrong with the key or the hosts' own keys. */
export function readLogins(reader: InputReader, hosts: readonly StageHost[]): Login[] {
  const key = readKey(reader);
  const between = hosts.flatMap(({ jump }) => jump ?? []);
  const places = [...hosts, ...between].map(({ host, port, user }): Target => ({ host, port, user }));
  // Many hosts may have the same one in between, whose fault is told once.
  const all = new Map(places.map((target) => [placeOf(target), target]));
  const pins = readPins(reader, [...all.values()]);
  if (!key || !pins) return [];
  const login = (target: Target): Login[] => {
    const found = pins[[...all.keys()].indexOf(placeOf(target))];
    const { host, port, user } = target;
    return found === undefined ? [] : [{ target: { host, port, user }, key, pins: found }];
  };
  return hosts.flatMap((host) => {
    const [jump] = host.jump === undefined ? [] : login(host.jump);
    return login(host).map((own) => (jump === undefined ? own : { ...own, jump }));
  });
}

const placeOf = ({ host, port, user }: Target) => `${user}@${host}:${port}`;

/** Each host's own keys. Without a target only a missing input is a fault: what lines it should have is not known. */
function readPins(reader: InputReader, targets: readonly Target[]): HostPins[] | undefined {
  const given = reader.inputs.values['known-hosts'];
  if (given === undefined) {
    const scans = targets.map(({ host, port }) => `ssh-keyscan -p ${port} ${host}`);
    const scan = scans.length === 0 ? 'ssh-keyscan -p PORT HOST' : scans.join('; ');
    const message = `the host's own keys are needed, so that nobody else can pass for it; \`${scan}\` prints them`;
    reader.missing(
      'known-hosts',
      message,
      'KNOWN_HOSTS',
      "; compare what it printed with the keys in the host's /etc/ssh/ssh_host_*_key.pub",
    );
    return undefined;
  }
  if (targets.length === 0) {
    // Whose key is wanted is not known; a text without any key is no good for any host.
    usable(reader, 'known-hosts', () => assertKnownHosts(given));
    return undefined;
  }
  const pins = targets.map((target) => usable(reader, 'known-hosts', () => pinsFor(given, target)));
  const known = pins.filter((one) => one !== undefined);
  return known.length === targets.length ? known : undefined;
}

/** Connection, hosts, user and port as inputs: they go over those of the stage that is changed. */
export function readTarget(reader: InputReader): Overrides {
  const connection = readConnection(reader);
  return { connection, hosts: readHosts(reader), user: readUser(reader), port: readPort(reader) };
}

function readConnection(reader: InputReader): Stage['connection'] | undefined {
  const isKnown = (text: string) => CONNECTIONS.some((one) => one === text);
  const given = reader.checked('connection', isKnown, 'is no way to a host', `give ${CONNECTIONS.join(' or ')}`);
  return CONNECTIONS.find((one) => one === given);
}

function readHosts(reader: InputReader): string[] | undefined {
  const { host, hosts } = reader.inputs.values;
  if (host !== undefined && hosts !== undefined) {
    reader.refuse('hosts', 'host and hosts both say where to connect', 'keep one of the two');
  }
  const named = (hosts ?? '').split(/[\s,]+/).filter(Boolean);
  const mend = 'give the name alone; "port" and "user" are inputs of their own';
  for (const [index, one] of named.entries()) {
    if (!isHost(one)) reader.refuse('hosts', `"${one}" is no host name or IP address`, mend);
    else if (named.indexOf(one) < index) reader.refuse('hosts', `${one} is here a second time`, 'keep one of the two');
  }
  if (hosts !== undefined && named.length === 0)
    reader.refuse('hosts', 'names no host', 'for example: www1.example.org, www2.example.org');
  if (hosts !== undefined) return named;
  const one = reader.checked('host', isHost, 'is no host name or IP address', mend);
  return one === undefined ? undefined : [one];
}

function readUser(reader: InputReader): string | undefined {
  return reader.checked('user', (text) => USER.test(text), "is no user's name", 'for example: deploy');
}

function readPort(reader: InputReader): number | undefined {
  const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
  const given = reader.checked('port', isPort, 'is no port', 'give a number from 1 to 65535');
  return given === undefined ? undefined : Number(given);
}

function usable<T>(reader: InputReader, name: InputName, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LoginFault)) throw error;
    reader.refuse(name, error.message, error.mend);
    return undefined;
  }
}
