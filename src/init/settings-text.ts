/** What the text of settings says, as far as plain statements show it. All pure. */
import { posix } from 'node:path';

/** A folder among those of the project that a setting names: `MEDIA_ROOT = BASE_DIR / "media"`. */
export function folderIn(settings: string, name: string): string | undefined {
  const [, statement = ''] = new RegExp(`^${name}\\s*=\\s*([^\\n]+)`, 'm').exec(settings) ?? [];
  const parts = [...statement.matchAll(/['"]([^'"]+)['"]/g)].map(([, part = '']) => part);
  const path = posix.join(...parts, '.').replace(/\/+$/, '');
  return parts.length === 0 || posix.isAbsolute(path) || path.startsWith('..') || path === '.' ? undefined : path;
}

/** The file of an SQLite database that lies in the project. */
export function sqliteIn(settings: string): string | undefined {
  if (!/django\.db\.backends\.sqlite3/.test(settings)) return undefined;
  const [, statement = ''] = /['"]NAME['"]\s*\]?\s*[:=]\s*([^\n,}]+)/.exec(settings) ?? [];
  const parts = [...statement.matchAll(/['"]([^'"]+)['"]/g)].map(([, part = '']) => part);
  return parts.length === 0 || posix.isAbsolute(parts[0] ?? '') ? undefined : posix.join(...parts);
}

/** Names of hosts in `ALLOWED_HOSTS = [...]` that visitors could use. */
export function hostsIn(settings: string): string[] {
  const lists = [...settings.matchAll(/^ALLOWED_HOSTS\s*\+?=\s*[[(]([^\])]*)[\])]/gm)].map(([, list = '']) => list);
  const names = lists.flatMap((list) => [...list.matchAll(/['"]([^'"]+)['"]/g)].map(([, name = '']) => name));
  return names.filter((name) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name) && /[a-z]$/i.test(name));
}

/** A page of the root's urls that answers when the site is well, and whether it is made for that. */
export function healthIn(urls: string): { path: string; made: boolean } | undefined {
  // Django's own first lines show how a path is written.
  const code = urls.replace(/""".*?"""|'''.*?'''|^\s*#.*?$/gms, '');
  const route = (pattern: string) => new RegExp(`\\bpath\\(\\s*['"](${pattern})['"]`).exec(code)?.[1];
  const made = route('(?:\\w+/)*(?:healthz?|health-?check|livez|status|ping|up)/?');
  if (made !== undefined) return { path: `/${made}`, made: true };
  if (route('') !== undefined) return { path: '/', made: false };
  const [, admin] = /\bpath\(\s*['"]([\w/-]*)['"]\s*,\s*admin\.site\.urls/.exec(code) ?? [];
  return admin === undefined ? undefined : { path: `/${admin}login/`, made: false };
}
