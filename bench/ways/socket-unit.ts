import type { Way } from '../way.ts';
import { installSsh, setUpScript } from './ssh-restart.ts';
import { service } from './steps.ts';

export const SOCKET_UNIT: Way = {
  name: 'socket-unit',
  title: 'ssh script, restart behind a socket unit',
  how: 'The ssh script, with a systemd socket unit as in gunicorn’s documentation: requests wait in the socket while the server restarts.',
  install: installSsh,
  setUp: (ground) => setUpScript(ground, { takeUp: service(ground, 'restart'), socketUnit: true }),
};
