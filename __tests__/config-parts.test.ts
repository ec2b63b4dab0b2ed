import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../src/config/duration.ts';
import { parseEnv } from '../src/config/env-input.ts';
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

describe('which stage', () => {
  const staging = { name: 'staging', branch: 'develop' };
  const production = { name: 'production', branch: 'main' };
  const berlin = { name: 'berlin', branch: 'main' };
  const free = { name: 'free', branch: undefined };
  const list = 'staging (branch develop), production (branch main)';
  test.each([
    ['named', [staging, production], 'production', 'develop', 'deploy', { name: 'production' }],
    ['by branch', [staging, production], undefined, 'main', 'deploy', { name: 'production' }],
    ['the only one', [free], undefined, 'main', 'deploy', { name: 'free' }],
    ['the only one, from a tag', [production], undefined, undefined, 'deploy', { name: 'production' }],
    ['the only one, to look at', [production], undefined, 'try-this', 'status', { name: 'production' }],
    [
      'the only one, of another branch',
      [production],
      undefined,
      'try-this',
      'deploy',
      {
        message: 'no stage has the branch "try-this"',
        mend: 'say which (stage=production), or run this for the branches of stages only: production (branch main)',
      },
    ],
    [
      'no stage of this branch',
      [staging, production],
      undefined,
      'try-this',
      'status',
      {
        message: 'no stage has the branch "try-this"',
        mend: `say which (stage=staging), or run this for the branches of stages only: ${list}`,
      },
    ],
    [
      'no branch',
      [staging, free],
      undefined,
      undefined,
      'deploy',
      {
        message: 'no branch is known to choose a stage by',
        mend: 'say which (stage=staging), or run this for the branches of stages only: staging (branch develop), free (no branch)',
      },
    ],
    [
      'two of one branch',
      [production, berlin],
      undefined,
      'main',
      'deploy',
      { message: 'branch "main" belongs to several stages: production, berlin', mend: 'say which: stage=production' },
    ],
    ['two of one branch, one named', [production, berlin], 'berlin', 'main', 'deploy', { name: 'berlin' }],
    [
      'mistyped',
      [staging, production],
      'prodution',
      'main',
      'deploy',
      { message: 'there is no stage "prodution"', mend: 'did you mean "production"? stages: staging, production' },
    ],
    [
      'unknown',
      [staging, production],
      'qa',
      'main',
      'deploy',
      { message: 'there is no stage "qa"', mend: 'stages: staging, production' },
    ],
  ])('%s', (_, stages, wanted, branch, command, choice) => {
    expect(chooseStage(stages, wanted, branch, command, (name) => `stage=${name}`)).toEqual(choice);
  });
});
