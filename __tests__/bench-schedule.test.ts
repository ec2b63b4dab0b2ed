import { expect, test } from 'vitest';
import { BUMPS } from '../bench/bed/wheels.ts';
import { remaining } from '../bench/remaining.ts';
import { SENDERS } from '../bench/report/picks.ts';
import { PARTS } from '../bench/report/results.ts';
import {
  type Contestant,
  choose,
  ONCE,
  type Plan,
  REPETITIONS,
  type RunStep,
  SIZES,
  type Step,
  schedule,
} from '../bench/schedule.ts';
import { LINES } from '../bench/way.ts';
import { ONLY_BYTES } from '../bench/ways/index.ts';

const CONTESTANTS: readonly Contestant[] = [
  { name: 'graceful', rollback: true, onlyBytes: false },
  { name: 'script', rollback: false, onlyBytes: false },
  { name: 'tar', rollback: false, onlyBytes: true },
];
const PLAN: Plan = {
  contestants: CONTESTANTS,
  parts: PARTS,
  lines: LINES,
  repetitions: REPETITIONS,
  growing: 'graceful',
  seed: 1,
};
const SMALL: Plan = { ...PLAN, lines: ['local'], repetitions: ONCE, growing: null };

/** Runs with the line they are at. */
function runsOf(plan: Plan): (RunStep & { readonly line: string })[] {
  let line = '';
  return schedule(plan).flatMap((step) => {
    if (step.kind === 'line') line = step.line;
    return step.kind === 'run' ? [{ ...step, line }] : [];
  });
}

test('each way is measured as often as asked for, at each line', () => {
  const runs = runsOf(PLAN);
  const count = (part: string, way: string, line: string) =>
    runs.filter((run) => run.part === part && run.way === way && run.line === line).length;
  for (const line of LINES) {
    for (const part of ['code', 'unchanged', 'bump']) {
      expect(count(part, 'graceful', line)).toBe(REPETITIONS[line]);
      expect(count(part, 'script', line)).toBe(REPETITIONS[line]);
    }
    expect(count('rollback', 'graceful', line)).toBe(REPETITIONS[line]);
    expect(count('rollback', 'script', line)).toBe(0);
    expect(count('bump', 'tar', line)).toBe(REPETITIONS[line]);
    expect(count('code', 'tar', line)).toBe(0);
  }
  for (const line of LINES)
    expect(['graceful', 'script', 'tar'].map((way) => count('broken', way, line))).toEqual([1, 1, 0]);
  expect(new Set(runs.flatMap(({ part, size }) => (part === 'growth' ? [size] : [])))).toEqual(new Set(SIZES));
});

test('environments of all sizes take turns, and each that is measured is live already', () => {
  const steps = schedule({ ...PLAN, parts: ['growth'], lines: ['local'] });
  const at = steps.flatMap((step, place) => {
    const files = step.kind === 'run' && step.part === 'growth' && step.size?.axis === 'files';
    return files ? [{ place, count: step.size.count }] : [];
  });
  expect(at).toHaveLength(4 * 8);
  for (const { place, count } of at) {
    const size = { axis: 'files', count };
    const before = steps.slice(place - 4, place);
    expect(before.map(({ kind }) => kind)).toEqual(['grow', 'commit', 'run', 'commit']);
    expect(before).toMatchObject([{ size }, {}, { part: null }, {}]);
  }
  const rounds = Array.from({ length: 8 }, (_, round) => at.slice(4 * round, 4 * round + 4).map(({ count }) => count));
  for (const round of rounds) expect(round.toSorted((a, b) => a - b)).toEqual([1_000, 5_000, 20_000, 50_000]);
  expect(new Set(rounds.map(String)).size).toBeGreaterThan(1);
});

test('every way has deployed twice before anything is measured', () => {
  const runs = runsOf(SMALL);
  const first = runs.findIndex(({ part }) => part !== null);
  expect(
    runs
      .slice(0, first)
      .map(({ way }) => way)
      .sort(),
  ).toEqual(CONTESTANTS.flatMap(({ name }) => [name, name]).sort());
});

test('a rollback comes right after its deploy, a bump brings it forth again, and a deploy of what is live finds it live', () => {
  const of = (way: string) =>
    runsOf(SMALL)
      .filter((run) => run.way === way)
      .slice(2)
      .map(({ part, verb }) => `${part} ${verb}`);
  expect(of('graceful')).toEqual([
    'code deploy',
    'rollback rollback',
    'bump deploy',
    'unchanged deploy',
    'broken deploy',
  ]);
  expect(of('script')).toEqual(['code deploy', 'bump deploy', 'unchanged deploy', 'broken deploy']);
  expect(of('tar')).toEqual(['bump deploy']);
});

test('all ways of a round meet the same two commits, the second of which bumps a package', () => {
  const commits: { bump: boolean; ways: Set<string> }[] = [];
  for (const step of schedule(PLAN)) {
    if (step.kind === 'commit') commits.push({ bump: step.bump, ways: new Set() });
    else if (step.kind === 'run') commits.at(-1)?.ways.add(step.way);
  }
  const rounds = REPETITIONS.local + REPETITIONS['100mbit'] + REPETITIONS['100mbit-40ms'];
  const [warm, measured] = [commits.slice(0, 2), commits.slice(2, 2 + 2 * rounds)];
  for (const { bump, ways } of warm) expect([bump, ways]).toEqual([false, new Set(['graceful', 'script', 'tar'])]);
  for (const [at, { bump, ways }] of measured.entries()) {
    expect(bump).toBe(at % 2 === 1);
    expect(ways).toEqual(new Set(bump ? ['graceful', 'script', 'tar'] : ['graceful', 'script']));
  }
  expect(commits.slice(2 + 2 * rounds).some(({ bump }) => bump)).toBe(false);
});

test('the lines take turns, too', () => {
  const lines = schedule(PLAN).flatMap((step) => (step.kind === 'line' ? [step.line] : []));
  expect(lines.slice(0, 9)).toEqual([
    'local',
    ...['local', '100mbit', '100mbit-40ms', 'local'],
    ...['local', '100mbit', '100mbit-40ms', 'local'],
  ]);
});

test('there is another version of the bumped package for each time that it is bumped', () => {
  const bumps = schedule(PLAN).filter((step) => step.kind === 'commit' && step.bump);
  expect(new Set(BUMPS).size).toBe(BUMPS.length);
  expect(BUMPS.length).toBeGreaterThan(bumps.length);
});

test('all ways deploy a good commit between two that break the site, and no other way after the last one', () => {
  const steps = schedule(PLAN);
  const breaks = steps.findIndex((step) => step.kind === 'commit' && step.broken);
  const after = steps.slice(breaks).filter((step) => step.kind === 'commit' || step.kind === 'run');
  const turns = [0, 1, 2, 3, 4].map((turn) => after.slice(turn * 3, turn * 3 + 3));
  const ways = new Set(['graceful', 'script']);
  for (const [turn, [commit, ...runs]] of turns.entries()) {
    const broken = turn % 2 === 0;
    expect(commit).toEqual({ kind: 'commit', bump: false, broken });
    expect(runs.map((step) => step.kind === 'run' && step.part)).toEqual(broken ? ['broken', 'broken'] : [null, null]);
    expect(new Set(runs.map((step) => step.kind === 'run' && step.way))).toEqual(ways);
  }
  const later = after.slice(15).flatMap((step) => (step.kind === 'run' ? [step.way] : []));
  expect(new Set(later)).toEqual(new Set(['graceful']));
});

test('the ways take turns in orders that differ, the same ones for the same seed', () => {
  const contestants = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, rollback: false, onlyBytes: false }));
  const orders = (seed: number): string[] => {
    const names = runsOf({ ...PLAN, contestants, parts: ['code'], growing: null, seed }).map(({ way }) => way);
    return Array.from({ length: names.length / 5 }, (_, round) => names.slice(round * 5, round * 5 + 5).join(''));
  };
  expect(orders(1)).toEqual(orders(1));
  expect(orders(2)).not.toEqual(orders(1));
  expect(new Set(orders(1)).size).toBeGreaterThan(10);
  for (const order of orders(1)) expect([...order].sort().join('')).toBe('abcde');
});

test('a rollback alone is measured after a deploy that is not', () => {
  const runs = runsOf({ ...SMALL, parts: ['rollback'] }).filter(({ way }) => way === 'graceful');
  expect(runs.slice(2).map(({ part, verb }) => `${part} ${verb}`)).toEqual(['null deploy', 'rollback rollback']);
  expect(runsOf({ ...SMALL, parts: ['rollback'] }).some(({ way, part }) => way === 'script' && part !== null)).toBe(
    false,
  );
});

test('what was rolled back is brought forth before it is deployed unchanged', () => {
  const runs = runsOf({ ...SMALL, parts: ['rollback', 'unchanged'] }).filter(({ way }) => way === 'graceful');
  expect(runs.slice(2).map(({ part, verb }) => `${part} ${verb}`)).toEqual([
    'null deploy',
    'rollback rollback',
    'null deploy',
    'unchanged deploy',
  ]);
});

test('the page knows the ways that only count bytes', () => {
  expect(SENDERS).toEqual(ONLY_BYTES.map(({ name }) => name));
});

test('what is left takes as long as what was most like it', () => {
  const one = (way: string, part: RunStep['part'], verb: RunStep['verb'] = 'deploy'): RunStep => ({
    kind: 'run',
    way,
    verb,
    part,
    size: null,
  });
  const done = [
    { step: one('a', 'code'), ms: 1000 },
    { step: one('a', 'code'), ms: 3000 },
    { step: one('a', 'bump'), ms: 8000 },
    { step: one('b', 'code'), ms: 500 },
  ];
  const after = (...steps: Parameters<typeof remaining>[1]) => remaining(done, steps);
  expect(after()).toBe(0);
  expect(after(one('a', 'code'), one('a', 'bump'))).toBe(10_000);
  // Another part of the same way; a way that is new.
  expect(after(one('a', 'unchanged'))).toBe(4000);
  expect(after(one('c', 'code'))).toBe(3125);
  expect(after(one('a', 'rollback', 'rollback'), { kind: 'line', line: 'local' })).toBe(0);
  const grow: Step = { kind: 'grow', way: 'a', size: { axis: 'files', count: 1_000 } };
  expect(after(grow, { ...grow, size: { axis: 'hosts', count: 1_000 } }, grow)).toBe(120_000);
  expect(remaining([{ step: grow, ms: 300_000 }], [grow])).toBe(0);
});

test('names choose among parts, ways and lines; what no name is of stays whole', () => {
  const all = { parts: PARTS, lines: LINES, ways: ['graceful', 'script'] };
  expect(choose([], all)).toEqual(all);
  expect(choose(['code', 'bump', 'local'], all)).toEqual({ ...all, parts: ['code', 'bump'], lines: ['local'] });
  expect(() => choose(['code', 'quickly'], all)).toThrow('--only quickly: there are code, broken');
});
