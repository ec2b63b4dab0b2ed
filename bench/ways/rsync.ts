import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages } from '../../scripts/debian.ts';
import type { Way } from '../way.ts';
import { environment, loginOf, openSsh, opensshVersion, versionOf } from './remote.ts';
import { asDeploy, makeSite, rootOf } from './site.ts';
import { loadEnvironment, manage, pipInstall, service } from './steps.ts';

export async function installRsync(): Promise<Readonly<Record<string, string>>> {
  ensurePackages(['openssh-client', 'rsync']);
  return { rsync: await versionOf(['rsync', '--version'], /version (\S+)/), OpenSSH: await opensshVersion() };
}

/** What the host makes beside the code, and what no site needs there. */
const LEFT_ALONE = ['/.git', '/staticfiles', '__pycache__'].map((pattern) => `--exclude=${pattern}`);

export const RSYNC: Way = {
  name: 'rsync',
  title: 'rsync, then ssh',
  how:
    'As users of the rsync actions do: `rsync -az --delete` of the checkout to the live code folder, then one command over SSH: pip, migrate, collectstatic, ' +
    'systemctl restart. Two connections.',
  install: installRsync,
  async setUp(ground) {
    const root = rootOf(ground);
    const [code, venv] = [`${root}/app`, `${root}/venv`];
    await makeSite(ground, { code, venv });
    await asDeploy(ground, [`mkdir ${code}`, `python3 -m venv ${venv}`]);
    const remote = [
      'set -e',
      `cd ${code}`,
      pipInstall(ground, venv, 'requirements.txt'),
      loadEnvironment(ground),
      manage(`${venv}/bin/python`, 'migrate'),
      manage(`${venv}/bin/python`, 'collectstatic'),
      service(ground, 'restart'),
    ].join('\n');
    return {
      async deploy(checkout, line) {
        const ssh = openSsh(ground, line).join(' ');
        const login = loginOf(ground, line);
        const script = join(ground.folder, 'deploy.sh');
        await writeFile(
          script,
          `rsync -az --delete ${LEFT_ALONE.join(' ')} -e '${ssh}' ./ ${login}:${code}/\n${ssh} ${login} '${remote}'\n`,
        );
        return { argv: ['sh', '-eu', script], cwd: checkout.path, env: environment(ground, line) };
      },
    };
  },
};
