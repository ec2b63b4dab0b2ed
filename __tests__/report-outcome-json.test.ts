import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../src/protocol/messages.ts';
import { plainOutcome } from '../src/report/outcome-json.ts';
import type { Report } from '../src/report/summary.ts';
import { runModule } from './report-run.ts';

const outcome: Outcome = {
  result: 'live',
  release: '20261122T043400Z-abcdef1',
  previous: null,
  commit: 'abcdef1',
  message: 'It serves.',
  failure: null,
};

describe('an operation as JSON', () => {
  const report: Report = {
    command: 'deploy',
    stage: 'production',
    site: 'shop',
    host: 'a, b',
    url: 'https://www.example.org',
    repository: null,
    phases: [{ name: 'Build', began: 0, ms: 900, detail: '', good: true }],
    events: [],
    sent: { objects: 2, bytes: 300, env: 'reused' },
    outcome: { ...outcome, result: 'split', message: 'Two releases are live.', failure: null },
    hosts: [
      { host: 'a', result: 'live', outcome, message: 'It is live.', events: [] },
      { host: 'b', result: 'unknown', outcome: null, message: 'It did not say.', events: [] },
    ],
  };

  test('is what the outputs tell, as one object', () => {
    expect(plainOutcome(report)).toMatchObject({
      command: 'deploy',
      result: 'split',
      message: 'Two releases are live.',
      failure: null,
      hosts: [
        { host: 'a', result: 'live', release: outcome.release },
        { host: 'b', result: 'unknown', release: null },
      ],
      changes: { commits: null, packages: null, migrations: [] },
      downtime: null,
      sent: { bytes: 300 },
      times: [{ host: null, name: 'Build', ms: 900, good: true }],
    });
  });

  test('gives the runner no commands, and stays what it is', () => {
    const value = { reason: '##[error]gotcha ###[x', more: '\n::error::gotcha' };
    const script = `import { answer } from './src/report/answer.ts';
      answer(${JSON.stringify(`${JSON.stringify(value, null, 2)}\n`)}, true);`;
    const { stdout } = runModule(script, { GITHUB_ACTIONS: 'true' });
    expect(stdout).not.toMatch(/##\[|^\s*::/m);
    expect(JSON.parse(stdout)).toEqual(value);
  });

  test('stands alone on standard output, and a bad end without a failure is an annotation', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-end-'));
    const out = join(folder.path, 'out');
    writeFileSync(out, '');
    const script = `import { keepForAnswers } from './src/report/answer.ts';
      import { reportOutcome } from './src/report/finish.ts';
      import { actionsLog } from './src/report/log.ts';
      keepForAnswers();
      process.exitCode = await reportOutcome(actionsLog(), ${JSON.stringify(report)}, true, true);`;
    const {
      status: code,
      stdout,
      stderr,
    } = runModule(script, { GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: out, GITHUB_STEP_SUMMARY: '' });
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toEqual(plainOutcome(report));
    expect(stderr.split('\n')).toContain('::error title=split::Two releases are live.');
  });
});
