import type { Readable } from 'node:stream';

/** What a running program has said so far, and what it is waited for to say. */
export class Transcript {
  text = '';
  readonly #listeners = new Set<() => void>();

  hear(stream: Readable): void {
    stream.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('utf8');
      for (const listener of this.#listeners) listener();
    });
  }

  /** Resolves as soon as the words are there; rejects when the program has ended without them. */
  said(words: string, ended: Promise<unknown>): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!this.text.includes(words)) return;
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without saying ${JSON.stringify(words)}:\n${this.text}`)));
    });
  }
}
