/** One of the runner's phases, or one of the host's steps, that has ended. */
export interface Ended {
  readonly name: string;
  readonly ms: number;
  readonly good: boolean;
}

const PHASE = /^::group::(.+)$/;
const STEP = /^([a-z-]+) +(?:.+ in|failed after) ([\d.]+) s(: .+)?$/;
/** The phase in which the host's own steps come, and the one that only tells. */
const NO_STEP = ['Deploy', 'Roll back', 'Result'];

/** Reads a step's log as it comes, and tells what has ended. */
export class StepReader {
  readonly #ended: (step: Ended) => void;
  #phase: { readonly name: string; readonly since: number } | undefined;

  constructor(ended: (step: Ended) => void) {
    this.#ended = ended;
  }

  read(line: string): void {
    const phase = PHASE.exec(line)?.[1];
    if (phase !== undefined) this.#phase = { name: phase, since: performance.now() };
    if (line === '::endgroup::') this.#endPhase();
    const [, name, duration] = STEP.exec(line) ?? [];
    if (name !== undefined) this.#ended({ name, ms: Number(duration) * 1000, good: !line.includes('failed after') });
  }

  #endPhase(): void {
    const phase = this.#phase;
    this.#phase = undefined;
    if (phase === undefined || NO_STEP.includes(phase.name)) return;
    this.#ended({ name: phase.name.toLowerCase(), ms: performance.now() - phase.since, good: true });
  }
}
