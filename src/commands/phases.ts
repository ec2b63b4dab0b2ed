import type { Log } from '../report/log.ts';
import type { Row } from '../report/timeline.ts';
import { cancellable } from './cancel.ts';

/** What the runner does in phases that change nothing on the site, in words for a person who cancels it. */
const DOING = {
  Read: 'reading the commit; no host was asked anything',
  Connect: 'connecting; nothing was sent',
  Plan: 'planning; nothing was sent',
  Compare: 'comparing; nothing was sent',
  Ask: 'asking the database; nothing was sent',
  Build: 'building; nothing was sent',
  Measure: 'measuring what would be sent; nothing was',
  Ship: 'sending; nothing of it is used',
};

/** The runner's own phases: each is a group of the log and a row of the summary. */
export class Phases {
  readonly rows: Row[] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Runs a phase in which the site stays as it is, also when the job is cancelled. @throws Cancelled */
  prepare<T>(name: keyof typeof DOING, work: (detail: (words: string) => void) => Promise<T>): Promise<T> {
    return this.run(name, (detail) => cancellable(DOING[name], () => work(detail)));
  }

  /** Runs one phase; the function it gets adds words to the phase's row. */
  async run<T>(name: string, work: (detail: (words: string) => void) => Promise<T>): Promise<T> {
    this.#log.phase(name);
    const began = Date.now();
    const start = performance.now();
    const words: string[] = [];
    const row = (good: boolean): Row => ({
      name,
      began,
      ms: Math.round(performance.now() - start),
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
