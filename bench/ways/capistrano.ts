import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages } from '../../scripts/debian.ts';
import type { Command, Line, Way } from '../way.ts';
import { environment, versionOf } from './remote.ts';
import { makeSite, rootOf } from './site.ts';

export const CAPISTRANO: Way = {
  name: 'capistrano',
  title: 'Capistrano',
  how:
    'Debian’s Capistrano 3.17: git strategy, linked `.env` and `data`, 5 kept releases, one virtual environment for all of them, tasks of our own for pip, migrate, collectstatic and ' +
    'restart; `cap deploy:rollback` brings the packages back too. One connection; its SSH library does not set TCP_NODELAY.',
  async install() {
    ensurePackages(['capistrano']);
    return {
      Capistrano: await versionOf(['cap', '--version'], /Capistrano Version: (\S+)/),
      Ruby: await versionOf(['ruby', '--version'], /ruby (\S+)/),
      'net-ssh': await versionOf(['ruby', '-rnet/ssh/version', '-e', 'puts Net::SSH::Version::STRING'], /(\S+)/),
    };
  },
  async setUp(ground) {
    const root = rootOf(ground);
    await makeSite(ground, { code: `${root}/current`, venv: `${root}/shared/venv` });
    await cp(join(import.meta.dirname, 'capistrano'), ground.folder, { recursive: true });
    const cap = (line: Line, task: string): Command => ({
      argv: ['cap', 'production', task],
      cwd: ground.folder,
      env: environment(ground, line),
    });
    return {
      deploy: async (_, line) => cap(line, 'deploy'),
      rollback: async (_, line) => cap(line, 'deploy:rollback'),
    };
  },
};
