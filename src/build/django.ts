import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { BuildError, type Place } from './errors.ts';

/** Where Django is in a source tree. */
export interface Django {
  /** Folder of `manage.py` relative to the tree's top, `.` for the top itself. */
  project: string;
  /** `manage.py`, relative to the project. */
  manage: string;
  /** Dotted name of the settings module. */
  settings: string;
  /** Whether graceful.yml names it; otherwise it is manage.py's own default. */
  configured: boolean;
  /** `shop.wsgi:application` */
  application: string;
  /** Whether its module is in the commit; otherwise it is to be in a package. */
  own: boolean;
  notices: string[];
}

/** Folders deep in which `manage.py` is looked for. */
const DEPTH = 3;

/**
 * Finds the project folder, the settings module and the WSGI application, as far as they are not configured.
 *
 * @param top - folder of the source tree
 * @throws BuildError that says what was looked for, and which line of graceful.yml names it
 */
export async function findDjango(
  top: string,
  configured: { project: string; settings: string | undefined; application: string | undefined },
): Promise<Django> {
  const notices: string[] = [];
  const project = await findProject(top, posix.normalize(configured.project), notices);
  const folder = join(top, project);
  const manage = await readFile(join(folder, 'manage.py'), 'utf8');
  const settings = configured.settings ?? settingsIn(manage);
  if (settings === undefined) {
    throw new BuildError('it names no DJANGO_SETTINGS_MODULE', {
      mend: 'add django: { settings: PACKAGE.settings } to graceful.yml',
      place: { file: posix.join(project, 'manage.py') },
    });
  }
  if ((await moduleFile(folder, settings)) === null) {
    const named =
      configured.settings === undefined ? placeOf(manage, settings, posix.join(project, 'manage.py')) : null;
    throw notInCommit('settings', project, settings, named);
  }
  const application = configured.application ?? (await findApplication(folder, project, settings));
  const [module = ''] = application.split(':');
  const own = (await moduleFile(folder, module)) !== null;
  if (!own && !(await isPackages(folder, module))) {
    const named =
      configured.application === undefined ? await placeOfSetting(folder, project, settings, 'WSGI_APPLICATION') : null;
    throw notInCommit('application', project, module, named);
  }
  return {
    project,
    manage: 'manage.py',
    settings,
    configured: configured.settings !== undefined,
    application,
    own,
    notices,
  };
}

/** The settings module that the text of a `manage.py` falls back to, or undefined. Pure. */
export function settingsIn(manage: string): string | undefined {
  return /DJANGO_SETTINGS_MODULE['"]\s*(?:,|\]\s*=)\s*['"]([\w.]+)['"]/.exec(manage)?.[1];
}

/** `WSGI_APPLICATION` in the text of a settings module, as `module:attribute`, or undefined. Pure. */
export function applicationIn(settings: string): string | undefined {
  const dotted = /^WSGI_APPLICATION\s*(?::\s*[\w[\]. |]+)?=\s*['"]([\w.]+)\.(\w+)['"]/m.exec(settings);
  return dotted ? `${dotted[1]}:${dotted[2]}` : undefined;
}

async function findProject(top: string, project: string, notices: string[]): Promise<string> {
  if (posix.isAbsolute(project) || project === '..' || project.startsWith('../')) {
    throw new BuildError(`the project folder ${project} lies outside of the repository`, {
      mend: 'name a folder below the top of the repository: django: { project: FOLDER }',
    });
  }
  const trimmed = project.replace(/\/+$/, '');
  if (await isFile(join(top, trimmed, 'manage.py'))) return trimmed;
  const found = await findManage(top, '.', DEPTH);
  const [only] = found;
  if (trimmed === '.' && only !== undefined && found.length === 1) {
    notices.push(`manage.py found in ${only}: that folder is the project`);
    return only;
  }
  throw new BuildError(`there is no manage.py in ${trimmed === '.' ? 'the top folder' : trimmed} of the commit`, {
    mend:
      found.length === 0
        ? 'commit manage.py, or name its folder by django: { project: FOLDER } in graceful.yml'
        : `choose by django: { project: FOLDER } in graceful.yml; manage.py is in ${found.join(', ')}`,
  });
}

async function findManage(top: string, folder: string, depth: number): Promise<string[]> {
  const items = await readdir(join(top, folder), { withFileTypes: true });
  const found = folder !== '.' && items.some((item) => item.isFile() && item.name === 'manage.py') ? [folder] : [];
  if (depth === 0) return found;
  for (const item of items) {
    const name = item.name;
    if (!item.isDirectory() || name.startsWith('.') || name === 'node_modules') continue;
    found.push(...(await findManage(top, posix.join(folder, name), depth - 1)));
  }
  return found.sort();
}

/** `WSGI_APPLICATION` of the settings or of the module beside it that they come from, else the `wsgi.py` that is there. */
async function findApplication(folder: string, project: string, settings: string): Promise<string> {
  for (const file of await settingsFiles(folder, settings)) {
    const application = applicationIn(await readFile(join(folder, file), 'utf8'));
    if (application !== undefined) return application;
  }
  const parts = settings.split('.');
  const guesses = parts.slice(1).map((_, index) => [...parts.slice(0, parts.length - 1 - index), 'wsgi'].join('.'));
  for (const module of guesses) if ((await moduleFile(folder, module)) !== null) return `${module}:application`;
  const packages = (await readdir(folder, { withFileTypes: true })).filter((item) => item.isDirectory());
  const found: string[] = [];
  for (const item of packages)
    if (await isFile(join(folder, item.name, 'wsgi.py'))) found.push(`${item.name}.wsgi:application`);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new BuildError(`no WSGI application was found in ${project === '.' ? 'the project' : project}`, {
    mend: `add django: { application: PACKAGE.wsgi:application } to graceful.yml${found.length > 0 ? `; there are ${found.join(', ')}` : ''}`,
  });
}

/** True when a module can only be in an installed package: nothing of the project has its first name. */
async function isPackages(folder: string, module: string): Promise<boolean> {
  const [top = ''] = module.split('.');
  const ours = (await exists(join(folder, top))) || (await isFile(join(folder, `${top}.py`)));
  return !ours && module.includes('.');
}

function notInCommit(what: string, project: string, module: string, place: Place | null): BuildError {
  const looked = posix.join(project, `${module.replaceAll('.', '/')}.py`);
  return new BuildError(`the ${what} module ${module} is not in the commit (looked for ${looked})`, {
    mend: `commit the file, or name the right module by django: { ${what}: ... } in graceful.yml`,
    ...(place === null ? {} : { place }),
  });
}

/**
 * Sees that the application's module is in a package when it is not in the commit.
 * @throws BuildError
 */
export function assertApplication(django: Pick<Django, 'own' | 'application'>, env: readonly { path: string }[]): void {
  if (django.own) return;
  const [top = ''] = django.application.split(/[.:]/);
  const inside = new RegExp(`^lib/python[^/]+/site-packages/${top}(/|\\.)`);
  if (env.some(({ path }) => inside.test(path))) return;
  throw new BuildError(`the application ${django.application} is neither in the commit nor in a package`, {
    mend: 'name the right one by django: { application: PACKAGE.wsgi:application } in graceful.yml, or add its package to the requirements',
  });
}

/** The line of a text that holds these words. */
function placeOf(text: string, words: string, file: string): Place {
  const line = text.split('\n').findIndex((one) => one.includes(words));
  return line === -1 ? { file } : { file, line: line + 1 };
}

/** Where the settings assign a name: in their own file, or in one beside it; the file itself when in none. */
export async function placeOfSetting(
  folder: string,
  project: string,
  settings: string,
  name: string,
): Promise<Place | null> {
  const files = await settingsFiles(folder, settings);
  for (const file of files) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    const line = lines.findIndex((one) => new RegExp(`^${name}\\b[^=]*=`).test(one));
    if (line !== -1) return { file: posix.join(project, file), line: line + 1 };
  }
  const [own] = files;
  return own === undefined ? null : { file: posix.join(project, own) };
}

/** The file of the settings module, then those beside it that it mostly comes from (`from .base import *`). */
export async function settingsFiles(folder: string, settings: string): Promise<string[]> {
  const file = await moduleFile(folder, settings);
  if (file === null) return [];
  const beside = await readdir(join(folder, dirname(file)));
  const named = ['base.py', 'common.py', 'defaults.py', '__init__.py'].filter((name) => beside.includes(name));
  const inPackage = file.split('/').length > 2 || file.endsWith('/__init__.py');
  return [...new Set([file, ...(inPackage ? named.map((name) => posix.join(dirname(file), name)) : [])])];
}

/** File of a dotted module relative to the project, or null. */
async function moduleFile(folder: string, module: string): Promise<string | null> {
  const path = module.replaceAll('.', '/');
  for (const candidate of [`${path}.py`, `${path}/__init__.py`])
    if (await isFile(join(folder, candidate))) return candidate;
  return null;
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
