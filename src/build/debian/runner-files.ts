/** Files of the runner that decide how an installer reaches an index, and whom it trusts: they count inside a system too. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { decoded } from '../installer/logins.ts';

/** Variables whose values name files or folders: authorities, logins, settings, and packages that lie on the runner. */
const NAMING =
  /^(PIP_(CERT|CLIENT_CERT|CONFIG_FILE|FIND_LINKS|(EXTRA_)?INDEX_URL|(BUILD_)?CONSTRAINT)|UV_(FIND_LINKS|(EXTRA_)?INDEX_URL|(DEFAULT_)?INDEX|(BUILD_)?CONSTRAINT|OVERRIDE)|SSL_(CERT_FILE|CERT_DIR|CLIENT_CERT)|(REQUESTS|CURL)_CA_BUNDLE|GIT_SSL_(CAINFO|CAPATH)|NETRC)$/;

/** The same in a configuration file of pip. */
const SETTINGS = /^(cert|client-cert|find-links|(extra-)?index-url|(build-)?constraint)$/;

/** pip's configuration of the whole machine. */
const OF_ALL = ['/etc/pip.conf', '/etc/xdg/pip/pip.conf'];

export interface RunnerFiles {
  /** Absolute paths, to be seen inside by the same names. */
  paths: string[];
  /** Those that a program looks for in its home folder: where in it, and which. */
  home: { name: string; path: string }[];
  /** What pip's configuration files say, the machine's first. */
  configurations: string[];
  /** Whether pip is told whom to trust. */
  namesAuthority: boolean;
}

/** What there is of them; where one cannot be read, that is for the installer to say. */
export async function runnerFiles(env: NodeJS.ProcessEnv): Promise<RunnerFiles> {
  const own = env['HOME'] ?? homedir();
  const config = env['XDG_CONFIG_HOME'] || join(own, '.config');
  const home = await existing([
    { name: '.netrc', path: join(own, '.netrc') },
    { name: '.config/pip/pip.conf', path: join(config, 'pip/pip.conf') },
    { name: '.pip/pip.conf', path: join(own, '.pip/pip.conf') },
  ]);
  const named = pathsOf(env).map((path) => ({ path }));
  const all = await existing([...OF_ALL.map((path) => ({ path })), ...home, ...named]);
  // So pip is told to read none of them.
  const ignored = env['PIP_CONFIG_FILE'] === '/dev/null';
  const configurations = await Promise.all(
    all
      .filter(({ path }) => !ignored && (path.endsWith('/pip.conf') || path === env['PIP_CONFIG_FILE']))
      .map(({ path }) => readFile(path, 'utf8').catch(() => '')),
  );
  const found = [...all, ...(await existing(configurations.flatMap(pathsOfConfig).map((path) => ({ path }))))];
  const namesAuthority = env['PIP_CERT'] !== undefined || configurations.some((text) => /^cert\s*[=:]/m.test(text));
  return { paths: [...new Set(found.map(({ path }) => path))], home, configurations, namesAuthority };
}

/** Paths in the variables that name some. Pure. */
export function pathsOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => (NAMING.test(name) ? pathsIn(value) : []));
}

/** Paths in a configuration file of pip. Pure. */
export function pathsOfConfig(text: string): string[] {
  return settingsOf(text).flatMap(({ name, value }) => (SETTINGS.test(name) ? value.split('\n').flatMap(pathsIn) : []));
}

/** Settings in a configuration file of pip, whichever command they are for; a value may have several lines. Pure. */
export function settingsOf(text: string): { name: string; value: string }[] {
  const found: { name: string; value: string }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = /^([\w-]+)\s*[=:](.*)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (name !== undefined) found.push({ name: name.toLowerCase().replaceAll('_', '-'), value: value.trim() });
    // A line that begins with a blank goes on with the setting before it.
    else if (last !== undefined && /^\s+[^\s#;]/.test(line)) last.value = `${last.value}\n${line.trim()}`.trim();
  }
  return found;
}

/** One path, or several between blanks, commas or colons; as they are, or as addresses. */
function pathsIn(value: string): string[] {
  const words = value.split(/[\s,]+/).map((word) => word.replace(/^[\w-]+=/, ''));
  const addresses = words.flatMap((word) => {
    const url = word.startsWith('file:///') ? URL.parse(word) : null;
    return url === null ? [] : [decoded(url.pathname)];
  });
  const lists = words.flatMap((word) => (word.includes('://') ? [] : word.split(':')));
  return [...new Set([value, ...words, ...lists].filter(isAbsolute)), ...addresses];
}

/** Devices (`/dev/null` for "none") are in every system. */
async function existing<T extends { path: string }>(files: readonly T[]): Promise<T[]> {
  const kinds = await Promise.all(
    files.map(({ path }) =>
      stat(path).then(
        (found) => found.isFile() || found.isDirectory(),
        () => false,
      ),
    ),
  );
  return files.filter((_, at) => kinds[at]);
}
