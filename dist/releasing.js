import { i as __toESM, n as __exportAll, t as __commonJSMin } from "./rolldown-runtime.js";
import { A as objectStream, An as redact, At as SERVERS, Cn as unknown, Ct as require_dist, Dn as run, En as lastLines, Fn as faultsOf, Ft as INTERFACES, I as writeText, In as messageOf, It as lackingOnHost, J as fitted, Jt as require_fastest_levenshtein, K as ROOM$1, Kt as isHost, Ln as refuse, Lt as readDebianPackages, M as buildSpec, Mn as BuildError, Mt as interfacesOf, Nn as BuildErrors, Nt as atLeast$1, O as MAJOR, On as cancelling, Pn as codeOf, Q as text, Rn as together, Sn as union, Tn as listed, Ut as SITE, Wt as SYSTEM_NAMES, X as link, Y as folded, Z as table$1, _ as greet, _n as number, a as repositoryOf, an as plainLine, bn as strictObject, bt as topOfCheckout, c as checkPublic, cn as size, dn as _enum, f as Phases, fn as array, g as describeFault, gn as literal, hn as int, i as describeRelease, in as mendOf, j as packStream, jn as withoutCredentials, jt as SERVER_NAMES, kn as partsOf$1, l as allOf, lt as answer, mn as custom, mt as ConfigError, n as operate, nn as GitHub, o as runningOn, ot as setOutputs, pn as boolean, q as commitLink, qt as isOrigin, rn as GitHubError, s as wavesOf, sn as seconds, t as makeReport, tn as commitsOnce, u as connectAll, v as refuseFaults, vn as object, vt as parseConfig, w as HostError, wn as git, xn as string, y as compressionOf, yn as record } from "./shared.js";
import { t as cacheFolder } from "./cache-folder.js";
import { basename, delimiter, dirname, isAbsolute, join, posix, relative, resolve as resolve$1 } from "node:path";
import { availableParallelism, homedir, tmpdir } from "node:os";
import { isIP } from "node:net";
import { Readable, pipeline } from "node:stream";
import { createInflate } from "node:zlib";
import { createHash, hash as hash$1, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { accessSync, closeSync, constants, copyFileSync, createReadStream, createWriteStream, existsSync, fstatSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, readlinkSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { setImmediate, setTimeout } from "node:timers/promises";
import { chmod, copyFile, cp, lstat, mkdir, mkdtemp, mkdtempDisposable, open, readFile, readdir, readlink, realpath, rename, rm, rmdir, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { pipeline as pipeline$1 } from "node:stream/promises";
// src/init/files.ts
var import_dist = require_dist();
const SCHEMA = "https://raw.githubusercontent.com/OWNER/graceful/v1/schema/graceful.schema.json";
const SELF = "uses: ./ # in your repository: OWNER/graceful@v1";
/** Every file by its path in the repository. @param uses the Action, as a workflow names it */
function filesOf$1(project, templates, uses) {
	const deploys = project.stages.map(({ name, entries }) => {
		const branch = String(entries.find(({ key }) => key === "branch")?.value);
		return [`.github/workflows/${name}.yml`, deployOf(templates.staging, name, branch, project, uses)];
	});
	return {
		"graceful.yml": gracefulYml(project),
		...Object.fromEntries(deploys),
		".github/workflows/rollback.yml": rollbackOf(templates.rollback, project, uses)
	};
}
function gracefulYml({ common, stages }) {
	return [
		`# yaml-language-server: $schema=${SCHEMA}`,
		"# Written by `graceful init`. Look at each line that is guessed, then take the marks out. All else that may stand here:",
		"# https://github.com/OWNER/graceful/blob/v1/docs/configuration.md",
		...common.map((entry) => line(entry)),
		"stages:",
		...stages.flatMap(({ name, entries }) => [`  ${name}:`, ...entries.map((entry) => `    ${line(entry)}`)]),
		""
	].join("\n");
}
function line({ key, value, mark, why }) {
	return `${key}: ${flow(value)} # ${mark}: ${why}`;
}
/** As YAML on one line. */
function flow(value) {
	return (0, import_dist.stringify)(value, {
		collectionStyle: "flow",
		lineWidth: 0
	}).trim();
}
function deployOf(template, stage, branch, project, uses) {
	const title = stage[0]?.toUpperCase() + stage.slice(1);
	const env = project.secrets.map((name) => `            ${name}=\${{ secrets.${name} }}\n`).join("");
	return `# Every push to \`${branch}\` goes live on ${stage}. Written by \`graceful init\`.\n${replaced$1(withoutHead(template).replaceAll("staging", stage).replaceAll("Staging", title), [
		[`          env: |\n            SECRET_KEY=\${{ secrets.SECRET_KEY }}\n`, env === "" ? "" : `          env: |\n${env}`],
		["python-version: \"3.11\"", `python-version: "${project.python}"`],
		["branches: [develop]", `branches: [${flow(branch)}]`],
		[SELF, `uses: ${uses}`]
	])}`;
}
function rollbackOf(template, { stages }, uses) {
	return "# A button under \"Actions\" that puts an earlier release back, within seconds. Written by `graceful init`.\n" + replaced$1(withoutHead(template), [["options: [staging, production]", `options: [${stages.map(({ name }) => name).join(", ")}]`], [SELF, `uses: ${uses}`]]);
}
/** A template begins with words on how to copy it. */
function withoutHead(template) {
	return template.replace(/^(?:#[^\n]*\n)+/, "");
}
function replaced$1(text, pairs) {
	return pairs.reduce((result, [from, to]) => {
		if (!result.includes(from)) throw new Error(`the workflow to copy has no "${from}"`);
		return result.replace(from, () => to);
	}, text);
}
// src/build/django/modules.ts
/** Where a project's Python modules, and the settings in them, are in its files. */
/** The line of a text that holds these words. */
function placeOf$2(text, words, file) {
	const line = text.split("\n").findIndex((one) => one.includes(words));
	return line === -1 ? { file } : {
		file,
		line: line + 1
	};
}
/** Where the settings assign a name: in their own file, or in one beside it; the file itself when in none. */
async function placeOfSetting(folder, project, settings, name) {
	const found = await placeInSettings(folder, project, settings, new RegExp(`^${name}\\b[^=]*=`));
	const own = await moduleFile(folder, settings);
	return found ?? (own === null ? null : { file: posix.join(project, own) });
}
/** Where the settings name an app, or something in it, by its module. */
function placeOfApp(folder, project, settings, module) {
	return placeInSettings(folder, project, settings, new RegExp(`^[^#]*['"]${module.replaceAll(".", "\\.")}\\b`));
}
async function placeInSettings(folder, project, settings, words) {
	for (const file of await settingsFiles(folder, settings)) {
		const line = (await readFile(join(folder, file), "utf8")).split("\n").findIndex((one) => words.test(one));
		if (line !== -1) return {
			file: posix.join(project, file),
			line: line + 1
		};
	}
	return null;
}
/** The file of the settings module, then those beside it that it mostly comes from (`from .base import *`). */
async function settingsFiles(folder, settings) {
	const file = await moduleFile(folder, settings);
	if (file === null) return [];
	const beside = await readdir(join(folder, dirname(file)));
	const named = [
		"base.py",
		"common.py",
		"defaults.py",
		"__init__.py"
	].filter((name) => beside.includes(name));
	const inPackage = file.split("/").length > 2 || file.endsWith("/__init__.py");
	return [.../* @__PURE__ */ new Set([file, ...inPackage ? named.map((name) => posix.join(dirname(file), name)) : []])];
}
/** File of a dotted module relative to the project, or null. */
async function moduleFile(folder, module) {
	const path = module.replaceAll(".", "/");
	for (const candidate of [`${path}.py`, `${path}/__init__.py`]) if (await isFile(join(folder, candidate))) return candidate;
	return null;
}
async function isFile(path) {
	return await stat(path).then((status) => status.isFile(), () => false);
}
async function exists$1(path) {
	return await stat(path).then(() => true, () => false);
}
// src/build/django/application.ts
/** What the application server is to serve: found in the settings, else by the name of its file. */
/** The setting that names the application of an interface: `WSGI_APPLICATION`. */
const settingOf = (served) => `${served.toUpperCase()}_APPLICATION`;
/** `WSGI_APPLICATION` (or `ASGI_APPLICATION`) in the text of a settings module, as `module:attribute`, or undefined. Pure. */
function applicationIn(settings, served) {
	const dotted = new RegExp(`^${settingOf(served)}\\s*(?::\\s*[\\w[\\]. |]+)?=\\s*['"]([\\w.]+)\\.(\\w+)['"]`, "m").exec(settings);
	return dotted ? `${dotted[1]}:${dotted[2]}` : void 0;
}
/**
* The application of a project for one of the interfaces: what its settings (or the module beside them that they come
* from) name, else the `wsgi.py` or `asgi.py` that is there.
*
* @param interfaces - those that the server can serve, in the order in which they are looked for
* @throws BuildError
*/
async function findApplication(folder, project, settings, interfaces) {
	const files = await settingsFiles(folder, settings);
	const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
	for (const served of interfaces) for (const text of texts) {
		const application = applicationIn(text, served);
		if (application !== void 0) return {
			application,
			interface: served
		};
	}
	const found = [];
	for (const served of interfaces) {
		const modules = await modulesNamed(folder, settings, served);
		const [only] = modules;
		if (only !== void 0 && modules.length === 1) return {
			application: `${only}:application`,
			interface: served
		};
		found.push(...modules.map((module) => `${module}:application`));
	}
	const kinds = interfaces.map((served) => served.toUpperCase()).join(" or ");
	throw new BuildError(`no ${kinds} application was found in ${project === "." ? "the project" : project}`, { mend: `add django: { application: PACKAGE.${interfaces[0]}:application } to graceful.yml${found.length > 0 ? `; there are ${found.join(", ")}` : ""}` });
}
/** The module of that name nearest to the settings, else all those in a package of the project. */
async function modulesNamed(folder, settings, name) {
	const parts = settings.split(".");
	for (let length = parts.length - 1; length > 0; length--) {
		const module = [...parts.slice(0, length), name].join(".");
		if (await moduleFile(folder, module) !== null) return [module];
	}
	const packages = (await readdir(folder, { withFileTypes: true })).filter((item) => item.isDirectory());
	const found = [];
	for (const item of packages) if (await isFile(join(folder, item.name, `${name}.py`))) found.push(`${item.name}.${name}`);
	return found.sort();
}
// src/build/django/django.ts
/** Folders deep in which `manage.py` is looked for. */
const DEPTH = 3;
/**
* Finds the project folder, the settings module and the application, as far as they are not configured.
*
* @param top - folder of the source tree
* @param interfaces - those that the server can serve, in the order in which they are looked for
* @throws BuildError that says what was looked for, and which line of graceful.yml names it
*/
async function findDjango(top, configured, interfaces) {
	const notices = [];
	const project = await findProject(top, posix.normalize(configured.project), notices);
	const folder = join(top, project);
	const manage = await readFile(join(folder, "manage.py"), "utf8");
	const settings = configured.settings ?? settingsIn(manage);
	if (settings === void 0) throw new BuildError("it names no DJANGO_SETTINGS_MODULE", {
		mend: "add django: { settings: PACKAGE.settings } to graceful.yml",
		place: { file: posix.join(project, "manage.py") }
	});
	if (await moduleFile(folder, settings) === null) throw notInCommit("settings", project, settings, configured.settings === void 0 ? placeOf$2(manage, settings, posix.join(project, "manage.py")) : null);
	const { application, interface: served } = configured.application === void 0 ? await findApplication(folder, project, settings, interfaces) : {
		application: configured.application,
		interface: interfaces[0]
	};
	const [module = ""] = application.split(":");
	const own = await moduleFile(folder, module) !== null;
	if (!own && !await isPackages(folder, module)) throw notInCommit("application", project, module, configured.application === void 0 ? await placeOfSetting(folder, project, settings, settingOf(served)) : null);
	return {
		project,
		manage: "manage.py",
		settings,
		configured: configured.settings !== void 0,
		application,
		interface: served,
		own,
		notices
	};
}
/** The settings module that the text of a `manage.py` falls back to, or undefined. Pure. */
function settingsIn(manage) {
	return /DJANGO_SETTINGS_MODULE['"]\s*(?:,|\]\s*=)\s*['"]([\w.]+)['"]/.exec(manage)?.[1];
}
async function findProject(top, project, notices) {
	if (posix.isAbsolute(project) || project === ".." || project.startsWith("../")) throw new BuildError(`the project folder ${project} lies outside of the repository`, { mend: "name a folder below the top of the repository: django: { project: FOLDER }" });
	const trimmed = project.replace(/\/+$/, "");
	if (await isFile(join(top, trimmed, "manage.py"))) return trimmed;
	const found = await projectsBelow(top);
	const [only] = found;
	if (trimmed === "." && only !== void 0 && found.length === 1) {
		notices.push(`manage.py found in ${only}: that folder is the project`);
		return only;
	}
	throw new BuildError(`there is no manage.py in ${trimmed === "." ? "the top folder" : trimmed} of the commit`, { mend: found.length === 0 ? "commit manage.py, or name its folder by django: { project: FOLDER } in graceful.yml" : `choose by django: { project: FOLDER } in graceful.yml; manage.py is in ${found.join(", ")}` });
}
/** Folders below the top that have a `manage.py`, relative to it. */
function projectsBelow(top) {
	return findManage(top, ".", DEPTH);
}
async function findManage(top, folder, depth) {
	const items = await readdir(join(top, folder), { withFileTypes: true });
	const found = folder !== "." && items.some((item) => item.isFile() && item.name === "manage.py") ? [folder] : [];
	if (depth === 0) return found;
	for (const item of items) {
		const name = item.name;
		if (!item.isDirectory() || name.startsWith(".") || name === "node_modules") continue;
		found.push(...await findManage(top, posix.join(folder, name), depth - 1));
	}
	return found.sort();
}
/** True when a module can only be in an installed package: nothing of the project has its first name. */
async function isPackages(folder, module) {
	const [top = ""] = module.split(".");
	return !(await exists$1(join(folder, top)) || await isFile(join(folder, `${top}.py`))) && module.includes(".");
}
function notInCommit(what, project, module, place) {
	const looked = posix.join(project, `${module.replaceAll(".", "/")}.py`);
	return new BuildError(`the ${what} module ${module} is not in the commit (looked for ${looked})`, {
		mend: `commit the file, or name the right module by django: { ${what}: ... } in graceful.yml`,
		...place === null ? {} : { place }
	});
}
/**
* Sees that the application's module is in a package when it is not in the commit.
* @throws BuildError
*/
function assertApplication(django, env) {
	if (django.own) return;
	const [top = ""] = django.application.split(/[.:]/);
	const inside = new RegExp(`^lib/python[^/]+/site-packages/${top}(/|\\.)`);
	if (env.some(({ path }) => inside.test(path))) return;
	throw new BuildError(`the application ${django.application} is neither in the commit nor in a package`, { mend: "name the right one by django: { application: PACKAGE.wsgi:application } in graceful.yml, or add its package to the requirements" });
}
// src/build/django/settings-variables.ts
/** The environment variable that an error of loading settings speaks of, or null. Pure. */
function missingVariable(kinds, message) {
	const name = /^'([A-Za-z_]\w*)'$/.exec(message)?.[1];
	if (kinds.includes("KeyError")) return name !== void 0 && name === name.toUpperCase() ? name : null;
	if (!kinds.includes("ImproperlyConfigured") && !kinds.includes("UndefinedValueError") && !/environ/i.test(message)) return null;
	return /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b(?<=['"])[A-Z][A-Z0-9]{2,}(?=['"])/.exec(message)?.[0] ?? null;
}
/** `os.environ["X"]`, django-environ's `env("X")` and `env.str("X")`, decouple's `config("X")`: each without a default. */
const WANTS = [
	/\benviron\[\s*['"](\w+)['"]\s*\](?!\s*=[^=])/g,
	/\benv(?:\.\w+)?\(\s*['"](\w+)['"]\s*\)/g,
	/\bconfig\(\s*['"](\w+)['"]\s*(?:,\s*cast\s*=[^,)]*)?\)/g
];
/** What reads only under a condition, or when it is called. */
const BLOCK$1 = /^(?:(?:if|elif|else|for|while|with|try|except|finally|def|class|async)\b|@)/;
/** Variables that the text of a settings module cannot do without, as far as its plain statements show it. Pure. */
function variablesWanted(text) {
	let plain = true;
	const code = text.split("\n").filter((line) => {
		if (/^[^\s#)\]}]/.test(line)) plain = !BLOCK$1.test(line);
		return plain && !/^\s*#|\bif\b.*\belse\b/.test(line);
	}).join("\n");
	const found = WANTS.flatMap((pattern) => [...code.matchAll(pattern)]);
	return [...new Set(found.toSorted((a, b) => a.index - b.index).map(([, name = ""]) => name))];
}
/** Variables that name a database, also where there is a default. */
const DATABASE$1 = /\b(?:environ|env|config|getenv)\b[^\n]*?['"](\w*(?:DATABASE|POSTGRES|MYSQL|(?<![A-Z])(?:DB|PG))\w*)['"]/g;
/** django-environ's and dj-database-url's own name, where none is given. */
const DATABASE_URL = /\benv\.db(?:_url)?\(\s*\)|\bdj_database_url\.config\((?!\s*env\s*=)/;
/** Variables by which the text of a settings module finds its database. Pure. */
function databaseVariables(text) {
	const named = [...text.matchAll(DATABASE$1)].map(([, name = ""]) => name);
	return [.../* @__PURE__ */ new Set([...DATABASE_URL.test(text) ? ["DATABASE_URL"] : [], ...named])];
}
async function variablesOf(project, settings, given) {
	const texts = await Promise.all((await settingsFiles(project, settings)).map((file) => readFile(join(project, file), "utf8")));
	const unique = (names) => [...new Set(names)];
	return {
		unset: unique(texts.flatMap(variablesWanted)).filter((name) => given[name] === void 0),
		database: unique(texts.flatMap(databaseVariables))
	};
}
// src/build/installer/index-fault.ts
/** Why an index did not give a package, out of the words of uv or pip, which would else only say that there is none. */
const ALL_HASHES = "write all packages with their hashes: uv pip compile --generate-hashes, or pip-compile --generate-hashes";
const REFUSALS = [
	/index(?: URL)? \((?<url>\S+?)\) (?:could not be queried due to a lack of valid authentication credentials \(|returned an? )(?<status>40[13])/i,
	/Could not fetch URL (?<url>\S+?): (?<status>40[13]) Client Error/,
	/HTTP status client error \((?<status>40[13])[^)]*\) for url \((?<url>[^)]*)\)/
];
const TROUBLES = [
	/HTTP status server error \((?<status>5\d\d)[^)]*\) for url \((?<url>[^)]*)\)/,
	/Could not fetch URL (?<url>\S+?): (?<status>5\d\d) Server Error/,
	/Could not fetch URL (?<url>\S+?): [^ ].*?Max retries exceeded.*?too many (?<status>5\d\d) error responses/
];
/**
* Reads an installer's words; undefined when they are about something else. Pure.
*
* @param said all words in one line
*/
function explainIndex(said, { file, lines }) {
	const own = `an index of your own is named by --index-url in ${file}, PIP_INDEX_URL or UV_INDEX_URL`;
	const refused = REFUSALS.map((pattern) => pattern.exec(said)?.groups).find((groups) => groups !== void 0);
	if (refused !== void 0) {
		const { url = "", status = "" } = refused;
		return {
			what: `the index ${hostOf$1(url)} refuses the login (${status} ${status === "401" ? "Unauthorized" : "Forbidden"})`,
			mend: `give the step a login that may read there, from a secret (docs/build.md, "Private indexes")`,
			package: void 0
		};
	}
	const troubled = TROUBLES.map((pattern) => pattern.exec(said)?.groups).find((groups) => groups !== void 0);
	if (troubled !== void 0) {
		const { url = "", status = "" } = troubled;
		return {
			what: `the index ${hostOf$1(url)} is in trouble (${status})`,
			mend: `run it again; ${own}`,
			package: void 0
		};
	}
	if (/invalid peer certificate|CERTIFICATE_VERIFY_FAILED/.test(said)) return {
		what: "the certificate of the package index is not one that is trusted here",
		mend: "name the file of the authority that signed it by SSL_CERT_FILE (uv) and PIP_CERT (pip), set by env of the step",
		package: void 0
	};
	if (/Failed to establish a new connection|tcp connect error|dns error|error sending request|Read timed out/.test(said)) return {
		what: "the package index cannot be reached",
		mend: `run it again; ${own}`,
		package: void 0
	};
	if (isGitFault(said)) {
		const from = /git (?:clone|fetch|checkout)\b.*? '?(\w+:\/\/[^\s'@]+)/.exec(said)?.[1] ?? "git+";
		const name = lines.find(({ text }) => text.includes("git+") && text.includes(from))?.text.split(/[ @[]/)[0];
		return {
			what: `the git repository${name === void 0 ? "" : ` of ${name}`}, or the commit that is asked for, cannot be had`,
			mend: "see that the commit was pushed, and that the runner may read the repository",
			package: name
		};
	}
	const other = /Hash mismatch for [`']?([^`'\s]+)/.exec(said)?.[1] ?? /DO NOT MATCH THE HASHES.*? {1}(\S+==\S+|\S+) from /.exec(said)?.[1];
	if (other !== void 0) return {
		what: `${other.replace("==", " ")} is not what its hash says`,
		mend: "find out why before you take the new hash: its files were exchanged on the index, or the hash is of another version",
		package: other
	};
	if (/Can't verify hashes for these|point to local (?:files|directories)|way to hash version control/.test(said)) return {
		what: "pip takes hashes for all requirements or for none, and a commit or a folder can have none",
		mend: "let uv install (add a step with uses: astral-sh/setup-uv), or leave the hashes out",
		package: void 0
	};
	const bare = /In --require-hashes mode, all requirements must have.*?:\s+(\S+)/.exec(said)?.[1];
	if (bare !== void 0) return {
		what: `${withoutCredentials(bare)} is needed and has no hash, and others have one`,
		mend: ALL_HASHES,
		package: bare
	};
}
function hostOf$1(url) {
	return /^[a-z]+:\/\/(?:[^/@]*@)?([^/\s]+)/i.exec(url)?.[1] ?? url;
}
/** Whether it was git that failed: nothing is to be compiled for that. Pure. */
function isGitFault(said) {
	return /Git operation failed|git (clone|fetch|checkout)\b.*? did not run successfully/.test(said);
}
// src/build/turns.ts
/** After so much work at a stretch whatever else goes on in the program has its turn, ms. */
const TURN_MS = 20;
/** For work that waits for nothing: what this gives is to be awaited once in a while. */
function turns() {
	let began = performance.now();
	return async () => {
		if (performance.now() - began < TURN_MS) return;
		await setImmediate();
		began = performance.now();
	};
}
// src/build/manifest.ts
/** Files are read in pieces of this size. */
const PIECE_BYTES = 262144;
/**
* Reads a folder and writes its manifest.
*
* @param what - the tree's name in errors (`the source tree`)
* @throws BuildError naming the path for anything but files, folders and links that stay inside, and for names that are
*   not UTF-8
*/
async function manifestOf(folder, what, reading) {
	return {
		folder,
		manifest: manifestFrom(await entriesOf(folder, await filesIn(folder, what, reading), what, reading))
	};
}
/** All files and links of a folder. @throws BuildError as {@link manifestOf} */
async function filesIn(folder, what, { entering = () => {} } = {}) {
	const found = [];
	const turn = turns();
	await walk(folder, "", what, found, async (path) => {
		await turn();
		entering(path);
	});
	return found;
}
/** Reads files and links of a folder. @throws BuildError as {@link manifestOf} */
async function entriesOf(folder, found, what, reading = {}) {
	const top = await realpath(folder);
	const entries = [];
	const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
	const turn = turns();
	for (const { path, link } of found) {
		await turn();
		const known = link ? void 0 : reading.known?.(path);
		entries.push(known ?? (link ? await linkEntry(top, path, what) : await fileEntry(top, path, piece, turn, reading)));
	}
	return entries;
}
/** The manifest of entries in any order. Pure. */
function manifestFrom(entries) {
	const keyed = entries.map((entry) => ({
		entry,
		key: Buffer.from(entry.path)
	}));
	keyed.sort((a, b) => Buffer.compare(a.key, b.key));
	const sorted = keyed.map(({ entry }) => entry);
	const text = sorted.map((entry) => `${JSON.stringify(lineOf$1(entry))}\n`).join("");
	return {
		text,
		digest: sha256(text),
		entries: sorted
	};
}
/** What a manifest's text says, in its order. Pure. @throws Error for what is no manifest */
function entriesIn(text) {
	const lines = JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`);
	return Array.isArray(lines) ? lines.map(entryOf) : [];
}
/** By hand, since a schema takes a quarter of a second for the lines of a large environment. */
function entryOf(line) {
	if (Array.isArray(line)) {
		const [kind, what, size, path] = line;
		if (kind === "link" && typeof what === "string" && typeof size === "string" && line.length === 3) return {
			kind,
			target: what,
			path: size
		};
		if (typeof size === "number" && Number.isSafeInteger(size) && size >= 0 && (kind === "file" || kind === "exec") && typeof what === "string" && /^[0-9a-f]{64}$/.test(what)) {
			if (typeof path === "string" && line.length === 4) return {
				kind,
				sha256: what,
				bytes: size,
				path
			};
		}
	}
	throw new Error(`this is no line of a manifest: ${JSON.stringify(line)}`);
}
/** In lower-case hex. Pure. */
function sha256(content) {
	return hash$1("sha256", content, "hex");
}
function lineOf$1(entry) {
	if (entry.kind === "link") return [
		"link",
		entry.target,
		entry.path
	];
	return [
		entry.kind,
		entry.sha256,
		entry.bytes,
		entry.path
	];
}
/** At once and not through libuv's threads, as files are read. */
async function walk(top, path, what, found, entering) {
	await entering(path);
	const items = readdirSync(`${top}/${path}`, { withFileTypes: true });
	if (items.some(({ name }) => name.includes("�"))) refuseForeignNames(top, path, what);
	for (const item of items) {
		const child = path === "" ? item.name : `${path}/${item.name}`;
		if (item.isDirectory()) await walk(top, child, what, found, entering);
		else if (item.isFile() || item.isSymbolicLink()) found.push({
			path: child,
			link: item.isSymbolicLink()
		});
		else throw new BuildError(`${what}: ${child} is neither a file nor a folder nor a symbolic link`, {
			mend: "remove it: sockets, pipes and devices cannot be part of a release",
			place: { file: child }
		});
	}
}
/** U+FFFD is what bytes that mean nothing are decoded to: such a name would silently become another one. */
function refuseForeignNames(top, path, what) {
	const foreign = readdirSync(`${top}/${path}`, { encoding: "buffer" }).find((name) => !Buffer.from(name.toString("utf8")).equals(name));
	if (foreign === void 0) return;
	const child = posix.join(path, foreign.toString("utf8"));
	throw new BuildError(`${what}: the name of ${JSON.stringify(child)} is not UTF-8`, {
		mend: "rename it: names of files must be UTF-8 to mean the same on every host",
		place: { file: child }
	});
}
/**
* Hashes a file. Read at once and not through libuv's threads: what is hashed was just written, or is read for each deploy, so it is in
* memory, and through a thread a small file takes eight times the processor. And all into one buffer, `piece`: one for each of
* thousands of files is a lot of garbage.
*/
async function fileEntry(top, path, piece, turn, { inspect }) {
	const file = openSync(`${top}/${path}`, constants.O_RDONLY | constants.O_NOFOLLOW);
	try {
		const { mode, size } = fstatSync(file);
		const kind = (mode & 64) === 0 ? "file" : "exec";
		const read = () => piece.subarray(0, readSync(file, piece));
		const start = read();
		inspect?.(path, start, true);
		if (start.length === size) return {
			kind,
			sha256: sha256(start),
			bytes: size,
			path
		};
		const whole = createHash("sha256").update(start);
		let bytes = start.length;
		for (let more = read(); more.length > 0; more = read()) {
			inspect?.(path, more, false);
			whole.update(more);
			bytes += more.length;
			await turn();
		}
		return {
			kind,
			sha256: whole.digest("hex"),
			bytes,
			path
		};
	} finally {
		closeSync(file);
	}
}
async function linkEntry(top, path, what) {
	const bytes = await readlink(join(top, path), { encoding: "buffer" });
	const target = bytes.toString("utf8");
	if (!Buffer.from(target).equals(bytes) || !staysInside(path, target) || !await leadsInside(top, path)) throw new BuildError(`${what}: the symbolic link ${path} leads out of it, to ${target}`, {
		mend: "replace it by a file, or by a relative link to something inside; for data of the site itself use \"shared\"",
		place: { file: path }
	});
	return {
		kind: "link",
		target,
		path
	};
}
/** Whether a link's target, read as text, is relative and below the tree's top. Pure. */
function staysInside(path, target) {
	if (target === "" || target.includes("\0") || posix.isAbsolute(target)) return false;
	const resolved = posix.join(posix.dirname(path), target);
	return resolved !== ".." && !resolved.startsWith("../");
}
/** The same on disk: `up/..` through another link may lead elsewhere than the text says. */
async function leadsInside(top, path) {
	try {
		const real = await realpath(join(top, path));
		return real === top || real.startsWith(`${top}/`);
	} catch (thrown) {
		if (codeOf(thrown) === "ENOENT") return true;
		if (codeOf(thrown) === "ELOOP") return true;
		throw thrown;
	}
}
// src/build/requirements/requirement-lines.ts
/** Name of a project as indexes compare it (PEP 503). */
function normaliseName(name) {
	return name.toLowerCase().replace(/[-_.]+/g, "-");
}
/** Logical lines of a requirements file with the number of the physical line each starts at. Pure. */
function logicalLines(content) {
	const found = [];
	let joined = null;
	const physical = content.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
	for (const [index, raw] of physical.entries()) {
		const comment = /^\s*#/.test(raw);
		const continued = raw.endsWith("\\") && !comment;
		const part = continued ? raw.slice(0, -1) : raw;
		joined = joined === null ? {
			text: part,
			line: index + 1
		} : {
			text: joined.text + part,
			line: joined.line
		};
		if (continued && index < physical.length - 1) continue;
		const text = joined.text.replace(/(^|\s+)#.*$/, "").trim();
		if (text !== "") found.push({
			text,
			line: joined.line
		});
		joined = null;
	}
	return found;
}
/** A requirement with its name normalised and blanks that mean nothing removed. Pure. */
function canonicalRequirement(text) {
	const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)$/.exec(text);
	if (!match) return withoutCredentials(text.replace(/\s+/g, " "));
	const [, name = "", extras = "", rest = ""] = match;
	const extraNames = extras.slice(1, -1).split(",").map((extra) => normaliseName(extra.trim()));
	const shownExtras = extras === "" ? "" : `[${extraNames.filter((extra) => extra !== "").sort().join(",")}]`;
	const end = rest.search(/;|@|(?:^|\s)--/);
	const specifiers = (end < 0 ? rest : rest.slice(0, end)).replace(/[\s()]+/g, "").split(",").filter((part) => part !== "").sort().join(",");
	const tail = canonicalTail(end < 0 ? "" : rest.slice(end));
	return withoutCredentials(`${normaliseName(name)}${shownExtras}${specifiers}${tail === "" ? "" : ` ${tail}`}`);
}
/** What stands behind name and versions (an address, a marker, hashes), written in one way. */
function canonicalTail(tail) {
	const words = tail.trim().split(/\s+/);
	const hashes = words.filter((word) => word.startsWith("--hash="));
	const others = words.filter((word) => !word.startsWith("--hash=")).join(" ");
	return [others.startsWith(";") ? `; ${canonicalMarker(others.slice(1))}` : others.replace(/^@\s*/, "@ "), ...new Set(hashes.sort())].filter((part) => part !== "").join(" ");
}
function canonicalMarker(marker) {
	return marker.replace(/\s*(===|[=~!<>]=|[<>])\s*/g, " $1 ").replace(/'([^'"]*)'/g, "\"$1\"").trim();
}
/**
* What is wrong with the shape of a requirement (`Django=5`, `Django 5`, a version without a comma), or undefined: the
* installers would tell it of a file that nobody has seen. Pure.
*/
function requirementFault(text) {
	if (/^[\w.+-]*:\/\//.test(text) || /^[\w.-]+\s*(\[[^\]]*\])?\s*@/.test(text)) return void 0;
	const [, name, rest = ""] = /^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$/.exec(text) ?? [];
	if (name === void 0) return `"${text}" is no requirement`;
	const end = rest.search(/;|(?:^|\s)--/);
	const bare = (end < 0 ? rest : rest.slice(0, end)).trim().replace(/^\((.*)\)$/, "$1").trim();
	if (bare === "") return void 0;
	const wrong = bare.split(",").find((part) => !/^\s*(===|==|~=|!=|<=|>=|<|>)\s*[\w.*+!-]+\s*$/.test(part));
	return wrong === void 0 ? void 0 : `"${wrong.trim()}" after ${name} is no version to ask for`;
}
/**
* Hashes that requirements have themselves (`--hash=sha256:...`), by the names of the packages; where they have none, those that their
* constraints have, as uv takes them. Pure.
*/
function hashesAsked(lines) {
	const requirements = lines.filter(({ kind }) => kind === "requirement").map(({ canonical }) => canonical);
	const constraints = lines.filter(({ kind }) => kind === "constraint").map(({ canonical }) => canonical.replace(/^constraint /, ""));
	return new Map([...hashesOf$1(constraints), ...hashesOf$1(requirements)]);
}
function hashesOf$1(canonical) {
	const found = /* @__PURE__ */ new Map();
	for (const text of canonical) {
		const name = nameIn(text);
		const hashes = text.match(/--hash=\S+/g) ?? [];
		if (name !== void 0 && hashes.length > 0) found.set(name, [...found.get(name) ?? [], ...hashes]);
	}
	return found;
}
/** The package of a requirement that is canonical; undefined where it names none. Pure. */
function nameIn(canonical) {
	return /^[a-z0-9-]+/.exec(canonical)?.[0];
}
// src/build/requirements/requirements.ts
/**
* Reads a requirements file of the source tree, following `-r` and `-c` relative to the file that names them.
*
* @param top - folder of the source tree
* @param file - path relative to it
* @throws BuildErrors with all missing files and refused lines together, each with file and line
*/
async function readRequirements(top, file) {
	const reader = {
		top,
		seen: /* @__PURE__ */ new Set(),
		lines: [],
		faults: []
	};
	await readInto(reader, file, "requirement", null);
	refuse([...reader.faults, ...lackingHashes(reader.lines)]);
	return {
		file,
		lines: reader.lines,
		locked: false
	};
}
/**
* Lines as of a requirements file that stand in another one (a lock file, a `pyproject.toml`).
* @throws BuildErrors with all faults, each at its line
*/
async function linesOf(top, file, texts) {
	const reader = {
		top,
		seen: /* @__PURE__ */ new Set(),
		lines: [],
		faults: []
	};
	for (const { text, line } of texts) await readLine(reader, file, line, text, "requirement");
	refuse(reader.faults);
	return reader.lines;
}
/** Where one package has a hash, all have to, themselves or by a constraint: a faked one could else come in beside it. Pure. */
function lackingHashes(lines) {
	if (!lines.some(({ canonical }) => / --hash=/.test(canonical) || canonical === "--require-hashes")) return [];
	const hashed = hashesAsked(lines);
	return lines.filter(({ kind, canonical }) => kind === "requirement" && !/ @ | sha256:|^[^ ]+:\/\//.test(canonical)).filter(({ canonical }) => !hashed.has(nameIn(canonical) ?? "")).map(({ canonical, file, line }) => new BuildError(`${canonical} has no hash, and others have one`, {
		mend: ALL_HASHES,
		place: {
			file,
			line
		}
	}));
}
async function readInto(reader, file, kind, from) {
	const path = posix.normalize(file);
	if (reader.seen.has(`${kind} ${path}`)) return;
	reader.seen.add(`${kind} ${path}`);
	const add = (what, mend) => {
		reader.faults.push(new BuildError(what, {
			mend,
			place: from ?? { file: path }
		}));
	};
	if (path.startsWith("../") || posix.isAbsolute(path)) {
		add(`${file} lies outside of the source tree`, "name a file of the repository");
		return;
	}
	let content;
	try {
		content = await readFile(join(reader.top, path), "utf8");
	} catch (thrown) {
		if (codeOf(thrown) !== "ENOENT" && codeOf(thrown) !== "EISDIR") throw thrown;
		add(`${from === null ? "this file" : path} is not in the commit`, "commit the file, or mend its name (python: { requirements: FILE } in graceful.yml)");
		return;
	}
	for (const { text, line } of logicalLines(content)) await readLine(reader, path, line, text, kind);
}
async function readLine(reader, file, line, text, kind) {
	const add = (what, mend) => {
		reader.faults.push(new BuildError(what, {
			mend,
			place: {
				file,
				line
			}
		}));
	};
	const [, name = "", value = ""] = /^(-{1,2}[a-zA-Z-]*?)(?:\s*=\s*|\s+|(?<=^-[a-zA-Z])(?=\S)|$)(.*)$/.exec(text) ?? [];
	switch (name) {
		case "":
			await readRequirement(reader, file, line, text, kind);
			return;
		case "-r":
		case "--requirement":
		case "-c":
		case "--constraint": {
			if (value.includes("://")) {
				add(`${withoutCredentials(value)} is a web address`, "copy that file into the repository: a build must not depend on what it is today");
				return;
			}
			const constraint = kind === "constraint" || name === "-c" || name === "--constraint";
			await readInto(reader, posix.join(posix.dirname(file), value), constraint ? "constraint" : "requirement", {
				file,
				line
			});
			return;
		}
		case "-e":
		case "--editable":
			add(`an editable requirement (${name}) points into the runner's own folders`, "leave out -e: the repository's own code is deployed anyway, other packages are installed as copies");
			return;
		case "-f":
		case "--find-links": {
			const local = value.includes("://") ? null : await localPath(reader, file, value);
			if (local === void 0) add(`${value} is not in the commit`, "commit the file or folder, or mend its name");
			else {
				const canonical = local === null ? `--find-links ${withoutCredentials(value)}` : `--find-links ${local.shown}`;
				reader.lines.push({
					kind: "option",
					text: `--find-links ${local?.path ?? value}`,
					canonical,
					file,
					line
				});
			}
			return;
		}
		default: {
			const long = name === "-i" ? "--index-url" : name;
			const written = value === "" ? long : `${long} ${value}`;
			reader.lines.push({
				kind: "option",
				text: written,
				canonical: withoutCredentials(written),
				file,
				line
			});
		}
	}
}
/** What is named by a path: `NAME @` before an address `file:`, or before a path as uv takes it; or a path (perhaps) alone. */
const PATH = /^(?:([A-Za-z0-9][\w.[\],\s-]*?)\s*@\s*(?:file:(?:\/\/)?|(?=\.{0,2}\/|[^\s:$@]+(?:\s|$))))?(\S+)/;
async function readRequirement(reader, file, line, text, kind) {
	const [start = "", name, path = ""] = PATH.exec(text) ?? [];
	const bare = path.replace(/\[[^\]]*\]$/, "");
	const isPath = name !== void 0 || /^(\.{1,2}(\/|$)|\/|file:)/.test(bare) || /^[^:]+\.(whl|zip|tar\.gz|tar\.bz2|tgz)$/.test(bare);
	const add = (what, mend) => {
		reader.faults.push(new BuildError(what, {
			mend,
			place: {
				file,
				line
			}
		}));
	};
	const local = isPath || /^[^:@]+\/[^:@]*$/.test(bare) ? await localPath(reader, file, bare.replace(/^file:(\/\/)?/, "")) : void 0;
	if (!isPath && local === void 0) {
		const fault = requirementFault(text);
		if (fault !== void 0) {
			add(withoutCredentials(fault), "write NAME, NAME==VERSION, NAME>=VERSION,<VERSION or NAME @ ADDRESS");
			return;
		}
		reader.lines.push({
			kind,
			text,
			canonical: `${kind === "constraint" ? "constraint " : ""}${canonicalRequirement(text)}`,
			file,
			line
		});
		return;
	}
	if (local === void 0) {
		add(`${bare} is not in the commit`, "commit the file or folder, or mend its name");
		return;
	}
	const after = `${path.slice(bare.length)}${text.slice(start.length)}`;
	const named = (by) => name === void 0 ? "" : `${by} @ file://`;
	reader.lines.push({
		kind,
		text: `${named(name ?? "")}${local.path}${after}`,
		canonical: `${kind} ${named(canonicalRequirement(name ?? ""))}${local.shown}${after}`,
		file,
		line
	});
}
/** What the system says where a path, or a link on its way, leads nowhere. */
const MISSING = /* @__PURE__ */ new Set([
	"ENOENT",
	"ENOTDIR",
	"ELOOP"
]);
/** A file or folder of the tree named by a requirements file, found beside that file or from the top as pip does. */
async function localPath(reader, file, value) {
	for (const base of [posix.dirname(file), "."]) {
		const path = isAbsolute(value) ? value : resolve$1(reader.top, base, value);
		const inside = relative(reader.top, path);
		if (inside.startsWith("..") || isAbsolute(inside)) continue;
		try {
			return {
				path,
				shown: `./${inside} sha256:${(await stat(path)).isDirectory() ? (await manifestOf(path, inside)).manifest.digest : createHash("sha256").update(await readFile(path)).digest("hex")}`
			};
		} catch (thrown) {
			if (!MISSING.has(codeOf(thrown))) throw thrown;
		}
	}
}
// node_modules/@renovatebot/pep440/lib/version.js
var import_fastest_levenshtein = require_fastest_levenshtein();
const VERSION_PATTERN = [
	"v?",
	"(?:",
	"(?:(?<epoch>[0-9]+)!)?",
	"(?<release>[0-9]+(?:\\.[0-9]+)*)",
	"(?<pre>",
	"[-_\\.]?",
	"(?<pre_l>(a|b|c|rc|alpha|beta|pre|preview))",
	"[-_\\.]?",
	"(?<pre_n>[0-9]+)?",
	")?",
	"(?<post>",
	"(?:-(?<post_n1>[0-9]+))",
	"|",
	"(?:",
	"[-_\\.]?",
	"(?<post_l>post|rev|r)",
	"[-_\\.]?",
	"(?<post_n2>[0-9]+)?",
	")",
	")?",
	"(?<dev>",
	"[-_\\.]?",
	"(?<dev_l>dev)",
	"[-_\\.]?",
	"(?<dev_n>[0-9]+)?",
	")?",
	")",
	"(?:\\+(?<local>[a-z0-9]+(?:[-_\\.][a-z0-9]+)*))?"
].join("");
const validRegex = new RegExp("^" + VERSION_PATTERN + "$", "i");
function valid(version) {
	return validRegex.test(version) ? version : null;
}
new RegExp("^\\s*" + VERSION_PATTERN + "\\s*$", "i");
function parse$2(version, regex) {
	const { groups } = (regex || validRegex).exec(version) || {};
	if (!groups) return null;
	return {
		epoch: Number(groups.epoch ? groups.epoch : 0),
		release: groups.release.split(".").map(Number),
		pre: normalize_letter_version(groups.pre_l, groups.pre_n),
		post: normalize_letter_version(groups.post_l, groups.post_n1 || groups.post_n2),
		dev: normalize_letter_version(groups.dev_l, groups.dev_n),
		local: parse_local_version(groups.local)
	};
}
function stringify(parsed) {
	if (!parsed) return null;
	const { epoch, release, pre, post, dev, local } = parsed;
	const parts = [];
	if (epoch !== 0) parts.push(`${epoch}!`);
	parts.push(release.join("."));
	if (pre) parts.push(pre.join(""));
	if (post) parts.push("." + post.join(""));
	if (dev) parts.push("." + dev.join(""));
	if (local) parts.push(`+${local}`);
	return parts.join("");
}
function normalize_letter_version(letterIn, numberIn) {
	let letter = letterIn;
	let number = numberIn;
	if (letter) {
		if (!number) number = 0;
		letter = letter.toLowerCase();
		if (letter === "alpha") letter = "a";
		else if (letter === "beta") letter = "b";
		else if ([
			"c",
			"pre",
			"preview"
		].includes(letter)) letter = "rc";
		else if (["rev", "r"].includes(letter)) letter = "post";
		return [letter, Number(number)];
	}
	if (!letter && number) {
		letter = "post";
		return [letter, Number(number)];
	}
	return null;
}
function parse_local_version(local) {
	if (local) return local.split(/[._-]/).map((part) => Number.isNaN(Number(part)) ? part.toLowerCase() : Number(part));
	return null;
}
function explain$1(version) {
	const parsed = parse$2(version);
	if (!parsed) return parsed;
	const { epoch, release, pre, post, dev, local } = parsed;
	let base_version = "";
	if (epoch !== 0) base_version += epoch + "!";
	base_version += release.join(".");
	const is_prerelease = Boolean(dev || pre);
	const is_devrelease = Boolean(dev);
	const is_postrelease = Boolean(post);
	return {
		epoch,
		release,
		pre,
		post: post ? post[1] : post,
		dev: dev ? dev[1] : dev,
		local: local ? local.join(".") : local,
		public: stringify(parsed).split("+", 1)[0],
		base_version,
		is_prerelease,
		is_devrelease,
		is_postrelease
	};
}
// node_modules/@renovatebot/pep440/lib/operator.js
var operator_exports = /* @__PURE__ */ __exportAll({
	"!=": () => ne,
	"<": () => lt,
	"<=": () => le,
	"==": () => eq,
	"===": () => arbitrary,
	">": () => gt,
	">=": () => ge,
	compare: () => compare$1,
	eq: () => eq,
	ge: () => ge,
	gt: () => gt,
	le: () => le,
	lt: () => lt,
	ne: () => ne,
	rcompare: () => rcompare
});
function lt(version, other) {
	return compare$1(version, other) < 0;
}
function le(version, other) {
	return compare$1(version, other) <= 0;
}
function eq(version, other) {
	return compare$1(version, other) === 0;
}
function ne(version, other) {
	return compare$1(version, other) !== 0;
}
function ge(version, other) {
	return compare$1(version, other) >= 0;
}
function gt(version, other) {
	return compare$1(version, other) > 0;
}
function arbitrary(version, other) {
	return version.toLowerCase() === other.toLowerCase();
}
function compare$1(version, other) {
	const parsedVersion = parse$2(version);
	const parsedOther = parse$2(other);
	return pyCompare(calculateKey(parsedVersion), calculateKey(parsedOther));
}
function rcompare(version, other) {
	return -compare$1(version, other);
}
function pyCompare(elemIn, otherIn) {
	let elem = elemIn;
	let other = otherIn;
	if (elem === other) return 0;
	if (Array.isArray(elem) !== Array.isArray(other)) {
		elem = Array.isArray(elem) ? elem : [elem];
		other = Array.isArray(other) ? other : [other];
	}
	if (Array.isArray(elem)) {
		const len = Math.min(elem.length, other.length);
		for (let i = 0; i < len; i += 1) {
			const res = pyCompare(elem[i], other[i]);
			if (res !== 0) return res;
		}
		return elem.length - other.length;
	}
	if (elem === -1e400 || other === 1e400) return -1;
	if (elem === 1e400 || other === -1e400) return 1;
	return elem < other ? -1 : 1;
}
function calculateKey(input) {
	const { epoch } = input;
	let { release, pre, post, local, dev } = input;
	release = release.concat();
	release.reverse();
	while (release.length && release[0] === 0) release.shift();
	release.reverse();
	if (!pre && !post && dev) pre = -1e400;
	else if (!pre) pre = 1e400;
	if (!post) post = -1e400;
	if (!dev) dev = 1e400;
	if (!local) local = -1e400;
	else local = local.map((i) => Number.isNaN(Number(i)) ? [-1e400, i] : [Number(i), ""]);
	return [
		epoch,
		release,
		pre,
		post,
		dev,
		local
	];
}
// node_modules/@renovatebot/pep440/lib/specifier.js
const RANGE_PATTERN = [
	"(?<operator>(===|~=|==|!=|<=|>=|<|>))",
	"\\s*",
	"(",
	"(?<version>(?:" + VERSION_PATTERN.replace(/\?<\w+>/g, "?:") + "))",
	"(?<prefix>\\.\\*)?",
	"|",
	"(?<legacy>[^,;\\s)]+)",
	")"
].join("");
const isEqualityOperator = (op) => [
	"==",
	"!=",
	"==="
].includes(op);
const rangeRegex = new RegExp("^" + RANGE_PATTERN + "$", "i");
function parse$1(ranges) {
	if (!ranges.trim()) return [];
	const specifiers = ranges.split(",").map((range) => rangeRegex.exec(range.trim()) || {}).map(({ groups }) => {
		if (!groups) return null;
		let { ...spec } = groups;
		const { operator, version, prefix, legacy } = groups;
		if (version) {
			spec = {
				...spec,
				...explain$1(version)
			};
			if (operator === "~=") {
				if (spec.release.length < 2) return null;
			}
			if (!isEqualityOperator(operator) && spec.local) return null;
			if (prefix) {
				if (!isEqualityOperator(operator) || spec.dev || spec.local) return null;
			}
		}
		if (legacy && operator !== "===") return null;
		return spec;
	});
	if (specifiers.filter(Boolean).length !== specifiers.length) return null;
	return specifiers;
}
function pick(versions, specifier, options) {
	const parsed = parse$1(specifier);
	if (!parsed) return [];
	return versions.filter((version) => {
		const explained = explain$1(version);
		if (!parsed.length) return explained && !(explained.is_prerelease && !options.prereleases);
		return parsed.reduce((pass, spec) => {
			if (!pass) return false;
			return contains({
				...spec,
				...options
			}, {
				version,
				explained
			});
		}, true);
	});
}
function satisfies(version, specifier, options = {}) {
	return pick([version], specifier, options).length === 1;
}
function arrayStartsWith(array, prefix) {
	if (prefix.length > array.length) return false;
	for (let i = 0; i < prefix.length; i += 1) if (prefix[i] !== array[i]) return false;
	return true;
}
function contains(specifier, input) {
	const { explained } = input;
	let { version } = input;
	const { ...spec } = specifier;
	if (spec.prereleases === void 0) spec.prereleases = spec.is_prerelease;
	if (explained && explained.is_prerelease && !spec.prereleases) return false;
	if (spec.operator === "~=") {
		let compatiblePrefix = spec.release.slice(0, -1).concat("*").join(".");
		if (spec.epoch) compatiblePrefix = spec.epoch + "!" + compatiblePrefix;
		return satisfies(version, `>=${spec.version}, ==${compatiblePrefix}`, { prereleases: spec.prereleases });
	}
	if (spec.prefix) {
		const isMatching = explained.epoch === spec.epoch && arrayStartsWith(explained.release, spec.release);
		return spec.operator !== "!=" ? isMatching : !isMatching;
	}
	if (explained && explained.local && spec.version) {
		if (spec.operator !== "===" && !spec.local) {
			version = explained.public;
			spec.version = explain$1(spec.version).public;
		}
	}
	if (spec.operator === "<" || spec.operator === ">") {
		if (eq(spec.release.join("."), explained.release.join("."))) return false;
	}
	const op = operator_exports[spec.operator];
	return op(version, spec.version || spec.legacy);
}
function validRange(specifier) {
	return Boolean(parse$1(specifier));
}
// src/build/locks/markers.ts
/** Environment markers (PEP 508), evaluated for the Python of a host, which may be another one than the runner's. */
/**
* Whether a marker holds on a host. What nobody can know before (the kernel's release) is the empty text. Pure.
*
* @param extras - names for which `extra == NAME` holds
* @throws Error in words when it is no marker
*/
function holds(marker, host, extras = /* @__PURE__ */ new Set()) {
	return new MarkerReader(tokensOf(marker), valuesOf(host), extras).whole(marker);
}
function valuesOf({ version, minor, machine }) {
	return /* @__PURE__ */ new Map([
		["python_version", minor],
		["python_full_version", version],
		["implementation_version", version],
		["implementation_name", "cpython"],
		["platform_python_implementation", "CPython"],
		["os_name", "posix"],
		["sys_platform", "linux"],
		["platform_system", "Linux"],
		["platform_machine", machine],
		["platform_release", ""],
		["platform_version", ""],
		["os.name", "posix"],
		["sys.platform", "linux"],
		["platform.machine", machine],
		["platform.python_implementation", "CPython"],
		["python_implementation", "CPython"]
	]);
}
/** Values that are compared as versions. */
const VERSIONS = /* @__PURE__ */ new Set([
	"python_version",
	"python_full_version",
	"implementation_version"
]);
function tokensOf(marker) {
	const found = [];
	const pattern = /\s*(?:'([^']*)'|"([^"]*)"|(===|==|~=|!=|<=|>=|<|>)|([()])|([A-Za-z_][\w.]*))/y;
	const end = marker.trimEnd().length;
	while (pattern.lastIndex < end) {
		const match = pattern.exec(marker);
		if (!match) throw new Error(`"${marker}" is no marker`);
		const [, single, double, operator, bracket, word] = match;
		if (operator !== void 0) found.push({
			kind: "operator",
			value: operator
		});
		else if (bracket !== void 0) found.push({
			kind: "bracket",
			value: bracket
		});
		else if (word !== void 0) found.push({
			kind: "word",
			value: word
		});
		else found.push({
			kind: "text",
			value: single ?? double ?? ""
		});
	}
	return found;
}
var MarkerReader = class {
	#tokens;
	#values;
	#extras;
	#next = 0;
	constructor(tokens, values, extras) {
		this.#tokens = tokens;
		this.#values = values;
		this.#extras = extras;
	}
	whole(marker) {
		const result = this.#or();
		if (this.#next !== this.#tokens.length) throw new Error(`"${marker}" is no marker`);
		return result;
	}
	#or() {
		let result = this.#and();
		while (this.#take("word", "or")) {
			const right = this.#and();
			result = result || right;
		}
		return result;
	}
	#and() {
		let result = this.#one();
		while (this.#take("word", "and")) {
			const right = this.#one();
			result = result && right;
		}
		return result;
	}
	#one() {
		if (this.#take("bracket", "(")) {
			const inner = this.#or();
			if (!this.#take("bracket", ")")) throw new Error("a bracket of the marker is not closed");
			return inner;
		}
		const left = this.#operand();
		const operator = this.#operator();
		const right = this.#operand();
		if (left.name === "extra" || right.name === "extra") {
			const named = this.#extras.has(left.name === "extra" ? right.value : left.value);
			return operator === "!=" || operator === "not in" ? !named : named;
		}
		const name = left.name ?? right.name;
		if (name !== void 0 && VERSIONS.has(name) && operator !== "in" && operator !== "not in") return left.name === void 0 ? compareVersions(right.value, MIRRORED[operator] ?? operator, left.value) : compareVersions(left.value, operator, right.value);
		return compareTexts(left.value, operator, right.value);
	}
	#operator() {
		const token = this.#tokens[this.#next++];
		if (token?.kind === "operator") return token.value;
		if (token?.value === "in") return "in";
		if (token?.value === "not" && this.#take("word", "in")) return "not in";
		throw new Error(`"${token?.value ?? ""}" is no comparison of a marker`);
	}
	#operand() {
		const token = this.#tokens[this.#next++];
		if (token?.kind === "text") return { value: token.value };
		if (token?.kind === "word" && token.value === "extra") return {
			value: "",
			name: "extra"
		};
		const value = token?.kind === "word" ? this.#values.get(token.value) : void 0;
		if (token === void 0 || value === void 0) throw new Error(`a marker knows no "${token?.value ?? ""}"`);
		return {
			value,
			name: token.value
		};
	}
	#take(kind, value) {
		const token = this.#tokens[this.#next];
		if (token?.kind !== kind || token.value !== value) return false;
		this.#next++;
		return true;
	}
};
/** `'3.9' <= python_version` asks the same as `python_version >= '3.9'`. */
const MIRRORED = {
	"<": ">",
	"<=": ">=",
	">": "<",
	">=": "<="
};
function compareVersions(version, operator, wanted) {
	const specifier = `${operator}${wanted}`;
	if (valid(version) === null || !validRange(specifier)) return compareTexts(version, operator, wanted);
	return satisfies(version, specifier, { prereleases: true });
}
function compareTexts(left, operator, right) {
	switch (operator) {
		case "==":
		case "===": return left === right;
		case "!=": return left !== right;
		case "in": return right.includes(left);
		case "not in": return !right.includes(left);
		case "<": return left < right;
		case "<=": return left <= right;
		case ">": return left > right;
		case ">=": return left >= right;
		default: throw new Error(`${operator} compares versions only`);
	}
}
// src/build/locks/pin.ts
/** What a lock file pins, in the words of a requirements file. */
/** The line of a requirements file. Pure. */
function pinText({ name, version, address, hashes }) {
	const what = address === void 0 ? `==${version}` : ` @ ${address}`;
	return `${normaliseName(name)}${what}${hashes.toSorted().map((hash) => ` --hash=${hash}`).join("")}`;
}
/** A commit of a git repository as installers take it. Pure. */
function gitAddress(repository, commit, folder) {
	const url = /^[\w.+-]+:\/\//.test(repository) ? repository : repository.replace(/^([^/:]+):(?!\/)/, "ssh://$1/");
	return `${url.startsWith("git+") ? "" : "git+"}${url}@${commit}${folder === void 0 ? "" : `#subdirectory=${folder}`}`;
}
/** The index that every installer asks unless told otherwise. */
const PYPI = /^https:\/\/pypi\.(org|python\.org)\/simple\/?$/;
/** Whether an address is that of PyPI. Pure. */
function isPyPI(url) {
	return PYPI.test(url);
}
/**
* Options that make an installer look into these indexes too, and into no other one when none of them is PyPI. Pure.
*
* @param login - user and password for an index, from the variables that its own tool reads
*/
function indexOptions(indexes, login) {
	const urls = /* @__PURE__ */ new Map();
	for (const { url, name } of indexes) {
		const { user, password } = name === void 0 ? {
			user: void 0,
			password: void 0
		} : login(name);
		if (!urls.has(url)) urls.set(url, withLogin$1(url, user, password));
	}
	const others = [...urls].filter(([url]) => !isPyPI(url)).map(([, full]) => full);
	const [first, ...more] = others;
	if (first === void 0) return [];
	const extra = (url) => `--extra-index-url ${url}`;
	if (others.length < urls.size) return others.map(extra);
	return [`--index-url ${first}`, ...more.map(extra)];
}
function withLogin$1(url, user, password) {
	if (user === void 0 && password === void 0) return url;
	const login = [user ?? "", ...password === void 0 ? [] : [password]].map(encodeURIComponent).join(":");
	return url.replace(/^([a-z]+:\/\/)(?:[^/@]*@)?/i, (_, scheme) => `${scheme}${login}@`);
}
/** Name of an index as it stands in a variable's name. Pure. */
function inVariable(name) {
	return name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}
// src/build/locks/asked.ts
/** What a project asks to have installed, in whichever file it says so. */
/** The requirements that pins are. @throws BuildErrors for each that names no hash, or a file that is not there */
async function pinned({ top, file }, pins, options, again) {
	refuse(pins.filter(({ hashes, address }) => hashes.length === 0 && address === void 0).map(({ name, line }) => new BuildError(`${name} has no hash in this lock file`, {
		mend: `${again}, with an index that tells hashes`,
		place: line === void 0 ? { file } : {
			file,
			line
		}
	})));
	return {
		file,
		lines: await linesOf(top, file, [...options.map((text) => ({
			text,
			line: 1
		})), ...pins.map((pin) => ({
			text: pinText(pin),
			line: pin.line ?? 1
		}))]),
		locked: true
	};
}
/** Whether a marker of a file holds. @throws BuildError at its place when it is none */
function holdsAt(marker, host, extras, place) {
	if (marker === void 0 || marker === "") return true;
	try {
		return holds(marker, host, extras);
	} catch (thrown) {
		throw new BuildError(`the marker ${marker} cannot be read`, {
			mend: "write it as https://packaging.python.org/en/latest/specifications/dependency-specifiers/ says",
			place,
			cause: thrown
		});
	}
}
/** Faults of groups or extras that a project does not have: each names those that it has, the nearest one first. Pure. */
function unknownNames(kind, wanted, known, file) {
	const names = [...new Set(known)];
	return wanted.filter((name) => !names.some((one) => normaliseName(one) === normaliseName(name))).map((name) => {
		const nearest = names.toSorted((a, b) => (0, import_fastest_levenshtein.distance)(name, a) - (0, import_fastest_levenshtein.distance)(name, b))[0];
		const has = names.length === 0 ? "it has none" : `it has ${names.toSorted().join(", ")}`;
		return new BuildError(`there is no ${kind} "${name}"; ${has}`, {
			mend: nearest === void 0 ? `take it out of python: { ${kind}s: [...] } in graceful.yml` : `set python: { ${kind}s: [${nearest}] } in graceful.yml, or add the ${kind} to the project`,
			place: { file }
		});
	});
}
/** The fault of a project whose host's Python it does not want. Pure. */
function wrongPython(wanted, host, place) {
	return new BuildError(`the project wants Python ${wanted}, and the site runs on ${host.version}`, {
		mend: "name another Python of the host by python: { version: \"3.x\" } in graceful.yml, or let the project run on this one and lock again",
		place
	});
}
// src/build/locks/python-json.ts
/** JSON as Python's `json.dumps(value, sort_keys=True)` writes it: Poetry and Pipenv name projects by the hash of such texts. */
/** @param separators - what stands between members, and between a key and its value */
function pythonJson(value, separators) {
	const [member, key] = separators;
	if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, separators)).join(member)}]`;
	if (typeof value === "string") return ascii(value);
	if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
	return `{${Object.entries(value).filter(([, item]) => item !== void 0).sort(([a], [b]) => a < b ? -1 : 1).map(([name, item]) => `${ascii(name)}${key}${pythonJson(item, separators)}`).join(member)}}`;
}
/** What is not ASCII as `\uXXXX`, as Python does by default. */
function ascii(text) {
	return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
// src/build/locks/poetry-fit.ts
/** Whether a `poetry.lock` was made from the `pyproject.toml` beside it: Poetry keeps a hash of what counts in it. */
const LEGACY$1 = [
	"dependencies",
	"source",
	"extras",
	"dev-dependencies"
];
const KEYS = [...LEGACY$1, "group"];
const PROJECT_KEYS = [
	"requires-python",
	"dependencies",
	"optional-dependencies"
];
/**
* The hashes that Poetry may have noted for this data of a `pyproject.toml`: before 2.3 dependency groups did not
* count, from 2.0 on the table `project` does. Pure.
*/
function contentHashes(data) {
	return [...new Set([relevant(data, true), relevant(data, false)].map(hash))];
}
function relevant(data, withGroups) {
	const project = picked(PROJECT_KEYS, member(data, "project"));
	const groups = withGroups ? member(data, "dependency-groups") ?? {} : {};
	const tables = Object.keys(project).length > 0 || Object.keys(groups).length > 0;
	const tool = member(member(data, "tool"), "poetry");
	const poetry = {};
	for (const key of KEYS) {
		const value = member(tool, key);
		if (value !== void 0) poetry[key] = value;
		else if (LEGACY$1.includes(key) && !tables) poetry[key] = null;
	}
	if (!tables) return poetry;
	return {
		...Object.keys(project).length > 0 ? { project } : {},
		...Object.keys(groups).length > 0 ? { "dependency-groups": groups } : {},
		tool: { poetry }
	};
}
function picked(keys, table) {
	return Object.fromEntries(keys.map((key) => [key, member(table, key)]).filter(([, value]) => value !== void 0));
}
/** A member of what may be a table. */
function member(value, name) {
	if (typeof value !== "object" || value === null) return void 0;
	return Object.entries(value).find(([key]) => key === name)?.[1];
}
function hash(value) {
	return createHash("sha256").update(pythonJson(value, [", ", ": "])).digest("hex");
}
// node_modules/smol-toml/dist/error.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
function getLineColFromPtr(string, ptr) {
	let lines = string.slice(0, ptr).split(/\r?\n/);
	return [lines.length, lines.pop().length + 1];
}
function makeCodeBlock(string, line, column) {
	let lines = string.split(/\r?\n/);
	let codeblock = "";
	let numberLen = (Math.log10(line + 1) | 0) + 1;
	for (let i = line - 1; i <= line + 1; i++) {
		let l = lines[i - 1];
		if (!l) continue;
		codeblock += i.toString().padEnd(numberLen, " ");
		codeblock += ":  ";
		codeblock += l;
		codeblock += "\n";
		if (i === line) {
			codeblock += " ".repeat(numberLen + column + 2);
			codeblock += "^\n";
		}
	}
	return codeblock;
}
var TomlError = class TomlError extends Error {
	line;
	column;
	codeblock;
	constructor(message, options) {
		const [line, column] = getLineColFromPtr(options.toml, options.ptr);
		const codeblock = makeCodeBlock(options.toml, line, column);
		super(`Invalid TOML document: ${message}\n\n${codeblock}`, options);
		this.line = line;
		this.column = column;
		this.codeblock = codeblock;
	}
	/** @internal */
	static x(message, ctx, ptr) {
		throw new TomlError(message, {
			toml: ctx.s,
			ptr: ptr ?? ctx.p
		});
	}
};
// node_modules/smol-toml/dist/primitive.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
/** @internal */
function parseString(ctx) {
	let startPtr = ctx.p;
	let c = ctx.s.charCodeAt(ctx.p++);
	let first = c;
	let isLiteral = c === 39;
	let isMultiline = c === ctx.s.charCodeAt(ctx.p) && c === ctx.s.charCodeAt(ctx.p + 1);
	if (isMultiline) {
		if ((c = ctx.s.charCodeAt(ctx.p += 2)) === 10) ctx.p++;
		else if (c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10) ctx.p += 2;
	}
	let parsed = "";
	let sliceStart = ctx.p;
	let state = 0;
	for (; ctx.p < ctx.s.length; ctx.p++) {
		c = ctx.s.charCodeAt(ctx.p);
		if (isMultiline && (c === 10 || c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10)) state = state && 3;
		else if (c < 32 && c !== 9 || c === 127) TomlError.x("control characters are not allowed in strings", ctx);
		else if ((!state || state === 3) && c === first && (!isMultiline || ctx.s.charCodeAt(ctx.p + 1) === first && ctx.s.charCodeAt(ctx.p + 2) === first)) {
			if (isMultiline) {
				if (ctx.s.charCodeAt(ctx.p + 3) === first) ctx.p++;
				if (ctx.s.charCodeAt(ctx.p + 3) === first) ctx.p++;
			}
			if (!state) {
				let s = ctx.s.slice(sliceStart, ctx.p);
				parsed = parsed ? parsed + s : s;
			}
			ctx.p += isMultiline ? 3 : 1;
			return parsed;
		} else if (!state) {
			if (!isLiteral && c === 92) {
				parsed += ctx.s.slice(sliceStart, sliceStart = ctx.p);
				state = 1;
			}
		} else if (state === 1) {
			if (c === 120 || c === 117 || c === 85) {
				let errPtr = ctx.p++ - 1;
				let value = 0;
				let len = c === 120 ? 2 : c === 117 ? 4 : 8;
				for (let j = 0; j < len; j++, ctx.p++) {
					let hex = ctx.s.charCodeAt(ctx.p);
					let digit = hex >= 48 && hex <= 57 ? hex - 48 : hex >= 65 && hex <= 70 ? hex - 65 + 10 : hex >= 97 && hex <= 102 ? hex - 97 + 10 : -1;
					if (digit < 0) TomlError.x("invalid non-hex character in unicode escape", ctx);
					value = value << 4 | digit;
				}
				if (value < 0 || value > 1114111 || value >= 55296 && value <= 57343) TomlError.x("invalid unicode escape", ctx, errPtr);
				parsed += String.fromCodePoint(value);
				sliceStart = ctx.p--;
				state = 0;
			} else if (isMultiline && (c === 32 || c === 9)) state = 2;
			else {
				if (c === 98) parsed += "\b";
				else if (c === 116) parsed += "	";
				else if (c === 110) parsed += "\n";
				else if (c === 102) parsed += "\f";
				else if (c === 114) parsed += "\r";
				else if (c === 101) parsed += "\x1B";
				else if (c === 34) parsed += "\"";
				else if (c === 92) parsed += "\\";
				else TomlError.x("unrecognised escape sequence", ctx);
				sliceStart = ctx.p + 1;
				state = 0;
			}
		} else if (c !== 32 && c !== 9) {
			if (state === 2) TomlError.x("invalid escape: only line-ending whitespace may be escaped", ctx, sliceStart);
			state = !isLiteral && c === 92 ? 1 : 0;
			sliceStart = ctx.p;
		}
	}
	TomlError.x("unfinished string", ctx, startPtr);
}
// node_modules/smol-toml/dist/date.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
let DATE_TIME_RE = /^(\d{4}-\d{2}-\d{2})?[Tt ]?(?:(\d{2}):\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|z|[-+]\d{2}:\d{2})?$/i;
var TomlDate = class TomlDate extends Date {
	#hasDate = false;
	#hasTime = false;
	#offset = null;
	constructor(date, fasttype, unsafeDelim) {
		let hasDate = true;
		let hasTime = true;
		let offset = "Z";
		let c;
		if (typeof date === "string") {
			if (fasttype) prep: {
				if (fasttype < 3) {
					if (+date.slice(11, 13) > 23) {
						date = "";
						break prep;
					}
					if (fasttype === 2) {
						offset = null;
						date += "Z";
					} else if ((c = date.charCodeAt(date.length - 1)) !== 90 && c !== 122) offset = date.slice(date.length - 6);
					if (unsafeDelim) date = date.slice(0, 10) + "T" + date.slice(11);
				} else if (fasttype === 4) date = +date.slice(0, 2) > 23 ? "" : `0000-01-01T${date}Z`;
				hasDate = fasttype !== 4;
				hasTime = fasttype !== 3;
			}
			else {
				let match = date.match(DATE_TIME_RE);
				if (match) {
					if (!match[1]) {
						hasDate = false;
						date = `0000-01-01T${date}`;
					}
					hasTime = !!match[2];
					hasTime && date[10] === " " && (date = date.replace(" ", "T"));
					if (match[2] && +match[2] > 23) date = "";
					else {
						offset = match[3] || null;
						if (!offset && hasTime) date += "Z";
					}
				} else date = "";
			}
		}
		super(date);
		if (!isNaN(this.getTime())) {
			this.#hasDate = hasDate;
			this.#hasTime = hasTime;
			this.#offset = offset;
		}
	}
	isDateTime() {
		return this.#hasDate && this.#hasTime;
	}
	isLocal() {
		return !this.#hasDate || !this.#hasTime || !this.#offset;
	}
	isDate() {
		return this.#hasDate && !this.#hasTime;
	}
	isTime() {
		return this.#hasTime && !this.#hasDate;
	}
	isValid() {
		return this.#hasDate || this.#hasTime;
	}
	toISOString() {
		let iso = super.toISOString();
		if (this.isDate()) return iso.slice(0, 10);
		if (this.isTime()) return iso.slice(11, 23);
		if (this.#offset === null) return iso.slice(0, -1);
		if (this.#offset === "Z" || this.#offset === "z") return iso;
		let offset = +this.#offset.slice(1, 3) * 60 + +this.#offset.slice(4, 6);
		offset = this.#offset[0] === "-" ? offset : -offset;
		return (/* @__PURE__ */ new Date(this.getTime() - offset * 6e4)).toISOString().slice(0, -1) + this.#offset;
	}
	static wrapAsOffsetDateTime(jsDate, offset = "Z") {
		let date = new TomlDate(jsDate);
		date.#offset = offset;
		return date;
	}
	static wrapAsLocalDateTime(jsDate) {
		let date = new TomlDate(jsDate);
		date.#offset = null;
		return date;
	}
	static wrapAsLocalDate(jsDate) {
		let date = new TomlDate(jsDate);
		date.#hasTime = false;
		date.#offset = null;
		return date;
	}
	static wrapAsLocalTime(jsDate) {
		let date = new TomlDate(jsDate);
		date.#hasDate = false;
		date.#offset = null;
		return date;
	}
};
// node_modules/smol-toml/dist/extract.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
function isDigit(char, base = 10) {
	return base === 16 ? char > 47 && char < 58 || char > 64 && char < 71 || char > 96 && char < 103 : char > 47 && char < 48 + base;
}
function isEndOfValue(char, delim) {
	return char === 32 || char === 9 || char === 10 || char === 13 || delim && (char === delim || char === 44) || char === 35;
}
/** @internal */
function extractValue(ctx, end) {
	let errPtr = ctx.p;
	let c = ctx.s.charCodeAt(ctx.p);
	if (c === 91 || c === 123) {
		ctx.d-- || TomlError.x("document contains excessively nested structures. aborting.", ctx);
		let value = c === 91 ? parseArray(ctx) : parseInlineTable(ctx);
		ctx.d++;
		return value;
	}
	if (c === 34 || c === 39) return parseString(ctx);
	if (c === 116) {
		if (ctx.s.charCodeAt(++ctx.p) !== 114 || ctx.s.charCodeAt(++ctx.p) !== 117 || ctx.s.charCodeAt(++ctx.p) !== 101) TomlError.x("invalid value", ctx, errPtr);
		return ctx.p++, true;
	}
	if (c === 102) {
		if (ctx.s.charCodeAt(++ctx.p) !== 97 || ctx.s.charCodeAt(++ctx.p) !== 108 || ctx.s.charCodeAt(++ctx.p) !== 115 || ctx.s.charCodeAt(++ctx.p) !== 101) TomlError.x("invalid value", ctx, errPtr);
		return ctx.p++, false;
	}
	if (c === 43 || c === 45) return parseNumber(ctx, ctx.p, ctx.s.charCodeAt(++ctx.p), 44 - c, end);
	if (ctx.s.charCodeAt(ctx.p + 4) === 45 && ctx.s.charCodeAt(ctx.p + 7) === 45) return parseDate(ctx, c, end);
	if (ctx.s.charCodeAt(ctx.p + 2) === 58) return parseTime(ctx, c, end);
	return parseNumber(ctx, ctx.p, c, 0, end);
}
function parseNumber(ctx, startPtr, startChr, sign, endChr) {
	let c = startChr;
	let state = 0;
	let hasUnderscores = false;
	if (c === 105) {
		if (ctx.s.charCodeAt(++ctx.p) !== 110 || ctx.s.charCodeAt(++ctx.p) !== 102) TomlError.x("invalid value", ctx, startPtr);
		return ctx.p++, (sign || 1) / 0;
	}
	if (c === 110) {
		if (ctx.s.charCodeAt(++ctx.p) !== 97 || ctx.s.charCodeAt(++ctx.p) !== 110) TomlError.x("invalid value", ctx, startPtr);
		return ctx.p++, NaN;
	}
	if (c === 48) {
		if (++ctx.p >= ctx.s.length || isEndOfValue(c = ctx.s.charCodeAt(ctx.p), endChr)) return ctx.bi === true ? 0n : 0;
		if (!sign) {
			if (c === 120) return parseIntegerBaseN(ctx, startPtr, 16, endChr);
			else if (c === 98) return parseIntegerBaseN(ctx, startPtr, 2, endChr);
			else if (c === 111) return parseIntegerBaseN(ctx, startPtr, 8, endChr);
		}
		if (c === 46) state = 2;
		else if (c === 101 || c === 69) state = 4;
		else TomlError.x("illegal leading zero", ctx, startPtr);
	} else if (!isDigit(c)) TomlError.x("invalid value", ctx, startPtr);
	while (++ctx.p < ctx.s.length && (c = ctx.s.charCodeAt(ctx.p), !isEndOfValue(c, endChr))) {
		if (!state) state = 1;
		if (c === 95) {
			if (!(state & 1)) TomlError.x("illegal underscore", ctx);
			state += 11;
			hasUnderscores = true;
		} else if (state === 1 && c === 46) state = 2;
		else if ((state === 1 || state === 3) && (c === 101 || c === 69)) state = 4;
		else if (state === 4 && (c === 43 || c === 45)) state = 6;
		else if (!isDigit(c)) TomlError.x(`illegal character in numeric literal`, ctx);
		else if (state > 9) state -= 11;
		else if (!(state & 1)) state++;
	}
	if (!state) {
		let val = (startChr - 48) * (sign || 1);
		return ctx.bi === true ? BigInt(val) : val;
	}
	if (!(state & 1)) TomlError.x("unfinished numeric value", ctx, startPtr);
	let str = ctx.s.slice(startPtr, ctx.p);
	if (hasUnderscores) str = str.replaceAll("_", "");
	return state > 1 ? parseFloat(str) : parseInteger(ctx, str, 10, startPtr);
}
function parseIntegerBaseN(ctx, startPtr, base, endChr) {
	let c, underscore = 1;
	while (++ctx.p < ctx.s.length && (c = ctx.s.charCodeAt(ctx.p), !isEndOfValue(c, endChr))) if (c === 95) {
		if (underscore & 1) TomlError.x("illegal underscore", ctx);
		underscore = 3;
	} else if (!isDigit(c, base)) TomlError.x(`illegal character in numeric literal`, ctx);
	else if (underscore & 1) underscore--;
	if (underscore & 1) TomlError.x("unfinished numeric value", ctx);
	let str = ctx.s.slice(startPtr + 2, ctx.p);
	if (underscore) str = str.replaceAll("_", "");
	return parseInteger(ctx, str, base, startPtr);
}
function parseInteger(ctx, str, base, startPtr) {
	if (ctx.bi !== true) int: {
		let val = parseInt(str, base);
		if (!Number.isSafeInteger(val)) {
			if (ctx.bi) break int;
			TomlError.x("integer value cannot be represented losslessly", ctx, startPtr);
		}
		return val;
	}
	return base === 10 ? BigInt(str) : BigInt((base === 2 ? "0b" : base === 8 ? "0o" : "0x") + str);
}
function parseDate(ctx, c, endChr) {
	let startPtr = ctx.p++, unsafeSeparator;
	if (!isDigit(c) || !isDigit(ctx.s.charCodeAt(ctx.p++)) || !isDigit(ctx.s.charCodeAt(ctx.p++)) || !isDigit(ctx.s.charCodeAt(ctx.p++))) return parseNumber(ctx, ctx.p = startPtr, c, 0, endChr);
	ctx.p += 5;
	if (!isDigit(ctx.s.charCodeAt(ctx.p++))) TomlError.x("invalid date-time: date part is malformed", ctx, startPtr);
	if (ctx.p >= ctx.s.length || ((c = ctx.s.charCodeAt(ctx.p)) !== 32 || (unsafeSeparator = true, !isDigit(ctx.s.charCodeAt(ctx.p + 1)))) && c !== 84 && c !== 116) return readDate(ctx, ctx.s.slice(startPtr, ctx.p), 3, false, startPtr);
	if (ctx.s.charCodeAt(ctx.p += 3) !== 58) TomlError.x("invalid date-time: time part is malformed", ctx, startPtr);
	if (ctx.s.charCodeAt(ctx.p += 3) === 58) ctx.p += 3;
	if (ctx.s.charCodeAt(ctx.p) === 46) while (isDigit(ctx.s.charCodeAt(++ctx.p)));
	if (c = ctx.s.charCodeAt(ctx.p)) {
		if (c === 90 || c === 122) return readDate(ctx, ctx.s.slice(startPtr, ++ctx.p), 1, unsafeSeparator, startPtr, "[+00:00]");
		if (c === 43 || c === 45) return readDate(ctx, ctx.s.slice(startPtr, ctx.p += 6), 1, unsafeSeparator, startPtr, !ctx.ld && "[" + ctx.s.slice(ctx.p - 6, ctx.p) + "]");
	}
	return readDate(ctx, ctx.s.slice(startPtr, ctx.p), 2, unsafeSeparator, startPtr);
}
function parseTime(ctx, c, endChr) {
	let start = ctx.p;
	if (!isDigit(c) || !isDigit(ctx.s.charCodeAt(++ctx.p))) return parseNumber(ctx, --ctx.p, c, 0, endChr);
	if (ctx.s.charCodeAt(ctx.p += 4) === 58) ctx.p += 3;
	if (ctx.s.charCodeAt(ctx.p) === 46) while (isDigit(ctx.s.charCodeAt(++ctx.p)));
	return readDate(ctx, ctx.s.slice(start, ctx.p), 4, false, start);
}
function readDate(ctx, str, type, unsafeDelim, errPtr, temporalSuffix) {
	if (ctx.ld) {
		let date = new TomlDate(str, type, unsafeDelim);
		if (!date.isValid()) TomlError.x("invalid date", ctx, errPtr);
		return date;
	}
	try {
		if (temporalSuffix) str += temporalSuffix;
		switch (type) {
			case 1: return Temporal.ZonedDateTime.from(str);
			case 2: return Temporal.PlainDateTime.from(str);
			case 3: return Temporal.PlainDate.from(str);
			case 4: return Temporal.PlainTime.from(str);
		}
	} catch (e) {
		TomlError.x(e instanceof Error ? e.message : "" + e, ctx, errPtr);
	}
}
// node_modules/smol-toml/dist/util.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
/** @internal */
function skipComment(ctx) {
	for (; ctx.p < ctx.s.length; ctx.p++) {
		let c = ctx.s.charCodeAt(ctx.p);
		if (c === 10) break;
		if (c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10) {
			ctx.p++;
			break;
		}
		if (c < 32 && c !== 9 || c === 127) TomlError.x("control characters are not allowed in comments", ctx);
	}
}
/** @internal */
function skipVoid(ctx, banNewLines, banComments) {
	let c;
	while (ctx.p < ctx.s.length) {
		while (ctx.p < ctx.s.length && ((c = ctx.s.charCodeAt(ctx.p)) === 32 || c === 9 || !banNewLines && (c === 10 || c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10))) ctx.p++;
		if (banComments || c !== 35) break;
		skipComment(ctx);
	}
}
// node_modules/smol-toml/dist/struct.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
/** @internal */
function parseKey(ctx, end = 61) {
	let startPtr;
	let state = 0;
	let parsed = [];
	let sliceStart;
	let c = ctx.s.charCodeAt(startPtr = ctx.p);
	do
		if (c === end) {
			if (!state) TomlError.x("unexpected end of key", ctx);
			if (state === 1) parsed.push(ctx.s.slice(sliceStart, ctx.p));
			return ctx.p++, parsed;
		} else if (c === 46) {
			if (!state) TomlError.x("illegal empty bare key", ctx);
			if (state === 1) parsed.push(ctx.s.slice(sliceStart, ctx.p));
			state = 0;
		} else if (!state && (c === 34 || c === 39)) {
			if (c === ctx.s.charCodeAt(ctx.p + 1) && c === ctx.s.charCodeAt(ctx.p + 2)) TomlError.x("illegal quoted key: multiline strings are not allowed", ctx);
			parsed.push(parseString(ctx));
			state = 2;
			ctx.p--;
		} else if (c === 32 || c === 9) {
			if (state === 1) {
				parsed.push(ctx.s.slice(sliceStart, ctx.p));
				state = 2;
			}
		} else if (state === 2 || c < 48 && c !== 45 || c > 57 && c < 65 || c > 90 && c < 97 && c !== 95 || c > 122) TomlError.x("illegal character in key", ctx);
		else if (!state) {
			state = 1;
			sliceStart = ctx.p;
		}
	while (c = ctx.s.charCodeAt(++ctx.p));
	TomlError.x("incomplete key-value: cannot find end of key", ctx, startPtr);
}
/** @internal */
function parseInlineTable(ctx) {
	let startPtr = ctx.p++;
	let res = Object.create(null);
	let seen = /* @__PURE__ */ new Set();
	let c;
	while (ctx.p < ctx.s.length) {
		skipVoid(ctx);
		if ((c = ctx.s.charCodeAt(ctx.p)) === 125) {
			ctx.p++;
			return res;
		}
		let k;
		let t = res;
		let hasOwn = false;
		let errPtr = ctx.p;
		let key = parseKey(ctx);
		for (let i = 0; i < key.length; i++) {
			if (i) t = hasOwn ? t[k] : t[k] = Object.create(null);
			k = key[i];
			if ((hasOwn = Object.hasOwn(t, k)) && (typeof t[k] !== "object" || seen.has(t[k]))) TomlError.x("trying to redefine an already defined value", ctx, errPtr);
			let unsafe = k === "__proto__";
			if (ctx.uk && (unsafe || k === "constructor")) {
				t = ctx.uk !== 1 && TomlError.x("document contains an unsafe property", ctx, errPtr);
				break;
			}
			if (!hasOwn && unsafe) Object.defineProperty(t, k, {
				enumerable: true,
				configurable: true,
				writable: true
			});
		}
		if (hasOwn) TomlError.x("trying to redefine an already defined value", ctx, errPtr);
		skipVoid(ctx, true, true);
		let value = extractValue(ctx, 125);
		if (t && typeof (t[k] = value) === "object") seen.add(value);
		skipVoid(ctx);
		if ((c = ctx.s.charCodeAt(ctx.p++)) === 125) return res;
		if (c !== 44) TomlError.x("expected comma or end of structure", ctx, ctx.p - 1);
	}
	TomlError.x("unfinished table", ctx, startPtr);
}
/** @internal */
function parseArray(ctx) {
	let startPtr = ctx.p++;
	let res = [];
	let c;
	while (ctx.p < ctx.s.length) {
		skipVoid(ctx);
		if ((c = ctx.s.charCodeAt(ctx.p)) === 93) {
			ctx.p++;
			return res;
		}
		res.push(extractValue(ctx, 93));
		skipVoid(ctx);
		if ((c = ctx.s.charCodeAt(ctx.p++)) === 93) return res;
		if (c !== 44) TomlError.x("expected comma or end of structure", ctx, ctx.p - 1);
	}
	TomlError.x("unfinished array", ctx, startPtr);
}
// node_modules/smol-toml/dist/parse.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
function peekTable(ctx, key, table, meta, type) {
	let t = table;
	let m = meta;
	let k;
	let hasOwn = false;
	let state;
	for (let i = 0; i < key.length; i++) {
		if (i) {
			t = hasOwn ? t[k] : t[k] = Object.create(null);
			m = (state = m[k]).c;
			if (type === 0 && (state.t === 1 || state.t === 2)) return null;
			if (state.t === 2) {
				let l = t.length - 1;
				t = t[l];
				m = m[l].c;
			}
		}
		k = key[i];
		if ((hasOwn = Object.hasOwn(t, k)) && m[k]?.t === 0 && m[k]?.d) return null;
		if (!hasOwn) {
			let unsafe = k === "__proto__";
			if (ctx.uk && (unsafe || k === "constructor")) return false;
			if (unsafe) {
				Object.defineProperty(t, k, {
					enumerable: true,
					configurable: true,
					writable: true
				});
				Object.defineProperty(m, k, {
					enumerable: true,
					configurable: true,
					writable: true
				});
			}
			m[k] = {
				t: i < key.length - 1 && type === 2 ? 3 : type,
				d: false,
				i: 0,
				c: Object.create(null)
			};
		}
	}
	state = m[k];
	if (state.t !== type && !(type === 1 && state.t === 3)) return null;
	if (type === 2) {
		if (!state.d) {
			state.d = true;
			t[k] = [];
		}
		t[k].push(t = Object.create(null));
		state.c[state.i++] = state = {
			t: 1,
			d: false,
			i: 0,
			c: Object.create(null)
		};
	}
	if (state.d) return null;
	state.d = true;
	if (type === 1) t = hasOwn ? t[k] : t[k] = Object.create(null);
	else if (type === 0 && hasOwn) return null;
	return [
		k,
		t,
		state.c
	];
}
function validateTablePeek(ctx, peek, ptr) {
	if (peek === null || ctx.uk === 2) TomlError.x(peek === null ? "trying to redefine an already defined table or value" : "document contains an unsafe property", ctx, ptr);
}
function parse(toml, options = {}) {
	let ctx = {
		s: toml,
		p: 0,
		d: options.maxDepth ?? 1e3,
		bi: options.integersAsBigInt ?? false,
		ld: options.useLegacyDate ?? true,
		uk: options.unsafeKeyBehaviour === "throw" ? 2 : options.unsafeKeyBehaviour === "drop" ? 1 : 0
	};
	let res = Object.create(null);
	let meta = Object.create(null);
	let tmp;
	let skipping = false;
	let tbl = res;
	let m = meta;
	if (toml.charCodeAt(0) === 65279) ctx.p++;
	skipVoid(ctx);
	while (ctx.p < toml.length) {
		if (toml.charCodeAt(ctx.p) === 91) {
			let isTableArray = toml.charCodeAt(++ctx.p) === 91;
			tmp = ctx.p += +isTableArray;
			skipping = false;
			let k = parseKey(ctx, 93);
			if (isTableArray) {
				if (toml.charCodeAt(ctx.p) !== 93) TomlError.x("expected end of table array declaration", ctx);
				ctx.p++;
			}
			let p = peekTable(ctx, k, res, meta, isTableArray ? 2 : 1);
			if (!p) {
				validateTablePeek(ctx, p, tmp);
				skipping = true;
			} else {
				m = p[2];
				tbl = p[1];
			}
		} else {
			tmp = ctx.p;
			let p = peekTable(ctx, parseKey(ctx), tbl, m, 0);
			if (!p && !skipping) validateTablePeek(ctx, p, tmp);
			skipVoid(ctx, true, true);
			let v = extractValue(ctx, void 0);
			if (p && !skipping) p[1][p[0]] = v;
		}
		skipVoid(ctx, true);
		if (ctx.p < toml.length && (tmp = toml.charCodeAt(ctx.p)) !== 10 && (tmp !== 13 || toml.charCodeAt(ctx.p + 1) !== 10)) TomlError.x("each key-value declaration must be followed by an end-of-line", ctx);
		skipVoid(ctx);
	}
	return res;
}
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
"".isWellFormed;
// node_modules/smol-toml/dist/index.js
/*!
* Copyright (c) Squirrel Chat et al., All rights reserved.
* SPDX-License-Identifier: BSD-3-Clause
*
* Redistribution and use in source and binary forms, with or without
* modification, are permitted provided that the following conditions are met:
*
* 1. Redistributions of source code must retain the above copyright notice, this
*    list of conditions and the following disclaimer.
* 2. Redistributions in binary form must reproduce the above copyright notice,
*    this list of conditions and the following disclaimer in the
*    documentation and/or other materials provided with the distribution.
* 3. Neither the name of the copyright holder nor the names of its contributors
*    may be used to endorse or promote products derived from this software without
*    specific prior written permission.
*
* THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
* ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
* WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
* DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
* FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
* DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
* SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
* CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
* OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
* OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
*/
// src/build/locks/toml.ts
/** TOML files of a project, read with the places of what is wrong in them. */
/** A file of the source tree, or null when the commit does not have it. */
async function readOptional$1(top, file) {
	try {
		return await readFile(join(top, file), "utf8");
	} catch (thrown) {
		if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR" || codeOf(thrown) === "EISDIR") return null;
		throw thrown;
	}
}
/** @throws BuildError when the commit does not have it */
async function readNeeded(top, file, mend) {
	const text = await readOptional$1(top, file);
	if (text === null) throw new BuildError("this file is not in the commit", {
		mend,
		place: { file }
	});
	return text;
}
/** @throws BuildError at the line and with the words of the TOML parser */
function parseToml(text, file) {
	try {
		return parse(text);
	} catch (thrown) {
		if (!(thrown instanceof TomlError)) throw thrown;
		const [what = ""] = thrown.message.split("\n");
		throw new BuildError(`it is no TOML (${what.replace(/^Invalid TOML document: /, "")})`, {
			mend: "mend that line, or have the tool write the file again",
			place: {
				file,
				line: thrown.line
			},
			cause: thrown
		});
	}
}
/** Gives data its shape. @throws BuildError that names the first place that has another one */
function shaped(schema, data, file, again) {
	const parsed = schema.safeParse(data);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const path = issue === void 0 || issue.path.length === 0 ? "it" : issue.path.join(".");
	throw new BuildError(`${path} is not what was expected there (${issue?.message ?? "unknown"})`, {
		mend: again,
		place: { file }
	});
}
/** Lines of the `name` in each `[[package]]` of a lock file, in their order; lines count from 1. Pure. */
function packageLines$1(text) {
	return text.split("\n").flatMap((line, index) => line.trim() === "[[package]]" ? [index + 2] : []);
}
/** The first line that a pattern fits, behind the line `after` where that is given; from 1, or undefined. Pure. */
function lineOf(text, pattern, after) {
	const lines = text.split("\n");
	const from = after === void 0 ? 0 : lines.indexOf(after);
	const line = lines.findIndex((one, index) => index >= from && pattern.test(one));
	return line === -1 ? void 0 : line + 1;
}
/** A place in a file, with its line where that is known. Pure. */
function at(file, line) {
	return line === void 0 ? { file } : {
		file,
		line
	};
}
/** A text as it stands in a pattern. */
function literally(text) {
	return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
// src/build/locks/pipenv.ts
/** Pipfile.lock: JSON with every package of every category, whose hash tells whether the Pipfile is still the same. */
const Package$2 = object({
	version: string().optional(),
	hashes: array(string()).default([]),
	markers: string().optional(),
	git: string().optional(),
	ref: string().optional(),
	subdirectory: string().optional(),
	file: string().optional(),
	path: string().optional()
});
const Category = record(string(), Package$2);
const Lock$2 = object({ _meta: object({
	hash: object({ sha256: string() }),
	sources: array(object({
		name: string().optional(),
		url: string()
	})).default([]),
	requires: object({
		python_version: string().optional(),
		python_full_version: string().optional()
	}).default({})
}) }).catchall(unknown());
const AGAIN$3 = "pipenv lock, and commit Pipfile.lock";
/** Reads `Pipfile.lock` and the `Pipfile` beside it. @throws BuildError, or BuildErrors when they do not fit */
async function readPipenv(wanted) {
	const { top, file, groups, extras, env } = wanted;
	const text = await readNeeded(top, file, "pipenv lock, and commit the file");
	const lock = shaped(Lock$2, parseJson(text, file), file, AGAIN$3);
	const source = posix.join(posix.dirname(file), "Pipfile");
	const asked = parseToml(await readNeeded(top, source, "commit the file: Pipfile.lock is of no use without it"), source);
	const { _meta: meta, ...categories } = lock;
	const names = Object.keys(categories).filter((name) => name !== "default");
	refuse([
		...pipfileHashes(asked).includes(meta.hash.sha256) ? [] : [new BuildError(`it was made for another ${source}: what that asks for was changed since`, {
			mend: AGAIN$3,
			place: at(file, lineOf(text, /"sha256"/))
		})],
		...unknownNames("group", groups, names, file),
		...unknownNames("extra", extras, [], file)
	]);
	return {
		file,
		on: async (host) => {
			const { python_full_version: full, python_version: minor } = meta.requires;
			const python = full ?? minor;
			if (python !== void 0 && python !== host.version && python !== host.minor) throw wrongPython(python, host, at(file, lineOf(text, /"python_(full_)?version"/)));
			const pins = /* @__PURE__ */ new Map();
			for (const name of ["default", ...names.filter((one) => groups.some((group) => sameName(group, one)))]) {
				const category = shaped(Category, categories[name] ?? {}, file, AGAIN$3);
				const section = member(asked, name === "default" ? "packages" : name === "develop" ? "dev-packages" : name);
				for (const pin of pinsOf$2(category, section, text, file, host)) pins.set(normaliseName(pin.name), pin);
			}
			const options = indexOptions(meta.sources.map(({ url }) => ({
				url,
				name: void 0
			})), () => ({
				user: void 0,
				password: void 0
			}));
			const requirements = await pinned(wanted, [...pins.values()], options, AGAIN$3);
			return {
				...requirements,
				lines: requirements.lines.map((line) => filled(line, env))
			};
		}
	};
}
function parseJson(text, file) {
	try {
		return JSON.parse(text);
	} catch (thrown) {
		throw new BuildError("it is no JSON", {
			mend: AGAIN$3,
			place: { file },
			cause: thrown
		});
	}
}
const sameName = (a, b) => normaliseName(a) === normaliseName(b);
/** `$NAME` and `${NAME}` in the address of an index, as Pipenv fills them in: for the installer alone, since they may hold a token. */
function filled(line, env) {
	if (line.kind !== "option") return line;
	const secrets = [];
	const text = line.text.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (all, name) => {
		const value = env[name];
		if (value !== void 0) secrets.push(value);
		return value ?? all;
	});
	return {
		...line,
		text,
		secrets
	};
}
function pinsOf$2(category, section, text, file, host) {
	return Object.entries(category).flatMap(([name, one]) => {
		const line = lineOf(text, new RegExp(`^\\s*"${literally(name)}": \\{`));
		if (!holdsAt(one.markers, host, /* @__PURE__ */ new Set(), at(file, line))) return [];
		const version = /^==(?!.*\*)(.+)$/.exec(one.version ?? "")?.[1];
		const path = one.path ?? one.file;
		const address = one.git !== void 0 ? gitAddress(one.git, one.ref ?? "", one.subdirectory) : path === void 0 || path.includes("://") ? path : `file:${path}`;
		if (version === void 0 && address === void 0) {
			if (!holdsAt(markerIn(section, name), host, /* @__PURE__ */ new Set(), at(file, line))) return [];
			throw new BuildError(`${name} has no version in this lock file`, {
				mend: AGAIN$3,
				place: at(file, line)
			});
		}
		return [{
			name,
			version,
			address,
			hashes: one.git !== void 0 || path !== void 0 && one.hashes.length === 0 ? [] : one.hashes,
			line
		}];
	});
}
/** The marker that a Pipfile has for a package, in either of its ways: `markers`, or a key of the marker's own name. */
function markerIn(section, name) {
	const found = Object.entries(typeof section === "object" && section !== null ? section : {}).find(([key]) => sameName(key, name))?.[1];
	const marker = member(found, "markers");
	const parts = Object.entries(typeof found === "object" && found !== null ? found : {}).flatMap(([key, value]) => /^(os_name|sys_platform|platform_\w+|python_\w*version|implementation_\w+)$/.test(key) ? [`${key} ${value}`] : []);
	const all = [...typeof marker === "string" ? [`(${marker})`] : [], ...parts];
	return all.length === 0 ? void 0 : all.join(" and ");
}
/** The hashes that Pipenv may have noted for this Pipfile: of late names in any spelling are the same to it. Pure. */
function pipfileHashes(data) {
	return [(name) => name, normaliseName].map((spelling) => {
		const spelt = (section) => Object.fromEntries(Object.entries(typeof section === "object" && section !== null ? section : {}).map(([name, value]) => [spelling(name), value]));
		const pypi = [{
			name: "pypi",
			url: "https://pypi.org/simple",
			verify_ssl: true
		}];
		const known = [
			"source",
			"packages",
			"dev-packages",
			"requires",
			"scripts",
			"pipfile",
			"pipenv",
			"default",
			"develop"
		];
		const others = Object.entries(typeof data === "object" && data !== null ? data : {}).filter(([name]) => !known.includes(name));
		const made = {
			_meta: {
				sources: member(data, "source") ?? pypi,
				requires: member(data, "requires") ?? {}
			},
			default: spelt(member(data, "packages")),
			develop: spelt(member(data, "dev-packages")),
			...Object.fromEntries(others.map(([name, section]) => [name, spelt(section)]))
		};
		return createHash("sha256").update(pythonJson(made, [",", ":"])).digest("hex");
	});
}
// src/build/locks/poetry-constraint.ts
/**
* Whether a version fits what Poetry asks for: `^4.2`, `~4.2`, `4.*`, `>=4,<6`, `^3.9 || ^4`, or a bare version. What is no such
* thing fits: then it is not by the version that packages differ. Pure.
*/
function fitsConstraint(version, constraint) {
	return constraint.split("||").some((part) => part.trim().split(/\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])/).filter((one) => one !== "" && one !== "*").every((one) => {
		const range = rangeOf(one);
		return !validRange(range) || satisfies(version, range, { prereleases: true });
	}));
}
/** One bound in the words of PEP 440. */
function rangeOf(bound) {
	const [, sign = "", version = ""] = /^(\^|~(?!=))?\s*(.*)$/.exec(bound) ?? [];
	if (sign === "") return /^[<>=!~]/.test(version) ? version.replace(/\s+/g, "") : `==${version}`;
	const parts = version.split(".").map((part) => Number.parseInt(part, 10));
	const first = parts.findIndex((part) => part !== 0);
	const kept = sign === "^" ? first === -1 ? parts.length - 1 : first : Math.min(1, parts.length - 1);
	return `>=${version},<${parts.slice(0, kept + 1).map((part, index) => index === kept ? part + 1 : part).join(".")}`;
}
// src/build/locks/poetry-older.ts
/** What Poetry before 2.0 left out of its lock files: which packages a group or an extra comes to on a host. */
/** Names of the groups that a project has, in either way of saying so. */
function groupNames(project) {
	const poetry = tool(project);
	const named = Object.keys(table(member(poetry, "group")));
	const old = member(poetry, "dev-dependencies") === void 0 ? [] : ["dev"];
	return [.../* @__PURE__ */ new Set([
		...named,
		...old,
		...project.groups.keys()
	])];
}
/**
* The packages needed on a host, found from package to package.
* @throws BuildError when the lock lacks one
*/
function reachOlder(project, extrasOf, packages, wanted, host, again) {
	const { file, groups, extras } = wanted;
	const active = new Set(extras.map(normaliseName));
	const chosen = new Set(Object.entries(extrasOf).filter(([name]) => active.has(normaliseName(name))).flatMap(([, names]) => names.map(normaliseName)));
	const found = /* @__PURE__ */ new Map();
	const waiting = rootNeeds(project, groups).filter(({ name, optional }) => !optional || chosen.has(name)).map((need) => ({
		need,
		by: project.file,
		line: void 0
	}));
	for (let next = waiting.shift(); next !== void 0; next = waiting.shift()) {
		const { need, by, line } = next;
		if (need.python !== void 0 && !fitsConstraint(host.version, need.python)) continue;
		if (!holdsAt(need.markers, host, active, at(file, line))) continue;
		const fits = packages.filter((one) => normaliseName(one.name) === need.name && fitsConstraint(host.version, one["python-versions"]));
		const [target] = fits.filter((one) => fits.length === 1 || fitsConstraint(one.version, need.version)).sort((a, b) => rcompare(a.version, b.version));
		if (target === void 0) {
			const what = `${need.name}, which ${by} needs, is not in this lock file`;
			throw new BuildError(what, {
				mend: again,
				place: at(file, line)
			});
		}
		const seen = found.get(target);
		const fresh = need.extras.filter((extra) => seen?.has(extra) !== true);
		found.set(target, /* @__PURE__ */ new Set([...seen ?? [], ...fresh]));
		const needs = Object.entries(target.dependencies).flatMap(([name, value]) => needsOf(name, value));
		const byExtra = new Set(fresh.flatMap((extra) => namesOf(target.extras[extra] ?? [])));
		waiting.push(...needs.filter((one) => one.optional ? byExtra.has(one.name) : seen === void 0).map((one) => ({
			need: one,
			by: target.name,
			line: target.line
		})));
	}
	return [...found.keys()];
}
/** What the project itself asks for. */
function rootNeeds(project, groups) {
	const poetry = tool(project);
	const wanted = new Set(groups.map(normaliseName));
	return [
		table(member(poetry, "dependencies")),
		...wanted.has("dev") ? [table(member(poetry, "dev-dependencies"))] : [],
		...Object.entries(table(member(poetry, "group"))).filter(([name]) => wanted.has(normaliseName(name))).map(([, group]) => table(member(group, "dependencies")))
	].flatMap((one) => Object.entries(one)).filter(([name]) => name !== "python").flatMap(([name, value]) => needsOf(name, value));
}
function needsOf(name, value) {
	if (Array.isArray(value)) return value.flatMap((one) => needsOf(name, one));
	const text = (key) => {
		const found = member(value, key);
		return typeof found === "string" ? found : void 0;
	};
	const extras = member(value, "extras");
	return [{
		name: normaliseName(name),
		version: typeof value === "string" ? value : text("version") ?? "*",
		markers: text("markers"),
		python: text("python"),
		optional: member(value, "optional") === true,
		extras: Array.isArray(extras) ? extras.map(String) : []
	}];
}
/** Names at the beginnings of requirements. */
function namesOf(requirements) {
	return requirements.flatMap((one) => /^[a-z0-9-]+/.exec(canonicalRequirement(one))?.[0] ?? []);
}
const tool = (project) => member(member(project.data, "tool"), "poetry");
function table(value) {
	return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
// src/build/locks/pyproject.ts
/** pyproject.toml: what a project asks for, and on its own (without a lock file) what is installed. */
const GroupItem = union([string(), object({ "include-group": string() })]);
const File$2 = object({
	project: object({
		name: string().optional(),
		dependencies: array(string()).optional(),
		"optional-dependencies": record(string(), array(string())).default({}),
		"requires-python": string().optional(),
		dynamic: array(string()).default([])
	}).optional(),
	"dependency-groups": record(string(), array(GroupItem)).default({}),
	tool: object({
		poetry: unknown().optional(),
		uv: object({
			index: array(object({
				name: string().optional(),
				url: string(),
				explicit: boolean().optional()
			})).default([]),
			"index-url": string().optional(),
			"extra-index-url": array(string()).default([]),
			"find-links": array(string()).default([]),
			sources: record(string(), unknown()).default({}),
			"dev-dependencies": array(string()).optional()
		}).optional()
	}).default({})
});
/** Indexes that uv asks for every package, as it is told of them today and as it was before. */
function indexesOf(uv) {
	if (uv === void 0) return [];
	const named = uv.index.filter(({ explicit }) => explicit !== true).map(({ url }) => url);
	const older = [...uv["index-url"] === void 0 ? [] : [uv["index-url"]], ...uv["extra-index-url"]];
	return [
		...named,
		...older,
		...uv["find-links"]
	].filter((url) => !isPyPI(url));
}
/** @throws BuildError when it is not there, is no TOML, or its groups include one another in a circle */
async function projectOf(top, file) {
	const text = await readNeeded(top, file, "commit the file: a lock file is of no use without it");
	const data = parseToml(text, file);
	const { project, tool, "dependency-groups": groups } = shaped(File$2, data, file, "mend that entry");
	const ask = (one) => ({
		text: one,
		line: lineOf(text, new RegExp(`["']${literally(one)}["']`))
	});
	const asks = (part) => new Map(Object.entries(part).map(([name, ones]) => [name, ones.map(ask)]));
	const dev = tool.uv?.["dev-dependencies"];
	const computed = project === void 0 || project.dynamic.includes("dependencies");
	return {
		file,
		name: project?.name,
		dependencies: computed ? null : (project.dependencies ?? []).map(ask),
		extras: asks(project?.["optional-dependencies"] ?? {}),
		groups: asks({
			...unfolded(groups, file),
			...dev === void 0 || groups["dev"] !== void 0 ? {} : { dev }
		}),
		requiresPython: project?.["requires-python"] === void 0 ? void 0 : ask(project["requires-python"]),
		indexes: new Map((tool.uv?.index ?? []).flatMap(({ name, url }) => name === void 0 ? [] : [[url.replace(/\/$/, ""), name]])),
		sources: new Set(Object.keys(tool.uv?.sources ?? {}).map(normaliseName)),
		uvIndexes: indexesOf(tool.uv).map(ask),
		poetry: tool.poetry !== void 0,
		data
	};
}
function unfolded(groups, file) {
	const named = new Map(Object.entries(groups).map(([name, items]) => [normaliseName(name), items]));
	const open = (name, above) => {
		const items = named.get(normaliseName(name));
		if (items === void 0 || above.includes(normaliseName(name))) throw new BuildError(items === void 0 ? `the group ${above.at(-1)} includes ${name}, which is not there` : `the group ${name} includes itself`, {
			mend: "mend the include-group",
			place: { file }
		});
		const inside = [...above, normaliseName(name)];
		return items.flatMap((item) => typeof item === "string" ? [item] : open(item["include-group"], inside));
	};
	return Object.fromEntries(Object.keys(groups).map((name) => [name, [...new Set(open(name, []))]]));
}
/** Reads a `pyproject.toml` without a lock file: its requirements are resolved as those of a requirements file are. */
async function readProject(wanted) {
	const { top, file, groups, extras } = wanted;
	const project = await projectOf(top, file);
	const { dependencies } = project;
	if (dependencies === null) throw new BuildError("it names no dependencies in its table \"project\"", {
		mend: project.poetry ? "poetry lock, and commit poetry.lock" : "name them there, or a requirements file by python: { requirements: FILE } in graceful.yml",
		place: { file }
	});
	refuse([...unknownNames("group", groups, project.groups.keys(), file), ...unknownNames("extra", extras, project.extras.keys(), file)]);
	const chosen = (part, names) => [...part].filter(([name]) => names.some((one) => normaliseName(one) === normaliseName(name))).flatMap(([, asks]) => asks);
	const own = project.name === void 0 ? void 0 : normaliseName(project.name);
	/** `shop[images]` in an extra of shop itself stands for what that extra asks for. */
	const opened = (ones, above) => ones.flatMap((one) => {
		const [, name = "", list = ""] = /^\s*([\w.-]+)\s*\[([^\]]*)\]/.exec(one.text) ?? [];
		if (normaliseName(name) !== own) return [one];
		const fresh = list.split(",").map((extra) => extra.trim()).filter((extra) => !above.includes(extra));
		return opened(chosen(project.extras, fresh), [...above, ...fresh]);
	});
	const asks = opened([
		...dependencies,
		...chosen(project.extras, extras),
		...chosen(project.groups, groups)
	], []);
	refuse(unread(project, asks));
	const lines = await linesOf(top, file, asks.map(({ text, line }) => ({
		text,
		line: line ?? 1
	})));
	const python = project.requiresPython;
	return {
		file,
		on: async (host) => {
			if (python !== void 0 && validRange(python.text) && !satisfies(host.version, python.text, { prereleases: true })) throw wrongPython(python.text, host, at(file, python.line));
			return {
				file,
				lines,
				locked: false
			};
		}
	};
}
/** What uv alone reads, and no other way comes to: from PyPI somebody else's package of that name would be installed. Pure. */
function unread({ file, sources, uvIndexes }, asks) {
	const mend = "uv lock, and commit uv.lock";
	const named = new Map(asks.toReversed().map((ask) => [nameOf$3(ask.text), ask]));
	const sourced = [...sources].flatMap((name) => {
		const ask = named.get(name);
		if (ask === void 0) return [];
		const what = `${name} has a source in [tool.uv.sources], which counts in uv.lock alone: without it whatever has that name on PyPI would be installed`;
		return [new BuildError(what, {
			mend,
			place: at(file, ask.line)
		})];
	});
	const [index] = uvIndexes;
	if (index === void 0 || [...named.keys()].every((name) => name === "")) return sourced;
	const what = `the index ${withoutCredentials(index.text)} of [tool.uv] counts in uv.lock alone: without it whatever has that name on PyPI would be installed`;
	return [...sourced, new BuildError(what, {
		mend,
		place: at(file, index.line)
	})];
}
/** The package that is asked for; empty where its address stands beside it. */
function nameOf$3(text) {
	const [, name = "", address] = /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(@)?/.exec(text) ?? [];
	return address === void 0 ? normaliseName(name) : "";
}
// src/build/locks/poetry.ts
/** poetry.lock: of version 2.1 it says for each package when it is needed, of earlier ones that is to be found out. */
const File$1 = object({ hash: string() });
const OneDependency = union([string(), object({
	version: string().optional(),
	markers: string().optional(),
	optional: boolean().optional(),
	extras: array(string()).optional()
})]);
const Package$1 = object({
	name: string(),
	version: string(),
	"python-versions": string().default("*"),
	groups: array(string()).optional(),
	markers: union([string(), record(string(), string())]).optional(),
	files: array(File$1).optional(),
	dependencies: record(string(), union([OneDependency, array(OneDependency)])).default({}),
	extras: record(string(), array(string())).default({}),
	source: object({
		type: string(),
		url: string(),
		reference: string().optional(),
		resolved_reference: string().optional(),
		subdirectory: string().optional()
	}).optional()
});
const Lock$1 = object({
	package: array(Package$1).default([]),
	extras: record(string(), array(string())).default({}),
	metadata: object({
		"lock-version": string().regex(/^[12]\./, { error: "only versions 1 and 2 are known" }).default("1.0"),
		"python-versions": string().default("*"),
		"content-hash": string(),
		files: record(string(), array(File$1)).optional()
	})
});
const AGAIN$2 = "poetry lock, and commit poetry.lock";
/** Reads `poetry.lock` and the `pyproject.toml` beside it. @throws BuildError, or BuildErrors when they do not fit */
async function readPoetry(wanted) {
	const { top, file, groups, extras, env } = wanted;
	const text = await readNeeded(top, file, "poetry lock, and commit the file");
	const lock = shaped(Lock$1, parseToml(text, file), file, `${AGAIN$2}: it is of another version of Poetry, perhaps`);
	const project = await projectOf(top, posix.join(posix.dirname(file), "pyproject.toml"));
	const { metadata } = lock;
	const fits = contentHashes(project.data).includes(metadata["content-hash"]);
	const known = /* @__PURE__ */ new Set([...Object.keys(lock.extras), ...project.extras.keys()]);
	refuse([
		...fits ? [] : [new BuildError(`it was made for another ${project.file}: what that asks for was changed since`, {
			mend: AGAIN$2,
			place: at(file, lineOf(text, /^content-hash\b/))
		})],
		...unknownNames("group", groups, groupNames(project), project.file),
		...unknownNames("extra", extras, known, project.file)
	]);
	const lines = packageLines$1(text);
	const packages = lock.package.map((one, index) => ({
		...one,
		line: lines[index]
	}));
	return {
		file,
		on: async (host) => {
			const python = metadata["python-versions"];
			if (!fitsConstraint(host.version, python)) throw wrongPython(python, host, at(file, lineOf(text, /^python-versions\b/, "[metadata]")));
			const reached = packages.every((one) => one.groups !== void 0) ? packages.filter((one) => isWanted(one, wanted, host)) : reachOlder(project, lock.extras, packages, wanted, host, AGAIN$2);
			return await pinned(wanted, reached.map((one) => pinOf$1(one, metadata.files?.[one.name], file)), indexOptions(reached.map(({ source }) => {
				return source?.type === "legacy" ? {
					url: source.url,
					name: source.reference
				} : {
					url: "https://pypi.org/simple",
					name: void 0
				};
			}), (name) => ({
				user: env[`POETRY_HTTP_BASIC_${inVariable(name)}_USERNAME`],
				password: env[`POETRY_HTTP_BASIC_${inVariable(name)}_PASSWORD`]
			})), AGAIN$2);
		}
	};
}
/** Whether a package of a lock file of version 2.1 is needed on a host. */
function isWanted(one, { file, groups, extras }, host) {
	const asked = /* @__PURE__ */ new Set(["main", ...groups.map(normaliseName)]);
	const active = new Set(extras.map(normaliseName));
	return (one.groups ?? []).some((group) => {
		if (!asked.has(normaliseName(group))) return false;
		return holdsAt(typeof one.markers === "string" ? one.markers : one.markers?.[group], host, active, at(file, one.line));
	});
}
function pinOf$1(one, older, file) {
	const { name, version, source, line } = one;
	const hashes = (one.files ?? older ?? []).map(({ hash }) => hash);
	const part = source?.subdirectory === void 0 ? "" : `#subdirectory=${source.subdirectory}`;
	switch (source?.type) {
		case void 0:
		case "legacy": return {
			name,
			version,
			address: void 0,
			hashes,
			line
		};
		case "git": return {
			name,
			version,
			address: gitAddress(source.url, source.resolved_reference ?? "", source.subdirectory),
			hashes: [],
			line
		};
		case "url": return {
			name,
			version,
			address: `${source.url}${part}`,
			hashes,
			line
		};
		case "file": return {
			name,
			version,
			address: `file:${source.url}`,
			hashes,
			line
		};
		case "directory": return {
			name,
			version,
			address: `file:${source.url}`,
			hashes: [],
			line
		};
		default: throw new BuildError(`${name} comes from a kind of place (${source?.type}) that is not known`, {
			mend: AGAIN$2,
			place: at(file, line)
		});
	}
}
// src/build/own-variables.ts
/** Variables of the job that are Graceful's own: the deploy key among them, and what the runner lends to an Action. */
const OWN = /^(?:INPUT_|GRACEFUL_|ACTIONS_)/;
/**
* Whether a variable is Graceful's own: code of strangers (a package that is built, a hook) never sees it. At a terminal and in other CI systems
* the key comes by `GRACEFUL_SSH_KEY`. Pure.
*/
function isOwn(name) {
	return OWN.test(name);
}
// src/build/installer/find.ts
/** Which program installs, and what it sees. */
/** The first pip that installs for another Python, and tells what it would install. */
const PIP = [22, 3];
/**
* Uses uv when it is on PATH or a module of the Python, else pip: the Python's own, or the one that came with it (ensurepip).
* @param scratch folder where that one may be unpacked
* @throws BuildError when there is none of them
*/
async function findInstaller(python, how, scratch) {
	const candidates = [
		["uv", ["uv"]],
		["uv", [
			python.executable,
			"-m",
			"uv"
		]],
		["pip", [
			python.executable,
			"-m",
			"pip"
		]]
	];
	for (const [name, argv] of candidates) {
		const version = await versionOf(argv, how);
		if (version === void 0) continue;
		if (name === "pip" && !atLeast(version, PIP)) throw new BuildError(`pip ${version} of ${python.executable} is too old`, { mend: `${python.executable} -m pip install --upgrade pip (22.3 or newer), or install uv (uses: astral-sh/setup-uv)` });
		if (name === "uv" && !atLeast(version, [
			0,
			5,
			5
		])) throw new BuildError(`uv ${version} cannot choose wheels for another system's C library`, { mend: "install uv 0.5.5 or newer (uses: astral-sh/setup-uv)" });
		return {
			name,
			argv,
			version
		};
	}
	const unpacked = join(scratch, "pip");
	const argv = [
		join(unpacked, "bin", "python"),
		"-m",
		"pip"
	];
	let version = await run([
		python.executable,
		"-m",
		"venv",
		unpacked
	], how).then(() => versionOf(argv, how), () => void 0);
	if (version !== void 0 && !atLeast(version, PIP)) {
		await run([
			...argv,
			"install",
			"--quiet",
			"--upgrade",
			"pip"
		], how);
		version = await versionOf(argv, how);
	}
	if (version !== void 0) return {
		name: "pip",
		argv,
		version
	};
	throw new BuildError(`neither uv nor pip is there for ${python.executable}`, { mend: "add a step with uses: astral-sh/setup-uv, or use actions/setup-python, whose Python has pip" });
}
function versionOf(argv, how) {
	return run([...argv, "--version"], how).then((ran) => /\d+(\.\d+)+/.exec(ran.stdout)?.[0], () => void 0);
}
/** The environment of installers: this process's own, without the inputs, tokens and settings that are none of their business. */
function installerEnv(env = process.env) {
	const kept = {};
	for (const [name, value] of Object.entries(env)) {
		if (isOwn(name) || /^(GITHUB_|PYTHON|DJANGO_|VIRTUAL_ENV|__PYVENV)/.test(name)) continue;
		if (/^PIP_(TARGET|PREFIX|ROOT|USER|REQUIRE_VIRTUALENV|PYTHON|DRY_RUN|REPORT|REQUIREMENT|NO_DEPS|EDITABLE)$/.test(name)) continue;
		if (/^UV_(PROJECT_ENVIRONMENT|SYSTEM_PYTHON|PYTHON|TARGET|PREFIX|LINK_MODE|COMPILE_BYTECODE|CONFIG_FILE)$/.test(name)) continue;
		kept[name] = value;
	}
	return {
		...kept,
		PIP_DISABLE_PIP_VERSION_CHECK: "1",
		PIP_NO_INPUT: "1",
		PYTHONNOUSERSITE: "1"
	};
}
function atLeast(version, wanted) {
	const has = version.split(".").map(Number);
	const at = wanted.findIndex((number, index) => number !== (has[index] ?? 0));
	return at === -1 || (has[at] ?? 0) > (wanted[at] ?? 0);
}
// src/build/installer/logins.ts
/** Passwords for indexes, which installers may repeat in what they print, in one form or another. */
/**
* What must not be shown of the addresses in requirements and in variables: passwords (and users without one, which are tokens), as they stand and decoded, and the
* values of all `${VARIABLES}` that requirements name or that were filled in. Pure.
*/
function loginSecrets(lines, env) {
	const named = lines.flatMap(({ text }) => [...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map((match) => match[1] ?? ""));
	const variables = Object.entries(env).flatMap(([name, value = ""]) => /^(PIP|UV)_.*(URL|INDEX|FIND_LINKS)$/.test(name) ? [value] : []);
	const passwords = Object.entries(env).flatMap(([name, value = ""]) => /^(UV_INDEX|POETRY_HTTP_BASIC)_.*_PASSWORD$/.test(name) ? [value] : []);
	const found = [
		...[...lines.map(({ text }) => text), ...variables].flatMap(inAddresses),
		...named.map((name) => env[name] ?? ""),
		...lines.flatMap(({ secrets }) => secrets ?? []),
		...passwords
	];
	return [...new Set(found.flatMap((secret) => [secret, decoded(secret)]).flatMap(partsOf$1))];
}
function inAddresses(text) {
	return [...text.matchAll(/[a-z][a-z0-9+.-]*:\/\/([^\s/?#"'@:]*)(?::([^\s/?#"'@]*))?@/gi)].flatMap(([, user = "", password]) => {
		const secret = password ?? (user === "git" ? "" : user);
		return secret.startsWith("${") ? [] : [secret];
	});
}
/** Text as it was before it was put into an address; as it is, where it never was. */
function decoded(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
// src/build/locks/uv-fit.ts
/** Whether a `uv.lock` was made from the `pyproject.toml` beside it: told without uv as far as that goes, and by uv where there is one. */
/**
* Asks uv itself, which knows of markers, sources and settings too; without uv nothing is told.
*
* @param folder of the project, absolute
* @returns a notice where uv is there and cannot tell
*/
async function assertFits$1(folder, env, place, again) {
	try {
		await run([
			"uv",
			"lock",
			...[
				"--check",
				"--quiet",
				"--no-python-downloads",
				"--project",
				folder
			]
		], {
			env: installerEnv(env),
			cwd: folder,
			secrets: loginSecrets([], env)
		});
		return [];
	} catch (thrown) {
		if (!(thrown instanceof BuildError)) throw thrown;
		if (/needs to be updated/.test(thrown.output.join(" "))) throw new BuildError("it does not fit pyproject.toml any longer, as uv says", {
			mend: again,
			place,
			output: [...thrown.output],
			cause: thrown
		});
		if (codeOf(thrown.cause) === "ENOENT") return [];
		const why = thrown.output.find((line) => /error:|×/.test(line)) ?? thrown.output[0] ?? thrown.message;
		return [`uv cannot tell whether ${place.file} fits pyproject.toml (${why.trim()}): names, extras and versions were compared without it, markers, sources and settings of uv were not`];
	}
}
/**
* Faults of a project that asks for something else than it did when it was locked, each at its line. Names, extras and versions alone:
* uv writes markers in its own way. Pure.
*/
function fitFaults(project, root, again) {
	const { metadata } = root;
	if (metadata === void 0 || project.dependencies === null) return [];
	const faults = [];
	const locked = /* @__PURE__ */ new Map();
	const elsewhere = new Set(project.name === void 0 ? [] : [normaliseName(project.name)]);
	const add = (where, one) => {
		const name = normaliseName(one.name);
		if (one.git ?? one.url ?? one.path ?? one.directory ?? one.editable ?? one.virtual) elsewhere.add(name);
		const key = `${where} ${name}`;
		locked.set(key, (locked.get(key) ?? /* @__PURE__ */ new Set()).add(`${extrasText(one.extras)}${specifiers(one.specifier ?? "")}`));
	};
	for (const one of metadata["requires-dist"]) add("project", one);
	for (const [group, ones] of Object.entries(metadata["requires-dev"])) for (const one of ones) add(`group ${normaliseName(group)}`, one);
	const asked = /* @__PURE__ */ new Set();
	const compare = (where, { text, line }) => {
		const [, name = "", extras = "", rest = ""] = /^([a-z0-9-]+)(?:\[([^\]]*)\])?([^;]*)/.exec(canonicalRequirement(text)) ?? [];
		const key = `${where} ${name}`;
		asked.add(key);
		const versions = locked.get(key);
		const wanted = `${extrasText(extras.split(","))}${specifiers(rest)}`;
		const same = versions?.has(wanted) === true || elsewhere.has(name) || rest.trim().startsWith("@");
		if (versions !== void 0 && same) return;
		if (line !== void 0 && faults.some(({ place }) => place?.line === line && place.file === project.file)) return;
		const what = versions === void 0 ? `does not have ${name}` : `was made for ${name}${[...versions].join(" or ")}`;
		faults.push(new BuildError(`uv.lock ${what}, and the project asks for ${text}`, {
			mend: again,
			place: line === void 0 ? { file: project.file } : {
				file: project.file,
				line
			}
		}));
	};
	for (const ask of [...project.dependencies, ...[...project.extras.values()].flat()]) compare("project", ask);
	for (const [group, asks] of project.groups) for (const ask of asks) compare(`group ${normaliseName(group)}`, ask);
	const gone = [...locked.keys()].filter((key) => !asked.has(key)).map((key) => key.split(" ").at(-1));
	if (gone.length > 0) faults.push(new BuildError(`uv.lock was made for ${[...new Set(gone)].join(", ")}, which the project asks for no longer`, {
		mend: again,
		place: { file: project.file }
	}));
	return faults;
}
/**
* The fault of a project that wants another Python than it did when it was locked. uv writes ranges in its own way: only the bounds of plain
* ones are compared. Pure.
*
* @param locked `requires-python` of a lock file of this project alone
*/
function pythonFaults(project, locked, again) {
	const { data, file, requiresPython: asked } = project;
	const byGroup = member(member(member(data, "tool"), "uv"), "dependency-groups");
	if (asked === void 0 || locked === void 0 || byGroup !== void 0) return [];
	const [was, is] = [bounds(locked), bounds(asked.text)];
	if (was === void 0 || is === void 0) return [];
	const either = was.below === void 0 || is.below === void 0;
	if (was.least === is.least && (either || was.below === is.below)) return [];
	return [new BuildError(`uv.lock was made for Python ${locked}, and the project asks for ${asked.text}`, {
		mend: again,
		place: asked.line === void 0 ? { file } : {
			file,
			line: asked.line
		}
	})];
}
/** The bounds of a range such as `>=3.11,<4`, without zeros at their ends; undefined where it is of another form. Pure. */
function bounds(range) {
	const parts = range.split(",").map((part) => /^\s*(>=|<)\s*(\d+(?:\.\d+)*?)(?:\.0)*\s*$/.exec(part));
	const of = (operator) => parts.filter((part) => part?.[1] === operator).map((part) => part?.[2]);
	const [least, ...more] = of(">=");
	const [below, ...others] = of("<");
	if (least === void 0 || more.length + others.length > 0 || parts.includes(null)) return void 0;
	return {
		least,
		below
	};
}
function extrasText(extras) {
	const names = extras.map((extra) => normaliseName(extra.trim())).filter((extra) => extra !== "");
	return names.length === 0 ? "" : `[${[...new Set(names)].sort().join(",")}]`;
}
function specifiers(text) {
	return text.split(",").map((part) => part.replace(/\s+/g, "")).filter((part) => part !== "").sort().join(",");
}
// src/build/locks/uv.ts
/** uv.lock: the packages that a project comes to on one host, found by going from package to package as uv does. */
/** Where a package comes from, when not from an index. */
const Place = object({
	git: string().optional(),
	url: string().optional(),
	path: string().optional(),
	directory: string().optional(),
	editable: string().optional(),
	virtual: string().optional()
});
const Source = Place.extend({
	registry: string().optional(),
	subdirectory: string().optional()
});
const Dependency = object({
	name: string(),
	version: string().optional(),
	source: Source.optional(),
	marker: string().optional(),
	extra: array(string()).optional()
});
const File = object({ hash: string().optional() });
/** What a project asked for when it was locked. */
const Requires = Place.extend({
	name: string(),
	extras: array(string()).default([]),
	specifier: string().optional()
});
const Package = object({
	name: string(),
	version: string().optional(),
	source: Source,
	dependencies: array(Dependency).default([]),
	"optional-dependencies": record(string(), array(Dependency)).default({}),
	"dev-dependencies": record(string(), array(Dependency)).default({}),
	sdist: File.optional(),
	wheels: array(File).default([]),
	metadata: object({
		"requires-dist": array(Requires).default([]),
		"requires-dev": record(string(), array(Requires)).default({})
	}).optional()
});
const Lock = object({
	version: literal(1, { error: "only version 1 is known" }),
	"requires-python": string().optional(),
	manifest: object({ members: array(string()).default([]) }).default({ members: [] }),
	package: array(Package).default([])
});
const AGAIN$1 = "uv lock, and commit uv.lock";
/** Reads `uv.lock` and the `pyproject.toml` beside it. @throws BuildError, or BuildErrors when they do not fit */
async function readUv(wanted) {
	const { top, file, env } = wanted;
	const text = await readNeeded(top, file, "uv lock, and commit the file");
	const lock = shaped(Lock, parseToml(text, file), file, `${AGAIN$1}: it is of another version of uv, perhaps`);
	const folder = posix.dirname(file);
	const project = await projectOf(top, posix.join(folder, "pyproject.toml"));
	const lines = packageLines$1(text);
	const packages = lock.package.map((one, index) => ({
		...one,
		line: lines[index]
	}));
	const own = packages.filter(({ source }) => (source.virtual ?? source.editable ?? source.directory) === ".");
	const roots = own.length > 0 ? own : packages.filter(({ source }) => (source.virtual ?? source.editable) !== void 0);
	const known = (part) => roots.flatMap((root) => Object.keys(root[part]));
	refuse([
		...own.flatMap((root) => fitFaults(project, root, AGAIN$1)),
		...lock.manifest.members.length > 0 ? [] : pythonFaults(project, lock["requires-python"], AGAIN$1),
		...unknownNames("group", wanted.groups, [...known("dev-dependencies"), ...project.groups.keys()], project.file),
		...unknownNames("extra", wanted.extras, [...known("optional-dependencies"), ...project.extras.keys()], project.file)
	]);
	const notices = await assertFits$1(join(top, folder), env, { file }, AGAIN$1);
	const python = lock["requires-python"];
	return {
		file,
		notices,
		on: async (host) => {
			if (python !== void 0 && !satisfies(host.version, python, { prereleases: true })) throw wrongPython(python, host, at(file, lineOf(text, /^requires-python\b/)));
			const reached = reach(roots, packages, wanted, host);
			return await pinned(wanted, reached.flatMap((one) => pinOf(one, file)), indexOptions(reached.flatMap(({ source: { registry } }) => registry === void 0 ? [] : [{
				url: registry,
				name: project.indexes.get(registry.replace(/\/$/, ""))
			}]), (name) => ({
				user: env[`UV_INDEX_${inVariable(name)}_USERNAME`],
				password: env[`UV_INDEX_${inVariable(name)}_PASSWORD`]
			})), AGAIN$1);
		}
	};
}
/** All packages that the roots come to on a host. @throws BuildError when the lock lacks one of them */
function reach(roots, packages, wanted, host) {
	const { file, groups, extras } = wanted;
	const picked = (part, names) => Object.entries(part).filter(([name]) => names.some((one) => normaliseName(one) === normaliseName(name))).flatMap(([, dependencies]) => dependencies);
	const active = new Set(roots.flatMap(({ name }) => [...extras.map((extra) => `extra-${name.length}-${name}-${extra}`), ...groups.map((group) => `group-${name.length}-${name}-${group}`)]));
	const found = /* @__PURE__ */ new Map();
	const waiting = roots.flatMap((by) => [
		...by.dependencies,
		...picked(by["optional-dependencies"], extras),
		...picked(by["dev-dependencies"], groups)
	].map((dependency) => ({
		dependency,
		by
	})));
	for (let next = waiting.shift(); next !== void 0; next = waiting.shift()) {
		const { dependency, by } = next;
		if (!holdsAt(dependency.marker, host, active, at(file, by.line))) continue;
		const target = packages.find((one) => isOf(dependency, one));
		if (target === void 0) throw new BuildError(`${dependency.name}, which ${by.name} needs, is not in this lock file`, {
			mend: AGAIN$1,
			place: at(file, by.line)
		});
		const seen = found.get(target);
		const fresh = (dependency.extra ?? []).filter((extra) => !seen?.has(extra));
		found.set(target, /* @__PURE__ */ new Set([...seen ?? [], ...fresh]));
		const more = [...seen === void 0 ? target.dependencies : [], ...picked(target["optional-dependencies"], fresh)];
		waiting.push(...more.map((one) => ({
			dependency: one,
			by: target
		})));
	}
	return [...found.keys()].filter((one) => !roots.includes(one) && one.source.virtual === void 0);
}
/** Version and source stand at a dependency only where its name alone would not tell. */
function isOf({ name, version, source }, one) {
	if (one.name !== name || version !== void 0 && one.version !== version) return false;
	return source === void 0 || JSON.stringify(source) === JSON.stringify(one.source);
}
function pinOf({ name, version, source, sdist, wheels, line }, file) {
	const hashes = [...sdist === void 0 ? [] : [sdist], ...wheels].flatMap(({ hash }) => hash ?? []);
	const part = source.subdirectory === void 0 ? "" : `#subdirectory=${source.subdirectory}`;
	if (source.registry !== void 0) return [{
		name,
		version,
		address: void 0,
		hashes,
		line
	}];
	if (source.git !== void 0) {
		const [, repository = "", query = "", commit = ""] = /^([^?#]*)\??([^#]*)#?(.*)$/.exec(source.git) ?? [];
		return [{
			name,
			version,
			address: gitAddress(repository, commit, new URLSearchParams(query).get("subdirectory") ?? void 0),
			hashes: [],
			line
		}];
	}
	if (source.url !== void 0) return [{
		name,
		version,
		address: `${source.url}${part}`,
		hashes,
		line
	}];
	const path = source.path ?? source.directory ?? source.editable;
	if (path !== void 0) return [{
		name,
		version,
		address: `file:${path}`,
		hashes: source.path === void 0 ? [] : hashes,
		line
	}];
	throw new BuildError(`${name} comes from a kind of place that is not known`, {
		mend: AGAIN$1,
		place: at(file, line)
	});
}
// src/build/locks/choose.ts
/** Which of a project's files says what is installed. */
const READERS = {
	"uv.lock": readUv,
	"poetry.lock": readPoetry,
	"Pipfile.lock": readPipenv,
	"pyproject.toml": readProject
};
/** What is taken when nothing is named, of those that stand beside one another; a `pyproject.toml` only when there is nothing else. */
const EXACT = [
	"uv.lock",
	"poetry.lock",
	"Pipfile.lock",
	"requirements.txt"
];
/**
* Reads what a project asks for, from the file that is named or from the one that is there.
* @throws BuildError, or BuildErrors, when there is none, when there are two, or with what is wrong in it
*/
async function readAsked(choice) {
	const { top, groups, extras, env = process.env } = choice;
	const file = choice.named ?? await findRequirements(top, choice.project);
	const wanted = {
		top,
		file,
		groups,
		extras,
		env
	};
	const read = READERS[posix.basename(file)];
	if (read !== void 0) return await read(wanted);
	if (groups.length + extras.length > 0) throw new BuildError("a requirements file has neither groups nor extras", {
		mend: "take python: { groups: ..., extras: ... } out of graceful.yml, or name another file there: python: { requirements: uv.lock }",
		place: { file }
	});
	const requirements = await readRequirements(top, file);
	return {
		file,
		on: async () => requirements
	};
}
/**
* The file that says what is to be installed, relative to the top.
* @throws BuildError when there is none, or two
*/
async function findRequirements(top, project) {
	for (const folder of /* @__PURE__ */ new Set([".", project])) {
		const there = async (name) => await readOptional$1(top, posix.join(folder, name)) !== null;
		const found = [];
		for (const name of EXACT) if (await there(name)) found.push(posix.join(folder, name));
		const [one, other] = found;
		if (one !== void 0 && other !== void 0) throw new BuildError(`${found.join(" and ")} each say what is to be installed`, { mend: `name the one that counts, python: { requirements: ${one} } in graceful.yml, or delete the other` });
		if (one !== void 0) return one;
		if (await there("pyproject.toml")) {
			if (await there("Pipfile")) throw unlocked(posix.join(folder, "Pipfile"));
			return posix.join(folder, "pyproject.toml");
		}
		if (await there("Pipfile")) throw unlocked(posix.join(folder, "Pipfile"));
	}
	throw new BuildError("no file of the commit says which packages the site needs: there is no requirements.txt, uv.lock, poetry.lock, Pipfile.lock or pyproject.toml", { mend: "commit one of them, or name another one by python: { requirements: FILE } in graceful.yml" });
}
function unlocked(file) {
	return new BuildError("there is no Pipfile.lock beside it", {
		mend: "pipenv lock, and commit Pipfile.lock",
		place: { file }
	});
}
// src/init/branches.ts
/** What git knows of a project; nothing of it where there is no checkout. */
const LIVE$1 = [
	"main",
	"master",
	"production"
];
const TEST = [
	"develop",
	"staging",
	"devel",
	"dev"
];
/** The branch of production, and one for staging where there is one. */
async function branchesOf(top) {
	const local = await lines$1(top, [
		"for-each-ref",
		"--format=%(refname:lstrip=2)",
		"refs/heads"
	]);
	const remote = await lines$1(top, [
		"for-each-ref",
		"--format=%(refname:lstrip=3)",
		"refs/remotes"
	]);
	const names = [...local, ...remote].filter((name) => name !== "HEAD");
	const [current] = await lines$1(top, [
		"symbolic-ref",
		"--quiet",
		"--short",
		"HEAD"
	]);
	const all = [...names, ...current === void 0 ? [] : [current]];
	const test = TEST.find((name) => all.includes(name));
	const live = LIVE$1.find((name) => all.includes(name));
	if (live !== void 0) return {
		live: {
			value: live,
			mark: "found",
			why: "there is such a branch"
		},
		test
	};
	const other = current === test ? void 0 : current;
	return {
		live: {
			value: other ?? "main",
			mark: "guessed",
			why: other === void 0 ? "the usual one" : "it is checked out"
		},
		test
	};
}
/** The last part of where `origin` is, without `.git`. */
async function repositoryName(top) {
	const [url] = await lines$1(top, [
		"remote",
		"get-url",
		"origin"
	]);
	return url === void 0 ? void 0 : basename(url).replace(/\.git$/, "");
}
async function lines$1(top, argv) {
	try {
		return (await git(top, argv, [1, 2])).stdout.split("\n").filter(Boolean);
	} catch (error) {
		if (error instanceof BuildError) return [];
		throw error;
	}
}
// src/init/finding.ts
const found = (key, value, why) => ({
	key,
	value,
	mark: "found",
	why
});
const guess = (key, value, why) => ({
	key,
	value,
	mark: "guessed",
	why
});
const lacking = (what, why) => ({
	mark: "missing",
	what,
	value: "",
	why
});
// src/init/packages.ts
/** Names of the packages that a project asks for, whatever file says so. */
/** How each of the files writes the name of a package. */
const NAMES = {
	"uv.lock": /^name = "([^"]+)"/gm,
	"poetry.lock": /^name = "([^"]+)"/gm,
	"Pipfile.lock": /^ {8}"([^"]+)": \{/gm,
	"pyproject.toml": /^\s*["']([A-Za-z0-9][\w.-]*)\s*[[<>=!~;"' ]/gm
};
/** @throws BuildErrors where a requirements file names one that is not there */
async function packagesIn(top, file) {
	const pattern = NAMES[posix.basename(file)];
	if (pattern === void 0) {
		const { lines } = await readRequirements(top, file);
		const names = lines.map(({ canonical }) => /^[\w.-]+/.exec(canonical)?.[0] ?? "");
		return new Set(names.filter((name) => name !== "").map(normaliseName));
	}
	const text = await readOptional$1(top, file) ?? "";
	return new Set([...text.matchAll(pattern)].map(([, name = ""]) => normaliseName(name)));
}
// src/init/processes.ts
/** Celery beside web. */
/** What runs beside web, as far as the project shows it. @param text of the settings */
async function processesOf(folder, settings, text, packages) {
	if (!packages.has("celery")) return {
		entries: [],
		others: []
	};
	const [own = ""] = settings.split(".");
	const app = await inOrder([own, ...(await readdir(folder, { withFileTypes: true })).filter((item) => item.isDirectory()).map(({ name }) => name).sort()], async (name) => await moduleFile(folder, `${name}.celery`) !== null);
	if (app === void 0) return {
		entries: [],
		others: [{
			mark: "missing",
			what: "celery",
			value: "",
			why: "celery is among the requirements, and no package has a celery.py: see processes in docs/configuration.md"
		}]
	};
	const file = await moduleFile(folder, `${app}.celery`);
	const all = `${text}\n${await readOptional$1(folder, file ?? "") ?? ""}`;
	const place = app === own ? {} : { app };
	const beat = /beat_schedule|BEAT_SCHEDULE|add_periodic_task/.test(all) || packages.has("django-celery-beat");
	const value = {
		worker: {
			celery: "worker",
			...place
		},
		...beat ? { beat: {
			celery: "beat",
			...place
		} } : {}
	};
	return {
		entries: [{
			key: "processes",
			value,
			mark: "found",
			why: `${file}`
		}],
		others: [{
			mark: "found",
			what: "celery",
			value: Object.keys(value).join(", "),
			why: "the host needs a unit for each"
		}]
	};
}
async function inOrder(names, holds) {
	for (const name of names) if (await holds(name)) return name;
}
// src/init/python.ts
/** Which Python a project is for, by its own words. */
/** The Python of the Debian release that the guide is written for. */
const USUAL = 11;
/** Minor versions of Python 3, those after the usual one first. */
const MINORS = [...Array(20).keys()].map((minor) => minor + USUAL).concat([
	10,
	9,
	8
]);
const PYPROJECT = object({
	project: object({ "requires-python": string().optional() }).optional(),
	tool: object({ poetry: object({ dependencies: object({ python: string().optional() }).optional() }).optional() }).optional()
});
/**
* The Python of the runner, which is the host's.
* @param project folder of manage.py: what its files say goes before what those of the top say
* @throws BuildError where pyproject.toml is no TOML
*/
async function pythonOf(top, project) {
	const what = "python";
	const folders = [.../* @__PURE__ */ new Set([project, "."])];
	for (const folder of folders) {
		const file = posix.join(folder, ".python-version");
		const chosen = /3\.\d{1,2}/.exec(await readOptional$1(top, file) ?? "")?.[0];
		if (chosen !== void 0) return {
			mark: "found",
			what,
			value: chosen,
			why: `${file}; the host needs it too`
		};
	}
	const why = "what `python3 --version` says on the host";
	for (const folder of folders) {
		const file = posix.join(folder, "pyproject.toml");
		const wanted = wantedIn(await readOptional$1(top, file) ?? "", file);
		if (wanted === void 0) continue;
		return {
			mark: "guessed",
			what,
			value: `3.${MINORS.find((one) => letsIn(wanted, one)) ?? USUAL}`,
			why: `${why}; ${file} wants ${wanted}`
		};
	}
	return {
		mark: "guessed",
		what,
		value: `3.${USUAL}`,
		why
	};
}
/** What `requires-python`, or Poetry's own way to write it, says. */
function wantedIn(text, file) {
	const { data } = PYPROJECT.safeParse(parseToml(text, file));
	return data?.project?.["requires-python"] ?? data?.tool?.poetry?.dependencies?.python;
}
/** Whether any release of Python 3.`minor` fits: `>=3.12.4` begins in the midst of one, `<=3.11` ends at the first of one. */
function letsIn(wanted, minor) {
	return [`3.${minor}.0`, `3.${minor}.99`].some((version) => fitsConstraint(version, wanted));
}
// src/init/settings-text.ts
/** What the text of settings says, as far as plain statements show it. All pure. */
/** What is assigned to a name last, on the line where that begins: of base and production, production wins. */
function lastOf(settings, name) {
	return [...settings.matchAll(new RegExp(`^${name}\\s*(?::[^=\\n]+)?=(?!=)\\s*([^\\n]+)`, "gm"))].at(-1)?.[1];
}
/** A folder among those of the project that a setting names: `MEDIA_ROOT = BASE_DIR / "media"`. */
function folderIn(settings, name) {
	const parts = [...(lastOf(settings, name) ?? "").matchAll(/['"]([^'"]+)['"]/g)].map(([, part = ""]) => part);
	const path = posix.join(...parts, ".").replace(/\/+$/, "");
	return parts.length === 0 || posix.isAbsolute(path) || path.startsWith("..") || path === "." ? void 0 : path;
}
/** Where databases are named; `DATABASES["default"]["NAME"] = ...` only adds to that. */
const DATABASES = /^DATABASES\s*(?:\[\s*['"]default['"]\s*\]\s*)?(?::[^=\n]+)?=(?!=)/gm;
/** `DATABASES["default"]["NAME"] = BASE_DIR / "db.sqlite3"` */
const NAME = /^DATABASES\s*\[\s*['"]default['"]\s*\]\s*\[\s*['"]NAME['"]\s*\]\s*=\s*([^\n]+)/gm;
/** The file of an SQLite database that lies in the project. */
function sqliteIn(settings) {
	const from = [...settings.matchAll(DATABASES)].at(-1)?.index ?? 0;
	const last = settings.slice(from);
	if (!/django\.db\.backends\.sqlite3/.test(last)) return void 0;
	const [, inside = ""] = /['"]NAME['"]\s*:\s*([^\n,}]+)/.exec(last) ?? [];
	const parts = [...([...last.matchAll(NAME)].at(-1)?.[1] ?? inside).matchAll(/['"]([^'"]+)['"]/g)].map(([, part = ""]) => part);
	return parts.length === 0 || posix.isAbsolute(parts[0] ?? "") ? void 0 : posix.join(...parts);
}
/** Names of hosts in the last `ALLOWED_HOSTS = [...]` that has some which visitors could use. */
function hostsIn(settings) {
	const lists = [...settings.matchAll(/^ALLOWED_HOSTS\s*\+?=\s*[[(]([^\])]*)[\])]/gm)].map(([, list = ""]) => list);
	const namesOf = (list) => [...list.matchAll(/['"]([^'"]+)['"]/g)].map(([, name = ""]) => name).filter((name) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name) && /[a-z]$/i.test(name));
	return lists.map(namesOf).findLast((names) => names.length > 0) ?? [];
}
/** A page of the root's urls that answers when the site is well, and whether it is made for that. */
function healthIn(urls) {
	const code = urls.replace(/""".*?"""|'''.*?'''|^\s*#.*?$/gms, "");
	const route = (pattern) => new RegExp(`\\bpath\\(\\s*['"](${pattern})['"]`).exec(code)?.[1];
	const made = route("(?:\\w+/)*(?:healthz?|health-?check|livez|status|ping|up)/?");
	if (made !== void 0) return {
		path: `/${made}`,
		made: true
	};
	if (route("") !== void 0) return {
		path: "/",
		made: false
	};
	const [, admin] = /\bpath\(\s*['"]([\w/-]*)['"]\s*,\s*admin\.site\.urls/.exec(code) ?? [];
	return admin === void 0 ? void 0 : {
		path: `/${admin}login/`,
		made: false
	};
}
// src/init/stages.ts
/** Where the site is to live. */
/** The way of a change: to staging, where there is a branch for it, then to production. @param text of the settings */
async function stagesOf(top, text, known) {
	const { live, test } = await branchesOf(top);
	const [allowed] = hostsIn(text);
	const ofHost = hostEntry(known, allowed);
	const host = String(ofHost.value);
	const ofUrl = known.url === void 0 ? guess("url", `https://${inUrl(allowed ?? host)}`, "from the host") : found("url", known.url, "--url");
	const [beside, why] = isIP(host) === 0 ? [`staging.${host.replace(/^www\./, "")}`, "like that of production"] : ["staging.example.org", "nothing names it"];
	return [...test === void 0 ? [] : [{
		name: "staging",
		entries: [
			found("branch", test, "there is such a branch"),
			guess("host", beside, why),
			guess("url", `https://${beside}`, why)
		]
	}], {
		name: "production",
		entries: [
			{
				key: "branch",
				...live
			},
			ofHost,
			ofUrl
		]
	}];
}
/** Where production lives: what is asked for goes before what stands in the settings. */
function hostEntry({ host, url }, allowed) {
	if (host !== void 0) return found("host", host, "--host");
	const ofUrl = url === void 0 ? void 0 : new URL(url).hostname.replace(/^\[|\]$/g, "");
	if (ofUrl !== void 0 && isHost(ofUrl)) return found("host", ofUrl, "--url");
	return allowed === void 0 ? guess("host", "www.example.org", "nothing names it") : found("host", allowed, "ALLOWED_HOSTS");
}
/** An address of IPv6 stands in brackets there. */
const inUrl = (host) => isIP(host) === 6 ? `[${host}]` : host;
// src/init/told.ts
/** What is told of a project, though nothing of it stands in `graceful.yml`. */
/** What the files say changes with the settings, and they are there by then. */
const AGAIN = "and run graceful init --force: it writes its files anew";
/** What is missing or good to know. @param text of the settings @param secrets variables that it wants */
function tellOf(text, packages, secrets) {
	return [
		...staticFindings(text, packages),
		...databaseFindings(text, packages),
		...secretFindings(text, secrets)
	];
}
function staticFindings(text, packages) {
	const root = folderIn(text, "STATIC_ROOT");
	return [root === void 0 ? lacking("static files", "set STATIC_ROOT to a folder in the project: BASE_DIR / \"staticfiles\"") : {
		mark: "found",
		what: "static files",
		value: root,
		why: "STATIC_ROOT"
	}, ...packages.has("whitenoise") ? [{
		mark: "found",
		what: "static files",
		value: "whitenoise",
		why: "it may stay; nginx serves them before it is asked"
	}] : []];
}
function databaseFindings(text, packages) {
	const sqlite = sqliteIn(text);
	const driver = [
		"psycopg",
		"psycopg2",
		"psycopg2-binary",
		"mysqlclient",
		"psycopg-binary"
	].find((name) => packages.has(name));
	return [...driver === void 0 ? [] : [{
		mark: "found",
		what: "database",
		value: driver,
		why: "its driver"
	}], ...sqlite === void 0 || sqlite.includes("/") ? [] : [lacking("database", `${sqlite} lies among the code, which is new in each release: name it BASE_DIR / "data" / "${sqlite}"`)]];
}
function secretFindings(text, secrets) {
	const insecure = /^['"]/.test(lastOf(text, "SECRET_KEY") ?? "") && !secrets.includes("SECRET_KEY");
	return [
		...secrets.map((name) => ({
			mark: "found",
			what: "secret",
			value: name,
			why: "the settings want it; a secret of the repository, or of each environment"
		})),
		...insecure ? [lacking("SECRET_KEY", `it stands in the settings: read it with os.environ["SECRET_KEY"], ${AGAIN}`)] : [],
		...lastOf(text, "DEBUG")?.startsWith("True") ? [lacking("DEBUG", `it is True: write settings for the host beside these, such as production.py, ${AGAIN}`)] : []
	];
}
// src/init/look.ts
/** Looks at a project: what stands in it, and what can only be guessed. */
/** Modules of settings for a host, by their usual names. */
const LIVE = [
	"production",
	"prod",
	"live",
	"deploy"
];
/** Packages of settings whose name says nothing of the site. */
const NO_NAMES = [
	"config",
	"conf",
	"core",
	"project",
	"settings",
	"app",
	"backend",
	"src",
	"django",
	"web",
	"main"
];
/** @param project folder of manage.py @throws BuildError where there is no Django project, or no file says what it needs */
async function look(top, project, known) {
	const first = await findDjango(top, {
		project,
		settings: void 0,
		application: void 0
	}, INTERFACES);
	const folder = join(top, first.project);
	const settings = await liveSettings(folder, first.settings);
	const django = {
		...first,
		settings
	};
	const text = await settingsText(folder, settings, first.settings);
	const requirements = await findRequirements(top, django.project);
	const packages = await packagesIn(top, requirements);
	const inProject = (path) => django.project === "." ? path : posix.join(django.project, path);
	const server = SERVER_NAMES.find((name) => packages.has(name));
	const processes = await processesOf(folder, settings, text, packages);
	const secrets = secretsOf(text);
	const common = [
		await nameOf$2(top, settings),
		...djangoEntry(django, first.settings),
		...server === void 0 || server === "gunicorn" ? [] : [found("server", server, requirements)],
		...processes.entries,
		...sharedEntry(text, inProject),
		...secrets.length === 0 ? [] : [guess("build-env", dummies(secrets), "what has to be there for collectstatic")],
		await healthEntry(folder, text),
		guess("migrate", true, "before the new release starts")
	];
	const others = [
		{
			mark: "found",
			what: "requirements",
			value: requirements,
			why: "what is installed"
		},
		{
			mark: "found",
			what: "application",
			value: django.application,
			why: "what the server serves"
		},
		...server === void 0 ? [lacking("server", `add gunicorn to ${requirements}`)] : [],
		...processes.others,
		...tellOf(text, packages, secrets)
	];
	const python = await pythonOf(top, django.project);
	return {
		common,
		stages: await stagesOf(top, text, known),
		secrets,
		python: python.value,
		others: [...others, python]
	};
}
/** The settings for a host, beside those that manage.py names; these where there are no others. */
async function liveSettings(folder, named) {
	const parts = named.split(".");
	const parents = [...(await moduleFile(folder, named))?.endsWith("/__init__.py") ? [parts] : [], parts.slice(0, -1)];
	for (const parent of parents) for (const name of LIVE) {
		const module = [...parent, name].join(".");
		if (module !== named && await moduleFile(folder, module) !== null) return module;
	}
	return named;
}
/** The text of those that the settings come from, then their own: what stands later wins, as when they are read. */
async function settingsText(folder, settings, named) {
	const own = await settingsFiles(folder, settings);
	const besides = own.length === 1 && settings !== named ? await settingsFiles(folder, named) : [];
	const files = [.../* @__PURE__ */ new Set([...own, ...besides])].toReversed();
	return (await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
}
async function nameOf$2(top, settings) {
	const [module = ""] = settings.split(".");
	const sources = [
		...NO_NAMES.includes(module) ? [] : [{
			text: module,
			why: "the package of the settings"
		}],
		{
			text: await repositoryName(top) ?? "",
			why: "the repository's name"
		},
		{
			text: basename(top),
			why: "the folder's name"
		},
		{
			text: "site",
			why: "nothing has a name"
		}
	];
	for (const { text, why } of sources) {
		const name = text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+|-+$/g, "").slice(0, 32);
		if (SITE.test(name) && !SYSTEM_NAMES.has(name) && name !== "deploy") return guess("software", name, why);
	}
	return guess("software", "site", "nothing has a name");
}
function djangoEntry(django, named) {
	const value = {
		...django.project === "." ? {} : { project: django.project },
		...django.settings === named ? {} : { settings: django.settings }
	};
	if (Object.keys(value).length === 0) return [];
	const why = [...django.project === "." ? [] : ["manage.py is there"], ...django.settings === named ? [] : [`beside ${named}, which manage.py names`]];
	return [found("django", value, why.join("; "))];
}
/** What the site writes into its own folder has to outlive releases. */
function sharedEntry(text, inProject) {
	const media = folderIn(text, "MEDIA_ROOT");
	const sqlite = sqliteIn(text);
	const data = sqlite === void 0 ? void 0 : posix.dirname(sqlite);
	const value = {
		...data === void 0 ? {} : { dirs: [inProject(data === "." ? "data" : data)] },
		...media === void 0 ? {} : { public: [inProject(media)] }
	};
	if (Object.keys(value).length === 0) return [];
	const why = [...data === void 0 ? [] : ["the SQLite database"], ...media === void 0 ? [] : ["MEDIA_ROOT"]];
	return [(data === "." ? guess : found)("shared", value, why.join(" and "))];
}
async function healthEntry(folder, text) {
	const [, urls] = /^['"]([\w.]+)['"]/.exec(lastOf(text, "ROOT_URLCONF") ?? "") ?? [];
	const file = urls === void 0 ? null : await moduleFile(folder, urls);
	const health = file === null ? void 0 : healthIn(await readFile(join(folder, file), "utf8"));
	if (health === void 0) return guess("health", { path: "/" }, "a page that answers 200 when the site is well");
	const { path, made } = health;
	return made ? found("health", { path }, `${file}`) : guess("health", { path }, "a page that answers 200 when the site is well");
}
/** Variables that the settings want from outside. */
function secretsOf(text) {
	const optional = /\b(?:environ|env|config|getenv)\b[^\n]*['"]SECRET_KEY['"]/.test(text) ? ["SECRET_KEY"] : [];
	return [.../* @__PURE__ */ new Set([...optional, ...variablesWanted(text)])];
}
const dummies = (names) => Object.fromEntries(names.map((name) => [name, /DATABASE_URL/.test(name) ? "sqlite://:memory:" : "build"]));
// src/init/targets.ts
/** The places that `graceful init` writes to, looked at before anything is written. */
const NOTHING$1 = "nothing was written";
/** Looks at the place of a file and at the folders that lead to it; changes nothing. @param path relative to the top */
function lookAt(top, path) {
	const no = (where, message, mend) => ({
		there: void 0,
		fault: {
			where,
			message,
			mend: `${NOTHING$1}: ${mend}`
		}
	});
	for (const folder of foldersOf(path)) {
		const found = statusOf(join(top, folder));
		if (found === void 0) continue;
		if (found.isSymbolicLink()) return no(folder, "this is a link", `put a folder there, for ${path}`);
		if (!found.isDirectory()) return no(folder, "this is no folder", `move it away: ${path} goes there`);
	}
	const found = statusOf(join(top, path));
	if (found === void 0) {
		const folder = [...foldersOf(path), "."].find((one) => statusOf(join(top, one)) !== void 0) ?? ".";
		return may(join(top, folder), constants.W_OK | constants.X_OK) ? {
			there: void 0,
			fault: void 0
		} : no(path, "this file cannot be made here", `take care that you may write to ${join(top, folder)}`);
	}
	if (found.isSymbolicLink()) return no(path, "this is a link", "delete it, or put the file itself there");
	if (!found.isFile()) return no(path, found.isDirectory() ? "this is a folder" : "this is no file", "move it away");
	if (!may(join(top, path), constants.R_OK | constants.W_OK)) return no(path, "this file cannot be read and written", "take care that you may do both");
	return {
		there: readFileSync(join(top, path), "utf8"),
		fault: void 0
	};
}
/**
* Writes a file, and its folders.
* @param before files that this run has written already
* @throws ConfigError where that fails, though it did not look so: a full disk
*/
function write(top, path, text, before) {
	try {
		mkdirSync(dirname(join(top, path)), { recursive: true });
		writeFileSync(join(top, path), text);
	} catch (error) {
		if (codeOf(error) === void 0) throw error;
		const done = before.length === 0 ? NOTHING$1 : `written before: ${before.join(", ")}`;
		const message = `cannot be written (${error instanceof Error ? error.message : String(error)})`;
		throw new ConfigError([{
			where: path,
			message,
			mend: `${done}: mend that, and run this again with --force`
		}]);
	}
}
/** Those that lead to a file, the nearest first. */
function foldersOf(path) {
	const folder = dirname(path);
	return folder === "." ? [] : [folder, ...foldersOf(folder)];
}
/** Of the place itself, not of what a link leads to; undefined where nothing is. */
function statusOf(path) {
	try {
		return lstatSync(path);
	} catch (error) {
		if ([
			"ENOENT",
			"ENOTDIR",
			"EACCES"
		].includes(codeOf(error) ?? "")) return void 0;
		throw error;
	}
}
function may(path, what) {
	try {
		accessSync(path, what);
		return true;
	} catch {
		return false;
	}
}
// src/init/where.ts
/** Which Django project of a repository is meant. */
/**
* Its folder, relative to the top; `.` where there is no choice to make.
* @param given as it was asked for, from the folder where that was
* @throws ConfigError where there are several and none is named, or where the one that is named is none
*/
async function projectFolder(top, given, from) {
	const hasManage = (folder) => isFile(join(top, folder, "manage.py"));
	const below = async () => (await hasManage(".") ? ["."] : []).concat(await projectsBelow(top));
	const where = "--project";
	if (given === void 0) {
		if (await hasManage(".")) return ".";
		const [first, ...others] = await below();
		if (first === void 0 || others.length === 0) return ".";
		const message = `which one is meant? manage.py is in ${[first, ...others].join(", ")}`;
		throw new ConfigError([{
			where,
			message,
			mend: `nothing was written: name one, graceful init --project ${first}`
		}]);
	}
	const folder = relative(top, resolve$1(from, given)) || ".";
	if (folder === ".." || folder.startsWith("../")) throw new ConfigError([{
		where,
		message: `${given} lies outside of the repository`,
		mend: "name a folder of it"
	}]);
	if (await hasManage(folder)) return folder;
	const there = await below();
	const mend = there.length === 0 ? "commit manage.py" : `it is in ${there.join(", ")}`;
	throw new ConfigError([{
		where,
		message: `there is no manage.py in ${given}`,
		mend
	}]);
}
// src/init/init.ts
/** `graceful init`: looks at a project, and writes what is needed to deploy it. */
/**
* @throws ConfigError where files are there that say something else, or something else is where they go
* @throws BuildError where this is no Django project
*/
async function init(wanted) {
	assertGiven(wanted);
	const top = topOfCheckout(wanted.folder) ?? wanted.folder;
	const project = await lookAround(top, wanted).catch((error) => {
		throw unreadable(error, top) ?? error;
	});
	const wants = filesOf$1(project, templates(), wanted.uses ?? "OWNER/graceful@v1");
	const { faults } = parseConfig(wants["graceful.yml"] ?? "", "graceful.yml");
	if (faults.length > 0) throw new ConfigError(faults);
	const dry = wanted.dryRun || wanted.print;
	const files = Object.entries(wants).map(([path, text]) => ({
		path,
		text,
		...lookAt(top, path)
	}));
	if (!wanted.print) assertFree$1(files, wanted.force || dry);
	const written = [];
	return {
		findings: findingsOf(project, wanted.uses),
		print: wanted.print,
		files: files.map(({ path, text, there }) => {
			if (there === text) return {
				path,
				text,
				done: "unchanged"
			};
			if (dry) return {
				path,
				text,
				done: "to write"
			};
			write(top, path, text, written);
			written.push(path);
			return {
				path,
				text,
				done: "written"
			};
		})
	};
}
async function lookAround(top, wanted) {
	return await look(top, await projectFolder(top, wanted.project, wanted.folder), wanted);
}
/** What an error says of a file that the project has, and that this user may not read. */
function unreadable(error, top) {
	if (codeOf(error) !== "EACCES" || !(error instanceof Error && "path" in error)) return void 0;
	return new ConfigError([{
		where: relative(top, String(error.path)),
		message: "this cannot be read",
		mend: "nothing was written: take care that you may read the whole project"
	}]);
}
/** @throws ConfigError with all that is in the way @param over whether files that are there may be other ones */
function assertFree$1(files, over) {
	const mend = "nothing was written: compare it with what --print shows, or let --force write over it";
	const faults = files.flatMap(({ path, text, there, fault }) => {
		if (fault !== void 0) return [fault];
		if (over || there === void 0 || there === text) return [];
		return [{
			where: path,
			message: "this file is there already, and says something else",
			mend
		}];
	});
	const firsts = [...Map.groupBy(faults, ({ where }) => where).values()].flatMap(([first]) => first ?? []);
	if (firsts.length > 0) throw new ConfigError(firsts);
}
/** What goes into files that are run later. */
function assertGiven({ host, url, uses }) {
	const faults = [];
	const refuse = (where, given, what, mend) => faults.push({
		where,
		message: `${JSON.stringify(given)} ${what}`,
		mend
	});
	if (host !== void 0 && !isHost(host)) refuse("--host", host, "is no host name or IP address", "for example: www.example.org");
	if (url !== void 0 && !isOrigin(url)) refuse("--url", url, "is no http:// or https:// address without path", "for example: https://www.example.org");
	if (uses !== void 0 && !/^[\w.-]+\/[\w./-]+@[\w./-]+$/.test(uses)) refuse("--uses", uses, "names no action", "for example: acme/graceful@v1");
	if (faults.length > 0) throw new ConfigError(faults);
}
function findingsOf({ common, stages, others }, uses) {
	const all = [...common.map((entry) => ({
		...entry,
		what: entry.key
	})), ...stages.flatMap(({ name, entries }) => entries.map((entry) => ({
		...entry,
		what: `${name}: ${entry.key}`
	})))];
	const action = "OWNER/graceful in the workflows stands for the repository that you use Graceful from (--uses)";
	const told = [
		...all.map(({ what, value, mark, why }) => ({
			what,
			value: flow(value),
			mark,
			why
		})),
		...others,
		...uses === void 0 ? [{
			mark: "missing",
			what: "workflows",
			value: "",
			why: action
		}] : []
	];
	const order = [
		"found",
		"guessed",
		"missing"
	];
	return told.toSorted((a, b) => order.indexOf(a.mark) - order.indexOf(b.mark));
}
/** They travel with the program: beside the bundle's folder, or at the top of the checkout when run from the sources. */
function templates() {
	const here = import.meta.dirname;
	const folder = ["..", "../.."].map((up) => join(here, up, "docs/workflows")).find((one) => existsSync(one));
	if (folder === void 0) throw new Error(`docs/workflows is missing beside ${here}`);
	const read = (name) => readFileSync(join(folder, name), "utf8");
	return {
		staging: read("staging.yml"),
		rollback: read("rollback.yml")
	};
}
// src/report/plan/plan.ts
/** The plan for programs: the output `plan`. Pure. */
function plainPlan({ phases: _, ...plan }) {
	return plan;
}
/** Takes secrets out of what hosts and sites have written. Pure. */
function cleanPlan(plan, clean) {
	const { hosts, migrations, skipped, phases } = plan;
	return {
		...plan,
		hosts: hosts.map(({ reasons, notes, packages, toInstall, commits, ...host }) => ({
			...host,
			reasons: reasons.map(clean),
			notes: notes.map(clean),
			packages: packages?.map(clean) ?? null,
			toInstall: toInstall.map(clean),
			commits: commits && {
				...commits,
				shown: commits.shown.map((one) => ({
					...one,
					subject: clean(one.subject),
					author: clean(one.author)
				}))
			}
		})),
		skipped: skipped.map(({ host, message }) => ({
			host,
			message: clean(message)
		})),
		migrations: migrations && cleanPending(migrations, clean),
		phases: phases.map((row) => ({
			...row,
			detail: clean(row.detail)
		}))
	};
}
function cleanPending({ migrations, why, isKnown }, clean) {
	return {
		migrations: migrations?.map(({ name, operations }) => ({
			name: clean(name),
			operations: operations.map(clean)
		})) ?? null,
		isKnown,
		why: why === null ? null : clean(why)
	};
}
/** Hosts for which the very same would be done, together. Pure. */
function alike(hosts) {
	return [...Map.groupBy(hosts, ({ host: _, disk: _disk, ...rest }) => JSON.stringify(rest)).values()].flatMap((group) => {
		const [one] = group;
		return one === void 0 ? [] : [{
			names: group.map(({ host }) => host),
			one
		}];
	});
}
/** Web address of what lies between what serves and what would. Pure. */
function compareUrl({ repository, commit }, from) {
	if (repository === null) return null;
	return from === null || from === commit ? `${repository}/commit/${commit}` : `${repository}/compare/${from}...${commit}`;
}
// src/github/comment.ts
/** One comment of a pull request that is kept up to date. */
/** What GitHub takes of a comment, with room for a note: its limit is 65,536 characters. Bytes. */
const COMMENT_ROOM = 6e4;
const Comment = object({
	id: int(),
	body: string().nullish()
});
/**
* Writes a comment, in the place of the one that begins with the same marker and that this token may edit.
* @param marker an HTML comment that nobody sees
* @param page what people see
* @throws GitHubError
*/
async function keepComment(access, pullRequest, { marker, page }) {
	const github = new GitHub(access);
	const body = { body: `${marker}\n${page}` };
	for await (const told of github.list(`/issues/${pullRequest}/comments`)) {
		const comment = Comment.safeParse(told).data;
		if (comment?.body?.startsWith(marker) && await replaced(github, comment.id, body)) return;
	}
	await github.ask("POST", `/issues/${pullRequest}/comments`, body);
}
/** False where the comment is somebody else's: anybody may write one that begins so. */
async function replaced(github, comment, body) {
	try {
		await github.ask("PATCH", `/issues/comments/${comment}`, body);
		return true;
	} catch (error) {
		if (error instanceof GitHubError && (error.status === 403 || error.status === 404)) return false;
		throw error;
	}
}
// src/report/plan/output.ts
/** The plan as an output: a step that hands it to a command makes it a variable of its environment. All pure. */
/** Linux takes 128 KiB of one variable, its name too; with room for what a workflow writes around it. Bytes. */
const ROOM = 12e4;
/** Longest text in it, characters. */
const LONGEST = 500;
/** What goes first where there is no room for all, and the plan without it. */
const LESS = [
	["operations", withoutOperations],
	["commits", (plan) => ofHosts(plan, ({ commits }) => ({ commits: commits && {
		...commits,
		shown: []
	} }))],
	["packages", (plan) => ofHosts(plan, () => ({ packages: [] }))],
	["migrations", (plan) => ({
		...plan,
		migrations: plan.migrations && {
			...plan.migrations,
			migrations: []
		}
	})],
	["hosts", (plan) => ({
		...plan,
		hosts: []
	})],
	["skipped", (plan) => ({
		...plan,
		skipped: []
	})]
];
/** All of it as JSON; where that is too long with empty lists, which `leftOut` names. @param room bytes */
function planOutput(plan, room = ROOM) {
	let kept = cleanPlan(plan, (text) => plainLine(text).slice(0, LONGEST));
	const leftOut = [];
	const json = () => JSON.stringify(leftOut.length === 0 ? plainPlan(kept) : {
		...plainPlan(kept),
		leftOut
	});
	for (const [name, without] of LESS) {
		if (Buffer.byteLength(json()) <= room) break;
		kept = without(kept);
		leftOut.push(name);
	}
	return json();
}
function ofHosts(plan, change) {
	return {
		...plan,
		hosts: plan.hosts.map((host) => ({
			...host,
			...change(host)
		}))
	};
}
function withoutOperations(plan) {
	const { migrations } = plan;
	const names = migrations?.migrations?.map(({ name }) => ({
		name,
		operations: []
	})) ?? null;
	return {
		...plan,
		migrations: migrations && {
			...migrations,
			migrations: names
		}
	};
}
// src/report/plan/words.ts
/** The words of a plan that are the same in the log and in a page. All pure. */
/** More of a list are counted. */
const SHOWN$1 = 50;
/** The first of them, and how many more there are. */
function firstOf(lines, shown = SHOWN$1) {
	return lines.length <= shown ? [...lines] : [...lines.slice(0, shown), `and ${lines.length - shown} more`];
}
const short = (commit) => commit.slice(0, 7);
const WORDS = {
	built: "environment built in this run",
	cached: "environment from the cache",
	reused: "environment already on the host"
};
/** What the plan comes to, in a sentence or two. */
function verdict({ command, commit, isUnchanged, site, stage, hosts }) {
	if (isUnchanged) return `unchanged: ${hosts[0]?.release} serves this very source with this configuration already. A ${command} would build, send and start nothing.`;
	return `A ${command} would ${command === "stage" ? `bring ${short(commit)} to` : `put ${short(commit)} live on`} ${site} (${stage}). Nothing was changed.`;
}
/** Rows about one host, or several alike: a name and lines. Commits are told apart, as they have links. */
function hostRows(plan, host) {
	const { reasons, packages, toInstall, processes, sending, notes, release } = host;
	const rows = [["Live now", [release ?? "nothing"]]];
	if (notes.length > 0) rows.push(["Note", notes]);
	if (plan.isUnchanged) return rows;
	rows.push(["Why", [reasons.length === 0 ? "another host needs it" : reasons.join("; ")]]);
	rows.push(["Packages", packageLines(packages)]);
	if (toInstall.length > 0) rows.push(["Debian packages", [`to be installed on the host: ${toInstall.join(", ")}`]]);
	const changes = processes.map(({ name, change }) => `${name} ${change}`);
	rows.push(["Processes", [changes.length === 0 ? "none is started or stopped" : changes.join(", ")]]);
	rows.push(["Sent", [sending === null ? "nothing: the host has everything already" : sendingText(sending)]]);
	return rows;
}
function packageLines(packages) {
	if (packages === null) return ["not known: an older version made the live release"];
	return packages.length === 0 ? ["the same as before"] : firstOf(packages);
}
function sendingText({ objects, bytes, unpackedBytes, trees, env }) {
	return `${objects} objects, ${size(bytes)} (${size(unpackedBytes)} unpacked) of ${trees.join(", ")}; ${WORDS[env]}`;
}
/** Free space of each host, before and after. */
function diskLines({ hosts }) {
	return hosts.flatMap(({ host, disk }) => {
		if (disk === null) return [];
		const after = size(Math.max(0, disk.freeBytes - disk.neededBytes));
		return [`${host}: ${size(disk.freeBytes)} free, about ${after} after (${size(disk.neededBytes)} needed)`];
	});
}
/** What would be applied to the database. */
function migrationLines({ migrations }) {
	if (migrations === null) return ["none: nothing is migrated"];
	const { migrations: pending, isKnown, why } = migrations;
	const told = why === null ? [] : [why];
	if (pending === null) return [`unknown: ${told.join()}`];
	const count = pending.length === 1 ? "1 migration" : `${pending.length} migrations`;
	if (!isKnown) {
		const all = firstOf(pending.map(({ name }) => name)).join(", ");
		return [...told, `the release has ${count}; those that the database lacks are applied: ${all}`];
	}
	const names = pending.map(({ name, operations }) => [name, ...operations.map((one) => `  ${one}`)].join("\n"));
	return [...told, ...pending.length === 0 ? ["none is pending"] : firstOf(names)];
}
/** Who goes when. */
function orderLines({ waves, skipped, migrations, hosts }) {
	const steps = waves.map((names, index) => `wave ${index + 1} of ${waves.length}: ${names.join(", ")}`);
	return [
		...migrations?.migrations?.length === 0 || migrations === null ? [] : [`migrations: ${hosts[0]?.host}`],
		...steps,
		...skipped.map(({ host, message }) => `${host}: ${message}`)
	];
}
/** `abc1234 -> 1a2b3c4`. */
function commitText({ commit: to }, { commit: from }) {
	if (from === null) return short(to);
	return from === to ? `${short(to)}, as before` : `${short(from)} -> ${short(to)}`;
}
/** How many commits lie between, in words; nothing where there are none. */
function betweenText({ commit: from, commits }, to) {
	if (from === null || from === to) return null;
	if (commits === null) return "what lies between is not known here: the clone does not go back that far";
	const { count, back, lost } = commits;
	const many = count === 1 ? "1 commit" : `${count} commits`;
	const others = lost === 0 ? "" : `; ${lost} of those that serve are not among its own`;
	return `${many}${back ? " taken back" : ""}${others}`;
}
// src/report/plan/page.ts
const lines = (all) => all.map(text).join("<br>");
function facts(rows) {
	return table$1([], rows.map(([name, html]) => [`<b>${name}</b>`, html]));
}
function commitCell(plan, host) {
	const url = compareUrl(plan, host.commit);
	const between = betweenText(host, plan.commit);
	const words = commitText(plan, host);
	return `${url === null ? text(words) : link(url, words)}${between === null ? "" : `<br>${text(between)}`}`;
}
function commitList({ repository }, { commits }) {
	if (commits === null || commits.count === 0) return [];
	const { shown, count } = commits;
	const items = shown.map(({ sha, subject }) => `<li>${commitLink(sha, repository)} <code>${text(subject)}</code></li>`);
	const more = count > shown.length ? [`<li>and ${count - shown.length} more</li>`] : [];
	return folded("Commits", [`<ul>${[...items, ...more].join("")}</ul>`]);
}
/**
* The plan as HTML, for the job's summary and a comment. Nothing in it is taken as Markdown. Pure.
* @param room bytes
*/
function planPage(plan, room = ROOM$1) {
	const { site, stage, url, runUrl, isUnchanged, phases } = plan;
	const groups = alike(plan.hosts);
	const migrations = migrationLines(plan).flatMap((each) => each.split("\n"));
	const together = isUnchanged ? [] : [
		["Disk", lines(diskLines(plan))],
		["Migrations", migrations.map((one) => `${one.startsWith(" ") ? "&emsp;" : ""}${text(one)}`).join("<br>")],
		["Order", lines(orderLines(plan))]
	];
	const steps = phases.map(({ name, ms, detail }) => [
		text(name),
		seconds(ms),
		text(detail)
	]);
	return fitted([
		{
			name: "plan",
			lines: [`<h2>📋 planned: ${text(site)} (${text(stage)})</h2>`, `<p>${text(verdict(plan))}</p>`],
			rank: 0
		},
		...groups.map(({ names, one }) => ({
			name: names.join(", "),
			lines: [facts([
				[names.length === 1 ? "Host" : "Hosts", text(names.join(", "))],
				["Commit", commitCell(plan, one)],
				...hostRows(plan, one).map(([name, told]) => [name, lines(told)])
			]), ...commitList(plan, one)],
			rank: 2
		})),
		{
			name: "the whole",
			lines: [facts([
				...together.filter(([, html]) => html !== ""),
				["Address", link(url, url)],
				...runUrl === null ? [] : [["Run", link(runUrl, runUrl)]]
			])],
			rank: 1
		},
		{
			name: "steps",
			lines: folded("Steps", [table$1([
				"Step",
				"Time",
				""
			], steps)]),
			rank: 3
		}
	], room);
}
// src/report/plan/text.ts
const NAME_WIDTH = 16;
/** A name, and its lines below each other; what is indented stays so. */
function row(name, lines) {
	return lines.flatMap((line) => line.split("\n")).map((line, index) => {
		const indent = /^ */.exec(line)?.[0] ?? "";
		return `${(index === 0 ? name : "").padEnd(NAME_WIDTH)}${indent}${plainLine(line)}`;
	});
}
function commitRow(plan, host) {
	const told = [compareUrl(plan, host.commit), betweenText(host, plan.commit)].filter((line) => line !== null);
	const { shown = [], count = 0, back = false } = host.commits ?? {};
	const each = shown.map(({ sha, subject }) => `  ${back ? "-" : "+"} ${sha.slice(0, 7)} ${subject}`);
	const more = count > shown.length ? [`  and ${count - shown.length} more`] : [];
	return row("Commit", [
		commitText(plan, host),
		...told,
		...each,
		...more
	]);
}
/** The plan for the log and a terminal. Pure. */
function planText(plan) {
	const hosts = alike(plan.hosts).flatMap(({ names, one }) => [
		`${names.join(", ")}:`,
		...commitRow(plan, one),
		...hostRows(plan, one).flatMap(([name, lines]) => row(name, lines))
	]);
	const all = plan.isUnchanged ? [] : [
		...row("Disk", diskLines(plan)),
		...row("Migrations", migrationLines(plan)),
		...row("Order", orderLines(plan))
	];
	return [
		verdict(plan),
		...hosts,
		...all
	];
}
// src/report/plan/tell.ts
/**
* Tells a plan: in the log (as JSON where asked for), in a job also in its summary, as outputs, and where the run says so in a comment of
* its pull request.
*
* @returns what the process should exit with
*/
async function reportPlan(log, plan, run, actions) {
	log.phase("Result");
	const [verdict = "", ...lines] = planText(plan);
	if (run.json) answer(`${JSON.stringify(plainPlan(plan), null, 2)}\n`, true);
	else for (const line of lines) log.info(line);
	log.end();
	log.step(`planned: ${verdict}`, true);
	if (actions) {
		const same = (of) => {
			const [first = "", ...others] = new Set(plan.hosts.map((host) => of(host) ?? ""));
			return others.length === 0 ? first : "";
		};
		setOutputs({
			result: "planned",
			release: same(({ release }) => release),
			commit: same(({ commit }) => commit),
			url: plan.url,
			plan: planOutput(plan)
		});
		await writeText(planPage(plan));
	}
	if (run.planComment) await comment(log, plan, run);
	return 0;
}
/** Nobody's deploy depends on a comment: what keeps it from being written is told, and no failure. */
async function comment(log, plan, { github, pullRequest }) {
	const without = "the plan is not told in a comment";
	if (pullRequest === void 0) return log.notice(`${without}: this run is about no pull request`);
	if (github === void 0) return log.notice(`${without}: there is no token for GitHub (input \`token\`)`);
	const marker = `<!-- graceful plan: ${plan.site} ${plan.stage} -->`;
	try {
		await keepComment(github, pullRequest, {
			marker,
			page: planPage(plan, COMMENT_ROOM)
		});
	} catch (error) {
		if (!(error instanceof GitHubError)) throw error;
		log.notice(`${without}: ${error.message}. ${mendOf(error, "pull-requests: write")}`);
	}
}
// src/build/env/wheels.ts
/** All packages in a site-packages folder, sorted by name. */
async function readWheels(site) {
	return await Promise.all((await readMetadata(site)).map(async ({ info, metadata }) => {
		const wheel = await readFile(join(site, info, "WHEEL"), "utf8").catch((thrown) => {
			if (codeOf(thrown) === "ENOENT") return "";
			throw thrown;
		});
		return {
			name: /^Name:\s*(\S+)/m.exec(metadata)?.[1] ?? info,
			version: /^Version:\s*(\S+)/m.exec(metadata)?.[1] ?? "",
			tags: [...wheel.matchAll(/^Tag:\s*(\S+)/gm)].map((match) => match[1] ?? "")
		};
	}));
}
/** What each package in a site-packages folder says of itself, sorted. */
async function readMetadata(site) {
	const infos = (await readdir(site)).filter((name) => name.endsWith(".dist-info")).sort();
	return await Promise.all(infos.map(async (info) => ({
		info,
		metadata: await readFile(join(site, info, "METADATA"), "utf8")
	})));
}
/** Whether a package was compiled where it was installed: what comes from an index names an older C library. Pure. */
function isCompiledHere({ tags }) {
	return tags.some((tag) => tag.split("-")[2]?.startsWith("linux_") === true);
}
/**
* Asserts that every package runs on the host: its machine and its C library.
*
* @throws BuildError naming each package that does not, with its mend
*/
function checkWheels(env, facts) {
	const faults = env.wheels.flatMap((wheel) => {
		const why = wheel.tags.length === 0 ? null : misfit(wheel.tags, env.builtOn, facts);
		return why === null ? [] : [`${wheel.name} ${wheel.version} ${why}`];
	});
	if (faults.length === 0) return;
	throw new BuildError(`the environment would not run on host ${facts.hostname} (${facts.libc.name} ${facts.libc.version}, ${facts.machine}):\n${faults.join("\n")}`, { mend: "ask for a version with wheels for that system (psycopg[binary] instead of psycopg2, say); or let what must be compiled be compiled in a system like the host's: build: { in: debian }" });
}
/** Why none of a package's tags fits the host, or null. Pure. */
function misfit(tags, builtOn, facts) {
	const platforms = tags.flatMap((tag) => (tag.split("-")[2] ?? "any").split("."));
	const reasons = [];
	for (const platform of platforms) {
		const why = platformMisfit(platform, builtOn, facts);
		if (why === null) return null;
		reasons.push(why);
	}
	return reasons[0] ?? null;
}
/** glibc that the older names of manylinux stand for (PEP 600). */
const LEGACY = {
	manylinux1: 5,
	manylinux2010: 12,
	manylinux2014: 17
};
function platformMisfit(platform, builtOn, facts) {
	if (platform === "any") return null;
	if (!platform.endsWith(`_${facts.machine}`)) return `is made for ${platform}`;
	const family = platform.slice(0, -facts.machine.length - 1);
	const minor = Number(facts.libc.version.split(".")[1] ?? 0);
	const many = /^(manylinux|musllinux)_\d+_(\d+)$/.exec(family);
	const needs = many ? Number(many[2]) : LEGACY[family];
	if (needs !== void 0) {
		const libc = family.startsWith("musl") ? "musl" : "glibc";
		if (libc !== facts.libc.name) return `needs ${libc} (${platform})`;
		return libc === "musl" || needs <= minor ? null : `needs glibc 2.${needs} or newer (${platform})`;
	}
	if (family === "linux") {
		const built = Number(builtOn.version.split(".")[1] ?? 0);
		if (builtOn.name === facts.libc.name && (builtOn.name === "musl" || built <= minor)) return null;
		return `was compiled in the runner, against ${builtOn.name} ${builtOn.version}`;
	}
	return `is made for ${platform}`;
}
// src/artifact/fits.ts
/**
* Asserts that what was built elsewhere runs on the host: machine, C library, Python, its ABI, and each package.
*
* @param what - `the artifact graceful-artifact`
* @param wanted - the Python that graceful.yml names, such as `3.11`
* @throws BuildErrors with all that does not fit
*/
function assertFits(what, build, facts, wanted) {
	const { minor, abi, machine, libc } = build.target;
	const host = `host ${facts.hostname}`;
	const faults = [];
	const fault = (why, mend) => faults.push(new BuildError(`${what} ${why}`, { mend }));
	if (machine !== facts.machine) fault(`is made for ${machine}, and ${host} is ${facts.machine}`, `build it on a runner with ${facts.machine}`);
	if (libc !== facts.libc.name) fault(`is made for ${libc}, and ${host} has ${facts.libc.name}`, `build it on a runner with ${facts.libc.name}`);
	if (wanted !== void 0 && minor !== wanted) fault(`is made for Python ${minor}, and graceful.yml names ${wanted} (python.version)`, `build it with the same python.version, or leave that out for this stage`);
	const there = facts.pythons.map((python) => python.minor);
	if (!there.includes(minor)) fault(`is made for Python ${minor}, and ${host} has ${there.join(", ") || "none"}`, `build it with python: { version: "${there[0] ?? "3.11"}" } in graceful.yml, or install Python ${minor} on the host`);
	else if (machine === facts.machine && libc === facts.libc.name && !facts.pythons.some((one) => one.abi === abi)) fault(`is made for the ABI ${abi} of Python ${minor}, and that of ${host} is ${facts.pythons.filter((one) => one.minor === minor).map((one) => one.abi).join(", ")}`, "build it with a Python of the same build as the one on the host");
	refuse(faults);
	checkWheels({
		wheels: build.env.wheels,
		builtOn: build.env.builtOn
	}, facts);
}
// src/artifact/unpack.ts
/** A header or a manifest that is longer is no pack of ours. */
const LINE_LIMIT = 65536;
const MANIFEST_LIMIT = 268435456;
const Kind = _enum([
	"code",
	"static",
	"config",
	"env"
]);
const Head = union([
	strictObject({ tree: strictObject({
		kind: Kind,
		digest: string(),
		bytes: int().min(0).max(MANIFEST_LIMIT)
	}) }),
	strictObject({ object: strictObject({
		sha256: string(),
		executable: boolean(),
		bytes: int().min(0)
	}) }),
	strictObject({ end: literal(true) })
]);
/**
* Lays out the trees of a pack, each in a folder of its own below `into`, and checks every digest: the mirror of `packStream`. Memory
* stays bounded, and nothing is written outside of the folders, whatever the pack holds.
*
* @throws Error for a pack that is damaged or not what it claims
*/
async function unpack(pack, into) {
	const source = new Reader(pipeline(pack, createInflate(), () => void 0));
	const trees = [];
	/** Where each object belongs that has not come yet. */
	const wanted = /* @__PURE__ */ new Map();
	for (;;) {
		const head = Head.parse(JSON.parse(await source.line()));
		if ("tree" in head) {
			const { kind, digest, bytes } = head.tree;
			const tree = treeOf$1(join(into, kind), digest, await source.whole(bytes));
			trees.push({
				kind,
				tree
			});
			await makeFolders(tree);
			for (const entry of tree.manifest.entries) {
				if (entry.kind === "link") continue;
				const key = `${entry.sha256} ${entry.kind} ${entry.bytes}`;
				wanted.set(key, [...wanted.get(key) ?? [], join(tree.folder, entry.path)]);
			}
		} else if ("object" in head) {
			const { sha256, executable, bytes } = head.object;
			const key = `${sha256} ${executable ? "exec" : "file"} ${bytes}`;
			const places = wanted.get(key);
			if (places === void 0) throw new Error("it holds an object that none of its trees has");
			wanted.delete(key);
			await place(source, {
				sha256,
				bytes,
				mode: executable ? 493 : 420
			}, places);
		} else break;
	}
	await source.finish();
	if (wanted.size > 0) throw new Error(`it lacks ${wanted.size} objects of its trees`);
	for (const { tree } of trees) for (const entry of tree.manifest.entries) if (entry.kind === "link") await symlink(entry.target, join(tree.folder, entry.path));
	return trees;
}
function treeOf$1(folder, digest, text) {
	const entries = entriesIn(text.toString("utf8"));
	for (const entry of entries) if (!isSafe(entry.path) || entry.kind === "link" && !staysInside(entry.path, entry.target)) throw new Error(`it holds the path ${JSON.stringify(entry.path)}, which leads out of its folder`);
	const manifest = manifestFrom(entries);
	if (manifest.digest !== digest || manifest.text !== text.toString("utf8")) throw new Error(`the manifest ${digest} is not what its digest says`);
	return {
		folder,
		manifest
	};
}
function isSafe(path) {
	const parts = path.split("/");
	return !path.includes("\0") && !parts.some((part) => part === "" || part === "." || part === "..");
}
async function makeFolders({ folder, manifest }) {
	const folders = new Set(manifest.entries.map(({ path }) => posix.dirname(path)));
	await mkdir(folder);
	for (const each of folders) await mkdir(join(folder, each), { recursive: true });
}
async function place(source, object, [first = "", ...more]) {
	const hash = createHash("sha256");
	{
		await using file = await open(first, "wx");
		for await (const piece of source.run(object.bytes)) {
			hash.update(piece);
			await file.writeFile(piece);
		}
	}
	if (hash.digest("hex") !== object.sha256) throw new Error(`the object ${object.sha256} is not what its digest says`);
	for (const other of more) await copyFile(first, other);
	for (const path of [first, ...more]) await chmod(path, object.mode);
}
/** Lines and runs of bytes of a stream. */
var Reader = class {
	#pieces;
	#ahead = Buffer.alloc(0);
	constructor(source) {
		this.#pieces = source[Symbol.asyncIterator]();
	}
	async line() {
		let end = this.#ahead.indexOf(10);
		while (end < 0) {
			if (this.#ahead.length > LINE_LIMIT) throw new Error("it is no pack");
			this.#ahead = Buffer.concat([this.#ahead, await this.#more()]);
			end = this.#ahead.indexOf(10);
		}
		return this.#take(end + 1).toString("utf8");
	}
	async *run(bytes) {
		for (let left = bytes; left > 0;) {
			if (this.#ahead.length === 0) this.#ahead = await this.#more();
			const piece = this.#take(Math.min(left, this.#ahead.length));
			left -= piece.length;
			yield piece;
		}
	}
	async whole(bytes) {
		const pieces = [];
		for await (const piece of this.run(bytes)) pieces.push(piece);
		return Buffer.concat(pieces);
	}
	async finish() {
		if (this.#ahead.length > 0 || (await this.#pieces.next()).done !== true) throw new Error("it goes on after its end");
	}
	async #more() {
		const next = await this.#pieces.next();
		if (next.done === true) throw new Error("it ends too early");
		return next.value;
	}
	#take(bytes) {
		const taken = this.#ahead.subarray(0, bytes);
		this.#ahead = this.#ahead.subarray(bytes);
		return taken;
	}
};
// src/artifact/folder.ts
const MANIFEST = "artifact.json";
/**
* Asserts that an artifact may be left there: nothing that is not one gives way to it.
* @throws BuildError
*/
async function assertFree(folder) {
	const names = await readdir(folder).catch((thrown) => {
		if (codeOf(thrown) === "ENOENT") return [];
		throw new BuildError(`the artifact cannot be left in ${folder}: ${messageOf(thrown)}`, {
			mend: "name a folder that is not there yet",
			cause: thrown
		});
	});
	if (names.length === 0 || names.includes(MANIFEST)) return;
	throw new BuildError(`${folder} is not empty and holds no artifact`, { mend: "name a folder that is not there yet" });
}
/** Leaves an artifact: `artifact.json`, and one pack for each tree. An older one in its place goes, by renames. */
async function writeArtifact(folder, { build, trees }) {
	await assertFree(folder);
	await mkdir(dirname(folder), { recursive: true });
	const fresh = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
	try {
		for (const tree of trees) await pipeline$1(packStream([tree]), createWriteStream(join(fresh, packOf(tree.kind))));
		await writeFile(join(fresh, MANIFEST), `${JSON.stringify(build, null, 1)}\n`);
		await chmod(fresh, 493);
		await rm(folder, {
			recursive: true,
			force: true
		});
		await rename(fresh, folder);
	} catch (thrown) {
		await rm(fresh, {
			recursive: true,
			force: true
		});
		throw thrown;
	}
}
/**
* Reads an artifact and checks all of it by digest.
*
* @param into - an existing folder; the trees are laid out below it
* @throws BuildError when there is none, or it is damaged
*/
async function readArtifact(folder, into) {
	try {
		const build = await readDescription(folder);
		const wanted = treesOf(build);
		const trees = [];
		for (const [kind, digest] of wanted) {
			const [one, ...more] = await unpack(createReadStream(join(folder, packOf(kind))), into);
			if (one?.kind !== kind || one.tree.manifest.digest !== digest || more.length > 0) throw new Error(`${packOf(kind)} does not hold the tree ${digest} that ${MANIFEST} names`);
			trees.push(one);
		}
		return {
			build,
			trees
		};
	} catch (thrown) {
		if (thrown instanceof BuildError) throw thrown;
		throw new BuildError(`the artifact ${folder} is damaged: ${messageOf(thrown)}`, {
			mend: "build it again (`graceful build`), and hand it over as a whole, with actions/upload-artifact and actions/download-artifact",
			cause: thrown
		});
	}
}
async function readDescription(folder) {
	const text = await readFile(join(folder, MANIFEST), "utf8").catch((thrown) => {
		if (codeOf(thrown) !== "ENOENT" && codeOf(thrown) !== "ENOTDIR") throw thrown;
		throw new BuildError(`there is no artifact in ${folder} (no ${MANIFEST})`, { mend: "name the folder that `graceful build` left; in another job actions/download-artifact comes first" });
	});
	const told = JSON.parse(text);
	const format = typeof told === "object" && told !== null && "format" in told ? told.format : void 0;
	if (format !== 1) throw new BuildError(`the artifact ${folder} has format ${String(format)}, and this version reads format 1`, { mend: "build and deploy with the same version of Graceful" });
	return buildSpec.parse(told);
}
/** The trees that a build consists of, each with its digest. Pure. */
function treesOf({ trees, env }) {
	return [
		["code", trees.code],
		["static", trees.static],
		["config", trees.config],
		["env", env.digest]
	].flatMap(([kind, digest]) => digest === null ? [] : [[kind, digest]]);
}
function packOf(kind) {
	return `${kind}.pack`;
}
// src/build/copy.ts
/**
* Copies all that is in a folder into another one, which is made when missing: modes, times, and links as links. By a program, since
* Node's own copying of a folder takes five times the processor.
* @throws BuildError
*/
async function copyTree(from, to) {
	await mkdir(to, { recursive: true });
	await run([
		"cp",
		"-R",
		"-P",
		"-p",
		`${from}/.`,
		to
	]);
}
/** Code, bytecode, templates and assets: programs read them, or put another file in their place. Anything else may be written to. */
const READ_ALONE = /\.(?:pyc?|html?|[jc]ss?|mjs|map|svg|png|jpe?g|gif|webp|ico|woff2?|ttf|otf|eot|po|mo)$/i;
/** Where a disk has no hard links, or no more of one file. */
const UNLINKED = [
	"EPERM",
	"EXDEV",
	"EMLINK",
	"ENOTSUP"
];
/**
* Makes a folder that looks like another one, for a program that reads it, and may write to some files beside its code. What it reads
* alone is linked: to make a file takes ten times as long.
*/
function likenessOf(from, to) {
	mkdirSync(to);
	for (const item of readdirSync(from, { withFileTypes: true })) {
		const [source, target] = [`${from}/${item.name}`, `${to}/${item.name}`];
		if (item.isDirectory()) likenessOf(source, target);
		else if (item.isSymbolicLink()) symlinkSync(readlinkSync(source, "buffer"), target);
		else if (!READ_ALONE.test(item.name) || !isLinked(source, target)) copyFileSync(source, target, constants.COPYFILE_FICLONE);
	}
}
function isLinked(source, target) {
	try {
		linkSync(source, target);
		return true;
	} catch (thrown) {
		if (!UNLINKED.includes(codeOf(thrown) ?? "")) throw thrown;
		return false;
	}
}
// src/build/env/overlay.ts
/**
* Makes a built environment runnable in the runner without touching it: a folder beside it with the links to a Python
* that a virtualenv has, and copies of its scripts.
*
* @returns the path of the Python in the overlay, and the folders of its scripts and packages
*/
async function overlayFor(env, match, scratch) {
	const overlay = await mkdtemp(join(scratch, "overlay-"));
	const bin = join(overlay, "bin");
	await mkdir(bin);
	await cp(join(env.tree.folder, "bin"), bin, { recursive: true });
	const base = await realpath(match.runner.executable).catch(() => match.runner.executable);
	await symlink(base, join(bin, "python"));
	await symlink("python", join(bin, "python3"));
	await symlink(join(env.tree.folder, "lib"), join(overlay, "lib"));
	await writeFile(join(overlay, "pyvenv.cfg"), `home = ${join(base, "..")}\ninclude-system-site-packages = false\nversion = ${match.runner.version}\n`);
	const packages = join(env.tree.folder, "lib", `python${match.target.minor}`, "site-packages");
	return {
		python: join(bin, "python"),
		bin,
		packages
	};
}
// src/build/django/in-runner.ts
/** Programs that ask a release's own Django something, in the runner. */
/**
* Runs a program in a copy of the source, with the very environment that is shipped. Django sees `build-env`, then the `env` input,
* then the stage's env; never shared/.env, which is on the host.
* @throws BuildError when it cannot be run
*/
async function runDjango(options, program) {
	const { source, django, stage, inputEnv } = options;
	const scratch = await mkdtemp(join(options.scratch, `${program.name}-`));
	const code = join(scratch, "code");
	const file = join(scratch, `${program.name}.py`);
	const answerFile = join(scratch, "answer.json");
	if (program.writes) await copyTree(source.tree.folder, code);
	else likenessOf(source.tree.folder, code);
	await writeFile(file, program.text);
	const overlay = await overlayFor(options.env, options.match, scratch);
	const secrets = Object.values(inputEnv);
	const project = join(code, django.project);
	const env = {
		PATH: `${overlay.bin}${delimiter}${process.env["PATH"] ?? ""}`,
		HOME: process.env["HOME"],
		LANG: "C.UTF-8",
		...stage.env,
		...inputEnv,
		...stage.buildEnv,
		DJANGO_SETTINGS_MODULE: program.settings,
		PYTHONDONTWRITEBYTECODE: "1",
		PYTHONHASHSEED: "0"
	};
	const ran = await run([
		overlay.python,
		"-s",
		file,
		answerFile,
		...program.args(code)
	], {
		cwd: project,
		env,
		secrets,
		within: await options.within?.(),
		accept: [3],
		mend: program.mend
	});
	const output = redact(`${ran.stdout}\n${ran.stderr}`, secrets);
	return {
		answerFile,
		project,
		packages: overlay.packages,
		env,
		output
	};
}
// src/build/source/selection.ts
var import_ignore = /* @__PURE__ */ __toESM((/* @__PURE__ */ __commonJSMin(((exports, module) => {
	function makeArray(subject) {
		return Array.isArray(subject) ? subject : [subject];
	}
	const UNDEFINED = void 0;
	const EMPTY = "";
	const SPACE = " ";
	const ESCAPE = "\\";
	const REGEX_LITERAL_SPECIAL = /[.*+?()[\]{}^$|\\/]/;
	const BOM = "﻿";
	const REGEX_ANCHORED_GLOBSTAR = /^\/\*{2,}$/;
	const REGEX_REPLACE_LEADING_EXCAPED_EXCLAMATION = /^\\!/;
	const REGEX_REPLACE_LEADING_EXCAPED_HASH = /^\\#/;
	const REGEX_SPLITALL_CRLF = /\r?\n/g;
	const DOUBLE_SLASH = "//";
	const SLASH_CODE = 47;
	const DOT_CODE = 46;
	const SLASH = "/";
	let TMP_KEY_IGNORE = "node-ignore";
	/* istanbul ignore else */
	if (typeof Symbol !== "undefined") TMP_KEY_IGNORE = Symbol.for("node-ignore");
	const KEY_IGNORE = TMP_KEY_IGNORE;
	const define = (object, key, value) => {
		Object.defineProperty(object, key, { value });
		return value;
	};
	const RETURN_FALSE = () => false;
	const POSIX_CLASSES = {
		alnum: "0-9A-Za-z",
		alpha: "A-Za-z",
		blank: " \\t",
		cntrl: "\\x00-\\x1f\\x7f",
		digit: "0-9",
		graph: "!-.0-~",
		lower: "a-z",
		print: " -.0-~",
		punct: "!-.:-@\\[-`{-~",
		space: " \\t\\n\\r",
		upper: "A-Z",
		xdigit: "0-9A-Fa-f"
	};
	const CLASS_MEMBERS_TO_ESCAPE = "\\]^-[";
	const escapeMember = (char) => CLASS_MEMBERS_TO_ESCAPE.indexOf(char) < 0 ? char : ESCAPE + char;
	const NON_SLASH = "(?!\\/)";
	const classSource = (negated, body) => {
		if (negated) return `[^\\/${body}]`;
		const source = `[${body}]`;
		return new RegExp(source).test("/") ? NON_SLASH + source : source;
	};
	const scanBracket = (pattern, start) => {
		const { length } = pattern;
		let index = start + 1;
		let negated = EMPTY;
		const lead = pattern[index];
		if (lead === "!" || lead === "^") {
			negated = "^";
			index++;
		}
		let body = EMPTY;
		let prev = EMPTY;
		for (;;) {
			const char = pattern[index];
			if (char === UNDEFINED) return null;
			if (char === ESCAPE) {
				const escaped = pattern[++index];
				body += escapeMember(escaped);
				prev = escaped;
			} else if (char === "-" && prev && index + 1 < length && pattern[index + 1] !== "]") {
				index++;
				let to = pattern[index];
				if (to === ESCAPE) to = pattern[index += 1];
				if (prev <= to) body += `-${escapeMember(to)}`;
				prev = EMPTY;
			} else if (char === "[" && pattern[index + 1] === ":") {
				const nameStart = index + 2;
				let end = nameStart;
				while (end < length && pattern[end] !== "]") end++;
				if (end === length) return null;
				if (end > nameStart && pattern[end - 1] === ":") {
					const name = pattern.slice(nameStart, end - 1);
					if (!Object.prototype.hasOwnProperty.call(POSIX_CLASSES, name)) return null;
					body += POSIX_CLASSES[name];
					prev = EMPTY;
					index = end;
				} else {
					body += escapeMember("[");
					prev = "[";
					index = nameStart - 2;
				}
			} else {
				body += escapeMember(char);
				prev = char;
			}
			index++;
			if (pattern[index] === "]") return {
				end: index,
				source: classSource(negated, body)
			};
		}
	};
	const NEVER_MATCH = "[]";
	const PLACEHOLDER = "\0";
	const REGEX_RESTORE_PLACEHOLDER = new RegExp(`${PLACEHOLDER}(\\d+)${PLACEHOLDER}`, "g");
	const TRAILING_WILDCARD = "";
	const TRAILING_DOUBLESTAR = "";
	const isReserved = (char) => char === PLACEHOLDER || char === TRAILING_WILDCARD || char === TRAILING_DOUBLESTAR;
	const extractBrackets = (pattern) => {
		const sources = [];
		const hold = (source) => `${PLACEHOLDER}${sources.push(source) - 1}${PLACEHOLDER}`;
		const { length } = pattern;
		let out = EMPTY;
		let index = 0;
		while (index < length) {
			const char = pattern[index];
			if (char === ESCAPE) {
				const escaped = pattern[index + 1];
				if (escaped === SLASH && index + 2 === length) out += hold(NEVER_MATCH);
				else if (escaped === "*" || escaped === "[" || escaped === SPACE) out += pattern.slice(index, index + 2);
				else out += hold(REGEX_LITERAL_SPECIAL.test(escaped) ? ESCAPE + escaped : isReserved(escaped) ? `[${escaped}]` : escaped);
				index += 2;
			} else if (isReserved(char)) {
				out += hold(`[${char}]`);
				index++;
			} else if (char === "[") {
				const scanned = scanBracket(pattern, index);
				if (scanned === null) {
					out += hold(NEVER_MATCH);
					index = length;
				} else {
					out += hold(scanned.source);
					index = scanned.end + 1;
				}
			} else {
				out += char;
				index++;
			}
		}
		return {
			source: out,
			sources
		};
	};
	const DIRECT = null;
	const REGEX_INNER_SLASH = /\/(?!$)/;
	const WILDCARD = "[^\\/]*";
	const REPLACERS = [
		[
			/(\\+)( ?)/g,
			(_, run, space) => space ? run.slice(0, run.length - run.length % 2) + SPACE : run,
			"\\ "
		],
		[
			/(^|\/)\*{3,}(?=\/|$)/g,
			(_, start) => `${start}**`,
			"*"
		],
		[/[\\$.|*+(){^]/g, (match) => `\\${match}`],
		[
			/(?!\\)\?/g,
			() => "[^/]",
			"?"
		],
		[
			/^\//,
			() => "^",
			SLASH
		],
		[
			/\//g,
			() => "\\/",
			SLASH
		],
		[
			/^\^*(?:\\\*\\\*\\\/)+/,
			() => "(?:^|\\/)",
			"*"
		],
		[DIRECT, (source, pattern) => {
			if (!source || source[0] === "^" || source[0] === "(") return source;
			return (!REGEX_INNER_SLASH.test(pattern) ? "(?:^|\\/)" : "^") + source;
		}],
		[
			/\\\/\\\*\\\*(?=\\\/|$)/g,
			(_, index, str) => index + 6 < str.length ? str.slice(index + 6) === "\\/" ? "(?:\\/[^\\/]+)+" : "(?:\\/[^\\/]+)*" : `\\/${TRAILING_DOUBLESTAR}`,
			"*"
		],
		[
			/(^|[^\\])(?:\\\*)+(?!$)/g,
			(_, p1) => p1 + WILDCARD,
			"*"
		],
		[
			/(^|[^\\])((?:\\\\)*)\\\*$/,
			(match, p1, p2) => p2 === EMPTY ? p1 + TRAILING_WILDCARD : match,
			"*"
		],
		[
			/\\\\\\(?=[$.|*+(){^])/g,
			() => ESCAPE,
			"\\\\"
		],
		[
			/\\\\/g,
			() => ESCAPE,
			"\\\\"
		],
		[
			/\\\[([^\]/]*?)($|\])/g,
			(match, range, close) => `\\[${range}${close}`,
			"["
		],
		[DIRECT, (source) => {
			const last = source[source.length - 1];
			if (!last || last === TRAILING_WILDCARD || last === TRAILING_DOUBLESTAR) return source;
			return last === SLASH ? `${source}$` : `${source}(?=$|\\/$)`;
		}]
	];
	const REGEX_REPLACE_TRAILING_WILDCARD = /(^|\\\/)?\uE000$/;
	const MODE_IGNORE = "regex";
	const MODE_CHECK_IGNORE = "checkRegex";
	const replaceTrailingWildcard = (_, p1) => {
		return `${p1 ? `${p1}[^/]+` : "[^/]*"}(?=$|\\/$)`;
	};
	const REGEX_REPLACE_TRAILING_DOUBLESTAR = /\uE001$/;
	const replaceTrailingDoublestar = () => "[\\s\\S]";
	const separatorAfter = (run, at) => {
		let separator = EMPTY;
		for (let index = at + 1; index < run.length && !run[index].wildcard; index++) separator += run[index].single;
		return separator;
	};
	const pinWildcards = (source) => {
		if (source.indexOf(WILDCARD) < 0) return source;
		const tokens = [];
		const { length } = source;
		let index = 0;
		while (index < length) {
			const char = source[index];
			if (source.startsWith(WILDCARD, index)) {
				tokens.push({ wildcard: true });
				index += 6;
			} else if (char === "[") {
				let end = index + 1;
				if (source[end] === "^") end++;
				if (source[end] === "]") end++;
				while (end < length && source[end] !== "]") end += source[end] === ESCAPE ? 2 : 1;
				end++;
				tokens.push({ single: source.slice(index, end) });
				index = end;
			} else if (char === ESCAPE) {
				tokens.push({ single: source.slice(index, index + 2) });
				index += 2;
			} else if (char === "(") {
				let depth = 0;
				let end = index;
				do {
					if (source[end] === ESCAPE) end++;
					else if (source[end] === "(") depth++;
					else if (source[end] === ")") depth--;
					end++;
				} while (end < length && depth > 0);
				if ("*+?".indexOf(source[end]) >= 0) end++;
				tokens.push({ boundary: source.slice(index, end) });
				index = end;
			} else if (char === "^" || char === "$") {
				tokens.push({ boundary: char });
				index++;
			} else {
				tokens.push({ single: char });
				index++;
			}
		}
		let out = EMPTY;
		let run = [];
		const flush = () => {
			let lastWildcard;
			run.forEach((token, at) => {
				if (token.wildcard) lastWildcard = at;
			});
			run.forEach((token, at) => {
				if (!token.wildcard) {
					out += token.single;
					return;
				}
				out += at === lastWildcard ? WILDCARD : `(?:(?!${separatorAfter(run, at)})[^\\/])*`;
			});
			run = [];
		};
		tokens.forEach((token) => {
			if (token.boundary === void 0) {
				run.push(token);
				return;
			}
			flush();
			out += token.boundary;
		});
		flush();
		return out;
	};
	const makeRegexPrefix = (pattern) => {
		if (REGEX_ANCHORED_GLOBSTAR.test(pattern)) pattern = "**";
		const { source, sources } = extractBrackets(pattern);
		const replaced = REPLACERS.reduce((prev, [matcher, replacer, required]) => {
			if (matcher === DIRECT) return replacer(prev, pattern);
			if (required !== UNDEFINED && prev.indexOf(required) < 0) return prev;
			return matcher.test(prev) ? prev.replace(matcher, replacer.bind(pattern)) : prev;
		}, source);
		return sources.length ? replaced.replace(REGEX_RESTORE_PLACEHOLDER, (match, index) => sources[index]) : replaced;
	};
	const checkSourceOf = (body, prefix) => {
		if (body[body.length - 1] === SLASH) prefix = makeRegexPrefix(body.slice(0, -1));
		const head = prefix.slice(0, -1);
		const last = prefix[prefix.length - 1];
		return last === TRAILING_WILDCARD ? `${head}$` : last === TRAILING_DOUBLESTAR ? head : NEVER_MATCH;
	};
	const matchesBasename = (body) => {
		const index = body.indexOf(SLASH);
		return index < 0 || index === body.length - 1;
	};
	const basenameOf = (path) => {
		const end = path.length - 1;
		const index = path.lastIndexOf(SLASH, path[end] === SLASH ? end - 1 : end);
		return index < 0 ? path : path.slice(index + 1);
	};
	const parentOf = (path) => {
		if (path.charCodeAt(0) === SLASH_CODE || path.indexOf(DOUBLE_SLASH) >= 0) {
			const slices = path.split(SLASH).filter(Boolean);
			slices.pop();
			return slices.length ? slices.join(SLASH) + SLASH : EMPTY;
		}
		const end = path.length - 1;
		const cut = path.lastIndexOf(SLASH, path.charCodeAt(end) === SLASH_CODE ? end - 1 : end);
		return cut < 0 ? EMPTY : path.slice(0, cut + 1);
	};
	const isString = (subject) => typeof subject === "string";
	const checkPattern = (pattern) => pattern && isString(pattern);
	const splitPattern = (pattern) => (pattern[pattern.length - 1] === "\r" ? pattern.slice(0, -1) : pattern).split(REGEX_SPLITALL_CRLF).filter(Boolean);
	var IgnoreRule = class {
		constructor(pattern, mark, body, ignoreCase, negative, prefix) {
			this.pattern = pattern;
			this.mark = mark;
			this.negative = negative;
			define(this, "body", body);
			define(this, "ignoreCase", ignoreCase);
			define(this, "regexPrefix", prefix);
		}
		get _basenameOnly() {
			return define(this, "_basenameOnly", matchesBasename(this.body));
		}
		get regex() {
			const key = "_regex";
			if (this[key]) return this[key];
			return this._make(MODE_IGNORE, key);
		}
		get checkRegex() {
			const key = "_checkRegex";
			if (this[key]) return this[key];
			return this._make(MODE_CHECK_IGNORE, key);
		}
		_make(mode, key) {
			const str = pinWildcards(mode === MODE_IGNORE ? this.regexPrefix.replace(REGEX_REPLACE_TRAILING_WILDCARD, replaceTrailingWildcard).replace(REGEX_REPLACE_TRAILING_DOUBLESTAR, replaceTrailingDoublestar) : checkSourceOf(this.body, this.regexPrefix));
			const regex = this.ignoreCase ? new RegExp(str, "i") : new RegExp(str);
			return define(this, key, regex);
		}
	};
	const hasTrailingBackslash = (str) => {
		let count = 0;
		while (str[str.length - count - 1] === ESCAPE) count++;
		return count % 2 === 1;
	};
	const trimEnd = (body, stripLineEnd) => {
		let lineEnd = body.length;
		let end;
		for (;;) {
			if (stripLineEnd && body[lineEnd - 1] === "\r") lineEnd--;
			end = lineEnd;
			while (body[end - 1] === SPACE) end--;
			if (!stripLineEnd || body[end - 1] !== "\n") break;
			lineEnd = end - 1;
		}
		if (end === lineEnd) return body.slice(0, lineEnd);
		let backslashes = 0;
		while (body[end - backslashes - 1] === ESCAPE) backslashes++;
		return backslashes % 2 ? body.slice(0, end - 1) + SPACE : body.slice(0, end);
	};
	const createRule = (pattern, mark, ignoreCase, stripLineEnd, stripBOM) => {
		let body = stripBOM && pattern[0] === BOM ? pattern.slice(1) : pattern;
		if (body[0] === "#") return;
		let negative = false;
		if (body[0] === "!") {
			negative = true;
			body = body.slice(1);
		}
		const last = body[body.length - 1];
		if (last === SPACE || stripLineEnd && (last === "\r" || last === "\n")) body = trimEnd(body, stripLineEnd);
		if (!body || hasTrailingBackslash(body)) return;
		body = body.replace(REGEX_REPLACE_LEADING_EXCAPED_EXCLAMATION, "!").replace(REGEX_REPLACE_LEADING_EXCAPED_HASH, "#");
		const regexPrefix = makeRegexPrefix(body);
		return new IgnoreRule(pattern, mark, body, ignoreCase, negative, regexPrefix);
	};
	var RuleManager = class {
		constructor(ignoreCase) {
			this._ignoreCase = ignoreCase;
			this._rules = [];
			this._basenameCount = 0;
		}
		_add(pattern, index) {
			if (pattern && pattern[KEY_IGNORE]) {
				this._rules = this._rules.concat(pattern._rules._rules);
				this._basenameCount += pattern._rules._basenameCount;
				this._added = true;
				return;
			}
			const isStr = isString(pattern);
			const raw = isStr ? pattern : pattern.pattern;
			const rule = checkPattern(raw) && createRule(raw, isStr ? UNDEFINED : pattern.mark, this._ignoreCase, !this._split, this._stripBOM && !index);
			if (rule) {
				this._added = true;
				this._rules.push(rule);
				if (matchesBasename(rule.body)) this._basenameCount++;
			}
		}
		add(pattern) {
			this._added = false;
			this._split = isString(pattern);
			this._stripBOM = !this._split || pattern[0] === BOM;
			makeArray(this._split ? splitPattern(pattern) : pattern).forEach(this._add, this);
			if (this._added) this._literalRules = UNDEFINED;
			return this._added;
		}
		testLiteral(path) {
			const rules = this._literalRules || (this._literalRules = this._rules.filter(({ body }) => body[body.length - (body[body.length - 1] === SLASH ? 2 : 1)] === "*"));
			let ignored = false;
			let unignored = false;
			let matchedRule;
			for (let index = rules.length - 1; index >= 0; index--) {
				const rule = rules[index];
				if (rule.checkRegex.test(path)) {
					ignored = !rule.negative;
					unignored = rule.negative;
					matchedRule = rule.negative ? UNDEFINED : rule;
					break;
				}
			}
			const ret = {
				ignored,
				unignored
			};
			if (matchedRule) ret.rule = matchedRule;
			return ret;
		}
		test(path, mode) {
			const rules = this._rules;
			const { length } = rules;
			const shortcut = this._basenameCount * 2 >= length;
			const basename = shortcut ? basenameOf(path) : path;
			for (let index = length - 1; index >= 0; index--) {
				const rule = rules[index];
				if (rule[mode].test(shortcut && rule._basenameOnly ? basename : path)) {
					const { negative } = rule;
					const ret = {
						ignored: !negative,
						unignored: negative
					};
					if (!negative) ret.rule = rule;
					return ret;
				}
			}
			return {
				ignored: false,
				unignored: false
			};
		}
	};
	const throwError = (message, Ctor) => {
		throw new Ctor(message);
	};
	const checkPath = (path, originalPath, doThrow) => {
		if (!isString(path)) return doThrow(`path must be a string, but got \`${originalPath}\``, TypeError);
		if (!path) return doThrow(`path must not be empty`, TypeError);
		if (checkPath.isNotRelative(path)) return doThrow(`path should be a \`path.relative()\`d string, but got "${originalPath}"`, RangeError);
		return true;
	};
	const isNotRelative = (path) => {
		const first = path.charCodeAt(0);
		if (first === SLASH_CODE) return true;
		if (first !== DOT_CODE) return false;
		if (path.length === 1) return true;
		const second = path.charCodeAt(1);
		if (second === SLASH_CODE) return true;
		if (second !== DOT_CODE) return false;
		return path.length === 2 || path.charCodeAt(2) === SLASH_CODE;
	};
	checkPath.isNotRelative = isNotRelative;
	/* istanbul ignore next */
	checkPath.convert = (p) => p;
	const convertPath = (target) => isString(target) && checkPath.convert(target);
	var Ignore = class {
		constructor({ ignorecase = true, ignoreCase = ignorecase, allowRelativePaths = false } = {}) {
			define(this, KEY_IGNORE, true);
			this._rules = new RuleManager(ignoreCase);
			this._strictPathCheck = !allowRelativePaths;
			this._initCache();
		}
		_initCache() {
			this._ignoreCache = Object.create(null);
			this._testCache = Object.create(null);
		}
		add(pattern) {
			if (this._rules.add(pattern)) this._initCache();
			return this;
		}
		addPattern(pattern) {
			return this.add(pattern);
		}
		_test(originalPath, cache, path) {
			checkPath(path, originalPath, this._strictPathCheck ? throwError : RETURN_FALSE);
			return path ? this._t(path, cache) : {
				ignored: false,
				unignored: false
			};
		}
		checkIgnore(target) {
			const path = convertPath(target);
			if (!path || path.charCodeAt(path.length - 1) !== SLASH_CODE) return this._test(target, this._testCache, path);
			const dir = this._t(path, this._testCache);
			if (dir.ignored) return dir;
			const literal = this._rules.testLiteral(path);
			return literal.ignored || literal.unignored ? literal : dir;
		}
		_t(path, cache) {
			if (path in cache) return cache[path];
			const parentPath = parentOf(path);
			const parent = parentPath ? this._t(parentPath, cache) : UNDEFINED;
			return cache[path] = parent && parent.ignored ? parent : this._rules.test(path, MODE_IGNORE);
		}
		ignores(path) {
			return this._test(path, this._ignoreCache, convertPath(path)).ignored;
		}
		createFilter() {
			return (path) => !this.ignores(path);
		}
		filter(paths) {
			return makeArray(paths).filter(this.createFilter());
		}
		test(path) {
			return this._test(path, this._testCache, convertPath(path));
		}
	};
	const factory = (options) => new Ignore(options);
	const isPathValid = (path) => checkPath(convertPath(path), path, RETURN_FALSE);
	/* istanbul ignore next */
	const setupWindows = () => {
		const makePosix = (str) => /^\\\\\?\\/.test(str) || /["<>|\u0000-\u001F]+/u.test(str) ? str : str.replace(/\\/g, "/");
		checkPath.convert = makePosix;
		const REGEX_TEST_WINDOWS_PATH_ABSOLUTE = /^[a-z]:\//i;
		checkPath.isNotRelative = (path) => REGEX_TEST_WINDOWS_PATH_ABSOLUTE.test(path) || isNotRelative(path);
	};
	/* istanbul ignore next */
	if (typeof process !== "undefined" && process.platform === "win32") setupWindows();
	module.exports = factory;
	factory.default = factory;
	module.exports.isPathValid = isPathValid;
	define(module.exports, Symbol.for("setupWindows"), setupWindows);
})))(), 1);
/** On Linux `Docs` and `docs` are two folders. */
const matcher = (patterns) => (0, import_ignore.default)({ ignorecase: false }).add([...patterns]);
/** Tells which paths match one of the patterns. */
function matcherOf(patterns) {
	const made = matcher(patterns);
	return (path) => made.ignores(path);
}
/** Which of a commit's files are wanted. */
var Selection = class {
	#included;
	#excluded;
	/** Patterns that have matched nothing so far. */
	#idle;
	constructor({ include, exclude }) {
		this.#included = include.length === 0 ? null : matcher(include);
		this.#excluded = matcher(exclude);
		this.#idle = [...include, ...exclude].filter((pattern) => !pattern.startsWith("!")).map((pattern) => ({
			pattern,
			alone: matcher([pattern])
		}));
	}
	/** Whether `exclude` leaves a whole folder out. */
	isFolderOut(folder) {
		const path = `${folder}/`;
		this.#note(path);
		return this.#excluded.ignores(path);
	}
	/**
	* Those files of a checkout that are not wanted.
	* @param at - path of the checkout in the outermost one
	*/
	unwanted(files, at) {
		return files.filter((file) => {
			const path = posix.join(at, file);
			this.#note(path);
			return this.#included?.ignores(path) === false || this.#excluded.ignores(path);
		});
	}
	/** Patterns that matched nothing, for a notice: mostly a word is misspelt. */
	get idle() {
		return this.#idle.map(({ pattern }) => pattern);
	}
	#note(path) {
		this.#idle = this.#idle.filter(({ alone }) => !alone.ignores(path));
	}
};
// src/build/static/failure.ts
/**
* What a failed run of Django is told as.
* @param env what Django saw
*/
async function failure(error, site, env, output) {
	const { settings } = site;
	const variables = await variablesOf(site.folder, settings, env);
	const module = error.kinds.includes("ModuleNotFoundError") ? /No module named '([\w.]+)'/.exec(error.message)?.[1] : void 0;
	const place = await placeOfFailure(error, site, module);
	const found = {
		output,
		...place ? { place } : {}
	};
	const what = `${error.kinds[0]}: ${error.message}`;
	const loading = error.step === "settings" || error.step === "setup";
	if (isOfDatabase(error)) {
		const doing = loading ? `while ${settings} and its apps were loaded` : `by ${error.step}`;
		return new BuildError(`the database was asked ${doing}, and the runner has none (${what})`, {
			mend: databaseMend(variables.database),
			...found
		});
	}
	if (!loading && error.step !== "collectstatic") return new BuildError(`the command ${error.step} after collectstatic (static.commands) failed: ${what}`, {
		mend: `mend what the traceback names; run "manage.py ${error.step}" to see the same`,
		...found
	});
	if (!loading) {
		const setting = error.kinds.includes("ImproperlyConfigured") && /\b([A-Z][A-Z_]+[A-Z]) setting/.exec(error.message)?.[1];
		const example = setting === "STATIC_URL" ? ", for example STATIC_URL = \"static/\"" : "";
		return new BuildError(`collectstatic failed: ${what}`, {
			mend: setting ? `set ${setting} in ${settings}${example}` : "mend the static files it names; run \"manage.py collectstatic\" to see the same",
			...found
		});
	}
	const variable = missingVariable(error.kinds, error.message);
	if (variable !== null) {
		const names = [.../* @__PURE__ */ new Set([variable, ...variables.unset])];
		const words = names.length === 1 ? `the variable ${variable}, which is` : `the variables ${names.join(", ")}, which are`;
		const it = names.length === 1 ? "it" : "them";
		const dummies = names.map((name) => `${name}: build`).join(", ");
		return new BuildError(`${settings} needs ${words} not set in the runner (${what})`, {
			mend: `give ${it} by the env input of the workflow; or, where the host's shared/.env has ${it}, which the runner never sees, add to graceful.yml: build-env: { ${dummies} } (any value that lets the settings load)`,
			...found
		});
	}
	const mend = module === void 0 ? "mend what the traceback names; a value that is only there on the host belongs to build-env: in graceful.yml" : moduleMend(module, site);
	return new BuildError(`${settings} could not be loaded in the runner: ${what}`, {
		mend,
		...found
	});
}
/** Where the project's code was; where none of it was running, the line of its settings that names the app. */
async function placeOfFailure({ place }, site, module) {
	if (place !== null) return {
		file: place.file,
		...place.line === null ? {} : { line: place.line }
	};
	return module === void 0 ? null : placeOfApp(site.folder, site.project, site.settings, module);
}
function moduleMend(module, { folder, packages }) {
	const [top = ""] = module.split(".");
	if (existsSync(join(folder, top))) return `commit the file of ${module}, or mend the import`;
	if (existsSync(join(packages, top))) return `mend the name, or ask for a version of ${top} that has it`;
	return `add the package of ${module} to the requirements, or mend the import`;
}
/** Django's own classes for it, and what it says of a database that is not configured at all. */
const DATABASE = [
	"OperationalError",
	"InterfaceError",
	"ProgrammingError",
	"DatabaseError"
];
function isOfDatabase({ kinds, message }) {
	return kinds.some((kind) => DATABASE.includes(kind)) || message.includes("DATABASES is improperly configured");
}
function databaseMend(names) {
	const query = "ask it later: not when a module is imported, and not in the ready() of an app";
	if (names.length === 0) return query;
	return `${query}; where an empty database will do, give its settings a dummy in graceful.yml: build-env: { ${names.map((name) => `${name}: ${/URL$/.test(name) ? "\"sqlite://:memory:\"" : "build"}`).join(", ")} }`;
}
// src/build/cache/actions.ts
/** The cache of GitHub Actions. */
/**
* Brings the paths from the cache, where there is one that has them.
* @param key - its name, or with `*` at its end the beginning of it: the newest one then
* @param notices - gets a line when it did not answer
*/
async function restoreFromActions(paths, key, notices) {
	const beginning = key.endsWith("*") ? key.slice(0, -1) : null;
	const cache = await actionsCache();
	if (cache === null) return false;
	try {
		return await cache.restoreCache([...paths], beginning ?? key, beginning === null ? [] : [beginning]) !== void 0;
	} catch (thrown) {
		notices.push(`the Actions cache did not answer, what it has is made anew: ${withoutCredentials(messageOf(thrown))}`);
		for (const path of paths) await rm(path, {
			recursive: true,
			force: true
		});
		return false;
	}
}
/** Saves the paths. Never throws: returns a notice when it did not work, else null. */
async function keepInActions(paths, key) {
	const cache = await actionsCache();
	if (cache === null) return null;
	try {
		await cache.saveCache([...paths], key);
		return null;
	} catch (thrown) {
		return `${key} was not kept in the Actions cache: ${withoutCredentials(messageOf(thrown))}`;
	}
}
/** False where there is none: without these addresses there is nobody to ask. */
function hasActionsCache() {
	return Boolean(process.env["ACTIONS_RESULTS_URL"] || process.env["ACTIONS_CACHE_URL"]);
}
/** Loaded only where there is one, since it is large. */
async function actionsCache() {
	if (!hasActionsCache()) return null;
	const cache = await import("./cache.js");
	return cache.isFeatureAvailable() ? cache : null;
}
/**
* Reads what is kept at a path, and notes that it was used. Null where there is none, or it is damaged: then it is told, and gone.
*
* @param what - names it in the notice: `environment`
* @param read - throws when it is not whole; null where it is not the one that is wanted
*/
async function readKept(path, what, notices, read) {
	try {
		await stat(path);
	} catch (thrown) {
		if (codeOf(thrown) === "ENOENT") return null;
		throw thrown;
	}
	try {
		const found = await read();
		if (found !== null) await noteUse(path);
		return found;
	} catch (thrown) {
		notices.push(`the kept ${what} ${path} is damaged and is made anew: ${messageOf(thrown)}`);
		await rm(path, {
			recursive: true,
			force: true
		});
		return null;
	}
}
/** Notes that what is kept at a path was used now. */
async function noteUse(path) {
	const now = /* @__PURE__ */ new Date();
	await utimes(path, now, now);
}
// src/build/key.ts
/**
* What a deploy is made from, in one hash: equal keys mean that deploying would change nothing but, perhaps, values of
* env. These are compared on the host, so only their names count here: a digest of a short secret would give it away. Pure.
*/
function deployKey(parts) {
	const { env, buildEnv, waves: _, connection: __, ...stage } = parts.stage;
	const names = [.../* @__PURE__ */ new Set([...Object.keys(env), ...parts.envNames])].sort();
	const made = {
		source: parts.source,
		config: parts.config,
		inputs: parts.inputs,
		host: parts.hostMajor,
		stage: {
			...stage,
			env: names,
			buildEnv: Object.keys(buildEnv).sort()
		}
	};
	return createHash("sha256").update(stableJson(made)).digest("hex");
}
/** JSON with the keys of every object sorted; undefined members are left out. Pure. */
function stableJson(value) {
	if (Array.isArray(value)) return `[${value.map(stableJson).join(",")}]`;
	if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
	return `{${Object.entries(value).filter(([, member]) => member !== void 0).sort(([a], [b]) => a < b ? -1 : 1).map(([name, member]) => `${JSON.stringify(name)}:${stableJson(member)}`).join(",")}}`;
}
// src/build/static/program.ts
/**
* The Python program that collects static files: it asks Django for its settings under the user's own settings module,
* puts another STATIC_ROOT in their place before anything reads it, and runs `collectstatic`.
*
* argv: the file for its answer (JSON), the folder to collect into, the top folder of the code, and the management commands to run
* after `collectstatic` (JSON, a list of argument lists). Working folder: the project. Exit status 0 with an answer, 3 with an answer that holds `error`.
*
* It notes which files of the code were opened (PEP 578): null where something else was asked too, which may have read any of them.
*/
const COLLECT_PROGRAM = `from __future__ import annotations

import json
import os
import sys
import traceback

#: What these start, or ask, may read files that are not seen here.
BEYOND = {
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"),
    *("socket.connect", "sqlite3.connect"),
}
#: Modules that start processes, and tell nobody.
STARTERS = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")
opened: set[str] = set()
beyond: set[str] = set()


def note(event: str, args: tuple[object, ...]) -> None:
    if event == "open":
        try:
            opened.add(os.path.abspath(os.fsdecode(args[0])))
        except (TypeError, OSError):
            # A file that is open already; a working folder that is gone.
            pass
    elif event in BEYOND:
        beyond.add(event)


def opened_of(top: str) -> list[str] | None:
    if beyond or any(name in sys.modules for name in STARTERS):
        return None
    tops = {top, os.path.realpath(top)}
    inside = {path for path in list(opened) if any(path.startswith(one + os.sep) for one in tops)}
    # By way of a link in the code, it is the file that it leads to.
    inside |= {os.path.realpath(path) for path in inside}
    return sorted({path[len(one) + 1:] for path in inside for one in tops if path.startswith(one + os.sep)})


def tell(**answer: object) -> None:
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(answer, file)


def fail(step: str, error: BaseException) -> None:
    place = None
    top = os.path.realpath(sys.argv[3]) + os.sep
    for frame in traceback.extract_tb(error.__traceback__):
        path = os.path.realpath(frame.filename)
        # Not "<frozen os>", which would count as a file of the working folder.
        if os.path.isabs(frame.filename) and path.startswith(top):
            place = {"file": path[len(top):], "line": frame.lineno}
    if isinstance(error, SyntaxError) and error.filename and os.path.realpath(error.filename).startswith(top):
        place = {"file": os.path.realpath(error.filename)[len(top):], "line": error.lineno}
    traceback.print_exception(type(error), error, error.__traceback__)
    kinds = [kind.__name__ for kind in type(error).__mro__]
    tell(error={"step": step, "kinds": kinds, "message": str(error), "place": place})
    sys.stdout.flush()
    sys.exit(3)


def main() -> None:
    folder, top = sys.argv[2:4]
    # As manage.py has it: the project's own folder first, not that of this program.
    sys.path[0] = os.getcwd()
    try:
        import django
        from django.conf import settings

        root, url = settings.STATIC_ROOT, settings.STATIC_URL
        if root:
            settings.STATIC_ROOT = folder
    except Exception as error:
        fail("settings", error)
    try:
        django.setup()
    except Exception as error:
        fail("setup", error)
    from django.apps import apps

    if not apps.is_installed("django.contrib.staticfiles"):
        return tell(state="none")
    if not root:
        return tell(state="unset")
    relative = os.path.relpath(os.path.realpath(os.fspath(root)), os.path.realpath(top))
    if relative == os.curdir or relative.split(os.sep)[0] == os.pardir:
        return tell(state="outside", root=os.fspath(root))
    try:
        from django.contrib.staticfiles.storage import staticfiles_storage
        from django.core.management import call_command

        location = getattr(staticfiles_storage, "location", None)
        if not location:
            staticfiles_storage.url("")
            kind = type(getattr(staticfiles_storage, "_wrapped", staticfiles_storage))
            return tell(state="remote", storage=kind.__module__ + "." + kind.__qualname__)
        if os.path.realpath(os.fspath(location)) != os.path.realpath(folder):
            return tell(state="elsewhere", root=os.fspath(location))
        call_command("collectstatic", interactive=False, verbosity=1)
    except (Exception, SystemExit) as error:
        fail("collectstatic", error)
    for command in json.loads(sys.argv[4]):
        print("manage.py " + " ".join(command), flush=True)
        try:
            call_command(*command)
        except (Exception, SystemExit) as error:
            fail(command[0], error)
    read = opened_of(os.path.abspath(top))
    tell(state="collected", root=relative.replace(os.sep, "/"), url=url, debug=bool(settings.DEBUG), read=read)


sys.addaudithook(note)
main()
`;
// src/build/static/kept.ts
/** Raised when the same inputs would give other files. */
const FORMAT = 2;
/** What comes from the Actions cache, and goes there, on its way. */
const ON_ITS_WAY = "shared";
const CollectedAnswer = object({
	state: literal("collected"),
	root: string(),
	url: string().nullable(),
	debug: boolean(),
	/** Paths that were opened of the code, some of which it may not have; null where any of it may have been read. */
	read: array(string()).nullable()
});
const Entry$1 = object({
	answer: CollectedAnswer,
	digest: string()
});
/**
* Names everything that decides about the static files but what stands in files of the code (see {@link contentsOf}): which files the code
* has, all of the environment, the settings, the variables. Null where that cannot be told: a secret decides with its value, of which
* nothing is kept, unless `build-env` stands over it; commands of the site's own may call programs of the runner. Pure.
*/
function staticKey({ source, config, env, django, settings, stage, inputEnv }) {
	if (Object.keys(inputEnv).filter((name) => stage.buildEnv[name] === void 0).length > 0 || stage.staticFiles.commands.length > 0) return null;
	return sha256(stableJson({
		format: FORMAT,
		program: COLLECT_PROGRAM,
		code: source.tree.manifest.entries.map((entry) => [
			entry.kind,
			entry.path,
			entry.kind === "link" && entry.target
		]),
		config: config?.tree.manifest.digest,
		env: env.tree.manifest.digest,
		project: django.project,
		settings,
		variables: {
			...stage.env,
			...stage.buildEnv
		}
	}));
}
/**
* Names what stands in the files that were read of the code: where that is the same again, so are the static files. Pure.
* @param read as in {@link CollectedAnswer}
*/
function contentsOf({ entries }, read) {
	const paths = read && new Set(read);
	return sha256(stableJson(entries.flatMap((entry) => entry.kind !== "link" && (paths?.has(entry.path) ?? true) ? [[entry.path, entry.sha256]] : [])));
}
/**
* What was collected for the key, from code whose files that count say the same: kept on this machine, else in the Actions cache; null where
* there is none, or it is damaged.
*/
async function keptStatic(kept, key, code, notices) {
	const local = await findEntry(join(kept, key), code, notices);
	if (local !== null) return local;
	const arrived = join(kept, ON_ITS_WAY, key);
	await restoreFromActions([arrived], `${cacheKey$2(key)}*`, notices);
	await mkdir(join(kept, key), { recursive: true });
	for (const name of await namesIn(arrived)) await rename(join(arrived, name), join(kept, key, name)).catch(unlessThere);
	await rm(arrived, {
		recursive: true,
		force: true
	});
	return await findEntry(join(kept, key), code, notices);
}
/** Keeps what was collected for other machines too. Never throws: returns a notice when it did not work, else null. */
async function keepForAll(kept, key, code, answer) {
	if (!hasActionsCache()) return null;
	const leaving = join(kept, ON_ITS_WAY, key);
	const name = contentsOf(code, answer.read);
	try {
		await rm(leaving, {
			recursive: true,
			force: true
		});
		await copyTree(join(kept, key, name), join(leaving, name));
		return await keepInActions([leaving], `${cacheKey$2(key)}${Date.now()}`);
	} catch (thrown) {
		return `static files were not kept in the Actions cache: ${messageOf(thrown)}`;
	} finally {
		await rm(leaving, {
			recursive: true,
			force: true
		});
	}
}
function cacheKey$2(key) {
	return `graceful-static-${key}-`;
}
async function findEntry(folder, code, notices) {
	for (const name of await namesIn(folder)) {
		const entry = join(folder, name);
		const found = await readKept(entry, "collection of static files", notices, async () => {
			const { answer, digest } = Entry$1.parse(JSON.parse(await readFile(join(entry, "entry.json"), "utf8")));
			if (contentsOf(code, answer.read) !== name) return null;
			const tree = await manifestOf(join(entry, "static"), "the static files");
			if (tree.manifest.digest !== digest) throw new Error("its files are not those of its manifest");
			return {
				answer,
				tree
			};
		});
		if (found !== null) return found;
	}
	return null;
}
/**
* Keeps what was collected, by one rename; nothing is copied where that can be.
* @returns where it lies from now on
*/
async function keepStatic(kept, key, code, answer, tree) {
	const entry = join(kept, key, contentsOf(code, answer.read));
	const fresh = join(kept, ON_ITS_WAY, `${key}.${process.pid}`);
	const moved = join(fresh, "static");
	await rm(fresh, {
		recursive: true,
		force: true
	});
	await mkdir(fresh, { recursive: true });
	await mkdir(join(kept, key), { recursive: true });
	await move(tree.folder, moved);
	await writeFile(join(fresh, "entry.json"), JSON.stringify({
		answer,
		digest: tree.manifest.digest
	}));
	try {
		await rename(fresh, entry);
	} catch (thrown) {
		unlessThere(thrown);
		await move(moved, tree.folder);
		await rm(fresh, {
			recursive: true,
			force: true
		});
		return tree;
	}
	await prune$1(kept);
	return {
		...tree,
		folder: join(entry, "static")
	};
}
/** @throws what was thrown, unless it says that something is there already */
function unlessThere(thrown) {
	if (codeOf(thrown) !== "ENOTEMPTY" && codeOf(thrown) !== "EEXIST") throw thrown;
}
/** None where there is no such folder. */
async function namesIn(folder) {
	return await readdir(folder).catch((thrown) => {
		if (codeOf(thrown) !== "ENOENT") throw thrown;
		return [];
	});
}
async function move(from, to) {
	await rename(from, to).catch(async (thrown) => {
		if (codeOf(thrown) !== "EXDEV") throw thrown;
		await copyTree(from, to);
	});
}
/** Also what a run left on its way whose machine went down. */
async function prune$1(kept) {
	for (const key of await namesIn(kept)) {
		for (const name of await namesIn(join(kept, key))) {
			const path = join(kept, key, name);
			if (await isOld(path)) await rm(path, {
				recursive: true,
				force: true
			});
		}
		if (await isOld(join(kept, key))) await rmdir(join(kept, key)).catch(unlessThere);
	}
}
async function isOld(path) {
	const used = await stat(path).catch(() => null);
	return used !== null && Date.now() - used.mtimeMs > 2592e6;
}
// src/build/static/static.ts
const Answer$1 = union([
	object({ state: literal("none") }),
	object({ state: literal("unset") }),
	object({
		state: literal("outside"),
		root: string()
	}),
	object({
		state: literal("elsewhere"),
		root: string()
	}),
	object({
		state: literal("remote"),
		storage: string()
	}),
	CollectedAnswer,
	object({ error: object({
		step: string(),
		kinds: array(string()),
		message: string(),
		place: object({
			file: string(),
			line: number().nullable()
		}).nullable()
	}) })
]);
/**
* Collects the static files in the runner, from a copy of the source and with the very environment that is shipped; not at all where
* it is certain that the same would come of it as an earlier time: no file that was opened then says anything else now.
* Django sees `build-env`, then the `env` input, then the stage's env; never shared/.env, which is on the host.
*
* @throws BuildError when the settings cannot be loaded (naming the variable that is missing), STATIC_ROOT is unset or
*   outside of the project, or collectstatic or one of the commands after it fails
*/
async function collectStatic(options) {
	const { django, stage, inputEnv, kept } = options;
	const settings = settingsModule(django, {
		...stage.env,
		...inputEnv,
		...stage.buildEnv
	});
	const key = staticKey({
		...options,
		settings
	});
	const notices = [];
	const code = options.source.tree.manifest;
	const found = key === null ? null : await keptStatic(kept, key, code, notices);
	if (found !== null) {
		options.log?.("static files: nothing that decides about them has changed, those of an earlier run are taken");
		return {
			...describe(options, settings, found.answer, found.tree, notices),
			keep: async () => null
		};
	}
	const { answer, tree, project } = await collect(options, settings);
	switch (answer.state) {
		case "none": return {
			static: null,
			notices,
			keep: async () => null
		};
		case "unset": throw new BuildError(`STATIC_ROOT is not set in ${settings}`, {
			mend: "add STATIC_ROOT = BASE_DIR / \"staticfiles\" to the settings (or take django.contrib.staticfiles out of INSTALLED_APPS)",
			...await at("STATIC_ROOT")
		});
		case "outside": throw new BuildError(`STATIC_ROOT in ${settings} is ${answer.root}, which is not a folder inside the project's code`, {
			mend: "set STATIC_ROOT = BASE_DIR / \"staticfiles\": each release carries its own static files, and the web server serves them from there",
			...await at("STATIC_ROOT")
		});
		case "elsewhere": throw new BuildError(`the staticfiles storage in ${settings} has a location of its own (${answer.root}) instead of STATIC_ROOT`, {
			mend: "leave \"location\" out of STORAGES[\"staticfiles\"][\"OPTIONS\"]",
			...await at("STORAGES")
		});
		case "remote": return {
			static: null,
			notices: [...notices, `static files are kept by ${answer.storage}: they are not collected for the release`],
			keep: async () => null
		};
		case "collected": return {
			...describe(options, settings, answer, key === null ? tree : await keepStatic(kept, key, code, answer, tree), notices),
			keep: async () => key === null ? null : keepForAll(kept, key, code, answer)
		};
	}
	async function at(name) {
		const place = await placeOfSetting(project, django.project, settings, name);
		return place === null ? {} : { place };
	}
}
/** Runs the program in a copy of the source. @throws BuildError for what it cannot load or do */
async function collect(options, settings) {
	const { django, stage, inputEnv } = options;
	const secrets = Object.values(inputEnv);
	const scratch = await mkdtemp(join(options.scratch, "static-"));
	const folder = join(scratch, "static");
	await mkdir(folder);
	options.log?.(`collecting static files with ${settings}`);
	const commands = JSON.stringify(stage.staticFiles.commands);
	const { project, packages, env, output, answerFile } = await runDjango(options, {
		name: "collect",
		text: COLLECT_PROGRAM,
		settings,
		args: (code) => [
			folder,
			code,
			commands
		],
		writes: stage.staticFiles.commands.length > 0,
		mend: "see the output above; what Django sees in the runner is set by build-env: in graceful.yml"
	});
	const answer = await readAnswer(answerFile, output);
	if ("error" in answer) throw await failure({
		...answer.error,
		message: redact(answer.error.message, secrets)
	}, {
		settings,
		folder: project,
		project: django.project,
		packages
	}, env, lastLines(output));
	if (answer.state === "collected") for (const line of lastLines(output, 3)) options.log?.(line);
	return {
		answer,
		tree: await manifestOf(folder, "the static files"),
		project
	};
}
/** What a person and the host are told of collected files. */
function describe(options, settings, answer, tree, told = []) {
	const { source, django, stage } = options;
	const under = source.tree.manifest.entries.filter((entry) => entry.path.startsWith(`${answer.root}/`));
	const notices = [...told];
	if (under.length > 0) notices.push(`${under.length} committed files under ${answer.root} (STATIC_ROOT) are replaced by what collectstatic made`);
	if (answer.debug) notices.push(debugNotice(settings, django.configured));
	const hashed = tree.manifest.entries.map(({ path }) => path).filter(matcherOf(stage.staticFiles.hashed));
	if (stage.staticFiles.hashed.length > 0 && hashed.length === 0) notices.push("no collected file matches static.hashed");
	return {
		static: {
			tree,
			spec: {
				root: answer.root,
				url: answer.url,
				hashed
			}
		},
		notices
	};
}
/**
* The settings module that counts: the configured one, else DJANGO_SETTINGS_MODULE of the env that is given, else that of
* manage.py. The release's processes need the same. Pure.
*/
function settingsModule(django, env) {
	return django.configured ? django.settings : env["DJANGO_SETTINGS_MODULE"] ?? django.settings;
}
/** For settings that are a developer's own: mostly nobody meant to deploy them. Pure. */
function debugNotice(settings, configured) {
	return `${settings} has DEBUG = True, which shows visitors your code and settings when a page fails: ${configured ? "set DEBUG = False there" : "manage.py names it; name another one by django: { settings: ... } in graceful.yml, or set DEBUG = False there"}`;
}
/** STATIC_URL's path when this site serves it, null when another host does. Pure. */
function staticPath(staticUrl, siteUrl) {
	if (staticUrl === null || staticUrl === "") return null;
	const site = new URL(siteUrl);
	const url = URL.parse(staticUrl, site.href);
	return url === null || url.host !== site.host ? null : url.pathname;
}
async function readAnswer(file, output) {
	try {
		return Answer$1.parse(JSON.parse(await readFile(file, "utf8")));
	} catch (thrown) {
		if (codeOf(thrown) !== "ENOENT") throw thrown;
		throw new BuildError("Django ended the program while its settings were loaded", {
			mend: "see the output above; settings must not call exit()",
			output: lastLines(output)
		});
	}
}
// src/build/django/migrations.ts
/** Which migrations a release brings that a database lacks. */
/**
* Django's own executor, which does not see the database but the list of what it has. argv: the file for its answer (JSON), a file with the
* list. The stand-in for the connection is never used: only the recorder would.
*/
const MIGRATIONS_PROGRAM = `from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace


def main() -> None:
    # As manage.py has it: the project's own folder first, not that of this program.
    sys.path[0] = os.getcwd()
    with open(sys.argv[2], encoding="utf-8") as file:
        applied = {tuple(name.split(".", 1)): None for name in json.load(file)}
    import django

    django.setup()
    from django.db.migrations.exceptions import InconsistentMigrationHistory
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.applied_migrations = lambda self: dict(applied)
    connection = SimpleNamespace(alias="default")
    executor = MigrationExecutor(connection)
    fault = None
    conflicts = executor.loader.detect_conflicts()
    if conflicts:
        fault = "conflicting migrations: " + "; ".join(
            app + ": " + ", ".join(sorted(names)) for app, names in sorted(conflicts.items())
        )
    try:
        executor.loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        fault = str(error)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    pending = [
        {
            "name": migration.app_label + "." + migration.name,
            "operations": [str(operation.describe()) for operation in migration.operations],
        }
        for migration, _ in plan
    ]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump({"pending": pending, "fault": fault}, file)


main()
`;
const Answer = object({
	pending: array(object({
		name: string(),
		operations: array(string())
	})),
	fault: string().nullable()
});
/** Asks the release's Django, in the runner and without a database. Where it does not answer, that is told. */
async function pendingMigrations(options, applied) {
	const { django, stage, inputEnv } = options;
	const isKnown = applied.migrations !== null;
	const list = join(await mkdtemp(join(options.scratch, "applied-")), "applied.json");
	await writeFile(list, JSON.stringify(applied.migrations ?? []));
	try {
		const { answerFile } = await runDjango(options, {
			name: "migrations",
			text: MIGRATIONS_PROGRAM,
			settings: settingsModule(django, {
				...stage.env,
				...inputEnv,
				...stage.buildEnv
			}),
			args: () => [list],
			writes: false,
			mend: "what Django sees in the runner is set by build-env: in graceful.yml"
		});
		const { pending, fault } = Answer.parse(JSON.parse(await readFile(answerFile, "utf8")));
		return {
			migrations: pending,
			isKnown,
			why: fault === null ? applied.why : `migrate would fail: ${fault}`
		};
	} catch (thrown) {
		const said = thrown instanceof BuildError ? thrown.output.at(-1) ?? thrown.message : messageOf(thrown);
		return {
			migrations: null,
			isKnown: false,
			why: `the release's Django could not be asked in the runner: ${redact(said, Object.values(inputEnv))}`
		};
	}
}
// src/report/packages.ts
/**
* The differences as people write them, by name: `Django 5.2.1 -> 5.2.3`, `+pillow 11.3.0`, `-six 1.17.0`. Pure.
*/
function packageChanges(before, after) {
	const [old, now] = [before, after].map(({ wheels }) => new Map(wheels.map((wheel) => [key(wheel.name), wheel])));
	return [.../* @__PURE__ */ new Set([...old?.keys() ?? [], ...now?.keys() ?? []])].sort().flatMap((name) => {
		const [was, is] = [old?.get(name), now?.get(name)];
		if (is === void 0) return [`-${was?.name} ${was?.version}`];
		if (was === void 0) return [`+${is.name} ${is.version}`];
		return was.version === is.version ? [] : [`${is.name} ${was.version} -> ${is.version}`];
	});
}
/** The same beside what is live: all are new where nothing is, and null where an older version made it, which wrote none down. Pure. */
function packagesBeside({ release, build }, after) {
	if (release !== null && build === null) return null;
	return packageChanges(build?.env ?? { wheels: [] }, after);
}
/** One line for the summary. Pure. */
function packagesText(before, after) {
	const count = `${after.env.wheels.length} packages`;
	if (before === null) return count;
	const changes = packageChanges(before.env, after.env);
	return changes.length === 0 ? `${count}, the same as before` : changes.join(", ");
}
/** Names of packages are the same in any case, and with any of `-`, `_` and `.`. */
function key(name) {
	return name.toLowerCase().replace(/[-_.]+/g, "-");
}
// src/build/env/explain.ts
const DAY_MS$1 = 864e5;
/** `today`, `1 day ago`, `12 days ago`. Pure. */
function ageOf(created, now) {
	const days = Math.floor((now.getTime() - Date.parse(created)) / DAY_MS$1);
	if (days <= 0) return "today";
	return days === 1 ? "1 day ago" : `${days} days ago`;
}
/** The lines of `--explain`. Pure. */
function explainEnv({ requirements, target, options, inputs, env }, now) {
	const { file, locked, lines } = requirements;
	const asked = lines.map((line) => {
		const text = locked ? line.canonical.replace(/ --hash=\S+/g, "") : line.canonical;
		return `  ${withoutCredentials(text).replace(/^requirement /, "")}  (${line.file}:${line.line})`;
	});
	const resolved = env.requirements.split("\n").filter((line) => line !== "");
	const libc = `${target.libc} ${target.libcVersion}`.trim();
	return [
		`environment ${env.hash}`,
		`made for Python ${target.minor} (${target.abi}) on ${target.machine} with ${libc}`,
		`asked for by ${file}, ${locked ? "a lock file" : "to be resolved"}; found by the hash ${inputs}:`,
		...asked.toSorted(),
		...section("settings of the installer:", Object.entries(options).map(([name, value]) => `${name}=${hostsAlone(value)}`)),
		`came to ${resolved.length} packages, ${whenOf(locked, env.created, now)}:`,
		...resolved.map((line) => `  ${line.replace(/ --hash=\S+/g, "")}${hashesOf(line)}`)
	];
}
/** How an environment differs from that of the live release. Pure. */
function explainDifference(live, made) {
	const { release, build } = live;
	if (release === null) return ["nothing is live to compare it with"];
	if (build === null) return [`${release} is live, and does not tell what it was built from`];
	if (build.env.hash === made.env.hash) return [`${release} is live, and has the very same environment`];
	const [was, is] = [build, made].map(({ target, env: { builtOn } }) => ({
		Python: target.minor,
		ABI: target.abi,
		machine: target.machine,
		"C library": `${target.libc} ${target.libcVersion}`.trim(),
		"C library of the build": `${builtOn.name} ${builtOn.version}`
	}));
	const differences = [...Object.entries(is ?? {}).flatMap(([name, value]) => {
		const before = Object.entries(was ?? {}).find(([one]) => one === name)?.[1];
		return before === value ? [] : [`${name} ${before} -> ${value}`];
	}), ...packageChanges(build.env, made.env)];
	return section(`the live release ${release} has another environment:`, differences.length > 0 ? differences : ["the versions are the same: its hashes, sources or the settings of the installer differ"]);
}
function whenOf(locked, created, now) {
	if (locked) return "as the lock file has it";
	return created === void 0 ? "as the live release has it" : `resolved ${ageOf(created, now)}, ${created}`;
}
/** Addresses by their hosts alone: what stands behind may be a token. */
function hostsAlone(value) {
	return withoutCredentials(value).replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/,?#]+)[^\s,]*/gi, "$1");
}
function section(title, lines) {
	return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}
function hashesOf(line) {
	const hashes = line.match(/--hash=/g)?.length ?? 0;
	return hashes === 0 ? "" : `  (${hashes} ${hashes === 1 ? "hash" : "hashes"})`;
}
// src/build/find-pythons.ts
/** Pythons asked at the same time. */
const CONCURRENCY$1 = 4;
const PROBE = `
import json, os, platform, sys, sysconfig
try:
    name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
except (ValueError, AttributeError, OSError):
    name, version = "musl", ""
print(json.dumps({
    "executable": sys.executable,
    "implementation": sys.implementation.name,
    "minor": "%d.%d" % sys.version_info[:2],
    "version": "%d.%d.%d" % sys.version_info[:3],
    "abi": sysconfig.get_config_var("SOABI") or "",
    "machine": platform.machine(),
    "libc": name,
    "libc_version": version,
}))
`;
/**
* Finds the Pythons of the runner: actions/setup-python's tool cache, PATH, pyenv, those that uv manages. Each is run and
* asked what it is, which takes a processor some 50 ms; what does not run is left out.
* @param minors those that are of any use (`3.11`); a file that tells by its name that it is another one is not run. All by default
*/
async function findPythons(minors = null, env = process.env) {
	const candidates = await candidatePaths(await allFolders(env), minors);
	const found = /* @__PURE__ */ new Map();
	let next = 0;
	const worker = async () => {
		for (let path = candidates[next++]; path !== void 0; path = candidates[next++]) {
			const python = await probe(path, env);
			if (python && !found.has(python.executable)) found.set(python.executable, python);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY$1 }, worker));
	const order = new Map(candidates.map((path, index) => [path, index]));
	return [...found.values()].sort((a, b) => (order.get(a.executable) ?? 0) - (order.get(b.executable) ?? 0));
}
/** Begins to ask the Python that is first on PATH, mostly the one that is wanted in the end, while there is nothing else to do. */
async function askFirstPython(env = process.env) {
	const [first] = await candidatePaths(onPath(env), null);
	if (first !== void 0) await probe(first, env);
}
/** Shims of pyenv answer for the chosen version only, slowly: the real ones are looked up beside. */
function onPath(env) {
	return (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "" && !folder.endsWith("/.pyenv/shims"));
}
async function allFolders(env) {
	const folders = [];
	const tools = env["RUNNER_TOOL_CACHE"];
	if (tools) for (const version of await names(join(tools, "Python"))) for (const architecture of await names(join(tools, "Python", version))) folders.push(join(tools, "Python", version, architecture, "bin"));
	folders.push(...onPath(env));
	const pyenv = join(env["PYENV_ROOT"] ?? join(env["HOME"] ?? homedir(), ".pyenv"), "versions");
	const data = env["XDG_DATA_HOME"] || join(env["HOME"] ?? homedir(), ".local", "share");
	const uv = env["UV_PYTHON_INSTALL_DIR"] || join(data, "uv", "python");
	for (const kept of [pyenv, uv]) for (const version of await names(kept)) folders.push(join(kept, version, "bin"));
	return folders;
}
async function candidatePaths(folders, minors) {
	const found = [];
	const seen = /* @__PURE__ */ new Set();
	for (const folder of folders) for (const name of (await names(folder)).filter((candidate) => /^python(3(\.\d+)?)?t?$/.test(candidate)).reverse()) {
		const real = await realpath(join(folder, name)).catch(() => null);
		if (real === null || seen.has(real)) continue;
		seen.add(real);
		const told = /^python(\d+\.\d+)t?$/.exec(basename(real))?.[1];
		if (minors === null || told === void 0 || minors.includes(told)) found.push(join(folder, name));
	}
	return found;
}
async function names(folder) {
	return (await readdir(folder).catch(() => [])).sort();
}
/** What is known already: each is asked once. */
const asked = /* @__PURE__ */ new Map();
function probe(path, env) {
	const known = asked.get(path) ?? ask(path, env);
	asked.set(path, known);
	return known;
}
async function ask(path, env) {
	try {
		const { stdout } = await run([
			path,
			"-I",
			"-c",
			PROBE
		], { env });
		const told = JSON.parse(stdout);
		if (typeof told !== "object" || told === null) return null;
		const told_ = new Map(Object.entries(told).map(([key, value]) => [key, String(value)]));
		const get = (key) => told_.get(key) ?? "";
		if (get("implementation") !== "cpython" || get("abi") === "") return null;
		return {
			executable: path,
			minor: get("minor"),
			version: get("version"),
			abi: get("abi"),
			machine: get("machine"),
			libc: {
				name: get("libc") === "glibc" ? "glibc" : "musl",
				version: get("libc_version")
			}
		};
	} catch {
		return null;
	}
}
// src/build/target/platform.ts
/** How an installer is told which host it installs for. */
/** Machines whose wheels a runner of another machine can bring together. */
const FOREIGN_MACHINES = ["x86_64", "aarch64"];
/** Versions of glibc, 2.x, that uv knows wheels for by name. */
const UV_GLIBC = [
	17,
	28,
	31,
	32,
	33,
	34,
	35,
	36,
	37,
	38,
	39,
	40
];
/** Whether the host is another machine than the runner: nothing can be compiled for it, nor run. Pure. */
function isForeign({ runner, target }) {
	return runner.machine !== target.machine;
}
/** Minor version of a glibc: 36 of `2.36`. Pure. */
function glibcMinor(version) {
	return Number(/^2\.(\d+)/.exec(version)?.[1] ?? 0);
}
/** A host in words: `Python 3.9 on x86_64 with glibc 2.31`. Pure. */
function targetWords({ minor, machine, libc, libcVersion }) {
	return `Python ${minor} on ${machine} with ${libc} ${libcVersion}`.trim();
}
/** Options of uv: wheels for the host's machine and glibc, never for a newer one. Pure. */
function uvPlatform({ libc, libcVersion, machine }) {
	if (!FOREIGN_MACHINES.includes(machine)) return [];
	if (libc === "musl") return ["--python-platform", `${machine}-unknown-linux-musl`];
	const minor = glibcMinor(libcVersion);
	const known = UV_GLIBC.findLast((one) => one <= minor);
	return known === void 0 ? [] : ["--python-platform", `${machine}-manylinux_2_${known}`];
}
/**
* Makes pip take the runner for the host. pip asks the virtualenv's own Python what fits: by the module `_manylinux` (PEP 600)
* which glibc, and, where the host is another machine, by the standard library which one. (Its option --platform would not do: the
* markers of requirements would still be the runner's.)
*
* @param site site-packages of the virtualenv that pip installs into
*/
async function pretendHost(installer, match, site) {
	if (installer !== "pip") return;
	const { libc, libcVersion, machine } = match.target;
	if (libc === "glibc") {
		const text = `def manylinux_compatible(tag_major, tag_minor, tag_arch):\n    return ${`tag_major == 2 and tag_minor <= ${glibcMinor(libcVersion)}`}\n`;
		await writeFile(join(site, "_manylinux.py"), text);
	}
	if (isForeign(match)) {
		const text = `import platform, sysconfig; platform.machine = lambda: "${machine}"; sysconfig.get_platform = lambda: "linux-${machine}"\n`;
		await writeFile(join(site, "_host.pth"), text);
	}
}
// src/build/python.ts
/**
* Decides which of the host's Pythons the site runs on: the configured one, else the newest that the runner has too. A runner
* that is another machine will do, with wheels alone. Pure.
*
* @param wanted - `3.11` or `3.11.2`, or undefined for the newest both have
* @throws BuildError before anything is built, when machine, libc or Python do not fit; lists what each side has
*/
function pickPython(facts, pythons, wanted) {
	const host = `host ${facts.hostname}`;
	const [anyPython] = pythons;
	if (facts.pythons.length === 0) throw new BuildError(`${host} has no Python that a site could run on`, { mend: "apt-get install python3 python3-venv" });
	const offered = byNewest(facts.pythons).filter((python) => wanted === void 0 || fits(python, wanted));
	if (offered.length === 0) throw new BuildError(`${host} has no Python ${wanted}; it has ${list$1(facts.pythons)}`, { mend: `set python: { version: "${byNewest(facts.pythons)[0]?.minor}" } in graceful.yml, or install Python ${wanted} on the host` });
	if (!anyPython) {
		const minor = minorOf(wanted) ?? byNewest(facts.pythons)[0]?.minor ?? "3";
		throw new BuildError("the runner has no Python", { mend: setupPython(minor) });
	}
	assertPlatform(facts, pythons, anyPython);
	for (const python of offered) {
		const fitting = pythons.filter((mine) => fitsPlatform(facts, mine) && abiOn(facts.machine, mine) === python.abi);
		const runner = fitting.find((mine) => mine.machine === facts.machine) ?? fitting[0];
		if (runner) {
			const { name: libc, version: libcVersion } = facts.libc;
			return {
				host: python,
				runner,
				target: {
					minor: python.minor,
					abi: python.abi,
					machine: facts.machine,
					libc,
					libcVersion
				}
			};
		}
	}
	const [first] = offered;
	const which = wanted ?? offered.map((python) => python.minor).join(" or ");
	throw new BuildError(`the runner has no Python ${which} like that of ${host}: the host has ${list$1(facts.pythons)}, the runner ${list$1(pythons)}`, { mend: setupPython(first?.minor ?? "3") });
}
function assertPlatform(facts, pythons, mine) {
	if (pythons.some((python) => fitsPlatform(facts, python))) return;
	const host = `host ${facts.hostname}`;
	if (mine.machine !== facts.machine) throw new BuildError(`the runner is ${mine.machine}, ${host} is ${facts.machine}: compiled packages built here would not run there`, { mend: `let the job run on a runner of that kind (runs-on: the label of an ${facts.machine} machine of your own)` });
	throw new BuildError(`the runner's C library is ${mine.libc.name}, that of ${host} is ${facts.libc.name}: compiled packages built here would not run there`, { mend: facts.libc.name === "musl" ? "let the job run in a container of the same system (container: python:3-alpine)" : "let the job run on a runner with glibc (runs-on: ubuntu-24.04, without an Alpine container)" });
}
function fitsPlatform(facts, python) {
	const both = [python.machine, facts.machine];
	return (python.machine === facts.machine || both.every((machine) => FOREIGN_MACHINES.includes(machine))) && python.libc.name === facts.libc.name;
}
/** The SOABI that this Python has on another machine. Pure. */
function abiOn(machine, python) {
	return python.abi.replace(`-${python.machine}-`, `-${machine}-`);
}
/** What the runner itself is, as if it were the host. Pure. */
function ownTarget({ minor, abi, machine, libc }) {
	return {
		minor,
		abi,
		machine,
		libc: libc.name,
		libcVersion: libc.version
	};
}
function fits(python, wanted) {
	return python.minor === wanted || python.version === wanted;
}
function minorOf(version) {
	return version === void 0 ? void 0 : /^\d+\.\d+/.exec(version)?.[0];
}
function byNewest(pythons) {
	const rank = (python) => python.version.split(".").map(Number);
	return pythons.toSorted((a, b) => {
		const [left, right] = [rank(a), rank(b)];
		for (let index = 0; index < 3; index++) {
			const difference = (right[index] ?? 0) - (left[index] ?? 0);
			if (difference !== 0) return difference;
		}
		return 0;
	});
}
function list$1(pythons) {
	return [...new Set(pythons.map((python) => `${python.version} (${python.abi})`))].join(", ");
}
function setupPython(minor) {
	return `add a step before this one: uses: actions/setup-python with python-version: "${minor}"`;
}
// src/build/source/lfs.ts
/** A pointer is three short lines. */
const POINTER_BYTES = 1024;
const VERSION = "version https://git-lfs.github.com/spec/v1\n";
/** So much of a command line is paths: the kernel takes no argv above 2 MiB, with the environment. */
const ARGV_BYTES = 102400;
/** A pointer of git LFS in the text of a file, or null. Pure. */
function pointerIn(text) {
	if (!text.startsWith(VERSION)) return null;
	const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
	const bytes = /^size (\d+)$/m.exec(text)?.[1];
	return oid === void 0 || bytes === void 0 ? null : {
		oid,
		bytes: Number(bytes)
	};
}
/**
* Puts the content of LFS files in place of their pointers, from what the checkout has fetched. git-lfs itself is not needed for
* that; where it is set up, git has done so already.
*
* @param folder - the files of a commit of the checkout
* @param at - path of the checkout in the outermost one, for messages
* @throws BuildError naming the files whose content was not fetched
*/
async function fetchFiles(checkout, folder, at) {
	const pointers = await pointersBelow(folder);
	if (pointers.length === 0) return;
	const tracked = await filtered(checkout, pointers.map(({ path }) => path));
	const common = (await git(checkout, ["rev-parse", "--git-common-dir"])).stdout.trim();
	const store = join(resolve$1(checkout, common), "lfs", "objects");
	const missing = [];
	for (const { path, pointer } of pointers) {
		if (!tracked.has(path)) continue;
		const { oid } = pointer;
		const place = await firstWith([join(store, oid.slice(0, 2), oid.slice(2, 4), oid), join(checkout, path)], pointer);
		if (place === null) missing.push(posix.join(at, path));
		else {
			const { mode } = await stat(join(folder, path));
			await copyFile(place, join(folder, path));
			await chmod(join(folder, path), mode);
		}
	}
	if (missing.length === 0) return;
	throw new BuildError(`the content of files that git LFS keeps was not fetched: ${listed(missing)}`, {
		mend: "fetch it: actions/checkout with \"lfs: true\", or git lfs pull; what the site does not need is left out by `exclude` in graceful.yml",
		...missing[0] === void 0 ? {} : { place: { file: missing[0] } }
	});
}
async function pointersBelow(folder) {
	const found = [];
	for (const item of await readdir(folder, {
		recursive: true,
		withFileTypes: true
	})) {
		if (!item.isFile()) continue;
		const full = join(item.parentPath, item.name);
		const pointer = pointerIn(await beginning(full));
		if (pointer !== null) found.push({
			path: posix.relative(folder, full),
			pointer
		});
	}
	return found;
}
async function beginning(file) {
	await using handle = await open(file);
	const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(POINTER_BYTES) });
	return buffer.toString("utf8", 0, bytesRead);
}
/** Those that LFS keeps: a file may speak of pointers without being one. */
async function filtered(checkout, paths) {
	const found = /* @__PURE__ */ new Set();
	for (const some of batchesOf(paths, ARGV_BYTES)) {
		const { stdout } = await git(checkout, [
			"check-attr",
			"-z",
			"filter",
			"--",
			...some
		]);
		const words = stdout.split("\0");
		for (let at = 0; at + 2 < words.length; at += 3) if (words[at + 2] === "lfs") found.add(words[at] ?? "");
	}
	return found;
}
/** The paths in their order, as many together as have no more bytes than that. Pure. */
function batchesOf(paths, most) {
	const batches = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const path of paths) {
		const own = Buffer.byteLength(path) + 1;
		if (bytes + own > most) {
			batches.push([]);
			bytes = 0;
		}
		batches.at(-1)?.push(path);
		bytes += own;
	}
	return batches;
}
async function firstWith(places, pointer) {
	for (const place of places) try {
		if ((await stat(place)).size !== pointer.bytes) continue;
		if (await digestOf$2(place) === pointer.oid) return place;
	} catch (thrown) {
		if (codeOf(thrown) !== "ENOENT") throw thrown;
	}
	return null;
}
/** In pieces: LFS is there for files that are large. */
async function digestOf$2(file) {
	const hash = createHash("sha256");
	for await (const piece of createReadStream(file)) hash.update(piece);
	return hash.digest("hex");
}
// src/build/source/layout.ts
/**
* Lays out the files of one commit as `git archive` gives them, with its submodules, the content of LFS files in place of
* their pointers, and without what is not wanted.
*
* @throws BuildError naming the submodule, or the LFS files, whose content is not in the checkout
*/
async function layOut(layout) {
	const { checkout, commit, folder, selection, at = "" } = layout;
	const archive = `${folder}.tar`;
	await mkdir(folder, { recursive: true });
	await git(checkout, [
		"archive",
		"--format=tar",
		"-o",
		archive,
		commit
	]);
	await run([
		"tar",
		"-x",
		"-p",
		"-f",
		archive,
		"-C",
		folder,
		"--no-same-owner"
	]);
	await rm(archive);
	const { files, submodules } = await tracked(checkout, commit);
	for (const path of selection.unwanted(files, at)) await rm(join(folder, path), { force: true });
	await fetchFiles(checkout, folder, at);
	for (const { path, commit: recorded } of submodules) {
		const whole = posix.join(at, path);
		if (!existsSync(join(folder, path)) || selection.isFolderOut(whole)) continue;
		const inner = join(checkout, path);
		if (!existsSync(join(inner, ".git"))) throw notFetched(whole, "is empty");
		if ((await git(inner, [
			"cat-file",
			"-e",
			`${recorded}^{commit}`
		], [1, 128])).code !== 0) throw notFetched(whole, `lacks the commit ${recorded} that this commit names`);
		await layOut({
			checkout: inner,
			commit: recorded,
			folder: join(folder, path),
			selection,
			at: whole
		});
	}
}
function notFetched(path, what) {
	return new BuildError(`the git submodule ${path} ${what} in this checkout`, {
		mend: "fetch it: actions/checkout with \"submodules: true\" (or \"recursive\", for those within), or git submodule update --init --recursive; what the site does not need is left out by `exclude` in graceful.yml",
		place: { file: ".gitmodules" }
	});
}
async function tracked(checkout, commit) {
	const { stdout } = await git(checkout, [
		"ls-tree",
		"-r",
		"-z",
		"--full-tree",
		commit
	]);
	const found = {
		files: [],
		submodules: []
	};
	for (const line of stdout.split("\0").filter((one) => one !== "")) {
		const [mode, , object = ""] = line.split(/[ \t]/);
		const path = line.slice(line.indexOf("	") + 1);
		if (mode === "160000") found.submodules.push({
			path,
			commit: object
		});
		else found.files.push(path);
	}
	return found;
}
// src/build/source/config-repository.ts
/** Answers git's question for a user and a password; the token is in the environment, never in argv. */
const ASKPASS = `#!/bin/sh
case "$1" in
  Username*) echo x-access-token ;;
  *) printf '%s\\n' "$GRACEFUL_CONFIG_TOKEN" ;;
esac
`;
/**
* Lays out the configuration repository, and puts its files into the source's folder, where the site will find them; they are no part
* of the source's manifest.
*
* @param options.token - for a `url` with https
* @throws BuildError when it cannot be had, or the source has something in its place
*/
async function addConfig(options) {
	const { workspace, scratch, source, repository, token } = options;
	const { path = ".", url, folder, ref } = repository;
	const inTheWay = source.tree.manifest.entries.find(({ path }) => path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`));
	if (inTheWay !== void 0) throw new BuildError(`config-repository is to appear as ${folder}, and the commit has ${inTheWay.path}`, { mend: "name another place: config-repository: { folder: ... } in graceful.yml, or leave that out by `exclude`" });
	const checkout = url === void 0 ? resolve$1(workspace, path) : await clone(url, ref, scratch, token);
	const commit = await commitOf(checkout, url === void 0 ? ref ?? "HEAD" : "FETCH_HEAD");
	const into = join(scratch, "config");
	await layOut({
		checkout,
		commit,
		folder: into,
		selection: new Selection({
			include: [],
			exclude: []
		})
	});
	const tree = await manifestOf(into, "the configuration repository");
	if (tree.manifest.entries.length === 0) throw new BuildError(`the configuration repository has no files in ${commit}`, { mend: "see its ref" });
	await placeConfig({
		folder,
		tree
	}, source.tree.folder);
	return {
		commit,
		ref: ref ?? commit,
		folder,
		tree
	};
}
/** Puts the configuration where the code looks for it. */
async function placeConfig(config, code) {
	await copyTree(config.tree.folder, join(code, config.folder));
}
async function commitOf(checkout, ref) {
	if (await stat(checkout).catch(() => null) === null) throw new BuildError(`there is no folder ${checkout} (config-repository.path)`, { mend: "check it out first: actions/checkout with \"repository\" and \"path\"; or name its url" });
	if ((await git(checkout, ["rev-parse", "--show-cdup"])).stdout.trim() !== "") throw new BuildError(`${checkout} (config-repository.path) is no git checkout of its own`, { mend: "check it out with git: actions/checkout with \"repository\" and \"path\"" });
	for (const name of [ref, `refs/remotes/origin/${ref}`]) {
		const found = await git(checkout, [
			"rev-parse",
			"--verify",
			"--quiet",
			`${name}^{commit}`
		], [1, 128]);
		if (found.code === 0) return found.stdout.trim();
	}
	throw new BuildError(`the configuration repository ${checkout} has no ${ref}`, { mend: "fetch it (actions/checkout with \"ref\" and \"fetch-depth: 0\"), or mend config-repository.ref" });
}
/** Fetches one ref of a repository into a folder of this run. */
async function clone(url, ref, scratch, token) {
	const checkout = join(scratch, "config-checkout");
	const askpass = join(scratch, "askpass");
	await mkdir(checkout);
	await writeFile(askpass, ASKPASS);
	await chmod(askpass, 448);
	await git(checkout, ["init", "--quiet"]);
	const shown = withoutCredentials(url);
	await run([
		"git",
		"-C",
		checkout,
		"fetch",
		"--quiet",
		"--depth=1",
		"--no-tags",
		"--",
		url,
		ref ?? "HEAD"
	], {
		env: {
			...process.env,
			LC_ALL: "C",
			GIT_TERMINAL_PROMPT: "0",
			...token === void 0 ? {} : {
				GIT_ASKPASS: askpass,
				GRACEFUL_CONFIG_TOKEN: token
			}
		},
		secrets: token === void 0 ? [] : [token]
	}).catch((thrown) => {
		if (!(thrown instanceof BuildError)) throw thrown;
		throw new BuildError(`the configuration repository ${shown} could not be fetched (${ref ?? "HEAD"})`, {
			mend: "see the output of git above; for https give a token by the variable GRACEFUL_CONFIG_TOKEN, for ssh an agent or GIT_SSH_COMMAND; or check it out before this step and name its path",
			output: [...thrown.output],
			cause: thrown
		});
	});
	return checkout;
}
// src/build/installer/pins.ts
/** What installers say of packages: which versions they come to, and why one is not to be had. */
/**
* The hashes that requirements have themselves stand over those that the index tells (uv would take these instead).
* @throws BuildErrors for each package that has none, where others have
*/
function withAskedHashes(pins, { file, lines }) {
	const asked = hashesAsked(lines);
	if (!(asked.size > 0 || lines.some(({ text }) => text === "--require-hashes"))) return [...pins];
	const named = pins.map((pin) => ({
		pin,
		name: /^([\w.-]+)==/.exec(pin)?.[1]
	}));
	refuse(named.flatMap(({ pin, name }) => {
		if (name === void 0 || asked.has(normaliseName(name))) return [];
		const package_ = pin.replace(/\s+--hash=.*$/, "").replace("==", " ");
		return new BuildError(`${package_} is needed and has no hash, and others have one`, {
			mend: ALL_HASHES,
			place: { file }
		});
	}));
	return named.map(({ pin, name }) => {
		const hashes = name === void 0 ? void 0 : asked.get(normaliseName(name));
		return hashes === void 0 ? pin : [pin.replace(/\s+--hash=\S+/g, ""), ...hashes].join(" ");
	});
}
/**
* Pinned lines of pip's installation report (version 1, pip 22.2 and newer). Pure.
*
* @param asked - the requirements: their logins are not in the report, and are needed to install
*/
function pinsOf$1(report, asked = []) {
	const logins = asked.flatMap(({ text }) => loginIn(text) ?? []);
	return list(field(report, "install")).map((item) => {
		const name = normaliseName(String(field(field(item, "metadata"), "name")));
		const version = String(field(field(item, "metadata"), "version"));
		const download = field(item, "download_info");
		const url = withLogin(String(field(download, "url")), name, logins);
		const folder = field(download, "subdirectory");
		const part = typeof folder === "string" ? `#subdirectory=${folder}` : "";
		const commit = field(field(download, "vcs_info"), "commit_id");
		if (typeof commit === "string") return `${name} @ ${String(field(field(download, "vcs_info"), "vcs"))}+${url}@${commit}${part}`;
		const sha256 = field(field(field(download, "archive_info"), "hashes"), "sha256");
		const hash = typeof sha256 === "string" ? ` --hash=sha256:${sha256}` : "";
		return field(item, "is_direct") === true ? `${name} @ ${url}${part}${hash}` : `${name}==${version}${hash}`;
	});
}
function loginIn(text) {
	const [, named, scheme = "", login, rest = ""] = /^(?:([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*@\s*)?([a-z][a-z0-9+.-]*:\/\/)([^\s/?#]*)@(\S*)/i.exec(text) ?? [];
	if (login === void 0) return void 0;
	const [place = "", part = ""] = rest.split("#");
	const name = named ?? /(?:^|&)egg=([\w.-]+)/.exec(part)?.[1];
	const address = scheme.includes("+") ? place.replace(/@.*$/, "") : place;
	return {
		login,
		name: name === void 0 ? void 0 : normaliseName(name),
		address
	};
}
/** An address of pip's report with the login that was asked with: for the same package and host, and no other. */
function withLogin(url, name, logins) {
	const [, scheme = "", address] = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#]*@)?(\S*)$/i.exec(url) ?? [];
	if (address === void 0) return url;
	const hostOf = (one) => (/^[^/?#]*/.exec(one)?.[0] ?? "").toLowerCase();
	const found = logins.find((one) => hostOf(one.address) === hostOf(address) && (one.name === void 0 ? one.address === address : one.name === name));
	return found === void 0 ? url : `${scheme}${found.login}@${address}`;
}
function field(value, name) {
	if (typeof value !== "object" || value === null) return void 0;
	return Object.entries(value).find(([key]) => key === name)?.[1];
}
function list(value) {
	return Array.isArray(value) ? value : [];
}
/** Whether a line of pip's long words tells why a package was not found on an index. Pure. */
function saysWhy(line, name) {
	if (line.includes("Could not fetch URL")) return true;
	const wheel = /Skipping link: none of the wheel's tags .*\/([^/-]+)-[^/]*\.whl/.exec(line)?.[1];
	return wheel !== void 0 && normaliseName(wheel) === normaliseName(name);
}
/** pip before 24.1 takes no `NAME @ git+file:///...`, but the older way of saying the same. Pure. */
function forPip(line) {
	const [, name, extras = "", address, part = "", rest = ""] = /^([\w.-]+)\s*(\[[^\]]*\])?\s*@\s*(git\+file:\/\/\/[^\s#;]+)(#[^\s;]+)?(.*)$/.exec(line) ?? [];
	if (name === void 0) return line;
	return `${address}${part === "" ? "#" : `${part}&`}egg=${name}${extras}${rest}`;
}
// src/build/installer/misfit.ts
/** Packages that an index has for other hosts only, out of the words of uv or pip. */
/**
* Reads an installer's words; undefined when they are about something else. Pure.
*
* @param said all words in one line
*/
function explainMisfit(said, target) {
	const file = namedFile(said);
	if (file !== void 0) {
		const needed = glibcOf(platformsOf(file), target);
		return {
			what: `${file} is no wheel for ${targetWords(target)}${needed === void 0 ? "" : `: it needs glibc ${needed} or newer`}`,
			mend: "put one there that is, or the source of the package",
			package: file
		};
	}
	const { about, platforms } = toldByUv(said) ?? toldByPip(said) ?? {};
	if (about === void 0 || platforms === void 0) return void 0;
	const what = `${about.replace("==", " ")} has neither a wheel for ${targetWords(target)} nor a source package`;
	const needed = glibcOf(platforms, target);
	if (needed === void 0) return {
		what,
		mend: "ask for a version that has one",
		package: about
	};
	return {
		what: `${what}: its wheels need glibc ${needed} or newer`,
		mend: "ask for an older version that has one, or renew the system of the host",
		package: about
	};
}
/** The wheel that the requirements themselves name, by its file. */
function namedFile(said) {
	return /([^\s/(]+\.whl)\)?(?: dependency is incompatible with the current| is not a supported wheel on this platform)/.exec(said)?.[1];
}
/** The platforms in a wheel's name, or in a tag of it. */
function platformsOf(tag) {
	return tag.replace(/\.whl$/, "").split("-").at(-1)?.split(".") ?? [];
}
function toldByUv(said) {
	const about = /(\S+) ha(?:s|ve) no wheels with a matching/.exec(said)?.[1];
	if (about === void 0) return void 0;
	return {
		about,
		platforms: [...(/Wheels are available for .*? on the following platforms?: ((?:`\w+`,? ?)+)/.exec(said)?.[1] ?? "").matchAll(/\w+/g)].map(([platform]) => platform)
	};
}
function toldByPip(said) {
	const [, about = "", others] = /satisfies the requirement ([^\s;(]+)[^()]*\(from versions: ([^)]*)\)/.exec(said) ?? [];
	const [, name = "", range = ""] = /^([\w.-]+)(?:\[[^\]]*\])?(.*)/.exec(about) ?? [];
	if (range === "" && others !== "none") return void 0;
	const passedOver = [...said.matchAll(/none of the wheel's tags \(([^)]*)\)\S* .*?\/([^/\s-]+)-([^/\s-]+)-[^/\s]+\.whl/g)].filter(([, , package_ = "", version = ""]) => normaliseName(package_) === normaliseName(name) && (range === "" || satisfies(version.replace("%2B", "+"), range, { prereleases: true })));
	if (passedOver.length === 0) return void 0;
	return {
		about,
		platforms: passedOver.flatMap(([, each = ""]) => each.split(/, ?/)).flatMap(platformsOf)
	};
}
/** The oldest glibc that a wheel for this machine needs, if that is what keeps all of them from the host. Pure. */
function glibcOf(platforms, { machine, libc, libcVersion }) {
	const needs = platforms.flatMap((platform) => {
		const [known, minor = 0] = new RegExp(`^manylinux(?:_2_(\\d+)|1|2010|2014)_${machine}$`).exec(platform) ?? [];
		return known === void 0 ? [] : [Number(minor)];
	});
	const least = Math.min(...needs);
	return libc === "glibc" && needs.length > 0 && least > glibcMinor(libcVersion) ? `2.${least}` : void 0;
}
// src/build/installer/resolution-fault.ts
/**
* Why requirements could not be resolved or installed, out of the words of uv or pip, at the line that asks for the package where
* one does. Their words differ from release to release: what is not recognised is undefined. Pure.
*
* @param target what it is for
*/
function explainResolution(output, requirements, target) {
	const said = output.join(" ").replace(/\s+/g, " ");
	const { file } = requirements;
	const { minor } = target;
	const asked = (package_) => {
		const name = nameOf$1(package_);
		const line = requirements.lines.find(({ kind, canonical, text }) => kind === "requirement" && (/^[\w-]+/.exec(canonical)?.[0] === name || text.endsWith(`/${package_}`)));
		return line === void 0 ? { file } : {
			file: line.file,
			line: line.line
		};
	};
	const index = explainIndex(said, requirements);
	const misfit = index === void 0 ? explainMisfit(said, target) : void 0;
	const fault = index ?? misfit;
	if (fault !== void 0) {
		const { what, mend, package: about } = fault;
		return {
			what,
			mend,
			place: about === void 0 ? { file } : asked(about),
			...misfit === void 0 ? {} : { unfit: nameOf$1(misfit.package) }
		};
	}
	const needy = needsPython(said);
	if (needy !== void 0) return {
		what: `${needy.package} needs Python ${needy.python}, and the site runs on ${minor}`,
		mend: `ask for a version that runs on Python ${minor}, or name a newer Python of the host: python: { version: "3.x" } in graceful.yml`,
		place: asked(needy.package),
		unfit: nameOf$1(needy.package)
	};
	const unknown = /Because (\S+) was not found in/.exec(said)?.[1] ?? /requirement (\S+)[^()]* \(from versions: none\)/.exec(said)?.[1];
	if (unknown !== void 0) return {
		what: `there is no package ${unknown} for Python ${minor}`,
		mend: "mend its name, or name the index that has it by --index-url",
		place: asked(unknown)
	};
	const missing = /there is no version of ([^\s,]+)/.exec(said)?.[1] ?? /satisfies the requirement (\S+)/.exec(said)?.[1];
	if (missing !== void 0) return {
		what: `there is no version ${missing}`,
		mend: "ask for one that exists",
		place: asked(missing)
	};
	if (/conflicting dependencies|requirements are unsatisfiable/.test(said)) return {
		what: "the requirements contradict one another",
		mend: "loosen one of the versions that the lines above name",
		place: { file }
	};
	if (isCompileFault(output)) {
		const name = /Failed (?:to build:?|building wheel for) [`']?([\w.-]+)/.exec(said)?.[1];
		return {
			what: `${name ?? "a package"} has no wheel for this Python and could not be compiled`,
			mend: "ask for a version with wheels; or name the Debian packages that it needs: build: { packages: [libpq-dev] } in graceful.yml, say",
			place: name === void 0 ? { file } : asked(name)
		};
	}
}
/** `zope-interface` of `zope.interface==6.0`. */
function nameOf$1(package_) {
	return normaliseName(/^[A-Za-z0-9][\w.-]*/.exec(package_)?.[0] ?? "");
}
/** Whether an installer could not build a source package. Pure. */
function isCompileFault(output) {
	const said = output.join(" ").replace(/\s+/g, " ");
	return /metadata-generation-failed|subprocess-exited-with-error|Failed to build|Failed building wheel/.test(said) && !isGitFault(said);
}
/** The package that is there for other Pythons only, and for which. */
function needsPython(said) {
	const [, python, by] = /does not satisfy Python([^\s,]+) and ([^\s,]+) depends on Python/.exec(said) ?? [];
	if (python !== void 0 && by !== void 0) return {
		package: by,
		python
	};
	const [, ignored] = /require a different python version: (.*?) ERROR:/.exec(said) ?? [];
	const [, asked] = /satisfies the requirement (\S+)/.exec(said) ?? [];
	if (ignored === void 0 || asked === void 0) return void 0;
	const exact = /==([^,;]+)$/.exec(asked)?.[1];
	if (exact === void 0 && said.includes("(from versions: none)")) return void 0;
	const versions = ignored.split(";").map((item) => /^\s*(\S+) Requires-Python (\S+)/.exec(item));
	const match = exact === void 0 ? versions.at(-1) : versions.find((item) => item?.[1] === exact);
	return match?.[2] === void 0 ? void 0 : {
		package: asked,
		python: match[2]
	};
}
// src/build/installer/installer.ts
/** A package that is there, but for none that is like the host. */
var UnfitError = class extends BuildError {
	/** Its name, or that of a file which the requirements name. */
	package;
	constructor(what, package_, details) {
		super(what, details);
		this.package = package_;
	}
};
/**
* Pins every package that the requirements come to; those of a lock file are pinned already.
* @throws BuildError with the installer's own words
*/
async function resolve(work, requirements) {
	const of = (...kinds) => requirements.lines.filter((line) => kinds.includes(line.kind)).map((line) => line.text);
	const pinned = requirements.locked ? of("requirement") : withAskedHashes(await resolved(work, requirements, of), requirements);
	const shown = (line) => line.includes("://") ? redact(canonicalRequirement(line), work.run.secrets) : canonicalRequirement(line);
	const lines = pinned.map((line) => shown(line).replaceAll(work.top, ".")).sort();
	const options = of("option").filter((line) => line !== "--require-hashes");
	const hashed = pinned.filter((line) => line.includes("--hash="));
	const others = pinned.filter((line) => !line.includes("--hash="));
	const files = [];
	for (const [name, part] of Object.entries({
		hashed,
		others
	})) {
		if (part.length === 0) continue;
		const path = join(work.scratch, `${name}.txt`);
		await writeFile(path, textOf(work, [...options, ...part]), { mode: 384 });
		files.push({
			path,
			hashed: part === hashed
		});
	}
	return {
		lines,
		files
	};
}
/** Has the installer say what requirements come to. */
async function resolved(work, requirements, of) {
	const wanted = join(work.scratch, "requirements.in");
	const constraints = join(work.scratch, "constraints.in");
	await writeFile(wanted, textOf(work, of("option", "requirement")), { mode: 384 });
	await writeFile(constraints, textOf(work, of("constraint")), { mode: 384 });
	const pins = await explained(work, requirements, () => work.installer.name === "uv" ? resolveWithUv(work, [
		wanted,
		"-c",
		constraints
	]) : resolveWithPip(work, [
		"-r",
		wanted,
		"-c",
		constraints
	], requirements));
	await Promise.all([rm(wanted), rm(constraints)]);
	return pins;
}
/** A file of requirements in the installer's own spelling. */
const textOf = ({ installer }, lines) => lines.map((line) => `${installer.name === "pip" ? forPip(line) : line}\n`).join("");
/** Gives the installer's words a meaning when it fails. */
async function explained(work, requirements, asked) {
	const { name, version } = work.installer;
	try {
		return await asked();
	} catch (thrown) {
		if (!(thrown instanceof BuildError)) throw thrown;
		const { what, mend, place, unfit } = explainResolution(thrown.output, requirements, work.target) ?? {
			what: `${name} ${version} could not bring the packages together`,
			mend: "see the lines above",
			place: { file: requirements.file }
		};
		if (unfit !== void 0) throw new UnfitError(what, unfit, {
			mend,
			place,
			cause: thrown
		});
		throw new BuildError(what, {
			mend,
			place,
			output: [...thrown.output],
			cause: thrown
		});
	}
}
/** Installs exactly what was resolved into the folder, nothing compiled, every file a copy of its own. */
async function install(work, resolution, requirements) {
	for (const { path, hashed } of resolution.files) {
		const hashes = hashed ? ["--require-hashes"] : [];
		await explained(work, requirements, () => installFrom(work, path, [...hashes, ...lockedIndexes(work, requirements)]));
		await rm(path);
	}
}
/** A lock file's hashes tell what is right, from whichever of its indexes it comes. */
function lockedIndexes(work, { locked }) {
	return locked && work.installer.name === "uv" ? ["--index-strategy", "unsafe-best-match"] : [];
}
async function installFrom(work, file, more) {
	const { installer, folder, aim, run: how } = work;
	const python = join(folder, "bin", "python");
	if (installer.name === "uv") {
		const options = [
			"--link-mode",
			"copy",
			"--no-compile",
			"--no-deps",
			"--no-config",
			...aim,
			...more
		];
		await run([
			...installer.argv,
			"pip",
			"install",
			"--python",
			python,
			...options,
			"-r",
			file
		], how);
	} else await pipInstall(work, [
		...[
			"--no-compile",
			"--no-warn-script-location",
			"--root-user-action=ignore",
			"--no-deps"
		],
		...aim,
		...more,
		"-r",
		file
	]);
}
async function resolveWithUv(work, files) {
	const how = [
		"--generate-hashes",
		"--no-header",
		"--no-annotate",
		"--quiet",
		"--no-config",
		...work.aim
	];
	const python = join(work.folder, "bin", "python");
	return logicalLines((await run([
		...work.installer.argv,
		"pip",
		"compile",
		"--python",
		python,
		...how,
		...files
	], work.run)).stdout).map((line) => line.text.replace(/\s+/g, " ")).filter((line) => !line.startsWith("-"));
}
/** Runs pip, quietly; where that leaves open why a package is not to be had, a second time to learn it. */
async function pipInstall({ installer, folder, run: how }, options) {
	const argv = [
		...installer.argv,
		"--python",
		join(folder, "bin", "python"),
		"install",
		...options
	];
	try {
		await run([...argv, "--quiet"], how);
	} catch (thrown) {
		if (!(thrown instanceof BuildError)) throw thrown;
		const lacking = /satisfies the requirement ([\w.-]+)/.exec(thrown.output.join("\n"))?.[1];
		if (lacking === void 0) throw thrown;
		const { stdout, stderr } = await run([...argv, "-vv"], {
			...how,
			accept: [1, 2]
		});
		const why = redact(`${stdout}\n${stderr}`, how.secrets).split("\n").filter((line) => saysWhy(line, lacking));
		throw new BuildError(thrown.message, {
			mend: thrown.mend,
			output: [...why, ...thrown.output],
			cause: thrown
		});
	}
}
async function resolveWithPip(work, files, { lines }) {
	const report = join(work.scratch, "report.json");
	await pipInstall(work, [
		"--dry-run",
		"--ignore-installed",
		"--report",
		report,
		...work.aim,
		...files
	]);
	const text = await readFile(report, "utf8");
	await rm(report);
	return pinsOf$1(JSON.parse(text), lines);
}
/** The resolution as people read it: one package a line. */
function resolvedText(resolution) {
	return resolution.lines.map((line) => `${withoutCredentials(line)}\n`).join("");
}
// src/build/installer/own-sources.ts
/**
* Has packages of the repository built from a copy: what their build leaves there (objects, libraries) is no part of the source, and
* must not be taken for its own by the next build, which may be one for another system.
*
* @param scratch - folder of this one build
* @returns where they are built from, and the requirements that say so
*/
async function ownSources(top, requirements, scratch) {
	if (!requirements.lines.some(({ canonical }) => canonical.includes(" sha256:"))) return {
		top,
		requirements
	};
	const copy = join(scratch, "top");
	await copyTree(top, copy);
	const lines = requirements.lines.map((line) => ({
		...line,
		text: line.text.replaceAll(top, copy)
	}));
	return {
		top: copy,
		requirements: {
			...requirements,
			lines
		}
	};
}
// src/build/installer/unfit.ts
/** All packages that are not to be had for the host: an installer ends at the first of them. */
/** Packages asked for at the same time. */
const CONCURRENCY = 4;
/**
* Resolves or installs; where a package is not to be had for the host, looks at each of the others too.
*
* @throws BuildErrors naming all that the requirements name and that are there, but for none like the host
*/
async function namingAllUnfit(work, requirements, act) {
	try {
		return await act();
	} catch (thrown) {
		if (!(thrown instanceof UnfitError)) throw thrown;
		const faults = (await eachAlone(work, requirements, requirements.lines.filter(isFromIndex))).filter((fault) => fault instanceof UnfitError);
		refuse(faults.some((fault) => fault.package === thrown.package) ? faults : [thrown, ...faults]);
		throw thrown;
	}
}
/**
* Asks for each of the lines by itself, without what it needs in turn.
*
* @param lines some of the requirements, or what they came to
* @returns in their order the fault of each, or null
*/
async function eachAlone(work, requirements, lines) {
	const common = requirements.lines.filter(({ kind, text }) => kind === "constraint" || kind === "option" && text !== "--require-hashes");
	const aim = [
		...work.aim,
		...lockedIndexes(work, requirements),
		"--no-deps"
	];
	const faults = lines.map(() => null);
	const waiting = [...lines.entries()];
	const worker = async () => {
		for (let next = waiting.shift(); next !== void 0; next = waiting.shift()) {
			const [at, line] = next;
			const scratch = await mkdtemp(join(work.scratch, "alone-"));
			const bare = {
				...line,
				text: line.text.replace(/\s+--hash=\S+/g, "")
			};
			const alone = {
				file: requirements.file,
				lines: [...common, bare],
				locked: false
			};
			faults[at] = await resolve({
				...work,
				scratch,
				aim
			}, alone).then(() => null, (thrown) => {
				if (thrown instanceof BuildError) return thrown;
				throw thrown;
			});
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, worker));
	return faults;
}
/** Whether a requirement is one of an index, and not of an address or a path. Pure. */
function isFromIndex({ kind, canonical }) {
	return kind === "requirement" && !canonical.includes(" sha256:") && !/^[^;]* @ /.test(canonical);
}
// src/build/debian/runner-files.ts
/** Files of the runner that decide how an installer reaches an index, and whom it trusts: they count inside a system too. */
/** Variables whose values name files or folders: authorities, logins, settings, and packages that lie on the runner. */
const NAMING = /^(PIP_(CERT|CLIENT_CERT|CONFIG_FILE|FIND_LINKS|(EXTRA_)?INDEX_URL|(BUILD_)?CONSTRAINT)|UV_(FIND_LINKS|(EXTRA_)?INDEX_URL|(DEFAULT_)?INDEX|(BUILD_)?CONSTRAINT|OVERRIDE)|SSL_(CERT_FILE|CERT_DIR|CLIENT_CERT)|(REQUESTS|CURL)_CA_BUNDLE|GIT_SSL_(CAINFO|CAPATH)|NETRC)$/;
/** The same in a configuration file of pip. */
const SETTINGS = /^(cert|client-cert|find-links|(extra-)?index-url|(build-)?constraint)$/;
/** pip's configuration of the whole machine. */
const OF_ALL = ["/etc/pip.conf", "/etc/xdg/pip/pip.conf"];
/** What there is of them; where one cannot be read, that is for the installer to say. */
async function runnerFiles(env) {
	const own = env["HOME"] ?? homedir();
	const config = env["XDG_CONFIG_HOME"] || join(own, ".config");
	const home = await existing([
		{
			name: ".netrc",
			path: join(own, ".netrc")
		},
		{
			name: ".config/pip/pip.conf",
			path: join(config, "pip/pip.conf")
		},
		{
			name: ".pip/pip.conf",
			path: join(own, ".pip/pip.conf")
		}
	]);
	const named = pathsOf(env).map((path) => ({ path }));
	const all = await existing([
		...OF_ALL.map((path) => ({ path })),
		...home,
		...named
	]);
	const ignored = env["PIP_CONFIG_FILE"] === "/dev/null";
	const configurations = await Promise.all(all.filter(({ path }) => !ignored && (path.endsWith("/pip.conf") || path === env["PIP_CONFIG_FILE"])).map(({ path }) => readFile(path, "utf8").catch(() => "")));
	const found = [...all, ...await existing(configurations.flatMap(pathsOfConfig).map((path) => ({ path })))];
	const namesAuthority = env["PIP_CERT"] !== void 0 || configurations.some((text) => /^cert\s*[=:]/m.test(text));
	return {
		paths: [...new Set(found.map(({ path }) => path))],
		home,
		configurations,
		namesAuthority
	};
}
/** Paths in the variables that name some. Pure. */
function pathsOf(env) {
	return Object.entries(env).flatMap(([name, value = ""]) => NAMING.test(name) ? pathsIn(value) : []);
}
/** Paths in a configuration file of pip. Pure. */
function pathsOfConfig(text) {
	return settingsOf(text).flatMap(({ name, value }) => SETTINGS.test(name) ? value.split("\n").flatMap(pathsIn) : []);
}
/** Settings in a configuration file of pip, whichever command they are for; a value may have several lines. Pure. */
function settingsOf(text) {
	const found = [];
	for (const line of text.split(/\r?\n/)) {
		const [, name, value = ""] = /^([\w-]+)\s*[=:](.*)$/.exec(line) ?? [];
		const last = found.at(-1);
		if (name !== void 0) found.push({
			name: name.toLowerCase().replaceAll("_", "-"),
			value: value.trim()
		});
		else if (last !== void 0 && /^\s+[^\s#;]/.test(line)) last.value = `${last.value}\n${line.trim()}`.trim();
	}
	return found;
}
/** One path, or several between blanks, commas or colons; as they are, or as addresses. */
function pathsIn(value) {
	const words = value.split(/[\s,]+/).map((word) => word.replace(/^[\w-]+=/, ""));
	const addresses = words.flatMap((word) => {
		const url = word.startsWith("file:///") ? URL.parse(word) : null;
		return url === null ? [] : [decoded(url.pathname)];
	});
	const lists = words.flatMap((word) => word.includes("://") ? [] : word.split(":"));
	return [...new Set([
		value,
		...words,
		...lists
	].filter(isAbsolute)), ...addresses];
}
/** Devices (`/dev/null` for "none") are in every system. */
async function existing(files) {
	const kinds = await Promise.all(files.map(({ path }) => stat(path).then((found) => found.isFile() || found.isDirectory(), () => false)));
	return files.filter((_, at) => kinds[at]);
}
/**
* Lines whose order counts: of two indexes that have a package uv takes the first, and of what may be compiled pip takes the last word
* (`:none:` takes back what stands before it).
*/
const ORDERED = /^--(extra-)?index-url |^--find-links |^--(no|only)-binary /;
/** Settings of pip and uv that change what they install, as variables have them. */
const COUNTS = /^(PIP|UV)_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|NO_BINARY|NO_BINARY_PACKAGE|ONLY_BINARY|NO_BUILD\w*|PREFER_BINARY|PRE|PRERELEASE|RESOLUTION|INDEX_STRATEGY|EXCLUDE_NEWER|EXCLUDE_NEWER_PACKAGE|UPLOADED_PRIOR_TO|CONFIG_SETTINGS|CONSTRAINT|BUILD_CONSTRAINT|OVERRIDE)$/;
/** Those that name files: what is in these counts. */
const NAMES_FILES = /_(CONSTRAINT|OVERRIDE)$/;
/**
* Name of what an environment is made from, known without resolving anything.
*
* @param options - see {@link installerOptions}
*/
function inputsHash(requirements, target, options) {
	const { minor, abi, machine, libc, libcVersion } = target;
	const canonical = requirements.lines.map((line) => line.canonical);
	const ordered = canonical.filter((line) => ORDERED.test(line));
	const others = canonical.filter((line) => !ORDERED.test(line));
	const made = {
		format: 2,
		locked: requirements.locked,
		lines: [...new Set(others)].sort(),
		ordered,
		target: {
			minor,
			abi,
			machine,
			libc,
			libcVersion
		},
		options: Object.entries(options).sort(([a], [b]) => a < b ? -1 : 1)
	};
	return createHash("sha256").update(JSON.stringify(made)).digest("hex");
}
/**
* Settings of pip and uv that change what they install, in the environment and in pip's own configuration files; without credentials, and with
* digests of the files that they name.
*
* @param top - folder of the source tree, where installers run
*/
async function installerOptions(top, env = process.env) {
	const given = Object.keys(env).sort().map((name) => ({
		shown: name,
		name,
		value: env[name] ?? ""
	}));
	const { configurations } = await runnerFiles(env);
	const configured = configurations.flatMap(settingsOf).map(({ name, value }) => ({
		shown: `pip.conf ${name}`,
		name: `PIP_${name.toUpperCase().replaceAll("-", "_")}`,
		value
	}));
	const options = {};
	for (const { shown, name, value } of [...given, ...configured]) {
		if (!COUNTS.test(name) || value.trim() === "") continue;
		const digests = NAMES_FILES.test(name) ? await digestsOf(value, top) : [];
		options[shown] = [
			...options[shown] === void 0 ? [] : [options[shown]],
			withoutCredentials(value.trim().replace(/\s+/g, " ")),
			...digests
		].join(" ");
	}
	return options;
}
/** Digests of the files that a setting names, between blanks. What is not there is for the installer to say. */
async function digestsOf(value, top) {
	return (await Promise.all(value.split(/\s+/).map(async (word) => {
		if (word.includes("://") && !word.startsWith("file://")) return [];
		try {
			const path = word.startsWith("file://") ? fileURLToPath(word) : resolve$1(top, word);
			return [`sha256:${sha256(await readFile(path))}`];
		} catch {
			return [];
		}
	}))).flat();
}
// src/build/target/wheels-alone.ts
/** Environments for a host that is another machine than the runner: nothing can be compiled for it here. */
const WHEELS_ALONE = ["--only-binary", ":all:"];
/**
* Resolves to versions that have wheels for the host.
*
* Packages that are named by an address or a path have no wheels on an index: they may be built here, as they are mostly
* Python alone; what was compiled is refused when all is installed.
*
* @throws BuildErrors naming every requirement that has no wheel
*/
async function resolveWheelsAlone(work, requirements) {
	const direct = requirements.lines.some((line) => line.kind === "requirement" && !isFromIndex(line));
	const resolution = await resolve(direct ? work : withWheelsAlone(work), requirements).catch(async (thrown) => {
		if (!(thrown instanceof BuildError)) throw thrown;
		const learnt = direct ? null : await resolve(work, requirements).catch(() => null);
		const lines = learnt === null ? requirements.lines.filter(isFromIndex) : pinsOf(learnt, requirements);
		refuse(await lackingWheels(work, requirements, lines));
		throw thrown;
	});
	if (direct || requirements.locked) refuse(await lackingWheels(work, requirements, pinsOf(resolution, requirements)));
	return resolution;
}
function withWheelsAlone(work) {
	return {
		...work,
		aim: [...work.aim, ...WHEELS_ALONE]
	};
}
/** The packages of the index, each at the line that asks for it where one does. */
function pinsOf(resolution, { file, lines }) {
	return resolution.lines.flatMap((resolved) => {
		const [text, name = ""] = /^([^@ =]+)==[^ ]+/.exec(resolved) ?? [];
		if (text === void 0) return [];
		const asked = lines.find(({ kind, canonical }) => kind === "requirement" && /^[\w-]+/.exec(canonical)?.[0] === normaliseName(name.replace(/\[.*/, "")));
		return [{
			kind: "requirement",
			text,
			canonical: text,
			file: asked?.file ?? file,
			line: asked?.line ?? 1
		}];
	});
}
/** The faults of those that have no wheel for the host. What is not to be had at all, for any host, is not among them. */
async function lackingWheels(work, requirements, lines) {
	const wheels = await eachAlone(withWheelsAlone(work), requirements, lines);
	const lacking = lines.filter((_, at) => wheels[at] !== null);
	const sources = await eachAlone(work, requirements, lacking);
	return lacking.flatMap((line, at) => {
		const fault = sources[at] ?? null;
		if (fault instanceof UnfitError) return [fault];
		return fault === null || isCompileFault(fault.output) ? [lackingWheel(line, work)] : [];
	});
}
function lackingWheel({ text, file, line }, { target }) {
	const package_ = text.replace(/\s*(;| --).*$/, "").replace("==", " ");
	return new BuildError(`${package_} has no wheel for ${targetWords(target)}`, {
		mend: `ask for a version that has one, or let the job run on a runner of the host's kind, where it can be compiled (runs-on: ${runnerFor(target.machine)})`,
		place: {
			file,
			line
		}
	});
}
/** Label of GitHub's runners of a machine. Pure. */
function runnerFor(machine) {
	return machine === "aarch64" ? "ubuntu-24.04-arm" : "ubuntu-24.04";
}
// src/build/env/extras.ts
/** Extras that are asked for and do not exist: an installer only warns of them, and the site lacks a package when it starts. */
/**
* Faults of lines that ask an installed package for an extra that it does not have. Pure.
*
* @param metadata of the installed packages
*/
function unknownExtras(lines, metadata) {
	const installed = metadata.map((text) => ({
		name: normaliseName(/^Name:\s*(\S+)/m.exec(text)?.[1] ?? ""),
		version: /^Version:\s*(\S+)/m.exec(text)?.[1] ?? "",
		extras: [...text.matchAll(/^Provides-Extra:\s*(\S+)/gm)].map(([, extra = ""]) => normaliseName(extra))
	}));
	return lines.flatMap(({ kind, canonical, file, line }) => {
		const [, name, asked = ""] = kind === "requirement" && /^([a-z0-9-]+)\[([^\]]+)\]/.exec(canonical) || [];
		const found = installed.find((one) => one.name === name);
		const unknown = asked.split(",").filter((extra) => extra !== "" && found?.extras.includes(extra) === false);
		if (found === void 0 || unknown.length === 0) return [];
		const there = found.extras.length === 0 ? "it has none" : `it has ${found.extras.toSorted().join(", ")}`;
		return [new BuildError(`${found.name} ${found.version} has no extra ${unknown.join(", ")}`, {
			mend: `mend its name, or leave it out: ${there}`,
			place: {
				file,
				line
			}
		})];
	});
}
// src/build/cache/bytecode.ts
/** Bytecode that is kept on this machine: each unit's in a file of its own, by what it is made from. */
const DIGEST_BYTES = 32;
const DAY_MS = 864e5;
const digestOf$1 = (content) => createHash("sha256").update(content).digest();
/** What is kept under a name; null where there is nothing, or it is damaged: it is then made anew, and takes its place. */
function keptBytecode(folder, name) {
	const path = join(folder, name);
	try {
		const whole = readFileSync(path);
		const content = whole.subarray(DIGEST_BYTES);
		if (!digestOf$1(content).equals(whole.subarray(0, DIGEST_BYTES))) return null;
		const now = /* @__PURE__ */ new Date();
		utimesSync(path, now, now);
		return content;
	} catch (thrown) {
		if (codeOf(thrown) === "ENOENT") return null;
		throw thrown;
	}
}
/** Keeps it by one rename: another run may do the same at this moment. */
function keepBytecode(folder, name, content) {
	const fresh = join(folder, `${name}.${randomUUID()}`);
	writeFileSync(fresh, Buffer.concat([digestOf$1(content), content]));
	renameSync(fresh, join(folder, name));
}
/** What nobody used for long, and what killed runs have left; once a day, as there are thousands. */
async function pruneBytecode(folder) {
	const stamp = `${folder}.pruned`;
	const before = await stat(stamp).catch(() => null);
	if (before !== null && Date.now() - before.mtimeMs < DAY_MS) return;
	await writeFile(stamp, "");
	for (const name of await readdir(folder)) {
		const path = join(folder, name);
		const used = await stat(path).catch(() => null);
		if (used !== null && Date.now() - used.mtimeMs > 2592e6) await rm(path, { force: true });
	}
}
// src/build/env/compiler.ts
/** The Python that compiles. */
/**
* Compiles each unit in a process of its own, forked from one that has done nothing else: what a process compiled before decides
* about some bits (which constants marshal shares), and even what it has read. So the first process must not learn what the units
* are, only how many. Where another program here gives other bits, BUILD_FORMAT has to change.
*
* FOLDER PLAN INTO COUNT JOBS FLAGS. PLAN has the units' paths, ended by NUL, each unit ended by one more; into INTO/<number> goes the
* bytecode of a unit's modules in their order, each after its length in 4 bytes; 0 where a module cannot be compiled. FLAGS are those
* of its head: 1 where no import compares it with its source, 3 where each does.
*/
const PROGRAM = `
import sys
sys.path.pop(0)  # the folder it was started in
import importlib.util, marshal, os

HEAD = importlib.util.MAGIC_NUMBER + int(sys.argv.pop()).to_bytes(4, "little")

def compiled(path):
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, os.fsdecode(path), "exec", dont_inherit=True)
    except Exception:
        return b""
    return HEAD + importlib.util.source_hash(source) + marshal.dumps(code)

def compile_unit(plan, number, into):
    with open(plan, "rb") as file:
        paths = file.read().split(b"\\0\\0")[number].split(b"\\0")
    with open(os.path.join(into, str(number)), "wb") as pack:
        for path in paths:
            made = compiled(path)
            pack.write(len(made).to_bytes(4, "little") + made)

def wait():
    _, status = os.wait()
    return status != 0

def main(folder, plan, into, count, jobs):
    os.chdir(folder)
    running = 0
    failed = False
    for number in range(int(count)):
        if running == int(jobs):
            failed |= wait()
            running -= 1
        if os.fork() == 0:
            try:
                compile_unit(plan, number, into)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        running += 1
    for _ in range(running):
        failed |= wait()
    sys.exit(failed)

main(*sys.argv[1:])
`;
/** All that decides about bytecode besides the sources, in words; and the part of file names that stands for it. */
async function askCompiler(compiler) {
	const { stdout } = await runPython(compiler, "import sys; print(sys.implementation.cache_tag, sys.version)", []);
	return {
		version: stdout,
		tag: stdout.split(" ")[0] ?? ""
	};
}
/**
* Compiles what is below a folder.
*
* @param folder - paths are relative to it, and so is what the bytecode says of where its source is
* @param jobs - how many units at once
* @param checked - whether each import compares it with its source
* @returns the file with each unit's bytecode, see {@link modulesOf}
*/
async function compileUnits(compiler, folder, units, jobs, checked) {
	const into = join(compiler.scratch, "bytecode");
	const plan = join(compiler.scratch, "bytecode.plan");
	await mkdir(into, { recursive: true });
	await writeFile(plan, units.map((unit) => unit.map(({ path }) => path).join("\0")).join("\0\0"));
	const args = [
		folder,
		plan,
		into,
		String(units.length),
		String(jobs),
		checked ? "3" : "1"
	];
	await runPython(compiler, PROGRAM, args).catch((thrown) => {
		if (!(thrown instanceof BuildError)) throw thrown;
		throw new BuildError(`Python modules could not be compiled to bytecode with ${compiler.python}`, {
			mend: "see what Python says; is the disk of the runner full, or its memory?",
			output: [...thrown.output],
			cause: thrown
		});
	});
	return units.map((_, number) => join(into, String(number)));
}
/** Bytecode of each module of a unit, in their order; null for what cannot be compiled: packages do ship templates, and tests for other Pythons. */
function modulesOf(unit) {
	const modules = [];
	for (let at = 0; at < unit.length;) {
		const start = at + 4;
		at = start + unit.readUInt32LE(at);
		modules.push(at === start ? null : unit.subarray(start, at));
	}
	return modules;
}
function runPython({ python, scratch, within }, program, args) {
	return run([
		python,
		"-S",
		"-W",
		"ignore",
		"-c",
		program,
		...args
	], {
		cwd: scratch,
		env: {
			PATH: "/usr/bin:/bin",
			PYTHONHASHSEED: "0",
			LC_ALL: "C.UTF-8"
		},
		within
	});
}
// src/build/env/bytecode.ts
/**
* Writes the bytecode of modules beside them. What is kept of the same sources and of the same Python is taken; either way it
* comes out of the same kind of file, so that nothing tells which it was.
*
* @returns what a manifest says of it
*/
async function compile(folder, units, options) {
	const { kept, jobs = availableParallelism(), checked = false, inspect } = options;
	const { version, tag } = await askCompiler(options);
	const name = (unit) => nameOf(unit, version, checked);
	const made = [];
	const folders = /* @__PURE__ */ new Set();
	const place = (unit, bytecode) => {
		for (const [index, content] of modulesOf(bytecode).entries()) {
			const source = unit[index];
			if (content === null || source === void 0) continue;
			const path = bytecodePath(source.path, tag);
			inspect?.(path, content, true);
			const parent = dirname(path);
			if (!folders.has(parent)) mkdirSync(`${folder}/${parent}`, { recursive: true });
			folders.add(parent);
			writeFileSync(`${folder}/${path}`, content);
			made.push({
				kind: "file",
				sha256: sha256(content),
				bytes: content.length,
				path
			});
		}
	};
	const turn = turns();
	const missing = [];
	for (const unit of units) {
		await turn();
		const found = kept === null ? null : keptBytecode(kept, name(unit));
		if (found === null) missing.push(unit);
		else place(unit, found);
	}
	if (missing.length === 0) return made;
	if (kept !== null) mkdirSync(kept, { recursive: true });
	for (const [index, path] of (await compileUnits(options, folder, missing, jobs, checked)).entries()) {
		await turn();
		const unit = missing[index] ?? [];
		const bytecode = readFileSync(path);
		place(unit, bytecode);
		if (kept !== null) keepBytecode(kept, name(unit), bytecode);
	}
	if (kept !== null) await pruneBytecode(kept);
	return made;
}
/** Where Python looks for the bytecode of a module. Pure. */
function bytecodePath(source, tag) {
	return posix.join(posix.dirname(source), "__pycache__", `${posix.basename(source, ".py")}.${tag}.pyc`);
}
/** Name under which a unit's bytecode is kept: all that it is made from. Pure. */
function nameOf(unit, version, checked) {
	const made = {
		format: 2,
		version,
		checked,
		unit: unit.map(({ path, sha256: content }) => [path, content])
	};
	return sha256(JSON.stringify(made));
}
// src/build/env/scripts.ts
/**
* First lines of a script that runs with the Python beside it, wherever its folder stands and through whatever links it
* is called: to `sh` an exec, to Python a string. (A `#!` line can hold neither a relative path nor a long one.)
*/
const RELOCATABLE = `#!/bin/sh
'''exec' "$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"
' '''
`;
/** Files in dist-info that tell how and by whom a package was installed; they differ from run to run. */
const TRACES = /^(INSTALLER|REQUESTED|uv_.*\.json)$/;
/** Bytecode that a wheel brings: it is not ours. */
const FOREIGN$1 = /(^|\/)__pycache__\/[^/]+\.py[co]$/;
/** A script for one entry point, the same whichever installer ran. Pure. */
function entryPointScript(module, attribute) {
	const [name = ""] = attribute.split(".");
	return `${RELOCATABLE}import sys\nfrom ${module} import ${name}\n\nif __name__ == "__main__":\n    sys.exit(${attribute}())\n`;
}
/** Console and GUI scripts in the text of an `entry_points.txt`. Pure. */
function entryPoints(text) {
	const found = [];
	let section = "";
	for (const raw of text.split(/\r?\n/)) {
		const line = raw.trim();
		const head = /^\[(.*)\]$/.exec(line);
		if (head) section = (head[1] ?? "").trim();
		else if (section === "console_scripts" || section === "gui_scripts") {
			const entry = /^([^=#;]+?)\s*=\s*([\w.]+)\s*:\s*([\w.]+)/.exec(line);
			if (entry) found.push({
				script: entry[1] ?? "",
				module: entry[2] ?? "",
				attribute: entry[3] ?? ""
			});
		}
	}
	return found;
}
/**
* A script whose interpreter is `folder`'s Python, made to find it beside itself; null when it is not such a script.
* Knows both forms that installers write: `#!FOLDER/bin/python`, and for long paths `#!/bin/sh` and an exec. Pure.
*/
function relocated(script, folder) {
	const lines = script.split("\n");
	const [first = "", second = "", third = ""] = lines;
	if (first.startsWith("#!") && first.includes(`${folder}/bin/python`)) return RELOCATABLE + lines.slice(1).join("\n");
	if (first === "#!/bin/sh" && second.includes(`${folder}/bin/python`) && third.startsWith("' '''")) return RELOCATABLE + lines.slice(3).join("\n");
	return null;
}
/**
* Makes the scripts of an environment relocatable, takes out the traces of installing and foreign bytecode, and writes
* every RECORD anew so that it names what is there, in one order.
*
* @param folder - the virtualenv
* @param site - its site-packages
* @returns what is there, and the paths that each distribution names
*/
async function normaliseDistributions(folder, site) {
	const infos = (await readdir(site)).filter((name) => name.endsWith(".dist-info")).sort();
	const bin = join(folder, "bin");
	const generated = /* @__PURE__ */ new Set();
	for (const info of infos) {
		const text = await readOptional(join(site, info, "entry_points.txt"));
		for (const { script, module, attribute } of entryPoints(text ?? "")) {
			const path = join(bin, script);
			if (!await exists(path)) continue;
			await writeFile(path, entryPointScript(module, attribute));
			await chmod(path, 493);
			generated.add(script);
		}
	}
	for (const script of (await readdir(bin)).filter((name) => !generated.has(name))) {
		const path = join(bin, script);
		if (!(await lstat(path)).isFile()) continue;
		const content = await readFile(path);
		const text = content.subarray(0, 2).toString("latin1") === "#!" ? content.toString("utf8") : null;
		const mended = text === null ? null : relocated(text, folder);
		if (mended !== null) await writeFile(path, mended);
	}
	for (const info of infos) {
		for (const name of await readdir(join(site, info))) if (TRACES.test(name)) await rm(join(site, info, name), { recursive: true });
		await removeLocalAddress(join(site, info, "direct_url.json"));
	}
	const { foreign = [], files = [] } = Object.groupBy(await filesIn(folder, "the environment"), ({ path }) => FOREIGN$1.test(path) ? "foreign" : "files");
	for (const { path } of foreign) await rm(join(folder, path));
	const present = new Set(files.map(({ path }) => path));
	const distributions = [];
	for (const info of infos) distributions.push(await rewriteRecord(folder, posix.relative(folder, site), info, present));
	return {
		files,
		distributions
	};
}
/** An address within the runner says nothing on a host, and one on the web may hold a token. */
async function removeLocalAddress(path) {
	const text = await readOptional(path);
	if (text !== null && /"url":\s*"(file:|[^"]*@[^"/]*\/)/.test(text)) await rm(path);
}
/** @returns the paths in it, relative to the environment */
async function rewriteRecord(folder, site, info, present) {
	const record = join(folder, site, info, "RECORD");
	const text = await readOptional(record);
	if (text === null) return [];
	const rows = [];
	const paths = [];
	for (const [written = "", hash = "", size = ""] of csvRows(text)) {
		const name = posix.normalize(written);
		const path = posix.join(site, name);
		if (!present.has(path)) continue;
		paths.push(path);
		if (name === `${info}/RECORD`) rows.push(csvRow([
			name,
			"",
			""
		]));
		else rows.push(csvRow(/(^|\/)bin\/[^/]+$/.test(name) ? await rowOf(folder, path, name) : [
			name,
			hash,
			size
		]));
	}
	const sorted = rows.map((row) => Buffer.from(`${row}\n`)).sort(Buffer.compare);
	await writeFile(record, Buffer.concat(sorted));
	return paths;
}
async function rowOf(folder, path, name) {
	const content = await readFile(join(folder, path));
	return [
		name,
		`sha256=${createHash("sha256").update(content).digest("base64url")}`,
		String(content.length)
	];
}
/** Rows of a RECORD: CSV with `"` around fields that need it. Pure. */
function csvRows(text) {
	return text.split(/\r?\n/).filter((line) => line !== "").map((line) => line.includes("\"") ? quotedFields(line) : line.split(","));
}
function quotedFields(line) {
	return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll("\"\"", "\"") ?? plain ?? "");
}
function csvRow(fields) {
	return fields.map((value) => /[",\n]/.test(value) ? `"${value.replaceAll("\"", "\"\"")}"` : value).join(",");
}
async function readOptional(path) {
	try {
		return await readFile(path, "utf8");
	} catch (thrown) {
		if (codeOf(thrown) === "ENOENT") return null;
		throw thrown;
	}
}
async function exists(path) {
	try {
		await lstat(path);
		return true;
	} catch (thrown) {
		if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") return false;
		throw thrown;
	}
}
// src/build/env/trace.ts
/**
* Looks for the path of an environment's own folder in all files that are read, piece by piece.
* @returns what throws a BuildError naming the first file that holds it
*/
function refuseTrace(folder) {
	const needle = Buffer.from(folder);
	const room = needle.length - 1;
	/** The end of the piece before: it may begin there, and end in the next. */
	let end = Buffer.alloc(0);
	return (path, piece, first) => {
		const across = first ? null : Buffer.concat([end, piece.subarray(0, room)]);
		if (piece.includes(needle) || across?.includes(needle) === true) throw new BuildError(`${path} in the environment holds the folder it was built in (${folder})`, { mend: "that package writes its own path when it is installed and would not run on the host; use a wheel of it, or another version" });
		end = Buffer.from((across === null || piece.length >= room ? piece : Buffer.concat([end, piece])).subarray(-room));
	};
}
// src/build/env/units.ts
/** A distribution whose sources are more than this is compiled in several parts, at once. */
const PART_BYTES = 1048576;
/** Whether it is the path of a module's source, and not of a script beside the environment's libraries. Pure. */
function isModule(path) {
	return path.startsWith("lib/") && path.endsWith(".py");
}
/** The same of an entry. (A wheel brings no links.) Pure. */
function isSource(entry) {
	return entry.kind !== "link" && isModule(entry.path);
}
/**
* Puts the modules of each distribution into units of their own, in an order and in parts that depend on nothing but that
* distribution's files; what belongs to none makes one more. The largest come first, so that several processes end together. Pure.
*
* @param distributions - paths that each of them has; a path that several have is the first one's
*/
function unitsOf(sources, distributions) {
	const owners = /* @__PURE__ */ new Map();
	for (const [owner, paths] of distributions.entries()) for (const path of paths) if (!owners.has(path)) owners.set(path, owner);
	return [...Map.groupBy(sources, ({ path }) => owners.get(path) ?? -1).values()].flatMap(partsOf).sort((a, b) => b.bytes - a.bytes).map(({ sources: unit }) => unit);
}
function partsOf(sources) {
	const parts = [];
	for (const source of sources.toSorted((a, b) => a.path < b.path ? -1 : 1)) {
		let part = parts.at(-1);
		if (part === void 0 || part.bytes >= PART_BYTES) {
			part = {
				sources: [],
				bytes: 0
			};
			parts.push(part);
		}
		part.sources.push(source);
		part.bytes += source.bytes;
	}
	return parts;
}
// src/build/env/finish.ts
/** The tree's name in errors. */
const WHAT$1 = "the environment";
/**
* Makes an environment of what an installer left: nothing of it tells where it was built or by whom, and all modules are
* compiled. All is read but once: for its digest, and for the folder's path.
*
* @throws BuildError naming the first file that holds that path
*/
async function finish(folder, site, options) {
	const { files, distributions } = await normaliseDistributions(folder, site);
	const inspect = refuseTrace(folder);
	const { modules = [], others = [] } = Object.groupBy(files, ({ path }) => isModule(path) ? "modules" : "others");
	const first = await entriesOf(folder, modules, WHAT$1, { inspect });
	const entries = (await Promise.allSettled([compile(folder, unitsOf(first.filter(isSource), distributions), {
		...options,
		inspect
	}), entriesOf(folder, others, WHAT$1, { inspect: refuseTrace(folder) })])).map((part) => {
		if (part.status === "rejected") throw part.reason;
		return part.value;
	});
	return {
		folder,
		manifest: manifestFrom([...first, ...entries.flat()])
	};
}
// src/build/env/env.ts
/**
* Resolves requirements and builds the environment from them, without a trace of where it was built; the same wheels give
* the same bytes.
*
* @throws BuildError with the installer's words, or naming the file that holds the build folder's path
*/
async function buildEnv(options) {
	const { match } = options;
	const system = options.system ?? null;
	if (system === null) return await buildIn(options, match);
	const open = async (why) => {
		const within = await system.open(why);
		options.log?.(`building in ${system.name}`);
		return await buildIn(options, system.match(match), {
			name: system.name,
			packages: system.packages,
			within
		});
	};
	if (system.always) return await open("the environment is built");
	try {
		const built = await buildIn(options, match);
		const compiled = built.wheels.filter(isCompiledHere).map(({ name, version }) => `${name} ${version}`);
		return compiled.length === 0 ? built : await open(`${compiled.join(", ")} must be compiled, which is done`);
	} catch (thrown) {
		if (!(thrown instanceof BuildError) || !isCompileFault(thrown.output)) throw thrown;
		return await open(`${thrown.message}; packages are compiled`);
	}
}
async function buildIn(options, match, place) {
	const log = options.log ?? (() => void 0);
	const scratch = await mkdtemp(join(await realpath(options.scratch), "env-"));
	const { top, requirements } = await ownSources(options.top, options.requirements, scratch);
	const folder = join(scratch, "env");
	const given = options.env ?? process.env;
	const how = {
		env: installerEnv(given),
		cwd: top,
		within: place?.within,
		secrets: loginSecrets(requirements.lines, given)
	};
	const installer = await findInstaller(match.runner, how, scratch);
	await run([
		match.runner.executable,
		"-m",
		"venv",
		"--without-pip",
		folder
	], how);
	const site = join(folder, "lib", `python${match.target.minor}`, "site-packages");
	await pretendHost(installer.name, match, site);
	const skeleton = (await filesIn(folder, "the environment")).map(({ path }) => path);
	const work = {
		installer,
		folder,
		scratch,
		top: await realpath(top),
		target: match.target,
		aim: installer.name === "uv" ? uvPlatform(match.target) : [],
		run: how
	};
	log(`${requirements.locked ? "taking" : "resolving"} ${requirements.file} with ${installer.name} ${installer.version} for Python ${match.host.minor}`);
	const resolution = await namingAllUnfit(work, requirements, () => (isForeign(match) ? resolveWheelsAlone : resolve)(work, requirements));
	refuse(lackingPackages(options.needs ?? [], resolution.lines, requirements));
	log(`installing ${resolution.lines.length} packages`);
	await namingAllUnfit(work, requirements, () => install(work, resolution, requirements));
	refuse(unknownExtras(requirements.lines, (await readMetadata(site)).map(({ metadata }) => metadata)));
	log("compiling");
	for (const path of [...skeleton, ".lock"]) await rm(join(folder, path), { force: true });
	const { executable } = match.runner;
	const tree = await finish(folder, site, {
		python: executable,
		scratch,
		within: place?.within,
		kept: options.bytecode ?? null
	});
	const wheels = await readWheels(site);
	const local = requirements.lines.filter((line) => line.canonical.includes(" sha256:")).map((line) => line.canonical);
	return {
		hash: envHash([...resolution.lines, ...local], match.target, {
			...await installerOptions(options.top, given),
			installer: installer.name,
			...placeOptions(place)
		}),
		tree,
		python: match.target.minor,
		packages: wheels.map(({ name, version }) => ({
			name: normaliseName(name),
			version
		})),
		wheels,
		requirements: resolvedText(resolution),
		builtOn: match.runner.libc,
		system: place?.name ?? null,
		created: (/* @__PURE__ */ new Date()).toISOString()
	};
}
function placeOptions(place) {
	return place === void 0 ? {} : {
		system: place.name,
		packages: place.packages.join(" ")
	};
}
/** Faults of requirements that do not come to a package that is needed: told before anything is installed. Pure. */
function lackingPackages(needs, resolved, { file, locked }) {
	const names = resolved.map((line) => /^([a-z0-9-]+)(?:\[|==| @)/.exec(line)?.[1]);
	if (names.includes(void 0)) return [];
	return needs.filter((need) => !names.includes(need)).map((need) => new BuildError(`${need} is not among the packages that these requirements come to`, {
		mend: mendLacking(need, file, locked),
		place: { file }
	}));
}
function mendLacking(need, file, locked) {
	if (locked) return `add ${need} to the project's dependencies, and lock again`;
	return file.endsWith("pyproject.toml") ? `add "${need}" to its dependencies` : `add a line "${need}"`;
}
/** Name of an environment: the resolved list, what it is resolved for, and how. Pure. */
function envHash(lines, target, options) {
	const { minor, abi, machine, libc, libcVersion } = target;
	const made = {
		format: 2,
		lines: lines.toSorted(),
		target: {
			minor,
			abi,
			machine,
			libc,
			libcVersion
		},
		options: Object.entries(options).sort(([a], [b]) => a < b ? -1 : 1)
	};
	return createHash("sha256").update(JSON.stringify(made)).digest("hex");
}
// src/build/cache/lock.ts
/**
* Node has no flock, and lock files that a killed run leaves behind would block the next one: so a Python holds the lock.
* The kernel frees it with its process, which ends as soon as ours does (its standard input closes).
*/
const HOLD = `
import fcntl, sys
file = open(sys.argv[1], "a")
try:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("waiting", flush=True)
    fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
`;
/**
* Takes the lock on a file, which is made when missing; waits while another process of this machine has it.
*
* @param onWait - called once when it has to wait
*/
async function takeLock(python, file, onWait) {
	const child = spawn(python, [
		"-I",
		"-S",
		"-c",
		HOLD,
		file
	], { stdio: [
		"pipe",
		"pipe",
		"inherit"
	] });
	cancelling.getStore()?.addEventListener("abort", () => child.kill());
	let waited = false;
	const ended = new Promise((resolve) => child.once("close", () => resolve()));
	await new Promise((resolve, reject) => {
		let said = "";
		child.once("error", reject);
		child.once("close", (code) => reject(new BuildError(`the lock ${file} could not be taken (exit status ${code})`, { mend: "see that its folder can be written" })));
		child.stdout.on("data", (bytes) => {
			said += bytes.toString();
			if (!waited && said.includes("waiting\n")) {
				waited = true;
				onWait();
			}
			if (said.includes("held\n")) resolve();
		});
	});
	return {
		waited,
		[Symbol.asyncDispose]: async () => {
			child.stdin.end();
			await ended;
		}
	};
}
// src/build/cache/tree.ts
/** A kept folder, checked against the digest of its manifest without reading everything each time. */
/** After so long everything is read again. */
const TRUSTED_MS = 864e5;
/** Changed so shortly before it was read, a file could have been changed once more at the same time of the kernel's clock. */
const SETTLED_MS = 1e3;
/** Not by a schema of each: that takes a quarter of a second for a large environment. Whatever they are, they are only compared. */
const states = custom(Array.isArray);
const Index = object({
	/** Which start of the machine it was noted after. */
	boot: string(),
	/** When all files were read, ms since 1970. */
	read: number(),
	/** The manifest's text. */
	text: string(),
	/** Of each of its lines; null where that had changed a moment ago. */
	states,
	/** Folders, the top as ''. */
	folders: array(string()),
	/** Of each of them: as long as it is the same, nothing in it was added, taken away or renamed. */
	folderStates: states
});
/**
* Reads a kept folder, and asserts that it is what the digest says.
*
* A file is not read again when it is the same inode, of the same size, and the kernel has noted no change of it since it was
* read: of its content, mode, owner or links (ctime, which no program can set). So whatever a program changes is found. What
* the disk itself loses is not: for that everything is read after each start of the machine (a crash may have lost what was written
* last), and once a day; and hosts check whatever they are sent.
*
* @param index - file beside the folder where it is noted what was read
* @throws Error when it is another tree
*/
async function keptTree(folder, what, digest, index) {
	const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => null);
	const now = Date.now();
	const noted = trusted(await readIndex(index), boot, now);
	const text = noted !== null && sha256(noted.text) === digest ? noted.text : "";
	const entries = entriesIn(text);
	if (noted !== null && text !== "" && isUntouched(folder, noted, entries)) return {
		folder,
		manifest: {
			text,
			digest,
			entries
		}
	};
	const tree = await readAgain(folder, what, noted, entries, {
		boot,
		now,
		index
	});
	if (tree.manifest.digest !== digest) throw new Error("its files are not those of its manifest");
	return tree;
}
/** Reads what is new or has changed, and notes it. */
async function readAgain(folder, what, noted, entries, { boot, now, index }) {
	const before = new Map(entries.map((entry, line) => [entry.path, {
		entry,
		state: noted?.states[line] ?? null
	}]));
	const states = /* @__PURE__ */ new Map();
	const note = (path) => {
		const state = stateOf(folder, path);
		states.set(path, state[1] < now - SETTLED_MS ? state : null);
		return state;
	};
	const folders = /* @__PURE__ */ new Set();
	const tree = await manifestOf(folder, what, {
		entering: (path) => {
			folders.add(path);
			note(path);
		},
		known: (path) => {
			const state = note(path);
			const known = before.get(path);
			return known !== void 0 && isSame(known.state, state) ? known.entry : void 0;
		}
	});
	if (boot === null) return tree;
	const { text, entries: found } = tree.manifest;
	for (const { kind, path } of found) if (kind === "link") note(path);
	await writeIndex(index, {
		boot,
		read: noted?.read ?? now,
		text,
		states: found.map(({ path }) => states.get(path) ?? null),
		folders: [...folders],
		folderStates: [...folders].map((path) => states.get(path) ?? null)
	});
	return tree;
}
/** True where every file, link and folder that was noted is the same still: then there are no others. */
function isUntouched(folder, { states, folders, folderStates }, entries) {
	try {
		return entries.every(({ path }, line) => isSame(states[line] ?? null, stateOf(folder, path))) && folders.every((path, index) => isSame(folderStates[index] ?? null, stateOf(folder, path)));
	} catch {
		return false;
	}
}
function stateOf(folder, path) {
	const { ino, ctimeMs, size } = lstatSync(`${folder}/${path}`);
	return [
		ino,
		ctimeMs,
		size
	];
}
function isSame(before, now) {
	return before?.every((value, index) => value === now[index]) ?? false;
}
function trusted(noted, boot, now) {
	if (noted === null || noted.boot !== boot) return null;
	const age = now - noted.read;
	return age >= 0 && age < TRUSTED_MS ? noted : null;
}
/** Null where there is none that can be read: everything is read then. */
async function readIndex(index) {
	try {
		return Index.parse(JSON.parse(await readFile(index, "utf8")));
	} catch {
		return null;
	}
}
async function writeIndex(index, content) {
	const fresh = `${index}.${process.pid}.new`;
	await writeFile(fresh, JSON.stringify(content));
	await rename(fresh, index);
}
// src/build/cache/environments.ts
/** Environments that are kept: on this machine, and in the Actions cache. */
/** Whoever took an environment before it was renewed is done with it after so long. */
const REPLACED_MS = 864e5;
/** Each environment that is published has a folder of its own in its entry. Earlier versions had but this one. */
const FOLDER = /^env(?:-[0-9a-f-]{36})?$/;
const Entry = object({
	hash: string(),
	digest: string(),
	python: string(),
	packages: array(object({
		name: string(),
		version: string()
	})),
	wheels: array(object({
		name: string(),
		version: string(),
		tags: array(string())
	})),
	requirements: string(),
	builtOn: object({
		name: _enum(["glibc", "musl"]),
		version: string()
	}),
	system: string().nullable(),
	created: string(),
	folder: string().regex(FOLDER).default("env")
});
/**
* Gives the environment for the inputs: from this machine's cache, else from the Actions cache, else built. With a hit
* nothing is resolved and nothing is downloaded from an index. Every entry is checked against its manifest.
*/
async function obtainEnv(options) {
	const env = options.env ?? process.env;
	const folder = join(cacheFolder(env), "envs");
	const entry = join(folder, options.inputs);
	const notices = [];
	await mkdir(folder, { recursive: true });
	const whole = options.refresh === true ? null : await (options.kept ?? keptEnv(options.inputs, env));
	if (whole !== null) {
		await noteUse(entry);
		await removeReplaced(entry);
		return {
			env: whole,
			from: "local",
			notices,
			keep: async () => null
		};
	}
	const waiting = () => options.log?.("another run on this machine builds the same environment: waiting for it");
	await using _lock = await takeLock(options.system?.python ?? options.match.runner.executable, `${entry}.lock`, waiting);
	if (options.refresh !== true) {
		const local = await readEntry(entry, notices);
		if (local) return {
			env: local,
			from: "local",
			notices,
			keep: async () => null
		};
		if (await restoreFromActions([entry], `${cacheKey$1(options.inputs)}*`, notices)) {
			const restored = await readEntry(entry, notices);
			if (restored) return {
				env: restored,
				from: "actions",
				notices,
				keep: async () => null
			};
		}
	}
	const built = await publish(await buildEnv({
		...options,
		bytecode: join(cacheFolder(env), "bytecode")
	}), entry);
	await prune(folder, options.inputs);
	const key = `${cacheKey$1(options.inputs)}${built.created.replace(/\D/g, "")}`;
	return {
		env: built,
		from: "built",
		notices,
		keep: () => keepInActions([entry], key)
	};
}
/**
* The environment for the inputs that this machine keeps; null where there is none that is whole. Such a one is not changed by anybody:
* it can be taken while another run holds the lock, and without the lock's own cost.
*/
function keptEnv(inputs, env = process.env) {
	return readWhole(join(cacheFolder(env), "envs", inputs)).catch(() => null);
}
function readEntry(entry, notices) {
	return readKept(entry, "environment", notices, () => readWhole(entry));
}
/** @throws where it is not there, or not whole */
async function readWhole(entry) {
	const { digest, folder, ...told } = Entry.parse(JSON.parse(await readFile(join(entry, "entry.json"), "utf8")));
	const tree = await keptTree(join(entry, folder), "the environment", digest, join(entry, "read.json"));
	return {
		...told,
		tree
	};
}
/**
* Makes a built environment this machine's own by one rename: a killed run leaves no half entry, and other runs that have the one before
* go on with it.
*/
async function publish(built, entry) {
	const { tree, ...told } = built;
	const folder = `env-${randomUUID()}`;
	const fresh = `${entry}.new`;
	await rm(fresh, {
		recursive: true,
		force: true
	});
	await mkdir(fresh);
	await rename(tree.folder, join(fresh, folder)).catch(async (thrown) => {
		if (codeOf(thrown) !== "EXDEV") throw thrown;
		await cp(tree.folder, join(fresh, folder), {
			recursive: true,
			verbatimSymlinks: true
		});
	});
	const text = JSON.stringify({
		...told,
		digest: tree.manifest.digest,
		folder
	}, null, 1);
	await writeFile(join(fresh, "entry.json"), text);
	const before = await folderOf(entry);
	if (before === null) {
		await rm(entry, {
			recursive: true,
			force: true
		});
		await rename(fresh, entry);
	} else {
		await noteUse(join(entry, before)).catch(() => void 0);
		await rename(join(fresh, folder), join(entry, folder));
		await rename(join(fresh, "entry.json"), join(entry, "entry.json"));
		await rm(fresh, { recursive: true });
	}
	return {
		...built,
		tree: {
			...tree,
			folder: join(entry, folder)
		}
	};
}
/** The folder of an entry's environment; null where that cannot be told. */
async function folderOf(entry) {
	try {
		return Entry.parse(JSON.parse(await readFile(join(entry, "entry.json"), "utf8"))).folder;
	} catch {
		return null;
	}
}
/** Removes environments of an entry in whose place another came a day ago, and what a killed run has left of one. */
async function removeReplaced(entry) {
	const mine = await folderOf(entry);
	if (mine === null) return;
	for (const name of await readdir(entry)) {
		if (name === mine || !FOLDER.test(name)) continue;
		const replaced = (await stat(join(entry, name))).mtimeMs;
		if (Date.now() - replaced > REPLACED_MS) await rm(join(entry, name), {
			recursive: true,
			force: true
		});
	}
}
function cacheKey$1(inputs) {
	return `graceful-env-${inputs}-`;
}
async function prune(folder, mine) {
	for (const name of await readdir(folder)) {
		if (!/^[0-9a-f]{64}$/.test(name) || name === mine) continue;
		const used = (await stat(join(folder, name))).mtimeMs;
		if (Date.now() - used > 2592e6) await rm(join(folder, name), {
			recursive: true,
			force: true
		});
	}
}
// src/build/debian/recipe.ts
/** What a minimal system of a host's release consists of. Pure. */
/** Families of systems that a minimal one can be made of. */
const KEYRINGS = {
	debian: {
		package: "debian-archive-keyring",
		file: "/usr/share/keyrings/debian-archive-keyring.gpg"
	},
	ubuntu: {
		package: "ubuntu-keyring",
		file: "/usr/share/keyrings/ubuntu-archive-keyring.gpg"
	}
};
/** Compilers, and what sdists commonly ask for. */
const TOOLS = [
	"ca-certificates",
	"g++",
	"gcc",
	"git",
	"libc6-dev",
	"make",
	"pkg-config"
];
/**
* The recipe for a host, or null where its system is none that can be made.
*
* @param minor - of the Python that the site runs on, `3.11`
* @param asked - Debian packages that the build needs besides
*/
function recipeFor(facts, minor, asked) {
	const { id, version, codename } = facts.os;
	const keyring = KEYRINGS[id];
	if (keyring === void 0 || !/^[a-z]+$/.test(codename)) return null;
	return {
		name: `${id} ${version} (${codename})`,
		suite: codename,
		keyring,
		sources: id === "debian" ? debian(codename) : ubuntu(codename, facts.machine),
		packages: [.../* @__PURE__ */ new Set([
			...TOOLS,
			`python${minor}-dev`,
			`python${minor}-venv`,
			...asked
		])].sort()
	};
}
function debian(suite) {
	const mirror = "http://deb.debian.org";
	return [`${mirror}/debian ${suite} main`, `${mirror}/debian-security ${suite}-security main`];
}
function ubuntu(suite, machine) {
	const mirror = machine === "x86_64" ? "http://archive.ubuntu.com/ubuntu" : "http://ports.ubuntu.com/ubuntu-ports";
	return [
		suite,
		`${suite}-updates`,
		`${suite}-security`
	].map((each) => `${mirror} ${each} main universe`);
}
/** Name of the system in the caches. Made anew each month, as its packages get their security updates. */
function recipeKey(recipe, machine, at) {
	const made = {
		format: 1,
		recipe,
		machine,
		month: at.toISOString().slice(0, 7)
	};
	return createHash("sha256").update(stableJson(made)).digest("hex");
}
// src/build/debian/place.ts
/** Names of machines: Node's and the kernel's. */
const MACHINES = {
	x64: "x86_64",
	arm64: "aarch64"
};
/**
* @param wanted - `build.in`
* @param needsPackages - the site names Debian packages: by the names that they have in the host's release
* @throws BuildError when a minimal system is asked for and none of the host's kind can be made
*/
function placeOf$1(wanted, facts, needsPackages) {
	if (wanted === "runner") return "runner";
	const { os, hostname, machine } = facts;
	const isKnown = recipeFor(facts, "3", []) !== null;
	const isOwn = MACHINES[process.arch] === machine;
	if (isKnown && isOwn) return wanted === "debian" || needsPackages ? "debian" : "as-needed";
	if (wanted === void 0) return "runner";
	throw new BuildError(isKnown ? `build: { in: debian } needs a runner that is the same machine as host ${hostname} (${machine})` : `build: { in: debian } makes systems of Debian and Ubuntu, and host ${hostname} is ${os.id} ${os.version}`, { mend: isKnown ? `let the job run on a runner of that kind, or set build: { in: runner }` : "set build: { in: runner }" });
}
/** What the place adds to the inputs of an environment. Pure. */
function placeInputs(place, { os }, packages) {
	return {
		...place === "runner" ? {} : { build: `${place} ${os.id} ${os.version}` },
		...packages.length === 0 ? {} : { packages: packages.toSorted().join(" ") }
	};
}
// src/build/debian/root.ts
/** What needs root in the runner: nothing but apt, and systems to build in. */
/**
* How this user has root run a command: as it is, or by sudo.
*
* @param why - what needs it, for the error
* @throws BuildError when there is no way
*/
async function asRoot(why) {
	if (process.getuid?.() === 0) return (argv) => argv;
	if (await run([
		"sudo",
		"-n",
		"true"
	]).then(() => true, () => false)) return (argv) => [
		"sudo",
		"-n",
		...argv
	];
	throw new BuildError(`${why}, and this user of the runner is neither root nor may it use sudo without a password`, { mend: "let the job run where it may (GitHub's own runners do), or do it in the runner's image beforehand and set build: { in: runner }" });
}
/** Removes what root has made, and no mount below it. */
async function removeAsRoot(root, path) {
	await run(root([
		"rm",
		"-rf",
		"--one-file-system",
		"--",
		path
	]));
}
// src/build/debian/apt.ts
/** Debian packages in the runner itself. */
/** Between two tries for a lock that another apt holds. */
const RETRY_MS = 1e3;
/** And in English: the words for a lock are looked for. */
const QUIETLY = [
	"DEBIAN_FRONTEND=noninteractive",
	"NEEDRESTART_MODE=l",
	"LC_ALL=C"
];
/**
* Installs those packages that the runner lacks; waits for another apt.
* @throws BuildError when apt is missing, may not be used, or does not have one of them
*/
async function ensureInRunner(names, options) {
	if (names.length === 0) return;
	const missing = await missingInRunner(names, options.why);
	if (missing.length === 0) return;
	const root = await asRoot(`${options.why} that the runner lacks (${missing.join(", ")})`);
	options.log?.(`installing in the runner: ${missing.join(", ")}`);
	const end = Date.now() + options.waitMs;
	const apt = (args) => runApt(root, args, end, options.why);
	const wanted = [
		"install",
		"--no-install-recommends",
		"--no-remove",
		...missing
	];
	try {
		await apt(["update"]);
		await apt(wanted);
	} catch (thrown) {
		if (!(thrown instanceof BuildError) || thrown instanceof Locked) throw thrown;
		throw new BuildError(`${options.why}, and apt cannot install them in the runner: ${missing.join(", ")}`, {
			mend: "names differ from one release of Debian or Ubuntu to the next: correct them, or build in a system of the host's own release: build: { in: debian }",
			output: [...thrown.output],
			cause: thrown
		});
	}
}
var Locked = class extends BuildError {};
/** Those that are neither installed in the runner nor provided by what is. */
async function missingInRunner(names, why) {
	const shape = [
		"db:Status-Status",
		"Package",
		"Provides"
	].map((field) => `\${${field}}`).join("	");
	const { stdout } = await run([
		"dpkg-query",
		"--show",
		`--showformat=${shape}\n`
	], { mend: `${why} (${names.join(", ")}): let the job run on Debian or Ubuntu, where they can be installed` });
	return missingOf(names, stdout);
}
/** The names that no installed package has or provides, out of the words of dpkg-query. Pure. */
function missingOf(names, told) {
	const present = /* @__PURE__ */ new Set();
	for (const line of told.split("\n")) {
		const [status, name = "", provides = ""] = line.split("	");
		if (status !== "installed") continue;
		for (const each of [name, ...provides.split(",")]) present.add(each.replace(/\(.*/, "").trim());
	}
	return names.filter((name) => !present.has(name));
}
/** Runs apt-get. (It waits for dpkg's lock by itself, for that of its lists never.) */
async function runApt(root, args, end, why) {
	for (;;) {
		const command = [
			"apt-get",
			"--quiet",
			"--yes",
			"--option",
			`DPkg::Lock::Timeout=${Math.max(0, Math.floor((end - Date.now()) / 1e3))}`,
			...args
		];
		try {
			await run(root([
				"env",
				...QUIETLY,
				...command
			]));
			return;
		} catch (thrown) {
			if (!(thrown instanceof BuildError && thrown.output.join("\n").includes("Could not get lock"))) throw thrown;
			if (Date.now() >= end) throw new Locked(`${why}, and another apt of the runner does not end`, {
				mend: "see what it does (ps -C apt,apt-get,dpkg), or give it more time: lock-timeout",
				output: [...thrown.output]
			});
			await setTimeout(RETRY_MS);
		}
	}
}
// src/build/debian/archive.ts
/** The archive of a minimal system: made, checked by its digest, removed when nobody uses it. */
/** Made under another name and renamed when whole; its digest is written first, so that an archive always has one. */
async function makeArchive(recipe, archive, root) {
	const fresh = `${archive}.new`;
	await removeAsRoot(root, fresh);
	const sources = recipe.sources.map((source) => `deb [signed-by=${recipe.keyring.file}] ${source}`);
	const settings = `${archive}.apt.conf`;
	await writeFile(settings, (await run([
		"apt-config",
		"dump",
		"Acquire"
	])).stdout);
	const include = `--include=${recipe.packages.join(",")}`;
	try {
		await run(root([
			"mmdebstrap",
			"--quiet",
			"--variant=minbase",
			"--format=tar",
			`--aptopt=${settings}`,
			include,
			recipe.suite,
			fresh,
			...sources
		]));
	} catch (thrown) {
		await removeAsRoot(root, fresh);
		if (!(thrown instanceof BuildError)) throw thrown;
		throw explain(thrown, recipe);
	} finally {
		await rm(settings, { force: true });
	}
	await run(root([
		"chown",
		`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
		fresh
	]));
	await writeFile(`${archive}.sha256`, await digestOf(fresh));
	await rename(fresh, archive);
}
function explain(thrown, recipe) {
	const unknown = [...thrown.output.join("\n").matchAll(/Unable to locate package (\S+)|Package '?([\w.+-]+)'? has no installation candidate/g)];
	const names = [...new Set(unknown.map(([, one, other]) => one ?? other ?? ""))];
	const python = names.find((name) => name.startsWith("python3."));
	if (python !== void 0) {
		const [minor] = /3\.\d+/.exec(python) ?? [];
		return new BuildError(`${recipe.name} has no Python ${minor} of its own, as the host has`, {
			mend: "name a Python of the release (python: { version: }), or set build: { in: runner }",
			output: [...thrown.output]
		});
	}
	return new BuildError(names.length === 0 ? `no minimal system of ${recipe.name} could be made` : `${recipe.name} has no package ${names.join(", ")}`, {
		mend: names.length === 0 ? "see the lines above; or set build: { in: runner }" : "mend the name in venv-debian-requirements.txt, src-debian-requirements.txt or build.packages",
		output: [...thrown.output],
		cause: thrown
	});
}
/**
* Brings the archive to its place: it is there, or the Actions cache has it, or it is made.
* @returns whether it was made
*/
async function obtainArchive(archive, notices, make) {
	if (await isWhole(archive, notices)) return false;
	if (await restoreFromActions(filesOf(archive), `${cacheKey(archive)}*`, notices) && await isWhole(archive, notices)) return false;
	await make();
	return true;
}
/** Saves a new archive to the Actions cache. What that has is never replaced: one that was damaged there gets another name. */
function keepArchive(archive) {
	return keepInActions(filesOf(archive), `${cacheKey(archive)}${Date.now()}`);
}
const filesOf = (archive) => [archive, `${archive}.sha256`];
const cacheKey = (archive) => `graceful-debian-${basename(archive, ".tar")}-`;
/** Whether the archive is there and has its digest; one that is damaged is told, and removed. */
async function isWhole(archive, notices) {
	return await readKept(archive, "system", notices, async () => {
		if (await digestOf(archive) !== await readFile(`${archive}.sha256`, "utf8")) throw new Error("its digest is another");
		return true;
	}) === true;
}
async function digestOf(file) {
	const hash = createHash("sha256");
	await pipeline$1(createReadStream(file), hash);
	return hash.digest("hex");
}
/** Systems that nobody used for long. */
async function pruneArchives(folder, mine) {
	for (const name of await readdir(folder)) {
		if (!/^[0-9a-f]{64}\.tar$/.test(name) || name.startsWith(mine)) continue;
		if (Date.now() - (await stat(join(folder, name))).mtimeMs < 2592e6) continue;
		for (const file of filesOf(join(folder, name))) await rm(file, { force: true });
	}
}
// src/build/debian/inside.ts
/** Running programs inside a minimal system. */
/** Whom the runner trusts. */
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
/** Files of the runner that programs inside need as they are: to reach an index as the runner does. */
const RUNNERS = [
	"/etc/resolv.conf",
	"/etc/hosts",
	AUTHORITIES
];
/** Of the runner's own system, and of no use in another; caches among them, which hold what was compiled there. */
const FOREIGN = /^(LD_.*|PKG_CONFIG.*|TMPDIR|XDG_.*|PYENV.*|(PIP|UV)_.*DIR|GITHUB_.*|RUNNER_.*)$/;
/**
* In mount and process namespaces of its own, so that everything ends and vanishes with it: ROOT UID GID ENV CWD PYTHON PATH... -- ARGV...
* The paths are what the program shares with the runner.
*/
const ENTER = `
root=$1 uid=$2 gid=$3 env=$4 cwd=$5 python=$6; shift 6
while [ "$1" != -- ]; do
  # By no link of the system, which would lead out of it.
  at=$root$(chroot "$root" realpath -m -- "$1")
  if [ -d "$1" ]; then mkdir -p "$at"; else mkdir -p "$(dirname "$at")"; : >>"$at"; fi
  mount --bind "$1" "$at"
  shift
done
shift
mount -t proc proc "$root/proc"
exec chroot "$root" setpriv --reuid="$uid" --regid="$gid" --clear-groups -- "$python" -I -c '
import json, os, sys
with open(sys.argv[1]) as file:
    env = json.load(file)
os.chdir(sys.argv[2])
os.execvpe(sys.argv[3], sys.argv[3:], env)
' "$env" "$cwd" "$@"
`;
/**
* Programs run as this user, not as root: what builds a package is code of strangers.
*
* @param root - folder of the minimal system
* @param python - a Python in it
* @param scratch - folder of this run, shared with what runs inside, where it is written to
* @param shared - other folders that are seen inside
*/
function insideOf(root, python, asRoot, scratch, shared) {
	const folders = [scratch, ...shared];
	const always = [...folders, ...RUNNERS.filter((path) => existsSync(path))];
	const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
	return {
		enter: async (argv, { cwd, env }) => {
			const file = join(scratch, `environment-${randomUUID()}.json`);
			const { paths, home, namesAuthority } = await runnerFiles(env);
			const seen = environment(env, scratch, folders, namesAuthority);
			await writeFile(file, JSON.stringify(seen), { mode: 384 });
			await linkAtHome(scratch, home);
			const binds = [...paths.filter((path) => !isBelow(path, folders)), ...always];
			const apart = [
				"unshare",
				"--mount",
				"--pid",
				"--fork",
				"--kill-child",
				"--",
				"sh",
				"-euc",
				ENTER,
				"enter"
			];
			const given = [
				root,
				String(uid),
				String(gid),
				file,
				cwd ?? scratch,
				python,
				...binds,
				"--",
				...argv
			];
			return {
				argv: asRoot([...apart, ...given]),
				done: () => rm(file, { force: true })
			};
		},
		kill: (group) => asRoot([
			"kill",
			"-KILL",
			"--",
			`-${group}`
		])
	};
}
/** They stay where they are: what is secret in them is not copied. */
async function linkAtHome(folder, files) {
	for (const { name, path } of files) {
		await mkdir(dirname(join(folder, name)), { recursive: true });
		await symlink(path, join(folder, name)).catch((thrown) => {
			if (codeOf(thrown) !== "EEXIST") throw thrown;
		});
	}
}
function isBelow(path, folders) {
	return folders.some((top) => path.startsWith(`${top}/`));
}
/** What programs see of the runner's environment. Pure. */
function environment(env, home, shared, namesAuthority = false) {
	const kept = Object.entries(env).flatMap(([name, value]) => value === void 0 || isOwn(name) || FOREIGN.test(name) ? [] : [[name, value]]);
	const own = (env["PATH"] ?? "").split(delimiter).filter((path) => isBelow(path, shared));
	return {
		...namesAuthority ? {} : { REQUESTS_CA_BUNDLE: env["CURL_CA_BUNDLE"] ?? AUTHORITIES },
		...Object.fromEntries(kept),
		PATH: [
			...own,
			"/usr/local/bin",
			"/usr/bin",
			"/bin"
		].join(delimiter),
		HOME: home,
		CFLAGS: "-g0",
		CXXFLAGS: "-g0",
		SOURCE_DATE_EPOCH: "946684800"
	};
}
// src/build/debian/system.ts
/** A minimal system of the host's own release, to build in. */
/**
* The Pythons that a minimal system of the host's release has: the host's own from Debian. Pure.
*
* @param wanted - `3.11`, or undefined for any
* @throws BuildError when the host has the Python from elsewhere
*/
function systemPythons(facts, wanted) {
	const fitting = facts.pythons.filter(({ minor }) => wanted === void 0 || minor === wanted);
	const own = fitting.filter(isDebians);
	const [first] = fitting;
	if (own.length === 0 && first !== void 0) throw new BuildError(`host ${facts.hostname} has Python ${first.version} in ${first.executable}, not from its release, and it is only the release's own that can be built for in a minimal system`, { mend: "use the release's own (python: { version: }), or set build: { in: runner }" });
	return own.map((python) => insidePython(facts, python));
}
/** A Python of the host as it is inside. Pure. */
function insidePython(facts, { minor, version, abi }) {
	return {
		executable: `/usr/bin/python${minor}`,
		minor,
		version,
		abi,
		machine: facts.machine,
		libc: facts.libc
	};
}
function isDebians({ executable }) {
	return executable.startsWith("/usr/bin/");
}
/** The system for a host that {@link placeOf} has found fit. */
function debianSystem(options) {
	const { facts, minor, packages, always, python, cache, log } = options;
	const recipe = recipeFor(facts, minor, packages);
	if (recipe === null) throw new Error(`no system can be made of ${facts.os.id}`);
	const key = recipeKey(recipe, facts.machine, /* @__PURE__ */ new Date());
	const archive = join(cache, "debian", `${key}.tar`);
	const folder = join(cache, "debian", `${key}.root`);
	const notices = [];
	const held = {};
	const check = async (why) => {
		const needs = `${why} in ${recipe.name}, the system of host ${facts.hostname}`;
		const root = await asRoot(needs);
		await ensureInRunner(["mmdebstrap", recipe.keyring.package], {
			waitMs: options.waitMs,
			why: `${needs}, and that needs Debian packages`,
			log
		});
		await run(root([
			"unshare",
			"--mount",
			"--pid",
			"--fork",
			"true"
		]), { mend: `${needs}, which this runner may not make (a container without privileges?): run it with --privileged, or set build: { in: runner }` });
		return root;
	};
	const open = async (why) => {
		const root = await check(why);
		held.root = root;
		await mkdir(join(cache, "debian"), { recursive: true });
		held.lock = await takeLock(python, join(cache, "debian", `${key}.lock`), () => log(`another run on this machine builds in ${recipe.name}: waiting for it`));
		await removeAsRoot(root, folder);
		held.made = await obtainArchive(archive, notices, async () => {
			log(`making a minimal system to build in: ${recipe.name}`);
			await makeArchive(recipe, archive, root);
		});
		await pruneArchives(join(cache, "debian"), key);
		await run(root(["mkdir", folder]));
		await run(root([
			"tar",
			"--extract",
			"--file",
			archive,
			"--directory",
			folder,
			"--numeric-owner"
		]));
		await bringUv(root, folder);
		return insideOf(folder, `/usr/bin/python${minor}`, root, options.scratch, options.shared);
	};
	return {
		name: recipe.name,
		always,
		python,
		packages: recipe.packages,
		notices,
		match: (match) => ({
			...match,
			runner: insidePython(facts, match.host)
		}),
		check: async (why) => {
			await check(why);
		},
		open: (why) => {
			held.inside ??= open(why);
			return held.inside;
		},
		keep: async () => held.made === true ? keepArchive(archive) : null,
		[Symbol.asyncDispose]: async () => {
			await held.inside?.catch(() => void 0);
			if (held.root !== void 0 && held.lock !== void 0) await removeAsRoot(held.root, folder);
			await held.lock?.[Symbol.asyncDispose]();
		}
	};
}
/** uv is one static program: where the runner has it, it installs inside too. */
async function bringUv(root, folder) {
	const uv = (await run([
		"sh",
		"-c",
		"command -v uv"
	], { accept: [1, 127] })).stdout.trim();
	if (uv !== "") await run(root([
		"install",
		"--mode=755",
		"--",
		uv,
		join(folder, "usr/local/bin/uv")
	]));
}
// src/build/hook.ts
/** Lines of the output of a hook that went well. */
const SHOWN = 10;
/**
* Runs `hooks.build` in a copy of the source, so that the checkout stays as it is, and takes its outputs over.
*
* @returns the tree of the code: the source itself where there is no hook, else with the outputs in it
* @throws BuildError with the hook's output when it fails, and for each output that it did not make
*/
async function runHook(options) {
	const { source, stage, scratch } = options;
	const { build, outputs } = stage.hooks;
	if (build === void 0) return source.tree;
	const copy = join(scratch, "hook");
	await copyTree(source.tree.folder, copy);
	for (const output of outputs) await rm(join(copy, output), {
		recursive: true,
		force: true
	});
	options.log?.(`hooks.build: ${build}`);
	const argv = [
		"sh",
		"-e",
		"-c",
		build
	];
	const ran = await run(argv, {
		cwd: copy,
		env: await hookEnv(options),
		secrets: options.secrets,
		mend: "mend what its output above names; hooks.build runs in a copy of the commit, without .git and without what git does not track"
	}).catch((thrown) => {
		if (!(thrown instanceof BuildError)) throw thrown;
		const shown = redact(argv.join(" "), options.secrets);
		throw new BuildError(thrown.message.replace(shown, () => `hooks.build (${redact(build, options.secrets)})`), {
			mend: thrown.mend,
			output: [...thrown.output],
			cause: thrown
		});
	});
	for (const line of lastLines(`${ran.stdout}\n${ran.stderr}`, SHOWN)) options.log?.(`  ${line}`);
	const made = await Promise.all(outputs.map(async (output) => await isThere(join(copy, output)) ? null : output));
	refuse(made.filter((output) => output !== null).map((output) => new BuildError(`hooks.build (${build}) did not make ${output}, which hooks.outputs names`, { mend: "see where it writes to; outputs are relative to the top of the repository, and not empty" })));
	const code = join(scratch, "code");
	await copyTree(source.tree.folder, code);
	for (const output of outputs) {
		await rm(join(code, output), {
			recursive: true,
			force: true
		});
		await mkdir(dirname(join(code, output)), { recursive: true });
		await cp(join(copy, output), join(code, output), {
			recursive: true,
			verbatimSymlinks: true
		});
	}
	await rm(copy, {
		recursive: true,
		force: true
	});
	const { folder, manifest } = await manifestOf(code, "the source with the outputs of hooks.build");
	const { apart } = options;
	if (apart === void 0) return {
		folder,
		manifest
	};
	return {
		folder,
		manifest: manifestFrom(manifest.entries.filter(({ path }) => !path.startsWith(`${apart}/`)))
	};
}
/** The job's own environment, which knows the way to npm and its registry, without what is the Action's; over it `build-env`. */
async function hookEnv({ env, match, scratch, source, stage }) {
	const overlay = await overlayFor(env, match, scratch);
	const inherited = Object.entries(process.env).filter(([name]) => !isOwn(name));
	return {
		...Object.fromEntries(inherited),
		PATH: `${overlay.bin}${delimiter}${process.env["PATH"] ?? ""}`,
		PYTHONDONTWRITEBYTECODE: "1",
		SOURCE_DATE_EPOCH: String(source.committedAt),
		GRACEFUL_COMMIT: source.commit,
		GRACEFUL_STAGE: stage.name,
		...stage.buildEnv
	};
}
async function isThere(path) {
	try {
		return !(await lstat(path)).isDirectory() || (await readdir(path)).length > 0;
	} catch (thrown) {
		if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") return false;
		throw thrown;
	}
}
// src/build/processes.ts
/**
* The processes beside web, as the host starts them; their start commands fill in `{python}`, `{run}` and `{backend}`. Pure.
*
* @param settings - the settings module, whose package is where a project keeps its Celery application
*/
function otherProcesses(processes, settings) {
	return Object.fromEntries(Object.entries(processes).map(([name, process]) => [name, {
		argv: process.celery === void 0 ? process.command : celery(name, process, settings),
		stopMs: process.stopMs,
		singleton: process.singleton
	}]));
}
/** Packages that the processes need in the environment. Pure. */
function packagesOf(processes) {
	return Object.values(processes).some((process) => process.celery !== void 0) ? ["celery"] : [];
}
function celery(name, process, settings) {
	const app = process.app ?? settings.split(".")[0] ?? settings;
	const own = process.celery === "worker" ? ["--hostname", `${name}-{backend}@%h`] : ["--schedule", "{run}/celerybeat-schedule"];
	return [
		...[
			"{python}",
			"-m",
			"celery",
			"--app",
			app,
			process.celery ?? "",
			"--loglevel",
			"INFO"
		],
		...own,
		...process.command
	];
}
// src/build/source/bytecode.ts
/**
* Writes the bytecode of a release's code beside it, so that none of its processes has to compile the site as it starts: on the host
* nobody but the runner writes there. Each module is compiled by itself, and its bytecode is the same as long as its source is.
*
* Python compares it with the source at each import: who changes a file in place on the host, in an emergency, sees the change.
*
* @returns the same tree with the bytecode in it
*/
async function withBytecode(code, options) {
	const { entries } = code.manifest;
	const modules = entries.filter((entry) => entry.kind !== "link" && entry.path.endsWith(".py"));
	if (modules.length === 0) return code;
	const units = modules.map((module) => [module]);
	const made = await compile(code.folder, units, {
		...options,
		checked: true
	});
	const paths = new Set(made.map(({ path }) => path));
	return {
		folder: code.folder,
		manifest: manifestFrom([...entries.filter(({ path }) => !paths.has(path)), ...made])
	};
}
// src/build/source/source.ts
/**
* Lays out the source of the commit that is checked out: git's tracked files, `export-ignore` respected, with
* executable bits and symbolic links, submodules and the content of LFS files.
*
* @param options.workspace - top folder of a git checkout
* @param options.scratch - folder of this run; the tree is made below it
* @param options.patterns - what of it is wanted; by default all
* @throws BuildError when there is no git checkout, or something of its commit is not there
*/
async function exportSource(options) {
	const { workspace, scratch, patterns = {
		include: [],
		exclude: []
	} } = options;
	await assertTop(workspace);
	const commit = await resolveCommit(workspace);
	const folder = join(scratch, "source");
	const selection = new Selection(patterns);
	await layOut({
		checkout: workspace,
		commit,
		folder,
		selection
	});
	const [tree, notices, ref, time] = await Promise.all([
		manifestOf(folder, "the source tree"),
		untrackedNotices(workspace),
		refOf(workspace, commit),
		git(workspace, [
			"show",
			"--no-patch",
			"--format=%ct",
			commit
		])
	]);
	if (tree.manifest.entries.length === 0) throw new BuildError(`the commit ${commit} has no files to deploy`, { mend: "see whether export-ignore in .gitattributes, or include and exclude in graceful.yml, leave everything out" });
	if (selection.idle.length > 0) notices.push(`no file of the commit matches these patterns of include and exclude: ${listed(selection.idle)}`);
	return {
		commit,
		ref,
		committedAt: Number(time.stdout.trim()),
		tree,
		notices
	};
}
/**
* Refuses a work tree whose tracked files differ from its commit: what a person sees there is not what would go live.
* @throws BuildError
*/
async function assertCommitted(workspace) {
	const changed = (await changes(workspace)).filter(({ tracked }) => tracked).map(({ path }) => path);
	if (changed.length === 0) return;
	throw new BuildError(`what is deployed is the commit, and the work tree differs from it: ${listed(changed)}`, { mend: "commit the changes, or put them away with `git stash`" });
}
async function assertTop(workspace) {
	const top = (await git(workspace, ["rev-parse", "--show-toplevel"])).stdout.trim();
	const [real, realTop] = await Promise.all([realpath(workspace), realpath(top)]);
	if (real === realTop) return;
	throw new BuildError(`${workspace} is the folder ${relative(realTop, real)} of the git checkout ${top}, not its top`, { mend: "run at the top of the checkout, and name the Django project by django: { project: FOLDER } in graceful.yml" });
}
async function resolveCommit(workspace) {
	const found = await git(workspace, [
		"rev-parse",
		"--verify",
		"--quiet",
		"HEAD^{commit}"
	], [1, 128]);
	if (found.code === 0) return found.stdout.trim();
	const named = await git(workspace, [
		"rev-parse",
		"--verify",
		"--quiet",
		"HEAD"
	], [1]);
	if (named.code !== 0) throw new BuildError(`the git checkout ${workspace} has no commit yet`, { mend: "commit the site, then deploy" });
	const shallow = (await git(workspace, ["rev-parse", "--is-shallow-repository"])).stdout.trim() === "true";
	throw new BuildError(`the commit ${named.stdout.trim()} is not in the git checkout ${workspace}${shallow ? ", which is shallow" : ""}`, { mend: "fetch it: actions/checkout with \"fetch-depth: 0\", or git fetch --unshallow" });
}
async function refOf(workspace, commit) {
	const branch = await git(workspace, [
		"symbolic-ref",
		"--quiet",
		"--short",
		"HEAD"
	], [1]);
	return branch.code === 0 ? branch.stdout.trim() : commit;
}
async function untrackedNotices(workspace) {
	const untracked = (await changes(workspace)).filter(({ tracked }) => !tracked).map(({ path }) => path);
	return untracked.length === 0 ? [] : [`not in the commit, and so not deployed: ${listed(untracked)}`];
}
/** What `git status` shows: tracked files that differ from the commit, and files that git does not know. */
async function changes(workspace) {
	const { stdout } = await git(workspace, [
		"status",
		"--porcelain=v1",
		"-z",
		"--no-renames",
		"--ignore-submodules=untracked"
	]);
	return stdout.split("\0").filter((line) => line !== "").map((line) => ({
		path: line.slice(3),
		tracked: !line.startsWith("??")
	}));
}
// src/build/target/twin.ts
/** The environment in which a runner of another machine than the host collects static files. */
/**
* Obtains what the host's environment holds, in the same versions, for the runner itself.
*
* @throws BuildError, or BuildErrors, when packages of the host's environment are not to be had for the runner
*/
async function obtainTwin(options, env) {
	const { runner, host } = options.match;
	const match = {
		host: {
			...host,
			abi: runner.abi
		},
		runner,
		target: ownTarget(runner)
	};
	const requirements = inVersionsOf(env, options.requirements);
	const inputs = inputsHash(requirements, match.target, await installerOptions(options.top, options.env));
	try {
		return {
			...await obtainEnv({
				...options,
				match,
				requirements,
				inputs
			}),
			match
		};
	} catch (thrown) {
		refuse(faultsOf(thrown).map(({ message, mend, place, output }) => new BuildError(`static files are collected in the runner (${runner.machine}), and there the packages of the host are not to be had: ${message}`, {
			mend,
			output: [...output],
			cause: thrown,
			...place === void 0 ? {} : { place }
		})));
		throw thrown;
	}
}
/** The requirements, constrained to the versions that an environment has. Pure. */
function inVersionsOf(env, requirements) {
	if (requirements.locked || requirements.lines.some(({ text }) => text.includes("--hash="))) return requirements;
	const constraints = env.requirements.split("\n").flatMap((line) => /^[^@ ]+==[^ ]+/.exec(line)?.[0] ?? []).map((pin) => ({
		kind: "constraint",
		text: pin,
		canonical: `constraint ${pin}`,
		file: requirements.file,
		line: 1
	}));
	return {
		...requirements,
		lines: [...requirements.lines, ...constraints]
	};
}
// src/commands/build-place.ts
/** Where the environment of a release is built: in the runner, or in a minimal system like the host's. */
/** Debian packages that have to be there where the build runs. */
function debianNames(run, packages) {
	return [.../* @__PURE__ */ new Set([...packages.map(({ name }) => name), ...run.stage.build.packages])];
}
/** What the plan's place needs before anything is built there. */
async function prepareSystem(run, work, facts, scratch, log) {
	const { place, match } = work;
	const packages = debianNames(run, work.packages);
	const common = {
		waitMs: run.lockMs,
		log: (line) => log.info(line)
	};
	if (place === "runner") {
		await ensureInRunner(packages, {
			...common,
			why: "the build needs Debian packages"
		});
		return null;
	}
	const [any] = place === "debian" ? await findPythons() : [match.runner];
	const cache = cacheFolder();
	const real = await realpath(scratch);
	const system = debianSystem({
		...common,
		facts,
		minor: match.target.minor,
		packages,
		always: place === "debian",
		python: any?.executable ?? "python3",
		scratch: real,
		shared: [join(cache, "envs"), ...real === scratch ? [] : [scratch]],
		cache
	});
	if (system.always) await system.check("the environment is built");
	return system;
}
// src/build/lengths.ts
/** What Linux takes of a path, which ends with a zero byte. A name that is too long for a host is so for the runner. */
const PATH_BYTES = 4095;
const WHAT = {
	code: "the source",
	static: "the static files",
	config: "the configuration repository",
	env: "the environment"
};
/** A place as long as the longest in which a tree is put together on a host. */
function placeOf(kind, root) {
	if (kind === "env") return `${root}/.store/envs/.${"0".repeat(64)}.4194304`;
	return `${root}/releases/.20260101T000000Z-0000000.draft/${kind}`;
}
/**
* Asserts that a host can have all files of a release: it would find out only when everything was sent.
* @throws BuildError, or BuildErrors, naming files that it cannot
*/
function assertLengths(trees, root) {
	refuse(trees.flatMap(({ kind, tree }) => {
		const most = PATH_BYTES - Buffer.byteLength(placeOf(kind, root)) - 1;
		const long = tree.manifest.entries.map(({ path }) => path).filter((path) => Buffer.byteLength(path) > most);
		return long.length === 0 ? [] : [tooLong(kind, long, most)];
	}));
}
function tooLong(kind, paths, most) {
	const [file] = paths;
	return new BuildError(`${WHAT[kind]} cannot be on the host, as paths are too long: ${listed(paths)}`, {
		mend: `a path may have ${most} bytes here, as the folder on the host is part of it: shorten them`,
		...kind === "code" && file !== void 0 ? { place: { file } } : {}
	});
}
// src/servers/web.ts
/**
* The argv of the process `web`; its start command on the host fills in `{python}` and `{socket}`. Pure.
*
* @throws BuildError for a server that is not installed, or cannot do what is asked
*/
function webProcess(options) {
	const { server: name, serverArgs, serverCommand = [], application, packages } = options;
	const grace = Math.max(1, Math.ceil(options.graceMs / 1e3));
	if (name === null) {
		const filled = {
			"{application}": application,
			"{grace}": String(grace)
		};
		return { argv: serverCommand.map((part) => fillIn(part, filled)) };
	}
	const server = SERVERS[name];
	const versions = new Map(packages.map(({ name: found, version }) => [found, version]));
	const version = versions.get(name);
	if (version === void 0) throw new BuildError(`${name} is not among the packages of the environment`, { mend: `add a line "${name}" to the requirements` });
	if (server.oldest !== void 0 && !atLeast$1(version, server.oldest)) throw new BuildError(`${name} is ${version}, and ${server.oldest} or newer is needed`, { mend: `take a newer ${name} in the requirements` });
	return { argv: [
		"{python}",
		"-m",
		name,
		...server.options({
			interface: options.interface,
			grace,
			args: serverArgs,
			versions
		}),
		...serverArgs,
		application
	] };
}
function fillIn(text, values) {
	return Object.entries(values).reduce((filled, [mark, value]) => filled.replaceAll(mark, value), text);
}
// src/commands/making.ts
/** Everything that a release's processes find in their environment, in the order input > stage > common. */
function releaseEnv(run, django) {
	const env = {
		...run.stage.env,
		...run.env
	};
	return {
		...env,
		DJANGO_SETTINGS_MODULE: settingsModule(django, env)
	};
}
/**
* Puts a release together from what was built and what the stage says.
* @throws BuildError for a server that it lacks, and for names that no host can have
*/
function assemble({ stage }, { build, trees }, { django, deployKey }) {
	const { hash, digest, inputs, packages, requirements } = build.env;
	const python = build.target.minor;
	assertLengths(trees, stage.root);
	const web = webProcess({
		...stage,
		graceMs: stage.times.graceMs,
		application: django.application,
		interface: django.interface,
		packages
	});
	return {
		made: {
			commit: build.commit,
			ref: build.ref,
			deployKey,
			build,
			trees: build.trees,
			config: build.config,
			env: {
				hash,
				inputs,
				python,
				packages
			},
			project: django.project,
			processes: {
				web,
				...otherProcesses(stage.processes, django.settings)
			},
			manage: ["{python}", django.manage],
			static: build.static && {
				...build.static,
				url: staticPath(build.static.url, stage.url)
			}
		},
		build,
		trees,
		env: {
			hash,
			digest,
			python,
			requirements
		}
	};
}
/** The digests that name a release's bits, for its deploy key. Pure. */
function bitsOf(build) {
	return treesOf(build).map(([kind, digest]) => `${kind} ${digest}`).join(", ");
}
/** The tree of a kind, which is known to be there. */
function treeOf(trees, kind) {
	const found = trees.find((each) => each.kind === kind);
	if (found === void 0) throw new Error(`a release without ${kind}`);
	return found.tree;
}
// src/commands/build.ts
/** A release that is built from the commit in the workspace. @throws BuildError, or BuildErrors with all faults together */
async function fromCommit(run, scratch, log) {
	const site = await readSite(run, scratch, log);
	askFirstPython().catch(() => void 0);
	return { plan: (facts) => planBuild(run, site, facts, scratch, log) };
}
/** Reads the commit's source, and finds Django and the requirements in it. No host is needed for that. */
async function readSite(run, scratch, log) {
	const { stage, workspace } = run;
	const source = await exportSource({
		workspace,
		scratch,
		patterns: stage.source
	});
	const top = source.tree.folder;
	const repository = stage.configRepository;
	const token = process.env["GRACEFUL_CONFIG_TOKEN"];
	const config = repository ? await addConfig({
		workspace,
		scratch,
		source,
		repository,
		token
	}) : null;
	const found = findDjango(top, stage.django, interfacesOf(stage));
	const project = found.then((django) => django.project, () => stage.django.project);
	const { requirements: named, groups, extras } = stage.python;
	const [, django, asked, packages] = await together([
		assertCommitted(workspace),
		found,
		project.then((folder) => readAsked({
			top,
			named,
			groups,
			extras,
			project: folder
		})),
		project.then((folder) => readDebianPackages(top, folder))
	]);
	log.info(`commit ${source.commit.slice(0, 7)} of ${source.ref}, settings ${django.settings}, ${django.application}`);
	log.info(`packages from ${asked.file}`);
	for (const notice of [
		...source.notices,
		...django.notices,
		...asked.notices ?? []
	]) log.notice(notice);
	if (config) log.info(`configuration ${config.commit.slice(0, 7)} of ${config.ref}, as ${config.folder}`);
	return {
		source,
		config,
		django,
		asked,
		packages
	};
}
/** Matches the runner's Python with the host's. @throws BuildError before anything is built */
async function planBuild(run, site, facts, scratch, log) {
	const { stage } = run;
	const place = placeOf$1(stage.build.in, facts, site.packages.length > 0);
	const match = await matchPython(place, facts, stage.python.version);
	const requirements = await requirementsOn({
		...site,
		match
	}, facts.machine);
	const options = {
		...await installerOptions(site.source.tree.folder),
		...placeInputs(place, facts, debianNames(run, site.packages))
	};
	const inputs = inputsHash(requirements, match.target, options);
	const kept = run.refreshEnv ? Promise.resolve(null) : keptEnv(inputs);
	log.info(`building with Python ${match.runner.version} (${match.runner.executable})`);
	const key = deployKey({
		source: site.source.tree.manifest.digest,
		config: site.config?.tree.manifest.digest,
		inputs,
		stage,
		envNames: Object.keys(run.env),
		hostMajor: MAJOR
	});
	const { source, django, packages } = site;
	return {
		commit: source.commit,
		django,
		deployKey: key,
		packages,
		explain: (live) => explainEnv({
			requirements,
			target: match.target,
			options,
			inputs,
			env: live
		}, /* @__PURE__ */ new Date()),
		make: (applied) => {
			return build(run, {
				...site,
				match,
				place,
				options,
				requirements,
				inputs,
				kept,
				deployKey: key,
				applied
			}, facts, scratch, log);
		}
	};
}
/** @throws BuildError where none fits, naming all that each side has */
async function matchPython(place, facts, wanted) {
	if (place === "debian") return pickPython(facts, systemPythons(facts, wanted), wanted);
	const useful = await findPythons(facts.pythons.map(({ minor }) => minor));
	try {
		return pickPython(facts, useful, wanted);
	} catch {
		return pickPython(facts, await findPythons(), wanted);
	}
}
/** Where an environment came from, in the log. */
const FROM = {
	local: "kept on this runner",
	actions: "from the Actions cache",
	built: "built in this run"
};
/** What is to be installed on a machine with the host's Python: markers may tell machines apart. */
function requirementsOn({ asked, match }, machine) {
	const { version, minor } = match.host;
	return asked.on({
		version,
		minor,
		machine
	});
}
/** Obtains the environment, collects static files, and puts the release together. */
async function build(run, work, facts, scratch, log) {
	const { stage } = run;
	const { source, config, django, match, requirements, inputs, kept } = work;
	await using system = await prepareSystem(run, work, facts, scratch, log);
	const say = (line) => log.info(line);
	const wanted = {
		requirements,
		top: source.tree.folder,
		match,
		scratch,
		system,
		needs: [
			"django",
			...stage.server === null ? [] : [stage.server],
			...packagesOf(stage.processes)
		],
		log: say
	};
	const { env, from, notices, keep } = await obtainEnv({
		...wanted,
		inputs,
		kept,
		refresh: run.refreshEnv
	});
	const age = requirements.locked || from === "built" ? "" : `, resolved ${ageOf(env.created, /* @__PURE__ */ new Date())}`;
	log.info(`environment ${env.hash.slice(0, 12)} with ${env.packages.length} packages: ${FROM[from]}${age}`);
	checkWheels(env, facts);
	assertApplication(django, env.tree.manifest.entries);
	const here = isForeign(match) ? await obtainTwin({
		...wanted,
		requirements: await requirementsOn(work, match.runner.machine)
	}, env) : {
		env,
		match,
		notices: [],
		keep
	};
	const inside = env.system === null ? null : system;
	const hooked = await runHook({
		...here,
		source,
		apart: config?.folder,
		stage,
		scratch,
		secrets: Object.values(run.env),
		log: say
	});
	const chosen = inside?.match(match) ?? here.match;
	const code = await withBytecode(hooked, {
		python: chosen.runner.executable,
		scratch,
		within: await inside?.open("the code is compiled"),
		kept: join(cacheFolder(), "bytecode")
	});
	const runner = {
		source: { tree: code },
		django,
		match: chosen,
		env: here.env,
		stage,
		inputEnv: run.env,
		scratch
	};
	const { static: collected, notices: more, keep: keepFiles } = await collectStatic({
		...runner,
		config,
		within: async () => inside?.open("static files are collected"),
		kept: join(cacheFolder(), "static"),
		log: say
	});
	const within = async () => inside?.open("migrations are read");
	const pending = work.applied && await pendingMigrations({
		...runner,
		within
	}, work.applied);
	for (const notice of [
		...notices,
		...here.notices,
		...system?.notices ?? [],
		...more
	]) log.notice(notice);
	const { hash, requirements: resolved, packages, wheels, builtOn } = env;
	return {
		...assemble(run, {
			build: {
				format: 1,
				commit: source.commit,
				ref: source.ref,
				source: source.tree.manifest.digest,
				trees: {
					code: code.manifest.digest,
					static: collected?.tree.manifest.digest ?? null,
					config: config?.tree.manifest.digest ?? null
				},
				config: config && {
					commit: config.commit,
					ref: config.ref,
					folder: config.folder
				},
				static: collected?.spec ?? null,
				env: {
					hash,
					digest: env.tree.manifest.digest,
					inputs,
					requirements: resolved,
					packages,
					wheels,
					builtOn
				},
				target: match.target
			},
			trees: [
				{
					kind: "code",
					tree: code
				},
				...collected === null ? [] : [{
					kind: "static",
					tree: collected.tree
				}],
				...config === null ? [] : [{
					kind: "config",
					tree: config.tree
				}],
				{
					kind: "env",
					tree: env.tree
				}
			]
		}, work),
		origin: from === "built" ? "built" : "cached",
		pending,
		explained: explainEnv({
			requirements,
			target: match.target,
			options: work.options,
			inputs,
			env
		}, /* @__PURE__ */ new Date()),
		keep: async () => {
			const all = [
				keep,
				keepFiles,
				...here.env === env ? [] : [here.keep],
				...system === null ? [] : [system.keep]
			];
			return (await Promise.all(all.map((one) => one()))).find((line) => line !== null) ?? null;
		}
	};
}
// src/commands/artifact.ts
const NOTHING_LIVE = {
	release: null,
	state: null,
	build: null
};
/** Builds the commit in the workspace for the stage's host, and leaves it in a folder for a deploy in another job. */
async function buildArtifact(run, log) {
	await using scratch = await mkdtempDisposable(join(process.env["RUNNER_TEMP"] || tmpdir(), "graceful-"));
	const phases = new Phases(log);
	const { artifact: folder } = run;
	const making = await phases.prepare("Read", async () => {
		await assertFree(folder);
		return fromCommit(run, scratch.path, log);
	});
	const { facts, live } = await phases.prepare("Connect", () => hostOf(run, log));
	const plan = await phases.prepare("Plan", () => making.plan(facts));
	const { build } = await phases.prepare("Build", async () => {
		const built = await plan.make();
		await writeArtifact(folder, built);
		const kept = await built.keep();
		if (kept !== null) log.info(kept);
		for (const line of run.explain ? built.explained : []) log.info(line);
		for (const line of run.explain ? explainDifference(live, built.build) : []) log.info(line);
		return built;
	});
	return {
		build,
		folder
	};
}
/** What is known of the host: it is asked where that can be; else it is taken to be like this machine. */
async function hostOf(run, log) {
	const [login] = run.logins;
	if (login !== void 0) {
		const session = await greet(run, login, log);
		try {
			const live = run.explain ? await session.live() : NOTHING_LIVE;
			return {
				facts: session.welcome.facts,
				live
			};
		} finally {
			session.close();
		}
	}
	const pythons = await findPythons();
	const [first] = pythons;
	log.notice("the host is not asked: this is built for a host like this machine");
	return {
		facts: {
			hostname: "like this machine",
			os: {
				id: process.platform,
				version: "",
				codename: ""
			},
			machine: first?.machine ?? "",
			libc: first?.libc ?? {
				name: "glibc",
				version: ""
			},
			pythons,
			disk: {
				freeBytes: 0,
				freeInodes: 0
			},
			tools: []
		},
		live: NOTHING_LIVE
	};
}
/** A release whose bits lie in an artifact: nothing is built or resolved. @throws BuildError for one that is damaged */
async function fromArtifact(run, scratch, log) {
	const into = join(scratch, "artifact");
	await mkdir(into);
	const artifact = await readArtifact(run.artifact, into);
	const name = relative(run.workspace, run.artifact);
	log.info(`commit ${artifact.build.commit.slice(0, 7)} of ${artifact.build.ref}, from the artifact ${name}`);
	return fromBits(run, artifact, `the artifact ${name}`, scratch);
}
/**
* A release of bits that are there already; what they are started with is the stage's own.
* @param what - names them in errors: `the artifact graceful-artifact`
*/
async function fromBits(run, artifact, what, scratch) {
	const { stage } = run;
	const { build, trees } = artifact;
	const code = treeOf(trees, "code").folder;
	if (build.config !== null) await placeConfig({
		...build.config,
		tree: treeOf(trees, "config")
	}, code);
	const django = await findDjango(code, stage.django, interfacesOf(stage));
	assertApplication(django, treeOf(trees, "env").manifest.entries);
	const key = deployKey({
		source: bitsOf(build),
		inputs: build.env.inputs,
		stage,
		envNames: Object.keys(run.env),
		hostMajor: MAJOR
	});
	const packages = await readDebianPackages(code, django.project);
	const plan = {
		commit: build.commit,
		django,
		deployKey: key,
		packages
	};
	return { plan: async (facts) => {
		assertFits(what, build, facts, stage.python.version);
		const release = assemble(run, artifact, plan);
		const make = async (applied) => ({
			...release,
			origin: "cached",
			pending: applied && await pendingOf(run, artifact, {
				django,
				facts,
				scratch,
				applied
			}),
			explained: [],
			keep: async () => null
		});
		return {
			...plan,
			make
		};
	} };
}
/** What of its migrations a database lacks: the release's own Django is asked, where a Python for it is here. */
async function pendingOf(run, { build, trees }, { django, facts, scratch, applied }) {
	try {
		const match = pickPython(facts, await findPythons(), build.target.minor);
		return await pendingMigrations({
			source: { tree: treeOf(trees, "code") },
			env: { tree: treeOf(trees, "env") },
			django,
			match,
			stage: run.stage,
			inputEnv: run.env,
			scratch
		}, applied);
	} catch (thrown) {
		return {
			migrations: null,
			why: messageOf(thrown),
			isKnown: false
		};
	}
}
// src/commands/packages.ts
/**
* Debian packages that the site needs and the host lacks, after they were installed there where the stage says so and this is no plan.
*
* @param isReady - nothing else stands in the way: only then anything is installed
*/
async function packageFaults(session, run, wanted, isReady, log) {
	const nothing = {
		faults: [],
		planned: []
	};
	if (wanted.length === 0) return nothing;
	const asked = {
		names: wanted.map(({ name }) => name),
		waitMs: run.lockMs
	};
	const missing = await session.missingPackages({
		...asked,
		install: false
	});
	if (missing.length === 0) return nothing;
	if (run.stage.hostPackages === "check") return {
		...nothing,
		faults: [lackingOnHost(wanted, missing)]
	};
	if (run.plan) return {
		...nothing,
		planned: missing
	};
	if (!isReady) return nothing;
	log.info(`installing on the host: ${missing.join(", ")}`);
	const lacking = await session.missingPackages({
		...asked,
		install: true
	});
	return lacking.length === 0 ? nothing : {
		...nothing,
		faults: [lackingOnHost(wanted, lacking)]
	};
}
// src/commands/room.ts
/** Space that stays free for the site itself and the journal, bytes. */
const SPARE_BYTES = 32e6;
const SPARE_INODES = 1e3;
/** A file or a folder takes whole blocks of a disk; nearly all file systems have this size, bytes. */
const BLOCK = 4096;
/**
* What a release takes on the host's disk: the objects that the store does not have yet, and its own folders. Code is always copied
* out of the store, the rest is linked. Pure.
*/
function needs(trees, lack) {
	const need = {
		bytes: 0,
		inodes: 0
	};
	const add = (bytes) => {
		need.bytes += Math.ceil(bytes / BLOCK) * BLOCK;
		need.inodes += 1;
	};
	for (const { bytes } of lack.objects) add(bytes);
	for (const { kind, tree } of trees) {
		if (kind === "env" && !lack.env) continue;
		const folders = /* @__PURE__ */ new Set();
		for (const entry of tree.manifest.entries) {
			for (let end = entry.path.indexOf("/"); end > 0; end = entry.path.indexOf("/", end + 1)) folders.add(entry.path.slice(0, end));
			if (entry.kind === "link") need.inodes += 1;
			else if (kind === "code" || kind === "config") add(entry.bytes);
		}
		need.bytes += folders.size * BLOCK;
		need.inodes += folders.size;
	}
	return need;
}
/** Faults of a host that has no room for so much, told before anything is sent. Pure. */
function roomFaults({ bytes, inodes }, disk, root) {
	const faults = [];
	if (disk.freeBytes < bytes + SPARE_BYTES) faults.push({
		what: `the disk of ${root} is too full: ${megabytes(disk.freeBytes)} free; ${wants(bytes, megabytes)} ${megabytes(SPARE_BYTES)} to spare are needed`,
		mend: `make room there: df -h ${root}`
	});
	if (disk.freeInodes < inodes + SPARE_INODES) faults.push({
		what: `the disk of ${root} has too few inodes: ${disk.freeInodes} free; ${wants(inodes, String)} ${SPARE_INODES} to spare are needed`,
		mend: `remove files there (many small ones, such as sessions or a cache): df -i ${root}`
	});
	return faults;
}
function wants(amount, words) {
	return amount === 0 ? "at least" : `${words(amount)} for this release and`;
}
function megabytes(bytes) {
	return `${Math.ceil(bytes / 1e6)} MB`;
}
// src/commands/shared.ts
/** A shared file that is not on the host yet, with the command that brings it there. Pure. */
function missingFile(path, { root }, target) {
	const place = `${root}/shared/${path}`;
	const port = target.port === 22 ? "" : `-p ${target.port} `;
	return {
		what: `the shared file ${path} (shared.files in graceful.yml) is not on the host: ${place}`,
		mend: `ssh ${port}${target.user}@${target.host} 'umask 077; cat > ${place}' < YOUR-COPY-OF-IT (the deploy sets its owner and mode)`
	};
}
// src/commands/compare.ts
/** What is on the hosts, and whether one and the same release is live on all of them, and is this one. */
async function compareAll(run, planned, detail) {
	const compared = await allOf(planned.map(async (one) => ({
		...one,
		before: await compare(run, one)
	})));
	const releases = new Set(compared.map(({ before: { live } }) => live.release));
	for (const { member, before: { reasons } } of compared) {
		const words = reasons.length === 0 ? "unchanged" : reasons.join("; ");
		detail(compared.length === 1 ? words : `${member.name}: ${words}`);
	}
	return {
		compared,
		isUnchanged: releases.size === 1 && compared.every(({ before: { reasons } }) => reasons.length === 0)
	};
}
async function compare(run, { member: { session, host, log }, plan }) {
	const { stage } = run;
	const { faults, missing, unchanged, reasons, live, known, offline } = await session.preflight({
		deployKey: plan.deployKey,
		env: releaseEnv(run, plan.django),
		shared: stage.shared,
		health: stage.health,
		verify: stage.verify,
		url: stage.url,
		times: stage.times,
		processes: Object.fromEntries(host.processes.map((name) => [name, stage.processes[name]?.stopMs ?? 0])),
		force: run.force || run.refreshEnv
	});
	const atLeast = roomFaults({
		bytes: 0,
		inodes: 0
	}, session.welcome.facts.disk, stage.root);
	const lacks = missing.map((path) => missingFile(path, stage, host));
	const isReady = faults.length + lacks.length === 0;
	const packages = await packageFaults(session, run, plan.packages, isReady, log);
	refuseFaults(session, [
		...faults,
		...lacks,
		...packages.faults,
		...unchanged ? [] : atLeast
	]);
	const release = live?.release ?? null;
	const why = unchanged && release !== null && stage.verify.public ? await publicTrouble(run, release, offline) : null;
	const words = [...reasons, ...why === null ? [] : [`the public check failed: ${why}`]];
	log.info(words.length === 0 ? "nothing to do: this is what serves" : `to deploy: ${words.join("; ")}`);
	return {
		live: live ?? {
			release: null,
			state: null,
			build: null
		},
		known,
		reasons: words,
		toInstall: packages.planned
	};
}
function publicTrouble(run, live, offline) {
	const { url, health } = run.stage;
	return checkPublic({
		url,
		health,
		release: live,
		static: null,
		offline
	}, new AbortController().signal);
}
// src/shipping/packs.ts
const READ_BYTES = 262144;
/**
* Packs for several hosts: whoever lacks the same gets the same bytes, which are read and compressed once. They pass through a file in
* `folder`, so that a slow host holds up no other one, and memory stays as it is.
*/
var SharedPacks = class {
	#folder;
	#spools = /* @__PURE__ */ new Map();
	constructor(folder) {
		this.#folder = folder;
	}
	open(objects, compression) {
		const key = [compression, ...objects.map(({ sha256, executable }) => `${sha256}${executable ? "x" : ""}`)].join();
		const path = join(this.#folder, `pack-${this.#spools.size}`);
		const spool = this.#spools.get(key) ?? new Spool(path, objectStream(objects, compression));
		this.#spools.set(key, spool);
		return {
			[Symbol.asyncIterator]: () => spool.read(),
			part: (read) => spool.part(read)
		};
	}
	/** Closes the files; they go with their folder. */
	async [Symbol.asyncDispose]() {
		await Promise.all([...this.#spools.values()].map((spool) => spool.close()));
	}
};
/** A stream that is written into a file once, and read from there as often as wanted, while it grows too. */
var Spool = class {
	#source;
	#file;
	#written;
	#bytes = 0;
	#failure;
	#done = false;
	#closed = false;
	#news = Promise.withResolvers();
	constructor(path, source) {
		this.#source = source;
		this.#file = open(path, "wx+", 384);
		this.#written = this.#write();
	}
	async *read() {
		const file = await this.#file;
		for (let at = 0;;) {
			const news = this.#news.promise;
			if (at < this.#bytes) {
				const chunk = Buffer.alloc(Math.min(READ_BYTES, this.#bytes - at));
				const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
				at += bytesRead;
				yield chunk.subarray(0, bytesRead);
			} else if (this.#failure !== void 0) throw this.#failure.cause;
			else if (this.#done) return;
			else await news;
		}
	}
	/** As of the source: of what is in the file a reader has so much, and of all content so much is in the file. */
	part(read) {
		return this.#bytes === 0 ? 0 : read / this.#bytes * this.#source.part(this.#bytes);
	}
	/** Nobody reads any more. */
	async close() {
		this.#closed = true;
		await this.#written;
		await this.#file.then((file) => file.close(), () => {});
	}
	/** Never rejects: whoever reads is told. */
	async #write() {
		try {
			const file = await this.#file;
			for await (const chunk of this.#source) {
				if (this.#closed) break;
				await file.write(chunk, 0, chunk.length, this.#bytes);
				this.#bytes += chunk.length;
				this.#tell();
			}
		} catch (cause) {
			this.#failure = { cause };
		}
		this.#done = true;
		this.#tell();
	}
	#tell() {
		this.#news.resolve();
		this.#news = Promise.withResolvers();
	}
};
// src/commands/foretell.ts
const NOTHING = {
	packages: [],
	processes: [],
	sending: null,
	disk: null
};
/** What the database has, as far as a plan needs it: whichever host has a live release can tell, as they share it. */
async function askApplied({ stage }, compared) {
	const one = compared.find(({ before }) => before.live.release !== null) ?? compared[0];
	return stage.migrate ? await one?.member.session.applied() : void 0;
}
/** A plan for hosts on which this very release is live. */
async function foretellNothing(run, hosts, compared, phases) {
	const between = commitsOnce(run);
	return planOf(run, hosts, compared, phases, {
		isUnchanged: true,
		hosts: await allOf(compared.map(async (one) => ({
			...await tellHost(one, await one.member.session.status(), between),
			...NOTHING
		}))),
		migrations: null
	});
}
/** A plan of a release that is made: all that would be sent is measured, and nothing is. */
async function foretell(run, hosts, ready, phases, scratch) {
	await using packs = new SharedPacks(scratch);
	const between = commitsOnce(run);
	return planOf(run, hosts, ready, phases, {
		isUnchanged: false,
		hosts: await phases.prepare("Measure", () => allOf(ready.map((one) => foretellHost(run, one, packs, between)))),
		migrations: ready[0]?.built.pending ?? null
	});
}
function planOf(run, hosts, compared, phases, found) {
	const { stage } = run;
	const names = compared.map(({ member }) => member.name);
	return {
		command: run.command,
		stage: stage.name,
		site: stage.site,
		url: stage.url,
		repository: repositoryOf(run),
		runUrl: run.origin.runUrl ?? null,
		commit: compared[0]?.plan.commit ?? "",
		...found,
		skipped: hosts.skipped().map(({ host, message }) => ({
			host,
			message
		})),
		waves: run.command === "stage" ? [] : wavesOf(names, hosts.waves),
		phases: phases.rows
	};
}
async function tellHost({ member, plan, before }, { holder }, between) {
	const { liveCommit, unfinished } = member.session.welcome;
	return {
		host: member.name,
		release: before.live.release,
		commit: liveCommit,
		reasons: before.reasons,
		commits: await between({
			from: liveCommit,
			to: plan.commit
		}),
		toInstall: before.toInstall,
		notes: [...holder === null ? [] : [`under way now, and waited for: ${holder}`], ...unfinished === null ? [] : [`recovered first: ${unfinished}`]]
	};
}
async function foretellHost(run, one, packs, between) {
	const { member, before, built } = one;
	const { session } = member;
	const { trees, env } = built;
	const status = await session.status();
	const told = await tellHost(one, status, between);
	const lack = await session.lack({
		trees,
		env,
		known: before.known
	});
	const { disk } = session.welcome.facts;
	const needed = needs(trees, lack);
	refuseFaults(session, roomFaults(needed, disk, run.stage.root));
	return {
		...told,
		packages: packagesBeside(before.live, built.build.env),
		processes: processChanges(run, one, status),
		sending: await measure(lack, packs, session.welcome.facts.tools, built.origin),
		disk: {
			freeBytes: disk.freeBytes,
			neededBytes: needed.bytes
		}
	};
}
/** What would be sent, compressed as it would be. */
async function measure(lack, packs, tools, origin) {
	if (lack.trees.length === 0 && !lack.env) return null;
	let bytes = 0;
	for await (const piece of packs.open(lack.objects, compressionOf(lack, tools))) bytes += piece.length;
	return {
		objects: lack.objects.length,
		bytes,
		unpackedBytes: lack.objects.reduce((sum, object) => sum + object.bytes, 0),
		trees: lack.trees.map(({ kind }) => kind),
		env: lack.env ? origin : "reused"
	};
}
/** What becomes of the processes of what is live, those that are down too. */
function processChanges(run, { member, built }, { backends, links }) {
	if (run.command === "stage") return [];
	const active = backends.filter(({ role, release }) => role === "active" && release === links.current);
	const running = new Set(active.map(({ process }) => process));
	const wanted = Object.keys(runningOn(member.host, built.made).processes);
	return [...wanted.map((name) => ({
		name,
		change: running.has(name) ? "restarts" : "starts"
	})), ...[...running].filter((name) => !wanted.includes(name)).map((name) => ({
		name,
		change: "ends"
	}))];
}
// src/commands/plan.ts
/**
* Plans the release for each kind of host once: hosts with the same system and the same Pythons get the same bits.
* @param again makes it for a further kind of host, in a folder of its own
*/
async function planAll({ all }, making, again, scratch) {
	const plans = /* @__PURE__ */ new Map();
	const planFor = async (facts) => {
		const kind = kindOf(facts);
		const known = plans.get(kind);
		if (known !== void 0) return known;
		const folder = join(scratch, `kind-${plans.size}`);
		if (plans.size > 0) await mkdir(folder);
		const plan = await (plans.size === 0 ? making : await again(folder)).plan(facts);
		plans.set(kind, plan);
		return plan;
	};
	const planned = [];
	for (const member of all) {
		const plan = await planFor(member.session.welcome.facts).catch((error) => {
			for (const { session, log } of all) for (const fault of session.welcome.faults) log.error(describeFault(session, fault));
			throw error;
		});
		planned.push({
			member,
			plan
		});
	}
	return planned;
}
/** All of a host that a build goes by. Pure. */
function kindOf({ os, machine, libc, pythons }) {
	return stableJson([
		os,
		machine,
		libc,
		pythons
	]);
}
/**
* Makes what was planned, each plan once.
* @param applied of the first host's database, where it is to be told what would be applied to it
* @throws BuildError, also where the hosts' static files would differ
*/
async function makeAll(compared, detail, applied) {
	const made = /* @__PURE__ */ new Map();
	for (const { plan } of compared) {
		if (made.size === 0) detail(`commit ${plan.commit.slice(0, 7)}`);
		if (!made.has(plan)) made.set(plan, await plan.make(made.size === 0 ? applied : void 0));
	}
	if (new Set([...made.values()].map(({ made: { trees } }) => trees.static)).size > 1) throw new BuildError("the static files of this commit are not the same for all hosts of the stage", { mend: "a page of one host would not find its files on another: give all hosts the same Python, or pin the packages that make static files" });
	return compared.flatMap((one) => {
		const built = made.get(one.plan);
		return built === void 0 ? [] : [{
			...one,
			built
		}];
	});
}
// src/report/upload.ts
/** At a terminal one line is written over and over, no sooner than this, milliseconds. */
const PASSING_MS = 200;
/** A line comes no sooner than this after the one before, milliseconds; none of what takes less. */
const OFTEN_MS = 5e3;
/** Without a whole percent more it comes no sooner than this: the log is told that there is life, and not flooded. */
const SELDOM_MS = 3e4;
/**
* Tells a log how far sending is: a line each few seconds, and not many in an hour; at a terminal one that changes.
* @param now milliseconds of a clock
*/
function progressTo(log, now = () => performance.now()) {
	let told = {
		at: now(),
		percent: 0
	};
	return (bytes, part) => {
		const at = now();
		const percent = Math.min(99, Math.floor(part * 100));
		const often = log.passing === void 0 ? OFTEN_MS : PASSING_MS;
		const wait = percent > told.percent ? often : SELDOM_MS;
		if (at - told.at < wait) return;
		told = {
			at,
			percent
		};
		(log.passing ?? log.info)(`sending: ${size(bytes)}, ${percent} %`);
	};
}
// src/commands/ship.ts
/** Sends each host what it lacks, as one pack; what several lack alike is read and compressed once. @returns what was sent in all */
async function shipAll(run, ready, scratch, detail) {
	await using packs = new SharedPacks(scratch);
	const isFleet = ready.length > 1;
	const [first = {
		objects: 0,
		bytes: 0,
		env: "reused"
	}, ...others] = await allOf(ready.map((one) => {
		const own = (words) => detail(isFleet ? `${one.member.name}: ${words}` : words);
		return ship(one, run.stage.root, isFleet ? packs : void 0, own);
	}));
	return others.reduce((all, { objects, bytes, env }) => ({
		objects: all.objects + objects,
		bytes: all.bytes + bytes,
		env: all.env === "reused" ? env : all.env
	}), first);
}
async function ship({ member: { session, log }, before: { known }, built: { trees, env, origin } }, root, packs, detail) {
	let kinds = [];
	let sent = {
		objects: 0,
		bytes: 0,
		env: origin
	};
	const shipped = await session.ship({
		trees,
		env,
		known,
		packs
	}, {
		onLack: (lack) => {
			refuseFaults(session, roomFaults(needs(trees, lack), session.welcome.facts.disk, root));
			kinds = lack.trees.map(({ kind }) => kind);
			sent = {
				...sent,
				env: lack.env ? origin : "reused"
			};
		},
		onSent: progressTo(log),
		onNotice: (message) => log.notice(message)
	});
	const { objects, bytes } = shipped ?? sent;
	const words = `${objects} objects, ${size(bytes)} (${kinds.join(", ")})`;
	log.info(shipped === void 0 ? "the host has everything already" : `sent ${words}`);
	detail(shipped === void 0 ? "nothing to send" : words);
	return {
		...sent,
		objects,
		bytes
	};
}
// src/commands/deploy.ts
/**
* Puts the commit in the workspace live on the stage's hosts, or only there (`stage`): read, connect, plan, build, ship, and the hosts'
* transaction. With `plan` it goes as far as the build, and tells what would follow.
*/
async function deploy(run, log, from = run.fromArtifact ? fromArtifact : fromCommit, begun = () => {}) {
	await using scratch = await mkdtempDisposable(join(process.env["RUNNER_TEMP"] || tmpdir(), "graceful-"));
	const phases = new Phases(log);
	const reading = phases.prepare("Read", () => from(run, scratch.path, log));
	const connecting = connectAll(run, log, { after: reading });
	connecting.catch(() => void 0);
	const making = await reading;
	using hosts = await phases.prepare("Connect", () => connecting);
	const planned = await phases.prepare("Plan", () => planAll(hosts, making, (folder) => from(run, folder, log), scratch.path));
	const { compared, isUnchanged } = await phases.prepare("Compare", (detail) => compareAll(run, planned, detail));
	if (isUnchanged) {
		if (run.explain) explainLive(compared);
		return {
			told: run.plan ? await foretellNothing(run, hosts, compared, phases) : unchanged(run, hosts, phases),
			keep: async () => {}
		};
	}
	const commits = {
		from: hosts.first.session.welcome.liveCommit,
		to: compared[0]?.plan.commit ?? null
	};
	if (run.command !== "stage" && !run.plan && commits.to !== null) begun(commits.to);
	const applied = run.plan ? await phases.prepare("Ask", () => askApplied(run, compared)) : void 0;
	const ready = await phases.prepare("Build", (detail) => makeAll(compared, detail, applied));
	const packages = tellPackages(run, ready);
	const keep = () => keepBuilt(ready, log);
	if (run.plan) return {
		told: await foretell(run, hosts, ready, phases, scratch.path),
		keep
	};
	const sent = await phases.prepare("Ship", (detail) => shipAll(run, ready, scratch.path, detail));
	const requests = requestsOf(run, ready, /* @__PURE__ */ new Date());
	let cleaned;
	Promise.all(hosts.all.map(({ session }) => session.begun)).then(() => {
		cleaned = rm(scratch.path, {
			recursive: true,
			force: true
		}).catch(() => void 0);
	});
	const { outcome, ...told } = await phases.run(run.command === "stage" ? "Stage" : "Deploy", () => operate(hosts, requests, log)).finally(() => cleaned);
	return {
		told: {
			...makeReport(run, phases, outcome),
			tried: requests[0]?.release.id,
			...told,
			sent,
			packages,
			commits
		},
		keep
	};
}
/** Keeps what was made for the next run. */
async function keepBuilt(ready, log) {
	for (const built of new Set(ready.map(({ built }) => built))) {
		const kept = await built.keep();
		if (kept !== null) log.info(kept);
	}
}
/** What is installed, beside the release before; with `explain` all that made it. @returns it for the first host */
function tellPackages(run, ready) {
	return ready.map(({ member: { log }, before, built }) => {
		const packages = packagesText(before.live.build, built.build);
		log.info(`packages: ${packages}`);
		const explained = run.explain ? [...built.explained, ...explainDifference(before.live, built.build)] : [];
		for (const line of explained) log.info(line);
		return packages;
	})[0];
}
/** What made the environment of what is live already: nothing is built that could tell. */
function explainLive(compared) {
	for (const { member, plan, before } of compared) {
		const { live } = before;
		if (live.build === null) continue;
		for (const line of plan.explain?.(live.build.env) ?? []) member.log.info(line);
		for (const line of explainDifference(live, live.build)) member.log.info(line);
	}
}
/** What each host is asked: the same release, made `at` one moment. */
function requestsOf(run, ready, at) {
	return ready.map(({ member, plan, built }) => ({
		type: run.command === "stage" ? "stage" : "deploy",
		release: describeRelease(run, runningOn(member.host, built.made), at),
		env: releaseEnv(run, plan.django),
		secrets: Object.keys(run.env),
		force: run.force
	}));
}
function unchanged(run, hosts, phases) {
	const { links, liveCommit: commit } = hosts.first.session.welcome;
	const release = links.current;
	const message = `${release} serves this very source with this configuration already; nothing was built, sent or started.`;
	const outcome = {
		result: "unchanged",
		release,
		previous: release,
		commit,
		message,
		failure: null
	};
	const report = makeReport(run, phases, outcome);
	if (!hosts.isFleet) return report;
	const ends = hosts.all.map(({ name }) => ({
		host: name,
		result: "unchanged",
		outcome,
		message,
		events: []
	}));
	return {
		...report,
		hosts: [...ends, ...hosts.skipped()]
	};
}
// src/commands/promote.ts
/**
* A release of the very bits that are live on another stage: from the artifact where one is given, which must be the same, else from
* that stage's first host.
* @throws BuildError where they are not live there, or not on all of its hosts
*/
async function fromStage(run, scratch, log) {
	if (run.from === void 0) throw new Error("a run that promotes names a stage to promote");
	const { stage, logins } = run.from;
	const into = join(scratch, "artifact");
	await mkdir(into);
	using hosts = await connectAll({
		...run,
		stage,
		logins,
		command: "fetch"
	}, log, { ask: { type: "live" } });
	const { release, build } = theSame(await hosts.each(async ({ name, session }) => {
		return {
			name,
			...await liveBuild(session, hosts.isFleet ? `${stage.name} (${name})` : stage.name, stage.name)
		};
	}), stage.name);
	log.info(`promoting ${release}, live on ${stage.name}: commit ${build.commit.slice(0, 7)} of ${build.ref}`);
	return await fromBits(run, run.fromArtifact ? await sameArtifact(run.artifact, build, into, `${release}, which is live on ${stage.name}`) : await fetchFrom(hosts.first.session, build, into), `the release ${release} of stage ${stage.name}`, scratch);
}
/**
* What is live on all hosts of a stage, as the first one has it: hosts of other systems have the same release in other bits. Pure.
* @throws BuildError where they have several
*/
function theSame(all, stage) {
	const [first] = all;
	if (first === void 0) throw new Error("a stage was asked that has no host");
	if (all.every(({ release }) => release === first.release)) return first;
	const each = all.map(({ name, release }) => `${release} on ${name}`).join(", ");
	throw new BuildError(`the hosts of ${stage} serve several releases: ${each}`, { mend: `deploy to ${stage} again, which brings all to one, and promote that` });
}
async function liveBuild(session, where, stage) {
	const { release, state, build } = await session.live();
	if (release === null) throw new BuildError(`nothing is live on ${where}, so there is nothing to promote`, { mend: `deploy to ${stage} first` });
	const { unfinished } = session.welcome;
	if (state !== "good" || unfinished !== null) throw new BuildError(`${release} serves on ${where}, and is not confirmed there: ${unfinished ?? state}`, { mend: `wait until the deploy to ${stage} has ended, and see \`status\`` });
	if (build === null) throw new BuildError(`${release}, live on ${where}, was deployed by an older version, which did not note its bits`, { mend: `deploy to ${stage} again with force, then promote that` });
	return {
		release,
		build
	};
}
/** @throws BuildError where the artifact holds other bits */
async function sameArtifact(folder, live, into, what) {
	const artifact = await readArtifact(folder, into);
	const [mine, theirs] = [new Map(treesOf(artifact.build)), new Map(treesOf(live))];
	const other = [.../* @__PURE__ */ new Set([...mine.keys(), ...theirs.keys()])].filter((kind) => mine.get(kind) !== theirs.get(kind));
	if (bitsOf(artifact.build) === bitsOf(live)) return {
		...artifact,
		build: live
	};
	throw new BuildError(`the artifact ${folder} is not ${what}: ${other.join(", ")} differ`, { mend: "name the artifact that was deployed there, or leave \"artifact\" out: the bits then come from that host" });
}
async function fetchFrom(session, build, into) {
	const wanted = treesOf(build);
	try {
		const trees = await unpack(Readable.from(session.fetch(Object.fromEntries(wanted))), into);
		const got = new Map(trees.map(({ kind, tree }) => [kind, tree.manifest.digest]));
		if (wanted.some(([kind, digest]) => got.get(kind) !== digest)) throw new Error("it is not what was asked for");
		return {
			build,
			trees
		};
	} catch (thrown) {
		if (thrown instanceof HostError) throw thrown;
		throw new BuildError(`what ${session.label} sent is damaged: ${messageOf(thrown)}`, {
			mend: "run it again; `graceful build` and \"artifact\" do without",
			cause: thrown
		});
	}
}
// src/commands/settings.ts
/** What a deploy would find by itself in the checkout, as far as no host is asked. */
/** All settings of a stage. */
async function settings({ stage, workspace, settings }) {
	const django = await attempt(() => findDjango(workspace, stage.django, interfacesOf(stage)));
	const project = "message" in django ? stage.django.project : django.project;
	const file = await attempt(() => findRequirements(workspace, project));
	return settings({
		"python.requirements": typeof file === "string" ? {
			value: file,
			from: "found",
			where: `${file} found`
		} : {
			value: null,
			from: "missing",
			where: file.message
		},
		...await ofDjango(django, workspace)
	});
}
async function ofDjango(django, workspace) {
	if ("message" in django) {
		const said = {
			value: null,
			from: "missing",
			where: django.message
		};
		return {
			"django.settings": said,
			"django.application": said
		};
	}
	const { project, manage, settings, application, interface: served } = django;
	const folder = join(workspace, project);
	const [module = ""] = application.split(":");
	const own = await moduleFile(folder, module);
	return {
		"django.settings": {
			value: settings,
			from: "found",
			where: `${posix.join(project, manage)} names it`
		},
		"django.application": {
			value: application,
			from: "found",
			where: own === null ? "the settings name it" : `${posix.join(project, own)} found`
		},
		"django.interface": {
			value: served,
			from: "found",
			where: "from django.application"
		}
	};
}
/** What is found, or why nothing is: that is for the deploy to fail of. */
async function attempt(find) {
	try {
		return await find();
	} catch (error) {
		if (error instanceof BuildError) return error;
		if (error instanceof BuildErrors && error.errors[0]) return error.errors[0];
		throw error;
	}
}
export { buildArtifact, cleanPlan, deploy, fromStage, init, reportPlan, settings };
