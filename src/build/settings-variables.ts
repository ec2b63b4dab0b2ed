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

/** All variables that the settings want and that are not there: Python tells only the first one it meets. */
export async function unsetVariables(
  project: string,
  settings: string,
  given: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const texts = await Promise.all(
    (await settingsFiles(project, settings)).map((file) => readFile(join(project, file), 'utf8')),
  );
  return [...new Set(texts.flatMap(variablesWanted))].filter((name) => given[name] === undefined);
}
