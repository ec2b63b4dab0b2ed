/** Requirements that name a file or a folder of the repository. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRequirements } from '../src/build/requirements/requirements.ts';
import { type Scratch, scratchFolder, writeFiles } from './build.fixtures.ts';

/** A repository with a package `own` in `lib/own`, and a link to it. */
async function repository(requirements: string): Promise<Scratch> {
  const scratch = await scratchFolder();
  await writeFiles(scratch.path, {
    'requirements/base.txt': requirements,
    'lib/own/pyproject.toml': '[project]\nname = "own"\n',
    'wheels/own-1-py3-none-any.whl': 'a wheel',
  });
  await symlink('lib/own', join(scratch.path, 'linked'));
  return scratch;
}

/** What the installer gets and what the hash gets, without the folder and the digest. */
async function read(top: string): Promise<string[][]> {
  const { lines } = await readRequirements(top, 'requirements/base.txt');
  return lines.map(({ text, canonical }) => [
    text.replaceAll(top, 'TOP'),
    canonical.replace(/ sha256:[0-9a-f]{64}/, ' DIGEST'),
  ]);
}

test.each([
  ['own @ ./lib/own', 'own @ file://TOP/lib/own', 'requirement own @ file://./lib/own DIGEST'],
  ['own @ ../lib/own', 'own @ file://TOP/lib/own', 'requirement own @ file://./lib/own DIGEST'],
  ['own@lib/own', 'own @ file://TOP/lib/own', 'requirement own @ file://./lib/own DIGEST'],
  ['own @ own-1.whl', '', 'requirements/base.txt: own-1.whl is not in the commit'],
  [
    'Own[ B,a ] @ file:./lib/own ; os_name == "posix"',
    'Own[ B,a ] @ file://TOP/lib/own ; os_name == "posix"',
    'requirement own[a,b] @ file://./lib/own DIGEST ; os_name == "posix"',
  ],
  ['lib/own[a]', 'TOP/lib/own[a]', 'requirement ./lib/own DIGEST[a]'],
  ['./linked', 'TOP/linked', 'requirement ./linked DIGEST'],
  [
    'wheels/own-1-py3-none-any.whl',
    'TOP/wheels/own-1-py3-none-any.whl',
    'requirement ./wheels/own-1-py3-none-any.whl DIGEST',
  ],
  ['own @ ./lib/other', '', 'requirements/base.txt: ./lib/other is not in the commit'],
  ['own @ /etc/passwd', '', 'requirements/base.txt: /etc/passwd is not in the commit'],
  ['./requirements/base.txt/own', '', 'requirements/base.txt: ./requirements/base.txt/own is not in the commit'],
  ['lib/other', '', 'requirements/base.txt: "/other" after lib is no version to ask for'],
  [
    'own @ git+https://example.org/lib/own@v1',
    'own @ git+https://example.org/lib/own@v1',
    'own @ git+https://example.org/lib/own@v1',
  ],
])('%s', async (written, text, canonical) => {
  await using scratch = await repository(`${written}\n`);
  const told = await read(scratch.path).catch((thrown: unknown) => [
    ['', `requirements/base.txt: ${thrown instanceof Error ? thrown.message : ''}`],
  ]);
  expect(told).toEqual([[text, canonical]]);
});

test('what is changed in a folder counts, however it is named', async () => {
  for (const written of ['own @ ./lib/own', 'lib/own', './linked']) {
    await using scratch = await repository(`${written}\n`);
    const hashed = async () => (await readRequirements(scratch.path, 'requirements/base.txt')).lines[0]?.canonical;
    const before = await hashed();
    await writeFiles(scratch.path, { 'lib/own/own.py': 'changed = True\n' });
    expect(await hashed()).not.toBe(before);
  }
});
