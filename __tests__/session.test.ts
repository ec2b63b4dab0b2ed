import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../src/protocol/messages.ts';
import { chunksOf } from '../src/session/stream.ts';
import { HostError } from '../src/ssh/error.ts';
import { startHost, type TestHost } from './fixtures/session/host.ts';
import { startProxy } from './fixtures/session/proxy.ts';
import { PREFLIGHT, RELEASE } from './fixtures/session/requests.ts';
import { shipmentOf } from './fixtures/session/shipment.ts';
import { OUTCOME, type Site, until } from './fixtures/session/site.ts';

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
    expect(await session.status()).toMatchObject({ type: 'status', root: site.root });
    expect(await session.outcome()).toEqual({ type: 'outcome', state: 'unknown', outcome: null });
    session.close();
    expect(site.said()).toMatchObject([
      { type: 'hello', token: site.hello.token },
      { type: 'preflight', env: { NAME: 'Zoë ✓' } },
      { type: 'status' },
      { type: 'outcome' },
    ]);
  });

  test('what the hello asks needs no request of its own, and is asked again over another connection', async () => {
    const site = host.site();
    const asking = { ...site, hello: { ...site.hello, ask: { type: 'status' as const } } };
    const session = await host.open(asking);
    expect(await session.status()).toMatchObject({ type: 'status', root: site.root });
    expect(await session.status()).toMatchObject({ type: 'status' });
    site.order({ exit: { live: 1 }, raw: { live: '{"type":"live","release":null,"state":null,"build":null}' } });
    expect(await session.live()).toMatchObject({ type: 'live', release: null });
    session.close();
    expect(site.said().map(({ type }) => type)).toEqual(['hello', 'status', 'hello', 'live']);
  });

  test('the host may be ready to listen before something else is known; where that fails, nothing is said to it', async () => {
    const site = host.site();
    const runs = () => host.sshd.log().match(/^Starting session/gm)?.length ?? 0;
    const before = runs();
    const gate = Promise.withResolvers<void>();
    // Whoever reads the commit hears of its faults, too.
    gate.promise.catch(() => undefined);
    const opening = host.open(site, { after: gate.promise });
    await until(() => runs() > before);
    gate.reject(new Error('the commit has faults'));
    await expect(opening).rejects.toThrow('the commit has faults');
    expect(site.said()).toEqual([]);
  });

  test('an error answer is thrown with its words', async () => {
    const site = host.site();
    site.order({
      error: { live: { code: 'busy', message: 'the store is locked', state: 'Nothing changed.', next: 'Wait.' } },
    });
    const session = await host.open(site);
    const error = await failure(session.live());
    expect(error).toMatchObject({
      kind: 'answer',
      what: 'the store is locked',
      state: 'Nothing changed.',
      next: 'Wait.',
    });
    expect(error.message).toBe(`${session.label}: the store is locked\nNothing changed.\nWait.`);
    session.close();
  });

  test('no answer in time is an error, and the next request goes over a new connection', async () => {
    const site = host.site();
    site.order({ silent: ['status'] });
    const session = await host.open(site, { times: { answerMs: 1_500 } });
    expect((await failure(session.status())).what).toBe('no answer to status within 1.5 s.');
    site.order({});
    expect(await session.status()).toMatchObject({ type: 'status' });
    session.close();
  });

  test('a host program that dies meanwhile is asked once more', async () => {
    const site = host.site();
    site.order({ exit: { status: 1 } });
    const session = await host.open(site);
    expect(await session.status()).toMatchObject({ type: 'status' });
    session.close();
    expect(site.said().map(({ type }) => type)).toEqual(['hello', 'hello', 'status']);
  });

  test.each([
    ['text', 'Segmentation fault', 'not JSON'],
    ['an unknown type', '{"type":"song"}', 'unknown type "song"'],
    ['an unknown key', '{"type":"ack","n":1,"more":1}', 'ack: ack: Unrecognized key: "more"'],
    ['a wrong value', '{"type":"ack","n":"one"}', 'ack: n: Invalid input: expected number, received string'],
  ])('%s from the host program is refused', async (_, raw, fault) => {
    const site = host.site();
    site.order({ raw: { live: raw } });
    const session = await host.open(site);
    const error = await failure(session.live());
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

describe('shipping', () => {
  async function* pieces(content: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size);
  }
  const said = (site: Site) => site.said().map(({ type }) => type);
  const record = (content: string) =>
    `{"object":{"sha256":"${createHash('sha256').update(content).digest('hex')}","executable":false,"bytes":${content.length}}}\n${content}`;

  test('what the host lacks goes in one pack, which is acknowledged before the next answer', async () => {
    const site = host.site();
    site.order({ lacks: [{ objects: Buffer.from([0b101]).toString('base64') }] });
    const session = await host.open(site);
    const shipment = await shipmentOf(host.folder, { a: 'first', b: 'second', c: 'third' });
    const lacks: string[] = [];
    const shipped = await session.ship(shipment, {
      onLack: (lack) => lacks.push(...lack.objects.map(({ path }) => basename(path))),
    });
    expect(shipped).toEqual({ objects: 2, bytes: expect.any(Number) });
    expect(lacks).toEqual(['a', 'c']);
    // The channel is in step afterwards.
    expect(await session.status()).toMatchObject({ type: 'status' });
    session.close();
    const { manifest } = shipment.trees[0]?.tree ?? {};
    const head = { tree: { digest: manifest?.digest, base: null, bytes: manifest?.text.length } };
    expect(readFileSync(join(site.root, 'want'), 'utf8')).toBe(
      `${JSON.stringify(head)}\n${manifest?.text}{"end":true}\n`,
    );
    expect(readFileSync(join(site.root, 'pack'), 'utf8')).toBe(`${record('first')}${record('third')}{"end":true}\n`);
    expect(said(site)).toEqual(['hello', 'want', 'pack', 'status']);
  });

  test('large files arrive whole', async () => {
    const site = host.site();
    const session = await host.open(site);
    const content = randomBytes(9_000_000);
    const told: [bytes: number, part: number][] = [];
    const shipped = await session.ship(await shipmentOf(host.folder, { large: content, small: 'x' }), {
      onSent: (bytes, part) => told.push([bytes, part]),
    });
    expect(shipped?.bytes).toBeGreaterThan(content.length);
    // How far it is, all the time.
    expect(told.length).toBeGreaterThan(10);
    expect(told.at(-1)).toEqual([shipped?.bytes, 1]);
    expect(told.map(([, part]) => part)).toEqual(told.map(([, part]) => part).toSorted((a, b) => a - b));
    await session.status();
    session.close();
    expect(readFileSync(join(site.root, 'pack')).includes(content)).toBe(true);
  });

  test('what is live is not told again, and all of it where the host has pruned it meanwhile', async () => {
    const site = host.site();
    const shipment = await shipmentOf(host.folder, { a: 'first' });
    const [code] = shipment.trees;
    if (code === undefined) throw new Error('no tree');
    const known = [{ kind: 'code' as const, digest: code.tree.manifest.digest, pieces: '' }];
    site.order({
      lacks: [
        { trees: [], env: false, objects: '' },
        { trees: [], unread: [known[0]?.digest], objects: '' },
      ],
    });
    const session = await host.open(site);
    expect(await session.ship({ ...shipment, known })).toBeUndefined();
    expect(readFileSync(join(site.root, 'want'), 'utf8')).toBe('{"end":true}\n');
    expect(await session.ship({ ...shipment, known })).toMatchObject({ objects: 1 });
    await session.status();
    session.close();
    expect(readFileSync(join(site.root, 'want'), 'utf8')).toContain(code.tree.manifest.text);
    expect(said(site)).toEqual(['hello', 'want', 'want', 'want', 'pack', 'status']);
  });

  test('an environment is one line to a host that has it; one that has not tells what it can be told by', async () => {
    const site = host.site();
    const shipment = await shipmentOf(host.folder, { a: 'first', b: 'second' });
    const trees = shipment.trees.map(({ tree }) => ({ kind: 'env' as const, tree }));
    const [env] = trees;
    if (env === undefined) throw new Error('no tree');
    const { digest, text } = env.tree.manifest;
    const unread = { trees: [], unread: [digest], objects: '' };
    const base = { kind: 'env', digest: 'b'.repeat(64), pieces: '' };
    const byBase = { ...unread, known: [base] };
    site.order({ lacks: [{ trees: [], env: false, objects: '' }, byBase, {}, byBase, unread] });
    const session = await host.open(site);
    expect(await session.ship({ ...shipment, trees })).toBeUndefined();
    expect(readFileSync(join(site.root, 'want'), 'utf8')).toBe('{"end":true}\n');
    expect(await session.ship({ ...shipment, trees })).toMatchObject({ objects: 2 });
    expect(readFileSync(join(site.root, 'want'), 'utf8')).toContain(`{"digest":"${digest}","base":"${base.digest}"`);
    await session.status();
    // The base may be gone by then, as anything else that was live: then the whole is told.
    expect(await session.ship({ ...shipment, trees })).toMatchObject({ objects: 2 });
    await session.status();
    session.close();
    expect(said(site).join(' ')).toBe('hello want want want pack status want want want pack status');
    const told = readFileSync(join(site.root, 'want'), 'utf8');
    expect(told).toContain(`{"tree":{"digest":"${digest}","base":null`);
    expect(told).toContain(text);
  });

  test('a connection that is cut: the rest goes over the next one, as long as it gets less', async () => {
    const site = host.site();
    // Each session dies at its pack, once.
    site.order({
      exit: { pack: 1 },
      lacks: [{ objects: Buffer.from([0b11]).toString('base64') }],
    });
    const session = await host.open(site);
    const notices: string[] = [];
    const shipment = await shipmentOf(host.folder, { a: 'first', b: randomBytes(3_000_000) });
    await session.ship(shipment, { onNotice: (message) => notices.push(message) });
    session.close();
    expect(said(site)).toEqual(['hello', 'want', 'hello', 'want', 'pack']);
    expect(notices).toEqual([expect.stringMatching(/Connecting again; what arrived is not sent again\.$/)]);
  });

  test('a cut before the host has told what it lacks does not count', async () => {
    const site = host.site();
    site.order({
      exit: { want: 1, pack: 1 },
      lacks: [{ objects: Buffer.from([0b11]).toString('base64') }],
    });
    const session = await host.open(site);
    const notices: string[] = [];
    const shipment = await shipmentOf(host.folder, { a: 'first', b: randomBytes(3_000_000) });
    const shipped = await session.ship(shipment, { onNotice: (message) => notices.push(message) });
    expect(shipped).toMatchObject({ objects: 2 });
    await session.status();
    session.close();
    expect(said(site)).toEqual(['hello', 'hello', 'want', 'hello', 'want', 'pack', 'status']);
    expect(notices).toHaveLength(2);
  });

  test('a host that never tells what it lacks is given up after a lease', async () => {
    const site = host.site();
    site.order({ silent: ['want'] });
    const session = await host.open(site, { times: { preflightMs: 300, leaseMs: 300 } });
    const notices: string[] = [];
    const shipment = await shipmentOf(host.folder, { a: 'first' });
    const error = await failure(session.ship(shipment, { onNotice: (message) => notices.push(message) }));
    expect(error.what).toContain('no answer to want within 0.3 s.');
    expect(notices).toHaveLength(1);
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
    const shipment = await shipmentOf(host.folder, { large: randomBytes(60_000_000) });
    const error = await failure(session.ship(shipment));
    expect(error).toMatchObject({ what: 'the disk is full', state: 'The site is untouched.' });
  });

  test('a refusal of the whole pack shows in what is asked next', async () => {
    const site = host.site();
    site.order({
      error: { received: { code: 'host', message: 'the disk is full', state: 'untouched', next: 'Free space.' } },
    });
    const session = await host.open(site);
    await session.ship(await shipmentOf(host.folder, { small: 'x' }));
    const request = { release: RELEASE, env: {}, secrets: [], force: false };
    const error = await failure(session.deploy(request, { onEvent: () => {} }));
    expect(error).toMatchObject({ what: 'the disk is full', state: 'The site is untouched.' });
    session.close();
  });

  test('a file that changes is told as it is; the session can go on over a new connection', async () => {
    const site = host.site();
    const session = await host.open(site);
    const shipment = await shipmentOf(host.folder, { a: 'first' });
    const path = join(shipment.trees[0]?.tree.folder ?? '', 'a');
    appendFileSync(path, 'more');
    await expect(session.ship(shipment)).rejects.toThrow(`${path} changed while it was sent: 5 bytes became 9`);
    truncateSync(path, 5);
    expect(await session.status()).toMatchObject({ type: 'status' });
    session.close();
  });

  test('a host that takes nothing is given up', async () => {
    const site = host.site();
    await using proxy = await startProxy(host.sshd.port);
    const session = await host.open(site, { port: proxy.port, times: { stallMs: 300, leaseMs: 300, attemptMs: 300 } });
    const shipment = await shipmentOf(host.folder, { large: randomBytes(30_000_000) });
    const notices: string[] = [];
    const error = await failure(
      session.ship(shipment, {
        onLack: () => proxy.hold(),
        onNotice: (message) => notices.push(message),
      }),
    );
    expect(notices[0]).toContain('the host took nothing of what is sent for 0.3 s.');
    expect(error.fleeting).toBe(true);
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
    session.close();
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
    session.close();
  });

  test('a refused request is an error', async () => {
    const site = host.site();
    site.order({ error: { deploy: { code: 'busy', message: 'locked by ann', state: 'untouched', next: 'Wait.' } } });
    const session = await host.open(site);
    const error = await failure(
      session.deploy({ release: RELEASE, env: {}, secrets: [], force: false }, { onEvent: () => {} }),
    );
    expect(error.what).toBe('locked by ann');
    session.close();
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
    session.close();
  });

  test('one at a time', async () => {
    const site = host.site();
    const session = await host.open(site);
    const running = session.deploy({ release: RELEASE, env: {}, secrets: [], force: false }, { onEvent: () => {} });
    await expect(session.status()).rejects.toThrow('an operation of this session is running');
    site.happen(1, { kind: 'outcome', outcome: OUTCOME });
    await running;
    session.close();
  });
});
