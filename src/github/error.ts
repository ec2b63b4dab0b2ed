import { plainLine } from '../report/text.ts';

/** Longest part of an answer that is told. */
const TOLD = 300;

/** GitHub refused, or did not answer. Never a reason for a deploy to fail. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  /** Of the answer; undefined where none came in time. */
  readonly status: number | undefined;

  /** @param what such as `answered 403 to POST /deployments: Resource not accessible by integration` */
  constructor(what: string, status?: number, cause?: unknown) {
    super(`GitHub ${plainLine(what).slice(0, TOLD)}`, cause === undefined ? undefined : { cause });
    this.status = status;
  }
}

/**
 * What to do about it, a sentence.
 * @param permission what the token needs, as workflows write it: `deployments: write`
 */
export function mendOf({ status }: GitHubError, permission: string): string {
  switch (status) {
    case 401:
      return 'The token is wrong or has expired: look at the input `token`.';
    // A private repository is not there for a token that may not see it.
    case 403:
    case 404:
      return `Give the job \`permissions: ${permission}\`, or an input \`token\` that has it.`;
    case 409:
    case 422:
      return 'What it says is about this commit: is it pushed to this repository?';
    default:
      return 'Look at https://www.githubstatus.com; the next run tries again.';
  }
}
