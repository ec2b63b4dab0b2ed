import { describe, expect, test } from 'vitest';
import { wavesOf } from '../src/fleet/waves.ts';
import { type HostEnd, wholeOutcome } from '../src/fleet/whole.ts';
import type { Failure, Outcome, Result } from '../src/protocol/messages.ts';

const [OLD, NEW] = ['20260101T000000Z-aaaaaaa', '20260102T000000Z-bbbbbbb'];

function end(host: string, result: HostEnd['result'], failure: Failure | null = null): HostEnd {
  const message = `${result} here.`;
  if (result === 'untouched' || result === 'unknown' || result === 'skipped')
    return { host, result, outcome: null, message, events: [] };
  const release = result === 'live' ? NEW : OLD;
  const outcome: Outcome = { result, release, previous: OLD, commit: release.slice(-7), message, failure };
  return { host, result, outcome, message, events: [] };
}

const failure: Failure = { step: 'check', what: 'no answer', next: 'Look.', answer: null, log: ['boom'] };

describe('the result of the whole', () => {
  test.for<[HostEnd['result'][], Result]>([
    [['live', 'live'], 'live'],
    [['unchanged', 'unchanged'], 'unchanged'],
    [['done', 'done'], 'done'],
    [['failed', 'failed', 'untouched'], 'failed'],
    [['failed', 'fell-back'], 'fell-back'],
    [['superseded', 'failed'], 'superseded'],
    [['live', 'fell-back'], 'split'],
    [['live', 'untouched'], 'split'],
    // It may have confirmed.
    [['fell-back', 'unknown'], 'split'],
    [['live', 'unknown'], 'split'],
    [['fell-back', 'not-reverted', 'live'], 'not-reverted'],
    [['done', 'failed'], 'failed'],
    [['untouched', 'untouched'], 'failed'],
    [['live', 'skipped'], 'live'],
  ])('of %j is %s', ([results, whole]) => {
    expect(wholeOutcome(results.map((result, index) => end(`www${index}`, result))).result).toBe(whole);
  });
});

test('what all hosts say alike is said of the whole', () => {
  expect(wholeOutcome([end('a', 'live'), end('b', 'live')])).toEqual({
    result: 'live',
    release: NEW,
    previous: OLD,
    commit: 'bbbbbbb',
    message: 'a, b: live here.',
    failure: null,
  });
});

test('of hosts that differ each is named, and the failure is that of the one to blame', () => {
  const cancelled = { ...failure, what: 'cancelled: b: no answer' };
  const ends = [end('a', 'fell-back', cancelled), end('b', 'fell-back', failure), end('c', 'unknown')];
  expect(wholeOutcome(ends, 'b')).toEqual({
    result: 'split',
    release: null,
    previous: null,
    commit: null,
    message: 'a, b: fell-back here.\nc: unknown here.',
    failure: { ...failure, what: 'b: no answer' },
  });
});

test.for([
  [4, 0, '100%', '0123'],
  [4, 1, '100%', '0 123'],
  [8, 1, '25%', '0 12 34 56 7'],
  [5, 2, '2', '01 23 4'],
  [3, 0, '1%', '0 1 2'],
  [2, 5, '1', '01'],
] as const)('%i hosts, canary %i, batch %s: %s', ([count, canary, batch, waves]) => {
  const hosts = Array.from({ length: count }, (_, index) => index);
  expect(
    wavesOf(hosts, { canary, batch })
      .map((wave) => wave.join(''))
      .join(' '),
  ).toBe(waves);
});
