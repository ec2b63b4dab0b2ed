/** The shape of `graceful.yml`, with what each place expects in words. */
import { z } from 'zod';
import { PACKAGE_NAME } from '../build/debian/packages.ts';
import { INTERFACES } from '../servers/interface.ts';
import { SERVER_NAMES } from '../servers/servers.ts';
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
  text,
  variables,
  whole,
  words,
} from './kinds.ts';
import * as is from './patterns.ts';

/** Where an environment is built: the runner as it is, or a minimal system of the host's release. */
export const BUILD_PLACES = ['debian', 'runner'] as const;
/** What happens to Debian packages that a host lacks. */
export const HOST_PACKAGES = ['check', 'install'] as const;

/** What becomes of a run when a host of the stage cannot be reached. */
export const UNREACHABLE = ['refuse', 'skip'] as const;

/** A line to copy. */
export const SERVER_COMMAND =
  'server-command: ["{python}", "-m", "hypercorn", "--bind", "unix:{socket}", "{application}"]';

const status = z
  .int()
  .refine((code) => (code >= 200 && code <= 299) || (code >= 400 && code <= 599))
  .register(meanings, { expects: 'an HTTP status from 200 to 299 or from 400 to 599', example: 'status: 200' });

const debianPackage = like(PACKAGE_NAME, "a Debian package's name, without a version", 'packages: [libpq-dev]');

const process = z
  .strictObject({
    command: words('command: [python, manage.py, run_worker, "--name", "two words"]').optional(),
    celery: choice(['worker', 'beat'], 'celery: worker').optional(),
    app: like(is.CELERY_APP, 'a dotted module, perhaps with ":" and a name in it', 'app: shop.celery').optional(),
    args: list(argument('args: ["--concurrency", "2"]'), 'args: ["--concurrency", "2"]').optional(),
    'stop-timeout': duration('stop-timeout: 10m').optional(),
    singleton: flag('singleton: true').optional(),
  })
  .refine(({ command, celery, app, args }) =>
    celery === undefined ? command !== undefined && app === undefined && args === undefined : command === undefined,
  )
  .register(meanings, {
    expects: 'either command, or celery (which alone takes app and args)',
    example: 'worker: { command: python manage.py run_worker }',
  });

const host = text('a host name or IP address, without port or user', 'host: www.example.org', is.isHost);
const user = like(is.USER, "a user's name on the host", 'user: deploy');
const port = whole(1, 65_535, 'a port from 1 to 65535', 'port: 22');

const HOSTS = 'hosts: [www1.example.org, { host: www2.example.org, port: 2222 }]';
const hosts = z
  .array(
    z
      .union([
        host,
        map(
          {
            host,
            port: port.optional(),
            user: user.optional(),
            processes: list(
              like(is.PROCESS, 'the name of a process in processes', 'processes: [worker]'),
              'processes: [worker]',
            ).optional(),
          },
          HOSTS,
        ),
      ])
      .register(meanings, {
        expects: 'a host name or IP address, or a map of host, port, user and processes',
        example: HOSTS,
      }),
  )
  .min(1)
  .register(meanings, { expects: 'a list of at least one host', example: HOSTS });

/** What may stand at the top and in each stage. */
const settings = {
  variant: like(is.VARIANT, 'lower-case letters, digits and "-"', 'variant: berlin').optional(),
  root: text('an absolute path of letters, digits, ".", "_" and "-"', 'root: /srv/shop', (value) =>
    is.ROOT.test(value),
  ).optional(),
  host: host.optional(),
  hosts: hosts.optional(),
  user: user.optional(),
  port: port.optional(),
  waves: map(
    {
      canary: whole(0, 1_000, 'a whole number from 0 to 1000', 'canary: 1').optional(),
      batch: like(
        /^([1-9]\d{0,3}|[1-9]\d?%|100%)$/,
        'a number of hosts, or 1% to 100% of them',
        'batch: 25%',
      ).optional(),
      pause: duration('pause: 30s', { least: 0 }).optional(),
      'max-fail': whole(0, 1_000, 'a whole number from 0 to 1000', 'max-fail: 1').optional(),
      unreachable: choice(UNREACHABLE, 'unreachable: skip').optional(),
    },
    'waves: { canary: 1, batch: 25%, pause: 30s }',
  ).optional(),
  url: text('an http:// or https:// address without path', 'url: "https://www.example.org"', is.isOrigin).optional(),
  include: patterns('include: [shop/, manage.py, requirements.txt]').optional(),
  'config-repository': map(
    {
      path: text('a path, relative to the top of the checkout', 'path: ../shop-config', (value) =>
        /^[^\0-][^\0]*$/.test(value),
      ).optional(),
      url: text(
        'an address that git knows, without a password',
        'url: "https://github.com/acme/shop-config.git"',
        (value) => /^(?:(?:https?|ssh|file):\/\/(?![^/]*:[^/]*@)|[\w.-]+@[\w.-]+:)[^\s\0]+$/.test(value),
      ).optional(),
      ref: text('a branch, tag or commit', 'ref: main', (value) => /^[^\s\0-][^\s\0]*$/.test(value)).optional(),
      folder: inside('folder: config').optional(),
    },
    'config-repository: { path: ../shop-config, ref: main, folder: config }',
  ).optional(),
  exclude: patterns('exclude: [docs/, "*.md"]').optional(),
  django: map(
    {
      project: text('a relative path inside the repository, without ".."', 'project: .', (value) =>
        is.isInside(value, true),
      ).optional(),
      settings: like(is.MODULE, 'a dotted module', 'settings: shop.settings.production').optional(),
      application: like(
        is.APPLICATION,
        'a module and a name in it, with ":" between',
        'application: shop.wsgi:application',
      ).optional(),
      interface: choice(INTERFACES, 'interface: asgi').optional(),
    },
    'django: { project: ., settings: shop.settings.production }',
  ).optional(),
  python: map(
    {
      requirements: inside('requirements: requirements.txt').optional(),
      groups: list(
        like(is.GROUP, 'the name of a dependency group', 'groups: [production]'),
        'groups: [production]',
      ).optional(),
      extras: list(like(is.GROUP, 'the name of an extra', 'extras: [images]'), 'extras: [images]').optional(),
      version: like(is.PYTHON_MINOR, 'a minor version of Python 3', 'version: "3.12"').optional(),
    },
    'python: { requirements: requirements.txt }',
  ).optional(),
  build: map(
    {
      in: choice(BUILD_PLACES, 'in: debian').optional(),
      packages: list(debianPackage, 'packages: [libpq-dev]').optional(),
    },
    'build: { in: debian }',
  ).optional(),
  'host-packages': choice(HOST_PACKAGES, 'host-packages: install').optional(),
  server: choice(SERVER_NAMES, `server: ${SERVER_NAMES[0]}`).optional(),
  'server-args': list(argument('server-args: ["--workers", "3"]'), 'server-args: ["--workers", "3"]').optional(),
  'server-command': list(argument(SERVER_COMMAND), SERVER_COMMAND).optional(),
  processes: z
    .record(z.string().regex(is.PROCESS), process)
    .register(meanings, {
      expects: 'a map of names and processes',
      example: 'processes: { worker: { celery: worker } }',
    })
    .optional(),
  'process-manager': choice(['systemd', 'systemd-user', 'supervisord'], 'process-manager: systemd').optional(),
  shared: map(
    {
      dirs: list(inside('dirs: [media]'), 'dirs: [media]').optional(),
      public: list(inside('public: [media]'), 'public: [media]').optional(),
      files: list(inside('files: [.env]'), 'files: [.env]').optional(),
    },
    'shared: { public: [media], files: [.env] }',
  ).optional(),
  env: variables('env: { DJANGO_LOG_LEVEL: info }').optional(),
  'build-env': variables('build-env: { SECRET_KEY: build }').optional(),
  health: map(
    {
      path: text('a path that begins with "/"', 'path: /healthz', (value) => /^\/[^\s#]*$/.test(value)).optional(),
      status: z
        .union([status, z.array(status).min(1)])
        .register(meanings, {
          expects: 'an HTTP status (200 to 299, 400 to 599; a redirect is never healthy) or a list of them',
          example: 'status: [200, 204]',
        })
        .optional(),
      body: text('text that the answer contains', 'body: ok', (value) => value !== '').optional(),
      timeout: duration('timeout: 30s').optional(),
      successes: whole(1, 100, 'a whole number from 1 to 100', 'successes: 2').optional(),
    },
    'health: { path: /healthz, status: 200, timeout: 30s }',
  ).optional(),
  migrate: flag('migrate: true').optional(),
  strategy: choice(['overlap', 'restart'], 'strategy: restart').optional(),
  keepalive: choice(['restart', 'switch'], 'keepalive: switch').optional(),
  adopt: flag('adopt: true').optional(),
  verify: map(
    {
      public: flag('public: false').optional(),
      local: text(
        'an http:// or https:// address without path',
        'local: "http://127.0.0.1:8080"',
        is.isOrigin,
      ).optional(),
    },
    'verify: { public: true }',
  ).optional(),
  times: map(
    {
      connect: duration('connect: 15s').optional(),
      heartbeat: duration('heartbeat: 5s').optional(),
      lease: duration('lease: 45s').optional(),
      confirm: duration('confirm: 60s').optional(),
      standby: duration('standby: 5m', { least: 0 }).optional(),
      drain: duration('drain: 60s', { least: 0 }).optional(),
      grace: duration('grace: 30s').optional(),
      lock: duration('lock: 10m', { least: 0 }).optional(),
    },
    'times: { standby: 5m }',
  ).optional(),
  keep: map(
    {
      releases: whole(1, 1_000, 'a whole number from 1 to 1000', 'releases: 5').optional(),
      failed: whole(0, 1_000, 'a whole number from 0 to 1000', 'failed: 3').optional(),
    },
    'keep: { releases: 5, failed: 3 }',
  ).optional(),
  static: map(
    {
      keep: duration('keep: 24h', { most: 365 * DAY }).optional(),
      commands: list(words('compress --force'), 'commands: [compress --force]').optional(),
      hashed: patterns('hashed: [/CACHE/]').optional(),
    },
    'static: { keep: 24h }',
  ).optional(),
  hooks: map(
    {
      build: text(
        'a command line for sh',
        'build: npm ci && npm run build',
        (value) => value.trim() !== '' && !value.includes('\0'),
      ).optional(),
      outputs: list(inside('outputs: [frontend/dist]'), 'outputs: [frontend/dist]').optional(),
    },
    'hooks: { build: npm ci && npm run build, outputs: [frontend/dist] }',
  ).optional(),
};

const stage = map(
  {
    branch: text("a branch's name", 'branch: main', (value) => value !== '' && !/\s/.test(value)).optional(),
    ...settings,
  },
  'production: { branch: main, host: www.example.org, url: "https://www.example.org" }',
);

/** All of `graceful.yml`. */
export const gracefulFile = map(
  {
    software: like(is.SITE, 'lower-case letters, digits and "-", a letter first, at most 32', 'software: shop'),
    ...settings,
    stages: z
      .record(like(is.STAGE, "a stage's name of letters, digits, - and _", 'production:'), stage)
      .refine((stages) => Object.keys(stages).length > 0)
      .register(meanings, {
        expects: 'a map of at least one stage',
        example: 'stages: { production: { branch: main, host: www.example.org, url: "https://www.example.org" } }',
      }),
  },
  'software: shop',
);

export type GracefulFile = z.infer<typeof gracefulFile>;
export type StageSettings = GracefulFile['stages'][string];
