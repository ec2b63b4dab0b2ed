import type { Log } from '../report/log.ts';
import type { Row } from '../report/summary.ts';

/** The runner's own phases: each is a group of the log and a row of the summary. */
export class Phases {
  readonly rows: Row[] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs one phase; the function it gets adds words to the phase's row. */
  async run<T>(name: string, work: (detail: (words: string) => void) => Promise<T>): Promise<T> {
    this.#log.phase(name);
    const began = performance.now();
    const words: string[] = [];
    const row = (good: boolean): Row => ({
      name,
      ms: Math.round(performance.now() - began),
      detail: words.join(', '),
      good,
    });
    try {
      const result = await work((detail) => words.push(detail));
      this.rows.push(row(true));
      return result;
    } catch (error) {
      this.rows.push(row(false));
      throw error;
    } finally {
      this.#log.end();
    }
  }
}
