/**
 * The part of GitHub's REST API that is about one repository. A run tells GitHub what it did; it never needs GitHub for doing it, so
 * everything here has a time limit.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { GitHubError } from './error.ts';

/** Where the API is, and who asks. */
export interface Access {
  /** Such as `https://api.github.com`. */
  api: string;
  /** `owner/name`. */
  repository: string;
  token: string;
}

/** Milliseconds. */
export interface Limits {
  /** Longest that one answer may take. */
  answerMs: number;
  /** Longest that a call may take with all its attempts and the waits between them. */
  callMs: number;
  /** Before the second attempt; twice as long before each further one, unless GitHub says how long. */
  waitMs: number;
}

const LIMITS: Limits = { answerMs: 10_000, callMs: 25_000, waitMs: 1_000 };
/** The version whose answers are understood. */
const VERSION = '2022-11-28';
/** As many as GitHub gives at once. */
const PAGE = 100;
/** A list that never ends is none. */
const PAGES = 30;

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** An attempt that may go better the next time. */
class Again extends GitHubError {
  /** How long GitHub wants not to be asked, milliseconds. */
  readonly afterMs: number | undefined;

  constructor(what: string, status: number | undefined, afterMs: number | undefined, cause?: unknown) {
    super(what, status, cause);
    this.afterMs = afterMs;
  }
}

/** GitHub's API for one repository. Paths are below `/repos/OWNER/NAME`. */
export class GitHub {
  readonly #access: Access;
  readonly #limits: Limits;
  readonly #signal: AbortSignal | undefined;

  /** @param signal ends every call */
  constructor(access: Access, signal?: AbortSignal, limits: Partial<Limits> = {}) {
    this.#access = access;
    this.#limits = { ...LIMITS, ...limits };
    this.#signal = signal;
  }

  /**
   * Asks once, and again where GitHub was overloaded or wants to be asked more slowly.
   *
   * @param path such as `/deployments`
   * @returns the answer's JSON, undefined where it has none; nobody has looked at its shape
   * @throws GitHubError
   */
  async ask(method: Method, path: string, body?: object): Promise<unknown> {
    const { json } = await this.#persistently(method, this.#url(path), body);
    return json;
  }

  /** A list, page by page. @throws GitHubError */
  async *list(path: string): AsyncGenerator<unknown> {
    const first = this.#url(path);
    first.searchParams.set('per_page', String(PAGE));
    let url: URL | undefined = first;
    for (let page = 0; url !== undefined && page < PAGES; page += 1) {
      const { json, next }: { json: unknown; next: URL | undefined } = await this.#persistently('GET', url);
      if (!Array.isArray(json)) throw new GitHubError(`answered GET ${path} with something that is no list`);
      yield* json;
      url = next;
    }
  }

  #url(path: string): URL {
    return new URL(`${this.#access.api}/repos/${this.#access.repository}${path}`);
  }

  async #persistently(method: Method, url: URL, body?: object): Promise<{ json: unknown; next: URL | undefined }> {
    const deadline = performance.now() + this.#limits.callMs;
    for (let wait = this.#limits.waitMs; ; wait *= 2) {
      try {
        return await this.#once(method, url, body, deadline - performance.now());
      } catch (error) {
        if (!(error instanceof Again) || this.#signal?.aborted) throw error;
        const pause = error.afterMs ?? wait;
        if (performance.now() + pause >= deadline) throw error;
        await sleep(pause, undefined, this.#signal && { signal: this.#signal }).catch(() => {});
      }
    }
  }

  async #once(
    method: Method,
    url: URL,
    body: object | undefined,
    leftMs: number,
  ): Promise<{ json: unknown; next: URL | undefined }> {
    const where = `${method} ${url.pathname}`;
    const time = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(this.#limits.answerMs, leftMs))));
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${this.#access.token}`,
          'user-agent': 'graceful',
          'x-github-api-version': VERSION,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: this.#signal === undefined ? time : AbortSignal.any([time, this.#signal]),
      });
      text = await response.text();
    } catch (error) {
      const what = `did not answer ${where}: ${reasonOf(error)}`;
      // What was posted may have arrived: posted again, it would be there twice.
      throw method === 'POST' ? new GitHubError(what, undefined, error) : new Again(what, undefined, undefined, error);
    }
    const json = jsonOf(text);
    if (response.ok) return { json, next: nextOf(response.headers.get('link'), url) };
    const what = `answered ${response.status} to ${where}${messageOf(json)}`;
    const afterMs = waitOf(response.headers, Date.now());
    const isSlower = response.status === 429 || (response.status === 403 && afterMs !== undefined);
    if (response.status < 500 && !isSlower) throw new GitHubError(what, response.status);
    throw new Again(what, response.status, afterMs);
  }
}

/** How long GitHub wants to wait, milliseconds; undefined where it does not say. Pure. */
export function waitOf(headers: Headers, now: number): number | undefined {
  const after = headers.get('retry-after');
  if (after !== null && /^\d+$/.test(after)) return Number(after) * 1_000;
  const reset = headers.get('x-ratelimit-reset');
  if (headers.get('x-ratelimit-remaining') !== '0' || reset === null || !/^\d+$/.test(reset)) return undefined;
  return Math.max(0, Number(reset) * 1_000 - now);
}

/** Where the next page is, of a header `Link`; never elsewhere than this one. Pure. */
export function nextOf(link: string | null, here: URL): URL | undefined {
  const found = /<([^<>]+)>\s*;[^,<]*\brel="next"/.exec(link ?? '')?.[1];
  const next = found === undefined ? null : URL.parse(found, here.href);
  return next?.origin === here.origin ? next : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `: Resource not accessible by integration`, as GitHub says why. */
function messageOf(json: unknown): string {
  const isTold = typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string';
  return isTold ? `: ${json.message}` : '';
}

/** `fetch` hides the reason in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
