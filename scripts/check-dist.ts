/** Fails when the committed `dist/` is not what the sources give. */
import { existsSync, mkdtempDisposableSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.ts';

/** Names of files that are missing, surplus or different in `dist`, each with the reason, sorted. */
export function differences(fresh: string, dist: string): string[] {
  const names = new Set([fresh, dist].flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : [])));
  return [...names].sort().flatMap((name) => {
    if (!existsSync(join(dist, name))) return [`${name} is missing`];
    if (!existsSync(join(fresh, name))) return [`${name} is not made by the build`];
    return readFileSync(join(fresh, name)).equals(readFileSync(join(dist, name))) ? [] : [`${name} is stale`];
  });
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  using fresh = mkdtempDisposableSync(join(tmpdir(), 'graceful-dist-'));
  await build(root, fresh.path);
  const found = differences(fresh.path, join(root, 'dist'));
  for (const difference of found) console.error(`dist/${difference}`);
  if (found.length > 0) {
    console.error('dist/ is not what the sources give: run `npm run build` and commit dist/');
    process.exitCode = 1;
  } else {
    console.log('dist/ is what the sources give');
  }
}
