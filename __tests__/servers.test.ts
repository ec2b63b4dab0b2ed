/** How each application server is started, and what may be served by which. */
import { describe, expect, test } from 'vitest';
import { findDjango } from '../src/build/django/django.ts';
import { BuildError } from '../src/build/errors.ts';
import { atLeast } from '../src/servers/server.ts';
import { interfacesOf, refusedArgument, type ServerName } from '../src/servers/servers.ts';
import { type WebOptions, webProcess } from '../src/servers/web.ts';
import { scratchFolder, writeFiles } from './build.fixtures.ts';

const base: WebOptions = {
  server: 'gunicorn',
  serverArgs: [],
  serverCommand: undefined,
  graceMs: 29_500,
  application: 'shop.wsgi:application',
  interface: 'wsgi',
  packages: [],
};
const ASGI = { application: 'shop.asgi:application', interface: 'asgi' } as const;

/** The start command, as words, of these packages (`name==version`). */
function started(options: Partial<WebOptions>, ...packages: string[]): string {
  const pinned = packages.map((pin) => {
    const [name = '', version = ''] = pin.split('==');
    return { name, version };
  });
  return webProcess({ ...base, ...options, packages: pinned }).argv.join(' ');
}

describe('the start command of', () => {
  test('gunicorn: without its control socket from the version on that has one', () => {
    const common = '{python} -m gunicorn --bind unix:{socket} --graceful-timeout 30 --worker-tmp-dir /dev/shm';
    const args = { serverArgs: ['--workers', '3'] };
    expect(started(args, 'gunicorn==25.0.3')).toBe(`${common} --workers 3 shop.wsgi:application`);
    expect(started(args, 'gunicorn==25.1.0')).toBe(`${common} --no-control-socket --workers 3 shop.wsgi:application`);
    expect(started(args, 'gunicorn==27.0.1')).toContain(' --no-control-socket ');
  });

  test.each([
    ['gunicorn==27.0.1', 'asgi', []],
    ['gunicorn==27.0.1 uvicorn==0.54.0', 'asgi', []],
    ['gunicorn==27.0.1 uvicorn-worker==0.4.0', 'uvicorn_worker.UvicornWorker', []],
    ['gunicorn==23.0.0 uvicorn==0.29.0', 'uvicorn.workers.UvicornWorker', []],
    ['gunicorn==23.0.0 uvicorn-worker==0.3.0', 'shop.worker.Own', ['-k', 'shop.worker.Own']],
  ])('gunicorn for ASGI with %s: worker class %s', (packages, worker, serverArgs) => {
    const argv = started({ ...ASGI, serverArgs }, ...packages.split(' ')).split(' ');
    expect(argv.filter((_, index) => ['-k', '--worker-class'].includes(argv[index - 1] ?? ''))).toEqual([worker]);
  });

  test.each<[ServerName, string, Partial<WebOptions>, string]>([
    ['uvicorn', '0.54.0', ASGI, '--uds {socket} --timeout-graceful-shutdown 30 shop.asgi:application'],
    ['daphne', '4.2.3', ASGI, '--endpoint unix:{socket}:mode=660:backlog=2048 shop.asgi:application'],
    ['granian', '2.8.7', ASGI, '--uds {socket} --interface asgi --workers-kill-timeout 30 shop.asgi:application'],
    ['granian', '2.8.7', {}, '--uds {socket} --interface wsgi --workers-kill-timeout 30 shop.wsgi:application'],
  ])('%s %s', (server, version, options, rest) => {
    expect(started({ ...options, server }, `${server}==${version}`)).toBe(`{python} -m ${server} ${rest}`);
  });

  test('any other: application and time are filled in, interpreter and socket on the host', () => {
    const serverCommand = ['{python}', '-m', 'hypercorn', '--graceful-timeout={grace}', '{socket}', '{application}'];
    expect(started({ ...ASGI, server: null, serverCommand })).toBe(
      '{python} -m hypercorn --graceful-timeout=30 {socket} shop.asgi:application',
    );
  });

  test.each<[Partial<WebOptions>, string, string]>([
    [{ server: 'uvicorn' }, 'gunicorn==27.0.1', 'uvicorn is not among the packages of the environment'],
    [{ server: 'uvicorn' }, 'uvicorn==0.21.1', 'uvicorn is 0.21.1, and 0.22 or newer is needed'],
    [{ server: 'granian' }, 'granian==2.4.2', 'granian is 2.4.2, and 2.5 or newer is needed'],
    [ASGI, 'gunicorn==23.0.0', 'gunicorn 23.0.0 has no worker for ASGI'],
  ])('%j with %s: refused', (options, packages, message) => {
    expect(() => started(options, packages)).toThrow(BuildError);
    expect(() => started(options, packages)).toThrow(message);
  });
});

test('versions are compared number by number', () => {
  expect(atLeast('25.1', '25.1')).toBe(true);
  expect(atLeast('25.10.0', '25.9')).toBe(true);
  expect(atLeast('26', '25.1')).toBe(true);
  expect(atLeast('25.0.9', '25.1')).toBe(false);
  expect(atLeast('25.1rc1', '25.1')).toBe(true);
  expect(atLeast('', '0.22')).toBe(false);
});

describe('server-args', () => {
  test.each<[ServerName, string]>([
    ['gunicorn', '--reload'],
    ['gunicorn', '-D'],
    ['gunicorn', '--bind=0.0.0.0:80'],
    ['gunicorn', '-b0.0.0.0'],
    ['gunicorn', '-p/run/x'],
    ['gunicorn', '--daem'],
    ['gunicorn', '--graceful-timeout=5'],
    ['uvicorn', '--uds'],
    ['uvicorn', '--reload'],
    ['uvicorn', '--port=8000'],
    ['daphne', '-u/run/x'],
    ['daphne', '--end'],
    ['granian', '--interface=rsgi'],
    ['granian', '--workers-kill-timeout'],
  ])('%s: %s is refused', (server, arg) => {
    expect(refusedArgument(server, arg)).toMatch(/^\w/);
  });

  test.each<[ServerName, string]>([
    ['gunicorn', '--preload'],
    ['gunicorn', '--reload-engine'],
    ['gunicorn', '--user-agent-x'],
    ['gunicorn', '-w'],
    ['gunicorn', '4'],
    ['uvicorn', '--workers'],
    ['uvicorn', '--reload-dir'],
    ['daphne', '--proxy-headers'],
    ['daphne', '--ping-interval'],
    ['granian', '--http'],
  ])('%s: %s merely looks alike', (server, arg) => {
    expect(refusedArgument(server, arg)).toBeUndefined();
  });
});

test('what a server is asked to serve: what graceful.yml says, else what it can', () => {
  const nothing = { application: undefined, interface: undefined };
  const asked = (changes: Partial<Parameters<typeof interfacesOf>[0]>) =>
    interfacesOf({ server: 'gunicorn', serverArgs: [], serverCommand: undefined, django: nothing, ...changes });
  expect(asked({})).toEqual(['wsgi', 'asgi']);
  expect(asked({ server: 'uvicorn' })).toEqual(['asgi']);
  expect(asked({ server: 'granian' })).toEqual(['asgi', 'wsgi']);
  expect(asked({ serverArgs: ['--worker-class=uvicorn_worker.UvicornWorker'] })).toEqual(['asgi']);
  expect(asked({ serverArgs: ['--worker-class', 'gthread'] })).toEqual(['wsgi', 'asgi']);
  expect(asked({ server: 'granian', django: { ...nothing, application: 'shop.wsgi:app' } })).toEqual(['wsgi']);
  expect(asked({ django: { application: 'shop.main:app', interface: 'asgi' } })).toEqual(['asgi']);
});

describe('the application is found', () => {
  const project = { project: '.', settings: 'shop.settings', application: undefined };
  const files = {
    'manage.py': '',
    'shop/settings.py': 'WSGI_APPLICATION = "shop.wsgi.application"\n',
    'shop/wsgi.py': '',
    'shop/asgi.py': '',
  };

  test.each<[string, readonly ['wsgi' | 'asgi', ...('wsgi' | 'asgi')[]], Record<string, string>, string]>([
    ['for gunicorn in the settings', ['wsgi', 'asgi'], {}, 'shop.wsgi:application'],
    ['for uvicorn beside the settings', ['asgi'], {}, 'shop.asgi:application'],
    ['for granian in the settings, which name WSGI', ['asgi', 'wsgi'], {}, 'shop.wsgi:application'],
    [
      'for granian in the settings, which name ASGI',
      ['asgi', 'wsgi'],
      { 'shop/settings.py': 'ASGI_APPLICATION = "shop.live.app"\n', 'shop/live.py': '' },
      'shop.live:app',
    ],
    ['for granian by its file', ['asgi', 'wsgi'], { 'shop/settings.py': '' }, 'shop.asgi:application'],
  ])('%s', async (_, interfaces, changed, application) => {
    await using scratch = await scratchFolder();
    await writeFiles(scratch.path, { ...files, ...changed });
    expect((await findDjango(scratch.path, project, interfaces)).application).toBe(application);
  });

  test('or what was looked for is told, with the line that names it', async () => {
    await using scratch = await scratchFolder();
    await writeFiles(scratch.path, { 'manage.py': '', 'shop/settings.py': '', 'a/asgi.py': '', 'b/asgi.py': '' });
    await expect(findDjango(scratch.path, project, ['asgi'])).rejects.toMatchObject({
      message: 'no ASGI application was found in the project',
      mend: 'add django: { application: PACKAGE.asgi:application } to graceful.yml; there are a.asgi:application, b.asgi:application',
    });
  });
});
