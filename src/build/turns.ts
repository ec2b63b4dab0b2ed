import { setImmediate } from 'node:timers/promises';

/** After so much work at a stretch whatever else goes on in the program has its turn, ms. */
const TURN_MS = 20;

/** For work that waits for nothing: what this gives is to be awaited once in a while. */
export function turns(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < TURN_MS) return;
    await setImmediate();
    began = performance.now();
  };
}
