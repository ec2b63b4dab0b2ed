import { entriesOf, manifestFrom, type Tree } from '../manifest.ts';
import { type CompileOptions, compile } from './bytecode.ts';
import { normaliseDistributions } from './scripts.ts';
import { refuseTrace } from './trace.ts';
import { isModule, isSource, unitsOf } from './units.ts';

/** The tree's name in errors. */
const WHAT = 'the environment';

/**
 * Makes an environment of what an installer left: nothing of it tells where it was built or by whom, and all modules are
 * compiled. All is read but once: for its digest, and for the folder's path.
 *
 * @throws BuildError naming the first file that holds that path
 */
export async function finish(folder: string, site: string, options: CompileOptions): Promise<Tree> {
  const { files, distributions } = await normaliseDistributions(folder, site);
  const inspect = refuseTrace(folder);
  const { modules = [], others = [] } = Object.groupBy(files, ({ path }) => (isModule(path) ? 'modules' : 'others'));
  const first = await entriesOf(folder, modules, WHAT, { inspect });
  // They wait for one another also when one fails: what is at work must have ended when the folder goes.
  const rest = await Promise.allSettled([
    compile(folder, unitsOf(first.filter(isSource), distributions), { ...options, inspect }),
    entriesOf(folder, others, WHAT, { inspect: refuseTrace(folder) }),
  ]);
  const entries = rest.map((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  });
  return { folder, manifest: manifestFrom([...first, ...entries.flat()]) };
}
