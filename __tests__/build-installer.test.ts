/** What installers see, what of it counts, and what they say of it. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installerEnv } from '../src/build/installer/find.ts';
import { pinsOf } from '../src/build/installer/pins.ts';
import { installerOptions } from '../src/build/requirements/inputs.ts';
import { scratchFolder, writeFiles } from './build.fixtures.ts';

test('installers see what leads to an index, and neither the key nor the tokens of the job', () => {
  const secrets = ['GRACEFUL_SSH_KEY', 'GRACEFUL_SSH_KEY_PASSPHRASE', 'GRACEFUL_CONFIG_TOKEN', 'INPUT_SSH-KEY'];
  const others = ['ACTIONS_RUNTIME_TOKEN', 'GITHUB_TOKEN', 'PYTHONPATH', 'PIP_TARGET', 'UV_PROJECT_ENVIRONMENT'];
  const seen = installerEnv({
    ...Object.fromEntries([...secrets, ...others].map((name) => [name, 'never'])),
    PIP_INDEX_URL: 'https://pypi.example.org/simple',
    INDEX_TOKEN: 'of the step',
  });
  expect(seen).toMatchObject({ PIP_INDEX_URL: 'https://pypi.example.org/simple', INDEX_TOKEN: 'of the step' });
  expect(Object.values(seen)).not.toContain('never');
});

test('files that settings name count by what is in them', async () => {
  await using scratch = await scratchFolder();
  const at = (name: string) => join(scratch.path, name);
  const files = ['top/in-the-commit.txt', 'on the runner.txt', 'one.txt', 'two.txt'];
  await writeFiles(scratch.path, Object.fromEntries(files.map((file) => [file, 'a'])));
  const read = () =>
    installerOptions(at('top'), {
      HOME: at('home'),
      PIP_CONFIG_FILE: '/dev/null',
      PIP_CONSTRAINT: `in-the-commit.txt\n  ${at('one.txt')} https://example.org/other.txt`,
      PIP_BUILD_CONSTRAINT: `file://${at('on%20the%20runner.txt')}`,
      UV_CONSTRAINT: at('missing.txt'),
      UV_OVERRIDE: at('two.txt'),
    });
  const names = ['PIP_BUILD_CONSTRAINT', 'PIP_CONSTRAINT', 'UV_CONSTRAINT', 'UV_OVERRIDE'];
  const digest = 'sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
  const before = await read();
  expect(Object.keys(before)).toEqual(names);
  expect(before['PIP_CONSTRAINT']).toBe(
    `in-the-commit.txt ${at('one.txt')} https://example.org/other.txt ${digest} ${digest}`,
  );
  expect(before['UV_CONSTRAINT']).toBe(at('missing.txt'));
  for (const [file, name] of [
    ['top/in-the-commit.txt', 'PIP_CONSTRAINT'],
    ['one.txt', 'PIP_CONSTRAINT'],
    ['on the runner.txt', 'PIP_BUILD_CONSTRAINT'],
    ['missing.txt', 'UV_CONSTRAINT'],
    ['two.txt', 'UV_OVERRIDE'],
  ] as const) {
    const was = await read();
    await writeFiles(scratch.path, { [file]: 'another' });
    const is = await read();
    expect(names.filter((one) => was[one] !== is[one])).toEqual([name]);
  }
});

test("pip's own configuration counts as variables do, in each of its files", async () => {
  await using scratch = await scratchFolder();
  const at = (name: string) => join(scratch.path, name);
  await writeFiles(scratch.path, {
    'home/.config/pip/pip.conf':
      '[global]\r\nIndex_URL = https://me:pw@pypi.example.org/simple\r\ntimeout = 9\r\n[install]\r\nno-binary =\r\n    # why\r\n    lxml\r\n    :none:\r\n',
    'own.ini': `[install]\nindex-url: https://other.example.org/simple\nconstraint = ${at('one.txt')}\n`,
    'one.txt': 'a',
  });
  const env = { HOME: at('home'), PIP_CONFIG_FILE: at('own.ini') };
  const read = (variables: NodeJS.ProcessEnv) => installerOptions(at('top'), variables);
  const before = await read(env);
  // The machine may have a configuration of its own, which comes first.
  expect(before['pip.conf index-url']).toMatch('https://pypi.example.org/simple https://other.example.org/simple');
  expect(before['pip.conf no-binary']).toMatch(/lxml :none:$/);
  expect(Object.keys(before)).not.toContain('pip.conf timeout');
  await writeFiles(scratch.path, { 'one.txt': 'b' });
  expect((await read(env))['pip.conf constraint']).not.toBe(before['pip.conf constraint']);
  expect(await read({ ...env, PIP_CONFIG_FILE: '/dev/null' })).toEqual({});
});

describe("logins that pip's report leaves out", () => {
  const vcs_info = { vcs: 'git', commit_id: 'c0ffee' };
  const archive_info = { hashes: { sha256: 'aa' } };
  const report = (name: string, download_info: object) => ({
    version: '1',
    install: [{ metadata: { name, version: '1' }, download_info, is_direct: true }],
  });

  // As pip writes them: without a login of late, with stars for the password before.
  const rows: [asked: string, name: string, download: object, pin: string][] = [
    [
      'Own.Lib[x] @ git+https://$TOKEN@github.com/org/own@v1 ; os_name == "posix"',
      'own_lib',
      { url: 'https://github.com/org/own', vcs_info },
      'own-lib @ git+https://$TOKEN@github.com/org/own@c0ffee',
    ],
    [
      'own @ git+https://me:p@ss@github.com/org/own@v1',
      'own',
      { url: 'https://me:****@github.com/org/own', vcs_info, subdirectory: 'lib/own' },
      'own @ git+https://me:p@ss@github.com/org/own@c0ffee#subdirectory=lib/own',
    ],
    [
      'own @ https://me:pw@example.org/own-1.zip#subdirectory=lib',
      'own',
      { url: 'https://****@example.org/own-1.zip', archive_info, subdirectory: 'lib' },
      'own @ https://me:pw@example.org/own-1.zip#subdirectory=lib --hash=sha256:aa',
    ],
    [
      'git+https://token@github.com/org/own@feature/x#egg=own',
      'own',
      { url: 'https://****@github.com/org/own', vcs_info },
      'own @ git+https://token@github.com/org/own@c0ffee',
    ],
    [
      'https://me:pw@example.org/own-1-py3-none-any.whl',
      'own',
      { url: 'https://me:****@example.org/own-1-py3-none-any.whl', archive_info },
      'own @ https://me:pw@example.org/own-1-py3-none-any.whl --hash=sha256:aa',
    ],
    [
      'own @ git+ssh://git@example.org/own@v1',
      'own',
      { url: 'ssh://git@example.org/own', vcs_info },
      'own @ git+ssh://git@example.org/own@c0ffee',
    ],
    [
      'own @ https://me:pw@example.org/own-1.whl',
      'own',
      { url: 'https://elsewhere.example.org/own-1.whl', archive_info },
      'own @ https://elsewhere.example.org/own-1.whl --hash=sha256:aa',
    ],
    [
      'own @ https://me:pw@example.org/own-1.whl',
      'other',
      { url: 'https://example.org/other-1.whl', archive_info },
      'other @ https://example.org/other-1.whl --hash=sha256:aa',
    ],
  ];
  test.each(rows)('%s, %s', (text, name, download, pin) => {
    expect(pinsOf(report(name, download), [{ text: '--index-url https://a:b@example.org/' }, { text }])).toEqual([pin]);
  });
});
