import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { judged, line, strict, sum, vitestCounts } from '../scripts/counts.ts';
import { findPythons } from '../scripts/python.ts';

const root = join(import.meta.dirname, '..');
const none = { passed: 0, failed: 0, skipped: 0 };

describe('counting tests', () => {
  test('adds up and tells', () => {
    const total = sum([
      { passed: 2, failed: 0, skipped: 1 },
      { passed: 3, failed: 1, skipped: 0 },
    ]);
    expect(line(total)).toBe('5 passed, 1 failed, 1 skipped');
    expect(line(strict(total, true))).toBe('5 passed, 2 failed');
    expect(line(strict(total, false))).toBe('5 passed, 1 failed, 1 skipped');
  });

  test('a part that crashed or tested nothing failed', () => {
    expect(judged(none, 'well')).toEqual({ ...none, failed: 1 });
    expect(judged({ ...none, passed: 4 }, 'badly')).toEqual({ passed: 4, failed: 1, skipped: 0 });
    expect(judged({ ...none, passed: 4, failed: 2 }, 'badly')).toEqual({ passed: 4, failed: 2, skipped: 0 });
    expect(judged({ ...none, passed: 4 }, 'well')).toEqual({ ...none, passed: 4 });
  });

  test('a test file that does not load failed', () => {
    const report = { numPassedTests: 2, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1 };
    const testResults = [
      { status: 'passed', assertionResults: [{}, {}] },
      { status: 'failed', assertionResults: [] },
    ];
    expect(vitestCounts({ ...report, testResults })).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });
});

describe('the unit tests’ runner', () => {
  const run = (body: string, ending: (file: string) => string) => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-unit-'));
    writeFileSync(join(folder.path, 'test_x.py'), `import unittest\n\n\nclass T(unittest.TestCase):\n${body}`);
    const file = join(folder.path, 'counts.json');
    const python = findPythons()[0]?.executable ?? '';
    const args = ['-B', join(root, 'scripts/unittests.py'), folder.path, folder.path, file];
    const { status } = spawnSync(python, args, { encoding: 'utf8' });
    return { status, counts: JSON.parse(ending(file)) };
  };
  const read = (file: string) => readFileSync(file, 'utf8');

  test('counts what passed, failed, broke and was skipped', () => {
    const body = [
      '    def test_a(self): pass',
      '    def test_b(self): self.fail("no")',
      '    def test_c(self): raise OSError',
      '    @unittest.skip("why")',
      '    def test_d(self): pass',
      '    @unittest.expectedFailure',
      '    def test_e(self): pass\n',
    ].join('\n');
    expect(run(body, read)).toEqual({ status: 1, counts: { passed: 1, failed: 3, skipped: 1 } });
    expect(run('    def test_a(self): pass\n', read)).toEqual({ status: 0, counts: { ...none, passed: 1 } });
  });

  test('fails when there is nothing to run', () => {
    expect(run('    pass\n', read)).toEqual({ status: 1, counts: none });
  });
});

/** `.ci/run` in a checkout whose npm does what `npm` (shell) says. */
function ciRun(npm: string): { status: number | null; lines: string[] } {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-ci-'));
  for (const name of ['.ci', 'scripts', 'bin']) mkdirSync(join(folder.path, name));
  cpSync(join(root, '.ci/run'), join(folder.path, '.ci/run'));
  writeFileSync(join(folder.path, 'scripts/setup.sh'), '');
  writeFileSync(join(folder.path, 'bin/npm'), `#!/bin/sh\n${npm}\n`);
  chmodSync(join(folder.path, 'bin/npm'), 0o755);
  const { status, stdout } = spawnSync('bash', [join(folder.path, '.ci/run')], {
    encoding: 'utf8',
    env: { ...process.env, PATH: [join(folder.path, 'bin'), process.env['PATH']].join(delimiter) },
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

describe('.ci/run', () => {
  const tests = (outcome: string) => `if [ "$1" = test ]; then ${outcome}; fi`;

  test('ends with the tests’ count when all is well', () => {
    const { status, lines } = ciRun(tests('echo "7 passed, 0 failed"'));
    expect(status).toBe(0);
    expect(lines.at(-1)).toBe('7 passed, 0 failed');
  });

  test('names each other part that failed and counts it', () => {
    const parts = 'case "$*" in *lint*|*docs*) exit 1;; esac';
    const { status, lines } = ciRun(`${parts}\n${tests('echo "7 passed, 2 failed"; exit 1')}`);
    expect(status).toBe(1);
    expect(lines.slice(-2)).toEqual(['failed: lint docs tests', '7 passed, 4 failed']);
  });

  test.each([
    ['print no count', 'exit 1', '0 passed, 1 failed'],
    ['print no count and say all is well', 'exit 0', '0 passed, 1 failed'],
    ['end badly in spite of their count', 'echo "7 passed, 0 failed"; exit 1', '7 passed, 1 failed'],
    ['count a failure and end well', 'echo "7 passed, 1 failed"; exit 0', '7 passed, 1 failed'],
  ])('fails when the tests %s', (_name, outcome, last) => {
    const { status, lines } = ciRun(tests(outcome));
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe(last);
  });
});

describe('the package', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  // The set-up does not use `npm ci`, which would refuse this.
  test('is what the lock file was made for', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const { name, version, dependencies, devDependencies } = lock.packages[''];
    const { name: ownName, version: ownVersion, dependencies: own, devDependencies: ownDev } = manifest;
    expect({ name, version, dependencies, devDependencies }).toEqual({
      name: ownName,
      version: ownVersion,
      dependencies: own,
      devDependencies: ownDev,
    });
  });

  test('pins every package to one version', () => {
    for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  test('sets itself up before each script', () => {
    for (const script of Object.values(manifest.scripts)) expect(script).toMatch(/^sh scripts\/setup\.sh && /);
  });
});
