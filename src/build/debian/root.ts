/** What needs root in the runner: nothing but apt, and systems to build in. */
import { BuildError } from '../errors.ts';
import { run } from '../run.ts';

export type Argv = readonly [string, ...string[]];

/** Makes of a command one that root runs. */
export type AsRoot = (argv: Argv) => Argv;

/**
 * How this user has root run a command: as it is, or by sudo.
 *
 * @param why - what needs it, for the error
 * @throws BuildError when there is no way
 */
export async function asRoot(why: string): Promise<AsRoot> {
  if (process.getuid?.() === 0) return (argv) => argv;
  const may = await run(['sudo', '-n', 'true']).then(
    () => true,
    () => false,
  );
  if (may) return (argv) => ['sudo', '-n', ...argv];
  throw new BuildError(`${why}, and this user of the runner is neither root nor may it use sudo without a password`, {
    mend: "let the job run where it may (GitHub's own runners do), or do it in the runner's image beforehand and set build: { in: runner }",
  });
}

/** Removes what root has made, and no mount below it. */
export async function removeAsRoot(root: AsRoot, path: string): Promise<void> {
  await run(root(['rm', '-rf', '--one-file-system', '--', path]));
}
