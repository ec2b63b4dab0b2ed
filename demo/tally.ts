import type { LoadSummary } from '../testbed/summary.ts';

/** How one run of Graceful ended, with the design's word for it; empty where there is no result. */
export interface Ending {
  readonly command: 'deploy' | 'rollback';
  readonly result: string;
}

/** Counts what happened, and nothing else. */
export class Tally {
  readonly #endings: Ending[] = [];
  #requests = 0;
  #failed = 0;

  ended(ending: Ending): void {
    this.#endings.push(ending);
  }

  visited({ requests, failed }: LoadSummary): void {
    this.#requests += requests;
    this.#failed += failed;
  }

  /** `3 deploys, 1 fall-back, 1 rollback, 1200 requests, 0 failed`. */
  toString(): string {
    const count = (which: (ending: Ending) => boolean): number => this.#endings.filter(which).length;
    return [
      plural(
        count(({ command }) => command === 'deploy'),
        'deploy',
      ),
      plural(
        count(({ result }) => result === 'fell-back'),
        'fall-back',
      ),
      plural(
        count(({ command, result }) => command === 'rollback' && result === 'live'),
        'rollback',
      ),
      plural(this.#requests, 'request'),
      `${this.#failed} failed`,
    ].join(', ');
  }
}

/** `1 order`, `2 orders`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
