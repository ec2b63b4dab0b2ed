/** Names of branches and tags, and their patterns as people know them from the filters of GitHub's workflows. All pure. */

/** `**` or `*`; else one character (of a set, an escaped one, any other) and how often it comes. A `[` that begins no set is none. */
const PIECE = /(\*\*?)|(?:(\[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\])|\\(.)|([^[]))([?+]?)/gsuy;
const SYNTAX = /[\\^$.*+?()[\]{}|]/;

/** Whether a name belongs to a list: the last pattern that it fits decides, and one that begins with `!` takes it out again. */
export function isOneOf(name: string, patterns: readonly string[]): boolean {
  return patterns.reduce((belongs, pattern) => {
    const bare = positive(pattern);
    // A name is a pattern of itself, `v1.0+7` too.
    return bare === name || expression(bare)?.test(name) ? bare === pattern : belongs;
  }, false);
}

/** False for a set that nobody can read: `v[0-9`, `v[.]`, `v[9-0]`. */
export function isRefPattern(pattern: string): boolean {
  return expression(positive(pattern)) !== undefined;
}

const positive = (pattern: string): string => pattern.replace(/^!/, '');

function expression(pattern: string): RegExp | undefined {
  const pieces = [...pattern.matchAll(PIECE)];
  if (pieces.map(([piece]) => piece).join('') !== pattern) return undefined;
  const source = pieces.map(([, stars, set, escaped, plain = '', often = '']) => {
    if (stars !== undefined) return stars === '*' ? '[^/]*' : '.*';
    return (set ?? (escaped ?? plain).replace(SYNTAX, '\\$&')) + often;
  });
  try {
    return new RegExp(`^${source.join('')}$`, 'su');
  } catch {
    // A range that runs backwards.
    return undefined;
  }
}
