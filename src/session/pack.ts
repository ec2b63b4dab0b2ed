import type { Pack, Received } from '../protocol/messages.ts';
import { HostError } from '../ssh/error.ts';
import { answerError, unexpected } from './faults.ts';
import type { SessionTimes } from './options.ts';
import type { Wire } from './wire.ts';

/** Chunks are at least this long (but for the last one) and at most four times as long. */
const SMALLEST = 64 * 1024;
const LARGEST = 4 * SMALLEST;

/** What a pack came to. */
export interface Shipped {
  /** Objects that the host took. */
  objects: number;
  /** Compressed bytes sent. */
  bytes: number;
}

/**
 * Sends one pack, no faster than the host takes it.
 * @param source the deflated records, in pieces of any size.
 * @param onProgress bytes sent so far.
 * @throws HostError, or whatever `source` throws; either way the wire is done, as a pack cannot be broken off.
 */
export async function sendPack(
  wire: Wire,
  pack: Pack,
  source: AsyncIterable<Uint8Array>,
  times: SessionTimes,
  onProgress: (bytes: number) => void = () => {},
): Promise<Shipped> {
  let bytes = 0;
  const put = async (chunk: Uint8Array) => {
    refusedEarly(wire);
    await wire.send({ type: 'chunk', bytes: chunk.length });
    if (chunk.length > 0) await unstalled(wire, wire.write(chunk), times.stallMs);
    bytes += chunk.length;
    onProgress(bytes);
  };
  try {
    await wire.send(pack);
    for await (const chunk of chunksOf(source)) await put(chunk);
    await put(new Uint8Array(0));
    const received = await answer(wire, times.receivedMs);
    return { objects: received.objects, bytes };
  } catch (failure) {
    wire.fail(
      failure instanceof HostError
        ? failure
        : new HostError({
            kind: 'lost',
            what: 'the pack was broken off on this side.',
            where: wire.connection.label,
            state: 'The site is untouched.',
            next: 'Run the command again.',
            cause: failure,
          }),
    );
    throw failure;
  }
}

/** Joins small pieces and cuts large ones. */
export async function* chunksOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const piece of source) {
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes < SMALLEST) continue;
    const joined = held.length === 1 ? piece : Buffer.concat(held);
    for (let start = 0; start < joined.length; start += LARGEST) yield joined.subarray(start, start + LARGEST);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

/** A host that refuses half-way (a full disk) says so at once: the rest need not be sent. */
function refusedEarly(wire: Wire): void {
  const early = wire.arrived();
  if (early === undefined) return;
  throw early.type === 'error'
    ? answerError(wire.connection.label, early)
    : unexpected(wire.connection.label, 'a pack that is not complete', early);
}

async function answer(wire: Wire, deadlineMs: number): Promise<Received> {
  const said = await wire.answer({ ms: deadlineMs, to: 'pack' });
  if (said.type === 'error') throw answerError(wire.connection.label, said);
  if (said.type !== 'received') throw unexpected(wire.connection.label, 'pack', said);
  return said;
}

async function unstalled(wire: Wire, written: Promise<void>, stallMs: number): Promise<void> {
  const timer = setTimeout(() => {
    wire.fail(
      new HostError({
        kind: 'timeout',
        what: `the host took nothing of the pack for ${stallMs / 1000} s.`,
        where: wire.connection.label,
        state: 'The site is untouched.',
        next: 'Is the connection or the host overloaded? Run the command again: what arrived is not sent again.',
        fleeting: true,
      }),
    );
  }, stallMs);
  try {
    await written;
  } finally {
    clearTimeout(timer);
  }
}
