import type { OutputOptions, Plugin, RolldownOptions } from 'rolldown';

/**
 * Leaves compiled `.node` files out: ssh2 asks for its own inside `try` and uses Node's crypto without it, so the
 * bundle is the same on every platform.
 */
const withoutNative: Plugin = {
  name: 'without-native',
  resolveId(source) {
    return source.endsWith('.node') ? { id: source, external: true } : null;
  },
};

/** How `src/index.ts` becomes what the Action runs (see scripts/build.ts). */
export const input: RolldownOptions = {
  platform: 'node',
  external: ['cpu-features'],
  // Of GitHub's packages much is never called: a whole HTTP client would be loaded at each start.
  treeshake: { moduleSideEffects: [{ test: /node_modules\/(@actions|undici|tunnel)\//, sideEffects: false }] },
  plugins: [withoutNative],
  logLevel: 'warn',
};

export const output: OutputOptions = {
  format: 'esm',
  // It can be started by itself, too; `npx` comes by way of bin/graceful.cjs.
  banner: ({ isEntry }) => (isEntry ? '#!/usr/bin/env node' : ''),
  // What the program imports only where it needs it is a file of its own. No digests in names: they are committed.
  // The first file is small: it says where what Node compiles of the others is kept.
  codeSplitting: { groups: [{ name: 'shared', minShareCount: 2, test: (id) => !id.endsWith('/src/cache-folder.ts') }] },
  entryFileNames: 'index.js',
  chunkFileNames: '[name].js',
  sourcemap: false,
};
