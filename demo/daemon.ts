import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { until } from '../testbed/slot.ts';

export const LOOPBACK = '127.0.0.1';

/** A daemon that does not listen by then never will, milliseconds. */
const LISTENS = 10_000;

/** Ports of the loopback that nobody listens on, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, LOOPBACK));
  // All are held until all are known.
  const ports = await Promise.all(servers.map(portOf));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

async function portOf(server: Server): Promise<number> {
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  return address.port;
}

/**
 * Starts a program that stays in the foreground, and waits until it listens. It ends with the demo.
 * @param log where its output goes
 * @throws Error with that output when it ends instead
 */
export async function startDaemon(argv: readonly string[], log: string, port: number): Promise<void> {
  const [program = '', ...args] = argv;
  const output = await open(log, 'a');
  const daemon = spawn(program, args, { stdio: ['ignore', output.fd, output.fd] });
  await once(daemon, 'spawn');
  await output.close();
  await until(`${program} listens on port ${port}`, LISTENS, async () => {
    if (daemon.exitCode !== null) throw new Error(`${argv.join(' ')} ended:\n${await readFile(log, 'utf8')}`);
    return listens(port);
  });
}

function listens(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}
