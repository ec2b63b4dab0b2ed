import { createHash } from 'node:crypto';
import type { Stage } from '../config/types.ts';

export interface KeyParts {
  /** Digest of the source tree's manifest. */
  source: string;
  /** Digest of the configuration repository's manifest. */
  config?: string | undefined;
  /** Hash of the requirements' inputs. */
  inputs: string;
  stage: Stage;
  /** Names in the `env` input; never its values. */
  envNames: readonly string[];
  /** Major version of the host program. */
  hostMajor: number;
}

/**
 * What a deploy is made from, in one hash: equal keys mean that deploying would change nothing but, perhaps, values of
 * env. These are compared on the host, so only their names count here: a digest of a short secret would give it away. Pure.
 */
export function deployKey(parts: KeyParts): string {
  // How it goes there makes no other release.
  const { env, buildEnv, waves: _, connection: __, ...stage } = parts.stage;
  const names = [...new Set([...Object.keys(env), ...parts.envNames])].sort();
  const made = {
    source: parts.source,
    config: parts.config,
    inputs: parts.inputs,
    host: parts.hostMajor,
    stage: { ...stage, env: names, buildEnv: Object.keys(buildEnv).sort() },
  };
  return createHash('sha256').update(stableJson(made)).digest('hex');
}

/** JSON with the keys of every object sorted; undefined members are left out. Pure. */
export function stableJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${stableJson(member)}`).join(',')}}`;
}
