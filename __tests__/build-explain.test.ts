import { expect, test } from 'vitest';
import { ageOf, explainDifference, explainEnv } from '../src/build/env/explain.ts';
import type { BuildSpec } from '../src/protocol/messages.ts';
import { packageChanges, packagesBeside, packagesText } from '../src/report/packages.ts';

const installed = (...packages: string[]) => ({
  wheels: packages.map((one) => {
    const [name = '', version = ''] = one.split(' ');
    return { name, version, tags: ['py3-none-any'] };
  }),
});

function made(packages: string[], changes: Partial<BuildSpec['target']> = {}, hash = 'a'): BuildSpec {
  const { wheels } = installed(...packages);
  return {
    format: 1,
    commit: 'c',
    ref: 'main',
    source: 's',
    trees: { code: 's', static: null, config: null },
    static: null,
    config: null,
    env: {
      hash,
      digest: 'd',
      inputs: 'i',
      requirements: '',
      packages: [],
      wheels,
      builtOn: { name: 'glibc', version: '2.36' },
    },
    target: {
      minor: '3.11',
      abi: 'cpython-311-x86_64-linux-gnu',
      machine: 'x86_64',
      libc: 'glibc',
      libcVersion: '2.36',
      ...changes,
    },
  };
}

const BEFORE = ['Django 5.2.1', 'typing_extensions 4.15.0', 'six 1.17.0'];
const AFTER = ['Django 5.2.3', 'typing-extensions 4.15.0', 'pillow 11.3.0'];

test('what is other than in the live release, by name', () => {
  expect(packageChanges(installed(...BEFORE), installed(...AFTER))).toEqual([
    'Django 5.2.1 -> 5.2.3',
    '+pillow 11.3.0',
    '-six 1.17.0',
  ]);
  expect(packagesText(made(BEFORE), made(AFTER))).toBe('Django 5.2.1 -> 5.2.3, +pillow 11.3.0, -six 1.17.0');
  expect(packagesText(made(BEFORE), made(BEFORE))).toBe('3 packages, the same as before');
  expect(packagesText(null, made(BEFORE))).toBe('3 packages');
});

test('all packages are new where nothing is live, and none is known where an older version made it', () => {
  const after = installed('Django 5.2.3');
  expect(packagesBeside({ release: null, build: null }, after)).toEqual(['+Django 5.2.3']);
  expect(packagesBeside({ release: '20261121T043400Z-1111111', build: null }, after)).toBeNull();
  const build = made(['Django 5.2.1']);
  expect(packagesBeside({ release: '20261121T043400Z-1111111', build }, after)).toEqual(['Django 5.2.1 -> 5.2.3']);
});

test('what went into an environment', () => {
  const line = (canonical: string, number: number, kind: 'requirement' | 'option' = 'requirement') => ({
    kind,
    text: 'never shown: https://me:secret@example.org',
    canonical,
    file: 'requirements.txt',
    line: number,
  });
  const what = {
    target: made([]).target,
    options: {
      PIP_PRE: '1',
      PIP_EXTRA_INDEX_URL: 'https://me:pw@a.example.org/token-of-ours/simple/ https://b.example.org/token?of=ours',
      UV_INDEX: 'own=https://c.example.org/token',
      PIP_FIND_LINKS: 'file:///srv/wheels',
    },
    inputs: 'the-inputs',
    env: {
      hash: 'the-name',
      requirements: 'django==5.2.3 --hash=sha256:aa --hash=sha256:bb\nown @ ./lib/own\n',
      created: '2026-11-19T10:00:00.000Z',
    },
  };
  const lines = [line('django>=5', 3), line('--extra-index-url https://example.org/simple', 1, 'option')];
  const now = new Date('2026-11-22T12:00:00Z');
  expect(explainEnv({ ...what, requirements: { file: 'requirements.txt', locked: false, lines } }, now)).toEqual([
    'environment the-name',
    'made for Python 3.11 (cpython-311-x86_64-linux-gnu) on x86_64 with glibc 2.36',
    'asked for by requirements.txt, to be resolved; found by the hash the-inputs:',
    '  --extra-index-url https://example.org/simple  (requirements.txt:1)',
    '  django>=5  (requirements.txt:3)',
    'settings of the installer:',
    '  PIP_PRE=1',
    '  PIP_EXTRA_INDEX_URL=https://a.example.org https://b.example.org',
    '  UV_INDEX=own=https://c.example.org',
    '  PIP_FIND_LINKS=file:///srv/wheels',
    'came to 2 packages, resolved 3 days ago, 2026-11-19T10:00:00.000Z:',
    '  django==5.2.3  (2 hashes)',
    '  own @ ./lib/own',
  ]);
  const locked = { file: 'uv.lock', locked: true, lines: [line('django==5.2.3 --hash=sha256:aa', 9)] };
  expect(explainEnv({ ...what, options: {}, requirements: locked }, now).slice(2, 5)).toEqual([
    'asked for by uv.lock, a lock file; found by the hash the-inputs:',
    '  django==5.2.3  (requirements.txt:9)',
    'came to 2 packages, as the lock file has it:',
  ]);
  const { created: _, ...live } = what.env;
  const asked = { file: 'requirements.txt', locked: false, lines };
  expect(explainEnv({ ...what, env: live, requirements: asked }, now).slice(-3)).toEqual([
    'came to 2 packages, as the live release has it:',
    '  django==5.2.3  (2 hashes)',
    '  own @ ./lib/own',
  ]);
});

test('how it differs from that of the live release', () => {
  const live = { release: '20261122T043400Z-abcdef1', build: made(BEFORE) };
  expect(explainDifference({ release: null, build: null }, made(AFTER))).toEqual([
    'nothing is live to compare it with',
  ]);
  expect(explainDifference({ ...live, build: null }, made(AFTER))).toEqual([
    '20261122T043400Z-abcdef1 is live, and does not tell what it was built from',
  ]);
  expect(explainDifference(live, made(BEFORE))).toEqual([
    '20261122T043400Z-abcdef1 is live, and has the very same environment',
  ]);
  expect(explainDifference(live, made(AFTER, { minor: '3.13' }, 'b'))).toEqual([
    'the live release 20261122T043400Z-abcdef1 has another environment:',
    '  Python 3.11 -> 3.13',
    '  Django 5.2.1 -> 5.2.3',
    '  +pillow 11.3.0',
    '  -six 1.17.0',
  ]);
  expect(explainDifference(live, made(BEFORE, {}, 'b'))[1]).toBe(
    '  the versions are the same: its hashes, sources or the settings of the installer differ',
  );
});

test.each([
  ['2026-11-22T11:00:00Z', 'today'],
  ['2026-11-21T11:00:00Z', '1 day ago'],
  ['2026-10-23T11:00:00Z', '30 days ago'],
])('resolved %s is %s', (created, age) => {
  expect(ageOf(created, new Date('2026-11-22T12:00:00Z'))).toBe(age);
});
