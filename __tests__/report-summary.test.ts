import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EventBody, Failure } from '../src/protocol/messages.ts';
import { failureAnnotation } from '../src/report/annotations.ts';
import { type Report, renderError, renderSummary } from '../src/report/summary.ts';
import type { Heard } from '../src/report/timeline.ts';
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
/** A host's clock may be wrong; this runner's began at 1,000,000. */
function event(seq: number, at: number, body: EventBody): Heard {
  return { type: 'event', seq, at: new Date(at).toISOString(), heard: 1_000_000 + at, ...body };
}
const events: Heard[] = [
  event(1, 0, { kind: 'step', step: 'start', status: 'begin' }),
  event(2, 512, { kind: 'step', step: 'start', status: 'end', ms: 512, detail: 'pid 12' }),
  event(3, 30_512, { kind: 'step', step: 'check', status: 'failed', ms: 30_000, detail: 'a | b\n\n# c' }),
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
  phases: [{ name: 'build', began: 996_000, ms: 4_000, detail: 'environment from the cache', good: true }],
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
    const seen = { requests: 19, failed: 0, worstMs: 80 };
    expect(renderSummary({ ...live, events: [event(4, 0, measured)], seen })).toContain(
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
    for (const part of starts.filter((part) => part !== ''))
      expect(part).toMatch(/^(<h2>|<pre>|<\/details>|<details>|```mermaid\n[^`]*\n```$)/);
  });

  test('tells what changed: commits with links, packages, migrations', () => {
    const shown = [
      { sha: 'abcdef1234', subject: 'Add <b>notes</b> # and | more\n\n```', author: 'Ada *L*' },
      { sha: '2222222222', subject: 'Mend it', author: 'Bob' },
    ];
    const between = { from: '1111111111', to: 'abcdef1234', back: false, shown, count: 53, lost: 1 };
    const migrated = event(4, 0, { kind: 'migrated', migrations: ['orders.0002_note', 'shop.0001_initial'] });
    const html = renderSummary({ ...live, between, packages: 'Django 5.2.1 -> 5.2.3', events: [...events, migrated] });
    const at = 'https://github.com/example/shop';
    expect(html).toContain(
      `<h3>What changed</h3>\n<p><b>53 commits</b> (<a href="${at}/compare/1111111111...abcdef1234">1111111...abcdef1</a>)</p>\n` +
        `<ul><li><a href="${at}/commit/abcdef1234">abcdef1</a> Add &lt;b&gt;notes&lt;/b&gt; # and | more  \`\`\` <i>(Ada *L*)</i></li>` +
        `<li><a href="${at}/commit/2222222222">2222222</a> Mend it <i>(Bob)</i></li><li>and 51 more</li></ul>\n` +
        '<p>It lacks 1 of the commits that served before.</p>\n' +
        '<p><b>Packages:</b> Django 5.2.1 -&gt; 5.2.3</p>\n' +
        '<p><b>Migrations applied:</b> <code>orders.0002_note</code>, <code>shop.0001_initial</code></p>\n',
    );
    const back = renderSummary({
      ...live,
      between: { ...between, back: true, shown: [], count: 1, lost: 0 },
      repository: null,
    });
    expect(back).toContain('<p><b>1 commit taken back</b> (1111111...abcdef1)</p>');
    const same = { ...between, shown: [], count: 0, lost: 0 };
    expect(renderSummary({ ...live, between: same })).toContain('<b>No other commit:</b>');
    expect(renderSummary(live)).not.toContain('What changed');
  });

  test('leads to the line of the site’s own code where it failed', () => {
    const html = renderSummary({ ...failed, commits: { from: '1111111111', to: 'abcdef1234' } });
    const url = 'https://github.com/example/shop/blob/abcdef1234/shop/views.py#L7';
    expect(html).toContain(`</code> at <a href="${url}">shop/views.py:7</a></p>`);
    expect(html).toMatch(
      /<details open><summary>Traceback<\/summary>\n\n<pre>\nTraceback \(most recent call last\):\n/,
    );
    expect(html).toContain('<details><summary>Last lines of the log</summary>');
    const without = renderSummary({
      ...failed,
      outcome: { ...failed.outcome, failure: { ...failure, log: ['killed'] } },
    });
    expect(without).toContain('<details open><summary>Last lines of the log</summary>\n\n<pre>\nkilled\n</pre>');
    expect(without).not.toContain('Traceback');
    expect(renderSummary({ ...failed, repository: null })).toContain('</code> at <code>shop/views.py:7</code></p>');
  });

  test('of several hosts tells each with its result and downtime', () => {
    const measured = event(4, 0, { kind: 'measured', strategy: 'overlap', requests: 23, failed: 2, worstMs: 912 });
    const { outcome } = live;
    const html = renderSummary({
      ...live,
      hosts: [
        { host: 'one', result: 'live', outcome, message: 'It serves.', events: [...events, measured] },
        { host: 'two', result: 'unknown', outcome: null, message: 'no <word>', events: [] },
      ],
      seen: { requests: 19, failed: 0, worstMs: 80 },
    });
    expect(html).toMatch(
      /<td>one<\/td><td>✅ live<\/td>.*<td>2 of 23 requests .* failed, the slowest took 912 ms<\/td>/,
    );
    expect(html).toContain('<td>two</td><td>❌ unknown</td><td>none</td><td></td><td>no &lt;word&gt;</td>');
    expect(html).toContain('<b>Downtime</b></td><td>0 of 19 requests to the public URL failed');
    expect(html).toContain('<td>❌ one: check</td>');
  });

  test('stays below what GitHub takes, whatever the site wrote, and says what is left out', () => {
    const long = 'é'.repeat(600_000);
    const answer = { status: 500, location: null, body: long };
    const outcome = { ...failed.outcome, message: long, failure: { ...failure, what: long, log: [long], answer } };
    const phases = Array.from({ length: 500 }, () => ({
      ...live.phases[0],
      name: 'x',
      began: 0,
      ms: 1,
      detail: long,
      good: true,
    }));
    const html = renderSummary({ ...failed, phases, outcome });
    expect(Buffer.byteLength(html)).toBeLessThan(1024 * 1024);
    expect(html).toContain('<h3>Failed at check</h3>');
    expect(html).toContain('<p>GitHub has no room here for more. Left out: steps.</p>');
    expect(Buffer.byteLength(renderError('The build failed', [long], [long]))).toBeLessThan(1024 * 1024);
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
