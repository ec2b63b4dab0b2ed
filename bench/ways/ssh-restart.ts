import { ensurePackages } from '../../scripts/debian.ts';
import type { Ground, Ready, Way } from '../way.ts';
import { environment, loginOf, openSsh, opensshVersion } from './remote.ts';
import { asDeploy, makeSite, rootOf } from './site.ts';
import { loadEnvironment, manage, pipInstall, service } from './steps.ts';

export async function installSsh(): Promise<Readonly<Record<string, string>>> {
  ensurePackages(['openssh-client']);
  return { OpenSSH: await opensshVersion() };
}

export interface Scripted {
  readonly socketUnit?: boolean;
  /** The last line: how the new code is taken up. */
  readonly takeUp: string;
}

/** One command over SSH, in a clone that is the live code. */
export async function setUpScript(ground: Ground, { takeUp, socketUnit = false }: Scripted): Promise<Ready> {
  const root = rootOf(ground);
  const [code, venv] = [`${root}/app`, `${root}/venv`];
  await makeSite(ground, { code, venv, socketUnit });
  const clone = [
    `git init --quiet --initial-branch=main ${code}`,
    `cd ${code}`,
    `git remote add origin ${ground.gitUrl}`,
    'git config branch.main.remote origin',
    'git config branch.main.merge refs/heads/main',
    `python3 -m venv ${venv}`,
  ];
  await asDeploy(ground, clone);
  const script = [
    'set -e',
    `cd ${code}`,
    'git pull --quiet',
    pipInstall(ground, venv, 'requirements.txt'),
    loadEnvironment(ground),
    manage(`${venv}/bin/python`, 'migrate'),
    manage(`${venv}/bin/python`, 'collectstatic'),
    takeUp,
  ].join('\n');
  return {
    deploy: async (checkout, line) => ({
      argv: [...openSsh(ground, line), loginOf(ground, line), script],
      cwd: checkout.path,
      env: environment(ground, line),
    }),
  };
}

export const SSH_RESTART: Way = {
  name: 'ssh-restart',
  title: 'ssh script, restart',
  how:
    'One command over SSH, as users of ssh-action write it: git pull, pip, migrate, collectstatic, systemctl restart, ended by the first failure (`set -e`). ' +
    'One code folder and one virtual environment, changed in place.',
  install: installSsh,
  setUp: (ground) => setUpScript(ground, { takeUp: service(ground, 'restart') }),
};
