import { globSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { succeeds } from './command.ts';

const CONFIG = join(import.meta.dirname, '../.github/zizmor.yml');

/** Folders that others fill. */
const exclude = ['**/node_modules', '**/.venv'];

const isWorkflow = (text: string): boolean => /^ *jobs:/m.test(text);

/** Every workflow under a folder, wherever it lies, and every action; paths relative to the folder. */
export function findWorkflows(root: string): { workflows: string[]; actions: string[] } {
  const files = globSync(['**/*.{yml,yaml}', '.github/**/*.{yml,yaml}'], { cwd: root, exclude }).sort();
  const actions = files.filter((path) => /^action\.ya?ml$/.test(basename(path)));
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  return { workflows: files.filter((path) => !actions.includes(path) && isWorkflow(read(path))), actions };
}

/** A workflow that a page shows. */
interface Shown {
  /** `README.md-56.yml`: the page and the line where it begins. */
  readonly name: string;
  /** As many lines as stand before it in the page, and the workflow: so line numbers are the page's, but at its very beginning. */
  readonly text: string;
}

/** Stands before a part of a workflow, so that both together are a workflow. */
const TOP = ['name: Shown', 'on: push'];
const JOB = [
  'permissions: {}',
  'concurrency: shown',
  'jobs:',
  '  shown:',
  '    name: Shown',
  '    runs-on: ubuntu-24.04',
];

const indent = (text: string, columns: number): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));

/**
 * What a page shows as a whole workflow: it may show the steps alone, some keys of the top or of a job, or an input. Pure.
 * @returns lines that go before it, and what it is then; undefined where it is no part of a workflow
 */
function wholeWorkflow(block: string): { before: readonly string[]; text: string; after?: string } | undefined {
  if (isWorkflow(block)) return { before: [], text: block };
  if (/^- (?:.*\n {2})*(?:uses|run): /.test(block)) {
    const deploy = /steps\.deploy\./.test(block) && !/id: deploy/.test(block);
    const steps = deploy ? ['    steps:', '      - id: deploy', '        uses: OWNER/graceful@v1'] : ['    steps:'];
    return { before: [...TOP, ...JOB, ...steps], text: indent(block, 6) };
  }
  if (/^steps:/m.test(block)) return { before: [...TOP, ...JOB], text: indent(block, 4) };
  if (/^permissions:/.test(block)) {
    return { before: TOP, text: block, after: [...JOB.slice(1), '    steps: [{ run: echo hello }]', ''].join('\n') };
  }
  if (/^env: \|/.test(block)) {
    return {
      before: [...TOP, ...JOB, '    steps:', '      - uses: OWNER/graceful@v1', '        with:'],
      text: indent(block, 10),
    };
  }
  return undefined;
}

/** The workflows that a page of Markdown shows, also where it shows a part of one. Pure. */
export function shownWorkflows(page: string, markdown: string): Shown[] {
  const blocks = markdown.matchAll(/^ *```ya?ml\n(.*?)^ *```$/gms);
  return [...blocks].flatMap((match): Shown[] => {
    const [whole, block = ''] = match;
    const shown = wholeWorkflow(block);
    if (shown === undefined) return [];
    const line = markdown.slice(0, match.index + whole.indexOf('\n') + 1).split('\n').length - 1;
    const { before, text, after = '' } = shown;
    const empty = '\n'.repeat(Math.max(0, line - before.length));
    const lead = before.map((one) => `${one}\n`).join('');
    return [{ name: `${page.replaceAll('/', '-')}-${line + 1}.yml`, text: empty + lead + text + after }];
  });
}

/**
 * Checks every workflow of a repository: those in files, and those that its pages show.
 * @param tools folder of actionlint and zizmor
 * @returns names of the linters that found something
 */
export function lintWorkflows(root: string, tools: string): string[] {
  using scratch = mkdtempDisposableSync(join(tmpdir(), 'graceful-lint-'));
  const { workflows, actions } = findWorkflows(root);
  const pages = globSync('**/*.md', { cwd: root, exclude }).sort();
  const shown = pages
    .flatMap((page) => shownWorkflows(page, readFileSync(join(root, page), 'utf8')))
    .map(({ name, text }) => {
      const file = join(scratch.path, name);
      writeFileSync(file, text);
      return file;
    });
  const all = [...workflows, ...shown];
  console.log(`workflows: ${[...workflows, ...shown.map((file) => basename(file))].join(', ')}`);
  const checks: [name: string, args: string[]][] = [
    // shellcheck is left out so that a machine that has it finds nothing else than one that has not.
    ['actionlint', ['-shellcheck=', '-pyflakes=', ...all]],
    ['zizmor', ['--offline', '--no-progress', '--quiet', '--config', CONFIG, ...all, ...actions]],
  ];
  const failed = checks.filter(([name, args]) => !succeeds(join(tools, name), args, { cwd: root }));
  return failed.map(([name]) => name);
}
