import type { HealthSpec, SharedSpec } from '../protocol/messages.ts';
import { CONFIG_FOLDER, DEFAULTS, HERE, STOP } from './defaults.ts';
import { parseDuration } from './duration.ts';
import { tidyPath } from './patterns.ts';
import type { GracefulFile, StageSettings } from './schema.ts';
import type { Stage, StageHost, StageProcess, Waves } from './types.ts';

/** Inputs that stand over the file. */
export interface Overrides {
  connection?: Stage['connection'] | undefined;
  hosts?: string[] | undefined;
  user?: string | undefined;
  port?: number | undefined;
}

/** A stage whose hosts may still be unknown (none): nobody needs the hosts of a stage that is not deployed now. */
export type Draft = Omit<Stage, 'url'> & { url: string | undefined };

/** One stage with everything filled in. Maps merge key by key, the stage over the top; lists and values replace. */
export function resolveStage(file: GracefulFile, name: string, over: Overrides = {}): Draft {
  const stage: StageSettings = file.stages[name] ?? {};
  const common: StageSettings = file;
  const single = { ...DEFAULTS, ...common, ...stage };
  const { variant } = single;
  const site = variant === undefined ? file.software : `${file.software}-${variant}`;
  const django = { ...DEFAULTS.django, ...common.django, ...stage.django };
  const python = { ...DEFAULTS.python, ...common.python, ...stage.python };
  const verify = { ...DEFAULTS.verify, ...common.verify, ...stage.verify };
  const times = { ...DEFAULTS.times, ...common.times, ...stage.times };
  const files = { ...DEFAULTS.static, ...common.static, ...stage.static };
  return {
    name,
    site,
    root: single.root ?? `/srv/${site}`,
    connection: over.connection ?? single.connection,
    hosts: hosts(stage, common, over),
    waves: waves({ ...DEFAULTS.waves, ...common.waves, ...stage.waves }),
    url: single.url?.replace(/\/$/, ''),
    source: { include: single.include, exclude: single.exclude },
    configRepository: configRepository(stage, common),
    hooks: hooks({ ...DEFAULTS.hooks, ...common.hooks, ...stage.hooks }),
    staticFiles: { commands: files.commands.map(wordsOf), hashed: files.hashed },
    django: {
      project: tidyPath(django.project),
      settings: django.settings,
      application: django.application,
      interface: django.interface,
    },
    python: {
      requirements: python.requirements === undefined ? undefined : tidyPath(python.requirements),
      groups: python.groups,
      extras: python.extras,
      version: python.version,
    },
    build: build({ ...DEFAULTS.build, ...common.build, ...stage.build }),
    hostPackages: single['host-packages'],
    ...server(stage, common),
    serverArgs: single['server-args'],
    processes: processes({ ...common.processes, ...stage.processes }),
    processManager: single['process-manager'],
    shared: sharedPaths({ ...DEFAULTS.shared, ...common.shared, ...stage.shared }),
    env: { ...common.env, ...stage.env },
    buildEnv: { ...common['build-env'], ...stage['build-env'] },
    health: health({ ...DEFAULTS.health, ...common.health, ...stage.health }),
    migrate: single.migrate,
    strategy: single.strategy,
    keepalive: single.keepalive,
    adopt: single.adopt,
    verify: { public: verify.public, local: verify.local?.replace(/\/$/, '') ?? null },
    connectMs: ms(times.connect),
    times: {
      heartbeatMs: ms(times.heartbeat),
      leaseMs: ms(times.lease),
      confirmMs: ms(times.confirm),
      standbyMs: ms(times.standby),
      drainMs: ms(times.drain),
      graceMs: ms(times.grace),
      lockMs: ms(times.lock),
      keepStaticMs: ms(files.keep),
    },
    keep: { ...DEFAULTS.keep, ...common.keep, ...stage.keep },
  };
}

/** Settings of one map, those that have a default filled in. */
type Filled<Key extends keyof StageSettings & keyof typeof DEFAULTS> = NonNullable<StageSettings[Key]> &
  Required<Pick<NonNullable<StageSettings[Key]>, keyof NonNullable<StageSettings[Key]> & keyof (typeof DEFAULTS)[Key]>>;

/**
 * `host` and `hosts` are one setting: that of the stage replaces that of the top. An input's host is one of them where it is named
 * there. Singletons run on the first host, unless another one names them.
 */
function hosts(stage: StageSettings, common: StageSettings, over: Overrides): StageHost[] {
  const isHere = (over.connection ?? stage.connection ?? common.connection) === 'local';
  const written = writtenHosts(stage, common);
  const listed = written.length === 0 && isHere ? [{ host: HERE }] : written;
  const known = processes({ ...common.processes, ...stage.processes });
  const everywhere = Object.keys(known).filter((name) => known[name]?.singleton === false);
  const once = Object.keys(known).filter(
    (name) => known[name]?.singleton && !listed.some((one) => one.processes?.includes(name)),
  );
  const placed = (one: WrittenHost, index: number): StageHost => {
    const user = over.user ?? one.user ?? stage.user ?? common.user ?? DEFAULTS.user;
    return {
      host: one.host,
      port: over.port ?? one.port ?? stage.port ?? common.port ?? DEFAULTS.port,
      user,
      ...jump(one.jump ?? stage.jump ?? common.jump ?? 'none', user),
      processes: one.processes ?? everywhere.concat(index === 0 ? once : []),
    };
  };
  const own = listed.map(placed);
  if (over.hosts === undefined) return own;
  // Where none of them is known they are all there is.
  const before = own.some(({ host }) => over.hosts?.includes(host)) ? own.length : 0;
  return over.hosts.flatMap((host, index) => {
    const found = own.filter((one) => one.host === host);
    return found.length > 0 ? found : [placed({ host }, before + index)];
  });
}

type WrittenHost = Exclude<NonNullable<StageSettings['hosts']>[number], string>;

/** The hosts of a stage as the file has them. */
export function writtenHosts(stage: StageSettings, common: StageSettings): WrittenHost[] {
  const level = [stage, common].find((one) => one.host !== undefined || one.hosts !== undefined);
  const hosts = level?.hosts ?? (level?.host === undefined ? [] : [level.host]);
  return hosts.map((one) => (typeof one === 'string' ? { host: one } : one));
}

/** @param as who logs in at the host itself, and there too where nobody else is named */
function jump(given: NonNullable<StageSettings['jump']>, as: string): Pick<StageHost, 'jump'> {
  if (given === 'none') return {};
  const { host, port = DEFAULTS.port, user = as } = typeof given === 'string' ? { host: given } : given;
  return { jump: { host, port, user } };
}

function waves(given: Filled<'waves'>): Waves {
  const { canary, batch, pause, 'max-fail': maxFail, unreachable } = given;
  return { canary, batch, pauseMs: ms(pause), maxFail, unreachable };
}

function build(given: Filled<'build'>): Stage['build'] {
  return { in: given.in, packages: given.packages };
}

/** `server` and `server-command` exclude one another: those of the stage replace both of the top. */
function server(...levels: readonly StageSettings[]): Pick<Stage, 'server' | 'serverCommand'> {
  const level = levels.find((one) => one.server !== undefined || one['server-command'] !== undefined);
  const serverCommand = level?.['server-command'];
  return { server: level?.server ?? (serverCommand === undefined ? DEFAULTS.server : null), serverCommand };
}

/** A public folder is a shared one, whether `dirs` names it again or not. */
function sharedPaths(given: Filled<'shared'>): SharedSpec {
  const tidy = (paths: readonly string[]) => paths.map(tidyPath);
  const [dirs, open] = [tidy(given.dirs), tidy(given.public)];
  return { dirs: [...dirs, ...open.filter((path) => !dirs.includes(path))], files: tidy(given.files), public: open };
}

function processes(given: NonNullable<StageSettings['processes']>): Record<string, StageProcess> {
  const resolved = Object.entries(given).map(([name, process]): [string, StageProcess] => {
    const { celery, app, args = [], command = args } = process;
    const singleton = process.singleton ?? celery === 'beat';
    const stop = process['stop-timeout'] ?? (singleton ? STOP.singleton : STOP.worker);
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
  const { ref, folder = CONFIG_FOLDER } = { ...levels[1], ...levels[0] };
  return { path, url, ref, folder: tidyPath(folder) };
}

function hooks(given: Filled<'hooks'>): Stage['hooks'] {
  return { build: given.build, outputs: given.outputs.map(tidyPath) };
}

function health(given: Filled<'health'>): HealthSpec {
  const { path, status, body = null, timeout, successes } = given;
  return { path, status: status === undefined ? null : [status].flat(), body, timeoutMs: ms(timeout), successes };
}

function ms(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new Error(`${duration} passed the schema but is no duration`);
  return parsed;
}
