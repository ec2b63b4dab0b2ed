import type { Compression, KnownTree, Lacks, Pack } from '../protocol/messages.ts';
import { objectStream, objectsOf, type PackObject, type PackTree, textStream } from '../shipping/pack.ts';
import type { PackSource } from '../shipping/packs.ts';
import { recipeOf } from '../shipping/recipe.ts';
import { answerError, unexpected } from './faults.ts';
import type { SessionTimes } from './options.ts';
import { sendStream } from './stream.ts';
import type { Wire } from './wire.ts';

/** Less is not worth starting a command for on the host. */
const ZSTD_BYTES = 1024 * 1024;

/** The trees of a release, and what the host is known to have. */
export interface Shipment {
  trees: readonly PackTree[];
  env: NonNullable<Pack['env']>;
  /** Trees of what is live there, as the preflight told. */
  known: readonly KnownTree[];
  /** Where the pack's bytes come from, when other hosts get the same; else they are made for this one. */
  packs?: PackSource | undefined;
}

/** What the host lacks of a shipment. */
export interface Lack {
  trees: PackTree[];
  objects: PackObject[];
  env: boolean;
}

/** Hears how many bytes of a pack were sent, and which part of it that is, from 0 to 1. */
export type OnSent = (bytes: number, part: number) => void;

/** What was sent. */
export interface Shipped {
  objects: number;
  /** Compressed. */
  bytes: number;
}

/**
 * Asks what the host lacks. Manifests travel as their difference to what is live, and those of live trees not at all. The environment's
 * is told only to a host that says it has no such environment, however large that is: nearly every deploy takes one that is there.
 */
export async function askLack(wire: Wire, shipment: Shipment, times: SessionTimes): Promise<Lack> {
  const { trees, known } = shipment;
  const isNew = ({ kind, tree }: PackTree): boolean =>
    kind !== 'env' && known.every(({ digest }) => digest !== tree.manifest.digest);
  let lacks = await want(wire, shipment, trees.filter(isNew), known, times);
  if (lacks.unread.length > 0) lacks = await want(wire, shipment, trees, lacks.known, times);
  // What is live can change at any time, and what was be pruned.
  if (lacks.unread.length > 0) lacks = await want(wire, shipment, trees, [], times);
  if (lacks.unread.length > 0) throw unexpected(wire.connection.label, 'want', lacks);
  const lacked = trees.filter(({ tree }) => lacks.trees.includes(tree.manifest.digest));
  return { trees: lacked, objects: marked(objectsOf(lacked), lacks.objects), env: lacks.env };
}

async function want(
  wire: Wire,
  { trees, env }: Shipment,
  told: readonly PackTree[],
  known: readonly KnownTree[],
  times: SessionTimes,
): Promise<Lacks> {
  const recipes = told.map(({ kind, tree: { manifest } }) => {
    const base = known.find((each) => each.kind === kind);
    const text = recipeOf(manifest.text, base?.pieces);
    const bytes = Buffer.byteLength(text);
    return { head: { tree: { digest: manifest.digest, base: base?.digest ?? null, bytes } }, text };
  });
  const digests = trees.map(({ tree }) => tree.manifest.digest);
  const message = { type: 'want' as const, trees: digests, env: { hash: env.hash, digest: env.digest } };
  await sendStream(wire, message, textStream(recipes), times);
  const answer = await wire.answer({ ms: times.preflightMs, to: 'want' });
  if (answer.type === 'error') throw answerError(wire.connection.label, answer);
  if (answer.type !== 'lacks') throw unexpected(wire.connection.label, 'want', answer);
  return answer;
}

/** Those whose bits are set. Pure. */
export function marked<T>(items: readonly T[], bits: string): T[] {
  const bytes = Buffer.from(bits, 'base64');
  return items.filter((_, place) => ((bytes[place >> 3] ?? 0) >> (place & 7)) & 1);
}

/** Sends what is lacking as one pack, and nothing where nothing is; `assertReceived` takes the host's word for it. */
export async function sendLack(
  wire: Wire,
  { env, packs }: Shipment,
  lack: Lack,
  tools: readonly string[],
  times: SessionTimes,
  onSent: OnSent = () => {},
): Promise<Shipped | undefined> {
  if (lack.trees.length === 0 && !lack.env) return undefined;
  const compression = compressionOf(lack, tools);
  const pack: Pack = { type: 'pack', env: lack.env ? env : null, compression };
  const source = packs === undefined ? objectStream(lack.objects, compression) : packs.open(lack.objects, compression);
  const bytes = await sendStream(wire, pack, source, times, (sent) => onSent(sent, source.part(sent)));
  return { objects: lack.objects.length, bytes };
}

/** How the objects are compressed for a host with these programs. Pure. */
export function compressionOf({ objects }: Pick<Lack, 'objects'>, tools: readonly string[]): Compression {
  const large = objects.reduce((sum, { bytes }) => sum + bytes, 0) > ZSTD_BYTES;
  return large && tools.includes('zstd') ? 'zstd' : 'zlib';
}

/** Waits until the host has verified a pack and has it on disk. @throws HostError where it does not */
export async function assertReceived(wire: Wire, times: SessionTimes): Promise<void> {
  const said = await wire.answer({ ms: times.receivedMs, to: 'pack' });
  if (said.type === 'error') throw answerError(wire.connection.label, said);
  if (said.type !== 'received') throw unexpected(wire.connection.label, 'pack', said);
}
