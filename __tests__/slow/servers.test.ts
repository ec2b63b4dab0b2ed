/** Every application server on a real host: two deploys and a rollback under load, and what visitors have open meanwhile. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tick } from '../../testbed/inside.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { live, openScene, type Scene } from '../../testbed/scene.ts';
import { until } from '../../testbed/slot.ts';
import { LIVE_ASGI, receive, talk } from '../../testbed/streams.ts';
import { tidied } from '../../testbed/tidied.ts';

interface Row {
  readonly name: string;
  /** Laid over the shop's graceful.yml. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly packages: readonly string[];
  /** What the command line of its first process has. */
  readonly runs: string;
  /** It serves streams and WebSockets besides. */
  readonly streams: boolean;
}

/** The application is found by itself, but where a row names it. */
const FOUND = { application: null };
const UVICORN = ['uvicorn==0.54.0', 'websockets==17.4'];
const ROWS: readonly Row[] = [
  {
    name: 'uvicorn',
    config: { server: 'uvicorn', django: FOUND },
    packages: UVICORN,
    runs: '-m uvicorn --uds',
    streams: true,
  },
  {
    name: 'uvicorn with two processes',
    config: { server: 'uvicorn', 'server-args': ['--workers', '2'], django: FOUND },
    packages: UVICORN,
    runs: '--workers 2',
    streams: true,
  },
  {
    name: 'daphne',
    config: { server: 'daphne', django: FOUND },
    packages: ['daphne==4.2.3'],
    runs: '-m daphne --endpoint',
    streams: true,
  },
  {
    name: 'granian, ASGI',
    config: { server: 'granian', 'server-args': ['--workers', '2'], django: { ...FOUND, interface: 'asgi' } },
    packages: ['granian==2.8.7'],
    runs: '--interface asgi',
    streams: true,
  },
  {
    name: 'granian, WSGI',
    config: { server: 'granian', django: FOUND },
    packages: ['granian==2.8.7'],
    runs: '--interface wsgi',
    streams: false,
  },
  {
    name: "gunicorn with uvicorn's worker",
    config: { django: { application: 'shop.asgi:application' } },
    packages: ['uvicorn-worker==0.4.0', ...UVICORN],
    runs: '--worker-class uvicorn_worker.UvicornWorker',
    streams: true,
  },
  {
    name: 'gunicorn, ASGI',
    config: { django: { ...FOUND, interface: 'asgi' } },
    packages: [],
    runs: '--worker-class asgi',
    streams: true,
  },
  {
    name: 'any other',
    config: {
      server: null,
      'server-command': ['hypercorn', '--bind', 'unix:{socket}', '--graceful-timeout', '{grace}', '{application}'],
      django: { ...FOUND, interface: 'asgi' },
    },
    packages: ['hypercorn==0.18.0'],
    runs: 'hypercorn',
    streams: true,
  },
];

let scene: Scene;
let requirements: string;
let count = 1;
/** Release that serves before a test. */
let before: string;

async function commit(row: Row, config: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const version = String(++count);
  await scene.repo.commit({
    version,
    config: { ...row.config, ...config },
    files: {
      'requirements.txt': [requirements, ...row.packages, ''].join('\n'),
      ...(row.streams ? { 'shop/asgi.py': LIVE_ASGI } : {}),
    },
  });
  return version;
}

/** Deploys under load; nobody notices. @returns the new release */
async function goesLive(work: () => Promise<StepResult>): Promise<string> {
  const { step, seen } = await scene.underLoad(work);
  const release = step.outputs['release'] ?? '';
  expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(seen).toMatchObject({
    failed: 0,
    failures: [],
    mismatched: 0,
    changedOnce: true,
    releases: [before, release],
  });
  before = release;
  return release;
}

const address = (path: string, protocol = 'http') => `${protocol}://${scene.host.address}${path}`;

beforeAll(async () => {
  // Each server has an environment of its own, the largest of 140 MB.
  scene = await openScene({}, { srvMegabytes: 1024 });
  requirements = (await readFile(`${import.meta.dirname}/../../examples/shop/requirements.txt`, 'utf8')).trimEnd();
  await scene.repo.commit({ version: '1', config: { migrate: true } });
  const first = await scene.deploy();
  expect(first, first.log).toMatchObject({ code: 0 });
  before = first.outputs['release'] ?? '';
});
afterAll(() => scene?.[Symbol.asyncDispose]());

describe.each(ROWS)('$name', (row) => {
  let first: string;

  test('a deploy under load, from the server before', async () => {
    await commit(row);
    first = await goesLive(() => scene.deploy());
    const { pid } = live(await scene.status());
    expect((await scene.host.readFile(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ')).toContain(row.runs);
  });

  test('a second one, while a visitor waits for an answer, reads a stream and talks', async () => {
    const long = receive(address('/slow?seconds=5'));
    const stream = row.streams ? receive(address('/stream?seconds=5')) : undefined;
    const socket = row.streams ? await talk(address('/talk', 'ws')) : undefined;
    await stream?.begun();
    await commit(row);
    const second = await goesLive(() => scene.deploy());
    expect(await long.ended).toMatchObject({ status: 200, whole: true });
    if (socket !== undefined) {
      expect(await stream?.ended).toMatchObject({ whole: true, body: expect.stringMatching(/event: end\ndata:\n\n$/) });
      expect(await socket.say('still?')).toBe(`${first} still?`);
      const another = await talk(address('/talk', 'ws'));
      expect(await another.say('new?')).toBe(`${second} new?`);
      another.close();
      socket.close();
    }
  });

  test('a rollback', async () => {
    expect(await goesLive(() => scene.command({ command: 'rollback' }))).toBe(first);
  });
});

describe('what is still open when standby and drain time are over', () => {
  const [uvicorn] = ROWS;
  if (uvicorn === undefined) throw new Error('there is no row');
  const times = { standby: '1s', grace: '3s' };

  test('is served to its end within the drain time, and the backend ends right after it', async () => {
    const config = { times: { ...times, drain: '30s' } };
    await commit(uvicorn, config);
    const old = await goesLive(() => scene.deploy());
    const socket = await talk(address('/talk', 'ws'));
    const stream = receive(address('/stream?seconds=12'));
    const long = receive(address('/slow?seconds=12'));
    await stream.begun();
    await commit(uvicorn, config);
    await goesLive(() => scene.deploy());
    const backends = async () => (await scene.status()).backends.map(({ role, release }) => `${role} ${release}`);
    await until('it drains', 20_000, async () => {
      await tick(scene.host, scene.site);
      return (await backends()).includes(`draining ${old}`);
    });
    expect(await socket.say('there?')).toBe(`${old} there?`);
    expect(await stream.ended).toMatchObject({ status: 200, whole: true });
    expect(await long.ended).toMatchObject({ status: 200, whole: true });
    await tick(scene.host, scene.site);
    expect(await socket.say('even now?')).toBe(`${old} even now?`);
    socket.close();
    await socket.closed;
    expect(await tidied(scene.host, scene.site)).toEqual([]);
    expect(await backends()).toEqual([`active ${before}`]);
  });

  test('is ended by the server, within its grace: the WebSocket is told, the rest breaks off', async () => {
    const config = { times: { ...times, drain: '2s' } };
    await commit(uvicorn, config);
    await goesLive(() => scene.deploy());
    const socket = await talk(address('/talk', 'ws'));
    const stream = receive(address('/stream?seconds=600'));
    const long = receive(address('/slow?seconds=100'));
    await stream.begun();
    await commit(uvicorn, config);
    await goesLive(() => scene.deploy());
    // The view sleeps on in a thread of its own, which no server can end: the process manager does, 40 s after SIGTERM.
    const ended = tidied(scene.host, scene.site, 120_000);
    // Service Restart (RFC 6455's registry): come back.
    expect(await socket.closed).toBe(1012);
    expect(await stream.ended).toMatchObject({ status: 200, whole: false, body: expect.stringContaining('data: ') });
    expect((await long.ended).status).not.toBe(200);
    expect(await ended).toEqual([]);
    const again = await talk(address('/talk', 'ws'));
    expect(await again.say('back')).toBe(`${before} back`);
    again.close();
  });
});
