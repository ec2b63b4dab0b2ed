/** What went into an environment, for people: what was asked for, for which host, how, and what it came to. */
import type { BuildSpec } from '../../protocol/messages.ts';
import { packageChanges } from '../../report/packages.ts';
import { withoutCredentials } from '../../secrets.ts';
import type { Target } from '../python.ts';
import type { Requirements } from '../requirements/requirements.ts';
import type { BuiltEnv } from './env.ts';

export interface Made {
  requirements: Requirements;
  target: Target;
  /** Settings of pip and uv, see `installerOptions`. */
  options: Readonly<Record<string, string>>;
  /** Hash of the three above. */
  inputs: string;
  /** `created` is not known of one that is only live. */
  env: Pick<BuiltEnv, 'hash' | 'requirements'> & { created?: string };
}

const DAY_MS = 24 * 3600 * 1000;

/** `today`, `1 day ago`, `12 days ago`. Pure. */
export function ageOf(created: string, now: Date): string {
  const days = Math.floor((now.getTime() - Date.parse(created)) / DAY_MS);
  if (days <= 0) return 'today';
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

/** The lines of `--explain`. Pure. */
export function explainEnv({ requirements, target, options, inputs, env }: Made, now: Date): string[] {
  const { file, locked, lines } = requirements;
  // Whole hashes of a lock file would bury the rest: it has them itself.
  const asked = lines.map((line) => {
    const text = locked ? line.canonical.replace(/ --hash=\S+/g, '') : line.canonical;
    return `  ${withoutCredentials(text).replace(/^requirement /, '')}  (${line.file}:${line.line})`;
  });
  const resolved = env.requirements.split('\n').filter((line) => line !== '');
  const libc = `${target.libc} ${target.libcVersion}`.trim();
  return [
    `environment ${env.hash}`,
    `made for Python ${target.minor} (${target.abi}) on ${target.machine} with ${libc}`,
    `asked for by ${file}, ${locked ? 'a lock file' : 'to be resolved'}; found by the hash ${inputs}:`,
    ...asked.toSorted(),
    ...section(
      'settings of the installer:',
      Object.entries(options).map(([name, value]) => `${name}=${hostsAlone(value)}`),
    ),
    `came to ${resolved.length} packages, ${whenOf(locked, env.created, now)}:`,
    ...resolved.map((line) => `  ${line.replace(/ --hash=\S+/g, '')}${hashesOf(line)}`),
  ];
}

/** How an environment differs from that of the live release. Pure. */
export function explainDifference(
  live: { release: string | null; build: BuildSpec | null },
  made: BuildSpec,
): string[] {
  const { release, build } = live;
  if (release === null) return ['nothing is live to compare it with'];
  if (build === null) return [`${release} is live, and does not tell what it was built from`];
  if (build.env.hash === made.env.hash) return [`${release} is live, and has the very same environment`];
  const [was, is] = [build, made].map(({ target, env: { builtOn } }) => ({
    Python: target.minor,
    ABI: target.abi,
    machine: target.machine,
    'C library': `${target.libc} ${target.libcVersion}`.trim(),
    'C library of the build': `${builtOn.name} ${builtOn.version}`,
  }));
  const platform = Object.entries(is ?? {}).flatMap(([name, value]) => {
    const before = Object.entries(was ?? {}).find(([one]) => one === name)?.[1];
    return before === value ? [] : [`${name} ${before} -> ${value}`];
  });
  const differences = [...platform, ...packageChanges(build.env, made.env)];
  const rest = ['the versions are the same: its hashes, sources or the settings of the installer differ'];
  return section(`the live release ${release} has another environment:`, differences.length > 0 ? differences : rest);
}

function whenOf(locked: boolean, created: string | undefined, now: Date): string {
  if (locked) return 'as the lock file has it';
  return created === undefined ? 'as the live release has it' : `resolved ${ageOf(created, now)}, ${created}`;
}

/** Addresses by their hosts alone: what stands behind may be a token. */
function hostsAlone(value: string): string {
  return withoutCredentials(value).replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/,?#]+)[^\s,]*/gi, '$1');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function hashesOf(line: string): string {
  const hashes = line.match(/--hash=/g)?.length ?? 0;
  return hashes === 0 ? '' : `  (${hashes} ${hashes === 1 ? 'hash' : 'hashes'})`;
}
