/** What people see in GitHub of real deploys: the job's summary, annotations, outputs, and the list of deployments. */
import mermaid from 'mermaid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FleetScene, openFleet } from '../../testbed/fleet-scene.ts';
import type { StepResult } from '../../testbed/runner.ts';
import { type LocalGitHub, type Play, startGitHub } from '../fixtures/github.ts';

const TOKEN = 'a-token-of-this-job';
const REPOSITORY = 'https://github.com/example/shop';

let fleet: FleetScene;
let github: LocalGitHub;
/** What GitHub answers instead of doing as it is told. */
let play: Play | undefined;
let commits: string[] = [];

beforeAll(async () => {
  fleet = await openFleet(2, { migrate: true });
  github = await startGitHub((_, index) => play ?? { status: 201, body: { id: index + 1 } });
});
beforeEach(() => {
  github.calls.length = 0;
  play = undefined;
});
afterAll(async () => {
  await github?.[Symbol.asyncDispose]();
  await fleet?.[Symbol.asyncDispose]();
});

const env = () => ({ GITHUB_API_URL: github.url });

/** Runs a step that is to be a deployment. */
async function run(inputs: Record<string, string> = {}): Promise<StepResult> {
  const step = await fleet.start({ deployments: 'true', token: TOKEN, ...inputs }, { env: env() });
  return await step.result;
}

async function commit(options: Parameters<FleetScene['repo']['commit']>[0]): Promise<string> {
  const sha = await fleet.repo.commit(options);
  commits = [...commits, sha];
  return sha;
}

/** GitHub was told of one deployment: of what, and its states in order. */
function shown(): { made: unknown; states: unknown[]; words: string } {
  const [made, ...statuses] = github.calls.map(({ body }) => body);
  expect(github.lines()).toEqual(['POST /deployments', ...statuses.map(() => 'POST /deployments/1/statuses')]);
  expect(new Set(github.calls.map(({ token }) => token))).toEqual(new Set([TOKEN]));
  for (const status of statuses) {
    expect(status).toMatchObject({
      environment: 'staging',
      environment_url: fleet.face.url,
      log_url: `${REPOSITORY}/actions/runs/1`,
    });
  }
  return { made, states: statuses.map((status) => status?.['state']), words: String(statuses.at(-1)?.['description']) };
}

/** Sections of the summary's drawing, which Mermaid itself reads. */
async function sections(summary: string): Promise<string[]> {
  const source = /\n\n```mermaid\n([^`]*)\n```\n\n/.exec(summary)?.[1] ?? '';
  expect(await mermaid.parse(source)).toMatchObject({ diagramType: 'gantt' });
  return [...source.matchAll(/^ {4}section (.*)$/gm)].map(([, name = '']) => name);
}

const names = () => fleet.hosts.map(({ host }) => host.address);

test('the first deploy is a success at the address of its stage', async () => {
  const sha = await commit({ version: '1' });
  const result = await run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', deployment: '1' } });
  const { made, states } = shown();
  expect(made).toMatchObject({ ref: sha, environment: 'staging', task: 'deploy', required_contexts: [] });
  expect(states).toEqual(['in_progress', 'success']);
  expect(result.summary).toMatch(/^<h2>✅ live: shop \(staging\)<\/h2>/);
  expect(await sections(result.summary)).toEqual(['runner', ...names()]);
  expect(result.summary).not.toContain('commits</b>');
  for (const text of [result.summary, JSON.stringify(result.outputs)]) expect(text).not.toContain(TOKEN);
});

test('the next one tells what changed: commits, packages, migrations', async () => {
  const from = commits.at(-1);
  const sha = await commit({ version: '2', migration: true });
  const result = await run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', 'failed-requests': '0' } });
  expect(shown().states).toEqual(['in_progress', 'success']);
  expect(result.summary).toContain(`<p><b>1 commit</b> (<a href="${REPOSITORY}/compare/${from}...${sha}">`);
  expect(result.summary).toContain('<b>Migrations applied:</b> <code>orders.0002_order_note</code></p>');
  expect(result.summary).toMatch(/<b>Packages:<\/b> \d+ packages, the same as before/);
  expect(JSON.parse(result.outputs['changes'] ?? '')).toMatchObject({
    commits: { from, to: sha, count: 1, back: false, lost: 0, shown: [{ sha }] },
    migrations: ['orders.0002_order_note'],
  });
  const times: { host: string | null; name: string }[] = JSON.parse(result.outputs['times'] ?? '');
  expect(times.filter(({ name }) => name === 'switch').map(({ host }) => host)).toEqual(names());
});

test('the same again is no deployment', async () => {
  const result = await run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'unchanged' } });
  expect(github.calls).toEqual([]);
});

test('a deploy that fails is a failure, with the line, the traceback and what to do', async () => {
  const sha = await commit({ version: '3', break: '500', config: { health: { timeout: '6s' } } });
  const result = await run();
  expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed', 'failed-step': 'check' } });
  const { made, states, words } = shown();
  expect(made).toMatchObject({ ref: sha });
  expect(states).toEqual(['in_progress', 'failure']);
  expect(words.length).toBeLessThanOrEqual(140);
  const line = /^::error title=Failed at check,file=orders\/views\.py,line=(\d+)::/m.exec(result.log)?.[1];
  expect(result.summary).toContain(
    `<p><code>RuntimeError: the shop is out of order</code> at <a href="${REPOSITORY}/blob/${sha}/orders/views.py#L${line}">`,
  );
  expect(result.summary).toContain('<p><b>What to do:</b> ');
  expect(result.summary).toMatch(/ failed after [\d.]+ s :crit, /);
  expect(await sections(result.summary)).toHaveLength(3);
});

test('a commit that cannot be built is a failure, too, and the hosts are asked for nothing', async () => {
  await commit({ version: '4', break: 'missing-setting' });
  const result = await run();
  expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
  expect(shown().states.at(-1)).toBe('failure');
  expect(result.summary).toContain('<h2>❌ The build failed</h2>');
  expect(result.log).toMatch(/^::error title=The build failed,file=shop\/settings\/production\.py,line=\d+::/m);
});

test('a job that is cancelled falls back and says so, there as well', async () => {
  await commit({ version: '5' });
  fleet.face.shut();
  const step = await fleet.start({ deployments: 'true', token: TOKEN }, { env: env() });
  await Promise.race([fleet.face.visited(), step.result]);
  step.process.kill('SIGINT');
  const result = await step.result;
  fleet.face.open();
  expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back' } });
  expect(shown().states).toEqual(['in_progress', 'failure']);
  expect(result.summary).toMatch(/^<h2>❌ fell-back: shop \(staging\)<\/h2>/);
  expect(result.summary).toContain('the job was cancelled');
});

test('a rollback is a deployment of what serves again', async () => {
  const result = await run({ command: 'rollback', 'database-ahead': 'true' });
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', commit: commits[0] } });
  const { made, states } = shown();
  expect(made).toMatchObject({ ref: commits[0], task: 'rollback' });
  expect(states).toEqual(['in_progress', 'success']);
  expect(result.summary).toContain('<p><b>1 commit taken back</b>');
  expect(JSON.parse(result.outputs['changes'] ?? '')).toMatchObject({ commits: { back: true, count: 1 } });
});

test.each<[string, Play, string]>([
  ['refuses', { status: 403, body: { message: 'Resource not accessible by integration' } }, 'deployments: write'],
  ['does not answer', 'hang', 'did not answer'],
])('a GitHub that %s is told in one notice, and the site goes live', async (version, answer, words) => {
  play = answer;
  await commit({ version });
  const result = await run();
  expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(result.outputs['deployment']).toBeUndefined();
  expect(result.log.match(/^::notice::GitHub does not show this as a deployment: .*$/gm)).toHaveLength(1);
  expect(result.log).toContain(words);
  expect(github.lines()).toEqual(['POST /deployments']);
});
