import { describe, expect, test } from 'vitest';
import { unknownExtras } from '../src/build/env/extras.ts';
import { loginSecrets } from '../src/build/installer/logins.ts';
import { forPip, withAskedHashes } from '../src/build/installer/pins.ts';
import { explainResolution } from '../src/build/installer/resolution-fault.ts';
import type { Target } from '../src/build/python.ts';
import { inputsHash, installerOptions } from '../src/build/requirements/inputs.ts';
import { canonicalRequirement, logicalLines, requirementFault } from '../src/build/requirements/requirement-lines.ts';
import { type RequirementLine, readRequirements } from '../src/build/requirements/requirements.ts';
import { lastLines } from '../src/build/run.ts';
import { redact, withoutCredentials } from '../src/secrets.ts';
import { scratchFolder, writeFiles } from './build.fixtures.ts';

const target: Target = {
  minor: '3.11',
  abi: 'cpython-311-x86_64-linux-gnu',
  machine: 'x86_64',
  libc: 'glibc',
  libcVersion: '2.36',
};

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
  ['Django >= 5.2, < 6', 'django<6,>=5.2'],
  ["foo; os_name=='posix'  and python_version<'3'", 'foo ; os_name == "posix" and python_version < "3"'],
  ['foo==1 --hash=sha256:bb --hash=sha256:aa', 'foo==1 --hash=sha256:aa --hash=sha256:bb'],
  ['foo@https://example.org/foo.whl', 'foo @ https://example.org/foo.whl'],
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

test.each([
  ['Django=5.2', '"=5.2" after Django is no version to ask for'],
  ['Django 5.2', '"5.2" after Django is no version to ask for'],
  ['Django>=5 <6', '">=5 <6" after Django is no version to ask for'],
  ['pip install Django', '"install Django" after pip is no version to ask for'],
  ['"Django"', '""Django"" is no requirement'],
  ['Django (>=5, <6)', undefined],
  ['Psycopg[c,binary]>=3 ; python_version < "3.13"', undefined],
  ['django==5.2.* --hash=sha256:aa', undefined],
  ['own @ git+https://example.org/own@v1', undefined],
  ['https://example.org/own.whl', undefined],
])('the shape of %s', (text, fault) => {
  expect(requirementFault(text)).toBe(fault);
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

test('settings of the installers count, without their passwords', async () => {
  const env = {
    PIP_INDEX_URL: 'https://u:p@pypi.example.org/simple',
    PIP_TIMEOUT: '9',
    UV_PRE: '',
    UV_NO_BUILD_PACKAGE: 'lxml',
    UV_EXCLUDE_NEWER_PACKAGE: 'django=2026-01-01',
    PIP_CONFIG_SETTINGS: 'debug=1',
    PIP_CONFIG_FILE: '/dev/null',
    HOME: '/root',
  };
  expect(await installerOptions('/', env)).toEqual({
    PIP_INDEX_URL: 'https://pypi.example.org/simple',
    UV_NO_BUILD_PACKAGE: 'lxml',
    UV_EXCLUDE_NEWER_PACKAGE: 'django=2026-01-01',
    PIP_CONFIG_SETTINGS: 'debug=1',
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

test.each([
  ['own @ git+file:///srv/own@v1', 'git+file:///srv/own@v1#egg=own'],
  [
    'own[x] @ git+file:///srv/own@v1#subdirectory=a ; os_name == "posix"',
    'git+file:///srv/own@v1#subdirectory=a&egg=own[x] ; os_name == "posix"',
  ],
  ['own @ git+https://example.org/own@v1', 'own @ git+https://example.org/own@v1'],
])('%s, for pip of any age', (line, wanted) => {
  expect(forPip(line)).toBe(wanted);
});

test('passwords for indexes, as installers may repeat them', () => {
  const lines = [
    { text: '--index-url https://me:p%40ss-word@a.example.org/simple' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the installer fills it in
    { text: '--extra-index-url https://${WHO}:${HIDDEN}@b.example.org/simple' },
    { text: 'own @ git+ssh://git@example.org/own@v1' },
    { text: 'other @ git+https://token-of-ours@example.org/other' },
  ];
  const env = {
    WHO: 'somebody',
    HIDDEN: 'hidden-one',
    UV_INDEX_OURS_PASSWORD: 'of uv',
    PIP_INDEX_URL: 'https://x:of-pip@c/',
  };
  expect(loginSecrets(lines, env).sort()).toEqual(
    ['p%40ss-word', 'p@ss-word', 'token-of-ours', 'of-pip', 'somebody', 'hidden-one', 'of uv'].sort(),
  );
});

test('where one requirement has a hash, all have to, but for commits and folders', async () => {
  await using scratch = await scratchFolder();
  const text =
    'django==5.2 --hash=sha256:aa\ngunicorn==23.0.0\nown @ git+https://example.org/own@v1\nsix\n-c constraints.txt\n';
  await writeFiles(scratch.path, { 'requirements.txt': text, 'constraints.txt': 'sqlparse<1\n' });
  await expect(readRequirements(scratch.path, 'requirements.txt')).rejects.toMatchObject({
    errors: [
      { message: 'gunicorn==23.0.0 has no hash, and others have one', place: { file: 'requirements.txt', line: 2 } },
      { message: 'six has no hash, and others have one', place: { file: 'requirements.txt', line: 4 } },
    ],
  });
});

test('a hash may stand in a constraint; one beside the requirement stands over it', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(scratch.path, {
    'requirements.txt': 'Django\ngunicorn --hash=sha256:bb\n-c constraints.txt\n',
    'constraints.txt':
      'django==5.2 --hash=sha256:aa\ngunicorn==23.0.0 --hash=sha256:cc\nsqlparse==1 --hash=sha256:dd\n',
  });
  const requirements = await readRequirements(scratch.path, 'requirements.txt');
  const resolved = ['django==5.2', 'gunicorn==23.0.0', 'sqlparse==1'].map((pin) => `${pin} --hash=sha256:of-the-index`);
  expect(withAskedHashes(resolved, requirements)).toEqual([
    'django==5.2 --hash=sha256:aa',
    'gunicorn==23.0.0 --hash=sha256:bb',
    'sqlparse==1 --hash=sha256:dd',
  ]);
  await writeFiles(scratch.path, { 'requirements.txt': 'Django\nsix\n-c constraints.txt\n' });
  await expect(readRequirements(scratch.path, 'requirements.txt')).rejects.toThrow(
    'six has no hash, and others have one',
  );
});

describe("the installers' words", () => {
  const line = (canonical: string, number: number): RequirementLine => ({
    kind: 'requirement',
    text: canonical,
    canonical,
    file: 'requirements/base.txt',
    line: number,
  });
  const requirements = {
    file: 'requirements.txt',
    lines: [
      line('django>=6', 3),
      line('no-such-thing', 4),
      line('./vendor/own-1-py3-none-manylinux_2_34_x86_64.whl', 5),
    ],
  };
  const host = { minor: '3.11', machine: 'x86_64', libc: 'glibc', libcVersion: '2.31' } as const;
  const explain = (said: string) => explainResolution(said.split('\n'), requirements, host);
  const place = (number?: number) =>
    number === undefined ? { file: 'requirements.txt' } : { file: 'requirements/base.txt', line: number };
  const passedOver = (wheel: string): string =>
    `  Skipping link: none of the wheel's tags (${wheel.split('-').slice(2).join('-')}) are compatible (run pip debug --verbose to show compatible tags): https://files.example.org/${wheel}.whl (from https://pypi.org/simple/django/)`;
  const unsatisfiable = 'we can conclude that your requirements are unsatisfiable.';

  test.each([
    [
      'uv',
      `Because no-such-thing was not found in the package registry and you require no-such-thing, ${unsatisfiable}`,
      'there is no package no-such-thing for Python 3.11',
      place(4),
    ],
    [
      'pip',
      'ERROR: Ignored the following versions that require a different python version: 6.0 Requires-Python >=3.12\nERROR: Could not find a version that satisfies the requirement No_such.thing (from versions: none)\nERROR: No matching distribution found for No_such.thing',
      'there is no package No_such.thing for Python 3.11',
      place(4),
    ],
    [
      'uv',
      `Because there is no version of django==99.0 and you require django==99.0, ${unsatisfiable}`,
      'there is no version django==99.0',
      place(3),
    ],
    [
      'pip',
      'ERROR: Ignored the following versions that require a different python version: 6.0 Requires-Python >=3.12\nERROR: Could not find a version that satisfies the requirement Django==99.0 (from versions: 5.1, 5.2)',
      'there is no version Django==99.0',
      place(3),
    ],
    [
      'uv',
      `Because the current Python version (3.11.7) does not satisfy Python>=3.12 and django>=6.0 depends on Python>=3.12, we can conclude that django>=6.0 cannot be used. And because you require django>=6, ${unsatisfiable}`,
      'django>=6.0 needs Python >=3.12, and the site runs on 3.11',
      place(3),
    ],
    [
      'pip',
      'ERROR: Ignored the following versions that require a different python version: 6.0 Requires-Python >=3.12; 6.0.1 Requires-Python >=3.12\nERROR: Could not find a version that satisfies the requirement Django>=6 (from versions: 5.1, 5.2)',
      'Django>=6 needs Python >=3.12, and the site runs on 3.11',
      place(3),
    ],
    [
      'uv',
      `Because you require django==5.2.1 and django<5, ${unsatisfiable}`,
      'the requirements contradict one another',
      place(),
    ],
    [
      'pip',
      'ERROR: Cannot install Django==5.2.1 and django<5 because these package versions have conflicting dependencies.',
      'the requirements contradict one another',
      place(),
    ],
    [
      'uv',
      'cause: tcp connect error\ncause: Connection refused (os error 111)',
      'the package index cannot be reached',
      place(),
    ],
    [
      'pip',
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(': Failed to establish a new connection: [Errno 111] Connection refused')'\nERROR: Could not find a version that satisfies the requirement gunicorn (from versions: none)",
      'the package index cannot be reached',
      place(),
    ],
    [
      'uv',
      'error: Failed to build `no-such-thing==8.0.0`\ncause: The build backend returned an error',
      'no-such-thing has no wheel for this Python and could not be compiled',
      place(4),
    ],
    [
      'pip',
      'ERROR: Failed building wheel for no-such-thing\nERROR: Could not build wheels for no-such-thing, which is required to install it',
      'no-such-thing has no wheel for this Python and could not be compiled',
      place(4),
    ],
  ])('%s: %s', (_, said, what, where) => {
    expect(explain(said)).toMatchObject({ what, place: where });
  });

  test.each([
    [
      'uv',
      'hint: An index URL (https://pypi.example.org/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized)',
      'the index pypi.example.org refuses the login (401 Unauthorized)',
      place(),
    ],
    [
      'pip',
      'Could not fetch URL https://me:****@pypi.example.org/simple/django/: 403 Client Error: Forbidden for url: https://pypi.example.org/simple/django/ - skipping',
      'the index pypi.example.org refuses the login (403 Forbidden)',
      place(),
    ],
    [
      'pip',
      "Could not fetch URL http://pypi.example.org/simple/django/: HTTPConnectionPool(host='pypi.example.org', port=80): Max retries exceeded with url: /simple/django/ (Caused by ResponseError('too many 503 error responses')) - skipping",
      'the index pypi.example.org is in trouble (503)',
      place(),
    ],
    [
      'uv',
      `Because django==6 has no wheels with a matching platform tag (e.g., \`manylinux_2_31_x86_64\`) and you require django==6, ${unsatisfiable}`,
      'django 6 has neither a wheel for Python 3.11 on x86_64 with glibc 2.31 nor a source package',
      place(3),
    ],
    [
      'uv',
      `Because all versions of django have no wheels with a matching platform tag (e.g., \`manylinux_2_31_x86_64\`) and you require django>=6, ${unsatisfiable}\n\nhint: Wheels are available for \`django\` (v6) on the following platforms: \`manylinux_2_17_aarch64\`, \`manylinux_2_34_x86_64\``,
      'django has neither a wheel for Python 3.11 on x86_64 with glibc 2.31 nor a source package: its wheels need glibc 2.34 or newer',
      place(3),
    ],
    [
      'pip',
      `${passedOver('django-5.2-cp311-cp311-manylinux_2_28_x86_64')}\n${passedOver('django-6.0-cp311-cp311-manylinux_2_34_x86_64')}\nERROR: Could not find a version that satisfies the requirement Django==6.0 (from versions: 5.1)`,
      'Django 6.0 has neither a wheel for Python 3.11 on x86_64 with glibc 2.31 nor a source package: its wheels need glibc 2.34 or newer',
      place(3),
    ],
    [
      'pip',
      `${passedOver('django-6.0-cp311-cp311-manylinux_2_34_x86_64')}\n${passedOver('django-6.0-cp312-cp312-manylinux2014_x86_64')}\nERROR: Could not find a version that satisfies the requirement django>=6 (from versions: 5.1, 5.2)`,
      'django>=6 has neither a wheel for Python 3.11 on x86_64 with glibc 2.31 nor a source package',
      place(3),
    ],
    [
      'pip',
      `${passedOver('django-6.0-cp311-cp311-manylinux_2_34_x86_64')}\nERROR: Could not find a version that satisfies the requirement django==6.1 (from versions: 5.1, 5.2)`,
      'there is no version django==6.1',
      place(3),
    ],
    [
      'uv',
      'error: Failed to determine installation plan\n  cause: A path (vendor/own-1-py3-none-manylinux_2_34_x86_64.whl) dependency is incompatible with the current platform',
      'own-1-py3-none-manylinux_2_34_x86_64.whl is no wheel for Python 3.11 on x86_64 with glibc 2.31: it needs glibc 2.34 or newer',
      place(5),
    ],
    [
      'pip',
      'ERROR: own-1-py3-none-manylinux_2_34_x86_64.whl is not a supported wheel on this platform.',
      'own-1-py3-none-manylinux_2_34_x86_64.whl is no wheel for Python 3.11 on x86_64 with glibc 2.31: it needs glibc 2.34 or newer',
      place(5),
    ],
    [
      'pip',
      'ERROR: own-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl is not a supported wheel on this platform.',
      'own-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl is no wheel for Python 3.11 on x86_64 with glibc 2.31',
      place(),
    ],
    ['uv', 'cause: Hash mismatch for `django==6.0`', 'django 6.0 is not what its hash says', place(3)],
    [
      'pip',
      "ERROR: Can't verify hashes for these requirements because we don't have a way to hash version control repositories:",
      'pip takes hashes for all requirements or for none, and a commit or a folder can have none',
      place(),
    ],
    [
      'uv',
      "error: Failed to download and build `django @ git+https://example.org/django@f`\ncause: Git operation failed\ncause: process didn't exit successfully: `/usr/bin/git fetch --force 'https://example.org/django' 'f'`",
      'the git repository, or the commit that is asked for, cannot be had',
      place(),
    ],
    [
      'uv',
      'cause: error sending request for url (https://pypi.org/simple/django/)\ncause: client error (Connect)\ncause: invalid peer certificate: UnknownIssuer',
      'the certificate of the package index is not one that is trusted here',
      place(),
    ],
  ])('of an index, %s: %s', (_, said, what, where) => {
    expect(explain(said)).toMatchObject({ what, place: where });
  });

  test('that nobody knows are left to be read', () => {
    expect(explain('error: something new')).toBeUndefined();
  });
});

test('an extra that a package does not have is a fault, of a package that is installed', () => {
  const line = (text: string, number: number): RequirementLine => ({
    kind: 'requirement',
    text,
    canonical: canonicalRequirement(text),
    file: 'requirements.txt',
    line: number,
  });
  const lines = [
    line('Psycopg[Binary, binray,pol]>=3', 1),
    line('django-oscar[sorl-thumbnail]', 2),
    line('six[any] @ https://example.org/six.whl', 3),
    line('colorama[x]; os_name == "nt"', 4),
    line('six', 5),
  ];
  const metadata = [
    'Name: psycopg\nVersion: 3.2.9\nProvides-Extra: pool\nProvides-Extra: binary\n',
    'Name: django_oscar\nVersion: 4.0\nProvides-Extra: sorl_thumbnail\n',
    'Name: six\nVersion: 1.17.0\n',
  ];
  expect(unknownExtras(lines, metadata).map(({ message, mend, place }) => [message, mend, place?.line])).toEqual([
    ['psycopg 3.2.9 has no extra binray, pol', 'mend its name, or leave it out: it has binary, pool', 1],
    ['six 1.17.0 has no extra any', 'mend its name, or leave it out: it has none', 3],
  ]);
});

test('what a program said last is kept, and what failed, wherever it stands', () => {
  const built = Array.from({ length: 100 }, (_, number) => `copying ${number}`);
  const said = ['Resolved 3 packages', 'error: Failed to build `pillow==8.0.0`', '', ...built, '  × No compiler'];
  expect(lastLines(said.join('\n'), 3)).toEqual([
    'error: Failed to build `pillow==8.0.0`',
    'copying 98',
    'copying 99',
    '  × No compiler',
  ]);
  expect(lastLines('error: one\ntwo\n')).toEqual(['error: one', 'two']);
});
