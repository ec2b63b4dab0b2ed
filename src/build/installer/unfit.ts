/** All packages that are not to be had for the host: an installer ends at the first of them. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError, refuse } from '../errors.ts';
import type { RequirementLine, Requirements } from '../requirements/requirements.ts';
import { lockedIndexes, resolve, UnfitError, type Work } from './installer.ts';

/** Packages asked for at the same time. */
const CONCURRENCY = 4;

/**
 * Resolves or installs; where a package is not to be had for the host, looks at each of the others too.
 *
 * @throws BuildErrors naming all that the requirements name and that are there, but for none like the host
 */
export async function namingAllUnfit<T>(work: Work, requirements: Requirements, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    if (!(thrown instanceof UnfitError)) throw thrown;
    const faults = (await eachAlone(work, requirements, requirements.lines.filter(isFromIndex))).filter(
      (fault) => fault instanceof UnfitError,
    );
    refuse(faults.some((fault) => fault.package === thrown.package) ? faults : [thrown, ...faults]);
    throw thrown;
  }
}

/**
 * Asks for each of the lines by itself, without what it needs in turn.
 *
 * @param lines some of the requirements, or what they came to
 * @returns in their order the fault of each, or null
 */
export async function eachAlone(
  work: Work,
  requirements: Requirements,
  lines: readonly RequirementLine[],
): Promise<(BuildError | null)[]> {
  const common = requirements.lines.filter(
    ({ kind, text }) => kind === 'constraint' || (kind === 'option' && text !== '--require-hashes'),
  );
  const aim = [...work.aim, ...lockedIndexes(work, requirements), '--no-deps'];
  const faults: (BuildError | null)[] = lines.map(() => null);
  const waiting = [...lines.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, line] = next;
      const scratch = await mkdtemp(join(work.scratch, 'alone-'));
      // Which file it would be does not count here.
      const bare = { ...line, text: line.text.replace(/\s+--hash=\S+/g, '') };
      const alone = { file: requirements.file, lines: [...common, bare], locked: false };
      faults[at] = await resolve({ ...work, scratch, aim }, alone).then(
        () => null,
        (thrown: unknown) => {
          if (thrown instanceof BuildError) return thrown;
          throw thrown;
        },
      );
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return faults;
}

/** Whether a requirement is one of an index, and not of an address or a path. Pure. */
export function isFromIndex({ kind, canonical }: RequirementLine): boolean {
  return kind === 'requirement' && !canonical.includes(' sha256:') && !/^[^;]* @ /.test(canonical);
}
