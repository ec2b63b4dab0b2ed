import type { Pack, Want } from '../protocol/messages.ts';
import { HostError } from '../ssh/error.ts';
import { answerError, unexpected } from './faults.ts';
import type { SessionTimes } from './options.ts';
import type { Wire } from './wire.ts';

/** Chunks are at least this long (but for the last one) and at most four times as long. */
const SMALLEST = 64 * 1024;
const LARGEST = 4 * SMALLEST;

/**
 * Sends a message with the stream that belongs to it, no faster than the host takes it. The answer is still to come.
 * @param source the deflated records, in pieces of any size.
 * @param onSent is told after each chunk how many bytes that makes.
 * @returns the bytes sent.
 * @throws HostError, or whatever `source` throws; either way the wire is done, as a stream cannot be broken off.
 */
export async function sendStream(
  wire: Wire,
  message: Pack | Want,
  source: AsyncIterable<Uint8Array>,
  { stallMs }: Pick<SessionTimes, 'stallMs'>,
  onSent?: (bytes: number) => void,
): Promise<number> {
  let bytes = 0;
  const put = async (chunk: Uint8Array) => {
    refusedEarly(wire);
    await wire.send({ type: 'chunk', bytes: chunk.length });
    if (chunk.length > 0) await unstalled(wire, wire.write(chunk), stallMs);
    bytes += chunk.length;
    onSent?.(bytes);
  };
  try {
    await wire.send(message);
    for await (const chunk of chunksOf(source)) await put(chunk);
    await put(new Uint8Array(0));
    return bytes;
  } catch (failure) {
    wire.fail(
      failure instanceof HostError
        ? failure
        : new HostError({
            kind: 'lost',
            what: `the ${message.type} was broken off on this side.`,
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
    : unexpected(wire.connection.label, 'what is not sent as a whole yet', early);
}

async function unstalled(wire: Wire, written: Promise<void>, stallMs: number): Promise<void> {
  const timer = setTimeout(() => {
    wire.fail(
      new HostError({
        kind: 'timeout',
        what: `the host took nothing of what is sent for ${stallMs / 1000} s.`,
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
