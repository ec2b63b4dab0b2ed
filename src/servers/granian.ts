import { type Server, WHY } from './server.ts';

export const GRANIAN: Server = {
  interfaces: ['asgi', 'wsgi'],
  // The first one that binds to a unix socket.
  oldest: '2.5',
  longestGrace: 1800,
  refused: [
    ['--uds', null, WHY.socket],
    ['--host', null, WHY.socket],
    ['--port', null, WHY.socket],
    ['--reload', null, WHY.reload],
    ['--workers-kill-timeout', null, WHY.grace],
    ['--working-dir', null, WHY.folder],
    ['--interface', null, 'it is set by django: { interface: ... }, by which the application is found'],
  ],
  abbreviates: false,
  options: ({ grace, interface: served }) => [
    '--uds',
    '{socket}',
    '--interface',
    served,
    // Unlimited otherwise: one open stream would keep a worker from ending.
    '--workers-kill-timeout',
    String(grace),
  ],
};
