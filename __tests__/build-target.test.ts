import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findPythons, type Match, type Target } from '../src/build/python.ts';
import { uvPlatform } from '../src/build/target/platform.ts';
import { inVersionsOf } from '../src/build/target/twin.ts';
import { scratchFolder, thisPython, writeFiles } from './build.fixtures.ts';

let match: Match;

beforeAll(async () => {
  match = await thisPython();
});

test("what collects static files for another machine has the versions of the host's environment", () => {
  const kept = inVersionsOf({ requirements: 'a==1\n' }, { file: 'x', lines: [], locked: false });
  expect(kept.lines.map(({ kind, canonical }) => [kind, canonical])).toEqual([['constraint', 'constraint a==1']]);
});

test("uv is told the host's glibc, or the newest one before it that uv knows", () => {
  const of = (changes: Partial<Target>) =>
    uvPlatform({ ...match.target, machine: 'x86_64', libc: 'glibc', ...changes });
  expect(of({ libcVersion: '2.36' })).toEqual(['--python-platform', 'x86_64-manylinux_2_36']);
  expect(of({ libcVersion: '2.27' })).toEqual(['--python-platform', 'x86_64-manylinux_2_17']);
  expect(of({ libcVersion: '2.99', machine: 'aarch64' })).toEqual(['--python-platform', 'aarch64-manylinux_2_40']);
  expect(of({ libc: 'musl', libcVersion: '' })).toEqual(['--python-platform', 'x86_64-unknown-linux-musl']);
  expect(of({ libcVersion: '2.36', machine: 'riscv64' })).toEqual([]);
});

test('Pythons that uv manages are found', async () => {
  await using scratch = await scratchFolder();
  const bin = `uv/python/cpython-3.99-linux/bin`;
  await writeFiles(scratch.path, { [`${bin}/note`]: '' });
  await symlink(match.runner.executable, join(scratch.path, bin, 'python3.99'));
  const found = await findPythons({ XDG_DATA_HOME: scratch.path, PYENV_ROOT: scratch.path, PATH: '' });
  expect(found.map(({ executable }) => executable)).toEqual([join(scratch.path, bin, 'python3.99')]);
});
