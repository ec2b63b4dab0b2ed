import type { HostFacts, HostPython } from '../protocol/messages.ts';
import { BuildError } from './errors.ts';
import { FOREIGN_MACHINES } from './target/platform.ts';

/** A Python found in the runner; all told by itself. */
export interface RunnerPython {
  executable: string;
  /** `3.11` */
  minor: string;
  /** `3.11.7` */
  version: string;
  /** SOABI, e.g. `cpython-311-x86_64-linux-gnu`. */
  abi: string;
  /** `x86_64`, `aarch64` ... */
  machine: string;
  libc: { name: 'glibc' | 'musl'; version: string };
}

/** What an environment is built for: the part of the host's facts that decides which wheels fit. */
export interface Target {
  minor: string;
  abi: string;
  machine: string;
  libc: 'glibc' | 'musl';
  /** Of the host: no wheel may need a newer one. `2.36`; empty for musl. */
  libcVersion: string;
}

/** A Python of the host and its twin in the runner. */
export interface Match {
  host: HostPython;
  runner: RunnerPython;
  target: Target;
}

/**
 * Decides which of the host's Pythons the site runs on: the configured one, else the newest that the runner has too. A runner
 * that is another machine will do, with wheels alone. Pure.
 *
 * @param wanted - `3.11` or `3.11.2`, or undefined for the newest both have
 * @throws BuildError before anything is built, when machine, libc or Python do not fit; lists what each side has
 */
export function pickPython(facts: HostFacts, pythons: readonly RunnerPython[], wanted?: string): Match {
  const host = `host ${facts.hostname}`;
  const [anyPython] = pythons;
  if (facts.pythons.length === 0) {
    throw new BuildError(`${host} has no Python that a site could run on`, {
      mend: 'apt-get install python3 python3-venv',
    });
  }
  const offered = byNewest(facts.pythons).filter((python) => wanted === undefined || fits(python, wanted));
  if (offered.length === 0) {
    throw new BuildError(`${host} has no Python ${wanted}; it has ${list(facts.pythons)}`, {
      mend: `set python: { version: "${byNewest(facts.pythons)[0]?.minor}" } in graceful.yml, or install Python ${wanted} on the host`,
    });
  }
  if (!anyPython) {
    const minor = minorOf(wanted) ?? byNewest(facts.pythons)[0]?.minor ?? '3';
    throw new BuildError('the runner has no Python', { mend: setupPython(minor) });
  }
  assertPlatform(facts, pythons, anyPython);
  for (const python of offered) {
    const fitting = pythons.filter((mine) => fitsPlatform(facts, mine) && abiOn(facts.machine, mine) === python.abi);
    const runner = fitting.find((mine) => mine.machine === facts.machine) ?? fitting[0];
    if (runner) {
      const { name: libc, version: libcVersion } = facts.libc;
      return {
        host: python,
        runner,
        target: { minor: python.minor, abi: python.abi, machine: facts.machine, libc, libcVersion },
      };
    }
  }
  const [first] = offered;
  const which = wanted ?? offered.map((python) => python.minor).join(' or ');
  throw new BuildError(
    `the runner has no Python ${which} like that of ${host}: the host has ${list(facts.pythons)}, the runner ${list(pythons)}`,
    {
      mend: setupPython(first?.minor ?? '3'),
    },
  );
}

function assertPlatform(facts: HostFacts, pythons: readonly RunnerPython[], mine: RunnerPython): void {
  if (pythons.some((python) => fitsPlatform(facts, python))) return;
  const host = `host ${facts.hostname}`;
  if (mine.machine !== facts.machine) {
    throw new BuildError(
      `the runner is ${mine.machine}, ${host} is ${facts.machine}: compiled packages built here would not run there`,
      {
        mend: `let the job run on a runner of that kind (runs-on: the label of an ${facts.machine} machine of your own)`,
      },
    );
  }
  throw new BuildError(
    `the runner's C library is ${mine.libc.name}, that of ${host} is ${facts.libc.name}: compiled packages built here would not run there`,
    {
      mend:
        facts.libc.name === 'musl'
          ? 'let the job run in a container of the same system (container: python:3-alpine)'
          : 'let the job run on a runner with glibc (runs-on: ubuntu-24.04, without an Alpine container)',
    },
  );
}

function fitsPlatform(facts: HostFacts, python: RunnerPython): boolean {
  const both = [python.machine, facts.machine];
  const usable = python.machine === facts.machine || both.every((machine) => FOREIGN_MACHINES.includes(machine));
  return usable && python.libc.name === facts.libc.name;
}

/** The SOABI that this Python has on another machine. Pure. */
function abiOn(machine: string, python: RunnerPython): string {
  return python.abi.replace(`-${python.machine}-`, `-${machine}-`);
}

/** What the runner itself is, as if it were the host. Pure. */
export function ownTarget({ minor, abi, machine, libc }: RunnerPython): Target {
  return { minor, abi, machine, libc: libc.name, libcVersion: libc.version };
}

function fits(python: HostPython, wanted: string): boolean {
  return python.minor === wanted || python.version === wanted;
}

function minorOf(version: string | undefined): string | undefined {
  return version === undefined ? undefined : /^\d+\.\d+/.exec(version)?.[0];
}

function byNewest(pythons: readonly HostPython[]): HostPython[] {
  const rank = (python: HostPython): number[] => python.version.split('.').map(Number);
  return pythons.toSorted((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    for (let index = 0; index < 3; index++) {
      const difference = (right[index] ?? 0) - (left[index] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

function list(pythons: readonly { version: string; abi: string }[]): string {
  return [...new Set(pythons.map((python) => `${python.version} (${python.abi})`))].join(', ');
}

function setupPython(minor: string): string {
  return `add a step before this one: uses: actions/setup-python with python-version: "${minor}"`;
}
