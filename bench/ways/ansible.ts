import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages } from '../../scripts/debian.ts';
import { run } from '../../testbed/process.ts';
import type { Command, Line, Way } from '../way.ts';
import { environment, opensshVersion, versionOf } from './remote.ts';
import { makeSite, rootOf } from './site.ts';

export const ANSIBLE: Way = {
  name: 'ansible',
  title: 'Ansible',
  how:
    'Debian’s Ansible with playbooks that do what the ansistrano roles do (releases, shared, `current`, git; 5 kept; a rollback playbook), one virtual environment for all ' +
    'releases, no facts gathered, pipelining. One connection for all tasks (ControlMaster, Ansible’s default), a cold one in each run.',
  async install() {
    ensurePackages(['ansible-core', 'openssh-client']);
    const version = await versionOf(['ansible-playbook', '--version'], /\[core (\S+)\]/);
    return { 'ansible-core': version, OpenSSH: await opensshVersion() };
  },
  async setUp(ground) {
    const root = rootOf(ground);
    const { folder } = ground;
    await makeSite(ground, { code: `${root}/current`, venv: `${root}/shared/venv` });
    await cp(join(import.meta.dirname, 'ansible'), folder, { recursive: true });
    const play = async (line: Line, playbook: string): Promise<Command> => {
      await endConnections(join(folder, 'cp'));
      return { argv: ['ansible-playbook', playbook], cwd: folder, env: environment(ground, line) };
    };
    return {
      deploy: (_, line) => play(line, 'deploy.yml'),
      rollback: (_, line) => play(line, 'rollback.yml'),
    };
  },
};

/** Those of the run before are kept for a minute, in a folder that the first run makes. */
async function endConnections(folder: string): Promise<void> {
  const sockets = await readdir(folder).catch(() => []);
  for (const socket of sockets)
    await run(['ssh', '-F', 'none', '-O', 'exit', '-o', `ControlPath=${join(folder, socket)}`, 'site']);
}
