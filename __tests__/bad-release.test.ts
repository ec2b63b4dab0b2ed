import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assetsOf, live, openScene, type Scene } from '../testbed/scene.ts';
import type { Break } from '../testbed/shop.ts';
import { tidied } from '../testbed/tidied.ts';

/** How long a bad release may try to become healthy. */
const TIMEOUT = '4s';

let scene: Scene;
let good: string;
/** A page of version 1, as a visitor's browser holds it all the time. */
let page: string;

beforeAll(async () => {
  scene = await openScene();
  await scene.repo.commit({ version: '1', config: { migrate: true } });
  const first = await scene.deploy();
  expect(first, first.log).toMatchObject({ code: 0 });
  good = first.outputs['release'] ?? '';
  page = (await scene.visit()).body;
  expect(await assetsOf(scene, page)).toHaveLength(2);
});

afterAll(() => scene?.[Symbol.asyncDispose]());

/** What a job summary says, without its markup. */
function textOf(summary: string): string {
  const plain = { '&#39;': "'", '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  return Object.entries(plain).reduce(
    (text, [entity, sign]) => text.replaceAll(entity, sign),
    summary.replace(/<[^>]+>/g, ''),
  );
}

/** What is wrong with a release that never gets a visitor, and what a person has to read about it. */
const BEFORE_SWITCH: readonly { fault: Break; says: readonly string[]; at?: string }[] = [
  {
    fault: 'import',
    says: [
      '/healthz answered 500, not 200',
      "ModuleNotFoundError: No module named 'orders.basket'",
      'Health answer: 500',
    ],
    at: 'orders/views.py',
  },
  {
    fault: 'wsgi-import',
    says: ["ModuleNotFoundError: No module named 'shop.telemetry'", 'the new backend died'],
    at: 'shop/wsgi.py',
  },
  { fault: 'hang', says: ['not healthy within 4 s', 'no answer on the socket: timed out'] },
  // Its end shows as its process gone or as the web server's 502, whichever comes first; its log tells either way.
  { fault: 'die-after-first', says: ['[INFO] Handling signal: term'] },
  {
    fault: 'redirect',
    says: ['/healthz redirects (302) to /admin/login/', 'Health answer: 302 to /admin/login/'],
  },
  {
    fault: 'bad-through-nginx',
    says: ['/healthz answered 500, not 200', 'Health answer: 500', 'no visitors, please'],
  },
];

/** Much the same again: left to the slow tests, which are run for other process managers. */
const MORE_BEFORE_SWITCH: typeof BEFORE_SWITCH = [
  {
    fault: '500',
    says: ['/healthz answered 500, not 200', 'RuntimeError: the shop is out of order', 'Health answer: 500'],
    at: 'orders/views.py',
  },
  { fault: 'die-through-nginx', says: ['[INFO] Handling signal: term'] },
];

describe('a release that cannot be built', () => {
  test.for([
    { fault: 'missing-setting', says: ["KeyError: 'PAYMENT_KEY'", 'build-env'], at: 'shop/settings/production.py' },
    { fault: 'missing-static', says: ['cardboard.svg', 'collectstatic'], at: undefined },
  ] as const)('$fault: the host hears nothing of it', async ({ fault, says, at }) => {
    const [before, journal] = [await scene.status(), await scene.journal()];
    await scene.repo.commit({ version: fault, break: fault });
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
    for (const words of says) {
      expect(run.log).toContain(words);
      expect(textOf(run.summary)).toContain(words);
    }
    expect(run.summary).toContain('<h2>❌ The build failed</h2>');
    if (at !== undefined) expect(run.log).toMatch(new RegExp(`^::error .*file=${at},line=\\d+`, 'm'));
    expect(run.log).toContain('The site is as it was.');
    expect(await scene.status()).toEqual(before);
    expect(await scene.journal()).toEqual(journal);
  });
});

describe('a release that is bad before the switch', () => {
  const slow = process.env['GRACEFUL_TEST_MANAGER'] !== undefined;
  const rows = slow ? [...BEFORE_SWITCH, ...MORE_BEFORE_SWITCH] : BEFORE_SWITCH;
  test.for(rows)('$fault: the old one serves on, untouched', async ({ fault, says, at }) => {
    const before = await scene.status();
    const commit = await scene.repo.commit({ version: fault, break: fault, config: { health: { timeout: TIMEOUT } } });
    const { step: run, seen } = await scene.underLoad(() => scene.deploy());
    expect(run, run.log).toMatchObject({
      code: 1,
      outputs: { result: 'failed', release: good, previous: good },
    });
    expect(run.log).toContain('deploy failed at check: ');
    expect(run.log).toContain(`${good} serves on, untouched.`);
    for (const words of says) {
      expect(run.log).toContain(words);
      expect(textOf(run.summary)).toContain(words);
    }
    expect(run.summary).toMatch(/^<h2>❌ failed: shop \(staging\)<\/h2>/);
    if (at !== undefined)
      expect(run.log).toMatch(new RegExp(`^::error title=Failed at check,file=${at},line=\\d+::`, 'm'));
    expect(seen).toMatchObject({ failed: 0, failures: [], releases: [good], versions: ['1'], mismatched: 0 });
    expect(seen.posts).toBeGreaterThan(20);

    const after = await scene.status();
    expect(live(after)).toEqual(live(before));
    expect(after.links).toEqual(before.links);
    expect(after.releases[0]).toMatchObject({ commit, state: 'failed', links: [] });
    expect(await tidied(scene.host, scene.site)).toEqual([]);
  });
});

describe('a release that turns out bad after the switch, where the web server does not show the candidate', () => {
  beforeAll(() => scene.hideCandidate());

  /**
   * Visitors do get what is wrong here between the switch and the way back. What can be promised is that this is over
   * within moments, and is nobody's lot after it.
   */
  test.for([
    {
      fault: 'bad-through-nginx',
      within: 1_000,
      says: ['/healthz answered 500, not 200', 'Health answer: 500', 'no visitors, please'],
    },
    { fault: 'die-through-nginx', within: 2_000, says: ['[INFO] Handling signal: term'] },
  ] as const)('$fault: the site falls back by itself', async ({ fault, within, says }) => {
    const before = await scene.status();
    const commit = await scene.repo.commit({ version: fault, break: fault });
    const { step: run, seen, records } = await scene.underLoad(() => scene.deploy());
    expect(run, run.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: good, previous: good } });
    expect(run.log).toContain(`Fell back: ${good} serves again.`);
    expect(run.log).toContain('the web server does not show the candidate');
    for (const words of says) {
      expect(run.log).toContain(words);
      expect(textOf(run.summary)).toContain(words);
    }
    expect(run.summary).toMatch(/^<h2>❌ fell-back: shop \(staging\)<\/h2>/);

    const after = await scene.status();
    const bad = after.releases[0];
    expect(bad).toMatchObject({ commit, state: 'failed', links: [] });
    expect(live(after)).toEqual(live(before));
    expect(after.links).toEqual(before.links);
    const switched = Date.parse((await scene.journal()).findLast(({ step }) => step === 'switch')?.at ?? '');
    const failed = records.filter(({ status }) => status === null || status >= 400);
    for (const { start, release } of failed) {
      expect(start - switched).toBeGreaterThan(-50);
      expect(start - switched).toBeLessThan(within);
      expect([bad?.id, null]).toContain(release);
    }
    expect(failed.length).toBeLessThan(within / 20);
    // The switch did happen, and the last ones got the old release again.
    expect(seen.releases).toEqual([good, bad?.id]);
    expect(seen.returned).toEqual([good]);
    expect(records.findLast(({ release }) => release !== null)?.release).toBe(good);

    // A visitor who caught a page of the bad release finds its style sheet; so does one with a page from before.
    const staticfiles = await scene.host.readFile(`${scene.site.root}/releases/${bad?.id}/static/staticfiles.json`);
    const sheet: string = JSON.parse(staticfiles).paths['orders/shop.css'];
    const caught = await scene.visit(`/static/${sheet}`);
    expect(caught).toMatchObject({ status: 200 });
    expect(caught.body).toContain(`--version: "${fault}"`);
    for (const path of await assetsOf(scene, page))
      expect(await scene.visit(path), path).toMatchObject({ status: 200 });
    expect(await tidied(scene.host, scene.site)).toEqual([]);
  });
});
