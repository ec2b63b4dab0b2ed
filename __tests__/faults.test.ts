import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allCases, untried } from '../faults/cases.ts';
import { type Act, tooEarly } from '../faults/durable.ts';
import { FAULTS } from '../faults/faults.ts';
import { checkMutations, isRed, mutated } from '../faults/mutate.ts';
import type { Mutation } from '../faults/mutations/mutation.ts';
import { MUTATIONS } from '../faults/mutations.ts';
import { OPERATIONS } from '../faults/operations.ts';
import { journalRecords } from '../faults/records.ts';
import { lastLine, lineOf, mutationLine, tableOf } from '../faults/report.ts';
import { growth, type Size } from '../faults/soak.ts';
import { leaves } from '../faults/strike.ts';
import { visitors } from '../faults/verdict.ts';
import { makeWorld, type World } from '../faults/world.ts';
import type { LoadRecord } from '../testbed/load.ts';

const HOST = join(import.meta.dirname, '../host');

describe('cases', () => {
  test('every journalled step of the host program is struck in one', () => {
    expect(journalRecords()).toContain('switch');
    expect(untried(journalRecords())).toEqual([]);
    expect(untried(['switch', 'teleport'])).toEqual(['teleport']);
  });

  test('no step is struck that the host program does not know', () => {
    const known = journalRecords();
    expect(
      OPERATIONS.filter(({ receiving }) => !receiving)
        .flatMap(({ steps }) => steps)
        .filter((step) => !known.includes(step)),
    ).toEqual([]);
  });

  test('there are enough, and each has a name of its own', () => {
    const ids = allCases().map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(150);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['deploy/switch/kill', 'rollback/confirm/power', 'network/cut-60s']));
  });

  test('what may serve depends on whether the switch had been confirmed', () => {
    const [deploy] = OPERATIONS;
    const kill = FAULTS.find(({ id }) => id === 'kill');
    const power = FAULTS.find(({ id }) => id === 'power');
    if (deploy === undefined || kill === undefined || power === undefined)
      throw new Error('no such operation or fault');
    expect(['stage', 'switch', 'confirm', 'end'].map((step) => leaves(deploy, step, kill))).toEqual([
      'old',
      'old',
      'new',
      'new',
    ]);
    // The record was in the file, and perhaps not on disk.
    expect(leaves(deploy, 'confirm', power)).toBe('either');
    expect(leaves({ ...deploy, decides: null }, 'end', kill)).toBe('old');
  });
});

describe('mutations', () => {
  test('each line is there, once', async () => {
    await expect(checkMutations(MUTATIONS)).resolves.toBeUndefined();
    const [mutation] = MUTATIONS;
    if (mutation === undefined) throw new Error('there is none');
    expect(() => mutated('nothing of it', mutation)).toThrow(`mutation ${mutation.id}: host/${mutation.file} has no `);
    expect(() => mutated(mutation.from + mutation.from, mutation)).toThrow('has more than one ');
    expect(mutated(`a${mutation.from}b`, mutation)).toBe(`a${mutation.to}b`);
  });

  test('one that only broke a case has turned nothing red', () => {
    expect(isRed('VIOLATED  a/b\n  - current names r1, and r2 answers\n')).toBe(true);
    expect(isRed('VIOLATED  a/b\n  - the case itself broke: Error: no host\n')).toBe(false);
    expect(isRed('ok        a/b\n')).toBe(false);
    const mutation: Mutation = { id: 'm', file: 'f.py', from: 'x', to: '', upholds: '5: all', cases: ['a/b'] };
    const said = 'VIOLATED  a/b\n  - the case itself broke: Error: no host\n';
    expect(mutationLine(mutation, false, said)).toMatch(
      /^BROKE {5}m {2}host\/f.py: 5: all\nVIOLATED {2}a\/b\n {2}- the case/,
    );
    expect(mutationLine(mutation, false, 'ok  a/b\n')).toMatch(/^SURVIVED {2}m /);
  });

  test('each names cases that there are', () => {
    const ids = allCases().map(({ id }) => id);
    expect(MUTATIONS.flatMap(({ cases }) => cases).filter((one) => !ids.includes(one))).toEqual([]);
    expect(new Set(MUTATIONS.map(({ id }) => id)).size).toBe(MUTATIONS.length);
  });

  test('each invariant has one', () => {
    const upheld = new Set(MUTATIONS.map(({ upholds }) => Number.parseInt(upholds, 10)));
    expect(Array.from({ length: 12 }, (_, index) => index + 1).filter((number) => !upheld.has(number))).toEqual([]);
  });

  test('every sync of the host program is taken out by one', () => {
    const call = /^ *(?!def |import |from )(?:os\.fsync|sync_\w+)\([^)]+\)+$/gm;
    const missing = globSync(['graceful/**/*.py', 'bootstrap.py'], { cwd: HOST }).flatMap((file) => {
      const text = readFileSync(join(HOST, file), 'utf8');
      const taken = MUTATIONS.filter((one) => one.file === file).reduce(
        (count, one) => count + syncs(one.from, one.to),
        0,
      );
      const there = (text.match(call) ?? []).length;
      return there > taken + (ELSEWHERE[file] ?? 0) ? [`host/${file}: ${there} syncs, ${taken} mutations`] : [];
    });
    expect(missing).toEqual([]);
    function syncs(from: string, to: string): number {
      return (from.match(call) ?? []).length - (to.match(call) ?? []).length;
    }
  });
});

/** Syncs that are no call of their own but what the calls consist of, or that only a host's very first deploy has. */
const ELSEWHERE: Readonly<Record<string, number>> = {
  // Another tool's `current` that is given back: a first deploy may fall back once in the life of a site.
  'graceful/site/adopt.py': 1,
  // Before a tree is known again, for what other processes have written: the model sees the acts of one at a time. And after it, for
  // nothing but a name: lost, the tree is brought back by the next verify.
  'graceful/store/take_out.py': 2,
  // Right before new assets are synced with it, which each version of the suite's shop brings.
  'graceful/release/damage.py': 1,
  // The user's own timer, written once.
  'graceful/process/user_timer.py': 2,
  // The settings of a supervisord.
  'graceful/process/supervisor_daemon.py': 2,
  // The bodies of sync_folder and sync_file.
  'graceful/site/links.py': 2,
  // The settings of a site without root, written once.
  'graceful/site/settings.py': 1,
  // The body of sync_folder.
  'bootstrap.py': 1,
};

describe('what a file system promises', () => {
  const places = { root: '/r', store: '/r/.store' };
  const record: Act[] = [
    { act: 'write', path: '/r/journal.jsonl' },
    { act: 'fsync', path: '/r/journal.jsonl' },
  ];
  const renamed: Act = { act: 'rename', from: '/r/.current.1', path: '/r/current' };
  const synced: Act = { act: 'fsync', path: '/r' };

  test('a record, its act, and the end: all in time', () => {
    expect(tooEarly([...record, renamed, synced, ...record, { act: 'end' }], places)).toEqual([]);
  });

  test.for([
    {
      what: 'a record that is not synced before its act',
      acts: [record[0], renamed],
      says: "the journal's last record",
    },
    {
      what: 'a rename that is not synced before the next record',
      acts: [renamed, ...record],
      says: 'the names in /r ',
    },
    {
      what: 'a journal whose name is not synced before its second record',
      acts: [{ act: 'write', path: '/r/journal.jsonl', made: true }, record[1], ...record],
      says: 'the names in /r ',
    },
    { what: 'a rename that is not synced at the end', acts: [renamed, { act: 'end' }], says: 'the names in /r ' },
    {
      what: 'a release whose files are not synced before it appears',
      acts: [
        { act: 'write', path: '/r/releases/.x/code/a' },
        { act: 'rename', from: '/r/releases/.x', path: '/r/releases/x' },
      ],
      says: 'releases/x appears, and releases/.x/code/a is not synced',
    },
    {
      what: 'a tree whose objects are not synced',
      acts: [
        { act: 'write', path: '/r/.store/incoming/o' },
        { act: 'rename', from: '/r/.store/incoming/o', path: '/r/.store/objects/0/o' },
        { act: 'rename', from: '/r/.store/incoming/t', path: '/r/.store/trees/t' },
      ],
      says: '.store/trees/t appears, and .store/objects/0/o is not synced',
    },
    {
      what: 'an object that takes the place of a whole one and is not synced',
      acts: [
        { act: 'write', path: '/r/.store/incoming/o' },
        { act: 'rename', from: '/r/.store/incoming/o', path: '/r/.store/objects/0/o', over: true },
      ],
      says: '.store/objects/0/o appears, and .store/incoming/o is not synced',
    },
  ] satisfies { what: string; acts: (Act | undefined)[]; says: string }[])('$what', ({ acts, says }) => {
    expect(
      tooEarly(
        acts.filter((act) => act !== undefined),
        places,
      ).join('\n'),
    ).toContain(says);
  });
});

test('requests that failed while the host was down, or within one short time, are excused', () => {
  const one = {
    latency: 10,
    method: 'GET',
    path: '/',
    error: null,
    release: null,
    version: null,
    pageVersion: null,
  } as const;
  const records: LoadRecord[] = [0, 100, 900].map((start) => ({ ...one, start, status: start === 0 ? 200 : 502 }));
  expect(visitors(records, [])[0]).toContain('2 requests failed');
  expect(visitors(records, [[105, 2_000]])).toEqual([]);
  expect(visitors(records, [], 1_000)).toEqual([]);
  expect(visitors(records, [], 500)).toEqual(['requests failed for 800 ms, and 500 ms are allowed']);
});

test('growth is told by name', () => {
  const size: Size = { processes: 20, openFiles: 300, memory: 20_000, disk: 50_000, inodes: 5_000, releases: 6 };
  expect(growth(size, { ...size, processes: 21 })).toEqual([]);
  expect(growth(size, { ...size, processes: 40 })).toEqual(['processes grew from 20 to 40']);
});

test('the report says what failed, why, and what to run again', () => {
  const play = async () => [];
  const held = { case: { id: 'deploy/switch/kill', says: 'a deploy is killed', play }, violations: [], ms: 1_234 };
  const broken = {
    ...held,
    case: { ...held.case, id: 'deploy/switch/power' },
    violations: ['one thing\nin two lines'],
  };
  expect(lineOf(held)).toBe('ok        deploy/switch/kill  1.2 s');
  expect(lineOf(broken)).toBe(
    'VIOLATED  deploy/switch/power  1.2 s: a deploy is killed\n  - one thing\n    in two lines\n  again: npm run faults -- --only deploy/switch/power',
  );
  expect(tableOf([held, broken])).toMatch(/deploy\/switch +│ 1 +│ 1 .*--only deploy\/switch\/power/);
  expect(lastLine([held, broken])).toBe('faults: 2 cases, 1 violations');
});

/** A fair sample on one host; `npm run faults` plays all of them. */
describe('sample', () => {
  const SAMPLE = ['deploy/check/disk', 'fall-back/fall-back/front', 'receive/incoming/front'];
  let world: World;
  beforeAll(async () => {
    world = await makeWorld();
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  test.for(SAMPLE)('%s', async (id) => {
    const one = allCases().find((other) => other.id === id);
    expect(await one?.play(world)).toEqual([]);
  });
});
