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

describe('a plain pyproject.toml with what uv alone reads', () => {
  const PROJECT =
    '[project]\nname = "shop"\ndependencies = [\n  "Django>=5",\n  "Own.Lib[x]>=1",\n]\n[dependency-groups]\ndev = ["tool"]\n';
  const sourced = (line: number, name: string) =>
    `pyproject.toml:${line}: ${name} has a source in [tool.uv.sources], which counts in uv.lock alone: without it whatever has that name on PyPI would be installed | uv lock, and commit uv.lock`;
  const indexed = (line: number) =>
    `pyproject.toml:${line}: the index https://pypi.example.org/simple of [tool.uv] counts in uv.lock alone: without it whatever has that name on PyPI would be installed | uv lock, and commit uv.lock`;
  const refused: [title: string, more: string, told: string[]][] = [
    ['a source', '[tool.uv.sources]\nown-lib = { workspace = true }\n', [sourced(5, 'own-lib')]],
    [
      'a source that is told by a table, and an index',
      '[tool.uv.sources.own_lib]\ngit = "https://example.org/own"\n[[tool.uv.index]]\nurl = "https://me:pw@pypi.example.org/simple"\n',
      [sourced(5, 'own-lib'), indexed(12)],
    ],
    ['an index of the older kind', '[tool.uv]\nextra-index-url = ["https://pypi.example.org/simple"]\n', [indexed(10)]],
  ];
  test.each(refused)('%s is refused', async (_, more, told) => {
    await using scratch = await scratchFolder();
    await writeFiles(scratch.path, { 'pyproject.toml': `${PROJECT}${more}` });
    expect(await faults(read(scratch.path))).toEqual(told);
  });

  test('what concerns nothing that is asked for does not matter', async () => {
    await using scratch = await scratchFolder();
    const indexes =
      '[[tool.uv.index]]\nname = "torch"\nurl = "https://torch.example.org/"\nexplicit = true\n[[tool.uv.index]]\nurl = "https://pypi.org/simple"\n';
    const sources = '[tool.uv.sources]\ntool = { path = "tool" }\n';
    await writeFiles(scratch.path, { 'pyproject.toml': `${PROJECT}${indexes}${sources}` });
    expect((await read(scratch.path)).lines.map(({ canonical }) => canonical)).toEqual(['django>=5', 'own-lib[x]>=1']);
    expect(await faults(read(scratch.path, { groups: ['dev'] }))).toEqual([sourced(8, 'tool')]);
  });

  test('an address beside the name stands over a source', async () => {
    await using scratch = await scratchFolder();
    const text =
      '[project]\ndependencies = ["own @ https://example.org/own.whl"]\n[tool.uv.sources]\nown = { path = "own" }\n[tool.uv]\nindex-url = "https://pypi.example.org/simple"\n';
    await writeFiles(scratch.path, { 'pyproject.toml': text });
    expect((await read(scratch.path)).lines).toHaveLength(1);
  });
});
