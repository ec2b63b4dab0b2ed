/** A host that is reached through another one. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect, type Login } from '../src/ssh/connect.ts';
import { HostError } from '../src/ssh/error.ts';
import {
  freePort,
  type KeyPair,
  makeKey,
  readLogin,
  type Sshd,
  scratch,
  startSshd,
  USER,
} from './fixtures/session/sshd.ts';

const folder = scratch();
const key = (name: string) => makeKey(folder.path, name, ['-t', 'ed25519']);
const [hostKey, jumpKey, userKey, stranger] = [key('host'), key('jump'), key('user'), key('stranger')];
const quick = { dialMs: 3_000, handshakeMs: 8_000, retries: 0 };
let target: Sshd;
let jump: Sshd;
let shut: Sshd;

beforeAll(async () => {
  target = await startSshd(folder.path, [hostKey], [userKey.publicKey]);
  jump = await startSshd(folder.path, [jumpKey], [userKey.publicKey]);
  shut = await startSshd(folder.path, [jumpKey], [userKey.publicKey], ['AllowTcpForwarding no']);
});
afterAll(async () => {
  for (const sshd of [target, jump, shut]) await sshd?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const loginAt = (sshd: Sshd, key: KeyPair): Login =>
  readLogin(sshd.target({ privateKey: userKey.privateKey, knownHosts: sshd.line(key) }));
const loginWith = (pair: KeyPair): Login =>
  readLogin(jump.target({ privateKey: pair.privateKey, knownHosts: jump.line(jumpKey) }));
const through = (by: Sshd, key = jumpKey): Login => ({ ...loginAt(target, hostKey), jump: loginAt(by, key) });

async function refusal(login: Login): Promise<HostError> {
  try {
    (await connect(login, quick)).close();
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error('connected');
}

/** How many logins of sshd's have come to an end. */
const ended = (sshd: Sshd) => sshd.log().match(/^Disconnected from user/gm)?.length ?? 0;

test('the login goes through the jump host, and both are left', async () => {
  const before = [ended(target), ended(jump)];
  const connection = await connect(through(jump), quick);
  expect(connection.label).toBe(`${USER}@127.0.0.1:${target.port}`);
  const channel = await connection.exec('echo $SSH_CONNECTION', 5_000);
  let text = '';
  for await (const chunk of channel) text += chunk;
  expect(text).toMatch(new RegExp(`^127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${target.port}\n$`));
  connection.close();
  await vi.waitFor(() => expect([ended(target), ended(jump)]).toEqual(before.map((count) => count + 1)), 5_000);
});

test('a connection that is dropped drops the jump host too', async () => {
  const before = ended(jump);
  (await connect(through(jump), quick)).destroy();
  await vi.waitFor(
    () => expect(ended(jump) + (jump.log().match(/Connection closed by/g)?.length ?? 0)).toBe(before + 1),
    5_000,
  );
});

test('a jump host with another key: it is the one that is named', async () => {
  const error = await refusal(through(jump, stranger));
  expect(error).toMatchObject({ kind: 'host-key', where: whereOf(jump.port) });
});

/** A fault of a jump host, which is one of its own. */
const whereOf = (port: number) => `${USER}@127.0.0.1:${port}, the jump host of 127.0.0.1`;

test('a jump host on which nothing listens: it is the one that is named, and its own keys', async () => {
  const port = await freePort();
  const login = through(jump);
  const between = { ...loginAt(jump, jumpKey), target: { host: '127.0.0.1', port, user: USER } };
  const error = await refusal({ ...login, jump: between });
  expect(error).toMatchObject({ kind: 'refused', where: whereOf(port), fleeting: true });
  expect(error.next).toContain('`port` in `jump` sets another one');
  const unknown = await refusal({ ...login, jump: { ...between, target: { ...between.target, host: 'j.invalid' } } });
  expect(unknown.where).toBe(`${USER}@j.invalid:${port}, the jump host of 127.0.0.1`);
  expect(unknown.next).toMatch(/^Is `jump` in graceful\.yml /);
});

test('a jump host that does not let the user in, or is no sshd', async () => {
  const refused = { ...loginAt(jump, jumpKey), key: loginWith(stranger).key };
  expect(await refusal({ ...through(jump), jump: refused })).toMatchObject({
    kind: 'authentication',
    where: whereOf(jump.port),
  });
  const server = createServer((socket) => socket.on('error', () => {}).end('220 mail\r\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const other = { ...loginAt(jump, jumpKey), target: { host: '127.0.0.1', port, user: USER } };
  const error = await refusal({ ...through(jump), jump: other });
  server.close();
  expect(error).toMatchObject({ kind: 'not-ssh', where: whereOf(port) });
  expect(error.next).toContain('`port` in `jump`');
});

test('a host with another key behind the jump host', async () => {
  const error = await refusal({ ...loginAt(target, stranger), jump: loginAt(jump, jumpKey) });
  expect(error).toMatchObject({ kind: 'host-key', where: `${USER}@127.0.0.1:${target.port}` });
});

test('a host on which nothing listens: the jump host says so', async () => {
  const port = await freePort();
  const login = { ...through(jump), target: { host: '127.0.0.1', port, user: USER } };
  expect(await refusal(login)).toMatchObject({
    kind: 'refused',
    where: `${USER}@127.0.0.1:${port}`,
    what: expect.stringMatching(
      `^the jump host ${USER}@127\\.0\\.0\\.1:${jump.port} has no way to it \\(.*refused.*\\)\\.$`,
    ),
  });
});

test('a jump host that lets nobody through', async () => {
  const error = await refusal(through(shut));
  expect(error).toMatchObject({ kind: 'unreachable', where: `${USER}@127.0.0.1:${target.port}` });
  expect(error.next).toContain('AllowTcpForwarding');
});
