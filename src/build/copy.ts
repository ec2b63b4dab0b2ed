import { constants, copyFileSync, linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { codeOf } from './errors.ts';
import { run } from './run.ts';

/**
 * Copies all that is in a folder into another one, which is made when missing: modes, times, and links as links. By a program, since
 * Node's own copying of a folder takes five times the processor.
 * @throws BuildError
 */
export async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await run(['cp', '-R', '-P', '-p', `${from}/.`, to]);
}

/** Code, bytecode, templates and assets: programs read them, or put another file in their place. Anything else may be written to. */
const READ_ALONE = /\.(?:pyc?|html?|[jc]ss?|mjs|map|svg|png|jpe?g|gif|webp|ico|woff2?|ttf|otf|eot|po|mo)$/i;

/** Where a disk has no hard links, or no more of one file. */
const UNLINKED = ['EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP'];

/**
 * Makes a folder that looks like another one, for a program that reads it, and may write to some files beside its code. What it reads
 * alone is linked: to make a file takes ten times as long.
 */
export function likenessOf(from: string, to: string): void {
  mkdirSync(to);
  for (const item of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [`${from}/${item.name}`, `${to}/${item.name}`];
    if (item.isDirectory()) likenessOf(source, target);
    else if (item.isSymbolicLink()) symlinkSync(readlinkSync(source, 'buffer'), target);
    else if (!READ_ALONE.test(item.name) || !isLinked(source, target))
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
  }
}

function isLinked(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch (thrown) {
    if (!UNLINKED.includes(codeOf(thrown) ?? '')) throw thrown;
    return false;
  }
}
