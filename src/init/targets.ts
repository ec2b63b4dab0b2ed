/** The places that `graceful init` writes to, looked at before anything is written. */
import { accessSync, constants, lstatSync, mkdirSync, readFileSync, type Stats, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../build/errors.ts';
import { ConfigError } from '../config/fault.ts';
import type { ConfigFault } from '../config/types.ts';

const NOTHING = 'nothing was written';

/** What is there, and what keeps a file from being written; both empty where it can be made. */
export interface Target {
  there: string | undefined;
  fault: ConfigFault | undefined;
}

/** Looks at the place of a file and at the folders that lead to it; changes nothing. @param path relative to the top */
export function lookAt(top: string, path: string): Target {
  const no = (where: string, message: string, mend: string): Target => ({
    there: undefined,
    fault: { where, message, mend: `${NOTHING}: ${mend}` },
  });
  for (const folder of foldersOf(path)) {
    const found = statusOf(join(top, folder));
    if (found === undefined) continue;
    // Through a link something would come to be that is not in this project.
    if (found.isSymbolicLink()) return no(folder, 'this is a link', `put a folder there, for ${path}`);
    if (!found.isDirectory()) return no(folder, 'this is no folder', `move it away: ${path} goes there`);
  }
  const found = statusOf(join(top, path));
  if (found === undefined) {
    const folder = [...foldersOf(path), '.'].find((one) => statusOf(join(top, one)) !== undefined) ?? '.';
    return may(join(top, folder), constants.W_OK | constants.X_OK)
      ? { there: undefined, fault: undefined }
      : no(path, 'this file cannot be made here', `take care that you may write to ${join(top, folder)}`);
  }
  if (found.isSymbolicLink()) return no(path, 'this is a link', 'delete it, or put the file itself there');
  if (!found.isFile()) return no(path, found.isDirectory() ? 'this is a folder' : 'this is no file', 'move it away');
  if (!may(join(top, path), constants.R_OK | constants.W_OK))
    return no(path, 'this file cannot be read and written', 'take care that you may do both');
  return { there: readFileSync(join(top, path), 'utf8'), fault: undefined };
}

/**
 * Writes a file, and its folders.
 * @param before files that this run has written already
 * @throws ConfigError where that fails, though it did not look so: a full disk
 */
export function write(top: string, path: string, text: string, before: readonly string[]): void {
  try {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    const done = before.length === 0 ? NOTHING : `written before: ${before.join(', ')}`;
    const message = `cannot be written (${error instanceof Error ? error.message : String(error)})`;
    throw new ConfigError([{ where: path, message, mend: `${done}: mend that, and run this again with --force` }]);
  }
}

/** Those that lead to a file, the nearest first. */
function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

/** Of the place itself, not of what a link leads to; undefined where nothing is. */
function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    // Below a file, or in a folder that may not be entered: the folder itself tells.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

function may(path: string, what: number): boolean {
  try {
    accessSync(path, what);
    return true;
  } catch {
    return false;
  }
}
