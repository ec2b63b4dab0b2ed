import { expect, test } from 'vitest';
import { BuildError, BuildErrors } from '../src/build/errors.ts';
import { assertLengths } from '../src/build/lengths.ts';
import { manifestFrom } from '../src/build/manifest.ts';
import type { TreeKind } from '../src/protocol/messages.ts';
import type { PackTree } from '../src/shipping/pack.ts';

const ROOT = '/srv/shop';
/** What stands before a path of the code while a release is made: `releases/.<id>.draft/code/`. */
const BEFORE = `${ROOT}/releases/.20261122T043400Z-abcdef1.draft/code/`;

function tree(kind: TreeKind, ...paths: string[]): PackTree {
  const entries = paths.map((path) => ({ kind: 'file' as const, sha256: 'a'.repeat(64), bytes: 1, path }));
  return { kind, tree: { folder: '/nowhere', manifest: manifestFrom(entries) } };
}

/** A path of so many bytes, in folders. */
function pathOf(bytes: number): string {
  const name = 2 - (bytes % 2);
  return `${'d/'.repeat((bytes - name) / 2)}${'f'.repeat(name)}`;
}

function faults(...trees: PackTree[]): readonly BuildError[] {
  try {
    assertLengths(trees, ROOT);
    return [];
  } catch (thrown) {
    if (thrown instanceof BuildErrors) return thrown.errors;
    if (thrown instanceof BuildError) return [thrown];
    throw thrown;
  }
}

test('a path is as long as a host takes it, with the folder of the release', () => {
  const most = 4095 - BEFORE.length;
  expect(Buffer.byteLength(pathOf(most))).toBe(most);
  expect(faults(tree('code', 'manage.py', pathOf(most)))).toEqual([]);
  const [fault, ...more] = faults(tree('code', 'manage.py', pathOf(most + 1)));
  expect(more).toEqual([]);
  expect(fault?.message).toBe(`the source cannot be on the host, as paths are too long: ${pathOf(most + 1)}`);
  expect(fault?.mend).toContain(`a path may have ${most} bytes here,`);
  expect(fault?.place).toEqual({ file: pathOf(most + 1) });
});

test('a path is counted in bytes, in each tree', () => {
  const long = `${'d/'.repeat(1_900)}${'ü'.repeat(127)}`;
  expect(long.length).toBeLessThan(4_000);
  const told = faults(tree('static', long, 'a'), tree('env', `${long}/b`), tree('code', 'a'));
  expect(told.map(({ message, place }) => [message, place])).toEqual([
    [`the static files cannot be on the host, as paths are too long: ${long}`, undefined],
    [`the environment cannot be on the host, as paths are too long: ${long}/b`, undefined],
  ]);
});
