import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

// Node compiles more than a megabyte at each start: what comes of it is kept, which spares some 30 ms of 180. A machine of
// GitHub's is another one for each job: there it would be written for nobody.
if (process.env['RUNNER_ENVIRONMENT'] !== 'github-hosted') {
  try {
    enableCompileCache(join(cacheFolder(), 'compiled'));
  } catch {
    // A user without a home keeps nothing.
  }
}
await import('./program.ts');
