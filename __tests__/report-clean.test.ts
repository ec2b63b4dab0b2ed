import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runModule } from './report-run.ts';

const VALUE = 'planted-key-5hVq0Zr8';
const SECOND = 'planted-line-Kx7Tn2Lw';

test("a secret that the site printed is nowhere in a job's log, annotations, summary and outputs", () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-clean-'));
  const files = { GITHUB_STEP_SUMMARY: join(folder.path, 'summary'), GITHUB_OUTPUT: join(folder.path, 'outputs') };
  for (const path of Object.values(files)) writeFileSync(path, '');
  const { stdout, stderr } = runModule(
    `import { actionsLog } from './src/report/log.ts';
    import { cleanLog, cleanReport } from './src/report/clean.ts';
    import { reportError } from './src/report/error.ts';
    import { reportOutcome } from './src/report/finish.ts';
    import { redact } from './src/secrets.ts';
    import { HostError } from './src/ssh/error.ts';
    const told = 'RuntimeError: no ${VALUE} and no ${SECOND}!';
    const clean = (text) => redact(text, ['${VALUE}', 'first\\n${SECOND}', '1']);
    const log = cleanLog(actionsLog(), clean);
    for (const say of ['info', 'notice', 'error', 'phase']) log[say](told);
    log.step(told, false);
    log.quote(['Traceback (most recent call last):', told]);
    const answer = { status: 301, location: told, body: told };
    const step = { type: 'event', seq: 1, at: '', kind: 'step', step: 'prepare', status: 'failed', ms: 1, detail: told };
    const lost = { type: 'event', seq: 2, at: '', kind: 'unmeasured', why: told };
    const failure = { step: 'prepare', what: told, next: told, answer, log: ['  File "/srv/shop/app.py", line 1', told] };
    const outcome = { result: 'failed', release: null, previous: null, commit: null, message: told, failure };
    const phases = [{ name: 'Compare', ms: 1, detail: told, good: true }];
    const between = { from: 'a', to: 'b', back: false, shown: [{ sha: 'b', subject: told, author: told }], count: 1, lost: 0 };
    const report = { command: 'deploy', between, stage: 'production', site: 'shop', host: 'www', url: 'https://x.org', outcome,
      repository: null, phases, events: [step, lost], sent: null };
    await reportOutcome(log, cleanReport(report, clean), true);
    const parts = { kind: 'answer', what: told, where: 'www', state: told, next: told };
    await reportError(new HostError(parts), actionsLog(), clean, true);
    await reportError(new Error(told), actionsLog(), clean, true);`,
    files,
  );
  expect(stderr).toBe('');
  const [summary = '', outputs = ''] = Object.values(files).map((path) => readFileSync(path, 'utf8'));
  for (const text of [stdout, summary]) expect(text).toContain('RuntimeError: no *** and no ***!');
  expect(outputs).toContain('failed');
  for (const text of [stdout, summary, outputs]) {
    expect(text).not.toContain(VALUE);
    expect(text).not.toContain(SECOND);
  }
});
