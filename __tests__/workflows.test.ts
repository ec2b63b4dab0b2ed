import { mkdtempDisposableSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findWorkflows } from '../scripts/lint-workflows.ts';
import { copyWorkflows, readLog, usedActions } from '../testbed/act.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}

const { inputs } = parse(read('action.yml'));
const required = Object.keys(inputs).filter((name) => inputs[name].required === true);

describe.for(findWorkflows(join(root, 'docs')).workflows)('%s', (name) => {
  const text = read(join('docs', name));

  test('uses nothing but checkout, setup-python, setup-uv and Graceful', () => {
    const names = [...usedActions(text)].map((uses) => uses.replace(/@[0-9a-f]{40}$/, ''));
    expect(names).toContain('./');
    expect(['actions/checkout', 'actions/setup-python', 'astral-sh/setup-uv', './']).toEqual(
      expect.arrayContaining(names),
    );
  });

  test('gives Graceful inputs that it has, and those that it must have', () => {
    const jobs: { steps: Step[] }[] = Object.values(parse(text).jobs);
    const [given = {}] = jobs.flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses === './').map((step) => step.with),
    );
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
  });

  test('has one line to change for the repository that copies it', () => {
    expect(text.match(/uses: \.\/.*$/gm)).toEqual(['uses: ./ # in your repository: OWNER/graceful@v1']);
  });
});

test('a plan is made for no pull request that gets no secrets', () => {
  const condition: string = parse(read('docs/workflows/plan.yml')).jobs.plan.if;
  expect(condition.split(' && ')).toEqual([
    'github.event.pull_request.head.repo.full_name == github.repository',
    "github.event.pull_request.user.login != 'dependabot[bot]'",
  ]);
});

test('the commands of docs/workflows.md change that line and no other', async () => {
  using site = mkdtempDisposableSync(join(tmpdir(), 'graceful-site-'));
  await copyWorkflows(site.path);
  const names = readdirSync(join(site.path, '.github/workflows')).sort();
  expect(names).toEqual(['offline.yml', 'plan.yml', 'production.yml', 'rollback.yml', 'staging.yml']);
  for (const name of names) {
    const copied = readFileSync(join(site.path, '.github/workflows', name), 'utf8');
    expect(copied).toBe(read(`docs/workflows/${name}`).replace(/uses: \.\/.*/, 'uses: OWNER/graceful@v1'));
  }
});

test('what act prints is read as a person reads it', () => {
  const log = `[Staging/Deploy] ⭐ Run Main ./
[Staging/Deploy]   ❓  ::group::Connect
[Staging/Deploy]   | hello
[Staging/Deploy]   ⚙  ::set-output:: result=live
[Staging/Deploy]   ⚙  ::set-output:: previous=
[Staging/Deploy]   ⚙  Summary - <h2>live</h2>
<p>good</p>
[Staging/Deploy] 🏁  Job succeeded
`;
  expect(readLog(log)).toEqual({
    outputs: { result: 'live', previous: '' },
    summary: '<h2>live</h2>\n<p>good</p>\n',
    log: log.replaceAll(/^\[Staging\/Deploy\] {1,3}/gm, ''),
  });
});
