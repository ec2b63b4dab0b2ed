/** Packs that several hosts get. */
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { objectStream, type PackObject } from '../src/shipping/pack.ts';
import { SharedPacks } from '../src/shipping/packs.ts';
import { scratchFolder } from './build.fixtures.ts';

async function all(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function objectIn(folder: string, name: string, content: string): Promise<PackObject> {
  const path = join(folder, name);
  await writeFile(path, content);
  return { sha256: name.repeat(64), executable: false, bytes: content.length, path };
}

test('hosts that lack the same get the same bytes, and files are read once for all of them', async () => {
  await using scratch = await scratchFolder();
  const object = await objectIn(scratch.path, 'a', 'content '.repeat(100_000));
  await using packs = new SharedPacks(scratch.path);
  const [early, same] = await Promise.all([all(packs.open([object], 'zlib')), all(packs.open([object], 'zlib'))]);
  // Whoever comes later, after a cut, needs the file no more.
  await rm(object.path);
  const late = await all(packs.open([object], 'zlib'));
  expect([same.equals(early), late.equals(early)]).toEqual([true, true]);
  expect(inflateSync(early).toString()).toContain('content content');
});

test('a host that lacks something else gets just that', async () => {
  await using scratch = await scratchFolder();
  const [a, b] = [await objectIn(scratch.path, 'a', 'one'), await objectIn(scratch.path, 'b', 'two')];
  await using packs = new SharedPacks(scratch.path);
  const [both, one] = await Promise.all([all(packs.open([a, b], 'zlib')), all(packs.open([b], 'zlib'))]);
  expect(inflateSync(both).toString()).toContain('one');
  expect(inflateSync(one).toString()).not.toContain('one');
});

test('a pack tells how far it is, one for several hosts to each of them', async () => {
  await using scratch = await scratchFolder();
  const object = await objectIn(scratch.path, 'a', randomBytes(4_000_000).toString('base64'));
  await using packs = new SharedPacks(scratch.path);
  for (const pack of [objectStream([object], 'zlib'), packs.open([object], 'zlib'), packs.open([object], 'zlib')]) {
    let read = 0;
    const parts: number[] = [];
    for await (const chunk of pack) {
      read += chunk.length;
      parts.push(pack.part(read));
    }
    // What is compressed last may come after all was read: it goes back, but by nothing that anybody sees.
    expect(parts.every((part, at) => part >= (parts[at - 1] ?? 0) - 0.01)).toBe(true);
    expect(parts.at(-1)).toBe(1);
    expect(parts.some((part) => part > 0.2 && part < 0.8)).toBe(true);
  }
});

test('a pack of nothing is whole', async () => {
  expect(objectStream([], 'zlib').part(0)).toBe(1);
});

test('a file that changed fails for all of them', async () => {
  await using scratch = await scratchFolder();
  const object = { ...(await objectIn(scratch.path, 'a', 'one')), bytes: 4 };
  await using packs = new SharedPacks(scratch.path);
  const both = await Promise.allSettled([all(packs.open([object], 'zlib')), all(packs.open([object], 'zlib'))]);
  expect(both.map((one) => one.status === 'rejected' && String(one.reason))).toEqual([
    expect.stringContaining('changed while it was sent'),
    expect.stringContaining('changed while it was sent'),
  ]);
});
