import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

const SHEBANG = '#!/usr/bin/env python3\n';
const MAIN = `import os
import sys

# What the bootstrap has compiled for this Python, if it has.
sys.path.insert(0, os.path.realpath(sys.path[0])[:-4] + "-" + sys.implementation.cache_tag + ".zip")
from graceful.cli import main

sys.exit(main())
`;
const UNIX = 3;
/** Upper 16 bits of the external attributes: a regular file, 0644. */
const ATTRS = 0o100644 << 16;

/** Python files below `host/graceful`, as paths relative to `host`. */
function hostSources(host: string): string[] {
  return globSync('graceful/**/*.py', { cwd: host }).map((path) => path.replaceAll('\\', '/'));
}

/**
 * Packs the host program (`host` is the folder that holds the package `graceful`) into one executable file.
 *
 * The same sources give the same bytes on every machine: sorted entries, one date, one mode, and no compression,
 * because what deflate makes differs between versions of zlib.
 */
export function zipapp(host: string): Buffer {
  const sources = hostSources(host).sort();
  if (!sources.includes('graceful/__init__.py')) throw new Error(`${host}/graceful/__init__.py is missing`);
  const entries: Zippable = { '__main__.py': Buffer.from(MAIN) };
  for (const path of sources) entries[path] = readFileSync(join(host, path));
  // Zip keeps the local wall-clock time, and no date before this one.
  const archive = zipSync(entries, { level: 0, mtime: new Date(1980, 0, 1), os: UNIX, attrs: ATTRS });
  return Buffer.concat([Buffer.from(SHEBANG), archive]);
}
