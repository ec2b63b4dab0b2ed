/** The cache of GitHub Actions. */
import { rm } from 'node:fs/promises';
import { withoutCredentials } from '../../secrets.ts';
import { messageOf } from '../errors.ts';

/**
 * Brings the paths from the cache, where there is one that has them.
 * @param key - its name, or with `*` at its end the beginning of it: the newest one then
 * @param notices - gets a line when it did not answer
 */
export async function restoreFromActions(paths: string[], key: string, notices: string[]): Promise<boolean> {
  const beginning = key.endsWith('*') ? key.slice(0, -1) : null;
  const cache = await actionsCache();
  if (cache === null) return false;
  try {
    const found = await cache.restoreCache([...paths], beginning ?? key, beginning === null ? [] : [beginning]);
    return found !== undefined;
  } catch (thrown) {
    notices.push(
      `the Actions cache did not answer, what it has is made anew: ${withoutCredentials(messageOf(thrown))}`,
    );
    for (const path of paths) await rm(path, { recursive: true, force: true });
    return false;
  }
}

/** Saves the paths. Never throws: returns a notice when it did not work, else null. */
export async function keepInActions(paths: string[], key: string): Promise<string | null> {
  const cache = await actionsCache();
  if (cache === null) return null;
  try {
    await cache.saveCache([...paths], key);
    return null;
  } catch (thrown) {
    return `${key} was not kept in the Actions cache: ${withoutCredentials(messageOf(thrown))}`;
  }
}

/** False where there is none: without these addresses there is nobody to ask. */
export function hasActionsCache(): boolean {
  return Boolean(process.env['ACTIONS_RESULTS_URL'] || process.env['ACTIONS_CACHE_URL']);
}

/** Loaded only where there is one, since it is large. */
async function actionsCache(): Promise<typeof import('@actions/cache') | null> {
  if (!hasActionsCache()) return null;
  const cache = await import('@actions/cache');
  return cache.isFeatureAvailable() ? cache : null;
}
