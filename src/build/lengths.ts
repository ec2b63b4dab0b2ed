import type { TreeKind } from '../protocol/messages.ts';
import type { PackTree } from '../shipping/pack.ts';
import { BuildError, refuse } from './errors.ts';
import { listed } from './source/git.ts';

/** What Linux takes of a path, which ends with a zero byte. A name that is too long for a host is so for the runner. */
const PATH_BYTES = 4095;

const WHAT: Record<TreeKind, string> = {
  code: 'the source',
  static: 'the static files',
  config: 'the configuration repository',
  env: 'the environment',
};

/** A place as long as the longest in which a tree is put together on a host. */
function placeOf(kind: TreeKind, root: string): string {
  if (kind === 'env') return `${root}/.store/envs/.${'0'.repeat(64)}.4194304`;
  return `${root}/releases/.20260101T000000Z-0000000.draft/${kind}`;
}

/**
 * Asserts that a host can have all files of a release: it would find out only when everything was sent.
 * @throws BuildError, or BuildErrors, naming files that it cannot
 */
export function assertLengths(trees: readonly PackTree[], root: string): void {
  refuse(
    trees.flatMap(({ kind, tree }) => {
      const most = PATH_BYTES - Buffer.byteLength(placeOf(kind, root)) - 1;
      const long = tree.manifest.entries.map(({ path }) => path).filter((path) => Buffer.byteLength(path) > most);
      return long.length === 0 ? [] : [tooLong(kind, long, most)];
    }),
  );
}

function tooLong(kind: TreeKind, paths: readonly string[], most: number): BuildError {
  const [file] = paths;
  return new BuildError(`${WHAT[kind]} cannot be on the host, as paths are too long: ${listed(paths)}`, {
    mend: `a path may have ${most} bytes here, as the folder on the host is part of it: shorten them`,
    ...(kind === 'code' && file !== undefined ? { place: { file } } : {}),
  });
}
