import { expect, test } from 'vitest';
import { BuildError } from '../src/build/errors.ts';
import { inputsHash, installerOptions } from '../src/build/inputs.ts';
import type { Target } from '../src/build/python.ts';
import { canonicalRequirement, logicalLines } from '../src/build/requirement-lines.ts';
import { readRequirements } from '../src/build/requirements.ts';
import { redact, withoutCredentials } from '../src/build/run.ts';
import { scratchFolder, writeFiles } from './build.fixtures.ts';

const target: Target = { minor: '3.11', abi: 'cpython-311-x86_64-linux-gnu', machine: 'x86_64', libc: 'glibc' };

test('logical lines: comments and blank lines go, continuations join, numbers stay', () => {
  const text =
    '\uFEFF# all\r\nDjango>=5 # the framework\r\n\r\nfoo==1 \\\r\n  --hash=sha256:aa\r\nbar @ https://x/y#egg=bar\n';
  expect(logicalLines(text)).toEqual([
    { text: 'Django>=5', line: 2 },
    { text: 'foo==1   --hash=sha256:aa', line: 4 },
    { text: 'bar @ https://x/y#egg=bar', line: 6 },
  ]);
});

test.each([
  ['Django >= 5.2, < 6', 'django>=5.2,<6'],
  ['zope.interface', 'zope-interface'],
  ['Psycopg[ C , binary ] (>=3)', 'psycopg[binary,c]>=3'],
  ['tzdata ; sys_platform == "win32"', 'tzdata ; sys_platform == "win32"'],
  ['foo==1   --hash=sha256:aa', 'foo==1 --hash=sha256:aa'],
  ['My_Lib @ git+https://me:token@example.org/lib@v1', 'my-lib @ git+https://example.org/lib@v1'],
])('%s is canonically %s', (given, wanted) => {
  expect(canonicalRequirement(given)).toBe(wanted);
});

test('-r and -c are followed relative to the file that names them; the hash does not see order or comments', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, {
    'requirements/production.txt':
      '-r base.txt\n-c../constraints.txt\n--extra-index-url https://me:pw@pypi.example.org/simple\ngunicorn\n',
    'requirements/base.txt': 'Django>=5.2\n-r base.txt\n',
    'constraints.txt': 'sqlparse<1\n',
    'other.txt':
      '# the same\n--extra-index-url=https://pypi.example.org/simple\n\ndjango >= 5.2\nGunicorn\n-c constraints.txt\n',
  });
  const read = await readRequirements(scratch.path, 'requirements/production.txt');
  expect(read.lines.map(({ kind, canonical, file, line }) => [kind, canonical, `${file}:${line}`])).toEqual([
    ['requirement', 'django>=5.2', 'requirements/base.txt:1'],
    ['constraint', 'constraint sqlparse<1', 'constraints.txt:1'],
    ['option', '--extra-index-url https://pypi.example.org/simple', 'requirements/production.txt:3'],
    ['requirement', 'gunicorn', 'requirements/production.txt:4'],
  ]);
  const same = inputsHash(await readRequirements(scratch.path, 'other.txt'), target, {});
  expect(inputsHash(read, target, {})).toBe(same);
  expect(inputsHash(read, { ...target, minor: '3.12' }, {})).not.toBe(same);
  expect(inputsHash(read, { ...target, libc: 'musl' }, {})).not.toBe(same);
  expect(inputsHash(read, target, { UV_PRERELEASE: 'allow' })).not.toBe(same);
});

test('all faults are told together, each with its file and line', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, {
    'requirements.txt': '-r base.txt\nDjango\n-e .\n./wheels/none.whl\n-r ../up.txt\n-c https://example.org/c.txt\n',
  });
  const refused = await readRequirements(scratch.path, 'requirements.txt').catch((thrown: unknown) => thrown);
  if (!(refused instanceof BuildError)) throw new Error('it should have been refused');
  expect(refused.message.split('\n')).toEqual([
    'requirements.txt:1: base.txt is not in the commit',
    "requirements.txt:3: an editable requirement (-e) points into the runner's own folders",
    'requirements.txt:4: ./wheels/none.whl is not in the commit',
    'requirements.txt:5: ../up.txt lies outside of the source tree',
    'requirements.txt:6: https://example.org/c.txt is a web address',
  ]);
  expect(refused.place).toEqual({ file: 'requirements.txt', line: 1 });
  await expect(readRequirements(scratch.path, 'missing.txt')).rejects.toThrow(
    'missing.txt: missing.txt is not in the commit',
  );
});

test('a local wheel counts by its content, and is found from the top or beside the file', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, { 'requirements.txt': './wheels/a-1.whl\n', 'wheels/a-1.whl': 'one' });
  const hash = async (): Promise<string> =>
    inputsHash(await readRequirements(scratch.path, 'requirements.txt'), target, {});
  const first = await hash();
  expect((await readRequirements(scratch.path, 'requirements.txt')).lines[0]?.text).toBe(
    `${scratch.path}/wheels/a-1.whl`,
  );
  await writeFiles(scratch.path, { 'wheels/a-1.whl': 'two' });
  expect(await hash()).not.toBe(first);
});

test('settings of the installers count, without their passwords', () => {
  expect(
    installerOptions({
      PIP_INDEX_URL: 'https://u:p@pypi.example.org/simple',
      PIP_TIMEOUT: '9',
      UV_PRE: '',
      HOME: '/root',
    }),
  ).toEqual({
    PIP_INDEX_URL: 'https://pypi.example.org/simple',
  });
});

test('credentials and secrets are taken out of texts', () => {
  expect(withoutCredentials('see https://user:p@ss@example.org/a and git+ssh://git@example.org/b, mail a@b.org')).toBe(
    'see https://example.org/a and git+ssh://example.org/b, mail a@b.org',
  );
  expect(redact('key hunter22 and hunter2\nsecond line', ['hunter2', 'hunter22', 'first\nsecond line', 'y'])).toBe(
    'key *** and ***\n***',
  );
});
