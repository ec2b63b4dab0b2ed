import { mkdtempDisposable, readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountsOfMachine, asVisitor, leftOfDemos, startDemo } from '../../testbed/demo.ts';
import { until } from '../../testbed/slot.ts';

/** Longest until the last file is gone, milliseconds. */
const GONE = 30_000;
const OK = /\ndemo: ok, 3 deploys, 1 fall-back, 1 rollback, \d+ requests, 0 failed\n$/;

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let accounts: string[];
beforeAll(async () => {
  folder = await mkdtempDisposable('/tmp/graceful-visitor-');
  accounts = await accountsOfMachine();
});
afterAll(() => folder?.remove());

/** An ordinary user: no namespaces, so that what stays behind is seen here. */
const startAsVisitor = async (...args: string[]) => startDemo(args, await asVisitor(folder.path));

async function expectNothingLeft(): Promise<void> {
  expect(await leftOfDemos()).toEqual([]);
  expect(await accountsOfMachine()).toEqual(accounts);
}

test('root sees the whole of it, and nothing is left', async () => {
  const { code, output } = await startDemo().end;
  expect(code, output).toBe(0);
  expect(output).toMatch(OK);
  await expectNothingLeft();
});

test('an ordinary user sees the whole of it, with nothing in the caches yet', async () => {
  const { code, output } = await (await startAsVisitor()).end;
  expect(code, output).toBe(0);
  expect(output).toMatch(/runs\s+as\s+you,\s+visitor/);
  expect(output).toMatch(OK);
  await expectNothingLeft();
  expect((await readdir(`${folder.path}/home/.cache`)).sort()).toEqual(['graceful', 'graceful-dev']);
});

test('--keep and --stop', async () => {
  const { code, output } = await (await startAsVisitor('--keep')).end;
  expect(code, output).toBe(0);
  expect((await leftOfDemos()).filter((line) => line.endsWith(' nginx'))).not.toEqual([]);
  const stopped = await (await startAsVisitor('--stop')).end;
  expect(stopped.output).toContain('demo: stopped; nothing of it is left\n');
  await expectNothingLeft();
});

test.for(['SIGINT', 'SIGKILL'] as const)('%s while visitors come: nothing is left', async (signal) => {
  const demo = await startAsVisitor();
  await demo.said('2  Deploy version 2');
  await demo.said('ship');
  demo.signal(signal);
  await demo.end;
  await until('nothing is left', GONE, async () => (await leftOfDemos()).length === 0);
  await expectNothingLeft();
});
