/** Environment markers (PEP 508), evaluated for the Python of a host, which may be another one than the runner's. */
import { satisfies, valid, validRange } from '@renovatebot/pep440';

/** What markers may ask of the host. */
export interface MarkerHost {
  /** `3.11.2` */
  version: string;
  /** `3.11` */
  minor: string;
  /** `x86_64` ... */
  machine: string;
}

type Values = ReadonlyMap<string, string>;

/**
 * Whether a marker holds on a host. What nobody can know before (the kernel's release) is the empty text. Pure.
 *
 * @param extras - names for which `extra == NAME` holds
 * @throws Error in words when it is no marker
 */
export function holds(marker: string, host: MarkerHost, extras: ReadonlySet<string> = new Set()): boolean {
  const tokens = tokensOf(marker);
  const reader = new MarkerReader(tokens, valuesOf(host), extras);
  return reader.whole(marker);
}

function valuesOf({ version, minor, machine }: MarkerHost): Values {
  return new Map([
    ['python_version', minor],
    ['python_full_version', version],
    ['implementation_version', version],
    ['implementation_name', 'cpython'],
    ['platform_python_implementation', 'CPython'],
    ['os_name', 'posix'],
    ['sys_platform', 'linux'],
    ['platform_system', 'Linux'],
    ['platform_machine', machine],
    ['platform_release', ''],
    ['platform_version', ''],
    // Names of before PEP 508, which old packages still write.
    ['os.name', 'posix'],
    ['sys.platform', 'linux'],
    ['platform.machine', machine],
    ['platform.python_implementation', 'CPython'],
    ['python_implementation', 'CPython'],
  ]);
}

/** Values that are compared as versions. */
const VERSIONS = new Set(['python_version', 'python_full_version', 'implementation_version']);

interface Token {
  kind: 'text' | 'word' | 'operator' | 'bracket';
  value: string;
}

function tokensOf(marker: string): Token[] {
  const found: Token[] = [];
  const pattern = /\s*(?:'([^']*)'|"([^"]*)"|(===|==|~=|!=|<=|>=|<|>)|([()])|([A-Za-z_][\w.]*))/y;
  const end = marker.trimEnd().length;
  while (pattern.lastIndex < end) {
    const match = pattern.exec(marker);
    if (!match) throw new Error(`"${marker}" is no marker`);
    const [, single, double, operator, bracket, word] = match;
    if (operator !== undefined) found.push({ kind: 'operator', value: operator });
    else if (bracket !== undefined) found.push({ kind: 'bracket', value: bracket });
    else if (word !== undefined) found.push({ kind: 'word', value: word });
    else found.push({ kind: 'text', value: single ?? double ?? '' });
  }
  return found;
}

class MarkerReader {
  readonly #tokens: readonly Token[];
  readonly #values: Values;
  readonly #extras: ReadonlySet<string>;
  #next = 0;

  constructor(tokens: readonly Token[], values: Values, extras: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#values = values;
    this.#extras = extras;
  }

  whole(marker: string): boolean {
    const result = this.#or();
    if (this.#next !== this.#tokens.length) throw new Error(`"${marker}" is no marker`);
    return result;
  }

  #or(): boolean {
    let result = this.#and();
    while (this.#take('word', 'or')) {
      const right = this.#and();
      result = result || right;
    }
    return result;
  }

  #and(): boolean {
    let result = this.#one();
    while (this.#take('word', 'and')) {
      const right = this.#one();
      result = result && right;
    }
    return result;
  }

  #one(): boolean {
    if (this.#take('bracket', '(')) {
      const inner = this.#or();
      if (!this.#take('bracket', ')')) throw new Error('a bracket of the marker is not closed');
      return inner;
    }
    const left = this.#operand();
    const operator = this.#operator();
    const right = this.#operand();
    if (left.name === 'extra' || right.name === 'extra') {
      const named = this.#extras.has(left.name === 'extra' ? right.value : left.value);
      return operator === '!=' || operator === 'not in' ? !named : named;
    }
    const name = left.name ?? right.name;
    if (name !== undefined && VERSIONS.has(name) && operator !== 'in' && operator !== 'not in') {
      return left.name === undefined
        ? compareVersions(right.value, MIRRORED[operator] ?? operator, left.value)
        : compareVersions(left.value, operator, right.value);
    }
    return compareTexts(left.value, operator, right.value);
  }

  #operator(): string {
    const token = this.#tokens[this.#next++];
    if (token?.kind === 'operator') return token.value;
    if (token?.value === 'in') return 'in';
    if (token?.value === 'not' && this.#take('word', 'in')) return 'not in';
    throw new Error(`"${token?.value ?? ''}" is no comparison of a marker`);
  }

  #operand(): { value: string; name?: string } {
    const token = this.#tokens[this.#next++];
    if (token?.kind === 'text') return { value: token.value };
    if (token?.kind === 'word' && token.value === 'extra') return { value: '', name: 'extra' };
    const value = token?.kind === 'word' ? this.#values.get(token.value) : undefined;
    if (token === undefined || value === undefined) throw new Error(`a marker knows no "${token?.value ?? ''}"`);
    return { value, name: token.value };
  }

  #take(kind: Token['kind'], value: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind || token.value !== value) return false;
    this.#next++;
    return true;
  }
}

/** `'3.9' <= python_version` asks the same as `python_version >= '3.9'`. */
const MIRRORED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function compareVersions(version: string, operator: string, wanted: string): boolean {
  const specifier = `${operator}${wanted}`;
  if (valid(version) === null || !validRange(specifier)) return compareTexts(version, operator, wanted);
  return satisfies(version, specifier, { prereleases: true });
}

function compareTexts(left: string, operator: string, right: string): boolean {
  switch (operator) {
    case '==':
    case '===':
      return left === right;
    case '!=':
      return left !== right;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      throw new Error(`${operator} compares versions only`);
  }
}
