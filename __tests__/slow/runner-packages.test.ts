/** Debian packages of a site that is built in the runner as it is (`build: { in: runner }`). */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ExecResult, run } from '../../testbed/process.ts';
import { DIST } from '../../testbed/runner.ts';
import { makeShopRepo, type ShopRepo } from '../../testbed/shop.ts';
import { type Scratch, scratchFolder } from '../build.fixtures.ts';
import { inCopy } from '../fixtures/machine-copy.ts';

let scratch: Scratch;
let repo: ShopRepo;

beforeAll(async () => {
  scratch = await scratchFolder();
  repo = await makeShopRepo({
    config: {
      build: { in: 'runner' },
      // A program of the package says that it is there.
      hooks: { build: 'mkdir made && hello >made/hello.txt', outputs: ['made'] },
    },
  });
});

afterAll(async () => {
  await repo?.[Symbol.asyncDispose]();
  await scratch?.[Symbol.asyncDispose]();
});

async function build(names: string, user = 'root'): Promise<ExecResult> {
  await repo.commit({ files: { 'src-debian-requirements.txt': names } });
  const program = ['sh', '-c', 'cd "$1"; shift; exec "$@"', 'sh', repo.path, process.execPath, DIST];
  const copy = { folder: scratch.path, user, own: repo.path };
  return await run(inCopy(copy, [...program, 'build', '--stage', 'staging']), {
    env: { PATH: process.env['PATH'], HOME: repo.path, XDG_CACHE_HOME: join(repo.path, '.git', 'cache') },
    timeout: 600_000,
  });
}

const all = ({ stdout, stderr }: ExecResult): string => `${stdout}\n${stderr}`;

test('those that the runner lacks are installed there before anything is built', async () => {
  const built = await build('coreutils\nhello\n');
  expect(built.code, all(built)).toBe(0);
  expect(all(built)).toMatch(/installing in the runner: hello\n[\s\S]*installing \d+ packages\n/);
});

test('one that the runner’s release does not have is told, with the words of apt', async () => {
  const built = await build('hello\nno-such-package\n');
  expect(built.code, all(built)).toBe(1);
  expect(all(built)).toContain(
    'the build needs Debian packages, and apt cannot install them in the runner: hello, no-such-package',
  );
  expect(all(built)).toContain('Unable to locate package no-such-package');
  expect(all(built)).toContain("build in a system of the host's own release: build: { in: debian }");
  expect(all(built)).not.toContain('resolving');
});

test('a user who may not install is told what is lacking', async () => {
  const built = await build('hello\n', 'nobody');
  expect(built.code, all(built)).toBe(1);
  expect(all(built)).toContain(
    'the build needs Debian packages that the runner lacks (hello), and this user of the runner is neither root nor may it use sudo without a password',
  );
  expect(all(built)).not.toContain('resolving');
});
