/** A way to a host that takes its time: a TCP proxy that passes everything on after a delay, and counts who waits for whom. */
import { connect, createServer, type Socket } from 'node:net';

export interface Lag extends AsyncDisposable {
  /** On 127.0.0.1. */
  port: number;
  /** So many times did the host's side answer something since the last call: what a delay costs, times its length. */
  turns: () => number;
}

/**
 * @param delay milliseconds for each direction. What is on the way does not slow what comes after it, as on a long line; a line's rate,
 *   its losses and TCP's own handshake and slow start over it are not modelled.
 */
export async function startLag(host: string, port: number, delay: number): Promise<Lag> {
  const sockets = new Set<Socket>();
  let turns = 0;
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host, noDelay: true });
    let asked = false;
    const pass = (from: Socket, to: Socket, heard: () => void): void => {
      sockets.add(from);
      from.on('data', (data) => {
        heard();
        setTimeout(() => to.write(data), delay);
      });
      from.on('end', () => setTimeout(() => to.end(), delay));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    };
    pass(near, far, () => {
      asked = true;
    });
    pass(far, near, () => {
      if (asked) turns += 1;
      asked = false;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    turns: () => {
      const counted = turns;
      turns = 0;
      return counted;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
