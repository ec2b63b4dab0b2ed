/** The JSON Schema of graceful.yml says what the program says, as far as such a schema can. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { SCHEMA, schemaText } from '../scripts/schema.ts';
import { parseConfig } from '../src/config/config-file.ts';
import { parseYaml } from '../src/config/document.ts';
import { knownKeys, schemaAt, wantsText } from '../src/config/schema-at.ts';
import { checkShape } from '../src/config/shape.ts';

const ROOT = join(import.meta.dirname, '..');
const published = readFileSync(join(ROOT, SCHEMA), 'utf8');
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(JSON.parse(published));

test('what is published is what the sources and the documentation say', () => {
  expect(published, 'run `npm run docs`').toBe(schemaText(ROOT));
});

describe('every graceful.yml of the repository has no fault', () => {
  const isWhole = (text: string) => /^software:/m.test(text) && /^stages:/m.test(text);
  const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: ROOT }).sort();
  const shown = pages.flatMap((page) => {
    const blocks = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^ *```yaml\n(.*?)^ *```$/gms)];
    return blocks.flatMap(([, text = ''], index) => (isWhole(text) ? [{ name: `${page} ${index}`, text }] : []));
  });
  const files = globSync('**/graceful.yml', { cwd: ROOT, exclude: ['node_modules'] }).map((name) => ({
    name,
    text: readFileSync(join(ROOT, name), 'utf8'),
  }));

  test('there are some', () => {
    expect(files.map(({ name }) => name)).toContain('examples/shop/graceful.yml');
    expect(shown.length).toBeGreaterThan(5);
  });

  test.each([...files, ...shown])('$name', ({ text }) => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(parseConfig(text, 'graceful.yml').faults).toEqual([]);
  });
});

/** Every key that holds a value, `processes.any.command` among them. */
function leaves(path: readonly string[]): string[][] {
  const inner = schemaAt(path);
  if (inner instanceof z.ZodRecord) return leaves([...path, path[0] === 'stages' ? 'live' : 'any']);
  const keys = knownKeys(path);
  return keys.length === 0 ? [[...path]] : keys.flatMap((key) => leaves([...path, key]));
}

/** A whole file with a value at one place. */
function fileWith(path: readonly string[], value: unknown): Record<string, unknown> {
  const inside = path.toReversed().reduce<unknown>((held, key) => ({ [key]: held }), value);
  const base = { software: 'shop', stages: { live: {} } };
  return typeof inside === 'object' ? { ...base, ...inside } : base;
}

const VALUES: unknown[] = [
  ...[null, {}, [], [null], [{}], [''], { nope: 1 }, true, -1, 0, 1, 1.5, 200, 301, 70_000, 3.12],
  ...[
    '',
    ' ',
    'a',
    'a b',
    'a\0b',
    'a\nb',
    '../x',
    '/srv/shop',
    'x/',
    'a:b',
    'a.b',
    '-x',
    'é',
    '1.10',
    '5m',
    '30',
    '0s',
    '400d',
  ],
  ...[
    'http://x.test',
    'http://x.test/path',
    'https://u:p@x.test/r.git',
    'git@x.test:r.git',
    'v*',
    'gunicorn',
    'worker',
  ],
];

/** Where only the program knows better: bounds of durations, addresses, and the text of what YAML takes for a number. */
const BEYOND = /: "400d": bad$|host: "a:b": bad$|(?:waves\.batch|python\.version): [\d.]+: bad$/;

test('no false alarm for any kind of value at any key, and no fault that is missed', () => {
  const cases = leaves([]).flatMap((path) => VALUES.map((value) => ({ path, value })));
  expect(cases.length).toBeGreaterThan(5_000);
  const differ = cases.flatMap(({ path, value }) => {
    const text = JSON.stringify(fileWith(path, value));
    const { faults } = checkShape(parseYaml(text, wantsText));
    const [program, schema] = [faults.length === 0, validate(parse(text))];
    return program === schema ? [] : [`${path.join('.')}: ${JSON.stringify(value)}: ${program ? 'good' : 'bad'}`];
  });
  expect(differ.filter((one) => !BEYOND.test(one))).toEqual([]);
  expect(differ.length).toBeLessThan(60);
});

test('what does not go together in one place', () => {
  const wrong = (text: string) => validate(parse(text));
  const stage = (more: string) => `software: shop\nstages: { live: { ${more} } }`;
  expect(wrong(stage('host: a, hosts: [b]'))).toBe(false);
  expect(wrong(stage('server: gunicorn, server-command: [x, "{socket}"]'))).toBe(false);
  expect(wrong(stage('processes: { w: { celery: worker, command: x } }'))).toBe(false);
  expect(wrong(stage('processes: { w: { command: x, args: [y] } }'))).toBe(false);
  expect(wrong(stage('processes: { web: { command: x } }'))).toBe(false);
  expect(wrong(stage('env: { GRACEFUL_X: y }'))).toBe(false);
  expect(wrong(stage('jango: { settings: x }'))).toBe(false);
  expect(wrong('software: shop\nstages: {}')).toBe(false);
  expect(wrong('stages: { live: {} }')).toBe(false);
  expect(wrong(stringify({ software: 'shop', stages: { live: { processes: { w: { celery: 'beat' } } } } }))).toBe(true);
});
