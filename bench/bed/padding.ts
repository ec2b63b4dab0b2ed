/** Packages that have nothing but many files, to make an environment as large as wanted. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { Ground } from '../way.ts';

const NAME = 'bench_padding';

/** The line of requirements.txt for so many files. */
export const paddingPin = (files: number): string => `${NAME.replace('_', '-')}==${files}`;

/** Where these packages are, beside the wheelhouse. */
export const paddingFolder = ({ folder }: Pick<Ground, 'folder'>): string => join(folder, 'wheels');

/** Makes the one with so many small files, in that folder, which is there. Does nothing where it is made. */
export async function makePadding(ground: Pick<Ground, 'folder'>, files: number): Promise<void> {
  const wheel = join(paddingFolder(ground), `${NAME}-${files}-py3-none-any.whl`);
  if (existsSync(wheel)) return;
  const info = `${NAME}-${files}.dist-info`;
  const names = Array.from(
    { length: files },
    (_, index) => `${NAME}/part_${Math.floor(index / 500)}/file_${index}.txt`,
  );
  const texts: Record<string, string> = {
    ...Object.fromEntries(names.map((name) => [name, `What ${name} has to say.\n`])),
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${NAME}\nVersion: ${files}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  texts[`${info}/RECORD`] = [...Object.keys(texts), `${info}/RECORD`].map((name) => `${name},,\n`).join('');
  const bytes = zipSync(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, strToU8(text)])));
  await writeFile(wheel, bytes);
}
