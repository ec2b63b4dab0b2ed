import { withoutCredentials } from '../../secrets.ts';

/** Name of a project as indexes compare it (PEP 503). */
export function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** Logical lines of a requirements file with the number of the physical line each starts at. Pure. */
export function logicalLines(content: string): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  let joined: { text: string; line: number } | null = null;
  const physical = content.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, raw] of physical.entries()) {
    const comment: boolean = /^\s*#/.test(raw);
    const continued = raw.endsWith('\\') && !comment;
    const part = continued ? raw.slice(0, -1) : raw;
    joined = joined === null ? { text: part, line: index + 1 } : { text: joined.text + part, line: joined.line };
    if (continued && index < physical.length - 1) continue;
    const text = joined.text.replace(/(^|\s+)#.*$/, '').trim();
    if (text !== '') found.push({ text, line: joined.line });
    joined = null;
  }
  return found;
}

/** A requirement with its name normalised and blanks that mean nothing removed. Pure. */
export function canonicalRequirement(text: string): string {
  const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)$/.exec(text);
  if (!match) return withoutCredentials(text.replace(/\s+/g, ' '));
  const [, name = '', extras = '', rest = ''] = match;
  const extraNames = extras
    .slice(1, -1)
    .split(',')
    .map((extra) => normaliseName(extra.trim()));
  const shownExtras =
    extras === ''
      ? ''
      : `[${extraNames
          .filter((extra) => extra !== '')
          .sort()
          .join(',')}]`;
  // Specifiers end where a marker (`;`), a URL (`@`) or an option (` --hash`) begins.
  const end = rest.search(/;|@|(?:^|\s)--/);
  const specifiers = (end < 0 ? rest : rest.slice(0, end))
    .replace(/[\s()]+/g, '')
    .split(',')
    .filter((part) => part !== '')
    .sort()
    .join(',');
  const tail = canonicalTail(end < 0 ? '' : rest.slice(end));
  return withoutCredentials(`${normaliseName(name)}${shownExtras}${specifiers}${tail === '' ? '' : ` ${tail}`}`);
}

/** What stands behind name and versions (an address, a marker, hashes), written in one way. */
function canonicalTail(tail: string): string {
  const words = tail.trim().split(/\s+/);
  const hashes = words.filter((word) => word.startsWith('--hash='));
  const others = words.filter((word) => !word.startsWith('--hash=')).join(' ');
  const written = others.startsWith(';') ? `; ${canonicalMarker(others.slice(1))}` : others.replace(/^@\s*/, '@ ');
  return [written, ...new Set(hashes.sort())].filter((part) => part !== '').join(' ');
}

function canonicalMarker(marker: string): string {
  const spaced = marker.replace(/\s*(===|[=~!<>]=|[<>])\s*/g, ' $1 ');
  return spaced.replace(/'([^'"]*)'/g, '"$1"').trim();
}

/**
 * What is wrong with the shape of a requirement (`Django=5`, `Django 5`, a version without a comma), or undefined: the
 * installers would tell it of a file that nobody has seen. Pure.
 */
export function requirementFault(text: string): string | undefined {
  // An address, whatever stands in it, is for the installer to judge.
  if (/^[\w.+-]*:\/\//.test(text) || /^[\w.-]+\s*(\[[^\]]*\])?\s*@/.test(text)) return undefined;
  const [, name, rest = ''] = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(text) ?? [];
  if (name === undefined) return `"${text}" is no requirement`;
  const end = rest.search(/;|(?:^|\s)--/);
  const bare = (end < 0 ? rest : rest.slice(0, end))
    .trim()
    .replace(/^\((.*)\)$/, '$1')
    .trim();
  if (bare === '') return undefined;
  const wrong = bare.split(',').find((part) => !/^\s*(===|==|~=|!=|<=|>=|<|>)\s*[\w.*+!-]+\s*$/.test(part));
  return wrong === undefined ? undefined : `"${wrong.trim()}" after ${name} is no version to ask for`;
}

/**
 * Hashes that requirements have themselves (`--hash=sha256:...`), by the names of the packages; where they have none, those that their
 * constraints have, as uv takes them. Pure.
 */
export function hashesAsked(lines: readonly { kind: string; canonical: string }[]): Map<string, string[]> {
  const requirements = lines.filter(({ kind }) => kind === 'requirement').map(({ canonical }) => canonical);
  const constraints = lines
    .filter(({ kind }) => kind === 'constraint')
    .map(({ canonical }) => canonical.replace(/^constraint /, ''));
  return new Map([...hashesOf(constraints), ...hashesOf(requirements)]);
}

function hashesOf(canonical: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const text of canonical) {
    const name = nameIn(text);
    const hashes = text.match(/--hash=\S+/g) ?? [];
    if (name !== undefined && hashes.length > 0) found.set(name, [...(found.get(name) ?? []), ...hashes]);
  }
  return found;
}

/** The package of a requirement that is canonical; undefined where it names none. Pure. */
export function nameIn(canonical: string): string | undefined {
  return /^[a-z0-9-]+/.exec(canonical)?.[0];
}
