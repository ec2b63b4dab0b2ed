import { checkWheels } from '../build/env/wheels.ts';
import { BuildError, refuse } from '../build/errors.ts';
import type { BuildSpec, HostFacts } from '../protocol/messages.ts';

/**
 * Asserts that what was built elsewhere runs on the host: machine, C library, Python, its ABI, and each package.
 *
 * @param what - `the artifact graceful-artifact`
 * @param wanted - the Python that graceful.yml names, such as `3.11`
 * @throws BuildErrors with all that does not fit
 */
export function assertFits(
  what: string,
  build: Pick<BuildSpec, 'target' | 'env'>,
  facts: HostFacts,
  wanted: string | undefined,
): void {
  const { minor, abi, machine, libc } = build.target;
  const host = `host ${facts.hostname}`;
  const faults: BuildError[] = [];
  const fault = (why: string, mend: string) => faults.push(new BuildError(`${what} ${why}`, { mend }));
  if (machine !== facts.machine) {
    fault(`is made for ${machine}, and ${host} is ${facts.machine}`, `build it on a runner with ${facts.machine}`);
  }
  if (libc !== facts.libc.name) {
    fault(`is made for ${libc}, and ${host} has ${facts.libc.name}`, `build it on a runner with ${facts.libc.name}`);
  }
  if (wanted !== undefined && minor !== wanted) {
    fault(
      `is made for Python ${minor}, and graceful.yml names ${wanted} (python.version)`,
      `build it with the same python.version, or leave that out for this stage`,
    );
  }
  const there = facts.pythons.map((python) => python.minor);
  if (!there.includes(minor)) {
    fault(
      `is made for Python ${minor}, and ${host} has ${there.join(', ') || 'none'}`,
      `build it with python: { version: "${there[0] ?? '3.11'}" } in graceful.yml, or install Python ${minor} on the host`,
    );
  } else if (machine === facts.machine && libc === facts.libc.name && !facts.pythons.some((one) => one.abi === abi)) {
    const abis = facts.pythons.filter((one) => one.minor === minor).map((one) => one.abi);
    fault(
      `is made for the ABI ${abi} of Python ${minor}, and that of ${host} is ${abis.join(', ')}`,
      'build it with a Python of the same build as the one on the host',
    );
  }
  refuse(faults);
  checkWheels({ wheels: build.env.wheels, builtOn: build.env.builtOn }, facts);
}
