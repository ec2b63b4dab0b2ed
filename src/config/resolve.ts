import type { HealthSpec, KeepSpec, SharedSpec, Times, VerifySpec } from '../protocol/messages.ts';
import { parseDuration } from './duration.ts';
import { tidyPath } from './patterns.ts';
import type { GracefulFile, StageSettings } from './schema.ts';
import type { Stage, StageHost, StageProcess, Waves } from './types.ts';

/** What holds where neither the stage nor the top of the file says anything. */
export const DEFAULTS = {
  user: 'deploy',
  port: 22,
  waves: { canary: 0, batch: '100%', pause: '0s', maxFail: 0, unreachable: 'refuse' },
  project: '.',
  hostPackages: 'check',
  server: 'gunicorn',
  manager: 'systemd',
  health: { path: '/', timeout: '30s', successes: 2 },
  configFolder: 'config',
  migrate: false,
  strategy: 'overlap',
  keepalive: 'restart',
  verifyPublic: true,
  connect: '15s',
  times: {
    heartbeat: '5s',
    lease: '45s',
    confirm: '60s',
    standby: '5m',
    drain: '60s',
    grace: '30s',
    lock: '10m',
  },
  keepStatic: '24h',
  keep: { releases: 5, failed: 3 },
  /** `stop-timeout`: work in hand is finished; the next singleton waits for the one before. */
  stop: { worker: '10m', singleton: '30s' },
} as const;

/** Inputs that stand over the file. */
export interface Overrides {
  hosts?: string[] | undefined;
  user?: string | undefined;
  port?: number | undefined;
}

/** A stage whose hosts may still be unknown (none): nobody needs the hosts of a stage that is not deployed now. */
export type Draft = Omit<Stage, 'url'> & { url: string | undefined };

/** One stage with everything filled in. Maps merge key by key, the stage over the top; lists and values replace. */
export function resolveStage(file: GracefulFile, name: string, over: Overrides = {}): Draft {
  const stage: StageSettings = file.stages[name] ?? {};
  const common = file;
  const variant = stage.variant ?? common.variant;
  const site = variant === undefined ? file.software : `${file.software}-${variant}`;
  const django = { ...common.django, ...stage.django };
  const python = { ...common.python, ...stage.python };
  const shared = { ...common.shared, ...stage.shared };
  return {
    name,
    branch: stage.branch,
    site,
    root: stage.root ?? common.root ?? `/srv/${site}`,
    hosts: hosts(stage, common, over),
    waves: waves({ ...common.waves, ...stage.waves }),
    url: (stage.url ?? common.url)?.replace(/\/$/, ''),
    source: { include: stage.include ?? common.include ?? [], exclude: stage.exclude ?? common.exclude ?? [] },
    configRepository: configRepository(stage, common),
    hooks: hooks({ ...common.hooks, ...stage.hooks }),
    staticFiles: staticFiles({ ...common.static, ...stage.static }),
    django: {
      project: tidyPath(django.project ?? DEFAULTS.project),
      settings: django.settings,
      application: django.application,
      interface: django.interface,
    },
    python: {
      requirements: python.requirements === undefined ? undefined : tidyPath(python.requirements),
      groups: python.groups ?? [],
      extras: python.extras ?? [],
      version: python.version,
    },
    build: build({ ...common.build, ...stage.build }),
    hostPackages: stage['host-packages'] ?? common['host-packages'] ?? DEFAULTS.hostPackages,
    ...server(stage, common),
    serverArgs: stage['server-args'] ?? common['server-args'] ?? [],
    processes: processes({ ...common.processes, ...stage.processes }),
    processManager: stage['process-manager'] ?? common['process-manager'] ?? DEFAULTS.manager,
    shared: sharedPaths(shared),
    env: { ...common.env, ...stage.env },
    buildEnv: { ...common['build-env'], ...stage['build-env'] },
    health: health({ ...common.health, ...stage.health }),
    migrate: stage.migrate ?? common.migrate ?? DEFAULTS.migrate,
    strategy: stage.strategy ?? common.strategy ?? DEFAULTS.strategy,
    keepalive: stage.keepalive ?? common.keepalive ?? DEFAULTS.keepalive,
    adopt: stage.adopt ?? common.adopt ?? false,
    verify: verify({ ...common.verify, ...stage.verify }),
    connectMs: ms(stage.times?.connect ?? common.times?.connect ?? DEFAULTS.connect),
    times: times({ ...common.times, ...stage.times }, { ...common.static, ...stage.static }),
    keep: keep({ ...common.keep, ...stage.keep }),
  };
}

/**
 * `host` and `hosts` are one setting: that of the stage replaces that of the top. An input's host is one of them where it is named
 * there. Singletons run on the first host, unless another one names them.
 */
function hosts(stage: StageSettings, common: StageSettings, over: Overrides): StageHost[] {
  const level = [stage, common].find((one) => one.host !== undefined || one.hosts !== undefined);
  const listed = (level?.hosts ?? [level?.host ?? []].flat()).map((one) =>
    typeof one === 'string' ? { host: one } : one,
  );
  const known = processes({ ...common.processes, ...stage.processes });
  const everywhere = Object.keys(known).filter((name) => known[name]?.singleton === false);
  const once = Object.keys(known).filter(
    (name) => known[name]?.singleton && !listed.some((one) => one.processes?.includes(name)),
  );
  const placed = (one: (typeof listed)[number], index: number): StageHost => ({
    host: one.host,
    port: over.port ?? one.port ?? stage.port ?? common.port ?? DEFAULTS.port,
    user: over.user ?? one.user ?? stage.user ?? common.user ?? DEFAULTS.user,
    processes: one.processes ?? everywhere.concat(index === 0 ? once : []),
  });
  const own = listed.map(placed);
  if (over.hosts === undefined) return own;
  // Where none of them is known they are all there is.
  const before = own.some(({ host }) => over.hosts?.includes(host)) ? own.length : 0;
  return over.hosts.flatMap((host, index) => {
    const found = own.filter((one) => one.host === host);
    return found.length > 0 ? found : [placed({ host }, before + index)];
  });
}

function waves(given: NonNullable<StageSettings['waves']>): Waves {
  return {
    canary: given.canary ?? DEFAULTS.waves.canary,
    batch: given.batch ?? DEFAULTS.waves.batch,
    pauseMs: ms(given.pause ?? DEFAULTS.waves.pause),
    maxFail: given['max-fail'] ?? DEFAULTS.waves.maxFail,
    unreachable: given.unreachable ?? DEFAULTS.waves.unreachable,
  };
}

function build(given: NonNullable<StageSettings['build']>): Stage['build'] {
  return { in: given.in, packages: given.packages ?? [] };
}

/** `server` and `server-command` exclude one another: those of the stage replace both of the top. */
function server(...levels: readonly StageSettings[]): Pick<Stage, 'server' | 'serverCommand'> {
  const level = levels.find((one) => one.server !== undefined || one['server-command'] !== undefined);
  const serverCommand = level?.['server-command'];
  return { server: level?.server ?? (serverCommand === undefined ? DEFAULTS.server : null), serverCommand };
}

/** A public folder is a shared one, whether `dirs` names it again or not. */
function sharedPaths(given: NonNullable<StageSettings['shared']>): SharedSpec {
  const tidy = (paths: readonly string[] = []) => paths.map(tidyPath);
  const [dirs, open] = [tidy(given.dirs), tidy(given.public)];
  return { dirs: [...dirs, ...open.filter((path) => !dirs.includes(path))], files: tidy(given.files), public: open };
}

function processes(given: NonNullable<StageSettings['processes']>): Record<string, StageProcess> {
  const resolved = Object.entries(given).map(([name, process]): [string, StageProcess] => {
    const { celery, app, args = [], command = args } = process;
    const singleton = process.singleton ?? celery === 'beat';
    const stop = process['stop-timeout'] ?? (singleton ? DEFAULTS.stop.singleton : DEFAULTS.stop.worker);
    return [name, { command: wordsOf(command), celery, app, stopMs: ms(stop), singleton }];
  });
  return Object.fromEntries(resolved);
}

/** No shell reads them. */
function wordsOf(command: string | string[]): string[] {
  return typeof command === 'string' ? command.split(' ').filter(Boolean) : command;
}

/** `path` and `url` exclude one another: that of the stage replaces the other one of the top. */
function configRepository(stage: StageSettings, common: StageSettings): Stage['configRepository'] {
  const levels = [stage['config-repository'], common['config-repository']];
  if (levels.every((level) => level === undefined)) return undefined;
  const { path, url } = levels.find((level) => level?.path !== undefined || level?.url !== undefined) ?? {};
  const { ref, folder = DEFAULTS.configFolder } = { ...levels[1], ...levels[0] };
  return { path, url, ref, folder: tidyPath(folder) };
}

function hooks(given: NonNullable<StageSettings['hooks']>): Stage['hooks'] {
  return { build: given.build, outputs: (given.outputs ?? []).map(tidyPath) };
}

function staticFiles(given: NonNullable<StageSettings['static']>): Stage['staticFiles'] {
  return { commands: (given.commands ?? []).map(wordsOf), hashed: given.hashed ?? [] };
}

function health(given: NonNullable<StageSettings['health']>): HealthSpec {
  const { status } = given;
  return {
    path: given.path ?? DEFAULTS.health.path,
    status: status === undefined ? null : Array.isArray(status) ? status : [status],
    body: given.body ?? null,
    timeoutMs: ms(given.timeout ?? DEFAULTS.health.timeout),
    successes: given.successes ?? DEFAULTS.health.successes,
  };
}

function verify(given: NonNullable<StageSettings['verify']>): VerifySpec {
  return { public: given.public ?? DEFAULTS.verifyPublic, local: given.local?.replace(/\/$/, '') ?? null };
}

function times(given: NonNullable<StageSettings['times']>, kept: NonNullable<StageSettings['static']>): Times {
  return {
    heartbeatMs: ms(given.heartbeat ?? DEFAULTS.times.heartbeat),
    leaseMs: ms(given.lease ?? DEFAULTS.times.lease),
    confirmMs: ms(given.confirm ?? DEFAULTS.times.confirm),
    standbyMs: ms(given.standby ?? DEFAULTS.times.standby),
    drainMs: ms(given.drain ?? DEFAULTS.times.drain),
    graceMs: ms(given.grace ?? DEFAULTS.times.grace),
    lockMs: ms(given.lock ?? DEFAULTS.times.lock),
    keepStaticMs: ms(kept.keep ?? DEFAULTS.keepStatic),
  };
}

function keep(given: NonNullable<StageSettings['keep']>): KeepSpec {
  return { releases: given.releases ?? DEFAULTS.keep.releases, failed: given.failed ?? DEFAULTS.keep.failed };
}

function ms(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new Error(`${duration} passed the schema but is no duration`);
  return parsed;
}
