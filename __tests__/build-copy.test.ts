import { mkdtempDisposableSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { likenessOf } from '../src/build/copy.ts';
import { writeFiles } from './build.fixtures.ts';

test('a likeness shares what programs read alone; what they may write to is a file of its own', async () => {
  using scratch = mkdtempDisposableSync(join(tmpdir(), 'graceful-copy-'));
  const [from, to] = [join(scratch.path, 'from'), join(scratch.path, 'to')];
  await writeFiles(from, { 'shop/views.py': 'a', 'shop/static/a.CSS': 'b', 'db.sqlite3': 'c', 'log/site.log': 'd' });
  symlinkSync('views.py', join(from, 'shop/link.py'));
  likenessOf(from, to);
  const inode = (path: string) => statSync(path).ino;
  const isShared = (path: string) => inode(join(from, path)) === inode(join(to, path));
  expect(['shop/views.py', 'shop/static/a.CSS', 'db.sqlite3', 'log/site.log'].map(isShared)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(readlinkSync(join(to, 'shop/link.py'))).toBe('views.py');
  expect(statSync(join(to, 'db.sqlite3')).mode).toBe(statSync(join(from, 'db.sqlite3')).mode);
  writeFileSync(join(to, 'log/site.log'), 'more');
  expect(readFileSync(join(from, 'log/site.log'), 'utf8')).toBe('d');
});
