import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findPythons } from '../src/build/find-pythons.ts';
import type { Match, Target } from '../src/build/python.ts';
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

test('Pythons are found in the tool cache, in pyenv and among those that uv manages', async () => {
  await using scratch = await scratchFolder();
  const places = ['tools/Python/3.99.0/x64', 'pyenv/versions/3.99.1', 'uv/python/cpython-3.99-linux'];
  const found = places.map((place) => join(scratch.path, place, 'bin/python3.99'));
  for (const path of found) {
    await writeFiles(dirname(path), { note: '' });
    // Each a file of its own: what two names stand for is found once.
    await writeFile(path, `#!/bin/sh\nexec ${match.runner.executable} "$@"\n`, { mode: 0o755 });
  }
  const [RUNNER_TOOL_CACHE, PYENV_ROOT] = [join(scratch.path, 'tools'), join(scratch.path, 'pyenv')];
  const env = { RUNNER_TOOL_CACHE, PYENV_ROOT, XDG_DATA_HOME: scratch.path, PATH: '' };
  expect((await findPythons(null, env)).map(({ executable }) => executable)).toEqual(found);
  expect((await findPythons(['3.99'], env)).map(({ executable }) => executable)).toEqual(found);
  expect(await findPythons(['3.98'], env)).toEqual([]);
});
