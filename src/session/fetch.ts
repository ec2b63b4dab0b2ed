import type { Fetch } from '../protocol/messages.ts';
import { answerError, unexpected } from './faults.ts';
import type { Wire } from './wire.ts';

/**
 * Takes trees from the host, as one pack in pieces.
 * @param stallMs a host that sends nothing for so long is given up.
 * @throws HostError
 */
export async function* fetchPack(wire: Wire, request: Fetch, stallMs: number): AsyncGenerator<Buffer> {
  const { label } = wire.connection;
  await wire.send(request);
  for (;;) {
    const answer = await wire.answer({ ms: stallMs, to: request.type });
    if (answer.type === 'error') throw answerError(label, answer);
    if (answer.type !== 'piece') throw unexpected(label, request.type, answer);
    if (!answer.more) return;
    yield Buffer.from(answer.data, 'base64');
  }
}
