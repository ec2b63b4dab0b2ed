import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { goals } from '../bench/report/goals.ts';
import { whatHoldsUp } from '../bench/report/opening.ts';
import { page, writePage } from '../bench/report/page.ts';
import { inShort } from '../bench/report/readme.ts';
import { results } from '../bench/report/results.ts';
import { safetyTable } from '../bench/report/tables.ts';
import { staleDocs } from '../scripts/docs.ts';
import { benchmark, run, wholeBenchmark } from './bench-report.fixtures.ts';

test('README.md and docs/benchmarks.md say what the newest benchmark run says', async () => {
  expect(await staleDocs(), 'run `npm run docs` and commit what it writes').toEqual([]);
});

describe('what README.md tells', () => {
  test('has the links, Graceful beside the fastest peer, and what visitors saw', () => {
    const text = inShort(wholeBenchmark());
    expect(text).toContain('on one machine of 2 cores on 2026-11-23');
    const rows = text.split('\n').filter((row) => row.startsWith('| '));
    expect(rows.map((row) => row.split(' | ').slice(0, 2).join(', '))).toEqual([
      '| What, Link',
      '| ---, ---',
      ...['local link', '100 Mbit/s', '100 Mbit/s, 40 ms round trip'].map(
        (link) => `| Code-only deploy, first answer of the new version, ${link}`,
      ),
      ...['local link', '100 Mbit/s', '100 Mbit/s, 40 ms round trip'].map(
        (link) => `| Rollback, whole command, ${link}`,
      ),
    ]);
    expect(rows[2]).toMatch(
      /\| \*\*0\.9\d s\*\* \| 2\.6\d s \| 0\.3\d x \| ssh script, restart behind a socket unit: 0 of /,
    );
    expect(text).toMatch(/rollbacks included, 0 of 32.000 requests failed\. 12 of the 13 goals/);
  });

  test('says so where nothing was measured yet', () => {
    expect(inShort(null)).toMatch(/^Not measured yet: `npm run bench` measures it/);
  });
});

describe('the page', () => {
  test('is written with its plots, and without those of a run before', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'graceful-bench-'));
    await writePage(wholeBenchmark(), folder.path);
    const text = await readFile(join(folder.path, 'benchmarks.md'), 'utf8');
    expect(text.trimEnd().split('\n').at(-1)).toBe('bench: 12 of 13 goals met');
    const linked = [...text.matchAll(/\]\(benchmarks\/([^)]*)\)/g)].map(([, name]) => name);
    expect(linked).toHaveLength(12);
    expect((await readdir(join(folder.path, 'benchmarks'))).sort()).toEqual(linked.sort());

    await writePage(benchmark([run()]), folder.path);
    expect((await readdir(join(folder.path, 'benchmarks'))).sort()).toEqual([
      'code-exit.svg',
      'code-first-answer.svg',
      'failed.svg',
      'slowest.svg',
    ]);
  });

  test('is the same for the same figures', () => {
    expect(page(results.parse(JSON.parse(JSON.stringify(wholeBenchmark()))))).toEqual(page(wholeBenchmark()));
  });

  test('says so where it is of a quick run', () => {
    expect(page(benchmark([], { quick: true }))['benchmarks.md']).toContain('Nothing can be concluded from it.');
    expect(page(benchmark([]))['benchmarks.md']).not.toContain('Nothing can be concluded');
  });

  test('speaks of those that only send files where they took part', () => {
    const { ways } = benchmark([]);
    const senders = [...ways, { name: 'tar-zst', title: 'one tar.zst over ssh', how: 'As tar does.' }];
    const speaks = /Beside the other ways, two that.*The two that only send files/s;
    expect(page(benchmark([], { ways: senders }))['benchmarks.md']).toMatch(speaks);
    expect(page(benchmark([]))['benchmarks.md']).not.toMatch(/Beside the other ways|only send files/);
  });

  test('has the environment beside the bare tool, where it was measured', () => {
    const text = page(wholeBenchmark())['benchmarks.md'];
    expect(text).toContain('| **Graceful**, nothing kept but the wheels | 3 | 8.20 s (8.00 s to 8.40 s) |');
    expect(text).toContain('| the same with `--compile-bytecode` | 3 | 9.00 s (8.90 s to 9.20 s) |');
  });

  test('has a table per link, Graceful first and then the fastest', () => {
    const rows = (page(wholeBenchmark())['benchmarks.md'] ?? '').split('\n');
    const at = rows.indexOf('**100 Mbit/s, 40 ms round trip**');
    expect(rows.slice(at + 2, at + 6)).toEqual([
      '| Way | Runs | First new answer | Last old answer | Exit | Failed requests | Slowest page | Slowest static file | To the host | From the host |',
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      expect.stringMatching(/^\| \*\*Graceful\*\* \| 5 \| 1\.\d\d s \(1\.\d\d s to 1\.\d\d s\) \|/),
      expect.stringMatching(/^\| ssh script, restart behind a socket unit \| 5 \| 3\.\d\d s /),
    ]);
    expect(rows.find((row) => row.startsWith('| ssh script, reload | 10 |'))).toContain('| never |');
  });

  test('says that a broken commit was put live at each link, where it was', () => {
    const local = run({ part: 'broken', exit: 1, firstNewMs: null });
    const atEach = ', once at each link and a good one between:';
    expect(page(benchmark([local, { ...local, line: '100mbit' }]))['benchmarks.md']).toContain(atEach);
    expect(page(benchmark([local]))['benchmarks.md']).not.toContain(atEach);
  });

  test('says what holds up a goal that is missed, and of eight hosts what they shared', () => {
    const text = page(wholeBenchmark())['benchmarks.md'];
    expect(text).toContain('- Eight hosts in at most 1.6 x the time of one. See [below](#hosts-at-once).');
    expect(text).toContain('eight starts that share 2 cores take at least about 2.60 s');
    const judged = goals(benchmark([run({ part: 'growth', size: { axis: 'hosts', count: 1 } })]));
    expect(whatHoldsUp(judged)).toBe('');
  });
});

test('the safety table tells what the site answers after a broken commit', () => {
  const broken = { part: 'broken', firstNewMs: null } as const;
  const table = safetyTable(
    benchmark([
      run({ ...broken, exit: 1 }),
      run({ ...broken, way: 'fabric', exit: 0, status: 502, serves: null }),
      run({ ...broken, way: 'fabric', exit: 1, status: null, serves: null }),
      run({ ...broken, way: 'rsync', firstNewMs: 10 }),
    ]),
  );
  expect(
    table
      .split('\n')
      .slice(2)
      .map((row) => row.split(' | ').slice(0, 4)),
  ).toEqual([
    ['| **Graceful**', '1', '1', 'the version before'],
    ['| rsync, then ssh', '1', '0', 'the broken version'],
    ['| Fabric script', '2', '0 in 1 of 2, 1 in 1 of 2', 'an error: 502 in 1 of 2, nothing: no answer in 1 of 2'],
  ]);
});

describe('each plot', () => {
  const files = page(wholeBenchmark());
  const svgs = Object.entries(files).filter(([path]) => path.endsWith('.svg'));

  test.each(svgs)('%s tells its figures in words, and is readable in light and dark', (_, svg) => {
    expect(svg).toMatch(/<title id="title">[^<]+<\/title>\n {2}<desc id="told">[^<]*Graceful[^<]* \d[^<]*<\/desc>/);
    expect(svg).toContain('role="img" aria-labelledby="title told"');
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('says so where its scale is logarithmic', () => {
    const told = svgs.filter(([, svg]) => svg.includes('the scale is logarithmic')).map(([path]) => path);
    expect(told.filter((path) => !path.includes('growth'))).toEqual([
      'benchmarks/slowest.svg',
      'benchmarks/bump-bytes.svg',
    ]);
  });
});
