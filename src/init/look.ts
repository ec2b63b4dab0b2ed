/** Looks at a project: what stands in it, and what can only be guessed. */
import { readFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { findDjango } from '../build/django/django.ts';
import { moduleFile, settingsFiles } from '../build/django/modules.ts';
import { variablesWanted } from '../build/django/settings-variables.ts';
import { findRequirements } from '../build/locks/choose.ts';
import { SITE, SYSTEM_NAMES } from '../config/patterns.ts';
import { INTERFACES } from '../servers/interface.ts';
import { SERVER_NAMES } from '../servers/servers.ts';
import { repositoryName } from './branches.ts';
import { type Entry, type Finding, found, guess, lacking, type Project } from './finding.ts';
import { packagesIn } from './packages.ts';
import { processesOf } from './processes.ts';
import { pythonOf } from './python.ts';
import { folderIn, healthIn, lastOf, sqliteIn } from './settings-text.ts';
import { type Known, stagesOf } from './stages.ts';
import { tellOf } from './told.ts';

/** Modules of settings for a host, by their usual names. */
const LIVE = ['production', 'prod', 'live', 'deploy'];
/** Packages of settings whose name says nothing of the site. */
const NO_NAMES = ['config', 'conf', 'core', 'project', 'settings', 'app', 'backend', 'src', 'django', 'web', 'main'];

/** @param project folder of manage.py @throws BuildError where there is no Django project, or no file says what it needs */
export async function look(top: string, project: string, known: Known): Promise<Project> {
  const first = await findDjango(top, { project, settings: undefined, application: undefined }, INTERFACES);
  const folder = join(top, first.project);
  const settings = await liveSettings(folder, first.settings);
  const django = { ...first, settings };
  const text = await settingsText(folder, settings, first.settings);
  const requirements = await findRequirements(top, django.project);
  const packages = await packagesIn(top, requirements);
  const inProject = (path: string) => (django.project === '.' ? path : posix.join(django.project, path));
  const server = SERVER_NAMES.find((name) => packages.has(name));
  const processes = await processesOf(folder, settings, text, packages);
  const secrets = secretsOf(text);
  const common: Entry[] = [
    await nameOf(top, settings),
    ...djangoEntry(django, first.settings),
    ...(server === undefined || server === 'gunicorn' ? [] : [found('server', server, requirements)]),
    ...processes.entries,
    ...sharedEntry(text, inProject),
    ...(secrets.length === 0 ? [] : [guess('build-env', dummies(secrets), 'what has to be there for collectstatic')]),
    await healthEntry(folder, text),
    guess('migrate', true, 'before the new release starts'),
  ];
  const others: Finding[] = [
    { mark: 'found', what: 'requirements', value: requirements, why: 'what is installed' },
    { mark: 'found', what: 'application', value: django.application, why: 'what the server serves' },
    ...(server === undefined ? [lacking('server', `add gunicorn to ${requirements}`)] : []),
    ...processes.others,
    ...tellOf(text, packages, secrets),
  ];
  const python = await pythonOf(top, django.project);
  return {
    common,
    stages: await stagesOf(top, text, known),
    secrets,
    python: python.value,
    others: [...others, python],
  };
}

/** The settings for a host, beside those that manage.py names; these where there are no others. */
async function liveSettings(folder: string, named: string): Promise<string> {
  const parts = named.split('.');
  const file = await moduleFile(folder, named);
  const parents = [...(file?.endsWith('/__init__.py') ? [parts] : []), parts.slice(0, -1)];
  for (const parent of parents)
    for (const name of LIVE) {
      const module = [...parent, name].join('.');
      if (module !== named && (await moduleFile(folder, module)) !== null) return module;
    }
  return named;
}

/** The text of those that the settings come from, then their own: what stands later wins, as when they are read. */
async function settingsText(folder: string, settings: string, named: string): Promise<string> {
  const own = await settingsFiles(folder, settings);
  // `shop/production.py` begins with `from .settings import *`.
  const besides = own.length === 1 && settings !== named ? await settingsFiles(folder, named) : [];
  const files = [...new Set([...own, ...besides])].toReversed();
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('\n');
}

async function nameOf(top: string, settings: string): Promise<Entry> {
  const [module = ''] = settings.split('.');
  const sources = [
    ...(NO_NAMES.includes(module) ? [] : [{ text: module, why: 'the package of the settings' }]),
    { text: (await repositoryName(top)) ?? '', why: "the repository's name" },
    { text: basename(top), why: "the folder's name" },
    { text: 'site', why: 'nothing has a name' },
  ];
  for (const { text, why } of sources) {
    const name = text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '')
      .slice(0, 32);
    if (SITE.test(name) && !SYSTEM_NAMES.has(name) && name !== 'deploy') return guess('software', name, why);
  }
  return guess('software', 'site', 'nothing has a name');
}

function djangoEntry(django: { project: string; settings: string }, named: string): Entry[] {
  const value = {
    ...(django.project === '.' ? {} : { project: django.project }),
    ...(django.settings === named ? {} : { settings: django.settings }),
  };
  if (Object.keys(value).length === 0) return [];
  const why = [
    ...(django.project === '.' ? [] : ['manage.py is there']),
    ...(django.settings === named ? [] : [`beside ${named}, which manage.py names`]),
  ];
  return [found('django', value, why.join('; '))];
}

/** What the site writes into its own folder has to outlive releases. */
function sharedEntry(text: string, inProject: (path: string) => string): Entry[] {
  const media = folderIn(text, 'MEDIA_ROOT');
  const sqlite = sqliteIn(text);
  const data = sqlite === undefined ? undefined : posix.dirname(sqlite);
  const value = {
    ...(data === undefined ? {} : { dirs: [inProject(data === '.' ? 'data' : data)] }),
    ...(media === undefined ? {} : { public: [inProject(media)] }),
  };
  if (Object.keys(value).length === 0) return [];
  const why = [...(data === undefined ? [] : ['the SQLite database']), ...(media === undefined ? [] : ['MEDIA_ROOT'])];
  return [(data === '.' ? guess : found)('shared', value, why.join(' and '))];
}

async function healthEntry(folder: string, text: string): Promise<Entry> {
  const [, urls] = /^['"]([\w.]+)['"]/.exec(lastOf(text, 'ROOT_URLCONF') ?? '') ?? [];
  const file = urls === undefined ? null : await moduleFile(folder, urls);
  const health = file === null ? undefined : healthIn(await readFile(join(folder, file), 'utf8'));
  if (health === undefined) return guess('health', { path: '/' }, 'a page that answers 200 when the site is well');
  const { path, made } = health;
  return made
    ? found('health', { path }, `${file}`)
    : guess('health', { path }, 'a page that answers 200 when the site is well');
}

/** Variables that the settings want from outside. */
function secretsOf(text: string): string[] {
  const optional = /\b(?:environ|env|config|getenv)\b[^\n]*['"]SECRET_KEY['"]/.test(text) ? ['SECRET_KEY'] : [];
  return [...new Set([...optional, ...variablesWanted(text)])];
}

const dummies = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, /DATABASE_URL/.test(name) ? 'sqlite://:memory:' : 'build']));
