import { setTimeout as sleep } from 'node:timers/promises';
import type { HealthSpec } from '../protocol/messages.ts';

/** What the runner has to see at the public URL before it confirms. */
export interface PublicCheck {
  /** Base address of the stage. */
  url: string;
  release: string;
  health: HealthSpec;
  /** STATIC_URL's path where the site's own web server serves it, else null. */
  static: string | null;
  /** Visitors get the maintenance page. */
  offline: boolean;
}

/** How a check ended: `null` is good, else why it is not. */
export type Trouble = string | null;

/** Longest that one answer may take, milliseconds. */
const ONE_ANSWER_MS = 10_000;
const LAST_ASK_MS = 2_000;
const POLL_MS = 200;
/** Visitors get what the health path gets: so many bad answers in a row (not: no answer) are enough. */
const BAD_ENOUGH = 3;
const BODY_LIMIT = 64 * 1024;

/**
 * Asks the public URL until it gave `successes` good answers in a row, or the health time-out is over.
 *
 * @returns null when it is good, else the last trouble in words
 */
export async function checkPublic(check: PublicCheck, signal: AbortSignal): Promise<Trouble> {
  const deadline = Date.now() + check.health.timeoutMs;
  let good = 0;
  let bad = 0;
  let trouble: Trouble = 'no answer yet';
  while (good < check.health.successes) {
    const left = deadline - Date.now();
    if (left <= 0 || bad >= BAD_ENOUGH || signal.aborted) return trouble ?? 'stopped';
    // The last ask gets time enough too: cut short, its time-out would hide what was wrong.
    const asked = await ask(check, Math.min(Math.max(left, LAST_ASK_MS), ONE_ANSWER_MS), signal);
    trouble = asked.trouble;
    good = trouble === null ? good + 1 : 0;
    bad = asked.bad ? bad + 1 : 0;
    if (trouble !== null) await sleep(Math.min(POLL_MS, left));
  }
  return null;
}

/** One ask; `bad` tells an answer of the site that is not good from an answer that is missing or of another release. */
async function ask(
  check: PublicCheck,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ trouble: Trouble; bad: boolean }> {
  try {
    const marker = new URL(`${check.static ?? ''}graceful.txt`, check.url);
    // Both at once; what the marker says counts only where the health is good.
    const marking = check.static === null ? null : get(marker, timeoutMs, signal);
    marking?.catch(() => undefined);
    const health = await get(new URL(check.health.path, check.url), timeoutMs, signal);
    // Where this runner's address is allowed, it gets the site all the same, and judges it.
    if (check.offline && health.status === 503) return { trouble: null, bad: false };
    const trouble = judge(check.health, health);
    if (trouble !== null || marking === null) return { trouble, bad: trouble !== null };
    const told = await marking;
    if (told.status !== 200) return { trouble: `${marker.href} answered ${told.status}`, bad: false };
    const release = told.body.trim();
    const right = release === check.release;
    return { trouble: right ? null : `${marker.href} names release ${release}, not ${check.release}`, bad: false };
  } catch (error) {
    return { trouble: `${noAnswer(check.url)}: ${reason(error)}`, bad: false };
  }
}

function noAnswer(url: string): string {
  return `no answer from ${url}`;
}

/** What to do about a public check that failed in an operation of that kind. Pure. */
export function mendOf(trouble: string, url: string, kind: string): string {
  const again = kind === 'deploy' ? 'deploy again' : `run ${kind} again`;
  if (!trouble.startsWith(noAnswer(url)))
    return `The host's own web server answered well: look at what visitors pass before it (DNS, a proxy, a CDN), mend it, and ${again}.`;
  return (
    `The host's own web server answers, and this runner cannot reach ${url}: look at \`url\` of the stage in graceful.yml, DNS, the firewall` +
    ` and the certificate, then ${again}. Where runners never can reach it, deploy with verify: { public: false }.`
  );
}

interface Answer {
  status: number;
  location: string | null;
  body: string;
}

/** Why an answer is not good, or null. Pure. */
export function judge(health: HealthSpec, answer: Answer): Trouble {
  const listed = health.status?.includes(answer.status) ?? false;
  if (!listed && answer.location !== null && answer.status >= 300 && answer.status < 400) {
    return `${health.path} redirects (${answer.status}) to ${answer.location}; a redirect is not healthy`;
  }
  if (health.status === null ? answer.status < 200 || answer.status > 299 : !listed) {
    return `${health.path} answered ${answer.status}, not ${health.status?.join(' or ') ?? '2xx'}`;
  }
  if (health.body !== null && !answer.body.includes(health.body)) {
    return `${health.path} answered ${answer.status} without ${JSON.stringify(health.body)} in its body`;
  }
  return null;
}

/** Has Node load its HTTP client, which else the first request would wait for: some 20 ms of this process alone. */
export function readyToAsk(): void {
  fetch('data:,').catch(() => undefined);
}

/** One request as every check makes it. @throws Error where no whole answer comes in time */
export async function get(url: URL, timeoutMs: number, signal: AbortSignal, agent = 'graceful'): Promise<Answer> {
  const response = await fetch(url, {
    redirect: 'manual',
    // A shared cache on the way must not answer for the release before.
    headers: { 'user-agent': agent, 'cache-control': 'no-cache' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  const body = (await response.text()).slice(0, BODY_LIMIT);
  return { status: response.status, location: response.headers.get('location'), body };
}

/** `fetch` hides the reason in its cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
