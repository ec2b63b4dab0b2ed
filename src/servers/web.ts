import { BuildError } from '../build/errors.ts';
import type { ProcessSpec } from '../protocol/messages.ts';
import type { Interface } from './interface.ts';
import { atLeast, type Server } from './server.ts';
import { SERVERS, type Serving } from './servers.ts';

export interface WebOptions extends Pick<Serving, 'server' | 'serverArgs' | 'serverCommand'> {
  /** Time that requests get to end after SIGTERM, in milliseconds. */
  readonly graceMs: number;
  /** `shop.wsgi:application` */
  readonly application: string;
  readonly interface: Interface;
  /** Packages of the environment. */
  readonly packages: readonly { name: string; version: string }[];
}

/**
 * The argv of the process `web`; its start command on the host fills in `{python}` and `{socket}`. Pure.
 *
 * @throws BuildError for a server that is not installed, or cannot do what is asked
 */
export function webProcess(options: WebOptions): ProcessSpec {
  const { server: name, serverArgs, serverCommand = [], application, packages } = options;
  const grace = Math.max(1, Math.ceil(options.graceMs / 1000));
  if (name === null) {
    const filled = { '{application}': application, '{grace}': String(grace) };
    return { argv: serverCommand.map((part) => fillIn(part, filled)) };
  }
  const server: Server = SERVERS[name];
  const versions = new Map(packages.map(({ name: found, version }) => [found, version]));
  const version = versions.get(name);
  if (version === undefined) {
    throw new BuildError(`${name} is not among the packages of the environment`, {
      mend: `add a line "${name}" to the requirements`,
    });
  }
  if (server.oldest !== undefined && !atLeast(version, server.oldest)) {
    throw new BuildError(`${name} is ${version}, and ${server.oldest} or newer is needed`, {
      mend: `take a newer ${name} in the requirements`,
    });
  }
  const own = server.options({ interface: options.interface, grace, args: serverArgs, versions });
  return { argv: ['{python}', '-m', name, ...own, ...serverArgs, application] };
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [mark, value]) => filled.replaceAll(mark, value), text);
}
