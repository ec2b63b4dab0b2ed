/**
 * Writes what is generated of the documentation: the tables of README.md from action.yml, and docs/benchmarks.md from the newest results
 * of a benchmark. With `--check` it only says whether they are stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { renewPage, stale } from '../bench/report/page.ts';
import { table } from './markdown.ts';

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

if (import.meta.main) {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const root = join(import.meta.dirname, '..');
  const readme = join(root, 'README.md');
  const was = readFileSync(readme, 'utf8');
  const fresh = withParts(was, tables(readFileSync(join(root, 'action.yml'), 'utf8')));
  if (values.check) {
    const benchmarks = (await stale()).map((path) => `docs/${path}`);
    const old = [
      ...(fresh === was ? [] : ['README.md does not say what action.yml says']),
      ...(benchmarks.length === 0 ? [] : [`not what the newest file in bench/results/ says: ${benchmarks.join(', ')}`]),
    ];
    for (const reason of old) console.error(`${reason}: run \`npm run docs\` and commit what it writes`);
    if (old.length > 0) process.exitCode = 1;
  } else {
    writeFileSync(readme, fresh);
    await renewPage();
  }
}
