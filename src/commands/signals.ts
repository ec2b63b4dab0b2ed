/**
 * SIGINT and SIGTERM, as a cancelled job gets them. One handler stays from the first hearer on: between two of them a signal
 * would else end this process at once, without a word.
 */
export type Hearer = (signal: NodeJS.Signals) => void;

/** A signal that no hearer takes over within this time ends the process, as it would without any of this; milliseconds. */
const UNHEARD = 1_000;
/** What a shell says of a program that a signal ended. */
const CODES: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 };

let hearer: Hearer | undefined;
let missed: { signal: NodeJS.Signals; end: NodeJS.Timeout } | undefined;
let listening = false;

function take(signal: NodeJS.Signals): void {
  if (hearer) hearer(signal);
  // A run that is over by then has told the truth of the host already, and ends with that.
  else missed ??= { signal, end: setTimeout(() => process.exit(CODES[signal]), UNHEARD).unref() };
}

/** Does what may as well be left out, until it is done or a signal comes. */
export async function untilSignal(work: () => Promise<void>): Promise<void> {
  const signalled = Promise.withResolvers<void>();
  const unhear = hearSignals(() => signalled.resolve());
  try {
    await Promise.race([work(), signalled.promise]);
  } finally {
    unhear();
  }
}

/**
 * Hears signals from here on; one that came while nobody heard is heard at once. One hears at a time.
 *
 * @returns ends the hearing
 */
export function hearSignals(hear: Hearer): () => void {
  if (!listening) process.on('SIGINT', take).on('SIGTERM', take);
  listening = true;
  hearer = hear;
  if (missed) {
    clearTimeout(missed.end);
    const { signal } = missed;
    missed = undefined;
    hear(signal);
  }
  return () => {
    hearer = undefined;
  };
}
