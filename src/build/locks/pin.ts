/** What a lock file pins, in the words of a requirements file. */
import { normaliseName } from '../requirements/requirement-lines.ts';

/** One package as a lock file names it, with all hashes that its files may have. */
export interface Pin {
  name: string;
  /** `==` this one, where it comes from an index. */
  version: string | undefined;
  /** Where it comes from otherwise: a web address, `git+https://...@COMMIT`, or `file:` and a path beside the lock file. */
  address: string | undefined;
  hashes: readonly string[];
  /** Line of the lock file. */
  line: number | undefined;
}

/** The line of a requirements file. Pure. */
export function pinText({ name, version, address, hashes }: Pin): string {
  const what = address === undefined ? `==${version}` : ` @ ${address}`;
  return `${normaliseName(name)}${what}${hashes
    .toSorted()
    .map((hash) => ` --hash=${hash}`)
    .join('')}`;
}

/** A commit of a git repository as installers take it. Pure. */
export function gitAddress(repository: string, commit: string, folder: string | undefined): string {
  const url = /^[\w.+-]+:\/\//.test(repository) ? repository : repository.replace(/^([^/:]+):(?!\/)/, 'ssh://$1/');
  const prefix = url.startsWith('git+') ? '' : 'git+';
  return `${prefix}${url}@${commit}${folder === undefined ? '' : `#subdirectory=${folder}`}`;
}

/** An index that a lock file names. */
export interface Index {
  url: string;
  /** By which variables name it. */
  name: string | undefined;
}

/** The index that every installer asks unless told otherwise. */
const PYPI = /^https:\/\/pypi\.(org|python\.org)\/simple\/?$/;

/** Whether an address is that of PyPI. Pure. */
export function isPyPI(url: string): boolean {
  return PYPI.test(url);
}

/**
 * Options that make an installer look into these indexes too, and into no other one when none of them is PyPI. Pure.
 *
 * @param login - user and password for an index, from the variables that its own tool reads
 */
export function indexOptions(
  indexes: readonly Index[],
  login: (name: string) => { user: string | undefined; password: string | undefined },
): string[] {
  const urls = new Map<string, string>();
  for (const { url, name } of indexes) {
    const { user, password } = name === undefined ? { user: undefined, password: undefined } : login(name);
    if (!urls.has(url)) urls.set(url, withLogin(url, user, password));
  }
  const others = [...urls].filter(([url]) => !isPyPI(url)).map(([, full]) => full);
  const [first, ...more] = others;
  if (first === undefined) return [];
  const extra = (url: string): string => `--extra-index-url ${url}`;
  if (others.length < urls.size) return others.map(extra);
  return [`--index-url ${first}`, ...more.map(extra)];
}

function withLogin(url: string, user: string | undefined, password: string | undefined): string {
  if (user === undefined && password === undefined) return url;
  const login = [user ?? '', ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':');
  return url.replace(/^([a-z]+:\/\/)(?:[^/@]*@)?/i, (_, scheme: string) => `${scheme}${login}@`);
}

/** Name of an index as it stands in a variable's name. Pure. */
export function inVariable(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}
