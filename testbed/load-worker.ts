/** The load itself (see load.ts): `node load-worker.ts ORDER`, started with an IPC channel, ended by any message. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, fetchOnce, type RequestOptions } from './http.ts';
import type { LoadMessage, LoadOrder, LoadRecord } from './load.ts';

const order: LoadOrder = JSON.parse(process.argv[2] ?? '{}');
const records: LoadRecord[] = [];

/** A visitor's session: the cookie and the hidden field that an order needs. */
interface Session {
  readonly cookie: string;
  readonly token: string;
}

function tell(message: LoadMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

/** Sends one request, once, and writes down what came of it. */
async function record(
  method: 'GET' | 'POST',
  path: string,
  options: RequestOptions = {},
  pageVersion: string | null = null,
): Promise<Answer | undefined> {
  const started = performance.now();
  const start = performance.timeOrigin + started;
  const common = { start, method, path, pageVersion };
  try {
    const headers = { ...options.headers, host: order.hostName };
    const answer = await fetchOnce(order.origin + path, { ...options, method, headers, timeout: order.timeout });
    const latency = performance.now() - started;
    const release = answer.headers['x-release'];
    const version = /<meta name="version" content="([^"]*)">|--version: "([^"]*)"/.exec(answer.body);
    records.push({
      ...common,
      latency,
      status: answer.status,
      error: null,
      release: typeof release === 'string' ? release : null,
      version: version?.[1] ?? version?.[2] ?? null,
    });
    return answer;
  } catch (cause) {
    const error = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    records.push({
      ...common,
      latency: performance.now() - started,
      status: null,
      error,
      release: null,
      version: null,
    });
    return undefined;
  }
}

async function openForm(): Promise<Session> {
  const answer = await fetchOnce(`${order.origin}/order/`, {
    headers: { host: order.hostName },
    timeout: order.timeout,
  });
  const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(answer.body)?.[1];
  const cookie = [answer.headers['set-cookie'] ?? []].flat()[0]?.split(';')[0];
  if (answer.status !== 200 || token === undefined || cookie === undefined) {
    throw new Error(`GET /order/ answered ${answer.status} and no form:\n${answer.body.slice(0, 500)}`);
  }
  return { cookie, token };
}

async function placeOrder({ cookie, token }: Session, number: number): Promise<void> {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token, item: `tea ${number}`, quantity: '1' }).toString();
  await record('POST', '/order/', { body, headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' } });
}

/** Views a page; every fifth visitor also gets the style sheet that this very page names. */
async function viewPage(number: number, path: string): Promise<void> {
  const page = await record('GET', path);
  const sheet = page && /<link rel="stylesheet"[^>]* href="([^"]+)"/.exec(page.body)?.[1];
  if (sheet && number % 5 === 0) {
    await record('GET', sheet, {}, /<meta name="version" content="([^"]*)">/.exec(page.body)?.[1] ?? null);
  }
}

/** What the n-th visitor does: visits one of the site's pages in turn. @throws Error when the site does not serve */
async function visitor(paths: readonly string[]): Promise<(number: number) => Promise<void>> {
  for (const path of paths) {
    const { status } = await fetchOnce(order.origin + path, { headers: { host: order.hostName } });
    if (status !== 200) throw new Error(`GET ${path} answered ${status}`);
  }
  return (number) => viewPage(Math.floor(number / paths.length), paths[number % paths.length] ?? '/');
}

/** What the shop's n-th visitor does: evenly spread, an order wherever the running share passes a whole number. */
async function customer(): Promise<(number: number) => Promise<void>> {
  const session = await openForm();
  return (number) => {
    const ordering = Math.floor((number + 1) * order.posts) > Math.floor(number * order.posts);
    return ordering ? placeOrder(session, number) : viewPage(number, '/');
  };
}

async function main(): Promise<void> {
  const send = order.paths.length > 0 ? await visitor(order.paths) : await customer();
  let stopping = false;
  const stop = (): void => {
    stopping = true;
  };
  process.on('message', stop);
  process.on('disconnect', stop);
  await tell({ kind: 'started' });

  const pending = new Set<Promise<void>>();
  const begin = performance.now();
  for (let number = 0; !stopping; number++) {
    // Open loop: the n-th request is due at a fixed time, however slow the answers are.
    const due = begin + (number * 1000) / order.rate;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    if (due - begin > order.limit) break;
    if (pending.size >= order.crowd) continue;
    const sent = send(number);
    pending.add(sent);
    sent.finally(() => pending.delete(sent));
  }
  await Promise.all(pending);
  await tell({ kind: 'done', records });
}

main()
  .catch((error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }))
  .finally(() => {
    // Not where the test process ended first.
    if (process.connected) process.disconnect();
  });
