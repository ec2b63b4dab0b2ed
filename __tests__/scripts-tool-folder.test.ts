import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { toolFolder } from '../scripts/tool-folder.ts';

let cache: string;
/** How often the tool was made in this process. */
let made = 0;

beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'graceful-tools-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.spyOn(console, 'log').mockReturnValue();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(cache, { recursive: true, force: true });
});

const tool = (works = true) =>
  toolFolder({
    name: 'a tool',
    pins: 'tool 1',
    make(folder) {
      made++;
      for (const file of ['one', 'two']) writeFileSync(join(folder, file), file);
    },
    works: () => works,
  });

test('what a killed process began is not used, and is removed', async () => {
  const script = `
    import { writeFileSync } from 'node:fs';
    import { toolFolder } from './scripts/tool-folder.ts';
    const make = (folder) => {
      writeFileSync(folder + '/one', 'one');
      process.kill(process.pid, 'SIGKILL');
    };
    toolFolder({ name: 'a tool', pins: 'tool 1', make, works: () => true });
  `;
  const killed = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'ignore',
  });
  expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL']);
  expect(readdirSync(join(cache, 'graceful-dev'))).toEqual([expect.stringMatching(`^[0-9a-f]{12}\\.${killed.pid}$`)]);
  const folder = tool();
  expect(made).toBe(1);
  expect(readdirSync(join(cache, 'graceful-dev'))).toHaveLength(1);
  expect(existsSync(join(folder, 'two'))).toBe(true);
});

test('what is whole is found again; what lost a file, or no longer works, is made anew', () => {
  const folder = tool();
  expect(made).toBe(1);
  // A tool may write more files while it runs.
  writeFileSync(join(folder, 'cache'), '');
  tool();
  expect(made).toBe(1);
  rmSync(join(folder, 'two'));
  expect(tool()).toBe(folder);
  expect(made).toBe(2);
  expect(readdirSync(folder).sort()).toEqual(['one', 'two', 'whole']);
  tool(false);
  expect(made).toBe(3);
});
