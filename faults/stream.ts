/** Packs that are not what they claim to be, sent by a runner that has the site's key. */
import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { openSession, type Session } from '../src/session/session.ts';
import { HostError } from '../src/ssh/error.ts';
import { pinsFor } from '../src/ssh/host-key.ts';
import { readLoginKey } from '../src/ssh/private-key.ts';
import { VERSION } from '../src/version.ts';
import { MANAGER } from '../testbed/manager.ts';
import { DIST } from '../testbed/runner.ts';
import type { Case } from './cases.ts';
import { observe } from './observe.ts';
import type { World } from './world.ts';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
const CONTENT = 'what a stranger wants to have on the host\n';
/** A file that must not come into being, from the folder of any tree. */
const OUTSIDE = '/srv/outside';

/** The plain text of a pack, record by record. */
class Records {
  readonly #parts: string[] = [];

  tree(lines: readonly (readonly (string | number)[])[]): this {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    this.#parts.push(
      `${JSON.stringify({ tree: { kind: 'code', digest: sha256(text), bytes: text.length } })}\n${text}`,
    );
    return this;
  }

  object(digest: string, content: string): this {
    const head = { object: { sha256: digest, executable: false, bytes: content.length } };
    this.#parts.push(`${JSON.stringify(head)}\n${content}`);
    return this;
  }

  /** Deflated, with its end. */
  packed(): Buffer {
    return deflateSync([...this.#parts, `${JSON.stringify({ end: true })}\n`].join(''));
  }
}

/** A pack that the host would take as it is. */
const honest = (): Buffer =>
  new Records()
    .tree([['file', sha256(CONTENT), CONTENT.length, 'a.txt']])
    .object(sha256(CONTENT), CONTENT)
    .packed();

/** A pack with one file of a path, or a link of it to somewhere. */
const at = (path: string): Buffer =>
  new Records()
    .tree([['file', sha256(CONTENT), CONTENT.length, path]])
    .object(sha256(CONTENT), CONTENT)
    .packed();
const link = (...lines: string[][]): Buffer => new Records().tree(lines).packed();

function flipped(pack: Buffer): Buffer {
  const broken = Buffer.from(pack);
  const middle = Math.floor(broken.length / 2);
  broken[middle] = (broken[middle] ?? 0) ^ 0xff;
  return broken;
}

/** What is sent, by name; each has to be refused. */
const PACKS: Readonly<Record<string, () => Buffer>> = {
  corrupted: () => flipped(honest()),
  truncated: () => honest().subarray(0, -12),
  'goes-on': () => Buffer.concat([honest(), honest()]),
  'wrong-object': () =>
    new Records()
      .tree([['file', sha256(CONTENT), CONTENT.length, 'a.txt']])
      .object(sha256(CONTENT), CONTENT.replace('what', 'that'))
      .packed(),
  'missing-object': () => new Records().tree([['file', sha256('never sent'), 10, 'a.txt']]).packed(),
  'traversing-path': () => at('../../../../outside'),
  'traversing-absolute': () => at(OUTSIDE),
  'traversing-object': () => new Records().object('../../../../outside', CONTENT).packed(),
  'traversing-link': () => link(['link', '../../../../outside', 'a']),
  'traversing-links': () => link(['link', '.', 'a'], ['link', 'a/../../..', 'b']),
};

async function open({ shop: { host, site } }: World): Promise<Session> {
  const target = { host: host.address, port: 22, user: host.deployUser };
  const login = { target, key: readLoginKey(host.privateKey, undefined), pins: pinsFor(host.knownHosts, target) };
  const files = { program: join(dirname(DIST), 'graceful.pyz'), bootstrap: join(dirname(DIST), 'bootstrap.py') };
  const manager = MANAGER.config['process-manager'] === 'supervisord' ? 'supervisord' : 'systemd';
  const hello = { site: site.site, root: site.root, manager, verb: 'deploy', version: VERSION } as const;
  return openSession(
    login,
    { ...hello, token: randomBytes(16).toString('hex'), origin: { actor: 'mallory' } },
    { files },
  );
}

/** Every name below the store, and the one that must not be. */
async function names({ shop: { host, site } }: World): Promise<string> {
  const outside = await host.exec(['ls', OUTSIDE]);
  return `${outside.stdout}${await host.must(['find', `${site.root}/.store`, `${site.root}/releases`, '-maxdepth', '2', '-name', '[!.]*'])}`;
}

/** Sends a pack that has to be refused. @returns what is wrong about how the host took it */
async function send(world: World, pack: Buffer): Promise<string[]> {
  const before = await names(world);
  const session = await open(world);
  try {
    await session.want({ trees: ['0'.repeat(64)], env: '0'.repeat(64) });
    async function* source(): AsyncGenerator<Uint8Array> {
      yield pack;
    }
    const shipped = await session.sendPack({ env: null }, source());
    return [`the host took it: ${JSON.stringify(shipped)}`];
  } catch (failure) {
    if (!(failure instanceof HostError)) throw failure;
    if (failure.kind !== 'answer') return [`the host did not refuse it in words: ${failure.message}`];
  } finally {
    await session.close().catch(() => undefined);
  }
  const after = await names(world);
  // An object that is what it claims may stay for the next try.
  const fresh = after
    .split('\n')
    .filter(
      (name) =>
        !before.split('\n').includes(name) && !name.includes(sha256(CONTENT)) && !/objects\/[0-9a-f]{2}$/.test(name),
    );
  return fresh.length === 0 ? [] : [`it left ${fresh.join(', ')}`];
}

export const STREAM_CASES: readonly Case[] = Object.entries(PACKS).map(([name, pack]) => ({
  id: `stream/${name}`,
  says: `a runner with the site's key sends a pack that is not what it claims: ${name}`,
  play: (world) =>
    observe(world, { leaves: 'old' }, async () => ({
      runner: undefined,
      target: {},
      found: await send(world, pack()),
    })),
}));
