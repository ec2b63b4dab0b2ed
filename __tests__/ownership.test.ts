import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExecResult } from '../testbed/host.ts';
import { MANAGER } from '../testbed/manager.ts';
import { openScene, type Scene } from '../testbed/scene.ts';

let scene: Scene;
/** The release that is live, and its folder. */
let release: string;
let folder: string;

/** What `find` tells and the table does not allow. */
function deviations(found: string): string[] {
  const owners = MANAGER.owners('shop');
  return found
    .trimEnd()
    .split('\n')
    .filter((line) => {
      const [kind = '', owner = '', mode = '', path = ''] = line.split('\t');
      const row = owners.find(([pattern, kinds]) => pattern.test(path) && kinds.includes(kind));
      return row === undefined || !row[2].test(owner) || (row[3].length > 0 && !row[3].includes(mode));
    });
}

const as = (user: string, ...argv: string[]): Promise<ExecResult> => scene.host.exec(argv, { user });

/** Connects to the live backend as the web server does. */
const CONNECT = 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])';
const connect = (user: string, path: string) => as(user, 'python3', '-I', '-c', CONNECT, path);

/** The login shell of the deploy user sets it for every command. */
const setUmask = (umask: string) =>
  scene.host.writeFile('/home/deploy/.bashrc', `umask ${umask}\n`, { owner: 'deploy', group: 'deploy' });

beforeAll(async () => {
  scene = await openScene();
  await scene.host.must(['useradd', 'stranger']);
  // Two releases, a database: everything that is ever made, under the strangest of umasks.
  await setUmask('0077');
  await scene.repo.commit({ version: '1', config: { migrate: true } });
  const first = await scene.deploy();
  expect(first, first.log).toMatchObject({ code: 0 });
  await setUmask('0000');
  await scene.repo.commit({ version: '2' });
  const second = await scene.deploy();
  expect(second, second.log).toMatchObject({ code: 0 });
  release = second.outputs['release'] ?? '';
  folder = `${scene.site.root}/releases/${release}`;
});
afterAll(() => scene?.[Symbol.asyncDispose]());

test('every path under the root has the owner and the mode of the table, whatever the umask', async () => {
  const told = ['-printf', String.raw`%y\t%u:%g\t%m\t%P\n`];
  const found = await scene.host.must(['find', scene.site.root, ...told]);
  expect(found.split('\n').length).toBeGreaterThan(5_000);
  expect(deviations(found)).toEqual([]);
});

test("the run folder is the site's and the web server's alone", async () => {
  const path = `${MANAGER.runFolder(scene.site)}/${release}.1`;
  const found = await scene.host.must(['stat', '--format=%U:%G %a', path]);
  expect(found.trim()).toBe(MANAGER.runFolderOwner('shop'));
});

describe.each(['www-data', 'stranger'])('%s', (user) => {
  test('reads static files where it may, and no variables, no database, no running operation', async () => {
    const { stdout } = await as(user, 'cat', `${folder}/static/graceful.txt`);
    expect(stdout.trim()).toBe(MANAGER.readers.includes(user) ? release : '');
    const closed = [
      ['cat', `${folder}/env`],
      ['cat', `${scene.site.root}/shared/.env`],
      ['ls', `${scene.site.root}/shared/data`],
      ['ls', `${scene.site.root}/.op`],
    ];
    for (const attempt of closed) {
      const { code, stdout, stderr } = await as(user, ...attempt);
      expect({ failed: code !== 0, stdout }, attempt.join(' ')).toEqual({ failed: true, stdout: '' });
      expect(stderr).toContain('Permission denied');
    }
  });

  test('writes nothing', async () => {
    // Not the sockets, which whoever connects has to be able to write to.
    const { stdout } = await as(user, 'find', scene.site.root, '-type', 'd,f', '-writable', '-print');
    expect(stdout).toBe('');
  });
});

describe('through current/sock', () => {
  test.each(['www-data', 'deploy'])('%s connects', async (user) => {
    expect(await connect(user, `${scene.site.root}/current/sock`)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(['stranger', 'nobody'])('%s is refused', async (user) => {
    expect(await connect(user, `${scene.site.root}/current/sock`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PermissionError'),
    });
  });
});
