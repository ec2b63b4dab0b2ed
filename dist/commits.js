import { Dt as string, t as git, wt as object, xt as int, yt as array, z as plainLine } from "./shared.js";
import { setTimeout } from "node:timers/promises";
// src/github/error.ts
/** Longest part of an answer that is told. */
const TOLD = 300;
/** GitHub refused, or did not answer. Never a reason for a deploy to fail. */
var GitHubError = class extends Error {
	name = "GitHubError";
	/** Of the answer; undefined where none came in time. */
	status;
	/** @param what such as `answered 403 to POST /deployments: Resource not accessible by integration` */
	constructor(what, status, cause) {
		super(`GitHub ${plainLine(what).slice(0, TOLD)}`, cause === void 0 ? void 0 : { cause });
		this.status = status;
	}
};
// src/github/client.ts
/**
* The part of GitHub's REST API that is about one repository. A run tells GitHub what it did; it never needs GitHub for doing it, so
* everything here has a time limit.
*/
const LIMITS$1 = {
	answerMs: 1e4,
	callMs: 25e3,
	waitMs: 1e3
};
/** The version whose answers are understood. */
const VERSION = "2022-11-28";
/** As many as GitHub gives at once. */
const PAGE$1 = 100;
/** A list that never ends is none. */
const PAGES = 30;
/** An attempt that may go better the next time. */
var Again = class extends GitHubError {
	/** How long GitHub wants not to be asked, milliseconds. */
	afterMs;
	constructor(what, status, afterMs, cause) {
		super(what, status, cause);
		this.afterMs = afterMs;
	}
};
/** GitHub's API for one repository. Paths are below `/repos/OWNER/NAME`. */
var GitHub = class {
	#access;
	#limits;
	#signal;
	/** @param signal ends every call */
	constructor(access, signal, limits = {}) {
		this.#access = access;
		this.#limits = {
			...LIMITS$1,
			...limits
		};
		this.#signal = signal;
	}
	/**
	* Asks once, and again where GitHub was overloaded or wants to be asked more slowly.
	*
	* @param path such as `/deployments`
	* @returns the answer's JSON, undefined where it has none; nobody has looked at its shape
	* @throws GitHubError
	*/
	async ask(method, path, body) {
		const { json } = await this.#persistently(method, this.#url(path), body);
		return json;
	}
	/** A list, page by page. @throws GitHubError */
	async *list(path) {
		const first = this.#url(path);
		first.searchParams.set("per_page", String(PAGE$1));
		let url = first;
		for (let page = 0; url !== void 0 && page < PAGES; page += 1) {
			const { json, next } = await this.#persistently("GET", url);
			if (!Array.isArray(json)) throw new GitHubError(`answered GET ${path} with something that is no list`);
			yield* json;
			url = next;
		}
	}
	#url(path) {
		return new URL(`${this.#access.api}/repos/${this.#access.repository}${path}`);
	}
	async #persistently(method, url, body) {
		const deadline = performance.now() + this.#limits.callMs;
		for (let wait = this.#limits.waitMs;; wait *= 2) try {
			return await this.#once(method, url, body, deadline - performance.now());
		} catch (error) {
			if (!(error instanceof Again) || this.#signal?.aborted) throw error;
			const pause = error.afterMs ?? wait;
			if (performance.now() + pause >= deadline) throw error;
			await setTimeout(pause, void 0, this.#signal && { signal: this.#signal }).catch(() => {});
		}
	}
	async #once(method, url, body, leftMs) {
		const where = `${method} ${url.pathname}`;
		const time = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(this.#limits.answerMs, leftMs))));
		let response;
		let text;
		try {
			response = await fetch(url, {
				method,
				headers: {
					accept: "application/vnd.github+json",
					authorization: `Bearer ${this.#access.token}`,
					"user-agent": "graceful",
					"x-github-api-version": VERSION,
					...body === void 0 ? {} : { "content-type": "application/json" }
				},
				...body === void 0 ? {} : { body: JSON.stringify(body) },
				signal: this.#signal === void 0 ? time : AbortSignal.any([time, this.#signal])
			});
			text = await response.text();
		} catch (error) {
			const what = `did not answer ${where}: ${reasonOf(error)}`;
			throw method === "POST" ? new GitHubError(what, void 0, error) : new Again(what, void 0, void 0, error);
		}
		const json = jsonOf(text);
		if (response.ok) return {
			json,
			next: nextOf(response.headers.get("link"), url)
		};
		const what = `answered ${response.status} to ${where}${messageOf(json)}`;
		const afterMs = waitOf(response.headers, Date.now());
		const isSlower = response.status === 429 || response.status === 403 && afterMs !== void 0;
		if (response.status < 500 && !isSlower) throw new GitHubError(what, response.status);
		throw new Again(what, response.status, afterMs);
	}
};
/** How long GitHub wants to wait, milliseconds; undefined where it does not say. Pure. */
function waitOf(headers, now) {
	const after = headers.get("retry-after");
	if (after !== null && /^\d+$/.test(after)) return Number(after) * 1e3;
	const reset = headers.get("x-ratelimit-reset");
	if (headers.get("x-ratelimit-remaining") !== "0" || reset === null || !/^\d+$/.test(reset)) return void 0;
	return Math.max(0, Number(reset) * 1e3 - now);
}
/** Where the next page is, of a header `Link`; never elsewhere than this one. Pure. */
function nextOf(link, here) {
	const found = /<([^<>]+)>\s*;[^,<]*\brel="next"/.exec(link ?? "")?.[1];
	const next = found === void 0 ? null : URL.parse(found, here.href);
	return next?.origin === here.origin ? next : void 0;
}
function jsonOf(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
/** `: Resource not accessible by integration`, as GitHub says why. */
function messageOf(json) {
	return typeof json === "object" && json !== null && "message" in json && typeof json.message === "string" ? `: ${json.message}` : "";
}
/** `fetch` hides the reason in its cause. */
function reasonOf(error) {
	if (!(error instanceof Error)) return String(error);
	return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
// src/github/compare.ts
/** It is only told: nobody waits long for that. Milliseconds. */
const LIMITS = {
	answerMs: 4e3,
	callMs: 6e3
};
/** So many are named; the others are counted. */
const SHOWN$1 = 50;
/** As many as GitHub gives at once. */
const PAGE = 100;
const Compared = object({
	ahead_by: int(),
	behind_by: int(),
	commits: array(object({
		sha: string(),
		commit: object({
			message: string(),
			author: object({ name: string() }).nullable()
		})
	}))
});
/** The commits between two, as GitHub knows them. @throws GitHubError, or ZodError for an answer of another shape */
async function compare(access, from, to) {
	const github = new GitHub(access, void 0, LIMITS);
	const ask = async (base, head) => {
		const page = async (number) => Compared.parse(await github.ask("GET", `/compare/${base}...${head}?per_page=${PAGE}&page=${number}`));
		const first = await page(1);
		const last = Math.ceil(first.ahead_by / PAGE);
		return last > 1 ? await page(last) : first;
	};
	const forth = await ask(from, to);
	const back = forth.ahead_by === 0 && forth.behind_by > 0;
	const { commits, ahead_by: count } = back ? await ask(to, from) : forth;
	return {
		from,
		to,
		back,
		shown: commits.map(({ sha, commit: { message, author } }) => ({
			sha,
			subject: message.split("\n")[0] ?? "",
			author: author?.name ?? ""
		})).reverse().slice(0, SHOWN$1),
		count,
		lost: back ? 0 : forth.behind_by
	};
}
// src/commands/commits.ts
/** The commits between two releases: from the checkout, or from GitHub where the checkout does not go back that far. */
/** So many are named; the others are counted. */
const SHOWN = 50;
/** What separates the fields of a commit; nobody can write it into one. */
const FIELD = "%x1f";
const COMMIT = "%x1e";
/**
* What leads from one commit to another. Never a reason for a run to fail.
* @returns null where neither the checkout nor GitHub knows both of them
*/
async function commitsBetween(run, { from, to }) {
	if (from === null || to === null) return null;
	try {
		return await inCheckout(run.workspace, from, to) ?? (run.github ? await compare(run.github, from, to) : null);
	} catch {
		return null;
	}
}
/** @returns null where the checkout does not have them, as one of a single commit (`fetch-depth: 1`) */
async function inCheckout(workspace, from, to) {
	const counted = await git(workspace, [
		"rev-list",
		"--left-right",
		"--count",
		`${from}...${to}`,
		"--"
	], [128]);
	if (counted.code !== 0) return null;
	const [lost = 0, gained = 0] = counted.stdout.trim().split(/\s+/).map(Number);
	const back = gained === 0 && lost > 0;
	const range = back ? `${to}..${from}` : `${from}..${to}`;
	return {
		from,
		to,
		back,
		shown: (await git(workspace, [
			"log",
			`--max-count=${SHOWN}`,
			`--format=%H${FIELD}%an${FIELD}%s${COMMIT}`,
			range,
			"--"
		])).stdout.split("").flatMap((one) => {
			const [sha = "", author = "", subject = ""] = one.trim().split("");
			return sha === "" ? [] : [{
				sha,
				author,
				subject
			}];
		}),
		count: back ? lost : gained,
		lost: back ? 0 : lost
	};
}
export { commitsBetween };
