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

/** How `src/index.ts` becomes the one file that the Action runs (see scripts/build.ts). */
export const input: RolldownOptions = {
  platform: 'node',
  external: ['cpu-features'],
  plugins: [withoutNative],
  logLevel: 'warn',
};

export const output: OutputOptions = {
  format: 'esm',
  // It can be started by itself, too; `npx` comes by way of bin/graceful.cjs.
  banner: '#!/usr/bin/env node',
  codeSplitting: false,
  sourcemap: false,
};
