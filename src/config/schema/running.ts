/** What runs on the hosts, and what stays there. */
import { z } from 'zod';
import { SERVER_NAMES } from '../../servers/servers.ts';
import {
  argument,
  choice,
  DAY,
  duration,
  flag,
  inside,
  like,
  list,
  map,
  meanings,
  patterns,
  variables,
  whole,
  words,
} from '../kinds.ts';
import * as is from '../patterns.ts';

/** A line to copy. */
export const SERVER_COMMAND =
  'server-command: ["{python}", "-m", "hypercorn", "--bind", "unix:{socket}", "{application}"]';

const process = z
  .strictObject({
    command: words('command: [python, manage.py, run_worker, "--name", "two words"]').exactOptional(),
    celery: choice(['worker', 'beat'], 'celery: worker').exactOptional(),
    app: like(is.CELERY_APP, 'a dotted module, perhaps with ":" and a name in it', 'app: shop.celery').exactOptional(),
    args: list(argument('args: ["--concurrency", "2"]'), 'args: ["--concurrency", "2"]').exactOptional(),
    'stop-timeout': duration('stop-timeout: 10m').exactOptional(),
    singleton: flag('singleton: true').exactOptional(),
  })
  .refine(({ command, celery, app, args }) =>
    celery === undefined ? command !== undefined && app === undefined && args === undefined : command === undefined,
  )
  .register(meanings, {
    expects: 'either command, or celery (which alone takes app and args)',
    example: 'worker: { command: python manage.py run_worker }',
    json: {
      oneOf: [
        { required: ['celery'], not: { required: ['command'] } },
        { required: ['command'], not: { anyOf: ['celery', 'app', 'args'].map((key) => ({ required: [key] })) } },
      ],
    },
  });

/** The keys of it. */
export const runningKeys = {
  server: choice(SERVER_NAMES, `server: ${SERVER_NAMES[0]}`).exactOptional(),
  'server-args': list(argument('server-args: ["--workers", "3"]'), 'server-args: ["--workers", "3"]').exactOptional(),
  'server-command': list(argument(SERVER_COMMAND), SERVER_COMMAND).exactOptional(),
  processes: z
    .record(z.string().regex(is.PROCESS), process)
    .register(meanings, {
      expects: 'a map of names and processes',
      example: 'processes: { worker: { celery: worker } }',
    })
    .exactOptional(),
  'process-manager': choice(['systemd', 'systemd-user', 'supervisord'], 'process-manager: systemd').exactOptional(),
  shared: map(
    {
      dirs: list(inside('dirs: [media]'), 'dirs: [media]').exactOptional(),
      public: list(inside('public: [media]'), 'public: [media]').exactOptional(),
      files: list(inside('files: [.env]'), 'files: [.env]').exactOptional(),
    },
    'shared: { public: [media], files: [.env] }',
  ).exactOptional(),
  env: variables('env: { DJANGO_LOG_LEVEL: info }').exactOptional(),
  'build-env': variables('build-env: { SECRET_KEY: build }').exactOptional(),
  migrate: flag('migrate: true').exactOptional(),
  strategy: choice(['overlap', 'restart'], 'strategy: restart').exactOptional(),
  keepalive: choice(['restart', 'switch'], 'keepalive: switch').exactOptional(),
  adopt: flag('adopt: true').exactOptional(),
  keep: map(
    {
      releases: whole(1, 1_000, 'a whole number from 1 to 1000', 'releases: 5').exactOptional(),
      failed: whole(0, 1_000, 'a whole number from 0 to 1000', 'failed: 3').exactOptional(),
    },
    'keep: { releases: 5, failed: 3 }',
  ).exactOptional(),
  static: map(
    {
      keep: duration('keep: 24h', { most: 365 * DAY }).exactOptional(),
      commands: list(words('compress --force'), 'commands: [compress --force]').exactOptional(),
      hashed: patterns('hashed: [/CACHE/]').exactOptional(),
    },
    'static: { keep: 24h }',
  ).exactOptional(),
};
