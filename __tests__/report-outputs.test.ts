import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BuildError } from '../src/build/errors.ts';
import type { Failure, Outcome, Result, StatusAnswer } from '../src/protocol/messages.ts';
import { type Answers, jsonByHost, textByHost } from '../src/report/by-host.ts';
import { detailOutputs } from '../src/report/detail-outputs.ts';
import { reportError, tell } from '../src/report/error.ts';
import { terminalLog } from '../src/report/log.ts';
import { exitCode, outputs, plainStatus, statusTable } from '../src/report/outputs.ts';
import type { Report } from '../src/report/summary.ts';
import { answerError } from '../src/session/faults.ts';
import { HostError } from '../src/ssh/error.ts';
import { runModule } from './report-run.ts';

const RELEASE = '20261122T043400Z-abcdef1';
const outcome: Outcome = {
  result: 'live',
  release: RELEASE,
  previous: null,
  commit: 'abcdef1',
  message: 'It serves.',
  failure: null,
};
const status: StatusAnswer = {
  type: 'status',
  site: 'shop',
  host: 'www',
  root: '/srv/shop',
  mode: 'separate-users',
  links: { current: RELEASE, previous: null, working: null, previousWorking: null },
  backends: [
    {
      backend: `${RELEASE}.1`,
      process: 'web',
      release: RELEASE,
      role: 'active',
      since: null,
      up: true,
      pid: 42,
      memoryBytes: null,
      listening: true,
      until: null,
      health: null,
    },
  ],
  releases: [
    { id: RELEASE, commit: 'abcdef1234', state: 'good', createdAt: '2026-11-22T04:34:00Z', links: ['current'] },
  ],
  offline: null,
  stopped: null,
  missing: [],
  unfinished: null,
  holder: null,
};

test('each result has its exit code', () => {
  const results: Result[] = ['live', 'unchanged', 'done', 'failed', 'fell-back', 'superseded', 'not-reverted', 'split'];
  expect(results.map((result) => exitCode({ ...outcome, result }))).toEqual([0, 0, 0, 1, 2, 3, 4, 5]);
});

test('a name that nothing on the host has is wrong use, in an outcome as in an error', () => {
  const failure: Failure = { step: 'lock', what: 'there is no nope here', next: '', answer: null, log: [] };
  expect(exitCode({ ...outcome, result: 'failed', failure })).toBe(1);
  expect(exitCode({ ...outcome, result: 'failed', failure: { ...failure, unknown: true } })).toBe(64);
  const answer = { type: 'error', message: 'there is no nope here', state: '', next: '' } as const;
  expect(tell(answerError('deploy@www', { ...answer, code: 'unknown' }))).toMatchObject({
    title: 'Wrong input',
    exitCode: 64,
  });
  expect(tell(answerError('deploy@www', { ...answer, code: 'refused' })).exitCode).toBe(69);
});

test('outputs are empty where there is nothing to name', () => {
  expect(outputs({ ...outcome, result: 'failed', release: null, commit: null }, 'https://x.org')).toEqual({
    result: 'failed',
    release: '',
    previous: '',
    commit: '',
    url: 'https://x.org',
  });
});

test('what the summary tells is there for programs, too', () => {
  const step = { type: 'event', seq: 1, at: '', heard: 900, kind: 'step', step: 'check' } as const;
  const shown = [{ sha: 'abcdef1', subject: 'Two\nlines', author: 'Ada' }];
  const between = { from: '1111111', to: 'abcdef1', back: false, shown, count: 1, lost: 0 };
  const failure: Failure = { step: 'check', what: 'It broke.', next: '', answer: null, log: [] };
  const report: Report = {
    command: 'deploy',
    stage: 's',
    site: 'shop',
    host: 'www',
    url: 'https://x.org',
    repository: null,
    outcome: { ...outcome, failure },
    phases: [{ name: 'Build', began: 1, ms: 800, detail: '', good: true }],
    events: [
      { ...step, status: 'failed', ms: 12, detail: 'it broke' },
      { type: 'event', seq: 2, at: '', heard: 901, kind: 'migrated', migrations: ['shop.0002_note'] },
    ],
    between,
    packages: '+six 1.17.0',
    sent: { objects: 1, bytes: 1234, env: 'built' },
  };
  const { changes = '', times = '', ...words } = detailOutputs(report);
  expect(words).toEqual({ message: 'It serves.', 'failed-step': 'check', 'sent-bytes': '1234' });
  expect(JSON.parse(changes)).toEqual({
    commits: { ...between, shown: [{ ...shown[0], subject: 'Two lines' }] },
    packages: '+six 1.17.0',
    migrations: ['shop.0002_note'],
  });
  expect(JSON.parse(times)).toEqual([
    { host: null, name: 'Build', ms: 800, good: true },
    { host: 'www', name: 'check', ms: 12, good: false },
  ]);
  const bare = detailOutputs({
    ...report,
    outcome,
    between: null,
    packages: undefined,
    events: [],
    phases: [],
    sent: null,
  });
  expect(bare).toEqual({
    message: 'It serves.',
    'failed-step': '',
    changes: '{"commits":null,"packages":null,"migrations":[]}',
    times: '[]',
    'sent-bytes': '',
  });
});

describe('status', () => {
  test('tells people who serves', () => {
    const lines = statusTable(status).split('\n');
    expect(lines.slice(0, 2)).toEqual(['shop on www (/srv/shop)', `Live: ${RELEASE}`]);
    expect(lines).toContain(`│ ${RELEASE} │ abcdef1 │ good  │ 2026-11-22T04:34:00Z │ current │`);
    expect(statusTable(status)).not.toContain('\u001b');
  });

  test('of an empty site is no table', () => {
    const empty = { ...status, links: { ...status.links, current: null }, backends: [], releases: [] };
    expect(statusTable({ ...empty, holder: 'ann since 04:34' })).toBe(
      'shop on www (/srv/shop)\nNo release is live.\nUnder way: ann since 04:34',
    );
  });

  test('tells what visitors get instead, and what is missing', () => {
    const offline = { since: '04:34', actor: 'ann', reason: 'stock\u001b[31mtaking', until: '05:00' };
    const told = statusTable({ ...status, offline, missing: ['worker: stopped by hand, until `start`'] }).split('\n');
    expect(told.slice(2, 4)).toEqual([
      'Offline since 04:34 until 05:00: visitors get the maintenance page (stocktaking).',
      'Missing: worker: stopped by hand, until `start`',
    ]);
  });

  test('tells of single-user mode', () => {
    const told = 'Single-user mode: deploy, site and web server are not kept apart.';
    expect(statusTable(status)).not.toContain(told);
    expect(
      statusTable({ ...status, mode: 'single-user' })
        .split('\n')
        .slice(1, 3),
    ).toEqual([`Live: ${RELEASE}`, told]);
  });

  test('as JSON is the host’s answer', () => {
    const { type: _, ...rest } = status;
    const alone: Answers<StatusAnswer> = { told: [{ host: 'www', answer: status }], away: [] };
    expect(JSON.parse(jsonByHost(alone, plainStatus))).toEqual(rest);
    expect(textByHost(alone, statusTable)).toBe(statusTable(status));
  });

  test('of several hosts stands under their names, even where only one of them could be asked', () => {
    const { type: _, ...rest } = status;
    const told = ['www1', 'www2'].map((host) => ({ host, answer: status }));
    const away = [{ name: 'www2', error: { what: 'it is away' } }];
    const both: Answers<StatusAnswer> = { told, away: [] };
    const one: Answers<StatusAnswer> = { told: told.slice(0, 1), away };
    expect(JSON.parse(jsonByHost(both, plainStatus))).toEqual({ hosts: { www1: rest, www2: rest } });
    expect(JSON.parse(jsonByHost(one, plainStatus))).toEqual({ hosts: { www1: rest } });
    const table = statusTable(status);
    expect(textByHost(both, statusTable)).toBe(`== www1 ==\n${table}\n\n== www2 ==\n${table}`);
    expect(textByHost(one, statusTable)).toBe(`== www1 ==\n${table}`);
  });
});

test('the status of a site becomes outputs and a summary on Actions', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-status-'));
  const [out, summary] = [join(folder.path, 'out'), join(folder.path, 'summary')];
  for (const file of [out, summary]) writeFileSync(file, '');
  const script = `import { reportStatus } from './src/report/status.ts';
    import { actionsLog } from './src/report/log.ts';
    const options = { actions: true, json: true, url: 'https://x.org' };
    process.exitCode = await reportStatus(actionsLog(), { told: [{ host: 'h', answer: ${JSON.stringify({ ...status, holder: '<b>ann</b>' })} }], away: [] }, options);`;
  const { status: code, stdout } = runModule(script, { GITHUB_OUTPUT: out, GITHUB_STEP_SUMMARY: summary });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ site: 'shop', links: { current: RELEASE } });
  expect(readFileSync(out, 'utf8')).toMatch(/^release<<(\S+)\n20261122T043400Z-abcdef1\n\1\n/);
  expect(readFileSync(summary, 'utf8')).toContain('Under way: &lt;b&gt;ann&lt;/b&gt;');
});

test('the table of a site gives the runner no commands, and a summary that is too long is none', () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-status-'));
  const [out, summary] = [join(folder.path, 'out'), join(folder.path, 'summary')];
  for (const file of [out, summary]) writeFileSync(file, '');
  const script = `import { reportStatus } from './src/report/status.ts';
    import { actionsLog } from './src/report/log.ts';
    const answer = { ...${JSON.stringify(status)}, holder: '##[error]x' + '<'.repeat(300_000) };
    await reportStatus(actionsLog(), { told: [{ host: 'h', answer }], away: [] }, { actions: true, json: false, url: 'https://x.org' });`;
  const { stdout } = runModule(script, { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: out, GITHUB_STEP_SUMMARY: summary });
  expect(stdout).toMatch(/^::stop-commands::([0-9a-f-]+)\n[\s\S]*\nUnder way: ##\[error\]x<[\s\S]*\n::\1::\n$/);
  expect(readFileSync(summary, 'utf8')).toContain('Left out: the state of the site.');
});

describe('the end of a run on Actions', () => {
  const failure = { step: 'verify', what: 'It broke', next: 'Mend it.', answer: null, log: ['::error::not mine'] };
  const report: Partial<Report> = {
    command: 'deploy',
    stage: 's',
    site: 'shop',
    host: 'h',
    url: 'https://x.org',
    repository: null,
  };
  const fellBack = {
    ...report,
    phases: [],
    events: [],
    sent: null,
    outcome: { ...outcome, result: 'fell-back', message: 'deploy fell back at verify: It broke. Old serves.', failure },
  };

  test('writes outputs and summary, and exits as the host recorded', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-end-'));
    const [out, summary] = [join(folder.path, 'out'), join(folder.path, 'summary')];
    for (const file of [out, summary]) writeFileSync(file, '');
    const script = `import { reportOutcome } from './src/report/finish.ts';
      import { actionsLog } from './src/report/log.ts';
      process.exitCode = await reportOutcome(actionsLog(), ${JSON.stringify(fellBack)}, true);`;
    const { status: code, stdout } = runModule(script, { GITHUB_OUTPUT: out, GITHUB_STEP_SUMMARY: summary });
    expect(code).toBe(2);
    expect(stdout.split('\n')).toContain('::error title=Failed at verify::It broke%0AOld serves.%0AMend it.');
    expect(stdout.match(/^::stop-commands::(.+)\n {4}::error::not mine\n::\1::$/m)).not.toBeNull();
    expect(readFileSync(out, 'utf8')).toMatch(/^result<<(\S+)\nfell-back\n\1\n/);
    expect(readFileSync(out, 'utf8')).toMatch(/^failed-requests<<(\S+)\n\n\1\nworst-latency-ms<<(\S+)\n\n\2\n/m);
    expect(readFileSync(summary, 'utf8')).toContain('<h3>Failed at verify</h3>');
  });
});

test('what became of the site stands, where the runner cannot write outputs and summary', () => {
  const report = {
    command: 'deploy',
    stage: 'production',
    site: 'shop',
    host: 'h',
    url: 'https://x.org',
    repository: null,
  };
  const script = `import { reportOutcome } from './src/report/finish.ts';
    import { actionsLog } from './src/report/log.ts';
    const report = ${JSON.stringify({ ...report, outcome, phases: [], events: [], sent: null })};
    process.exitCode = await reportOutcome(actionsLog(), report, true);`;
  const full = { GITHUB_OUTPUT: '/dev/full', GITHUB_STEP_SUMMARY: '/dev/full' };
  const { status: code, stdout, stderr } = runModule(script, full);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/::warning::the job's outputs could not be written \(.*ENOSPC.*\); the result stands/);
  expect(stdout).toMatch(/::warning::the job's summary could not be written/);
});

describe('an error', () => {
  const heard: string[] = [];
  const log = { ...terminalLog(), end() {}, error: (text: string) => void heard.push(text), quote() {} };

  test('of the host says where, what, the state and what to do', async () => {
    const parts = {
      kind: 'refused',
      what: 'nobody listens.',
      where: 'deploy@www:22',
      state: 'The site is untouched.',
      next: 'Start sshd.',
    } as const;
    heard.length = 0;
    expect(await reportError(new HostError(parts), log, String, false)).toBe(69);
    expect(heard).toEqual(['deploy@www:22: nobody listens.\n  Start sshd.\nThe site is untouched.']);
  });

  test('of the build points at the file and keeps the program’s output', () => {
    const error = new BuildError('pip failed', {
      mend: 'Pin it.',
      place: { file: 'requirements.txt', line: 3 },
      output: ['x'],
    });
    expect(tell(error)).toEqual({
      title: 'The build failed',
      faults: [
        { what: 'requirements.txt:3: pip failed', mend: 'Pin it.', place: { path: 'requirements.txt', line: 3 } },
      ],
      state: 'The site is as it was.',
      output: ['x'],
      exitCode: 1,
    });
  });

  test('nobody foresaw is this program’s fault, with its causes', () => {
    const told = tell(new TypeError('outer', { cause: new Error('inner') }));
    expect(told.exitCode).toBe(70);
    expect(told.faults[0]?.what).toBe('TypeError: outer\nCause: inner');
    expect(tell('text').faults[0]?.what).toBe('Something was thrown: text');
  });

  test('of the configuration is wrong use', () => {
    const script = `import { reportError } from './src/report/error.ts';
      import { actionsLog } from './src/report/log.ts';
      import { ConfigError } from './src/config/fault.ts';
      const fault = { where: 'graceful.yml', file: 'graceful.yml', line: 3, column: 5, message: 'unknown key', mend: 'software?' };
      process.exitCode = await reportError(new ConfigError([fault]), actionsLog(), String, true);`;
    using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-error-'));
    const out = join(folder.path, 'out');
    writeFileSync(out, '');
    expect(runModule(script, { GITHUB_OUTPUT: out })).toEqual({
      status: 64,
      stdout:
        '::error title=Wrong input,file=graceful.yml,line=3,col=5::graceful.yml:3:5: unknown key%0Asoftware?%0ANo host was contacted; the site is as it was.\n',
      stderr: '',
    });
    const told = 'graceful.yml:3:5: unknown key\nNo host was contacted; the site is as it was.';
    expect(readFileSync(out, 'utf8')).toMatch(new RegExp(`^message<<(\\S+)\\n${told}\\n\\1\\n$`));
  });

  test('folds the output of a program that failed', async () => {
    const told: string[] = [];
    const log = {
      ...terminalLog(),
      phase: (title: string) => void told.push(title),
      quote: (lines: readonly string[]) => void told.push(...lines),
      end: () => void told.push('end'),
      error: () => void told.push('error'),
    };
    await reportError(new BuildError('pip failed', { mend: 'Pin it.', output: ['x'] }), log, String, false);
    expect(told).toEqual(['Output', 'x', 'end', 'error']);
  });
});
