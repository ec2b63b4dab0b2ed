import type { Way } from '../way.ts';
import { setUpBuilt } from './built.ts';
import { installRsync } from './rsync.ts';

export const RSYNC_LINK_DEST: Way = {
  name: 'rsync-link-dest',
  title: 'rsync --link-dest',
  how:
    'Environment and release are built on the runner’s side (the environment of the run before is there, as a CI’s cache has it), sent by `rsync -az --link-dest` ' +
    'to a new folder per release, then linked and restarted by a second connection.',
  install: installRsync,
  setUp: (ground) =>
    setUpBuilt(ground, ({ ssh, login, release, activate }) =>
      [
        // Not there at the first deploy, which rsync tells and goes on.
        `rsync -az --link-dest=../../current/ -e '${ssh}' ./ ${login}:${release}/`,
        `${ssh} ${login} '${activate}'`,
      ].join('\n'),
    ),
};
