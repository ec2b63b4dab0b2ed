import { describe, expect, test } from 'vitest';
import { isAway, lackingTexts } from '../src/fleet/away.ts';
import { inactiveOf, oneTarget } from '../src/fleet/target.ts';
import { wavesOf } from '../src/fleet/waves.ts';
import { type HostEnd, wholeOutcome } from '../src/fleet/whole.ts';
import type { BackendStatus, Failure, Outcome, Result } from '../src/protocol/messages.ts';
import { HostError } from '../src/ssh/error.ts';

const [OLD, NEW] = ['20260101T000000Z-aaaaaaa', '20260102T000000Z-bbbbbbb'];

function end(host: string, result: HostEnd['result'], failure: Failure | null = null, to = NEW): HostEnd {
  const message = `${result} here.`;
  if (result === 'untouched' || result === 'unknown' || result === 'skipped')
    return { host, result, outcome: null, message, events: [] };
  const release = result === 'live' ? to : OLD;
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

test('hosts that are live with different releases are split, though each of them is well', () => {
  expect(wholeOutcome([end('a', 'live'), end('b', 'live', null, OLD), end('c', 'live')])).toEqual({
    result: 'split',
    release: null,
    previous: OLD,
    commit: null,
    message: 'a, b, c: live here.\nThe hosts serve different releases: deploy again, and all get one.',
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

describe('hosts that are away', () => {
  const at = (name: string, ...processes: string[]) => ({ name, host: { processes } });
  const [one, two, three] = [at('www1', 'worker', 'beat'), at('www2', 'worker'), at('www3', 'mailer')];

  test('what none of the others has is told with the host that has it', () => {
    const next = (name: string) => `the next one that reaches ${name} does.`;
    expect(lackingTexts('deploy', [one], [two, three])).toEqual([
      `No host that was reached has beat: this run starts it nowhere, ${next('www1')}`,
    ]);
    expect(lackingTexts('rollback', [one, three], [at('www4')])).toEqual([
      `No host that was reached has worker, beat: this run starts them nowhere, ${next('www1')}`,
      `No host that was reached has mailer: this run starts it nowhere, ${next('www3')}`,
    ]);
  });

  test('nothing is told where the others have it, or where nothing is started', () => {
    expect(lackingTexts('deploy', [two], [one, three])).toEqual([]);
    expect(lackingTexts('status', [one], [two, three])).toEqual([]);
  });

  test('one that refuses is not away', () => {
    const parts = { what: '', where: '', state: '', next: '' };
    expect(isAway(new HostError({ ...parts, kind: 'timeout' }))).toBe(true);
    for (const kind of ['host-key', 'authentication', 'answer'] as const)
      expect(isAway(new HostError({ ...parts, kind }))).toBe(false);
    expect(isAway(new Error('lost'))).toBe(false);
  });
});

describe('where all go that are told no release', () => {
  const web: BackendStatus = {
    backend: `${NEW}.1`,
    process: 'web',
    release: NEW,
    role: 'active',
    since: null,
    up: true,
    pid: 1,
    memoryBytes: null,
    listening: true,
    until: null,
    health: null,
  };
  const links = { current: NEW, previous: OLD, working: null, previousWorking: null };

  test('an update means what stands by, the last of them, or else the release before', () => {
    expect(inactiveOf({ backends: [web], links })).toBe(OLD);
    expect(inactiveOf({ backends: [web], links: { ...links, previous: null } })).toBeNull();
    const standby: BackendStatus = { ...web, role: 'standby' };
    const ids = ['20260103T000000Z-ccccccc', '20260104T000000Z-ddddddd'];
    const backends = [...ids.map((release): BackendStatus => ({ ...standby, release })), web];
    expect(inactiveOf({ backends, links })).toBe(ids[1]);
    expect(inactiveOf({ backends: [web, { ...standby, process: 'worker' }], links })).toBe(OLD);
  });

  test('is one release, or none anywhere', () => {
    const at = (release: string | null) => ['a', 'b', 'c'].map((name) => ({ name, release }));
    expect(oneTarget('update', 'production', at(OLD))).toBe(OLD);
    expect(oneTarget('rollback', 'production', at(null))).toBeNull();
  });

  test.for([
    ['update', NEW, 'beside', 'graceful activate RELEASE'],
    ['update', null, 'beside', 'graceful activate RELEASE'],
    ['rollback', NEW, 'before', 'graceful rollback RELEASE'],
  ] as const)('is refused where they differ: %s, %s', ([command, other, which, next]) => {
    const targets = [
      { name: 'a', release: OLD },
      { name: 'b', release: OLD },
      { name: 'c', release: other },
    ];
    let error: unknown;
    try {
      oneTarget(command, 'production', targets);
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof HostError)) throw new Error('no HostError', { cause: error });
    expect(error).toMatchObject({ kind: 'answer', where: 'production', next: expect.stringContaining(next) });
    const told = `a: ${OLD}; b: ${OLD}; c: ${other ?? 'none'}`;
    expect(error.what).toBe(`the hosts do not have the same release ${which} the live one (${told}).`);
  });
});

test.for([
  [4, 0, '100%', '0123'],
  [4, 1, '100%', '0 123'],
  [8, 1, '25%', '0 12 34 56 7'],
  // Of all of them, and rounded up.
  [10, 1, '25%', '0 123 456 789'],
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
