/** What `graceful VERB` and the Action's `command: VERB` ask of the host: the same. */
import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../src/config/command-line.ts';
import { COMMANDS } from '../src/config/commands.ts';
import { HOST_VERBS } from '../src/config/host-verbs.ts';
import { readRun } from '../src/config/read-run.ts';
import { told } from '../src/report/telling.ts';
import { verifiedText } from '../src/report/verified.ts';
import { action, context, NEEDED, reporter, workspaces } from './config-example.ts';

const at = workspaces();
const ID = '20261122T043400Z-abcdef1';
const times = expect.objectContaining({ lockMs: 600_000 });

/** At a terminal, as the verb and what follows it. */
function terminal(argv: string[]) {
  using home = mkdtempDisposableSync(join(tmpdir(), 'graceful-home-'));
  const given = { env: {}, home: home.path, cwd: home.path, version: '1', print: () => {} };
  const inputs = readCommandLine(argv, given);
  if (inputs === null) throw new Error('only help');
  const values = { ...inputs.values, ...action(NEEDED).values, command: argv[0] ?? '' };
  return readRun({ ...inputs, values }, context(at.folder, 'develop'), reporter()).request;
}

/** In a job, as inputs. */
function job(values: Record<string, string>) {
  return readRun(action({ ...NEEDED, ...values }), context(at.folder, 'develop'), reporter()).request;
}

describe('a terminal and a job ask the same', () => {
  test.each([
    [['releases'], {}, { type: 'releases' }],
    [['history', '-n', '3'], { args: '-n\n3' }, { type: 'history', last: 3 }],
    [
      ['logs', 'worker', '--since', '10m', '--grep', 'a b', '--follow'],
      { args: 'worker\n--since=10m\n--grep\na b\n--follow\n' },
      { type: 'logs', process: 'worker', sinceMs: 600_000, grep: 'a b', follow: true },
    ],
    [['outcome'], {}, { type: 'outcome', operation: null }],
    [['outcome', '0123456789abcdef'], { args: '0123456789abcdef' }, { type: 'outcome', operation: '0123456789abcdef' }],
    [['delete', ID, '--reason', 'x'], { release: ID, reason: 'x' }, { type: 'delete', release: ID, times }],
    [['clean'], {}, { type: 'clean', keep: null, times }],
    [['clean', '--keep', '3'], { args: '--keep=3' }, { type: 'clean', keep: 3, times }],
    [['recover'], {}, { type: 'recover', times }],
    [['verify'], {}, { type: 'verify' }],
    [
      ['offline', '--reason', 'a move', '--until', 'at 15:00'],
      { reason: 'a move', args: '--until=at 15:00' },
      { type: 'offline', until: 'at 15:00', times },
    ],
    [['online'], {}, { type: 'online', times }],
    [
      ['manage', '--release', ID, 'check', '--deploy', '--help'],
      { release: ID, args: 'check\n--deploy\n--help' },
      { type: 'manage', release: ID, argv: ['check', '--deploy', '--help'], times },
    ],
    [
      ['manage', '--', 'migrate', '--plan'],
      { args: '--\nmigrate\n--plan' },
      { type: 'manage', release: null, argv: ['migrate', '--plan'], times },
    ],
  ])('%j', (argv, values, request) => {
    expect(terminal(argv)).toEqual(request);
    expect(job({ ...values, command: argv[0] ?? '' })).toEqual(request);
  });
});

describe('is refused', () => {
  test.each([
    [{ command: 'clean', args: '--keep=0' }, 'expected a whole number from 1 on'],
    [{ command: 'clean', args: '--kep=3' }, "unknown option '--kep=3'"],
    [{ command: 'delete' }, "missing required argument 'release'"],
    [{ command: 'delete', args: '../x' }, 'expected a release id'],
    [{ command: 'outcome', args: '../x' }, "expected an operation's name"],
    [{ command: 'online', args: 'now' }, 'too many arguments'],
    [{ command: 'logs', args: '--help' }, 'asks for help'],
    [{ command: 'deploy', args: '--keep=3' }, '"deploy" takes none'],
    [{ command: 'clean', release: ID }, 'a release cannot be given to "clean"'],
    [{ command: 'celan' }, 'did you mean "clean"?'],
  ])('%j', (values, words) => {
    expect(() => job(values)).toThrow(words);
  });
});

test('every verb is one of the host, told in its documentation', () => {
  const docs = readFileSync(new URL('../docs/host-command.md', import.meta.url), 'utf8');
  const building = ['build', 'plan', 'promote', 'deploy', 'stage'];
  for (const name of COMMANDS.filter((one) => !building.includes(one))) expect(docs).toContain(`### \`${name}\`\n`);
  for (const [name, { summary }] of Object.entries(HOST_VERBS))
    expect([name, summary.length > 10]).toEqual([name, true]);
});

test('releases and history are tables', () => {
  const text = told({
    type: 'releases',
    site: 'shop',
    releases: [
      {
        id: ID,
        state: 'good',
        commit: 'abcdef123456789',
        createdAt: '2026-11-22T04:34:00Z',
        ageMs: 1,
        bytes: 2_500_000,
        tags: ['current', 'working'],
      },
    ],
  });
  expect(text).toContain(`│ ${ID} │ good  │ abcdef123456 │ 2026-11-22T04:34:00Z │ 2.5 MB │ current, working │`);
  const history = told({
    type: 'history',
    site: 'shop',
    operations: [
      {
        op: 'a',
        kind: 'deploy',
        release: ID,
        commit: 'c',
        origin: { actor: 'ada' },
        began: 'B',
        ended: 'E',
        ms: 1_500,
        result: 'live',
        message: 'm',
        steps: [],
      },
      {
        op: 'b',
        kind: 'clean',
        release: null,
        commit: null,
        origin: {},
        began: 'B',
        ended: null,
        ms: null,
        result: null,
        message: null,
        steps: [],
      },
    ],
  });
  expect(history).toContain(`│ B     │ deploy    │ ${ID} │ ada │ live         │ 1.50 s │`);
  expect(history).toContain('│ not finished │');
});

test('what verify has found is told line by line, with whom it concerns', () => {
  const root = '/srv/shop';
  const clean = {
    type: 'verified' as const,
    site: 'shop',
    damages: [],
    count: 0,
    objects: 1_200,
    files: 3_400,
    bytes: 512_300_000,
    ms: 1_840,
    notes: [],
    next: [],
    more: false,
  };
  const read = 'read: 1200 objects and 3400 files, 512.3 MB in 1.84 s.';
  expect(verifiedText(clean)).toBe(`No damage; ${read}`);
  const damage = { path: `${root}/x\u001b[2J`, kind: 'changed', found: 'has other content', expected: 'a file' };
  const text = verifiedText({
    ...clean,
    damages: [
      {
        ...damage,
        part: 'object',
        releases: [
          { root, release: ID, tags: ['current', 'working'] },
          { root: '/srv/berlin', release: ID, tags: [] },
        ],
      },
      { ...damage, part: 'object', releases: [] },
    ],
    count: 2,
    notes: ['A note.'],
    next: ['What comes next.'],
  });
  expect(text.split('\n')).toEqual([
    '/srv/shop/x: has other content; expected: a file',
    `    object of ${ID} (current, working) in /srv/shop, ${ID} in /srv/berlin`,
    '/srv/shop/x: has other content; expected: a file',
    '    object of no release',
    `2 damages; ${read}`,
    'A note.',
    'What comes next.',
  ]);
});
