import { expect, test } from 'vitest';
import { PARTS } from '../bench/report/results.ts';
import {
  type Contestant,
  choose,
  ONCE,
  type Plan,
  REPETITIONS,
  type RunStep,
  SIZES,
  schedule,
} from '../bench/schedule.ts';
import { LINES } from '../bench/way.ts';

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
  expect(
    runs
      .filter(({ part }) => part === 'broken')
      .map(({ way, line }) => `${way} ${line}`)
      .sort(),
  ).toEqual(['graceful local', 'script local']);
  expect(new Set(runs.flatMap(({ part, size }) => (part === 'growth' ? [size] : [])))).toEqual(new Set(SIZES));
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

test('a rollback comes right after its deploy, and a deploy of what is live finds it live', () => {
  const ours = runsOf(SMALL)
    .filter(({ way }) => way === 'graceful')
    .slice(2);
  expect(ours.map(({ part, verb }) => `${part} ${verb}`)).toEqual([
    'code deploy',
    'rollback rollback',
    'null deploy',
    'unchanged deploy',
    'bump deploy',
    'broken deploy',
  ]);
});

test('no other way deploys after the commit that breaks the site', () => {
  const steps = schedule(PLAN);
  const breaks = steps.findIndex((step) => step.kind === 'commit' && step.broken);
  const after = steps.slice(breaks).filter((step) => step.kind === 'run');
  expect(after.slice(0, 2).map(({ part }) => part)).toEqual(['broken', 'broken']);
  expect(new Set(after.slice(2).map(({ way }) => way))).toEqual(new Set(['graceful']));
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

test('names choose among parts, ways and lines; what no name is of stays whole', () => {
  const all = { parts: PARTS, lines: LINES, ways: ['graceful', 'script'] };
  expect(choose([], all)).toEqual(all);
  expect(choose(['code', 'bump', 'local'], all)).toEqual({ ...all, parts: ['code', 'bump'], lines: ['local'] });
  expect(() => choose(['code', 'quickly'], all)).toThrow('--only quickly: there are code, broken');
});
