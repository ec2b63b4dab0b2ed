import { At as string, Dt as object, St as array, a as GitHub, t as git, wt as int } from "./shared.js";
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
