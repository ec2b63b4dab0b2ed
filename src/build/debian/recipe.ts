/** What a minimal system of a host's release consists of. Pure. */
import { createHash } from 'node:crypto';
import type { HostFacts } from '../../protocol/messages.ts';
import { stableJson } from '../key.ts';

/** Everything that makes one minimal system differ from another. */
export interface Recipe {
  /** `debian 12 (bookworm)`, for people. */
  name: string;
  suite: string;
  /** Package of the runner that has the keys, and their file. */
  keyring: { package: string; file: string };
  /** Lines of sources.list, without options. */
  sources: string[];
  packages: string[];
}

/** Families of systems that a minimal one can be made of. */
const KEYRINGS: Record<string, Recipe['keyring']> = {
  debian: { package: 'debian-archive-keyring', file: '/usr/share/keyrings/debian-archive-keyring.gpg' },
  ubuntu: { package: 'ubuntu-keyring', file: '/usr/share/keyrings/ubuntu-archive-keyring.gpg' },
};

/** Compilers, and what sdists commonly ask for. */
const TOOLS = ['ca-certificates', 'g++', 'gcc', 'git', 'libc6-dev', 'make', 'pkg-config'];

/**
 * The recipe for a host, or null where its system is none that can be made.
 *
 * @param minor - of the Python that the site runs on, `3.11`
 * @param asked - Debian packages that the build needs besides
 */
export function recipeFor(
  facts: Pick<HostFacts, 'os' | 'machine'>,
  minor: string,
  asked: readonly string[],
): Recipe | null {
  const { id, version, codename } = facts.os;
  const keyring = KEYRINGS[id];
  if (keyring === undefined || !/^[a-z]+$/.test(codename)) return null;
  return {
    name: `${id} ${version} (${codename})`,
    suite: codename,
    keyring,
    sources: id === 'debian' ? debian(codename) : ubuntu(codename, facts.machine),
    packages: [...new Set([...TOOLS, `python${minor}-dev`, `python${minor}-venv`, ...asked])].sort(),
  };
}

function debian(suite: string): string[] {
  const mirror = 'http://deb.debian.org';
  return [`${mirror}/debian ${suite} main`, `${mirror}/debian-security ${suite}-security main`];
}

function ubuntu(suite: string, machine: string): string[] {
  const mirror = machine === 'x86_64' ? 'http://archive.ubuntu.com/ubuntu' : 'http://ports.ubuntu.com/ubuntu-ports';
  return [suite, `${suite}-updates`, `${suite}-security`].map((each) => `${mirror} ${each} main universe`);
}

/** Name of the system in the caches. Made anew each month, as its packages get their security updates. */
export function recipeKey(recipe: Recipe, machine: string, at: Date): string {
  const made = { format: 1, recipe, machine, month: at.toISOString().slice(0, 7) };
  return createHash('sha256').update(stableJson(made)).digest('hex');
}
