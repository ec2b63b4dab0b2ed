import type { ProcessSpec } from '../protocol/messages.ts';
import { BuildError } from './errors.ts';

export interface WebOptions {
  /** `gunicorn`; others are refused for now. */
  server: string;
  serverArgs: readonly string[];
  /** Time that requests get to end after SIGTERM, in milliseconds. */
  graceMs: number;
  /** `shop.wsgi:application` */
  application: string;
  /** Packages of the environment. */
  packages: readonly { name: string; version: string }[];
}

/** Options of gunicorn that decide what the release's start command decides, with the reason. */
const REFUSED: [long: string, short: string | null, why: string][] = [
  ['--bind', '-b', 'each backend has its own socket'],
  ['--daemon', '-D', 'the process manager watches the process it started'],
  ['--pid', '-p', 'the process manager knows the process by itself'],
  ['--reload', null, 'the code of a release never changes'],
  ['--graceful-timeout', null, 'it is set by times: { grace: ... }, which the host checks against the unit'],
  ['--chdir', null, 'the working folder is the project folder of the release'],
  ['--user', '-u', "the process runs as the site's user already"],
  ['--group', '-g', "the process runs as the site's group already"],
];

/**
 * The argv of the process `web`; its start command on the host fills in `{python}` and `{socket}`. Pure.
 *
 * @throws BuildError for a server that is not supported or not installed, and for server-args that would break a release
 */
export function webProcess(options: WebOptions): ProcessSpec {
  const { server, serverArgs, application, packages } = options;
  if (server !== 'gunicorn') {
    throw new BuildError(`server: ${server} is not supported yet; gunicorn is`, {
      mend: 'set server: gunicorn in graceful.yml, and add gunicorn to the requirements',
    });
  }
  const gunicorn = packages.find((item) => item.name === 'gunicorn');
  if (!gunicorn) {
    throw new BuildError('gunicorn is not among the packages of the environment', {
      mend: 'add a line "gunicorn" to the requirements',
    });
  }
  for (const arg of serverArgs) assertAllowed(arg);
  return {
    argv: [
      '{python}',
      '-m',
      'gunicorn',
      '--bind',
      'unix:{socket}',
      '--graceful-timeout',
      String(Math.max(1, Math.ceil(options.graceMs / 1000))),
      // Workers prove that they live by touching a file: on a disk that waits they are killed for nothing.
      '--worker-tmp-dir',
      '/dev/shm',
      // From 25.1 on gunicorn opens a control socket at one path per user: two backends would fight for it.
      ...(newerThan(gunicorn.version, 25, 1) ? ['--no-control-socket'] : []),
      ...serverArgs,
      application,
    ],
  };
}

function assertAllowed(arg: string): void {
  const [name = ''] = arg.split('=');
  for (const [long, short, why] of REFUSED) {
    // argparse takes any beginning of a long option that is unique: `--daem` is `--daemon`.
    const isLong = name.startsWith('--') && name.length > 3 && long.startsWith(name);
    const isShort = short !== null && /^-[^-]/.test(arg) && arg.startsWith(short);
    if (!isLong && !isShort) continue;
    throw new BuildError(`server-args: ${arg} cannot be set: ${why}`, { mend: `leave ${arg} out of server-args` });
  }
}

function newerThan(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}
