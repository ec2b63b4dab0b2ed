import { quoted } from '../../quoted.ts';
import { BuildError } from '../errors.ts';
import { type Ran, run } from '../run.ts';

/**
 * Settings of a machine or a person that would change what an archive holds: modes, line ends, which files have which
 * attributes. The commit alone decides.
 */
const FIXED = ['tar.umask=0022', 'core.autocrlf=false', 'core.eol=lf', 'core.attributesFile=/dev/null'];

/** Runs git in a checkout. @throws BuildError that names the mend where there is no checkout, or it is another user's */
export async function git(folder: string, args: string[], accept: number[] = []): Promise<Ran> {
  const fixed = FIXED.flatMap((setting) => ['-c', setting]);
  try {
    // The C locale: the texts of errors are compared below.
    return await run(['git', '-C', folder, ...fixed, ...args], { accept, env: { ...process.env, LC_ALL: 'C' } });
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    const said = thrown.output.join('\n');
    if (/not a git repository/i.test(said)) {
      throw new BuildError(`${folder} is not a git checkout`, {
        mend: 'run actions/checkout before this step, or start in the folder of a clone',
        cause: thrown,
      });
    }
    if (/dubious ownership/i.test(said)) {
      throw new BuildError(`git refuses the checkout ${folder}: it belongs to another user`, {
        mend: `git config --global --add safe.directory ${quoted(folder)}`,
        cause: thrown,
      });
    }
    throw thrown;
  }
}

/** Names of files that a message lists. */
const LISTED = 5;

/** The first few names, and how many more there are. Pure. */
export function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.slice(0, LISTED).join(', ')}${more}`;
}
