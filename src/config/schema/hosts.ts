/** Where a stage lives, and how its hosts go. */
import { z } from 'zod';
import { choice, duration, like, list, map, meanings, whole } from '../kinds.ts';
import * as is from '../patterns.ts';

/** How a stage is reached: `local` where Graceful runs on its host itself. */
export const CONNECTIONS = ['ssh', 'local'] as const;

/** What becomes of a run when a host of the stage cannot be reached. */
export const UNREACHABLE = ['refuse', 'skip'] as const;

const host = like(
  /^[A-Za-z0-9:][\w.:%-]*$/,
  'a host name or IP address, without port or user',
  'host: www.example.org',
  is.isHost,
);
const user = like(is.USER, "a user's name on the host", 'user: deploy');
const port = whole(1, 65_535, 'a port from 1 to 65535', 'port: 22');

const JUMP = 'jump: { host: bastion.example.org, port: 2222 }';
const jump = z
  .union([host, map({ host, port: port.exactOptional(), user: user.exactOptional() }, JUMP)])
  .register(meanings, { expects: 'a host name or IP address, a map of host, port and user, or none', example: JUMP });

const HOSTS = 'hosts: [www1.example.org, { host: www2.example.org, port: 2222 }]';
const hosts = z
  .array(
    z
      .union([
        host,
        map(
          {
            host,
            port: port.exactOptional(),
            user: user.exactOptional(),
            jump: jump.exactOptional(),
            processes: list(
              like(is.PROCESS, 'the name of a process in processes', 'processes: [worker]'),
              'processes: [worker]',
            ).exactOptional(),
          },
          HOSTS,
        ),
      ])
      .register(meanings, {
        expects: 'a host name or IP address, or a map of host, port, user, jump and processes',
        example: HOSTS,
      }),
  )
  .min(1)
  .register(meanings, { expects: 'a list of at least one host', example: HOSTS });

/** The keys of it. */
export const hostKeys = {
  connection: choice(CONNECTIONS, 'connection: local').exactOptional(),
  host: host.exactOptional(),
  hosts: hosts.exactOptional(),
  user: user.exactOptional(),
  port: port.exactOptional(),
  jump: jump.exactOptional(),
  waves: map(
    {
      canary: whole(0, 1_000, 'a whole number from 0 to 1000', 'canary: 1').exactOptional(),
      batch: like(
        /^([1-9]\d{0,3}|[1-9]\d?%|100%)$/,
        'a number of hosts, or 1% to 100% of them',
        'batch: 25%',
      ).exactOptional(),
      pause: duration('pause: 30s', { least: 0 }).exactOptional(),
      'max-fail': whole(0, 1_000, 'a whole number from 0 to 1000', 'max-fail: 1').exactOptional(),
      unreachable: choice(UNREACHABLE, 'unreachable: skip').exactOptional(),
    },
    'waves: { canary: 1, batch: 25%, pause: 30s }',
  ).exactOptional(),
};
