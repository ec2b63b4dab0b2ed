import { DAPHNE } from './daphne.ts';
import { GRANIAN } from './granian.ts';
import { GUNICORN, servesAsgi, workerClass } from './gunicorn.ts';
import { INTERFACES, type Interface, interfaceOfModule } from './interface.ts';
import type { Server } from './server.ts';
import { UVICORN } from './uvicorn.ts';

/** Application servers by name, which is also the name of their package and of its module. */
export const SERVERS = {
  gunicorn: GUNICORN,
  uvicorn: UVICORN,
  daphne: DAPHNE,
  granian: GRANIAN,
} as const satisfies Record<string, Server>;

export type ServerName = keyof typeof SERVERS;

export const SERVER_NAMES = ['gunicorn', 'uvicorn', 'daphne', 'granian'] as const satisfies readonly ServerName[];

/** What a stage says about its server; `server` is null where it has a command of its own. */
export interface Serving {
  readonly server: ServerName | null;
  readonly serverArgs: readonly string[];
  readonly serverCommand: readonly string[] | undefined;
  readonly django: { readonly application: string | undefined; readonly interface: Interface | undefined };
}

/** The interfaces that the server may be asked to serve, the one to look for first before others; all but the settings is known. Pure. */
export function interfacesOf({ server, serverArgs, django }: Serving): readonly [Interface, ...Interface[]] {
  const named = django.interface ?? (django.application && interfaceOfModule(django.application));
  if (named) return [named];
  const worker = server === 'gunicorn' ? workerClass(serverArgs) : undefined;
  if (worker !== undefined && servesAsgi(worker)) return ['asgi'];
  return server === null ? INTERFACES : SERVERS[server].interfaces;
}

/** Why an argument in `server-args` would break a release, or undefined. Pure. */
export function refusedArgument(server: ServerName, arg: string): string | undefined {
  const { refused, abbreviates }: Server = SERVERS[server];
  const [name = ''] = arg.split('=');
  const found = refused.find(([long, short]) => {
    const isLong = abbreviates ? name.startsWith('--') && name.length > 3 && long.startsWith(name) : name === long;
    return isLong || (short !== null && /^-[^-]/.test(arg) && arg.startsWith(short));
  });
  return found?.[2];
}
