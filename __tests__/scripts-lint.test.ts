import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { lintTools } from '../scripts/lint-tools.ts';
import { findWorkflows, lintWorkflows, shownWorkflows } from '../scripts/lint-workflows.ts';

const root = join(import.meta.dirname, '..');

/** A folder with these files. */
function folderOf(files: Record<string, string>): Disposable & { readonly path: string } {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-workflows-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  }
  return folder;
}

const GOOD = `on: push
permissions: {}
concurrency: x
jobs:
  one:
    name: One
    runs-on: ubuntu-24.04
    steps:
      - run: echo hello
`;

describe('workflows are found', () => {
  test('in this repository: its own, those to copy, and the one that README.md shows', () => {
    const { workflows, actions } = findWorkflows(root);
    expect(workflows).toEqual(expect.arrayContaining(['.github/workflows/ci.yml', 'docs/workflows/rollback.yml']));
    expect(actions).toContain('action.yml');
    const shown = shownWorkflows('README.md', readFileSync(join(root, 'README.md'), 'utf8'));
    expect(shown).toHaveLength(1);
  });

  test('wherever they lie, whatever their ending', () => {
    const names = ['.github/workflows/a.yml', '.github/workflows/b.yaml', 'docs/c.yml', 'examples/deep/er/d.yml'];
    using folder = folderOf({
      ...Object.fromEntries(names.map((name) => [name, GOOD])),
      'examples/graceful.yml': 'software: shop\n',
      'node_modules/x/workflow.yml': GOOD,
      'some/action.yml': 'name: x\n',
    });
    expect(findWorkflows(folder.path)).toEqual({ workflows: names, actions: ['some/action.yml'] });
  });

  test('in pages, with the lines of the page', () => {
    const block = '```yaml\non: push\njobs: {}\n```\n';
    const page = `# Title\n\n\`\`\`yaml\nsoftware: shop\n\`\`\`\n\n${block}\nText.\n\n${block.replaceAll(/^/gm, '  ')}`;
    expect(shownWorkflows('docs/page.md', page)).toEqual([
      { name: 'docs-page.md-8.yml', text: `${'\n'.repeat(7)}on: push\njobs: {}\n` },
      { name: 'docs-page.md-15.yml', text: `${'\n'.repeat(14)}  on: push\n  jobs: {}\n` },
    ]);
  });
});

test.each([
  [
    'steps',
    '- uses: OWNER/graceful@v1\n  with:\n    stage: x\n',
    { steps: [{ uses: 'OWNER/graceful@v1', with: { stage: 'x' } }] },
  ],
  ['a step with a condition', '- if: always()\n  run: echo\n', { steps: [{ if: 'always()', run: 'echo' }] }],
  ['keys of a job', 'environment: x\nsteps:\n  - run: echo\n', { environment: 'x', steps: [{ run: 'echo' }] }],
  ['permissions', 'permissions:\n  contents: read\n', { steps: [{ run: 'echo hello' }] }],
  ['an input', 'env: |\n  A=1\n', { steps: [{ uses: 'OWNER/graceful@v1', with: { env: 'A=1\n' } }] }],
])('%s that a page shows are put into a workflow', (_, block, job) => {
  const [shown, ...others] = shownWorkflows('page.md', `${'\n'.repeat(20)}\`\`\`yaml\n${block}\`\`\`\n`);
  expect(others).toEqual([]);
  expect(parse(shown?.text ?? '')).toMatchObject({ on: 'push', jobs: { shown: job } });
  expect(shown?.text.split('\n')[21]?.trim()).toBe(block.split('\n')[0]);
});

describe('a workflow', () => {
  test.for([
    { name: 'that is good passes', files: { '.github/workflows/a.yml': GOOD }, failed: [] },
    {
      name: 'that waits for a job that does not exist fails',
      files: { 'docs/workflows/a.yml': GOOD.replace('runs-on:', 'needs: two\n    runs-on:') },
      failed: ['actionlint'],
    },
    {
      name: 'that runs what a stranger wrote fails',
      files: { '.github/workflows/a.yaml': GOOD.replace('echo hello', 'echo $' + '{{ github.head_ref }}') },
      failed: ['actionlint', 'zizmor'],
    },
    {
      name: 'that a page shows, with an action that is not pinned, fails',
      files: { 'README.md': `\`\`\`yaml\n${GOOD.replace('run: echo hello', 'uses: someone/thing@main')}\`\`\`\n` },
      failed: ['zizmor'],
    },
  ])('$name', { timeout: 600_000 }, ({ files, failed }) => {
    using folder = folderOf(files);
    expect(lintWorkflows(folder.path, join(lintTools(), 'bin'))).toEqual(failed);
  });
});
