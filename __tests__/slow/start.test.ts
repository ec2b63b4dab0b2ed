/** How long the program takes until it does something. What it loads for that is in `__tests__/start.test.ts`. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { DIST } from '../../testbed/runner.ts';

/** Prints the processor's time at the end, ms: what else the machine does meanwhile is not in it. */
const TIMER = `data:text/javascript,${encodeURIComponent(`
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  console.error('took', (user + system) / 1_000);
});`)}`;

test('dist/index.js starts in under 250 ms', () => {
  const times = Array.from({ length: 9 }, () => {
    const { stderr } = spawnSync(process.execPath, ['--import', TIMER, DIST, '--version'], { encoding: 'utf8' });
    return Number(/^took ([\d.]+)$/m.exec(stderr)?.[1]);
  });
  const [median = Number.NaN] = times.sort((a, b) => a - b).slice(4);
  console.log(`median ${Math.round(median)} ms`);
  expect(median).toBeLessThan(250);
});
