/** A change of the host program that has to turn the suite red. */
export interface Mutation {
  /** Unique. */
  readonly id: string;
  /** Below `host/`. */
  readonly file: string;
  /** The exact text to change; it stands there once. */
  readonly from: string;
  /** What it becomes. */
  readonly to: string;
  /** What it upholds: an invariant of the design, or that something is on disk in time. */
  readonly upholds: string;
  /** The cases that have to turn red. */
  readonly cases: readonly string[];
}
