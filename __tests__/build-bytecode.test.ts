import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../src/build/env/bytecode.ts';
import { PROGRAM } from '../src/build/env/compiler.ts';
import { isSource, type Unit, unitsOf } from '../src/build/env/units.ts';
import { BuildError } from '../src/build/errors.ts';
import { findPythons } from '../src/build/find-pythons.ts';
import { manifestOf, sha256 } from '../src/build/manifest.ts';
import type { RunnerPython } from '../src/build/python.ts';
import { BUILD_FORMAT } from '../src/build/requirements/inputs.ts';
import { run } from '../src/build/run.ts';
import { withBytecode } from '../src/build/source/bytecode.ts';
import { scratchFolder, writeFiles } from './build.fixtures.ts';

/** One of each minor version on this machine that a site may run on. */
const pythons = (await findPythons()).filter(
  ({ minor }, at, all) => Number(minor.slice(2)) >= 9 && all.findIndex((one) => one.minor === minor) === at,
);

/**
 * Names and constants that packages have in common. What a process has seen before shows in the bytes: for the encoding of some
 * Python reads a module, whose names it knows from then on.
 */
const MODULE = (seed: number): string => `${seed % 4 === 0 ? '# coding: iso8859-15' : ''}
import os, sys
SHARED = ("alpha", "beta", ${seed % 3}, "a longer constant, with blanks")
CHOICES = {"one": 1, "two": 2.5, "name_${seed % 5}": b"bytes"}
class Shop_${seed % 4}:
    kind = "alpha"
    decoding_table = None
    def total(self, items, tax_${seed % 2}=0.19):
        return sum(item["price"] for item in items if item.get("kind") in {"alpha", "beta", "name_${seed}"}) * tax_${seed % 2}
def main(argv=None, verbose_name="shop"):
    return [getattr(sys, "argv"), os.environ.get("name_${seed % 7}"), Shop_${seed % 4}().total([])]
`;

const SITE = 'lib/python3/site-packages';

/** Packages by name, each with a seed for its modules. */
type Packages = Readonly<Record<string, number>>;

/** Lays them out; a module that belongs to none, and one that cannot be compiled, are there besides. */
async function layOut(folder: string, packages: Packages): Promise<Unit[]> {
  const distributions = Object.entries(packages).map(([name, seed]) =>
    ['__init__', 'models', 'views'].map((module, at) => ({
      path: `${SITE}/${name}/${module}.py`,
      text: MODULE(seed + at),
    })),
  );
  const files = distributions.flat().map(({ path, text }) => [path, text]);
  await writeFiles(folder, {
    ...Object.fromEntries(files),
    [`${SITE}/loose.py`]: MODULE(1),
    [`${SITE}/bad.py`]: 'def',
  });
  const { manifest } = await manifestOf(folder, 'the environment');
  return unitsOf(
    manifest.entries.filter(isSource),
    distributions.map((modules) => modules.map(({ path }) => path)),
  );
}

interface How {
  python: RunnerPython;
  packages: Packages;
  kept?: string | null;
  jobs?: number;
  /** Order in which the units are compiled. */
  order?: (units: Unit[]) => Unit[];
}

/** Digest of each file of bytecode, by its path. */
async function bytecodeOf({ python, packages, kept = null, jobs = 2, order = (units) => units }: How) {
  await using scratch = await scratchFolder();
  const folder = join(scratch.path, 'env');
  const units = order(await layOut(folder, packages));
  const options = { python: python.executable, scratch: scratch.path, within: undefined, kept, jobs };
  const told = await compile(folder, units, options);
  const { manifest } = await manifestOf(folder, 'the environment');
  const made = manifest.entries.filter(({ path }) => path.endsWith('.pyc'));
  expect(told.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual(made);
  return Object.fromEntries(made.map((entry) => [entry.path, entry.kind === 'link' ? '' : entry.sha256]));
}

const seeds = fc.integer({ min: 0, max: 3 });

test('the bytecode of a distribution depends on nothing but itself and the Python, whatever it is compiled beside', async () => {
  for (const python of pythons) {
    const alone = new Map<string, Record<string, string>>();
    const property = fc.asyncProperty(
      fc.dictionary(fc.constantFrom('django', 'celery', 'kombu', 'vine'), seeds, { minKeys: 1 }),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (packages, jobs, reversed) => {
        const together = await bytecodeOf({
          python,
          packages,
          jobs,
          order: (units) => (reversed ? units.toReversed() : units),
        });
        for (const [name, seed] of Object.entries(packages)) {
          const single = `${name} ${seed}`;
          if (!alone.has(single)) alone.set(single, await bytecodeOf({ python, packages: { [name]: seed }, jobs: 1 }));
          expect(together).toMatchObject(alone.get(single) ?? {});
        }
      },
    );
    await fc.assert(property, { numRuns: 4 });
  }
});

test('what is kept is taken, to the same bytes; what is damaged, or of other sources or another Python, is compiled', async () => {
  await using scratch = await scratchFolder();
  const [python, other] = pythons;
  if (python === undefined) throw new Error('this test needs a Python');
  const packages = { django: 1, celery: 2, kombu: 3 };
  const bumped = { ...packages, kombu: 4 };
  const kept = join(scratch.path, 'kept');
  const compiled = await bytecodeOf({ python, packages });
  expect(await bytecodeOf({ python, packages, kept })).toEqual(compiled);
  const names = await readdir(kept);
  // Three packages, and the modules that belong to none.
  expect(names).toHaveLength(4);
  expect(await bytecodeOf({ python, packages, kept })).toEqual(compiled);
  expect(await bytecodeOf({ python, packages: bumped, kept })).toEqual(await bytecodeOf({ python, packages: bumped }));
  expect(await readdir(kept)).toHaveLength(5);
  if (other !== undefined) {
    expect(await bytecodeOf({ python: other, packages, kept })).toEqual(await bytecodeOf({ python: other, packages }));
    expect(await readdir(kept)).toHaveLength(9);
  }
  for (const name of names) {
    const path = join(kept, name);
    const content = await readFile(path);
    for (const damaged of [content.subarray(0, -1), Buffer.alloc(0), Buffer.alloc(content.length)]) {
      await writeFile(path, damaged);
      expect(await bytecodeOf({ python, packages, kept })).toEqual(compiled);
      expect(await readFile(path)).toEqual(content);
    }
  }
  // That it is taken at all: what lies there under its name.
  const [first = '', second = ''] = names;
  await copyFile(join(kept, first), join(kept, second));
  expect(await bytecodeOf({ python, packages, kept })).not.toEqual(compiled);
});

test("a module that cannot be read is told in Python's words", async () => {
  await using scratch = await scratchFolder();
  const [python] = pythons;
  if (python === undefined) throw new Error('this test needs a Python');
  const folder = join(scratch.path, 'env');
  const units = await layOut(folder, { django: 1, celery: 2 });
  await rm(join(folder, `${SITE}/django/models.py`));
  const options = { python: python.executable, scratch: scratch.path, within: undefined, kept: null };
  const refused = await compile(folder, units, options).catch((thrown: unknown) => thrown);
  if (!(refused instanceof BuildError)) throw new Error('it should have been refused');
  expect(refused.message).toBe(`Python modules could not be compiled to bytecode with ${python.executable}`);
  expect(refused.output.at(-1)).toBe(
    `FileNotFoundError: [Errno 2] No such file or directory: b'${SITE}/django/models.py'`,
  );
});

test('large distributions are compiled in parts, by their own files alone', () => {
  const source = (path: string, bytes: number) => ({ kind: 'file' as const, sha256: '', bytes, path });
  const large = ['a', 'b', 'c', 'd'].map((name) => source(`lib/large/${name}.py`, 600_000));
  const [small, shared, loose] = ['small/a', 'shared', 'loose'].map((name, at) => source(`lib/${name}.py`, at + 1));
  if (!small || !shared || !loose) throw new Error('they are there');
  const paths = large.map(({ path }) => path).toReversed();
  const units = unitsOf(
    [loose, ...large, shared, small],
    [
      [...paths, shared.path],
      [shared.path, small.path],
    ],
  );
  expect(units).toEqual([large.slice(0, 2), large.slice(2), [loose], [shared], [small]]);
});

test('another program is another format of builds', () => {
  // Where this fails: does it give other bits? Then BUILD_FORMAT goes up with it; all environments are made and sent anew.
  expect([BUILD_FORMAT, sha256(PROGRAM).slice(0, 16)]).toEqual([2, '5113667be9d5e395']);
});

test('the bytecode of code: each module by itself, and what is changed in place is seen', async () => {
  await using scratch = await scratchFolder();
  const folder = join(scratch.path, 'code');
  const options = { scratch: scratch.path, within: undefined, kept: join(scratch.path, 'kept') };
  for (const { executable: python, minor } of pythons) {
    const stale = `shop/__pycache__/models.cpython-${minor.replace('.', '')}.pyc`;
    await writeFiles(folder, {
      'manage.py': MODULE(1),
      'shop/models.py': 'said = "one"',
      'bad.py': 'def',
      [stale]: 'x',
    });
    const code = await withBytecode(await manifestOf(folder, 'the code'), { ...options, python });
    // It is what is there, and `bad.py` has none.
    expect(code.manifest.text).toBe((await manifestOf(folder, 'the code')).manifest.text);
    const made = code.manifest.entries.filter(({ path }) => path.endsWith('.pyc'));
    expect(made.map(({ path }) => path).sort()).toEqual([
      `__pycache__/manage.cpython-${minor.replace('.', '')}.pyc`,
      stale,
    ]);
    // Another module changes nothing of it.
    await writeFiles(folder, { 'manage.py': MODULE(2) });
    const next = await withBytecode(await manifestOf(folder, 'the code'), { ...options, python });
    expect(next.manifest.entries).toContainEqual(made.find(({ path }) => path === stale));
    const says = async () =>
      (await run([python, '-B', '-c', 'import shop.models as m; print(m.said, m.__cached__)'], { cwd: folder })).stdout;
    expect(await says()).toBe(`one ${join(folder, stale)}\n`);
    await writeFiles(folder, { 'shop/models.py': 'said = "two"' });
    expect(await says()).toBe(`two ${join(folder, stale)}\n`);
    await rm(folder, { recursive: true });
  }
});
