import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { BuildError } from '../errors.ts';

/** @throws BuildError naming a file that holds the path of the folder itself */
export async function assertNoTrace(folder: string): Promise<void> {
  const needle = Buffer.from(folder);
  for (const path of await filesOf(folder)) {
    if (!(await readFile(join(folder, path))).includes(needle)) continue;
    throw new BuildError(`${path} in the environment holds the folder it was built in (${folder})`, {
      mend: 'that package writes its own path when it is installed and would not run on the host; use a wheel of it, or another version',
    });
  }
}

/** Files and links below a folder, relative to it. */
export async function filesOf(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((item) => !item.isDirectory()).map((item) => relative(folder, join(item.parentPath, item.name)));
}
