import { i as __toESM } from "./rolldown-runtime.js";
import { $ as htmlEscape, An as redact, B as failureAnnotation, Bt as OPERATION, C as require_lib, D as UNTOUCHED$1, Dt as valueAt, E as LoginFault, Et as nearest, F as writeSummary, G as migrationsOf, Gn as notice, Gt as USER, H as stateText, Hn as getInput, Ht as RESERVED, I as writeText, J as fitted, Kn as setSecret, Kt as isHost, L as steps, Mn as BuildError, N as endsOf, Nn as BuildErrors, Ot as knownKeys, P as renderError, Pt as CONNECTIONS, Qt as DEFAULTS, R as annotate, Rt as isOneOf, S as fingerprint, St as writtenHosts, T as HostErrors, Tt as dotted, U as downtimeOf, V as headline, Vt as RELEASE, W as downtimeOutputs, Xt as parseDuration, Yt as formatDuration, _n as number, _t as noFile, an as plainLine, at as plainStatus, b as assertKnownHosts, bt as topOfCheckout, cn as size, ct as require_cli_table3, d as connectFirst, dt as written, et as EXIT, f as Phases, ft as actionsLog, gt as placeOf$1, h as untilSignal, ht as inReadingOrder, in as mendOf, it as plainEnd, k as VERSION, kn as partsOf, kt as schemaAt, ln as ZodObject, lt as answer, m as hearSignals, mt as ConfigError, n as operate, nn as GitHub, nt as hostsOutput, on as plainLines, ot as setOutputs, p as Cancelled, pt as terminalLog, r as wholeOutcome, rn as GitHubError, rt as outputs, sn as seconds, st as statusTable, t as makeReport, tt as exitCode, u as connectAll, un as ZodRecord, ut as keepForAnswers, v as refuseFaults, vn as object, w as HostError, wt as severalHere, x as pinsFor, xt as resolveStage, yt as readConfigFile, z as answerText, zn as quoted, zt as ENV_NAME } from "./shared.js";
import path, { dirname, join, relative, resolve } from "node:path";
import { homedir, hostname, userInfo } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { EventEmitter } from "node:events";
import process$1 from "node:process";
import fs, { existsSync, readFileSync } from "node:fs";
import childProcess, { execFileSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
// src/fleet/target.ts
const WORDS$2 = {
	rollback: {
		which: "before the live one",
		next: "Name the release to go to: input `release`, or `graceful rollback RELEASE`; `releases` lists those of each host."
	},
	update: {
		which: "beside the live one",
		next: "Name the release to go to: `command: activate` with the input `release`, or `graceful activate RELEASE`; `releases` lists those of each host."
	}
};
/** The release that is not live, as the host's own `update` means it: what stands by, or else the one before. Pure. */
function inactiveOf({ backends, links }) {
	return backends.findLast(({ process, role }) => process === "web" && role === "standby")?.release ?? links.previous;
}
/**
* The one release that all would go to; null where none of them has any. Pure.
* @throws HostError where each would go to another
*/
function oneTarget(command, stage, targets) {
	const [first] = targets;
	if (targets.every(({ release }) => release === first?.release)) return first?.release ?? null;
	const { which, next } = WORDS$2[command];
	const told = targets.map(({ name, release }) => `${name}: ${release ?? "none"}`);
	throw new HostError({
		kind: "answer",
		what: `the hosts do not have the same release ${which} (${told.join("; ")}).`,
		where: stage,
		state: UNTOUCHED$1,
		next
	});
}
// src/commands/going.ts
/** Runs an operation about what is on the host already: going to another release, starting and stopping backends. */
async function go(run, log) {
	const phases = new Phases(log);
	using hosts = await phases.prepare("Connect", () => connectAll(run, log));
	await hosts.each(async ({ session }) => refuseFaults(session, session.welcome.faults));
	const release = run.release ?? await oneRelease(run, hosts);
	const asked = requestOf({
		...run,
		release
	});
	const { outcome, ...told } = await phases.run(phaseOf(run), () => operate(hosts, asked, log));
	const commits = outcome.release !== outcome.previous ? {
		from: hosts.first.session.welcome.liveCommit,
		to: outcome.commit
	} : void 0;
	return {
		...makeReport(run, phases, outcome),
		tried: release,
		...told,
		commits
	};
}
/** Where a plain rollback or update of several hosts goes: all to the same. @throws HostError where each would go to another */
async function oneRelease({ command, stage }, hosts) {
	if (command !== "rollback" && command !== "update" || hosts.all.length === 1) return void 0;
	const targets = await hosts.each(async ({ name, session }) => {
		return {
			name,
			release: command === "update" ? inactiveOf(await session.status()) : session.welcome.links.previous
		};
	});
	return oneTarget(command, stage.name, targets) ?? void 0;
}
function phaseOf({ command }) {
	return command === "rollback" ? "Roll back" : `${command.charAt(0).toUpperCase()}${command.slice(1)}`;
}
function requestOf(run) {
	const { command, release, names, stage, force, preempt, databaseAhead, lockMs } = run;
	const asked = {
		times: {
			...stage.times,
			lockMs
		},
		force,
		preempt,
		databaseAhead
	};
	switch (command) {
		case "rollback":
		case "update": return {
			type: command,
			release: release ?? null,
			...asked
		};
		case "activate":
			if (release === void 0) throw new Error("a run that activates names a release");
			return {
				type: command,
				release,
				...asked
			};
		case "keepalive": return {
			type: command,
			...asked
		};
		case "restart":
		case "start":
		case "stop": return {
			type: command,
			...names,
			...asked
		};
		default: throw new Error(`${command} is about more than what is on the host`);
	}
}
// src/commands/host-verb.ts
/** Has the host do something that needs nothing but the host, and follows it to its end. */
async function change(run, request, log) {
	const phases = new Phases(log);
	const connect = request.type === "manage" ? connectFirst : connectAll;
	using hosts = await phases.prepare("Connect", () => connect(run, log));
	const { outcome, ...told } = await phases.run(run.command, () => operate(hosts, request, log));
	return {
		...makeReport(run, phases, outcome),
		...told
	};
}
/** Prints a process's log as it comes, until it ends or the run is interrupted; as JSON an object a line. */
async function showLogs(run, request, log, clean) {
	const stopped = new AbortController();
	const stop = () => stopped.abort();
	using hosts = await connectAll(run, log);
	const told = (host, line) => {
		if (run.json) return JSON.stringify({
			host,
			line
		});
		return hosts.isFleet ? `${host}: ${line}` : line;
	};
	const unhear = hearSignals(stop);
	try {
		await hosts.each(({ session, name }) => {
			const print = (lines) => {
				const plain = lines.flatMap(plainLines).map(clean);
				answer(plain.map((line) => `${told(name, line)}\n`).join(""), run.json);
			};
			return session.logs(request, print, stopped.signal);
		});
	} finally {
		unhear();
	}
}
// src/commands/outcome.ts
const POLL_MS = 1e3;
/** Learns what became of an operation that another run began, and waits for its end as long as for the lock. */
async function learn(run, request, log) {
	const phases = new Phases(log);
	using hosts = await phases.prepare("Connect", () => connectAll(run, log));
	if (!hosts.isFleet) {
		const { session } = hosts.first;
		const outcome = await phases.run("Outcome", () => ended(session, request.operation, run.lockMs, log));
		return makeReport(run, phases, outcome);
	}
	const ends = [...await phases.run("Outcome", () => hosts.each((member) => endOf(member, request.operation, run.lockMs))), ...hosts.skipped()];
	return {
		...makeReport(run, phases, wholeOutcome(ends)),
		hosts: ends
	};
}
/** How it ended on one host of several; a host that knows nothing of it was not asked. */
async function endOf({ name, session, log }, operation, patienceMs) {
	try {
		const outcome = await ended(session, operation, patienceMs, log);
		return {
			host: name,
			result: outcome.result,
			outcome,
			message: outcome.message,
			events: []
		};
	} catch (error) {
		if (!(error instanceof HostError) || error.kind !== "unknown") throw error;
		return {
			host: name,
			result: "untouched",
			outcome: null,
			message: error.what,
			events: []
		};
	}
}
async function ended(session, operation, patienceMs, log) {
	const deadline = performance.now() + patienceMs;
	for (let asked = operation, first = true;; first = false) {
		const { state, outcome, operation: name = asked } = await session.outcomeOf(asked);
		if (first && name !== null) log.info(`operation ${name}`);
		if (outcome !== null) return outcome;
		if (state === "unknown") throw refusal(session, "unknown", name === null ? "nothing was done yet" : `there was no operation ${name}`);
		if (performance.now() > deadline) throw refusal(session, "answer", `operation ${name} has not ended yet`);
		if (first) log.notice(`operation ${name} has not ended yet: waiting for it`);
		asked = name;
		await setTimeout(POLL_MS);
	}
}
function refusal(session, kind, what) {
	return new HostError({
		kind,
		what: `${what}.`,
		where: session.label,
		state: UNTOUCHED$1,
		next: "`graceful history` lists what was done, `graceful status` shows what the host serves."
	});
}
// src/commands/status.ts
/** Asks the hosts what they run. Changes nothing and never waits for a running operation. */
async function status(run, log) {
	using hosts = await reachable(run, log, { type: "status" });
	return await tell$1(hosts, ({ session }) => session.status());
}
/** Asks the hosts for their releases, or for what was done with the site. Changes nothing and never waits either. */
async function ask(run, request, log) {
	using hosts = await reachable(run, log, request);
	return await tell$1(hosts, ({ session }) => request.type === "releases" ? session.releases() : session.history(request.last));
}
/** Has the hosts look for damage. They wait for no operation either, and none waits for them. */
async function verify(run, log) {
	using hosts = await reachable(run, log);
	return await tell$1(hosts, ({ session }) => session.verify());
}
/** Of several hosts those that can be reached: what one of them knows is told although another is down. */
function reachable(run, log, question) {
	const waves = {
		...run.stage.waves,
		unreachable: "skip",
		maxFail: run.logins.length
	};
	return connectAll({
		...run,
		stage: {
			...run.stage,
			waves
		}
	}, log, { ask: question });
}
async function tell$1(hosts, answer) {
	return {
		told: await hosts.each(async (member) => ({
			host: member.name,
			answer: await answer(member)
		})),
		away: [...hosts.away]
	};
}
// node_modules/commander/lib/error.js
/**
* CommanderError class
*/
var CommanderError = class extends Error {
	/**
	* Constructs the CommanderError class
	* @param {number} exitCode suggested exit code which could be used with process.exit
	* @param {string} code an id string representing the error
	* @param {string} message human-readable description of the error
	*/
	constructor(exitCode, code, message) {
		super(message);
		Error.captureStackTrace(this, this.constructor);
		this.name = this.constructor.name;
		this.code = code;
		this.exitCode = exitCode;
		this.nestedError = void 0;
	}
};
/**
* InvalidArgumentError class
*/
var InvalidArgumentError = class extends CommanderError {
	/**
	* Constructs the InvalidArgumentError class
	* @param {string} [message] explanation of why argument is invalid
	*/
	constructor(message) {
		super(1, "commander.invalidArgument", message);
		Error.captureStackTrace(this, this.constructor);
		this.name = this.constructor.name;
	}
};
// node_modules/commander/lib/argument.js
var Argument = class {
	/**
	* Initialize a new command argument with the given name and description.
	* The default is that the argument is required, and you can explicitly
	* indicate this with <> around the name. Put [] around the name for an optional argument.
	*
	* @param {string} name
	* @param {string} [description]
	*/
	constructor(name, description) {
		this.description = description || "";
		this.variadic = false;
		this.parseArg = void 0;
		this.defaultValue = void 0;
		this.defaultValueDescription = void 0;
		this.argChoices = void 0;
		switch (name[0]) {
			case "<":
				this.required = true;
				this._name = name.slice(1, -1);
				break;
			case "[":
				this.required = false;
				this._name = name.slice(1, -1);
				break;
			default:
				this.required = true;
				this._name = name;
		}
		if (this._name.endsWith("...")) {
			this.variadic = true;
			this._name = this._name.slice(0, -3);
		}
	}
	/**
	* Return argument name.
	*
	* @return {string}
	*/
	name() {
		return this._name;
	}
	/**
	* @package
	*/
	_collectValue(value, previous) {
		if (previous === this.defaultValue || !Array.isArray(previous)) return [value];
		previous.push(value);
		return previous;
	}
	/**
	* Set the default value, and optionally supply the description to be displayed in the help.
	*
	* @param {*} value
	* @param {string} [description]
	* @return {Argument}
	*/
	default(value, description) {
		this.defaultValue = value;
		this.defaultValueDescription = description;
		return this;
	}
	/**
	* Set the custom handler for processing CLI command arguments into argument values.
	*
	* @param {Function} [fn]
	* @return {Argument}
	*/
	argParser(fn) {
		this.parseArg = fn;
		return this;
	}
	/**
	* Only allow argument value to be one of choices.
	*
	* @param {string[]} values
	* @return {Argument}
	*/
	choices(values) {
		this.argChoices = values.slice();
		this.parseArg = (arg, previous) => {
			if (!this.argChoices.includes(arg)) throw new InvalidArgumentError(`Allowed choices are ${this.argChoices.join(", ")}.`);
			if (this.variadic) return this._collectValue(arg, previous);
			return arg;
		};
		return this;
	}
	/**
	* Make argument required.
	*
	* @returns {Argument}
	*/
	argRequired() {
		this.required = true;
		return this;
	}
	/**
	* Make argument optional.
	*
	* @returns {Argument}
	*/
	argOptional() {
		this.required = false;
		return this;
	}
};
/**
* Takes an argument and returns its human readable equivalent for help usage.
*
* @param {Argument} arg
* @return {string}
* @private
*/
function humanReadableArgName(arg) {
	const nameOutput = arg.name() + (arg.variadic === true ? "..." : "");
	return arg.required ? "<" + nameOutput + ">" : "[" + nameOutput + "]";
}
// node_modules/commander/lib/help.js
/**
* TypeScript import types for JSDoc, used by Visual Studio Code IntelliSense and `npm run typescript-checkJS`
* https://www.typescriptlang.org/docs/handbook/jsdoc-supported-types.html#import-types
* @typedef { import("./argument.js").Argument } Argument
* @typedef { import("./command.js").Command } Command
* @typedef { import("./option.js").Option } Option
*/
var Help = class {
	constructor() {
		this.helpWidth = void 0;
		this.minWidthToWrap = 40;
		this.sortSubcommands = false;
		this.sortOptions = false;
		this.showGlobalOptions = false;
	}
	/**
	* prepareContext is called by Commander after applying overrides from `Command.configureHelp()`
	* and just before calling `formatHelp()`.
	*
	* Commander just uses the helpWidth and the rest is provided for optional use by more complex subclasses.
	*
	* @param {{ error?: boolean, helpWidth?: number, outputHasColors?: boolean }} contextOptions
	*/
	prepareContext(contextOptions) {
		this.helpWidth = this.helpWidth ?? contextOptions.helpWidth ?? 80;
	}
	/**
	* Get an array of the visible subcommands. Includes a placeholder for the implicit help command, if there is one.
	*
	* @param {Command} cmd
	* @returns {Command[]}
	*/
	visibleCommands(cmd) {
		const visibleCommands = cmd.commands.filter((cmd) => !cmd._hidden);
		const helpCommand = cmd._getHelpCommand();
		if (helpCommand && !helpCommand._hidden) visibleCommands.push(helpCommand);
		if (this.sortSubcommands) visibleCommands.sort((a, b) => {
			return a.name().localeCompare(b.name());
		});
		return visibleCommands;
	}
	/**
	* Compare options for sort.
	*
	* @param {Option} a
	* @param {Option} b
	* @returns {number}
	*/
	compareOptions(a, b) {
		const getSortKey = (option) => {
			return option.short ? option.short.replace(/^-/, "") : option.long.replace(/^--/, "");
		};
		return getSortKey(a).localeCompare(getSortKey(b));
	}
	/**
	* Get an array of the visible options. Includes a placeholder for the implicit help option, if there is one.
	*
	* @param {Command} cmd
	* @returns {Option[]}
	*/
	visibleOptions(cmd) {
		const visibleOptions = cmd.options.filter((option) => !option.hidden);
		const helpOption = cmd._getHelpOption();
		if (helpOption && !helpOption.hidden) {
			const removeShort = helpOption.short && cmd._findOption(helpOption.short);
			const removeLong = helpOption.long && cmd._findOption(helpOption.long);
			if (!removeShort && !removeLong) visibleOptions.push(helpOption);
			else if (helpOption.long && !removeLong) visibleOptions.push(cmd.createOption(helpOption.long, helpOption.description).helpGroup(helpOption.helpGroupHeading));
			else if (helpOption.short && !removeShort) visibleOptions.push(cmd.createOption(helpOption.short, helpOption.description).helpGroup(helpOption.helpGroupHeading));
		}
		if (this.sortOptions) visibleOptions.sort(this.compareOptions);
		return visibleOptions;
	}
	/**
	* Get an array of the visible global options. (Not including help.)
	*
	* @param {Command} cmd
	* @returns {Option[]}
	*/
	visibleGlobalOptions(cmd) {
		if (!this.showGlobalOptions) return [];
		const globalOptions = [];
		for (let ancestorCmd = cmd.parent; ancestorCmd; ancestorCmd = ancestorCmd.parent) {
			const visibleOptions = ancestorCmd.options.filter((option) => !option.hidden);
			globalOptions.push(...visibleOptions);
		}
		if (this.sortOptions) globalOptions.sort(this.compareOptions);
		return globalOptions;
	}
	/**
	* Get an array of the arguments if any have a description.
	*
	* @param {Command} cmd
	* @returns {Argument[]}
	*/
	visibleArguments(cmd) {
		if (cmd._argsDescription) cmd.registeredArguments.forEach((argument) => {
			argument.description = argument.description || cmd._argsDescription[argument.name()] || "";
		});
		if (cmd.registeredArguments.find((argument) => argument.description)) return cmd.registeredArguments;
		return [];
	}
	/**
	* Get the command term to show in the list of subcommands.
	*
	* @param {Command} cmd
	* @returns {string}
	*/
	subcommandTerm(cmd) {
		const args = cmd.registeredArguments.map((arg) => humanReadableArgName(arg)).join(" ");
		return cmd._name + (cmd._aliases[0] ? "|" + cmd._aliases[0] : "") + (cmd.options.length ? " [options]" : "") + (args ? " " + args : "");
	}
	/**
	* Get the option term to show in the list of options.
	*
	* @param {Option} option
	* @returns {string}
	*/
	optionTerm(option) {
		return option.flags;
	}
	/**
	* Get the argument term to show in the list of arguments.
	*
	* @param {Argument} argument
	* @returns {string}
	*/
	argumentTerm(argument) {
		return argument.name();
	}
	/**
	* Get the longest command term length.
	*
	* @param {Command} cmd
	* @param {Help} helper
	* @returns {number}
	*/
	longestSubcommandTermLength(cmd, helper) {
		return helper.visibleCommands(cmd).reduce((max, command) => {
			return Math.max(max, this.displayWidth(helper.styleSubcommandTerm(helper.subcommandTerm(command))));
		}, 0);
	}
	/**
	* Get the longest option term length.
	*
	* @param {Command} cmd
	* @param {Help} helper
	* @returns {number}
	*/
	longestOptionTermLength(cmd, helper) {
		return helper.visibleOptions(cmd).reduce((max, option) => {
			return Math.max(max, this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option))));
		}, 0);
	}
	/**
	* Get the longest global option term length.
	*
	* @param {Command} cmd
	* @param {Help} helper
	* @returns {number}
	*/
	longestGlobalOptionTermLength(cmd, helper) {
		return helper.visibleGlobalOptions(cmd).reduce((max, option) => {
			return Math.max(max, this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option))));
		}, 0);
	}
	/**
	* Get the longest argument term length.
	*
	* @param {Command} cmd
	* @param {Help} helper
	* @returns {number}
	*/
	longestArgumentTermLength(cmd, helper) {
		return helper.visibleArguments(cmd).reduce((max, argument) => {
			return Math.max(max, this.displayWidth(helper.styleArgumentTerm(helper.argumentTerm(argument))));
		}, 0);
	}
	/**
	* Get the command usage to be displayed at the top of the built-in help.
	*
	* @param {Command} cmd
	* @returns {string}
	*/
	commandUsage(cmd) {
		let cmdName = cmd._name;
		if (cmd._aliases[0]) cmdName = cmdName + "|" + cmd._aliases[0];
		let ancestorCmdNames = "";
		for (let ancestorCmd = cmd.parent; ancestorCmd; ancestorCmd = ancestorCmd.parent) ancestorCmdNames = ancestorCmd.name() + " " + ancestorCmdNames;
		return ancestorCmdNames + cmdName + " " + cmd.usage();
	}
	/**
	* Get the description for the command.
	*
	* @param {Command} cmd
	* @returns {string}
	*/
	commandDescription(cmd) {
		return cmd.description();
	}
	/**
	* Get the subcommand summary to show in the list of subcommands.
	* (Fallback to description for backwards compatibility.)
	*
	* @param {Command} cmd
	* @returns {string}
	*/
	subcommandDescription(cmd) {
		return cmd.summary() || cmd.description();
	}
	/**
	* Get the option description to show in the list of options.
	*
	* @param {Option} option
	* @return {string}
	*/
	optionDescription(option) {
		const extraInfo = [];
		if (option.argChoices) extraInfo.push(`choices: ${option.argChoices.map((choice) => JSON.stringify(choice)).join(", ")}`);
		if (option.defaultValue !== void 0) {
			if (option.required || option.optional || option.isBoolean() && typeof option.defaultValue === "boolean") extraInfo.push(`default: ${option.defaultValueDescription || JSON.stringify(option.defaultValue)}`);
		}
		if (option.presetArg !== void 0 && option.optional) extraInfo.push(`preset: ${JSON.stringify(option.presetArg)}`);
		if (option.envVar !== void 0) extraInfo.push(`env: ${option.envVar}`);
		if (extraInfo.length > 0) {
			const extraDescription = `(${extraInfo.join(", ")})`;
			if (option.description) return `${option.description} ${extraDescription}`;
			return extraDescription;
		}
		return option.description;
	}
	/**
	* Get the argument description to show in the list of arguments.
	*
	* @param {Argument} argument
	* @return {string}
	*/
	argumentDescription(argument) {
		const extraInfo = [];
		if (argument.argChoices) extraInfo.push(`choices: ${argument.argChoices.map((choice) => JSON.stringify(choice)).join(", ")}`);
		if (argument.defaultValue !== void 0) extraInfo.push(`default: ${argument.defaultValueDescription || JSON.stringify(argument.defaultValue)}`);
		if (extraInfo.length > 0) {
			const extraDescription = `(${extraInfo.join(", ")})`;
			if (argument.description) return `${argument.description} ${extraDescription}`;
			return extraDescription;
		}
		return argument.description;
	}
	/**
	* Format a list of items, given a heading and an array of formatted items.
	*
	* @param {string} heading
	* @param {string[]} items
	* @param {Help} helper
	* @returns string[]
	*/
	formatItemList(heading, items, helper) {
		if (items.length === 0) return [];
		return [
			helper.styleTitle(heading),
			...items,
			""
		];
	}
	/**
	* Group items by their help group heading.
	*
	* @param {Command[] | Option[]} unsortedItems
	* @param {Command[] | Option[]} visibleItems
	* @param {Function} getGroup
	* @returns {Map<string, Command[] | Option[]>}
	*/
	groupItems(unsortedItems, visibleItems, getGroup) {
		const result = /* @__PURE__ */ new Map();
		unsortedItems.forEach((item) => {
			const group = getGroup(item);
			if (!result.has(group)) result.set(group, []);
		});
		visibleItems.forEach((item) => {
			const group = getGroup(item);
			if (!result.has(group)) result.set(group, []);
			result.get(group).push(item);
		});
		return result;
	}
	/**
	* Generate the built-in help text.
	*
	* @param {Command} cmd
	* @param {Help} helper
	* @returns {string}
	*/
	formatHelp(cmd, helper) {
		const termWidth = helper.padWidth(cmd, helper);
		const helpWidth = helper.helpWidth ?? 80;
		function callFormatItem(term, description) {
			return helper.formatItem(term, termWidth, description, helper);
		}
		let output = [`${helper.styleTitle("Usage:")} ${helper.styleUsage(helper.commandUsage(cmd))}`, ""];
		const commandDescription = helper.commandDescription(cmd);
		if (commandDescription.length > 0) output = output.concat([helper.boxWrap(helper.styleCommandDescription(commandDescription), helpWidth), ""]);
		const argumentList = helper.visibleArguments(cmd).map((argument) => {
			return callFormatItem(helper.styleArgumentTerm(helper.argumentTerm(argument)), helper.styleArgumentDescription(helper.argumentDescription(argument)));
		});
		output = output.concat(this.formatItemList("Arguments:", argumentList, helper));
		this.groupItems(cmd.options, helper.visibleOptions(cmd), (option) => option.helpGroupHeading ?? "Options:").forEach((options, group) => {
			const optionList = options.map((option) => {
				return callFormatItem(helper.styleOptionTerm(helper.optionTerm(option)), helper.styleOptionDescription(helper.optionDescription(option)));
			});
			output = output.concat(this.formatItemList(group, optionList, helper));
		});
		if (helper.showGlobalOptions) {
			const globalOptionList = helper.visibleGlobalOptions(cmd).map((option) => {
				return callFormatItem(helper.styleOptionTerm(helper.optionTerm(option)), helper.styleOptionDescription(helper.optionDescription(option)));
			});
			output = output.concat(this.formatItemList("Global Options:", globalOptionList, helper));
		}
		this.groupItems(cmd.commands, helper.visibleCommands(cmd), (sub) => sub.helpGroup() || "Commands:").forEach((commands, group) => {
			const commandList = commands.map((sub) => {
				return callFormatItem(helper.styleSubcommandTerm(helper.subcommandTerm(sub)), helper.styleSubcommandDescription(helper.subcommandDescription(sub)));
			});
			output = output.concat(this.formatItemList(group, commandList, helper));
		});
		return output.join("\n");
	}
	/**
	* Return display width of string, ignoring ANSI escape sequences. Used in padding and wrapping calculations.
	*
	* @param {string} str
	* @returns {number}
	*/
	displayWidth(str) {
		return stripVTControlCharacters(str).length;
	}
	/**
	* Style the title for displaying in the help. Called with 'Usage:', 'Options:', etc.
	*
	* @param {string} str
	* @returns {string}
	*/
	styleTitle(str) {
		return str;
	}
	styleUsage(str) {
		return str.split(" ").map((word) => {
			if (word === "[options]") return this.styleOptionText(word);
			if (word === "[command]") return this.styleSubcommandText(word);
			if (word[0] === "[" || word[0] === "<") return this.styleArgumentText(word);
			return this.styleCommandText(word);
		}).join(" ");
	}
	styleCommandDescription(str) {
		return this.styleDescriptionText(str);
	}
	styleOptionDescription(str) {
		return this.styleDescriptionText(str);
	}
	styleSubcommandDescription(str) {
		return this.styleDescriptionText(str);
	}
	styleArgumentDescription(str) {
		return this.styleDescriptionText(str);
	}
	styleDescriptionText(str) {
		return str;
	}
	styleOptionTerm(str) {
		return this.styleOptionText(str);
	}
	styleSubcommandTerm(str) {
		return str.split(" ").map((word) => {
			if (word === "[options]") return this.styleOptionText(word);
			if (word[0] === "[" || word[0] === "<") return this.styleArgumentText(word);
			return this.styleSubcommandText(word);
		}).join(" ");
	}
	styleArgumentTerm(str) {
		return this.styleArgumentText(str);
	}
	styleOptionText(str) {
		return str;
	}
	styleArgumentText(str) {
		return str;
	}
	styleSubcommandText(str) {
		return str;
	}
	styleCommandText(str) {
		return str;
	}
	/**
	* Calculate the pad width from the maximum term length.
	*
	* @param {Command} cmd
	* @param {Help} helper
	* @returns {number}
	*/
	padWidth(cmd, helper) {
		return Math.max(helper.longestOptionTermLength(cmd, helper), helper.longestGlobalOptionTermLength(cmd, helper), helper.longestSubcommandTermLength(cmd, helper), helper.longestArgumentTermLength(cmd, helper));
	}
	/**
	* Detect manually wrapped and indented strings by checking for line break followed by whitespace.
	*
	* @param {string} str
	* @returns {boolean}
	*/
	preformatted(str) {
		return /\n[^\S\r\n]/.test(str);
	}
	/**
	* Format the "item", which consists of a term and description. Pad the term and wrap the description, indenting the following lines.
	*
	* So "TTT", 5, "DDD DDDD DD DDD" might be formatted for this.helpWidth=17 like so:
	*   TTT  DDD DDDD
	*        DD DDD
	*
	* @param {string} term
	* @param {number} termWidth
	* @param {string} description
	* @param {Help} helper
	* @returns {string}
	*/
	formatItem(term, termWidth, description, helper) {
		const itemIndent = 2;
		const itemIndentStr = " ".repeat(itemIndent);
		if (!description) return itemIndentStr + term;
		const paddedTerm = term.padEnd(termWidth + term.length - helper.displayWidth(term));
		const spacerWidth = 2;
		const remainingWidth = (this.helpWidth ?? 80) - termWidth - spacerWidth - itemIndent;
		let formattedDescription;
		if (remainingWidth < this.minWidthToWrap || helper.preformatted(description)) formattedDescription = description;
		else formattedDescription = helper.boxWrap(description, remainingWidth).replace(/\n/g, "\n" + " ".repeat(termWidth + spacerWidth));
		return itemIndentStr + paddedTerm + " ".repeat(spacerWidth) + formattedDescription.replace(/\n/g, `\n${itemIndentStr}`);
	}
	/**
	* Wrap a string at whitespace, preserving existing line breaks.
	* Wrapping is skipped if the width is less than `minWidthToWrap`.
	*
	* @param {string} str
	* @param {number} width
	* @returns {string}
	*/
	boxWrap(str, width) {
		if (width < this.minWidthToWrap) return str;
		const rawLines = str.split(/\r\n|\n/);
		const chunkPattern = /[\s]*[^\s]+/g;
		const wrappedLines = [];
		rawLines.forEach((line) => {
			const chunks = line.match(chunkPattern);
			if (chunks === null) {
				wrappedLines.push("");
				return;
			}
			let sumChunks = [chunks.shift()];
			let sumWidth = this.displayWidth(sumChunks[0]);
			chunks.forEach((chunk) => {
				const visibleWidth = this.displayWidth(chunk);
				if (sumWidth + visibleWidth <= width) {
					sumChunks.push(chunk);
					sumWidth += visibleWidth;
					return;
				}
				wrappedLines.push(sumChunks.join(""));
				const nextChunk = chunk.trimStart();
				sumChunks = [nextChunk];
				sumWidth = this.displayWidth(nextChunk);
			});
			wrappedLines.push(sumChunks.join(""));
		});
		return wrappedLines.join("\n");
	}
};
// node_modules/commander/lib/option.js
var Option = class {
	/**
	* Initialize a new `Option` with the given `flags` and `description`.
	*
	* @param {string} flags
	* @param {string} [description]
	*/
	constructor(flags, description) {
		this.flags = flags;
		this.description = description || "";
		this.required = flags.includes("<");
		this.optional = flags.includes("[");
		this.variadic = /\p{ID_Continue}\.\.\.[>\]]$/u.test(flags);
		this.mandatory = false;
		const optionFlags = splitOptionFlags(flags);
		this.short = optionFlags.shortFlag;
		this.long = optionFlags.longFlag;
		this.negate = false;
		if (this.long) this.negate = this.long.startsWith("--no-");
		this.defaultValue = void 0;
		this.defaultValueDescription = void 0;
		this.presetArg = void 0;
		this.envVar = void 0;
		this.parseArg = void 0;
		this.hidden = false;
		this.argChoices = void 0;
		this.conflictsWith = [];
		this.implied = void 0;
		this.helpGroupHeading = void 0;
	}
	/**
	* Set the default value, and optionally supply the description to be displayed in the help.
	*
	* @param {*} value
	* @param {string} [description]
	* @return {Option}
	*/
	default(value, description) {
		this.defaultValue = value;
		this.defaultValueDescription = description;
		return this;
	}
	/**
	* Preset to use when option used without option-argument, especially optional but also boolean and negated.
	* The custom processing (parseArg) is called.
	*
	* @example
	* new Option('--color').default('GREYSCALE').preset('RGB');
	* new Option('--donate [amount]').preset('20').argParser(parseFloat);
	*
	* @param {*} arg
	* @return {Option}
	*/
	preset(arg) {
		this.presetArg = arg;
		return this;
	}
	/**
	* Add option name(s) that conflict with this option.
	* An error will be displayed if conflicting options are found during parsing.
	*
	* @example
	* new Option('--rgb').conflicts('cmyk');
	* new Option('--js').conflicts(['ts', 'jsx']);
	*
	* @param {(string | string[])} names
	* @return {Option}
	*/
	conflicts(names) {
		this.conflictsWith = this.conflictsWith.concat(names);
		return this;
	}
	/**
	* Specify implied option values for when this option is set and the implied options are not.
	*
	* The custom processing (parseArg) is not called on the implied values.
	*
	* @example
	* program
	*   .addOption(new Option('--log', 'write logging information to file'))
	*   .addOption(new Option('--trace', 'log extra details').implies({ log: 'trace.txt' }));
	*
	* @param {object} impliedOptionValues
	* @return {Option}
	*/
	implies(impliedOptionValues) {
		let newImplied = impliedOptionValues;
		if (typeof impliedOptionValues === "string") newImplied = { [impliedOptionValues]: true };
		this.implied = Object.assign(this.implied || {}, newImplied);
		return this;
	}
	/**
	* Set environment variable to check for option value.
	*
	* An environment variable is only used if when processed the current option value is
	* undefined, or the source of the current value is 'default' or 'config' or 'env'.
	*
	* @param {string} name
	* @return {Option}
	*/
	env(name) {
		this.envVar = name;
		return this;
	}
	/**
	* Set the custom handler for processing CLI option arguments into option values.
	*
	* @param {Function} [fn]
	* @return {Option}
	*/
	argParser(fn) {
		this.parseArg = fn;
		return this;
	}
	/**
	* Whether the option is mandatory and must have a value after parsing.
	*
	* @param {boolean} [mandatory=true]
	* @return {Option}
	*/
	makeOptionMandatory(mandatory = true) {
		this.mandatory = !!mandatory;
		return this;
	}
	/**
	* Hide option in help.
	*
	* @param {boolean} [hide=true]
	* @return {Option}
	*/
	hideHelp(hide = true) {
		this.hidden = !!hide;
		return this;
	}
	/**
	* @package
	*/
	_collectValue(value, previous) {
		if (previous === this.defaultValue || !Array.isArray(previous)) return [value];
		previous.push(value);
		return previous;
	}
	/**
	* Only allow option value to be one of choices.
	*
	* @param {string[]} values
	* @return {Option}
	*/
	choices(values) {
		this.argChoices = values.slice();
		this.parseArg = (arg, previous) => {
			if (!this.argChoices.includes(arg)) throw new InvalidArgumentError(`Allowed choices are ${this.argChoices.join(", ")}.`);
			if (this.variadic) return this._collectValue(arg, previous);
			return arg;
		};
		return this;
	}
	/**
	* Return option name.
	*
	* @return {string}
	*/
	name() {
		if (this.long) return this.long.replace(/^--/, "");
		return this.short.replace(/^-/, "");
	}
	/**
	* Return option name, in a camelcase format that can be used
	* as an object attribute key.
	*
	* @return {string}
	*/
	attributeName() {
		if (this.negate) return camelcase(this.name().replace(/^no-/, ""));
		return camelcase(this.name());
	}
	/**
	* Set the help group heading.
	*
	* @param {string} heading
	* @return {Option}
	*/
	helpGroup(heading) {
		this.helpGroupHeading = heading;
		return this;
	}
	/**
	* Check if `arg` matches the short or long flag.
	*
	* @param {string} arg
	* @return {boolean}
	* @package
	*/
	is(arg) {
		return this.short === arg || this.long === arg;
	}
	/**
	* Return whether a boolean option.
	*
	* Options are one of boolean, negated, required argument, or optional argument.
	*
	* @return {boolean}
	* @package
	*/
	isBoolean() {
		return !this.required && !this.optional && !this.negate;
	}
};
/**
* This class is to make it easier to work with dual options, without changing the existing
* implementation. We support separate dual options for separate positive and negative options,
* like `--build` and `--no-build`, which share a single option value. This works nicely for some
* use cases, but is tricky for others where we want separate behaviours despite
* the single shared option value.
*/
var DualOptions = class {
	/**
	* @param {Option[]} options
	*/
	constructor(options) {
		this.positiveOptions = /* @__PURE__ */ new Map();
		this.negativeOptions = /* @__PURE__ */ new Map();
		this.dualOptions = /* @__PURE__ */ new Set();
		options.forEach((option) => {
			if (option.negate) this.negativeOptions.set(option.attributeName(), option);
			else this.positiveOptions.set(option.attributeName(), option);
		});
		this.negativeOptions.forEach((value, key) => {
			if (this.positiveOptions.has(key)) this.dualOptions.add(key);
		});
	}
	/**
	* Did the value come from the option, and not from possible matching dual option?
	*
	* @param {*} value
	* @param {Option} option
	* @returns {boolean}
	*/
	valueFromOption(value, option) {
		const optionKey = option.attributeName();
		if (!this.dualOptions.has(optionKey)) return true;
		const preset = this.negativeOptions.get(optionKey).presetArg;
		const negativeValue = preset !== void 0 ? preset : false;
		return option.negate === (negativeValue === value);
	}
};
/**
* Convert string from kebab-case to camelCase.
*
* @param {string} str
* @return {string}
* @private
*/
function camelcase(str) {
	return str.split("-").reduce((str, word) => {
		return str + word[0].toUpperCase() + word.slice(1);
	});
}
/**
* Split the short and long flag out of something like '-m,--mixed <value>'
*
* @private
*/
function splitOptionFlags(flags) {
	let shortFlag;
	let longFlag;
	const shortFlagExp = /^-[^-]$/;
	const longFlagExp = /^--[^-]/;
	const flagParts = flags.split(/[ |,]+/).concat("guard");
	if (shortFlagExp.test(flagParts[0])) shortFlag = flagParts.shift();
	if (longFlagExp.test(flagParts[0])) longFlag = flagParts.shift();
	if (!shortFlag && shortFlagExp.test(flagParts[0])) shortFlag = flagParts.shift();
	if (!shortFlag && longFlagExp.test(flagParts[0])) {
		shortFlag = longFlag;
		longFlag = flagParts.shift();
	}
	if (flagParts[0].startsWith("-")) {
		const unsupportedFlag = flagParts[0];
		const baseError = `option creation failed due to '${unsupportedFlag}' in option flags '${flags}'`;
		if (/^-[^-][^-]/.test(unsupportedFlag)) throw new Error(`${baseError}
- a short flag is a single dash and a single character
  - either use a single dash and a single character (for a short flag)
  - or use a double dash for a long option (and can have two, like '--ws, --workspace')`);
		if (shortFlagExp.test(unsupportedFlag)) throw new Error(`${baseError}
- too many short flags`);
		if (longFlagExp.test(unsupportedFlag)) throw new Error(`${baseError}
- too many long flags`);
		throw new Error(`${baseError}
- unrecognised flag format`);
	}
	if (shortFlag === void 0 && longFlag === void 0) throw new Error(`option creation failed due to no flags found in '${flags}'.`);
	return {
		shortFlag,
		longFlag
	};
}
// node_modules/commander/lib/suggestSimilar.js
const maxDistance = 3;
function editDistance(a, b) {
	if (Math.abs(a.length - b.length) > maxDistance) return Math.max(a.length, b.length);
	const d = [];
	for (let i = 0; i <= a.length; i++) d[i] = [i];
	for (let j = 0; j <= b.length; j++) d[0][j] = j;
	for (let j = 1; j <= b.length; j++) for (let i = 1; i <= a.length; i++) {
		let cost;
		if (a[i - 1] === b[j - 1]) cost = 0;
		else cost = 1;
		d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost);
		if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
	}
	return d[a.length][b.length];
}
/**
* Find close matches, restricted to same number of edits.
*
* @param {string} word
* @param {string[]} candidates
* @returns {string}
*/
function suggestSimilar(word, candidates) {
	if (!candidates || candidates.length === 0) return "";
	candidates = Array.from(new Set(candidates));
	const searchingOptions = word.startsWith("--");
	if (searchingOptions) {
		word = word.slice(2);
		candidates = candidates.map((candidate) => candidate.slice(2));
	}
	let similar = [];
	let bestDistance = maxDistance;
	const minSimilarity = .4;
	candidates.forEach((candidate) => {
		if (candidate.length <= 1) return;
		const distance = editDistance(word, candidate);
		const length = Math.max(word.length, candidate.length);
		if ((length - distance) / length > minSimilarity) {
			if (distance < bestDistance) {
				bestDistance = distance;
				similar = [candidate];
			} else if (distance === bestDistance) similar.push(candidate);
		}
	});
	similar.sort((a, b) => a.localeCompare(b));
	if (searchingOptions) similar = similar.map((candidate) => `--${candidate}`);
	if (similar.length > 1) return `\n(Did you mean one of ${similar.join(", ")}?)`;
	if (similar.length === 1) return `\n(Did you mean ${similar[0]}?)`;
	return "";
}
// node_modules/commander/lib/command.js
var Command = class Command extends EventEmitter {
	/**
	* Initialize a new `Command`.
	*
	* @param {string} [name]
	*/
	constructor(name) {
		super();
		/** @type {Command[]} */
		this.commands = [];
		/** @type {Option[]} */
		this.options = [];
		this.parent = null;
		this._allowUnknownOption = false;
		this._allowExcessArguments = false;
		/** @type {Argument[]} */
		this.registeredArguments = [];
		this._args = this.registeredArguments;
		/** @type {string[]} */
		this.args = [];
		this.rawArgs = [];
		this.processedArgs = [];
		this._scriptPath = null;
		this._name = name || "";
		this._optionValues = {};
		this._optionValueSources = {};
		this._storeOptionsAsProperties = false;
		this._actionHandler = null;
		this._executableHandler = false;
		this._executableFile = null;
		this._executableDir = null;
		this._defaultCommandName = null;
		this._exitCallback = null;
		this._aliases = [];
		this._combineFlagAndOptionalValue = true;
		this._description = "";
		this._summary = "";
		this._argsDescription = void 0;
		this._enablePositionalOptions = false;
		this._passThroughOptions = false;
		this._lifeCycleHooks = {};
		/** @type {(boolean | string)} */
		this._showHelpAfterError = false;
		this._showSuggestionAfterError = true;
		this._savedState = null;
		this._outputConfiguration = {
			writeOut: (str) => process$1.stdout.write(str),
			writeErr: (str) => process$1.stderr.write(str),
			outputError: (str, write) => write(str),
			getOutHelpWidth: () => process$1.stdout.isTTY ? process$1.stdout.columns : void 0,
			getErrHelpWidth: () => process$1.stderr.isTTY ? process$1.stderr.columns : void 0,
			getOutHasColors: () => useColor() ?? (process$1.stdout.isTTY && process$1.stdout.hasColors?.()),
			getErrHasColors: () => useColor() ?? (process$1.stderr.isTTY && process$1.stderr.hasColors?.()),
			stripColor: (str) => stripVTControlCharacters(str)
		};
		this._hidden = false;
		/** @type {(Option | null | undefined)} */
		this._helpOption = void 0;
		this._addImplicitHelpCommand = void 0;
		/** @type {Command} */
		this._helpCommand = void 0;
		this._helpConfiguration = {};
		/** @type {string | undefined} */
		this._helpGroupHeading = void 0;
		/** @type {string | undefined} */
		this._defaultCommandGroup = void 0;
		/** @type {string | undefined} */
		this._defaultOptionGroup = void 0;
	}
	/**
	* Copy settings that are useful to have in common across root command and subcommands.
	*
	* (Used internally when adding a command using `.command()` so subcommands inherit parent settings.)
	*
	* @param {Command} sourceCommand
	* @return {Command} `this` command for chaining
	*/
	copyInheritedSettings(sourceCommand) {
		this._outputConfiguration = sourceCommand._outputConfiguration;
		this._helpOption = sourceCommand._helpOption;
		this._helpCommand = sourceCommand._helpCommand;
		this._helpConfiguration = sourceCommand._helpConfiguration;
		this._exitCallback = sourceCommand._exitCallback;
		this._storeOptionsAsProperties = sourceCommand._storeOptionsAsProperties;
		this._combineFlagAndOptionalValue = sourceCommand._combineFlagAndOptionalValue;
		this._allowExcessArguments = sourceCommand._allowExcessArguments;
		this._enablePositionalOptions = sourceCommand._enablePositionalOptions;
		this._showHelpAfterError = sourceCommand._showHelpAfterError;
		this._showSuggestionAfterError = sourceCommand._showSuggestionAfterError;
		return this;
	}
	/**
	* @returns {Command[]}
	* @private
	*/
	_getCommandAndAncestors() {
		const result = [];
		for (let command = this; command; command = command.parent) result.push(command);
		return result;
	}
	/**
	* Define a command.
	*
	* There are two styles of command: pay attention to where to put the description.
	*
	* @example
	* // Command implemented using action handler (description is supplied separately to `.command`)
	* program
	*   .command('clone <source> [destination]')
	*   .description('clone a repository into a newly created directory')
	*   .action((source, destination) => {
	*     console.log('clone command called');
	*   });
	*
	* // Command implemented using separate executable file (description is second parameter to `.command`)
	* program
	*   .command('start <service>', 'start named service')
	*   .command('stop [service]', 'stop named service, or all if no name supplied');
	*
	* @param {string} nameAndArgs - command name and arguments, args are `<required>` or `[optional]` and last may also be `variadic...`
	* @param {(object | string)} [actionOptsOrExecDesc] - configuration options (for action), or description (for executable)
	* @param {object} [execOpts] - configuration options (for executable)
	* @return {Command} returns new command for action handler, or `this` for executable command
	*/
	command(nameAndArgs, actionOptsOrExecDesc, execOpts) {
		let desc = actionOptsOrExecDesc;
		let opts = execOpts;
		if (typeof desc === "object" && desc !== null) {
			opts = desc;
			desc = null;
		}
		opts = opts || {};
		const [, name, args] = nameAndArgs.match(/([^ ]+) *(.*)/);
		const cmd = this.createCommand(name);
		if (desc) {
			cmd.description(desc);
			cmd._executableHandler = true;
		}
		if (opts.isDefault) this._defaultCommandName = cmd._name;
		cmd._hidden = !!(opts.noHelp || opts.hidden);
		cmd._executableFile = opts.executableFile || null;
		if (args) cmd.arguments(args);
		this._registerCommand(cmd);
		cmd.parent = this;
		cmd.copyInheritedSettings(this);
		if (desc) return this;
		return cmd;
	}
	/**
	* Factory routine to create a new unattached command.
	*
	* See .command() for creating an attached subcommand, which uses this routine to
	* create the command. You can override createCommand to customise subcommands.
	*
	* @param {string} [name]
	* @return {Command} new command
	*/
	createCommand(name) {
		return new Command(name);
	}
	/**
	* You can customise the help with a subclass of Help by overriding createHelp,
	* or by overriding Help properties using configureHelp().
	*
	* @return {Help}
	*/
	createHelp() {
		return Object.assign(new Help(), this.configureHelp());
	}
	/**
	* You can customise the help by overriding Help properties using configureHelp(),
	* or with a subclass of Help by overriding createHelp().
	*
	* @param {object} [configuration] - configuration options
	* @return {(Command | object)} `this` command for chaining, or stored configuration
	*/
	configureHelp(configuration) {
		if (configuration === void 0) return this._helpConfiguration;
		this._helpConfiguration = configuration;
		return this;
	}
	/**
	* The default output goes to stdout and stderr. You can customise this for special
	* applications. You can also customise the display of errors by overriding outputError.
	*
	* The configuration properties are all functions:
	*
	*     // change how output being written, defaults to stdout and stderr
	*     writeOut(str)
	*     writeErr(str)
	*     // change how output being written for errors, defaults to writeErr
	*     outputError(str, write) // used for displaying errors and not used for displaying help
	*     // specify width for wrapping help
	*     getOutHelpWidth()
	*     getErrHelpWidth()
	*     // color support, currently only used with Help
	*     getOutHasColors()
	*     getErrHasColors()
	*     stripColor() // used to remove ANSI escape codes if output does not have colors
	*
	* @param {object} [configuration] - configuration options
	* @return {(Command | object)} `this` command for chaining, or stored configuration
	*/
	configureOutput(configuration) {
		if (configuration === void 0) return this._outputConfiguration;
		this._outputConfiguration = {
			...this._outputConfiguration,
			...configuration
		};
		return this;
	}
	/**
	* Display the help or a custom message after an error occurs.
	*
	* @param {(boolean|string)} [displayHelp]
	* @return {Command} `this` command for chaining
	*/
	showHelpAfterError(displayHelp = true) {
		if (typeof displayHelp !== "string") displayHelp = !!displayHelp;
		this._showHelpAfterError = displayHelp;
		return this;
	}
	/**
	* Display suggestion of similar commands for unknown commands, or options for unknown options.
	*
	* @param {boolean} [displaySuggestion]
	* @return {Command} `this` command for chaining
	*/
	showSuggestionAfterError(displaySuggestion = true) {
		this._showSuggestionAfterError = !!displaySuggestion;
		return this;
	}
	/**
	* Add a prepared subcommand.
	*
	* See .command() for creating an attached subcommand which inherits settings from its parent.
	*
	* @param {Command} cmd - new subcommand
	* @param {object} [opts] - configuration options
	* @return {Command} `this` command for chaining
	*/
	addCommand(cmd, opts) {
		if (!cmd._name) throw new Error(`Command passed to .addCommand() must have a name
- specify the name in Command constructor or using .name()`);
		opts = opts || {};
		if (opts.isDefault) this._defaultCommandName = cmd._name;
		if (opts.noHelp || opts.hidden) cmd._hidden = true;
		this._registerCommand(cmd);
		cmd.parent = this;
		cmd._checkForBrokenPassThrough();
		return this;
	}
	/**
	* Factory routine to create a new unattached argument.
	*
	* See .argument() for creating an attached argument, which uses this routine to
	* create the argument. You can override createArgument to return a custom argument.
	*
	* @param {string} name
	* @param {string} [description]
	* @return {Argument} new argument
	*/
	createArgument(name, description) {
		return new Argument(name, description);
	}
	/**
	* Define argument syntax for command.
	*
	* The default is that the argument is required, and you can explicitly
	* indicate this with <> around the name. Put [] around the name for an optional argument.
	*
	* @example
	* program.argument('<input-file>');
	* program.argument('[output-file]');
	*
	* @param {string} name
	* @param {string} [description]
	* @param {(Function|*)} [parseArg] - custom argument processing function or default value
	* @param {*} [defaultValue]
	* @return {Command} `this` command for chaining
	*/
	argument(name, description, parseArg, defaultValue) {
		const argument = this.createArgument(name, description);
		if (typeof parseArg === "function") argument.default(defaultValue).argParser(parseArg);
		else argument.default(parseArg);
		this.addArgument(argument);
		return this;
	}
	/**
	* Define argument syntax for command, adding multiple at once (without descriptions).
	*
	* See also .argument().
	*
	* @example
	* program.arguments('<cmd> [env]');
	*
	* @param {string} names
	* @return {Command} `this` command for chaining
	*/
	arguments(names) {
		names.trim().split(/ +/).forEach((detail) => {
			this.argument(detail);
		});
		return this;
	}
	/**
	* Define argument syntax for command, adding a prepared argument.
	*
	* @param {Argument} argument
	* @return {Command} `this` command for chaining
	*/
	addArgument(argument) {
		const previousArgument = this.registeredArguments.slice(-1)[0];
		if (previousArgument?.variadic) throw new Error(`only the last argument can be variadic '${previousArgument.name()}'`);
		if (argument.required && argument.defaultValue !== void 0 && argument.parseArg === void 0) throw new Error(`a default value for a required argument is never used: '${argument.name()}'`);
		this.registeredArguments.push(argument);
		return this;
	}
	/**
	* Customise or override default help command. By default a help command is automatically added if your command has subcommands.
	*
	* @example
	*    program.helpCommand('help [cmd]');
	*    program.helpCommand('help [cmd]', 'show help');
	*    program.helpCommand(false); // suppress default help command
	*    program.helpCommand(true); // add help command even if no subcommands
	*
	* @param {string|boolean} enableOrNameAndArgs - enable with custom name and/or arguments, or boolean to override whether added
	* @param {string} [description] - custom description
	* @return {Command} `this` command for chaining
	*/
	helpCommand(enableOrNameAndArgs, description) {
		if (typeof enableOrNameAndArgs === "boolean") {
			this._addImplicitHelpCommand = enableOrNameAndArgs;
			if (enableOrNameAndArgs && this._defaultCommandGroup) this._initCommandGroup(this._getHelpCommand());
			return this;
		}
		const [, helpName, helpArgs] = (enableOrNameAndArgs ?? "help [command]").match(/([^ ]+) *(.*)/);
		const helpDescription = description ?? "display help for command";
		const helpCommand = this.createCommand(helpName);
		helpCommand.helpOption(false);
		if (helpArgs) helpCommand.arguments(helpArgs);
		if (helpDescription) helpCommand.description(helpDescription);
		this._addImplicitHelpCommand = true;
		this._helpCommand = helpCommand;
		if (enableOrNameAndArgs || description) this._initCommandGroup(helpCommand);
		return this;
	}
	/**
	* Add prepared custom help command.
	*
	* @param {(Command|string|boolean)} helpCommand - custom help command, or deprecated enableOrNameAndArgs as for `.helpCommand()`
	* @param {string} [deprecatedDescription] - deprecated custom description used with custom name only
	* @return {Command} `this` command for chaining
	*/
	addHelpCommand(helpCommand, deprecatedDescription) {
		if (typeof helpCommand !== "object") {
			this.helpCommand(helpCommand, deprecatedDescription);
			return this;
		}
		this._addImplicitHelpCommand = true;
		this._helpCommand = helpCommand;
		this._initCommandGroup(helpCommand);
		return this;
	}
	/**
	* Lazy create help command.
	*
	* @return {(Command|null)}
	* @package
	*/
	_getHelpCommand() {
		if (this._addImplicitHelpCommand ?? (this.commands.length && !this._actionHandler && !this._findCommand("help"))) {
			if (this._helpCommand === void 0) this.helpCommand(void 0, void 0);
			return this._helpCommand;
		}
		return null;
	}
	/**
	* Add hook for life cycle event.
	*
	* @param {string} event
	* @param {Function} listener
	* @return {Command} `this` command for chaining
	*/
	hook(event, listener) {
		const allowedValues = [
			"preSubcommand",
			"preAction",
			"postAction"
		];
		if (!allowedValues.includes(event)) throw new Error(`Unexpected value for event passed to hook : '${event}'.
Expecting one of '${allowedValues.join("', '")}'`);
		if (this._lifeCycleHooks[event]) this._lifeCycleHooks[event].push(listener);
		else this._lifeCycleHooks[event] = [listener];
		return this;
	}
	/**
	* Register callback to use as replacement for calling process.exit.
	*
	* @param {Function} [fn] optional callback which will be passed a CommanderError, defaults to throwing
	* @return {Command} `this` command for chaining
	*/
	exitOverride(fn) {
		if (fn) this._exitCallback = fn;
		else this._exitCallback = (err) => {
			if (err.code !== "commander.executeSubCommandAsync") throw err;
		};
		return this;
	}
	/**
	* Call process.exit, and _exitCallback if defined.
	*
	* @param {number} exitCode exit code for using with process.exit
	* @param {string} code an id string representing the error
	* @param {string} message human-readable description of the error
	* @return never
	* @private
	*/
	_exit(exitCode, code, message) {
		if (this._exitCallback) this._exitCallback(new CommanderError(exitCode, code, message));
		process$1.exit(exitCode);
	}
	/**
	* Register callback `fn` for the command.
	*
	* @example
	* program
	*   .command('serve')
	*   .description('start service')
	*   .action(function() {
	*      // do work here
	*   });
	*
	* @param {Function} fn
	* @return {Command} `this` command for chaining
	*/
	action(fn) {
		const listener = (args) => {
			const expectedArgsCount = this.registeredArguments.length;
			const actionArgs = args.slice(0, expectedArgsCount);
			if (this._storeOptionsAsProperties) actionArgs[expectedArgsCount] = this;
			else actionArgs[expectedArgsCount] = this.opts();
			actionArgs.push(this);
			return fn.apply(this, actionArgs);
		};
		this._actionHandler = listener;
		return this;
	}
	/**
	* Factory routine to create a new unattached option.
	*
	* See .option() for creating an attached option, which uses this routine to
	* create the option. You can override createOption to return a custom option.
	*
	* @param {string} flags
	* @param {string} [description]
	* @return {Option} new option
	*/
	createOption(flags, description) {
		return new Option(flags, description);
	}
	/**
	* Wrap parseArgs to catch 'commander.invalidArgument'.
	*
	* @param {(Option | Argument)} target
	* @param {string} value
	* @param {*} previous
	* @param {string} invalidArgumentMessage
	* @private
	*/
	_callParseArg(target, value, previous, invalidArgumentMessage) {
		try {
			return target.parseArg(value, previous);
		} catch (err) {
			if (err.code === "commander.invalidArgument") {
				const message = `${invalidArgumentMessage} ${err.message}`;
				this.error(message, {
					exitCode: err.exitCode,
					code: err.code
				});
			}
			throw err;
		}
	}
	/**
	* Check for option flag conflicts.
	* Register option if no conflicts found, or throw on conflict.
	*
	* @param {Option} option
	* @private
	*/
	_registerOption(option) {
		const matchingOption = option.short && this._findOption(option.short) || option.long && this._findOption(option.long);
		if (matchingOption) {
			const matchingFlag = option.long && this._findOption(option.long) ? option.long : option.short;
			throw new Error(`Cannot add option '${option.flags}'${this._name && ` to command '${this._name}'`} due to conflicting flag '${matchingFlag}'
-  already used by option '${matchingOption.flags}'`);
		}
		this._initOptionGroup(option);
		this.options.push(option);
	}
	/**
	* Check for command name and alias conflicts with existing commands.
	* Register command if no conflicts found, or throw on conflict.
	*
	* @param {Command} command
	* @private
	*/
	_registerCommand(command) {
		const knownBy = (cmd) => {
			return [cmd.name()].concat(cmd.aliases());
		};
		const alreadyUsed = knownBy(command).find((name) => this._findCommand(name));
		if (alreadyUsed) {
			const existingCmd = knownBy(this._findCommand(alreadyUsed)).join("|");
			const newCmd = knownBy(command).join("|");
			throw new Error(`cannot add command '${newCmd}' as already have command '${existingCmd}'`);
		}
		this._initCommandGroup(command);
		this.commands.push(command);
	}
	/**
	* Add an option.
	*
	* @param {Option} option
	* @return {Command} `this` command for chaining
	*/
	addOption(option) {
		this._registerOption(option);
		const oname = option.name();
		const name = option.attributeName();
		if (option.defaultValue !== void 0) this.setOptionValueWithSource(name, option.defaultValue, "default");
		const handleOptionValue = (val, invalidValueMessage, valueSource) => {
			if (val == null && option.presetArg !== void 0) val = option.presetArg;
			const oldValue = this.getOptionValue(name);
			if (val !== null && option.parseArg) val = this._callParseArg(option, val, oldValue, invalidValueMessage);
			else if (val !== null && option.variadic) val = option._collectValue(val, oldValue);
			if (val == null) {
				if (option.negate) val = false;
				else if (option.isBoolean() || option.optional) val = true;
				else val = "";
			}
			this.setOptionValueWithSource(name, val, valueSource);
		};
		this.on("option:" + oname, (val) => {
			const invalidValueMessage = `error: option '${option.flags}' argument '${val}' is invalid.`;
			handleOptionValue(val, invalidValueMessage, "cli");
		});
		if (option.envVar) this.on("optionEnv:" + oname, (val) => {
			const invalidValueMessage = `error: option '${option.flags}' value '${val}' from env '${option.envVar}' is invalid.`;
			handleOptionValue(val, invalidValueMessage, "env");
		});
		return this;
	}
	/**
	* Internal implementation shared by .option() and .requiredOption()
	*
	* @return {Command} `this` command for chaining
	* @private
	*/
	_optionEx(config, flags, description, fn, defaultValue) {
		if (typeof flags === "object" && flags instanceof Option) throw new Error("To add an Option object use addOption() instead of option() or requiredOption()");
		const option = this.createOption(flags, description);
		option.makeOptionMandatory(!!config.mandatory);
		if (typeof fn === "function") option.default(defaultValue).argParser(fn);
		else if (fn instanceof RegExp) {
			const regex = fn;
			fn = (val, def) => {
				const m = regex.exec(val);
				return m ? m[0] : def;
			};
			option.default(defaultValue).argParser(fn);
		} else option.default(fn);
		return this.addOption(option);
	}
	/**
	* Define option with `flags`, `description`, and optional argument parsing function or `defaultValue` or both.
	*
	* The `flags` string contains the short and/or long flags, separated by comma, a pipe or space. A required
	* option-argument is indicated by `<>` and an optional option-argument by `[]`.
	*
	* See the README for more details, and see also addOption() and requiredOption().
	*
	* @example
	* program
	*     .option('-p, --pepper', 'add pepper')
	*     .option('--pt, --pizza-type <TYPE>', 'type of pizza') // required option-argument
	*     .option('-c, --cheese [CHEESE]', 'add extra cheese', 'mozzarella') // optional option-argument with default
	*     .option('-t, --tip <VALUE>', 'add tip to purchase cost', parseFloat) // custom parse function
	*
	* @param {string} flags
	* @param {string} [description]
	* @param {(Function|*)} [parseArg] - custom option processing function or default value
	* @param {*} [defaultValue]
	* @return {Command} `this` command for chaining
	*/
	option(flags, description, parseArg, defaultValue) {
		return this._optionEx({}, flags, description, parseArg, defaultValue);
	}
	/**
	* Add a required option which must have a value after parsing. This usually means
	* the option must be specified on the command line. (Otherwise the same as .option().)
	*
	* The `flags` string contains the short and/or long flags, separated by comma, a pipe or space.
	*
	* @param {string} flags
	* @param {string} [description]
	* @param {(Function|*)} [parseArg] - custom option processing function or default value
	* @param {*} [defaultValue]
	* @return {Command} `this` command for chaining
	*/
	requiredOption(flags, description, parseArg, defaultValue) {
		return this._optionEx({ mandatory: true }, flags, description, parseArg, defaultValue);
	}
	/**
	* Alter parsing of short flags with optional values.
	*
	* @example
	* // for `.option('-f,--flag [value]'):
	* program.combineFlagAndOptionalValue(true);  // `-f80` is treated like `--flag=80`, this is the default behaviour
	* program.combineFlagAndOptionalValue(false) // `-fb` is treated like `-f -b`
	*
	* @param {boolean} [combine] - if `true` or omitted, an optional value can be specified directly after the flag.
	* @return {Command} `this` command for chaining
	*/
	combineFlagAndOptionalValue(combine = true) {
		this._combineFlagAndOptionalValue = !!combine;
		return this;
	}
	/**
	* Allow unknown options on the command line.
	*
	* @param {boolean} [allowUnknown] - if `true` or omitted, no error will be thrown for unknown options.
	* @return {Command} `this` command for chaining
	*/
	allowUnknownOption(allowUnknown = true) {
		this._allowUnknownOption = !!allowUnknown;
		return this;
	}
	/**
	* Allow excess command-arguments on the command line. Pass false to make excess arguments an error.
	*
	* @param {boolean} [allowExcess] - if `true` or omitted, no error will be thrown for excess arguments.
	* @return {Command} `this` command for chaining
	*/
	allowExcessArguments(allowExcess = true) {
		this._allowExcessArguments = !!allowExcess;
		return this;
	}
	/**
	* Enable positional options. Positional means global options are specified before subcommands which lets
	* subcommands reuse the same option names, and also enables subcommands to turn on passThroughOptions.
	* The default behaviour is non-positional and global options may appear anywhere on the command line.
	*
	* @param {boolean} [positional]
	* @return {Command} `this` command for chaining
	*/
	enablePositionalOptions(positional = true) {
		this._enablePositionalOptions = !!positional;
		return this;
	}
	/**
	* Pass through options that come after command-arguments rather than treat them as command-options,
	* so actual command-options come before command-arguments. Turning this on for a subcommand requires
	* positional options to have been enabled on the program (parent commands).
	* The default behaviour is non-positional and options may appear before or after command-arguments.
	*
	* @param {boolean} [passThrough] for unknown options.
	* @return {Command} `this` command for chaining
	*/
	passThroughOptions(passThrough = true) {
		this._passThroughOptions = !!passThrough;
		this._checkForBrokenPassThrough();
		return this;
	}
	/**
	* @private
	*/
	_checkForBrokenPassThrough() {
		if (this.parent && this._passThroughOptions && !this.parent._enablePositionalOptions) throw new Error(`passThroughOptions cannot be used for '${this._name}' without turning on enablePositionalOptions for parent command(s)`);
	}
	/**
	* Whether to store option values as properties on command object,
	* or store separately (specify false). In both cases the option values can be accessed using .opts().
	*
	* @param {boolean} [storeAsProperties=true]
	* @return {Command} `this` command for chaining
	*/
	storeOptionsAsProperties(storeAsProperties = true) {
		if (this.options.length) throw new Error("call .storeOptionsAsProperties() before adding options");
		if (Object.keys(this._optionValues).length) throw new Error("call .storeOptionsAsProperties() before setting option values");
		this._storeOptionsAsProperties = !!storeAsProperties;
		return this;
	}
	/**
	* Retrieve option value.
	*
	* @param {string} key
	* @return {object} value
	*/
	getOptionValue(key) {
		if (this._storeOptionsAsProperties) return this[key];
		return this._optionValues[key];
	}
	/**
	* Store option value.
	*
	* @param {string} key
	* @param {object} value
	* @return {Command} `this` command for chaining
	*/
	setOptionValue(key, value) {
		return this.setOptionValueWithSource(key, value, void 0);
	}
	/**
	* Store option value and where the value came from.
	*
	* @param {string} key
	* @param {object} value
	* @param {string} source - expected values are default/config/env/cli/implied
	* @return {Command} `this` command for chaining
	*/
	setOptionValueWithSource(key, value, source) {
		if (this._storeOptionsAsProperties) this[key] = value;
		else this._optionValues[key] = value;
		this._optionValueSources[key] = source;
		return this;
	}
	/**
	* Get source of option value.
	* Expected values are default | config | env | cli | implied
	*
	* @param {string} key
	* @return {string}
	*/
	getOptionValueSource(key) {
		return this._optionValueSources[key];
	}
	/**
	* Get source of option value. See also .optsWithGlobals().
	* Expected values are default | config | env | cli | implied
	*
	* @param {string} key
	* @return {string}
	*/
	getOptionValueSourceWithGlobals(key) {
		let source;
		this._getCommandAndAncestors().forEach((cmd) => {
			if (Object.hasOwn(cmd._optionValueSources, key)) source = cmd.getOptionValueSource(key);
		});
		return source;
	}
	/**
	* Get user arguments from implied or explicit arguments.
	* Side-effects: set _scriptPath if args included script. Used for default program name, and subcommand searches.
	*
	* @private
	*/
	_prepareUserArgs(argv, parseOptions) {
		if (argv !== void 0 && !Array.isArray(argv)) throw new Error("first parameter to parse must be array or undefined");
		parseOptions = parseOptions || {};
		if (argv === void 0 && parseOptions.from === void 0) {
			if (process$1.versions?.electron) parseOptions.from = "electron";
			const execArgv = process$1.execArgv ?? [];
			if (execArgv.includes("-e") || execArgv.includes("--eval") || execArgv.includes("-p") || execArgv.includes("--print")) parseOptions.from = "eval";
		}
		if (argv === void 0) argv = process$1.argv;
		this.rawArgs = argv.slice();
		let userArgs;
		switch (parseOptions.from) {
			case void 0:
			case "node":
				this._scriptPath = argv[1];
				userArgs = argv.slice(2);
				break;
			case "electron":
				if (process$1.defaultApp) {
					this._scriptPath = argv[1];
					userArgs = argv.slice(2);
				} else userArgs = argv.slice(1);
				break;
			case "user":
				userArgs = argv.slice(0);
				break;
			case "eval":
				userArgs = argv.slice(1);
				break;
			default: throw new Error(`unexpected parse option { from: '${parseOptions.from}' }`);
		}
		if (!this._name && this._scriptPath) this.nameFromFilename(this._scriptPath);
		this._name = this._name || "program";
		return userArgs;
	}
	/**
	* Parse `argv`, setting options and invoking commands when defined.
	*
	* Use parseAsync instead of parse if any of your action handlers are async.
	*
	* Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
	*
	* Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
	* - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
	* - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
	* - `'user'`: just user arguments
	*
	* @example
	* program.parse(); // parse process.argv and auto-detect electron and special node flags
	* program.parse(process.argv); // assume argv[0] is app and argv[1] is script
	* program.parse(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
	*
	* @param {string[]} [argv] - optional, defaults to process.argv
	* @param {object} [parseOptions] - optionally specify style of options with from: node/user/electron
	* @param {string} [parseOptions.from] - where the args are from: 'node', 'user', 'electron'
	* @return {Command} `this` command for chaining
	*/
	parse(argv, parseOptions) {
		this._prepareForParse();
		const userArgs = this._prepareUserArgs(argv, parseOptions);
		this._parseCommand([], userArgs);
		return this;
	}
	/**
	* Parse `argv`, setting options and invoking commands when defined.
	*
	* Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
	*
	* Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
	* - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
	* - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
	* - `'user'`: just user arguments
	*
	* @example
	* await program.parseAsync(); // parse process.argv and auto-detect electron and special node flags
	* await program.parseAsync(process.argv); // assume argv[0] is app and argv[1] is script
	* await program.parseAsync(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
	*
	* @param {string[]} [argv]
	* @param {object} [parseOptions]
	* @param {string} parseOptions.from - where the args are from: 'node', 'user', 'electron'
	* @return {Promise}
	*/
	async parseAsync(argv, parseOptions) {
		this._prepareForParse();
		const userArgs = this._prepareUserArgs(argv, parseOptions);
		await this._parseCommand([], userArgs);
		return this;
	}
	_prepareForParse() {
		if (this._savedState === null) {
			this.options.filter((option) => option.negate && option.defaultValue === void 0 && this.getOptionValue(option.attributeName()) === void 0).forEach((option) => {
				const positiveLongFlag = option.long.replace(/^--no-/, "--");
				if (!this._findOption(positiveLongFlag)) this.setOptionValueWithSource(option.attributeName(), true, "default");
			});
			this.saveStateBeforeParse();
		} else this.restoreStateBeforeParse();
	}
	/**
	* Called the first time parse is called to save state and allow a restore before subsequent calls to parse.
	* Not usually called directly, but available for subclasses to save their custom state.
	*
	* This is called in a lazy way. Only commands used in parsing chain will have state saved.
	*/
	saveStateBeforeParse() {
		this._savedState = {
			_name: this._name,
			_optionValues: { ...this._optionValues },
			_optionValueSources: { ...this._optionValueSources }
		};
	}
	/**
	* Restore state before parse for calls after the first.
	* Not usually called directly, but available for subclasses to save their custom state.
	*
	* This is called in a lazy way. Only commands used in parsing chain will have state restored.
	*/
	restoreStateBeforeParse() {
		if (this._storeOptionsAsProperties) throw new Error(`Can not call parse again when storeOptionsAsProperties is true.
- either make a new Command for each call to parse, or stop storing options as properties`);
		this._name = this._savedState._name;
		this._scriptPath = null;
		this.rawArgs = [];
		this._optionValues = { ...this._savedState._optionValues };
		this._optionValueSources = { ...this._savedState._optionValueSources };
		this.args = [];
		this.processedArgs = [];
	}
	/**
	* Throw if expected executable is missing. Add lots of help for author.
	*
	* @param {string} executableFile
	* @param {string} executableDir
	* @param {string} subcommandName
	*/
	_checkForMissingExecutable(executableFile, executableDir, subcommandName) {
		if (fs.existsSync(executableFile)) return;
		const executableMissing = `'${executableFile}' does not exist
 - if '${subcommandName}' is not meant to be an executable command, remove description parameter from '.command()' and use '.description()' instead
 - if the default executable name is not suitable, use the executableFile option to supply a custom name or path
 - ${executableDir ? `searched for local subcommand relative to directory '${executableDir}'` : "no directory for search for local subcommand, use .executableDir() to supply a custom directory"}`;
		throw new Error(executableMissing);
	}
	/**
	* Execute a sub-command executable.
	*
	* @private
	*/
	_executeSubCommand(subcommand, args) {
		args = args.slice();
		const sourceExt = [
			".js",
			".ts",
			".tsx",
			".mjs",
			".cjs"
		];
		function findFile(baseDir, baseName) {
			const localBin = path.resolve(baseDir, baseName);
			if (fs.existsSync(localBin)) return localBin;
			if (sourceExt.includes(path.extname(baseName))) return void 0;
			const foundExt = sourceExt.find((ext) => fs.existsSync(`${localBin}${ext}`));
			if (foundExt) return `${localBin}${foundExt}`;
		}
		this._checkForMissingMandatoryOptions();
		this._checkForConflictingOptions();
		let executableFile = subcommand._executableFile || `${this._name}-${subcommand._name}`;
		let executableDir = this._executableDir || "";
		if (this._scriptPath) {
			let resolvedScriptPath;
			try {
				resolvedScriptPath = fs.realpathSync(this._scriptPath);
			} catch {
				resolvedScriptPath = this._scriptPath;
			}
			executableDir = path.resolve(path.dirname(resolvedScriptPath), executableDir);
		}
		if (executableDir) {
			let localFile = findFile(executableDir, executableFile);
			if (!localFile && !subcommand._executableFile && this._scriptPath) {
				const legacyName = path.basename(this._scriptPath, path.extname(this._scriptPath));
				if (legacyName !== this._name) localFile = findFile(executableDir, `${legacyName}-${subcommand._name}`);
			}
			executableFile = localFile || executableFile;
		}
		const launchWithNode = sourceExt.includes(path.extname(executableFile));
		let proc;
		if (process$1.platform !== "win32") {
			if (launchWithNode) {
				args.unshift(executableFile);
				args = incrementNodeInspectorPort(process$1.execArgv).concat(args);
				proc = childProcess.spawn(process$1.argv[0], args, { stdio: "inherit" });
			} else proc = childProcess.spawn(executableFile, args, { stdio: "inherit" });
		} else {
			this._checkForMissingExecutable(executableFile, executableDir, subcommand._name);
			args.unshift(executableFile);
			args = incrementNodeInspectorPort(process$1.execArgv).concat(args);
			proc = childProcess.spawn(process$1.execPath, args, { stdio: "inherit" });
		}
		if (!proc.killed) [
			"SIGUSR1",
			"SIGUSR2",
			"SIGTERM",
			"SIGINT",
			"SIGHUP"
		].forEach((signal) => {
			process$1.on(signal, () => {
				if (proc.killed === false && proc.exitCode === null) proc.kill(signal);
			});
		});
		const exitCallback = this._exitCallback;
		proc.on("close", (code) => {
			code = code ?? 1;
			if (!exitCallback) process$1.exit(code);
			else exitCallback(new CommanderError(code, "commander.executeSubCommandAsync", "(close)"));
		});
		proc.on("error", (err) => {
			if (err.code === "ENOENT") this._checkForMissingExecutable(executableFile, executableDir, subcommand._name);
			else if (err.code === "EACCES") throw new Error(`'${executableFile}' not executable`);
			if (!exitCallback) process$1.exit(1);
			else {
				const wrappedError = new CommanderError(1, "commander.executeSubCommandAsync", "(error)");
				wrappedError.nestedError = err;
				exitCallback(wrappedError);
			}
		});
		this.runningCommand = proc;
	}
	/**
	* @private
	*/
	_dispatchSubcommand(commandName, operands, unknown) {
		const subCommand = this._findCommand(commandName);
		if (!subCommand) this.help({ error: true });
		subCommand._prepareForParse();
		let promiseChain;
		promiseChain = this._chainOrCallSubCommandHook(promiseChain, subCommand, "preSubcommand");
		promiseChain = this._chainOrCall(promiseChain, () => {
			if (subCommand._executableHandler) this._executeSubCommand(subCommand, operands.concat(unknown));
			else return subCommand._parseCommand(operands, unknown);
		});
		return promiseChain;
	}
	/**
	* Invoke help directly if possible, or dispatch if necessary.
	* e.g. help foo
	*
	* @private
	*/
	_dispatchHelpCommand(subcommandName) {
		if (!subcommandName) this.help();
		const subCommand = this._findCommand(subcommandName);
		if (subCommand && !subCommand._executableHandler) subCommand.help();
		return this._dispatchSubcommand(subcommandName, [], [this._getHelpOption()?.long ?? this._getHelpOption()?.short ?? "--help"]);
	}
	/**
	* Check this.args against expected this.registeredArguments.
	*
	* @private
	*/
	_checkNumberOfArguments() {
		this.registeredArguments.forEach((arg, i) => {
			if (arg.required && this.args[i] == null) this.missingArgument(arg.name());
		});
		if (this.registeredArguments.length > 0 && this.registeredArguments[this.registeredArguments.length - 1].variadic) return;
		if (this.args.length > this.registeredArguments.length) this._excessArguments(this.args);
	}
	/**
	* Process this.args using this.registeredArguments and save as this.processedArgs!
	*
	* @private
	*/
	_processArguments() {
		const myParseArg = (argument, value, previous) => {
			let parsedValue = value;
			if (value !== null && argument.parseArg) {
				const invalidValueMessage = `error: command-argument value '${value}' is invalid for argument '${argument.name()}'.`;
				parsedValue = this._callParseArg(argument, value, previous, invalidValueMessage);
			}
			return parsedValue;
		};
		this._checkNumberOfArguments();
		const processedArgs = [];
		this.registeredArguments.forEach((declaredArg, index) => {
			let value = declaredArg.defaultValue;
			if (declaredArg.variadic) {
				if (index < this.args.length) {
					value = this.args.slice(index);
					if (declaredArg.parseArg) value = value.reduce((processed, v) => {
						return myParseArg(declaredArg, v, processed);
					}, declaredArg.defaultValue);
				} else if (value === void 0) value = [];
			} else if (index < this.args.length) {
				value = this.args[index];
				if (declaredArg.parseArg) value = myParseArg(declaredArg, value, declaredArg.defaultValue);
			}
			processedArgs[index] = value;
		});
		this.processedArgs = processedArgs;
	}
	/**
	* Once we have a promise we chain, but call synchronously until then.
	*
	* @param {(Promise|undefined)} promise
	* @param {Function} fn
	* @return {(Promise|undefined)}
	* @private
	*/
	_chainOrCall(promise, fn) {
		if (promise?.then && typeof promise.then === "function") return promise.then(() => fn());
		return fn();
	}
	/**
	*
	* @param {(Promise|undefined)} promise
	* @param {string} event
	* @return {(Promise|undefined)}
	* @private
	*/
	_chainOrCallHooks(promise, event) {
		let result = promise;
		const hooks = [];
		this._getCommandAndAncestors().reverse().filter((cmd) => cmd._lifeCycleHooks[event] !== void 0).forEach((hookedCommand) => {
			hookedCommand._lifeCycleHooks[event].forEach((callback) => {
				hooks.push({
					hookedCommand,
					callback
				});
			});
		});
		if (event === "postAction") hooks.reverse();
		hooks.forEach((hookDetail) => {
			result = this._chainOrCall(result, () => {
				return hookDetail.callback(hookDetail.hookedCommand, this);
			});
		});
		return result;
	}
	/**
	*
	* @param {(Promise|undefined)} promise
	* @param {Command} subCommand
	* @param {string} event
	* @return {(Promise|undefined)}
	* @private
	*/
	_chainOrCallSubCommandHook(promise, subCommand, event) {
		let result = promise;
		if (this._lifeCycleHooks[event] !== void 0) this._lifeCycleHooks[event].forEach((hook) => {
			result = this._chainOrCall(result, () => {
				return hook(this, subCommand);
			});
		});
		return result;
	}
	/**
	* Process arguments in context of this command.
	* Returns action result, in case it is a promise.
	*
	* @private
	*/
	_parseCommand(operands, unknown) {
		const parsed = this.parseOptions(unknown);
		this._parseOptionsEnv();
		this._parseOptionsImplied();
		operands = operands.concat(parsed.operands);
		unknown = parsed.unknown;
		this.args = operands.concat(unknown);
		if (operands && this._findCommand(operands[0])) return this._dispatchSubcommand(operands[0], operands.slice(1), unknown);
		if (this._getHelpCommand() && operands[0] === this._getHelpCommand().name()) return this._dispatchHelpCommand(operands[1]);
		if (this._defaultCommandName) {
			this._outputHelpIfRequested(unknown);
			return this._dispatchSubcommand(this._defaultCommandName, operands, unknown);
		}
		if (this.commands.length && this.args.length === 0 && !this._actionHandler && !this._defaultCommandName) this.help({ error: true });
		this._outputHelpIfRequested(parsed.unknown);
		this._checkForMissingMandatoryOptions();
		this._checkForConflictingOptions();
		const checkForUnknownOptions = () => {
			if (parsed.unknown.length > 0) this.unknownOption(parsed.unknown[0]);
		};
		const commandEvent = `command:${this.name()}`;
		if (this._actionHandler) {
			checkForUnknownOptions();
			this._processArguments();
			let promiseChain;
			promiseChain = this._chainOrCallHooks(promiseChain, "preAction");
			promiseChain = this._chainOrCall(promiseChain, () => this._actionHandler(this.processedArgs));
			if (this.parent) promiseChain = this._chainOrCall(promiseChain, () => {
				this.parent.emit(commandEvent, operands, unknown);
			});
			promiseChain = this._chainOrCallHooks(promiseChain, "postAction");
			return promiseChain;
		}
		if (this.parent?.listenerCount(commandEvent)) {
			checkForUnknownOptions();
			this._processArguments();
			this.parent.emit(commandEvent, operands, unknown);
		} else if (operands.length) {
			if (this._findCommand("*")) return this._dispatchSubcommand("*", operands, unknown);
			if (this.listenerCount("command:*")) this.emit("command:*", operands, unknown);
			else if (this.commands.length) this.unknownCommand();
			else {
				checkForUnknownOptions();
				this._processArguments();
			}
		} else if (this.commands.length) {
			checkForUnknownOptions();
			this.help({ error: true });
		} else {
			checkForUnknownOptions();
			this._processArguments();
		}
	}
	/**
	* Find matching command.
	*
	* @private
	* @return {Command | undefined}
	*/
	_findCommand(name) {
		if (!name) return void 0;
		return this.commands.find((cmd) => cmd._name === name || cmd._aliases.includes(name));
	}
	/**
	* Return an option matching `arg` if any.
	*
	* @param {string} arg
	* @return {Option}
	* @package
	*/
	_findOption(arg) {
		return this.options.find((option) => option.is(arg));
	}
	/**
	* Display an error message if a mandatory option does not have a value.
	* Called after checking for help flags in leaf subcommand.
	*
	* @private
	*/
	_checkForMissingMandatoryOptions() {
		this._getCommandAndAncestors().forEach((cmd) => {
			cmd.options.forEach((anOption) => {
				if (anOption.mandatory && cmd.getOptionValue(anOption.attributeName()) === void 0) cmd.missingMandatoryOptionValue(anOption);
			});
		});
	}
	/**
	* Display an error message if conflicting options are used together in this.
	*
	* @private
	*/
	_checkForConflictingLocalOptions() {
		const definedNonDefaultOptions = this.options.filter((option) => {
			const optionKey = option.attributeName();
			if (this.getOptionValue(optionKey) === void 0) return false;
			return this.getOptionValueSource(optionKey) !== "default";
		});
		definedNonDefaultOptions.filter((option) => option.conflictsWith.length > 0).forEach((option) => {
			const conflictingAndDefined = definedNonDefaultOptions.find((defined) => option.conflictsWith.includes(defined.attributeName()));
			if (conflictingAndDefined) this._conflictingOption(option, conflictingAndDefined);
		});
	}
	/**
	* Display an error message if conflicting options are used together.
	* Called after checking for help flags in leaf subcommand.
	*
	* @private
	*/
	_checkForConflictingOptions() {
		this._getCommandAndAncestors().forEach((cmd) => {
			cmd._checkForConflictingLocalOptions();
		});
	}
	/**
	* Parse options from `argv` removing known options,
	* and return argv split into operands and unknown arguments.
	*
	* Side effects: modifies command by storing options. Does not reset state if called again.
	*
	* Examples:
	*
	*     argv => operands, unknown
	*     --known kkk op => [op], []
	*     op --known kkk => [op], []
	*     sub --unknown uuu op => [sub], [--unknown uuu op]
	*     sub -- --unknown uuu op => [sub --unknown uuu op], []
	*
	* @param {string[]} args
	* @return {{operands: string[], unknown: string[]}}
	*/
	parseOptions(args) {
		const operands = [];
		const unknown = [];
		let dest = operands;
		function maybeOption(arg) {
			return arg.length > 1 && arg[0] === "-";
		}
		const negativeNumberArg = (arg) => {
			if (!/^-(\d+|\d*\.\d+)([eE][+-]?\d+)?$/.test(arg)) return false;
			return !this._getCommandAndAncestors().some((cmd) => cmd.options.map((opt) => opt.short).some((short) => /^-\d$/.test(short)));
		};
		let activeVariadicOption = null;
		let activeGroup = null;
		let i = 0;
		while (i < args.length || activeGroup) {
			const arg = activeGroup ?? args[i++];
			activeGroup = null;
			if (arg === "--") {
				if (dest === unknown) dest.push(arg);
				dest.push(...args.slice(i));
				break;
			}
			if (activeVariadicOption && (!maybeOption(arg) || negativeNumberArg(arg))) {
				this.emit(`option:${activeVariadicOption.name()}`, arg);
				continue;
			}
			activeVariadicOption = null;
			if (maybeOption(arg)) {
				const option = this._findOption(arg);
				if (option) {
					if (option.required) {
						const value = args[i++];
						if (value === void 0) this.optionMissingArgument(option);
						this.emit(`option:${option.name()}`, value);
					} else if (option.optional) {
						let value = null;
						if (i < args.length && (!maybeOption(args[i]) || negativeNumberArg(args[i]))) value = args[i++];
						this.emit(`option:${option.name()}`, value);
					} else this.emit(`option:${option.name()}`);
					activeVariadicOption = option.variadic ? option : null;
					continue;
				}
			}
			if (arg.length > 2 && arg[0] === "-" && arg[1] !== "-") {
				const option = this._findOption(`-${arg[1]}`);
				if (option) {
					if (option.required || option.optional && this._combineFlagAndOptionalValue) this.emit(`option:${option.name()}`, arg.slice(2));
					else {
						this.emit(`option:${option.name()}`);
						activeGroup = `-${arg.slice(2)}`;
					}
					continue;
				}
			}
			if (/^--[^=]+=/.test(arg)) {
				const index = arg.indexOf("=");
				const option = this._findOption(arg.slice(0, index));
				if (option && (option.required || option.optional)) {
					this.emit(`option:${option.name()}`, arg.slice(index + 1));
					continue;
				}
			}
			if (dest === operands && maybeOption(arg) && !(this.commands.length === 0 && negativeNumberArg(arg))) dest = unknown;
			if ((this._enablePositionalOptions || this._passThroughOptions) && operands.length === 0 && unknown.length === 0) {
				if (this._findCommand(arg)) {
					operands.push(arg);
					unknown.push(...args.slice(i));
					break;
				} else if (this._getHelpCommand() && arg === this._getHelpCommand().name()) {
					operands.push(arg, ...args.slice(i));
					break;
				} else if (this._defaultCommandName) {
					unknown.push(arg, ...args.slice(i));
					break;
				}
			}
			if (this._passThroughOptions) {
				dest.push(arg, ...args.slice(i));
				break;
			}
			dest.push(arg);
		}
		return {
			operands,
			unknown
		};
	}
	/**
	* Return an object containing local option values as key-value pairs.
	*
	* @return {object}
	*/
	opts() {
		if (this._storeOptionsAsProperties) {
			const result = {};
			const len = this.options.length;
			for (let i = 0; i < len; i++) {
				const key = this.options[i].attributeName();
				result[key] = key === this._versionOptionName ? this._version : this[key];
			}
			return result;
		}
		return this._optionValues;
	}
	/**
	* Return an object containing merged local and global option values as key-value pairs.
	*
	* @return {object}
	*/
	optsWithGlobals() {
		return this._getCommandAndAncestors().reduce((combinedOptions, cmd) => Object.assign(combinedOptions, cmd.opts()), {});
	}
	/**
	* Display error message and exit (or call exitOverride).
	*
	* @param {string} message
	* @param {object} [errorOptions]
	* @param {string} [errorOptions.code] - an id string representing the error
	* @param {number} [errorOptions.exitCode] - used with process.exit
	*/
	error(message, errorOptions) {
		this._outputConfiguration.outputError(`${message}\n`, this._outputConfiguration.writeErr);
		if (typeof this._showHelpAfterError === "string") this._outputConfiguration.writeErr(`${this._showHelpAfterError}\n`);
		else if (this._showHelpAfterError) {
			this._outputConfiguration.writeErr("\n");
			this.outputHelp({ error: true });
		}
		const config = errorOptions || {};
		const exitCode = config.exitCode || 1;
		const code = config.code || "commander.error";
		this._exit(exitCode, code, message);
	}
	/**
	* Apply any option related environment variables, if option does
	* not have a value from cli or client code.
	*
	* @private
	*/
	_parseOptionsEnv() {
		this.options.forEach((option) => {
			if (option.envVar && option.envVar in process$1.env) {
				const optionKey = option.attributeName();
				if (this.getOptionValue(optionKey) === void 0 || [
					"default",
					"config",
					"env"
				].includes(this.getOptionValueSource(optionKey))) {
					if (option.required || option.optional) this.emit(`optionEnv:${option.name()}`, process$1.env[option.envVar]);
					else this.emit(`optionEnv:${option.name()}`);
				}
			}
		});
	}
	/**
	* Apply any implied option values, if option is undefined or default value.
	*
	* @private
	*/
	_parseOptionsImplied() {
		const dualHelper = new DualOptions(this.options);
		const hasCustomOptionValue = (optionKey) => {
			return this.getOptionValue(optionKey) !== void 0 && !["default", "implied"].includes(this.getOptionValueSource(optionKey));
		};
		this.options.filter((option) => option.implied !== void 0 && hasCustomOptionValue(option.attributeName()) && dualHelper.valueFromOption(this.getOptionValue(option.attributeName()), option)).forEach((option) => {
			Object.keys(option.implied).filter((impliedKey) => !hasCustomOptionValue(impliedKey)).forEach((impliedKey) => {
				this.setOptionValueWithSource(impliedKey, option.implied[impliedKey], "implied");
			});
		});
	}
	/**
	* Argument `name` is missing.
	*
	* @param {string} name
	* @private
	*/
	missingArgument(name) {
		const message = `error: missing required argument '${name}'`;
		this.error(message, { code: "commander.missingArgument" });
	}
	/**
	* `Option` is missing an argument.
	*
	* @param {Option} option
	* @private
	*/
	optionMissingArgument(option) {
		const message = `error: option '${option.flags}' argument missing`;
		this.error(message, { code: "commander.optionMissingArgument" });
	}
	/**
	* `Option` does not have a value, and is a mandatory option.
	*
	* @param {Option} option
	* @private
	*/
	missingMandatoryOptionValue(option) {
		const message = `error: required option '${option.flags}' not specified`;
		this.error(message, { code: "commander.missingMandatoryOptionValue" });
	}
	/**
	* `Option` conflicts with another option.
	*
	* @param {Option} option
	* @param {Option} conflictingOption
	* @private
	*/
	_conflictingOption(option, conflictingOption) {
		const findBestOptionFromValue = (option) => {
			const optionKey = option.attributeName();
			const optionValue = this.getOptionValue(optionKey);
			const negativeOption = this.options.find((target) => target.negate && optionKey === target.attributeName());
			const positiveOption = this.options.find((target) => !target.negate && optionKey === target.attributeName());
			if (negativeOption && (negativeOption.presetArg === void 0 && optionValue === false || negativeOption.presetArg !== void 0 && optionValue === negativeOption.presetArg)) return negativeOption;
			return positiveOption || option;
		};
		const getErrorMessage = (option) => {
			const bestOption = findBestOptionFromValue(option);
			const optionKey = bestOption.attributeName();
			if (this.getOptionValueSource(optionKey) === "env") return `environment variable '${bestOption.envVar}'`;
			return `option '${bestOption.flags}'`;
		};
		const message = `error: ${getErrorMessage(option)} cannot be used with ${getErrorMessage(conflictingOption)}`;
		this.error(message, { code: "commander.conflictingOption" });
	}
	/**
	* Unknown option `flag`.
	*
	* @param {string} flag
	* @private
	*/
	unknownOption(flag) {
		if (this._allowUnknownOption) return;
		let suggestion = "";
		if (flag.startsWith("--") && this._showSuggestionAfterError) {
			let candidateFlags = [];
			let command = this;
			do {
				const moreFlags = command.createHelp().visibleOptions(command).filter((option) => option.long).map((option) => option.long);
				candidateFlags = candidateFlags.concat(moreFlags);
				command = command.parent;
			} while (command && !command._enablePositionalOptions);
			suggestion = suggestSimilar(flag, candidateFlags);
		}
		const message = `error: unknown option '${flag}'${suggestion}`;
		this.error(message, { code: "commander.unknownOption" });
	}
	/**
	* Excess arguments, more than expected.
	*
	* @param {string[]} receivedArgs
	* @private
	*/
	_excessArguments(receivedArgs) {
		if (this._allowExcessArguments) return;
		const expected = this.registeredArguments.length;
		const s = expected === 1 ? "" : "s";
		const received = receivedArgs.length;
		const message = `error: too many arguments${this.parent ? ` for '${this.name()}'` : ""}. Expected ${expected} argument${s} but got ${received}: ${receivedArgs.join(", ")}.`;
		this.error(message, { code: "commander.excessArguments" });
	}
	/**
	* Unknown command.
	*
	* @private
	*/
	unknownCommand() {
		const unknownName = this.args[0];
		let suggestion = "";
		if (this._showSuggestionAfterError) {
			const candidateNames = [];
			this.createHelp().visibleCommands(this).forEach((command) => {
				candidateNames.push(command.name());
				if (command.alias()) candidateNames.push(command.alias());
			});
			suggestion = suggestSimilar(unknownName, candidateNames);
		}
		const message = `error: unknown command '${unknownName}'${suggestion}`;
		this.error(message, { code: "commander.unknownCommand" });
	}
	/**
	* Get or set the program version.
	*
	* This method auto-registers the "-V, --version" option which will print the version number.
	*
	* You can optionally supply the flags and description to override the defaults.
	*
	* @param {string} [str]
	* @param {string} [flags]
	* @param {string} [description]
	* @return {(this | string | undefined)} `this` command for chaining, or version string if no arguments
	*/
	version(str, flags, description) {
		if (str === void 0) return this._version;
		this._version = str;
		flags = flags || "-V, --version";
		description = description || "output the version number";
		const versionOption = this.createOption(flags, description);
		this._versionOptionName = versionOption.attributeName();
		this._registerOption(versionOption);
		this.on("option:" + versionOption.name(), () => {
			this._outputConfiguration.writeOut(`${str}\n`);
			this._exit(0, "commander.version", str);
		});
		return this;
	}
	/**
	* Set the description.
	*
	* @param {string} [str]
	* @param {object} [argsDescription]
	* @return {(string|Command)}
	*/
	description(str, argsDescription) {
		if (str === void 0 && argsDescription === void 0) return this._description;
		this._description = str;
		if (argsDescription) this._argsDescription = argsDescription;
		return this;
	}
	/**
	* Set the summary. Used when listed as subcommand of parent.
	*
	* @param {string} [str]
	* @return {(string|Command)}
	*/
	summary(str) {
		if (str === void 0) return this._summary;
		this._summary = str;
		return this;
	}
	/**
	* Set an alias for the command.
	*
	* You may call more than once to add multiple aliases. Only the first alias is shown in the auto-generated help.
	*
	* @param {string} [alias]
	* @return {(string|Command)}
	*/
	alias(alias) {
		if (alias === void 0) return this._aliases[0];
		/** @type {Command} */
		let command = this;
		if (this.commands.length !== 0 && this.commands[this.commands.length - 1]._executableHandler) command = this.commands[this.commands.length - 1];
		if (alias === command._name) throw new Error("Command alias can't be the same as its name");
		const matchingCommand = this.parent?._findCommand(alias);
		if (matchingCommand) {
			const existingCmd = [matchingCommand.name()].concat(matchingCommand.aliases()).join("|");
			throw new Error(`cannot add alias '${alias}' to command '${this.name()}' as already have command '${existingCmd}'`);
		}
		command._aliases.push(alias);
		return this;
	}
	/**
	* Set aliases for the command.
	*
	* Only the first alias is shown in the auto-generated help.
	*
	* @param {string[]} [aliases]
	* @return {(string[]|Command)}
	*/
	aliases(aliases) {
		if (aliases === void 0) return this._aliases;
		aliases.forEach((alias) => this.alias(alias));
		return this;
	}
	/**
	* Set / get the command usage `str`.
	*
	* @param {string} [str]
	* @return {(string|Command)}
	*/
	usage(str) {
		if (str === void 0) {
			if (this._usage) return this._usage;
			const args = this.registeredArguments.map((arg) => {
				return humanReadableArgName(arg);
			});
			return [].concat(this.options.length || this._helpOption !== null ? "[options]" : [], this.commands.length ? "[command]" : [], this.registeredArguments.length ? args : []).join(" ");
		}
		this._usage = str;
		return this;
	}
	/**
	* Get or set the name of the command.
	*
	* @param {string} [str]
	* @return {(string|Command)}
	*/
	name(str) {
		if (str === void 0) return this._name;
		this._name = str;
		return this;
	}
	/**
	* Set/get the help group heading for this subcommand in parent command's help.
	*
	* @param {string} [heading]
	* @return {Command | string}
	*/
	helpGroup(heading) {
		if (heading === void 0) return this._helpGroupHeading ?? "";
		this._helpGroupHeading = heading;
		return this;
	}
	/**
	* Set/get the default help group heading for subcommands added to this command.
	* (This does not override a group set directly on the subcommand using .helpGroup().)
	*
	* @example
	* program.commandsGroup('Development Commands:');
	* program.command('watch')...
	* program.command('lint')...
	* ...
	*
	* @param {string} [heading]
	* @returns {Command | string}
	*/
	commandsGroup(heading) {
		if (heading === void 0) return this._defaultCommandGroup ?? "";
		this._defaultCommandGroup = heading;
		return this;
	}
	/**
	* Set/get the default help group heading for options added to this command.
	* (This does not override a group set directly on the option using .helpGroup().)
	*
	* @example
	* program
	*   .optionsGroup('Development Options:')
	*   .option('-d, --debug', 'output extra debugging')
	*   .option('-p, --profile', 'output profiling information')
	*
	* @param {string} [heading]
	* @returns {Command | string}
	*/
	optionsGroup(heading) {
		if (heading === void 0) return this._defaultOptionGroup ?? "";
		this._defaultOptionGroup = heading;
		return this;
	}
	/**
	* @param {Option} option
	* @private
	*/
	_initOptionGroup(option) {
		if (this._defaultOptionGroup && !option.helpGroupHeading) option.helpGroup(this._defaultOptionGroup);
	}
	/**
	* @param {Command} cmd
	* @private
	*/
	_initCommandGroup(cmd) {
		if (this._defaultCommandGroup && !cmd.helpGroup()) cmd.helpGroup(this._defaultCommandGroup);
	}
	/**
	* Set the name of the command from script filename, such as process.argv[1],
	* or import.meta.filename.
	*
	* (Used internally and public although not documented in README.)
	*
	* @example
	* program.nameFromFilename(import.meta.filename);
	*
	* @param {string} filename
	* @return {Command}
	*/
	nameFromFilename(filename) {
		this._name = path.basename(filename, path.extname(filename));
		return this;
	}
	/**
	* Get or set the directory for searching for executable subcommands of this command.
	*
	* @example
	* program.executableDir(import.meta.dirname);
	* // or
	* program.executableDir('subcommands');
	*
	* @param {string} [path]
	* @return {(string|null|Command)}
	*/
	executableDir(path) {
		if (path === void 0) return this._executableDir;
		this._executableDir = path;
		return this;
	}
	/**
	* Return program help documentation.
	*
	* @param {{ error: boolean }} [contextOptions] - pass {error:true} to wrap for stderr instead of stdout
	* @return {string}
	*/
	helpInformation(contextOptions) {
		const helper = this.createHelp();
		const context = this._getOutputContext(contextOptions);
		helper.prepareContext({
			error: context.error,
			helpWidth: context.helpWidth,
			outputHasColors: context.hasColors
		});
		const text = helper.formatHelp(this, helper);
		if (context.hasColors) return text;
		return this._outputConfiguration.stripColor(text);
	}
	/**
	* @typedef HelpContext
	* @type {object}
	* @property {boolean} error
	* @property {number} helpWidth
	* @property {boolean} hasColors
	* @property {function} write - includes stripColor if needed
	*
	* @returns {HelpContext}
	* @private
	*/
	_getOutputContext(contextOptions) {
		contextOptions = contextOptions || {};
		const error = !!contextOptions.error;
		let baseWrite;
		let hasColors;
		let helpWidth;
		if (error) {
			baseWrite = (str) => this._outputConfiguration.writeErr(str);
			hasColors = this._outputConfiguration.getErrHasColors();
			helpWidth = this._outputConfiguration.getErrHelpWidth();
		} else {
			baseWrite = (str) => this._outputConfiguration.writeOut(str);
			hasColors = this._outputConfiguration.getOutHasColors();
			helpWidth = this._outputConfiguration.getOutHelpWidth();
		}
		const write = (str) => {
			if (!hasColors) str = this._outputConfiguration.stripColor(str);
			return baseWrite(str);
		};
		return {
			error,
			write,
			hasColors,
			helpWidth
		};
	}
	/**
	* Output help information for this command.
	*
	* Outputs built-in help, and custom text added using `.addHelpText()`.
	*
	* @param {{ error: boolean } | Function} [contextOptions] - pass {error:true} to write to stderr instead of stdout
	*/
	outputHelp(contextOptions) {
		let deprecatedCallback;
		if (typeof contextOptions === "function") {
			deprecatedCallback = contextOptions;
			contextOptions = void 0;
		}
		const outputContext = this._getOutputContext(contextOptions);
		/** @type {HelpTextEventContext} */
		const eventContext = {
			error: outputContext.error,
			write: outputContext.write,
			command: this
		};
		this._getCommandAndAncestors().reverse().forEach((command) => command.emit("beforeAllHelp", eventContext));
		this.emit("beforeHelp", eventContext);
		let helpInformation = this.helpInformation({ error: outputContext.error });
		if (deprecatedCallback) {
			helpInformation = deprecatedCallback(helpInformation);
			if (typeof helpInformation !== "string" && !Buffer.isBuffer(helpInformation)) throw new Error("outputHelp callback must return a string or a Buffer");
		}
		outputContext.write(helpInformation);
		if (this._getHelpOption()?.long) this.emit(this._getHelpOption().long);
		this.emit("afterHelp", eventContext);
		this._getCommandAndAncestors().forEach((command) => command.emit("afterAllHelp", eventContext));
	}
	/**
	* You can pass in flags and a description to customise the built-in help option.
	* Pass in false to disable the built-in help option.
	*
	* @example
	* program.helpOption('-?, --help', 'show help'); // customise
	* program.helpOption(false); // disable
	*
	* @param {(string | boolean)} flags
	* @param {string} [description]
	* @return {Command} `this` command for chaining
	*/
	helpOption(flags, description) {
		if (typeof flags === "boolean") {
			if (flags) {
				if (this._helpOption === null) this._helpOption = void 0;
				if (this._defaultOptionGroup) this._initOptionGroup(this._getHelpOption());
			} else this._helpOption = null;
			return this;
		}
		this._helpOption = this.createOption(flags ?? "-h, --help", description ?? "display help for command");
		if (flags || description) this._initOptionGroup(this._helpOption);
		return this;
	}
	/**
	* Lazy create help option.
	* Returns null if has been disabled with .helpOption(false).
	*
	* @returns {(Option | null)} the help option
	* @package
	*/
	_getHelpOption() {
		if (this._helpOption === void 0) this.helpOption(void 0, void 0);
		return this._helpOption;
	}
	/**
	* Supply your own option to use for the built-in help option.
	* This is an alternative to using helpOption() to customise the flags and description etc.
	*
	* @param {Option} option
	* @return {Command} `this` command for chaining
	*/
	addHelpOption(option) {
		this._helpOption = option;
		this._initOptionGroup(option);
		return this;
	}
	/**
	* Output help information and exit.
	*
	* Outputs built-in help, and custom text added using `.addHelpText()`.
	*
	* @param {{ error: boolean }} [contextOptions] - pass {error:true} to write to stderr instead of stdout
	*/
	help(contextOptions) {
		this.outputHelp(contextOptions);
		let exitCode = Number(process$1.exitCode ?? 0);
		if (exitCode === 0 && contextOptions && typeof contextOptions !== "function" && contextOptions.error) exitCode = 1;
		this._exit(exitCode, "commander.help", "(outputHelp)");
	}
	/**
	* // Do a little typing to coordinate emit and listener for the help text events.
	* @typedef HelpTextEventContext
	* @type {object}
	* @property {boolean} error
	* @property {Command} command
	* @property {function} write
	*/
	/**
	* Add additional text to be displayed with the built-in help.
	*
	* Position is 'before' or 'after' to affect just this command,
	* and 'beforeAll' or 'afterAll' to affect this command and all its subcommands.
	*
	* @param {string} position - before or after built-in help
	* @param {(string | Function)} text - string to add, or a function returning a string
	* @return {Command} `this` command for chaining
	*/
	addHelpText(position, text) {
		const allowedValues = [
			"beforeAll",
			"before",
			"after",
			"afterAll"
		];
		if (!allowedValues.includes(position)) throw new Error(`Unexpected value for position to addHelpText.
Expecting one of '${allowedValues.join("', '")}'`);
		const helpEvent = `${position}Help`;
		this.on(helpEvent, (context) => {
			let helpStr;
			if (typeof text === "function") helpStr = text({
				error: context.error,
				command: context.command
			});
			else helpStr = text;
			if (helpStr) context.write(`${helpStr}\n`);
		});
		return this;
	}
	/**
	* Output help information if help flags specified
	*
	* @param {Array} args - array of options to search for help flags
	* @private
	*/
	_outputHelpIfRequested(args) {
		const helpOption = this._getHelpOption();
		if (helpOption && args.find((arg) => helpOption.is(arg))) {
			this.outputHelp();
			this._exit(0, "commander.helpDisplayed", "(outputHelp)");
		}
	}
};
/**
* Scan arguments and increment port number for inspect calls (to avoid conflicts when spawning new command).
*
* @param {string[]} args - array of arguments from node.execArgv
* @returns {string[]}
* @private
*/
function incrementNodeInspectorPort(args) {
	return args.map((arg) => {
		if (!arg.startsWith("--inspect")) return arg;
		let debugOption;
		let debugHost = "127.0.0.1";
		let debugPort = "9229";
		let match;
		if ((match = arg.match(/^(--inspect(-brk|-wait)?)$/)) !== null) debugOption = match[1];
		else if ((match = arg.match(/^(--inspect(-brk|-port|-wait)?)=(\[[^\]]+\]|[^:]+)$/)) !== null) {
			debugOption = match[1];
			if (/^\d+$/.test(match[3])) debugPort = match[3];
			else debugHost = match[3];
		} else if ((match = arg.match(/^(--inspect(-brk|-port|-wait)?)=(\[[^\]]+\]|[^:]+):(\d+)$/)) !== null) {
			debugOption = match[1];
			debugHost = match[3];
			debugPort = match[4];
		}
		if (debugOption && debugPort !== "0") return `${debugOption}=${debugHost}:${parseInt(debugPort) + 1}`;
		return arg;
	});
}
/**
* Exported for using from tests, not otherwise used outside this file.
*
* @returns {boolean | undefined}
* @package
*/
function useColor() {
	if (process$1.env.NO_COLOR || process$1.env.FORCE_COLOR === "0" || process$1.env.FORCE_COLOR === "false") return false;
	if (process$1.env.FORCE_COLOR || process$1.env.CLICOLOR_FORCE !== void 0) return true;
}
new Command();
// src/config/commands.ts
/** Every command of a run by its name, as it is given. */
const COMMANDS = [
	"deploy",
	"plan",
	"build",
	"promote",
	"stage",
	"activate",
	"switch",
	"rollback",
	"update",
	"restart",
	"start",
	"stop",
	"keepalive",
	"status",
	"releases",
	"history",
	"logs",
	"outcome",
	"delete",
	"clean",
	"recover",
	"verify",
	"offline",
	"online",
	"manage"
];
/** The command that shows the settings of a stage, and runs nothing. */
const CONFIG = "config";
// src/config/host-verbs.ts
/** The verbs that need nothing but the host: what may follow each, and what it then asks for. */
/** By name; what each does is the host's affair. */
const HOST_VERBS = {
	releases: {
		summary: "list the releases on the host",
		json: true,
		grammar: (command, ask) => command.action(() => ask(() => ({ type: "releases" })))
	},
	history: {
		summary: "show what was done with the site, the latest first",
		json: true,
		grammar: (command, ask) => command.option("-n, --last <number>", "so many operations", whole, 20).action(({ last }) => ask(() => ({
			type: "history",
			last
		})))
	},
	logs: {
		summary: "show what a process of the site has written",
		grammar: (command, ask) => command.argument("[process]", "such as web", "web").option("--since <time>", "how far back: 90s, 10m, 2h, 3d", duration).option("--grep <regex>", "only lines in which this is found").option("--follow", "go on with what comes, until Ctrl-C").action((process, given) => ask(() => ({
			type: "logs",
			process,
			sinceMs: given.since ?? null,
			grep: given.grep ?? null,
			follow: given.follow ?? false
		})))
	},
	outcome: {
		summary: "tell what became of an operation whose runner was lost; wait for its end",
		grammar: (command, ask) => command.argument("[operation]", "its name, from the run's log; default: the last one", operationName).action((operation) => ask(() => ({
			type: "outcome",
			operation: operation ?? null
		})))
	},
	delete: {
		summary: "remove one release from the host",
		release: (id) => [id],
		waits: true,
		grammar: (command, ask) => command.argument("<release>", "such as 20261122T043400Z-abcdef1", releaseId).action((release) => ask((times) => ({
			type: "delete",
			release,
			times
		})))
	},
	clean: {
		summary: "remove releases that are too many, and what only they needed",
		waits: true,
		grammar: (command, ask) => command.option("--keep <number>", "so many good releases stay; default: `keep` in graceful.yml", whole).action(({ keep }) => ask((times) => ({
			type: "clean",
			keep: keep ?? null,
			times
		})))
	},
	recover: {
		summary: "finish or undo an operation that was cut off",
		waits: true,
		grammar: (command, ask) => command.action(() => ask((times) => ({
			type: "recover",
			times
		})))
	},
	verify: {
		summary: "look for damage on the host, for the next deploy to mend",
		json: true,
		grammar: (command, ask) => command.action(() => ask(() => ({ type: "verify" })))
	},
	offline: {
		summary: "show visitors the maintenance page",
		waits: true,
		grammar: (command, ask) => command.option("--until <text>", "when visitors may come back, for the page: 'at 15:00'").action(({ until = "" }) => ask((times) => ({
			type: "offline",
			until,
			times
		})))
	},
	online: {
		summary: "show visitors the site again",
		waits: true,
		grammar: (command, ask) => command.action(() => ask((times) => ({
			type: "online",
			times
		})))
	},
	manage: {
		summary: "run a command of manage.py, without input, as the site’s user",
		release: (id) => ["--release", id],
		grammar: (command, ask) => command.option("--release <release>", "default: the live one", releaseId).argument("<command...>", "such as `-- check --deploy`").passThroughOptions().action((argv, { release }) => ask((times) => ({
			type: "manage",
			release: release ?? null,
			argv,
			times
		})))
	}
};
function whole(text) {
	if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("expected a whole number from 1 on.");
	return Number(text);
}
function duration(text) {
	const ms = parseDuration(text);
	if (ms === void 0 || ms === 0) throw new InvalidArgumentError("expected a duration such as 90s, 10m, 2h or 3d.");
	return ms;
}
function operationName(text) {
	if (!OPERATION.test(text)) throw new InvalidArgumentError("expected an operation's name, such as 0123456789abcdef.");
	return text;
}
function releaseId(text) {
	if (!RELEASE.test(text)) throw new InvalidArgumentError("expected a release id such as 20261122T043400Z-abcdef1 (the command \"releases\" lists them).");
	return text;
}
// src/config/completion.ts
/** Shells that there are scripts for. */
const SHELLS = [
	"bash",
	"zsh",
	"fish"
];
/** The script for one of them. */
function completion(shell, program) {
	const commands = program.commands.map((command) => ({
		name: command.name(),
		about: command.description(),
		options: [...command.options, ...HELP].map(described$1),
		words: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])
	}));
	return {
		bash,
		zsh,
		fish
	}[shell](commands);
}
const HELP = [{
	long: "--help",
	description: "show what the command takes",
	flags: "--help",
	required: false
}];
function described$1({ long, description, flags, required }) {
	const kind = /<(file|folder)>/.exec(flags)?.[1];
	return {
		long: long ?? "",
		about: description,
		takes: kind === "file" || kind === "folder" ? kind : required ? "something" : "nothing"
	};
}
function bash(commands) {
	const taking = (kind) => [...new Set(commands.flatMap(({ options }) => options.filter(({ takes }) => takes === kind).map(({ long }) => long)))];
	const cases = commands.map(({ name, options, words }) => {
		const offers = [...words, ...options.map(({ long }) => long)].join(" ");
		return `    ${name}) offers=${quoted(offers)} ;;`;
	});
	return `# Completion of graceful for bash. In ~/.bashrc: source <(graceful completion bash)
_graceful() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} offers
  COMPREPLY=()
  case $before in
    ${taking("file").join(" | ")})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;;
    ${taking("folder").join(" | ")})
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word")
      return ;;
    ${taking("something").join(" | ")}) return ;;
  esac
  ((COMP_CWORD == 1)) && command=
  case $command in
    '') offers=${quoted([
		...commands.map(({ name }) => name),
		"--help",
		"--version"
	].join(" "))} ;;
${cases.join("\n")}
    *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$word")
}
complete -F _graceful graceful
`;
}
function zsh(commands) {
	const plain = (text) => text.replace(/[[\]:\\]/g, "\\$&");
	const actions = {
		nothing: "",
		something: ":value: ",
		file: ":file:_files",
		folder: ":folder:_files -/"
	};
	const cases = commands.map(({ name, options, words }) => {
		return `    ${name}) _arguments ${[...options.map(({ long, about, takes }) => `${long}[${plain(about)}]${actions[takes]}`), ...words.length === 0 ? ["*: : "] : [`1: :(${words.join(" ")})`]].map(quoted).join(" ")} ;;`;
	});
	return `#compdef graceful
# Completion of graceful for zsh. In ~/.zshrc, after compinit: source <(graceful completion zsh)
_graceful() {
  local -a commands
  commands=(${commands.map(({ name, about }) => quoted(`${name}:${plain(about)}`)).join(" ")})
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _graceful ]]; then _graceful "$@"; else compdef _graceful graceful; fi
`;
}
function fish(commands) {
	const word = (text) => `'${text.replace(/[\\']/g, "\\$&")}'`;
	const takes = {
		nothing: "",
		something: " -x",
		file: " -r -F",
		folder: " -x -a '(__fish_complete_directories)'"
	};
	return `# Completion of graceful for fish: graceful completion fish > ~/.config/fish/completions/graceful.fish
complete -c graceful -f
complete -c graceful -n __fish_use_subcommand -l help -d 'show the commands'
complete -c graceful -n __fish_use_subcommand -l version -d 'print the version'
${commands.flatMap(({ name, about, options, words }) => {
		const after = `complete -c graceful -n '__fish_seen_subcommand_from ${name}'`;
		return [
			`complete -c graceful -n __fish_use_subcommand -a ${name} -d ${word(about)}`,
			...words.map((one) => `${after} -a ${one}`),
			...options.map((option) => `${after} -l ${option.long.slice(2)}${takes[option.takes]} -d ${word(option.about)}`)
		];
	}).join("\n")}
`;
}
// src/config/own-commands.ts
/** Commands that are about no site: they exist at a terminal alone. */
/** Adds them; a completion knows every command that is there before it is printed. */
function addOwnCommands(program, terminal, init) {
	program.command("init").description("look at this project, and write graceful.yml and workflows for it").option("--host <name>", "host of production").option("--url <address>", "where visitors find it").option("--project <folder>", "folder of manage.py, where there are several").option("--uses <action>", "the Action as a workflow names it; default: OWNER/graceful@v1").option("--force", "write over files that are there").option("--dry-run", "only tell what it would write").option("--print", "only print the files").action(({ host, url, project, uses, force = false, dryRun = false, print = false }) => init({
		host,
		url,
		project,
		uses,
		force,
		dryRun,
		print,
		folder: terminal.cwd
	}));
	program.command("completion").description("print a script that lets a shell complete commands and options").addArgument(new Argument("<shell>", "which").choices(SHELLS)).action((shell) => terminal.print(completion(shell, program)));
}
// src/config/parse-words.ts
/** Whether the grammar takes a command line, and why not. */
/** Why a command line is refused, or that only help was asked for, and printed. */
function parse$1(program, argv) {
	try {
		program.parse([...argv], { from: "user" });
		return;
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return "help";
		if (error.code === "commander.help") return unknown(program, argv);
		const [message = error.message, ...hints] = error.message.replace(/^error: /, "").split("\n");
		return {
			message,
			mend: hints.join(" ") || "see graceful --help"
		};
	}
}
/** What `help NAME` of no command is told. */
function unknown(program, argv) {
	const name = argv.find((one) => one !== "help" && !one.startsWith("-"));
	const names = program.commands.map((command) => command.name());
	const near = name === void 0 ? void 0 : nearest(name, names);
	const hint = near === void 0 ? "" : `did you mean "${near}"? `;
	return {
		message: name === void 0 ? "no command is given" : `unknown command '${name}'`,
		mend: `${hint}commands: ${names.join(", ")}`
	};
}
/** An empty one is a variable of the shell that nobody has set: without it `--host "$HOST"` would go to all hosts. */
function emptyOptions(program) {
	const options = program.commands.flatMap((command) => {
		const given = command.opts();
		return command.options.filter((option) => isBlank(given[option.attributeName()]));
	});
	const mend = "give it a value, or leave it out; is the variable set that it comes from?";
	return options.map(({ long }) => ({
		where: long ?? "command line",
		message: "its value is empty",
		mend
	}));
}
/** Nothing, or blanks alone. */
const isBlank = (value) => typeof value === "string" && value.trim() === "";
// src/config/command-line.ts
const OWN_KEYS = [
	"id_ed25519",
	"id_ecdsa",
	"id_rsa"
];
/**
* Reads a command line (without the program's name): `deploy --stage staging`, `rollback [RELEASE]`, `status --json`.
*
* @returns what was given, or null when all that was asked for was printed: help, the version, a completion
* @throws ConfigError for an unknown command or option, and for options whose values are empty
*/
function readCommandLine(argv, terminal) {
	let asked;
	const program = grammar(terminal, (command, words, options, asking) => {
		asked = {
			command,
			words,
			options,
			asking
		};
	});
	let init;
	addOwnCommands(program, terminal, (wanted) => {
		init = wanted;
	});
	if (argv.length === 0) {
		const mend = `commands: ${program.commands.map((command) => command.name()).join(", ")}\nsee graceful --help`;
		throw new ConfigError([{
			where: "command line",
			message: "no command is given",
			mend
		}]);
	}
	const refused = parse$1(program, argv);
	if (refused === "help") return null;
	if (refused !== void 0) throw new ConfigError([{
		where: "command line",
		...refused
	}]);
	const empty = emptyOptions(program);
	if (empty.length > 0) throw new ConfigError(empty);
	if (init !== void 0) return {
		source: "command-line",
		values: {},
		json: false,
		unknown: [],
		faults: [],
		init
	};
	if (asked === void 0) return null;
	const { command, words, options, asking } = asked;
	return {
		...gather(command, words, options, terminal),
		asking
	};
}
/**
* Reads what follows one of the host's verbs, for the Action's `args`.
*
* @returns what is asked of the host, or why not
*/
function readVerb(verb, argv) {
	let asked;
	const program = new Command("args").exitOverride().configureOutput({
		writeOut: () => {},
		writeErr: () => {}
	});
	if (verb.json) program.option("--json", "print JSON");
	verb.grammar(program, (asking) => {
		asked = asking;
	});
	const refused = parse$1(program, argv);
	if (asked !== void 0) return asked;
	return refused === void 0 || refused === "help" ? {
		message: "asks for help",
		mend: "see docs/host-command.md"
	} : refused;
}
function grammar(terminal, chosen) {
	const program = new Command("graceful").description("Puts a Django site live on its owner's own Linux hosts without dropping a request.").version(terminal.version, "--version", "print the version").enablePositionalOptions().exitOverride().configureOutput({
		writeOut: (text) => terminal.print(text),
		writeErr: () => {}
	});
	const command = (name, summary) => {
		const made = program.command(name).description(summary);
		if (name !== "promote") made.option("--stage <name>", "stage of graceful.yml; default: the one of this branch, or the only one");
		return made.option("--config <file>", "path of graceful.yml; default: the one at the top of the checkout").option("--ssh-key-file <file>", "private key; default: GRACEFUL_SSH_KEY (the key itself), or the key in ~/.ssh").option("--known-hosts-file <file>", "host keys; default: GRACEFUL_KNOWN_HOSTS, or ~/.ssh/known_hosts").option("--connection <how>", "local: this machine is the host; ssh: it is not").option("--host <name>", "instead of the stage's hosts").option("--hosts <names>", "the same for several, with commas between").option("--port <number>", "instead of the stage's port").option("--user <name>", "instead of the stage's user").option("--json", "print the answer as JSON");
	};
	/** A command that changes the site. */
	const changing = (name, summary, force) => {
		const made = command(name, summary).option("--reason <text>", "why, for the journal").option("--lock-timeout <time>", "longest to wait for another operation, instead of the stage's times.lock");
		return force === void 0 ? made : made.option("--force", force);
	};
	/** A command that may put another release live. */
	const showing = (made) => made.option("--deployments", "show it in GitHub as a deployment, by the token in GITHUB_TOKEN");
	const shipping = (name, summary) => changing(name, summary, "even what is live already, and over a newer run").option("--variables-file <file>", "variables of this deploy: KEY=VALUE lines").option("--artifact <folder>", "what `build` left: nothing is built").option("--plan-comment", "tell the plan in a comment of the pull request of this job").action((options) => chosen(name, {}, options));
	const switching = (name, summary, force) => showing(changing(name, summary, force)).option("--database-ahead", "also to a release that does not know migrations which later ones have applied");
	const going = (name, argument, summary) => switching(name, summary, "over a newer run").argument(argument, "such as 20261122T043400Z-abcdef1").option("--lock <how>", "preempt: a deploy that has not switched gives way; default: wait").action((release, options) => chosen(name, { release }, options));
	const byHand = (name, summary, force) => changing(name, summary, force).argument("[names...]", "releases, backends, or web for what is live; default: web").option("--all", "the live release, and the one that is not live").option("--inactive", "the one that is not live").action((names, options) => chosen(name, { names }, options));
	const building = (made) => made.option("--explain", "print what goes into the environment, and how the live one differs").option("--refresh-env", "resolve the requirements anew");
	/** The same, and what can be planned alone. */
	const planned = (name, summary) => shipping(name, summary).option("--plan", "change nothing, and show what would be done");
	showing(building(planned("deploy", "put the commit that is checked out live")));
	building(shipping("plan", "show what a deploy would do, and change nothing"));
	building(command("build", "build the commit that is checked out, and leave it in a folder")).option("--variables-file <file>", "variables of the build: KEY=VALUE lines").option("--artifact <folder>", "where to leave it; default: graceful-artifact").action((options) => chosen("build", {}, options));
	showing(planned("promote", "put live what is live on another stage, bit by bit")).option("--from <stage>", "the stage whose live release it is").option("--to <stage>", "the stage to put it live on");
	building(planned("stage", "bring it to the host, and start nothing"));
	going("activate", "<release>", "put a staged release live, or any other that is on the host");
	going("switch", "<release>", "the same as activate");
	going("rollback", "[release]", "go back to the release before, or to a named one");
	switching("update", "start the release that is not live anew, and switch to it").action((options) => chosen("update", {}, options));
	byHand("restart", "start anew, without a request lost");
	byHand("start", "start what was stopped, or a standby to switch to");
	byHand("stop", "stop backends when their last visitors are served", "the live one too: the site is down then");
	changing("keepalive", "start the live release again where it is down").action((options) => chosen("keepalive", {}, options));
	command("status", "show what is live").action((options) => chosen("status", {}, options));
	for (const [name, verb] of Object.entries(HOST_VERBS)) {
		const made = verb.waits ? changing(name, verb.summary) : command(name, verb.summary);
		verb.grammar(made, (asking) => chosen(name, {}, made.opts(), asking));
	}
	command(CONFIG, "show the settings of a stage, and where each comes from; no host is contacted").option("--variables-file <file>", "variables of this deploy: KEY=VALUE lines").option("--lock-timeout <time>", "instead of the stage's times.lock").action((options) => chosen(CONFIG, {}, options));
	return program;
}
function gather(command, { release, names = [] }, options, terminal) {
	const faults = [];
	const { env, home, cwd } = terminal;
	const read = (option, file, fatal = false) => {
		if (file === void 0) return void 0;
		try {
			return new TextDecoder("utf-8", {
				fatal,
				ignoreBOM: true
			}).decode(readFileSync(resolve(cwd, file)));
		} catch (error) {
			if (error instanceof Error && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
				faults.push({
					where: option,
					message: `${file} is not UTF-8 text`,
					mend: "save the file as UTF-8"
				});
				return;
			}
			const message = error instanceof Error ? error.message : String(error);
			faults.push({
				where: option,
				message: `${file} cannot be read (${message})`,
				mend: "check the path and its permissions"
			});
			return;
		}
	};
	if ([release, ...names].some(isBlank)) faults.push({
		where: "command line",
		message: "a name is empty",
		mend: "give one, or leave it out"
	});
	const ownKey = OWN_KEYS.map((name) => join(home, ".ssh", name)).find((file) => existsSync(file));
	const ownHosts = [join(home, ".ssh", "known_hosts")].find((file) => existsSync(file));
	const key = options.sshKeyFile ?? (env["GRACEFUL_SSH_KEY"] ? void 0 : ownKey);
	const hosts = options.knownHostsFile ?? (env["GRACEFUL_KNOWN_HOSTS"] ? void 0 : ownHosts);
	const elsewhere = { "ssh-key-passphrase": {
		from: "environment",
		where: "GRACEFUL_SSH_KEY_PASSPHRASE"
	} };
	if (key === void 0) elsewhere["ssh-key"] = {
		from: "environment",
		where: "GRACEFUL_SSH_KEY"
	};
	else if (options.sshKeyFile === void 0) elsewhere["ssh-key"] = {
		from: "found",
		where: key
	};
	if (hosts === void 0) elsewhere["known-hosts"] = {
		from: "environment",
		where: "GRACEFUL_KNOWN_HOSTS"
	};
	else if (options.knownHostsFile === void 0) elsewhere["known-hosts"] = {
		from: "found",
		where: hosts
	};
	const given = {
		command,
		stage: options.stage,
		config: options.config === void 0 ? void 0 : resolve(cwd, options.config),
		"ssh-key": key === void 0 ? env["GRACEFUL_SSH_KEY"] : read("--ssh-key-file", key),
		"ssh-key-passphrase": env["GRACEFUL_SSH_KEY_PASSPHRASE"],
		"known-hosts": hosts === void 0 ? env["GRACEFUL_KNOWN_HOSTS"] : read("--known-hosts-file", hosts),
		connection: options.connection,
		host: options.host,
		hosts: options.hosts,
		port: options.port,
		user: options.user,
		env: read("--variables-file", options.variablesFile, true),
		artifact: options.artifact,
		from: options.from,
		to: options.to,
		release,
		names: [
			...names,
			...options.all ? ["all"] : [],
			...options.inactive ? ["inactive"] : []
		].join(" "),
		lock: options.lock,
		"lock-timeout": options.lockTimeout,
		reason: options.reason,
		force: options.force ? "true" : void 0,
		"database-ahead": options.databaseAhead ? "true" : void 0,
		plan: options.plan ? "true" : void 0,
		"plan-comment": options.planComment ? "true" : void 0,
		explain: options.explain ? "true" : void 0,
		"refresh-env": options.refreshEnv ? "true" : void 0,
		args: void 0,
		token: env["GITHUB_TOKEN"],
		deployments: options.deployments ? "true" : void 0
	};
	return {
		source: "command-line",
		values: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== void 0 && value !== "")),
		elsewhere,
		json: options.json ?? false,
		unknown: [],
		faults
	};
}
// src/config/gitlab.ts
/** What a job of GitLab CI tells of itself in `CI_*`: its checkout has no branch that git could tell. */
function gitlabContext(env) {
	const actor = env["GITLAB_USER_LOGIN"];
	const origin = {};
	if (actor) origin.actor = actor;
	const runUrl = env["CI_JOB_URL"] || env["CI_PIPELINE_URL"];
	if (runUrl) origin.runUrl = runUrl;
	const runNumber = Number(env["CI_PIPELINE_IID"]);
	if (env["CI_PROJECT_PATH"] && Number.isSafeInteger(runNumber) && runNumber > 0) {
		origin.workflow = `GitLab ${env["CI_PROJECT_PATH"]}`;
		origin.runNumber = runNumber;
	}
	return {
		ref: refOf(env),
		origin
	};
}
/** A pipeline of a merge request is of neither a branch nor a tag. It never counts as unknown: that may take the only stage. */
function refOf(env) {
	const { CI_COMMIT_TAG: tag, CI_COMMIT_BRANCH: branch, CI_EXTERNAL_PULL_REQUEST_IID: pull } = env;
	if (pull) return {
		kind: "pull request",
		name: pull
	};
	if (tag) return {
		kind: "tag",
		name: tag
	};
	if (branch) return {
		kind: "branch",
		name: branch
	};
	return {
		kind: "merge request",
		name: env["CI_MERGE_REQUEST_IID"] || env["CI_COMMIT_REF_NAME"] || "unknown"
	};
}
// src/config/context.ts
/** Reads the job's `GITHUB_*` variables or those of GitLab CI, or at a terminal git's branch and the user's name. */
function readContext(env, cwd) {
	if (env["GITHUB_ACTIONS"] === "true") return jobContext(env, cwd);
	const terminal = terminalContext(env, cwd);
	return env["GITLAB_CI"] === "true" ? {
		...terminal,
		...gitlabContext(env)
	} : terminal;
}
function jobContext(env, cwd) {
	const { GITHUB_ACTOR, GITHUB_TRIGGERING_ACTOR, GITHUB_WORKFLOW, GITHUB_SERVER_URL, GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
	const origin = {};
	const actor = GITHUB_TRIGGERING_ACTOR || GITHUB_ACTOR;
	if (actor) origin.actor = actor;
	if (GITHUB_REPOSITORY && GITHUB_RUN_ID) origin.runUrl = `${GITHUB_SERVER_URL ?? "https://github.com"}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
	if (GITHUB_WORKFLOW) origin.workflow = GITHUB_WORKFLOW;
	const runNumber = Number(env["GITHUB_RUN_NUMBER"]);
	if (Number.isSafeInteger(runNumber) && runNumber > 0) origin.runNumber = runNumber;
	const github = GITHUB_REPOSITORY ? {
		api: GITHUB_API_URL || "https://api.github.com",
		repository: GITHUB_REPOSITORY
	} : void 0;
	return {
		actions: true,
		user: ownName(),
		folder: env["GITHUB_WORKSPACE"] || cwd,
		ref: jobRef(env),
		github,
		pullRequest: pullRequestOf(env["GITHUB_EVENT_PATH"]),
		origin
	};
}
/** GitHub calls the merge of a pull request a branch, `7/merge`, and makes one for a while for what waits in a merge queue. */
function jobRef(env) {
	const { GITHUB_REF = "", GITHUB_REF_NAME, GITHUB_REF_TYPE } = env;
	const [, pull] = /^refs\/pull\/([^/]+)/.exec(GITHUB_REF) ?? [];
	if (pull !== void 0) return {
		kind: "pull request",
		name: pull
	};
	const [, queued] = /^refs\/heads\/gh-readonly-queue\/(.+)/.exec(GITHUB_REF) ?? [];
	if (queued !== void 0) return {
		kind: "merge queue",
		name: queued
	};
	return named(GITHUB_REF_TYPE === "tag" ? "tag" : "branch", GITHUB_REF_NAME);
}
/** What happened, as GitHub tells it: to a pull request, or to an issue that is one. */
const Happened = object({
	pull_request: object({ number: number() }).optional(),
	issue: object({
		number: number(),
		pull_request: object({}).optional()
	}).optional()
});
function pullRequestOf(path) {
	if (!path) return void 0;
	try {
		const told = Happened.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
		return told?.pull_request?.number ?? (told?.issue?.pull_request && told.issue.number);
	} catch {
		return;
	}
}
function terminalContext(env, cwd) {
	const origin = { actor: `${env["USER"] || env["LOGNAME"] || ownName()}@${hostname()}` };
	const ref = checkedOut(cwd);
	return {
		actions: false,
		user: ownName(),
		folder: cwd,
		ref,
		github: void 0,
		pullRequest: void 0,
		origin
	};
}
/** Cron sets few variables, and a container may run as a user that no file knows. */
function ownName() {
	try {
		return userInfo().username;
	} catch {
		return `uid ${process.getuid?.()}`;
	}
}
function named(kind, name) {
	return name ? {
		kind,
		name
	} : void 0;
}
function checkedOut(folder) {
	try {
		return named("branch", execFileSync("git", [
			"-C",
			folder,
			"symbolic-ref",
			"--quiet",
			"--short",
			"HEAD"
		], {
			encoding: "utf8",
			stdio: [
				"ignore",
				"pipe",
				"ignore"
			],
			timeout: 1e4
		}).trim());
	} catch {
		return;
	}
}
// src/config/inputs.ts
/** What a run is given, as text and untouched, and what each input is called where it came from. */
const INPUTS = [
	"command",
	"stage",
	"config",
	"ssh-key",
	"ssh-key-passphrase",
	"known-hosts",
	"connection",
	"host",
	"hosts",
	"port",
	"user",
	"env",
	"artifact",
	"from",
	"to",
	"release",
	"names",
	"lock",
	"lock-timeout",
	"reason",
	"force",
	"database-ahead",
	"plan",
	"plan-comment",
	"explain",
	"refresh-env",
	"args",
	"token",
	"deployments"
];
/** Reads the Action's inputs (`INPUT_*`). An input that was left empty counts as not given. */
function readActionInputs() {
	const values = {};
	for (const name of INPUTS) {
		const value = getInput(name, { trimWhitespace: !asGiven(name) });
		if (value.trim() !== "") values[name] = value;
	}
	return {
		source: "action",
		values,
		json: false,
		unknown: Object.keys(process.env).flatMap((name) => /^INPUT_(.+)$/.exec(name)?.[1]?.toLowerCase() ?? []).filter((name) => !INPUTS.some((known) => known === name)),
		faults: []
	};
}
/** Keys and values of variables mean every character they hold. */
function asGiven(name) {
	return name === "ssh-key" || name === "ssh-key-passphrase" || name === "known-hosts" || name === "env";
}
/** How a fault names an input: `input ssh-key`, or what gives it at a terminal: an option, a variable, the file that was found. */
function label({ source, values, elsewhere }, name) {
	if (source === "action") return `input ${name}`;
	return (values[name] === void 0 ? void 0 : elsewhere?.[name])?.where ?? TERMINAL[name].option;
}
/** How to give a missing input, to copy. */
function howToGive(inputs, name, value) {
	if (inputs.source === "command-line") return TERMINAL[name].give ?? `add ${TERMINAL[name].option} ${value}`;
	return `add to the step's "with": ${name}: ${name === "ssh-key" || name === "known-hosts" ? `\${{ secrets.${value} }}` : value}`;
}
const TERMINAL = {
	command: { option: "command" },
	stage: { option: "--stage" },
	config: { option: "--config" },
	"ssh-key": {
		option: "--ssh-key-file",
		give: "name its file with --ssh-key-file FILE, or put the key itself into the variable GRACEFUL_SSH_KEY"
	},
	"ssh-key-passphrase": { option: "GRACEFUL_SSH_KEY_PASSPHRASE" },
	"known-hosts": {
		option: "--known-hosts-file",
		give: "name its file with --known-hosts-file FILE, or put the lines into the variable GRACEFUL_KNOWN_HOSTS"
	},
	connection: { option: "--connection" },
	host: { option: "--host" },
	hosts: { option: "--hosts" },
	port: { option: "--port" },
	user: { option: "--user" },
	env: { option: "--variables-file" },
	artifact: { option: "--artifact" },
	from: { option: "--from" },
	to: { option: "--to" },
	release: { option: "release" },
	names: { option: "names" },
	lock: { option: "--lock" },
	"lock-timeout": { option: "--lock-timeout" },
	reason: { option: "--reason" },
	force: { option: "--force" },
	"database-ahead": { option: "--database-ahead" },
	plan: {
		option: "--plan",
		give: "add --plan"
	},
	"plan-comment": { option: "--plan-comment" },
	explain: { option: "--explain" },
	"refresh-env": { option: "--refresh-env" },
	args: { option: "args" },
	token: { option: "GITHUB_TOKEN" },
	deployments: { option: "--deployments" }
};
// src/config/command-inputs.ts
/** What is to be done: the inputs about the command. */
/** What goes to a release that can be given, and may pre-empt a deploy. */
const TO_A_RELEASE = ["rollback", "activate"];
const BY_HAND = [
	"start",
	"stop",
	"restart"
];
/** What may put another release live, by the runner's word. */
const GOING_LIVE = [
	"deploy",
	"promote",
	"update",
	...TO_A_RELEASE
];
const PLANNED = [
	"deploy",
	"stage",
	"promote"
];
const WITH_ARTIFACT = [
	"build",
	"deploy",
	"stage",
	"promote"
];
/** Words of the input `names` that are no names. */
const WORDS$1 = ["all", "inactive"];
/** The command by its own name. */
function readCommand(reader) {
	const given = reader.inputs.values.command ?? "deploy";
	const command = COMMANDS.find((one) => one === given);
	if (command === "switch") return "activate";
	if (command) return command === "plan" ? "deploy" : command;
	const commands = [...COMMANDS, CONFIG];
	const near = nearest(given, commands);
	const hint = near === void 0 ? "" : `did you mean "${near}"? `;
	reader.refuse("command", `unknown command "${given}"`, `${hint}commands: ${commands.join(", ")}`);
	return "deploy";
}
/** Everything that is asked of the command; each input has to be one that the command takes. */
function readAsked(reader, command) {
	const plan = readPlan(reader, command);
	return {
		release: readRelease(reader, command),
		names: readNames(reader, command),
		artifact: readArtifact(reader, command),
		stages: readStages(reader, command),
		force: reader.flag("force"),
		preempt: readPreempt(reader, command),
		databaseAhead: readDatabaseAhead(reader, command),
		plan,
		planComment: readPlanComment(reader, plan),
		explain: readBuilding(reader, command, "explain"),
		refreshEnv: readBuilding(reader, command, "refresh-env"),
		deployments: readDeployments(reader, command),
		lockMs: readLockMs(reader),
		asking: readAsking(reader, command)
	};
}
function readRelease(reader, command) {
	const given = reader.checked("release", (text) => RELEASE.test(text), "is no release id", "for example: 20261122T043400Z-abcdef1 (the command \"status\" lists them)");
	if (given !== void 0 && !TO_A_RELEASE.includes(command) && HOST_VERBS[command]?.release === void 0) reader.refuse("release", `a release cannot be given to "${command}"`, "leave it out, or use the command \"rollback\" or \"activate\"");
	if (reader.inputs.values.release === void 0 && command === "activate") reader.refuse("release", "which release is to go live? (the output \"staged\" of \"stage\", or one that \"status\" lists)", howToGive(reader.inputs, "release", "20261122T043400Z-abcdef1"));
	return given;
}
function readNames(reader, command) {
	const given = (reader.inputs.values.names ?? "").split(/[\s,]+/).filter(Boolean);
	const words = WORDS$1.filter((word) => given.includes(word));
	if (given.length > 0 && !BY_HAND.includes(command)) reader.refuse("names", `names cannot be given to "${command}"`, `leave them out; ${BY_HAND.join(", ")} take them`);
	else if (words.length > 0 && given.length > 1) reader.refuse("names", `"${given.join(" ")}": names, all and inactive exclude each other`, "give one of them");
	const one = words[0];
	return {
		names: one === void 0 ? given : [],
		all: one === "all",
		inactive: one === "inactive"
	};
}
function readArtifact(reader, command) {
	const given = reader.inputs.values.artifact;
	if (given !== void 0 && !WITH_ARTIFACT.includes(command)) reader.refuse("artifact", `"${command}" has to do with none`, `leave it out; ${WITH_ARTIFACT.join(", ")} take one`);
	return given;
}
function readStages(reader, command) {
	const { stage, from, to } = reader.inputs.values;
	const ends = ["from", "to"].filter((name) => reader.inputs.values[name] !== void 0);
	if (command !== "promote") {
		for (const name of ends) reader.refuse(name, `"${command}" takes none`, "leave it out; \"promote\" goes from one stage to another");
		return {
			stage,
			from: void 0
		};
	}
	if (from === void 0) reader.refuse("from", "which stage is to be promoted?", howToGive(reader.inputs, "from", "staging"));
	if (to === void 0) reader.refuse("to", "to which stage?", howToGive(reader.inputs, "to", "production"));
	if (stage !== void 0) reader.refuse("stage", "\"promote\" takes none", "leave it out: \"from\" and \"to\" name the two stages");
	if (from !== void 0 && from === to) reader.refuse("to", `"${to}" cannot be promoted to itself`, "name two stages");
	return {
		stage: to,
		from
	};
}
function readPreempt(reader, command) {
	const given = reader.checked("lock", (text) => text === "wait" || text === "preempt", "is neither wait nor preempt", "give wait or preempt");
	if (given === "preempt" && !TO_A_RELEASE.includes(command)) reader.refuse("lock", `"${command}" pre-empts nothing`, "leave it out; \"rollback\" and \"activate\" may");
	return given === "preempt";
}
function readDatabaseAhead(reader, command) {
	const given = reader.flag("database-ahead");
	if (given && command !== "update" && !TO_A_RELEASE.includes(command)) reader.refuse("database-ahead", `"${command}" goes to no release that was there before`, "leave it out; \"rollback\", \"activate\" and \"update\" take it");
	return given;
}
function readPlan(reader, command) {
	const given = reader.flag("plan") || reader.inputs.values.command === "plan";
	if (given && !PLANNED.includes(command)) reader.refuse("plan", `"${command}" has no plan`, `leave it out; ${PLANNED.join(", ")} take it`);
	return given;
}
function readPlanComment(reader, plan) {
	const given = reader.flag("plan-comment");
	if (given && !plan) reader.refuse("plan-comment", "nothing is planned", `leave it out, or ${howToGive(reader.inputs, "plan", "true")}`);
	return given;
}
/** A flag of the commands that build. */
function readBuilding(reader, command, name) {
	const given = reader.flag(name);
	if (given && ![
		"deploy",
		"stage",
		"build"
	].includes(command)) reader.refuse(name, `"${command}" builds nothing`, "leave it out; \"deploy\", \"stage\" and \"build\" take it");
	return given;
}
function readDeployments(reader, command) {
	const given = reader.flag("deployments");
	if (given && !GOING_LIVE.includes(command)) reader.refuse("deployments", `"${command}" puts nothing live`, `leave it out; ${GOING_LIVE.join(", ")} take it`);
	return given;
}
/** Longest to wait for another operation, in milliseconds. */
function readLockMs(reader) {
	const given = reader.checked("lock-timeout", (text) => parseDuration(text) !== void 0, "is no duration", "give a whole number and ms, s, m, h or d, such as 10m");
	return given === void 0 ? void 0 : parseDuration(given);
}
/** What one of the host's verbs asks: read already at a terminal, else from `args` and `release`. */
function readAsking(reader, command) {
	const { asking, values } = reader.inputs;
	const verb = HOST_VERBS[command];
	if (verb === void 0) {
		if (values.args !== void 0) reader.refuse("args", `"${command}" takes none`, "leave it out");
		return;
	}
	if (asking !== void 0) return asking;
	const lines = (values.args ?? "").split("\n").map((line) => line.trim());
	const read = readVerb(verb, [...values.release === void 0 || verb.release === void 0 ? [] : verb.release(values.release), ...lines.filter((line) => line !== "")]);
	if (typeof read === "function") return read;
	reader.refuse("args", `"${command}": ${read.message}`, `${read.mend} (one argument a line)`);
}
// src/config/env-input.ts
const NAME_MEND = "write KEY=VALUE: letters, digits and \"_\", no digit first, no space around \"=\"";
/**
* Reads `KEY=VALUE` lines, and `KEY<<EOF` ... `EOF` for values of many lines. Blank lines and lines that begin with `#` are
* passed over. A value is everything after the first `=` as it stands: no quotes, escapes or spaces are taken off.
*
* @param mask is given every value (and each line of it), and every line that is none of these, before anything else
*   sees them: such a line may be the rest of somebody's secret. What is too short to be a secret is left out
* @returns faults name the line (from 1) and never quote it
*/
function parseEnv(text, mask) {
	const lines = text.split(/\r?\n/);
	const seen = /* @__PURE__ */ new Map();
	const faults = [];
	const refuse = (line, message, mend) => faults.push({
		line,
		message,
		mend
	});
	const maskAll = (value) => {
		for (const part of partsOf(value)) mask(part);
	};
	for (let index = 0; index < lines.length; index++) {
		const source = (lines[index] ?? "").trimStart();
		const line = index + 1;
		if (source === "" || source.startsWith("#")) continue;
		const [, name = "", sign, rest = ""] = /^(.*?)(=|<<)(.*)$/s.exec(source) ?? [];
		if (sign === void 0) {
			maskAll(source);
			refuse(line, "this line has no \"=\"", "write KEY=VALUE, or KEY<<EOF, the lines and EOF for a value of many lines");
			continue;
		}
		let value = rest;
		if (sign === "<<") {
			const end = lines.indexOf(rest, index + 1);
			const body = lines.slice(index + 1, end === -1 ? void 0 : end);
			value = body.join("\n");
			index += body.length + 1;
			if (rest === "" || end === -1) {
				maskAll(value);
				refuse(line, "the value that begins here has no end", "end it with the word after \"<<\" on a line of its own");
				continue;
			}
		}
		maskAll(value);
		const before = seen.get(name);
		if (name.startsWith("GRACEFUL_")) refuse(line, `${RESERVED}... variables are set by Graceful itself`, "choose another name");
		else if (!ENV_NAME.test(name)) {
			maskAll(name);
			refuse(line, "what stands before \"=\" is no name for a variable", NAME_MEND);
		} else if (value.includes("\0")) refuse(line, `the value of ${name} holds a NUL character`, "no process can get such a variable: encode the value");
		else if (before) refuse(line, `${name} is here a second time, first on line ${before.line}`, "keep one of the two");
		else seen.set(name, {
			line,
			value
		});
	}
	return {
		env: Object.fromEntries([...seen].map(([name, { value }]) => [name, value])),
		faults
	};
}
/** The `env` input; its values are masked before anything else. */
function readEnv(reader) {
	const { env, faults } = parseEnv(reader.inputs.values.env ?? "", (secret) => reader.reporter.mask(secret));
	for (const { line, message, mend } of faults) reader.faults.push({
		where: label(reader.inputs, "env"),
		line,
		message,
		mend
	});
	noticeValues(reader, env);
	return env;
}
/** An empty value is what GitHub gives for a secret that does not exist; a short one would blot the log, were it masked. */
function noticeValues(reader, env) {
	const isAction = reader.inputs.source === "action";
	const hint = isAction ? ": is there a secret of that name (Settings, Secrets and variables, Actions), and does this job's environment have it?" : "";
	const where = isAction ? "env" : label(reader.inputs, "env");
	for (const [name, value] of Object.entries(env)) if (value.trim() === "") reader.reporter.notice(`${where} ${name} is empty${hint}`);
	const short = Object.keys(env).filter((name) => {
		const value = env[name] ?? "";
		return value.trim() !== "" && partsOf(value).length === 0;
	});
	if (short.length === 0) return;
	reader.reporter.notice(`${where} ${short.join(", ")}: values shorter than 4 characters are not masked; plain settings belong into \`env\` of graceful.yml`);
}
// src/config/input-reader.ts
/** The inputs while they are read: what was given, and all that is wrong with it. */
var InputReader = class {
	faults;
	inputs;
	reporter;
	constructor(inputs, reporter) {
		this.faults = [...inputs.faults];
		this.inputs = inputs;
		this.reporter = reporter;
	}
	/** True only for `true`, however it is written. */
	flag(name) {
		const isFlag = (text) => /^(true|false)$/i.test(text);
		return this.checked(name, isFlag, "is neither true nor false", "give true or false")?.toLowerCase() === "true";
	}
	/** What was given, where it is as it should be. */
	checked(name, holds, message, mend) {
		const given = this.inputs.values[name];
		if (given === void 0 || holds(given)) return given;
		this.refuse(name, `"${given}" ${message}`, mend);
	}
	/** Says how to give an input that has to be given. */
	missing(name, message, secret, more = "") {
		if (this.inputs.faults.some(({ where }) => where === label(this.inputs, name))) return;
		const near = this.inputs.unknown.find((other) => nearest(other, [name]) !== void 0);
		const hint = near === void 0 ? "" : `the step gives "${near}": write ${name}; `;
		this.refuse(name, message, `${hint}${howToGive(this.inputs, name, secret)}${more}`);
	}
	refuse(name, message, mend) {
		this.faults.push({
			where: label(this.inputs, name),
			message,
			mend
		});
	}
};
// src/config/local-inputs.ts
/** The way to the one host of a stage with `connection: local`; whatever forbids it is told. */
function readHere(reader, stage, { given, file, user }) {
	const many = given.hosts !== void 0 ? "hosts" : "connection";
	if (stage.hosts.length > 1 && given[many] !== void 0) {
		const { message, mend } = severalHere(stage.hosts.length);
		reader.refuse(many, message, mend);
	}
	if (given.port !== void 0) reader.refuse("port", "this is about SSH, which connection: local does without", "leave it out");
	return stage.hosts.slice(0, 1).map(({ host, port, user: wanted }) => {
		if (wanted !== user) {
			const message = `connection: local does all as the user who runs Graceful: that is ${user}, and this stage is deployed by ${wanted}`;
			const mend = `run it as ${wanted}: a runner or a cron table of that user's, or at a terminal \`sudo -u ${wanted}\` before the command`;
			const at = [
				[
					"hosts",
					0,
					"user"
				],
				["user"],
				["connection"],
				["hosts"],
				["host"]
			];
			if (given.user !== void 0) reader.refuse("user", message, mend);
			else reader.faults.push(...file.faultAt(stage.name, at, message, mend));
		}
		return { target: {
			host,
			port,
			user: wanted
		} };
	});
}
// src/ssh/private-key.ts
var import_lib = /* @__PURE__ */ __toESM(require_lib(), 1);
const NEW_KEY = "make a key for this purpose with `ssh-keygen -t ed25519 -N \"\" -f graceful-key`";
const PASSPHRASE = "ssh-key-passphrase (at a terminal the variable GRACEFUL_SSH_KEY_PASSPHRASE)";
const TYPES = [
	"ssh-ed25519",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
	"ssh-rsa"
];
/**
* Reads a private key. What pasting into a secret does to a key is mended and noted.
* @throws LoginFault that says what is wrong with the key or its passphrase; never any part of either.
*/
function readLoginKey(given, passphrase) {
	const { text, notes } = mendKey(given);
	refuseOtherFormats(text.trim());
	const secret = passphrase === "" ? void 0 : passphrase;
	const parsed = parse(text, secret);
	if (!TYPES.includes(parsed.type)) throw unsupported(parsed.type);
	if (secret !== void 0 && parse(text, void 0, true)) notes.push("it is not encrypted: the passphrase is not used");
	const blob = parsed.getPublicSSH();
	return {
		parsed,
		type: parsed.type,
		fingerprint: fingerprint(blob),
		publicLine: `${parsed.type} ${blob.toString("base64")} graceful`,
		notes
	};
}
/**
* Mends what pasting does to keys (CRLF, line ends turned into `\n` or blanks, no last line end), each of which SSH
* libraries report as a broken key. Pure.
*/
function mendKey(given) {
	const notes = [];
	let text = given.replace(/^\uFEFF/, "");
	if (!text.trim().includes("\n") && text.includes("\\n")) {
		notes.push("it had \\n in place of line ends (mended)");
		text = text.replaceAll("\\r", "").replaceAll("\\n", "\n");
	}
	if (text.includes("\r")) {
		notes.push("its lines ended with CRLF (mended)");
		text = text.replace(/\r\n?/g, "\n");
	}
	const oneLine = /^(-----BEGIN [A-Z ]+-----) +([A-Za-z0-9+/= ]+?) +(-----END [A-Z ]+-----)$/.exec(text.trim());
	if (oneLine?.[1] !== void 0 && oneLine[2] !== void 0 && oneLine[3] !== void 0) {
		notes.push("it had blanks in place of line ends (mended)");
		text = [
			oneLine[1],
			...oneLine[2].split(/ +/),
			oneLine[3]
		].join("\n");
	} else if (!/\n\s*$/.test(text)) notes.push("its last line had no end (mended)");
	return {
		text: `${text.trim().split("\n").map((line) => line.trim()).join("\n")}\n`,
		notes
	};
}
function refuseOtherFormats(text) {
	if (text === "") throw keyError("the key is empty", "in a job, set the secret that ssh-key takes its value from: one that does not exist is empty");
	if (/^(~|\.{0,2}\/|[A-Za-z]:\\)[^\n]*$|^[^\n]*\bid_(rsa|ed25519|ecdsa)(\.pub)?$|^[^\s]+\.pem$/.test(text)) throw keyError("this is the path of a file", "give the content of that file, not its name");
	const privateOne = "give the private key: the file without `.pub`, which begins with -----BEGIN OPENSSH PRIVATE KEY-----";
	if (/^(ssh-|ecdsa-|sk-)[^ ]*-cert-v01@openssh\.com /.test(text)) throw keyError("this is a certificate, not a private key; certificates are not supported", privateOne);
	if (/^((ssh|ecdsa|sk)-[^ ]+ AAAA|---- BEGIN SSH2 PUBLIC KEY|-----BEGIN (RSA )?PUBLIC KEY-----)/.test(text)) throw keyError("this is a public key; the private key is needed", privateOne);
	if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) throw keyError("the key is in PKCS#8 format, which is not supported", "convert a copy of it with `ssh-keygen -p -f KEY`; if that says \"invalid format\" (ed25519 keys), make a new key with `ssh-keygen -t ed25519`");
	if (text.startsWith("PuTTY-User-Key-File-")) throw keyError("the key is in PuTTY format, which is not supported", "convert it with `puttygen KEY.ppk -O private-openssh -o KEY`");
	const begin = /^-----BEGIN ([A-Z ]+)-----/.exec(text);
	if (begin?.[1] === void 0) throw keyError("this is not a private key: it does not begin with -----BEGIN", `paste the whole key file, first and last line too; or ${NEW_KEY}`);
	if (!text.endsWith(`-----END ${begin[1]}-----`)) throw keyError(`the key is cut off: the line -----END ${begin[1]}----- is missing`, "paste the whole key file, first and last line too");
}
function parse(text, passphrase, probe = false) {
	let parsed;
	try {
		parsed = import_lib.default.utils.parseKey(text, passphrase);
	} catch (cause) {
		parsed = cause instanceof Error ? cause : new Error(String(cause));
	}
	if (!(parsed instanceof Error) && parsed.isPrivateKey()) return parsed;
	if (probe) return void 0;
	throw explain(parsed instanceof Error ? parsed : /* @__PURE__ */ new Error("no private part"), passphrase);
}
/** From ssh2's sentence to one with a next step. Its texts: ssh2 1.17, `lib/protocol/keyParser.js`. */
function explain(cause, passphrase) {
	const type = /Unsupported OpenSSH private key type: (.*)/.exec(cause.message)?.[1];
	if (type !== void 0) return unsupported(type, cause);
	if (/no passphrase given/.test(cause.message)) return keyError("the key is encrypted and no passphrase is given", `set ${PASSPHRASE}, or ${NEW_KEY}`, cause);
	if (/Unsupported (cipher|kdf)/.test(cause.message)) return keyError(`the key's encryption is not supported (${cause.message})`, "save it anew with `ssh-keygen -p -Z aes256-ctr -f KEY`", cause);
	const decrypting = /[Bb]ad passphrase|bad decrypt|authenticate data|wrong final block|[Ee]ncrypted/.test(cause.message);
	if (passphrase !== void 0 && decrypting) return keyError("the passphrase does not open the key", `correct ${PASSPHRASE}; is a line end or blank pasted with it? Try it with \`ssh-keygen -y -f KEY\``, cause);
	return keyError(`the key cannot be read (${cause.message})`, `paste the whole key file as it is; \`ssh-keygen -y -f KEY\` must accept it; or ${NEW_KEY}`, cause);
}
function unsupported(type, cause) {
	return keyError(`a key of type ${type}${type.startsWith("sk-") ? ", which needs a security key to be touched," : ""} is not supported`, `use ssh-ed25519, ecdsa-sha2-nistp* or ssh-rsa: ${NEW_KEY}`, cause);
}
function keyError(what, mend, cause) {
	return new LoginFault(what, mend, cause);
}
// src/config/login-inputs.ts
/** Masks the key and its passphrase, whether they are needed or not. */
function maskKey({ inputs, reporter }) {
	const { "ssh-key": given, "ssh-key-passphrase": passphrase } = inputs.values;
	if (passphrase !== void 0) reporter.mask(passphrase);
	if (given === void 0) return;
	const secrets = /* @__PURE__ */ new Set([...secretsOf(given), ...secretsOf(mendKey(given).text)]);
	for (const secret of secrets) reporter.mask(secret);
}
/** The key to log in with. */
function readKey(reader) {
	const { "ssh-key": given, "ssh-key-passphrase": passphrase } = reader.inputs.values;
	if (given === void 0) {
		reader.missing("ssh-key", "a private key is needed to reach the host", "SSH_KEY");
		return;
	}
	const key = usable(reader, "ssh-key", () => readLoginKey(given, passphrase));
	if (key && key.notes.length > 0) reader.reporter.notice(`${label(reader.inputs, "ssh-key")}: ${key.notes.join("; ")}`);
	return key;
}
/**
* What of a key must never be shown: the whole and each of its lines, but not the lines that only say what it is, nor a
* last one of a few characters, which would blank out half of every log.
*/
function secretsOf(key) {
	const lines = key.split(/\r?\n/).filter((line) => line.length >= 8 && !line.startsWith("-----"));
	return [.../* @__PURE__ */ new Set([key, ...lines])];
}
/** How to log in at each host; none at all where something is wrong with the key or the hosts' own keys. */
function readLogins(reader, hosts) {
	const key = readKey(reader);
	const between = hosts.flatMap(({ jump }) => jump ?? []);
	const places = [...hosts, ...between].map(({ host, port, user }) => ({
		host,
		port,
		user
	}));
	const all = new Map(places.map((target) => [placeOf(target), target]));
	const pins = readPins(reader, [...all.values()]);
	if (!key || !pins) return [];
	const login = (target) => {
		const found = pins[[...all.keys()].indexOf(placeOf(target))];
		const { host, port, user } = target;
		return found === void 0 ? [] : [{
			target: {
				host,
				port,
				user
			},
			key,
			pins: found
		}];
	};
	return hosts.flatMap((host) => {
		const [jump] = host.jump === void 0 ? [] : login(host.jump);
		return login(host).map((own) => jump === void 0 ? own : {
			...own,
			jump
		});
	});
}
const placeOf = ({ host, port, user }) => `${user}@${host}:${port}`;
/** Each host's own keys. Without a target only a missing input is a fault: what lines it should have is not known. */
function readPins(reader, targets) {
	const given = reader.inputs.values["known-hosts"];
	if (given === void 0) {
		const scans = targets.map(({ host, port }) => `ssh-keyscan -p ${port} ${host}`);
		const message = `the host's own keys are needed, so that nobody else can pass for it; \`${scans.length === 0 ? "ssh-keyscan -p PORT HOST" : scans.join("; ")}\` prints them`;
		reader.missing("known-hosts", message, "KNOWN_HOSTS", "; compare what it printed with the keys in the host's /etc/ssh/ssh_host_*_key.pub");
		return;
	}
	if (targets.length === 0) {
		usable(reader, "known-hosts", () => assertKnownHosts(given));
		return;
	}
	const known = targets.map((target) => usable(reader, "known-hosts", () => pinsFor(given, target))).filter((one) => one !== void 0);
	return known.length === targets.length ? known : void 0;
}
/** Connection, hosts, user and port as inputs: they go over those of the stage that is changed. */
function readTarget(reader) {
	return {
		connection: readConnection(reader),
		hosts: readHosts(reader),
		user: readUser(reader),
		port: readPort(reader)
	};
}
function readConnection(reader) {
	const isKnown = (text) => CONNECTIONS.some((one) => one === text);
	const given = reader.checked("connection", isKnown, "is no way to a host", `give ${CONNECTIONS.join(" or ")}`);
	return CONNECTIONS.find((one) => one === given);
}
function readHosts(reader) {
	const { host, hosts } = reader.inputs.values;
	if (host !== void 0 && hosts !== void 0) reader.refuse("hosts", "host and hosts both say where to connect", "keep one of the two");
	const named = (hosts ?? "").split(/[\s,]+/).filter(Boolean);
	const mend = "give the name alone; \"port\" and \"user\" are inputs of their own";
	for (const [index, one] of named.entries()) if (!isHost(one)) reader.refuse("hosts", `"${one}" is no host name or IP address`, mend);
	else if (named.indexOf(one) < index) reader.refuse("hosts", `${one} is here a second time`, "keep one of the two");
	if (hosts !== void 0 && named.length === 0) reader.refuse("hosts", "names no host", "for example: www1.example.org, www2.example.org");
	if (hosts !== void 0) return named;
	const one = reader.checked("host", isHost, "is no host name or IP address", mend);
	return one === void 0 ? void 0 : [one];
}
function readUser(reader) {
	return reader.checked("user", (text) => USER.test(text), "is no user's name", "for example: deploy");
}
function readPort(reader) {
	const isPort = (text) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535;
	const given = reader.checked("port", isPort, "is no port", "give a number from 1 to 65535");
	return given === void 0 ? void 0 : Number(given);
}
function usable(reader, name, read) {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof LoginFault)) throw error;
		reader.refuse(name, error.message, error.mend);
		return;
	}
}
// src/config/stage-choice.ts
/**
* Which stage is meant: the named one; else the one that the branch or tag belongs to; else the only one.
*
* A deploy never takes the only stage for a branch or tag other than those it names: pushing `try-this` must not put it live
* in production just because there is no staging yet. What is not merged is of no branch that a stage could name, and no stage takes it, be
* it the only one and free of any. What brings no code (`rollback`, `status` ...) may.
*
* @param give says how to name a stage where this run was asked from
*/
function chooseStage(stages, wanted, ref, command, give) {
	if (wanted !== void 0) return chooseNamed(stages, wanted);
	const [first, ...others] = ref === void 0 ? [] : stages.filter((stage) => owns(stage, ref));
	if (ref && first && others.length > 0) {
		const at = [first, ...others].map(({ name }) => name);
		return {
			message: `${ref.kind} "${ref.name}" belongs to several stages: ${at.join(", ")}`,
			mend: `say which (${give(first.name)}), or let their branches and tags have nothing in common`,
			at
		};
	}
	if (first) return {
		name: first.name,
		by: "ref"
	};
	const only = stages.length === 1 ? stages[0] : void 0;
	const takes = (stage) => ref === void 0 || isMerged(ref) && isFree(stage);
	if (only && (!["deploy", "stage"].includes(command) || takes(only))) return {
		name: only.name,
		by: "only"
	};
	const message = ref === void 0 ? "neither a branch nor a tag is known to choose a stage by" : `${ref.kind} "${ref.name}" belongs to no stage`;
	const offers = stages.map((stage) => `${stage.name} (${described(stage)})`).join(", ");
	return {
		message,
		mend: `say which (${give(stages[0]?.name ?? "NAME")}), or run this for what belongs to one: ${offers}`,
		at: []
	};
}
function chooseNamed(stages, wanted) {
	if (stages.some(({ name }) => name === wanted)) return {
		name: wanted,
		by: "name"
	};
	const names = stages.map(({ name }) => name);
	const near = nearest(wanted, names);
	const hint = near === void 0 ? "" : `did you mean "${near}"? `;
	return {
		message: `there is no stage "${wanted}"`,
		mend: `${hint}stages: ${names.join(", ")}`
	};
}
function owns(stage, ref) {
	return isMerged(ref) && isOneOf(ref.name, ref.kind === "tag" ? stage.tags : stage.branch);
}
const isMerged = ({ kind }) => kind === "branch" || kind === "tag";
const isFree = ({ branch, tags }) => branch.length + tags.length === 0;
function described(stage) {
	return [...stage.branch.length > 0 ? [`branch ${stage.branch.join(", ")}`] : [], ...stage.tags.length > 0 ? [`tags ${stage.tags.join(", ")}`] : []].join("; ") || "no branch";
}
// src/config/which-file.ts
/** Which `graceful.yml` a run is about, and which of its stages. */
/** Reads the file that `config` names, else the one at the top of the checkout. */
function findFile(inputs, context) {
	const { config = "graceful.yml" } = inputs.values;
	const folder = inputs.source === "action" || inputs.values.config !== void 0 ? context.folder : topOfCheckout(context.folder) ?? context.folder;
	const path = resolve(folder, config);
	const workspace = topOfCheckout(dirname(path)) ?? context.folder;
	if (inputs.source === "action" && relative(folder, path).startsWith("..")) {
		const message = `"${config}" lies outside of the workspace ${folder}`;
		return {
			file: noFile(label(inputs, "config"), message, "name a file of the checkout"),
			path,
			workspace
		};
	}
	return {
		file: readConfigFile(path, workspace, inputs.source),
		path,
		workspace
	};
}
/** The stage that is meant, or the fault that there is none; undefined where the file's own faults leave no telling. */
function findStage(file, wanted, inputs, { ref }) {
	if (!file.stages || file.stages.length === 0) return void 0;
	const give = (stage) => howToGive(inputs, "stage", stage);
	const choice = chooseStage(file.stages, wanted.name, ref, wanted.command, give);
	if ("name" in choice) return choice;
	const { at, message, mend } = choice;
	const last = at?.at(-1);
	const key = ref?.kind === "tag" ? "tags" : "branch";
	return {
		...(at && file.placeOf(last === void 0 ? ["stages"] : [
			"stages",
			last,
			key
		])) ?? { where: label(inputs, wanted.input) },
		message,
		mend
	};
}
// src/config/read-run.ts
/**
* Turns inputs and `graceful.yml` into the one typed object that a run goes by.
*
* Secrets are masked first, before anything else can log.
* @throws ConfigError with all faults of the inputs and of the file together
*/
function readRun(inputs, context, reporter) {
	const reader = new InputReader(inputs, reporter);
	maskKey(reader);
	const env = readEnv(reader);
	const { token } = inputs.values;
	if (token !== void 0) reporter.mask(token);
	const command = readCommand(reader);
	const over = readTarget(reader);
	const { artifact, stages: wanted, lockMs, asking, ...asked } = readAsked(reader, command);
	const { reason } = inputs.values;
	const { file, path, workspace } = findFile(inputs, context);
	const { faults } = reader;
	const keyless = (to) => {
		if (command !== "build") return false;
		if (to === void 0 || isRemote(to)) return inputs.values["ssh-key"] === void 0;
		return to.hosts.some(({ user }) => user !== context.user);
	};
	const choose = (name, input, given) => {
		if (name === void 0 && command === "promote") return void 0;
		const found = findStage(file, {
			name,
			input,
			command
		}, inputs, context);
		if (found === void 0) return void 0;
		if ("message" in found) faults.push(found);
		else if (file.settings) {
			const draft = resolveStage(file.settings, found.name, given);
			if (draft.hosts.length === 0 && given.hosts === void 0 && !keyless(draft)) faults.push(...file.faultAt(draft.name, [["host"], ["hosts"]], "there is no host", "for example: host: www.example.org"));
			return draft;
		}
	};
	const stage = choose(wanted.stage, command === "promote" ? "to" : "stage", over);
	const from = wanted.from === void 0 ? void 0 : choose(wanted.from, "from", {});
	faults.push(...file.faults);
	const remote = [stage ?? {
		...over,
		hosts: []
	}, ...from ? [from] : []].filter(isRemote);
	const places = remote.flatMap(({ hosts }) => hosts);
	const logins = keyless(stage) || remote.length === 0 ? [] : readLogins(reader, places);
	const ways = (to, given) => {
		if (isRemote(to)) return logins.splice(0, to.hosts.length);
		return keyless(to) ? [] : readHere(reader, to, {
			given,
			file,
			user: context.user
		});
	};
	const mine = stage ? ways(stage, over) : [];
	const theirs = from ? ways(from, {}) : [];
	const { url } = stage ?? {};
	const isAlone = mine.length === 0 && !keyless(stage) || from !== void 0 && theirs.length === 0;
	if (faults.length > 0 || !stage || url === void 0 || isAlone) throw new ConfigError(inReadingOrder(faults));
	return {
		command,
		stage: {
			...stage,
			url
		},
		logins: mine,
		artifact: resolve(context.folder, artifact ?? "graceful-artifact"),
		fromArtifact: artifact !== void 0 && command !== "build",
		from: from?.url === void 0 ? void 0 : {
			stage: {
				...from,
				url: from.url
			},
			logins: theirs
		},
		env,
		...asked,
		request: asking?.({
			...stage.times,
			lockMs: lockMs ?? stage.times.lockMs
		}),
		lockMs: lockMs ?? stage.times.lockMs,
		json: inputs.json,
		pullRequest: context.pullRequest,
		github: token === void 0 ? void 0 : context.github && {
			...context.github,
			token
		},
		origin: reason === void 0 ? context.origin : {
			...context.origin,
			reason
		},
		workspace,
		file: path
	};
}
const isRemote = ({ connection }) => connection !== "local";
// src/config/settings.ts
/** The settings of one stage one by one, each with where it comes from. */
/** Those of a group say one thing in different words: whoever names one of them takes the place of all. */
const ALTERNATIVES = [
	["host", "hosts"],
	["server", "server-command"],
	["config-repository.path", "config-repository.url"]
];
/** Names of variables whose values are nobody's business, even when they stand in the file. */
const PRIVATE = /SECRET|PASS|TOKEN|CREDENTIAL|PRIVATE|KEY|DSN|(?:^|_)(?:URL|URI)$/i;
/** An address with a password in it, or on the web with a user alone: that may be a token. */
const LOGIN$1 = /:\/\/[^/@\s]*:[^/@\s]*@|\bhttps?:\/\/[^/@\s]+@/i;
/**
* Every setting that holds for a stage.
*
* @param given by inputs, over the file: by the key that it stands over
* @param found what holds where neither inputs nor the file nor a default say anything
*/
function settingsOf(file, stage, given, found) {
	const { settings } = file;
	const levels = [
		{
			from: "stage",
			at: ["stages", stage],
			data: settings.stages[stage]
		},
		{
			from: "common",
			at: [],
			data: settings
		},
		{
			from: "default",
			at: [],
			data: DEFAULTS
		}
	];
	const sayings = (path) => {
		const over = given[dotted(path)];
		const written = levels.flatMap(({ from, at, data }) => {
			const value = valueAt(data, path);
			if (value === void 0) return [];
			const place = from === "default" ? void 0 : file.placeOf([...at, ...path]);
			const said = {
				from,
				where: place === void 0 ? "" : placeOf$1({
					...place,
					message: "",
					mend: ""
				})
			};
			return isPrivate(path, value) ? [{
				...said,
				value: null,
				secret: true
			}] : [{
				...said,
				value
			}];
		});
		return [...over === void 0 ? [] : [over], ...written];
	};
	const rank = (said) => said === void 0 ? levels.length + 1 : order(said.from);
	return [["software"], ...leaves(["stages", stage]).map((path) => path.slice(2))].flatMap((path) => namesIn(path, levels.map(({ data }) => data), Object.keys(given))).flatMap((path) => {
		const key = dotted(path);
		const [said = found[key]] = sayings(path);
		if (said === void 0) return [];
		return (ALTERNATIVES.find((group) => group.includes(key))?.filter((other) => other !== key) ?? []).some((other) => rank(sayings(other.split("."))[0]) < rank(said)) ? [] : [{
			key,
			...said
		}];
	});
}
/** What follows from other settings, and what only the host can tell. */
function following(stage) {
	const local = stage.url === void 0 ? void 0 : new URL(stage.url);
	return {
		...stage.connection === "local" && { host: {
			value: "localhost",
			from: "default",
			where: "from connection"
		} },
		root: {
			value: stage.root,
			from: "default",
			where: "from software and variant"
		},
		"health.status": {
			value: "any 2xx",
			from: "default",
			where: ""
		},
		...local && { "verify.local": {
			value: `${local.protocol}//127.0.0.1${local.port === "" ? "" : `:${local.port}`}`,
			from: "default",
			where: "from url"
		} },
		...stage.configRepository && { "config-repository.folder": {
			value: "config",
			from: "default",
			where: ""
		} },
		"python.version": {
			value: null,
			from: "later",
			where: "the newest that host and runner both have"
		},
		"build.in": {
			value: null,
			from: "later",
			where: "the runner; in a minimal Debian where it must be compiled"
		}
	};
}
const ORDER = [
	"input",
	"environment",
	"stage",
	"common",
	"default"
];
function order(from) {
	const index = ORDER.indexOf(from);
	return index === -1 ? ORDER.length : index;
}
function isPrivate([first, name], value) {
	if ((first === "env" || first === "build-env") && name !== void 0 && PRIVATE.test(String(name))) return true;
	return holdsLogin(value);
}
/** In a list or a map too: arguments of the server, the command of a process. */
function holdsLogin(value) {
	if (typeof value !== "object" || value === null) return LOGIN$1.test(String(value));
	return Object.values(value).some(holdsLogin);
}
/** Every key that holds a value: `health.path`, but `processes` and `env` as they are. */
function leaves(path) {
	return knownKeys(path).flatMap((key) => {
		const full = [...path, key];
		return schemaAt(full) instanceof ZodObject ? leaves(full) : [full];
	});
}
/** A map of free names as one path for each name that somebody gives; any other key as it is. */
function namesIn(path, levels, given) {
	if (!(schemaAt(path) instanceof ZodRecord)) return [path];
	const prefix = `${dotted(path)}.`;
	const names = [...levels.toReversed().flatMap((data) => {
		const map = valueAt(data, path);
		return typeof map === "object" && map !== null ? Object.keys(map) : [];
	}), ...given.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))];
	return [...new Set(names)].map((name) => [...path, name]);
}
// src/config/read-settings.ts
/** What of the inputs is no setting of the file, and secret. */
const LOGIN = [
	"ssh-key",
	"ssh-key-passphrase",
	"known-hosts"
];
/**
* Reads inputs and `graceful.yml` as a run does, but for what only a host wants to know.
* @throws ConfigError with all faults together
*/
function readSettings(inputs, context, reporter) {
	const reader = new InputReader(inputs, reporter);
	const env = readEnv(reader);
	const over = readTarget(reader);
	const lockMs = readLockMs(reader);
	const { file, workspace } = findFile(inputs, context);
	const { stage: name, host, hosts } = inputs.values;
	const chosen = findStage(file, {
		name,
		input: "stage",
		command: "config"
	}, inputs, context);
	const faults = [
		...reader.faults,
		...chosen && "message" in chosen ? [chosen] : [],
		...file.faults
	];
	const { settings } = file;
	if (faults.length > 0 || settings === void 0 || chosen === void 0 || "message" in chosen) throw new ConfigError(inReadingOrder(faults));
	const by = (input) => {
		const { from, where } = inputs.elsewhere?.[input] ?? {
			from: "input",
			where: label(inputs, input)
		};
		return {
			from,
			where: from === "found" ? `${where} found` : where
		};
	};
	const given = {
		...over.connection !== void 0 && { connection: {
			value: over.connection,
			...by("connection")
		} },
		...host !== void 0 && { host: {
			value: host,
			...by("host")
		} },
		...hosts !== void 0 && { hosts: {
			value: over.hosts,
			...by("hosts")
		} },
		...over.port !== void 0 && { port: {
			value: over.port,
			...by("port")
		} },
		...over.user !== void 0 && { user: {
			value: over.user,
			...by("user")
		} },
		...lockMs !== void 0 && { "times.lock": {
			value: formatDuration(lockMs),
			...by("lock-timeout")
		} }
	};
	for (const variable of Object.keys(env)) given[`env.${variable}`] = {
		value: null,
		...by("env"),
		secret: true
	};
	const logins = LOGIN.filter((input) => inputs.values[input] !== void 0).map((key) => ({
		key,
		value: null,
		...by(key),
		secret: true
	}));
	const { ref } = context;
	const why = {
		name: by("stage"),
		ref: {
			from: "found",
			where: ref === void 0 ? "" : `${ref.kind} ${ref.name}`
		},
		only: {
			from: "found",
			where: "the only one"
		}
	};
	const stage = resolveStage(settings, chosen.name, over);
	return {
		stage,
		workspace,
		json: inputs.json,
		settings: (found) => [
			{
				key: "stage",
				value: chosen.name,
				...why[chosen.by]
			},
			...logins,
			...settingsOf({
				...file,
				settings
			}, chosen.name, given, {
				...following(stage),
				...found
			}).map((setting) => withHosts(setting, settings, chosen.name, over))
		]
	};
}
/**
* Hosts as a run takes them: one that an input names keeps what the file says of it, and a port or user of the inputs stands over
* those of each.
*/
function withHosts(setting, file, stage, over) {
	const { key } = setting;
	if (key !== "host" && key !== "hosts") return setting;
	const written = writtenHosts(file.stages[stage] ?? {}, file);
	const named = over.hosts?.flatMap((host) => {
		const own = written.filter((one) => one.host === host);
		return own.length === 0 ? [{ host }] : own;
	});
	const beaten = [...over.port === void 0 ? [] : ["port"], ...over.user === void 0 ? [] : ["user"]];
	const hosts = (named ?? written).map(({ host, ...rest }) => {
		const kept = Object.entries(rest).filter(([about]) => !beaten.includes(about));
		return kept.length === 0 ? host : {
			host,
			...Object.fromEntries(kept)
		};
	});
	return key === "host" && hosts.every((host) => typeof host === "string") ? setting : {
		...setting,
		key: "hosts",
		value: hosts
	};
}
// src/config/load-run.ts
/**
* Reads everything this process was asked to do, as the Action or from the command line.
*
* @param version of this program, for `--version`
* @returns null when only help or the version was asked for, and printed
* @throws ConfigError with all faults together
*/
function loadTask({ argv, env, cwd }, version) {
	const context = readContext(env, cwd);
	const isAction = argv.length === 0 && context.actions;
	const inputs = isAction ? readActionInputs() : readCommandLine(argv, {
		env,
		home: homedir(),
		cwd,
		version,
		print: answer
	});
	const folder = isAction ? context.folder : cwd;
	if (inputs === null) return null;
	if (inputs.init !== void 0) return {
		kind: "init",
		wanted: inputs.init
	};
	const asked = [
		inputs,
		{
			...context,
			folder
		},
		reporterFor(context.actions)
	];
	return inputs.values.command === "config" ? {
		kind: "config",
		wanted: readSettings(...asked)
	} : {
		kind: "run",
		run: readRun(...asked)
	};
}
/** Outside GitHub Actions nobody reads mask commands: they would print the secrets. */
function reporterFor(actions) {
	return actions ? {
		mask: (secret) => setSecret(secret),
		notice: (message) => notice(message)
	} : {
		mask: () => {},
		notice: (message) => process.stderr.write(`${message}\n`)
	};
}
// src/github/deployment.ts
/** Nobody waits longer for it at the end of a run: a cancelled job has ten seconds in all. Milliseconds. */
const LIMITS = {
	answerMs: 4e3,
	callMs: 6e3
};
/** Longest description that GitHub takes, characters. */
const LONGEST$1 = 140;
const STATES = {
	live: "success",
	unchanged: "success",
	done: "success",
	superseded: "inactive",
	failed: "failure",
	"fell-back": "failure",
	split: "failure",
	"not-reverted": "failure"
};
/**
* What a run is in the list of deployments of its repository: which commit goes to which environment, and how that ended. Where GitHub
* does not take it, one notice says so, and the run goes on as if nothing were.
*/
var Deployment = class {
	#run;
	#log;
	/** Undefined where it is not asked for, or has failed. */
	#github;
	/** Its id, once it is there. */
	#made;
	constructor(run, log, limits = LIMITS) {
		this.#run = run;
		this.#log = log;
		if (!run.deployments) return;
		if (run.github === void 0) this.#tell("there is no token. Set the input `token`.");
		else this.#github = new GitHub(run.github, void 0, limits);
	}
	/** A commit is on its way. Waits for nothing. */
	begin(commit) {
		this.#made ??= this.#make(commit);
	}
	/** How it ended. What begins nothing before (a rollback) is told here as a whole. @returns its id */
	async end({ outcome }) {
		const { result, release, previous, commit, message } = outcome;
		if (result === "live" && release !== previous && commit !== null) this.begin(commit);
		return await this.#close(STATES[result], message);
	}
	/** It ended before the host was asked to change anything. @returns its id, where there is one already */
	async broke(message) {
		return await this.#close("failure", message);
	}
	async #make(commit) {
		const { command, stage } = this.#run;
		const body = {
			ref: commit,
			task: command === "rollback" ? "rollback" : "deploy",
			environment: stage.name,
			description: `${stage.site}: ${command}`.slice(0, LONGEST$1),
			auto_merge: false,
			required_contexts: []
		};
		const made = await this.#ask("/deployments", body);
		const id = typeof made === "object" && made !== null && "id" in made ? made.id : void 0;
		if (typeof id !== "number") {
			if (this.#github !== void 0) this.#fail("GitHub answered without a deployment.");
			return;
		}
		await this.#say(id, "in_progress", "under way");
		return id;
	}
	async #close(state, words) {
		const id = await this.#made;
		if (id !== void 0) await this.#say(id, state, words);
		return id;
	}
	async #say(id, state, words) {
		const { stage, origin } = this.#run;
		const line = plainLine(words);
		await this.#ask(`/deployments/${id}/statuses`, {
			state,
			environment: stage.name,
			environment_url: stage.url,
			...origin.runUrl === void 0 ? {} : { log_url: origin.runUrl },
			description: line.length > LONGEST$1 ? `${line.slice(0, 139)}…` : line,
			auto_inactive: true
		});
	}
	/** @returns undefined where GitHub did not take it, now or before */
	async #ask(path, body) {
		try {
			return await this.#github?.ask("POST", path, body);
		} catch (error) {
			this.#fail(error instanceof GitHubError ? `${error.message}. ${mendOf(error, "deployments: write")}` : `${error}.`);
			return;
		}
	}
	#fail(why) {
		this.#github = void 0;
		this.#tell(why);
	}
	#tell(why) {
		this.#log.notice(`GitHub does not show this as a deployment: ${why} The site is not concerned.`);
	}
};
// src/report/build.ts
/** Tells where an artifact was left, and what it holds; as JSON too where asked for. @returns what the process should exit with */
function reportBuild(log, made, actions, json) {
	const { commit, target, trees, env } = made.build;
	log.phase("Result");
	log.info(`for Python ${target.minor} on ${target.machine} with ${target.libc}; ${env.packages.length} packages`);
	log.info(`code ${trees.code}`);
	if (trees.static !== null) log.info(`static ${trees.static}`);
	if (trees.config !== null) log.info(`config ${trees.config}`);
	log.info(`environment ${env.digest}`);
	log.end();
	log.step(`built: commit ${commit.slice(0, 7)}, in ${made.folder}`, true);
	if (json) answer(`${JSON.stringify({
		artifact: made.folder,
		...made.build
	}, null, 2)}\n`, true);
	if (actions) setOutputs({
		artifact: made.folder,
		commit
	});
	return 0;
}
// src/report/clean.ts
/** A log whose every text is cleaned before it is written. */
function cleanLog(log, clean) {
	const { passing } = log;
	return {
		passing: passing && ((text) => passing(clean(text))),
		phase: (title) => log.phase(clean(title)),
		end: () => log.end(),
		info: (text) => log.info(clean(text)),
		step: (text, good) => log.step(clean(text), good),
		quote: (lines) => log.quote(lines.map(clean)),
		notice: (text) => log.notice(clean(text)),
		error: (text) => log.error(clean(text))
	};
}
/** Everything that is told of an operation. Names and ids stay: they are checked, and no site writes them. */
function cleanReport(report, clean) {
	const { outcome, events, phases, hosts, between } = report;
	return {
		...report,
		outcome: cleanOutcome(outcome, clean),
		hosts: hosts?.map((end) => ({
			...end,
			outcome: end.outcome && cleanOutcome(end.outcome, clean),
			message: clean(end.message),
			events: end.events.map((event) => cleanEvent(event, clean))
		})),
		events: events.map((event) => cleanEvent(event, clean)),
		phases: phases.map((row) => ({
			...row,
			detail: clean(row.detail)
		})),
		between: between && {
			...between,
			shown: between.shown.map((one) => ({
				...one,
				subject: clean(one.subject),
				author: clean(one.author)
			}))
		}
	};
}
function cleanOutcome(outcome, clean) {
	const failure = outcome.failure && cleanFailure(outcome.failure, clean);
	return {
		...outcome,
		message: clean(outcome.message),
		failure
	};
}
/** Everything that is told of an error. */
function cleanTold(told, clean) {
	return {
		...told,
		faults: told.faults.map((fault) => ({
			...fault,
			what: clean(fault.what),
			mend: clean(fault.mend)
		})),
		state: clean(told.state),
		output: told.output.map(clean)
	};
}
/** Of the events only steps and downtime are reported; the others are told by the log as they come. */
function cleanEvent(event, clean) {
	if (event.kind === "unmeasured") return {
		...event,
		why: clean(event.why)
	};
	return event.kind === "step" && event.status !== "begin" ? {
		...event,
		detail: clean(event.detail)
	} : event;
}
function cleanFailure({ answer, ...failure }, clean) {
	return {
		...failure,
		what: clean(failure.what),
		next: clean(failure.next),
		answer: answer && {
			...answer,
			location: answer.location && clean(answer.location),
			body: clean(answer.body)
		},
		log: failure.log.map(clean)
	};
}
// src/report/detail-outputs.ts
/** Longest message, and longest subject of a commit, characters: an output becomes part of a command's environment. */
const LONGEST = 4e3;
const SHORT = 200;
const short = (text) => plainLine(text).slice(0, SHORT);
/** What the summary tells beside the result, for programs. Pure. */
function detailOutputs(report) {
	const { outcome, sent } = report;
	return {
		message: outcome.message.slice(0, LONGEST),
		"failed-step": outcome.failure?.step ?? "",
		changes: JSON.stringify(changesOf(report)),
		times: JSON.stringify(timesOf(report)),
		"sent-bytes": sent === null ? "" : String(sent.bytes)
	};
}
/** What an operation brought. */
function changesOf({ between = null, packages, events }) {
	const shown = between?.shown.map(({ sha, subject, author }) => ({
		sha,
		subject: short(subject),
		author: short(author)
	}));
	return {
		commits: between && {
			...between,
			shown
		},
		packages: packages ?? null,
		migrations: migrationsOf(events)
	};
}
/** How long each phase and each host's step took, milliseconds. */
function timesOf(report) {
	return [...report.phases.map((row) => ({
		host: null,
		...row
	})), ...endsOf(report).flatMap(({ host, events }) => steps(events).map((row) => ({
		host,
		...row
	})))].map(({ host, name, ms, good }) => ({
		host,
		name,
		ms,
		good
	}));
}
// src/report/error.ts
/** What stays true of every error that comes before a host was asked to change anything. */
const UNTOUCHED = "The site is as it was.";
const NOT_CONTACTED = "No host was contacted; the site is as it was.";
function causes(error) {
	return error.cause instanceof Error ? [`Cause: ${error.cause.message}`, ...causes(error.cause)] : [];
}
/** Turns anything thrown into its words and exit code. */
function tell(error) {
	if (error instanceof ConfigError) return {
		title: "Wrong input",
		faults: error.faults.map((fault) => {
			const { file: path, line, column, message, mend } = fault;
			const place = path === void 0 ? void 0 : {
				path,
				line,
				column
			};
			return {
				what: `${placeOf$1(fault)}: ${message}`,
				mend,
				place
			};
		}),
		state: NOT_CONTACTED,
		output: [],
		exitCode: EXIT.usage
	};
	if (error instanceof HostError) return tellHosts([error], "The host could not be used");
	if (error instanceof HostErrors) return tellHosts(error.errors, "Some hosts could not be used");
	if (error instanceof BuildError || error instanceof BuildErrors) {
		const errors = error instanceof BuildError ? [error] : error.errors;
		return {
			title: "The build failed",
			faults: errors.map(({ message, mend, place }) => ({
				what: place === void 0 ? message : `${[place.file, place.line].filter(Boolean).join(":")}: ${message}`,
				mend,
				place: place && {
					path: place.file,
					line: place.line
				}
			})),
			state: UNTOUCHED,
			output: errors.flatMap(({ output }) => output),
			exitCode: EXIT.failed
		};
	}
	if (error instanceof Cancelled) return {
		title: "Cancelled",
		faults: [{
			what: error.message,
			mend: "Run it again to go on.",
			place: void 0
		}],
		state: "The host was asked to change nothing.",
		output: [],
		exitCode: EXIT.failed
	};
	return {
		title: "A fault of this program",
		faults: [{
			what: (error instanceof Error ? [`${error.name}: ${error.message}`, ...causes(error)] : [`Something was thrown: ${error}`]).join("\n"),
			mend: "Please report this with the text above.",
			place: void 0
		}],
		state: "`graceful status` shows what the host serves.",
		output: error instanceof Error && error.stack !== void 0 ? [error.stack] : [],
		exitCode: EXIT.internal
	};
}
function tellHosts(errors, title) {
	const isWrong = errors.every(({ kind }) => kind === "unknown");
	const states = [...new Set(errors.map(({ state }) => state))];
	return {
		title: isWrong ? "Wrong input" : title,
		faults: errors.flatMap(({ where, faults }) => faults.map(({ what, mend }) => ({
			what: `${where}: ${what}`,
			mend,
			place: void 0
		}))),
		state: states.length === 1 ? states.join() : errors.map(({ where, state }) => `${where}: ${state}`).join("\n"),
		output: [],
		exitCode: isWrong ? EXIT.usage : EXIT.unavailable
	};
}
/**
* Tells a person what went wrong. In a job of GitHub Actions each fault is an annotation that is complete in itself; at a
* terminal the state of the site is the last line.
*
* @param clean takes the run's secrets out of all that is told
* @param actions whether this process runs in such a job
* @returns what the process should exit with
*/
async function reportError(error, log, clean, actions) {
	const { title, faults, state, output, exitCode } = cleanTold(tell(error), clean);
	if (output.length > 0) log.phase("Output");
	log.quote(output);
	log.end();
	if (!actions) {
		log.error([...faults.map(({ what, mend }) => `${what}\n${indented(mend)}`), state].join("\n"));
		return exitCode;
	}
	for (const { what, mend, place } of faults) annotate({
		title,
		message: [
			what,
			mend,
			state
		].join("\n"),
		place
	});
	setOutputs({
		...exitCode === EXIT.failed ? { result: "failed" } : {},
		message: [...faults.map(({ what }) => what), state].join("\n").slice(0, LONGEST)
	});
	const lines = faults.flatMap(({ what, mend }) => [what, mend]);
	await writeText(renderError(title, [...lines, state], output));
	return exitCode;
}
function indented(text) {
	return text.replace(/^/gm, "  ");
}
// src/report/outcome-json.ts
/** How an operation ended, for programs: what the Action tells in its outputs, as one object. Pure. */
function plainOutcome(report) {
	const { command, stage, site, url, outcome, sent, tried = null } = report;
	const { result, release, previous, commit, message, failure } = outcome;
	return {
		command,
		stage,
		site,
		url,
		result,
		message,
		release,
		previous,
		commit,
		tried,
		failure,
		hosts: endsOf(report).map(plainEnd),
		changes: changesOf(report),
		downtime: downtimeOf(report),
		sent,
		times: timesOf(report)
	};
}
// src/report/finish.ts
/**
* Tells the end of a deploy or a rollback: in the log, as an annotation, in the job's summary and its outputs.
*
* @param actions whether this process runs in a job of GitHub Actions
* @param json whether it was asked for as JSON, too
* @returns what the process should exit with
*/
async function reportOutcome(log, report, actions, json = false) {
	const { outcome, url } = report;
	const { failure } = outcome;
	if (failure && (failure.log.length > 0 || failure.answer)) {
		log.phase("Result");
		if (failure.log.length > 0) log.info("Last lines of the log:");
		log.quote(failure.log);
		if (failure.answer) {
			log.info(`Health answer: ${answerText(failure.answer)}`);
			log.quote([failure.answer.body]);
		}
	}
	log.end();
	const code = exitCode(outcome);
	log.step(`${outcome.result}: ${outcome.message}`, code === 0);
	if (json) answer(`${JSON.stringify(plainOutcome(report), null, 2)}\n`, true);
	if (failure) {
		if (actions) annotate(failureAnnotation(failure, stateText(outcome)));
		else log.error(`${headline(failure)}: ${failure.what}\n${failure.next}`);
	} else if (actions && code !== 0) annotate({
		title: outcome.result,
		message: outcome.message,
		place: void 0
	});
	if (actions) {
		const staged = report.command === "stage" && outcome.result === "done" ? report.tried : void 0;
		setOutputs({
			...outputs(outcome, url),
			hosts: hostsOutput(endsOf(report)),
			...downtimeOutputs(report),
			...detailOutputs(report),
			...staged === void 0 ? {} : { staged }
		});
		await writeSummary(report);
	}
	return code;
}
// src/report/columns.ts
var import_cli_table3 = /* @__PURE__ */ __toESM(require_cli_table3(), 1);
const NO_LINES = Object.fromEntries([...[
	"top",
	"top-mid",
	"top-left",
	"top-right",
	"bottom",
	"bottom-mid",
	"bottom-left",
	"bottom-right"
], ...[
	"left",
	"left-mid",
	"mid",
	"mid-mid",
	"right",
	"right-mid",
	"middle"
]].map((name) => [name, ""]));
/** Rows as plain lines, each column as wide as it has to be. Pure. */
function columns(rows) {
	const table = new import_cli_table3.default({
		style: {
			head: [],
			border: [],
			"padding-left": 0,
			"padding-right": 2
		},
		chars: NO_LINES
	});
	table.push(...rows.map((row) => row.map(plainLine)));
	return table.toString().split("\n").map((line) => line.trimEnd()).join("\n");
}
// src/report/init.ts
const MARKS = {
	found: "+ found",
	guessed: "? guessed",
	missing: "! to do"
};
/** What was found, what was guessed, what is left to do, and what became of the files. Pure. */
function initText({ findings, files, print }) {
	if (print) return files.map(({ path, text }) => `# ${path}\n${text}`).join("\n");
	return `${columns(findings.map(({ mark, what, value, why }) => [
		MARKS[mark],
		what,
		value,
		why
	]))}\n\n${files.map(({ path, done }) => `${done} ${path}`).join("\n")}\n\nNext: look at the lines marked "guessed", then \`graceful config\` shows what holds; the host, its key and the secrets: README, "First deploy", from step 5 on.\n`;
}
// src/report/settings.ts
/** For people, in columns: key, value, and where it comes from. Pure. */
function settingsTable(settings) {
	return columns(settings.map((one) => [
		one.key,
		shown(one),
		source(one)
	]));
}
/** For programs. Pure. */
function settingsJson(settings) {
	return JSON.stringify({ settings }, null, 2);
}
function shown({ value, secret }) {
	if (secret) return "(set, not shown)";
	if (value === null) return "-";
	return typeof value === "string" ? value : JSON.stringify(value);
}
const WORDS = {
	input: "",
	environment: "environment",
	stage: "stage",
	common: "common",
	default: "default",
	found: "",
	missing: "NOT FOUND:",
	later: "decided by the deploy:"
};
function source({ from, where }) {
	const word = WORDS[from];
	if (where === "") return word;
	if (from === "stage" || from === "common") return `${where} (${word})`;
	if (from === "default") return `${word}, ${where}`;
	return `${word} ${where}`;
}
// src/report/by-host.ts
/** True of several hosts, even where only one of them could be reached: a program that reads it finds the same shape. Pure. */
function isFleet({ told, away }) {
	return told.length + away.length > 1;
}
/** For people: each host's under its name. Pure. */
function textByHost(answers, text) {
	const { told } = answers;
	const [first] = told;
	if (first !== void 0 && !isFleet(answers)) return text(first.answer);
	return told.map(({ host, answer }) => `== ${host} ==\n${text(answer)}`).join("\n\n");
}
/** For programs: of several hosts an object with the hosts' names as keys. Pure. */
function jsonByHost(answers, plain) {
	const { told } = answers;
	const [first] = told;
	const whole = first !== void 0 && !isFleet(answers) ? plain(first.answer) : { hosts: Object.fromEntries(told.map(({ host, answer }) => [host, plain(answer)])) };
	return JSON.stringify(whole, null, 2);
}
// src/report/status.ts
/**
* Tells a site's state: a table (JSON where asked for) on standard output; in a job also as outputs and in the summary.
*
* @returns what the process should exit with
*/
async function reportStatus(log, answers, options) {
	log.end();
	const [table, json] = [textByHost(answers, statusTable), jsonByHost(answers, plainStatus)];
	answer(`${options.json ? json : table}\n`, options.json);
	if (!options.actions) return 0;
	setOutputs({
		release: alike(answers, ({ links }) => links.current),
		previous: alike(answers, ({ links }) => links.previous),
		commit: alike(answers, ({ links, releases }) => releases.find(({ id }) => id === links.current)?.commit),
		url: options.url,
		status: json
	});
	await writeText(fitted([{
		name: "the state of the site",
		lines: [
			"<pre>",
			htmlEscape(table),
			"</pre>"
		],
		rank: 1
	}]));
	return 0;
}
/** What all hosts say alike; empty where they differ. */
function alike({ told }, of) {
	const values = new Set(told.map((one) => of(one.answer) ?? ""));
	const [only = ""] = values;
	return values.size === 1 ? only : "";
}
// src/report/telling.ts
/**
* Prints what the host told of its releases, or of what was done: a table, JSON where asked for.
*
* @returns what the process should exit with
*/
function reportTold(log, answers, json) {
	log.end();
	const text = json ? jsonByHost(answers, ({ type: _, ...rest }) => rest) : textByHost(answers, told);
	answer(`${text}\n`, json);
	return 0;
}
/** As a table for people. Pure. */
function told(answer) {
	return answer.type === "releases" ? releases(answer) : history(answer);
}
function releases({ releases }) {
	if (releases.length === 0) return "There is no release on this host yet.";
	return table([
		"Release",
		"State",
		"Commit",
		"Created",
		"Size",
		"Tags"
	], releases.map(({ id, state, commit, createdAt, bytes, tags }) => [
		id,
		state,
		commit.slice(0, 12),
		createdAt,
		size(bytes),
		tags.join(", ")
	]));
}
function history({ operations }) {
	if (operations.length === 0) return "Nothing was done yet.";
	return table([
		"Began",
		"Operation",
		"Release",
		"By",
		"Result",
		"Took"
	], operations.map(({ began, kind, release, origin, result, ms }) => [
		began,
		kind,
		release ?? "",
		origin.actor ?? "",
		result ?? "not finished",
		ms === null ? "" : seconds(ms)
	]));
}
function table(head, rows) {
	const made = new import_cli_table3.default({
		style: {
			head: [],
			border: []
		},
		head
	});
	made.push(...rows.map((row) => row.map(plainLine)));
	return made.toString();
}
// src/report/verified.ts
/**
* Prints what is damaged on the host, and what comes of it; JSON where asked for.
*
* @returns what the process should exit with
*/
function reportVerified(log, answers, json) {
	log.end();
	const text = json ? jsonByHost(answers, ({ type: _, more: __, ...rest }) => rest) : textByHost(answers, verifiedText);
	answer(`${text}\n`, json);
	const damaged = answers.told.map(({ host, answer: found }) => ({
		host,
		...found
	})).filter(({ count }) => count > 0);
	for (const { host, count, site } of damaged) {
		const where = isFleet(answers) ? host : `the host of ${site}`;
		log.error(`${countText(count)} on ${where}.`);
	}
	return damaged.length === 0 ? 0 : 1;
}
/** For people: each damage with whom it concerns, then what was read, and what comes of it. Pure. */
function verifiedText({ damages, count, objects, files, bytes, ms, notes, next }) {
	const read = `${objects} objects and ${files} files, ${size(bytes)} in ${seconds(ms)}`;
	const end = [
		`${countText(count)}; read: ${read}.`,
		...notes,
		...next
	].map(plainLine);
	return [...damages.flatMap(damageLines), ...end].join("\n");
}
function damageLines({ part, path, found, expected, releases }) {
	const whom = `${part} of ${releases.map(({ root, release, tags }) => `${release}${tags.length > 0 ? ` (${tags.join(", ")})` : ""} in ${root}`).join(", ") || "no release"}`;
	return [plainLine(`${path}: ${found}; expected: ${expected}`), `    ${plainLine(whom)}`];
}
function countText(count) {
	return count === 0 ? "No damage" : `${count} damage${count === 1 ? "" : "s"}`;
}
// src/main.ts
/** The whole program, as the Action and as a command. @returns what the process should exit with */
async function main(from) {
	const actions = from.env["GITHUB_ACTIONS"] === "true";
	const log = actions ? actionsLog() : terminalLog();
	let secrets = [];
	let deployment;
	const clean = (text) => redact(text, secrets);
	try {
		const task = loadTask(from, VERSION);
		if (task === null) return 0;
		if (task.kind !== "run") return await look(task);
		const { run } = task;
		secrets = [...Object.values(run.env), ...run.github ? [run.github.token] : []];
		deployment = new Deployment(run, cleanLog(log, clean));
		return await perform(run, cleanLog(log, clean), clean, actions, deployment);
	} catch (error) {
		const code = await reportError(error, log, clean, actions);
		tellDeployment(await deployment?.broke(clean(error instanceof Error ? error.message : String(error))), actions);
		return code;
	}
}
/** What concerns the project alone, and no host. */
async function look(task) {
	const { init, settings } = await import("./releasing.js");
	if (task.kind === "init") {
		answer(initText(await init(task.wanted)));
		return 0;
	}
	const found = await settings(task.wanted);
	const { json } = task.wanted;
	answer(`${json ? settingsJson(found) : settingsTable(found)}\n`, json);
	return 0;
}
async function perform(run, log, clean, actions, deployment) {
	switch (run.command) {
		case "deploy":
		case "stage":
		case "promote":
		case "build": return release(run, log, clean, actions, deployment);
		case "status": return tellAll(log, await status(run, log), (told) => reportStatus(log, told, {
			actions,
			json: run.json,
			url: run.stage.url
		}));
		default:
			if (run.request !== void 0) return hostVerb(run, run.request, log, clean, actions);
			return tellEnd(run, await go(run, log), log, clean, actions, deployment);
	}
}
/** What makes a release, or takes another stage's. */
async function release(run, log, clean, actions, deployment) {
	const { buildArtifact, cleanPlan, deploy, fromStage, reportPlan } = await import("./releasing.js");
	if (run.command === "build") return reportBuild(log, await buildArtifact(run, log), actions, run.json);
	const begun = (commit) => deployment.begin(commit);
	const { told, keep } = await deploy(run, log, run.command === "promote" ? fromStage : void 0, begun);
	const code = "outcome" in told ? await tellEnd(run, told, log, clean, actions, deployment) : await reportPlan(log, cleanPlan(told, clean), run, actions);
	await untilSignal(keep);
	return code;
}
/**
* Reports an operation that may have brought another release, with what lies between the two. A job that is cancelled meanwhile is told to
* the end all the same.
*/
async function tellEnd(run, report, log, clean, actions, deployment) {
	const unhear = hearSignals(() => {});
	try {
		const told = cleanReport(actions || run.json ? await withCommits(run, report) : report, clean);
		const code = await reportOutcome(log, told, actions, run.json);
		tellDeployment(await deployment.end(told), actions);
		return code;
	} finally {
		unhear();
	}
}
function tellDeployment(id, actions) {
	if (actions && id !== void 0) setOutputs({ deployment: String(id) });
}
async function withCommits(run, report) {
	if (report.commits === void 0) return report;
	const { commitsBetween } = await import("./commits.js");
	const isLive = report.outcome.result === "live";
	return {
		...report,
		between: await commitsBetween(isLive ? run : {
			...run,
			github: void 0
		}, report.commits)
	};
}
/** Reports what hosts told, and names those that could not be asked. */
async function tellAll(log, answers, report) {
	const code = await report(answers);
	for (const { name, error } of answers.away) log.error(`${name} could not be asked: ${error.what}`);
	return answers.away.length === 0 ? code : EXIT.unavailable;
}
/** The verbs that need nothing but the host. */
async function hostVerb(run, request, log, clean, actions) {
	switch (request.type) {
		case "releases":
		case "history": return tellAll(log, await ask(run, request, log), (told) => reportTold(log, told, run.json));
		case "verify": return tellAll(log, await verify(run, log), (told) => reportVerified(log, told, run.json));
		case "outcome": return reportOutcome(log, cleanReport(await learn(run, request, log), clean), actions, run.json);
		case "logs":
			await showLogs(run, request, log, clean);
			return 0;
		default: return reportOutcome(log, cleanReport(await change(run, request, log), clean), actions, run.json);
	}
}
// src/program.ts
const argv = process.argv.slice(2);
if (argv.length > 0) keepForAnswers();
const code = await main({
	argv,
	env: process.env,
	cwd: process.cwd()
});
const lost = await written();
if (lost !== null) process.stderr.write(`not all of it could be printed: ${lost}. The result stands: ask again where there is room.\n`);
process.exit(lost === null || code !== 0 ? code : EXIT.unwritten);
export {};
