import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempDisposableSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { toolFolder } from '../scripts/tool-folder.ts';

/** A tool that is one file, in a cache of its own. */
function cache(): Disposable & { readonly kept: string; readonly made: string[]; get(pins?: string): string } {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-tools-'));
  vi.stubEnv('XDG_CACHE_HOME', folder.path);
  const made: string[] = [];
  return {
    kept: join(folder.path, 'graceful-dev'),
    made,
    get: (pins = 'tool 1') =>
      toolFolder({
        name: pins,
        pins,
        make(into) {
          made.push(pins);
          writeFileSync(join(into, 'tool'), pins);
          if (pins === 'broken') throw new Error('no network');
        },
        works: (there) => readFileSync(join(there, 'tool'), 'utf8') === pins,
      }),
    [Symbol.dispose]() {
      vi.unstubAllEnvs();
      folder.remove();
    },
  };
}

describe('the folder of a tool', () => {
  test('is made once for each version, outside of the checkout', () => {
    using tools = cache();
    const folder = tools.get();
    expect(tools.get()).toBe(folder);
    expect(tools.get('tool 2')).not.toBe(folder);
    expect(tools.made).toEqual(['tool 1', 'tool 2']);
    expect(readdirSync(tools.kept)).toHaveLength(2);
  });

  test('that is half-made is made anew', () => {
    using tools = cache();
    rmSync(join(tools.get(), 'whole'));
    expect(existsSync(join(tools.get(), 'whole'))).toBe(true);
    expect(tools.made).toHaveLength(2);
  });

  test('that lost a file is made anew, and one that got more is not', () => {
    using tools = cache();
    writeFileSync(join(tools.get(), 'written by the tool'), '');
    tools.get();
    expect(tools.made).toHaveLength(1);
    rmSync(join(tools.get(), 'tool'));
    expect(existsSync(join(tools.get(), 'tool'))).toBe(true);
    expect(tools.made).toHaveLength(2);
  });

  test('whose maker was killed is made anew, and what that one left is removed', () => {
    using tools = cache();
    const script = `
      import { toolFolder } from './scripts/tool-folder.ts';
      const make = () => process.kill(process.pid, 'SIGKILL');
      toolFolder({ name: 'tool 1', pins: 'tool 1', make, works: () => true });
    `;
    const cwd = join(import.meta.dirname, '..');
    const killed = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', script], { cwd });
    expect(killed.signal).toBe('SIGKILL');
    expect(readdirSync(tools.kept)).toEqual([expect.stringMatching(`^[0-9a-f]{12}\\.${killed.pid}$`)]);
    expect(readdirSync(tools.get()).toSorted()).toEqual(['tool', 'whole']);
    expect(readdirSync(tools.kept)).toHaveLength(1);
  });

  test('whose tool no longer runs is made anew', () => {
    using tools = cache();
    writeFileSync(join(tools.get(), 'tool'), 'for another machine');
    expect(readFileSync(join(tools.get(), 'tool'), 'utf8')).toBe('tool 1');
  });

  test('that cannot be made leaves nothing', () => {
    using tools = cache();
    expect(() => tools.get('broken')).toThrow('no network');
    expect(readdirSync(tools.kept)).toEqual([]);
  });
});
