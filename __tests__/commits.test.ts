import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitsBetween, commitsOnce } from '../src/commands/commits.ts';
import { type Play, startGitHub } from './fixtures/github.ts';

let folder: string;
let shas: string[];

function git(...args: string[]): string {
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  return execFileSync('git', ['-C', folder, ...who, ...args], { encoding: 'utf8' }).trim();
}

function commit(subject: string): string {
  git('commit', '-q', '--allow-empty', '-m', `${subject}\n\nMore words.`);
  return git('rev-parse', 'HEAD');
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graceful-commits-'));
  git('init', '-q', '-b', 'main');
  shas = ['first', 'second', 'third'].map(commit);
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (index: number) => shas[index] ?? '';
const inCheckout = (from: string | null, to: string | null) =>
  commitsBetween({ workspace: folder, github: undefined }, { from, to });

describe('in the checkout', () => {
  test('commits are told newest first', async () => {
    expect(await inCheckout(at(0), at(2))).toEqual({
      from: at(0),
      to: at(2),
      back: false,
      shown: [
        { sha: at(2), author: 'Ada', subject: 'third' },
        { sha: at(1), author: 'Ada', subject: 'second' },
      ],
      count: 2,
      lost: 0,
    });
  });

  test('the way back is told as one', async () => {
    const told = await inCheckout(at(2), at(1));
    expect(told).toMatchObject({ back: true, count: 1, lost: 0, shown: [{ sha: at(2) }] });
  });

  test('the same commit again is none', async () => {
    expect(await inCheckout(at(1), at(1))).toMatchObject({ back: false, count: 0, shown: [] });
  });

  test('of another branch it is told what is lost', async () => {
    git('switch', '-q', '-c', 'other', at(0));
    const other = commit('elsewhere');
    git('switch', '-q', 'main');
    expect(await inCheckout(at(2), other)).toMatchObject({ back: false, count: 1, lost: 2 });
  });

  test('nothing is told of what nobody knows', async () => {
    expect(await inCheckout(null, at(1))).toBeNull();
    expect(await inCheckout('0'.repeat(40), at(1))).toBeNull();
    expect(await commitsBetween({ workspace: tmpdir(), github: undefined }, { from: at(0), to: at(1) })).toBeNull();
  });
});

describe('where the checkout does not go back that far', () => {
  const away = 'a'.repeat(40);
  const told = (...subjects: string[]) =>
    subjects.map((one) => ({ sha: one, commit: { message: `${one}\n\nmore`, author: { name: 'Bob' } } }));
  /** Asks a GitHub that answers so. */
  const fromGitHub = async (play: Parameters<typeof startGitHub>[0]) => {
    await using github = await startGitHub(play);
    const access = { api: github.url, repository: github.repository, token: 't' };
    const between = await commitsBetween({ workspace: folder, github: access }, { from: away, to: at(2) });
    return { between, lines: github.lines() };
  };

  test('GitHub is asked', async () => {
    const body = { ahead_by: 2, behind_by: 0, commits: told('older', 'newer') };
    const { between, lines } = await fromGitHub(() => ({ status: 200, body }));
    expect(lines).toEqual([`GET /compare/${away}...${at(2)}?per_page=100&page=1`]);
    expect(between).toEqual({
      from: away,
      to: at(2),
      back: false,
      shown: [
        { sha: 'newer', author: 'Bob', subject: 'newer' },
        { sha: 'older', author: 'Bob', subject: 'older' },
      ],
      count: 2,
      lost: 0,
    });
  });

  /** One page of so many commits, as GitHub pages them: `1` is the oldest. */
  const page = (path: string, count: number): Play => {
    const from = 100 * (Number(/&page=(\d+)$/.exec(path)?.[1]) - 1);
    const names = Array.from({ length: Math.min(100, count - from) }, (_, index) => String(from + index + 1));
    return { status: 200, body: { ahead_by: count, behind_by: 0, commits: told(...names) } };
  };

  test.each([
    [50, [1]],
    [100, [1]],
    [101, [1, 2]],
    [150, [1, 2]],
    [249, [1, 3, 2]],
    [250, [1, 3]],
  ])('of %d commits the newest 50 are told', async (count, pages) => {
    const { between, lines } = await fromGitHub(({ path }) => page(path, count));
    expect(lines.map((line) => Number(line.split('&page=')[1]))).toEqual(pages);
    expect(between?.count).toBe(count);
    const newest = Array.from({ length: 50 }, (_, index) => String(count - index));
    expect(between?.shown.map(({ sha }) => sha)).toEqual(newest);
  });

  test('the way back is asked for once more', async () => {
    const { between, lines } = await fromGitHub(({ path }) => {
      if (path.includes(`${away}...`)) return { status: 200, body: { ahead_by: 0, behind_by: 101, commits: [] } };
      return page(path, 101);
    });
    expect(lines).toHaveLength(3);
    expect(between).toMatchObject({ back: true, count: 101 });
    expect([between?.shown.length, between?.shown[0]?.sha]).toEqual([50, '101']);
  });

  test('for a fleet each commit that serves is looked up once', async () => {
    await using github = await startGitHub(({ path }) => page(path, 1));
    const access = { api: github.url, repository: github.repository, token: 't' };
    const between = commitsOnce({ workspace: folder, github: access });
    const hosts = [...Array.from({ length: 16 }, () => away), 'b'.repeat(40)];
    const all = await Promise.all(hosts.map((from) => between({ from, to: at(2) })));
    expect(all.map((one) => one?.from)).toEqual(hosts);
    expect(github.lines()).toHaveLength(2);
  });

  test.each<[string, Play]>([
    ['refuses', { status: 403 }],
    ['does not know it', { status: 404 }],
    ['says something else', { status: 200, body: { ahead_by: 'many' } }],
  ])('nothing is told where it %s', async (_, play) => {
    expect((await fromGitHub(() => play)).between).toBeNull();
  });
});
