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
  /** As many empty lines as stand before it in the page, and the workflow: so line numbers are the page's. */
  readonly text: string;
}

/** The workflows that a page of Markdown shows. Pure. */
export function shownWorkflows(page: string, markdown: string): Shown[] {
  const blocks = markdown.matchAll(/^ *```ya?ml\n(.*?)^ *```$/gms);
  return [...blocks].flatMap((match): Shown[] => {
    const [whole, block = ''] = match;
    if (!isWorkflow(block)) return [];
    const before = markdown.slice(0, match.index + whole.indexOf('\n') + 1).split('\n').length - 1;
    return [{ name: `${page.replaceAll('/', '-')}-${before + 1}.yml`, text: '\n'.repeat(before) + block }];
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
