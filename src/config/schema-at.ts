/** What the schema of `graceful.yml` has at a path of keys and indexes. */
import { z } from 'zod';
import { gracefulFile } from './schema.ts';

function inner(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodExactOptional ? inner(schema.unwrap()) : schema;
}

/** What a list holds, where a list is one of the choices. */
function elementOf(union: z.ZodUnion): z.core.$ZodType | undefined {
  const choice = union.options.find((option) => option instanceof z.ZodArray);
  return choice instanceof z.ZodArray ? choice.element : undefined;
}

/** What a map holds at a key, where a map is one of the choices. */
function memberOf(union: z.ZodUnion, key: string): z.core.$ZodType | undefined {
  const choice = union.options.find((option) => option instanceof z.ZodObject);
  return choice instanceof z.ZodObject ? choice.shape[key] : undefined;
}

/** The schema at a path of keys and indexes, or undefined where the file has no such place. */
export function schemaAt(path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let schema: z.core.$ZodType | undefined = gracefulFile;
  for (const key of path) {
    if (schema instanceof z.ZodObject) schema = schema.shape[String(key)];
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodUnion)
      schema = typeof key === 'number' ? elementOf(schema) : memberOf(schema, String(key));
    else return undefined;
    if (schema === undefined) return undefined;
    schema = inner(schema);
  }
  return schema;
}

/** Keys that the map at a path may hold; none for maps with free names. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  const schema = schemaAt(path);
  const map = schema instanceof z.ZodUnion ? schema.options.find((option) => option instanceof z.ZodObject) : schema;
  return map instanceof z.ZodObject ? Object.keys(map.shape) : [];
}

/** True where text is wanted, or may stand beside something else: there `1.10` and `true` stay as they are written. */
export function wantsText(path: readonly PropertyKey[]): boolean {
  const schema = schemaAt(path);
  const choices = schema instanceof z.ZodUnion ? schema.options : [schema];
  return choices.some((one) => one instanceof z.ZodString);
}
