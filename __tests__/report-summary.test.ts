import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event, Failure } from '../src/protocol/messages.ts';
import { failureAnnotation } from '../src/report/annotations.ts';
import { type Report, renderSummary, timeline } from '../src/report/summary.ts';
import { runModule } from './report-run.ts';

const OLD = '20261121T043400Z-1111111';
const NEW = '20261122T043400Z-abcdef1';
const failure: Failure = {
  step: 'check',
  what: 'The new backend answered 500 to /healthz.',
  next: 'Read the traceback, mend it, and deploy again.',
  answer: { status: 500, location: null, body: '<script>alert(1)</script>' },
  log: [
    'Traceback (most recent call last):',
    `  File "/srv/shop/releases/${NEW}/code/shop/views.py", line 7, in home`,
    '    return <b>',
    '',
    'KeyError: \'</pre><img src="x">\'',
  ],
};
const events: Event[] = [
  { type: 'event', seq: 1, at: '', kind: 'step', step: 'start', status: 'begin' },
  { type: 'event', seq: 2, at: '', kind: 'step', step: 'start', status: 'end', ms: 512, detail: 'pid 12' },
  { type: 'event', seq: 3, at: '', kind: 'step', step: 'check', status: 'failed', ms: 30_000, detail: 'a | b\n\n# c' },
];
const live: Report = {
  command: 'deploy',
  stage: 'staging',
  site: 'shop',
  host: 'staging.example.org',
  url: 'https://staging.example.org',
  outcome: {
    result: 'live',
    release: NEW,
    previous: OLD,
    commit: 'abcdef1',
    message: 'The new release serves.',
    failure: null,
  },
  repository: 'https://github.com/example/shop',
  phases: [{ name: 'build', ms: 4_000, detail: 'environment from the cache', good: true }],
  events: events.slice(0, 2),
  sent: { objects: 12, bytes: 34_567, env: 'reused' },
};
const failed: Report = {
  ...live,
  events,
  outcome: { ...live.outcome, result: 'failed', release: OLD, message: 'Nothing changed.', failure },
};

describe('the summary', () => {
  test('tells the result first, then where, what and how', () => {
    const html = renderSummary(live);
    expect(html.split('\n')[0]).toBe('<h2>✅ live: shop (staging)</h2>');
    expect(html).toContain(
      `<code>${OLD}</code> (<a href="https://github.com/example/shop/commit/1111111">1111111</a>) → ` +
        `<code>${NEW}</code> (<a href="https://github.com/example/shop/commit/abcdef1">abcdef1</a>)`,
    );
    expect(html).toContain('12 objects, 34.6 kB; environment already on the host');
    expect(html).toContain(
      '<tr><td>build</td><td>4.00 s</td><td>environment from the cache</td></tr>' +
        '<tr><td>start</td><td>0.51 s</td><td>pid 12</td></tr>',
    );
    expect(html).not.toContain('Failed');
  });

  test('tells what visitors noticed, where that was measured', () => {
    const measured = { kind: 'measured', strategy: 'overlap', requests: 23, failed: 0, worstMs: 12 } as const;
    const event: Event = { type: 'event', seq: 4, at: '', ...measured };
    const seen = { requests: 19, failed: 0, worstMs: 80 };
    expect(renderSummary({ ...live, events: [event], seen })).toContain(
      '<td><b>Downtime</b></td><td>0 of 23 requests through the host&#39;s web server failed, the slowest took 12 ms<br>' +
        '0 of 19 requests to the public URL failed, the slowest took 80 ms</td>',
    );
    expect(renderSummary(live)).not.toContain('Downtime');
  });

  test('has no links outside GitHub, and no release before the first', () => {
    const html = renderSummary({ ...live, repository: null, outcome: { ...live.outcome, previous: null } });
    expect(html).toContain(`none → <code>${NEW}</code></td>`);
  });

  test('of a failed run names what goes on serving, and what was tried', () => {
    const link = (commit: string) => `(<a href="https://github.com/example/shop/commit/${commit}">${commit}</a>)`;
    const html = renderSummary({ ...failed, outcome: { ...failed.outcome, result: 'fell-back' }, tried: NEW });
    expect(html).toContain('<h2>❌ fell-back: shop (staging)</h2>');
    expect(html).toContain(
      `<td><code>${OLD}</code> ${link('1111111')}, as before; tried: <code>${NEW}</code> ${link('abcdef1')}</td>`,
    );
    expect(renderSummary(failed)).toContain(`${link('1111111')}, as before</td>`);
  });

  test('shows a failure with its answer and log, as text and not as markup', () => {
    const html = renderSummary(failed);
    expect(html).toContain('<h3>Failed at check</h3>');
    expect(html).toContain('<p><b>What to do:</b> Read the traceback, mend it, and deploy again.</p>');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('&lt;/pre&gt;&lt;img src=&quot;x&quot;&gt;');
    expect(html).not.toMatch(/<script|<img/);
    expect(html).toContain('<td>❌ check</td><td>30.0 s</td><td>a | b  # c</td>');
  });

  test('leaves no empty line outside <pre> that would turn text into Markdown', () => {
    const outside = renderSummary(failed).replaceAll(/<pre>.*?<\/pre>/gs, '<pre></pre>');
    const starts = outside.split('\n\n').map((part) => part.trim());
    for (const part of starts.filter((part) => part !== '')) expect(part).toMatch(/^<(h2|pre|\/details)>/);
  });

  test('is written to the job’s summary, and nowhere outside a job', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-summary-'));
    const file = join(folder.path, 'summary.md');
    writeFileSync(file, '');
    const script = `import { writeSummary } from './src/report/summary.ts'; await writeSummary(${JSON.stringify(failed)});`;
    expect(runModule(script, { GITHUB_STEP_SUMMARY: file })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(renderSummary(failed));
    expect(runModule(script, { GITHUB_STEP_SUMMARY: undefined })).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

test('the timeline holds the steps that ended', () => {
  expect(timeline({ events })).toEqual([
    { name: 'start', ms: 512, detail: 'pid 12', good: true },
    { name: 'check', ms: 30_000, detail: 'a | b\n\n# c', good: false },
  ]);
});

test('a failure’s annotation points at the site’s own line', () => {
  expect(failureAnnotation(failure, 'Nothing serves yet, as before.')).toEqual({
    title: 'Failed at check',
    message: [
      'The new backend answered 500 to /healthz.',
      'KeyError: \'</pre><img src="x">\'',
      'The health check was answered 500.',
      'Nothing serves yet, as before.',
      'Read the traceback, mend it, and deploy again.',
    ].join('\n'),
    place: { path: 'shop/views.py', line: 7 },
  });
});

test('a redirect is told with its target', () => {
  const answer = { status: 301, location: 'https://www.example.org/', body: '' };
  const { message, place } = failureAnnotation({ ...failure, answer, log: [] }, '');
  expect(message).toContain('answered 301 to https://www.example.org/.');
  expect(place).toBeUndefined();
});
