import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refuseTrace } from '../src/build/env/trace.ts';

const FOLDER = '/tmp/aab/aab/env';
const text = fc.string({ unit: fc.constantFrom('/', 't', 'a', 'b', FOLDER.slice(0, 9)), maxLength: 60 });

/** Cuts a file into pieces, shows it them in one room, and says whether it was refused. */
function isRefused(see: ReturnType<typeof refuseTrace>, content: string, lengths: readonly number[]): boolean {
  const room = Buffer.alloc(200);
  try {
    let at = 0;
    for (let first = true; at < content.length || first; first = false) {
      const length = lengths[at % lengths.length] ?? 1;
      const piece = room.subarray(0, room.write(content.slice(at, at + length)));
      see('a.py', piece, first);
      at += length;
    }
    return false;
  } catch (thrown) {
    expect(String(thrown)).toContain(`a.py in the environment holds the folder it was built in (${FOLDER})`);
    return true;
  }
}

test('the path of the folder is found in whatever pieces a file is read; never across two files', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(text, text, lengths, (before, after, cut) => {
      const see = refuseTrace(FOLDER);
      const plain = `${before}${after}`;
      expect(isRefused(see, plain, cut)).toBe(plain.includes(FOLDER));
      expect(isRefused(see, `${before}${FOLDER}${after}`, cut)).toBe(true);
      expect(isRefused(refuseTrace(FOLDER), before + FOLDER.slice(0, -1), cut)).toBe(before.includes(FOLDER));
      const next = refuseTrace(FOLDER);
      isRefused(next, FOLDER.slice(0, 5), cut);
      expect(isRefused(next, FOLDER.slice(5), cut)).toBe(false);
    }),
  );
});
