import type { Measured, Results } from '../bench/report/results.ts';
import { LINES, type LineName } from '../bench/way.ts';

/** One measurement that went as it should, changed where a test wants it. */
export function run(changes: Partial<Measured> = {}): Measured {
  return {
    part: 'code',
    way: 'graceful',
    line: 'local',
    order: 0,
    size: null,
    exit: 0,
    firstNewMs: 900,
    lastOldMs: 890,
    exitMs: 1200,
    hostCpuMs: 700,
    visitors: visitors(),
    bytes: { toHost: 40_000, fromHost: 9000 },
    serves: '2',
    status: 200,
    ...changes,
  };
}

export function visitors(failed = 0, worstMs = 30): NonNullable<Measured['visitors']> {
  return { dynamic: { requests: 200, failed, worstMs }, static: { requests: 200, failed: 0, worstMs: worstMs / 3 } };
}

/** A benchmark run with these measurements. */
export function benchmark(runs: readonly Measured[], changes: Partial<Results> = {}): Results {
  return {
    at: '2026-11-23T02:10:00Z',
    commit: '0123456789abcdef0123456789abcdef01234567',
    quick: false,
    took: 5400,
    machine: { cpu: 'A processor of 2024', cores: 2, memoryMb: 8192, kernel: '6.1.0', os: 'Debian 12' },
    versions: { nginx: '1.22.1', gunicorn: '23.0.0', Capistrano: '3.17.1', Python: '3.11.2' },
    ways: WAYS.map(({ name, title }) => ({ name, title, how: `As the documentation of ${title} says.` })),
    site: { pythonFiles: 452, staticFiles: 300, packages: 63, envFiles: 6200, envMb: 140 },
    baseline: {
      startMs: [640, 650, 660],
      quietWorstMs: { dynamic: [28, 35, 31], static: [6, 4, 9] },
      environment: {
        coldMs: [8400, 8000, 8200],
        cachedMs: [1500, 1400, 1600],
        readMs: [250, 240, 260],
        uvMs: [7000, 7100, 6900],
        uvBytecodeMs: [9000, 9200, 8900],
      },
      bumpedPackage: { name: 'Django', from: '5.2.7', to: '5.2.8', bytes: Array.from({ length: 20 }, () => 3_100_000) },
    },
    runs: runs.map((run, order) => ({ ...run, order })),
    ...changes,
  };
}

/** What is known of each way, milliseconds on the local line. */
const WAYS: readonly {
  name: string;
  title: string;
  firstNew: number | null;
  exit: number;
  roundTrips: number;
  failed: number;
  worst: number;
  rollback?: number;
  bump?: number;
}[] = [
  {
    name: 'graceful',
    title: 'Graceful',
    firstNew: 950,
    exit: 1300,
    roundTrips: 5,
    failed: 0,
    worst: 42,
    rollback: 420,
    bump: 3_310_000,
  },
  {
    name: 'ssh-restart',
    title: 'ssh script, restart',
    firstNew: 3000,
    exit: 3100,
    roundTrips: 10,
    failed: 37,
    worst: 720,
    bump: 7_000_000,
  },
  {
    name: 'socket-unit',
    title: 'ssh script, restart behind a socket unit',
    firstNew: 2600,
    exit: 2700,
    roundTrips: 10,
    failed: 0,
    worst: 1200,
    bump: 7_000_000,
  },
  {
    name: 'ssh-reload',
    title: 'ssh script, reload',
    firstNew: null,
    exit: 2900,
    roundTrips: 10,
    failed: 0,
    worst: 1250,
  },
  {
    name: 'rsync',
    title: 'rsync, then ssh',
    firstNew: 3200,
    exit: 3300,
    roundTrips: 28,
    failed: 37,
    worst: 720,
    bump: 9_000_000,
  },
  {
    name: 'capistrano',
    title: 'Capistrano',
    firstNew: 5300,
    exit: 6100,
    roundTrips: 99,
    failed: 37,
    worst: 730,
    rollback: 2800,
  },
  {
    name: 'ansible',
    title: 'Ansible',
    firstNew: 11_400,
    exit: 13_000,
    roundTrips: 554,
    failed: 44,
    worst: 740,
    rollback: 4200,
  },
  {
    name: 'fabric',
    title: 'Fabric script',
    firstNew: 8800,
    exit: 9600,
    roundTrips: 99,
    failed: 188,
    worst: 3700,
    rollback: 3600,
  },
];

const SLOWER: Readonly<Record<LineName, (roundTrips: number) => number>> = {
  local: () => 0,
  '100mbit': () => 120,
  '100mbit-40ms': (roundTrips) => 120 + 40 * roundTrips,
};

/** A whole benchmark as it may come out: good enough to look at the page. */
export function wholeBenchmark(): Results {
  const runs: Measured[] = [];
  /** Some percent more or less, the same each time. */
  const about = (value: number): number => Math.round(value * (1 + (((runs.length * 7919) % 17) - 8) / 100));
  for (const line of LINES) {
    for (let round = 0; round < (line === 'local' ? 10 : 5); round += 1) {
      for (const { name, firstNew, exit, roundTrips, failed, worst, rollback, bump } of WAYS) {
        const later = SLOWER[line](roundTrips);
        const ours = name === 'graceful';
        const common = { way: name, line, visitors: visitors(failed && about(failed), about(worst)) };
        const first = firstNew === null ? null : about(firstNew + later);
        const times = {
          firstNewMs: first,
          lastOldMs: first === null ? about(exit) : first - 12,
          exitMs: about(exit + later),
        };
        runs.push(run({ ...common, ...times, part: 'code' }));
        runs.push(run({ ...common, ...times, part: 'unchanged', firstNewMs: null, lastOldMs: null }));
        const back = { firstNewMs: null, serves: ours ? '1' : null, status: ours ? 200 : 502, exit: ours ? 1 : 0 };
        runs.push(run({ ...common, ...times, ...back, part: 'broken' }));
        if (rollback !== undefined) {
          const took = about(rollback + later / 3);
          runs.push(run({ ...common, part: 'rollback', firstNewMs: took - 50, lastOldMs: took - 60, exitMs: took }));
        }
        if (bump !== undefined) {
          const bytes = { toHost: about(bump), fromHost: about(60_000) };
          runs.push(run({ ...common, ...times, part: 'bump', bytes, visitors: null }));
        }
      }
    }
  }
  const growth = (axis: 'hosts' | 'files' | 'kept', count: number, exitMs: number, hostCpuMs: number) => {
    for (let round = 0; round < 5; round += 1) {
      const times = { exitMs: about(exitMs), hostCpuMs: about(hostCpuMs) };
      runs.push(
        run({ part: 'growth', size: { axis, count }, visitors: null, firstNewMs: null, lastOldMs: null, ...times }),
      );
    }
  };
  for (const count of [1, 2, 4, 8]) growth('hosts', count, 1000 + 320 * count, 700 * count);
  for (const count of [1000, 5000, 20_000, 50_000]) growth('files', count, 1300, 700);
  for (const count of [5, 50, 200]) growth('kept', count, 1300, 700);
  return benchmark(runs);
}
