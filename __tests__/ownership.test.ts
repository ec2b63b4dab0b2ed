import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExecResult } from '../testbed/host.ts';
import { openScene, type Scene } from '../testbed/scene.ts';

let scene: Scene;
/** The release that is live, and its folder. */
let release: string;
let folder: string;

/** A mode that does not matter. */
const ANY: readonly string[] = [];

/** The design's table (section 3): first match wins. Kind (d, f, l), owner:group, modes; the paths are below the root. */
const TABLE: readonly (readonly [path: RegExp, kind: string, owner: RegExp, modes: readonly string[]])[] = [
  [/^$/, 'd', /^deploy:shop$/, ['755']],
  [/^(current|previous|working|previous-working)$/, 'l', /^deploy:shop$/, ['777']],
  [/^(journal\.jsonl|lock)$/, 'f', /^deploy:shop$/, ['644']],
  [/^\.op$/, 'd', /^deploy:/, ['700']],
  // The folder above is the gate.
  [/^\.op\//, 'dfls', /^deploy:/, ANY],
  [/^\.store\/lock$/, 'f', /^deploy:shop$/, ['644']],
  [/^shared$/, 'd', /^deploy:shop$/, ['755']],
  [/^shared\/\.env$/, 'f', /^deploy:shop$/, ['640']],
  [/^shared\/media$/, 'd', /^deploy:shop$/, ['2775']],
  [/^shared\/data$/, 'd', /^deploy:shop$/, ['2770']],
  // What the site wrote by itself.
  [/^shared\/(media|data)\//, 'df', /^shop:shop$/, ['664', '644', '2775']],
  [/^bin\/graceful-[0-9a-f]{12}\.pyz$/, 'f', /^deploy:shop$/, ['755']],
  [/^releases\/[^/]+\/env$/, 'f', /^deploy:shop$/, ['640']],
  [/^(releases|assets|\.store|bin)(\/|$)/, 'd', /^deploy:shop$/, ['755']],
  [/^(releases|assets|\.store|bin)\//, 'f', /^deploy:shop$/, ['444', '555']],
  [/^(releases|assets|\.store|bin)\//, 'l', /^deploy:shop$/, ['777']],
];

/** What `find` tells and the table does not allow. */
function deviations(found: string): string[] {
  return found
    .trimEnd()
    .split('\n')
    .filter((line) => {
      const [kind = '', owner = '', mode = '', path = ''] = line.split('\t');
      const row = TABLE.find(([pattern, kinds]) => pattern.test(path) && kinds.includes(kind));
      return row === undefined || !row[2].test(owner) || (row[3] !== ANY && !row[3].includes(mode));
    });
}

/** As the site's own processes run: with the groups that the unit gives them. */
const asSite = (argv: string[]): Promise<ExecResult> =>
  scene.host.exec(['setpriv', '--reuid=shop', '--regid=shop-web', '--groups=shop', ...argv]);

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
  // Two releases, a rollback, a file of the site's: everything that is ever made, under the strangest of umasks.
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
}, 600_000);
afterAll(() => scene?.[Symbol.asyncDispose]());

test('every path under the root has the owner and the mode of the table, whatever the umask', async () => {
  const told = ['-printf', String.raw`%y\t%u:%g\t%m\t%P\n`];
  const found = await scene.host.must(['find', scene.site.root, ...told]);
  expect(found.split('\n').length).toBeGreaterThan(5_000);
  expect(deviations(found)).toEqual([]);
});

test("the run folder is the site's and the web server's alone", async () => {
  const found = await scene.host.must(['stat', '--format=%U:%G %a', `/run/graceful/shop/${release}.1`]);
  expect(found).toBe('shop:shop-web 2750\n');
});

describe("the site's user", () => {
  test('can write its shared folders, and nothing else', async () => {
    const { code, stdout } = await asSite(['find', scene.site.root, '-not', '-type', 'l', '-writable', '-print']);
    // find may not look into .op.
    expect(code).toBe(1);
    const writable = stdout.trim().split('\n');
    expect(writable).toContain('/srv/shop/shared/media');
    expect(writable).toContain('/srv/shop/shared/data');
    expect(writable.filter((path) => !/^\/srv\/shop\/shared\/(media|data)(\/|$)/.test(path))).toEqual([]);
  });

  test('can read its variables, and cannot put a link in the place of shared/.env', async () => {
    const dotenv = `${scene.site.root}/shared/.env`;
    for (const file of [dotenv, `${folder}/env`]) expect(await asSite(['cat', file])).toMatchObject({ code: 0 });
    const before = await scene.host.must(['stat', '--format=%i %F', dotenv]);
    const attempts = [
      ['ln', '--symbolic', '--force', '/etc/passwd', dotenv],
      ['rm', '--force', dotenv],
      ['mv', dotenv, `${scene.site.root}/shared/media/env`],
      ['touch', `${scene.site.root}/shared/other`],
    ];
    for (const attempt of attempts) {
      expect(await asSite(attempt), attempt.join(' ')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Permission denied'),
      });
    }
    expect(await scene.host.must(['stat', '--format=%i %F', dotenv])).toBe(before);
  });
});

describe.each(['www-data', 'stranger'])('%s', (user) => {
  test('reads static files, and no variables, no database, no running operation', async () => {
    expect((await as(user, 'cat', `${folder}/static/graceful.txt`)).stdout.trim()).toBe(release);
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
    const { stdout } = await as(user, 'find', scene.site.root, '-not', '-type', 'l', '-writable', '-print');
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
