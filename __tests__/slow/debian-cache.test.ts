import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { debianSystem } from '../../src/build/debian/system.ts';
import { run } from '../../src/build/run.ts';
import { hostFacts, scratchFolder, thisPython } from '../build.fixtures.ts';
import { startActionsCache } from '../fixtures/actions-cache.ts';

afterAll(() => {
  vi.unstubAllEnvs();
});

test('a minimal system that one runner made is taken by the next from the Actions cache, and compiles there', async () => {
  await using scratch = await scratchFolder();
  await using cache = await startActionsCache(scratch.path);
  const { runner } = await thisPython();
  // The entry names the path: GitHub's runners have the same one, each with a disk of its own.
  const kept = join(scratch.path, 'tools');
  const lines: string[] = [];
  const open = async (job: string) => {
    const folder = join(scratch.path, job);
    await mkdir(folder);
    return debianSystem({
      facts: hostFacts({ machine: runner.machine }),
      minor: '3.11',
      packages: [],
      always: true,
      python: runner.executable,
      scratch: folder,
      shared: [],
      cache: kept,
      waitMs: 60_000,
      log: (line) => lines.push(line),
    });
  };
  const making = 'making a minimal system to build in: debian 12 (bookworm)';
  {
    await using first = await open('first');
    await first.open('it is made');
    expect([lines, first.notices, await first.keep()]).toEqual([[making], [], null]);
  }
  expect([...cache.entries.keys()]).toEqual([expect.stringMatching(/^graceful-debian-[0-9a-f]{64}-\d+$/)]);
  await run(['rm', '-rf', '--one-file-system', '--', kept]);
  {
    await using second = await open('second');
    const within = await second.open('it is made');
    expect([lines, second.notices, await second.keep()]).toEqual([[making], [], null]);
    const program =
      'echo "int main(void) { return 0; }" >it.c; gcc -o it it.c; ./it; . /etc/os-release; echo $VERSION_ID';
    const { stdout } = await run(['sh', '-euc', program], { cwd: join(scratch.path, 'second'), within });
    expect(stdout).toBe('12\n');
  }
  expect([cache.entries.size, existsSync(join(scratch.path, 'second/it'))]).toEqual([1, true]);
});
