import type { Duplex } from 'node:stream';
import { NodeSSH } from 'node-ssh';
import pRetry from 'p-retry';
import type { AuthHandlerMiddleware } from 'ssh2';
import { Connection } from './connection.ts';
import { explain, type Progress } from './diagnose.ts';
import { dial } from './dial.ts';
import { HostError, type Place } from './error.ts';
import { ALL_ALGORITHMS, type HostKeyAlgorithm, type HostPins, judgeHostKey, noPinnedType } from './host-key.ts';
import type { LoginKey } from './private-key.ts';

/** A target with a key and pins that can be used: whatever can be found wrong without the network has been. */
export interface Login {
  target: Place;
  key: LoginKey;
  pins: HostPins;
  /** The host in between, where the target cannot be reached from here. */
  jump?: Login | undefined;
}

/** All in milliseconds. */
export interface ConnectOptions {
  /** For look-up and TCP connection. */
  dialMs: number;
  /** For key exchange and authentication. */
  handshakeMs: number;
  /** Attempts after the first one; one at most after a time-out, never after a refused key on either side. */
  retries: number;
  /** Wait before the second attempt; doubled each time. */
  retryMs: number;
  /** A sign of life is asked for this often; three unanswered end the connection. */
  keepaliveMs: number;
  /** Told before each further attempt. */
  onRetry: (message: string) => void;
}

const CONNECT_DEFAULTS: ConnectOptions = {
  dialMs: 15_000,
  handshakeMs: 15_000,
  retries: 2,
  retryMs: 1_000,
  keepaliveMs: 10_000,
  onRetry: () => {},
};

/**
 * Connects and logs in; the host's key must be one of the pinned.
 * @throws HostError of every kind up to `authentication`, and `lost`.
 */
export async function connect(login: Login, options: Partial<ConnectOptions> = {}): Promise<Connection> {
  const chosen = { ...CONNECT_DEFAULTS, ...options };
  return pRetry(() => attempt(login, chosen), {
    retries: chosen.retries,
    minTimeout: chosen.retryMs,
    factor: 2,
    randomize: true,
    shouldRetry: ({ error, attemptNumber }) => {
      const again = error instanceof HostError && error.fleeting && (error.kind !== 'timeout' || attemptNumber === 1);
      if (again) chosen.onRetry(`${error.where}: ${error.what} Trying again.`);
      return again;
    },
  });
}

async function attempt(login: Login, options: ConnectOptions): Promise<Connection> {
  const socket = await reach(login, options);
  const progress: Progress = { phase: 'greeting', firstWords: '', refusal: undefined, methods: [], partial: false };
  try {
    return await logIn(socket, login, options, progress);
  } catch (cause) {
    socket.destroy();
    if (!(cause instanceof Error)) throw cause;
    if (cause.message.includes('no matching host key format')) {
      throw noPinnedType(login.pins, await probeHostKey(login, options), login.target);
    }
    throw explain(cause, login, progress, options.handshakeMs);
  }
}

/** The way to the host's sshd, without a word said over it. @throws HostError */
async function reach({ target, jump }: Login, options: ConnectOptions): Promise<Duplex> {
  if (jump === undefined) return dial(target, options.dialMs);
  const between = await attempt({ ...jump, target: { ...jump.target, leadsTo: target.host } }, options);
  try {
    const way = await between.forward(target, options.dialMs);
    // It is there for this one way.
    way.once('close', () => between.close());
    return way;
  } catch (failure) {
    between.destroy();
    throw failure;
  }
}

async function logIn(socket: Duplex, login: Login, options: ConnectOptions, progress: Progress): Promise<Connection> {
  const { target, pins } = login;
  const ssh = new NodeSSH();
  const ready = ssh.connect({
    sock: socket,
    username: target.user,
    algorithms: { serverHostKey: pins.algorithms },
    hostVerifier: (key: Buffer) => {
      progress.refusal = judgeHostKey(pins, key, target);
      return progress.refusal === undefined;
    },
    authHandler: offerKey(login, progress),
    readyTimeout: options.handshakeMs,
    keepaliveInterval: options.keepaliveMs,
    keepaliveCountMax: 3,
  });
  const client = ssh.connection;
  // node-ssh takes its own listener off at the end of the login: an error in the same packet would be uncaught.
  client?.on('error', () => {});
  // ssh2 has paused the socket until its own listener is there: this one takes nothing away from it.
  const listen = (data: Buffer) => {
    progress.firstWords += data.toString('latin1', 0, 200);
    if (progress.firstWords.length >= 4) socket.off('data', listen);
  };
  socket.on('data', listen);
  client?.on('handshake', () => {
    progress.phase = 'authentication';
  });
  await ready;
  if (client === null) throw new Error('the connection ended during the login');
  return new Connection(`${target.user}@${target.host}:${target.port}`, client, socket);
}

/** Offers the one key at once (no `none` attempt, which costs a round trip) and notes what the host wants instead. */
function offerKey({ target, key }: Login, progress: Progress): AuthHandlerMiddleware {
  let offered = false;
  return (methods, partial, next) => {
    if (!offered) {
      offered = true;
      next({ type: 'publickey', username: target.user, key: key.parsed });
      return;
    }
    progress.methods = methods ?? [];
    progress.partial = partial ?? false;
    // ssh2 ends the attempts on `false`, which its types leave out.
    Reflect.apply(next, undefined, [false]);
  };
}

/** The key that the host shows to a client that accepts every type: for the error text alone, nothing is sent after it. */
async function probeHostKey(login: Login, options: ConnectOptions): Promise<Buffer | undefined> {
  const algorithms: HostKeyAlgorithm[] = ALL_ALGORITHMS;
  let seen: Buffer | undefined;
  let socket: Duplex | undefined;
  try {
    socket = await reach(login, options);
    const ssh = new NodeSSH();
    const ended = ssh.connect({
      sock: socket,
      username: login.target.user,
      algorithms: { serverHostKey: algorithms },
      readyTimeout: options.handshakeMs,
      hostVerifier: (key: Buffer) => {
        seen = key;
        return false;
      },
    });
    ssh.connection?.on('error', () => {});
    await ended;
  } catch {
    // Always: the key is refused above.
  } finally {
    socket?.destroy();
  }
  return seen;
}
