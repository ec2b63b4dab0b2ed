import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempDisposableSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build } from '../scripts/build.ts';
import { differences } from '../scripts/check-dist.ts';
import { findPythons } from '../scripts/python.ts';
import { zipapp } from '../scripts/zipapp.ts';

const SITE = {
  'src/index.ts': "import { NodeSSH } from 'node-ssh';\n\nconsole.log(typeof NodeSSH);\n",
  'host/bootstrap.py': '# starts it\n',
  'host/graceful/__init__.py': '',
  'host/graceful/z.py': 'ANSWER = 7\n',
  'host/graceful/cli.py':
    'from graceful.z import ANSWER\n\n\ndef main() -> int:\n    print("ran")\n    return ANSWER\n',
  'host/graceful/__pycache__/cli.cpython-311.pyc': 'stale',
  'host/tests/test_z.py': '',
};

/** A small checkout with this one's packages. */
function checkout(files: Record<string, string> = SITE) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-build-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  }
  symlinkSync(join(import.meta.dirname, '../node_modules'), join(folder.path, 'node_modules'));
  return folder;
}

describe('the zipapp', () => {
  test('runs on every Python found here and hands its exit code on', () => {
    using root = checkout();
    const file = join(root.path, 'graceful.pyz');
    writeFileSync(file, zipapp(join(root.path, 'host')));
    for (const { executable } of findPythons()) {
      const { status, stdout, stderr } = spawnSync(executable, ['-I', file], { encoding: 'utf8' });
      expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: 'ran\n', stderr: '' });
    }
  });

  test('is imported from what was compiled of it, where that lies beside it', () => {
    using root = checkout();
    using other = checkout({ ...SITE, 'host/graceful/z.py': 'ANSWER = 8\n' });
    writeFileSync(join(root.path, 'graceful-0.pyz'), zipapp(join(root.path, 'host')), { mode: 0o755 });
    symlinkSync('graceful-0.pyz', join(root.path, 'graceful'));
    const start = () => spawnSync(join(root.path, 'graceful')).status;
    expect(start()).toBe(7);
    const { stdout: tag } = spawnSync('python3', ['-c', 'import sys; print(sys.implementation.cache_tag, end="")'], {
      encoding: 'utf8',
    });
    writeFileSync(join(root.path, `graceful-0-${tag}.zip`), zipapp(join(other.path, 'host')));
    expect(start()).toBe(8);
  });

  test('has the same bytes whatever the files’ dates and the machine’s time zone', () => {
    using root = checkout();
    using other = checkout(Object.fromEntries(Object.entries(SITE).reverse()));
    utimesSync(join(other.path, 'host/graceful/cli.py'), 1, 1);
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tokyo';
    const there = zipapp(join(other.path, 'host'));
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    expect(there.equals(zipapp(join(root.path, 'host')))).toBe(true);
  });

  test('holds the package alone, uncompressed and dated 1980', () => {
    using root = checkout();
    const file = join(root.path, 'graceful.pyz');
    writeFileSync(file, zipapp(join(root.path, 'host')));
    const script =
      'import sys, zipfile\nfor i in zipfile.ZipFile(sys.argv[1]).infolist():\n' +
      '    print(i.filename, i.compress_type, i.date_time, oct(i.external_attr >> 16))';
    const { stdout } = spawnSync(findPythons()[0]?.executable ?? '', ['-c', script, file], { encoding: 'utf8' });
    const names = ['__main__.py', 'graceful/__init__.py', 'graceful/cli.py', 'graceful/z.py'];
    expect(stdout.trimEnd().split('\n')).toEqual(names.map((name) => `${name} 0 (1980, 1, 1, 0, 0, 0) 0o100644`));
  });

  test('is refused without a package', () => {
    using root = checkout({ 'host/graceful/cli.py': '' });
    expect(() => zipapp(join(root.path, 'host'))).toThrow('graceful/__init__.py is missing');
  });
});

describe('the build', () => {
  test('gives the same bytes twice, and a bundle that runs without its packages', async () => {
    using root = checkout();
    using elsewhere = mkdtempDisposableSync(join(tmpdir(), 'graceful-out-'));
    const [first, second] = [join(elsewhere.path, 'first'), join(elsewhere.path, 'second')];
    const names = await build(root.path, first);
    await build(root.path, second);
    expect(names).toContain('index.js');
    expect(readdirSync(first).sort()).toEqual(names.toSorted());
    expect(differences(first, second)).toEqual([]);
    writeFileSync(join(elsewhere.path, 'package.json'), '{ "type": "module" }');
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(first, 'index.js')], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'function\n', stderr: '' });
    expect(readFileSync(join(first, 'licenses.txt'), 'utf8')).toMatch(/^node-ssh 13\.[\d.]+ \(MIT\)$/m);
    expect(readFileSync(join(first, 'index.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('names what is stale, missing or surplus in dist', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-dist-'));
    const [fresh, dist] = [join(folder.path, 'fresh'), join(folder.path, 'dist')];
    for (const path of [fresh, dist]) mkdirSync(path);
    for (const name of ['same', 'stale', 'missing']) writeFileSync(join(fresh, name), name);
    for (const name of ['same', 'surplus']) writeFileSync(join(dist, name), name);
    writeFileSync(join(dist, 'stale'), 'old');
    expect(differences(fresh, dist)).toEqual([
      'missing is missing',
      'stale is stale',
      'surplus is not made by the build',
    ]);
    expect(differences(fresh, join(folder.path, 'none'))).toHaveLength(3);
  });
});

describe('the command', () => {
  const COMMAND = join(import.meta.dirname, '../bin/graceful.cjs');
  const run = (...argv: string[]) => {
    const { status, stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const told = (version: string, program: string) => ({
    status: 69,
    stdout: '',
    stderr:
      `Graceful needs Node 24 or newer, this is ${version} (${program}).\n` +
      'No host was contacted; the site is as it was.\n' +
      'Install Node 24 (https://nodejs.org), then run this again; or run Graceful as the Action, which brings its own.\n',
  });

  test('runs the bundle', () => {
    const { status, stdout } = run(process.execPath, COMMAND, '--help');
    expect(status).toBe(0);
    expect(stdout).toContain('graceful');
  });

  test.each(['18.20.4', '23.11.0'])('says to Node %s which one it needs', (version) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' }); require('${COMMAND}')`;
    expect(run(process.execPath, '--eval', pretend)).toEqual(told(version, process.execPath));
  });

  const system = '/usr/bin/node';
  const version = run(system, '--print', 'process.versions.node').stdout?.trim() ?? '';
  test.runIf(Number.parseInt(version, 10) < 24)('is read by the older Node of this machine', () => {
    expect(run(system, COMMAND, '--help')).toEqual(told(version, system));
  });
});
