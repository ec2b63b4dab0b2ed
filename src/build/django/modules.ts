/** Where a project's Python modules, and the settings in them, are in its files. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Place } from '../errors.ts';

/** The line of a text that holds these words. */
export function placeOf(text: string, words: string, file: string): Place {
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
  const found = await placeInSettings(folder, project, settings, new RegExp(`^${name}\\b[^=]*=`));
  const own = await moduleFile(folder, settings);
  return found ?? (own === null ? null : { file: posix.join(project, own) });
}

/** Where the settings name an app, or something in it, by its module. */
export function placeOfApp(folder: string, project: string, settings: string, module: string): Promise<Place | null> {
  return placeInSettings(folder, project, settings, new RegExp(`^[^#]*['"]${module.replaceAll('.', '\\.')}\\b`));
}

async function placeInSettings(
  folder: string,
  project: string,
  settings: string,
  words: RegExp,
): Promise<Place | null> {
  for (const file of await settingsFiles(folder, settings)) {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n');
    const line = lines.findIndex((one) => words.test(one));
    if (line !== -1) return { file: posix.join(project, file), line: line + 1 };
  }
  return null;
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
export async function moduleFile(folder: string, module: string): Promise<string | null> {
  const path = module.replaceAll('.', '/');
  for (const candidate of [`${path}.py`, `${path}/__init__.py`])
    if (await isFile(join(folder, candidate))) return candidate;
  return null;
}

export async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}

export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
