import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../src/protocol/messages.ts';
import { chunksOf } from '../src/session/pack.ts';
import { HostError } from '../src/ssh/error.ts';
import { startHost, type TestHost } from './fixtures/session/host.ts';
import { startProxy } from './fixtures/session/proxy.ts';
import { PREFLIGHT, RELEASE } from './fixtures/session/requests.ts';
import { OUTCOME, until } from './fixtures/session/site.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startHost({
    'no-python': 'command="PATH=/nonexistent; exec /bin/sh -c \\"$SSH_ORIGINAL_COMMAND\\""',
    profile: 'command="echo Welcome to the machine; exec sh -c \\"$SSH_ORIGINAL_COMMAND\\""',
    refusing: 'command="echo only backups here >&2; exit 3"',
    nologin: 'command="echo This account is currently not available.; exit 1"',
    killed: 'command="kill -9 $$"',
  });
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
});

/** What the promise is rejected with. */
async function failure(promise: Promise<unknown>): Promise<HostError> {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof HostError)) throw new Error('no HostError', { cause: error });
  return error;
}

describe('asking', () => {
  test('each request has its answer, in UTF-8', async () => {
    const site = host.site();
    const session = await host.open(site);
    expect(await session.preflight(PREFLIGHT)).toMatchObject({ type: 'preflighted', reasons: ['first deploy äöü✓'] });
    expect(await session.want({ trees: ['a', 'b'], env: 'h' })).toEqual({
      type: 'lacks',
      trees: ['a', 'b'],
      env: true,
    });
    expect(await session.status()).toMatchObject({ type: 'status', root: site.root });
    expect(await session.outcome()).toEqual({ type: 'outcome', state: 'unknown', outcome: null });
    await session.close();
    expect(site.said()).toMatchObject([
      { type: 'hello', token: site.hello.token },
      { type: 'preflight', env: { NAME: 'Zoë ✓' } },
      { type: 'want' },
      { type: 'status' },
      { type: 'outcome' },
    ]);
  });

  test('an error answer is thrown with its words', async () => {
    const site = host.site();
    site.order({
      error: { want: { code: 'busy', message: 'the store is locked', state: 'Nothing changed.', next: 'Wait.' } },
    });
    const session = await host.open(site);
    const error = await failure(session.want({ trees: [], env: 'h' }));
    expect(error).toMatchObject({
      kind: 'answer',
      what: 'the store is locked',
      state: 'Nothing changed.',
      next: 'Wait.',
    });
    expect(error.message).toBe(`${session.label}: the store is locked\nNothing changed.\nWait.`);
    await session.close();
  });

  test('no answer in time is an error, and the next request goes over a new connection', async () => {
    const site = host.site();
    site.order({ silent: ['status'] });
    const session = await host.open(site, { times: { answerMs: 1_500 } });
    expect((await failure(session.status())).what).toBe('no answer to status within 1.5 s.');
    site.order({});
    expect(await session.status()).toMatchObject({ type: 'status' });
    await session.close();
  });

  test('a host program that dies meanwhile is asked once more', async () => {
    const site = host.site();
    site.order({ exit: { want: 1 } });
    const session = await host.open(site);
    expect(await session.want({ trees: ['a'], env: 'h' })).toMatchObject({ trees: ['a'] });
    await session.close();
    expect(site.said().map(({ type }) => type)).toEqual(['hello', 'hello', 'want']);
  });

  test.each([
    ['text', 'Segmentation fault', 'not JSON'],
    ['an unknown type', '{"type":"song"}', 'unknown type "song"'],
    ['an unknown key', '{"type":"lacks","trees":[],"env":true,"more":1}', 'lacks: lacks: Unrecognized key: "more"'],
    [
      'a wrong value',
      '{"type":"lacks","trees":"all","env":true}',
      'lacks: trees: Invalid input: expected array, received string',
    ],
  ])('%s from the host program is refused', async (_, raw, fault) => {
    const site = host.site();
    site.order({ raw: { want: raw } });
    const session = await host.open(site);
    const error = await failure(session.want({ trees: [], env: 'h' }));
    expect(error.kind).toBe('protocol');
    expect(error.what).toBe(`the host program said something that this version does not know (${fault}).`);
  });

  test('another protocol says which side to update', async () => {
    const site = host.site();
    site.order({ welcome: { protocol: 2 } });
    const error = await failure(host.open(site));
    expect(error.what).toBe(
      'the host program (version 0.0.1) speaks protocol 2, this runner (version 0.1.0) protocol 1.',
    );
    expect(error.next).toBe('Update this runner.');
  });
});

describe('a host program that does not start', () => {
  test('no Python', async () => {
    const error = await failure(host.open(host.site(), { key: 'no-python' }));
    expect(error.kind).toBe('start');
    expect(error.what).toMatch(/^there is no python3 on the host \(exit code 127\)\. Its standard error:\n.*not found/);
    expect(error.state).toBe('The site is untouched.');
  });

  test('a profile that prints', async () => {
    const error = await failure(host.open(host.site(), { key: 'profile' }));
    expect(error.what).toMatch(
      /^something on the host printed this instead of the host program: "Welcome to the machine"/,
    );
    expect(error.next).toMatch(/shell profile/);
  });

  test('a user without a shell', async () => {
    const error = await failure(host.open(host.site(), { key: 'nologin' }));
    expect(error.what).toBe(
      'something on the host printed this instead of the host program: "This account is currently not available.". The command ended with exit code 1.',
    );
  });

  test('a forced command that refuses', async () => {
    const error = await failure(host.open(host.site(), { key: 'refusing' }));
    expect(error.what).toBe('the host program did not start (exit code 3). Its standard error:\nonly backups here');
    expect(error.next).toMatch(/forced command/);
  });

  test('a command that is killed', async () => {
    const error = await failure(host.open(host.site(), { key: 'killed' }));
    expect(error.what).toBe('the host program did not start (signal SIGKILL).');
  });
});

describe('packs', () => {
  async function* pieces(content: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size);
  }

  test.each([
    ['small pieces', 5_000],
    ['one piece', 9_000_000],
  ])('%s arrive whole', async (_, size) => {
    const site = host.site();
    const session = await host.open(site);
    const content = randomBytes(9_000_000);
    const sent: number[] = [];
    const shipped = await session.sendPack({ env: null }, pieces(content, size), (bytes) => sent.push(bytes));
    expect(shipped).toEqual({ objects: content.length, bytes: content.length });
    expect(readFileSync(join(site.root, 'pack'), 'utf8')).toBe(createHash('sha256').update(content).digest('hex'));
    expect(sent.at(-1)).toBe(content.length);
    // The channel is in step afterwards.
    expect(await session.status()).toMatchObject({ type: 'status' });
    await session.close();
  });

  test('chunks have 64 to 256 KiB, but for the last one', async () => {
    for (const size of [1_000, 100_000, 1_000_000]) {
      const lengths: number[] = [];
      for await (const chunk of chunksOf(pieces(randomBytes(1_200_000), size))) lengths.push(chunk.length);
      expect(lengths.reduce((sum, length) => sum + length)).toBe(1_200_000);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(256 * 1024);
      expect(lengths.length).toBeLessThan(1_200_000 / 64_000 + 1);
    }
  });

  test('a refusal half-way ends the sending', async () => {
    const site = host.site();
    site.order({
      error: { pack: { code: 'host', message: 'the disk is full', state: 'untouched', next: 'Free space.' } },
    });
    const session = await host.open(site);
    let taken = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (; taken < 2_000; taken += 1) {
        await new Promise(setImmediate);
        yield Buffer.alloc(64 * 1024);
      }
    }
    const error = await failure(session.sendPack({ env: null }, endless()));
    expect(error).toMatchObject({ what: 'the disk is full', state: 'The site is untouched.' });
    expect(taken).toBeLessThan(2_000);
  });

  test('a source that fails is thrown as it is; the session can go on over a new connection', async () => {
    const site = host.site();
    const session = await host.open(site);
    async function* broken(): AsyncGenerator<Buffer> {
      yield randomBytes(100_000);
      throw new RangeError('no such file');
    }
    await expect(session.sendPack({ env: null }, broken())).rejects.toThrow(new RangeError('no such file'));
    expect(await session.status()).toMatchObject({ type: 'status' });
    await session.close();
  });

  test('a host that takes nothing is given up', async () => {
    const site = host.site();
    await using proxy = await startProxy(host.sshd.port);
    const session = await host.open(site, { port: proxy.port, times: { stallMs: 300 } });
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(256 * 1024);
    }
    const sending = failure(session.sendPack({ env: null }, endless(), () => proxy.hold()));
    expect((await sending).what).toBe('the host took nothing of the pack for 0.3 s.');
  });
});

describe('operations', () => {
  test('events come in order, the outcome is what the host recorded', async () => {
    const site = host.site();
    const session = await host.open(site);
    site.happen(1, { kind: 'step', step: 'lock', status: 'begin' });
    site.happen(2, { kind: 'step', step: 'lock', status: 'end', ms: 3, detail: '' });
    const events: Event[] = [];
    const outcome = await session.deploy(
      { release: RELEASE, env: {}, secrets: [], force: false },
      {
        onEvent: async (event) => {
          events.push(event);
          if (event.seq === 2) {
            await session.confirm();
            site.happen(3, { kind: 'outcome', outcome: OUTCOME });
          }
        },
      },
    );
    expect(outcome).toEqual(OUTCOME);
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await session.outcome()).toEqual({ type: 'outcome', state: 'ended', outcome: OUTCOME });
    await session.close();
    expect(site.said().map(({ type }) => type)).toEqual(['hello', 'deploy', 'confirm', 'outcome']);
  });

  test('a handler that fails cancels, and its failure is thrown when the host has ended the operation', async () => {
    const site = host.site();
    const session = await host.open(site);
    site.happen(1, { kind: 'notice', message: 'one' });
    const failed = session.rollback(
      { release: null, times: PREFLIGHT.times },
      {
        onEvent: async (event) => {
          if (event.seq === 1) throw new RangeError('a mistake in the runner');
        },
      },
    );
    const caught = expect(failed).rejects.toThrow(new RangeError('a mistake in the runner'));
    await until(() => site.said().some(({ type }) => type === 'cancel'));
    site.happen(2, { kind: 'outcome', outcome: { ...OUTCOME, result: 'fell-back' } });
    await caught;
    await session.close();
  });

  test('a refused request is an error', async () => {
    const site = host.site();
    site.order({ error: { deploy: { code: 'busy', message: 'locked by ann', state: 'untouched', next: 'Wait.' } } });
    const session = await host.open(site);
    const error = await failure(
      session.deploy({ release: RELEASE, env: {}, secrets: [], force: false }, { onEvent: () => {} }),
    );
    expect(error.what).toBe('locked by ann');
    await session.close();
  });

  test('a gap in the events is an error, a repetition is nothing', async () => {
    const site = host.site();
    const session = await host.open(site);
    const seen: number[] = [];
    site.happen(1, { kind: 'notice', message: 'one' });
    site.happen(1, { kind: 'notice', message: 'one' });
    site.happen(3, { kind: 'notice', message: 'three' });
    const error = await failure(
      session.deploy(
        { release: RELEASE, env: {}, secrets: [], force: false },
        { onEvent: ({ seq }) => void seen.push(seq) },
      ),
    );
    expect(error.what).toBe('event 3 came after event 1.');
    expect(seen).toEqual([1]);
    await session.close();
  });

  test('one at a time', async () => {
    const site = host.site();
    const session = await host.open(site);
    const running = session.deploy({ release: RELEASE, env: {}, secrets: [], force: false }, { onEvent: () => {} });
    await expect(session.status()).rejects.toThrow('an operation of this session is running');
    site.happen(1, { kind: 'outcome', outcome: OUTCOME });
    await running;
    await session.close();
  });
});
