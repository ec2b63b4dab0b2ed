/** The JSON Schema of `graceful.yml`, for editors: from the same schema that checks it, with the words of its documentation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DEFAULTS } from '../src/config/defaults.ts';
import { meanings } from '../src/config/kinds.ts';
import { gracefulFile } from '../src/config/schema.ts';
import { valueAt } from '../src/config/shape.ts';

/** Relative to the top of the repository. */
export const SCHEMA = 'schema/graceful.schema.json';

type Json = z.core.JSONSchema.JSONSchema;

/** The file's text. @param root top of the repository */
export function schemaText(root: string): string {
  return `${JSON.stringify(fileSchema(readFileSync(join(root, 'docs/configuration.md'), 'utf8')), null, 2)}\n`;
}

/** @param docs the text of docs/configuration.md, whose tables say what each key means */
export function fileSchema(docs: string): Json {
  const schema = z.toJSONSchema(gracefulFile, {
    // What editors speak.
    target: 'draft-07',
    override({ zodSchema, jsonSchema, path }) {
      const meaning = meanings.get(zodSchema);
      if (meaning) {
        const description = `Expected: ${meaning.expects}.\nFor example: \`${meaning.example}\``;
        Object.assign(jsonSchema, meaning.json, { description });
      }
      // Keys are text in any case.
      const isKey = path.at(-1) === 'propertyNames';
      if (zodSchema instanceof z.ZodString && !isKey) Object.assign(jsonSchema, asWritten(zodSchema));
    },
  });
  const stage = below(schema, 'stages', '*');
  for (const [key, words] of rows(docs)) {
    const path = key.split('.');
    for (const level of [schema, stage]) say(below(level, ...path), words);
    const byDefault = valueAt(DEFAULTS, path);
    if (byDefault !== undefined) Object.assign(below(schema, ...path) ?? {}, { default: byDefault });
  }
  for (const [key, words] of processRows(docs))
    for (const level of [schema, stage]) say(below(level, 'processes', '*', key), words);
  return { title: 'graceful.yml', ...schema };
}

/** Text that YAML takes for a number, or for true or false, stays what it is written as: `3.12`, `true`. */
function asWritten(schema: z.ZodString): Json {
  const takes = (...texts: string[]) => texts.some((text) => schema.safeParse(text).success);
  const types: z.core.JSONSchema.SchemaType[] = ['string'];
  const number = takes('1.5', '3.12') ? 'number' : takes('1') ? 'integer' : undefined;
  if (number !== undefined) types.push(number);
  if (takes('true')) types.push('boolean');
  const [only] = types;
  return {
    type: only !== undefined && types.length === 1 ? only : types,
    ...(number && !takes('-1') && { minimum: 0 }),
  };
}

/** What lies below a map at these keys; `*` stands for any. */
function below(schema: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((map, key) => {
    const found = key === '*' ? map?.additionalProperties : map?.properties?.[key];
    return typeof found === 'object' ? found : undefined;
  }, schema);
}

function say(schema: Json | undefined, words: string): void {
  if (schema) schema.description = [words, schema.description].filter(Boolean).join('\n\n');
}

/** Each key that has a row of its own, and what it means. */
function rows(docs: string): [key: string, words: string][] {
  return rowsOf(docs, /^\| `([a-z.-]+)` \|[^\n]*\| ([^|\n]+) \|$/gm);
}

function processRows(docs: string): [key: string, words: string][] {
  const [table = ''] = /^\| key of a process \|.*?\n\n/ms.exec(docs) ?? [];
  return rowsOf(table, /^\| ([a-z-]+) \|[^\n]*\| ([^|\n]+) \|$/gm);
}

/** Links are left out where they are an aside, else they become their words. */
function rowsOf(text: string, row: RegExp): [key: string, words: string][] {
  return [...text.matchAll(row)].map(([, key = '', words = '']) => [
    key,
    words.replace(/ \(\[[^\]]*\]\([^)]*\)\)/g, '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'),
  ]);
}
