import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer, must, succeeds } from './command.ts';
import { makeVenv } from './venv.ts';

/** A Go toolchain for machines without one, or with one that is too old. */
const TOOLCHAIN = join(import.meta.dirname, 'lint-tools/go.txt');

/** Builds a program from its Go module (`path@version`), whose checksum the Go client verifies, and puts it in the folder. */
export function goInstall(program: string, folder: string): void {
  // Without C: the machine may have no compiler.
  const env = { ...process.env, GOBIN: folder, CGO_ENABLED: '0' };
  const there = answer('go', ['version']);
  if (there !== undefined) {
    if (succeeds('go', ['install', program], { env })) return;
    console.log(`${there} could not build it: taking the pinned one`);
  }
  using toolchain = mkdtempDisposableSync(join(tmpdir(), 'graceful-go-'));
  makeVenv(toolchain.path, TOOLCHAIN);
  const path = `${join(toolchain.path, 'bin')}:${process.env['PATH'] ?? ''}`;
  must('go', ['install', program], { env: { ...env, PATH: path } });
}
