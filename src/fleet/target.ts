/** Where several hosts go that are told no release by its name: all of them to the same. */
import type { StatusAnswer } from '../protocol/messages.ts';
import { HostError, UNTOUCHED } from '../ssh/error.ts';

/** Where one host would go by itself. */
export interface Target {
  /** The host's name. */
  name: string;
  /** Null where it has none. */
  release: string | null;
}

const WORDS = {
  rollback: {
    which: 'before the live one',
    next: 'Name the release to go to: input `release`, or `graceful rollback RELEASE`; `releases` lists those of each host.',
  },
  update: {
    which: 'beside the live one',
    next: 'Name the release to go to: `command: activate` with the input `release`, or `graceful activate RELEASE`; `releases` lists those of each host.',
  },
};

/** The release that is not live, as the host's own `update` means it: what stands by, or else the one before. Pure. */
export function inactiveOf({ backends, links }: Pick<StatusAnswer, 'backends' | 'links'>): string | null {
  const standby = backends.findLast(({ process, role }) => process === 'web' && role === 'standby');
  return standby?.release ?? links.previous;
}

/**
 * The one release that all would go to; null where none of them has any. Pure.
 * @throws HostError where each would go to another
 */
export function oneTarget(command: keyof typeof WORDS, stage: string, targets: readonly Target[]): string | null {
  const [first] = targets;
  if (targets.every(({ release }) => release === first?.release)) return first?.release ?? null;
  const { which, next } = WORDS[command];
  const told = targets.map(({ name, release }) => `${name}: ${release ?? 'none'}`);
  throw new HostError({
    kind: 'answer',
    what: `the hosts do not have the same release ${which} (${told.join('; ')}).`,
    where: stage,
    state: UNTOUCHED,
    next,
  });
}
