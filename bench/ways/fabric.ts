import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages } from '../../scripts/debian.ts';
import type { Command, Line, Way } from '../way.ts';
import { environment, versionOf } from './remote.ts';
import { asDeploy, makeSite, rootOf } from './site.ts';

export const FABRIC: Way = {
  name: 'fabric',
  title: 'Fabric script',
  how:
    'A fabfile in the manner of older Django deployers: clone, a virtual environment of the version’s own, collectstatic, stop, relink, migrate, start, check that the site ' +
    'answers; 5 kept versions; the rollback stops, relinks, starts and checks. One connection; its SSH library does not set TCP_NODELAY.',
  async install() {
    ensurePackages(['fabric']);
    return {
      Fabric: await versionOf(['fab', '--version'], /Fabric (\S+)/),
      Paramiko: await versionOf(['fab', '--version'], /Paramiko (\S+)/),
    };
  },
  async setUp(ground) {
    const root = rootOf(ground);
    await makeSite(ground, { code: `${root}/current`, venv: `${root}/current/venv` });
    await asDeploy(ground, [`mkdir ${root}/versions`]);
    await cp(join(import.meta.dirname, 'fabric'), ground.folder, { recursive: true });
    const fab = (line: Line, task: string): Command => ({
      argv: ['fab', task],
      cwd: ground.folder,
      env: environment(ground, line),
    });
    return {
      deploy: async (_, line) => fab(line, 'deploy'),
      rollback: async (_, line) => fab(line, 'rollback'),
    };
  },
};
