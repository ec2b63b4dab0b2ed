/** What a command prints reaches whoever reads it, whole. */
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PROGRAM = join(import.meta.dirname, '..', 'src', 'index.ts');

/** Runs a line of the shell in a project with many settings; `graceful` is the command line. */
function shell(line: string): { status: number | null; stdout: string; stderr: string } {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-printing-'));
  const env = Array.from({ length: 3_000 }, (_, index) => `  NAME_${index}: value\n`).join('');
  const file = `software: shop\nhost: www.example.org\nurl: https://www.example.org\nstages: { live: {} }\nenv:\n${env}`;
  writeFileSync(join(folder.path, 'graceful.yml'), file);
  const define = `graceful() { "${process.execPath}" "${PROGRAM}" "$@"; }; `;
  return spawnSync('bash', ['-c', define + line], {
    encoding: 'utf8',
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: folder.path },
    maxBuffer: 1e8,
  });
}

test('more than a pipe holds, to a reader that takes its time', () => {
  const { status, stdout } = shell('set -o pipefail; graceful config --json | { sleep 1; cat; }');
  expect(status).toBe(0);
  expect(JSON.parse(stdout).settings.length).toBeGreaterThan(3_000);
});

test('a reader that has seen enough is no fault', () => {
  const { status, stderr } = shell('set -o pipefail; graceful config --json | head -c 10 >/dev/null');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('an answer that could not be written is one', () => {
  const { status, stderr } = shell('graceful config --json >/dev/full');
  expect(status).toBe(74);
  expect(stderr).toMatch(/^not all of it could be printed: .*ENOSPC/m);
});
