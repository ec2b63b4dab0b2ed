import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../src/config/duration.ts';
import { parseEnv } from '../src/config/env-input.ts';
import { isOneOf, isRefPattern } from '../src/config/ref-pattern.ts';
import { chooseStage } from '../src/config/stage-choice.ts';

test.each([
  ['500ms', 500],
  ['0s', 0],
  ['30s', 30_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['30', undefined],
  ['1.5s', undefined],
  ['-1s', undefined],
  ['5 m', undefined],
  ['5M', undefined],
  ['', undefined],
  ['1h30m', undefined],
])('duration %j', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  [0, '0ms'],
  [500, '500ms'],
  [45_000, '45s'],
  [90_000, '90s'],
  [300_000, '5m'],
  [86_400_000, '1d'],
])('%i ms in words', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
  expect(parseDuration(text)).toBe(ms);
});

describe('the env input', () => {
  const read = (text: string) => {
    const masked: string[] = [];
    const { env, faults } = parseEnv(text, (secret) => masked.push(secret));
    return { env, masked, faults: faults.map(({ line, message, mend }) => `${line}: ${message} | ${mend}`) };
  };

  test('lines, many lines, comments, CRLF, and values exactly as they stand', () => {
    const text =
      '# settings\r\n\r\n  A=1\r\nB= two words \r\nC="a=b"#c\nD=\nE<<END\nfirst\n# no comment\n\n last \nEND\nF=x<<y\n';
    expect(read(text)).toEqual({
      env: { A: '1', B: ' two words ', C: '"a=b"#c', D: '', E: 'first\n# no comment\n\n last ', F: 'x<<y' },
      masked: [' two words ', '"a=b"#c', 'first\n# no comment\n\n last ', 'first', '# no comment', ' last ', 'x<<y'],
      faults: [],
    });
  });

  const NAME = 'write KEY=VALUE: letters, digits and "_", no digit first, no space around "="';
  test.each([
    [
      'A=1\nhunter2',
      ['hunter2'],
      '2: this line has no "=" | write KEY=VALUE, or KEY<<EOF, the lines and EOF for a value of many lines',
    ],
    ['A = hunter2', [' hunter2'], `1: what stands before "=" is no name for a variable | ${NAME}`],
    ['export A=hunter2', ['hunter2', 'export A'], `1: what stands before "=" is no name for a variable | ${NAME}`],
    ['1A=hunter2', ['hunter2'], `1: what stands before "=" is no name for a variable | ${NAME}`],
    ['=hunter2', ['hunter2'], `1: what stands before "=" is no name for a variable | ${NAME}`],
    ['A=1\n\nA=hunter2', ['hunter2'], '3: A is here a second time, first on line 1 | keep one of the two'],
    [
      'GRACEFUL_RELEASE=hunter2',
      ['hunter2'],
      '1: GRACEFUL_... variables are set by Graceful itself | choose another name',
    ],
    [
      'A<<EOF\nhunter2\nhunter3',
      ['hunter2\nhunter3', 'hunter2', 'hunter3'],
      '1: the value that begins here has no end | end it with the word after "<<" on a line of its own',
    ],
    [
      'A=hunter\0two',
      ['hunter\0two'],
      '1: the value of A holds a NUL character | no process can get such a variable: encode the value',
    ],
  ])('%j is refused by its line, masked, and never quoted', (text, masked, fault) => {
    const result = read(text);
    expect(result.faults).toEqual([fault]);
    expect(result.masked).toEqual(masked);
    expect(fault).not.toContain('hunter');
  });

  test('reading goes on after a value of many lines, with the right line numbers', () => {
    expect(read('A<<X\n1\nX\nB\nC=2').faults).toEqual([
      '4: this line has no "=" | write KEY=VALUE, or KEY<<EOF, the lines and EOF for a value of many lines',
    ]);
  });
});

describe('patterns of branches and tags', () => {
  test.each([
    // Each pattern, what fits it, and what does not.
    ['main', ['main'], ['main2', 'a/main', 'Main', 'mai']],
    ['*', ['main', 'v1.2'], ['release/1']],
    ['release/*', ['release/1.2'], ['release/1/2', 'release', 'xrelease/1']],
    ['*/cart', ['ada/cart'], ['cart', 'x/ada/cart']],
    ['**', ['main', 'release/1/2'], []],
    ['feature/**', ['feature/cart', 'feature/ada/cart'], ['features/cart', 'feature']],
    ['release-**', ['release-1', 'release-1/2'], ['release/1', 'prerelease-1']],
    ['v**', ['v1', 'v1/2', 'v'], ['rv1']],
    ['**-rc*', ['v1-rc2', 'release/1-rc'], ['v1-rc/2']],
    ['v?1', ['v1', '1'], ['vv1', 'vx1']],
    ['vx?', ['v', 'vx'], ['vxx', 'v1']],
    ['v[0-9]+', ['v1', 'v2026'], ['v', 'v1.0', 'vx']],
    ['v[12].[0-9]+.[0-9]+', ['v1.10.0', 'v2.0.1'], ['v3.0.0', 'v1.0', 'v1x0x0']],
    ['[A-Za-z]?x', ['x', 'Qx'], ['1x', 'QQx']],
    ['v1.0+7', ['v1.0+7', 'v1.07', 'v1.0007'], ['v1.0', 'v1.0-7']],
    ['v*\\+7', ['v1.0+7'], ['v1.07', 'v1.0++7.1']],
    // Of other shells' patterns nothing.
    ['{main,develop}', ['{main,develop}'], ['main', 'develop']],
    ['@(main)', ['@(main)'], ['main']],
    ['a|b', ['a|b'], ['a', 'b']],
    ['v.', ['v.'], ['v1']],
    ['$x^', ['$x^'], ['x']],
  ])('%s', (pattern, fit, others) => {
    expect(isRefPattern(pattern)).toBe(true);
    expect([...fit, ...others].filter((name) => isOneOf(name, [pattern]))).toEqual(fit);
  });

  test('the last that fits decides, and `!` takes out', () => {
    const names = ['v1', 'v1-rc', 'v2-rc', 'main'];
    const those = (...patterns: string[]) => names.filter((name) => isOneOf(name, patterns));
    expect(those('v*', '!*-rc')).toEqual(['v1']);
    expect(those('v*', '!*-rc', 'v2-rc')).toEqual(['v1', 'v2-rc']);
    expect(those('!*-rc', 'v*')).toEqual(['v1', 'v1-rc', 'v2-rc']);
    expect([those('!main'), those()]).toEqual([[], []]);
  });

  test.each(['v[0-9', '[', 'v[]', 'v[.]', 'v[9-0]', 'v[a-]', '!v[z'])('%s is none, and fits nothing', (pattern) => {
    expect(isRefPattern(pattern)).toBe(false);
    expect(isOneOf('v1', ['v*', pattern])).toBe(true);
    expect(isOneOf('v', [pattern])).toBe(false);
  });
});

describe('which stage', () => {
  const stage = (name: string, branch: string[] = [], tags: string[] = []) => ({ name, branch, tags });
  const staging = stage('staging', ['develop', 'release/*']);
  const production = stage('production', ['main'], ['v*']);
  const berlin = stage('berlin', ['main']);
  const free = stage('free');
  const branch = (name: string) => ({ kind: 'branch', name }) as const;
  const tag = (name: string) => ({ kind: 'tag', name }) as const;
  const choose = (
    stages: Parameters<typeof chooseStage>[0],
    ref: ReturnType<typeof branch | typeof tag> | undefined,
    { wanted = undefined as string | undefined, command = 'deploy' } = {},
  ) => chooseStage(stages, wanted, ref, command, (name) => `stage=${name}`);

  test.each([
    ['of its branch', [staging, production], branch('main'), 'production'],
    ['of a branch of the pattern', [staging, production], branch('release/1.2'), 'staging'],
    ['of a tag of the pattern', [staging, production], tag('v1.2.0'), 'production'],
    ['of all branches below', [stage('review', ['feature/**'])], branch('feature/ada/cart'), 'review'],
    ['the only one', [free], branch('main'), 'free'],
    ['the only one, from a tag', [free], tag('v1'), 'free'],
    ['the only one, where nothing is known', [production], undefined, 'production'],
  ])('%s', (_, stages, ref, name) => {
    expect(choose(stages, ref)).toMatchObject({ name });
  });

  test('the one that is named, whatever was pushed, and the only one to look at', () => {
    expect(choose([staging, production], branch('develop'), { wanted: 'production' })).toEqual({
      name: 'production',
      by: 'name',
    });
    expect(choose([production, berlin], branch('main'), { wanted: 'berlin' })).toEqual({ name: 'berlin', by: 'name' });
    expect(choose([production], branch('try-this'), { command: 'status' })).toEqual({ name: 'production', by: 'only' });
  });

  const offers = 'staging (branch develop, release/*), production (branch main; tags v*)';
  test.each([
    ['a branch that only looks like the pattern', branch('release/1/2'), 'branch "release/1/2" belongs to no stage'],
    ['a tag of a name that a branch has', tag('main'), 'tag "main" belongs to no stage'],
    ['a branch of a name that a tag has', branch('v1'), 'branch "v1" belongs to no stage'],
    ['nothing known', undefined, 'neither a branch nor a tag is known to choose a stage by'],
  ])('none: %s', (_, ref, message) => {
    const mend = `say which (stage=staging), or run this for what belongs to one: ${offers}`;
    expect(choose([staging, production], ref)).toEqual({ message, mend, at: [] });
  });

  test('the only one is not taken for what does not belong to it', () => {
    const told = [branch('try-this'), tag('try-this')].map((ref) => choose([production], ref));
    expect(told).toMatchObject(
      ['branch', 'tag'].map((kind) => ({ message: `${kind} "try-this" belongs to no stage`, at: [] })),
    );
    expect(choose([berlin], tag('v1'))).toMatchObject({ message: 'tag "v1" belongs to no stage' });
  });

  test('two of one branch, by name and by pattern', () => {
    const mend = 'say which (stage=production), or let their branches and tags have nothing in common';
    expect(choose([production, stage('all', ['*'])], branch('main'))).toEqual({
      message: 'branch "main" belongs to several stages: production, all',
      mend,
      at: ['production', 'all'],
    });
  });

  test('one that there is not', () => {
    expect(choose([staging, production], branch('main'), { wanted: 'prodution' })).toEqual({
      message: 'there is no stage "prodution"',
      mend: 'did you mean "production"? stages: staging, production',
    });
    expect(choose([staging, production], branch('main'), { wanted: 'qa' })).toEqual({
      message: 'there is no stage "qa"',
      mend: 'stages: staging, production',
    });
  });
});
