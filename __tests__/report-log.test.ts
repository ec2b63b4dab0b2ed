import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Event, EventBody } from '../src/protocol/messages.ts';
import { actionsLog, type Log, terminalLog } from '../src/report/log.ts';
import { showEvent, stepLine } from '../src/report/progress.ts';
import { plainLine, plainLines, seconds, size } from '../src/report/text.ts';
import { progressTo } from '../src/report/upload.ts';
import { runModule } from './report-run.ts';

/** What a log wrote while `use` ran. */
function written(make: (stream: Writable) => Log, use: (log: Log) => void): string {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  use(make(stream));
  return text;
}

const onActions = (use: (log: Log) => void) => written((stream) => actionsLog((text) => void stream.write(text)), use);
const atTerminal = (use: (log: Log) => void) => written((stream) => terminalLog(stream), use);

function event(body: EventBody): Event {
  return { type: 'event', seq: 1, at: '2026-11-22T04:34:00Z', ...body };
}

describe('foreign text in the log of Actions', () => {
  test.each(['::error::gotcha', '  ::add-mask::x', 'prefix ##[error]gotcha', 'fine\r::set-output name=x::y'])(
    'is no command: %j',
    (line) => {
      const lines = onActions((log) => log.quote(['before', line]))
        .trimEnd()
        .split('\n');
      const word = /^::stop-commands::([0-9a-f-]{36})$/.exec(lines[0] ?? '')?.[1];
      expect(word).toBeDefined();
      expect(lines.at(-1)).toBe(`::${word}::`);
      expect(lines[1]).toBe('    before');
    },
  );

  test('is left as it is when it cannot be taken for one', () => {
    expect(onActions((log) => log.quote(['a: :b', 'shop::views']))).toBe('    a: :b\n    shop::views\n');
  });

  test('groups open and close in turn', () => {
    const script = `import { actionsLog } from './src/report/log.ts';
      const log = actionsLog();
      log.phase('Build'); log.info('a'); log.phase('Deploy'); log.notice('n%\\nm'); log.end(); log.end(); log.error('e');`;
    expect(runModule(script).stdout.split('\n')).toEqual([
      '::group::Build',
      'a',
      '::endgroup::',
      '::group::Deploy',
      '::notice::n%25%0Am',
      '::endgroup::',
      '::error::e',
      '',
    ]);
  });
});

describe('the log at a terminal', () => {
  test('is plain where the stream is no terminal, and free of the site’s own colours', () => {
    const text = atTerminal((log) => {
      log.phase('Deploy');
      log.step('check', true);
      log.step('switch', false);
      log.quote(['\u001b[31mred\u001b[0m\u0007', 'two\nlines']);
      log.notice('careful');
    });
    expect(text).toBe('Deploy\n✓ check\n✗ switch\n    red�\n    two\n    lines\n! careful\n');
  });
});

describe('a long upload', () => {
  /** Lines for an upload that tells so much each second. */
  const told = (seconds: number, part: (second: number) => number) => {
    const lines: string[] = [];
    let clock = 0;
    const onSent = progressTo({ info: (text) => lines.push(`${clock / 1_000} s ${text}`) }, () => clock);
    for (let second = 0; second <= seconds; second += 1) {
      clock = second * 1_000;
      for (let chunk = 0; chunk < 10; chunk += 1) onSent(second * 1e6, part(second));
    }
    return lines;
  };

  test('is a line each few seconds', () => {
    expect(told(12, (second) => second / 12)).toEqual(['5 s sending: 5.0 MB, 41 %', '10 s sending: 10.0 MB, 83 %']);
  });

  test('is no flood, however long it takes', () => {
    expect(told(3_600, (second) => second / 3_600).length).toBeLessThanOrEqual(200);
    expect(told(90, () => 0.5)).toEqual([
      '5 s sending: 5.0 MB, 50 %',
      '35 s sending: 35.0 MB, 50 %',
      '65 s sending: 65.0 MB, 50 %',
    ]);
  });

  test('is not told where it is a short one', () => {
    expect(told(4, () => 1)).toEqual([]);
  });

  test('is one line that changes at a terminal, and gives way to the next', () => {
    let clock = 0;
    const text = written(
      (stream) => terminalLog(Object.assign(stream, { isTTY: true })),
      (log) => {
        const onSent = progressTo(log, () => clock);
        for (const part of [0.1, 0.2]) {
          clock += 200;
          onSent(part * 1e6, part);
          onSent(part * 1e6, part);
        }
        log.info('sent 1 object');
        log.info('done');
      },
    );
    const erase = '\r\u001b[2K';
    expect(text).toBe(`  sending: 100.0 kB, 10 %${erase}  sending: 200.0 kB, 20 %${erase}  sent 1 object\n  done\n`);
  });
});

describe('events', () => {
  test('a step is one line with its time when it ends', () => {
    const text = atTerminal((log) => {
      showEvent(log, event({ kind: 'step', step: 'check', status: 'begin' }));
      showEvent(log, event({ kind: 'step', step: 'check', status: 'end', ms: 412, detail: '3 good answers' }));
      showEvent(log, event({ kind: 'step', step: 'start', status: 'failed', ms: 30_100, detail: 'it never answered' }));
    });
    expect(text).toBe('✓ check      3 good answers in 0.41 s\n✗ start      failed after 30.1 s: it never answered\n');
  });

  test('a backend’s lines stand indented, each with its source', () => {
    const text = atTerminal((log) => showEvent(log, event({ kind: 'log', source: 'shop-web', lines: ['a', 'b'] })));
    expect(text).toBe('    shop-web: a\n    shop-web: b\n');
  });

  test('what visitors noticed is one line; that it begins, none', () => {
    const text = atTerminal((log) => {
      showEvent(log, event({ kind: 'measuring', url: 'http://x.org', path: '/', public: true }));
      showEvent(log, event({ kind: 'measured', strategy: 'overlap', requests: 23, failed: 0, worstMs: 12 }));
      showEvent(log, event({ kind: 'unmeasured', why: 'the site is offline' }));
    });
    expect(text).toBe(
      "  downtime: 0 of 23 requests through the host's web server failed, the slowest took 12 ms\n" +
        '  downtime: not measured: the site is offline\n',
    );
  });

  test('a step without a detail is done', () => {
    expect(stepLine('fall-back', '', 3)).toBe('fall-back  done in 0.00 s');
  });
});

test('times keep three digits', () => {
  expect([0, 412, 9_994, 9_996, 75_320, 99_960, 754_321].map(seconds)).toEqual([
    '0.00 s',
    '0.41 s',
    '9.99 s',
    '10.0 s',
    '75.3 s',
    '100 s',
    '754 s',
  ]);
});

test('sizes are told in the unit that fits', () => {
  expect([0, 999, 1000, 14_210, 3_100_000, 2e9].map(size)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '14.2 kB',
    '3.1 MB',
    '2.0 GB',
  ]);
});

test('plain text has no control characters, and lines end at any line break', () => {
  expect(plainLines('a\tb\r\nc\rd\u0000')).toEqual(['a    b', 'c', 'd�']);
  expect(plainLine(' a\nb ')).toBe('a b');
});
