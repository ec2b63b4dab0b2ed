import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commitsBetween } from '../src/commands/commits.ts';
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

  test('the way back, and the newest of many, are asked for once more', async () => {
    const { between, lines } = await fromGitHub(({ path }) => {
      if (path.includes(`${away}...`)) return { status: 200, body: { ahead_by: 0, behind_by: 101, commits: [] } };
      const commits = path.endsWith('page=2') ? told('newest') : told('old');
      return { status: 200, body: { ahead_by: 101, behind_by: 0, commits } };
    });
    expect(lines).toHaveLength(3);
    expect(between).toMatchObject({ back: true, count: 101, shown: [{ sha: 'newest' }] });
  });

  test.each<[string, Play]>([
    ['refuses', { status: 403 }],
    ['does not know it', { status: 404 }],
    ['says something else', { status: 200, body: { ahead_by: 'many' } }],
  ])('nothing is told where it %s', async (_, play) => {
    expect((await fromGitHub(() => play)).between).toBeNull();
  });
});
