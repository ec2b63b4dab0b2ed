/** Which Django project of a repository is meant. */
import { join, relative, resolve } from 'node:path';
import { projectsBelow } from '../build/django/django.ts';
import { isFile } from '../build/django/modules.ts';
import { ConfigError } from '../config/fault.ts';

/**
 * Its folder, relative to the top; `.` where there is no choice to make.
 * @param given as it was asked for, from the folder where that was
 * @throws ConfigError where there are several and none is named, or where the one that is named is none
 */
export async function projectFolder(top: string, given: string | undefined, from: string): Promise<string> {
  const hasManage = (folder: string) => isFile(join(top, folder, 'manage.py'));
  const below = async () => ((await hasManage('.')) ? ['.'] : []).concat(await projectsBelow(top));
  const where = '--project';
  if (given === undefined) {
    if (await hasManage('.')) return '.';
    const [first, ...others] = await below();
    if (first === undefined || others.length === 0) return '.';
    const message = `which one is meant? manage.py is in ${[first, ...others].join(', ')}`;
    throw new ConfigError([
      { where, message, mend: `nothing was written: name one, graceful init --project ${first}` },
    ]);
  }
  const folder = relative(top, resolve(from, given)) || '.';
  if (folder === '..' || folder.startsWith('../'))
    throw new ConfigError([{ where, message: `${given} lies outside of the repository`, mend: 'name a folder of it' }]);
  if (await hasManage(folder)) return folder;
  const there = await below();
  const mend = there.length === 0 ? 'commit manage.py' : `it is in ${there.join(', ')}`;
  throw new ConfigError([{ where, message: `there is no manage.py in ${given}`, mend }]);
}
