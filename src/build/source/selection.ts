import { posix } from 'node:path';
import ignore, { type Ignore } from 'ignore';

/** Patterns as in a `.gitignore`, relative to the top of the checkout. */
export interface Patterns {
  /** Only what matches one of them; all where there are none. */
  include: readonly string[];
  /** And of that what matches none of these. */
  exclude: readonly string[];
}

/** On Linux `Docs` and `docs` are two folders. */
const matcher = (patterns: readonly string[]): Ignore => ignore({ ignorecase: false }).add([...patterns]);

/** Tells which paths match one of the patterns. */
export function matcherOf(patterns: readonly string[]): (path: string) => boolean {
  const made = matcher(patterns);
  return (path) => made.ignores(path);
}

/** Which of a commit's files are wanted. */
export class Selection {
  readonly #included: Ignore | null;
  readonly #excluded: Ignore;
  /** Patterns that have matched nothing so far. */
  #idle: { pattern: string; alone: Ignore }[];

  constructor({ include, exclude }: Patterns) {
    this.#included = include.length === 0 ? null : matcher(include);
    this.#excluded = matcher(exclude);
    this.#idle = [...include, ...exclude]
      .filter((pattern) => !pattern.startsWith('!'))
      .map((pattern) => ({ pattern, alone: matcher([pattern]) }));
  }

  /** Whether `exclude` leaves a whole folder out. */
  isFolderOut(folder: string): boolean {
    const path = `${folder}/`;
    this.#note(path);
    return this.#excluded.ignores(path);
  }

  /**
   * Those files of a checkout that are not wanted.
   * @param at - path of the checkout in the outermost one
   */
  unwanted(files: readonly string[], at: string): string[] {
    return files.filter((file) => {
      const path = posix.join(at, file);
      this.#note(path);
      return this.#included?.ignores(path) === false || this.#excluded.ignores(path);
    });
  }

  /** Patterns that matched nothing, for a notice: mostly a word is misspelt. */
  get idle(): string[] {
    return this.#idle.map(({ pattern }) => pattern);
  }

  #note(path: string): void {
    this.#idle = this.#idle.filter(({ alone }) => !alone.ignores(path));
  }
}
