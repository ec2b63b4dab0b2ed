import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExecResult } from '../testbed/host.ts';
import { openScene, type Scene } from '../testbed/scene.ts';

let scene: Scene;
/** Folder of the release that is live. */
let folder: string;

/** As the site's own processes run: with the groups that the unit gives them. */
const asSite = (argv: string[]): Promise<ExecResult> =>
  scene.host.exec(['setpriv', '--reuid=shop', '--regid=shop-web', '--groups=shop', ...argv]);

beforeAll(async () => {
  scene = await openScene();
  await scene.repo.commit({ version: '1', config: { migrate: true } });
  const { code, log, outputs } = await scene.deploy();
  expect(code, log).toBe(0);
  folder = `${scene.site.root}/releases/${outputs['release']}`;
});
afterAll(() => scene?.[Symbol.asyncDispose]());

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
