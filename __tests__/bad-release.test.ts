import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tidied } from '../testbed/inside.ts';
import { live, openScene, type Scene } from '../testbed/scene.ts';
import type { Break } from '../testbed/shop.ts';

/** How long a bad release may try to become healthy. */
const TIMEOUT = '4s';

let scene: Scene;
let good: string;

beforeAll(async () => {
  scene = await openScene();
  await scene.repo.commit({ version: '1', config: { migrate: true } });
  const first = await scene.deploy();
  expect(first, first.log).toMatchObject({ code: 0 });
  good = first.outputs['release'] ?? '';
});

afterAll(() => scene?.[Symbol.asyncDispose]());

/** What is wrong with a release that never gets a visitor, and what a person has to read about it. */
const BEFORE_SWITCH: readonly { fault: Break; step: string; says: readonly string[] }[] = [
  {
    fault: 'import',
    step: 'check',
    says: [
      '/healthz answered 500, not 200',
      "ModuleNotFoundError: No module named 'orders.basket'",
      'Health answer: 500',
    ],
  },
  {
    fault: 'wsgi-import',
    step: 'check',
    says: ["ModuleNotFoundError: No module named 'shop.telemetry'", 'the new backend died'],
  },
  {
    fault: '500',
    step: 'check',
    says: ['/healthz answered 500, not 200', 'RuntimeError: the shop is out of order', 'Health answer: 500'],
  },
  { fault: 'hang', step: 'check', says: ['not healthy within 4 s', 'no answer on the socket: timed out'] },
  { fault: 'die-after-first', step: 'check', says: ['the new backend died'] },
  {
    fault: 'redirect',
    step: 'check',
    says: ['/healthz redirects (302) to /admin/login/', 'Health answer: 302 to /admin/login/'],
  },
];

describe('a release that is bad before the switch', () => {
  test.for(BEFORE_SWITCH)('$fault: the old one serves on, untouched', async ({ fault, step, says }) => {
    const before = await scene.status();
    const commit = await scene.repo.commit({ version: fault, break: fault, config: { health: { timeout: TIMEOUT } } });
    const { step: run, seen } = await scene.underLoad(() => scene.deploy());
    expect(run, run.log).toMatchObject({
      code: 1,
      outputs: { result: 'failed', release: good, previous: good },
    });
    expect(run.log).toContain(`deploy failed at ${step}: `);
    expect(run.log).toContain(`${good} serves on, untouched.`);
    for (const words of says) expect(run.log).toContain(words);
    expect(seen).toMatchObject({ failed: 0, failures: [], releases: [good], versions: ['1'], mismatched: 0 });
    expect(seen.posts).toBeGreaterThan(50);

    const after = await scene.status();
    expect(live(after)).toEqual(live(before));
    expect(after.links).toEqual(before.links);
    expect(after.releases[0]).toMatchObject({ commit, state: 'failed', links: [] });
    expect(await tidied(scene.host, scene.site)).toEqual([]);
  });
});
