import { describe, expect, test } from 'vitest';
import { linear, logarithmic } from '../bench/report/plot/scale.ts';
import { drift, median, spread } from '../bench/report/statistics.ts';
import { count, factor, latency, percent, spreadText } from '../bench/report/text.ts';

describe('statistics', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[10, 9], 9.5],
  ])('the median of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  test('nothing has no median, and no spread', () => {
    expect(() => median([])).toThrow('no numbers have no median');
    expect(spread([])).toBeNull();
  });

  test('a spread has the least and the most', () => {
    expect(spread([5, 1, 9, 2])).toEqual({ median: 3.5, min: 1, max: 9, count: 4 });
  });

  test('drift is how far the later half lies from the earlier', () => {
    expect(drift([100, 100, 110, 110])).toBeCloseTo(0.1);
    expect(drift([100, 100, 7, 90, 90])).toBeCloseTo(-0.1);
    expect(drift([100, 200, 300])).toBeNull();
  });
});

describe('figures as text', () => {
  test('have units, and as many digits as they are worth', () => {
    expect([latency(41.6), latency(999.6), latency(3720)]).toEqual(['42 ms', '1.00 s', '3.72 s']);
    expect([factor(0.25), percent(0.124), percent(-0.001), percent(-0.04)]).toEqual(['0.25 x', '12 %', '0 %', '-4 %']);
    expect([count(950), count(1234567)]).toEqual(['950', '1\u202f234\u202f567']);
  });

  test('name the least and the most only where they differ', () => {
    expect(spreadText(spread([41, 44, 52]), latency)).toBe('44 ms (41 ms to 52 ms)');
    expect(spreadText(spread([44.1, 44.2]), latency)).toBe('44 ms');
    expect(spreadText(null, latency)).toBe('never');
  });
});

describe('scales', () => {
  test.each([
    [0, [0, 1]],
    [4, [0, 1, 2, 3, 4]],
    [33_300, [0, 10_000, 20_000, 30_000, 40_000]],
    [1200, [0, 500, 1000, 1500]],
  ])('from nothing to %d', (most, ticks) => {
    const scale = linear(most, 100, 200);
    expect(scale.ticks).toEqual(ticks);
    expect([scale.place(0), scale.place(ticks.at(-1) ?? 0)]).toEqual([100, 200]);
  });

  test('by powers of ten, with nothing at the first', () => {
    const scale = logarithmic(42, 3700, 0, 300);
    expect(scale.ticks).toEqual([10, 100, 1000, 10_000]);
    expect([scale.place(0), scale.place(10), scale.place(100), scale.place(10_000)]).toEqual([0, 0, 100, 300]);
  });
});
