import { cp, mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Match } from '../python.ts';
import type { BuiltEnv } from './env.ts';

/**
 * Makes a built environment runnable in the runner without touching it: a folder beside it with the links to a Python
 * that a virtualenv has, and copies of its scripts.
 *
 * @returns the path of the Python in the overlay, and the folders of its scripts and packages
 */
export async function overlayFor(
  env: Pick<BuiltEnv, 'tree'>,
  match: Match,
  scratch: string,
): Promise<{ python: string; bin: string; packages: string }> {
  const overlay = await mkdtemp(join(scratch, 'overlay-'));
  const bin = join(overlay, 'bin');
  await mkdir(bin);
  await cp(join(env.tree.folder, 'bin'), bin, { recursive: true });
  // Inside a minimal system the Python is where the host has it.
  const base = await realpath(match.runner.executable).catch(() => match.runner.executable);
  await symlink(base, join(bin, 'python'));
  await symlink('python', join(bin, 'python3'));
  await symlink(join(env.tree.folder, 'lib'), join(overlay, 'lib'));
  await writeFile(
    join(overlay, 'pyvenv.cfg'),
    `home = ${join(base, '..')}\ninclude-system-site-packages = false\nversion = ${match.runner.version}\n`,
  );
  const packages = join(env.tree.folder, 'lib', `python${match.target.minor}`, 'site-packages');
  return { python: join(bin, 'python'), bin, packages };
}
