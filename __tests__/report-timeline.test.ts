import mermaid from 'mermaid';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../src/protocol/messages.ts';
import { gantt, type Heard, type HostRows, type Row, steps } from '../src/report/timeline.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');

/** @param at by the host's clock, @param heard by the runner's, both in milliseconds from noon on */
function event(at: number, heard: number, body: EventBody): Heard {
  return { type: 'event', seq: 1, at: new Date(NOON + at).toISOString(), heard: NOON + heard, ...body };
}

const row = (name: string, began: number, ms: number, good = true): Row => ({
  name,
  began: NOON + began,
  ms,
  detail: '',
  good,
});

/** What Mermaid itself reads. */
async function read(lines: readonly string[]) {
  const [, fence, ...rest] = lines;
  expect([fence, ...rest.slice(-2)]).toEqual(['```mermaid', '```', '']);
  const source = rest.slice(0, -2).join('\n');
  expect(await mermaid.parse(source)).toMatchObject({ diagramType: 'gantt' });
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(source);
  if (!('getTasks' in db) || typeof db.getTasks !== 'function') throw new Error('no chart of tasks');
  const tasks: { section: string; task: string; startTime: Date; endTime: Date; crit?: boolean }[] = db.getTasks();
  return tasks.map(({ section, task, startTime, endTime, crit }) => [
    section,
    task.trim(),
    startTime.getTime() - NOON,
    endTime.getTime() - NOON,
    crit === true,
  ]);
}

describe('the steps of a host', () => {
  test('are those that ended', () => {
    expect(
      steps([
        event(0, 0, { kind: 'step', step: 'start', status: 'begin' }),
        event(512, 512, { kind: 'step', step: 'start', status: 'end', ms: 512, detail: 'pid 12' }),
        event(30_512, 30_512, { kind: 'step', step: 'check', status: 'failed', ms: 30_000, detail: 'a | b' }),
      ]),
    ).toEqual([
      { ...row('start', 0, 512), detail: 'pid 12' },
      { ...row('check', 512, 30_000, false), detail: 'a | b' },
    ]);
  });

  test('are told by the runner’s clock, however wrong the host’s is and however late an event came', () => {
    const hour = 3_600_000;
    const told = steps([
      event(hour, 40, { kind: 'step', step: 'start', status: 'begin' }),
      event(hour + 512, 20_000, { kind: 'step', step: 'start', status: 'end', ms: 512, detail: '' }),
    ]);
    expect(told).toEqual([row('start', 40, 512)]);
  });

  test('of a clock that says nothing are told as they came', () => {
    const nameless = { ...event(0, 700, { kind: 'step', step: 'start', status: 'end', ms: 200, detail: '' }), at: '' };
    expect(steps([nameless])).toEqual([row('start', 500, 200)]);
  });
});

describe('the drawing', () => {
  test('has the phases of the runner and the steps of each host', async () => {
    const hosts: HostRows[] = [{ host: 'www.example.org', rows: [row('start', 2_000, 512), row('switch', 2_512, 0)] }];
    expect(await read(gantt([row('Build', 0, 2_000), row('Deploy', 2_000, 600)], hosts))).toEqual([
      ['runner', 'Build 2.00 s', 0, 2_000, false],
      ['runner', 'Deploy 0.60 s', 2_000, 2_600, false],
      ['www.example.org', 'start 0.51 s', 2_000, 2_512, false],
      ['www.example.org', 'switch 0.00 s', 2_512, 2_513, false],
    ]);
  });

  test('marks what failed, and has those hosts first', async () => {
    const hosts = [
      { host: 'one', rows: [row('check', 0, 100)] },
      { host: 'two', rows: [row('check', 0, 30_000, false)] },
    ];
    expect(await read(gantt([], hosts))).toEqual([
      ['two', 'check failed after 30.0 s', 0, 30_000, true],
      ['one', 'check 0.10 s', 0, 100, false],
    ]);
  });

  test.each([
    '[2001:db8::1]:22',
    'a;b#c:d',
    '%%{init}%% ```',
    'section x\nclick y',
    '"><script>',
    'end',
    'é~ü',
    '::',
    '',
  ])('of a host named %j is one', async (host) => {
    const told = await read(gantt([row('Build', 0, 1)], [{ host, rows: [row('check', 1, 1)] }]));
    expect(told.map(([, , begin, end]) => [begin, end])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('of many hosts has as many as one can read, and stays below what Mermaid takes', async () => {
    const rows = Array.from({ length: 11 }, (_, index) => row('processes', index, 1));
    const hosts = Array.from({ length: 60 }, (_, index) => ({ host: `${'host'.repeat(15)}-${index}`, rows }));
    const lines = gantt([], hosts);
    expect(new Set((await read(lines)).map(([section]) => section)).size).toBe(12);
    expect(lines.join('\n').length).toBeLessThan(50_000);
  });

  test('of one bar, or none, is none', () => {
    expect(gantt([], [])).toEqual([]);
    expect(gantt([row('Connect', 0, 5)], [{ host: 'one', rows: [] }])).toEqual([]);
  });
});
