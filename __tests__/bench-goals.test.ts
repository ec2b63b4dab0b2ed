import { describe, expect, test } from 'vitest';
import { type Goal, goals, type Kind, lastLine } from '../bench/report/goals.ts';
import type { Measured, Results } from '../bench/report/results.ts';
import { LINES } from '../bench/way.ts';
import { benchmark, run, visitors, wholeBenchmark } from './bench-report.fixtures.ts';

/** The goals of one kind by a benchmark with these runs. */
const judge = (kind: Kind, runs: readonly Measured[], changes: Partial<Results> = {}): Goal[] =>
  goals(benchmark(runs, changes)).filter((goal) => goal.kind === kind);

const atEveryLine = (...changes: Partial<Measured>[]): Measured[] =>
  LINES.flatMap((line) => changes.map((change) => run({ line, ...change })));

const withEnvironment = (changes: Partial<Results['baseline']['environment']>): Pick<Results, 'baseline'> => {
  const { baseline } = benchmark([]);
  return { baseline: { ...baseline, environment: { ...baseline.environment, ...changes } } };
};

const missed = ([goal]: readonly Goal[]): string => {
  if (goal === undefined || goal.state === 'not measured') throw new Error('that was not measured');
  return goal.by;
};

describe('all goals together', () => {
  test('are 13: two at each of three links, and seven', () => {
    const judged = goals(wholeBenchmark());
    expect(judged.map(({ kind, line }) => (line === null ? kind : `${kind} ${line}`))).toEqual([
      ...['start local', 'start 100mbit', 'start 100mbit-40ms'],
      ...['whole local', 'whole 100mbit', 'whole 100mbit-40ms'],
      ...['rollback', 'package', 'visitors', 'hosts', 'env', 'cold', 'cached'],
    ]);
    expect(lastLine(judged)).toBe('bench: 12 of 13 goals met');
  });

  test('are not met where nothing was measured', () => {
    const judged = goals(benchmark([], withEnvironment({ coldMs: [], cachedMs: [] })));
    expect(new Set(judged.map(({ state }) => state))).toEqual(new Set(['not measured']));
    expect(lastLine(judged)).toBe('bench: 0 of 13 goals met');
  });
});

describe('the first answer above the site’s own start (0.65 s)', () => {
  const peer = { way: 'ssh-restart', firstNewMs: 2650, visitors: visitors(37) };

  test('is judged by the median, at each link, against a peer that drops requests too', () => {
    const runs = atEveryLine({ firstNewMs: 1650 }, { firstNewMs: 1640 }, { firstNewMs: 9000 }, peer);
    expect(judge('start', runs)).toEqual(
      LINES.map((line) => ({
        kind: 'start',
        line,
        asks: expect.stringContaining('at most 0.5 x the fastest peer’s'),
        state: 'met',
        measured: '1.00 s (1.65 s less 0.65 s)',
        limit: '1.00 s: half of 2.00 s (ssh script, restart: 2.65 s)',
        by: '',
      })),
    );
  });

  test('is missed by what lies above', () => {
    expect(missed(judge('start', atEveryLine({ firstNewMs: 1900 }, peer)))).toBe('0.25 s too much (25 %)');
  });

  test('is missed with runs that did not put the new version live', () => {
    const runs = atEveryLine({ firstNewMs: 900 }, { firstNewMs: null }, { exit: 1 }, peer);
    expect(missed(judge('start', runs))).toBe('2 of 3 runs did not do what they were for');
  });

  test('is not compared with a peer that never served the new version', () => {
    const slower = { ...peer, way: 'capistrano', firstNewMs: 5000 };
    const [goal] = judge('start', atEveryLine({}, { ...peer, firstNewMs: null }, slower));
    expect(goal).toMatchObject({ state: 'met', limit: expect.stringContaining('Capistrano: 5.00 s') });
    expect(judge('start', atEveryLine({}, { ...peer, exit: 1 }))[0]).toMatchObject({
      state: 'not measured',
      why: 'no run of a peer that worked',
    });
  });
});

describe('the whole deploy', () => {
  test.each([
    [2699, ''],
    [2700, 'not faster'],
    [3000, '0.30 s too much (11 %)'],
  ])('of %d ms against 2 700 ms', (exitMs, by) => {
    const runs = atEveryLine({ exitMs }, { way: 'socket-unit', exitMs: 2700 }, { way: 'fabric', exitMs: 9000 });
    expect(missed(judge('whole', runs))).toBe(by);
  });

  test('lasts until the new version is served alone, also where the command ends before; its own time is told', () => {
    const reload = { way: 'ssh-reload', exitMs: 2000, firstNewMs: 4000, lastOldMs: 2900 };
    const [goal] = judge('whole', atEveryLine({ exitMs: 3000 }, reload, { ...reload, lastOldMs: 4300 }));
    expect(goal).toMatchObject({
      state: 'met',
      measured: '3.00 s (the command alone: 3.00 s)',
      limit: '4.15 s (ssh script, reload; the command alone: 2.00 s, ssh script, reload)',
    });
  });
});

describe('the rollback', () => {
  const back = (exitMs: number, way = 'graceful') => ({ part: 'rollback', way, exitMs }) as const;

  test('is met where it is met at each link', () => {
    const [goal] = judge('rollback', atEveryLine(back(700), back(2800, 'capistrano'), back(3600, 'fabric')));
    expect(goal).toMatchObject({
      state: 'met',
      measured:
        'local link: 0.25 x (0.70 s); 100 Mbit/s: 0.25 x (0.70 s); 100 Mbit/s, 40 ms round trip: 0.25 x (0.70 s)',
    });
  });

  test('names the link where it is missed, or not measured', () => {
    const runs = atEveryLine(back(700), back(2800, 'capistrano'));
    const slower = runs.map((one) =>
      one.line === '100mbit' && one.way === 'graceful' ? { ...one, exitMs: 800 } : one,
    );
    expect(missed(judge('rollback', slower))).toBe('100 Mbit/s: 0.10 s too much (14 %)');
    const fewer = runs.filter(({ line, way }) => line !== 'local' || way === 'graceful');
    expect(judge('rollback', fewer)[0]).toMatchObject({
      state: 'not measured',
      why: 'local link: no run of a peer that worked',
    });
  });
});

describe('one package bumped (3.1 MB)', () => {
  const bump = (toHost: number): Partial<Measured> => ({
    part: 'bump',
    visitors: null,
    firstNewMs: null,
    bytes: { toHost, fromHost: 1 },
  });

  test.each([
    [3_565_000, ''],
    [3_720_000, '0.05 x too much (4 %)'],
  ])('with %d bytes to the host', (bytes, by) => {
    const runs = atEveryLine(bump(3_000_000)).map((one) => (one.line === '100mbit' ? { ...one, ...bump(bytes) } : one));
    expect(missed(judge('package', runs))).toBe(by);
  });

  test('is compared with the files of its own version', () => {
    const { baseline } = benchmark([]);
    const bumpedPackage = { ...baseline.bumpedPackage, bytes: [2_000_000, 4_000_000, 3_000_000] };
    const sent = [2_200_000, 4_400_000, 3_450_000];
    const runs = LINES.map((line, at) => run({ line, ...bump(sent[at] ?? 0) }));
    const [goal] = judge('package', runs, { baseline: { ...baseline, bumpedPackage } });
    expect(goal).toMatchObject({
      state: 'met',
      measured: 'local link: 1.10 x, 2.2 MB; 100 Mbit/s: 1.10 x, 4.4 MB; 100 Mbit/s, 40 ms round trip: 1.15 x, 3.5 MB',
      limit: '1.15 x (Django 5.2.7 to 5.2.8: 3.0 MB (2.0 MB to 4.0 MB))',
    });
  });

  test('is not measured without one of the links', () => {
    const runs = atEveryLine(bump(3_000_000)).filter(({ line }) => line !== 'local');
    expect(judge('package', runs)[0]).toMatchObject({ why: 'local link: no run of Graceful that worked' });
  });
});

describe('visitors', () => {
  const broken: Partial<Measured> = { part: 'broken', exit: 1, firstNewMs: null };
  const quiet = atEveryLine({}, broken);
  const limits = 'none; pages 105 ms; static files 100 ms';

  test('notice nothing', () => {
    expect(judge('visitors', quiet)[0]).toMatchObject({
      state: 'met',
      measured: '0 of 2\u202f400 requests failed; slowest of pages 30 ms; slowest of static files 10 ms',
      limit: limits,
    });
  });

  test.each<[string, Partial<Measured>, string]>([
    ['a failed request', { visitors: visitors(1) }, '1 failed'],
    [
      'a slow one',
      { part: 'growth', line: '100mbit', visitors: visitors(0, 210) },
      'pages 105 ms too much (100 %): growth, 100 Mbit/s',
    ],
    ['a broken commit that is seen', { ...broken, firstNewMs: 1000 }, '1 broken commits were seen by visitors'],
    ['a site that is down', { ...broken, status: 502 }, '1 broken commits were seen by visitors'],
  ])('notice %s', (_, change, by) => {
    expect(missed(judge('visitors', [...quiet, run(change)]))).toBe(by);
  });

  test('of peers do not count', () => {
    expect(missed(judge('visitors', [...quiet, run({ way: 'fabric', visitors: visitors(188, 3700) })]))).toBe('');
  });

  test('have to be there at each link, and for a broken commit', () => {
    const runs = quiet.filter(({ part, line }) => part !== 'broken' && line !== 'local');
    expect(judge('visitors', runs)[0]).toMatchObject({
      why: 'code, local link; broken: no run of Graceful with visitors',
    });
  });
});

describe('growth', () => {
  const grown = (axis: 'hosts' | 'files', count: number, change: Partial<Measured>): Measured =>
    run({ part: 'growth', size: { axis, count }, visitors: null, firstNewMs: null, ...change });

  test.each([
    [1600, ''],
    [2000, '0.40 s too much (25 %)'],
  ])('of one host in 1 000 ms to eight in %d ms', (exitMs, by) => {
    expect(missed(judge('hosts', [grown('hosts', 1, { exitMs: 1000 }), grown('hosts', 8, { exitMs })]))).toBe(by);
  });

  test('of files may cost less than an lstat each, by processor time where it is known', () => {
    const few = grown('files', 1000, { hostCpuMs: 500, exitMs: 1000 });
    const many = grown('files', 50_000, { hostCpuMs: 598, exitMs: 9000 });
    expect(missed(judge('env', [few, many]))).toBe('');
    expect(missed(judge('env', [few, { ...many, hostCpuMs: 800 }]))).toBe('0.20 s too much (34 %)');
    expect(missed(judge('env', [few, { ...many, hostCpuMs: null }]))).toBe('7.90 s too much (720 %)');
    expect(judge('env', [few])[0]?.state).toBe('not measured');
  });
});

describe('an environment on the runner’s side', () => {
  test.each([
    [[8400, 8000, 9000], ''],
    [[9240, 9240, 9240], '0.84 s too much (10 %)'],
  ])('built in %j ms, with bare uv at 7 000 ms', (coldMs, by) => {
    const goal = judge('cold', [], withEnvironment({ coldMs }));
    expect(missed(goal)).toBe(by);
    expect(goal[0]).toMatchObject({
      measured: expect.stringContaining('(uv with bytecode, which Graceful’s has: 9.00 s)'),
      limit: '8.40 s (uv: 7.00 s)',
    });
  });

  test.each([
    [[2250], ''],
    [[2750], '0.50 s too much (22 %)'],
  ])('kept, there in %j ms, with 250 ms to read it', (cachedMs, by) => {
    expect(missed(judge('cached', [], withEnvironment({ cachedMs })))).toBe(by);
  });
});
