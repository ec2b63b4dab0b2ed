import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { answer } from '../scripts/command.ts';
import { toolFolder } from '../scripts/tool-folder.ts';
import { findPythons } from '../src/build/find-pythons.ts';
import { type Match, pickPython } from '../src/build/python.ts';
import type { HostFacts } from '../src/protocol/messages.ts';

/** A folder of a test's own, gone with it. */
export interface Scratch extends AsyncDisposable {
  path: string;
}

export async function scratchFolder(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'graceful-build-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Writes files by path, making folders. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

export function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'protocol.file.allow=always'];
  return execFileSync('git', ['-C', folder, ...identity, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Facts of a host like Debian 12, changed where a test wants it. */
export function hostFacts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    hostname: 'www',
    os: { id: 'debian', version: '12', codename: 'bookworm' },
    machine: 'x86_64',
    libc: { name: 'glibc', version: '2.36' },
    pythons: [
      { minor: '3.11', version: '3.11.2', abi: 'cpython-311-x86_64-linux-gnu', executable: '/usr/bin/python3' },
    ],
    disk: { freeBytes: 1e9, freeInodes: 1e6 },
    tools: [],
    ...changes,
  };
}

/** A Python of this machine as if the host had the very same; the newest that current Django runs on. */
export async function thisPython(): Promise<Match> {
  const found = (await findPythons()).filter((python) => ['3.10', '3.11', '3.12', '3.13'].includes(python.minor));
  const [mine] = found;
  if (!mine) throw new Error('this test needs a Python from 3.10 to 3.13');
  const { minor, version, abi, executable, machine, libc } = mine;
  return pickPython(hostFacts({ machine, libc, pythons: [{ minor, version, abi, executable }] }), [mine]);
}

/**
 * Environments for a build with uv (installed from PyPI once on this machine) and for one with pip only.
 */
export function installers(match: Match): { uv: NodeJS.ProcessEnv; pip: NodeJS.ProcessEnv } {
  const tools = toolFolder({
    name: 'uv',
    pins: `uv ${match.runner.abi}`,
    make(folder) {
      execFileSync(match.runner.executable, ['-m', 'venv', folder], { stdio: 'pipe' });
      execFileSync(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', 'uv'], { stdio: 'pipe' });
    },
    // uv itself is no script: it may be moved.
    works: (folder) => answer(join(folder, 'bin/uv'), ['--version']) !== undefined,
  });
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !existsSync(join(folder, 'uv')));
  const plain = { ...process.env, PATH: path.join(delimiter) };
  return { uv: { ...plain, PATH: [join(tools, 'bin'), ...path].join(delimiter) }, pip: plain };
}
