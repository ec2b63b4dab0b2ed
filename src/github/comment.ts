/** One comment of a pull request that is kept up to date. */
import * as z from 'zod';
import { type Access, GitHub } from './client.ts';
import { GitHubError } from './error.ts';

/** What GitHub takes of a comment, with room for a note: its limit is 65,536 characters. Bytes. */
export const COMMENT_ROOM = 60_000;

const Comment = z.object({ id: z.int(), body: z.string().nullish() });

/**
 * Writes a comment, in the place of the one that begins with the same marker and that this token may edit.
 * @param marker an HTML comment that nobody sees
 * @param page what people see
 * @throws GitHubError
 */
export async function keepComment(
  access: Access,
  pullRequest: number,
  { marker, page }: { marker: string; page: string },
): Promise<void> {
  const github = new GitHub(access);
  const body = { body: `${marker}\n${page}` };
  for await (const told of github.list(`/issues/${pullRequest}/comments`)) {
    const comment = Comment.safeParse(told).data;
    if (comment?.body?.startsWith(marker) && (await replaced(github, comment.id, body))) return;
  }
  await github.ask('POST', `/issues/${pullRequest}/comments`, body);
}

/** False where the comment is somebody else's: anybody may write one that begins so. */
async function replaced(github: GitHub, comment: number, body: object): Promise<boolean> {
  try {
    await github.ask('PATCH', `/issues/comments/${comment}`, body);
    return true;
  } catch (error) {
    if (error instanceof GitHubError && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}
