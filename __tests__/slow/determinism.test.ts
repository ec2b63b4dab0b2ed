import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toolFolder } from '../../scripts/tool-folder.ts';
import { DIST } from '../../testbed/runner.ts';
import { makeShopRepo } from '../../testbed/shop.ts';
import { scratchFolder } from '../build.fixtures.ts';

/** Another clock for every program of a build. */
function fakeClock(): string {
  const inside = 'usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
  const folder = toolFolder({
    name: 'libfaketime',
    pins: 'libfaketime of this Debian',
    make(into) {
      execFileSync('apt-get', ['download', 'libfaketime'], { cwd: into, stdio: 'pipe' });
      execFileSync('sh', ['-c', 'dpkg -x libfaketime*.deb .'], { cwd: into });
    },
    works: (made) => existsSync(join(made, inside)),
  });
  return join(folder, inside);
}

interface Surroundings {
  folder: string;
  umask: string;
  env: Record<string, string>;
}

/** Builds what is checked out, with caches of its own. @returns what `artifact.json` says */
async function build({ folder, umask, env }: Surroundings): Promise<{ ref: string; trees: object; env: object }> {
  const temporary = join(folder, '..', 'temporary');
  await mkdir(temporary);
  execFileSync('sh', ['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, DIST, 'build', '--stage', 'staging'], {
    cwd: folder,
    stdio: 'pipe',
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      XDG_CACHE_HOME: join(folder, '..', 'cache'),
      TMPDIR: temporary,
      ...env,
    },
  });
  return JSON.parse(await readFile(join(folder, 'graceful-artifact', 'artifact.json'), 'utf8'));
}

test('the same commit is built to the same digests, wherever, whenever and by whomever it is built', async () => {
  await using scratch = await scratchFolder();
  await using repo = await makeShopRepo({
    config: {
      hooks: {
        build: 'mkdir -p orders/static/made && date -u -d @$SOURCE_DATE_EPOCH > orders/static/made/when.txt',
        outputs: ['orders/static/made'],
      },
    },
  });
  await repo.commit({ files: { '.gitattributes': '*.py text=auto\n' } });
  const one = join(scratch.path, 'one', 'work');
  await cp(repo.path, one, { recursive: true });
  const other = join(scratch.path, 'a longer folder, with blanks and ü', 'work');
  execFileSync('git', ['clone', '--quiet', repo.path, other]);
  // A person's own settings of git.
  for (const setting of ['core.autocrlf true', 'tar.umask 0077', 'core.quotePath false']) {
    execFileSync('git', ['-C', other, 'config', ...setting.split(' ')]);
  }
  const first = await build({
    folder: one,
    umask: '022',
    env: { TZ: 'UTC', LANG: 'C', PYTHONHASHSEED: '1' },
  });
  const second = await build({
    folder: other,
    umask: '077',
    env: {
      TZ: 'Asia/Tokyo',
      LC_ALL: 'C.UTF-8',
      PYTHONHASHSEED: '77',
      LD_PRELOAD: fakeClock(),
      FAKETIME: '+50h',
      DONT_FAKE_MONOTONIC: '1',
    },
  });
  expect(second).toEqual(first);
});
