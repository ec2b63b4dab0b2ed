import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Inside } from '../debian/inside.ts';
import { run } from '../run.ts';
import { filesOf } from './files.ts';

/**
 * Groups in which the bytecode is compiled, each by a process of its own. Never from the number of cores: what a process
 * compiled before decides about some bits (which constants marshal shares), so only fixed groups give the same bytes everywhere.
 */
const COMPILE_GROUPS = 8;

/** Compiles all modules to bytecode that no host will ever check against a time: the sources never change in place. */
export async function compile(python: string, folder: string, within: Inside | undefined): Promise<void> {
  const files = await filesOf(folder);
  const foreign = files.filter((path) => /\.py[co]$/.test(path) && path.includes('__pycache__/'));
  await Promise.all(foreign.map((path) => rm(join(folder, path))));
  const sources = files.filter((path) => path.startsWith('lib/') && path.endsWith('.py')).sort();
  const groups = Array.from({ length: COMPILE_GROUPS }, (_, group) =>
    sources.filter((_path, at) => at % COMPILE_GROUPS === group),
  );
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let group = next++; group < groups.length; group = next++) {
      const list = `${folder}.compile-${group}`;
      await writeFile(list, (groups[group] ?? []).map((path) => `${path}\n`).join(''));
      // Relative names: what is compiled in is `lib/...`, the same whatever folder this is.
      const argv: [string, ...string[]] = [
        python,
        '-S',
        '-m',
        'compileall',
        '-qq',
        '--invalidation-mode',
        'unchecked-hash',
        '-i',
        list,
      ];
      // 1: some file cannot be compiled. Packages do ship templates and tests for other Pythons; pip passes over them too.
      await run(argv, {
        cwd: folder,
        env: { PATH: '/usr/bin:/bin', PYTHONHASHSEED: '0', LC_ALL: 'C.UTF-8' },
        accept: [1],
        within,
      });
      await rm(list);
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), COMPILE_GROUPS) }, worker));
}
