/** What the application server is to serve: found in the settings, else by the name of its file. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Interface } from '../../servers/interface.ts';
import { BuildError } from '../errors.ts';
import { isFile, moduleFile, settingsFiles } from './modules.ts';

/** What a server loads, and how it calls it. */
export interface Application {
  /** `shop.wsgi:application` */
  application: string;
  interface: Interface;
}

/** The setting that names the application of an interface: `WSGI_APPLICATION`. */
export const settingOf = (served: Interface) => `${served.toUpperCase()}_APPLICATION`;

/** `WSGI_APPLICATION` (or `ASGI_APPLICATION`) in the text of a settings module, as `module:attribute`, or undefined. Pure. */
function applicationIn(settings: string, served: Interface): string | undefined {
  const line = new RegExp(`^${settingOf(served)}\\s*(?::\\s*[\\w[\\]. |]+)?=\\s*['"]([\\w.]+)\\.(\\w+)['"]`, 'm');
  const dotted = line.exec(settings);
  return dotted ? `${dotted[1]}:${dotted[2]}` : undefined;
}

/**
 * The application of a project for one of the interfaces: what its settings (or the module beside them that they come
 * from) name, else the `wsgi.py` or `asgi.py` that is there.
 *
 * @param interfaces - those that the server can serve, in the order in which they are looked for
 * @throws BuildError
 */
export async function findApplication(
  folder: string,
  project: string,
  settings: string,
  interfaces: readonly Interface[],
): Promise<Application> {
  const files = await settingsFiles(folder, settings);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  for (const served of interfaces)
    for (const text of texts) {
      const application = applicationIn(text, served);
      if (application !== undefined) return { application, interface: served };
    }
  const found: string[] = [];
  for (const served of interfaces) {
    const modules = await modulesNamed(folder, settings, served);
    const [only] = modules;
    if (only !== undefined && modules.length === 1) return { application: `${only}:application`, interface: served };
    found.push(...modules.map((module) => `${module}:application`));
  }
  const kinds = interfaces.map((served) => served.toUpperCase()).join(' or ');
  throw new BuildError(`no ${kinds} application was found in ${project === '.' ? 'the project' : project}`, {
    mend: `add django: { application: PACKAGE.${interfaces[0]}:application } to graceful.yml${found.length > 0 ? `; there are ${found.join(', ')}` : ''}`,
  });
}

/** The module of that name nearest to the settings, else all those in a package of the project. */
async function modulesNamed(folder: string, settings: string, name: string): Promise<string[]> {
  const parts = settings.split('.');
  for (let length = parts.length - 1; length > 0; length--) {
    const module = [...parts.slice(0, length), name].join('.');
    if ((await moduleFile(folder, module)) !== null) return [module];
  }
  const packages = (await readdir(folder, { withFileTypes: true })).filter((item) => item.isDirectory());
  const found: string[] = [];
  for (const item of packages)
    if (await isFile(join(folder, item.name, `${name}.py`))) found.push(`${item.name}.${name}`);
  return found.sort();
}
