/** What people read about the configuration agrees with what the program takes. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../src/config/config-file.ts';
import { INPUTS } from '../src/config/inputs.ts';
import { isOneOf } from '../src/config/ref-pattern.ts';
import { resolveStage } from '../src/config/resolve.ts';
import { knownKeys, schemaAt } from '../src/config/schema-at.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const action = z
  .object({
    inputs: z.record(z.string(), z.object({ description: z.string() })),
    outputs: z.record(z.string(), z.object({ description: z.string() })),
  })
  .parse(parse(read('action.yml')));
const docs = read('docs/configuration.md');

test('the docs tell how each input is given at a terminal', () => {
  const [, table = ''] = /^\| input \| at a terminal \|\n\|.*\n((?:\|.*\n)+)/m.exec(docs) ?? [];
  const told = [...table.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, names = '']) => names.split(', '));
  // That one is the first word of the command line.
  expect(['command', ...told].sort()).toEqual([...INPUTS].sort());
});

test('action.yml names exactly the inputs that are read, and the outputs', () => {
  expect(Object.keys(action.inputs)).toEqual([...INPUTS]);
  expect(Object.keys(action.outputs)).toEqual([
    'release',
    'previous',
    'result',
    'hosts',
    'message',
    'failed-step',
    'changes',
    'times',
    'sent-bytes',
    'plan',
    'staged',
    'artifact',
    'deployment',
    'commit',
    'url',
    'failed-requests',
    'worst-latency-ms',
    'status',
  ]);
});

test('descriptions are single paragraphs without a table separator: the README shows them in tables', () => {
  for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
    expect(description).toMatch(/^[^\n|]{10,}\.$/);
  }
});

/** `django.settings`, `health.path` ... */
function keysBelow(path: string[]): string[] {
  return knownKeys(path).flatMap((key) => {
    const full = [...path, key];
    return schemaAt(full) instanceof z.ZodObject ? keysBelow(full) : [full.join('.')];
  });
}

test('every key has a row of its own in docs/configuration.md, and there is no row for any other', () => {
  const rows = [...docs.matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, key]) => key);
  const stageOnly = knownKeys(['stages', 'any']).filter((key) => !knownKeys([]).includes(key));
  expect(rows.toSorted()).toEqual([...keysBelow([]), ...stageOnly].toSorted());
});

/** Whether data has something there; `*` is any key, and any item of a list. */
function has(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => (key === '*' || key === name) && has(inner, rest));
}

test('every key is in an example', () => {
  const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: join(import.meta.dirname, '..') });
  const blocks = pages.flatMap((page) => [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)]);
  const texts = blocks.map(([, text = '']) => text).filter((text) => /^(software|stages):/m.test(text));
  const examples: unknown[] = texts.map((text) => parse(text));
  expect(examples.length).toBeGreaterThan(20);
  const places = [[], ['stages', '*'], ['hosts', '*'], ['jump'], ['processes', '*']];
  const keys = places.flatMap(keysBelow).map((key) => key.replace(/^stages\.\*\./, '').split('.'));
  expect(keys).toEqual(
    expect.arrayContaining([['branch'], ['waves', 'max-fail'], ['hosts', '*', 'processes'], ['processes', '*', 'app']]),
  );
  const isShown = (key: string[]) => examples.some((one) => has(one, key) || has(one, ['stages', '*', ...key]));
  expect(keys.filter((key) => !isShown(key))).toEqual([]);
});

test('the patterns of branches and tags do what their table says', () => {
  const rows = [...docs.matchAll(/^\| `[^|]+ \| [^|]+ \| `([^`|]+)` \| `([^`|]+)` \| `([^`|]+)` \|$/gm)];
  expect(rows).toHaveLength(7);
  for (const [row, written = '', fits = '', other = ''] of rows) {
    const patterns = z.array(z.string()).parse([parse(written)].flat());
    expect([isOneOf(fits, patterns), isOneOf(other, patterns)], row).toEqual([true, false]);
  }
});

describe('examples in docs/configuration.md', () => {
  const examples = [...docs.matchAll(/^```yaml\n(# graceful\.yml\n.*?)^```$/gms)].map(([, text]) => text ?? '');

  test('there are some', () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  test.each(examples)('has no fault: %s', (text) => {
    expect(parseConfig(text, 'graceful.yml').faults).toEqual([]);
  });

  test('the defaults in the table are those that hold', () => {
    const { settings } = parseConfig('software: shop\nstages: { live: { url: "http://x.test" } }', 'graceful.yml');
    if (!settings) throw new Error('the smallest file has faults');
    const stage = resolveStage(settings, 'live');
    const rows = [...docs.matchAll(/^\| `([a-z.-]+)` \| [^|]+ \| `([^`]+)` \|/gm)].map(([, key, value]) => [
      key,
      value,
    ]);
    const text = rows.filter(([key]) => key !== 'root').map(([key, value]) => `${key}: ${value}`);
    const nested = text.map((row) => row.replace(/^([a-z-]+)\.([a-z-]+): (.*)$/, '$1: { $2: $3 }'));
    expect(nested.length).toBeGreaterThan(20);
    for (const row of nested) {
      const same = parseConfig(`software: shop\n${row}\nstages: { live: { url: "http://x.test" } }`, 'graceful.yml');
      expect(same.faults, row).toEqual([]);
      if (same.settings) expect(resolveStage(same.settings, 'live'), row).toEqual(stage);
    }
  });
});
