import type { Damage, VerifiedAnswer } from '../protocol/messages.ts';
import { answerError, unexpected } from './faults.ts';
import type { Wire } from './wire.ts';

/**
 * Has the host look for damage, which takes as long as reading all of its store.
 * @param stallMs a host that says nothing for so long is given up.
 * @returns the last answer, with all damages
 * @throws HostError
 */
export async function findDamage(wire: Wire, stallMs: number): Promise<VerifiedAnswer> {
  const { label } = wire.connection;
  const damages: Damage[] = [];
  await wire.send({ type: 'verify' });
  for (;;) {
    const answer = await wire.answer({ ms: stallMs, to: 'verify' });
    if (answer.type === 'error') throw answerError(label, answer);
    if (answer.type !== 'verified') throw unexpected(label, 'verify', answer);
    damages.push(...answer.damages);
    if (!answer.more) return { ...answer, damages };
  }
}
