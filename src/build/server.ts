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

/**
 * The argv of the process `web`; its start command on the host fills in `{python}` and `{socket}`. Pure.
 *
 * @throws BuildError for a server that is not supported or not installed
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

function newerThan(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return a > major || (a === major && b >= minor);
}
