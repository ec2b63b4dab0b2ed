import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPythons } from '../scripts/python.ts';
import { culprit, placeInCode, tracebacks } from '../src/report/traceback.ts';

const RELEASE = 'releases/20261122T043400Z-abcdef1';

/** What every Python here prints when `main.py` of a release dies; `files` are relative to the release's folder. */
function* dyingSites(files: Record<string, string>, oldest = 9): Generator<{ minor: string; log: string[] }> {
  for (const { minor, executable } of findPythons().filter((python) => Number(python.minor.slice(2)) >= oldest)) {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-site-'));
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder.path, RELEASE, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const { stderr, status } = spawnSync(executable, ['-B', join(folder.path, RELEASE, 'code/main.py')], {
      encoding: 'utf8',
      env: { PYTHONPATH: join(folder.path, RELEASE, 'venv') },
    });
    expect(status).toBe(1);
    yield { minor, log: stderr.split('\n') };
  }
}

describe('the culprit of a real traceback', () => {
  test('is the innermost frame in the site’s code, not the library below it', () => {
    let pythons = 0;
    for (const { log } of dyingSites({
      'code/main.py': 'import shop.settings\n',
      'code/shop/settings.py': 'import library\n\nlibrary.load(\n    "x",\n)\n',
      'venv/library.py': 'def load(name):\n    raise ValueError(f"no {name}\\nsecond line")\n',
    })) {
      pythons += 1;
      expect(culprit(log)).toMatchObject({ place: { path: 'shop/settings.py', line: 3 }, error: 'ValueError: no x' });
      expect(tracebacks(log).map(({ frames }) => frames.at(-1)?.line)).toEqual([2]);
      expect(culprit(['before', ...log, 'after'])?.lines).toEqual(log.slice(0, log.indexOf('ValueError: no x') + 1));
    }
    expect(pythons).toBeGreaterThan(0);
  });

  test('is in a project below the top of its repository, too', () => {
    for (const { log } of dyingSites({
      'code/main.py': 'import sys\nsys.path.insert(0, sys.path[0] + "/apps/shop")\nimport shop.settings\n',
      'code/apps/shop/shop/settings.py': '\nraise KeyError("KEY")\n',
    })) {
      expect(culprit(log)?.place).toEqual({ path: 'apps/shop/shop/settings.py', line: 2 });
    }
  });

  test('is the line that does not compile', () => {
    for (const { log } of dyingSites({
      'code/main.py': 'import broken\n',
      'code/broken.py': 'x = 1\n\nif x\n    pass\n',
    })) {
      expect(culprit(log)?.place).toEqual({ path: 'broken.py', line: 3 });
      expect(culprit(log)?.error).toMatch(/^SyntaxError: /);
    }
  });

  test('is in the last of chained tracebacks', () => {
    const main = 'try:\n    import gone\nexcept ImportError as error:\n    raise RuntimeError("second") from error\n';
    for (const { log } of dyingSites({ 'code/main.py': main })) {
      expect(tracebacks(log).map(({ error }) => error)).toEqual([
        "ModuleNotFoundError: No module named 'gone'",
        'RuntimeError: second',
      ]);
      expect(culprit(log)).toMatchObject({ place: { path: 'main.py', line: 4 }, error: 'RuntimeError: second' });
    }
  });

  test('is found inside an exception group', () => {
    const main =
      'def a():\n    raise KeyError("k")\n\n\ntry:\n    a()\nexcept KeyError as error:\n    found = error\n\nraise ExceptionGroup("both", [found])\n';
    for (const { log } of dyingSites({ 'code/main.py': main }, 11)) {
      expect(tracebacks(log)).toHaveLength(2);
      expect(culprit(log)).toMatchObject({ place: { path: 'main.py', line: 2 }, error: "KeyError: 'k'" });
    }
  });
});

describe('a log without a place in the site’s code', () => {
  test('has no place', () => {
    expect(culprit([])).toBeUndefined();
    expect(
      culprit(['[2026-11-22] [INFO] Booting worker', 'File "/srv/shop/releases/x/code/a.py", line 1']),
    ).toBeUndefined();
    expect(
      culprit(['Traceback (most recent call last):', '  File "/usr/lib/python3.11/os.py", line 1, in x', 'OSError']),
    ).toMatchObject({ place: undefined, error: 'OSError' });
  });

  test('ends before the error: its frames count all the same', () => {
    const log = [
      'Traceback (most recent call last):',
      `  File "/srv/shop/${RELEASE}/code/a b/é.py", line 12, in <module>`,
    ];
    expect(culprit(log)).toMatchObject({ place: { path: 'a b/é.py', line: 12 }, error: '' });
  });

  test('names other folders called code, or a release id of another form', () => {
    const frame = (file: string) => ({ frames: [{ file, line: 1 }] });
    expect(placeInCode(frame('/home/me/code/a.py'))).toBeUndefined();
    expect(placeInCode(frame('/srv/shop/releases/latest/code/a.py'))).toBeUndefined();
    expect(placeInCode(frame(`/srv/shop/${RELEASE}/venv/lib/a.py`))).toBeUndefined();
  });
});
