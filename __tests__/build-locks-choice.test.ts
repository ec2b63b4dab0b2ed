/** Which file of a project says what is to be installed. */
import { describe, expect, test } from 'vitest';
import type { Choice } from '../src/build/locks/choose.ts';
import { scratchFolder, writeFiles } from './build.fixtures.ts';
import { faults, read } from './build-locks.fixtures.ts';

describe('which file it is', () => {
  const rows: [title: string, files: Record<string, string>, choice: Partial<Choice>, told: string][] = [
    [
      'two lock files',
      { 'uv.lock': '', 'poetry.lock': '' },
      {},
      'uv.lock and poetry.lock each say what is to be installed | name the one that counts, python: { requirements: uv.lock } in graceful.yml, or delete the other',
    ],
    [
      'a lock file and requirements',
      { 'Pipfile.lock': '', 'requirements.txt': '' },
      {},
      'Pipfile.lock and requirements.txt each say what is to be installed | name the one that counts, python: { requirements: Pipfile.lock } in graceful.yml, or delete the other',
    ],
    [
      'nothing',
      {},
      {},
      'no file of the commit says which packages the site needs: there is no requirements.txt, uv.lock, poetry.lock, Pipfile.lock or pyproject.toml | commit one of them, or name another one by python: { requirements: FILE } in graceful.yml',
    ],
    [
      'a Pipfile alone',
      { Pipfile: '' },
      {},
      'Pipfile: there is no Pipfile.lock beside it | pipenv lock, and commit Pipfile.lock',
    ],
    [
      'a lock file alone',
      { 'uv.lock': 'version = 1\n' },
      {},
      'pyproject.toml: this file is not in the commit | commit the file: a lock file is of no use without it',
    ],
    [
      'a named file that is not there',
      { 'uv.lock': '' },
      { named: 'web/poetry.lock' },
      'web/poetry.lock: this file is not in the commit | poetry lock, and commit the file',
    ],
    [
      'a pyproject.toml for Poetry without its lock',
      { 'pyproject.toml': '[tool.poetry.dependencies]\ndjango = "^5"\n' },
      {},
      'pyproject.toml: it names no dependencies in its table "project" | poetry lock, and commit poetry.lock',
    ],
    [
      'a pyproject.toml for tools only',
      { 'pyproject.toml': '[tool.ruff]\n' },
      {},
      'pyproject.toml: it names no dependencies in its table "project" | name them there, or a requirements file by python: { requirements: FILE } in graceful.yml',
    ],
    [
      'groups of a requirements file',
      { 'requirements.txt': '' },
      { groups: ['dev'] },
      'requirements.txt: a requirements file has neither groups nor extras | take python: { groups: ..., extras: ... } out of graceful.yml, or name another file there: python: { requirements: uv.lock }',
    ],
    [
      'a group that includes itself',
      { 'pyproject.toml': '[project]\ndependencies = []\n[dependency-groups]\na = [{ include-group = "a" }]\n' },
      {},
      'pyproject.toml: the group a includes itself | mend the include-group',
    ],
    [
      'no requirement',
      { 'pyproject.toml': '[project]\ndependencies = [\n  "Django 5",\n]\n' },
      {},
      'pyproject.toml:3: "5" after Django is no version to ask for | write NAME, NAME==VERSION, NAME>=VERSION,<VERSION or NAME @ ADDRESS',
    ],
  ];
  test.each(rows)('%s', async (_, files, choice, told) => {
    await using scratch = await scratchFolder();
    await writeFiles(scratch.path, files);
    expect(await faults(read(scratch.path, choice))).toEqual([told]);
  });

  test('requirements before a plain pyproject.toml, the top before the folder of the project', async () => {
    await using scratch = await scratchFolder();
    const file = async (): Promise<string> => (await read(scratch.path, { project: 'web' })).file;
    await writeFiles(scratch.path, { 'web/pyproject.toml': '[project]\ndependencies = []\n' });
    expect(await file()).toBe('web/pyproject.toml');
    await writeFiles(scratch.path, { 'web/requirements.txt': '' });
    expect(await file()).toBe('web/requirements.txt');
    await writeFiles(scratch.path, { 'pyproject.toml': '[project]\ndependencies = []\n' });
    expect(await file()).toBe('pyproject.toml');
  });
});

test('a plain pyproject.toml: its extras, and one that names others of its own', async () => {
  await using scratch = await scratchFolder();
  const text =
    '[project]\nname = "Shop"\ndependencies = ["Django>=5"]\n[project.optional-dependencies]\ntext = ["markdown"]\nall = ["shop[text]", "pillow"]\n';
  await writeFiles(scratch.path, { 'pyproject.toml': text });
  const { lines, locked } = await read(scratch.path, { extras: ['all'] });
  expect(locked).toBe(false);
  expect(lines.map(({ canonical, file, line }) => [canonical, `${file}:${line}`])).toEqual([
    ['django>=5', 'pyproject.toml:3'],
    ['markdown', 'pyproject.toml:5'],
    ['pillow', 'pyproject.toml:6'],
  ]);
});
