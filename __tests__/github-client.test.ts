import { describe, expect, test } from 'vitest';
import { GitHub, nextOf, waitOf } from '../src/github/client.ts';
import { GitHubError, mendOf } from '../src/github/error.ts';
import { type LocalGitHub, type Play, startGitHub } from './fixtures/github.ts';

const QUICK = { answerMs: 300, callMs: 1_000, waitMs: 5 };

const client = ({ url, repository }: LocalGitHub, signal?: AbortSignal) =>
  new GitHub({ api: url, repository, token: 't0ken' }, signal, QUICK);

/** What a call was refused with. */
async function refusal(call: Promise<unknown>): Promise<GitHubError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GitHubError)) throw new Error(`not refused by GitHub: ${error}`);
  return error;
}

describe('a call', () => {
  test('says who asks, and what', async () => {
    await using github = await startGitHub();
    expect(await client(github).ask('POST', '/deployments', { ref: 'main' })).toEqual({ id: 1 });
    expect(github.calls).toEqual([{ method: 'POST', path: '/deployments', token: 't0ken', body: { ref: 'main' } }]);
  });

  test.each([401, 403, 404, 409, 422])('that is answered %i is not repeated', async (status) => {
    await using github = await startGitHub(() => ({ status, body: { message: 'Not\u001b[31m for you' } }));
    const { message, ...error } = await refusal(client(github).ask('GET', '/deployments'));
    expect(message).toBe(`GitHub answered ${status} to GET /repos/example/shop/deployments: Not for you`);
    expect(error.status).toBe(status);
    expect(github.calls).toHaveLength(1);
  });

  test.each<[string, Play]>([
    ['an overloaded GitHub', { status: 502 }],
    ['one that wants to be asked more slowly', { status: 403, headers: { 'retry-after': '0' } }],
    ['one that was asked too often', { status: 429 }],
  ])('is repeated with %s', async (_, play) => {
    await using github = await startGitHub((_call, index) => (index < 2 ? play : { status: 200, body: 'well' }));
    expect(await client(github).ask('POST', '/deployments', {})).toBe('well');
    expect(github.lines()).toEqual(Array.from({ length: 3 }, () => 'POST /deployments'));
  });

  test('waits no longer than it may', async () => {
    await using github = await startGitHub(() => ({ status: 503, headers: { 'retry-after': '60' } }));
    expect((await refusal(client(github).ask('GET', '/deployments'))).status).toBe(503);
    expect(github.calls).toHaveLength(1);
  });

  test('ends when there is no answer, and posts nothing twice', async () => {
    await using github = await startGitHub(() => 'hang');
    const { message } = await refusal(client(github).ask('POST', '/deployments', {}));
    expect(message).toMatch(/^GitHub did not answer POST \/repos\/example\/shop\/deployments: .*timeout/);
    expect(github.calls).toHaveLength(1);
    await refusal(client(github).ask('GET', '/deployments'));
    expect(github.calls.length).toBeGreaterThan(2);
  });

  test('ends at once when it is not wanted any more', async () => {
    const stop = new AbortController();
    await using github = await startGitHub(() => {
      stop.abort();
      return 'hang';
    });
    await refusal(client(github, stop.signal).ask('GET', '/deployments'));
    expect(github.calls).toHaveLength(1);
  });

  test('to nobody is told with the reason', async () => {
    const github = await startGitHub();
    await github[Symbol.asyncDispose]();
    expect((await refusal(client(github).ask('POST', '/deployments', {}))).message).toContain('ECONNREFUSED');
  });

  test('answered without JSON is one all the same', async () => {
    await using github = await startGitHub(() => ({ status: 204 }));
    expect(await client(github).ask('DELETE', '/issues/comments/1')).toBeUndefined();
  });
});

test('a list goes over all its pages', async () => {
  await using github = await startGitHub(({ path }) => {
    const page = Number(new URL(path, 'http://x').searchParams.get('page') ?? '1');
    const link = `<${github.url}/repos/example/shop/issues/3/comments?per_page=100&page=${page + 1}>; rel="next", <x>; rel="last"`;
    return { status: 200, body: [page], headers: page < 3 ? { link } : {} };
  });
  const pages: unknown[] = [];
  for await (const page of client(github).list('/issues/3/comments')) pages.push(page);
  expect(pages).toEqual([1, 2, 3]);
  expect(github.lines()[0]).toBe('GET /issues/3/comments?per_page=100');
});

test('the token goes to no other server', () => {
  const here = new URL('https://api.github.com/repos/o/r/issues');
  expect(nextOf('<https://elsewhere.example/2>; rel="next"', here)).toBeUndefined();
  expect(nextOf('<https://api.github.com/repositories/1/issues?page=2>; rel="next"', here)?.search).toBe('?page=2');
  expect(nextOf('<https://api.github.com/1>; rel="prev"', here)).toBeUndefined();
  expect(nextOf(null, here)).toBeUndefined();
});

test('GitHub says how long it wants to wait', () => {
  const wait = (headers: Record<string, string>) => waitOf(new Headers(headers), 1_700_000_000_000);
  expect(wait({ 'retry-after': '7' })).toBe(7_000);
  expect(wait({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000003' })).toBe(3_000);
  expect(wait({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1600000000' })).toBe(0);
  expect(wait({ 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': '1700000003' })).toBeUndefined();
  expect(wait({})).toBeUndefined();
});

test('a refusal says what the token lacks', () => {
  expect(mendOf(new GitHubError('x', 403), 'deployments: write')).toContain('`permissions: deployments: write`');
  expect(mendOf(new GitHubError('x', 404), 'issues: write')).toContain('issues: write');
  expect(mendOf(new GitHubError('x', 401), 'x')).toContain('expired');
  expect(mendOf(new GitHubError('x', 500), 'x')).toContain('tries again');
});
