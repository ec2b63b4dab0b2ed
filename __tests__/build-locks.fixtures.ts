/** Lock files as their own tools wrote them (`fixtures/locks`), read for hosts of several kinds. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { BuildError, BuildErrors } from '../src/build/errors.ts';
import { type Choice, readAsked } from '../src/build/locks/choose.ts';
import type { MarkerHost } from '../src/build/locks/markers.ts';
import type { Requirements } from '../src/build/requirements/requirements.ts';
import { type Scratch, scratchFolder } from './build.fixtures.ts';

export const LOCKS = join(import.meta.dirname, 'fixtures/locks');

/** A host for markers. */
export const host = (version: string, machine = 'x86_64'): MarkerHost => ({
  version,
  minor: version.replace(/\.\d+$/, ''),
  machine,
});
export const bookworm = host('3.11.2');

/** What is to be installed of a project, or what is wrong with it. */
export async function read(top: string, choice: Partial<Choice> = {}, on = bookworm): Promise<Requirements> {
  const asked = await readAsked({ top, named: undefined, groups: [], extras: [], project: '.', env: {}, ...choice });
  return await asked.on(on);
}

/** `name==version` or `name @ address` of all that is to be installed. */
export const pins = ({ lines }: Requirements): string[] =>
  lines
    .filter(({ kind }) => kind === 'requirement')
    .map(({ canonical }) => canonical.replace(/^requirement /, '').replace(/ (--hash=|sha256:).*$/, ''))
    .sort();

/** A copy of a project of the fixtures, with a file of it changed. */
export async function changed(name: string, file: string, from: string | RegExp, to: string): Promise<Scratch> {
  const scratch = await scratchFolder();
  await cp(join(LOCKS, name), scratch.path, { recursive: true });
  const text = await readFile(join(scratch.path, file), 'utf8');
  expect(text).toMatch(from);
  await writeFile(join(scratch.path, file), text.replace(from, to));
  return scratch;
}

/** What is told of it: `place: what | mend`. */
export async function faults(work: Promise<unknown>): Promise<string[]> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  const errors = thrown instanceof BuildErrors ? thrown.errors : [thrown];
  return errors.map((error) => {
    if (!(error instanceof BuildError)) throw error;
    const place = error.place === undefined ? '' : `${[error.place.file, error.place.line ?? []].flat().join(':')}: `;
    return `${place}${error.message} | ${error.mend}`;
  });
}

/** What `fixtures/locks/uv` comes to. */
export const UV = [
  'asgiref==3.13.0',
  'colorama==0.4.6',
  'django==5.2.19',
  'gunicorn==23.0.0',
  'own @ file://./lib/own',
  'packaging==26.3',
  'sqlparse==0.6.1',
];
