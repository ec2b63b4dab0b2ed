import { type Server, WHY } from './server.ts';

export const UVICORN: Server = {
  interfaces: ['asgi'],
  // The first one with --timeout-graceful-shutdown; without, one open stream keeps it from ending.
  oldest: '0.22',
  refused: [
    ['--uds', null, WHY.socket],
    ['--fd', null, WHY.socket],
    ['--host', null, WHY.socket],
    ['--port', null, WHY.socket],
    ['--reload', null, WHY.reload],
    ['--timeout-graceful-shutdown', null, WHY.grace],
    ['--app-dir', null, WHY.folder],
  ],
  abbreviates: false,
  options: ({ grace }) => ['--uds', '{socket}', '--timeout-graceful-shutdown', String(grace)],
};
