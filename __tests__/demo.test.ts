import { mkdir, mkdtemp, mkdtempDisposable, utimes } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, expect, test, vi } from 'vitest';
import { accountsOfMachine, asVisitor, DEMO_FOLDER, leftOfDemos, startDemo } from '../testbed/demo.ts';
import { fetchOnce } from '../testbed/http.ts';
import { must } from '../testbed/process.ts';
import { until } from '../testbed/slot.ts';

const OK = /\ndemo: ok, 3 deploys, 1 fall-back, 1 rollback, (\d+) requests, 0 failed\n$/;
/** Three acts with visitors before, while and after, 50 a second: fewer requests were no load. */
const REQUESTS = 300;
/** Longest from Ctrl-C to the prompt, milliseconds. */
const PROMPT = 10_000;

/** Half a minute on two cores that do nothing else; milliseconds. */
vi.setConfig({ testTimeout: 300_000 });

let accounts: string[];
beforeAll(async () => {
  accounts = await accountsOfMachine();
  expect(await leftOfDemos()).toEqual([]);
});

async function expectNothingLeft(): Promise<void> {
  expect(await leftOfDemos()).toEqual([]);
  expect(await accountsOfMachine()).toEqual(accounts);
}

test('tells its story to the last line; --keep leaves it running, --stop ends it', async () => {
  const { code, output } = await startDemo(['--keep']).end;
  expect(code, output).toBe(0);
  expect(Number(OK.exec(output)?.[1]), output).toBeGreaterThan(REQUESTS);
  for (const words of ['live after', 'fell-back after', 'Single-user mode', 'rolled-back']) {
    expect(output).toContain(words);
  }
  expect(output).toMatch(/\/healthz\s+answered\s+503/);
  // Not a terminal: no colours, no lines written over.
  expect(output).toBe(stripVTControlCharacters(output).replaceAll('\r', ''));
  // Nothing of it is seen on the machine but its folder and its processes.
  expect(await accountsOfMachine()).toEqual(accounts);
  expect((await leftOfDemos()).filter((line) => line.startsWith('mount'))).toEqual([]);

  const url = /The shop +(http:\S+)/.exec(output)?.[1] ?? '';
  expect((await fetchOnce(url)).body).toContain('Shop, version 1');
  const client = /ssh -F (\S+) shop/.exec(output)?.[1] ?? '';
  const status = /\S+\/bin\/graceful status/.exec(output)?.[0] ?? '';
  expect(await must(['ssh', '-F', client, 'shop', `id -un; ${status}`])).toMatch(/^demo\nshop on /);

  const second = await startDemo(['--keep']).end;
  expect(second.code).toBe(1);
  expect(second.output).toContain('demo: failed, one of yours is running already; "npm run demo -- --stop" ends it');
  expect((await fetchOnce(url)).status).toBe(200);

  const stopped = await startDemo(['--stop']).end;
  expect(stopped.output).toContain('demo: stopped; nothing of it is left\n');
  expect(stopped.code).toBe(0);
  await expectNothingLeft();
  await expect(fetchOnce(url)).rejects.toThrow('ECONNREFUSED');
});

test('Ctrl-C while visitors come: ends within seconds, and leaves nothing', async () => {
  const demo = startDemo();
  await demo.said('2  Deploy version 2');
  await demo.said('ship');
  const began = performance.now();
  demo.signal('SIGINT');
  const { code, output } = await demo.end;
  expect(performance.now() - began).toBeLessThan(PROMPT);
  expect(code).toBe(130);
  expect(output).toMatch(/\ndemo: interrupted; nothing of it is left\n$/);
  await expectNothingLeft();
});

test('an ordinary user on a machine that lacks something is told the packages', async () => {
  await using folder = await mkdtempDisposable('/tmp/graceful-visitor-');
  const { code, output } = await startDemo([], await asVisitor(folder.path, ['sshd', 'nginx'])).end;
  expect(code).toBe(1);
  expect(output).toMatch(/\ndemo: failed, .* As root: apt-get install openssh-server nginx-light\n$/);
});

test('killed: leaves nothing either; and what a lost one left is cleared away', async () => {
  const lost = await mkdtemp(DEMO_FOLDER);
  await mkdir(`${lost}/shop`);
  const hourAgo = Date.now() / 1000 - 3600;
  await utimes(lost, hourAgo, hourAgo);

  const demo = startDemo();
  await demo.said('ready after');
  await demo.said('connect');
  expect(await leftOfDemos()).not.toContain(`folder ${lost}`);
  demo.signal('SIGKILL');
  await until('nothing is left', PROMPT, async () => (await leftOfDemos()).length === 0);
  await expectNothingLeft();
});

test('what it does not know is told with what it knows', async () => {
  const { code, output } = await startDemo(['--fast']).end;
  expect(code).toBe(1);
  expect(output.split('\n').at(-2)).toBe(
    'demo: failed, Unknown option \'--fast\': there are --keep, --stop, --verbose, --help, each written behind "npm run demo --"',
  );
});

test('an option that npm took for itself is told', async () => {
  vi.stubEnv('npm_config_keep', 'true');
  const { code, output } = await startDemo().end;
  vi.unstubAllEnvs();
  expect(code).toBe(1);
  expect(output.split('\n').at(-2)).toBe('demo: failed, npm took --keep for itself; write: npm run demo -- --keep');
});
