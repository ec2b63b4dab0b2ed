/** Goals of the environment that is built on the runner's side. */
import type { Results } from '../results.ts';
import { spread } from '../statistics.ts';
import { seconds } from '../text.ts';
import { excess, notMeasured, type Verdict, verdict } from './verdict.ts';

/** Largest ratio to the time of the bare tool. */
const BARE = 1.2;
/** How long one that is kept may take besides being read, milliseconds. */
const KEPT_MS = 2_000;

const NOT_BUILT = 'no environment was built';

export function coldEnv(results: Results): Verdict {
  const { coldMs, uvMs, uvBytecodeMs } = results.baseline.environment;
  const [ours, bare, compiled] = [spread(coldMs), spread(uvMs), spread(uvBytecodeMs)];
  if (ours === null || bare === null || compiled === null) return notMeasured(NOT_BUILT);
  const limit = bare.median * BARE;
  return verdict(
    `${seconds(ours.median)} (uv with bytecode, which Graceful’s has: ${seconds(compiled.median)})`,
    `${seconds(limit)} (uv: ${seconds(bare.median)})`,
    [excess(ours.median, limit, seconds)],
  );
}

export function cachedEnv(results: Results): Verdict {
  const { cachedMs, readMs } = results.baseline.environment;
  const [ours, read] = [spread(cachedMs), spread(readMs)];
  if (ours === null || read === null) return notMeasured(NOT_BUILT);
  const limit = read.median + KEPT_MS;
  return verdict(seconds(ours.median), `${seconds(limit)} (reading it: ${seconds(read.median)})`, [
    excess(ours.median, limit, seconds),
  ]);
}
