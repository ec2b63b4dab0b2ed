/** The files that `graceful init` writes. All pure. */
import { stringify } from 'yaml';
import type { Entry, Project } from './finding.ts';

/** Workflows to copy, as docs/workflows has them. */
export interface Templates {
  staging: string;
  rollback: string;
}

const SCHEMA = 'https://raw.githubusercontent.com/OWNER/graceful/v1/schema/graceful.schema.json';
const SELF = 'uses: ./ # in your repository: OWNER/graceful@v1';

/** Every file by its path in the repository. @param uses the Action, as a workflow names it */
export function filesOf(project: Project, templates: Templates, uses: string): Record<string, string> {
  const deploys = project.stages.map(({ name, entries }) => {
    const branch = String(entries.find(({ key }) => key === 'branch')?.value);
    return [`.github/workflows/${name}.yml`, deployOf(templates.staging, name, branch, project, uses)];
  });
  return {
    'graceful.yml': gracefulYml(project),
    ...Object.fromEntries(deploys),
    '.github/workflows/rollback.yml': rollbackOf(templates.rollback, project, uses),
  };
}

function gracefulYml({ common, stages }: Project): string {
  return [
    `# yaml-language-server: $schema=${SCHEMA}`,
    '# Written by `graceful init`. Look at each line that is guessed, then take the marks out. All else that may stand here:',
    '# https://github.com/OWNER/graceful/blob/v1/docs/configuration.md',
    ...common.map((entry) => line(entry)),
    'stages:',
    ...stages.flatMap(({ name, entries }) => [`  ${name}:`, ...entries.map((entry) => `    ${line(entry)}`)]),
    '',
  ].join('\n');
}

function line({ key, value, mark, why }: Entry): string {
  return `${key}: ${flow(value)} # ${mark}: ${why}`;
}

/** As YAML on one line. */
export function flow(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

function deployOf(template: string, stage: string, branch: string, project: Project, uses: string): string {
  const title = stage[0]?.toUpperCase() + stage.slice(1);
  const env = project.secrets.map((name) => `            ${name}=\${{ secrets.${name} }}\n`).join('');
  // The template's own words alone: a branch may be called `my-staging`.
  const renamed = withoutHead(template).replaceAll('staging', stage).replaceAll('Staging', title);
  const body = replaced(renamed, [
    [
      `          env: |\n            SECRET_KEY=\${{ secrets.SECRET_KEY }}\n`,
      env === '' ? '' : `          env: |\n${env}`,
    ],
    ['python-version: "3.11"', `python-version: "${project.python}"`],
    ['branches: [develop]', `branches: [${flow(branch)}]`],
    [SELF, `uses: ${uses}`],
  ]);
  return `# Every push to \`${branch}\` goes live on ${stage}. Written by \`graceful init\`.\n${body}`;
}

function rollbackOf(template: string, { stages }: Project, uses: string): string {
  const head =
    '# A button under "Actions" that puts an earlier release back, within seconds. Written by `graceful init`.\n';
  return (
    head +
    replaced(withoutHead(template), [
      ['options: [staging, production]', `options: [${stages.map(({ name }) => name).join(', ')}]`],
      [SELF, `uses: ${uses}`],
    ])
  );
}

/** A template begins with words on how to copy it. */
function withoutHead(template: string): string {
  return template.replace(/^(?:#[^\n]*\n)+/, '');
}

function replaced(text: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`the workflow to copy has no "${from}"`);
    return result.replace(from, () => to);
  }, text);
}
