/** YAML with the place of every key and value in it. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';

/** Counted from 1. */
export interface Position {
  line: number;
  column: number;
}

export type Path = readonly PropertyKey[];

export interface Parsed {
  /** Plain data; undefined when the text is not to be understood as YAML. */
  value: unknown;
  faults: { message: string; mend: string; position: Position }[];
  has(path: Path): boolean;
  /** Place of a key, or of the nearest map around it that is there. */
  keyAt(path: Path): Position;
  /** Place of a value, or of the nearest map's key around it that is there. */
  valueAt(path: Path): Position;
}

const MEND_ALIAS = 'write the values out instead of the alias';

interface Entry {
  key: Node | undefined;
  value: Node | undefined;
}

/**
 * Parses YAML 1.2 (anchors, aliases and merge keys too).
 *
 * @param wantsText tells the places where plain numbers and booleans keep the text they are written with
 */
export function parseYaml(text: string, wantsText: (path: Path) => boolean): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, stringKeys: false });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const entry = (path: Path): Entry | undefined => {
    let found: Entry | undefined = { key: undefined, value: document.contents ?? undefined };
    for (const key of path) found = found && child(document, found.value, key);
    return found;
  };
  const place = (path: Path, side: 'key' | 'value'): Position => {
    for (let depth = path.length; depth > 0; depth--) {
      const found = entry(path.slice(0, depth));
      if (!found) continue;
      const written = depth === path.length && side === 'value' && !isBlank(found.value);
      const node = written ? found.value : (found.key ?? found.value);
      if (node?.range) return position(node.range[0]);
    }
    return { line: 1, column: 1 };
  };

  const problems: YAMLError[] = [...document.errors, ...document.warnings];
  const faults = problems
    // One missing bracket is told once for each level that it leaves open.
    .filter((one, index) => problems.findIndex(({ pos, code }) => pos[0] === one.pos[0] && code === one.code) === index)
    .map((problem) => ({ ...explain(problem, text), position: position(problem.pos[0]) }));
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return;
      const message = `nothing above has the anchor &${alias.source}`;
      faults.push({ message, mend: MEND_ALIAS, position: position(alias.range?.[0] ?? 0) });
    },
  });
  let value: unknown;
  const understood = faults.length === document.errors.filter(({ code }) => code === 'DUPLICATE_KEY').length;
  if (understood) {
    try {
      value = withText(document.toJS(), [], (path) => (wantsText(path) ? sourceOf(document, entry(path)) : undefined));
    } catch (error) {
      // One inside its own anchor, or aliases that unfold into far too much.
      const bomb = error instanceof ReferenceError;
      const message = bomb ? 'its aliases unfold into far too much' : 'an alias stands inside its own anchor';
      faults.push({ message, mend: MEND_ALIAS, position: { line: 1, column: 1 } });
    }
  }
  return {
    value,
    faults,
    has: (path) => entry(path) !== undefined,
    keyAt: (path) => place(path, 'key'),
    valueAt: (path) => place(path, 'value'),
  };
}

function resolved(document: Document, node: Node | undefined): Node | undefined {
  return isAlias(node) ? node.resolve(document) : node;
}

function child(document: Document, parent: Node | undefined, key: PropertyKey): Entry | undefined {
  const node = resolved(document, parent);
  if (isSeq<Node>(node)) {
    const value = node.items[Number(key)];
    return value && { key: value, value };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const merged: Node[] = [];
  for (const pair of node.items.toReversed()) {
    if (isScalar(pair.key) && pair.key.source === '<<' && pair.value) merged.push(pair.value);
    else if (nameOf(pair.key) === String(key)) return { key: pair.key, value: pair.value ?? undefined };
  }
  for (const source of merged) {
    const from = resolved(document, source);
    const maps = isSeq<Node>(from) ? from.items : [source];
    for (const map of maps) {
      const found = child(document, map, key);
      if (found) return found;
    }
  }
  return undefined;
}

/** A value that is not written at all, as in `health:`. */
function isBlank(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && node.source === '' && node.type === 'PLAIN');
}

function nameOf(key: Node): string {
  return isScalar(key) ? String(key.value ?? '') : String(key);
}

function sourceOf(document: Document, entry: Entry | undefined): string | undefined {
  const node = resolved(document, entry?.value);
  return isScalar(node) && node.type === 'PLAIN' && node.value !== null ? node.source : undefined;
}

/** The same data, with numbers and booleans as written wherever `source` knows their text. */
function withText(value: unknown, path: Path, source: (path: Path) => string | undefined): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, index) => withText(item, [...path, index], source));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, withText(item, [...path, key], source)]),
    );
  }
  return typeof value === 'number' || typeof value === 'boolean' ? (source(path) ?? value) : value;
}

function explain(problem: YAMLError, text: string): { message: string; mend: string } {
  if (problem.code === 'DUPLICATE_KEY') {
    const key = /^[^\s:,{}[\]]*/.exec(text.slice(problem.pos[0]))?.[0] ?? '';
    return { message: `the key "${key}" is here a second time`, mend: 'keep one of the two' };
  }
  if (problem.code === 'MULTIPLE_DOCS') {
    return {
      message: 'a second YAML document begins here',
      mend: 'keep one: leave out the line "---" and what follows',
    };
  }
  if (problem.code === 'TAB_AS_INDENT') return { message: problem.message, mend: 'indent with spaces' };
  return {
    message: `this is not YAML: ${problem.message}`,
    mend: 'check indentation, quotes and brackets here and in the line before',
  };
}
