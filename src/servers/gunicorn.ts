import { BuildError } from '../build/errors.ts';
import { atLeast, type Launch, type Server, WHY } from './server.ts';

/** The first version with a worker of its own for ASGI. */
const ASGI = '24.0';
/** From this version on it opens a control socket at one path per user: two backends would fight for it. */
const CONTROL_SOCKET = '25.1';

export const GUNICORN: Server = {
  interfaces: ['wsgi', 'asgi'],
  refused: [
    ['--bind', '-b', WHY.socket],
    ['--daemon', '-D', WHY.watched],
    ['--pid', '-p', 'the process manager knows the process by itself'],
    ['--reload', null, WHY.reload],
    ['--graceful-timeout', null, WHY.grace],
    ['--chdir', null, WHY.folder],
    ['--user', '-u', "the process runs as the site's user already"],
    ['--group', '-g', "the process runs as the site's group already"],
  ],
  abbreviates: true,
  options: (launch) => [
    '--bind',
    'unix:{socket}',
    '--graceful-timeout',
    String(launch.grace),
    // Workers prove that they live by touching a file: on a disk that waits they are killed for nothing.
    '--worker-tmp-dir',
    '/dev/shm',
    ...(atLeast(launch.versions.get('gunicorn') ?? '', CONTROL_SOCKET) ? ['--no-control-socket'] : []),
    ...(launch.interface === 'asgi' && workerClass(launch.args) === undefined
      ? ['--worker-class', asgiWorker(launch)]
      : []),
  ],
};

/** The worker class that the user's own options name, or undefined. Pure. */
export function workerClass(args: readonly string[]): string | undefined {
  for (const [index, arg] of args.entries()) {
    if (arg === '-k' || arg === '--worker-class') return args[index + 1];
    const joined = /^(?:-k|--worker-class=)(.+)$/.exec(arg)?.[1];
    if (joined !== undefined) return joined;
  }
  return undefined;
}

/** True for a worker class that serves ASGI: gunicorn's own, uvicorn's, or one made from it. Pure. */
export function servesAsgi(worker: string): boolean {
  return worker === 'asgi' || /uvicorn/i.test(worker);
}

function asgiWorker({ versions }: Launch): string {
  if (versions.has('uvicorn-worker')) return 'uvicorn_worker.UvicornWorker';
  const version = versions.get('gunicorn') ?? '';
  if (atLeast(version, ASGI)) return 'asgi';
  if (versions.has('uvicorn')) return 'uvicorn.workers.UvicornWorker';
  throw new BuildError(`gunicorn ${version} has no worker for ASGI`, {
    mend: `add a line "uvicorn-worker" to the requirements, or take gunicorn ${ASGI} or newer, or set server: uvicorn`,
  });
}
