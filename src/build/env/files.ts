import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Files and links below a folder, relative to it. */
export async function filesOf(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((item) => !item.isDirectory()).map((item) => relative(folder, join(item.parentPath, item.name)));
}
