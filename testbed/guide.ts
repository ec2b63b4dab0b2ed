import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestHost } from './host.ts';

/** One fenced block of a guide. */
export interface Block {
  /** `sh`, `yaml` ...; empty where none is named. */
  readonly language: string;
  readonly text: string;
  /** The heading it stands under. */
  readonly heading: string;
  /** The paragraph right above it, which says what it is. */
  readonly above: string;
}

/** The fenced blocks of a page of this repository, in their order, so that tests do what a reader would do. */
export async function blocksOf(page: string): Promise<Block[]> {
  const text = await readFile(join(import.meta.dirname, '..', page), 'utf8');
  const parts = text.split(/^```([^\n]*)\n(.*?)^```$/gms);
  const blocks: Block[] = [];
  let heading = '';
  for (let at = 0; at + 2 < parts.length; at += 3) {
    const [before = '', language = '', body = ''] = parts.slice(at);
    heading = [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? heading;
    const above =
      before
        .trim()
        .split(/\n{2,}/)
        .at(-1) ?? '';
    blocks.push({ language, text: body, heading, above });
  }
  return blocks;
}

/** The block whose paragraph has these words. @throws Error unless there is exactly one */
export function blockUnder(blocks: readonly Block[], words: string): string {
  const [found, another] = blocks.filter(({ above }) => above.includes(words));
  if (found === undefined || another !== undefined) throw new Error(`not one block under ${JSON.stringify(words)}`);
  return found.text;
}

/**
 * Runs a section's commands on a host, as root in the folder of its `shop`: those that go on, or those that go back.
 * @throws Error where it has none, or one fails
 */
export async function follow(
  host: TestHost,
  blocks: readonly Block[],
  section: string,
  language: 'sh' | 'sh back' = 'sh',
): Promise<void> {
  const found = blocks.filter((block) => block.heading.startsWith(section) && block.language === language);
  if (found.length === 0) throw new Error(`no ${language} under ${section}`);
  for (const { text } of found) await host.must(['sh', '-eux'], { input: `cd /root/setup-shop\n${text}` });
}
