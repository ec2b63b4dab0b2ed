import { type CompileOptions, compile } from '../env/bytecode.ts';
import type { Source } from '../env/units.ts';
import { manifestFrom, type Tree } from '../manifest.ts';

/**
 * Writes the bytecode of a release's code beside it, so that none of its processes has to compile the site as it starts: on the host
 * nobody but the runner writes there. Each module is compiled by itself, and its bytecode is the same as long as its source is.
 *
 * Python compares it with the source at each import: who changes a file in place on the host, in an emergency, sees the change.
 *
 * @returns the same tree with the bytecode in it
 */
export async function withBytecode(code: Tree, options: Omit<CompileOptions, 'checked'>): Promise<Tree> {
  const { entries } = code.manifest;
  const modules = entries.filter((entry): entry is Source => entry.kind !== 'link' && entry.path.endsWith('.py'));
  if (modules.length === 0) return code;
  const units = modules.map((module) => [module]);
  const made = await compile(code.folder, units, { ...options, checked: true });
  // Bytecode that was committed may be that of another source.
  const paths = new Set(made.map(({ path }) => path));
  return {
    folder: code.folder,
    manifest: manifestFrom([...entries.filter(({ path }) => !paths.has(path)), ...made]),
  };
}
