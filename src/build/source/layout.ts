import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { BuildError } from '../errors.ts';
import { run } from '../run.ts';
import { git } from './git.ts';
import { fetchFiles } from './lfs.ts';
import type { Selection } from './selection.ts';

/** What of a checkout is wanted, and where it goes. */
interface Layout {
  /** Top folder of the checkout. */
  checkout: string;
  commit: string;
  /** The folder to fill; made when missing. */
  folder: string;
  selection: Selection;
  /** Path of this checkout in the outermost one: empty for that, else the path of a submodule. */
  at?: string;
}

/**
 * Lays out the files of one commit as `git archive` gives them, with its submodules, the content of LFS files in place of
 * their pointers, and without what is not wanted.
 *
 * @throws BuildError naming the submodule, or the LFS files, whose content is not in the checkout
 */
export async function layOut(layout: Layout): Promise<void> {
  const { checkout, commit, folder, selection, at = '' } = layout;
  const archive = `${folder}.tar`;
  await mkdir(folder, { recursive: true });
  await git(checkout, ['archive', '--format=tar', '-o', archive, commit]);
  // The modes of the archive, whatever the umask: an executable bit is part of the tree.
  await run(['tar', '-x', '-p', '-f', archive, '-C', folder, '--no-same-owner']);
  await rm(archive);
  const { files, submodules } = await tracked(checkout, commit);
  for (const path of selection.unwanted(files, at)) await rm(join(folder, path), { force: true });
  await fetchFiles(checkout, folder, at);
  for (const { path, commit: recorded } of submodules) {
    const whole = posix.join(at, path);
    // `export-ignore` leaves no folder; of a submodule that is not wanted nothing need be there.
    if (!existsSync(join(folder, path)) || selection.isFolderOut(whole)) continue;
    const inner = join(checkout, path);
    if (!existsSync(join(inner, '.git'))) throw notFetched(whole, 'is empty');
    const there = await git(inner, ['cat-file', '-e', `${recorded}^{commit}`], [1, 128]);
    if (there.code !== 0) throw notFetched(whole, `lacks the commit ${recorded} that this commit names`);
    await layOut({ checkout: inner, commit: recorded, folder: join(folder, path), selection, at: whole });
  }
}

function notFetched(path: string, what: string): BuildError {
  return new BuildError(`the git submodule ${path} ${what} in this checkout`, {
    mend: 'fetch it: actions/checkout with "submodules: true" (or "recursive", for those within), or git submodule update --init --recursive; what the site does not need is left out by `exclude` in graceful.yml',
    place: { file: '.gitmodules' },
  });
}

interface Tracked {
  files: string[];
  /** Each with the commit that is recorded. */
  submodules: { path: string; commit: string }[];
}

async function tracked(checkout: string, commit: string): Promise<Tracked> {
  const { stdout } = await git(checkout, ['ls-tree', '-r', '-z', '--full-tree', commit]);
  const found: Tracked = { files: [], submodules: [] };
  for (const line of stdout.split('\0').filter((one) => one !== '')) {
    const [mode, , object = ''] = line.split(/[ \t]/);
    const path = line.slice(line.indexOf('\t') + 1);
    if (mode === '160000') found.submodules.push({ path, commit: object });
    else found.files.push(path);
  }
  return found;
}
