import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf } from '../testbed/guide.ts';

/** Whatever a page tells a reader to run is run by a test: all blocks of the page, as they stand. */
const RUN_BY: Readonly<Record<string, string>> = {
  'README.md': 'slow/readme',
  'docs/connection.md': 'slow/readme',
  'docs/host-setup.md': 'testbed/site.ts, for each host',
  'docs/operating.md': 'slow/readme',
  'docs/supervisord.md': 'testbed/site.ts, for each host of the matrix',
  'docs/systemd-user.md': 'testbed/site.ts, for each host of the matrix',
  'docs/wagtail.md': 'slow/wagtail',
  'docs/workflows.md': 'slow/workflows',
};

test('a test runs the commands of each page that has some', async () => {
  const top = join(import.meta.dirname, '..');
  const pages = [
    'README.md',
    ...(await readdir(join(top, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ];
  const found: string[] = [];
  for (const page of pages) {
    if ((await blocksOf(page)).some(({ language }) => /^sh\b/.test(language))) found.push(page);
  }
  expect(found.toSorted()).toEqual(Object.keys(RUN_BY));
});
