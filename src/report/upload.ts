import type { Log } from './log.ts';
import { size } from './text.ts';

/** At a terminal one line is written over and over, no sooner than this, milliseconds. */
const PASSING_MS = 200;
/** A line comes no sooner than this after the one before, milliseconds; none of what takes less. */
const OFTEN_MS = 5_000;
/** Without a whole percent more it comes no sooner than this: the log is told that there is life, and not flooded. */
const SELDOM_MS = 30_000;

/**
 * Tells a log how far sending is: a line each few seconds, and not many in an hour; at a terminal one that changes.
 * @param now milliseconds of a clock
 */
export function progressTo(
  log: Pick<Log, 'info' | 'passing'>,
  now: () => number = () => performance.now(),
): (bytes: number, part: number) => void {
  let told = { at: now(), percent: 0 };
  return (bytes, part) => {
    const at = now();
    // The end is told when the host has it all.
    const percent = Math.min(99, Math.floor(part * 100));
    const often = log.passing === undefined ? OFTEN_MS : PASSING_MS;
    const wait = percent > told.percent ? often : SELDOM_MS;
    if (at - told.at < wait) return;
    told = { at, percent };
    (log.passing ?? log.info)(`sending: ${size(bytes)}, ${percent} %`);
  };
}
