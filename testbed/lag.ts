/** A way to a host that takes its time: a TCP proxy that passes everything on after a delay, and remembers who spoke when. */
import { connect, createServer, type Socket } from 'node:net';

export interface Lag extends AsyncDisposable {
  /** On 127.0.0.1. */
  port: number;
  /** What was said since the last call, as long as the near side listened. */
  bursts: () => Burst[];
}

/** What one side said until the other one did. */
export interface Burst {
  side: 'near' | 'far';
  bytes: number;
}

/**
 * @param delay milliseconds for each direction. What is on the way does not slow what comes after it, as on a long line; a line's rate,
 *   its losses and TCP's own handshake and slow start over it are not modelled.
 */
export async function startLag(host: string, port: number, delay: number): Promise<Lag> {
  const sockets = new Set<Socket>();
  let bursts: Burst[] = [];
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host, noDelay: true });
    const pass = (from: Socket, to: Socket, side: Burst['side']): void => {
      sockets.add(from);
      from.on('data', (data) => {
        // Nobody listens after the near side's goodbye.
        if (!near.readableEnded) bursts = joined(bursts, { side, bytes: data.length });
        setTimeout(() => to.write(data), delay);
      });
      from.on('end', () => setTimeout(() => to.end(), delay));
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    };
    pass(near, far, 'near');
    pass(far, near, 'far');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    bursts: () => {
      const said = bursts;
      bursts = [];
      return said;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function joined(bursts: readonly Burst[], next: Burst): Burst[] {
  const last = bursts.at(-1);
  if (last?.side !== next.side) return [...bursts, next];
  return [...bursts.slice(0, -1), { side: next.side, bytes: last.bytes + next.bytes }];
}
