/**
 * Writes what is generated of the documentation: the tables of README.md from action.yml, the JSON Schema of graceful.yml, and from the
 * newest results of a benchmark what README.md tells of them and docs/benchmarks.md. With `--check` it only says whether they are stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { newestResults, renewPage, stale } from '../bench/report/page.ts';
import { inShort } from '../bench/report/readme.ts';
import { table } from './markdown.ts';
import { SCHEMA, schemaText } from './schema.ts';

const Action = z.object({
  inputs: z.record(
    z.string(),
    z.object({ description: z.string(), required: z.boolean().optional(), default: z.coerce.string().optional() }),
  ),
  outputs: z.record(z.string(), z.object({ description: z.string() })),
});

/** The generated parts of README.md by name, as Markdown. */
export function tables(actionYml: string): Record<string, string> {
  const { inputs, outputs } = Action.parse(parse(actionYml));
  const byDefault = (value: string | undefined, required: boolean | undefined) =>
    value ? `\`${value}\`` : required ? 'required' : '';
  return {
    inputs: table(
      ['Input', 'Default', 'What it is'],
      Object.entries(inputs).map(([name, { description, required, default: value }]) => [
        `\`${name}\``,
        byDefault(value, required),
        description,
      ]),
    ),
    outputs: table(
      ['Output', 'What it is'],
      Object.entries(outputs).map(([name, { description }]) => [`\`${name}\``, description]),
    ),
  };
}

/** `text` with everything between each part's begin and end marks replaced. Throws when a part has no marks. */
export function withParts(text: string, parts: Record<string, string>): string {
  return Object.entries(parts).reduce((result, [name, content]) => {
    const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
    const [from, to] = [result.indexOf(begin), result.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the marks ${begin} and ${end} are missing`);
    return `${result.slice(0, from + begin.length)}\n${content}\n${result.slice(to)}`;
  }, text);
}

const ROOT = join(import.meta.dirname, '..');
const README = join(ROOT, 'README.md');

async function freshReadme(): Promise<string> {
  const parts = {
    ...tables(readFileSync(join(ROOT, 'action.yml'), 'utf8')),
    benchmark: inShort(await newestResults()),
  };
  return withParts(readFileSync(README, 'utf8'), parts);
}

const isFresh = (path: string, text: string): boolean => existsSync(path) && readFileSync(path, 'utf8') === text;

/** Writes all of it. */
export async function writeDocs(): Promise<void> {
  writeFileSync(README, await freshReadme());
  writeFileSync(join(ROOT, SCHEMA), schemaText(ROOT));
  await renewPage();
}

/** @returns what is stale, a sentence each */
export async function staleDocs(): Promise<string[]> {
  const benchmarks = (await stale()).map((path) => `docs/${path}`);
  return [
    ...(isFresh(README, await freshReadme())
      ? []
      : ['README.md does not say what action.yml and the newest file in bench/results/ say']),
    ...(isFresh(join(ROOT, SCHEMA), schemaText(ROOT))
      ? []
      : [`${SCHEMA} is not what src/config/schema.ts and docs/configuration.md say`]),
    ...(benchmarks.length === 0 ? [] : [`not what the newest file in bench/results/ says: ${benchmarks.join(', ')}`]),
  ];
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  if (values.check) {
    const reasons = await staleDocs();
    for (const reason of reasons) console.error(`${reason}: run \`npm run docs\` and commit what it writes`);
    if (reasons.length > 0) process.exitCode = 1;
  } else await writeDocs();
}
