import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { manifestFrom } from '../src/build/manifest.ts';
import { marked } from '../src/session/shipment.ts';
import { piecesOf } from '../src/shipping/pieces.ts';
import { recipeOf } from '../src/shipping/recipe.ts';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
/** A tree of so many files; `change` gives some of them another content. */
const tree = (files: number, change: (index: number) => string = () => ''): string =>
  manifestFrom(
    Array.from({ length: files }, (_, index) => ({
      kind: 'file' as const,
      sha256: sha256(`${index}${change(index)}`),
      bytes: index,
      path: `folder/file-${String(index).padStart(5, '0')}`,
    })),
  ).text;
const idsOf = (manifest: string): string =>
  Buffer.from(
    piecesOf(manifest)
      .map(({ id }) => id)
      .join(''),
    'hex',
  ).toString('base64');

test('pieces make up the manifest, some 32 lines each', () => {
  const manifest = tree(2_000);
  const pieces = piecesOf(manifest);
  expect(pieces.map(({ text }) => text).join('')).toBe(manifest);
  expect(pieces.length).toBeGreaterThan(2_000 / 48);
  expect(pieces.length).toBeLessThan(2_000 / 20);
  expect(piecesOf('')).toEqual([]);
});

test('the host cuts in the same places', () => {
  const entries = Array.from({ length: 100 }, (_, index) => ({
    kind: 'file' as const,
    sha256: sha256(String(index)),
    bytes: index,
    path: `größe/${String(index).padStart(3, '0')}.py`,
  }));
  // `VECTOR` of host/tests/test_pieces.py.
  expect(idsOf(manifestFrom(entries).text)).toBe('sadPAzwI9jG8kRHZMl6nkd0IknU4EuCDv1kIcNHTwx0=');
});

test('the recipe of a known tree is one line, of an unknown one the manifest itself', () => {
  const manifest = tree(2_000);
  expect(recipeOf(manifest, idsOf(manifest))).toBe(`[0,${piecesOf(manifest).length}]\n`);
  expect(recipeOf(manifest)).toBe(manifest);
  expect(recipeOf('', idsOf(manifest))).toBe('');
});

test('a changed file costs its piece alone, wherever it is', () => {
  const base = idsOf(tree(2_000));
  for (const changed of [0, 777, 1_999]) {
    const recipe = recipeOf(
      tree(2_000, (index) => (index === changed ? 'x' : '')),
      base,
    );
    const lines = recipe.split('\n').slice(0, -1);
    expect(lines.filter((line) => line.startsWith('["file"')).length).toBeLessThan(250);
    expect(lines.filter((line) => /^\[\d+,\d+\]$/.test(line)).length).toBeLessThanOrEqual(2);
    expect(recipe).toContain(sha256(`${changed}x`));
  }
});

test('files that come and go leave the pieces around them', () => {
  const whole = tree(2_000).split(/(?<=\n)/);
  const without = whole.toSpliced(500, 100).join('');
  expect(recipeOf(without, idsOf(whole.join(''))).length).toBeLessThan(without.length / 5);
  expect(recipeOf(whole.join(''), idsOf(without)).length).toBeLessThan(without.length / 4);
});

test('the first bit is the lowest one of the first byte', () => {
  const bits = Buffer.from([0b10000001, 0b10]).toString('base64');
  expect(marked(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'], bits)).toEqual(['a', 'h', 'j']);
  expect(marked(['a'], '')).toEqual([]);
});
