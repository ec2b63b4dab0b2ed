import { ensurePackages } from '../../scripts/debian.ts';
import type { Way } from '../way.ts';
import { setUpBuilt } from './built.ts';
import { opensshVersion, versionOf } from './remote.ts';

export const TAR_ZST: Way = {
  name: 'tar-zst',
  title: 'one tar.zst over ssh',
  how:
    'Environment and release are built on the runner’s side (the environment of the run before is there, as a CI’s cache has it) and sent whole as one tar, ' +
    'compressed by zstd at its default level, over the one connection that also unpacks, links and restarts.',
  async install() {
    ensurePackages(['openssh-client', 'zstd']);
    return { zstd: await versionOf(['zstd', '--version'], /v([\d.]+)/), OpenSSH: await opensshVersion() };
  },
  setUp: (ground) =>
    setUpBuilt(ground, ({ ssh, login, release, activate }) =>
      [
        `tar --create --zstd env code | ${ssh} ${login} 'set -e`,
        `mkdir ${release}`,
        `tar --extract --zstd --directory ${release}`,
        `${activate}'`,
      ].join('\n'),
    ),
};
