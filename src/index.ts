import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

// Node compiles a megabyte and more at each start: what it made of it is kept, which is a third of a start. A machine of
// GitHub's is another one for each job: there it would be written for nobody.
if (process.env['RUNNER_ENVIRONMENT'] !== 'github-hosted') enableCompileCache(join(cacheFolder(), 'compiled'));
await import('./program.ts');
