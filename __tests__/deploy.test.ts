import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lasting } from '../testbed/inside.ts';
import { MANAGER } from '../testbed/manager.ts';
import { assetsOf, live, openScene, type Scene } from '../testbed/scene.ts';
import { tidied } from '../testbed/tidied.ts';

let scene: Scene;
let current: string;

beforeAll(async () => {
  scene = await openScene();
  current = `${scene.site.root}/current`;
});

afterAll(() => scene?.[Symbol.asyncDispose]());

/** Everything under the root and when it changed, but for the installed host program and its counter of requests. */
async function untouchedFiles(): Promise<string> {
  const { root } = scene.site;
  const changing = ['bin', '.op', ...MANAGER.settled];
  const kept = [...changing.flatMap((path) => ['-path', `${root}/${path}`, '-prune', '-o']), '-mindepth', '1'];
  return scene.host.must(['find', root, ...kept, '-printf', '%p %m %u %g %T@ %l\n']);
}

describe('where `current` is not a link of Graceful', () => {
  test.for([
    { says: "is a folder, not a link of Graceful's", make: ['mkdir', '-p'], target: [] },
    { says: "is a file, not a link of Graceful's", make: ['touch'], target: [] },
    {
      says: "is a link to /srv/capistrano/releases/7, not one of Graceful's",
      make: ['ln', '-s'],
      target: ['/srv/capistrano/releases/7'],
    },
    // It looks like ours, and nothing of ours is behind it.
    {
      says: 'names 20200101T000000Z-abcdef1, and that release is not there',
      make: ['ln', '-s'],
      target: ['releases/20200101T000000Z-abcdef1'],
    },
  ])('current $says: a deploy is refused before anything is built', async ({ says, make, target }) => {
    await scene.repo.commit({ version: '1' });
    await scene.host.must([...make, ...target, current]);
    const before = await untouchedFiles();
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({ code: 69 });
    expect(run.log).toContain(`${current} ${says}`);
    expect(run.log).not.toMatch(/::group::(Build|Ship|Deploy)/);
    expect(await untouchedFiles()).toBe(before);
    await scene.host.must(['rm', '-d', current]);
  });
});

describe('the first deploy ever', () => {
  test('one that fails before the switch leaves nothing serving, as before', async () => {
    await scene.repo.commit({ version: '1', break: '500', config: { health: { timeout: '4s' } } });
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({
      code: 1,
      outputs: { result: 'failed', release: '', previous: '', commit: '' },
    });
    expect(run.log).toContain('RuntimeError: the shop is out of order');
    expect(run.log).toContain('Nothing serves yet, as before.');
    await expectNothingServes(1);
  });

  test('one that fails after the switch takes `current` away again, and says so', async () => {
    await scene.hideCandidate();
    await scene.repo.commit({ version: '1', break: 'bad-through-nginx' });
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: '', previous: '' } });
    expect(run.log).toMatch(/^switch +nothing -> \S+ in /m);
    expect(run.log).toContain('It was the first release: `current` is removed, nothing serves.');
    expect(run.summary).toMatch(/^<h2>❌ failed: shop \(staging\)<\/h2>/);
    await expectNothingServes(2);
  });

  async function expectNothingServes(failed: number): Promise<void> {
    const { links, releases } = await scene.status();
    expect(links).toEqual({ current: null, previous: null, working: null, previousWorking: null });
    expect(releases.map(({ state }) => state)).toEqual(Array(failed).fill('failed'));
    expect((await scene.host.exec(['ls', current])).code).not.toBe(0);
    expect(await tidied(scene.host, scene.site)).toEqual([]);
    expect(await scene.visit()).toMatchObject({ status: 502 });
  }

  test('a good one migrates the empty database and is live', async () => {
    const commit = await scene.repo.commit({ version: '1', config: { migrate: true } });
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({
      code: 0,
      outputs: {
        ...{ result: 'live', previous: '', commit, url: scene.site.url },
        // Nothing served before.
        ...{ 'failed-requests': '', 'worst-latency-ms': '' },
      },
    });
    const release = run.outputs['release'] ?? '';
    expect(release).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-${commit.slice(0, 7)}$`));
    expect(run.log).toContain('Applying orders.0001_initial... OK');
    expect(await scene.visit()).toMatchObject({ status: 200, headers: { 'x-release': release } });
    const { links } = await scene.status();
    expect(links).toEqual({ current: release, previous: null, working: null, previousWorking: null });
  });

  test('its manage.py runs on the host with `graceful manage`, as the site', async () => {
    const { host, site } = scene;
    const manage = (...argv: string[]) =>
      host.exec([`${site.root}/bin/graceful`, 'manage', ...argv], { user: host.deployUser });
    expect(await manage('showmigrations', 'orders')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('[X] 0001_initial'),
    });
    const user = await manage('shell', '-c', 'import getpass; print("I am", getpass.getuser())');
    expect(user.stdout).toContain(`I am ${MANAGER.siteUser(site.site)}`);
    // Its exit status is what is passed on.
    expect(await manage('no-such-command')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Unknown command: 'no-such-command'"),
    });
  });
});

describe('version 2 over version 1', () => {
  test('no request fails, and the answer changes once', async () => {
    const old = live(await scene.status());
    const page = (await scene.visit()).body;
    const assets = await assetsOf(scene, page);
    expect(assets).toHaveLength(2);
    const before = await Promise.all(assets.map((path) => scene.visit(path)));
    const orders = await ordersSoFar();
    const oldCommit = await scene.repo.git('rev-parse', 'HEAD');
    const commit = await scene.repo.commit({ version: '2' });
    const { step: run, seen } = await scene.underLoad(() => scene.deploy());
    expect(run, run.log).toMatchObject({
      code: 0,
      outputs: {
        ...{ result: 'live', previous: old.release, commit, url: scene.site.url },
        ...{ 'failed-requests': '0', 'worst-latency-ms': expect.stringMatching(/^\d+$/) },
      },
    });
    for (const line of [
      /0 of \d+ requests through the host's web server failed/,
      /0 of \d+ requests to the public URL failed/,
    ])
      expect(run.log).toMatch(line);
    expect(run.summary).toMatch(/<b>Downtime<\/b><\/td><td>0 of \d+ requests [^<]*<br>0 of \d+ requests [^<]*<\/td>/);
    const release = run.outputs['release'];
    expect(seen).toMatchObject({ failed: 0, failures: [], mismatched: 0, changedOnce: true, versions: ['1', '2'] });
    expect(seen.releases).toEqual([old.release, release]);
    expect(seen.posts).toBeGreaterThan(20);
    expect(seen.styleSheets).toBeGreaterThan(20);
    // Every order that was answered is in the database, once.
    expect((await ordersSoFar()) - orders).toBe(seen.posts);

    // A page of version 1 in a browser still finds its own files, unchanged.
    for (const [place, path] of assets.entries()) {
      const answer = await scene.visit(path);
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
      expect(answer.body).toBe(before[place]?.body);
    }
    const status = await scene.status();
    expect(status.links).toMatchObject({ current: release, previous: old.release });
    expect(status.backends.map((one) => [one.release, one.role, one.up])).toEqual([
      [old.release, 'standby', true],
      [release, 'active', true],
    ]);
    expect(status.backends[0]?.pid).toBe(old.pid);

    expect(run.summary).toMatch(/^<h2>✅ live: shop \(staging\)<\/h2>/);
    const link = (sha: string) =>
      `<a href="https://github.com/example/shop/commit/${sha.slice(0, 7)}">${sha.slice(0, 7)}</a>`;
    expect(run.summary).toContain(
      `<code>${old.release}</code> (${link(oldCommit)}) → <code>${release}</code> (${link(commit)})`,
    );
    expect(run.summary).toContain(`shop on ${scene.host.address}`);
    expect(run.summary).toContain(
      `<p><b>1 commit</b> (<a href="https://github.com/example/shop/compare/${oldCommit}...${commit}">`,
    );
    expect(run.summary).toMatch(/```mermaid\ngantt\n[^`]*\n {4}switch [\d.]+ s :\d+, \d+\n/);
    expect(run.summary).toMatch(/<b>Sent<\/b><\/td><td>\d+ objects, [\d.]+ kB; environment already on the host</);
    const rows = [...run.summary.matchAll(/<tr><td>([\w-]+)<\/td><td>[\d.]+ m?s</g)].map(([, name]) => name);
    expect(rows).toEqual([
      ...['Read', 'Connect', 'Plan', 'Compare', 'Build', 'Ship', 'Deploy'],
      ...['stage', 'prepare', 'start', 'check', 'switch', 'verify', 'confirm'],
    ]);
  });

  test('status tells the same to a job, in its outputs and its log', async () => {
    const { type: _, ...told } = await scene.status();
    const run = await scene.command({ command: 'status' });
    expect(run, run.log).toMatchObject({
      code: 0,
      outputs: { release: told.links.current, previous: told.links.previous, url: scene.site.url },
    });
    expect(run.outputs['commit']).toBe(await scene.repo.git('rev-parse', 'HEAD'));
    expect(lasting(JSON.parse(run.outputs['status'] ?? ''))).toEqual(told);
    expect(run.log).toContain(`Live: ${told.links.current}`);
    expect(run.log).toContain(`A rollback goes to: ${told.links.previous}`);
    expect(run.summary).toContain(`Live: ${told.links.current}`);
  });
});

describe('migrate', () => {
  test('does nothing where nothing is pending', async () => {
    await scene.repo.commit({ version: '3', config: { migrate: true } });
    const { length } = await scene.journal();
    const run = await scene.deploy();
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log).toContain('no migration pending');
    expect((await scene.journal()).slice(length).map(({ step }) => step)).not.toContain('migrate');
  });

  test('that fails leaves the old release serving, with its traceback in the log', async () => {
    const before = await scene.status();
    const old = before.links.current;
    await scene.repo.commit({ version: '5', break: 'migration', config: { migrate: true } });
    const { length } = await scene.journal();
    const { step: run, seen } = await scene.underLoad(() => scene.deploy());
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: old, previous: old } });
    expect(run.log).toContain('migrate ended with exit status 1');
    expect(run.log).toContain('django.db.utils.OperationalError: no such table: orders_invoice');
    expect(run.summary).toContain('django.db.utils.OperationalError: no such table: orders_invoice');
    expect(seen).toMatchObject({ failed: 0, failures: [], releases: [old] });
    expect((await scene.journal()).slice(length).map(({ step }) => step)).not.toContain('start');
    const after = await scene.status();
    expect(live(after)).toEqual(live(before));
    expect(after.links).toEqual(before.links);
    expect(after.releases[0]).toMatchObject({ state: 'failed', links: [] });
  });

  test('applies what is pending before the new release starts; no request fails', async () => {
    await scene.repo.commit({ version: '4', migration: true, config: { migrate: true } });
    const { length } = await scene.journal();
    const { step: run, seen } = await scene.underLoad(() => scene.deploy());
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log).toContain('Applying orders.0002_order_note... OK');
    expect(seen).toMatchObject({ failed: 0, failures: [], changedOnce: true, mismatched: 0 });
    const steps = (await scene.journal()).slice(length).map(({ step }) => step);
    expect(steps.indexOf('migrate')).toBeGreaterThan(-1);
    expect(steps.indexOf('migrate')).toBeLessThan(steps.indexOf('start'));
  });

  test('stands in the way of a rollback: it is named, and nothing is touched', async () => {
    const before = await scene.status();
    const { length } = await scene.journal();
    const run = await scene.command({ command: 'rollback' });
    expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: before.links.current } });
    expect(run.log).toContain(`the database is ahead of ${before.links.previous} by orders.0002_order_note`);
    expect(run.log).toContain('database-ahead: true');
    expect(await scene.journal()).toHaveLength(length);
    expect(await scene.status()).toEqual(before);
  });

  test('is not taken back by a rollback that goes all the same, and names what the database is ahead by', async () => {
    const run = await scene.command({ command: 'rollback', 'database-ahead': 'true' });
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    const { release } = run.outputs;
    expect(run.log).toContain(`The database stays as it is, ahead of ${release} by orders.0002_order_note.`);
  });
});

async function ordersSoFar(): Promise<number> {
  return Number(/(\d+) orders so far/.exec((await scene.visit()).body)?.[1]);
}
