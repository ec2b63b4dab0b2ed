import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostFacts } from '../../protocol/messages.ts';
import { BuildError, codeOf } from '../errors.ts';

/** An installed package and the platforms its files are made for. */
export interface Wheel {
  name: string;
  version: string;
  /** `cp311-cp311-manylinux_2_17_x86_64` ...; empty when the package does not say. */
  tags: string[];
}

/** All packages in a site-packages folder, sorted by name. */
export async function readWheels(site: string): Promise<Wheel[]> {
  return await Promise.all(
    (await readMetadata(site)).map(async ({ info, metadata }) => {
      const wheel = await readFile(join(site, info, 'WHEEL'), 'utf8').catch((thrown: unknown) => {
        if (codeOf(thrown) === 'ENOENT') return '';
        throw thrown;
      });
      return {
        name: /^Name:\s*(\S+)/m.exec(metadata)?.[1] ?? info,
        version: /^Version:\s*(\S+)/m.exec(metadata)?.[1] ?? '',
        tags: [...wheel.matchAll(/^Tag:\s*(\S+)/gm)].map((match) => match[1] ?? ''),
      };
    }),
  );
}

/** What each package in a site-packages folder says of itself, sorted. */
export async function readMetadata(site: string): Promise<{ info: string; metadata: string }[]> {
  const infos = (await readdir(site)).filter((name) => name.endsWith('.dist-info')).sort();
  return await Promise.all(
    infos.map(async (info) => ({ info, metadata: await readFile(join(site, info, 'METADATA'), 'utf8') })),
  );
}

/** Whether a package was compiled where it was installed: what comes from an index names an older C library. Pure. */
export function isCompiledHere({ tags }: Wheel): boolean {
  return tags.some((tag) => tag.split('-')[2]?.startsWith('linux_') === true);
}

/**
 * Asserts that every package runs on the host: its machine and its C library.
 *
 * @throws BuildError naming each package that does not, with its mend
 */
export function checkWheels(
  env: { wheels: readonly Wheel[]; builtOn: { name: string; version: string } },
  facts: Pick<HostFacts, 'hostname' | 'libc' | 'machine'>,
): void {
  const faults = env.wheels.flatMap((wheel) => {
    const why = wheel.tags.length === 0 ? null : misfit(wheel.tags, env.builtOn, facts);
    return why === null ? [] : [`${wheel.name} ${wheel.version} ${why}`];
  });
  if (faults.length === 0) return;
  throw new BuildError(
    `the environment would not run on host ${facts.hostname} (${facts.libc.name} ${facts.libc.version}, ${facts.machine}):\n${faults.join('\n')}`,
    {
      mend: "ask for a version with wheels for that system (psycopg[binary] instead of psycopg2, say); or let what must be compiled be compiled in a system like the host's: build: { in: debian }",
    },
  );
}

/** Why none of a package's tags fits the host, or null. Pure. */
export function misfit(
  tags: readonly string[],
  builtOn: { name: string; version: string },
  facts: Pick<HostFacts, 'libc' | 'machine'>,
): string | null {
  const platforms = tags.flatMap((tag) => (tag.split('-')[2] ?? 'any').split('.'));
  const reasons: string[] = [];
  for (const platform of platforms) {
    const why = platformMisfit(platform, builtOn, facts);
    if (why === null) return null;
    reasons.push(why);
  }
  return reasons[0] ?? null;
}

/** glibc that the older names of manylinux stand for (PEP 600). */
const LEGACY: Record<string, number> = { manylinux1: 5, manylinux2010: 12, manylinux2014: 17 };

function platformMisfit(
  platform: string,
  builtOn: { name: string; version: string },
  facts: Pick<HostFacts, 'libc' | 'machine'>,
): string | null {
  if (platform === 'any') return null;
  if (!platform.endsWith(`_${facts.machine}`)) return `is made for ${platform}`;
  const family = platform.slice(0, -facts.machine.length - 1);
  const minor = Number(facts.libc.version.split('.')[1] ?? 0);
  const many = /^(manylinux|musllinux)_\d+_(\d+)$/.exec(family);
  const needs = many ? Number(many[2]) : LEGACY[family];
  if (needs !== undefined) {
    const libc = family.startsWith('musl') ? 'musl' : 'glibc';
    if (libc !== facts.libc.name) return `needs ${libc} (${platform})`;
    // musl's wheels name the version they were built on; musl itself keeps its interface.
    return libc === 'musl' || needs <= minor ? null : `needs glibc 2.${needs} or newer (${platform})`;
  }
  if (family === 'linux') {
    const built = Number(builtOn.version.split('.')[1] ?? 0);
    if (builtOn.name === facts.libc.name && (builtOn.name === 'musl' || built <= minor)) return null;
    return `was compiled in the runner, against ${builtOn.name} ${builtOn.version}`;
  }
  return `is made for ${platform}`;
}
