import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { placeOfApp } from '../django/modules.ts';
import { missingVariable, variablesOf } from '../django/settings-variables.ts';
import { BuildError, type Place } from '../errors.ts';

/** What Python told of the exception that ended it. */
export interface Failed {
  /** `settings`, `setup`, `collectstatic`, or the command after it. */
  step: string;
  /** Names of its classes, its own first. */
  kinds: string[];
  message: string;
  place: { file: string; line: number | null } | null;
}

/** Where Django ran. */
export interface Site {
  settings: string;
  /** The project's folder: where it is now, and relative to the top of the checkout. */
  folder: string;
  project: string;
  /** Folder of the installed packages. */
  packages: string;
}

/**
 * What a failed run of Django is told as.
 * @param env what Django saw
 */
export async function failure(
  error: Failed,
  site: Site,
  env: Readonly<Record<string, string | undefined>>,
  output: string[],
): Promise<BuildError> {
  const { settings } = site;
  const variables = await variablesOf(site.folder, settings, env);
  const module = error.kinds.includes('ModuleNotFoundError')
    ? /No module named '([\w.]+)'/.exec(error.message)?.[1]
    : undefined;
  const place = await placeOfFailure(error, site, module);
  const found = { output, ...(place ? { place } : {}) };
  const what = `${error.kinds[0]}: ${error.message}`;
  const loading = error.step === 'settings' || error.step === 'setup';
  if (isOfDatabase(error)) {
    const doing = loading ? `while ${settings} and its apps were loaded` : `by ${error.step}`;
    return new BuildError(`the database was asked ${doing}, and the runner has none (${what})`, {
      mend: databaseMend(variables.database),
      ...found,
    });
  }
  if (!loading && error.step !== 'collectstatic') {
    return new BuildError(`the command ${error.step} after collectstatic (static.commands) failed: ${what}`, {
      mend: `mend what the traceback names; run "manage.py ${error.step}" to see the same`,
      ...found,
    });
  }
  if (!loading) {
    const setting =
      error.kinds.includes('ImproperlyConfigured') && /\b([A-Z][A-Z_]+[A-Z]) setting/.exec(error.message)?.[1];
    const example = setting === 'STATIC_URL' ? ', for example STATIC_URL = "static/"' : '';
    return new BuildError(`collectstatic failed: ${what}`, {
      mend: setting
        ? `set ${setting} in ${settings}${example}`
        : 'mend the static files it names; run "manage.py collectstatic" to see the same',
      ...found,
    });
  }
  const variable = missingVariable(error.kinds, error.message);
  if (variable !== null) {
    const names = [...new Set([variable, ...variables.unset])];
    const words =
      names.length === 1 ? `the variable ${variable}, which is` : `the variables ${names.join(', ')}, which are`;
    const it = names.length === 1 ? 'it' : 'them';
    const dummies = names.map((name) => `${name}: build`).join(', ');
    return new BuildError(`${settings} needs ${words} not set in the runner (${what})`, {
      mend: `give ${it} by the env input of the workflow; or, where the host's shared/.env has ${it}, which the runner never sees, add to graceful.yml: build-env: { ${dummies} } (any value that lets the settings load)`,
      ...found,
    });
  }
  const mend =
    module === undefined
      ? 'mend what the traceback names; a value that is only there on the host belongs to build-env: in graceful.yml'
      : moduleMend(module, site);
  return new BuildError(`${settings} could not be loaded in the runner: ${what}`, { mend, ...found });
}

/** Where the project's code was; where none of it was running, the line of its settings that names the app. */
async function placeOfFailure({ place }: Failed, site: Site, module: string | undefined): Promise<Place | null> {
  if (place !== null) return { file: place.file, ...(place.line === null ? {} : { line: place.line }) };
  return module === undefined ? null : placeOfApp(site.folder, site.project, site.settings, module);
}

function moduleMend(module: string, { folder, packages }: Site): string {
  const [top = ''] = module.split('.');
  if (existsSync(join(folder, top))) return `commit the file of ${module}, or mend the import`;
  if (existsSync(join(packages, top))) return `mend the name, or ask for a version of ${top} that has it`;
  return `add the package of ${module} to the requirements, or mend the import`;
}

/** Django's own classes for it, and what it says of a database that is not configured at all. */
const DATABASE = ['OperationalError', 'InterfaceError', 'ProgrammingError', 'DatabaseError'];

function isOfDatabase({ kinds, message }: Failed): boolean {
  return kinds.some((kind) => DATABASE.includes(kind)) || message.includes('DATABASES is improperly configured');
}

function databaseMend(names: readonly string[]): string {
  const query = 'ask it later: not when a module is imported, and not in the ready() of an app';
  if (names.length === 0) return query;
  const dummies = names.map((name) => `${name}: ${/URL$/.test(name) ? '"sqlite://:memory:"' : 'build'}`).join(', ');
  return `${query}; where an empty database will do, give its settings a dummy in graceful.yml: build-env: { ${dummies} }`;
}
