/** What a runner sends that has the site's key: mostly not what it claims to be. */

import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Lacks } from '../src/protocol/messages.ts';
import { answerError } from '../src/session/faults.ts';
import type { Link } from '../src/session/link.ts';
import { openLink } from '../src/session/session.ts';
import { assertReceived, marked } from '../src/session/shipment.ts';
import { sendStream } from '../src/session/stream.ts';
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

/** The plain text of a stream, record by record. */
class Records {
  readonly #parts: string[] = [];

  tree(text: string, digest = sha256(text), base: string | null = null): this {
    this.#parts.push(`${JSON.stringify({ tree: { digest, base, bytes: text.length } })}\n${text}`);
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

/** What a runner sends: the manifest of a tree with its `want`, and the pack. */
interface Sent {
  digest: string;
  want: Buffer;
  pack: Buffer;
}

const lines = (...entries: (string | number)[][]): string =>
  entries.map((line) => `${JSON.stringify(line)}\n`).join('');
const file = (path: string, content = CONTENT) => ['file', sha256(content), content.length, path];
const contents = (...all: string[]) => all.reduce((records, each) => records.object(sha256(each), each), new Records());

/** What the host would take as it is, but for what is given. */
function sent(manifest = lines(file('a.txt')), pack = contents(CONTENT).packed()): Sent {
  return { digest: sha256(manifest), want: new Records().tree(manifest).packed(), pack };
}

function flipped(stream: Buffer): Buffer {
  const broken = Buffer.from(stream);
  const middle = Math.floor(broken.length / 2);
  broken[middle] = (broken[middle] ?? 0) ^ 0xff;
  return broken;
}

/** What is sent, by name; each has to be refused. */
const SENT: Readonly<Record<string, () => Sent>> = {
  corrupted: () => ({ ...sent(), pack: flipped(sent().pack) }),
  'corrupted-want': () => ({ ...sent(), want: flipped(sent().want) }),
  truncated: () => ({ ...sent(), pack: sent().pack.subarray(0, -12) }),
  'truncated-want': () => ({ ...sent(), want: sent().want.subarray(0, -12) }),
  'goes-on': () => ({ ...sent(), pack: Buffer.concat([sent().pack, sent().pack]) }),
  'wrong-object': () =>
    sent(undefined, new Records().object(sha256(CONTENT), CONTENT.replace('what', 'that')).packed()),
  'wrong-manifest': () => {
    const digest = sha256('another manifest');
    return { ...sent(), digest, want: new Records().tree(lines(file('a.txt')), digest).packed() };
  },
  'missing-object': () => sent(lines(file('a.txt'), file('b.txt', 'never sent'))),
  'missing-manifest': () => ({ ...sent(), want: new Records().packed() }),
  'missing-pieces': () => ({ ...sent(), want: new Records().tree('[3,4]\n', sent().digest).packed() }),
  'stray-object': () => sent(undefined, contents(CONTENT, 'not asked for').packed()),
  'traversing-path': () => sent(lines(file('../../../../outside'))),
  'traversing-absolute': () => sent(lines(file(OUTSIDE))),
  'traversing-object': () => sent(undefined, new Records().object('../../../../outside', CONTENT).packed()),
  'traversing-base': () => ({
    ...sent(),
    want: new Records().tree('[0,1]\n', sent().digest, '../../../../outside').packed(),
  }),
  'traversing-link': () => sent(lines(['link', '../../../../outside', 'a']), contents().packed()),
  'traversing-links': () => sent(lines(['link', '.', 'a'], ['link', 'a/../../..', 'b']), contents().packed()),
};

async function open({ shop: { host, site } }: World): Promise<Link> {
  const target = { host: host.address, port: 22, user: host.deployUser };
  const login = { target, key: readLoginKey(host.privateKey, undefined), pins: pinsFor(host.knownHosts, target) };
  const files = { program: join(dirname(DIST), 'graceful.pyz'), bootstrap: join(dirname(DIST), 'bootstrap.py') };
  const manager = MANAGER.config['process-manager'] === 'supervisord' ? 'supervisord' : 'systemd';
  const hello = { site: site.site, root: site.root, manager, verb: 'deploy', version: VERSION } as const;
  return openLink(login, { ...hello, token: randomBytes(16).toString('hex'), origin: { actor: 'mallory' } }, { files });
}

/** Every name below the store, and the one that must not be. */
async function names({ shop: { host, site } }: World): Promise<string> {
  const outside = await host.exec(['ls', OUTSIDE]);
  return `${outside.stdout}${await host.must(['find', `${site.root}/.store`, `${site.root}/releases`, '-maxdepth', '2', '-name', '[!.]*'])}`;
}

async function* whole(stream: Buffer): AsyncGenerator<Uint8Array> {
  yield stream;
}

/** Asks what the host lacks of a tree. @throws HostError where it does not take the question */
async function ask({ wire, times, label }: Link, { digest, want }: Sent): Promise<Lacks> {
  const env = { hash: '0'.repeat(64), digest: '0'.repeat(64) };
  await sendStream(wire, { type: 'want', trees: [digest], env }, whole(want), times);
  const lacks = await wire.answer({ ms: times.answerMs, to: 'want' });
  if (lacks.type === 'error') throw answerError(label, lacks);
  if (lacks.type !== 'lacks') throw new Error(`${lacks.type} answers want`);
  return lacks;
}

async function sendPack({ wire, times }: Link, { pack }: Sent): Promise<void> {
  await sendStream(wire, { type: 'pack', env: null, compression: 'zlib' }, whole(pack), times);
  await assertReceived(wire, times);
}

/** Sends what has to be refused. @returns what is wrong about how the host took it */
async function refused(world: World, what: Sent): Promise<string[]> {
  const before = await names(world);
  const link = await open(world);
  try {
    await ask(link, what);
    await sendPack(link, what);
    return ['the host took it'];
  } catch (failure) {
    if (!(failure instanceof HostError)) throw failure;
    if (failure.kind !== 'answer') return [`the host did not refuse it in words: ${failure.message}`];
  } finally {
    link.wire.close();
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

const objectOf = ({ shop: { site } }: World): string =>
  `${site.root}/.store/objects/${sha256(CONTENT).slice(0, 2)}/${sha256(CONTENT)}`;

/** Two runners send the same: a copy in the place of the first one's object would not be on disk yet, and a tree claims it. */
async function twice(world: World): Promise<string[]> {
  const { host } = world.shop;
  const [first, second] = [await open(world), await open(world)];
  try {
    for (const link of [first, second]) await ask(link, sent());
    await sendPack(first, sent());
    const inode = await host.must(['stat', '-c', '%i', objectOf(world)]);
    await sendPack(second, sent());
    return (await host.must(['stat', '-c', '%i', objectOf(world)])) === inode ? [] : ['the object was replaced'];
  } finally {
    for (const { wire } of [first, second]) wire.close();
  }
}

/** Something else has an object's name and size, as a power cut may leave it: no tree that is known claims it. */
async function spoilt(world: World): Promise<string[]> {
  const { host } = world.shop;
  const { deployUser: user } = host;
  const path = objectOf(world);
  await host.must(['mkdir', '-p', dirname(path)], { user });
  await host.must(['sh', '-c', `head -c ${CONTENT.length} /dev/zero > ${path}`], { user });
  const link = await open(world);
  try {
    const { objects } = await ask(link, sent());
    if (marked([CONTENT], objects).length === 0) return ['the host takes it for the object'];
    await sendPack(link, sent());
    return (await host.readFile(path)) === CONTENT ? [] : ['the object is not what its name says'];
  } finally {
    link.wire.close();
  }
}

interface Played {
  readonly name: string;
  readonly says: string;
  /** @returns what does not hold */
  play(world: World): Promise<string[]>;
}

const PLAYED: readonly Played[] = [
  ...Object.entries(SENT).map(([name, what]) => ({
    name,
    says: `a runner with the site's key sends what is not what it claims: ${name}`,
    play: (world: World) => refused(world, what()),
  })),
  { name: 'twice', says: 'two runners send the same object, the second when a tree claims it', play: twice },
  { name: 'spoilt', says: 'an object that is to be sent is there already, with other content', play: spoilt },
];

export const STREAM_CASES: readonly Case[] = PLAYED.map(({ name, says, play }) => ({
  id: `stream/${name}`,
  says,
  play: (world) =>
    observe(world, { leaves: 'old' }, async () => {
      // A case before this one on the same host may have left it; what is there is not asked for.
      await world.shop.host.must(['rm', '-f', objectOf(world)]);
      return { runner: undefined, target: {}, found: await play(world) };
    }),
}));
