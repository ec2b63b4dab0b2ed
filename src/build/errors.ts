/** Where in the user's files a build went wrong; lines count from 1. */
export interface Place {
  /** Path relative to the top of the checkout. */
  file: string;
  line?: number;
}

/** What a {@link BuildError} carries beside its sentence. */
export interface BuildErrorDetails {
  /** What to do next. */
  mend: string;
  place?: Place;
  /** Last lines of the program that failed, free of secrets. */
  output?: string[];
  cause?: unknown;
}

/**
 * A build that could not be done. Nothing has been sent to a host yet, so the site is always as it was; the message says
 * what happened, `mend` what to do, `place` where.
 */
export class BuildError extends Error {
  override readonly name = 'BuildError';
  readonly mend: string;
  readonly place: Place | undefined;
  readonly output: readonly string[];

  constructor(what: string, details: BuildErrorDetails) {
    super(what, details.cause === undefined ? undefined : { cause: details.cause });
    this.mend = details.mend;
    this.place = details.place;
    this.output = details.output ?? [];
  }
}

/** Several faults of one build that were found together, none of which is the reason of another. */
export class BuildErrors extends Error {
  override readonly name = 'BuildErrors';
  readonly errors: readonly BuildError[];

  constructor(errors: readonly BuildError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.errors = errors;
  }
}

/** Throws what was found: nothing, the one fault, or all of them. */
export function refuse(errors: readonly BuildError[]): void {
  const [first, ...more] = errors;
  if (first) throw more.length === 0 ? first : new BuildErrors(errors);
}

/** The faults that something thrown holds; throws it again where it is no error of a build. */
export function faultsOf(thrown: unknown): readonly BuildError[] {
  if (thrown instanceof BuildErrors) return thrown.errors;
  if (thrown instanceof BuildError) return [thrown];
  throw thrown;
}

/**
 * Waits for all of them, and tells the faults of all together.
 * @throws BuildError, or BuildErrors
 */
export async function together<T extends readonly Promise<unknown>[]>(
  works: readonly [...T],
): Promise<{ -readonly [Index in keyof T]: Awaited<T[Index]> }> {
  const settled = await Promise.allSettled(works);
  refuse(settled.flatMap((result) => (result.status === 'fulfilled' ? [] : faultsOf(result.reason))));
  return Promise.all(works);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node system error (`ENOENT` ...), or undefined. */
export function codeOf(thrown: unknown): string | undefined {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return undefined;
}
