import type { Way } from '../way.ts';
import { installSsh, setUpScript } from './ssh-restart.ts';
import { service } from './steps.ts';

export const SSH_RELOAD: Way = {
  name: 'ssh-reload',
  title: 'ssh script, reload',
  how: 'The ssh script, with systemctl reload (HUP to gunicorn, which starts new workers and ends the old ones), and a start where the server is not running.',
  install: installSsh,
  setUp: (ground) => {
    const isActive = `systemctl is-active --quiet ${ground.site}-web.service`;
    const takeUp = `if ${isActive}; then ${service(ground, 'reload')}; else ${service(ground, 'start')}; fi`;
    return setUpScript(ground, { takeUp });
  },
};
