import { describe, expect, test } from 'vitest';
import { keepComment } from '../src/github/comment.ts';
import { type LocalGitHub, type Play, startGitHub } from './fixtures/github.ts';

const MARKER = '<!-- graceful plan: shop staging -->';
const access = ({ url, repository }: LocalGitHub) => ({ api: url, repository, token: 't0ken' });
const keep = (github: LocalGitHub) => keepComment(access(github), 7, { marker: MARKER, page: '<h2>plan</h2>' });

describe('the comment of a pull request', () => {
  test('is written where there is none, beside those of others', async () => {
    const others = [
      { id: 1, body: `see ${MARKER}` },
      { id: 2 },
      { id: 3, body: '<!-- graceful plan: shop live -->\nx' },
    ];
    await using github = await startGitHub(
      ({ method }): Play => (method === 'GET' ? { status: 200, body: others } : { status: 201, body: { id: 4 } }),
    );
    await keep(github);
    expect(github.calls.slice(1)).toEqual([
      { method: 'POST', path: '/issues/7/comments', token: 't0ken', body: { body: `${MARKER}\n<h2>plan</h2>` } },
    ]);
  });

  test('is replaced from then on, on whichever page it stands', async () => {
    await using github = await startGitHub(({ method, path }): Play => {
      if (method === 'PATCH') return { status: 200, body: { id: 9 } };
      if (path.includes('page=2')) return { status: 200, body: [{ id: 9, body: `${MARKER}\nold` }] };
      const next = `<${github.url}/repos/example/shop/issues/7/comments?per_page=100&page=2>; rel="next"`;
      return { status: 200, body: [{ id: 1, body: 'x' }], headers: { link: next } };
    });
    await keep(github);
    expect(github.lines().slice(2)).toEqual(['PATCH /issues/comments/9']);
  });

  describe("is not somebody else's, which begins so too", () => {
    /** A pull request with these comments, of which the token may edit `own` alone. */
    const started = (ids: number[], own: number, refusal: number) =>
      startGitHub(({ method, path }): Play => {
        if (method === 'GET') return { status: 200, body: ids.map((id) => ({ id, body: `${MARKER}\nx` })) };
        if (method === 'POST') return { status: 201, body: { id: 9 } };
        return path.endsWith(`/${own}`) ? { status: 200, body: { id: own } } : { status: refusal, body: {} };
      });

    test.each([403, 404])('%d: a new one is written', async (refusal) => {
      await using github = await started([1], 0, refusal);
      await keep(github);
      expect(github.lines().slice(1)).toEqual(['PATCH /issues/comments/1', 'POST /issues/7/comments']);
    });

    test('the next run finds its own behind it', async () => {
      await using github = await started([1, 9], 9, 403);
      await keep(github);
      expect(github.lines().slice(1)).toEqual(['PATCH /issues/comments/1', 'PATCH /issues/comments/9']);
    });

    test('what GitHub refuses for another reason stays an error', async () => {
      await using github = await started([1], 0, 422);
      await expect(keep(github)).rejects.toThrow('answered 422 to PATCH');
      expect(github.lines()).toHaveLength(2);
    });
  });
});
