/** What the text of settings says, as far as plain statements show it. All pure. */
import { posix } from 'node:path';

/** What is assigned to a name last, on the line where that begins: of base and production, production wins. */
export function lastOf(settings: string, name: string): string | undefined {
  return [...settings.matchAll(new RegExp(`^${name}\\s*(?::[^=\\n]+)?=(?!=)\\s*([^\\n]+)`, 'gm'))].at(-1)?.[1];
}

/** A folder among those of the project that a setting names: `MEDIA_ROOT = BASE_DIR / "media"`. */
export function folderIn(settings: string, name: string): string | undefined {
  const parts = [...(lastOf(settings, name) ?? '').matchAll(/['"]([^'"]+)['"]/g)].map(([, part = '']) => part);
  const path = posix.join(...parts, '.').replace(/\/+$/, '');
  return parts.length === 0 || posix.isAbsolute(path) || path.startsWith('..') || path === '.' ? undefined : path;
}

/** Where databases are named; `DATABASES["default"]["NAME"] = ...` only adds to that. */
const DATABASES = /^DATABASES\s*(?:\[\s*['"]default['"]\s*\]\s*)?(?::[^=\n]+)?=(?!=)/gm;

/** `DATABASES["default"]["NAME"] = BASE_DIR / "db.sqlite3"` */
const NAME = /^DATABASES\s*\[\s*['"]default['"]\s*\]\s*\[\s*['"]NAME['"]\s*\]\s*=\s*([^\n]+)/gm;

/** The file of an SQLite database that lies in the project. */
export function sqliteIn(settings: string): string | undefined {
  const from = [...settings.matchAll(DATABASES)].at(-1)?.index ?? 0;
  const last = settings.slice(from);
  if (!/django\.db\.backends\.sqlite3/.test(last)) return undefined;
  const [, inside = ''] = /['"]NAME['"]\s*:\s*([^\n,}]+)/.exec(last) ?? [];
  const statement = [...last.matchAll(NAME)].at(-1)?.[1] ?? inside;
  const parts = [...statement.matchAll(/['"]([^'"]+)['"]/g)].map(([, part = '']) => part);
  return parts.length === 0 || posix.isAbsolute(parts[0] ?? '') ? undefined : posix.join(...parts);
}

/** Names of hosts in the last `ALLOWED_HOSTS = [...]` that has some which visitors could use. */
export function hostsIn(settings: string): string[] {
  const lists = [...settings.matchAll(/^ALLOWED_HOSTS\s*\+?=\s*[[(]([^\])]*)[\])]/gm)].map(([, list = '']) => list);
  const namesOf = (list: string) =>
    [...list.matchAll(/['"]([^'"]+)['"]/g)]
      .map(([, name = '']) => name)
      .filter((name) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name) && /[a-z]$/i.test(name));
  return lists.map(namesOf).findLast((names) => names.length > 0) ?? [];
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
