import { connect as openSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConnectOptions, connect } from '../src/ssh/connect.ts';
import { HostError } from '../src/ssh/error.ts';
import { startProxy } from './fixtures/session/proxy.ts';
import {
  type Credentials,
  type KeyPair,
  makeKey,
  readLogin,
  type Sshd,
  scratch,
  startSshd,
  USER,
} from './fixtures/session/sshd.ts';
import { server } from './fixtures/session/tcp.ts';

const folder = scratch();
const types: Record<string, string[]> = {
  'ssh-ed25519': ['-t', 'ed25519'],
  'ssh-rsa': ['-t', 'rsa', '-b', '2048'],
  'ecdsa-sha2-nistp256': ['-t', 'ecdsa', '-b', '256'],
  'ecdsa-sha2-nistp384': ['-t', 'ecdsa', '-b', '384'],
  'ecdsa-sha2-nistp521': ['-t', 'ecdsa', '-b', '521'],
};
const makeAll = (prefix: string) =>
  Object.entries(types).map(([type, args]): [string, KeyPair] => [type, makeKey(folder.path, prefix + type, args)]);
const hostKeys = makeAll('host-');
const userKeys = makeAll('user-');
const hostKey = one(hostKeys, 'ssh-ed25519');
const userKey = one(userKeys, 'ssh-ed25519');
const quick: Partial<ConnectOptions> = { dialMs: 3_000, handshakeMs: 8_000, retries: 0, retryMs: 20 };
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd(
    folder.path,
    hostKeys.map(([, key]) => key),
    userKeys.map(([, key]) => key.publicKey),
  );
});
afterAll(async () => {
  await sshd?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function one(keys: [string, KeyPair][], type: string): KeyPair {
  const found = keys.find(([name]) => name === type);
  if (found === undefined) throw new Error(type);
  return found[1];
}

const good = (): Credentials => sshd.target({ privateKey: userKey.privateKey, knownHosts: sshd.line(hostKey) });

/** The error that a connection to the target ends with. */
async function refusal(target: Credentials, options: Partial<ConnectOptions> = quick): Promise<HostError> {
  try {
    (await connect(readLogin(target), options)).close();
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error('connected');
}

/** The good target, reached at another port: its pins say so too. */
const at = (port: number): Credentials => ({ ...good(), port, knownHosts: `127.0.0.1 ${hostKey.publicKey}` });

/** Runs a command and gives its standard output. */
async function output(target: Credentials, command: string): Promise<string> {
  const connection = await connect(readLogin(target), quick);
  const channel = await connection.exec(command, 5_000);
  let text = '';
  for await (const chunk of channel) text += chunk;
  connection.close();
  return text;
}

describe('logs in', () => {
  test.each(Object.keys(types))('to a host of which only the %s key is pinned', async (type) => {
    const target = { ...good(), knownHosts: sshd.line(one(hostKeys, type)) };
    expect(await output(target, 'echo in')).toBe('in\n');
  });

  test.each(Object.keys(types))('with a %s key', async (type) => {
    expect(await output({ ...good(), privateKey: one(userKeys, type).privateKey }, 'echo in')).toBe('in\n');
  });

  test('when the first attempt is cut off, by trying again', async () => {
    let taken = 0;
    await using flaky = await server((socket) => {
      taken += 1;
      if (taken > 1) socket.pipe(openSocket(sshd.port, '127.0.0.1')).pipe(socket);
      else socket.once('data', () => socket.resetAndDestroy()).write('SSH-2.0-OpenSSH_9.2\r\n');
    });
    const told: string[] = [];
    const connection = await connect(readLogin(at(flaky.port)), {
      ...quick,
      retries: 2,
      onRetry: (message) => told.push(message),
    });
    connection.close();
    expect(taken).toBe(2);
    expect(told).toEqual([
      `${USER}@127.0.0.1:${flaky.port}: the host closed the connection during the key exchange (read ECONNRESET). Trying again.`,
    ]);
  });
});

describe('host key', () => {
  test('another key of the pinned type: both fingerprints, and one attempt only', async () => {
    await using proxy = await startProxy(sshd.port);
    const stranger = makeKey(folder.path, 'stranger', ['-t', 'ed25519']);
    const target = { ...at(proxy.port), knownHosts: `127.0.0.1 ${stranger.publicKey}` };
    const error = await refusal(target, { ...quick, retries: 3 });
    expect(error.kind).toBe('host-key');
    expect(error.where).toBe(`${USER}@127.0.0.1:${proxy.port}`);
    expect(error.what).toBe(
      `the host key differs. Expected: ssh-ed25519 ${stranger.fingerprint} (line 1). Seen: ssh-ed25519 ${hostKey.fingerprint}.`,
    );
    expect(error.next).toContain(`ssh-keyscan -p ${proxy.port} 127.0.0.1`);
    expect(proxy.taken()).toBe(1);
  });
});

describe('login refused', () => {
  test('an unknown key: user, type, fingerprint and the line to add; never the key; one attempt only', async () => {
    await using proxy = await startProxy(sshd.port);
    const unknown = makeKey(folder.path, 'unknown', ['-t', 'rsa', '-b', '2048']);
    const error = await refusal({ ...at(proxy.port), privateKey: unknown.privateKey }, { ...quick, retries: 3 });
    expect(error.kind).toBe('authentication');
    expect(error.what).toBe(`the host does not let ${USER} in with the key ssh-rsa ${unknown.fingerprint}.`);
    expect(error.next).toContain(`~${USER}/.ssh/authorized_keys`);
    expect(error.next).toContain(unknown.publicKey);
    expect(error.message).not.toContain('PRIVATE');
    expect(proxy.taken()).toBe(1);
  });
});

describe('an open connection', () => {
  test('that is reset is an error, not an exit code', async () => {
    await using proxy = await startProxy(sshd.port);
    const connection = await connect(readLogin(at(proxy.port)), quick);
    const lost = new Promise<HostError>((resolve) => connection.onLoss(resolve));
    const channel = await connection.exec('cat', 5_000);
    channel.resume();
    proxy.reset();
    const error = await lost;
    expect(error.kind).toBe('lost');
    expect(error.what).toMatch(/^the connection was lost \(/);
    expect(connection.loss).toBe(error);
    await expect(connection.exec('true', 5_000)).rejects.toBe(error);
  });

  test('that carries nothing any more is found out by keepalive', async () => {
    await using proxy = await startProxy(sshd.port);
    const connection = await connect(readLogin(at(proxy.port)), { ...quick, keepaliveMs: 50 });
    proxy.hold();
    const error = await new Promise<HostError>((resolve) => connection.onLoss(resolve));
    expect(error.what).toBe('the connection was lost (Keepalive timeout).');
  });

  test('on which the host does not start the command in time', async () => {
    await using proxy = await startProxy(sshd.port);
    const connection = await connect(readLogin(at(proxy.port)), quick);
    proxy.hold();
    await expect(connection.exec('true', 100)).rejects.toThrow('the host did not start the command within 0.1 s.');
    connection.destroy();
  });

  test('that is closed on purpose is no loss', async () => {
    await using proxy = await startProxy(sshd.port);
    const connection = await connect(readLogin(at(proxy.port)), quick);
    let losses = 0;
    connection.onLoss(() => {
      losses += 1;
    });
    connection.close();
    await expect(connection.exec('true', 300)).rejects.toThrow(HostError);
    expect(losses).toBe(0);
  });
});
