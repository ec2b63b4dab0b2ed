import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Interface } from '../../servers/interface.ts';
import { BuildError, type Place } from '../errors.ts';
import { type Application, findApplication, settingOf } from './application.ts';
import { exists, isFile, moduleFile, placeOf, placeOfSetting } from './modules.ts';

/** Where Django is in a source tree. */
export interface Django extends Application {
  /** Folder of `manage.py` relative to the tree's top, `.` for the top itself. */
  project: string;
  /** `manage.py`, relative to the project. */
  manage: string;
  /** Dotted name of the settings module. */
  settings: string;
  /** Whether graceful.yml names it; otherwise it is manage.py's own default. */
  configured: boolean;
  /** Whether its module is in the commit; otherwise it is to be in a package. */
  own: boolean;
  notices: string[];
}

/** Folders deep in which `manage.py` is looked for. */
const DEPTH = 3;

/**
 * Finds the project folder, the settings module and the application, as far as they are not configured.
 *
 * @param top - folder of the source tree
 * @param interfaces - those that the server can serve, in the order in which they are looked for
 * @throws BuildError that says what was looked for, and which line of graceful.yml names it
 */
export async function findDjango(
  top: string,
  configured: { project: string; settings: string | undefined; application: string | undefined },
  interfaces: readonly [Interface, ...Interface[]],
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
  const { application, interface: served } =
    configured.application === undefined
      ? await findApplication(folder, project, settings, interfaces)
      : { application: configured.application, interface: interfaces[0] };
  const [module = ''] = application.split(':');
  const own = (await moduleFile(folder, module)) !== null;
  if (!own && !(await isPackages(folder, module))) {
    const named =
      configured.application === undefined ? await placeOfSetting(folder, project, settings, settingOf(served)) : null;
    throw notInCommit('application', project, module, named);
  }
  return {
    project,
    manage: 'manage.py',
    settings,
    configured: configured.settings !== undefined,
    application,
    interface: served,
    own,
    notices,
  };
}

/** The settings module that the text of a `manage.py` falls back to, or undefined. Pure. */
export function settingsIn(manage: string): string | undefined {
  return /DJANGO_SETTINGS_MODULE['"]\s*(?:,|\]\s*=)\s*['"]([\w.]+)['"]/.exec(manage)?.[1];
}

async function findProject(top: string, project: string, notices: string[]): Promise<string> {
  if (posix.isAbsolute(project) || project === '..' || project.startsWith('../')) {
    throw new BuildError(`the project folder ${project} lies outside of the repository`, {
      mend: 'name a folder below the top of the repository: django: { project: FOLDER }',
    });
  }
  const trimmed = project.replace(/\/+$/, '');
  if (await isFile(join(top, trimmed, 'manage.py'))) return trimmed;
  const found = await projectsBelow(top);
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

/** Folders below the top that have a `manage.py`, relative to it. */
export function projectsBelow(top: string): Promise<string[]> {
  return findManage(top, '.', DEPTH);
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
