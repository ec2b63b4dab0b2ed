import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folder of everything that is kept between runs on this machine. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['RUNNER_TOOL_CACHE']) return join(env['RUNNER_TOOL_CACHE'], 'graceful');
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] ?? homedir(), '.cache'), 'graceful');
}
