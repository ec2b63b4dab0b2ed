/** Lock files that do not fit their projects, or the host. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAsked } from '../src/build/locks/choose.ts';
import { installers, scratchFolder, thisPython } from './build.fixtures.ts';
import { changed, faults, host, LOCKS, pins, read, UV } from './build-locks.fixtures.ts';

describe('a lock file that does not fit its project', () => {
  const rows: [title: string, project: string, file: string, from: string | RegExp, to: string, told: string[]][] = [
    [
      'uv: another version, another package, one less',
      'uv',
      'pyproject.toml',
      '    "gunicorn==23.0.0",\n    "tzdata',
      '    "gunicorn>=24",\n    "pillow",\n    "tz',
      [
        'pyproject.toml:7: uv.lock was made for gunicorn==23.0.0, and the project asks for gunicorn>=24 | uv lock, and commit uv.lock',
        'pyproject.toml:8: uv.lock does not have pillow, and the project asks for pillow | uv lock, and commit uv.lock',
        "pyproject.toml:9: uv.lock does not have tz, and the project asks for tz; sys_platform == 'win32' | uv lock, and commit uv.lock",
        'pyproject.toml: uv.lock was made for tzdata, which the project asks for no longer | uv lock, and commit uv.lock',
      ],
    ],
    [
      'uv: another extra',
      'uv',
      'pyproject.toml',
      '"gunicorn==23.0.0"',
      '"gunicorn[gevent, setproctitle]==23.0.0"',
      [
        'pyproject.toml:7: uv.lock was made for gunicorn==23.0.0, and the project asks for gunicorn[gevent, setproctitle]==23.0.0 | uv lock, and commit uv.lock',
      ],
    ],
    [
      'uv: one extra less',
      'uv',
      'uv.lock',
      '{ name = "gunicorn", specifier',
      '{ name = "gunicorn", extras = ["gevent"], specifier',
      [
        'pyproject.toml:7: uv.lock was made for gunicorn[gevent]==23.0.0, and the project asks for gunicorn==23.0.0 | uv lock, and commit uv.lock',
      ],
    ],
    [
      'uv: another Python',
      'uv',
      'pyproject.toml',
      '">=3.9"',
      '">=3.10, <4"',
      [
        'pyproject.toml:4: uv.lock was made for Python >=3.9, and the project asks for >=3.10, <4 | uv lock, and commit uv.lock',
      ],
    ],
    [
      'uv: another group',
      'uv',
      'pyproject.toml',
      '"iniconfig"]',
      '"iniconfig<2"]',
      [
        'pyproject.toml:16: uv.lock was made for iniconfig, and the project asks for iniconfig<2 | uv lock, and commit uv.lock',
      ],
    ],
    [
      'poetry',
      'poetry',
      'pyproject.toml',
      'django = "^4.2"',
      'django = "^5"',
      [
        'poetry.lock:277: it was made for another pyproject.toml: what that asks for was changed since | poetry lock, and commit poetry.lock',
      ],
    ],
    [
      'poetry 1',
      'poetry-1',
      'pyproject.toml',
      'django = "^4.2"',
      'django = "^5"',
      [
        'poetry.lock:260: it was made for another pyproject.toml: what that asks for was changed since | poetry lock, and commit poetry.lock',
      ],
    ],
    [
      'pipenv',
      'pipenv',
      'Pipfile',
      '"~=4.2"',
      '"~=5.0"',
      [
        'Pipfile.lock:4: it was made for another Pipfile: what that asks for was changed since | pipenv lock, and commit Pipfile.lock',
      ],
    ],
    [
      'a package of which the lock has no hash',
      'poetry',
      'poetry.lock',
      /files = \[\n.*asgiref-.*\n.*asgiref-.*\n\]/,
      'files = []',
      [
        'poetry.lock:4: asgiref has no hash in this lock file | poetry lock, and commit poetry.lock, with an index that tells hashes',
      ],
    ],
    [
      'a lock file that lacks a package',
      'uv',
      'uv.lock',
      'name = "sqlparse"\nversion = "0.6.1"',
      'name = "sqlpars"\nversion = "0.6.1"',
      ['uv.lock:79: sqlparse, which django needs, is not in this lock file | uv lock, and commit uv.lock'],
    ],
    [
      'no TOML',
      'uv',
      'uv.lock',
      'version = 1',
      'version = = 1',
      ['uv.lock:1: it is no TOML (invalid value) | mend that line, or have the tool write the file again'],
    ],
    [
      'another version of the format',
      'uv',
      'uv.lock',
      'version = 1',
      'version = 2',
      [
        'uv.lock: version is not what was expected there (only version 1 is known) | uv lock, and commit uv.lock: it is of another version of uv, perhaps',
      ],
    ],
    [
      'no JSON',
      'pipenv',
      'Pipfile.lock',
      '"_meta"',
      '_meta',
      ['Pipfile.lock: it is no JSON | pipenv lock, and commit Pipfile.lock'],
    ],
  ];
  test.each(rows)('%s', async (_, project, file, from, to, told) => {
    await using scratch = await changed(project, file, from, to);
    expect(await faults(read(scratch.path))).toEqual(told);
  });

  test.each([
    ['uv', 'uv.lock:3: the project wants Python >=3.9, and the site runs on 3.8.1'],
    ['poetry', 'poetry.lock:276: the project wants Python ^3.9, and the site runs on 3.8.1'],
    ['pipenv', 'Pipfile.lock:8: the project wants Python 3.11, and the site runs on 3.8.1'],
  ])('%s, for another Python than the host has', async (project, told) => {
    expect(await faults(read(join(LOCKS, project), {}, host('3.8.1')))).toEqual([
      `${told} | name another Python of the host by python: { version: "3.x" } in graceful.yml, or let the project run on this one and lock again`,
    ]);
  });
});

test('groups and extras that a project does not have are told together', async () => {
  const wanted = { groups: ['prodd', 'dev'], extras: ['texts'] };
  const told = (file: string) => [
    `${file}: there is no group "prodd"; it has dev, prod | set python: { groups: [prod] } in graceful.yml, or add the group to the project`,
    `${file}: there is no extra "texts"; it has text | set python: { extras: [text] } in graceful.yml, or add the extra to the project`,
  ];
  expect(await faults(read(join(LOCKS, 'uv'), wanted))).toEqual(told('pyproject.toml'));
  expect(await faults(read(join(LOCKS, 'poetry'), wanted))).toEqual(told('pyproject.toml'));
  expect(await faults(read(join(LOCKS, 'uv'), { ...wanted, named: 'pyproject.toml' }))).toEqual(told('pyproject.toml'));
  expect(await faults(read(join(LOCKS, 'pipenv'), { groups: ['prodd'], extras: ['text'] }))).toEqual([
    'Pipfile.lock: there is no group "prodd"; it has develop, prod | set python: { groups: [prod] } in graceful.yml, or add the group to the project',
    'Pipfile.lock: there is no extra "text"; it has none | take it out of python: { extras: [...] } in graceful.yml',
  ]);
});

test('uv itself tells what only it can', async () => {
  const { uv } = installers(await thisPython());
  await using scratch = await changed(
    'uv',
    'pyproject.toml',
    '[tool.uv.sources]',
    '[tool.uv]\nconstraint-dependencies = ["sqlparse<0.6"]\n[tool.uv.sources]',
  );
  expect(await faults(read(scratch.path, { env: uv }))).toEqual([
    'uv.lock: it does not fit pyproject.toml any longer, as uv says | uv lock, and commit uv.lock',
  ]);
  expect(pins(await read(join(LOCKS, 'uv'), { env: uv }))).toEqual(UV);
});

test.each(['>=3.9.0', '>=3.9,<4.0', '~=3.9', '>=3.9,!=3.9.7'])('Python %s fits a lock for >=3.9', async (range) => {
  await using scratch = await changed('uv', 'pyproject.toml', '">=3.9"', `"${range}"`);
  expect(pins(await read(scratch.path))).toEqual(UV);
});

test('where uv is there and cannot tell, that is told', async () => {
  await using scratch = await scratchFolder();
  const program = join(scratch.path, 'uv');
  const words = 'error: No interpreter found for Python >=3.9 at https://me:pw@example.org/';
  await writeFile(program, `#!/bin/sh\necho 'Using nothing'\necho '${words}' >&2\nexit 2\n`, { mode: 0o755 });
  const choice = { top: join(LOCKS, 'uv'), named: undefined, groups: [], extras: [], project: '.' };
  const told = async (env: NodeJS.ProcessEnv) => (await readAsked({ ...choice, env })).notices;
  expect(await told({ PATH: `${scratch.path}:/usr/bin:/bin` })).toEqual([
    'uv cannot tell whether uv.lock fits pyproject.toml (error: No interpreter found for Python >=3.9 at https://example.org/): names, extras and versions were compared without it, markers, sources and settings of uv were not',
  ]);
  await rm(program);
  expect(await told({ PATH: scratch.path })).toEqual([]);
});
