import type { StageSettings } from './schema.ts';

/** What holds where neither the stage nor the top of the file says anything, written as it would be there. */
export const DEFAULTS = {
  connection: 'ssh',
  user: 'deploy',
  port: 22,
  waves: { canary: 0, batch: '100%', pause: '0s', 'max-fail': 0, unreachable: 'refuse' },
  include: [],
  exclude: [],
  hooks: { outputs: [] },
  django: { project: '.' },
  python: { groups: [], extras: [] },
  build: { packages: [] },
  'host-packages': 'check',
  server: 'gunicorn',
  'server-args': [],
  'process-manager': 'systemd',
  shared: { dirs: [], public: [], files: [] },
  health: { path: '/', timeout: '30s', successes: 2 },
  migrate: false,
  strategy: 'overlap',
  keepalive: 'restart',
  adopt: false,
  verify: { public: true },
  times: {
    connect: '15s',
    heartbeat: '5s',
    lease: '45s',
    confirm: '60s',
    standby: '5m',
    drain: '60s',
    grace: '30s',
    lock: '10m',
  },
  static: { keep: '24h', commands: [], hashed: [] },
  keep: { releases: 5, failed: 3 },
} satisfies StageSettings;

/** What a host without a name is called, where it is this machine. */
export const HERE = 'localhost';

/** Where a configuration repository appears, if there is one. */
export const CONFIG_FOLDER = 'config';

/** `stop-timeout` of a process: work in hand is finished; the next singleton waits for the one before. */
export const STOP = { worker: '10m', singleton: '30s' } as const;
