import { expect, test } from 'vitest';
import { Deployment } from '../src/github/deployment.ts';
import type { Outcome } from '../src/protocol/messages.ts';
import { actionsLog } from '../src/report/log.ts';
import { type Call, type LocalGitHub, type Play, startGitHub } from './fixtures/github.ts';

const COMMIT = 'abcdef1234567890abcdef1234567890abcdef12';
const RUN = 'https://github.com/example/shop/actions/runs/7';
const LIVE: Outcome = {
  result: 'live',
  release: '20261122T043400Z-abcdef1',
  previous: '20261121T043400Z-1111111',
  commit: COMMIT,
  message: 'The new release serves.',
  failure: null,
};

/** What a run told GitHub, and its log. */
async function told(
  play: ((call: Call, index: number) => Play) | undefined,
  use: (deployment: Deployment) => Promise<unknown>,
  over: { command?: 'deploy' | 'rollback'; deployments?: boolean; token?: boolean } = {},
): Promise<{ calls: Call[]; said: string[]; result: unknown }> {
  await using local: LocalGitHub = await startGitHub(play);
  const said: string[] = [];
  const { command = 'deploy', deployments = true, token = true } = over;
  const stage = { name: 'production', site: 'shop', url: 'https://www.example.org' };
  const github = token ? { api: local.url, repository: local.repository, token: 't0ken' } : undefined;
  const log = { ...actionsLog(), notice: (text: string) => void said.push(text) };
  const limits = { answerMs: 200, callMs: 600, waitMs: 5 };
  const deployment = new Deployment({ command, stage, origin: { runUrl: RUN }, github, deployments }, log, limits);
  const result = await use(deployment);
  return { calls: local.calls, said, result };
}

const MADE = {
  ref: COMMIT,
  task: 'deploy',
  environment: 'production',
  description: 'shop: deploy',
  auto_merge: false,
  required_contexts: [],
};
const status = (state: string, description: string) => ({
  state,
  environment: 'production',
  environment_url: 'https://www.example.org',
  log_url: RUN,
  description,
  auto_inactive: true,
});

/** A run that begins, and ends so. */
const whole = (outcome: Partial<Outcome>) => (deployment: Deployment) => {
  deployment.begin(COMMIT);
  return deployment.end({ outcome: { ...LIVE, ...outcome } });
};

test('a deploy is under way, then a success, at the address of its stage', async () => {
  const { calls, said, result } = await told(undefined, whole({}));
  expect(calls).toEqual([
    { method: 'POST', path: '/deployments', token: 't0ken', body: MADE },
    { method: 'POST', path: '/deployments/1/statuses', token: 't0ken', body: status('in_progress', 'under way') },
    { method: 'POST', path: '/deployments/1/statuses', token: 't0ken', body: status('success', LIVE.message) },
  ]);
  expect(said).toEqual([]);
  expect(result).toBe(1);
});

test.each([
  ['failed', 'failure'],
  ['fell-back', 'failure'],
  ['split', 'failure'],
  ['not-reverted', 'failure'],
  ['superseded', 'inactive'],
] as const)('one that ended %s is told as %s', async (result, state) => {
  const { calls } = await told(undefined, whole({ result, message: `Said\nlong: ${'x'.repeat(200)}` }));
  expect(calls.at(-1)?.body).toEqual(status(state, `Said long: ${'x'.repeat(128)}…`));
});

test('one that broke before the host was asked is a failure', async () => {
  const { calls } = await told(undefined, (deployment) => {
    deployment.begin(COMMIT);
    return deployment.broke('pip failed');
  });
  expect(calls.at(-1)?.body).toEqual(status('failure', 'pip failed'));
});

test('a rollback is told when it is over, with the commit that serves again', async () => {
  const { calls } = await told(undefined, (deployment) => deployment.end({ outcome: LIVE }), { command: 'rollback' });
  expect(calls.map(({ body }) => body)).toEqual([
    { ...MADE, task: 'rollback', description: 'shop: rollback' },
    status('in_progress', 'under way'),
    status('success', LIVE.message),
  ]);
});

test.each<[string, Partial<Outcome>]>([
  ['fell back', { result: 'fell-back', release: LIVE.previous }],
  ['changed nothing', { result: 'unchanged', release: LIVE.previous }],
  ['only restarted', { release: LIVE.previous }],
])('nothing is told of a run that began none and %s', async (_, outcome) => {
  const { calls, result } = await told(undefined, (deployment) => deployment.end({ outcome: { ...LIVE, ...outcome } }));
  expect(calls).toEqual([]);
  expect(result).toBeUndefined();
});

test('nothing is told where it is not asked for', async () => {
  expect(await told(undefined, whole({}), { deployments: false })).toMatchObject({ calls: [], said: [] });
});

test('without a token that is said, once', async () => {
  const { calls, said } = await told(undefined, whole({}), { token: false });
  expect(calls).toEqual([]);
  expect(said).toEqual([
    'GitHub does not show this as a deployment: there is no token. Set the input `token`. The site is not concerned.',
  ]);
});

test.each<[string, Play, number, string]>([
  [
    'may not',
    { status: 403, body: { message: 'Resource not accessible by integration' } },
    1,
    'permissions: deployments: write',
  ],
  ['sees no repository', { status: 404 }, 1, 'permissions: deployments: write'],
  ['names a commit that GitHub lacks', { status: 422, body: { message: 'No ref found for: x' } }, 1, 'is it pushed'],
  ['gets an error each time', { status: 500 }, 7, 'githubstatus.com'],
  ['gets no answer', 'hang', 1, 'did not answer'],
  ['gets something else', { status: 200, body: [] }, 1, 'without a deployment'],
])('a token that %s is told of in one notice, and nothing more is asked', async (_, play, most, words) => {
  const { calls, said, result } = await told(() => play, whole({}));
  expect(calls.length).toBeLessThanOrEqual(most);
  expect(calls.every(({ path }) => path === '/deployments')).toBe(true);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(words);
  expect(result).toBeUndefined();
});

test('a status that is refused is told of once, too', async () => {
  const { calls, said } = await told(
    (_, index) => (index === 0 ? { status: 201, body: { id: 9 } } : { status: 403 }),
    whole({}),
  );
  expect(calls.map(({ path }) => path)).toEqual(['/deployments', '/deployments/9/statuses']);
  expect(said).toHaveLength(1);
});
