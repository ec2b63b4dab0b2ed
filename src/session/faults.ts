import type { Answer, ErrorAnswer } from '../protocol/messages.ts';
import { HostError } from '../ssh/error.ts';

/** The host's own refusal, in its words. */
export function answerError(where: string, answer: ErrorAnswer): HostError {
  return new HostError({
    kind: answer.code === 'protocol' || answer.code === 'unknown' ? answer.code : 'answer',
    what: answer.message,
    where,
    state: answer.state === 'untouched' ? 'The site is untouched.' : answer.state,
    next: answer.next,
  });
}

/** A known answer at the wrong moment. */
export function unexpected(where: string, request: string, answer: Answer): HostError {
  return new HostError({
    kind: 'protocol',
    what: `the host program answered ${request} with ${answer.type}.`,
    where,
    state: 'What the host did with it is not known here.',
    next: 'Use the same version of Graceful on both sides, and report this if they are the same.',
  });
}
