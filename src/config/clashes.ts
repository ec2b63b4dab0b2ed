/** Settings that are each fine and do not go together, or lack one another. */
import { DEFAULTS } from './defaults.ts';
import type { Path } from './document.ts';
import { formatDuration } from './duration.ts';
import { manyHere } from './local-clashes.ts';
import { SITE, SYSTEM_NAMES } from './patterns.ts';
import type { Draft } from './resolve.ts';
import type { GracefulFile, StageSettings } from './schema.ts';
import { ofServer } from './server-clashes.ts';
import type { Target } from './types.ts';

export interface Clash {
  message: string;
  mend: string;
  /** Settings at fault, the one to point at first. */
  at: Path[];
}

/** Longest path of a unix socket: `sun_path` of Linux has 108 bytes, the last of them NUL (unix(7)). */
const LONGEST_SOCKET = 107;
/** The longest path of a socket under the root; the one under /run fits for every name that a site may have. */
const SOCKETS = {
  systemd: '/releases/20261122T043400Z-abcdef1/sock',
  'systemd-user': '/run/20261122T043400Z-abcdef1.9999/http.sock',
  supervisord: '/run/20261122T043400Z-abcdef1.9999/http.sock',
} as const;

/** All that does not go together in one stage. */
export function clashes(stage: Draft): Clash[] {
  return [
    ...ofNames(stage),
    ...ofHosts(stage),
    ...ofServer(stage),
    ...ofProcesses(stage),
    ...ofTimes(stage),
    ...ofShared(stage),
    ...ofHooks(stage),
    ...ofConfig(stage),
  ];
}

function ofNames(stage: Draft): Clash[] {
  const found: Clash[] = [];
  if (!SITE.test(stage.site)) {
    found.push({
      message: `software and variant make the site's name "${stage.site}" of ${stage.site.length} characters; 32 are the most`,
      mend: 'shorten software or variant',
      at: [['variant'], ['software']],
    });
  }
  if (SYSTEM_NAMES.has(stage.site)) {
    found.push({
      message: `the site would be "${stage.site}", which is the name of a user or group of the system: a site has a user and groups of its own, named as it is`,
      mend: 'choose another name, such as that of the project',
      at: [['variant'], ['software']],
    });
  } else if (
    stage.processManager === 'systemd' &&
    [DEFAULTS.user, ...stage.hosts.map(({ user }) => user)].includes(stage.site)
  ) {
    found.push({
      message: `the site would be "${stage.site}", which is the user who deploys: its processes run as a user of their own, named as it is`,
      mend: 'choose another name for the site, or another user to deploy as',
      at: [['variant'], ['software'], ['user']],
    });
  }
  if (stage.url === undefined) {
    found.push({ message: 'there is no url', mend: 'for example: url: "https://www.example.org"', at: [['url']] });
  }
  const socket = SOCKETS[stage.processManager];
  const most = LONGEST_SOCKET - socket.length;
  if (stage.root.length > most) {
    found.push({
      message: `root has ${stage.root.length} characters, so its socket ${stage.root}${socket} would not fit in the ${LONGEST_SOCKET} that Linux allows`,
      mend: `choose a root of at most ${most} characters`,
      at: [['root'], ['variant'], ['software']],
    });
  }
  return found;
}

/** One machine, as far as it can be told. */
const placeOf = ({ host, port }: Target) => `${host.toLowerCase()}:${port}`;

function ofHosts(stage: Draft): Clash[] {
  return [...manyHere(stage), ...doubledHosts(stage.hosts), ...unknownProcesses(stage), ...misplacedProcesses(stage)];
}

function unknownProcesses({ hosts, processes }: Draft): Clash[] {
  return hosts.flatMap((one, index) =>
    one.processes
      .filter((name) => processes[name] === undefined)
      .map((name) => ({
        message: `hosts: ${one.host} is to run ${name}, which processes does not name`,
        mend: `known there: ${Object.keys(processes).join(', ') || 'none'}; web runs on every host`,
        at: [['hosts', index, 'processes'], ['hosts']],
      })),
  );
}

function misplacedProcesses({ hosts, processes }: Draft): Clash[] {
  return Object.entries(processes).flatMap(([name, { singleton }]) => {
    const on = hosts.filter((one) => one.processes.includes(name)).length;
    const at = [['hosts'], ['processes', name]];
    if (hosts.length > 0 && on === 0) {
      return [
        { message: `processes.${name} runs on no host`, mend: `add ${name} to the processes of one of the hosts`, at },
      ];
    }
    if (!singleton || on < 2) return [];
    return [
      {
        message: `processes.${name} is a singleton, and ${on} hosts are to run it`,
        mend: 'keep it on one of them',
        at,
      },
    ];
  });
}

function doubledHosts(hosts: readonly Target[]): Clash[] {
  return hosts.flatMap((one, index) => {
    const first = hosts.findIndex((other) => placeOf(other) === placeOf(one));
    if (first === index) return [];
    return [
      {
        message: `hosts: ${one.host} is here a second time`,
        mend: 'keep one of the two',
        at: [['hosts', index], ['hosts']],
      },
    ];
  });
}

/** Where one level of the file says twice where the site lives. */
export function hostTwice(file: GracefulFile): Path[] {
  const levels: [Path, StageSettings][] = [
    [[], file],
    ...Object.entries(file.stages).map(([name, stage]): [Path, StageSettings] => [['stages', name], stage]),
  ];
  return levels.flatMap(([path, { host, hosts }]) =>
    host === undefined || hosts === undefined ? [] : [[...path, 'hosts']],
  );
}

function ofProcesses(stage: Draft): Clash[] {
  const doubled = Object.entries(stage.processes).filter(([, one]) => one.celery === 'beat' && !one.singleton);
  return doubled.map(([name]) => ({
    message: `processes.${name}: celery: beat is a singleton: two would send every task twice`,
    mend: 'leave singleton out',
    at: [['processes', name, 'singleton']],
  }));
}

/**
 * Stages that lead to one folder of one host and yet have addresses of their own: the one deployed last would answer at both. Stages
 * with the same address are one site on purpose (another branch, other settings).
 */
export function sameSite(stages: readonly Draft[]): (Clash & { stage: string })[] {
  return stages.flatMap((stage, index) => {
    const others = stages.slice(0, index).filter(({ root, url }) => root === stage.root && url !== stage.url);
    const shared = stage.hosts.flatMap((one) => {
      const first = others.find(({ hosts }) => hosts.some((other) => placeOf(other) === placeOf(one)));
      return first === undefined ? [] : [{ host: one.host, first }];
    });
    const [{ host, first } = { host: '', first: undefined }] = shared;
    if (first === undefined) return [];
    return [
      {
        stage: stage.name,
        message: `the same site as stage ${first.name} (${stage.root} on ${host}), with another url: each deploy of the one would replace the other`,
        mend: `give one of them a variant, or a root of its own`,
        at: [['root'], ['variant'], ['host'], ['hosts']],
      },
    ];
  });
}

function ofTimes(stage: Draft): Clash[] {
  const { heartbeatMs, leaseMs, drainMs, graceMs, standbyMs, keepStaticMs } = stage.times;
  const found: Clash[] = [];
  if (3 * heartbeatMs > leaseMs) {
    found.push({
      message: `times.lease (${formatDuration(leaseMs)}) is shorter than three times times.heartbeat (${formatDuration(heartbeatMs)})`,
      mend: `set lease to ${formatDuration(3 * heartbeatMs)} or more, or a shorter heartbeat`,
      at: [
        ['times', 'lease'],
        ['times', 'heartbeat'],
      ],
    });
  }
  const life = drainMs + graceMs + standbyMs;
  if (life >= keepStaticMs) {
    const parts = `times.standby + times.drain + times.grace (${formatDuration(life)})`;
    found.push({
      message: `static.keep (${formatDuration(keepStaticMs)}) is not longer than ${parts}: pages of an old backend would lose their static files`,
      mend: `set static.keep above ${formatDuration(life)}, or shorter times`,
      at: [
        ['static', 'keep'],
        ['times', 'standby'],
        ['times', 'drain'],
        ['times', 'grace'],
      ],
    });
  }
  return found;
}

function ofShared(stage: Draft): Clash[] {
  const folder = stage.configRepository?.folder;
  const paths = [
    ...(folder === undefined ? [] : [{ path: folder, at: ['config-repository', 'folder'] }]),
    ...stage.shared.dirs.map((path) => ({ path, at: ['shared', 'dirs'] })),
    ...stage.shared.files.map((path) => ({ path, at: ['shared', 'files'] })),
  ];
  return paths.flatMap(({ path, at }, index) => {
    const other = paths.find(
      (one, i) => i !== index && (one.path === path ? i < index : path.startsWith(`${one.path}/`)),
    );
    if (!other) return [];
    const message =
      other.path === path
        ? `"${path}" is shared twice (shared.${other.at[1]} and shared.${at[1]})`
        : `shared "${path}" lies inside shared "${other.path}", which is a link in every release`;
    return [{ message, mend: 'keep one of the two', at: [at, other.at] }];
  });
}

function ofHooks({ hooks: { build, outputs } }: Draft): Clash[] {
  if ((build === undefined) === (outputs.length === 0)) return [];
  return build === undefined
    ? [
        {
          message: 'hooks.outputs names files that no hooks.build makes',
          mend: 'add hooks: { build: COMMAND }, or commit the files and leave outputs out',
          at: [['hooks', 'outputs'], ['hooks']],
        },
      ]
    : [
        {
          message: 'hooks.build makes nothing that hooks.outputs names, so nothing of it would be deployed',
          mend: 'name what it makes: hooks: { outputs: [frontend/dist] }',
          at: [['hooks', 'build'], ['hooks']],
        },
      ];
}

function ofConfig({ configRepository: config }: Draft): Clash[] {
  if (config === undefined || (config.path === undefined) !== (config.url === undefined)) return [];
  const both = config.path !== undefined;
  return [
    {
      message: `config-repository has ${both ? 'a path and a url' : 'neither a path nor a url'}`,
      mend: both ? 'keep one of the two' : 'name a checkout by path, or what git is to fetch by url',
      at: both ? [['config-repository', 'url'], ['config-repository']] : [['config-repository']],
    },
  ];
}
