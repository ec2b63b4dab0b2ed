/** A shop of django-oscar's apps with more than 60 packages, locked by uv: `fixtures/oscar`, put live, upgraded, and got wrong. */
import { execFileSync } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { type Answer, fetchOnce } from '../../testbed/http.ts';
import { readJournal } from '../../testbed/inside.ts';
import { startLoad, summarise } from '../../testbed/load.ts';
import { runStep, type StepResult } from '../../testbed/runner.ts';
import { type HostedSite, provisionSite } from '../../testbed/site.ts';
import { git, installers, scratchFolder, thisPython, writeFiles } from '../build.fixtures.ts';
import { faultsOfStep } from '../fixtures/wrong/faults.ts';

const PROJECT = join(import.meta.dirname, '../fixtures/oscar');

const stack = new AsyncDisposableStack();
let host: TestHost;
let site: HostedSite;
/** The checkout. */
let top: string;
/** The runner's environment, which has uv. */
let env: { PATH: string };
/** The page of what the shop sells. */
let product: string;
/** What the browser of a visitor with something in the basket keeps. */
let cookie: string;
/** Where the first version has the shop's style sheet. */
let firstSheet: string;

/** The owner's first product, with a picture of which pages show a small one. */
const SELL = `
from io import BytesIO
from django.core.files.base import ContentFile
from oscar.core.loading import get_model
from oscar.test.factories import create_product
from PIL import Image

tea = create_product(title="First flush", price="12.50", num_in_stock=9)
picture = BytesIO()
Image.new("RGB", (900, 900), "darkgreen").save(picture, "PNG")
get_model("catalogue", "ProductImage").objects.create(product=tea, original=ContentFile(picture.getvalue(), "tea.png"))
print(tea.get_absolute_url())
`;

const graceful = (): string => `software: sandbox
build-env: { SECRET_KEY: build, ALLOWED_HOSTS: build }
shared: { dirs: [data], public: [media], files: [.env] }
health: { path: /catalogue/, timeout: 60s }
migrate: true
stages:
  production: { branch: main, host: ${host.address}, url: "http://${host.address}" }
`;

beforeAll(async () => {
  const scratch = stack.use(await scratchFolder());
  top = join(scratch.path, 'checkout');
  await cp(PROJECT, top, { recursive: true });
  git(scratch.path, 'init', '--quiet', '--initial-branch=main', top);
  env = { PATH: installers(await thisPython()).uv['PATH'] ?? '' };
  host = stack.use(await startHost({ srvMegabytes: 1024 }));
  const known = { SECRET_KEY: 'what-only-this-host-knows', ALLOWED_HOSTS: host.address };
  site = await provisionSite(host, { site: 'sandbox', dotenv: known, tick: false });
});

afterAll(() => stack.disposeAsync());

/** Commits the project with some files in place of its own, and deploys that. */
async function deploy(files: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  await writeFiles(top, { 'graceful.yml': graceful(), ...files });
  git(top, 'add', '--all');
  git(top, 'commit', '--quiet', '--allow-empty', '--message', 'A version');
  const inputs = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts };
  // Whom this machine trusts, where it says so to programs that do not ask the system.
  const { SSL_CERT_FILE } = process.env;
  return runStep({ workspace: top, inputs, env: { ...env, ...(SSL_CERT_FILE && { SSL_CERT_FILE }) } });
}

/** Deploys files that must fail before the host is changed, and takes them back. @returns `place: what | mend` of each fault */
async function refused(files: Readonly<Record<string, string>>): Promise<string[]> {
  const before = await current();
  const run = await deploy(files);
  git(top, 'reset', '--quiet', '--hard', 'HEAD~1');
  expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  expect(await current()).toBe(before);
  return faultsOfStep(run, 'The site is as it was.');
}

const visit = (path: string): Promise<Answer> => fetchOnce(new URL(path, site.url).href, { headers: { cookie } });

const current = (): Promise<string> => host.must(['readlink', `${site.root}/current`]);

const manage = (argv: string[], input = ''): Promise<string> =>
  host.must([`${site.root}/bin/graceful`, 'manage', ...argv], { user: host.deployUser, input });

/** The last line of what a program says in the live release, as the site's user. */
const inSite = async (program: string): Promise<string> =>
  (await manage(['shell'], program)).trim().split('\n').at(-1) ?? '';

const steps = async (): Promise<string[]> => (await readJournal(host, site.root)).map(({ step }) => step);

/** Addresses of files that a page names. */
const filesOf = (page: string): string[] =>
  [...page.matchAll(/(?:href|src)="(\/(?:static|media)\/[^"]+)"/g)].map(([, path = '']) => path);

/** Remembers the cookies of an answer, as a browser does. */
function keepCookies({ headers }: Answer): void {
  const set = [headers['set-cookie'] ?? []].flat().map((line) => line.split(';', 1)[0] ?? '');
  cookie = [cookie, ...set].filter((one) => one !== '').join('; ');
}

/** A setting added to the end of the settings, or one more app. */
async function settings(change: { app?: string; lines?: string }): Promise<Record<string, string>> {
  const file = 'sandbox/settings.py';
  const text = await readFile(join(PROJECT, file), 'utf8');
  const apps = change.app === undefined ? text : text.replace('    "drf_spectacular",', `    "${change.app}",`);
  return { [file]: `${apps}${change.lines ?? ''}` };
}

test('the first version is live, with more than 60 locked packages and all tables of the shop', async () => {
  const run = await deploy();
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(run.log).toContain('packages from uv.lock\n');
  const count = Number(/<b>Packages:<\/b> (\d+) packages</.exec(run.summary)?.[1]);
  expect(count).toBeGreaterThan(60);
  const installed = 'from importlib.metadata import distributions\nprint(len(list(distributions())))\n';
  expect(Number(await inSite(installed))).toBe(count);
  const modules = 'celery, cryptography.fernet, lxml.etree, psycopg_binary, redis, rest_framework, stripe';
  expect(await inSite(`import ${modules}, oscar\nprint(oscar.VERSION[:2])\n`)).toBe('(4, 1)');

  const done = await steps();
  expect(done.indexOf('migrated')).toBeGreaterThan(0);
  expect(done.indexOf('migrated')).toBeLessThan(done.indexOf('switch'));
  expect(await manage(['showmigrations'])).not.toContain('[ ]');
});

test('its pages are served: the catalogue, a product with its picture, a search, the basket, the dashboard, the API', async () => {
  product = await inSite(SELL);
  cookie = '';
  expect(await visit('/')).toMatchObject({ status: 302, headers: { location: '/catalogue/' } });
  for (const path of ['/catalogue/', '/offers/', '/accounts/login/', '/dashboard/login/', '/admin/login/']) {
    expect({ path, status: (await visit(path)).status }).toEqual({ path, status: 200 });
  }
  expect((await visit('/dashboard/')).headers).toMatchObject({ location: '/dashboard/login/?next=/dashboard/' });
  expect((await visit('/search/?q=flush')).body).toContain('First flush');
  expect((await visit('/api/schema/')).body).toMatch(/^openapi: /);

  const page = await visit(product);
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('First flush') });
  const files = filesOf(page.body);
  firstSheet = files.find((path) => path.endsWith('.css')) ?? 'none';
  expect(firstSheet).toMatch(/^\/static\/oscar\/css\/styles\.[0-9a-f]{12}\.css$/);
  expect(files.filter((path) => path.startsWith('/media/cache/'))).toHaveLength(1);
  for (const path of files) expect({ path, status: (await visit(path)).status }).toEqual({ path, status: 200 });

  keepCookies(page);
  const token = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page.body)?.[1] ?? 'none';
  const form = /<form id="add_to_basket_form" action="([^"]+)"/.exec(page.body)?.[1] ?? 'none';
  const bought = await fetchOnce(new URL(form, site.url).href, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrfmiddlewaretoken: token, quantity: '2' }).toString(),
  });
  expect(bought).toMatchObject({ status: 302, headers: { location: '/basket/' } });
  keepCookies(bought);
  expect((await visit('/basket/')).body).toContain('First flush');
});

test('another version of one package, with its migrations: no request is lost, the summary names it', async () => {
  execFileSync('uv', ['lock', '--quiet', '--upgrade-package', 'django-oscar==4.2.1'], {
    cwd: top,
    env: { ...process.env, ...env },
  });
  await using load = await startLoad(host, { paths: ['/catalogue/', product, firstSheet], rate: 6 });
  await sleep(500);
  const run = await deploy();
  await sleep(1_000);
  const seen = summarise(await load.stop());
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(seen).toMatchObject({ failed: 0, failures: [] });
  expect(seen.requests).toBeGreaterThan(15);

  expect(run.summary).toContain('<b>Packages:</b> django-oscar 4.1 -&gt; 4.2.1</p>');
  expect(await inSite('import oscar\nprint(oscar.VERSION[:3])\n')).toBe('(4, 2, 1)');
  expect(await manage(['showmigrations', 'address'])).toContain('[X] 0007_useraddress_code');
  // What the visitor has put into the basket is still in it, and the page that is still open finds its style sheet.
  expect((await visit('/basket/')).body).toContain('First flush');
  const files = filesOf((await visit(product)).body);
  for (const path of [...files, firstSheet]) {
    expect({ path, status: (await visit(path)).status }).toEqual({ path, status: 200 });
  }
});

test('what is wrong with such a site is told before the host is changed', async () => {
  expect(await refused(await settings({ app: 'django_extensions' }))).toEqual([
    "sandbox/settings.py:21: sandbox.settings could not be loaded in the runner: ModuleNotFoundError: No module named 'django_extensions' | add the package of django_extensions to the requirements, or mend the import",
  ]);
  const asks = `
import sqlite3
with sqlite3.connect(DATABASES["default"]["NAME"]) as database:
    OSCAR_SHOP_NAME = database.execute("SELECT name FROM django_site").fetchone()[0]
`;
  expect(await refused(await settings({ lines: asks }))).toEqual([
    'sandbox/settings.py:85: the database was asked while sandbox.settings and its apps were loaded, and the runner has none (OperationalError: unable to open database file) | ask it later: not when a module is imported, and not in the ready() of an app',
  ]);
  const pyproject = await readFile(join(PROJECT, 'pyproject.toml'), 'utf8');
  expect(await refused({ 'pyproject.toml': pyproject.replace('"stripe"', '"stripe<10"') })).toEqual([
    'pyproject.toml:22: uv.lock was made for stripe, and the project asks for stripe<10 | uv lock, and commit uv.lock',
  ]);
});
