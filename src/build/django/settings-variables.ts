import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settingsFiles } from './modules.ts';

/** The environment variable that an error of loading settings speaks of, or null. Pure. */
export function missingVariable(kinds: readonly string[], message: string): string | null {
  const name = /^'([A-Za-z_]\w*)'$/.exec(message)?.[1];
  if (kinds.includes('KeyError')) return name !== undefined && name === name.toUpperCase() ? name : null;
  if (!kinds.includes('ImproperlyConfigured') && !kinds.includes('UndefinedValueError') && !/environ/i.test(message))
    return null;
  return /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b(?<=['"])[A-Z][A-Z0-9]{2,}(?=['"])/.exec(message)?.[0] ?? null;
}

/** `os.environ["X"]`, django-environ's `env("X")` and `env.str("X")`, decouple's `config("X")`: each without a default. */
const WANTS = [
  /\benviron\[\s*['"](\w+)['"]\s*\](?!\s*=[^=])/g,
  /\benv(?:\.\w+)?\(\s*['"](\w+)['"]\s*\)/g,
  /\bconfig\(\s*['"](\w+)['"]\s*(?:,\s*cast\s*=[^,)]*)?\)/g,
];

/** What reads only under a condition, or when it is called. */
const BLOCK = /^(?:(?:if|elif|else|for|while|with|try|except|finally|def|class|async)\b|@)/;

/** Variables that the text of a settings module cannot do without, as far as its plain statements show it. Pure. */
export function variablesWanted(text: string): string[] {
  let plain = true;
  const lines = text.split('\n').filter((line) => {
    // A statement goes on over indented lines and closing brackets.
    if (/^[^\s#)\]}]/.test(line)) plain = !BLOCK.test(line);
    return plain && !/^\s*#|\bif\b.*\belse\b/.test(line);
  });
  const code = lines.join('\n');
  const found = WANTS.flatMap((pattern) => [...code.matchAll(pattern)]);
  return [...new Set(found.toSorted((a, b) => a.index - b.index).map(([, name = '']) => name))];
}

/** Variables that name a database, also where there is a default. */
const DATABASE =
  /\b(?:environ|env|config|getenv)\b[^\n]*?['"](\w*(?:DATABASE|POSTGRES|MYSQL|(?<![A-Z])(?:DB|PG))\w*)['"]/g;
/** django-environ's and dj-database-url's own name, where none is given. */
const DATABASE_URL = /\benv\.db(?:_url)?\(\s*\)|\bdj_database_url\.config\((?!\s*env\s*=)/;

/** Variables by which the text of a settings module finds its database. Pure. */
function databaseVariables(text: string): string[] {
  const named = [...text.matchAll(DATABASE)].map(([, name = '']) => name);
  return [...new Set([...(DATABASE_URL.test(text) ? ['DATABASE_URL'] : []), ...named])];
}

/** What the settings read of their environment, as far as their text shows it. */
export interface Variables {
  /** Wanted, and not there: Python tells only the first one it meets. */
  unset: string[];
  /** Those that say where the database is. */
  database: string[];
}

export async function variablesOf(
  project: string,
  settings: string,
  given: Readonly<Record<string, string | undefined>>,
): Promise<Variables> {
  const texts = await Promise.all(
    (await settingsFiles(project, settings)).map((file) => readFile(join(project, file), 'utf8')),
  );
  const unique = (names: readonly string[]) => [...new Set(names)];
  return {
    unset: unique(texts.flatMap(variablesWanted)).filter((name) => given[name] === undefined),
    database: unique(texts.flatMap(databaseVariables)),
  };
}
