import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestHost } from './host.ts';
import { fetchOnce } from './http.ts';

/**
 * What stands in front of a site on the internet: a small proxy on this machine, whose address is the stage's `url`. It
 * can keep the runner waiting for the answer of its public check, and so make the time between switch and confirm as
 * long as a test needs.
 */
export interface PublicFace extends AsyncDisposable {
  readonly url: string;
  /** From now on requests get no answer until `open`. */
  shut(): void;
  /** Resolves when the public check waits at the shut door: the host has switched and found itself good. */
  visited(): Promise<void>;
  /** Answers what waits, and all that comes. */
  open(): void;
}

/** Listens on this machine's end of the host's own link, so that cutting the host off leaves the runner's way here. */
export async function openPublicFace(host: Pick<TestHost, 'address' | 'gateway'>): Promise<PublicFace> {
  let shut = false;
  let checks = 0;
  const waiting: (() => void)[] = [];
  const visitors: (() => void)[] = [];
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const headers = { host: request.headers.host ?? '' };
      const answer = await fetchOnce(`http://${host.address}${request.url ?? '/'}`, { headers, timeout: 10_000 });
      response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(answer.body);
    } catch {
      response.writeHead(504).end();
    }
  };
  const server = createServer((request, response) => {
    if (!shut) return void pass(request, response);
    waiting.push(() => void pass(request, response));
    // Those that measure downtime come before the switch, too.
    if (request.headers['user-agent'] !== 'graceful') return;
    checks += 1;
    for (const resolve of visitors.splice(0)) resolve();
  });
  server.listen(0, host.gateway);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the public face has no port');
  const { port } = address;
  return {
    url: `http://${host.gateway}:${port}`,
    shut() {
      shut = true;
    },
    visited: () => (checks > 0 ? Promise.resolve() : new Promise((resolve) => visitors.push(resolve))),
    open() {
      shut = false;
      checks = 0;
      for (const answer of waiting.splice(0)) answer();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
