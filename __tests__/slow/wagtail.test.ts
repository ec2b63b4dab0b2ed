import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Editor } from '../../testbed/editor.ts';
import { blocksOf } from '../../testbed/guide.ts';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { type Answer, fetchOnce } from '../../testbed/http.ts';
import { readJournal } from '../../testbed/inside.ts';
import { startLoad, summarise } from '../../testbed/load.ts';
import { runStep, type StepResult } from '../../testbed/runner.ts';
import { type HostedSite, provisionSite } from '../../testbed/site.ts';
import { startWagtail, type WagtailRepo } from '../../testbed/wagtail.ts';

/** Somebody else's site: what docs/wagtail.md says, done with what `wagtail start` makes. */

const stack = new AsyncDisposableStack();
let host: TestHost;
let site: HostedSite;
let repo: WagtailRepo;
const releases = { first: '', second: '' };
/** Where the page of the first version finds its style sheet. */
let firstSheet: string;
/** Where the first version showed the uploaded image. */
let rendition: string;

const PASSWORD = 'correct horse battery staple';

/** The home page gets an introduction, which the database itself fills in: the old code does not know of it. */
const MODELS = `from django.db import models

from wagtail.admin.panels import FieldPanel
from wagtail.models import Page


class HomePage(Page):
    intro = models.CharField(max_length=250, blank=True, db_default="Tea, and what goes with it")

    content_panels = [*Page.content_panels, FieldPanel("intro")]
`;
const TEMPLATE = `{% extends "base.html" %}

{% block content %}<p>{{ page.intro }}</p>{% endblock %}
`;

beforeAll(async () => {
  host = stack.use(await startHost({ image: 'postgresql', srvMegabytes: 1024 }));
  site = await provisionSite(host, { site: 'mysite', dotenv: {}, tick: false });
  const commands = (await blocksOf('docs/wagtail.md')).filter(({ language }) => language === 'sh');
  for (const { text } of commands) {
    await host.must(['sh', '-eu'], { input: text.replaceAll('www.example.org', host.address) });
  }
  repo = stack.use(await startWagtail(host.address));
});

afterAll(() => stack.disposeAsync());

function step(inputs: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  const access = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts };
  return runStep({ workspace: repo.path, inputs: { ...access, ...inputs } });
}

/** Notes the release of a version that went live. */
function live(version: 'first' | 'second', run: StepResult): void {
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  releases[version] = run.outputs['release'] ?? '';
}

const visit = (path: string): Promise<Answer> => fetchOnce(new URL(path, site.url).href);

/** Steps of the journal since `from` records were there. */
async function steps(from = 0): Promise<string[]> {
  return (await readJournal(host, site.root)).slice(from).map((record) => record.step);
}

const manage = (argv: string[], input = ''): Promise<string> =>
  host.must([`${site.root}/bin/graceful`, 'manage', ...argv], { user: host.deployUser, input });

/** The release that serves. */
const current = async (): Promise<string> =>
  (await host.must(['readlink', `${site.root}/current`])).trim().replace('releases/', '');

/** How often the database notes a migration as applied. */
const applied = async (name: string): Promise<number> => {
  const query = `SELECT count(*) FROM django_migrations WHERE app = 'home' AND name = '${name}'`;
  return Number(await host.must(['psql', '--tuples-only', 'mysite', '--command', query], { user: 'postgres' }));
};

/** Address of the style sheet that a page names: with a hash of its content. */
const sheetOf = (page: string): string => /<link rel="stylesheet"[^>]* href="([^"]+)"/.exec(page)?.[1] ?? 'none';

/** Runs a step while visitors come to a page, the editors' door and an uploaded image: before, meanwhile and after. */
async function underLoad(work: () => Promise<StepResult>): Promise<StepResult> {
  // Few enough that the one process which serves the site keeps up on a busy machine.
  await using load = await startLoad(host, { paths: ['/', '/admin/login/', rendition], rate: 10 });
  await sleep(500);
  const run = await work();
  await sleep(1_000);
  const seen = summarise(await load.stop());
  expect(seen).toMatchObject({ failed: 0, failures: [] });
  expect(seen.requests).toBeGreaterThan(15);
  return run;
}

test("the first version is live: pages, the editors' door, static files with hashed names", async () => {
  expect((await repo.read('graceful.yml')).trim().split('\n').length).toBeLessThanOrEqual(10);
  await repo.commit('What wagtail start made, and four files');
  live('first', await step());

  const page = await visit('/');
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Welcome to your new Wagtail site!') });
  expect((await visit('/admin/')).headers).toMatchObject({ location: '/admin/login/?next=/admin/' });
  expect((await visit('/admin/login/')).status).toBe(200);
  firstSheet = sheetOf(page.body);
  expect(firstSheet).toMatch(/^\/static\/css\/mysite\.[0-9a-f]{12}\.css$/);
  expect(await visit(firstSheet)).toMatchObject({ status: 200, headers: { 'content-type': 'text/css' } });

  expect(await manage(['showmigrations'])).not.toContain('[ ]');
  const done = await steps();
  expect(done.indexOf('migrated')).toBeGreaterThan(0);
  expect(done.indexOf('migrated')).toBeLessThan(done.indexOf('switch'));
});

test('what an editor uploads lies in shared/media, and the web server serves it from there', async () => {
  const person = `username="editor", email="editor@example.org", password="${PASSWORD}"`;
  const program = `from django.contrib.auth.models import User\nUser.objects.create_superuser(${person})\n`;
  await manage(['shell'], program);
  const editor = await Editor.login(site.url, 'editor', PASSWORD);
  rendition = await editor.upload('Red square');
  expect(await visit(rendition)).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
  const files = await host.must(['find', `${site.root}/shared/media`, '-type', 'f', '-printf', '%P %u %m\n']);
  expect(files.trim().split('\n').toSorted()).toEqual([
    `${rendition.replace('/media/', '')} mysite 644`,
    'original_images/square.png mysite 644',
  ]);
});

test('the second version, with a migration, goes live without a lost request', async () => {
  await repo.write({
    'home/models.py': MODELS,
    'home/templates/home/home_page.html': TEMPLATE,
    'mysite/static/css/mysite.css': 'body { margin: 3rem; }\n',
  });
  await repo.makeMigration('home', 'intro');
  await repo.commit('Pages have an introduction');
  const { length } = await steps();
  live('second', await underLoad(step));

  const done = await steps(length);
  expect(done.filter((name) => name === 'migrate')).toEqual(['migrate']);
  expect(done.indexOf('migrated')).toBeLessThan(done.indexOf('switch'));
  expect(await applied('0003_intro')).toBe(1);
  const page = await visit('/');
  expect(page.body).toContain('Tea, and what goes with it');
  const sheet = sheetOf(page.body);
  expect(sheet).not.toBe(firstSheet);
  expect((await visit(sheet)).body).toBe('body { margin: 3rem; }\n');
  expect((await visit(firstSheet)).status).toBe(200);

  // The same upload: as the first version showed it, and in a size that only this one has made.
  expect((await visit(rendition)).status).toBe(200);
  const editor = await Editor.login(site.url, 'editor', PASSWORD);
  const larger = await editor.imageOn('/admin/images/1/');
  expect(larger).not.toBe(rendition);
  expect(await visit(larger)).toMatchObject({ status: 200, headers: { 'content-type': 'image/png' } });
});

test('a rollback leaves the database as it is, and says so', async () => {
  const run = await underLoad(() => step({ command: 'rollback', 'database-ahead': 'true' }));
  const { first } = releases;
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', release: first } });
  expect(run.log).toContain(`The database stays as it is, ahead of ${first} by home.0003_intro.`);
  expect(await applied('0003_intro')).toBe(1);
  const page = await visit('/');
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('Welcome to your new Wagtail site!') });
  expect(sheetOf(page.body)).toBe(firstSheet);
  expect((await visit(rendition)).status).toBe(200);
});

test('the development settings, which manage.py names, are told', async () => {
  const config = await repo.read('graceful.yml');
  await repo.write({ 'graceful.yml': config.replace(/^django:.*\n/m, '') });
  await repo.commit('Forget the settings');
  const before = await current();
  const run = await step();
  await repo.write({ 'graceful.yml': config });
  await repo.commit('Name them again');
  expect(run.log).toContain('mysite.settings.dev has DEBUG = True');
  expect(run.log).toContain('name another one by django: { settings: ... } in graceful.yml');
  // Their SQLite file would lie in the code, which is read-only.
  expect(run).toMatchObject({ code: 1, outputs: { result: 'failed', release: before } });
});

test('the newest Django, which wagtail start asks for, is told at its line to be for another Python', async () => {
  const requirements = await repo.read('requirements.txt');
  await repo.write({ 'requirements.txt': `${repo.generated}gunicorn\npsycopg[binary]\ndj-database-url\n` });
  await repo.commit('As it was made');
  const run = await step();
  await repo.write({ 'requirements.txt': requirements });
  await repo.commit('For the Python of the host');
  expect(run).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  const [, version] = /^Django(.*)$/m.exec(repo.generated) ?? [];
  expect(version).toMatch(/^>=6/);
  expect(run.log).toMatch(/requirements\.txt:1: Django\S+ needs Python >=3\.12, and the site runs on 3\.11/);
});

test('a database that is down leaves the site as it is, and is told as what it is', async () => {
  const before = await current();
  await host.must(['systemctl', 'stop', 'postgresql']);
  const run = await step();
  await host.must(['systemctl', 'start', 'postgresql']);
  expect(run).toMatchObject({ code: 1, outputs: { result: 'failed', release: before } });
  expect(run.log).toContain('the database was not reached or not understood');
  expect(run.log).toContain('connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed');
  expect((await visit('/')).status).toBe(200);
});
