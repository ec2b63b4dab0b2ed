/** What the program loads: what a command does not need is not read, so that it starts in a moment. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempDisposableSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { DIST } from '../testbed/runner.ts';

/** Says the name of each file of the program when it is loaded. */
const SPY = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) console.error('loaded ' + url);
    return next(url, context);
  },
});`)}`;

/** Names of the files of `dist/` that this command loads in a folder that has only a graceful.yml, sorted. */
function loadedBy(...argv: string[]): string[] {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-start-'));
  const stages = 'stages:\n  live: { host: www.example.org, url: "https://www.example.org" }\n';
  writeFileSync(join(folder.path, 'graceful.yml'), `software: shop\n${stages}`);
  const { stderr } = spawnSync(process.execPath, ['--import', SPY, DIST, ...argv], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], HOME: folder.path },
    encoding: 'utf8',
  });
  // Once each: Node asks for a program's first file twice, to learn what it is.
  return [...new Set([...stderr.matchAll(/^loaded (.*)$/gm)].map(([, url = '']) => basename(url)))].sort();
}

const START = ['cache-folder.js', 'index.js', 'program.js', 'rolldown-runtime.js', 'shared.js'];

test('a start takes in less than half of the program', () => {
  const loaded = loadedBy('--version');
  expect(loaded).toEqual(START);
  const bytes = loaded.reduce((sum, name) => sum + statSync(join(dirname(DIST), name)).size, 0);
  expect(bytes).toBeLessThan(1_700_000);
});

test('what Node compiles is kept on a machine that is used again', () => {
  const kept = (environment: string) => {
    using home = mkdtempDisposableSync(join(tmpdir(), 'graceful-start-'));
    const env = { PATH: process.env['PATH'], HOME: home.path, RUNNER_ENVIRONMENT: environment };
    spawnSync(process.execPath, [DIST, '--version'], { env });
    const folder = join(home.path, '.cache/graceful/compiled');
    return existsSync(folder) ? readdirSync(folder, { recursive: true }).length : 0;
  };
  expect(kept('self-hosted')).toBeGreaterThan(START.length - 2);
  expect(kept('github-hosted')).toBe(0);
});

test('a command that makes a release takes in what that needs, but for the cache of GitHub', () => {
  expect(loadedBy('build', '--stage', 'live')).toEqual([...START, 'releasing.js'].toSorted());
});
