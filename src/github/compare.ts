import * as z from 'zod';
import type { Commits } from '../report/changes.ts';
import { type Access, GitHub } from './client.ts';

/** It is only told: nobody waits long for that. Milliseconds. */
const LIMITS = { answerMs: 4_000, callMs: 6_000 };
/** So many are named; the others are counted. */
const SHOWN = 50;
/** As many as GitHub gives at once. */
const PAGE = 100;

const Compared = z.object({
  ahead_by: z.int(),
  behind_by: z.int(),
  commits: z.array(
    z.object({
      sha: z.string(),
      commit: z.object({ message: z.string(), author: z.object({ name: z.string() }).nullable() }),
    }),
  ),
});

/** The commits between two, as GitHub knows them. @throws GitHubError, or ZodError for an answer of another shape */
export async function compare(access: Access, from: string, to: string): Promise<Commits> {
  const github = new GitHub(access, undefined, LIMITS);
  const ask = async (base: string, head: string) => {
    const page = async (number: number) =>
      Compared.parse(await github.ask('GET', `/compare/${base}...${head}?per_page=${PAGE}&page=${number}`));
    const first = await page(1);
    // The oldest come first.
    const last = Math.ceil(first.ahead_by / PAGE);
    if (last <= 1) return first;
    const { commits: newest } = await page(last);
    if (newest.length >= SHOWN) return { ...first, commits: newest };
    const { commits: before } = last === 2 ? first : await page(last - 1);
    return { ...first, commits: [...before, ...newest] };
  };
  const forth = await ask(from, to);
  const back = forth.ahead_by === 0 && forth.behind_by > 0;
  // It names those alone that are new.
  const { commits, ahead_by: count } = back ? await ask(to, from) : forth;
  const shown = commits.map(({ sha, commit: { message, author } }) => ({
    sha,
    subject: message.split('\n')[0] ?? '',
    author: author?.name ?? '',
  }));
  return { from, to, back, shown: shown.reverse().slice(0, SHOWN), count, lost: back ? 0 : forth.behind_by };
}
