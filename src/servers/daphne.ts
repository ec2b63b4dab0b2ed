import { type Server, WHY } from './server.ts';

export const DAPHNE: Server = {
  interfaces: ['asgi'],
  refused: [
    ['--unix-socket', '-u', WHY.socket],
    ['--fd', null, WHY.socket],
    ['--endpoint', '-e', WHY.socket],
    ['--bind', '-b', WHY.socket],
    ['--port', '-p', WHY.socket],
  ],
  abbreviates: true,
  // Its own --unix-socket lets 50 connections wait and no more: the next visitor would get a 502. It knows no graceful
  // time-out: what is still open at SIGTERM is cut off, after the drain time.
  options: () => ['--endpoint', 'unix:{socket}:mode=660:backlog=2048'],
};
