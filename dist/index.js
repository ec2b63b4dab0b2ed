#!/usr/bin/env node
import { i as __toESM, r as __require, t as __commonJSMin } from "./rolldown-runtime.js";
import { A as headline, C as plainStatus, Ct as hearSignals, D as annotate, E as require_cli_table3, Et as connectAll, F as partsOf, Ft as BuildError, G as PACKAGE_NAME, Gt as ZodObject, I as redact, It as BuildErrors, J as require_fastest_levenshtein, Jt as ZodUnion, Kt as ZodRecord, M as GitHub, N as GitHubError, O as answerText, P as mendOf, Q as getInput, Qt as int, R as SERVERS, S as outputs, St as Cancelled, T as statusTable, U as INTERFACES, Ut as ZodArray, V as refusedArgument, W as interfaceOfModule, Wt as ZodExactOptional, X as endGroup, Xt as array, Yt as _enum, Z as error, Zt as boolean, _t as seconds, b as exitCode, bt as downtimeOutputs, c as writeSummary, cn as registry, dn as fingerprint, dt as Phases, en as number, fn as require_lib, ft as operate, gn as UNTOUCHED$1, gt as plainLines, hn as LoginFault, ht as plainLine, in as string, it as startGroup, j as stateText, jt as VERSION, k as failureAnnotation, kt as refuseFaults, l as writeText, ln as assertKnownHosts, mn as HostErrors, mt as steps, nn as record, nt as setOutput, o as endsOf, on as union, ot as summary, pn as HostError, pt as wholeOutcome, qt as ZodString, rn as strictObject, rt as setSecret, s as renderError, st as makeReport, tn as object, tt as notice, u as migrationsOf, un as pinsFor, v as htmlEscape, vt as size, w as setOutputs, x as hostsOutput, y as EXIT, z as SERVER_NAMES } from "./shared.js";
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { stripVTControlCharacters, styleText } from "node:util";
import { isIP } from "node:net";
import fs, { existsSync, readFileSync, readdirSync } from "node:fs";
import path, { basename, dirname, join, posix, relative, resolve } from "node:path";
import { homedir, hostname, userInfo } from "node:os";
import { EventEmitter } from "node:events";
import childProcess, { execFileSync } from "node:child_process";
import process$2 from "node:process";
import { matchesGlob } from "node:path/posix";
// src/commands/going.ts
/** Runs an operation about what is on the host already: going to another release, starting and stopping backends. */
async function go(run, log) {
	const phases = new Phases(log);
	using hosts = await phases.prepare("Connect", () => connectAll(run, log));
	await hosts.each(async ({ session }) => refuseFaults(session, session.welcome.faults));
	const release = run.release ?? oneRelease(run, hosts);
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
/** Where a plain rollback of several hosts goes: all of them to the same. @throws HostError where each would go to another */
function oneRelease(run, { all }) {
	if (run.command !== "rollback" || all.length === 1) return void 0;
	const targets = new Set(all.map(({ session }) => session.welcome.links.previous));
	const [target] = targets;
	if (targets.size === 1) return target ?? void 0;
	const told = all.map(({ name, session }) => `${name}: ${session.welcome.links.previous ?? "none"}`);
	throw new HostError({
		kind: "answer",
		what: `the hosts do not have the same release before the live one (${told.join("; ")}).`,
		where: run.stage.name,
		state: UNTOUCHED$1,
		next: "Name the release to go to: input `release`, or `graceful rollback RELEASE`; `releases` lists those of each host."
	});
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
		case "rollback": return {
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
		case "update":
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
	const logins = request.type === "manage" ? run.logins.slice(0, 1) : run.logins;
	using hosts = await phases.prepare("Connect", () => connectAll({
		...run,
		logins
	}, log));
	const { outcome, ...told } = await phases.run(run.command, () => operate(hosts, request, log));
	return {
		...makeReport(run, phases, outcome),
		...told
	};
}
/** Prints a process's log as it comes, until it ends or the run is interrupted: at a terminal on standard output. */
async function showLogs(run, request, log, actions) {
	const print = (lines) => {
		if (actions) log.quote(lines);
		else process.stdout.write(lines.flatMap(plainLines).map((line) => `${line}\n`).join(""));
	};
	const stopped = new AbortController();
	const stop = () => stopped.abort();
	using hosts = await connectAll(run, log);
	const isAlone = hosts.all.length === 1;
	const unhear = hearSignals(stop);
	try {
		await hosts.each(({ session, name }) => {
			const own = (lines) => print(isAlone ? lines : lines.map((line) => `${name}: ${line}`));
			return session.logs(request, own, stopped.signal);
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
	const [only, ...others] = hosts.all;
	if (only !== void 0 && others.length === 0) {
		const outcome = await phases.run("Outcome", () => ended(only.session, request.operation, run.lockMs, log));
		return makeReport(run, phases, outcome);
	}
	const ends = await phases.run("Outcome", () => hosts.each((member) => endOf(member, request.operation, run.lockMs)));
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
async function status$1(run, log) {
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
			writeOut: (str) => process$2.stdout.write(str),
			writeErr: (str) => process$2.stderr.write(str),
			outputError: (str, write) => write(str),
			getOutHelpWidth: () => process$2.stdout.isTTY ? process$2.stdout.columns : void 0,
			getErrHelpWidth: () => process$2.stderr.isTTY ? process$2.stderr.columns : void 0,
			getOutHasColors: () => useColor() ?? (process$2.stdout.isTTY && process$2.stdout.hasColors?.()),
			getErrHasColors: () => useColor() ?? (process$2.stderr.isTTY && process$2.stderr.hasColors?.()),
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
		process$2.exit(exitCode);
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
			if (process$2.versions?.electron) parseOptions.from = "electron";
			const execArgv = process$2.execArgv ?? [];
			if (execArgv.includes("-e") || execArgv.includes("--eval") || execArgv.includes("-p") || execArgv.includes("--print")) parseOptions.from = "eval";
		}
		if (argv === void 0) argv = process$2.argv;
		this.rawArgs = argv.slice();
		let userArgs;
		switch (parseOptions.from) {
			case void 0:
			case "node":
				this._scriptPath = argv[1];
				userArgs = argv.slice(2);
				break;
			case "electron":
				if (process$2.defaultApp) {
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
		if (process$2.platform !== "win32") {
			if (launchWithNode) {
				args.unshift(executableFile);
				args = incrementNodeInspectorPort(process$2.execArgv).concat(args);
				proc = childProcess.spawn(process$2.argv[0], args, { stdio: "inherit" });
			} else proc = childProcess.spawn(executableFile, args, { stdio: "inherit" });
		} else {
			this._checkForMissingExecutable(executableFile, executableDir, subcommand._name);
			args.unshift(executableFile);
			args = incrementNodeInspectorPort(process$2.execArgv).concat(args);
			proc = childProcess.spawn(process$2.execPath, args, { stdio: "inherit" });
		}
		if (!proc.killed) [
			"SIGUSR1",
			"SIGUSR2",
			"SIGTERM",
			"SIGINT",
			"SIGHUP"
		].forEach((signal) => {
			process$2.on(signal, () => {
				if (proc.killed === false && proc.exitCode === null) proc.kill(signal);
			});
		});
		const exitCallback = this._exitCallback;
		proc.on("close", (code) => {
			code = code ?? 1;
			if (!exitCallback) process$2.exit(code);
			else exitCallback(new CommanderError(code, "commander.executeSubCommandAsync", "(close)"));
		});
		proc.on("error", (err) => {
			if (err.code === "ENOENT") this._checkForMissingExecutable(executableFile, executableDir, subcommand._name);
			else if (err.code === "EACCES") throw new Error(`'${executableFile}' not executable`);
			if (!exitCallback) process$2.exit(1);
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
			if (option.envVar && option.envVar in process$2.env) {
				const optionKey = option.attributeName();
				if (this.getOptionValue(optionKey) === void 0 || [
					"default",
					"config",
					"env"
				].includes(this.getOptionValueSource(optionKey))) {
					if (option.required || option.optional) this.emit(`optionEnv:${option.name()}`, process$2.env[option.envVar]);
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
		let exitCode = Number(process$2.exitCode ?? 0);
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
	if (process$2.env.NO_COLOR || process$2.env.FORCE_COLOR === "0" || process$2.env.FORCE_COLOR === "false") return false;
	if (process$2.env.FORCE_COLOR || process$2.env.CLICOLOR_FORCE !== void 0) return true;
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
// src/config/fault.ts
/** All faults of inputs and `graceful.yml` at once. Its message is the whole list, a fault and its mend each. */
var ConfigError = class extends Error {
	name = "ConfigError";
	faults;
	constructor(faults) {
		super(faults.map(formatFault).join("\n"));
		this.faults = faults;
	}
};
/** `graceful.yml:3:5` */
function placeOf$2({ where, line, column }) {
	return [
		where,
		line,
		column
	].filter((part) => part !== void 0).join(":");
}
/** `graceful.yml:3:5: message`, and the mend on a line of its own below. */
function formatFault(fault) {
	return `${placeOf$2(fault)}: ${fault.message}\n  ${fault.mend}`;
}
/** Inputs first, then the file from top to bottom. Faults of one place keep their order. */
function inReadingOrder(faults) {
	const rank = (fault) => fault.file === void 0 ? 0 : 1;
	return faults.toSorted((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? 0 : (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)));
}
// src/config/duration.ts
const UNITS = {
	ms: 1,
	s: 1e3,
	m: 6e4,
	h: 36e5,
	d: 864e5
};
/** How a duration is written. */
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
function isUnit(text) {
	return text !== void 0 && Object.hasOwn(UNITS, text);
}
/** `30s`, `5m`, `1h`, `24h`, `500ms`, `7d` as milliseconds; undefined for anything else (a bare number has no unit). */
function parseDuration(text) {
	const [, amount, unit] = DURATION.exec(text) ?? [];
	return isUnit(unit) ? Number(amount) * UNITS[unit] : void 0;
}
/** Milliseconds in the largest unit that keeps them whole: 45000 is `45s`, 90000 is `90s`, 86400000 is `1d`. */
function formatDuration(ms) {
	for (const unit of [
		"d",
		"h",
		"m",
		"s"
	]) if (ms > 0 && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
	return `${ms}ms`;
}
// src/config/patterns.ts
/** What names, addresses and paths may look like, once for inputs and `graceful.yml` alike. */
/** A site: names its folder, its units and its groups. The helper on the host takes the same pattern. */
const SITE = /^[a-z][a-z0-9-]{0,31}$/;
/** Users and groups that every Debian has, or that come with the programs beside a site: a site of such a name would be theirs. */
const SYSTEM_NAMES = new Set(`adm audio backup bin caddy cdrom crontab daemon dialout dip disk dnsmasq docker fax floppy games gnats input irc kmem kvm list lp lxd mail
  man memcache messagebus mysql news nginx nobody nogroup ntp operator plugdev polkitd postfix postgres proxy rabbitmq redis render root
  sasl shadow sgx src ssh sshd ssl-cert staff sudo sync sys syslog systemd-network systemd-resolve systemd-timesync tape tty users utmp
  uucp uuidd video voice www-data`.split(/\s+/));
const VARIANT = /^[a-z0-9][a-z0-9-]{0,30}$/;
const STAGE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** A process beside web: names a file, a unit and a log. No dash, since `<site>-<process>` has to lead back to the two. */
const PROCESS = /^(?!(web|manage)$)[a-z][a-z0-9]{0,15}$/;
/** A command in words that every shell would leave as they are. */
const COMMAND = /^[\w@%+=:,./{}-]+( +[\w@%+=:,./{}-]+)*$/;
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
const RELEASE = /^\d{8}T\d{6}Z-[0-9a-f]{7}$/;
/** An operation's name, of a runner's or of the host's own command. */
const OPERATION = /^[0-9a-z-]{1,64}$/;
const PYTHON_MINOR = /^3\.\d{1,2}$/;
/** A dependency group or an extra, as `pyproject.toml` may name one. */
const GROUP = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const MODULE = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
const APPLICATION = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$/;
/** As `celery --app` takes it. */
const CELERY_APP = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?$/;
/** An absolute folder in plain characters: it is named in units and in the web server's configuration. */
const ROOT = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/;
/** A name that a process may get as an environment variable from a user of Graceful; those that begin with GRACEFUL_ it sets itself. */
const ENV_NAME = /^(?!GRACEFUL_)[A-Za-z_][A-Za-z0-9_]*$/;
const HOST_NAME = /^(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$/;
/** Variables that Graceful sets itself begin with this. */
const RESERVED = "GRACEFUL_";
/** True for a DNS name or an IP address, without port, user or scheme. */
function isHost(text) {
	return isIP(text) !== 0 || text.length <= 253 && HOST_NAME.test(text) && !text.endsWith("-");
}
/** As `isOrigin`, as far as a pattern can tell. */
const ORIGIN = /^https?:\/\/[^/?#@\s\\]+\/?$/;
/** True for `http://` or `https://` with a host, perhaps a port, and nothing else (a `/` at the end is fine). */
function isOrigin(text) {
	return ORIGIN.test(text) && URL.canParse(text);
}
/** True for a path that stays inside the folder it is relative to. `.` (the folder itself) counts only where `top`. */
function isInside(path, top = false) {
	if (path === "" || posix.isAbsolute(path) || hasControl(path) || path.includes("\\")) return false;
	if (path.split("/").includes("..")) return false;
	return top || tidyPath(path) !== ".";
}
/** `./media/` and `media` are one path: `media`. */
function tidyPath(path) {
	return posix.normalize(path).replace(/(?<=.)\/$/, "");
}
/** True when text holds a character that is none to print (a line end, NUL ...). */
function hasControl(text) {
	return /\p{Cc}/u.test(text);
}
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
		grammar: (command, ask) => command.option("-n, --last <number>", "so many operations", whole$1, 20).action(({ last }) => ask(() => ({
			type: "history",
			last
		})))
	},
	logs: {
		summary: "show what a process of the site has written",
		grammar: (command, ask) => command.argument("[process]", "such as web", "web").option("--since <time>", "how far back: 90s, 10m, 2h, 3d", duration$1).option("--grep <regex>", "only lines in which this is found").option("--follow", "go on with what comes, until Ctrl-C").action((process, given) => ask(() => ({
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
		grammar: (command, ask) => command.option("--keep <number>", "so many good releases stay; default: `keep` in graceful.yml", whole$1).action(({ keep }) => ask((times) => ({
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
function whole$1(text) {
	if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("expected a whole number from 1 on.");
	return Number(text);
}
function duration$1(text) {
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
// src/config/command-line.ts
const OWN_KEYS = [
	"id_ed25519",
	"id_ecdsa",
	"id_rsa"
];
/**
* Reads a command line (without the program's name): `deploy --stage staging`, `rollback [RELEASE]`, `status --json`.
*
* @returns what was given, or null when help or the version was asked for and printed
* @throws ConfigError for an unknown command or option
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
	if (argv.length === 0) throw new ConfigError([{
		where: "command line",
		message: "no command is given",
		mend: `commands: ${program.commands.map((command) => command.name()).join(", ")}\nsee graceful --help`
	}]);
	const refused = parse$1(program, argv);
	if (refused === "help") return null;
	if (refused !== void 0) throw new ConfigError([{
		where: "command line",
		...refused
	}]);
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
/** Why a command line is refused, or that only help was asked for, and printed. */
function parse$1(program, argv) {
	try {
		program.parse([...argv], { from: "user" });
		return;
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		if (error.exitCode === 0) return "help";
		const [message = error.message, ...hints] = error.message.replace(/^error: /, "").split("\n");
		return {
			message,
			mend: hints.join(" ") || "see graceful --help"
		};
	}
}
function grammar(terminal, chosen) {
	const program = new Command("graceful").description("Puts a Django site live on its owner's own Linux hosts without dropping a request.").version(terminal.version, "--version", "print the version").enablePositionalOptions().exitOverride().configureOutput({
		writeOut: (text) => terminal.print(text),
		writeErr: () => {}
	});
	const command = (name, summary) => program.command(name).description(summary).option("--stage <name>", "stage of graceful.yml; default: the one of this branch, or the only one").option("--config <file>", "path of graceful.yml; default: the one at the top of the checkout").option("--ssh-key-file <file>", "private key; default: GRACEFUL_SSH_KEY (the key itself), or the key in ~/.ssh").option("--known-hosts-file <file>", "host keys; default: GRACEFUL_KNOWN_HOSTS, or ~/.ssh/known_hosts").option("--host <name>", "instead of the stage's hosts").option("--hosts <names>", "the same for several, with commas between").option("--port <number>", "instead of the stage's port").option("--user <name>", "instead of the stage's user");
	/** A command that changes the site. */
	const changing = (name, summary, force) => {
		const made = command(name, summary).option("--reason <text>", "why, for the journal").option("--lock-timeout <time>", "longest to wait for another operation, instead of the stage's times.lock");
		return force === void 0 ? made : made.option("--force", force);
	};
	/** A command that may put another release live. */
	const showing = (made) => made.option("--deployments", "show it in GitHub as a deployment, by the token in GITHUB_TOKEN");
	const shipping = (name, summary) => changing(name, summary, "even what is live already, and over a newer run").option("--variables-file <file>", "variables of this deploy: KEY=VALUE lines").option("--artifact <folder>", "what `build` left: nothing is built").option("--plan-comment", "tell the plan in a comment of the pull request of this job").option("--json", "print the plan as JSON").action((options) => chosen(name, {}, options));
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
	command("status", "show what is live").option("--json", "print JSON").action((options) => chosen("status", {}, options));
	for (const [name, verb] of Object.entries(HOST_VERBS)) {
		const made = verb.waits ? changing(name, verb.summary) : command(name, verb.summary);
		if (verb.json) made.option("--json", "print JSON");
		verb.grammar(made, (asking) => chosen(name, {}, made.opts(), asking));
	}
	command(CONFIG, "show the settings of a stage, and where each comes from; no host is contacted").option("--variables-file <file>", "variables of this deploy: KEY=VALUE lines").option("--lock-timeout <time>", "instead of the stage's times.lock").option("--json", "print JSON").action((options) => chosen(CONFIG, {}, options));
	return program;
}
function gather(command, { release, names = [] }, options, terminal) {
	const faults = [];
	const { env, home, cwd } = terminal;
	const read = (option, file) => {
		if (file === void 0) return void 0;
		try {
			return readFileSync(resolve(cwd, file), "utf8");
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			faults.push({
				where: option,
				message: `${file} cannot be read (${message})`,
				mend: "check the path and its permissions"
			});
			return;
		}
	};
	if ([...release === void 0 ? [] : [release], ...names].some((name) => name.trim() === "")) faults.push({
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
		where: `${key} found`
	};
	if (hosts === void 0) elsewhere["known-hosts"] = {
		from: "environment",
		where: "GRACEFUL_KNOWN_HOSTS"
	};
	else if (options.knownHostsFile === void 0) elsewhere["known-hosts"] = {
		from: "found",
		where: `${hosts} found`
	};
	const given = {
		command,
		stage: options.stage,
		config: options.config === void 0 ? void 0 : resolve(cwd, options.config),
		"ssh-key": key === void 0 ? env["GRACEFUL_SSH_KEY"] : read("--ssh-key-file", key),
		"ssh-key-passphrase": env["GRACEFUL_SSH_KEY_PASSPHRASE"],
		"known-hosts": hosts === void 0 ? env["GRACEFUL_KNOWN_HOSTS"] : read("--known-hosts-file", hosts),
		host: options.host,
		hosts: options.hosts,
		port: options.port,
		user: options.user,
		env: read("--variables-file", options.variablesFile),
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
// src/config/context.ts
/** Reads the job's `GITHUB_*` variables, or at a terminal git's branch and the user's name. */
function readContext(env, cwd) {
	return env["GITHUB_ACTIONS"] === "true" ? jobContext(env, cwd) : terminalContext(env, cwd);
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
	const ref = named$1(env["GITHUB_REF_TYPE"] === "tag" ? "tag" : "branch", env["GITHUB_REF_NAME"]);
	const github = GITHUB_REPOSITORY ? {
		api: GITHUB_API_URL || "https://api.github.com",
		repository: GITHUB_REPOSITORY
	} : void 0;
	return {
		actions: true,
		folder: env["GITHUB_WORKSPACE"] || cwd,
		ref,
		github,
		pullRequest: pullRequestOf(env["GITHUB_EVENT_PATH"]),
		origin
	};
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
	const origin = { actor: `${env["USER"] || userInfo().username}@${hostname()}` };
	return {
		actions: false,
		folder: cwd,
		ref: checkedOut(cwd),
		github: void 0,
		pullRequest: void 0,
		origin
	};
}
function named$1(kind, name) {
	return name ? {
		kind,
		name
	} : void 0;
}
function checkedOut(folder) {
	try {
		return named$1("branch", execFileSync("git", [
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
/** How a fault names an input: `input ssh-key`, or the option that gives it at a terminal. */
function label(inputs, name) {
	return inputs.source === "action" ? `input ${name}` : TERMINAL[name].option;
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
// src/config/kinds.ts
/** Kinds of values in `graceful.yml`: what each holds, and what it expects in words. */
var import_fastest_levenshtein = require_fastest_levenshtein();
/** What each place expects, by its schema. */
const meanings = registry();
/** In milliseconds. */
const DAY = 864e5;
/** Text of a pattern, of which more may have to hold than a pattern can say. */
function like(pattern, expects, example, holds = (_) => true) {
	return string().regex(pattern, { abort: true }).refine(holds).register(meanings, {
		expects,
		example
	});
}
/** Not empty, and nothing in it that no process can get as an argument. */
const SOME = /^[^\0]+$/;
/** A path below another one: not absolute, no `..` in it, no control character, no `\`. */
const INSIDE = /^(?!\/)(?!(?:.*\/)?\.\.(?:\/|$))[^\\\p{Cc}]+$/u;
/** `a`, `a or b`, `a, b or c` */
const oneOf = (names) => names.join(", ").replace(/, (?=[^,]*$)/, " or ");
/** One of some names. */
function choice(names, example) {
	return _enum(names).register(meanings, {
		expects: oneOf(names),
		example
	});
}
/** A whole number. */
function whole(least, most, expects, example) {
	return int().min(least).max(most).register(meanings, {
		expects,
		example
	});
}
/** True or false. */
function flag(example) {
	return boolean().register(meanings, {
		expects: "true or false",
		example
	});
}
/** A duration as `parseDuration` reads it; the bounds are milliseconds. */
function duration(example, { least = 1, most = DAY } = {}) {
	const bounds = `${least === 0 ? "" : " above 0"} of at most ${most / 864e5 === 1 ? "a day" : `${most / DAY} days`}`;
	return like(least === 0 ? DURATION : /^\d*[1-9]\d*(ms|s|m|h|d)$/, `a duration (a whole number and ms, s, m, h or d)${bounds}`, example, (value) => {
		const ms = parseDuration(value);
		return ms !== void 0 && ms >= least && ms <= most;
	});
}
/** A map of known keys; others are refused. */
function map(shape, example, json = {}) {
	return strictObject(shape).register(meanings, {
		expects: "a map of keys",
		example,
		json
	});
}
/** A list of one kind of element. */
function list(element, example) {
	return array(element).register(meanings, {
		expects: "a list",
		example
	});
}
/** One of a kind of text, or a list of them. */
function oneOrMore(one, expects, example) {
	return union([one, array(one).min(1)]).register(meanings, {
		expects,
		example
	});
}
/** Environment variables. */
const variables = (example) => record(string().regex(ENV_NAME), like(/^[^\0]*$/, "text without NUL (write \"\" for an empty value)", example)).register(meanings, {
	expects: "a map of names and values",
	example
});
/** Patterns that choose files. */
const patterns = (example) => list(like(/^(?=.*\S)[^\n]*$/, "a pattern as in a .gitignore", example), example);
/** A path below the project. */
const inside = (example) => like(INSIDE, "a relative path inside the project, without \"..\"", example, (value) => isInside(value));
/** One argument of a command. */
const argument = (example) => like(SOME, "one argument as text", example);
/** A command. */
const words = (example) => union([string().regex(COMMAND), array(argument(example)).min(1)]).register(meanings, {
	expects: "words with blanks between (no shell reads them), or a list of arguments",
	example
});
// src/config/schema/checks.ts
/** Whether it is well, and how long that may take. */
const status = int().refine((code) => code >= 200 && code <= 299 || code >= 400 && code <= 599).register(meanings, {
	expects: "an HTTP status from 200 to 299 or from 400 to 599",
	example: "status: 200",
	json: { anyOf: [{
		minimum: 200,
		maximum: 299
	}, {
		minimum: 400,
		maximum: 599
	}] }
});
/** The keys of it. */
const checkKeys = {
	health: map({
		path: like(/^\/[^\s#]*$/, "a path that begins with \"/\"", "path: /healthz").exactOptional(),
		status: union([status, array(status).min(1)]).register(meanings, {
			expects: "an HTTP status (200 to 299, 400 to 599; a redirect is never healthy) or a list of them",
			example: "status: [200, 204]"
		}).exactOptional(),
		body: like(/[\s\S]/, "text that the answer contains", "body: ok").exactOptional(),
		timeout: duration("timeout: 30s").exactOptional(),
		successes: whole(1, 100, "a whole number from 1 to 100", "successes: 2").exactOptional()
	}, "health: { path: /healthz, status: 200, timeout: 30s }").exactOptional(),
	verify: map({
		public: flag("public: false").exactOptional(),
		local: like(ORIGIN, "an http:// or https:// address without path", "local: \"http://127.0.0.1:8080\"", isOrigin).exactOptional()
	}, "verify: { public: true }").exactOptional(),
	times: map({
		connect: duration("connect: 15s").exactOptional(),
		heartbeat: duration("heartbeat: 5s").exactOptional(),
		lease: duration("lease: 45s").exactOptional(),
		confirm: duration("confirm: 60s").exactOptional(),
		standby: duration("standby: 5m", { least: 0 }).exactOptional(),
		drain: duration("drain: 60s", { least: 0 }).exactOptional(),
		grace: duration("grace: 30s").exactOptional(),
		lock: duration("lock: 10m", { least: 0 }).exactOptional()
	}, "times: { standby: 5m }").exactOptional()
};
// src/config/schema/code.ts
/** What is deployed, and what it is built with. */
/** Where an environment is built: the runner as it is, or a minimal system of the host's release. */
const BUILD_PLACES = ["debian", "runner"];
/** What happens to Debian packages that a host lacks. */
const HOST_PACKAGES = ["check", "install"];
const debianPackage = like(PACKAGE_NAME, "a Debian package's name, without a version", "packages: [libpq-dev]");
/** The keys of it. */
const codeKeys = {
	include: patterns("include: [shop/, manage.py, requirements.txt]").exactOptional(),
	"config-repository": map({
		path: like(/^[^\0-][^\0]*$/, "a path, relative to the top of the checkout", "path: ../shop-config").exactOptional(),
		url: like(/^(?:(?:https?|ssh|file):\/\/(?![^/]*:[^/]*@)|[\w.-]+@[\w.-]+:)[^\s\0]+$/, "an address that git knows, without a password", "url: \"https://github.com/acme/shop-config.git\"").exactOptional(),
		ref: like(/^[^\s\0-][^\s\0]*$/, "a branch, tag or commit", "ref: main").exactOptional(),
		folder: inside("folder: config").exactOptional()
	}, "config-repository: { path: ../shop-config, ref: main, folder: config }").exactOptional(),
	exclude: patterns("exclude: [docs/, \"*.md\"]").exactOptional(),
	django: map({
		project: like(INSIDE, "a relative path inside the repository, without \"..\"", "project: .", (value) => isInside(value, true)).exactOptional(),
		settings: like(MODULE, "a dotted module", "settings: shop.settings.production").exactOptional(),
		application: like(APPLICATION, "a module and a name in it, with \":\" between", "application: shop.wsgi:application").exactOptional(),
		interface: choice(INTERFACES, "interface: asgi").exactOptional()
	}, "django: { project: ., settings: shop.settings.production }").exactOptional(),
	python: map({
		requirements: inside("requirements: requirements.txt").exactOptional(),
		groups: list(like(GROUP, "the name of a dependency group", "groups: [production]"), "groups: [production]").exactOptional(),
		extras: list(like(GROUP, "the name of an extra", "extras: [images]"), "extras: [images]").exactOptional(),
		version: like(PYTHON_MINOR, "a minor version of Python 3", "version: \"3.12\"").exactOptional()
	}, "python: { requirements: requirements.txt }").exactOptional(),
	build: map({
		in: choice(BUILD_PLACES, "in: debian").exactOptional(),
		packages: list(debianPackage, "packages: [libpq-dev]").exactOptional()
	}, "build: { in: debian }").exactOptional(),
	hooks: map({
		build: like(/^(?=[\s\S]*\S)[^\0]*$/, "a command line for sh", "build: npm ci && npm run build").exactOptional(),
		outputs: list(inside("outputs: [frontend/dist]"), "outputs: [frontend/dist]").exactOptional()
	}, "hooks: { build: npm ci && npm run build, outputs: [frontend/dist] }").exactOptional(),
	"host-packages": choice(HOST_PACKAGES, "host-packages: install").exactOptional()
};
// src/config/schema/hosts.ts
/** Where a stage lives, and how its hosts go. */
/** What becomes of a run when a host of the stage cannot be reached. */
const UNREACHABLE = ["refuse", "skip"];
const host = like(/^[A-Za-z0-9:][\w.:%-]*$/, "a host name or IP address, without port or user", "host: www.example.org", isHost);
const user = like(USER, "a user's name on the host", "user: deploy");
const port = whole(1, 65535, "a port from 1 to 65535", "port: 22");
const JUMP = "jump: { host: bastion.example.org, port: 2222 }";
const jump$1 = union([host, map({
	host,
	port: port.exactOptional(),
	user: user.exactOptional()
}, JUMP)]).register(meanings, {
	expects: "a host name or IP address, a map of host, port and user, or none",
	example: JUMP
});
const HOSTS = "hosts: [www1.example.org, { host: www2.example.org, port: 2222 }]";
const hosts$1 = array(union([host, map({
	host,
	port: port.exactOptional(),
	user: user.exactOptional(),
	jump: jump$1.exactOptional(),
	processes: list(like(PROCESS, "the name of a process in processes", "processes: [worker]"), "processes: [worker]").exactOptional()
}, HOSTS)]).register(meanings, {
	expects: "a host name or IP address, or a map of host, port, user, jump and processes",
	example: HOSTS
})).min(1).register(meanings, {
	expects: "a list of at least one host",
	example: HOSTS
});
/** The keys of it. */
const hostKeys = {
	host: host.exactOptional(),
	hosts: hosts$1.exactOptional(),
	user: user.exactOptional(),
	port: port.exactOptional(),
	jump: jump$1.exactOptional(),
	waves: map({
		canary: whole(0, 1e3, "a whole number from 0 to 1000", "canary: 1").exactOptional(),
		batch: like(/^([1-9]\d{0,3}|[1-9]\d?%|100%)$/, "a number of hosts, or 1% to 100% of them", "batch: 25%").exactOptional(),
		pause: duration("pause: 30s", { least: 0 }).exactOptional(),
		"max-fail": whole(0, 1e3, "a whole number from 0 to 1000", "max-fail: 1").exactOptional(),
		unreachable: choice(UNREACHABLE, "unreachable: skip").exactOptional()
	}, "waves: { canary: 1, batch: 25%, pause: 30s }").exactOptional()
};
// src/config/schema/running.ts
/** What runs on the hosts, and what stays there. */
/** A line to copy. */
const SERVER_COMMAND = "server-command: [\"{python}\", \"-m\", \"hypercorn\", \"--bind\", \"unix:{socket}\", \"{application}\"]";
const process$1 = strictObject({
	command: words("command: [python, manage.py, run_worker, \"--name\", \"two words\"]").exactOptional(),
	celery: choice(["worker", "beat"], "celery: worker").exactOptional(),
	app: like(CELERY_APP, "a dotted module, perhaps with \":\" and a name in it", "app: shop.celery").exactOptional(),
	args: list(argument("args: [\"--concurrency\", \"2\"]"), "args: [\"--concurrency\", \"2\"]").exactOptional(),
	"stop-timeout": duration("stop-timeout: 10m").exactOptional(),
	singleton: flag("singleton: true").exactOptional()
}).refine(({ command, celery, app, args }) => celery === void 0 ? command !== void 0 && app === void 0 && args === void 0 : command === void 0).register(meanings, {
	expects: "either command, or celery (which alone takes app and args)",
	example: "worker: { command: python manage.py run_worker }",
	json: { oneOf: [{
		required: ["celery"],
		not: { required: ["command"] }
	}, {
		required: ["command"],
		not: { anyOf: [
			"celery",
			"app",
			"args"
		].map((key) => ({ required: [key] })) }
	}] }
});
/** The keys of it. */
const runningKeys = {
	server: choice(SERVER_NAMES, `server: ${SERVER_NAMES[0]}`).exactOptional(),
	"server-args": list(argument("server-args: [\"--workers\", \"3\"]"), "server-args: [\"--workers\", \"3\"]").exactOptional(),
	"server-command": list(argument(SERVER_COMMAND), SERVER_COMMAND).exactOptional(),
	processes: record(string().regex(PROCESS), process$1).register(meanings, {
		expects: "a map of names and processes",
		example: "processes: { worker: { celery: worker } }"
	}).exactOptional(),
	"process-manager": choice([
		"systemd",
		"systemd-user",
		"supervisord"
	], "process-manager: systemd").exactOptional(),
	shared: map({
		dirs: list(inside("dirs: [media]"), "dirs: [media]").exactOptional(),
		public: list(inside("public: [media]"), "public: [media]").exactOptional(),
		files: list(inside("files: [.env]"), "files: [.env]").exactOptional()
	}, "shared: { public: [media], files: [.env] }").exactOptional(),
	env: variables("env: { DJANGO_LOG_LEVEL: info }").exactOptional(),
	"build-env": variables("build-env: { SECRET_KEY: build }").exactOptional(),
	migrate: flag("migrate: true").exactOptional(),
	strategy: choice(["overlap", "restart"], "strategy: restart").exactOptional(),
	keepalive: choice(["restart", "switch"], "keepalive: switch").exactOptional(),
	adopt: flag("adopt: true").exactOptional(),
	keep: map({
		releases: whole(1, 1e3, "a whole number from 1 to 1000", "releases: 5").exactOptional(),
		failed: whole(0, 1e3, "a whole number from 0 to 1000", "failed: 3").exactOptional()
	}, "keep: { releases: 5, failed: 3 }").exactOptional(),
	static: map({
		keep: duration("keep: 24h", { most: 365 * DAY }).exactOptional(),
		commands: list(words("compress --force"), "commands: [compress --force]").exactOptional(),
		hashed: patterns("hashed: [/CACHE/]").exactOptional()
	}, "static: { keep: 24h }").exactOptional()
};
// src/config/schema.ts
/** The shape of `graceful.yml`, with what each place expects in words. */
/** What may stand at the top and in each stage. */
const settings = {
	variant: like(VARIANT, "lower-case letters, digits and \"-\"", "variant: berlin").exactOptional(),
	root: like(ROOT, "an absolute path of letters, digits, \".\", \"_\" and \"-\"", "root: /srv/shop").exactOptional(),
	...hostKeys,
	url: like(ORIGIN, "an http:// or https:// address without path", "url: \"https://www.example.org\"", isOrigin).exactOptional(),
	...codeKeys,
	...runningKeys,
	...checkKeys
};
/** Of what says one thing in two ways each level has one. */
const ONE_OF_TWO = { not: { anyOf: [{ required: ["host", "hosts"] }, { required: ["server", "server-command"] }] } };
/** Names of branches or tags: no name in git has a blank in it. */
const names = (expects, example) => oneOrMore(like(/^\S+$/, expects, example), expects, example);
const stage = map({
	branch: names("a branch's name or pattern, or a list of them", "branch: main").exactOptional(),
	tags: names("a pattern of tags' names, or a list of them", "tags: v*").exactOptional(),
	...settings
}, "production: { branch: main, host: www.example.org, url: \"https://www.example.org\" }", ONE_OF_TWO);
/** All of `graceful.yml`. */
const gracefulFile = map({
	software: like(SITE, "lower-case letters, digits and \"-\", a letter first, at most 32", "software: shop"),
	...settings,
	stages: record(like(STAGE, "a stage's name of letters, digits, - and _", "production:"), stage).refine((stages) => Object.keys(stages).length > 0).register(meanings, {
		expects: "a map of at least one stage",
		example: "stages: { production: { branch: main, host: www.example.org, url: \"https://www.example.org\" } }",
		json: { minProperties: 1 }
	})
}, "software: shop", ONE_OF_TWO);
// src/config/schema-at.ts
/** What the schema of `graceful.yml` has at a path of keys and indexes. */
function inner(schema) {
	return schema instanceof ZodExactOptional ? inner(schema.unwrap()) : schema;
}
/** What a list holds, where a list is one of the choices. */
function elementOf(union) {
	const choice = union.options.find((option) => option instanceof ZodArray);
	return choice instanceof ZodArray ? choice.element : void 0;
}
/** What a map holds at a key, where a map is one of the choices. */
function memberOf(union, key) {
	const choice = union.options.find((option) => option instanceof ZodObject);
	return choice instanceof ZodObject ? choice.shape[key] : void 0;
}
/** The schema at a path of keys and indexes, or undefined where the file has no such place. */
function schemaAt(path) {
	let schema = gracefulFile;
	for (const key of path) {
		if (schema instanceof ZodObject) schema = schema.shape[String(key)];
		else if (schema instanceof ZodRecord) schema = schema.valueType;
		else if (schema instanceof ZodArray) schema = schema.element;
		else if (schema instanceof ZodUnion) schema = typeof key === "number" ? elementOf(schema) : memberOf(schema, String(key));
		else return void 0;
		if (schema === void 0) return void 0;
		schema = inner(schema);
	}
	return schema;
}
/** Keys that the map at a path may hold; none for maps with free names. */
function knownKeys(path) {
	const schema = schemaAt(path);
	const map = schema instanceof ZodUnion ? schema.options.find((option) => option instanceof ZodObject) : schema;
	return map instanceof ZodObject ? Object.keys(map.shape) : [];
}
/** True where text is wanted, or may stand beside something else: there `1.10` and `true` stay as they are written. */
function wantsText(path) {
	const schema = schemaAt(path);
	return (schema instanceof ZodUnion ? schema.options : [schema]).some((one) => one instanceof ZodString);
}
// src/config/shape.ts
/** Checks the data of `graceful.yml` against its schema, and says what is wrong in words. */
/** Checks the whole file, and tells every fault of its shape at its place. */
function checkShape(parsed) {
	const result = gracefulFile.safeParse(parsed.value);
	if (result.success) return {
		file: result.data,
		faults: [],
		broken: []
	};
	const issues = result.error.issues.flatMap((issue) => within(issue, parsed));
	const broken = issues.flatMap((issue) => issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]);
	return {
		file: gracefulFile.safeParse(named(without(parsed.value, broken))).data,
		faults: issues.flatMap((issue) => explain$2(issue, parsed)),
		broken
	};
}
/** Of what may be text or a map, and is a map: the faults in that map. */
function within(issue, parsed) {
	const value = valueAt(parsed.value, issue.path);
	if (issue.code !== "invalid_union" || typeof value !== "object" || value === null) return [issue];
	return issue.errors.find((issues) => issues.every(({ code, path }) => code !== "invalid_type" || path.length > 0))?.map((one) => ({
		...one,
		path: [...issue.path, ...one.path]
	})) ?? [issue];
}
/** A copy of the data without these places; a list with a faulty item goes as a whole. */
function without(value, places) {
	const copy = structuredClone(value);
	for (const place of places) {
		const item = place.findIndex((key) => typeof key === "number");
		const keys = item === -1 ? place : place.slice(0, item);
		const last = keys.at(-1);
		const holder = valueAt(copy, keys.slice(0, -1));
		if (last !== void 0 && typeof holder === "object" && holder !== null) Reflect.deleteProperty(holder, last);
	}
	return copy;
}
/** With a name where it has none: all else can be checked without its own. */
function named(value) {
	return typeof value === "object" && value !== null ? {
		software: "software",
		...value
	} : value;
}
function explain$2(issue, parsed) {
	if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({
		...unknownKey(key, issue.path),
		position: parsed.keyAt([...issue.path, key])
	}));
	const { path } = issue;
	const name = path.length === 0 ? "the file" : dotted(path);
	if (issue.code === "invalid_key") return [{
		...wrongName(path),
		position: parsed.keyAt(path)
	}];
	const { expects, example } = meaningAt(path);
	const mend = `for example: ${example}`;
	if (!parsed.has(path)) return [{
		message: `${name} is missing`,
		mend,
		position: parsed.keyAt(path)
	}];
	const value = valueAt(parsed.value, path);
	if (path.length === 0 && value === null) return [{
		message: "the file holds no settings",
		mend: "write it as docs/configuration.md shows",
		position: parsed.valueAt(path)
	}];
	return [{
		message: `${name}: expected ${expects}, found ${describe(value, path)}`,
		mend,
		position: parsed.valueAt(path)
	}];
}
/** A key nobody knows, with the nearest one of its place. */
function unknownKey(key, place) {
	const known = knownKeys(place);
	const message = `unknown key "${key}"${place.length === 0 ? "" : ` in ${dotted(place)}`}`;
	const near = nearest(key, known);
	return {
		message,
		mend: near === void 0 ? `known here: ${known.join(", ")}` : `did you mean "${near}"?`
	};
}
/** The known word that a mistyped one most likely stands for, or undefined when none is near. */
function nearest(word, known) {
	const letters = (text) => [...text].sort().join("");
	const reach = (text) => (0, import_fastest_levenshtein.distance)(word, text) - (letters(word) === letters(text) ? .5 : 0);
	const begun = known.filter((text) => word.length >= 3 && text.startsWith(word));
	if (begun.length === 1) return begun[0];
	const near = known.toSorted((a, b) => reach(a) - reach(b))[0];
	return near !== void 0 && reach(near) <= Math.max(2, Math.floor(word.length / 3)) ? near : void 0;
}
function wrongName(path) {
	const key = String(path.at(-1));
	const parent = path.slice(0, -1);
	if (parent.at(-1) === "processes") return {
		message: `${dotted(parent)}: "${key}" is no name for a process`,
		mend: "use lower-case letters and digits, at most 16, a letter first; `web` and `manage` are there already"
	};
	if (path.length === 2 && path[0] === "stages") return {
		message: `"${key}" is no name for a stage`,
		mend: "use letters, digits, \"-\" and \"_\""
	};
	if (key.startsWith("GRACEFUL_")) return {
		message: `${dotted(parent)}: ${key} is set by Graceful itself`,
		mend: `choose a name that does not begin with ${RESERVED}`
	};
	return {
		message: `${dotted(parent)}: "${key}" is no name for a variable`,
		mend: "use letters, digits and \"_\", no digit first"
	};
}
function meaningAt(path) {
	for (let depth = path.length; depth >= 0; depth--) {
		const schema = schemaAt(path.slice(0, depth));
		const meaning = schema && meanings.get(schema);
		if (meaning) return meaning;
	}
	return {
		expects: "something else",
		example: "see docs/configuration.md"
	};
}
/** `stages.staging.server-args[1]` */
function dotted(path) {
	return path.map((key, index) => typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`).join("");
}
/** What lies at a path in plain data, or undefined. */
function valueAt(value, path) {
	return path.reduce((inside, key) => typeof inside === "object" && inside !== null ? Reflect.get(inside, key) : void 0, value);
}
function describe(value, path) {
	if (value === null) return "nothing";
	if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
	if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map";
	if (path.some((key) => key === "env" || key === "build-env")) return `a ${typeof value}`;
	const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
	return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}
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
	return {
		release: readRelease(reader, command),
		names: readNames(reader, command),
		artifact: readArtifact(reader, command),
		stages: readStages(reader, command),
		force: reader.flag("force"),
		preempt: readPreempt(reader, command),
		databaseAhead: readDatabaseAhead(reader, command),
		plan: readPlan(reader, command),
		planComment: readPlanComment(reader),
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
function isPlanned(reader) {
	return reader.inputs.values.command === "plan" || reader.flag("plan");
}
function readPlan(reader, command) {
	const given = isPlanned(reader);
	if (given && !PLANNED.includes(command)) reader.refuse("plan", `"${command}" has no plan`, `leave it out; ${PLANNED.join(", ")} take it`);
	return given;
}
function readPlanComment(reader) {
	const given = reader.flag("plan-comment");
	if (given && !isPlanned(reader)) reader.refuse("plan-comment", "nothing is planned", `leave it out, or ${howToGive(reader.inputs, "plan", "true")}`);
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
// src/ssh/private-key.ts
var import_lib = /* @__PURE__ */ __toESM(require_lib(), 1);
const NEW_KEY = "make a key for this purpose with `ssh-keygen -t ed25519 -N \"\" -f graceful-key`";
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
	if (text === "") throw keyError("the key is empty", "set the secret that ssh-key takes its value from; a secret that does not exist is empty");
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
	throw explain$1(parsed instanceof Error ? parsed : /* @__PURE__ */ new Error("no private part"), passphrase);
}
/** From ssh2's sentence to one with a next step. Its texts: ssh2 1.17, `lib/protocol/keyParser.js`. */
function explain$1(cause, passphrase) {
	const type = /Unsupported OpenSSH private key type: (.*)/.exec(cause.message)?.[1];
	if (type !== void 0) return unsupported(type, cause);
	if (/no passphrase given/.test(cause.message)) return keyError("the key is encrypted and no passphrase is given", `set ssh-key-passphrase, or ${NEW_KEY}`, cause);
	if (/Unsupported (cipher|kdf)/.test(cause.message)) return keyError(`the key's encryption is not supported (${cause.message})`, "save it anew with `ssh-keygen -p -Z aes256-ctr -f KEY`", cause);
	const decrypting = /[Bb]ad passphrase|bad decrypt|authenticate data|wrong final block|[Ee]ncrypted/.test(cause.message);
	if (passphrase !== void 0 && decrypting) return keyError("the passphrase does not open the key", "correct ssh-key-passphrase (is a line end or blank pasted with it?); try it with `ssh-keygen -y -f KEY`", cause);
	return keyError(`the key cannot be read (${cause.message})`, `paste the whole key file as it is; \`ssh-keygen -y -f KEY\` must accept it; or ${NEW_KEY}`, cause);
}
function unsupported(type, cause) {
	return keyError(`a key of type ${type}${type.startsWith("sk-") ? ", which needs a security key to be touched," : ""} is not supported`, `use ssh-ed25519, ecdsa-sha2-nistp* or ssh-rsa: ${NEW_KEY}`, cause);
}
function keyError(what, mend, cause) {
	return new LoginFault(what, mend, cause);
}
// src/config/login-inputs.ts
/** The key to log in with. It and its passphrase are masked before anything else. */
function readKey(reader) {
	const { "ssh-key": given, "ssh-key-passphrase": passphrase } = reader.inputs.values;
	if (passphrase !== void 0) reader.reporter.mask(passphrase);
	if (given === void 0) {
		reader.missing("ssh-key", "a private key is needed to reach the host", "SSH_KEY");
		return;
	}
	const secrets = /* @__PURE__ */ new Set([...secretsOf(given), ...secretsOf(mendKey(given).text)]);
	for (const secret of secrets) reader.reporter.mask(secret);
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
function readLogins(reader, key, hosts) {
	const between = hosts.flatMap(({ jump }) => jump ?? []);
	const places = [...hosts, ...between].map(({ host, port, user }) => ({
		host,
		port,
		user
	}));
	const all = new Map(places.map((target) => [placeOf$1(target), target]));
	const pins = readPins(reader, [...all.values()]);
	if (!key || !pins) return [];
	const login = (target) => {
		const found = pins[[...all.keys()].indexOf(placeOf$1(target))];
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
const placeOf$1 = ({ host, port, user }) => `${user}@${host}:${port}`;
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
/** Hosts, user and port as inputs: they go over those of the stage that is changed. */
function readTarget(reader) {
	return {
		hosts: readHosts(reader),
		user: readUser(reader),
		port: readPort(reader)
	};
}
function readHosts(reader) {
	const { host, hosts } = reader.inputs.values;
	if (host !== void 0 && hosts !== void 0) reader.refuse("hosts", "host and hosts both say where to connect", "keep one of the two");
	const named = (hosts ?? "").split(/[\s,]+/).filter(Boolean);
	const mend = "give the name alone; \"port\" and \"user\" are inputs of their own";
	for (const [index, one] of named.entries()) if (!isHost(one)) reader.refuse("hosts", `"${one}" is no host name or IP address`, mend);
	else if (named.indexOf(one) < index) reader.refuse("hosts", `${one} is here a second time`, "keep one of the two");
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
// src/config/defaults.ts
/** What holds where neither the stage nor the top of the file says anything, written as it would be there. */
const DEFAULTS = {
	user: "deploy",
	port: 22,
	waves: {
		canary: 0,
		batch: "100%",
		pause: "0s",
		"max-fail": 0,
		unreachable: "refuse"
	},
	include: [],
	exclude: [],
	hooks: { outputs: [] },
	django: { project: "." },
	python: {
		groups: [],
		extras: []
	},
	build: { packages: [] },
	"host-packages": "check",
	server: "gunicorn",
	"server-args": [],
	"process-manager": "systemd",
	shared: {
		dirs: [],
		public: [],
		files: []
	},
	health: {
		path: "/",
		timeout: "30s",
		successes: 2
	},
	migrate: false,
	strategy: "overlap",
	keepalive: "restart",
	adopt: false,
	verify: { public: true },
	times: {
		connect: "15s",
		heartbeat: "5s",
		lease: "45s",
		confirm: "60s",
		standby: "5m",
		drain: "60s",
		grace: "30s",
		lock: "10m"
	},
	static: {
		keep: "24h",
		commands: [],
		hashed: []
	},
	keep: {
		releases: 5,
		failed: 3
	}
};
/** Where a configuration repository appears, if there is one. */
const CONFIG_FOLDER = "config";
/** `stop-timeout` of a process: work in hand is finished; the next singleton waits for the one before. */
const STOP = {
	worker: "10m",
	singleton: "30s"
};
// src/config/resolve.ts
/** One stage with everything filled in. Maps merge key by key, the stage over the top; lists and values replace. */
function resolveStage(file, name, over = {}) {
	const stage = file.stages[name] ?? {};
	const common = file;
	const single = {
		...DEFAULTS,
		...common,
		...stage
	};
	const { variant } = single;
	const site = variant === void 0 ? file.software : `${file.software}-${variant}`;
	const django = {
		...DEFAULTS.django,
		...common.django,
		...stage.django
	};
	const python = {
		...DEFAULTS.python,
		...common.python,
		...stage.python
	};
	const verify = {
		...DEFAULTS.verify,
		...common.verify,
		...stage.verify
	};
	const times = {
		...DEFAULTS.times,
		...common.times,
		...stage.times
	};
	const files = {
		...DEFAULTS.static,
		...common.static,
		...stage.static
	};
	return {
		name,
		site,
		root: single.root ?? `/srv/${site}`,
		hosts: hosts(stage, common, over),
		waves: waves({
			...DEFAULTS.waves,
			...common.waves,
			...stage.waves
		}),
		url: single.url?.replace(/\/$/, ""),
		source: {
			include: single.include,
			exclude: single.exclude
		},
		configRepository: configRepository(stage, common),
		hooks: hooks({
			...DEFAULTS.hooks,
			...common.hooks,
			...stage.hooks
		}),
		staticFiles: {
			commands: files.commands.map(wordsOf),
			hashed: files.hashed
		},
		django: {
			project: tidyPath(django.project),
			settings: django.settings,
			application: django.application,
			interface: django.interface
		},
		python: {
			requirements: python.requirements === void 0 ? void 0 : tidyPath(python.requirements),
			groups: python.groups,
			extras: python.extras,
			version: python.version
		},
		build: build({
			...DEFAULTS.build,
			...common.build,
			...stage.build
		}),
		hostPackages: single["host-packages"],
		...server(stage, common),
		serverArgs: single["server-args"],
		processes: processes({
			...common.processes,
			...stage.processes
		}),
		processManager: single["process-manager"],
		shared: sharedPaths({
			...DEFAULTS.shared,
			...common.shared,
			...stage.shared
		}),
		env: {
			...common.env,
			...stage.env
		},
		buildEnv: {
			...common["build-env"],
			...stage["build-env"]
		},
		health: health({
			...DEFAULTS.health,
			...common.health,
			...stage.health
		}),
		migrate: single.migrate,
		strategy: single.strategy,
		keepalive: single.keepalive,
		adopt: single.adopt,
		verify: {
			public: verify.public,
			local: verify.local?.replace(/\/$/, "") ?? null
		},
		connectMs: ms(times.connect),
		times: {
			heartbeatMs: ms(times.heartbeat),
			leaseMs: ms(times.lease),
			confirmMs: ms(times.confirm),
			standbyMs: ms(times.standby),
			drainMs: ms(times.drain),
			graceMs: ms(times.grace),
			lockMs: ms(times.lock),
			keepStaticMs: ms(files.keep)
		},
		keep: {
			...DEFAULTS.keep,
			...common.keep,
			...stage.keep
		}
	};
}
/**
* `host` and `hosts` are one setting: that of the stage replaces that of the top. An input's host is one of them where it is named
* there. Singletons run on the first host, unless another one names them.
*/
function hosts(stage, common, over) {
	const level = [stage, common].find((one) => one.host !== void 0 || one.hosts !== void 0);
	const listed = (level?.hosts ?? [level?.host ?? []].flat()).map((one) => typeof one === "string" ? { host: one } : one);
	const known = processes({
		...common.processes,
		...stage.processes
	});
	const everywhere = Object.keys(known).filter((name) => known[name]?.singleton === false);
	const once = Object.keys(known).filter((name) => known[name]?.singleton && !listed.some((one) => one.processes?.includes(name)));
	const placed = (one, index) => {
		const user = over.user ?? one.user ?? stage.user ?? common.user ?? DEFAULTS.user;
		return {
			host: one.host,
			port: over.port ?? one.port ?? stage.port ?? common.port ?? DEFAULTS.port,
			user,
			...jump(one.jump ?? stage.jump ?? common.jump ?? "none", user),
			processes: one.processes ?? everywhere.concat(index === 0 ? once : [])
		};
	};
	const own = listed.map(placed);
	if (over.hosts === void 0) return own;
	const before = own.some(({ host }) => over.hosts?.includes(host)) ? own.length : 0;
	return over.hosts.flatMap((host, index) => {
		const found = own.filter((one) => one.host === host);
		return found.length > 0 ? found : [placed({ host }, before + index)];
	});
}
/** @param as who logs in at the host itself, and there too where nobody else is named */
function jump(given, as) {
	if (given === "none") return {};
	const { host, port = DEFAULTS.port, user = as } = typeof given === "string" ? { host: given } : given;
	return { jump: {
		host,
		port,
		user
	} };
}
function waves(given) {
	const { canary, batch, pause, "max-fail": maxFail, unreachable } = given;
	return {
		canary,
		batch,
		pauseMs: ms(pause),
		maxFail,
		unreachable
	};
}
function build(given) {
	return {
		in: given.in,
		packages: given.packages
	};
}
/** `server` and `server-command` exclude one another: those of the stage replace both of the top. */
function server(...levels) {
	const level = levels.find((one) => one.server !== void 0 || one["server-command"] !== void 0);
	const serverCommand = level?.["server-command"];
	return {
		server: level?.server ?? (serverCommand === void 0 ? DEFAULTS.server : null),
		serverCommand
	};
}
/** A public folder is a shared one, whether `dirs` names it again or not. */
function sharedPaths(given) {
	const tidy = (paths) => paths.map(tidyPath);
	const [dirs, open] = [tidy(given.dirs), tidy(given.public)];
	return {
		dirs: [...dirs, ...open.filter((path) => !dirs.includes(path))],
		files: tidy(given.files),
		public: open
	};
}
function processes(given) {
	const resolved = Object.entries(given).map(([name, process]) => {
		const { celery, app, args = [], command = args } = process;
		const singleton = process.singleton ?? celery === "beat";
		const stop = process["stop-timeout"] ?? (singleton ? STOP.singleton : STOP.worker);
		return [name, {
			command: wordsOf(command),
			celery,
			app,
			stopMs: ms(stop),
			singleton
		}];
	});
	return Object.fromEntries(resolved);
}
/** No shell reads them. */
function wordsOf(command) {
	return typeof command === "string" ? command.split(" ").filter(Boolean) : command;
}
/** `path` and `url` exclude one another: that of the stage replaces the other one of the top. */
function configRepository(stage, common) {
	const levels = [stage["config-repository"], common["config-repository"]];
	if (levels.every((level) => level === void 0)) return void 0;
	const { path, url } = levels.find((level) => level?.path !== void 0 || level?.url !== void 0) ?? {};
	const { ref, folder = CONFIG_FOLDER } = {
		...levels[1],
		...levels[0]
	};
	return {
		path,
		url,
		ref,
		folder: tidyPath(folder)
	};
}
function hooks(given) {
	return {
		build: given.build,
		outputs: given.outputs.map(tidyPath)
	};
}
function health(given) {
	const { path, status, body = null, timeout, successes } = given;
	return {
		path,
		status: status === void 0 ? null : [status].flat(),
		body,
		timeoutMs: ms(timeout),
		successes
	};
}
function ms(duration) {
	const parsed = parseDuration(duration);
	if (parsed === void 0) throw new Error(`${duration} passed the schema but is no duration`);
	return parsed;
}
// src/config/server-clashes.ts
/** What does not go together in the settings of the application server. */
/** All of them, in one stage. */
function ofServer(stage) {
	return [
		...ofInterface(stage),
		...stage.serverCommand === void 0 ? [] : ofCommand(stage, stage.serverCommand),
		...stage.server === null ? [] : ofNamed(stage, stage.server)
	];
}
function ofInterface({ django }) {
	const told = django.application === void 0 ? void 0 : interfaceOfModule(django.application);
	if (told === void 0 || django.interface === void 0 || told === django.interface) return [];
	return [{
		message: `django.interface is ${django.interface}, and django.application is ${django.application}`,
		mend: "leave out the one that is wrong",
		at: [["django", "interface"], ["django", "application"]]
	}];
}
function ofCommand({ server, serverArgs }, command) {
	const found = [];
	if (!command.some((word) => word.includes("{socket}"))) found.push({
		message: "server-command has no {socket}: the server has to listen on the unix socket of that path",
		mend: `for example: ${SERVER_COMMAND}`,
		at: [["server-command"]]
	});
	if (server !== null) found.push({
		message: "server and server-command both say what serves the site",
		mend: "keep one of the two",
		at: [["server-command"], ["server"]]
	});
	else if (serverArgs.length > 0) found.push({
		message: "server-args are options of a server that is named; server-command has its own",
		mend: "write them into server-command",
		at: [["server-args"], ["server-command"]]
	});
	return found;
}
function ofNamed(stage, name) {
	const server = SERVERS[name];
	const { django, times } = stage;
	const found = stage.serverArgs.flatMap((arg, index) => {
		const at = [["server-args", index]];
		const [option, ...values] = arg.split(/\s+/);
		if (/^--?[\w-]+$/.test(option ?? "") && values.length > 0) {
			const words = [option, ...values].map((word) => JSON.stringify(word)).join(", ");
			return [{
				message: `server-args: "${arg}" is one argument with a space in it`,
				mend: `write ${words}`,
				at
			}];
		}
		const why = refusedArgument(name, arg);
		if (why === void 0) return [];
		return [{
			message: `server-args: ${arg} cannot be set: ${why}`,
			mend: "leave it out",
			at
		}];
	});
	const asked = django.interface ?? (django.application && interfaceOfModule(django.application));
	if (asked && !server.interfaces.includes(asked)) {
		const [able] = server.interfaces;
		found.push({
			message: `${name} serves ${able.toUpperCase()}, and django.${django.interface ? `interface is ${asked}` : `application is ${django.application}`}`,
			mend: `name an ${able.toUpperCase()} application such as shop.${able}:application, or set server: gunicorn`,
			at: [["django", django.interface ? "interface" : "application"], ["server"]]
		});
	}
	const { longestGrace } = server;
	if (longestGrace !== void 0 && times.graceMs > longestGrace * 1e3) found.push({
		message: `times.grace is ${formatDuration(times.graceMs)}, and ${name} waits for ${formatDuration(longestGrace * 1e3)} at most`,
		mend: `set times.grace to ${formatDuration(longestGrace * 1e3)} or less`,
		at: [["times", "grace"], ["server"]]
	});
	return found;
}
// src/config/clashes.ts
/** Settings that are each fine and do not go together, or lack one another. */
/** Longest path of a unix socket: `sun_path` of Linux has 108 bytes, the last of them NUL (unix(7)). */
const LONGEST_SOCKET = 107;
/** The longest path of a socket under the root; the one under /run fits for every name that a site may have. */
const SOCKETS = {
	systemd: "/releases/20261122T043400Z-abcdef1/sock",
	"systemd-user": "/run/20261122T043400Z-abcdef1.9999/http.sock",
	supervisord: "/run/20261122T043400Z-abcdef1.9999/http.sock"
};
/** All that does not go together in one stage. */
function clashes(stage) {
	return [
		...ofNames(stage),
		...ofHosts(stage),
		...ofServer(stage),
		...ofProcesses(stage),
		...ofTimes(stage),
		...ofShared(stage),
		...ofHooks(stage),
		...ofConfig(stage)
	];
}
function ofNames(stage) {
	const found = [];
	if (!SITE.test(stage.site)) found.push({
		message: `software and variant make the site's name "${stage.site}" of ${stage.site.length} characters; 32 are the most`,
		mend: "shorten software or variant",
		at: [["variant"], ["software"]]
	});
	if (SYSTEM_NAMES.has(stage.site)) found.push({
		message: `the site would be "${stage.site}", which is the name of a user or group of the system: a site has a user and groups of its own, named as it is`,
		mend: "choose another name, such as that of the project",
		at: [["variant"], ["software"]]
	});
	else if (stage.processManager === "systemd" && [DEFAULTS.user, ...stage.hosts.map(({ user }) => user)].includes(stage.site)) found.push({
		message: `the site would be "${stage.site}", which is the user who deploys: its processes run as a user of their own, named as it is`,
		mend: "choose another name for the site, or another user to deploy as",
		at: [
			["variant"],
			["software"],
			["user"]
		]
	});
	if (stage.url === void 0) found.push({
		message: "there is no url",
		mend: "for example: url: \"https://www.example.org\"",
		at: [["url"]]
	});
	const socket = SOCKETS[stage.processManager];
	const most = LONGEST_SOCKET - socket.length;
	if (stage.root.length > most) found.push({
		message: `root has ${stage.root.length} characters, so its socket ${stage.root}${socket} would not fit in the ${LONGEST_SOCKET} that Linux allows`,
		mend: `choose a root of at most ${most} characters`,
		at: [
			["root"],
			["variant"],
			["software"]
		]
	});
	return found;
}
/** One machine, as far as it can be told. */
const placeOf = ({ host, port }) => `${host.toLowerCase()}:${port}`;
function ofHosts(stage) {
	return [
		...doubledHosts(stage.hosts),
		...unknownProcesses(stage),
		...misplacedProcesses(stage)
	];
}
function unknownProcesses({ hosts, processes }) {
	return hosts.flatMap((one, index) => one.processes.filter((name) => processes[name] === void 0).map((name) => ({
		message: `hosts: ${one.host} is to run ${name}, which processes does not name`,
		mend: `known there: ${Object.keys(processes).join(", ") || "none"}; web runs on every host`,
		at: [[
			"hosts",
			index,
			"processes"
		], ["hosts"]]
	})));
}
function misplacedProcesses({ hosts, processes }) {
	return Object.entries(processes).flatMap(([name, { singleton }]) => {
		const on = hosts.filter((one) => one.processes.includes(name)).length;
		const at = [["hosts"], ["processes", name]];
		if (hosts.length > 0 && on === 0) return [{
			message: `processes.${name} runs on no host`,
			mend: `add ${name} to the processes of one of the hosts`,
			at
		}];
		if (!singleton || on < 2) return [];
		return [{
			message: `processes.${name} is a singleton, and ${on} hosts are to run it`,
			mend: "keep it on one of them",
			at
		}];
	});
}
function doubledHosts(hosts) {
	return hosts.flatMap((one, index) => {
		if (hosts.findIndex((other) => placeOf(other) === placeOf(one)) === index) return [];
		return [{
			message: `hosts: ${one.host} is here a second time`,
			mend: "keep one of the two",
			at: [["hosts", index], ["hosts"]]
		}];
	});
}
/** Where one level of the file says twice where the site lives. */
function hostTwice(file) {
	return [[[], file], ...Object.entries(file.stages).map(([name, stage]) => [["stages", name], stage])].flatMap(([path, { host, hosts }]) => host === void 0 || hosts === void 0 ? [] : [[...path, "hosts"]]);
}
function ofProcesses(stage) {
	return Object.entries(stage.processes).filter(([, one]) => one.celery === "beat" && !one.singleton).map(([name]) => ({
		message: `processes.${name}: celery: beat is a singleton: two would send every task twice`,
		mend: "leave singleton out",
		at: [[
			"processes",
			name,
			"singleton"
		]]
	}));
}
/**
* Stages that lead to one folder of one host and yet have addresses of their own: the one deployed last would answer at both. Stages
* with the same address are one site on purpose (another branch, other settings).
*/
function sameSite(stages) {
	return stages.flatMap((stage, index) => {
		const others = stages.slice(0, index).filter(({ root, url }) => root === stage.root && url !== stage.url);
		const [{ host, first } = {
			host: "",
			first: void 0
		}] = stage.hosts.flatMap((one) => {
			const first = others.find(({ hosts }) => hosts.some((other) => placeOf(other) === placeOf(one)));
			return first === void 0 ? [] : [{
				host: one.host,
				first
			}];
		});
		if (first === void 0) return [];
		return [{
			stage: stage.name,
			message: `the same site as stage ${first.name} (${stage.root} on ${host}), with another url: each deploy of the one would replace the other`,
			mend: `give one of them a variant, or a root of its own`,
			at: [
				["root"],
				["variant"],
				["host"],
				["hosts"]
			]
		}];
	});
}
function ofTimes(stage) {
	const { heartbeatMs, leaseMs, drainMs, graceMs, standbyMs, keepStaticMs } = stage.times;
	const found = [];
	if (3 * heartbeatMs > leaseMs) found.push({
		message: `times.lease (${formatDuration(leaseMs)}) is shorter than three times times.heartbeat (${formatDuration(heartbeatMs)})`,
		mend: `set lease to ${formatDuration(3 * heartbeatMs)} or more, or a shorter heartbeat`,
		at: [["times", "lease"], ["times", "heartbeat"]]
	});
	const life = drainMs + graceMs + standbyMs;
	if (life >= keepStaticMs) {
		const parts = `times.standby + times.drain + times.grace (${formatDuration(life)})`;
		found.push({
			message: `static.keep (${formatDuration(keepStaticMs)}) is not longer than ${parts}: pages of an old backend would lose their static files`,
			mend: `set static.keep above ${formatDuration(life)}, or shorter times`,
			at: [
				["static", "keep"],
				["times", "standby"],
				["times", "drain"],
				["times", "grace"]
			]
		});
	}
	return found;
}
function ofShared(stage) {
	const folder = stage.configRepository?.folder;
	const paths = [
		...folder === void 0 ? [] : [{
			path: folder,
			at: ["config-repository", "folder"]
		}],
		...stage.shared.dirs.map((path) => ({
			path,
			at: ["shared", "dirs"]
		})),
		...stage.shared.files.map((path) => ({
			path,
			at: ["shared", "files"]
		}))
	];
	return paths.flatMap(({ path, at }, index) => {
		const other = paths.find((one, i) => i !== index && (one.path === path ? i < index : path.startsWith(`${one.path}/`)));
		if (!other) return [];
		return [{
			message: other.path === path ? `"${path}" is shared twice (shared.${other.at[1]} and shared.${at[1]})` : `shared "${path}" lies inside shared "${other.path}", which is a link in every release`,
			mend: "keep one of the two",
			at: [at, other.at]
		}];
	});
}
function ofHooks({ hooks: { build, outputs } }) {
	if (build === void 0 === (outputs.length === 0)) return [];
	return build === void 0 ? [{
		message: "hooks.outputs names files that no hooks.build makes",
		mend: "add hooks: { build: COMMAND }, or commit the files and leave outputs out",
		at: [["hooks", "outputs"], ["hooks"]]
	}] : [{
		message: "hooks.build makes nothing that hooks.outputs names, so nothing of it would be deployed",
		mend: "name what it makes: hooks: { outputs: [frontend/dist] }",
		at: [["hooks", "build"], ["hooks"]]
	}];
}
function ofConfig({ configRepository: config }) {
	if (config === void 0 || config.path === void 0 !== (config.url === void 0)) return [];
	const both = config.path !== void 0;
	return [{
		message: `config-repository has ${both ? "a path and a url" : "neither a path nor a url"}`,
		mend: both ? "keep one of the two" : "name a checkout by path, or what git is to fetch by url",
		at: both ? [["config-repository", "url"], ["config-repository"]] : [["config-repository"]]
	}];
}
// node_modules/yaml/dist/nodes/identity.js
var require_identity = /* @__PURE__ */ __commonJSMin(((exports) => {
	const ALIAS = Symbol.for("yaml.alias");
	const DOC = Symbol.for("yaml.document");
	const MAP = Symbol.for("yaml.map");
	const PAIR = Symbol.for("yaml.pair");
	const SCALAR = Symbol.for("yaml.scalar");
	const SEQ = Symbol.for("yaml.seq");
	const NODE_TYPE = Symbol.for("yaml.node.type");
	const isAlias = (node) => !!node && typeof node === "object" && node[NODE_TYPE] === ALIAS;
	const isDocument = (node) => !!node && typeof node === "object" && node[NODE_TYPE] === DOC;
	const isMap = (node) => !!node && typeof node === "object" && node[NODE_TYPE] === MAP;
	const isPair = (node) => !!node && typeof node === "object" && node[NODE_TYPE] === PAIR;
	const isScalar = (node) => !!node && typeof node === "object" && node[NODE_TYPE] === SCALAR;
	const isSeq = (node) => !!node && typeof node === "object" && node[NODE_TYPE] === SEQ;
	function isCollection(node) {
		if (node && typeof node === "object") switch (node[NODE_TYPE]) {
			case MAP:
			case SEQ: return true;
		}
		return false;
	}
	function isNode(node) {
		if (node && typeof node === "object") switch (node[NODE_TYPE]) {
			case ALIAS:
			case MAP:
			case SCALAR:
			case SEQ: return true;
		}
		return false;
	}
	const hasAnchor = (node) => (isScalar(node) || isCollection(node)) && !!node.anchor;
	exports.ALIAS = ALIAS;
	exports.DOC = DOC;
	exports.MAP = MAP;
	exports.NODE_TYPE = NODE_TYPE;
	exports.PAIR = PAIR;
	exports.SCALAR = SCALAR;
	exports.SEQ = SEQ;
	exports.hasAnchor = hasAnchor;
	exports.isAlias = isAlias;
	exports.isCollection = isCollection;
	exports.isDocument = isDocument;
	exports.isMap = isMap;
	exports.isNode = isNode;
	exports.isPair = isPair;
	exports.isScalar = isScalar;
	exports.isSeq = isSeq;
}));
// node_modules/yaml/dist/visit.js
var require_visit = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	const BREAK = Symbol("break visit");
	const SKIP = Symbol("skip children");
	const REMOVE = Symbol("remove node");
	/**
	* Apply a visitor to an AST node or document.
	*
	* Walks through the tree (depth-first) starting from `node`, calling a
	* `visitor` function with three arguments:
	*   - `key`: For sequence values and map `Pair`, the node's index in the
	*     collection. Within a `Pair`, `'key'` or `'value'`, correspondingly.
	*     `null` for the root node.
	*   - `node`: The current node.
	*   - `path`: The ancestry of the current node.
	*
	* The return value of the visitor may be used to control the traversal:
	*   - `undefined` (default): Do nothing and continue
	*   - `visit.SKIP`: Do not visit the children of this node, continue with next
	*     sibling
	*   - `visit.BREAK`: Terminate traversal completely
	*   - `visit.REMOVE`: Remove the current node, then continue with the next one
	*   - `Node`: Replace the current node, then continue by visiting it
	*   - `number`: While iterating the items of a sequence or map, set the index
	*     of the next step. This is useful especially if the index of the current
	*     node has changed.
	*
	* If `visitor` is a single function, it will be called with all values
	* encountered in the tree, including e.g. `null` values. Alternatively,
	* separate visitor functions may be defined for each `Map`, `Pair`, `Seq`,
	* `Alias` and `Scalar` node. To define the same visitor function for more than
	* one node type, use the `Collection` (map and seq), `Value` (map, seq & scalar)
	* and `Node` (alias, map, seq & scalar) targets. Of all these, only the most
	* specific defined one will be used for each node.
	*/
	function visit(node, visitor) {
		const visitor_ = initVisitor(visitor);
		if (identity.isDocument(node)) {
			if (visit_(null, node.contents, visitor_, Object.freeze([node])) === REMOVE) node.contents = null;
		} else visit_(null, node, visitor_, Object.freeze([]));
	}
	/** Terminate visit traversal completely */
	visit.BREAK = BREAK;
	/** Do not visit the children of the current node */
	visit.SKIP = SKIP;
	/** Remove the current node */
	visit.REMOVE = REMOVE;
	function visit_(key, node, visitor, path) {
		const ctrl = callVisitor(key, node, visitor, path);
		if (identity.isNode(ctrl) || identity.isPair(ctrl)) {
			replaceNode(key, path, ctrl);
			return visit_(key, ctrl, visitor, path);
		}
		if (typeof ctrl !== "symbol") {
			if (identity.isCollection(node)) {
				path = Object.freeze(path.concat(node));
				for (let i = 0; i < node.items.length; ++i) {
					const ci = visit_(i, node.items[i], visitor, path);
					if (typeof ci === "number") i = ci - 1;
					else if (ci === BREAK) return BREAK;
					else if (ci === REMOVE) {
						node.items.splice(i, 1);
						i -= 1;
					}
				}
			} else if (identity.isPair(node)) {
				path = Object.freeze(path.concat(node));
				const ck = visit_("key", node.key, visitor, path);
				if (ck === BREAK) return BREAK;
				else if (ck === REMOVE) node.key = null;
				const cv = visit_("value", node.value, visitor, path);
				if (cv === BREAK) return BREAK;
				else if (cv === REMOVE) node.value = null;
			}
		}
		return ctrl;
	}
	/**
	* Apply an async visitor to an AST node or document.
	*
	* Walks through the tree (depth-first) starting from `node`, calling a
	* `visitor` function with three arguments:
	*   - `key`: For sequence values and map `Pair`, the node's index in the
	*     collection. Within a `Pair`, `'key'` or `'value'`, correspondingly.
	*     `null` for the root node.
	*   - `node`: The current node.
	*   - `path`: The ancestry of the current node.
	*
	* The return value of the visitor may be used to control the traversal:
	*   - `Promise`: Must resolve to one of the following values
	*   - `undefined` (default): Do nothing and continue
	*   - `visit.SKIP`: Do not visit the children of this node, continue with next
	*     sibling
	*   - `visit.BREAK`: Terminate traversal completely
	*   - `visit.REMOVE`: Remove the current node, then continue with the next one
	*   - `Node`: Replace the current node, then continue by visiting it
	*   - `number`: While iterating the items of a sequence or map, set the index
	*     of the next step. This is useful especially if the index of the current
	*     node has changed.
	*
	* If `visitor` is a single function, it will be called with all values
	* encountered in the tree, including e.g. `null` values. Alternatively,
	* separate visitor functions may be defined for each `Map`, `Pair`, `Seq`,
	* `Alias` and `Scalar` node. To define the same visitor function for more than
	* one node type, use the `Collection` (map and seq), `Value` (map, seq & scalar)
	* and `Node` (alias, map, seq & scalar) targets. Of all these, only the most
	* specific defined one will be used for each node.
	*/
	async function visitAsync(node, visitor) {
		const visitor_ = initVisitor(visitor);
		if (identity.isDocument(node)) {
			if (await visitAsync_(null, node.contents, visitor_, Object.freeze([node])) === REMOVE) node.contents = null;
		} else await visitAsync_(null, node, visitor_, Object.freeze([]));
	}
	/** Terminate visit traversal completely */
	visitAsync.BREAK = BREAK;
	/** Do not visit the children of the current node */
	visitAsync.SKIP = SKIP;
	/** Remove the current node */
	visitAsync.REMOVE = REMOVE;
	async function visitAsync_(key, node, visitor, path) {
		const ctrl = await callVisitor(key, node, visitor, path);
		if (identity.isNode(ctrl) || identity.isPair(ctrl)) {
			replaceNode(key, path, ctrl);
			return visitAsync_(key, ctrl, visitor, path);
		}
		if (typeof ctrl !== "symbol") {
			if (identity.isCollection(node)) {
				path = Object.freeze(path.concat(node));
				for (let i = 0; i < node.items.length; ++i) {
					const ci = await visitAsync_(i, node.items[i], visitor, path);
					if (typeof ci === "number") i = ci - 1;
					else if (ci === BREAK) return BREAK;
					else if (ci === REMOVE) {
						node.items.splice(i, 1);
						i -= 1;
					}
				}
			} else if (identity.isPair(node)) {
				path = Object.freeze(path.concat(node));
				const ck = await visitAsync_("key", node.key, visitor, path);
				if (ck === BREAK) return BREAK;
				else if (ck === REMOVE) node.key = null;
				const cv = await visitAsync_("value", node.value, visitor, path);
				if (cv === BREAK) return BREAK;
				else if (cv === REMOVE) node.value = null;
			}
		}
		return ctrl;
	}
	function initVisitor(visitor) {
		if (typeof visitor === "object" && (visitor.Collection || visitor.Node || visitor.Value)) return Object.assign({
			Alias: visitor.Node,
			Map: visitor.Node,
			Scalar: visitor.Node,
			Seq: visitor.Node
		}, visitor.Value && {
			Map: visitor.Value,
			Scalar: visitor.Value,
			Seq: visitor.Value
		}, visitor.Collection && {
			Map: visitor.Collection,
			Seq: visitor.Collection
		}, visitor);
		return visitor;
	}
	function callVisitor(key, node, visitor, path) {
		if (typeof visitor === "function") return visitor(key, node, path);
		if (identity.isMap(node)) return visitor.Map?.(key, node, path);
		if (identity.isSeq(node)) return visitor.Seq?.(key, node, path);
		if (identity.isPair(node)) return visitor.Pair?.(key, node, path);
		if (identity.isScalar(node)) return visitor.Scalar?.(key, node, path);
		if (identity.isAlias(node)) return visitor.Alias?.(key, node, path);
	}
	function replaceNode(key, path, node) {
		const parent = path[path.length - 1];
		if (identity.isCollection(parent)) parent.items[key] = node;
		else if (identity.isPair(parent)) {
			if (key === "key") parent.key = node;
			else parent.value = node;
		} else if (identity.isDocument(parent)) parent.contents = node;
		else {
			const pt = identity.isAlias(parent) ? "alias" : "scalar";
			throw new Error(`Cannot replace node with ${pt} parent`);
		}
	}
	exports.visit = visit;
	exports.visitAsync = visitAsync;
}));
// node_modules/yaml/dist/doc/directives.js
var require_directives = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var visit = require_visit();
	const escapeChars = {
		"!": "%21",
		",": "%2C",
		"[": "%5B",
		"]": "%5D",
		"{": "%7B",
		"}": "%7D"
	};
	const escapeTagName = (tn) => tn.replace(/[!,[\]{}]/g, (ch) => escapeChars[ch]);
	var Directives = class Directives {
		constructor(yaml, tags) {
			/**
			* The directives-end/doc-start marker `---`. If `null`, a marker may still be
			* included in the document's stringified representation.
			*/
			this.docStart = null;
			/** The doc-end marker `...`.  */
			this.docEnd = false;
			this.yaml = Object.assign({}, Directives.defaultYaml, yaml);
			this.tags = Object.assign({}, Directives.defaultTags, tags);
		}
		clone() {
			const copy = new Directives(this.yaml, this.tags);
			copy.docStart = this.docStart;
			return copy;
		}
		/**
		* During parsing, get a Directives instance for the current document and
		* update the stream state according to the current version's spec.
		*/
		atDocument() {
			const res = new Directives(this.yaml, this.tags);
			switch (this.yaml.version) {
				case "1.1":
					this.atNextDocument = true;
					break;
				case "1.2":
					this.atNextDocument = false;
					this.yaml = {
						explicit: Directives.defaultYaml.explicit,
						version: "1.2"
					};
					this.tags = Object.assign({}, Directives.defaultTags);
			}
			return res;
		}
		/**
		* @param onError - May be called even if the action was successful
		* @returns `true` on success
		*/
		add(line, onError) {
			if (this.atNextDocument) {
				this.yaml = {
					explicit: Directives.defaultYaml.explicit,
					version: "1.1"
				};
				this.tags = Object.assign({}, Directives.defaultTags);
				this.atNextDocument = false;
			}
			const parts = line.trim().split(/[ \t]+/);
			const name = parts.shift();
			switch (name) {
				case "%TAG": {
					if (parts.length !== 2) {
						onError(0, "%TAG directive should contain exactly two parts");
						if (parts.length < 2) return false;
					}
					const [handle, prefix] = parts;
					this.tags[handle] = prefix;
					return true;
				}
				case "%YAML": {
					this.yaml.explicit = true;
					if (parts.length !== 1) {
						onError(0, "%YAML directive should contain exactly one part");
						return false;
					}
					const [version] = parts;
					if (version === "1.1" || version === "1.2") {
						this.yaml.version = version;
						return true;
					} else {
						const isValid = /^\d+\.\d+$/.test(version);
						onError(6, `Unsupported YAML version ${version}`, isValid);
						return false;
					}
				}
				default:
					onError(0, `Unknown directive ${name}`, true);
					return false;
			}
		}
		/**
		* Resolves a tag, matching handles to those defined in %TAG directives.
		*
		* @returns Resolved tag, which may also be the non-specific tag `'!'` or a
		*   `'!local'` tag, or `null` if unresolvable.
		*/
		tagName(source, onError) {
			if (source === "!") return "!";
			if (source[0] !== "!") {
				onError(`Not a valid tag: ${source}`);
				return null;
			}
			if (source[1] === "<") {
				const verbatim = source.slice(2, -1);
				if (verbatim === "!" || verbatim === "!!") {
					onError(`Verbatim tags aren't resolved, so ${source} is invalid.`);
					return null;
				}
				if (source[source.length - 1] !== ">") onError("Verbatim tags must end with a >");
				return verbatim;
			}
			const [, handle, suffix] = source.match(/^(.*!)([^!]*)$/s);
			if (!suffix) onError(`The ${source} tag has no suffix`);
			const prefix = this.tags[handle];
			if (prefix) try {
				return prefix + decodeURIComponent(suffix);
			} catch (error) {
				onError(String(error));
				return null;
			}
			if (handle === "!") return source;
			onError(`Could not resolve tag: ${source}`);
			return null;
		}
		/**
		* Given a fully resolved tag, returns its printable string form,
		* taking into account current tag prefixes and defaults.
		*/
		tagString(tag) {
			for (const [handle, prefix] of Object.entries(this.tags)) if (tag.startsWith(prefix)) return handle + escapeTagName(tag.substring(prefix.length));
			return tag[0] === "!" ? tag : `!<${tag}>`;
		}
		toString(doc) {
			const lines = this.yaml.explicit ? [`%YAML ${this.yaml.version || "1.2"}`] : [];
			const tagEntries = Object.entries(this.tags);
			let tagNames;
			if (doc && tagEntries.length > 0 && identity.isNode(doc.contents)) {
				const tags = {};
				visit.visit(doc.contents, (_key, node) => {
					if (identity.isNode(node) && node.tag) tags[node.tag] = true;
				});
				tagNames = Object.keys(tags);
			} else tagNames = [];
			for (const [handle, prefix] of tagEntries) {
				if (handle === "!!" && prefix === "tag:yaml.org,2002:") continue;
				if (!doc || tagNames.some((tn) => tn.startsWith(prefix))) lines.push(`%TAG ${handle} ${prefix}`);
			}
			return lines.join("\n");
		}
	};
	Directives.defaultYaml = {
		explicit: false,
		version: "1.2"
	};
	Directives.defaultTags = { "!!": "tag:yaml.org,2002:" };
	exports.Directives = Directives;
}));
// node_modules/yaml/dist/doc/anchors.js
var require_anchors = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var visit = require_visit();
	/**
	* Verify that the input string is a valid anchor.
	*
	* Will throw on errors.
	*/
	function anchorIsValid(anchor) {
		if (/[\x00-\x19\s,[\]{}]/.test(anchor)) {
			const msg = `Anchor must not contain whitespace or control characters: ${JSON.stringify(anchor)}`;
			throw new Error(msg);
		}
		return true;
	}
	function anchorNames(root) {
		const anchors = /* @__PURE__ */ new Set();
		visit.visit(root, { Value(_key, node) {
			if (node.anchor) anchors.add(node.anchor);
		} });
		return anchors;
	}
	/** Find a new anchor name with the given `prefix` and a one-indexed suffix. */
	function findNewAnchor(prefix, exclude) {
		for (let i = 1;; ++i) {
			const name = `${prefix}${i}`;
			if (!exclude.has(name)) return name;
		}
	}
	function createNodeAnchors(doc, prefix) {
		const aliasObjects = [];
		const sourceObjects = /* @__PURE__ */ new Map();
		let prevAnchors = null;
		return {
			onAnchor: (source) => {
				aliasObjects.push(source);
				prevAnchors ?? (prevAnchors = anchorNames(doc));
				const anchor = findNewAnchor(prefix, prevAnchors);
				prevAnchors.add(anchor);
				return anchor;
			},
			/**
			* With circular references, the source node is only resolved after all
			* of its child nodes are. This is why anchors are set only after all of
			* the nodes have been created.
			*/
			setAnchors: () => {
				for (const source of aliasObjects) {
					const ref = sourceObjects.get(source);
					if (typeof ref === "object" && ref.anchor && (identity.isScalar(ref.node) || identity.isCollection(ref.node))) ref.node.anchor = ref.anchor;
					else {
						const error = /* @__PURE__ */ new Error("Failed to resolve repeated object (this should not happen)");
						error.source = source;
						throw error;
					}
				}
			},
			sourceObjects
		};
	}
	exports.anchorIsValid = anchorIsValid;
	exports.anchorNames = anchorNames;
	exports.createNodeAnchors = createNodeAnchors;
	exports.findNewAnchor = findNewAnchor;
}));
// node_modules/yaml/dist/doc/applyReviver.js
var require_applyReviver = /* @__PURE__ */ __commonJSMin(((exports) => {
	/**
	* Applies the JSON.parse reviver algorithm as defined in the ECMA-262 spec,
	* in section 24.5.1.1 "Runtime Semantics: InternalizeJSONProperty" of the
	* 2021 edition: https://tc39.es/ecma262/#sec-json.parse
	*
	* Includes extensions for handling Map and Set objects.
	*/
	function applyReviver(reviver, obj, key, val) {
		if (val && typeof val === "object") {
			if (Array.isArray(val)) for (let i = 0, len = val.length; i < len; ++i) {
				const v0 = val[i];
				const v1 = applyReviver(reviver, val, String(i), v0);
				if (v1 === void 0) delete val[i];
				else if (v1 !== v0) val[i] = v1;
			}
			else if (val instanceof Map) for (const k of Array.from(val.keys())) {
				const v0 = val.get(k);
				const v1 = applyReviver(reviver, val, k, v0);
				if (v1 === void 0) val.delete(k);
				else if (v1 !== v0) val.set(k, v1);
			}
			else if (val instanceof Set) for (const v0 of Array.from(val)) {
				const v1 = applyReviver(reviver, val, v0, v0);
				if (v1 === void 0) val.delete(v0);
				else if (v1 !== v0) {
					val.delete(v0);
					val.add(v1);
				}
			}
			else for (const [k, v0] of Object.entries(val)) {
				const v1 = applyReviver(reviver, val, k, v0);
				if (v1 === void 0) delete val[k];
				else if (v1 !== v0) val[k] = v1;
			}
		}
		return reviver.call(obj, key, val);
	}
	exports.applyReviver = applyReviver;
}));
// node_modules/yaml/dist/nodes/toJS.js
var require_toJS = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	/**
	* Recursively convert any node or its contents to native JavaScript
	*
	* @param value - The input value
	* @param arg - If `value` defines a `toJSON()` method, use this
	*   as its first argument
	* @param ctx - Conversion context, originally set in Document#toJS(). If
	*   `{ keep: true }` is not set, output should be suitable for JSON
	*   stringification.
	*/
	function toJS(value, arg, ctx) {
		if (Array.isArray(value)) return value.map((v, i) => toJS(v, String(i), ctx));
		if (value && typeof value.toJSON === "function") {
			if (!ctx || !identity.hasAnchor(value)) return value.toJSON(arg, ctx);
			const data = {
				aliasCount: 0,
				count: 1,
				res: void 0
			};
			ctx.anchors.set(value, data);
			ctx.onCreate = (res) => {
				data.res = res;
				delete ctx.onCreate;
			};
			const res = value.toJSON(arg, ctx);
			if (ctx.onCreate) ctx.onCreate(res);
			return res;
		}
		if (typeof value === "bigint" && !ctx?.keep) return Number(value);
		return value;
	}
	exports.toJS = toJS;
}));
// node_modules/yaml/dist/nodes/Node.js
var require_Node = /* @__PURE__ */ __commonJSMin(((exports) => {
	var applyReviver = require_applyReviver();
	var identity = require_identity();
	var toJS = require_toJS();
	var NodeBase = class {
		constructor(type) {
			Object.defineProperty(this, identity.NODE_TYPE, { value: type });
		}
		/** Create a copy of this node.  */
		clone() {
			const copy = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
			if (this.range) copy.range = this.range.slice();
			return copy;
		}
		/** A plain JavaScript representation of this node. */
		toJS(doc, { mapAsMap, maxAliasCount, onAnchor, reviver } = {}) {
			if (!identity.isDocument(doc)) throw new TypeError("A document argument is required");
			const ctx = {
				anchors: /* @__PURE__ */ new Map(),
				doc,
				keep: true,
				mapAsMap: mapAsMap === true,
				mapKeyWarned: false,
				maxAliasCount: typeof maxAliasCount === "number" ? maxAliasCount : 100
			};
			const res = toJS.toJS(this, "", ctx);
			if (typeof onAnchor === "function") for (const { count, res } of ctx.anchors.values()) onAnchor(res, count);
			return typeof reviver === "function" ? applyReviver.applyReviver(reviver, { "": res }, "", res) : res;
		}
	};
	exports.NodeBase = NodeBase;
}));
// node_modules/yaml/dist/nodes/Alias.js
var require_Alias = /* @__PURE__ */ __commonJSMin(((exports) => {
	var anchors = require_anchors();
	var visit = require_visit();
	var identity = require_identity();
	var Node = require_Node();
	var toJS = require_toJS();
	var Alias = class extends Node.NodeBase {
		constructor(source) {
			super(identity.ALIAS);
			this.source = source;
			Object.defineProperty(this, "tag", { set() {
				throw new Error("Alias nodes cannot have tags");
			} });
		}
		/**
		* Resolve the value of this alias within `doc`, finding the last
		* instance of the `source` anchor before this node.
		*/
		resolve(doc, ctx) {
			if (ctx?.maxAliasCount === 0) throw new ReferenceError("Alias resolution is disabled");
			let nodes;
			if (ctx?.aliasResolveCache) nodes = ctx.aliasResolveCache;
			else {
				nodes = [];
				visit.visit(doc, { Node: (_key, node) => {
					if (identity.isAlias(node) || identity.hasAnchor(node)) nodes.push(node);
				} });
				if (ctx) ctx.aliasResolveCache = nodes;
			}
			let found = void 0;
			for (const node of nodes) {
				if (node === this) break;
				if (node.anchor === this.source) found = node;
			}
			if (found && ctx) {
				const { anchors, doc, maxAliasCount } = ctx;
				let data = anchors.get(found);
				if (!data) {
					toJS.toJS(found, null, ctx);
					data = anchors.get(found);
				}
				/* istanbul ignore if */
				if (data?.res === void 0) throw new ReferenceError("This should not happen: Alias anchor was not resolved?");
				if (maxAliasCount >= 0) {
					data.count += 1;
					if (data.aliasCount === 0) data.aliasCount = getAliasCount(doc, found, anchors);
					if (data.count * data.aliasCount > maxAliasCount) throw new ReferenceError("Excessive alias count indicates a resource exhaustion attack");
				}
			}
			return found;
		}
		toJSON(_arg, ctx) {
			if (!ctx) return { source: this.source };
			const source = this.resolve(ctx.doc, ctx);
			if (!source) {
				const msg = `Unresolved alias (the anchor must be set before the alias): ${this.source}`;
				throw new ReferenceError(msg);
			}
			return ctx.anchors.get(source).res;
		}
		toString(ctx, _onComment, _onChompKeep) {
			const src = `*${this.source}`;
			if (ctx) {
				anchors.anchorIsValid(this.source);
				if (ctx.options.verifyAliasOrder && !ctx.anchors.has(this.source)) {
					const msg = `Unresolved alias (the anchor must be set before the alias): ${this.source}`;
					throw new Error(msg);
				}
				if (ctx.implicitKey) return `${src} `;
			}
			return src;
		}
	};
	function getAliasCount(doc, node, anchors) {
		if (identity.isAlias(node)) {
			const source = node.resolve(doc);
			const anchor = anchors && source && anchors.get(source);
			return anchor ? anchor.count * anchor.aliasCount : 0;
		} else if (identity.isCollection(node)) {
			let count = 0;
			for (const item of node.items) {
				const c = getAliasCount(doc, item, anchors);
				if (c > count) count = c;
			}
			return count;
		} else if (identity.isPair(node)) {
			const kc = getAliasCount(doc, node.key, anchors);
			const vc = getAliasCount(doc, node.value, anchors);
			return Math.max(kc, vc);
		}
		return 1;
	}
	exports.Alias = Alias;
}));
// node_modules/yaml/dist/nodes/Scalar.js
var require_Scalar = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Node = require_Node();
	var toJS = require_toJS();
	const isScalarValue = (value) => !value || typeof value !== "function" && typeof value !== "object";
	var Scalar = class extends Node.NodeBase {
		constructor(value) {
			super(identity.SCALAR);
			this.value = value;
		}
		toJSON(arg, ctx) {
			return ctx?.keep ? this.value : toJS.toJS(this.value, arg, ctx);
		}
		toString() {
			return String(this.value);
		}
	};
	Scalar.BLOCK_FOLDED = "BLOCK_FOLDED";
	Scalar.BLOCK_LITERAL = "BLOCK_LITERAL";
	Scalar.PLAIN = "PLAIN";
	Scalar.QUOTE_DOUBLE = "QUOTE_DOUBLE";
	Scalar.QUOTE_SINGLE = "QUOTE_SINGLE";
	exports.Scalar = Scalar;
	exports.isScalarValue = isScalarValue;
}));
// node_modules/yaml/dist/doc/createNode.js
var require_createNode = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Alias = require_Alias();
	var identity = require_identity();
	var Scalar = require_Scalar();
	const defaultTagPrefix = "tag:yaml.org,2002:";
	function findTagObject(value, tagName, tags) {
		if (tagName) {
			const match = tags.filter((t) => t.tag === tagName);
			const tagObj = match.find((t) => !t.format) ?? match[0];
			if (!tagObj) throw new Error(`Tag ${tagName} not found`);
			return tagObj;
		}
		return tags.find((t) => t.identify?.(value) && !t.format);
	}
	function createNode(value, tagName, ctx) {
		if (identity.isDocument(value)) value = value.contents;
		if (identity.isNode(value)) return value;
		if (identity.isPair(value)) {
			const map = ctx.schema[identity.MAP].createNode?.(ctx.schema, null, ctx);
			map.items.push(value);
			return map;
		}
		if (value instanceof String || value instanceof Number || value instanceof Boolean || typeof BigInt !== "undefined" && value instanceof BigInt) value = value.valueOf();
		const { aliasDuplicateObjects, onAnchor, onTagObj, schema, sourceObjects } = ctx;
		let ref = void 0;
		if (aliasDuplicateObjects && value && typeof value === "object") {
			ref = sourceObjects.get(value);
			if (ref) {
				ref.anchor ?? (ref.anchor = onAnchor(value));
				return new Alias.Alias(ref.anchor);
			} else {
				ref = {
					anchor: null,
					node: null
				};
				sourceObjects.set(value, ref);
			}
		}
		if (tagName?.startsWith("!!")) tagName = defaultTagPrefix + tagName.slice(2);
		let tagObj = findTagObject(value, tagName, schema.tags);
		if (!tagObj) {
			if (value && typeof value.toJSON === "function") value = value.toJSON();
			if (!value || typeof value !== "object") {
				const node = new Scalar.Scalar(value);
				if (ref) ref.node = node;
				return node;
			}
			tagObj = value instanceof Map ? schema[identity.MAP] : Symbol.iterator in Object(value) ? schema[identity.SEQ] : schema[identity.MAP];
		}
		if (onTagObj) {
			onTagObj(tagObj);
			delete ctx.onTagObj;
		}
		const node = tagObj?.createNode ? tagObj.createNode(ctx.schema, value, ctx) : typeof tagObj?.nodeClass?.from === "function" ? tagObj.nodeClass.from(ctx.schema, value, ctx) : new Scalar.Scalar(value);
		if (tagName) node.tag = tagName;
		else if (!tagObj.default) node.tag = tagObj.tag;
		if (ref) ref.node = node;
		return node;
	}
	exports.createNode = createNode;
}));
// node_modules/yaml/dist/nodes/Collection.js
var require_Collection = /* @__PURE__ */ __commonJSMin(((exports) => {
	var createNode = require_createNode();
	var identity = require_identity();
	var Node = require_Node();
	function collectionFromPath(schema, path, value) {
		let v = value;
		for (let i = path.length - 1; i >= 0; --i) {
			const k = path[i];
			if (typeof k === "number" && Number.isInteger(k) && k >= 0) {
				const a = [];
				a[k] = v;
				v = a;
			} else v = /* @__PURE__ */ new Map([[k, v]]);
		}
		return createNode.createNode(v, void 0, {
			aliasDuplicateObjects: false,
			keepUndefined: false,
			onAnchor: () => {
				throw new Error("This should not happen, please report a bug.");
			},
			schema,
			sourceObjects: /* @__PURE__ */ new Map()
		});
	}
	const isEmptyPath = (path) => path == null || typeof path === "object" && !!path[Symbol.iterator]().next().done;
	var Collection = class extends Node.NodeBase {
		constructor(type, schema) {
			super(type);
			Object.defineProperty(this, "schema", {
				value: schema,
				configurable: true,
				enumerable: false,
				writable: true
			});
		}
		/**
		* Create a copy of this collection.
		*
		* @param schema - If defined, overwrites the original's schema
		*/
		clone(schema) {
			const copy = Object.create(Object.getPrototypeOf(this), Object.getOwnPropertyDescriptors(this));
			if (schema) copy.schema = schema;
			copy.items = copy.items.map((it) => identity.isNode(it) || identity.isPair(it) ? it.clone(schema) : it);
			if (this.range) copy.range = this.range.slice();
			return copy;
		}
		/**
		* Adds a value to the collection. For `!!map` and `!!omap` the value must
		* be a Pair instance or a `{ key, value }` object, which may not have a key
		* that already exists in the map.
		*/
		addIn(path, value) {
			if (isEmptyPath(path)) this.add(value);
			else {
				const [key, ...rest] = path;
				const node = this.get(key, true);
				if (identity.isCollection(node)) node.addIn(rest, value);
				else if (node === void 0 && this.schema) this.set(key, collectionFromPath(this.schema, rest, value));
				else throw new Error(`Expected YAML collection at ${key}. Remaining path: ${rest}`);
			}
		}
		/**
		* Removes a value from the collection.
		* @returns `true` if the item was found and removed.
		*/
		deleteIn(path) {
			const [key, ...rest] = path;
			if (rest.length === 0) return this.delete(key);
			const node = this.get(key, true);
			if (identity.isCollection(node)) return node.deleteIn(rest);
			else throw new Error(`Expected YAML collection at ${key}. Remaining path: ${rest}`);
		}
		/**
		* Returns item at `key`, or `undefined` if not found. By default unwraps
		* scalar values from their surrounding node; to disable set `keepScalar` to
		* `true` (collections are always returned intact).
		*/
		getIn(path, keepScalar) {
			const [key, ...rest] = path;
			const node = this.get(key, true);
			if (rest.length === 0) return !keepScalar && identity.isScalar(node) ? node.value : node;
			else return identity.isCollection(node) ? node.getIn(rest, keepScalar) : void 0;
		}
		hasAllNullValues(allowScalar) {
			return this.items.every((node) => {
				if (!identity.isPair(node)) return false;
				const n = node.value;
				return n == null || allowScalar && identity.isScalar(n) && n.value == null && !n.commentBefore && !n.comment && !n.tag;
			});
		}
		/**
		* Checks if the collection includes a value with the key `key`.
		*/
		hasIn(path) {
			const [key, ...rest] = path;
			if (rest.length === 0) return this.has(key);
			const node = this.get(key, true);
			return identity.isCollection(node) ? node.hasIn(rest) : false;
		}
		/**
		* Sets a value in this collection. For `!!set`, `value` needs to be a
		* boolean to add/remove the item from the set.
		*/
		setIn(path, value) {
			const [key, ...rest] = path;
			if (rest.length === 0) this.set(key, value);
			else {
				const node = this.get(key, true);
				if (identity.isCollection(node)) node.setIn(rest, value);
				else if (node === void 0 && this.schema) this.set(key, collectionFromPath(this.schema, rest, value));
				else throw new Error(`Expected YAML collection at ${key}. Remaining path: ${rest}`);
			}
		}
	};
	exports.Collection = Collection;
	exports.collectionFromPath = collectionFromPath;
	exports.isEmptyPath = isEmptyPath;
}));
// node_modules/yaml/dist/stringify/stringifyComment.js
var require_stringifyComment = /* @__PURE__ */ __commonJSMin(((exports) => {
	/**
	* Stringifies a comment.
	*
	* Empty comment lines are left empty,
	* lines consisting of a single space are replaced by `#`,
	* and all other lines are prefixed with a `#`.
	*/
	const stringifyComment = (str) => str.replace(/^(?!$)(?: $)?/gm, "#");
	function indentComment(comment, indent) {
		if (/^\n+$/.test(comment)) return comment.substring(1);
		return indent ? comment.replace(/^(?! *$)/gm, indent) : comment;
	}
	const lineComment = (str, indent, comment) => str.endsWith("\n") ? indentComment(comment, indent) : comment.includes("\n") ? "\n" + indentComment(comment, indent) : (str.endsWith(" ") ? "" : " ") + comment;
	exports.indentComment = indentComment;
	exports.lineComment = lineComment;
	exports.stringifyComment = stringifyComment;
}));
// node_modules/yaml/dist/stringify/foldFlowLines.js
var require_foldFlowLines = /* @__PURE__ */ __commonJSMin(((exports) => {
	const FOLD_FLOW = "flow";
	const FOLD_BLOCK = "block";
	const FOLD_QUOTED = "quoted";
	/**
	* Tries to keep input at up to `lineWidth` characters, splitting only on spaces
	* not followed by newlines or spaces unless `mode` is `'quoted'`. Lines are
	* terminated with `\n` and started with `indent`.
	*/
	function foldFlowLines(text, indent, mode = "flow", { indentAtStart, lineWidth = 80, minContentWidth = 20, onFold, onOverflow } = {}) {
		if (!lineWidth || lineWidth < 0) return text;
		if (lineWidth < minContentWidth) minContentWidth = 0;
		const endStep = Math.max(1 + minContentWidth, 1 + lineWidth - indent.length);
		if (text.length <= endStep) return text;
		const folds = [];
		const escapedFolds = {};
		let end = lineWidth - indent.length;
		if (typeof indentAtStart === "number") {
			if (indentAtStart > lineWidth - Math.max(2, minContentWidth)) folds.push(0);
			else end = lineWidth - indentAtStart;
		}
		let split = void 0;
		let prev = void 0;
		let overflow = false;
		let i = -1;
		let escStart = -1;
		let escEnd = -1;
		if (mode === FOLD_BLOCK) {
			i = consumeMoreIndentedLines(text, i, indent.length);
			if (i !== -1) end = i + endStep;
		}
		for (let ch; ch = text[i += 1];) {
			if (mode === FOLD_QUOTED && ch === "\\") {
				escStart = i;
				switch (text[i + 1]) {
					case "x":
						i += 3;
						break;
					case "u":
						i += 5;
						break;
					case "U":
						i += 9;
						break;
					default: i += 1;
				}
				escEnd = i;
			}
			if (ch === "\n") {
				if (mode === FOLD_BLOCK) i = consumeMoreIndentedLines(text, i, indent.length);
				end = i + indent.length + endStep;
				split = void 0;
			} else {
				if (ch === " " && prev && prev !== " " && prev !== "\n" && prev !== "	") {
					const next = text[i + 1];
					if (next && next !== " " && next !== "\n" && next !== "	") split = i;
				}
				if (i >= end) {
					if (split) {
						folds.push(split);
						end = split + endStep;
						split = void 0;
					} else if (mode === FOLD_QUOTED) {
						while (prev === " " || prev === "	") {
							prev = ch;
							ch = text[i += 1];
							overflow = true;
						}
						const j = i > escEnd + 1 ? i - 2 : escStart - 1;
						if (escapedFolds[j]) return text;
						folds.push(j);
						escapedFolds[j] = true;
						end = j + endStep;
						split = void 0;
					} else overflow = true;
				}
			}
			prev = ch;
		}
		if (overflow && onOverflow) onOverflow();
		if (folds.length === 0) return text;
		if (onFold) onFold();
		let res = text.slice(0, folds[0]);
		for (let i = 0; i < folds.length; ++i) {
			const fold = folds[i];
			const end = folds[i + 1] || text.length;
			if (fold === 0) res = `\n${indent}${text.slice(0, end)}`;
			else {
				if (mode === FOLD_QUOTED && escapedFolds[fold]) res += `${text[fold]}\\`;
				res += `\n${indent}${text.slice(fold + 1, end)}`;
			}
		}
		return res;
	}
	/**
	* Presumes `i + 1` is at the start of a line
	* @returns index of last newline in more-indented block
	*/
	function consumeMoreIndentedLines(text, i, indent) {
		let end = i;
		let start = i + 1;
		let ch = text[start];
		while (ch === " " || ch === "	") if (i < start + indent) ch = text[++i];
		else {
			do
				ch = text[++i];
			while (ch && ch !== "\n");
			end = i;
			start = i + 1;
			ch = text[start];
		}
		return end;
	}
	exports.FOLD_BLOCK = FOLD_BLOCK;
	exports.FOLD_FLOW = FOLD_FLOW;
	exports.FOLD_QUOTED = FOLD_QUOTED;
	exports.foldFlowLines = foldFlowLines;
}));
// node_modules/yaml/dist/stringify/stringifyString.js
var require_stringifyString = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	var foldFlowLines = require_foldFlowLines();
	const getFoldOptions = (ctx, isBlock) => ({
		indentAtStart: isBlock ? ctx.indent.length : ctx.indentAtStart,
		lineWidth: ctx.options.lineWidth,
		minContentWidth: ctx.options.minContentWidth
	});
	const containsDocumentMarker = (str) => /^(%|---|\.\.\.)/m.test(str);
	function lineLengthOverLimit(str, lineWidth, indentLength) {
		if (!lineWidth || lineWidth < 0) return false;
		const limit = lineWidth - indentLength;
		const strLen = str.length;
		if (strLen <= limit) return false;
		for (let i = 0, start = 0; i < strLen; ++i) if (str[i] === "\n") {
			if (i - start > limit) return true;
			start = i + 1;
			if (strLen - start <= limit) return false;
		}
		return true;
	}
	function doubleQuotedString(value, ctx) {
		const json = JSON.stringify(value);
		if (ctx.options.doubleQuotedAsJSON) return json;
		const { implicitKey } = ctx;
		const minMultiLineLength = ctx.options.doubleQuotedMinMultiLineLength;
		const indent = ctx.indent || (containsDocumentMarker(value) ? "  " : "");
		let str = "";
		let start = 0;
		for (let i = 0, ch = json[i]; ch; ch = json[++i]) {
			if (ch === " " && json[i + 1] === "\\" && json[i + 2] === "n") {
				str += json.slice(start, i) + "\\ ";
				i += 1;
				start = i;
				ch = "\\";
			}
			if (ch === "\\") switch (json[i + 1]) {
				case "u":
					{
						str += json.slice(start, i);
						const code = json.substr(i + 2, 4);
						switch (code) {
							case "0000":
								str += "\\0";
								break;
							case "0007":
								str += "\\a";
								break;
							case "000b":
								str += "\\v";
								break;
							case "001b":
								str += "\\e";
								break;
							case "0085":
								str += "\\N";
								break;
							case "00a0":
								str += "\\_";
								break;
							case "2028":
								str += "\\L";
								break;
							case "2029":
								str += "\\P";
								break;
							default: if (code.substr(0, 2) === "00") str += "\\x" + code.substr(2);
							else str += json.substr(i, 6);
						}
						i += 5;
						start = i + 1;
					}
					break;
				case "n":
					if (implicitKey || json[i + 2] === "\"" || json.length < minMultiLineLength) i += 1;
					else {
						str += json.slice(start, i) + "\n\n";
						while (json[i + 2] === "\\" && json[i + 3] === "n" && json[i + 4] !== "\"") {
							str += "\n";
							i += 2;
						}
						str += indent;
						if (json[i + 2] === " ") str += "\\";
						i += 1;
						start = i + 1;
					}
					break;
				default: i += 1;
			}
		}
		str = start ? str + json.slice(start) : json;
		return implicitKey ? str : foldFlowLines.foldFlowLines(str, indent, foldFlowLines.FOLD_QUOTED, getFoldOptions(ctx, false));
	}
	function singleQuotedString(value, ctx) {
		if (ctx.options.singleQuote === false || ctx.implicitKey && value.includes("\n") || /[ \t]\n|\n[ \t]/.test(value)) return doubleQuotedString(value, ctx);
		const indent = ctx.indent || (containsDocumentMarker(value) ? "  " : "");
		const res = "'" + value.replace(/'/g, "''").replace(/\n+/g, `$&\n${indent}`) + "'";
		return ctx.implicitKey ? res : foldFlowLines.foldFlowLines(res, indent, foldFlowLines.FOLD_FLOW, getFoldOptions(ctx, false));
	}
	function quotedString(value, ctx) {
		const { singleQuote } = ctx.options;
		let qs;
		if (singleQuote === false) qs = doubleQuotedString;
		else {
			const hasDouble = value.includes("\"");
			const hasSingle = value.includes("'");
			if (hasDouble && !hasSingle) qs = singleQuotedString;
			else if (hasSingle && !hasDouble) qs = doubleQuotedString;
			else qs = singleQuote ? singleQuotedString : doubleQuotedString;
		}
		return qs(value, ctx);
	}
	let blockEndNewlines;
	try {
		blockEndNewlines = new RegExp("(^|(?<!\n))\n+(?!\n|$)", "g");
	} catch {
		blockEndNewlines = /\n+(?!\n|$)/g;
	}
	function blockString({ comment, type, value }, ctx, onComment, onChompKeep) {
		const { blockQuote, commentString, lineWidth } = ctx.options;
		if (!blockQuote || /\n[\t ]+$/.test(value)) return quotedString(value, ctx);
		const indent = ctx.indent || (ctx.forceBlockIndent || containsDocumentMarker(value) ? "  " : "");
		const literal = blockQuote === "literal" ? true : blockQuote === "folded" || type === Scalar.Scalar.BLOCK_FOLDED ? false : type === Scalar.Scalar.BLOCK_LITERAL ? true : !lineLengthOverLimit(value, lineWidth, indent.length);
		if (!value) return literal ? "|\n" : ">\n";
		let chomp;
		let endStart;
		for (endStart = value.length; endStart > 0; --endStart) {
			const ch = value[endStart - 1];
			if (ch !== "\n" && ch !== "	" && ch !== " ") break;
		}
		let end = value.substring(endStart);
		const endNlPos = end.indexOf("\n");
		if (endNlPos === -1) chomp = "-";
		else if (value === end || endNlPos !== end.length - 1) {
			chomp = "+";
			if (onChompKeep) onChompKeep();
		} else chomp = "";
		if (end) {
			value = value.slice(0, -end.length);
			if (end[end.length - 1] === "\n") end = end.slice(0, -1);
			end = end.replace(blockEndNewlines, `$&${indent}`);
		}
		let startWithSpace = false;
		let startEnd;
		let startNlPos = -1;
		for (startEnd = 0; startEnd < value.length; ++startEnd) {
			const ch = value[startEnd];
			if (ch === " ") startWithSpace = true;
			else if (ch === "\n") startNlPos = startEnd;
			else break;
		}
		let start = value.substring(0, startNlPos < startEnd ? startNlPos + 1 : startEnd);
		if (start) {
			value = value.substring(start.length);
			start = start.replace(/\n+/g, `$&${indent}`);
		}
		let header = (startWithSpace ? indent ? "2" : "1" : "") + chomp;
		if (comment) {
			header += " " + commentString(comment.replace(/ ?[\r\n]+/g, " "));
			if (onComment) onComment();
		}
		if (!literal) {
			const foldedValue = value.replace(/\n+/g, "\n$&").replace(/(?:^|\n)([\t ].*)(?:([\n\t ]*)\n(?![\n\t ]))?/g, "$1$2").replace(/\n+/g, `$&${indent}`);
			let literalFallback = false;
			const foldOptions = getFoldOptions(ctx, true);
			if (blockQuote !== "folded" && type !== Scalar.Scalar.BLOCK_FOLDED) foldOptions.onOverflow = () => {
				literalFallback = true;
			};
			const body = foldFlowLines.foldFlowLines(`${start}${foldedValue}${end}`, indent, foldFlowLines.FOLD_BLOCK, foldOptions);
			if (!literalFallback) return `>${header}\n${indent}${body}`;
		}
		value = value.replace(/\n+/g, `$&${indent}`);
		return `|${header}\n${indent}${start}${value}${end}`;
	}
	function plainString(item, ctx, onComment, onChompKeep) {
		const { type, value } = item;
		const { actualString, implicitKey, indent, indentStep, inFlow } = ctx;
		if (implicitKey && value.includes("\n") || inFlow && /[[\]{},]/.test(value)) return quotedString(value, ctx);
		if (/^[\n\t ,[\]{}#&*!|>'"%@`]|^[?-]$|^[?-][ \t]|[\n:][ \t]|[ \t]\n|[\n\t ]#|[\n\t :]$/.test(value)) return implicitKey || inFlow || !value.includes("\n") ? quotedString(value, ctx) : blockString(item, ctx, onComment, onChompKeep);
		if (!implicitKey && !inFlow && type !== Scalar.Scalar.PLAIN && value.includes("\n")) return blockString(item, ctx, onComment, onChompKeep);
		if (containsDocumentMarker(value)) {
			if (indent === "") {
				ctx.forceBlockIndent = true;
				return blockString(item, ctx, onComment, onChompKeep);
			} else if (implicitKey && indent === indentStep) return quotedString(value, ctx);
		}
		const str = value.replace(/\n+/g, `$&\n${indent}`);
		if (actualString) {
			const test = (tag) => tag.default && tag.tag !== "tag:yaml.org,2002:str" && tag.test?.test(str);
			const { compat, tags } = ctx.doc.schema;
			if (tags.some(test) || compat?.some(test)) return quotedString(value, ctx);
		}
		return implicitKey ? str : foldFlowLines.foldFlowLines(str, indent, foldFlowLines.FOLD_FLOW, getFoldOptions(ctx, false));
	}
	function stringifyString(item, ctx, onComment, onChompKeep) {
		const { implicitKey, inFlow } = ctx;
		const ss = typeof item.value === "string" ? item : Object.assign({}, item, { value: String(item.value) });
		let { type } = item;
		if (type !== Scalar.Scalar.QUOTE_DOUBLE) {
			if (/[\x00-\x08\x0b-\x1f\x7f-\x9f\u{D800}-\u{DFFF}]/u.test(ss.value)) type = Scalar.Scalar.QUOTE_DOUBLE;
		}
		const _stringify = (_type) => {
			switch (_type) {
				case Scalar.Scalar.BLOCK_FOLDED:
				case Scalar.Scalar.BLOCK_LITERAL: return implicitKey || inFlow ? quotedString(ss.value, ctx) : blockString(ss, ctx, onComment, onChompKeep);
				case Scalar.Scalar.QUOTE_DOUBLE: return doubleQuotedString(ss.value, ctx);
				case Scalar.Scalar.QUOTE_SINGLE: return singleQuotedString(ss.value, ctx);
				case Scalar.Scalar.PLAIN: return plainString(ss, ctx, onComment, onChompKeep);
				default: return null;
			}
		};
		let res = _stringify(type);
		if (res === null) {
			const { defaultKeyType, defaultStringType } = ctx.options;
			const t = implicitKey && defaultKeyType || defaultStringType;
			res = _stringify(t);
			if (res === null) throw new Error(`Unsupported default string type ${t}`);
		}
		return res;
	}
	exports.stringifyString = stringifyString;
}));
// node_modules/yaml/dist/stringify/stringify.js
var require_stringify = /* @__PURE__ */ __commonJSMin(((exports) => {
	var anchors = require_anchors();
	var identity = require_identity();
	var stringifyComment = require_stringifyComment();
	var stringifyString = require_stringifyString();
	function createStringifyContext(doc, options) {
		const opt = Object.assign({
			blockQuote: true,
			commentString: stringifyComment.stringifyComment,
			defaultKeyType: null,
			defaultStringType: "PLAIN",
			directives: null,
			doubleQuotedAsJSON: false,
			doubleQuotedMinMultiLineLength: 40,
			falseStr: "false",
			flowCollectionPadding: true,
			indentSeq: true,
			lineWidth: 80,
			minContentWidth: 20,
			nullStr: "null",
			simpleKeys: false,
			singleQuote: null,
			trailingComma: false,
			trueStr: "true",
			verifyAliasOrder: true
		}, doc.schema.toStringOptions, options);
		let inFlow;
		switch (opt.collectionStyle) {
			case "block":
				inFlow = false;
				break;
			case "flow":
				inFlow = true;
				break;
			default: inFlow = null;
		}
		return {
			anchors: /* @__PURE__ */ new Set(),
			doc,
			flowCollectionPadding: opt.flowCollectionPadding ? " " : "",
			indent: "",
			indentStep: typeof opt.indent === "number" ? " ".repeat(opt.indent) : "  ",
			inFlow,
			options: opt
		};
	}
	function getTagObject(tags, item) {
		if (item.tag) {
			const match = tags.filter((t) => t.tag === item.tag);
			if (match.length > 0) return match.find((t) => t.format === item.format) ?? match[0];
		}
		let tagObj = void 0;
		let obj;
		if (identity.isScalar(item)) {
			obj = item.value;
			let match = tags.filter((t) => t.identify?.(obj));
			if (match.length > 1) {
				const testMatch = match.filter((t) => t.test);
				if (testMatch.length > 0) match = testMatch;
			}
			tagObj = match.find((t) => t.format === item.format) ?? match.find((t) => !t.format);
		} else {
			obj = item;
			tagObj = tags.find((t) => t.nodeClass && obj instanceof t.nodeClass);
		}
		if (!tagObj) {
			const name = obj?.constructor?.name ?? (obj === null ? "null" : typeof obj);
			throw new Error(`Tag not resolved for ${name} value`);
		}
		return tagObj;
	}
	function stringifyProps(node, tagObj, { anchors: anchors$1, doc }) {
		if (!doc.directives) return "";
		const props = [];
		const anchor = (identity.isScalar(node) || identity.isCollection(node)) && node.anchor;
		if (anchor && anchors.anchorIsValid(anchor)) {
			anchors$1.add(anchor);
			props.push(`&${anchor}`);
		}
		const tag = node.tag ?? (tagObj.default ? null : tagObj.tag);
		if (tag) props.push(doc.directives.tagString(tag));
		return props.join(" ");
	}
	function stringify(item, ctx, onComment, onChompKeep) {
		if (identity.isPair(item)) return item.toString(ctx, onComment, onChompKeep);
		if (identity.isAlias(item)) {
			if (ctx.doc.directives) return item.toString(ctx);
			if (ctx.resolvedAliases?.has(item)) throw new TypeError(`Cannot stringify circular structure without alias nodes`);
			else {
				if (ctx.resolvedAliases) ctx.resolvedAliases.add(item);
				else ctx.resolvedAliases = /* @__PURE__ */ new Set([item]);
				item = item.resolve(ctx.doc);
			}
		}
		let tagObj = void 0;
		const node = identity.isNode(item) ? item : ctx.doc.createNode(item, { onTagObj: (o) => tagObj = o });
		tagObj ?? (tagObj = getTagObject(ctx.doc.schema.tags, node));
		const props = stringifyProps(node, tagObj, ctx);
		if (props.length > 0) ctx.indentAtStart = (ctx.indentAtStart ?? 0) + props.length + 1;
		const str = typeof tagObj.stringify === "function" ? tagObj.stringify(node, ctx, onComment, onChompKeep) : identity.isScalar(node) ? stringifyString.stringifyString(node, ctx, onComment, onChompKeep) : node.toString(ctx, onComment, onChompKeep);
		if (!props) return str;
		return identity.isScalar(node) || str[0] === "{" || str[0] === "[" ? `${props} ${str}` : `${props}\n${ctx.indent}${str}`;
	}
	exports.createStringifyContext = createStringifyContext;
	exports.stringify = stringify;
}));
// node_modules/yaml/dist/stringify/stringifyPair.js
var require_stringifyPair = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Scalar = require_Scalar();
	var stringify = require_stringify();
	var stringifyComment = require_stringifyComment();
	function stringifyPair({ key, value }, ctx, onComment, onChompKeep) {
		const { allNullValues, doc, indent, indentStep, options: { commentString, indentSeq, simpleKeys } } = ctx;
		let keyComment = identity.isNode(key) && key.comment || null;
		if (simpleKeys) {
			if (keyComment) throw new Error("With simple keys, key nodes cannot have comments");
			if (identity.isCollection(key) || !identity.isNode(key) && typeof key === "object") throw new Error("With simple keys, collection cannot be used as a key value");
		}
		let explicitKey = !simpleKeys && (!key || keyComment && value == null && !ctx.inFlow || identity.isCollection(key) || (identity.isScalar(key) ? key.type === Scalar.Scalar.BLOCK_FOLDED || key.type === Scalar.Scalar.BLOCK_LITERAL : typeof key === "object"));
		ctx = Object.assign({}, ctx, {
			allNullValues: false,
			implicitKey: !explicitKey && (simpleKeys || !allNullValues),
			indent: indent + indentStep
		});
		let keyCommentDone = false;
		let chompKeep = false;
		let str = stringify.stringify(key, ctx, () => keyCommentDone = true, () => chompKeep = true);
		if (!explicitKey && !ctx.inFlow && str.length > 1024) {
			if (simpleKeys) throw new Error("With simple keys, single line scalar must not span more than 1024 characters");
			explicitKey = true;
		}
		if (ctx.inFlow) {
			if (allNullValues || value == null) {
				if (keyCommentDone && onComment) onComment();
				return str === "" ? "?" : explicitKey ? `? ${str}` : str;
			}
		} else if (allNullValues && !simpleKeys || value == null && explicitKey) {
			str = `? ${str}`;
			if (keyComment && !keyCommentDone) str += stringifyComment.lineComment(str, ctx.indent, commentString(keyComment));
			else if (chompKeep && onChompKeep) onChompKeep();
			return str;
		}
		if (keyCommentDone) keyComment = null;
		if (explicitKey) {
			if (keyComment) str += stringifyComment.lineComment(str, ctx.indent, commentString(keyComment));
			str = `? ${str}\n${indent}:`;
		} else {
			str = `${str}:`;
			if (keyComment) str += stringifyComment.lineComment(str, ctx.indent, commentString(keyComment));
		}
		let vsb, vcb, valueComment;
		if (identity.isNode(value)) {
			vsb = !!value.spaceBefore;
			vcb = value.commentBefore;
			valueComment = value.comment;
		} else {
			vsb = false;
			vcb = null;
			valueComment = null;
			if (value && typeof value === "object") value = doc.createNode(value);
		}
		ctx.implicitKey = false;
		if (!explicitKey && !keyComment && identity.isScalar(value)) ctx.indentAtStart = str.length + 1;
		chompKeep = false;
		if (!indentSeq && indentStep.length >= 2 && !ctx.inFlow && !explicitKey && identity.isSeq(value) && !value.flow && !value.tag && !value.anchor) ctx.indent = ctx.indent.substring(2);
		let valueCommentDone = false;
		const valueStr = stringify.stringify(value, ctx, () => valueCommentDone = true, () => chompKeep = true);
		let ws = " ";
		if (keyComment || vsb || vcb) {
			ws = vsb ? "\n" : "";
			if (vcb) {
				const cs = commentString(vcb);
				ws += `\n${stringifyComment.indentComment(cs, ctx.indent)}`;
			}
			if (valueStr === "" && !ctx.inFlow) {
				if (ws === "\n" && valueComment) ws = "\n\n";
			} else ws += `\n${ctx.indent}`;
		} else if (!explicitKey && identity.isCollection(value)) {
			const vs0 = valueStr[0];
			const nl0 = valueStr.indexOf("\n");
			const hasNewline = nl0 !== -1;
			const flow = ctx.inFlow ?? value.flow ?? value.items.length === 0;
			if (hasNewline || !flow) {
				let hasPropsLine = false;
				if (hasNewline && (vs0 === "&" || vs0 === "!")) {
					let sp0 = valueStr.indexOf(" ");
					if (vs0 === "&" && sp0 !== -1 && sp0 < nl0 && valueStr[sp0 + 1] === "!") sp0 = valueStr.indexOf(" ", sp0 + 1);
					if (sp0 === -1 || nl0 < sp0) hasPropsLine = true;
				}
				if (!hasPropsLine) ws = `\n${ctx.indent}`;
			}
		} else if (valueStr === "" || valueStr[0] === "\n") ws = "";
		str += ws + valueStr;
		if (ctx.inFlow) {
			if (valueCommentDone && onComment) onComment();
		} else if (valueComment && !valueCommentDone) str += stringifyComment.lineComment(str, ctx.indent, commentString(valueComment));
		else if (chompKeep && onChompKeep) onChompKeep();
		return str;
	}
	exports.stringifyPair = stringifyPair;
}));
// node_modules/yaml/dist/log.js
var require_log = /* @__PURE__ */ __commonJSMin(((exports) => {
	var node_process = __require("process");
	function debug(logLevel, ...messages) {
		if (logLevel === "debug") console.log(...messages);
	}
	function warn(logLevel, warning) {
		if (logLevel === "debug" || logLevel === "warn") {
			if (typeof node_process.emitWarning === "function") node_process.emitWarning(warning);
			else console.warn(warning);
		}
	}
	exports.debug = debug;
	exports.warn = warn;
}));
// node_modules/yaml/dist/schema/yaml-1.1/merge.js
var require_merge = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Scalar = require_Scalar();
	const MERGE_KEY = "<<";
	const merge = {
		identify: (value) => value === MERGE_KEY || typeof value === "symbol" && value.description === MERGE_KEY,
		default: "key",
		tag: "tag:yaml.org,2002:merge",
		test: /^<<$/,
		resolve: () => Object.assign(new Scalar.Scalar(Symbol(MERGE_KEY)), { addToJSMap: addMergeToJSMap }),
		stringify: () => MERGE_KEY
	};
	const isMergeKey = (ctx, key) => (merge.identify(key) || identity.isScalar(key) && (!key.type || key.type === Scalar.Scalar.PLAIN) && merge.identify(key.value)) && ctx?.doc.schema.tags.some((tag) => tag.tag === merge.tag && tag.default);
	function addMergeToJSMap(ctx, map, value) {
		const source = resolveAliasValue(ctx, value);
		if (identity.isSeq(source)) for (const it of source.items) mergeValue(ctx, map, it);
		else if (Array.isArray(source)) for (const it of source) mergeValue(ctx, map, it);
		else mergeValue(ctx, map, source);
	}
	function mergeValue(ctx, map, value) {
		const source = resolveAliasValue(ctx, value);
		if (!identity.isMap(source)) throw new Error("Merge sources must be maps or map aliases");
		const srcMap = source.toJSON(null, ctx, Map);
		for (const [key, value] of srcMap) if (map instanceof Map) {
			if (!map.has(key)) map.set(key, value);
		} else if (map instanceof Set) map.add(key);
		else if (!Object.prototype.hasOwnProperty.call(map, key)) Object.defineProperty(map, key, {
			value,
			writable: true,
			enumerable: true,
			configurable: true
		});
		return map;
	}
	function resolveAliasValue(ctx, value) {
		return ctx && identity.isAlias(value) ? value.resolve(ctx.doc, ctx) : value;
	}
	exports.addMergeToJSMap = addMergeToJSMap;
	exports.isMergeKey = isMergeKey;
	exports.merge = merge;
}));
// node_modules/yaml/dist/nodes/addPairToJSMap.js
var require_addPairToJSMap = /* @__PURE__ */ __commonJSMin(((exports) => {
	var log = require_log();
	var merge = require_merge();
	var stringify = require_stringify();
	var identity = require_identity();
	var toJS = require_toJS();
	function addPairToJSMap(ctx, map, { key, value }) {
		if (identity.isNode(key) && key.addToJSMap) key.addToJSMap(ctx, map, value);
		else if (merge.isMergeKey(ctx, key)) merge.addMergeToJSMap(ctx, map, value);
		else {
			const jsKey = toJS.toJS(key, "", ctx);
			if (map instanceof Map) map.set(jsKey, toJS.toJS(value, jsKey, ctx));
			else if (map instanceof Set) map.add(jsKey);
			else {
				const stringKey = stringifyKey(key, jsKey, ctx);
				const jsValue = toJS.toJS(value, stringKey, ctx);
				if (stringKey in map) Object.defineProperty(map, stringKey, {
					value: jsValue,
					writable: true,
					enumerable: true,
					configurable: true
				});
				else map[stringKey] = jsValue;
			}
		}
		return map;
	}
	function stringifyKey(key, jsKey, ctx) {
		if (jsKey === null) return "";
		if (typeof jsKey !== "object") return String(jsKey);
		if (identity.isNode(key) && ctx?.doc) {
			const strCtx = stringify.createStringifyContext(ctx.doc, {});
			strCtx.anchors = /* @__PURE__ */ new Set();
			for (const node of ctx.anchors.keys()) strCtx.anchors.add(node.anchor);
			strCtx.inFlow = true;
			strCtx.inStringifyKey = true;
			const strKey = key.toString(strCtx);
			if (!ctx.mapKeyWarned) {
				let jsonStr = JSON.stringify(strKey);
				if (jsonStr.length > 40) jsonStr = jsonStr.substring(0, 36) + "...\"";
				log.warn(ctx.doc.options.logLevel, `Keys with collection values will be stringified due to JS Object restrictions: ${jsonStr}. Set mapAsMap: true to use object keys.`);
				ctx.mapKeyWarned = true;
			}
			return strKey;
		}
		return JSON.stringify(jsKey);
	}
	exports.addPairToJSMap = addPairToJSMap;
}));
// node_modules/yaml/dist/nodes/Pair.js
var require_Pair = /* @__PURE__ */ __commonJSMin(((exports) => {
	var createNode = require_createNode();
	var stringifyPair = require_stringifyPair();
	var addPairToJSMap = require_addPairToJSMap();
	var identity = require_identity();
	function createPair(key, value, ctx) {
		return new Pair(createNode.createNode(key, void 0, ctx), createNode.createNode(value, void 0, ctx));
	}
	var Pair = class Pair {
		constructor(key, value = null) {
			Object.defineProperty(this, identity.NODE_TYPE, { value: identity.PAIR });
			this.key = key;
			this.value = value;
		}
		clone(schema) {
			let { key, value } = this;
			if (identity.isNode(key)) key = key.clone(schema);
			if (identity.isNode(value)) value = value.clone(schema);
			return new Pair(key, value);
		}
		toJSON(_, ctx) {
			const pair = ctx?.mapAsMap ? /* @__PURE__ */ new Map() : {};
			return addPairToJSMap.addPairToJSMap(ctx, pair, this);
		}
		toString(ctx, onComment, onChompKeep) {
			return ctx?.doc ? stringifyPair.stringifyPair(this, ctx, onComment, onChompKeep) : JSON.stringify(this);
		}
	};
	exports.Pair = Pair;
	exports.createPair = createPair;
}));
// node_modules/yaml/dist/stringify/stringifyCollection.js
var require_stringifyCollection = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var stringify = require_stringify();
	var stringifyComment = require_stringifyComment();
	function stringifyCollection(collection, ctx, options) {
		return (ctx.inFlow ?? collection.flow ? stringifyFlowCollection : stringifyBlockCollection)(collection, ctx, options);
	}
	function stringifyBlockCollection({ comment, items }, ctx, { blockItemPrefix, flowChars, itemIndent, onChompKeep, onComment }) {
		const { indent, options: { commentString } } = ctx;
		const itemCtx = Object.assign({}, ctx, {
			indent: itemIndent,
			type: null
		});
		let chompKeep = false;
		const lines = [];
		for (let i = 0; i < items.length; ++i) {
			const item = items[i];
			let comment = null;
			if (identity.isNode(item)) {
				if (!chompKeep && item.spaceBefore) lines.push("");
				addCommentBefore(ctx, lines, item.commentBefore, chompKeep);
				if (item.comment) comment = item.comment;
			} else if (identity.isPair(item)) {
				const ik = identity.isNode(item.key) ? item.key : null;
				if (ik) {
					if (!chompKeep && ik.spaceBefore) lines.push("");
					addCommentBefore(ctx, lines, ik.commentBefore, chompKeep);
				}
			}
			chompKeep = false;
			let str = stringify.stringify(item, itemCtx, () => comment = null, () => chompKeep = true);
			if (comment) str += stringifyComment.lineComment(str, itemIndent, commentString(comment));
			if (chompKeep && comment) chompKeep = false;
			lines.push(blockItemPrefix + str);
		}
		let str;
		if (lines.length === 0) str = flowChars.start + flowChars.end;
		else {
			str = lines[0];
			for (let i = 1; i < lines.length; ++i) {
				const line = lines[i];
				str += line ? `\n${indent}${line}` : "\n";
			}
		}
		if (comment) {
			str += "\n" + stringifyComment.indentComment(commentString(comment), indent);
			if (onComment) onComment();
		} else if (chompKeep && onChompKeep) onChompKeep();
		return str;
	}
	function stringifyFlowCollection({ items }, ctx, { flowChars, itemIndent }) {
		const { indent, indentStep, flowCollectionPadding: fcPadding, options: { commentString } } = ctx;
		itemIndent += indentStep;
		const itemCtx = Object.assign({}, ctx, {
			indent: itemIndent,
			inFlow: true,
			type: null
		});
		let reqNewline = false;
		let linesAtValue = 0;
		const lines = [];
		for (let i = 0; i < items.length; ++i) {
			const item = items[i];
			let comment = null;
			if (identity.isNode(item)) {
				if (item.spaceBefore) lines.push("");
				addCommentBefore(ctx, lines, item.commentBefore, false);
				if (item.comment) comment = item.comment;
			} else if (identity.isPair(item)) {
				const ik = identity.isNode(item.key) ? item.key : null;
				if (ik) {
					if (ik.spaceBefore) lines.push("");
					addCommentBefore(ctx, lines, ik.commentBefore, false);
					if (ik.comment) reqNewline = true;
				}
				const iv = identity.isNode(item.value) ? item.value : null;
				if (iv) {
					if (iv.comment) comment = iv.comment;
					if (iv.commentBefore) reqNewline = true;
				} else if (item.value == null && ik?.comment) comment = ik.comment;
			}
			if (comment) reqNewline = true;
			let str = stringify.stringify(item, itemCtx, () => comment = null);
			reqNewline || (reqNewline = lines.length > linesAtValue || str.includes("\n"));
			if (i < items.length - 1) str += ",";
			else if (ctx.options.trailingComma) {
				if (ctx.options.lineWidth > 0) reqNewline || (reqNewline = lines.reduce((sum, line) => sum + line.length + 2, 2) + (str.length + 2) > ctx.options.lineWidth);
				if (reqNewline) str += ",";
			}
			if (comment) str += stringifyComment.lineComment(str, itemIndent, commentString(comment));
			lines.push(str);
			linesAtValue = lines.length;
		}
		const { start, end } = flowChars;
		if (lines.length === 0) return start + end;
		else {
			if (!reqNewline) {
				const len = lines.reduce((sum, line) => sum + line.length + 2, 2);
				reqNewline = ctx.options.lineWidth > 0 && len > ctx.options.lineWidth;
			}
			if (reqNewline) {
				let str = start;
				for (const line of lines) str += line ? `\n${indentStep}${indent}${line}` : "\n";
				return `${str}\n${indent}${end}`;
			} else return `${start}${fcPadding}${lines.join(" ")}${fcPadding}${end}`;
		}
	}
	function addCommentBefore({ indent, options: { commentString } }, lines, comment, chompKeep) {
		if (comment && chompKeep) comment = comment.replace(/^\n+/, "");
		if (comment) {
			const ic = stringifyComment.indentComment(commentString(comment), indent);
			lines.push(ic.trimStart());
		}
	}
	exports.stringifyCollection = stringifyCollection;
}));
// node_modules/yaml/dist/nodes/YAMLMap.js
var require_YAMLMap = /* @__PURE__ */ __commonJSMin(((exports) => {
	var stringifyCollection = require_stringifyCollection();
	var addPairToJSMap = require_addPairToJSMap();
	var Collection = require_Collection();
	var identity = require_identity();
	var Pair = require_Pair();
	var Scalar = require_Scalar();
	function findPair(items, key) {
		const k = identity.isScalar(key) ? key.value : key;
		for (const it of items) if (identity.isPair(it)) {
			if (it.key === key || it.key === k) return it;
			if (identity.isScalar(it.key) && it.key.value === k) return it;
		}
	}
	var YAMLMap = class extends Collection.Collection {
		static get tagName() {
			return "tag:yaml.org,2002:map";
		}
		constructor(schema) {
			super(identity.MAP, schema);
			this.items = [];
		}
		/**
		* A generic collection parsing method that can be extended
		* to other node classes that inherit from YAMLMap
		*/
		static from(schema, obj, ctx) {
			const { keepUndefined, replacer } = ctx;
			const map = new this(schema);
			const add = (key, value) => {
				if (typeof replacer === "function") value = replacer.call(obj, key, value);
				else if (Array.isArray(replacer) && !replacer.includes(key)) return;
				if (value !== void 0 || keepUndefined) map.items.push(Pair.createPair(key, value, ctx));
			};
			if (obj instanceof Map) for (const [key, value] of obj) add(key, value);
			else if (obj && typeof obj === "object") for (const key of Object.keys(obj)) add(key, obj[key]);
			if (typeof schema.sortMapEntries === "function") map.items.sort(schema.sortMapEntries);
			return map;
		}
		/**
		* Adds a value to the collection.
		*
		* @param overwrite - If not set `true`, using a key that is already in the
		*   collection will throw. Otherwise, overwrites the previous value.
		*/
		add(pair, overwrite) {
			let _pair;
			if (identity.isPair(pair)) _pair = pair;
			else if (!pair || typeof pair !== "object" || !("key" in pair)) _pair = new Pair.Pair(pair, pair?.value);
			else _pair = new Pair.Pair(pair.key, pair.value);
			const prev = findPair(this.items, _pair.key);
			const sortEntries = this.schema?.sortMapEntries;
			if (prev) {
				if (!overwrite) throw new Error(`Key ${_pair.key} already set`);
				if (identity.isScalar(prev.value) && Scalar.isScalarValue(_pair.value)) prev.value.value = _pair.value;
				else prev.value = _pair.value;
			} else if (sortEntries) {
				const i = this.items.findIndex((item) => sortEntries(_pair, item) < 0);
				if (i === -1) this.items.push(_pair);
				else this.items.splice(i, 0, _pair);
			} else this.items.push(_pair);
		}
		delete(key) {
			const it = findPair(this.items, key);
			if (!it) return false;
			return this.items.splice(this.items.indexOf(it), 1).length > 0;
		}
		get(key, keepScalar) {
			const node = findPair(this.items, key)?.value;
			return (!keepScalar && identity.isScalar(node) ? node.value : node) ?? void 0;
		}
		has(key) {
			return !!findPair(this.items, key);
		}
		set(key, value) {
			this.add(new Pair.Pair(key, value), true);
		}
		/**
		* @param ctx - Conversion context, originally set in Document#toJS()
		* @param {Class} Type - If set, forces the returned collection type
		* @returns Instance of Type, Map, or Object
		*/
		toJSON(_, ctx, Type) {
			const map = Type ? new Type() : ctx?.mapAsMap ? /* @__PURE__ */ new Map() : {};
			if (ctx?.onCreate) ctx.onCreate(map);
			for (const item of this.items) addPairToJSMap.addPairToJSMap(ctx, map, item);
			return map;
		}
		toString(ctx, onComment, onChompKeep) {
			if (!ctx) return JSON.stringify(this);
			for (const item of this.items) if (!identity.isPair(item)) throw new Error(`Map items must all be pairs; found ${JSON.stringify(item)} instead`);
			if (!ctx.allNullValues && this.hasAllNullValues(false)) ctx = Object.assign({}, ctx, { allNullValues: true });
			return stringifyCollection.stringifyCollection(this, ctx, {
				blockItemPrefix: "",
				flowChars: {
					start: "{",
					end: "}"
				},
				itemIndent: ctx.indent || "",
				onChompKeep,
				onComment
			});
		}
	};
	exports.YAMLMap = YAMLMap;
	exports.findPair = findPair;
}));
// node_modules/yaml/dist/schema/common/map.js
var require_map = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var YAMLMap = require_YAMLMap();
	exports.map = {
		collection: "map",
		default: true,
		nodeClass: YAMLMap.YAMLMap,
		tag: "tag:yaml.org,2002:map",
		resolve(map, onError) {
			if (!identity.isMap(map)) onError("Expected a mapping for this tag");
			return map;
		},
		createNode: (schema, obj, ctx) => YAMLMap.YAMLMap.from(schema, obj, ctx)
	};
}));
// node_modules/yaml/dist/nodes/YAMLSeq.js
var require_YAMLSeq = /* @__PURE__ */ __commonJSMin(((exports) => {
	var createNode = require_createNode();
	var stringifyCollection = require_stringifyCollection();
	var Collection = require_Collection();
	var identity = require_identity();
	var Scalar = require_Scalar();
	var toJS = require_toJS();
	var YAMLSeq = class extends Collection.Collection {
		static get tagName() {
			return "tag:yaml.org,2002:seq";
		}
		constructor(schema) {
			super(identity.SEQ, schema);
			this.items = [];
		}
		add(value) {
			this.items.push(value);
		}
		/**
		* Removes a value from the collection.
		*
		* `key` must contain a representation of an integer for this to succeed.
		* It may be wrapped in a `Scalar`.
		*
		* @returns `true` if the item was found and removed.
		*/
		delete(key) {
			const idx = asItemIndex(key);
			if (typeof idx !== "number") return false;
			return this.items.splice(idx, 1).length > 0;
		}
		get(key, keepScalar) {
			const idx = asItemIndex(key);
			if (typeof idx !== "number") return void 0;
			const it = this.items[idx];
			return !keepScalar && identity.isScalar(it) ? it.value : it;
		}
		/**
		* Checks if the collection includes a value with the key `key`.
		*
		* `key` must contain a representation of an integer for this to succeed.
		* It may be wrapped in a `Scalar`.
		*/
		has(key) {
			const idx = asItemIndex(key);
			return typeof idx === "number" && idx < this.items.length;
		}
		/**
		* Sets a value in this collection. For `!!set`, `value` needs to be a
		* boolean to add/remove the item from the set.
		*
		* If `key` does not contain a representation of an integer, this will throw.
		* It may be wrapped in a `Scalar`.
		*/
		set(key, value) {
			const idx = asItemIndex(key);
			if (typeof idx !== "number") throw new Error(`Expected a valid index, not ${key}.`);
			const prev = this.items[idx];
			if (identity.isScalar(prev) && Scalar.isScalarValue(value)) prev.value = value;
			else this.items[idx] = value;
		}
		toJSON(_, ctx) {
			const seq = [];
			if (ctx?.onCreate) ctx.onCreate(seq);
			let i = 0;
			for (const item of this.items) seq.push(toJS.toJS(item, String(i++), ctx));
			return seq;
		}
		toString(ctx, onComment, onChompKeep) {
			if (!ctx) return JSON.stringify(this);
			return stringifyCollection.stringifyCollection(this, ctx, {
				blockItemPrefix: "- ",
				flowChars: {
					start: "[",
					end: "]"
				},
				itemIndent: (ctx.indent || "") + "  ",
				onChompKeep,
				onComment
			});
		}
		static from(schema, obj, ctx) {
			const { replacer } = ctx;
			const seq = new this(schema);
			if (obj && Symbol.iterator in Object(obj)) {
				let i = 0;
				for (let it of obj) {
					if (typeof replacer === "function") {
						const key = obj instanceof Set ? it : String(i++);
						it = replacer.call(obj, key, it);
					}
					seq.items.push(createNode.createNode(it, void 0, ctx));
				}
			}
			return seq;
		}
	};
	function asItemIndex(key) {
		let idx = identity.isScalar(key) ? key.value : key;
		if (idx && typeof idx === "string") idx = Number(idx);
		return typeof idx === "number" && Number.isInteger(idx) && idx >= 0 ? idx : null;
	}
	exports.YAMLSeq = YAMLSeq;
}));
// node_modules/yaml/dist/schema/common/seq.js
var require_seq = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var YAMLSeq = require_YAMLSeq();
	exports.seq = {
		collection: "seq",
		default: true,
		nodeClass: YAMLSeq.YAMLSeq,
		tag: "tag:yaml.org,2002:seq",
		resolve(seq, onError) {
			if (!identity.isSeq(seq)) onError("Expected a sequence for this tag");
			return seq;
		},
		createNode: (schema, obj, ctx) => YAMLSeq.YAMLSeq.from(schema, obj, ctx)
	};
}));
// node_modules/yaml/dist/schema/common/string.js
var require_string = /* @__PURE__ */ __commonJSMin(((exports) => {
	var stringifyString = require_stringifyString();
	exports.string = {
		identify: (value) => typeof value === "string",
		default: true,
		tag: "tag:yaml.org,2002:str",
		resolve: (str) => str,
		stringify(item, ctx, onComment, onChompKeep) {
			ctx = Object.assign({ actualString: true }, ctx);
			return stringifyString.stringifyString(item, ctx, onComment, onChompKeep);
		}
	};
}));
// node_modules/yaml/dist/schema/common/null.js
var require_null = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	const nullTag = {
		identify: (value) => value == null,
		createNode: () => new Scalar.Scalar(null),
		default: true,
		tag: "tag:yaml.org,2002:null",
		test: /^(?:~|[Nn]ull|NULL)?$/,
		resolve: () => new Scalar.Scalar(null),
		stringify: ({ source }, ctx) => typeof source === "string" && nullTag.test.test(source) ? source : ctx.options.nullStr
	};
	exports.nullTag = nullTag;
}));
// node_modules/yaml/dist/schema/core/bool.js
var require_bool$1 = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	const boolTag = {
		identify: (value) => typeof value === "boolean",
		default: true,
		tag: "tag:yaml.org,2002:bool",
		test: /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/,
		resolve: (str) => new Scalar.Scalar(str[0] === "t" || str[0] === "T"),
		stringify({ source, value }, ctx) {
			if (source && boolTag.test.test(source)) {
				if (value === (source[0] === "t" || source[0] === "T")) return source;
			}
			return value ? ctx.options.trueStr : ctx.options.falseStr;
		}
	};
	exports.boolTag = boolTag;
}));
// node_modules/yaml/dist/stringify/stringifyNumber.js
var require_stringifyNumber = /* @__PURE__ */ __commonJSMin(((exports) => {
	function stringifyNumber({ format, minFractionDigits, tag, value }) {
		if (typeof value === "bigint") return String(value);
		const num = typeof value === "number" ? value : Number(value);
		if (!isFinite(num)) return isNaN(num) ? ".nan" : num < 0 ? "-.inf" : ".inf";
		let n = Object.is(value, -0) ? "-0" : JSON.stringify(value);
		if (!format && minFractionDigits && (!tag || tag === "tag:yaml.org,2002:float") && /^-?\d/.test(n) && !n.includes("e")) {
			let i = n.indexOf(".");
			if (i < 0) {
				i = n.length;
				n += ".";
			}
			let d = minFractionDigits - (n.length - i - 1);
			while (d-- > 0) n += "0";
		}
		return n;
	}
	exports.stringifyNumber = stringifyNumber;
}));
// node_modules/yaml/dist/schema/core/float.js
var require_float$1 = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	var stringifyNumber = require_stringifyNumber();
	const floatNaN = {
		identify: (value) => typeof value === "number",
		default: true,
		tag: "tag:yaml.org,2002:float",
		test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/,
		resolve: (str) => str.slice(-3).toLowerCase() === "nan" ? NaN : str[0] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
		stringify: stringifyNumber.stringifyNumber
	};
	const floatExp = {
		identify: (value) => typeof value === "number",
		default: true,
		tag: "tag:yaml.org,2002:float",
		format: "EXP",
		test: /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+$/,
		resolve: (str) => parseFloat(str),
		stringify(node) {
			const num = Number(node.value);
			return isFinite(num) ? num.toExponential() : stringifyNumber.stringifyNumber(node);
		}
	};
	exports.float = {
		identify: (value) => typeof value === "number",
		default: true,
		tag: "tag:yaml.org,2002:float",
		test: /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/,
		resolve(str) {
			const node = new Scalar.Scalar(parseFloat(str));
			const dot = str.indexOf(".");
			if (dot !== -1 && str[str.length - 1] === "0") node.minFractionDigits = str.length - dot - 1;
			return node;
		},
		stringify: stringifyNumber.stringifyNumber
	};
	exports.floatExp = floatExp;
	exports.floatNaN = floatNaN;
}));
// node_modules/yaml/dist/schema/core/int.js
var require_int$1 = /* @__PURE__ */ __commonJSMin(((exports) => {
	var stringifyNumber = require_stringifyNumber();
	const intIdentify = (value) => typeof value === "bigint" || Number.isInteger(value);
	const intResolve = (str, offset, radix, { intAsBigInt }) => intAsBigInt ? BigInt(str) : parseInt(str.substring(offset), radix);
	function intStringify(node, radix, prefix) {
		const { value } = node;
		if (intIdentify(value) && value >= 0) return prefix + value.toString(radix);
		return stringifyNumber.stringifyNumber(node);
	}
	const intOct = {
		identify: (value) => intIdentify(value) && value >= 0,
		default: true,
		tag: "tag:yaml.org,2002:int",
		format: "OCT",
		test: /^0o[0-7]+$/,
		resolve: (str, _onError, opt) => intResolve(str, 2, 8, opt),
		stringify: (node) => intStringify(node, 8, "0o")
	};
	const int = {
		identify: intIdentify,
		default: true,
		tag: "tag:yaml.org,2002:int",
		test: /^[-+]?[0-9]+$/,
		resolve: (str, _onError, opt) => intResolve(str, 0, 10, opt),
		stringify: stringifyNumber.stringifyNumber
	};
	const intHex = {
		identify: (value) => intIdentify(value) && value >= 0,
		default: true,
		tag: "tag:yaml.org,2002:int",
		format: "HEX",
		test: /^0x[0-9a-fA-F]+$/,
		resolve: (str, _onError, opt) => intResolve(str, 2, 16, opt),
		stringify: (node) => intStringify(node, 16, "0x")
	};
	exports.int = int;
	exports.intHex = intHex;
	exports.intOct = intOct;
}));
// node_modules/yaml/dist/schema/core/schema.js
var require_schema$2 = /* @__PURE__ */ __commonJSMin(((exports) => {
	var map = require_map();
	var _null = require_null();
	var seq = require_seq();
	var string = require_string();
	var bool = require_bool$1();
	var float = require_float$1();
	var int = require_int$1();
	exports.schema = [
		map.map,
		seq.seq,
		string.string,
		_null.nullTag,
		bool.boolTag,
		int.intOct,
		int.int,
		int.intHex,
		float.floatNaN,
		float.floatExp,
		float.float
	];
}));
// node_modules/yaml/dist/schema/json/schema.js
var require_schema$1 = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	var map = require_map();
	var seq = require_seq();
	function intIdentify(value) {
		return typeof value === "bigint" || Number.isInteger(value);
	}
	const stringifyJSON = ({ value }) => JSON.stringify(value);
	const jsonScalars = [
		{
			identify: (value) => typeof value === "string",
			default: true,
			tag: "tag:yaml.org,2002:str",
			resolve: (str) => str,
			stringify: stringifyJSON
		},
		{
			identify: (value) => value == null,
			createNode: () => new Scalar.Scalar(null),
			default: true,
			tag: "tag:yaml.org,2002:null",
			test: /^null$/,
			resolve: () => null,
			stringify: stringifyJSON
		},
		{
			identify: (value) => typeof value === "boolean",
			default: true,
			tag: "tag:yaml.org,2002:bool",
			test: /^true$|^false$/,
			resolve: (str) => str === "true",
			stringify: stringifyJSON
		},
		{
			identify: intIdentify,
			default: true,
			tag: "tag:yaml.org,2002:int",
			test: /^-?(?:0|[1-9][0-9]*)$/,
			resolve: (str, _onError, { intAsBigInt }) => intAsBigInt ? BigInt(str) : parseInt(str, 10),
			stringify: ({ value }) => intIdentify(value) ? value.toString() : JSON.stringify(value)
		},
		{
			identify: (value) => typeof value === "number",
			default: true,
			tag: "tag:yaml.org,2002:float",
			test: /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?$/,
			resolve: (str) => parseFloat(str),
			stringify: stringifyJSON
		}
	];
	exports.schema = [map.map, seq.seq].concat(jsonScalars, {
		default: true,
		tag: "",
		test: /^/,
		resolve(str, onError) {
			onError(`Unresolved plain scalar ${JSON.stringify(str)}`);
			return str;
		}
	});
}));
// node_modules/yaml/dist/schema/yaml-1.1/binary.js
var require_binary = /* @__PURE__ */ __commonJSMin(((exports) => {
	var node_buffer = __require("buffer");
	var Scalar = require_Scalar();
	var stringifyString = require_stringifyString();
	exports.binary = {
		identify: (value) => value instanceof Uint8Array,
		default: false,
		tag: "tag:yaml.org,2002:binary",
		/**
		* Returns a Buffer in node and an Uint8Array in browsers
		*
		* To use the resulting buffer as an image, you'll want to do something like:
		*
		*   const blob = new Blob([buffer], { type: 'image/jpeg' })
		*   document.querySelector('#photo').src = URL.createObjectURL(blob)
		*/
		resolve(src, onError) {
			if (typeof node_buffer.Buffer === "function") return node_buffer.Buffer.from(src, "base64");
			else if (typeof atob === "function") {
				const str = atob(src.replace(/[\n\r]/g, ""));
				const buffer = new Uint8Array(str.length);
				for (let i = 0; i < str.length; ++i) buffer[i] = str.charCodeAt(i);
				return buffer;
			} else {
				onError("This environment does not support reading binary tags; either Buffer or atob is required");
				return src;
			}
		},
		stringify({ comment, type, value }, ctx, onComment, onChompKeep) {
			if (!value) return "";
			const buf = value;
			let str;
			if (typeof node_buffer.Buffer === "function") str = buf instanceof node_buffer.Buffer ? buf.toString("base64") : node_buffer.Buffer.from(buf.buffer).toString("base64");
			else if (typeof btoa === "function") {
				let s = "";
				for (let i = 0; i < buf.length; ++i) s += String.fromCharCode(buf[i]);
				str = btoa(s);
			} else throw new Error("This environment does not support writing binary tags; either Buffer or btoa is required");
			type ?? (type = Scalar.Scalar.BLOCK_LITERAL);
			if (type !== Scalar.Scalar.QUOTE_DOUBLE) {
				const lineWidth = Math.max(ctx.options.lineWidth - ctx.indent.length, ctx.options.minContentWidth);
				const n = Math.ceil(str.length / lineWidth);
				const lines = new Array(n);
				for (let i = 0, o = 0; i < n; ++i, o += lineWidth) lines[i] = str.substr(o, lineWidth);
				str = lines.join(type === Scalar.Scalar.BLOCK_LITERAL ? "\n" : " ");
			}
			return stringifyString.stringifyString({
				comment,
				type,
				value: str
			}, ctx, onComment, onChompKeep);
		}
	};
}));
// node_modules/yaml/dist/schema/yaml-1.1/pairs.js
var require_pairs = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Pair = require_Pair();
	var Scalar = require_Scalar();
	var YAMLSeq = require_YAMLSeq();
	function resolvePairs(seq, onError) {
		if (identity.isSeq(seq)) for (let i = 0; i < seq.items.length; ++i) {
			let item = seq.items[i];
			if (identity.isPair(item)) continue;
			else if (identity.isMap(item)) {
				if (item.items.length > 1) onError("Each pair must have its own sequence indicator");
				const pair = item.items[0] || new Pair.Pair(new Scalar.Scalar(null));
				if (item.commentBefore) pair.key.commentBefore = pair.key.commentBefore ? `${item.commentBefore}\n${pair.key.commentBefore}` : item.commentBefore;
				if (item.comment) {
					const cn = pair.value ?? pair.key;
					cn.comment = cn.comment ? `${item.comment}\n${cn.comment}` : item.comment;
				}
				item = pair;
			}
			seq.items[i] = identity.isPair(item) ? item : new Pair.Pair(item);
		}
		else onError("Expected a sequence for this tag");
		return seq;
	}
	function createPairs(schema, iterable, ctx) {
		const { replacer } = ctx;
		const pairs = new YAMLSeq.YAMLSeq(schema);
		pairs.tag = "tag:yaml.org,2002:pairs";
		let i = 0;
		if (iterable && Symbol.iterator in Object(iterable)) for (let it of iterable) {
			if (typeof replacer === "function") it = replacer.call(iterable, String(i++), it);
			let key, value;
			if (Array.isArray(it)) {
				if (it.length === 2) {
					key = it[0];
					value = it[1];
				} else throw new TypeError(`Expected [key, value] tuple: ${it}`);
			} else if (it && it instanceof Object) {
				const keys = Object.keys(it);
				if (keys.length === 1) {
					key = keys[0];
					value = it[key];
				} else throw new TypeError(`Expected tuple with one key, not ${keys.length} keys`);
			} else key = it;
			pairs.items.push(Pair.createPair(key, value, ctx));
		}
		return pairs;
	}
	const pairs = {
		collection: "seq",
		default: false,
		tag: "tag:yaml.org,2002:pairs",
		resolve: resolvePairs,
		createNode: createPairs
	};
	exports.createPairs = createPairs;
	exports.pairs = pairs;
	exports.resolvePairs = resolvePairs;
}));
// node_modules/yaml/dist/schema/yaml-1.1/omap.js
var require_omap = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var toJS = require_toJS();
	var YAMLMap = require_YAMLMap();
	var YAMLSeq = require_YAMLSeq();
	var pairs = require_pairs();
	var YAMLOMap = class YAMLOMap extends YAMLSeq.YAMLSeq {
		constructor() {
			super();
			this.add = YAMLMap.YAMLMap.prototype.add.bind(this);
			this.delete = YAMLMap.YAMLMap.prototype.delete.bind(this);
			this.get = YAMLMap.YAMLMap.prototype.get.bind(this);
			this.has = YAMLMap.YAMLMap.prototype.has.bind(this);
			this.set = YAMLMap.YAMLMap.prototype.set.bind(this);
			this.tag = YAMLOMap.tag;
		}
		/**
		* If `ctx` is given, the return type is actually `Map<unknown, unknown>`,
		* but TypeScript won't allow widening the signature of a child method.
		*/
		toJSON(_, ctx) {
			if (!ctx) return super.toJSON(_);
			const map = /* @__PURE__ */ new Map();
			if (ctx?.onCreate) ctx.onCreate(map);
			for (const pair of this.items) {
				let key, value;
				if (identity.isPair(pair)) {
					key = toJS.toJS(pair.key, "", ctx);
					value = toJS.toJS(pair.value, key, ctx);
				} else key = toJS.toJS(pair, "", ctx);
				if (map.has(key)) throw new Error("Ordered maps must not include duplicate keys");
				map.set(key, value);
			}
			return map;
		}
		static from(schema, iterable, ctx) {
			const pairs$1 = pairs.createPairs(schema, iterable, ctx);
			const omap = new this();
			omap.items = pairs$1.items;
			return omap;
		}
	};
	YAMLOMap.tag = "tag:yaml.org,2002:omap";
	const omap = {
		collection: "seq",
		identify: (value) => value instanceof Map,
		nodeClass: YAMLOMap,
		default: false,
		tag: "tag:yaml.org,2002:omap",
		resolve(seq, onError) {
			const pairs$1 = pairs.resolvePairs(seq, onError);
			const seenKeys = [];
			for (const { key } of pairs$1.items) if (identity.isScalar(key)) {
				if (seenKeys.includes(key.value)) onError(`Ordered maps must not include duplicate keys: ${key.value}`);
				else seenKeys.push(key.value);
			}
			return Object.assign(new YAMLOMap(), pairs$1);
		},
		createNode: (schema, iterable, ctx) => YAMLOMap.from(schema, iterable, ctx)
	};
	exports.YAMLOMap = YAMLOMap;
	exports.omap = omap;
}));
// node_modules/yaml/dist/schema/yaml-1.1/bool.js
var require_bool = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	function boolStringify({ value, source }, ctx) {
		if (source && (value ? trueTag : falseTag).test.test(source)) return source;
		return value ? ctx.options.trueStr : ctx.options.falseStr;
	}
	const trueTag = {
		identify: (value) => value === true,
		default: true,
		tag: "tag:yaml.org,2002:bool",
		test: /^(?:Y|y|[Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/,
		resolve: () => new Scalar.Scalar(true),
		stringify: boolStringify
	};
	const falseTag = {
		identify: (value) => value === false,
		default: true,
		tag: "tag:yaml.org,2002:bool",
		test: /^(?:N|n|[Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/,
		resolve: () => new Scalar.Scalar(false),
		stringify: boolStringify
	};
	exports.falseTag = falseTag;
	exports.trueTag = trueTag;
}));
// node_modules/yaml/dist/schema/yaml-1.1/float.js
var require_float = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	var stringifyNumber = require_stringifyNumber();
	const floatNaN = {
		identify: (value) => typeof value === "number",
		default: true,
		tag: "tag:yaml.org,2002:float",
		test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.nan|\.NaN|\.NAN)$/,
		resolve: (str) => str.slice(-3).toLowerCase() === "nan" ? NaN : str[0] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
		stringify: stringifyNumber.stringifyNumber
	};
	const floatExp = {
		identify: (value) => typeof value === "number",
		default: true,
		tag: "tag:yaml.org,2002:float",
		format: "EXP",
		test: /^[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+$/,
		resolve: (str) => parseFloat(str.replace(/_/g, "")),
		stringify(node) {
			const num = Number(node.value);
			return isFinite(num) ? num.toExponential() : stringifyNumber.stringifyNumber(node);
		}
	};
	exports.float = {
		identify: (value) => typeof value === "number",
		default: true,
		tag: "tag:yaml.org,2002:float",
		test: /^[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*$/,
		resolve(str) {
			const node = new Scalar.Scalar(parseFloat(str.replace(/_/g, "")));
			const dot = str.indexOf(".");
			if (dot !== -1) {
				const f = str.substring(dot + 1).replace(/_/g, "");
				if (f[f.length - 1] === "0") node.minFractionDigits = f.length;
			}
			return node;
		},
		stringify: stringifyNumber.stringifyNumber
	};
	exports.floatExp = floatExp;
	exports.floatNaN = floatNaN;
}));
// node_modules/yaml/dist/schema/yaml-1.1/int.js
var require_int = /* @__PURE__ */ __commonJSMin(((exports) => {
	var stringifyNumber = require_stringifyNumber();
	const intIdentify = (value) => typeof value === "bigint" || Number.isInteger(value);
	function intResolve(str, offset, radix, { intAsBigInt }) {
		const sign = str[0];
		if (sign === "-" || sign === "+") offset += 1;
		str = str.substring(offset).replace(/_/g, "");
		if (intAsBigInt) {
			switch (radix) {
				case 2:
					str = `0b${str}`;
					break;
				case 8:
					str = `0o${str}`;
					break;
				case 16: str = `0x${str}`;
			}
			const n = BigInt(str);
			return sign === "-" ? BigInt(-1) * n : n;
		}
		const n = parseInt(str, radix);
		return sign === "-" ? -1 * n : n;
	}
	function intStringify(node, radix, prefix) {
		const { value } = node;
		if (intIdentify(value)) {
			const str = value.toString(radix);
			return value < 0 ? "-" + prefix + str.substr(1) : prefix + str;
		}
		return stringifyNumber.stringifyNumber(node);
	}
	const intBin = {
		identify: intIdentify,
		default: true,
		tag: "tag:yaml.org,2002:int",
		format: "BIN",
		test: /^[-+]?0b[0-1_]+$/,
		resolve: (str, _onError, opt) => intResolve(str, 2, 2, opt),
		stringify: (node) => intStringify(node, 2, "0b")
	};
	const intOct = {
		identify: intIdentify,
		default: true,
		tag: "tag:yaml.org,2002:int",
		format: "OCT",
		test: /^[-+]?0[0-7_]+$/,
		resolve: (str, _onError, opt) => intResolve(str, 1, 8, opt),
		stringify: (node) => intStringify(node, 8, "0")
	};
	const int = {
		identify: intIdentify,
		default: true,
		tag: "tag:yaml.org,2002:int",
		test: /^[-+]?[0-9][0-9_]*$/,
		resolve: (str, _onError, opt) => intResolve(str, 0, 10, opt),
		stringify: stringifyNumber.stringifyNumber
	};
	const intHex = {
		identify: intIdentify,
		default: true,
		tag: "tag:yaml.org,2002:int",
		format: "HEX",
		test: /^[-+]?0x[0-9a-fA-F_]+$/,
		resolve: (str, _onError, opt) => intResolve(str, 2, 16, opt),
		stringify: (node) => intStringify(node, 16, "0x")
	};
	exports.int = int;
	exports.intBin = intBin;
	exports.intHex = intHex;
	exports.intOct = intOct;
}));
// node_modules/yaml/dist/schema/yaml-1.1/set.js
var require_set = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Pair = require_Pair();
	var YAMLMap = require_YAMLMap();
	var YAMLSet = class YAMLSet extends YAMLMap.YAMLMap {
		constructor(schema) {
			super(schema);
			this.tag = YAMLSet.tag;
		}
		add(key) {
			let pair;
			if (identity.isPair(key)) pair = key;
			else if (key && typeof key === "object" && "key" in key && "value" in key && key.value === null) pair = new Pair.Pair(key.key, null);
			else pair = new Pair.Pair(key, null);
			if (!YAMLMap.findPair(this.items, pair.key)) this.items.push(pair);
		}
		/**
		* If `keepPair` is `true`, returns the Pair matching `key`.
		* Otherwise, returns the value of that Pair's key.
		*/
		get(key, keepPair) {
			const pair = YAMLMap.findPair(this.items, key);
			return !keepPair && identity.isPair(pair) ? identity.isScalar(pair.key) ? pair.key.value : pair.key : pair;
		}
		set(key, value) {
			if (typeof value !== "boolean") throw new Error(`Expected boolean value for set(key, value) in a YAML set, not ${typeof value}`);
			const prev = YAMLMap.findPair(this.items, key);
			if (prev && !value) this.items.splice(this.items.indexOf(prev), 1);
			else if (!prev && value) this.items.push(new Pair.Pair(key));
		}
		toJSON(_, ctx) {
			return super.toJSON(_, ctx, Set);
		}
		toString(ctx, onComment, onChompKeep) {
			if (!ctx) return JSON.stringify(this);
			if (this.hasAllNullValues(true)) return super.toString(Object.assign({}, ctx, { allNullValues: true }), onComment, onChompKeep);
			else throw new Error("Set items must all have null values");
		}
		static from(schema, iterable, ctx) {
			const { replacer } = ctx;
			const set = new this(schema);
			if (iterable && Symbol.iterator in Object(iterable)) for (let value of iterable) {
				if (typeof replacer === "function") value = replacer.call(iterable, value, value);
				set.items.push(Pair.createPair(value, null, ctx));
			}
			return set;
		}
	};
	YAMLSet.tag = "tag:yaml.org,2002:set";
	const set = {
		collection: "map",
		identify: (value) => value instanceof Set,
		nodeClass: YAMLSet,
		default: false,
		tag: "tag:yaml.org,2002:set",
		createNode: (schema, iterable, ctx) => YAMLSet.from(schema, iterable, ctx),
		resolve(map, onError) {
			if (identity.isMap(map)) {
				if (map.hasAllNullValues(true)) return Object.assign(new YAMLSet(), map);
				else onError("Set items must all have null values");
			} else onError("Expected a mapping for this tag");
			return map;
		}
	};
	exports.YAMLSet = YAMLSet;
	exports.set = set;
}));
// node_modules/yaml/dist/schema/yaml-1.1/timestamp.js
var require_timestamp = /* @__PURE__ */ __commonJSMin(((exports) => {
	var stringifyNumber = require_stringifyNumber();
	/** Internal types handle bigint as number, because TS can't figure it out. */
	function parseSexagesimal(str, asBigInt) {
		const sign = str[0];
		const parts = sign === "-" || sign === "+" ? str.substring(1) : str;
		const num = (n) => asBigInt ? BigInt(n) : Number(n);
		const res = parts.replace(/_/g, "").split(":").reduce((res, p) => res * num(60) + num(p), num(0));
		return sign === "-" ? num(-1) * res : res;
	}
	/**
	* hhhh:mm:ss.sss
	*
	* Internal types handle bigint as number, because TS can't figure it out.
	*/
	function stringifySexagesimal(node) {
		let { value } = node;
		let num = (n) => n;
		if (typeof value === "bigint") num = (n) => BigInt(n);
		else if (isNaN(value) || !isFinite(value)) return stringifyNumber.stringifyNumber(node);
		let sign = "";
		if (value < 0) {
			sign = "-";
			value *= num(-1);
		}
		const _60 = num(60);
		const parts = [value % _60];
		if (value < 60) parts.unshift(0);
		else {
			value = (value - parts[0]) / _60;
			parts.unshift(value % _60);
			if (value >= 60) {
				value = (value - parts[0]) / _60;
				parts.unshift(value);
			}
		}
		return sign + parts.map((n) => String(n).padStart(2, "0")).join(":").replace(/000000\d*$/, "");
	}
	const intTime = {
		identify: (value) => typeof value === "bigint" || Number.isInteger(value),
		default: true,
		tag: "tag:yaml.org,2002:int",
		format: "TIME",
		test: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+$/,
		resolve: (str, _onError, { intAsBigInt }) => parseSexagesimal(str, intAsBigInt),
		stringify: stringifySexagesimal
	};
	const floatTime = {
		identify: (value) => typeof value === "number",
		default: true,
		tag: "tag:yaml.org,2002:float",
		format: "TIME",
		test: /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*$/,
		resolve: (str) => parseSexagesimal(str, false),
		stringify: stringifySexagesimal
	};
	const timestamp = {
		identify: (value) => value instanceof Date,
		default: true,
		tag: "tag:yaml.org,2002:timestamp",
		test: RegExp("^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:t|T|[ \\t]+)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2}(\\.[0-9]+)?)(?:[ \\t]*(Z|[-+][012]?[0-9](?::[0-9]{2})?))?)?$"),
		resolve(str) {
			const match = str.match(timestamp.test);
			if (!match) throw new Error("!!timestamp expects a date, starting with yyyy-mm-dd");
			const [, year, month, day, hour, minute, second] = match.map(Number);
			const millisec = match[7] ? Number((match[7] + "00").substr(1, 3)) : 0;
			let date = Date.UTC(year, month - 1, day, hour || 0, minute || 0, second || 0, millisec);
			const tz = match[8];
			if (tz && tz !== "Z") {
				let d = parseSexagesimal(tz, false);
				if (Math.abs(d) < 30) d *= 60;
				date -= 6e4 * d;
			}
			return new Date(date);
		},
		stringify: ({ value }) => value?.toISOString().replace(/(T00:00:00)?\.000Z$/, "") ?? ""
	};
	exports.floatTime = floatTime;
	exports.intTime = intTime;
	exports.timestamp = timestamp;
}));
// node_modules/yaml/dist/schema/yaml-1.1/schema.js
var require_schema = /* @__PURE__ */ __commonJSMin(((exports) => {
	var map = require_map();
	var _null = require_null();
	var seq = require_seq();
	var string = require_string();
	var binary = require_binary();
	var bool = require_bool();
	var float = require_float();
	var int = require_int();
	var merge = require_merge();
	var omap = require_omap();
	var pairs = require_pairs();
	var set = require_set();
	var timestamp = require_timestamp();
	exports.schema = [
		map.map,
		seq.seq,
		string.string,
		_null.nullTag,
		bool.trueTag,
		bool.falseTag,
		int.intBin,
		int.intOct,
		int.int,
		int.intHex,
		float.floatNaN,
		float.floatExp,
		float.float,
		binary.binary,
		merge.merge,
		omap.omap,
		pairs.pairs,
		set.set,
		timestamp.intTime,
		timestamp.floatTime,
		timestamp.timestamp
	];
}));
// node_modules/yaml/dist/schema/tags.js
var require_tags = /* @__PURE__ */ __commonJSMin(((exports) => {
	var map = require_map();
	var _null = require_null();
	var seq = require_seq();
	var string = require_string();
	var bool = require_bool$1();
	var float = require_float$1();
	var int = require_int$1();
	var schema = require_schema$2();
	var schema$1 = require_schema$1();
	var binary = require_binary();
	var merge = require_merge();
	var omap = require_omap();
	var pairs = require_pairs();
	var schema$2 = require_schema();
	var set = require_set();
	var timestamp = require_timestamp();
	const schemas = /* @__PURE__ */ new Map([
		["core", schema.schema],
		["failsafe", [
			map.map,
			seq.seq,
			string.string
		]],
		["json", schema$1.schema],
		["yaml11", schema$2.schema],
		["yaml-1.1", schema$2.schema]
	]);
	const tagsByName = {
		binary: binary.binary,
		bool: bool.boolTag,
		float: float.float,
		floatExp: float.floatExp,
		floatNaN: float.floatNaN,
		floatTime: timestamp.floatTime,
		int: int.int,
		intHex: int.intHex,
		intOct: int.intOct,
		intTime: timestamp.intTime,
		map: map.map,
		merge: merge.merge,
		null: _null.nullTag,
		omap: omap.omap,
		pairs: pairs.pairs,
		seq: seq.seq,
		set: set.set,
		timestamp: timestamp.timestamp
	};
	const coreKnownTags = {
		"tag:yaml.org,2002:binary": binary.binary,
		"tag:yaml.org,2002:merge": merge.merge,
		"tag:yaml.org,2002:omap": omap.omap,
		"tag:yaml.org,2002:pairs": pairs.pairs,
		"tag:yaml.org,2002:set": set.set,
		"tag:yaml.org,2002:timestamp": timestamp.timestamp
	};
	function getTags(customTags, schemaName, addMergeTag) {
		const schemaTags = schemas.get(schemaName);
		if (schemaTags && !customTags) return addMergeTag && !schemaTags.includes(merge.merge) ? schemaTags.concat(merge.merge) : schemaTags.slice();
		let tags = schemaTags;
		if (!tags) {
			if (Array.isArray(customTags)) tags = [];
			else {
				const keys = Array.from(schemas.keys()).filter((key) => key !== "yaml11").map((key) => JSON.stringify(key)).join(", ");
				throw new Error(`Unknown schema "${schemaName}"; use one of ${keys} or define customTags array`);
			}
		}
		if (Array.isArray(customTags)) for (const tag of customTags) tags = tags.concat(tag);
		else if (typeof customTags === "function") tags = customTags(tags.slice());
		if (addMergeTag) tags = tags.concat(merge.merge);
		return tags.reduce((tags, tag) => {
			const tagObj = typeof tag === "string" ? tagsByName[tag] : tag;
			if (!tagObj) {
				const tagName = JSON.stringify(tag);
				const keys = Object.keys(tagsByName).map((key) => JSON.stringify(key)).join(", ");
				throw new Error(`Unknown custom tag ${tagName}; use one of ${keys}`);
			}
			if (!tags.includes(tagObj)) tags.push(tagObj);
			return tags;
		}, []);
	}
	exports.coreKnownTags = coreKnownTags;
	exports.getTags = getTags;
}));
// node_modules/yaml/dist/schema/Schema.js
var require_Schema = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var map = require_map();
	var seq = require_seq();
	var string = require_string();
	var tags = require_tags();
	const sortMapEntriesByKey = (a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
	exports.Schema = class Schema {
		constructor({ compat, customTags, merge, resolveKnownTags, schema, sortMapEntries, toStringDefaults }) {
			this.compat = Array.isArray(compat) ? tags.getTags(compat, "compat") : compat ? tags.getTags(null, compat) : null;
			this.name = typeof schema === "string" && schema || "core";
			this.knownTags = resolveKnownTags ? tags.coreKnownTags : {};
			this.tags = tags.getTags(customTags, this.name, merge);
			this.toStringOptions = toStringDefaults ?? null;
			Object.defineProperty(this, identity.MAP, { value: map.map });
			Object.defineProperty(this, identity.SCALAR, { value: string.string });
			Object.defineProperty(this, identity.SEQ, { value: seq.seq });
			this.sortMapEntries = typeof sortMapEntries === "function" ? sortMapEntries : sortMapEntries === true ? sortMapEntriesByKey : null;
		}
		clone() {
			const copy = Object.create(Schema.prototype, Object.getOwnPropertyDescriptors(this));
			copy.tags = this.tags.slice();
			return copy;
		}
	};
}));
// node_modules/yaml/dist/stringify/stringifyDocument.js
var require_stringifyDocument = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var stringify = require_stringify();
	var stringifyComment = require_stringifyComment();
	function stringifyDocument(doc, options) {
		const lines = [];
		let hasDirectives = options.directives === true;
		if (options.directives !== false && doc.directives) {
			const dir = doc.directives.toString(doc);
			if (dir) {
				lines.push(dir);
				hasDirectives = true;
			} else if (doc.directives.docStart) hasDirectives = true;
		}
		if (hasDirectives) lines.push("---");
		const ctx = stringify.createStringifyContext(doc, options);
		const { commentString } = ctx.options;
		if (doc.commentBefore) {
			if (lines.length !== 1) lines.unshift("");
			const cs = commentString(doc.commentBefore);
			lines.unshift(stringifyComment.indentComment(cs, ""));
		}
		let chompKeep = false;
		let contentComment = null;
		if (doc.contents) {
			if (identity.isNode(doc.contents)) {
				if (doc.contents.spaceBefore && hasDirectives) lines.push("");
				if (doc.contents.commentBefore) {
					const cs = commentString(doc.contents.commentBefore);
					lines.push(stringifyComment.indentComment(cs, ""));
				}
				ctx.forceBlockIndent = !!doc.comment;
				contentComment = doc.contents.comment;
			}
			const onChompKeep = contentComment ? void 0 : () => chompKeep = true;
			let body = stringify.stringify(doc.contents, ctx, () => contentComment = null, onChompKeep);
			if (contentComment) body += stringifyComment.lineComment(body, "", commentString(contentComment));
			if ((body[0] === "|" || body[0] === ">") && lines[lines.length - 1] === "---") lines[lines.length - 1] = `--- ${body}`;
			else lines.push(body);
		} else lines.push(stringify.stringify(doc.contents, ctx));
		if (doc.directives?.docEnd) {
			if (doc.comment) {
				const cs = commentString(doc.comment);
				if (cs.includes("\n")) {
					lines.push("...");
					lines.push(stringifyComment.indentComment(cs, ""));
				} else lines.push(`... ${cs}`);
			} else lines.push("...");
		} else {
			let dc = doc.comment;
			if (dc && chompKeep) dc = dc.replace(/^\n+/, "");
			if (dc) {
				if ((!chompKeep || contentComment) && lines[lines.length - 1] !== "") lines.push("");
				lines.push(stringifyComment.indentComment(commentString(dc), ""));
			}
		}
		return lines.join("\n") + "\n";
	}
	exports.stringifyDocument = stringifyDocument;
}));
// node_modules/yaml/dist/doc/Document.js
var require_Document = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Alias = require_Alias();
	var Collection = require_Collection();
	var identity = require_identity();
	var Pair = require_Pair();
	var toJS = require_toJS();
	var Schema = require_Schema();
	var stringifyDocument = require_stringifyDocument();
	var anchors = require_anchors();
	var applyReviver = require_applyReviver();
	var createNode = require_createNode();
	var directives = require_directives();
	var Document = class Document {
		constructor(value, replacer, options) {
			/** A comment before this Document */
			this.commentBefore = null;
			/** A comment immediately after this Document */
			this.comment = null;
			/** Errors encountered during parsing. */
			this.errors = [];
			/** Warnings encountered during parsing. */
			this.warnings = [];
			Object.defineProperty(this, identity.NODE_TYPE, { value: identity.DOC });
			let _replacer = null;
			if (typeof replacer === "function" || Array.isArray(replacer)) _replacer = replacer;
			else if (options === void 0 && replacer) {
				options = replacer;
				replacer = void 0;
			}
			const opt = Object.assign({
				intAsBigInt: false,
				keepSourceTokens: false,
				logLevel: "warn",
				prettyErrors: true,
				strict: true,
				stringKeys: false,
				uniqueKeys: true,
				version: "1.2"
			}, options);
			this.options = opt;
			let { version } = opt;
			if (options?._directives) {
				this.directives = options._directives.atDocument();
				if (this.directives.yaml.explicit) version = this.directives.yaml.version;
			} else this.directives = new directives.Directives({ version });
			this.setSchema(version, options);
			this.contents = value === void 0 ? null : this.createNode(value, _replacer, options);
		}
		/**
		* Create a deep copy of this Document and its contents.
		*
		* Custom Node values that inherit from `Object` still refer to their original instances.
		*/
		clone() {
			const copy = Object.create(Document.prototype, { [identity.NODE_TYPE]: { value: identity.DOC } });
			copy.commentBefore = this.commentBefore;
			copy.comment = this.comment;
			copy.errors = this.errors.slice();
			copy.warnings = this.warnings.slice();
			copy.options = Object.assign({}, this.options);
			if (this.directives) copy.directives = this.directives.clone();
			copy.schema = this.schema.clone();
			copy.contents = identity.isNode(this.contents) ? this.contents.clone(copy.schema) : this.contents;
			if (this.range) copy.range = this.range.slice();
			return copy;
		}
		/** Adds a value to the document. */
		add(value) {
			if (assertCollection(this.contents)) this.contents.add(value);
		}
		/** Adds a value to the document. */
		addIn(path, value) {
			if (assertCollection(this.contents)) this.contents.addIn(path, value);
		}
		/**
		* Create a new `Alias` node, ensuring that the target `node` has the required anchor.
		*
		* If `node` already has an anchor, `name` is ignored.
		* Otherwise, the `node.anchor` value will be set to `name`,
		* or if an anchor with that name is already present in the document,
		* `name` will be used as a prefix for a new unique anchor.
		* If `name` is undefined, the generated anchor will use 'a' as a prefix.
		*/
		createAlias(node, name) {
			if (!node.anchor) {
				const prev = anchors.anchorNames(this);
				node.anchor = !name || prev.has(name) ? anchors.findNewAnchor(name || "a", prev) : name;
			}
			return new Alias.Alias(node.anchor);
		}
		createNode(value, replacer, options) {
			let _replacer = void 0;
			if (typeof replacer === "function") {
				value = replacer.call({ "": value }, "", value);
				_replacer = replacer;
			} else if (Array.isArray(replacer)) {
				const keyToStr = (v) => typeof v === "number" || v instanceof String || v instanceof Number;
				const asStr = replacer.filter(keyToStr).map(String);
				if (asStr.length > 0) replacer = replacer.concat(asStr);
				_replacer = replacer;
			} else if (options === void 0 && replacer) {
				options = replacer;
				replacer = void 0;
			}
			const { aliasDuplicateObjects, anchorPrefix, flow, keepUndefined, onTagObj, tag } = options ?? {};
			const { onAnchor, setAnchors, sourceObjects } = anchors.createNodeAnchors(this, anchorPrefix || "a");
			const ctx = {
				aliasDuplicateObjects: aliasDuplicateObjects ?? true,
				keepUndefined: keepUndefined ?? false,
				onAnchor,
				onTagObj,
				replacer: _replacer,
				schema: this.schema,
				sourceObjects
			};
			const node = createNode.createNode(value, tag, ctx);
			if (flow && identity.isCollection(node)) node.flow = true;
			setAnchors();
			return node;
		}
		/**
		* Convert a key and a value into a `Pair` using the current schema,
		* recursively wrapping all values as `Scalar` or `Collection` nodes.
		*/
		createPair(key, value, options = {}) {
			const k = this.createNode(key, null, options);
			const v = this.createNode(value, null, options);
			return new Pair.Pair(k, v);
		}
		/**
		* Removes a value from the document.
		* @returns `true` if the item was found and removed.
		*/
		delete(key) {
			return assertCollection(this.contents) ? this.contents.delete(key) : false;
		}
		/**
		* Removes a value from the document.
		* @returns `true` if the item was found and removed.
		*/
		deleteIn(path) {
			if (Collection.isEmptyPath(path)) {
				if (this.contents == null) return false;
				this.contents = null;
				return true;
			}
			return assertCollection(this.contents) ? this.contents.deleteIn(path) : false;
		}
		/**
		* Returns item at `key`, or `undefined` if not found. By default unwraps
		* scalar values from their surrounding node; to disable set `keepScalar` to
		* `true` (collections are always returned intact).
		*/
		get(key, keepScalar) {
			return identity.isCollection(this.contents) ? this.contents.get(key, keepScalar) : void 0;
		}
		/**
		* Returns item at `path`, or `undefined` if not found. By default unwraps
		* scalar values from their surrounding node; to disable set `keepScalar` to
		* `true` (collections are always returned intact).
		*/
		getIn(path, keepScalar) {
			if (Collection.isEmptyPath(path)) return !keepScalar && identity.isScalar(this.contents) ? this.contents.value : this.contents;
			return identity.isCollection(this.contents) ? this.contents.getIn(path, keepScalar) : void 0;
		}
		/**
		* Checks if the document includes a value with the key `key`.
		*/
		has(key) {
			return identity.isCollection(this.contents) ? this.contents.has(key) : false;
		}
		/**
		* Checks if the document includes a value at `path`.
		*/
		hasIn(path) {
			if (Collection.isEmptyPath(path)) return this.contents !== void 0;
			return identity.isCollection(this.contents) ? this.contents.hasIn(path) : false;
		}
		/**
		* Sets a value in this document. For `!!set`, `value` needs to be a
		* boolean to add/remove the item from the set.
		*/
		set(key, value) {
			if (this.contents == null) this.contents = Collection.collectionFromPath(this.schema, [key], value);
			else if (assertCollection(this.contents)) this.contents.set(key, value);
		}
		/**
		* Sets a value in this document. For `!!set`, `value` needs to be a
		* boolean to add/remove the item from the set.
		*/
		setIn(path, value) {
			if (Collection.isEmptyPath(path)) this.contents = value;
			else if (this.contents == null) this.contents = Collection.collectionFromPath(this.schema, Array.from(path), value);
			else if (assertCollection(this.contents)) this.contents.setIn(path, value);
		}
		/**
		* Change the YAML version and schema used by the document.
		* A `null` version disables support for directives, explicit tags, anchors, and aliases.
		* It also requires the `schema` option to be given as a `Schema` instance value.
		*
		* Overrides all previously set schema options.
		*/
		setSchema(version, options = {}) {
			if (typeof version === "number") version = String(version);
			let opt;
			switch (version) {
				case "1.1":
					if (this.directives) this.directives.yaml.version = "1.1";
					else this.directives = new directives.Directives({ version: "1.1" });
					opt = {
						resolveKnownTags: false,
						schema: "yaml-1.1"
					};
					break;
				case "1.2":
				case "next":
					if (this.directives) this.directives.yaml.version = version;
					else this.directives = new directives.Directives({ version });
					opt = {
						resolveKnownTags: true,
						schema: "core"
					};
					break;
				case null:
					if (this.directives) delete this.directives;
					opt = null;
					break;
				default: {
					const sv = JSON.stringify(version);
					throw new Error(`Expected '1.1', '1.2' or null as first argument, but found: ${sv}`);
				}
			}
			if (options.schema instanceof Object) this.schema = options.schema;
			else if (opt) this.schema = new Schema.Schema(Object.assign(opt, options));
			else throw new Error(`With a null YAML version, the { schema: Schema } option is required`);
		}
		toJS({ json, jsonArg, mapAsMap, maxAliasCount, onAnchor, reviver } = {}) {
			const ctx = {
				anchors: /* @__PURE__ */ new Map(),
				doc: this,
				keep: !json,
				mapAsMap: mapAsMap === true,
				mapKeyWarned: false,
				maxAliasCount: typeof maxAliasCount === "number" ? maxAliasCount : 100
			};
			const res = toJS.toJS(this.contents, jsonArg ?? "", ctx);
			if (typeof onAnchor === "function") for (const { count, res } of ctx.anchors.values()) onAnchor(res, count);
			return typeof reviver === "function" ? applyReviver.applyReviver(reviver, { "": res }, "", res) : res;
		}
		/**
		* A JSON representation of the document `contents`.
		*
		* @param jsonArg Used by `JSON.stringify` to indicate the array index or
		*   property name.
		*/
		toJSON(jsonArg, onAnchor) {
			return this.toJS({
				json: true,
				jsonArg,
				mapAsMap: false,
				onAnchor
			});
		}
		/** A YAML representation of the document. */
		toString(options = {}) {
			if (this.errors.length > 0) throw new Error("Document with errors cannot be stringified");
			if ("indent" in options && (!Number.isInteger(options.indent) || Number(options.indent) <= 0)) {
				const s = JSON.stringify(options.indent);
				throw new Error(`"indent" option must be a positive integer, not ${s}`);
			}
			return stringifyDocument.stringifyDocument(this, options);
		}
	};
	function assertCollection(contents) {
		if (identity.isCollection(contents)) return true;
		throw new Error("Expected a YAML collection as document contents");
	}
	exports.Document = Document;
}));
// node_modules/yaml/dist/errors.js
var require_errors = /* @__PURE__ */ __commonJSMin(((exports) => {
	var YAMLError = class extends Error {
		constructor(name, pos, code, message) {
			super();
			this.name = name;
			this.code = code;
			this.message = message;
			this.pos = pos;
		}
	};
	var YAMLParseError = class extends YAMLError {
		constructor(pos, code, message) {
			super("YAMLParseError", pos, code, message);
		}
	};
	var YAMLWarning = class extends YAMLError {
		constructor(pos, code, message) {
			super("YAMLWarning", pos, code, message);
		}
	};
	const prettifyError = (src, lc) => (error) => {
		if (error.pos[0] === -1) return;
		error.linePos = error.pos.map((pos) => lc.linePos(pos));
		const { line, col } = error.linePos[0];
		error.message += ` at line ${line}, column ${col}`;
		let ci = col - 1;
		let lineStr = src.substring(lc.lineStarts[line - 1], lc.lineStarts[line]).replace(/[\n\r]+$/, "");
		if (ci >= 60 && lineStr.length > 80) {
			const trimStart = Math.min(ci - 39, lineStr.length - 79);
			lineStr = "…" + lineStr.substring(trimStart);
			ci -= trimStart - 1;
		}
		if (lineStr.length > 80) lineStr = lineStr.substring(0, 79) + "…";
		if (line > 1 && /^ *$/.test(lineStr.substring(0, ci))) {
			let prev = src.substring(lc.lineStarts[line - 2], lc.lineStarts[line - 1]);
			if (prev.length > 80) prev = prev.substring(0, 79) + "…\n";
			lineStr = prev + lineStr;
		}
		if (/[^ ]/.test(lineStr)) {
			let count = 1;
			const end = error.linePos[1];
			if (end?.line === line && end.col > col) count = Math.max(1, Math.min(end.col - col, 80 - ci));
			const pointer = " ".repeat(ci) + "^".repeat(count);
			error.message += `:\n\n${lineStr}\n${pointer}\n`;
		}
	};
	exports.YAMLError = YAMLError;
	exports.YAMLParseError = YAMLParseError;
	exports.YAMLWarning = YAMLWarning;
	exports.prettifyError = prettifyError;
}));
// node_modules/yaml/dist/compose/resolve-props.js
var require_resolve_props = /* @__PURE__ */ __commonJSMin(((exports) => {
	function resolveProps(tokens, { flow, indicator, next, offset, onError, parentIndent, startOnNewline }) {
		let spaceBefore = false;
		let atNewline = startOnNewline;
		let hasSpace = startOnNewline;
		let comment = "";
		let commentSep = "";
		let hasNewline = false;
		let reqSpace = false;
		let tab = null;
		let anchor = null;
		let tag = null;
		let newlineAfterProp = null;
		let comma = null;
		let found = null;
		let start = null;
		for (const token of tokens) {
			if (reqSpace) {
				if (token.type !== "space" && token.type !== "newline" && token.type !== "comma") onError(token.offset, "MISSING_CHAR", "Tags and anchors must be separated from the next token by white space");
				reqSpace = false;
			}
			if (tab) {
				if (atNewline && token.type !== "comment" && token.type !== "newline") onError(tab, "TAB_AS_INDENT", "Tabs are not allowed as indentation");
				tab = null;
			}
			switch (token.type) {
				case "space":
					if (!flow && (indicator !== "doc-start" || next?.type !== "flow-collection") && token.source.includes("	")) tab = token;
					hasSpace = true;
					break;
				case "comment": {
					if (!hasSpace) onError(token, "MISSING_CHAR", "Comments must be separated from other tokens by white space characters");
					const cb = token.source.substring(1) || " ";
					if (!comment) comment = cb;
					else comment += commentSep + cb;
					commentSep = "";
					atNewline = false;
					break;
				}
				case "newline":
					if (atNewline) {
						if (comment) comment += token.source;
						else if (!found || indicator !== "seq-item-ind") spaceBefore = true;
					} else commentSep += token.source;
					atNewline = true;
					hasNewline = true;
					if (anchor || tag) newlineAfterProp = token;
					hasSpace = true;
					break;
				case "anchor":
					if (anchor) onError(token, "MULTIPLE_ANCHORS", "A node can have at most one anchor");
					if (token.source.endsWith(":")) onError(token.offset + token.source.length - 1, "BAD_ALIAS", "Anchor ending in : is ambiguous", true);
					anchor = token;
					start ?? (start = token.offset);
					atNewline = false;
					hasSpace = false;
					reqSpace = true;
					break;
				case "tag":
					if (tag) onError(token, "MULTIPLE_TAGS", "A node can have at most one tag");
					tag = token;
					start ?? (start = token.offset);
					atNewline = false;
					hasSpace = false;
					reqSpace = true;
					break;
				case indicator:
					if (anchor || tag) onError(token, "BAD_PROP_ORDER", `Anchors and tags must be after the ${token.source} indicator`);
					if (found) onError(token, "UNEXPECTED_TOKEN", `Unexpected ${token.source} in ${flow ?? "collection"}`);
					found = token;
					atNewline = indicator === "seq-item-ind" || indicator === "explicit-key-ind";
					hasSpace = false;
					break;
				case "comma": if (flow) {
					if (comma) onError(token, "UNEXPECTED_TOKEN", `Unexpected , in ${flow}`);
					comma = token;
					atNewline = false;
					hasSpace = false;
					break;
				}
				default:
					onError(token, "UNEXPECTED_TOKEN", `Unexpected ${token.type} token`);
					atNewline = false;
					hasSpace = false;
			}
		}
		const last = tokens[tokens.length - 1];
		const end = last ? last.offset + last.source.length : offset;
		if (reqSpace && next && next.type !== "space" && next.type !== "newline" && next.type !== "comma" && (next.type !== "scalar" || next.source !== "")) onError(next.offset, "MISSING_CHAR", "Tags and anchors must be separated from the next token by white space");
		if (tab && (atNewline && tab.indent <= parentIndent || next?.type === "block-map" || next?.type === "block-seq")) onError(tab, "TAB_AS_INDENT", "Tabs are not allowed as indentation");
		return {
			comma,
			found,
			spaceBefore,
			comment,
			hasNewline,
			anchor,
			tag,
			newlineAfterProp,
			end,
			start: start ?? end
		};
	}
	exports.resolveProps = resolveProps;
}));
// node_modules/yaml/dist/compose/util-contains-newline.js
var require_util_contains_newline = /* @__PURE__ */ __commonJSMin(((exports) => {
	function containsNewline(key) {
		if (!key) return null;
		switch (key.type) {
			case "alias":
			case "scalar":
			case "double-quoted-scalar":
			case "single-quoted-scalar":
				if (key.source.includes("\n")) return true;
				if (key.end) {
					for (const st of key.end) if (st.type === "newline") return true;
				}
				return false;
			case "flow-collection":
				for (const it of key.items) {
					for (const st of it.start) if (st.type === "newline") return true;
					if (it.sep) {
						for (const st of it.sep) if (st.type === "newline") return true;
					}
					if (containsNewline(it.key) || containsNewline(it.value)) return true;
				}
				return false;
			default: return true;
		}
	}
	exports.containsNewline = containsNewline;
}));
// node_modules/yaml/dist/compose/util-flow-indent-check.js
var require_util_flow_indent_check = /* @__PURE__ */ __commonJSMin(((exports) => {
	var utilContainsNewline = require_util_contains_newline();
	function flowIndentCheck(indent, fc, onError) {
		if (fc?.type === "flow-collection") {
			const end = fc.end[0];
			if (end.indent === indent && (end.source === "]" || end.source === "}") && utilContainsNewline.containsNewline(fc)) onError(end, "BAD_INDENT", "Flow end indicator should be more indented than parent", true);
		}
	}
	exports.flowIndentCheck = flowIndentCheck;
}));
// node_modules/yaml/dist/compose/util-map-includes.js
var require_util_map_includes = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	function mapIncludes(ctx, items, search) {
		const { uniqueKeys } = ctx.options;
		if (uniqueKeys === false) return false;
		const isEqual = typeof uniqueKeys === "function" ? uniqueKeys : (a, b) => a === b || identity.isScalar(a) && identity.isScalar(b) && a.value === b.value;
		return items.some((pair) => isEqual(pair.key, search));
	}
	exports.mapIncludes = mapIncludes;
}));
// node_modules/yaml/dist/compose/resolve-block-map.js
var require_resolve_block_map = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Pair = require_Pair();
	var YAMLMap = require_YAMLMap();
	var resolveProps = require_resolve_props();
	var utilContainsNewline = require_util_contains_newline();
	var utilFlowIndentCheck = require_util_flow_indent_check();
	var utilMapIncludes = require_util_map_includes();
	const startColMsg = "All mapping items must start at the same column";
	function resolveBlockMap({ composeNode, composeEmptyNode }, ctx, bm, onError, tag) {
		const map = new ((tag?.nodeClass) ?? YAMLMap.YAMLMap)(ctx.schema);
		if (ctx.atRoot) ctx.atRoot = false;
		let offset = bm.offset;
		let commentEnd = null;
		for (const collItem of bm.items) {
			const { start, key, sep, value } = collItem;
			const keyProps = resolveProps.resolveProps(start, {
				indicator: "explicit-key-ind",
				next: key ?? sep?.[0],
				offset,
				onError,
				parentIndent: bm.indent,
				startOnNewline: true
			});
			const implicitKey = !keyProps.found;
			if (implicitKey) {
				if (key) {
					if (key.type === "block-seq") onError(offset, "BLOCK_AS_IMPLICIT_KEY", "A block sequence may not be used as an implicit map key");
					else if ("indent" in key && key.indent !== bm.indent) onError(offset, "BAD_INDENT", startColMsg);
				}
				if (!keyProps.anchor && !keyProps.tag && !sep) {
					commentEnd = keyProps.end;
					if (keyProps.comment) {
						if (map.comment) map.comment += "\n" + keyProps.comment;
						else map.comment = keyProps.comment;
					}
					continue;
				}
				if (keyProps.newlineAfterProp || utilContainsNewline.containsNewline(key)) onError(key ?? start[start.length - 1], "MULTILINE_IMPLICIT_KEY", "Implicit keys need to be on a single line");
			} else if (keyProps.found?.indent !== bm.indent) onError(offset, "BAD_INDENT", startColMsg);
			ctx.atKey = true;
			const keyStart = keyProps.end;
			const keyNode = key ? composeNode(ctx, key, keyProps, onError) : composeEmptyNode(ctx, keyStart, start, null, keyProps, onError);
			if (ctx.schema.compat) utilFlowIndentCheck.flowIndentCheck(bm.indent, key, onError);
			ctx.atKey = false;
			if (utilMapIncludes.mapIncludes(ctx, map.items, keyNode)) onError(keyStart, "DUPLICATE_KEY", "Map keys must be unique");
			const valueProps = resolveProps.resolveProps(sep ?? [], {
				indicator: "map-value-ind",
				next: value,
				offset: keyNode.range[2],
				onError,
				parentIndent: bm.indent,
				startOnNewline: !key || key.type === "block-scalar"
			});
			offset = valueProps.end;
			if (valueProps.found) {
				if (implicitKey) {
					if (value?.type === "block-map" && !valueProps.hasNewline) onError(offset, "BLOCK_AS_IMPLICIT_KEY", "Nested mappings are not allowed in compact mappings");
					if (ctx.options.strict && keyProps.start < valueProps.found.offset - 1024) onError(keyNode.range, "KEY_OVER_1024_CHARS", "The : indicator must be at most 1024 chars after the start of an implicit block mapping key");
				}
				const valueNode = value ? composeNode(ctx, value, valueProps, onError) : composeEmptyNode(ctx, offset, sep, null, valueProps, onError);
				if (ctx.schema.compat) utilFlowIndentCheck.flowIndentCheck(bm.indent, value, onError);
				offset = valueNode.range[2];
				const pair = new Pair.Pair(keyNode, valueNode);
				if (ctx.options.keepSourceTokens) pair.srcToken = collItem;
				map.items.push(pair);
			} else {
				if (implicitKey) onError(keyNode.range, "MISSING_CHAR", "Implicit map keys need to be followed by map values");
				if (valueProps.comment) {
					if (keyNode.comment) keyNode.comment += "\n" + valueProps.comment;
					else keyNode.comment = valueProps.comment;
				}
				const pair = new Pair.Pair(keyNode);
				if (ctx.options.keepSourceTokens) pair.srcToken = collItem;
				map.items.push(pair);
			}
		}
		if (commentEnd && commentEnd < offset) onError(commentEnd, "IMPOSSIBLE", "Map comment with trailing content");
		map.range = [
			bm.offset,
			offset,
			commentEnd ?? offset
		];
		return map;
	}
	exports.resolveBlockMap = resolveBlockMap;
}));
// node_modules/yaml/dist/compose/resolve-block-seq.js
var require_resolve_block_seq = /* @__PURE__ */ __commonJSMin(((exports) => {
	var YAMLSeq = require_YAMLSeq();
	var resolveProps = require_resolve_props();
	var utilFlowIndentCheck = require_util_flow_indent_check();
	function resolveBlockSeq({ composeNode, composeEmptyNode }, ctx, bs, onError, tag) {
		const seq = new ((tag?.nodeClass) ?? YAMLSeq.YAMLSeq)(ctx.schema);
		if (ctx.atRoot) ctx.atRoot = false;
		if (ctx.atKey) ctx.atKey = false;
		let offset = bs.offset;
		let commentEnd = null;
		for (const { start, value } of bs.items) {
			const props = resolveProps.resolveProps(start, {
				indicator: "seq-item-ind",
				next: value,
				offset,
				onError,
				parentIndent: bs.indent,
				startOnNewline: true
			});
			if (!props.found) {
				if (props.anchor || props.tag || value) {
					if (value?.type === "block-seq") onError(props.end, "BAD_INDENT", "All sequence items must start at the same column");
					else onError(offset, "MISSING_CHAR", "Sequence item without - indicator");
				} else {
					commentEnd = props.end;
					if (props.comment) seq.comment = props.comment;
					continue;
				}
			}
			const node = value ? composeNode(ctx, value, props, onError) : composeEmptyNode(ctx, props.end, start, null, props, onError);
			if (ctx.schema.compat) utilFlowIndentCheck.flowIndentCheck(bs.indent, value, onError);
			offset = node.range[2];
			seq.items.push(node);
		}
		seq.range = [
			bs.offset,
			offset,
			commentEnd ?? offset
		];
		return seq;
	}
	exports.resolveBlockSeq = resolveBlockSeq;
}));
// node_modules/yaml/dist/compose/resolve-end.js
var require_resolve_end = /* @__PURE__ */ __commonJSMin(((exports) => {
	function resolveEnd(end, offset, reqSpace, onError) {
		let comment = "";
		if (end) {
			let hasSpace = false;
			let sep = "";
			for (const token of end) {
				const { source, type } = token;
				switch (type) {
					case "space":
						hasSpace = true;
						break;
					case "comment": {
						if (reqSpace && !hasSpace) onError(token, "MISSING_CHAR", "Comments must be separated from other tokens by white space characters");
						const cb = source.substring(1) || " ";
						if (!comment) comment = cb;
						else comment += sep + cb;
						sep = "";
						break;
					}
					case "newline":
						if (comment) sep += source;
						hasSpace = true;
						break;
					default: onError(token, "UNEXPECTED_TOKEN", `Unexpected ${type} at node end`);
				}
				offset += source.length;
			}
		}
		return {
			comment,
			offset
		};
	}
	exports.resolveEnd = resolveEnd;
}));
// node_modules/yaml/dist/compose/resolve-flow-collection.js
var require_resolve_flow_collection = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Pair = require_Pair();
	var YAMLMap = require_YAMLMap();
	var YAMLSeq = require_YAMLSeq();
	var resolveEnd = require_resolve_end();
	var resolveProps = require_resolve_props();
	var utilContainsNewline = require_util_contains_newline();
	var utilMapIncludes = require_util_map_includes();
	const blockMsg = "Block collections are not allowed within flow collections";
	const isBlock = (token) => token && (token.type === "block-map" || token.type === "block-seq");
	function resolveFlowCollection({ composeNode, composeEmptyNode }, ctx, fc, onError, tag) {
		const isMap = fc.start.source === "{";
		const fcName = isMap ? "flow map" : "flow sequence";
		const coll = new ((tag?.nodeClass) ?? (isMap ? YAMLMap.YAMLMap : YAMLSeq.YAMLSeq))(ctx.schema);
		coll.flow = true;
		const atRoot = ctx.atRoot;
		if (atRoot) ctx.atRoot = false;
		if (ctx.atKey) ctx.atKey = false;
		let offset = fc.offset + fc.start.source.length;
		for (let i = 0; i < fc.items.length; ++i) {
			const collItem = fc.items[i];
			const { start, key, sep, value } = collItem;
			const props = resolveProps.resolveProps(start, {
				flow: fcName,
				indicator: "explicit-key-ind",
				next: key ?? sep?.[0],
				offset,
				onError,
				parentIndent: fc.indent,
				startOnNewline: false
			});
			if (!props.found) {
				if (!props.anchor && !props.tag && !sep && !value) {
					if (i === 0 && props.comma) onError(props.comma, "UNEXPECTED_TOKEN", `Unexpected , in ${fcName}`);
					else if (i < fc.items.length - 1) onError(props.start, "UNEXPECTED_TOKEN", `Unexpected empty item in ${fcName}`);
					if (props.comment) {
						if (coll.comment) coll.comment += "\n" + props.comment;
						else coll.comment = props.comment;
					}
					offset = props.end;
					continue;
				}
				if (!isMap && ctx.options.strict && utilContainsNewline.containsNewline(key)) onError(key, "MULTILINE_IMPLICIT_KEY", "Implicit keys of flow sequence pairs need to be on a single line");
			}
			if (i === 0) {
				if (props.comma) onError(props.comma, "UNEXPECTED_TOKEN", `Unexpected , in ${fcName}`);
			} else {
				if (!props.comma) onError(props.start, "MISSING_CHAR", `Missing , between ${fcName} items`);
				if (props.comment) {
					let prevItemComment = "";
					loop: for (const st of start) switch (st.type) {
						case "comma":
						case "space": break;
						case "comment":
							prevItemComment = st.source.substring(1);
							break loop;
						default: break loop;
					}
					if (prevItemComment) {
						let prev = coll.items[coll.items.length - 1];
						if (identity.isPair(prev)) prev = prev.value ?? prev.key;
						if (prev.comment) prev.comment += "\n" + prevItemComment;
						else prev.comment = prevItemComment;
						props.comment = props.comment.substring(prevItemComment.length + 1);
					}
				}
			}
			if (!isMap && !sep && !props.found) {
				const valueNode = value ? composeNode(ctx, value, props, onError) : composeEmptyNode(ctx, props.end, sep, null, props, onError);
				coll.items.push(valueNode);
				offset = valueNode.range[2];
				if (isBlock(value)) onError(valueNode.range, "BLOCK_IN_FLOW", blockMsg);
			} else {
				ctx.atKey = true;
				const keyStart = props.end;
				const keyNode = key ? composeNode(ctx, key, props, onError) : composeEmptyNode(ctx, keyStart, start, null, props, onError);
				if (isBlock(key)) onError(keyNode.range, "BLOCK_IN_FLOW", blockMsg);
				ctx.atKey = false;
				const valueProps = resolveProps.resolveProps(sep ?? [], {
					flow: fcName,
					indicator: "map-value-ind",
					next: value,
					offset: keyNode.range[2],
					onError,
					parentIndent: fc.indent,
					startOnNewline: false
				});
				if (valueProps.found) {
					if (!isMap && !props.found && ctx.options.strict) {
						if (sep) for (const st of sep) {
							if (st === valueProps.found) break;
							if (st.type === "newline") {
								onError(st, "MULTILINE_IMPLICIT_KEY", "Implicit keys of flow sequence pairs need to be on a single line");
								break;
							}
						}
						if (props.start < valueProps.found.offset - 1024) onError(valueProps.found, "KEY_OVER_1024_CHARS", "The : indicator must be at most 1024 chars after the start of an implicit flow sequence key");
					}
				} else if (value) {
					if ("source" in value && value.source?.[0] === ":") onError(value, "MISSING_CHAR", `Missing space after : in ${fcName}`);
					else onError(valueProps.start, "MISSING_CHAR", `Missing , or : between ${fcName} items`);
				}
				const valueNode = value ? composeNode(ctx, value, valueProps, onError) : valueProps.found ? composeEmptyNode(ctx, valueProps.end, sep, null, valueProps, onError) : null;
				if (valueNode) {
					if (isBlock(value)) onError(valueNode.range, "BLOCK_IN_FLOW", blockMsg);
				} else if (valueProps.comment) {
					if (keyNode.comment) keyNode.comment += "\n" + valueProps.comment;
					else keyNode.comment = valueProps.comment;
				}
				const pair = new Pair.Pair(keyNode, valueNode);
				if (ctx.options.keepSourceTokens) pair.srcToken = collItem;
				if (isMap) {
					const map = coll;
					if (utilMapIncludes.mapIncludes(ctx, map.items, keyNode)) onError(keyStart, "DUPLICATE_KEY", "Map keys must be unique");
					map.items.push(pair);
				} else {
					const map = new YAMLMap.YAMLMap(ctx.schema);
					map.flow = true;
					map.items.push(pair);
					const endRange = (valueNode ?? keyNode).range;
					map.range = [
						keyNode.range[0],
						endRange[1],
						endRange[2]
					];
					coll.items.push(map);
				}
				offset = valueNode ? valueNode.range[2] : valueProps.end;
			}
		}
		const expectedEnd = isMap ? "}" : "]";
		const [ce, ...ee] = fc.end;
		let cePos = offset;
		if (ce?.source === expectedEnd) cePos = ce.offset + ce.source.length;
		else {
			const name = fcName[0].toUpperCase() + fcName.substring(1);
			const msg = atRoot ? `${name} must end with a ${expectedEnd}` : `${name} in block collection must be sufficiently indented and end with a ${expectedEnd}`;
			onError(offset, atRoot ? "MISSING_CHAR" : "BAD_INDENT", msg);
			if (ce && ce.source.length !== 1) ee.unshift(ce);
		}
		if (ee.length > 0) {
			const end = resolveEnd.resolveEnd(ee, cePos, ctx.options.strict, onError);
			if (end.comment) {
				if (coll.comment) coll.comment += "\n" + end.comment;
				else coll.comment = end.comment;
			}
			coll.range = [
				fc.offset,
				cePos,
				end.offset
			];
		} else coll.range = [
			fc.offset,
			cePos,
			cePos
		];
		return coll;
	}
	exports.resolveFlowCollection = resolveFlowCollection;
}));
// node_modules/yaml/dist/compose/compose-collection.js
var require_compose_collection = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Scalar = require_Scalar();
	var YAMLMap = require_YAMLMap();
	var YAMLSeq = require_YAMLSeq();
	var resolveBlockMap = require_resolve_block_map();
	var resolveBlockSeq = require_resolve_block_seq();
	var resolveFlowCollection = require_resolve_flow_collection();
	function resolveCollection(CN, ctx, token, onError, tagName, tag) {
		const coll = token.type === "block-map" ? resolveBlockMap.resolveBlockMap(CN, ctx, token, onError, tag) : token.type === "block-seq" ? resolveBlockSeq.resolveBlockSeq(CN, ctx, token, onError, tag) : resolveFlowCollection.resolveFlowCollection(CN, ctx, token, onError, tag);
		const Coll = coll.constructor;
		if (tagName === "!" || tagName === Coll.tagName) {
			coll.tag = Coll.tagName;
			return coll;
		}
		if (tagName) coll.tag = tagName;
		return coll;
	}
	function composeCollection(CN, ctx, token, props, onError) {
		const tagToken = props.tag;
		const tagName = !tagToken ? null : ctx.directives.tagName(tagToken.source, (msg) => onError(tagToken, "TAG_RESOLVE_FAILED", msg));
		if (token.type === "block-seq") {
			const { anchor, newlineAfterProp: nl } = props;
			const lastProp = anchor && tagToken ? anchor.offset > tagToken.offset ? anchor : tagToken : anchor ?? tagToken;
			if (lastProp && (!nl || nl.offset < lastProp.offset)) onError(lastProp, "MISSING_CHAR", "Missing newline after block sequence props");
		}
		const expType = token.type === "block-map" ? "map" : token.type === "block-seq" ? "seq" : token.start.source === "{" ? "map" : "seq";
		if (!tagToken || !tagName || tagName === "!" || tagName === YAMLMap.YAMLMap.tagName && expType === "map" || tagName === YAMLSeq.YAMLSeq.tagName && expType === "seq") return resolveCollection(CN, ctx, token, onError, tagName);
		let tag = ctx.schema.tags.find((t) => t.tag === tagName && t.collection === expType);
		if (!tag) {
			const kt = ctx.schema.knownTags[tagName];
			if (kt?.collection === expType) {
				ctx.schema.tags.push(Object.assign({}, kt, { default: false }));
				tag = kt;
			} else {
				if (kt) onError(tagToken, "BAD_COLLECTION_TYPE", `${kt.tag} used for ${expType} collection, but expects ${kt.collection ?? "scalar"}`, true);
				else onError(tagToken, "TAG_RESOLVE_FAILED", `Unresolved tag: ${tagName}`, true);
				return resolveCollection(CN, ctx, token, onError, tagName);
			}
		}
		const coll = resolveCollection(CN, ctx, token, onError, tagName, tag);
		const res = tag.resolve?.(coll, (msg) => onError(tagToken, "TAG_RESOLVE_FAILED", msg), ctx.options) ?? coll;
		const node = identity.isNode(res) ? res : new Scalar.Scalar(res);
		node.range = coll.range;
		node.tag = tagName;
		if (tag?.format) node.format = tag.format;
		return node;
	}
	exports.composeCollection = composeCollection;
}));
// node_modules/yaml/dist/compose/resolve-block-scalar.js
var require_resolve_block_scalar = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	function resolveBlockScalar(ctx, scalar, onError) {
		const start = scalar.offset;
		const header = parseBlockScalarHeader(scalar, ctx.options.strict, onError);
		if (!header) return {
			value: "",
			type: null,
			comment: "",
			range: [
				start,
				start,
				start
			]
		};
		const type = header.mode === ">" ? Scalar.Scalar.BLOCK_FOLDED : Scalar.Scalar.BLOCK_LITERAL;
		const lines = scalar.source ? splitLines(scalar.source) : [];
		let chompStart = lines.length;
		for (let i = lines.length - 1; i >= 0; --i) {
			const content = lines[i][1];
			if (content === "" || content === "\r") chompStart = i;
			else break;
		}
		if (chompStart === 0) {
			const value = header.chomp === "+" && lines.length > 0 ? "\n".repeat(Math.max(1, lines.length - 1)) : "";
			let end = start + header.length;
			if (scalar.source) end += scalar.source.length;
			return {
				value,
				type,
				comment: header.comment,
				range: [
					start,
					end,
					end
				]
			};
		}
		let trimIndent = scalar.indent + header.indent;
		let offset = scalar.offset + header.length;
		let contentStart = 0;
		for (let i = 0; i < chompStart; ++i) {
			const [indent, content] = lines[i];
			if (content === "" || content === "\r") {
				if (header.indent === 0 && indent.length > trimIndent) trimIndent = indent.length;
			} else {
				if (indent.length < trimIndent) onError(offset + indent.length, "MISSING_CHAR", "Block scalars with more-indented leading empty lines must use an explicit indentation indicator");
				if (header.indent === 0) trimIndent = indent.length;
				contentStart = i;
				if (trimIndent === 0 && !ctx.atRoot) onError(offset, "BAD_INDENT", "Block scalar values in collections must be indented");
				break;
			}
			offset += indent.length + content.length + 1;
		}
		for (let i = lines.length - 1; i >= chompStart; --i) if (lines[i][0].length > trimIndent) chompStart = i + 1;
		let value = "";
		let sep = "";
		let prevMoreIndented = false;
		for (let i = 0; i < contentStart; ++i) value += lines[i][0].slice(trimIndent) + "\n";
		for (let i = contentStart; i < chompStart; ++i) {
			let [indent, content] = lines[i];
			offset += indent.length + content.length + 1;
			const crlf = content[content.length - 1] === "\r";
			if (crlf) content = content.slice(0, -1);
			/* istanbul ignore if already caught in lexer */
			if (content && indent.length < trimIndent) {
				const message = `Block scalar lines must not be less indented than their ${header.indent ? "explicit indentation indicator" : "first line"}`;
				onError(offset - content.length - (crlf ? 2 : 1), "BAD_INDENT", message);
				indent = "";
			}
			if (type === Scalar.Scalar.BLOCK_LITERAL) {
				value += sep + indent.slice(trimIndent) + content;
				sep = "\n";
			} else if (indent.length > trimIndent || content[0] === "	") {
				if (sep === " ") sep = "\n";
				else if (!prevMoreIndented && sep === "\n") sep = "\n\n";
				value += sep + indent.slice(trimIndent) + content;
				sep = "\n";
				prevMoreIndented = true;
			} else if (content === "") {
				if (sep === "\n") value += "\n";
				else sep = "\n";
			} else {
				value += sep + content;
				sep = " ";
				prevMoreIndented = false;
			}
		}
		switch (header.chomp) {
			case "-": break;
			case "+":
				for (let i = chompStart; i < lines.length; ++i) value += "\n" + lines[i][0].slice(trimIndent);
				if (value[value.length - 1] !== "\n") value += "\n";
				break;
			default: value += "\n";
		}
		const end = start + header.length + scalar.source.length;
		return {
			value,
			type,
			comment: header.comment,
			range: [
				start,
				end,
				end
			]
		};
	}
	function parseBlockScalarHeader({ offset, props }, strict, onError) {
		/* istanbul ignore if should not happen */
		if (props[0].type !== "block-scalar-header") {
			onError(props[0], "IMPOSSIBLE", "Block scalar header not found");
			return null;
		}
		const { source } = props[0];
		const mode = source[0];
		let indent = 0;
		let chomp = "";
		let error = -1;
		for (let i = 1; i < source.length; ++i) {
			const ch = source[i];
			if (!chomp && (ch === "-" || ch === "+")) chomp = ch;
			else {
				const n = Number(ch);
				if (!indent && n) indent = n;
				else if (error === -1) error = offset + i;
			}
		}
		if (error !== -1) onError(error, "UNEXPECTED_TOKEN", `Block scalar header includes extra characters: ${source}`);
		let hasSpace = false;
		let comment = "";
		let length = source.length;
		for (let i = 1; i < props.length; ++i) {
			const token = props[i];
			switch (token.type) {
				case "space": hasSpace = true;
				case "newline":
					length += token.source.length;
					break;
				case "comment":
					if (strict && !hasSpace) onError(token, "MISSING_CHAR", "Comments must be separated from other tokens by white space characters");
					length += token.source.length;
					comment = token.source.substring(1);
					break;
				case "error":
					onError(token, "UNEXPECTED_TOKEN", token.message);
					length += token.source.length;
					break;
				/* istanbul ignore next should not happen */
				default: {
					onError(token, "UNEXPECTED_TOKEN", `Unexpected token in block scalar header: ${token.type}`);
					const ts = token.source;
					if (ts && typeof ts === "string") length += ts.length;
				}
			}
		}
		return {
			mode,
			indent,
			chomp,
			comment,
			length
		};
	}
	/** @returns Array of lines split up as `[indent, content]` */
	function splitLines(source) {
		const split = source.split(/\n( *)/);
		const first = split[0];
		const m = first.match(/^( *)/);
		const lines = [m?.[1] ? [m[1], first.slice(m[1].length)] : ["", first]];
		for (let i = 1; i < split.length; i += 2) lines.push([split[i], split[i + 1]]);
		return lines;
	}
	exports.resolveBlockScalar = resolveBlockScalar;
}));
// node_modules/yaml/dist/compose/resolve-flow-scalar.js
var require_resolve_flow_scalar = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Scalar = require_Scalar();
	var resolveEnd = require_resolve_end();
	function resolveFlowScalar(scalar, strict, onError) {
		const { offset, type, source, end } = scalar;
		let _type;
		let value;
		const _onError = (rel, code, msg) => onError(offset + rel, code, msg);
		switch (type) {
			case "scalar":
				_type = Scalar.Scalar.PLAIN;
				value = plainValue(source, _onError);
				break;
			case "single-quoted-scalar":
				_type = Scalar.Scalar.QUOTE_SINGLE;
				value = singleQuotedValue(source, _onError);
				break;
			case "double-quoted-scalar":
				_type = Scalar.Scalar.QUOTE_DOUBLE;
				value = doubleQuotedValue(source, _onError);
				break;
			/* istanbul ignore next should not happen */
			default:
				onError(scalar, "UNEXPECTED_TOKEN", `Expected a flow scalar value, but found: ${type}`);
				return {
					value: "",
					type: null,
					comment: "",
					range: [
						offset,
						offset + source.length,
						offset + source.length
					]
				};
		}
		const valueEnd = offset + source.length;
		const re = resolveEnd.resolveEnd(end, valueEnd, strict, onError);
		return {
			value,
			type: _type,
			comment: re.comment,
			range: [
				offset,
				valueEnd,
				re.offset
			]
		};
	}
	function plainValue(source, onError) {
		let badChar = "";
		switch (source[0]) {
			/* istanbul ignore next should not happen */
			case "	":
				badChar = "a tab character";
				break;
			case ",":
				badChar = "flow indicator character ,";
				break;
			case "%":
				badChar = "directive indicator character %";
				break;
			case "|":
			case ">":
				badChar = `block scalar indicator ${source[0]}`;
				break;
			case "@":
			case "`": badChar = `reserved character ${source[0]}`;
		}
		if (badChar) onError(0, "BAD_SCALAR_START", `Plain value cannot start with ${badChar}`);
		return unfoldLines(source);
	}
	function singleQuotedValue(source, onError) {
		if (source[source.length - 1] !== "'" || source.length === 1) onError(source.length, "MISSING_CHAR", "Missing closing 'quote");
		return unfoldLines(source.slice(1, -1)).replace(/''/g, "'");
	}
	function unfoldLines(source) {
		const line = /(.*?)\r?\n/sy;
		let match = line.exec(source);
		if (!match) return source;
		/**
		* The negative lookbehinds in these RegExps are to
		* prevent causing a polynomial search time in certain cases.
		*
		* The try-catch is for Safari < 16.4 and other old browsers:
		* https://caniuse.com/js-regexp-lookbehind
		*/
		let trimEnd, trimBoth;
		try {
			trimEnd = new RegExp("(?<![ 	])[ 	]+$");
			trimBoth = new RegExp("^[ 	]+|(?<![ 	])[ 	]+$", "g");
		} catch {
			trimEnd = /[ \t]+$/;
			trimBoth = /^[ \t]+|[ \t]+$/g;
		}
		let res = match[1].replace(trimEnd, "");
		let sep = " ";
		let pos = line.lastIndex;
		while (match = line.exec(source)) {
			const lm = match[1].replace(trimBoth, "");
			if (lm === "") {
				if (sep === "\n") res += sep;
				else sep = "\n";
			} else {
				res += sep + lm;
				sep = " ";
			}
			pos = line.lastIndex;
		}
		const last = /[ \t]*(.*)/sy;
		last.lastIndex = pos;
		match = last.exec(source);
		return res + sep + (match?.[1] ?? "");
	}
	function doubleQuotedValue(source, onError) {
		let res = "";
		for (let i = 1; i < source.length - 1; ++i) {
			const ch = source[i];
			if (ch === "\r" && source[i + 1] === "\n") continue;
			if (ch === "\n") {
				const { fold, offset } = foldNewline(source, i);
				res += fold;
				i = offset;
			} else if (ch === "\\") {
				let next = source[++i];
				const cc = escapeCodes[next];
				if (cc) res += cc;
				else if (next === "\n") {
					next = source[i + 1];
					while (next === " " || next === "	") next = source[++i + 1];
				} else if (next === "\r" && source[i + 1] === "\n") {
					next = source[++i + 1];
					while (next === " " || next === "	") next = source[++i + 1];
				} else if (next === "x" || next === "u" || next === "U") {
					const length = next === "x" ? 2 : next === "u" ? 4 : 8;
					res += parseCharCode(source, i + 1, length, onError);
					i += length;
				} else {
					const raw = source.substr(i - 1, 2);
					onError(i - 1, "BAD_DQ_ESCAPE", `Invalid escape sequence ${raw}`);
					res += raw;
				}
			} else if (ch === " " || ch === "	") {
				const wsStart = i;
				let next = source[i + 1];
				while (next === " " || next === "	") next = source[++i + 1];
				if (next !== "\n" && !(next === "\r" && source[i + 2] === "\n")) res += i > wsStart ? source.slice(wsStart, i + 1) : ch;
			} else res += ch;
		}
		if (source[source.length - 1] !== "\"" || source.length === 1) onError(source.length, "MISSING_CHAR", "Missing closing \"quote");
		return res;
	}
	/**
	* Fold a single newline into a space, multiple newlines to N - 1 newlines.
	* Presumes `source[offset] === '\n'`
	*/
	function foldNewline(source, offset) {
		let fold = "";
		let ch = source[offset + 1];
		while (ch === " " || ch === "	" || ch === "\n" || ch === "\r") {
			if (ch === "\r" && source[offset + 2] !== "\n") break;
			if (ch === "\n") fold += "\n";
			offset += 1;
			ch = source[offset + 1];
		}
		if (!fold) fold = " ";
		return {
			fold,
			offset
		};
	}
	const escapeCodes = {
		"0": "\0",
		a: "\x07",
		b: "\b",
		e: "\x1B",
		f: "\f",
		n: "\n",
		r: "\r",
		t: "	",
		v: "\v",
		N: "",
		_: "\xA0",
		L: "\u2028",
		P: "\u2029",
		" ": " ",
		"\"": "\"",
		"/": "/",
		"\\": "\\",
		"	": "	"
	};
	function parseCharCode(source, offset, length, onError) {
		const cc = source.substr(offset, length);
		const code = cc.length === length && /^[0-9a-fA-F]+$/.test(cc) ? parseInt(cc, 16) : NaN;
		try {
			return String.fromCodePoint(code);
		} catch {
			const raw = source.substr(offset - 2, length + 2);
			onError(offset - 2, "BAD_DQ_ESCAPE", `Invalid escape sequence ${raw}`);
			return raw;
		}
	}
	exports.resolveFlowScalar = resolveFlowScalar;
}));
// node_modules/yaml/dist/compose/compose-scalar.js
var require_compose_scalar = /* @__PURE__ */ __commonJSMin(((exports) => {
	var identity = require_identity();
	var Scalar = require_Scalar();
	var resolveBlockScalar = require_resolve_block_scalar();
	var resolveFlowScalar = require_resolve_flow_scalar();
	function composeScalar(ctx, token, tagToken, onError) {
		const { value, type, comment, range } = token.type === "block-scalar" ? resolveBlockScalar.resolveBlockScalar(ctx, token, onError) : resolveFlowScalar.resolveFlowScalar(token, ctx.options.strict, onError);
		const tagName = tagToken ? ctx.directives.tagName(tagToken.source, (msg) => onError(tagToken, "TAG_RESOLVE_FAILED", msg)) : null;
		let tag;
		if (ctx.options.stringKeys && ctx.atKey) tag = ctx.schema[identity.SCALAR];
		else if (tagName) tag = findScalarTagByName(ctx.schema, value, tagName, tagToken, onError);
		else if (token.type === "scalar") tag = findScalarTagByTest(ctx, value, token, onError);
		else tag = ctx.schema[identity.SCALAR];
		let scalar;
		try {
			const res = tag.resolve(value, (msg) => onError(tagToken ?? token, "TAG_RESOLVE_FAILED", msg), ctx.options);
			scalar = identity.isScalar(res) ? res : new Scalar.Scalar(res);
		} catch (error) {
			const msg = error instanceof Error ? error.message : String(error);
			onError(tagToken ?? token, "TAG_RESOLVE_FAILED", msg);
			scalar = new Scalar.Scalar(value);
		}
		scalar.range = range;
		scalar.source = value;
		if (type) scalar.type = type;
		if (tagName) scalar.tag = tagName;
		if (tag.format) scalar.format = tag.format;
		if (comment) scalar.comment = comment;
		return scalar;
	}
	function findScalarTagByName(schema, value, tagName, tagToken, onError) {
		if (tagName === "!") return schema[identity.SCALAR];
		const matchWithTest = [];
		for (const tag of schema.tags) if (!tag.collection && tag.tag === tagName) {
			if (tag.default && tag.test) matchWithTest.push(tag);
			else return tag;
		}
		for (const tag of matchWithTest) if (tag.test?.test(value)) return tag;
		const kt = schema.knownTags[tagName];
		if (kt && !kt.collection) {
			schema.tags.push(Object.assign({}, kt, {
				default: false,
				test: void 0
			}));
			return kt;
		}
		onError(tagToken, "TAG_RESOLVE_FAILED", `Unresolved tag: ${tagName}`, tagName !== "tag:yaml.org,2002:str");
		return schema[identity.SCALAR];
	}
	function findScalarTagByTest({ atKey, directives, schema }, value, token, onError) {
		const tag = schema.tags.find((tag) => (tag.default === true || atKey && tag.default === "key") && tag.test?.test(value)) || schema[identity.SCALAR];
		if (schema.compat) {
			const compat = schema.compat.find((tag) => tag.default && tag.test?.test(value)) ?? schema[identity.SCALAR];
			if (tag.tag !== compat.tag) onError(token, "TAG_RESOLVE_FAILED", `Value may be parsed as either ${directives.tagString(tag.tag)} or ${directives.tagString(compat.tag)}`, true);
		}
		return tag;
	}
	exports.composeScalar = composeScalar;
}));
// node_modules/yaml/dist/compose/util-empty-scalar-position.js
var require_util_empty_scalar_position = /* @__PURE__ */ __commonJSMin(((exports) => {
	function emptyScalarPosition(offset, before, pos) {
		if (before) {
			pos ?? (pos = before.length);
			for (let i = pos - 1; i >= 0; --i) {
				let st = before[i];
				switch (st.type) {
					case "space":
					case "comment":
					case "newline":
						offset -= st.source.length;
						continue;
				}
				st = before[++i];
				while (st?.type === "space") {
					offset += st.source.length;
					st = before[++i];
				}
				break;
			}
		}
		return offset;
	}
	exports.emptyScalarPosition = emptyScalarPosition;
}));
// node_modules/yaml/dist/compose/compose-node.js
var require_compose_node = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Alias = require_Alias();
	var identity = require_identity();
	var composeCollection = require_compose_collection();
	var composeScalar = require_compose_scalar();
	var resolveEnd = require_resolve_end();
	var utilEmptyScalarPosition = require_util_empty_scalar_position();
	const CN = {
		composeNode,
		composeEmptyNode
	};
	function composeNode(ctx, token, props, onError) {
		const atKey = ctx.atKey;
		const { spaceBefore, comment, anchor, tag } = props;
		let node;
		let isSrcToken = true;
		switch (token.type) {
			case "alias":
				node = composeAlias(ctx, token, onError);
				if (anchor || tag) onError(token, "ALIAS_PROPS", "An alias node must not specify any properties");
				break;
			case "scalar":
			case "single-quoted-scalar":
			case "double-quoted-scalar":
			case "block-scalar":
				node = composeScalar.composeScalar(ctx, token, tag, onError);
				if (anchor) node.anchor = anchor.source.substring(1);
				break;
			case "block-map":
			case "block-seq":
			case "flow-collection":
				try {
					node = composeCollection.composeCollection(CN, ctx, token, props, onError);
					if (anchor) node.anchor = anchor.source.substring(1);
				} catch (error) {
					onError(token, "RESOURCE_EXHAUSTION", error instanceof Error ? error.message : String(error));
				}
				break;
			default:
				onError(token, "UNEXPECTED_TOKEN", token.type === "error" ? token.message : `Unsupported token (type: ${token.type})`);
				isSrcToken = false;
		}
		node ?? (node = composeEmptyNode(ctx, token.offset, void 0, null, props, onError));
		if (anchor && node.anchor === "") onError(anchor, "BAD_ALIAS", "Anchor cannot be an empty string");
		if (atKey && ctx.options.stringKeys && (!identity.isScalar(node) || typeof node.value !== "string" || node.tag && node.tag !== "tag:yaml.org,2002:str")) onError(tag ?? token, "NON_STRING_KEY", "With stringKeys, all keys must be strings");
		if (spaceBefore) node.spaceBefore = true;
		if (comment) {
			if (token.type === "scalar" && token.source === "") node.comment = comment;
			else node.commentBefore = comment;
		}
		if (ctx.options.keepSourceTokens && isSrcToken) node.srcToken = token;
		return node;
	}
	function composeEmptyNode(ctx, offset, before, pos, { spaceBefore, comment, anchor, tag, end }, onError) {
		const token = {
			type: "scalar",
			offset: utilEmptyScalarPosition.emptyScalarPosition(offset, before, pos),
			indent: -1,
			source: ""
		};
		const node = composeScalar.composeScalar(ctx, token, tag, onError);
		if (anchor) {
			node.anchor = anchor.source.substring(1);
			if (node.anchor === "") onError(anchor, "BAD_ALIAS", "Anchor cannot be an empty string");
		}
		if (spaceBefore) node.spaceBefore = true;
		if (comment) {
			node.comment = comment;
			node.range[2] = end;
		}
		return node;
	}
	function composeAlias({ options }, { offset, source, end }, onError) {
		const alias = new Alias.Alias(source.substring(1));
		if (alias.source === "") onError(offset, "BAD_ALIAS", "Alias cannot be an empty string");
		if (alias.source.endsWith(":")) onError(offset + source.length - 1, "BAD_ALIAS", "Alias ending in : is ambiguous", true);
		const valueEnd = offset + source.length;
		const re = resolveEnd.resolveEnd(end, valueEnd, options.strict, onError);
		alias.range = [
			offset,
			valueEnd,
			re.offset
		];
		if (re.comment) alias.comment = re.comment;
		return alias;
	}
	exports.composeEmptyNode = composeEmptyNode;
	exports.composeNode = composeNode;
}));
// node_modules/yaml/dist/compose/compose-doc.js
var require_compose_doc = /* @__PURE__ */ __commonJSMin(((exports) => {
	var Document = require_Document();
	var composeNode = require_compose_node();
	var resolveEnd = require_resolve_end();
	var resolveProps = require_resolve_props();
	function composeDoc(options, directives, { offset, start, value, end }, onError) {
		const opts = Object.assign({ _directives: directives }, options);
		const doc = new Document.Document(void 0, opts);
		const ctx = {
			atKey: false,
			atRoot: true,
			directives: doc.directives,
			options: doc.options,
			schema: doc.schema
		};
		const props = resolveProps.resolveProps(start, {
			indicator: "doc-start",
			next: value ?? end?.[0],
			offset,
			onError,
			parentIndent: 0,
			startOnNewline: true
		});
		if (props.found) {
			doc.directives.docStart = true;
			if (value && (value.type === "block-map" || value.type === "block-seq") && !props.hasNewline) onError(props.end, "MISSING_CHAR", "Block collection cannot start on same line with directives-end marker");
		}
		doc.contents = value ? composeNode.composeNode(ctx, value, props, onError) : composeNode.composeEmptyNode(ctx, props.end, start, null, props, onError);
		const contentEnd = doc.contents.range[2];
		const re = resolveEnd.resolveEnd(end, contentEnd, false, onError);
		if (re.comment) doc.comment = re.comment;
		doc.range = [
			offset,
			contentEnd,
			re.offset
		];
		return doc;
	}
	exports.composeDoc = composeDoc;
}));
// node_modules/yaml/dist/compose/composer.js
var require_composer = /* @__PURE__ */ __commonJSMin(((exports) => {
	var node_process = __require("process");
	var directives = require_directives();
	var Document = require_Document();
	var errors = require_errors();
	var identity = require_identity();
	var composeDoc = require_compose_doc();
	var resolveEnd = require_resolve_end();
	function getErrorPos(src) {
		if (typeof src === "number") return [src, src + 1];
		if (Array.isArray(src)) return src.length === 2 ? src : [src[0], src[1]];
		const { offset, source } = src;
		return [offset, offset + (typeof source === "string" ? source.length : 1)];
	}
	function parsePrelude(prelude) {
		let comment = "";
		let atComment = false;
		let afterEmptyLine = false;
		for (let i = 0; i < prelude.length; ++i) {
			const source = prelude[i];
			switch (source[0]) {
				case "#":
					comment += (comment === "" ? "" : afterEmptyLine ? "\n\n" : "\n") + (source.substring(1) || " ");
					atComment = true;
					afterEmptyLine = false;
					break;
				case "%":
					if (prelude[i + 1]?.[0] !== "#") i += 1;
					atComment = false;
					break;
				default:
					if (!atComment) afterEmptyLine = true;
					atComment = false;
			}
		}
		return {
			comment,
			afterEmptyLine
		};
	}
	/**
	* Compose a stream of CST nodes into a stream of YAML Documents.
	*
	* ```ts
	* import { Composer, Parser } from 'yaml'
	*
	* const src: string = ...
	* const tokens = new Parser().parse(src)
	* const docs = new Composer().compose(tokens)
	* ```
	*/
	var Composer = class {
		constructor(options = {}) {
			this.doc = null;
			this.atDirectives = false;
			this.prelude = [];
			this.errors = [];
			this.warnings = [];
			this.onError = (source, code, message, warning) => {
				const pos = getErrorPos(source);
				if (warning) this.warnings.push(new errors.YAMLWarning(pos, code, message));
				else this.errors.push(new errors.YAMLParseError(pos, code, message));
			};
			this.directives = new directives.Directives({ version: options.version || "1.2" });
			this.options = options;
		}
		decorate(doc, afterDoc) {
			const { comment, afterEmptyLine } = parsePrelude(this.prelude);
			if (comment) {
				const dc = doc.contents;
				if (afterDoc) doc.comment = doc.comment ? `${doc.comment}\n${comment}` : comment;
				else if (afterEmptyLine || doc.directives.docStart || !dc) doc.commentBefore = comment;
				else if (identity.isCollection(dc) && !dc.flow && dc.items.length > 0) {
					let it = dc.items[0];
					if (identity.isPair(it)) it = it.key;
					const cb = it.commentBefore;
					it.commentBefore = cb ? `${comment}\n${cb}` : comment;
				} else {
					const cb = dc.commentBefore;
					dc.commentBefore = cb ? `${comment}\n${cb}` : comment;
				}
			}
			if (afterDoc) {
				for (let i = 0; i < this.errors.length; ++i) doc.errors.push(this.errors[i]);
				for (let i = 0; i < this.warnings.length; ++i) doc.warnings.push(this.warnings[i]);
			} else {
				doc.errors = this.errors;
				doc.warnings = this.warnings;
			}
			this.prelude = [];
			this.errors = [];
			this.warnings = [];
		}
		/**
		* Current stream status information.
		*
		* Mostly useful at the end of input for an empty stream.
		*/
		streamInfo() {
			return {
				comment: parsePrelude(this.prelude).comment,
				directives: this.directives,
				errors: this.errors,
				warnings: this.warnings
			};
		}
		/**
		* Compose tokens into documents.
		*
		* @param forceDoc - If the stream contains no document, still emit a final document including any comments and directives that would be applied to a subsequent document.
		* @param endOffset - Should be set if `forceDoc` is also set, to set the document range end and to indicate errors correctly.
		*/
		*compose(tokens, forceDoc = false, endOffset = -1) {
			for (const token of tokens) yield* this.next(token);
			yield* this.end(forceDoc, endOffset);
		}
		/** Advance the composer by one CST token. */
		*next(token) {
			if (node_process.env.LOG_STREAM) console.dir(token, { depth: null });
			switch (token.type) {
				case "directive":
					this.directives.add(token.source, (offset, message, warning) => {
						const pos = getErrorPos(token);
						pos[0] += offset;
						this.onError(pos, "BAD_DIRECTIVE", message, warning);
					});
					this.prelude.push(token.source);
					this.atDirectives = true;
					break;
				case "document": {
					const doc = composeDoc.composeDoc(this.options, this.directives, token, this.onError);
					if (this.atDirectives && !doc.directives.docStart) this.onError(token, "MISSING_CHAR", "Missing directives-end/doc-start indicator line");
					this.decorate(doc, false);
					if (this.doc) yield this.doc;
					this.doc = doc;
					this.atDirectives = false;
					break;
				}
				case "byte-order-mark":
				case "space": break;
				case "comment":
				case "newline":
					this.prelude.push(token.source);
					break;
				case "error": {
					const msg = token.source ? `${token.message}: ${JSON.stringify(token.source)}` : token.message;
					const error = new errors.YAMLParseError(getErrorPos(token), "UNEXPECTED_TOKEN", msg);
					if (this.atDirectives || !this.doc) this.errors.push(error);
					else this.doc.errors.push(error);
					break;
				}
				case "doc-end": {
					if (!this.doc) {
						this.errors.push(new errors.YAMLParseError(getErrorPos(token), "UNEXPECTED_TOKEN", "Unexpected doc-end without preceding document"));
						break;
					}
					this.doc.directives.docEnd = true;
					const end = resolveEnd.resolveEnd(token.end, token.offset + token.source.length, this.doc.options.strict, this.onError);
					this.decorate(this.doc, true);
					if (end.comment) {
						const dc = this.doc.comment;
						this.doc.comment = dc ? `${dc}\n${end.comment}` : end.comment;
					}
					this.doc.range[2] = end.offset;
					break;
				}
				default: this.errors.push(new errors.YAMLParseError(getErrorPos(token), "UNEXPECTED_TOKEN", `Unsupported token ${token.type}`));
			}
		}
		/**
		* Call at end of input to yield any remaining document.
		*
		* @param forceDoc - If the stream contains no document, still emit a final document including any comments and directives that would be applied to a subsequent document.
		* @param endOffset - Should be set if `forceDoc` is also set, to set the document range end and to indicate errors correctly.
		*/
		*end(forceDoc = false, endOffset = -1) {
			if (this.doc) {
				this.decorate(this.doc, true);
				yield this.doc;
				this.doc = null;
			} else if (forceDoc) {
				const opts = Object.assign({ _directives: this.directives }, this.options);
				const doc = new Document.Document(void 0, opts);
				if (this.atDirectives) this.onError(endOffset, "MISSING_CHAR", "Missing directives-end indicator line");
				doc.range = [
					0,
					endOffset,
					endOffset
				];
				this.decorate(doc, false);
				yield doc;
			}
		}
	};
	exports.Composer = Composer;
}));
// node_modules/yaml/dist/parse/cst-scalar.js
var require_cst_scalar = /* @__PURE__ */ __commonJSMin(((exports) => {
	var resolveBlockScalar = require_resolve_block_scalar();
	var resolveFlowScalar = require_resolve_flow_scalar();
	var errors = require_errors();
	var stringifyString = require_stringifyString();
	function resolveAsScalar(token, strict = true, onError) {
		if (token) {
			const _onError = (pos, code, message) => {
				const offset = typeof pos === "number" ? pos : Array.isArray(pos) ? pos[0] : pos.offset;
				if (onError) onError(offset, code, message);
				else throw new errors.YAMLParseError([offset, offset + 1], code, message);
			};
			switch (token.type) {
				case "scalar":
				case "single-quoted-scalar":
				case "double-quoted-scalar": return resolveFlowScalar.resolveFlowScalar(token, strict, _onError);
				case "block-scalar": return resolveBlockScalar.resolveBlockScalar({ options: { strict } }, token, _onError);
			}
		}
		return null;
	}
	/**
	* Create a new scalar token with `value`
	*
	* Values that represent an actual string but may be parsed as a different type should use a `type` other than `'PLAIN'`,
	* as this function does not support any schema operations and won't check for such conflicts.
	*
	* @param value The string representation of the value, which will have its content properly indented.
	* @param context.end Comments and whitespace after the end of the value, or after the block scalar header. If undefined, a newline will be added.
	* @param context.implicitKey Being within an implicit key may affect the resolved type of the token's value.
	* @param context.indent The indent level of the token.
	* @param context.inFlow Is this scalar within a flow collection? This may affect the resolved type of the token's value.
	* @param context.offset The offset position of the token.
	* @param context.type The preferred type of the scalar token. If undefined, the previous type of the `token` will be used, defaulting to `'PLAIN'`.
	*/
	function createScalarToken(value, context) {
		const { implicitKey = false, indent, inFlow = false, offset = -1, type = "PLAIN" } = context;
		const source = stringifyString.stringifyString({
			type,
			value
		}, {
			implicitKey,
			indent: indent > 0 ? " ".repeat(indent) : "",
			inFlow,
			options: {
				blockQuote: true,
				lineWidth: -1
			}
		});
		const end = context.end ?? [{
			type: "newline",
			offset: -1,
			indent,
			source: "\n"
		}];
		switch (source[0]) {
			case "|":
			case ">": {
				const he = source.indexOf("\n");
				const head = source.substring(0, he);
				const body = source.substring(he + 1) + "\n";
				const props = [{
					type: "block-scalar-header",
					offset,
					indent,
					source: head
				}];
				if (!addEndtoBlockProps(props, end)) props.push({
					type: "newline",
					offset: -1,
					indent,
					source: "\n"
				});
				return {
					type: "block-scalar",
					offset,
					indent,
					props,
					source: body
				};
			}
			case "\"": return {
				type: "double-quoted-scalar",
				offset,
				indent,
				source,
				end
			};
			case "'": return {
				type: "single-quoted-scalar",
				offset,
				indent,
				source,
				end
			};
			default: return {
				type: "scalar",
				offset,
				indent,
				source,
				end
			};
		}
	}
	/**
	* Set the value of `token` to the given string `value`, overwriting any previous contents and type that it may have.
	*
	* Best efforts are made to retain any comments previously associated with the `token`,
	* though all contents within a collection's `items` will be overwritten.
	*
	* Values that represent an actual string but may be parsed as a different type should use a `type` other than `'PLAIN'`,
	* as this function does not support any schema operations and won't check for such conflicts.
	*
	* @param token Any token. If it does not include an `indent` value, the value will be stringified as if it were an implicit key.
	* @param value The string representation of the value, which will have its content properly indented.
	* @param context.afterKey In most cases, values after a key should have an additional level of indentation.
	* @param context.implicitKey Being within an implicit key may affect the resolved type of the token's value.
	* @param context.inFlow Being within a flow collection may affect the resolved type of the token's value.
	* @param context.type The preferred type of the scalar token. If undefined, the previous type of the `token` will be used, defaulting to `'PLAIN'`.
	*/
	function setScalarValue(token, value, context = {}) {
		let { afterKey = false, implicitKey = false, inFlow = false, type } = context;
		let indent = "indent" in token ? token.indent : null;
		if (afterKey && typeof indent === "number") indent += 2;
		if (!type) switch (token.type) {
			case "single-quoted-scalar":
				type = "QUOTE_SINGLE";
				break;
			case "double-quoted-scalar":
				type = "QUOTE_DOUBLE";
				break;
			case "block-scalar": {
				const header = token.props[0];
				if (header.type !== "block-scalar-header") throw new Error("Invalid block scalar header");
				type = header.source[0] === ">" ? "BLOCK_FOLDED" : "BLOCK_LITERAL";
				break;
			}
			default: type = "PLAIN";
		}
		const source = stringifyString.stringifyString({
			type,
			value
		}, {
			implicitKey: implicitKey || indent === null,
			indent: indent !== null && indent > 0 ? " ".repeat(indent) : "",
			inFlow,
			options: {
				blockQuote: true,
				lineWidth: -1
			}
		});
		switch (source[0]) {
			case "|":
			case ">":
				setBlockScalarValue(token, source);
				break;
			case "\"":
				setFlowScalarValue(token, source, "double-quoted-scalar");
				break;
			case "'":
				setFlowScalarValue(token, source, "single-quoted-scalar");
				break;
			default: setFlowScalarValue(token, source, "scalar");
		}
	}
	function setBlockScalarValue(token, source) {
		const he = source.indexOf("\n");
		const head = source.substring(0, he);
		const body = source.substring(he + 1) + "\n";
		if (token.type === "block-scalar") {
			const header = token.props[0];
			if (header.type !== "block-scalar-header") throw new Error("Invalid block scalar header");
			header.source = head;
			token.source = body;
		} else {
			const { offset } = token;
			const indent = "indent" in token ? token.indent : -1;
			const props = [{
				type: "block-scalar-header",
				offset,
				indent,
				source: head
			}];
			if (!addEndtoBlockProps(props, "end" in token ? token.end : void 0)) props.push({
				type: "newline",
				offset: -1,
				indent,
				source: "\n"
			});
			for (const key of Object.keys(token)) if (key !== "type" && key !== "offset") delete token[key];
			Object.assign(token, {
				type: "block-scalar",
				indent,
				props,
				source: body
			});
		}
	}
	/** @returns `true` if last token is a newline */
	function addEndtoBlockProps(props, end) {
		if (end) for (const st of end) switch (st.type) {
			case "space":
			case "comment":
				props.push(st);
				break;
			case "newline":
				props.push(st);
				return true;
		}
		return false;
	}
	function setFlowScalarValue(token, source, type) {
		switch (token.type) {
			case "scalar":
			case "double-quoted-scalar":
			case "single-quoted-scalar":
				token.type = type;
				token.source = source;
				break;
			case "block-scalar": {
				const end = token.props.slice(1);
				let oa = source.length;
				if (token.props[0].type === "block-scalar-header") oa -= token.props[0].source.length;
				for (const tok of end) tok.offset += oa;
				delete token.props;
				Object.assign(token, {
					type,
					source,
					end
				});
				break;
			}
			case "block-map":
			case "block-seq": {
				const nl = {
					type: "newline",
					offset: token.offset + source.length,
					indent: token.indent,
					source: "\n"
				};
				delete token.items;
				Object.assign(token, {
					type,
					source,
					end: [nl]
				});
				break;
			}
			default: {
				const indent = "indent" in token ? token.indent : -1;
				const end = "end" in token && Array.isArray(token.end) ? token.end.filter((st) => st.type === "space" || st.type === "comment" || st.type === "newline") : [];
				for (const key of Object.keys(token)) if (key !== "type" && key !== "offset") delete token[key];
				Object.assign(token, {
					type,
					indent,
					source,
					end
				});
			}
		}
	}
	exports.createScalarToken = createScalarToken;
	exports.resolveAsScalar = resolveAsScalar;
	exports.setScalarValue = setScalarValue;
}));
// node_modules/yaml/dist/parse/cst-stringify.js
var require_cst_stringify = /* @__PURE__ */ __commonJSMin(((exports) => {
	/**
	* Stringify a CST document, token, or collection item
	*
	* Fair warning: This applies no validation whatsoever, and
	* simply concatenates the sources in their logical order.
	*/
	const stringify = (cst) => "type" in cst ? stringifyToken(cst) : stringifyItem(cst);
	function stringifyToken(token) {
		switch (token.type) {
			case "block-scalar": {
				let res = "";
				for (const tok of token.props) res += stringifyToken(tok);
				return res + token.source;
			}
			case "block-map":
			case "block-seq": {
				let res = "";
				for (const item of token.items) res += stringifyItem(item);
				return res;
			}
			case "flow-collection": {
				let res = token.start.source;
				for (const item of token.items) res += stringifyItem(item);
				for (const st of token.end) res += st.source;
				return res;
			}
			case "document": {
				let res = stringifyItem(token);
				if (token.end) for (const st of token.end) res += st.source;
				return res;
			}
			default: {
				let res = token.source;
				if ("end" in token && token.end) for (const st of token.end) res += st.source;
				return res;
			}
		}
	}
	function stringifyItem({ start, key, sep, value }) {
		let res = "";
		for (const st of start) res += st.source;
		if (key) res += stringifyToken(key);
		if (sep) for (const st of sep) res += st.source;
		if (value) res += stringifyToken(value);
		return res;
	}
	exports.stringify = stringify;
}));
// node_modules/yaml/dist/parse/cst-visit.js
var require_cst_visit = /* @__PURE__ */ __commonJSMin(((exports) => {
	const BREAK = Symbol("break visit");
	const SKIP = Symbol("skip children");
	const REMOVE = Symbol("remove item");
	/**
	* Apply a visitor to a CST document or item.
	*
	* Walks through the tree (depth-first) starting from the root, calling a
	* `visitor` function with two arguments when entering each item:
	*   - `item`: The current item, which included the following members:
	*     - `start: SourceToken[]` – Source tokens before the key or value,
	*       possibly including its anchor or tag.
	*     - `key?: Token | null` – Set for pair values. May then be `null`, if
	*       the key before the `:` separator is empty.
	*     - `sep?: SourceToken[]` – Source tokens between the key and the value,
	*       which should include the `:` map value indicator if `value` is set.
	*     - `value?: Token` – The value of a sequence item, or of a map pair.
	*   - `path`: The steps from the root to the current node, as an array of
	*     `['key' | 'value', number]` tuples.
	*
	* The return value of the visitor may be used to control the traversal:
	*   - `undefined` (default): Do nothing and continue
	*   - `visit.SKIP`: Do not visit the children of this token, continue with
	*      next sibling
	*   - `visit.BREAK`: Terminate traversal completely
	*   - `visit.REMOVE`: Remove the current item, then continue with the next one
	*   - `number`: Set the index of the next step. This is useful especially if
	*     the index of the current token has changed.
	*   - `function`: Define the next visitor for this item. After the original
	*     visitor is called on item entry, next visitors are called after handling
	*     a non-empty `key` and when exiting the item.
	*/
	function visit(cst, visitor) {
		if ("type" in cst && cst.type === "document") cst = {
			start: cst.start,
			value: cst.value
		};
		_visit(Object.freeze([]), cst, visitor);
	}
	/** Terminate visit traversal completely */
	visit.BREAK = BREAK;
	/** Do not visit the children of the current item */
	visit.SKIP = SKIP;
	/** Remove the current item */
	visit.REMOVE = REMOVE;
	/** Find the item at `path` from `cst` as the root */
	visit.itemAtPath = (cst, path) => {
		let item = cst;
		for (const [field, index] of path) {
			const tok = item?.[field];
			if (tok && "items" in tok) item = tok.items[index];
			else return void 0;
		}
		return item;
	};
	/**
	* Get the immediate parent collection of the item at `path` from `cst` as the root.
	*
	* Throws an error if the collection is not found, which should never happen if the item itself exists.
	*/
	visit.parentCollection = (cst, path) => {
		const parent = visit.itemAtPath(cst, path.slice(0, -1));
		const field = path[path.length - 1][0];
		const coll = parent?.[field];
		if (coll && "items" in coll) return coll;
		throw new Error("Parent collection not found");
	};
	function _visit(path, item, visitor) {
		let ctrl = visitor(item, path);
		if (typeof ctrl === "symbol") return ctrl;
		for (const field of ["key", "value"]) {
			const token = item[field];
			if (token && "items" in token) {
				for (let i = 0; i < token.items.length; ++i) {
					const ci = _visit(Object.freeze(path.concat([[field, i]])), token.items[i], visitor);
					if (typeof ci === "number") i = ci - 1;
					else if (ci === BREAK) return BREAK;
					else if (ci === REMOVE) {
						token.items.splice(i, 1);
						i -= 1;
					}
				}
				if (typeof ctrl === "function" && field === "key") ctrl = ctrl(item, path);
			}
		}
		return typeof ctrl === "function" ? ctrl(item, path) : ctrl;
	}
	exports.visit = visit;
}));
// node_modules/yaml/dist/parse/cst.js
var require_cst = /* @__PURE__ */ __commonJSMin(((exports) => {
	var cstScalar = require_cst_scalar();
	var cstStringify = require_cst_stringify();
	var cstVisit = require_cst_visit();
	/** The byte order mark */
	const BOM = "﻿";
	/** Start of doc-mode */
	const DOCUMENT = "";
	/** Unexpected end of flow-mode */
	const FLOW_END = "";
	/** Next token is a scalar value */
	const SCALAR = "";
	/** @returns `true` if `token` is a flow or block collection */
	const isCollection = (token) => !!token && "items" in token;
	/** @returns `true` if `token` is a flow or block scalar; not an alias */
	const isScalar = (token) => !!token && (token.type === "scalar" || token.type === "single-quoted-scalar" || token.type === "double-quoted-scalar" || token.type === "block-scalar");
	/* istanbul ignore next */
	/** Get a printable representation of a lexer token */
	function prettyToken(token) {
		switch (token) {
			case BOM: return "<BOM>";
			case DOCUMENT: return "<DOC>";
			case FLOW_END: return "<FLOW_END>";
			case SCALAR: return "<SCALAR>";
			default: return JSON.stringify(token);
		}
	}
	/** Identify the type of a lexer token. May return `null` for unknown tokens. */
	function tokenType(source) {
		switch (source) {
			case BOM: return "byte-order-mark";
			case DOCUMENT: return "doc-mode";
			case FLOW_END: return "flow-error-end";
			case SCALAR: return "scalar";
			case "---": return "doc-start";
			case "...": return "doc-end";
			case "":
			case "\n":
			case "\r\n": return "newline";
			case "-": return "seq-item-ind";
			case "?": return "explicit-key-ind";
			case ":": return "map-value-ind";
			case "{": return "flow-map-start";
			case "}": return "flow-map-end";
			case "[": return "flow-seq-start";
			case "]": return "flow-seq-end";
			case ",": return "comma";
		}
		switch (source[0]) {
			case " ":
			case "	": return "space";
			case "#": return "comment";
			case "%": return "directive-line";
			case "*": return "alias";
			case "&": return "anchor";
			case "!": return "tag";
			case "'": return "single-quoted-scalar";
			case "\"": return "double-quoted-scalar";
			case "|":
			case ">": return "block-scalar-header";
		}
		return null;
	}
	exports.createScalarToken = cstScalar.createScalarToken;
	exports.resolveAsScalar = cstScalar.resolveAsScalar;
	exports.setScalarValue = cstScalar.setScalarValue;
	exports.stringify = cstStringify.stringify;
	exports.visit = cstVisit.visit;
	exports.BOM = BOM;
	exports.DOCUMENT = DOCUMENT;
	exports.FLOW_END = FLOW_END;
	exports.SCALAR = SCALAR;
	exports.isCollection = isCollection;
	exports.isScalar = isScalar;
	exports.prettyToken = prettyToken;
	exports.tokenType = tokenType;
}));
// node_modules/yaml/dist/parse/lexer.js
var require_lexer = /* @__PURE__ */ __commonJSMin(((exports) => {
	var cst = require_cst();
	function isEmpty(ch) {
		switch (ch) {
			case void 0:
			case " ":
			case "\n":
			case "\r":
			case "	": return true;
			default: return false;
		}
	}
	const hexDigits = /* @__PURE__ */ new Set("0123456789ABCDEFabcdef");
	const tagChars = /* @__PURE__ */ new Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-#;/?:@&=+$_.!~*'()");
	const flowIndicatorChars = /* @__PURE__ */ new Set(",[]{}");
	const invalidAnchorChars = /* @__PURE__ */ new Set(" ,[]{}\n\r	");
	const isNotAnchorChar = (ch) => !ch || invalidAnchorChars.has(ch);
	/**
	* Splits an input string into lexical tokens, i.e. smaller strings that are
	* easily identifiable by `tokens.tokenType()`.
	*
	* Lexing starts always in a "stream" context. Incomplete input may be buffered
	* until a complete token can be emitted.
	*
	* In addition to slices of the original input, the following control characters
	* may also be emitted:
	*
	* - `\x02` (Start of Text): A document starts with the next token
	* - `\x18` (Cancel): Unexpected end of flow-mode (indicates an error)
	* - `\x1f` (Unit Separator): Next token is a scalar value
	* - `\u{FEFF}` (Byte order mark): Emitted separately outside documents
	*/
	var Lexer = class {
		constructor() {
			/**
			* Flag indicating whether the end of the current buffer marks the end of
			* all input
			*/
			this.atEnd = false;
			/**
			* Explicit indent set in block scalar header, as an offset from the current
			* minimum indent, so e.g. set to 1 from a header `|2+`. Set to -1 if not
			* explicitly set.
			*/
			this.blockScalarIndent = -1;
			/**
			* Block scalars that include a + (keep) chomping indicator in their header
			* include trailing empty lines, which are otherwise excluded from the
			* scalar's contents.
			*/
			this.blockScalarKeep = false;
			/** Current input */
			this.buffer = "";
			/**
			* Flag noting whether the map value indicator : can immediately follow this
			* node within a flow context.
			*/
			this.flowKey = false;
			/** Count of surrounding flow collection levels. */
			this.flowLevel = 0;
			/**
			* Minimum level of indentation required for next lines to be parsed as a
			* part of the current scalar value.
			*/
			this.indentNext = 0;
			/** Indentation level of the current line. */
			this.indentValue = 0;
			/** Position of the next \n character. */
			this.lineEndPos = null;
			/** Stores the state of the lexer if reaching the end of incpomplete input */
			this.next = null;
			/** A pointer to `buffer`; the current position of the lexer. */
			this.pos = 0;
		}
		/**
		* Generate YAML tokens from the `source` string. If `incomplete`,
		* a part of the last line may be left as a buffer for the next call.
		*
		* @returns A generator of lexical tokens
		*/
		*lex(source, incomplete = false) {
			if (source) {
				if (typeof source !== "string") throw TypeError("source is not a string");
				this.buffer = this.buffer ? this.buffer + source : source;
				this.lineEndPos = null;
			}
			this.atEnd = !incomplete;
			let next = this.next ?? "stream";
			while (next && (incomplete || this.hasChars(1))) next = yield* this.parseNext(next);
		}
		atLineEnd() {
			let i = this.pos;
			let ch = this.buffer[i];
			while (ch === " " || ch === "	") ch = this.buffer[++i];
			if (!ch || ch === "#" || ch === "\n") return true;
			if (ch === "\r") return this.buffer[i + 1] === "\n";
			return false;
		}
		charAt(n) {
			return this.buffer[this.pos + n];
		}
		continueScalar(offset) {
			let ch = this.buffer[offset];
			if (this.indentNext > 0) {
				let indent = 0;
				while (ch === " ") ch = this.buffer[++indent + offset];
				if (ch === "\r") {
					const next = this.buffer[indent + offset + 1];
					if (next === "\n" || !next && !this.atEnd) return offset + indent + 1;
				}
				return ch === "\n" || indent >= this.indentNext || !ch && !this.atEnd ? offset + indent : -1;
			}
			if (ch === "-" || ch === ".") {
				const dt = this.buffer.substr(offset, 3);
				if ((dt === "---" || dt === "...") && isEmpty(this.buffer[offset + 3])) return -1;
			}
			return offset;
		}
		getLine() {
			let end = this.lineEndPos;
			if (typeof end !== "number" || end !== -1 && end < this.pos) {
				end = this.buffer.indexOf("\n", this.pos);
				this.lineEndPos = end;
			}
			if (end === -1) return this.atEnd ? this.buffer.substring(this.pos) : null;
			if (this.buffer[end - 1] === "\r") end -= 1;
			return this.buffer.substring(this.pos, end);
		}
		hasChars(n) {
			return this.pos + n <= this.buffer.length;
		}
		setNext(state) {
			this.buffer = this.buffer.substring(this.pos);
			this.pos = 0;
			this.lineEndPos = null;
			this.next = state;
			return null;
		}
		peek(n) {
			return this.buffer.substr(this.pos, n);
		}
		*parseNext(next) {
			switch (next) {
				case "stream": return yield* this.parseStream();
				case "line-start": return yield* this.parseLineStart();
				case "block-start": return yield* this.parseBlockStart();
				case "doc": return yield* this.parseDocument();
				case "flow": return yield* this.parseFlowCollection();
				case "quoted-scalar": return yield* this.parseQuotedScalar();
				case "block-scalar": return yield* this.parseBlockScalar();
				case "plain-scalar": return yield* this.parsePlainScalar();
			}
		}
		*parseStream() {
			let line = this.getLine();
			if (line === null) return this.setNext("stream");
			if (line[0] === cst.BOM) {
				yield* this.pushCount(1);
				line = line.substring(1);
			}
			if (line[0] === "%") {
				let dirEnd = line.length;
				let cs = line.indexOf("#");
				while (cs !== -1) {
					const ch = line[cs - 1];
					if (ch === " " || ch === "	") {
						dirEnd = cs - 1;
						break;
					} else cs = line.indexOf("#", cs + 1);
				}
				while (true) {
					const ch = line[dirEnd - 1];
					if (ch === " " || ch === "	") dirEnd -= 1;
					else break;
				}
				const n = (yield* this.pushCount(dirEnd)) + (yield* this.pushSpaces(true));
				yield* this.pushCount(line.length - n);
				this.pushNewline();
				return "stream";
			}
			if (this.atLineEnd()) {
				const sp = yield* this.pushSpaces(true);
				yield* this.pushCount(line.length - sp);
				yield* this.pushNewline();
				return "stream";
			}
			yield cst.DOCUMENT;
			return yield* this.parseLineStart();
		}
		*parseLineStart() {
			const ch = this.charAt(0);
			if (!ch && !this.atEnd) return this.setNext("line-start");
			if (ch === "-" || ch === ".") {
				if (!this.atEnd && !this.hasChars(4)) return this.setNext("line-start");
				const s = this.peek(3);
				if ((s === "---" || s === "...") && isEmpty(this.charAt(3))) {
					yield* this.pushCount(3);
					this.indentValue = 0;
					this.indentNext = 0;
					return s === "---" ? "doc" : "stream";
				}
			}
			this.indentValue = yield* this.pushSpaces(false);
			if (this.indentNext > this.indentValue && !isEmpty(this.charAt(1))) this.indentNext = this.indentValue;
			return yield* this.parseBlockStart();
		}
		*parseBlockStart() {
			const [ch0, ch1] = this.peek(2);
			if (!ch1 && !this.atEnd) return this.setNext("block-start");
			if ((ch0 === "-" || ch0 === "?" || ch0 === ":") && isEmpty(ch1)) {
				const n = (yield* this.pushCount(1)) + (yield* this.pushSpaces(true));
				this.indentNext = this.indentValue + 1;
				this.indentValue += n;
				return "block-start";
			}
			return "doc";
		}
		*parseDocument() {
			yield* this.pushSpaces(true);
			const line = this.getLine();
			if (line === null) return this.setNext("doc");
			let n = yield* this.pushIndicators();
			switch (line[n]) {
				case "#": yield* this.pushCount(line.length - n);
				case void 0:
					yield* this.pushNewline();
					return yield* this.parseLineStart();
				case "{":
				case "[":
					yield* this.pushCount(1);
					this.flowKey = false;
					this.flowLevel = 1;
					return "flow";
				case "}":
				case "]":
					yield* this.pushCount(1);
					return "doc";
				case "*":
					yield* this.pushUntil(isNotAnchorChar);
					return "doc";
				case "\"":
				case "'": return yield* this.parseQuotedScalar();
				case "|":
				case ">":
					n += yield* this.parseBlockScalarHeader();
					n += yield* this.pushSpaces(true);
					yield* this.pushCount(line.length - n);
					yield* this.pushNewline();
					return yield* this.parseBlockScalar();
				default: return yield* this.parsePlainScalar();
			}
		}
		*parseFlowCollection() {
			let nl, sp;
			let indent = -1;
			do {
				nl = yield* this.pushNewline();
				if (nl > 0) {
					sp = yield* this.pushSpaces(false);
					this.indentValue = indent = sp;
				} else sp = 0;
				sp += yield* this.pushSpaces(true);
			} while (nl + sp > 0);
			const line = this.getLine();
			if (line === null) return this.setNext("flow");
			if (indent !== -1 && indent < this.indentNext && line[0] !== "#" || indent === 0 && (line.startsWith("---") || line.startsWith("...")) && isEmpty(line[3])) {
				if (!(indent === this.indentNext - 1 && this.flowLevel === 1 && (line[0] === "]" || line[0] === "}"))) {
					this.flowLevel = 0;
					yield cst.FLOW_END;
					return yield* this.parseLineStart();
				}
			}
			let n = 0;
			while (line[n] === ",") {
				n += yield* this.pushCount(1);
				n += yield* this.pushSpaces(true);
				this.flowKey = false;
			}
			n += yield* this.pushIndicators();
			switch (line[n]) {
				case void 0: return "flow";
				case "#":
					yield* this.pushCount(line.length - n);
					return "flow";
				case "{":
				case "[":
					yield* this.pushCount(1);
					this.flowKey = false;
					this.flowLevel += 1;
					return "flow";
				case "}":
				case "]":
					yield* this.pushCount(1);
					this.flowKey = true;
					this.flowLevel -= 1;
					return this.flowLevel ? "flow" : "doc";
				case "*":
					yield* this.pushUntil(isNotAnchorChar);
					return "flow";
				case "\"":
				case "'":
					this.flowKey = true;
					return yield* this.parseQuotedScalar();
				case ":": {
					const next = this.charAt(1);
					if (this.flowKey || isEmpty(next) || next === ",") {
						this.flowKey = false;
						yield* this.pushCount(1);
						yield* this.pushSpaces(true);
						return "flow";
					}
				}
				default:
					this.flowKey = false;
					return yield* this.parsePlainScalar();
			}
		}
		*parseQuotedScalar() {
			const quote = this.charAt(0);
			let end = this.buffer.indexOf(quote, this.pos + 1);
			if (quote === "'") while (end !== -1 && this.buffer[end + 1] === "'") end = this.buffer.indexOf("'", end + 2);
			else while (end !== -1) {
				let n = 0;
				while (this.buffer[end - 1 - n] === "\\") n += 1;
				if (n % 2 === 0) break;
				end = this.buffer.indexOf("\"", end + 1);
			}
			const qb = this.buffer.substring(0, end);
			let nl = qb.indexOf("\n", this.pos);
			if (nl !== -1) {
				while (nl !== -1) {
					const cs = this.continueScalar(nl + 1);
					if (cs === -1) break;
					nl = qb.indexOf("\n", cs);
				}
				if (nl !== -1) end = nl - (qb[nl - 1] === "\r" ? 2 : 1);
			}
			if (end === -1) {
				if (!this.atEnd) return this.setNext("quoted-scalar");
				end = this.buffer.length;
			}
			yield* this.pushToIndex(end + 1, false);
			return this.flowLevel ? "flow" : "doc";
		}
		*parseBlockScalarHeader() {
			this.blockScalarIndent = -1;
			this.blockScalarKeep = false;
			let i = this.pos;
			while (true) {
				const ch = this.buffer[++i];
				if (ch === "+") this.blockScalarKeep = true;
				else if (ch > "0" && ch <= "9") this.blockScalarIndent = Number(ch) - 1;
				else if (ch !== "-") break;
			}
			return yield* this.pushUntil((ch) => isEmpty(ch) || ch === "#");
		}
		*parseBlockScalar() {
			let nl = this.pos - 1;
			let indent = 0;
			let ch;
			loop: for (let i = this.pos; ch = this.buffer[i]; ++i) switch (ch) {
				case " ":
					indent += 1;
					break;
				case "\n":
					nl = i;
					indent = 0;
					break;
				case "\r": {
					const next = this.buffer[i + 1];
					if (!next && !this.atEnd) return this.setNext("block-scalar");
					if (next === "\n") break;
				}
				default: break loop;
			}
			if (!ch && !this.atEnd) return this.setNext("block-scalar");
			if (indent >= this.indentNext) {
				if (this.blockScalarIndent === -1) this.indentNext = indent;
				else this.indentNext = this.blockScalarIndent + (this.indentNext === 0 ? 1 : this.indentNext);
				do {
					const cs = this.continueScalar(nl + 1);
					if (cs === -1) break;
					nl = this.buffer.indexOf("\n", cs);
				} while (nl !== -1);
				if (nl === -1) {
					if (!this.atEnd) return this.setNext("block-scalar");
					nl = this.buffer.length;
				}
			}
			let i = nl + 1;
			ch = this.buffer[i];
			while (ch === " ") ch = this.buffer[++i];
			if (ch === "	") {
				while (ch === "	" || ch === " " || ch === "\r" || ch === "\n") ch = this.buffer[++i];
				nl = i - 1;
			} else if (!this.blockScalarKeep) do {
				let i = nl - 1;
				let ch = this.buffer[i];
				if (ch === "\r") ch = this.buffer[--i];
				const lastChar = i;
				while (ch === " ") ch = this.buffer[--i];
				if (ch === "\n" && i >= this.pos && i + 1 + indent > lastChar) nl = i;
				else break;
			} while (true);
			yield cst.SCALAR;
			yield* this.pushToIndex(nl + 1, true);
			return yield* this.parseLineStart();
		}
		*parsePlainScalar() {
			const inFlow = this.flowLevel > 0;
			let end = this.pos - 1;
			let i = this.pos - 1;
			let ch;
			while (ch = this.buffer[++i]) if (ch === ":") {
				const next = this.buffer[i + 1];
				if (isEmpty(next) || inFlow && flowIndicatorChars.has(next)) break;
				end = i;
			} else if (isEmpty(ch)) {
				let next = this.buffer[i + 1];
				if (ch === "\r") {
					if (next === "\n") {
						i += 1;
						ch = "\n";
						next = this.buffer[i + 1];
					} else end = i;
				}
				if (next === "#" || inFlow && flowIndicatorChars.has(next)) break;
				if (ch === "\n") {
					const cs = this.continueScalar(i + 1);
					if (cs === -1) break;
					i = Math.max(i, cs - 2);
				}
			} else {
				if (inFlow && flowIndicatorChars.has(ch)) break;
				end = i;
			}
			if (!ch && !this.atEnd) return this.setNext("plain-scalar");
			yield cst.SCALAR;
			yield* this.pushToIndex(end + 1, true);
			return inFlow ? "flow" : "doc";
		}
		*pushCount(n) {
			if (n > 0) {
				yield this.buffer.substr(this.pos, n);
				this.pos += n;
				return n;
			}
			return 0;
		}
		*pushToIndex(i, allowEmpty) {
			const s = this.buffer.slice(this.pos, i);
			if (s) {
				yield s;
				this.pos += s.length;
				return s.length;
			} else if (allowEmpty) yield "";
			return 0;
		}
		*pushIndicators() {
			let n = 0;
			loop: while (true) {
				switch (this.charAt(0)) {
					case "!":
						n += yield* this.pushTag();
						n += yield* this.pushSpaces(true);
						continue loop;
					case "&":
						n += yield* this.pushUntil(isNotAnchorChar);
						n += yield* this.pushSpaces(true);
						continue loop;
					case "-":
					case "?":
					case ":": {
						const inFlow = this.flowLevel > 0;
						const ch1 = this.charAt(1);
						if (isEmpty(ch1) || inFlow && flowIndicatorChars.has(ch1)) {
							if (!inFlow) this.indentNext = this.indentValue + 1;
							else if (this.flowKey) this.flowKey = false;
							n += yield* this.pushCount(1);
							n += yield* this.pushSpaces(true);
							continue loop;
						}
					}
				}
				break loop;
			}
			return n;
		}
		*pushTag() {
			if (this.charAt(1) === "<") {
				let i = this.pos + 2;
				let ch = this.buffer[i];
				while (!isEmpty(ch) && ch !== ">") ch = this.buffer[++i];
				return yield* this.pushToIndex(ch === ">" ? i + 1 : i, false);
			} else {
				let i = this.pos + 1;
				let ch = this.buffer[i];
				while (ch) if (tagChars.has(ch)) ch = this.buffer[++i];
				else if (ch === "%" && hexDigits.has(this.buffer[i + 1]) && hexDigits.has(this.buffer[i + 2])) ch = this.buffer[i += 3];
				else break;
				return yield* this.pushToIndex(i, false);
			}
		}
		*pushNewline() {
			const ch = this.buffer[this.pos];
			if (ch === "\n") return yield* this.pushCount(1);
			else if (ch === "\r" && this.charAt(1) === "\n") return yield* this.pushCount(2);
			else return 0;
		}
		*pushSpaces(allowTabs) {
			let i = this.pos - 1;
			let ch;
			do
				ch = this.buffer[++i];
			while (ch === " " || allowTabs && ch === "	");
			const n = i - this.pos;
			if (n > 0) {
				yield this.buffer.substr(this.pos, n);
				this.pos = i;
			}
			return n;
		}
		*pushUntil(test) {
			let i = this.pos;
			let ch = this.buffer[i];
			while (!test(ch)) ch = this.buffer[++i];
			return yield* this.pushToIndex(i, false);
		}
	};
	exports.Lexer = Lexer;
}));
// node_modules/yaml/dist/parse/line-counter.js
var require_line_counter = /* @__PURE__ */ __commonJSMin(((exports) => {
	/**
	* Tracks newlines during parsing in order to provide an efficient API for
	* determining the one-indexed `{ line, col }` position for any offset
	* within the input.
	*/
	var LineCounter = class {
		constructor() {
			this.lineStarts = [];
			/**
			* Should be called in ascending order. Otherwise, call
			* `lineCounter.lineStarts.sort()` before calling `linePos()`.
			*/
			this.addNewLine = (offset) => this.lineStarts.push(offset);
			/**
			* Performs a binary search and returns the 1-indexed { line, col }
			* position of `offset`. If `line === 0`, `addNewLine` has never been
			* called or `offset` is before the first known newline.
			*/
			this.linePos = (offset) => {
				let low = 0;
				let high = this.lineStarts.length;
				while (low < high) {
					const mid = low + high >> 1;
					if (this.lineStarts[mid] < offset) low = mid + 1;
					else high = mid;
				}
				if (this.lineStarts[low] === offset) return {
					line: low + 1,
					col: 1
				};
				if (low === 0) return {
					line: 0,
					col: offset
				};
				const start = this.lineStarts[low - 1];
				return {
					line: low,
					col: offset - start + 1
				};
			};
		}
	};
	exports.LineCounter = LineCounter;
}));
// node_modules/yaml/dist/parse/parser.js
var require_parser = /* @__PURE__ */ __commonJSMin(((exports) => {
	var node_process = __require("process");
	var cst = require_cst();
	var lexer = require_lexer();
	function includesToken(list, type) {
		for (let i = 0; i < list.length; ++i) if (list[i].type === type) return true;
		return false;
	}
	function findNonEmptyIndex(list) {
		for (let i = 0; i < list.length; ++i) switch (list[i].type) {
			case "space":
			case "comment":
			case "newline": break;
			default: return i;
		}
		return -1;
	}
	function isFlowToken(token) {
		switch (token?.type) {
			case "alias":
			case "scalar":
			case "single-quoted-scalar":
			case "double-quoted-scalar":
			case "flow-collection": return true;
			default: return false;
		}
	}
	function getPrevProps(parent) {
		switch (parent.type) {
			case "document": return parent.start;
			case "block-map": {
				const it = parent.items[parent.items.length - 1];
				return it.sep ?? it.start;
			}
			case "block-seq": return parent.items[parent.items.length - 1].start;
			/* istanbul ignore next should not happen */
			default: return [];
		}
	}
	/** Note: May modify input array */
	function getFirstKeyStartProps(prev) {
		if (prev.length === 0) return [];
		let i = prev.length;
		loop: while (--i >= 0) switch (prev[i].type) {
			case "doc-start":
			case "explicit-key-ind":
			case "map-value-ind":
			case "seq-item-ind":
			case "newline": break loop;
		}
		while (prev[++i]?.type === "space");
		return prev.splice(i, prev.length);
	}
	function arrayPushArray(target, source) {
		if (source.length < 1e5) Array.prototype.push.apply(target, source);
		else for (let i = 0; i < source.length; ++i) target.push(source[i]);
	}
	function fixFlowSeqItems(fc) {
		if (fc.start.type === "flow-seq-start") {
			for (const it of fc.items) if (it.sep && !it.value && !includesToken(it.start, "explicit-key-ind") && !includesToken(it.sep, "map-value-ind")) {
				if (it.key) it.value = it.key;
				delete it.key;
				if (isFlowToken(it.value)) {
					if (it.value.end) arrayPushArray(it.value.end, it.sep);
					else it.value.end = it.sep;
				} else arrayPushArray(it.start, it.sep);
				delete it.sep;
			}
		}
	}
	/**
	* A YAML concrete syntax tree (CST) parser
	*
	* ```ts
	* const src: string = ...
	* for (const token of new Parser().parse(src)) {
	*   // token: Token
	* }
	* ```
	*
	* To use the parser with a user-provided lexer:
	*
	* ```ts
	* function* parse(source: string, lexer: Lexer) {
	*   const parser = new Parser()
	*   for (const lexeme of lexer.lex(source))
	*     yield* parser.next(lexeme)
	*   yield* parser.end()
	* }
	*
	* const src: string = ...
	* const lexer = new Lexer()
	* for (const token of parse(src, lexer)) {
	*   // token: Token
	* }
	* ```
	*/
	var Parser = class {
		/**
		* @param onNewLine - If defined, called separately with the start position of
		*   each new line (in `parse()`, including the start of input).
		*/
		constructor(onNewLine) {
			/** If true, space and sequence indicators count as indentation */
			this.atNewLine = true;
			/** If true, next token is a scalar value */
			this.atScalar = false;
			/** Current indentation level */
			this.indent = 0;
			/** Current offset since the start of parsing */
			this.offset = 0;
			/** On the same line with a block map key */
			this.onKeyLine = false;
			/** Top indicates the node that's currently being built */
			this.stack = [];
			/** The source of the current token, set in parse() */
			this.source = "";
			/** The type of the current token, set in parse() */
			this.type = "";
			this.lexer = new lexer.Lexer();
			this.onNewLine = onNewLine;
		}
		/**
		* Parse `source` as a YAML stream.
		* If `incomplete`, a part of the last line may be left as a buffer for the next call.
		*
		* Errors are not thrown, but yielded as `{ type: 'error', message }` tokens.
		*
		* @returns A generator of tokens representing each directive, document, and other structure.
		*/
		*parse(source, incomplete = false) {
			if (this.onNewLine && this.offset === 0) this.onNewLine(0);
			for (const lexeme of this.lexer.lex(source, incomplete)) yield* this.next(lexeme);
			if (!incomplete) yield* this.end();
		}
		/**
		* Advance the parser by the `source` of one lexical token.
		*/
		*next(source) {
			this.source = source;
			if (node_process.env.LOG_TOKENS) console.log("|", cst.prettyToken(source));
			if (this.atScalar) {
				this.atScalar = false;
				yield* this.step();
				this.offset += source.length;
				return;
			}
			const type = cst.tokenType(source);
			if (!type) {
				const message = `Not a YAML token: ${source}`;
				yield* this.pop({
					type: "error",
					offset: this.offset,
					message,
					source
				});
				this.offset += source.length;
			} else if (type === "scalar") {
				this.atNewLine = false;
				this.atScalar = true;
				this.type = "scalar";
			} else {
				this.type = type;
				yield* this.step();
				switch (type) {
					case "newline":
						this.atNewLine = true;
						this.indent = 0;
						if (this.onNewLine) this.onNewLine(this.offset + source.length);
						break;
					case "space":
						if (this.atNewLine && source[0] === " ") this.indent += source.length;
						break;
					case "explicit-key-ind":
					case "map-value-ind":
					case "seq-item-ind":
						if (this.atNewLine) this.indent += source.length;
						break;
					case "doc-mode":
					case "flow-error-end": return;
					default: this.atNewLine = false;
				}
				this.offset += source.length;
			}
		}
		/** Call at end of input to push out any remaining constructions */
		*end() {
			while (this.stack.length > 0) yield* this.pop();
		}
		get sourceToken() {
			return {
				type: this.type,
				offset: this.offset,
				indent: this.indent,
				source: this.source
			};
		}
		*step() {
			const top = this.peek(1);
			if (this.type === "doc-end" && top?.type !== "doc-end") {
				while (this.stack.length > 0) yield* this.pop();
				this.stack.push({
					type: "doc-end",
					offset: this.offset,
					source: this.source
				});
				return;
			}
			if (!top) return yield* this.stream();
			switch (top.type) {
				case "document": return yield* this.document(top);
				case "alias":
				case "scalar":
				case "single-quoted-scalar":
				case "double-quoted-scalar": return yield* this.scalar(top);
				case "block-scalar": return yield* this.blockScalar(top);
				case "block-map": return yield* this.blockMap(top);
				case "block-seq": return yield* this.blockSequence(top);
				case "flow-collection": return yield* this.flowCollection(top);
				case "doc-end": return yield* this.documentEnd(top);
			}
			/* istanbul ignore next should not happen */
			yield* this.pop();
		}
		peek(n) {
			return this.stack[this.stack.length - n];
		}
		*pop(error) {
			const token = error ?? this.stack.pop();
			/* istanbul ignore if should not happen */
			if (!token) yield {
				type: "error",
				offset: this.offset,
				source: "",
				message: "Tried to pop an empty stack"
			};
			else if (this.stack.length === 0) yield token;
			else {
				const top = this.peek(1);
				if (token.type === "block-scalar") token.indent = "indent" in top ? top.indent : 0;
				else if (token.type === "flow-collection" && top.type === "document") token.indent = 0;
				if (token.type === "flow-collection") fixFlowSeqItems(token);
				switch (top.type) {
					case "document":
						top.value = token;
						break;
					case "block-scalar":
						top.props.push(token);
						break;
					case "block-map": {
						const it = top.items[top.items.length - 1];
						if (it.value) {
							top.items.push({
								start: [],
								key: token,
								sep: []
							});
							this.onKeyLine = true;
							return;
						} else if (it.sep) it.value = token;
						else {
							Object.assign(it, {
								key: token,
								sep: []
							});
							this.onKeyLine = !it.explicitKey;
							return;
						}
						break;
					}
					case "block-seq": {
						const it = top.items[top.items.length - 1];
						if (it.value) top.items.push({
							start: [],
							value: token
						});
						else it.value = token;
						break;
					}
					case "flow-collection": {
						const it = top.items[top.items.length - 1];
						if (!it || it.value) top.items.push({
							start: [],
							key: token,
							sep: []
						});
						else if (it.sep) it.value = token;
						else Object.assign(it, {
							key: token,
							sep: []
						});
						return;
					}
					/* istanbul ignore next should not happen */
					default:
						yield* this.pop();
						yield* this.pop(token);
				}
				if ((top.type === "document" || top.type === "block-map" || top.type === "block-seq") && (token.type === "block-map" || token.type === "block-seq")) {
					const last = token.items[token.items.length - 1];
					if (last && !last.sep && !last.value && last.start.length > 0 && findNonEmptyIndex(last.start) === -1 && (token.indent === 0 || last.start.every((st) => st.type !== "comment" || st.indent < token.indent))) {
						if (top.type === "document") top.end = last.start;
						else top.items.push({ start: last.start });
						token.items.splice(-1, 1);
					}
				}
			}
		}
		*stream() {
			switch (this.type) {
				case "directive-line":
					yield {
						type: "directive",
						offset: this.offset,
						source: this.source
					};
					return;
				case "byte-order-mark":
				case "space":
				case "comment":
				case "newline":
					yield this.sourceToken;
					return;
				case "doc-mode":
				case "doc-start": {
					const doc = {
						type: "document",
						offset: this.offset,
						start: []
					};
					if (this.type === "doc-start") doc.start.push(this.sourceToken);
					this.stack.push(doc);
					return;
				}
			}
			yield {
				type: "error",
				offset: this.offset,
				message: `Unexpected ${this.type} token in YAML stream`,
				source: this.source
			};
		}
		*document(doc) {
			if (doc.value) return yield* this.lineEnd(doc);
			switch (this.type) {
				case "doc-start":
					if (findNonEmptyIndex(doc.start) !== -1) {
						yield* this.pop();
						yield* this.step();
					} else doc.start.push(this.sourceToken);
					return;
				case "anchor":
				case "tag":
				case "space":
				case "comment":
				case "newline":
					doc.start.push(this.sourceToken);
					return;
			}
			const bv = this.startBlockValue(doc);
			if (bv) this.stack.push(bv);
			else yield {
				type: "error",
				offset: this.offset,
				message: `Unexpected ${this.type} token in YAML document`,
				source: this.source
			};
		}
		*scalar(scalar) {
			if (this.type === "map-value-ind") {
				const start = getFirstKeyStartProps(getPrevProps(this.peek(2)));
				let sep;
				if (scalar.end) {
					sep = scalar.end;
					sep.push(this.sourceToken);
					delete scalar.end;
				} else sep = [this.sourceToken];
				const map = {
					type: "block-map",
					offset: scalar.offset,
					indent: scalar.indent,
					items: [{
						start,
						key: scalar,
						sep
					}]
				};
				this.onKeyLine = true;
				this.stack[this.stack.length - 1] = map;
			} else yield* this.lineEnd(scalar);
		}
		*blockScalar(scalar) {
			switch (this.type) {
				case "space":
				case "comment":
				case "newline":
					scalar.props.push(this.sourceToken);
					return;
				case "scalar":
					scalar.source = this.source;
					this.atNewLine = true;
					this.indent = 0;
					if (this.onNewLine) {
						let nl = this.source.indexOf("\n") + 1;
						while (nl !== 0) {
							this.onNewLine(this.offset + nl);
							nl = this.source.indexOf("\n", nl) + 1;
						}
					}
					yield* this.pop();
					break;
				/* istanbul ignore next should not happen */
				default:
					yield* this.pop();
					yield* this.step();
			}
		}
		*blockMap(map) {
			const it = map.items[map.items.length - 1];
			switch (this.type) {
				case "newline":
					this.onKeyLine = false;
					if (it.value) {
						const end = "end" in it.value ? it.value.end : void 0;
						if ((Array.isArray(end) ? end[end.length - 1] : void 0)?.type === "comment") end?.push(this.sourceToken);
						else map.items.push({ start: [this.sourceToken] });
					} else if (it.sep) it.sep.push(this.sourceToken);
					else it.start.push(this.sourceToken);
					return;
				case "space":
				case "comment":
					if (it.value) map.items.push({ start: [this.sourceToken] });
					else if (it.sep) it.sep.push(this.sourceToken);
					else {
						if (this.atIndentedComment(it.start, map.indent)) {
							const end = map.items[map.items.length - 2]?.value?.end;
							if (Array.isArray(end)) {
								arrayPushArray(end, it.start);
								end.push(this.sourceToken);
								map.items.pop();
								return;
							}
						}
						it.start.push(this.sourceToken);
					}
					return;
			}
			if (this.indent >= map.indent) {
				const atMapIndent = !this.onKeyLine && this.indent === map.indent;
				const atNextItem = atMapIndent && (it.sep || it.explicitKey) && this.type !== "seq-item-ind";
				let start = [];
				if (atNextItem && it.sep && !it.value) {
					const nl = [];
					for (let i = 0; i < it.sep.length; ++i) {
						const st = it.sep[i];
						switch (st.type) {
							case "newline":
								nl.push(i);
								break;
							case "space": break;
							case "comment":
								if (st.indent > map.indent) nl.length = 0;
								break;
							default: nl.length = 0;
						}
					}
					if (nl.length >= 2) start = it.sep.splice(nl[1]);
				}
				switch (this.type) {
					case "anchor":
					case "tag":
						if (atNextItem || it.value) {
							start.push(this.sourceToken);
							map.items.push({ start });
							this.onKeyLine = true;
						} else if (it.sep) it.sep.push(this.sourceToken);
						else it.start.push(this.sourceToken);
						return;
					case "explicit-key-ind":
						if (!it.sep && !it.explicitKey) {
							it.start.push(this.sourceToken);
							it.explicitKey = true;
						} else if (atNextItem || it.value) {
							start.push(this.sourceToken);
							map.items.push({
								start,
								explicitKey: true
							});
						} else this.stack.push({
							type: "block-map",
							offset: this.offset,
							indent: this.indent,
							items: [{
								start: [this.sourceToken],
								explicitKey: true
							}]
						});
						this.onKeyLine = true;
						return;
					case "map-value-ind":
						if (it.explicitKey) {
							if (!it.sep) {
								if (includesToken(it.start, "newline")) Object.assign(it, {
									key: null,
									sep: [this.sourceToken]
								});
								else {
									const start = getFirstKeyStartProps(it.start);
									this.stack.push({
										type: "block-map",
										offset: this.offset,
										indent: this.indent,
										items: [{
											start,
											key: null,
											sep: [this.sourceToken]
										}]
									});
								}
							} else if (it.value) map.items.push({
								start: [],
								key: null,
								sep: [this.sourceToken]
							});
							else if (includesToken(it.sep, "map-value-ind")) this.stack.push({
								type: "block-map",
								offset: this.offset,
								indent: this.indent,
								items: [{
									start,
									key: null,
									sep: [this.sourceToken]
								}]
							});
							else if (isFlowToken(it.key) && !includesToken(it.sep, "newline")) {
								const start = getFirstKeyStartProps(it.start);
								const key = it.key;
								const sep = it.sep;
								sep.push(this.sourceToken);
								delete it.key;
								delete it.sep;
								this.stack.push({
									type: "block-map",
									offset: this.offset,
									indent: this.indent,
									items: [{
										start,
										key,
										sep
									}]
								});
							} else if (start.length > 0) it.sep = it.sep.concat(start, this.sourceToken);
							else it.sep.push(this.sourceToken);
						} else if (!it.sep) Object.assign(it, {
							key: null,
							sep: [this.sourceToken]
						});
						else if (it.value || atNextItem) map.items.push({
							start,
							key: null,
							sep: [this.sourceToken]
						});
						else if (includesToken(it.sep, "map-value-ind")) this.stack.push({
							type: "block-map",
							offset: this.offset,
							indent: this.indent,
							items: [{
								start: [],
								key: null,
								sep: [this.sourceToken]
							}]
						});
						else it.sep.push(this.sourceToken);
						this.onKeyLine = true;
						return;
					case "alias":
					case "scalar":
					case "single-quoted-scalar":
					case "double-quoted-scalar": {
						const fs = this.flowScalar(this.type);
						if (atNextItem || it.value) {
							map.items.push({
								start,
								key: fs,
								sep: []
							});
							this.onKeyLine = true;
						} else if (it.sep) this.stack.push(fs);
						else {
							Object.assign(it, {
								key: fs,
								sep: []
							});
							this.onKeyLine = true;
						}
						return;
					}
					default: {
						const bv = this.startBlockValue(map);
						if (bv) {
							if (bv.type === "block-seq") {
								if (!it.explicitKey && it.sep && !includesToken(it.sep, "newline")) {
									yield* this.pop({
										type: "error",
										offset: this.offset,
										message: "Unexpected block-seq-ind on same line with key",
										source: this.source
									});
									return;
								}
							} else if (atMapIndent) map.items.push({ start });
							this.stack.push(bv);
							return;
						}
					}
				}
			}
			yield* this.pop();
			yield* this.step();
		}
		*blockSequence(seq) {
			const it = seq.items[seq.items.length - 1];
			switch (this.type) {
				case "newline":
					if (it.value) {
						const end = "end" in it.value ? it.value.end : void 0;
						if ((Array.isArray(end) ? end[end.length - 1] : void 0)?.type === "comment") end?.push(this.sourceToken);
						else seq.items.push({ start: [this.sourceToken] });
					} else it.start.push(this.sourceToken);
					return;
				case "space":
				case "comment":
					if (it.value) seq.items.push({ start: [this.sourceToken] });
					else {
						if (this.atIndentedComment(it.start, seq.indent)) {
							const end = seq.items[seq.items.length - 2]?.value?.end;
							if (Array.isArray(end)) {
								arrayPushArray(end, it.start);
								end.push(this.sourceToken);
								seq.items.pop();
								return;
							}
						}
						it.start.push(this.sourceToken);
					}
					return;
				case "anchor":
				case "tag":
					if (it.value || this.indent <= seq.indent) break;
					it.start.push(this.sourceToken);
					return;
				case "seq-item-ind":
					if (this.indent !== seq.indent) break;
					if (it.value || includesToken(it.start, "seq-item-ind")) seq.items.push({ start: [this.sourceToken] });
					else it.start.push(this.sourceToken);
					return;
			}
			if (this.indent > seq.indent) {
				const bv = this.startBlockValue(seq);
				if (bv) {
					this.stack.push(bv);
					return;
				}
			}
			yield* this.pop();
			yield* this.step();
		}
		*flowCollection(fc) {
			const it = fc.items[fc.items.length - 1];
			if (this.type === "flow-error-end") {
				let top;
				do {
					yield* this.pop();
					top = this.peek(1);
				} while (top?.type === "flow-collection");
			} else if (fc.end.length === 0) {
				switch (this.type) {
					case "comma":
					case "explicit-key-ind":
						if (!it || it.sep) fc.items.push({ start: [this.sourceToken] });
						else it.start.push(this.sourceToken);
						return;
					case "map-value-ind":
						if (!it || it.value) fc.items.push({
							start: [],
							key: null,
							sep: [this.sourceToken]
						});
						else if (it.sep) it.sep.push(this.sourceToken);
						else Object.assign(it, {
							key: null,
							sep: [this.sourceToken]
						});
						return;
					case "space":
					case "comment":
					case "newline":
					case "anchor":
					case "tag":
						if (!it || it.value) fc.items.push({ start: [this.sourceToken] });
						else if (it.sep) it.sep.push(this.sourceToken);
						else it.start.push(this.sourceToken);
						return;
					case "alias":
					case "scalar":
					case "single-quoted-scalar":
					case "double-quoted-scalar": {
						const fs = this.flowScalar(this.type);
						if (!it || it.value) fc.items.push({
							start: [],
							key: fs,
							sep: []
						});
						else if (it.sep) this.stack.push(fs);
						else Object.assign(it, {
							key: fs,
							sep: []
						});
						return;
					}
					case "flow-map-end":
					case "flow-seq-end":
						fc.end.push(this.sourceToken);
						return;
				}
				const bv = this.startBlockValue(fc);
				/* istanbul ignore else should not happen */
				if (bv) this.stack.push(bv);
				else {
					yield* this.pop();
					yield* this.step();
				}
			} else {
				const parent = this.peek(2);
				if (parent.type === "block-map" && (this.type === "map-value-ind" && parent.indent === fc.indent || this.type === "newline" && !parent.items[parent.items.length - 1].sep)) {
					yield* this.pop();
					yield* this.step();
				} else if (this.type === "map-value-ind" && parent.type !== "flow-collection") {
					const start = getFirstKeyStartProps(getPrevProps(parent));
					fixFlowSeqItems(fc);
					const sep = fc.end.splice(1, fc.end.length);
					sep.push(this.sourceToken);
					const map = {
						type: "block-map",
						offset: fc.offset,
						indent: fc.indent,
						items: [{
							start,
							key: fc,
							sep
						}]
					};
					this.onKeyLine = true;
					this.stack[this.stack.length - 1] = map;
				} else yield* this.lineEnd(fc);
			}
		}
		flowScalar(type) {
			if (this.onNewLine) {
				let nl = this.source.indexOf("\n") + 1;
				while (nl !== 0) {
					this.onNewLine(this.offset + nl);
					nl = this.source.indexOf("\n", nl) + 1;
				}
			}
			return {
				type,
				offset: this.offset,
				indent: this.indent,
				source: this.source
			};
		}
		startBlockValue(parent) {
			switch (this.type) {
				case "alias":
				case "scalar":
				case "single-quoted-scalar":
				case "double-quoted-scalar": return this.flowScalar(this.type);
				case "block-scalar-header": return {
					type: "block-scalar",
					offset: this.offset,
					indent: this.indent,
					props: [this.sourceToken],
					source: ""
				};
				case "flow-map-start":
				case "flow-seq-start": return {
					type: "flow-collection",
					offset: this.offset,
					indent: this.indent,
					start: this.sourceToken,
					items: [],
					end: []
				};
				case "seq-item-ind": return {
					type: "block-seq",
					offset: this.offset,
					indent: this.indent,
					items: [{ start: [this.sourceToken] }]
				};
				case "explicit-key-ind": {
					this.onKeyLine = true;
					const start = getFirstKeyStartProps(getPrevProps(parent));
					start.push(this.sourceToken);
					return {
						type: "block-map",
						offset: this.offset,
						indent: this.indent,
						items: [{
							start,
							explicitKey: true
						}]
					};
				}
				case "map-value-ind": {
					this.onKeyLine = true;
					const start = getFirstKeyStartProps(getPrevProps(parent));
					return {
						type: "block-map",
						offset: this.offset,
						indent: this.indent,
						items: [{
							start,
							key: null,
							sep: [this.sourceToken]
						}]
					};
				}
			}
			return null;
		}
		atIndentedComment(start, indent) {
			if (this.type !== "comment") return false;
			if (this.indent <= indent) return false;
			return start.every((st) => st.type === "newline" || st.type === "space");
		}
		*documentEnd(docEnd) {
			if (this.type !== "doc-mode") {
				if (docEnd.end) docEnd.end.push(this.sourceToken);
				else docEnd.end = [this.sourceToken];
				if (this.type === "newline") yield* this.pop();
			}
		}
		*lineEnd(token) {
			switch (this.type) {
				case "comma":
				case "doc-start":
				case "doc-end":
				case "flow-seq-end":
				case "flow-map-end":
				case "map-value-ind":
					yield* this.pop();
					yield* this.step();
					break;
				case "newline": this.onKeyLine = false;
				default:
					if (token.end) token.end.push(this.sourceToken);
					else token.end = [this.sourceToken];
					if (this.type === "newline") yield* this.pop();
			}
		}
	};
	exports.Parser = Parser;
}));
// node_modules/yaml/dist/public-api.js
var require_public_api = /* @__PURE__ */ __commonJSMin(((exports) => {
	var composer = require_composer();
	var Document = require_Document();
	var errors = require_errors();
	var log = require_log();
	var identity = require_identity();
	var lineCounter = require_line_counter();
	var parser = require_parser();
	function parseOptions(options) {
		const prettyErrors = options.prettyErrors !== false;
		return {
			lineCounter: options.lineCounter || prettyErrors && new lineCounter.LineCounter() || null,
			prettyErrors
		};
	}
	/**
	* Parse the input as a stream of YAML documents.
	*
	* Documents should be separated from each other by `...` or `---` marker lines.
	*
	* @returns If an empty `docs` array is returned, it will be of type
	*   EmptyStream and contain additional stream information. In
	*   TypeScript, you should use `'empty' in docs` as a type guard for it.
	*/
	function parseAllDocuments(source, options = {}) {
		const { lineCounter, prettyErrors } = parseOptions(options);
		const parser$1 = new parser.Parser(lineCounter?.addNewLine);
		const composer$1 = new composer.Composer(options);
		const docs = Array.from(composer$1.compose(parser$1.parse(source)));
		if (prettyErrors && lineCounter) for (const doc of docs) {
			doc.errors.forEach(errors.prettifyError(source, lineCounter));
			doc.warnings.forEach(errors.prettifyError(source, lineCounter));
		}
		if (docs.length > 0) return docs;
		return Object.assign([], { empty: true }, composer$1.streamInfo());
	}
	/** Parse an input string into a single YAML.Document */
	function parseDocument(source, options = {}) {
		const { lineCounter, prettyErrors } = parseOptions(options);
		const parser$1 = new parser.Parser(lineCounter?.addNewLine);
		const composer$1 = new composer.Composer(options);
		let doc = null;
		for (const _doc of composer$1.compose(parser$1.parse(source), true, source.length)) if (!doc) doc = _doc;
		else if (doc.options.logLevel !== "silent") {
			doc.errors.push(new errors.YAMLParseError(_doc.range.slice(0, 2), "MULTIPLE_DOCS", "Source contains multiple documents; please use YAML.parseAllDocuments()"));
			break;
		}
		if (prettyErrors && lineCounter) {
			doc.errors.forEach(errors.prettifyError(source, lineCounter));
			doc.warnings.forEach(errors.prettifyError(source, lineCounter));
		}
		return doc;
	}
	function parse(src, reviver, options) {
		let _reviver = void 0;
		if (typeof reviver === "function") _reviver = reviver;
		else if (options === void 0 && reviver && typeof reviver === "object") options = reviver;
		const doc = parseDocument(src, options);
		if (!doc) return null;
		doc.warnings.forEach((warning) => log.warn(doc.options.logLevel, warning));
		if (doc.errors.length > 0) {
			if (doc.options.logLevel !== "silent") throw doc.errors[0];
			else doc.errors = [];
		}
		return doc.toJS(Object.assign({ reviver: _reviver }, options));
	}
	function stringify(value, replacer, options) {
		let _replacer = null;
		if (typeof replacer === "function" || Array.isArray(replacer)) _replacer = replacer;
		else if (options === void 0 && replacer) options = replacer;
		if (typeof options === "string") options = options.length;
		if (typeof options === "number") {
			const indent = Math.round(options);
			options = indent < 1 ? void 0 : indent > 8 ? { indent: 8 } : { indent };
		}
		if (value === void 0) {
			const { keepUndefined } = options ?? replacer ?? {};
			if (!keepUndefined) return void 0;
		}
		if (identity.isDocument(value) && !_replacer) return value.toString(options);
		return new Document.Document(value, _replacer, options).toString(options);
	}
	exports.parse = parse;
	exports.parseAllDocuments = parseAllDocuments;
	exports.parseDocument = parseDocument;
	exports.stringify = stringify;
}));
// src/config/document.ts
var import_dist = (/* @__PURE__ */ __commonJSMin(((exports) => {
	var composer = require_composer();
	var Document = require_Document();
	var Schema = require_Schema();
	var errors = require_errors();
	var Alias = require_Alias();
	var identity = require_identity();
	var Pair = require_Pair();
	var Scalar = require_Scalar();
	var YAMLMap = require_YAMLMap();
	var YAMLSeq = require_YAMLSeq();
	require_cst();
	var lexer = require_lexer();
	var lineCounter = require_line_counter();
	var parser = require_parser();
	var publicApi = require_public_api();
	var visit = require_visit();
	exports.Composer = composer.Composer;
	exports.Document = Document.Document;
	exports.Schema = Schema.Schema;
	exports.YAMLError = errors.YAMLError;
	exports.YAMLParseError = errors.YAMLParseError;
	exports.YAMLWarning = errors.YAMLWarning;
	exports.Alias = Alias.Alias;
	exports.isAlias = identity.isAlias;
	exports.isCollection = identity.isCollection;
	exports.isDocument = identity.isDocument;
	exports.isMap = identity.isMap;
	exports.isNode = identity.isNode;
	exports.isPair = identity.isPair;
	exports.isScalar = identity.isScalar;
	exports.isSeq = identity.isSeq;
	exports.Pair = Pair.Pair;
	exports.Scalar = Scalar.Scalar;
	exports.YAMLMap = YAMLMap.YAMLMap;
	exports.YAMLSeq = YAMLSeq.YAMLSeq;
	exports.Lexer = lexer.Lexer;
	exports.LineCounter = lineCounter.LineCounter;
	exports.Parser = parser.Parser;
	exports.parse = publicApi.parse;
	exports.parseAllDocuments = publicApi.parseAllDocuments;
	exports.parseDocument = publicApi.parseDocument;
	exports.stringify = publicApi.stringify;
	exports.visit = visit.visit;
	exports.visitAsync = visit.visitAsync;
})))();
const MEND_ALIAS = "write the values out instead of the alias";
/**
* Parses YAML 1.2 (anchors, aliases and merge keys too).
*
* @param wantsText tells the places where plain numbers and booleans keep the text they are written with
*/
function parseYaml(text, wantsText) {
	const lines = new import_dist.LineCounter();
	const document = (0, import_dist.parseDocument)(text, {
		lineCounter: lines,
		merge: true,
		prettyErrors: false,
		stringKeys: false
	});
	const position = (offset) => {
		const { line, col } = lines.linePos(offset);
		return {
			line: Math.max(line, 1),
			column: Math.max(col, 1)
		};
	};
	const entry = (path) => {
		let found = {
			key: void 0,
			value: document.contents ?? void 0
		};
		for (const key of path) found = found && child(document, found.value, key);
		return found;
	};
	const place = (path, side) => {
		for (let depth = path.length; depth > 0; depth--) {
			const found = entry(path.slice(0, depth));
			if (!found) continue;
			const node = depth === path.length && side === "value" && !isBlank(found.value) ? found.value : found.key ?? found.value;
			if (node?.range) return position(node.range[0]);
		}
		return {
			line: 1,
			column: 1
		};
	};
	const problems = [...document.errors, ...document.warnings];
	const faults = problems.filter((one, index) => problems.findIndex(({ pos, code }) => pos[0] === one.pos[0] && code === one.code) === index).map((problem) => ({
		...explain(problem, text),
		position: position(problem.pos[0])
	}));
	(0, import_dist.visit)(document, { Alias: (_, alias) => {
		if (alias.resolve(document)) return;
		const message = `nothing above has the anchor &${alias.source}`;
		faults.push({
			message,
			mend: MEND_ALIAS,
			position: position(alias.range?.[0] ?? 0)
		});
	} });
	let value;
	if (faults.length === document.errors.filter(({ code }) => code === "DUPLICATE_KEY").length) try {
		value = withText(document.toJS(), [], (path) => wantsText(path) ? sourceOf(document, entry(path)) : void 0);
	} catch (error) {
		const message = error instanceof ReferenceError ? "its aliases unfold into far too much" : "an alias stands inside its own anchor";
		faults.push({
			message,
			mend: MEND_ALIAS,
			position: {
				line: 1,
				column: 1
			}
		});
	}
	return {
		value,
		faults,
		has: (path) => entry(path) !== void 0,
		keyAt: (path) => place(path, "key"),
		valueAt: (path) => place(path, "value")
	};
}
function resolved(document, node) {
	return (0, import_dist.isAlias)(node) ? node.resolve(document) : node;
}
function child(document, parent, key) {
	const node = resolved(document, parent);
	if ((0, import_dist.isSeq)(node)) {
		const value = node.items[Number(key)];
		return value && {
			key: value,
			value
		};
	}
	if (!(0, import_dist.isMap)(node)) return void 0;
	const merged = [];
	for (const pair of node.items.toReversed()) if ((0, import_dist.isScalar)(pair.key) && pair.key.source === "<<" && pair.value) merged.push(pair.value);
	else if (nameOf(pair.key) === String(key)) return {
		key: pair.key,
		value: pair.value ?? void 0
	};
	for (const source of merged) {
		const from = resolved(document, source);
		const maps = (0, import_dist.isSeq)(from) ? from.items : [source];
		for (const map of maps) {
			const found = child(document, map, key);
			if (found) return found;
		}
	}
}
/** A value that is not written at all, as in `health:`. */
function isBlank(node) {
	return node === void 0 || (0, import_dist.isScalar)(node) && node.source === "" && node.type === "PLAIN";
}
function nameOf(key) {
	return (0, import_dist.isScalar)(key) ? String(key.value ?? "") : String(key);
}
function sourceOf(document, entry) {
	const node = resolved(document, entry?.value);
	return (0, import_dist.isScalar)(node) && node.type === "PLAIN" && node.value !== null ? node.source : void 0;
}
/** The same data, with numbers and booleans as written wherever `source` knows their text. */
function withText(value, path, source) {
	if (Array.isArray(value)) return value.map((item, index) => withText(item, [...path, index], source));
	if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withText(item, [...path, key], source)]));
	return typeof value === "number" || typeof value === "boolean" ? source(path) ?? value : value;
}
function explain(problem, text) {
	if (problem.code === "DUPLICATE_KEY") return {
		message: `the key "${/^[^\s:,{}[\]]*/.exec(text.slice(problem.pos[0]))?.[0] ?? ""}" is here a second time`,
		mend: "keep one of the two"
	};
	if (problem.code === "MULTIPLE_DOCS") return {
		message: "a second YAML document begins here",
		mend: "keep one: leave out the line \"---\" and what follows"
	};
	if (problem.code === "TAB_AS_INDENT") return {
		message: problem.message,
		mend: "indent with spaces"
	};
	return {
		message: `this is not YAML: ${problem.message}`,
		mend: "check indentation, quotes and brackets here and in the line before"
	};
}
// src/config/config-file.ts
/** The nearest folder from here upwards that is the top of a git checkout, or undefined. */
function topOfCheckout(folder) {
	if (existsSync(join(folder, ".git"))) return folder;
	const parent = dirname(folder);
	return parent === folder ? void 0 : topOfCheckout(parent);
}
const NO_PLACES = {
	faultAt: () => [],
	placeOf: () => void 0
};
/** What there is of a file that cannot be read: one fault. */
function noFile(where, message, mend) {
	return {
		settings: void 0,
		stages: void 0,
		faults: [{
			where,
			message,
			mend
		}],
		...NO_PLACES
	};
}
/** Reads the file at an absolute path; `workspace` is what its faults name it relative to, `elsewhere` how to name another path. */
function readConfigFile(path, workspace, elsewhere) {
	const where = relative(workspace, path);
	const refuse = (message, mend) => noFile(where, message, mend);
	try {
		return parseConfig(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)), where);
	} catch (error) {
		if (!(error instanceof Error && "code" in error)) throw error;
		switch (error.code) {
			case "ENOENT": return refuse("there is no such file", `${besides(path)}write it as docs/configuration.md shows, or ${elsewhere}`);
			case "ERR_ENCODING_INVALID_ENCODED_DATA": return refuse("this is not UTF-8 text", "save the file as UTF-8");
			case "EISDIR": return refuse("this is a folder", "name the file in it with \"config\"");
			default: return refuse(`cannot be read (${error.message})`, "check its path and permissions");
		}
	}
}
/** A file of nearly that name in the same folder, `graceful.yaml` most of all. */
function besides(path) {
	const folder = dirname(path);
	const near = existsSync(folder) ? nearest(basename(path), readdirSync(folder)) : void 0;
	return near === void 0 ? "" : `did you mean "${near}"? `;
}
/** Checks the text of `graceful.yml`: YAML, shape, and what does not go together in any of its stages. */
function parseConfig(text, where) {
	const parsed = parseYaml(text, wantsText);
	const place = (position) => ({
		where,
		file: where,
		...position
	});
	const placed = (position, message, mend) => ({
		...place(position),
		message,
		mend
	});
	const faults = parsed.faults.map(({ position, message, mend }) => placed(position, message, mend));
	if (parsed.value === void 0) return {
		settings: void 0,
		stages: void 0,
		faults,
		...NO_PLACES
	};
	const shape = checkShape(parsed);
	faults.push(...shape.faults.map(({ position, message, mend }) => placed(position, message, mend)));
	const faultAt = (stage, keys, message, mend) => {
		const places = [...keys.map((key) => [
			"stages",
			stage,
			...key
		]), ...keys];
		if (places.some((place) => shape.broken.some((path) => overlap(place, path)))) return [];
		const written = places.find((place) => parsed.has(place));
		const position = written ? parsed.valueAt(written) : parsed.keyAt(["stages", stage]);
		return [placed(position, `stage ${stage}: ${message}`, mend)];
	};
	const { file } = shape;
	for (const path of file ? hostTwice(file) : []) faults.push(placed(parsed.keyAt(path), `${path.length > 1 ? `${path.slice(0, -1).map(String).join(".")}: ` : ""}host and hosts both say where the site lives`, "keep one of the two"));
	const drafts = file ? Object.keys(file.stages).map((name) => resolveStage(file, name)) : [];
	for (const stage of drafts) for (const { at, message, mend } of clashes(stage)) faults.push(...faultAt(stage.name, at, message, mend));
	for (const { stage, at, message, mend } of sameSite(drafts)) faults.push(...faultAt(stage, at, message, mend));
	return {
		settings: shape.file,
		stages: stagesIn(parsed.value),
		faults: unique(faults),
		faultAt,
		placeOf: (path) => parsed.has(path) ? place(parsed.keyAt(path)) : void 0
	};
}
/** True when one place lies in the other, or both are the same. */
function overlap(a, b) {
	return [...Array(Math.min(a.length, b.length)).keys()].every((index) => a[index] === b[index]);
}
/** A clash of common settings is one fault, however many stages have it. */
function unique(faults) {
	const bare = (message) => message.replace(/^stage \S+: /, "");
	const key = (fault) => [
		fault.line,
		fault.column,
		bare(fault.message)
	].join(":");
	return [...Map.groupBy(faults, key).values()].flatMap(([first]) => first ? [first] : []);
}
function stagesIn(value) {
	const stages = valueAt(value, ["stages"]);
	if (typeof stages !== "object" || stages === null || Array.isArray(stages)) return void 0;
	return Object.entries(stages).flatMap(([name, stage]) => {
		if (typeof stage !== "object" || stage === null) return [];
		return [{
			name,
			branch: texts(valueAt(stage, ["branch"])),
			tags: texts(valueAt(stage, ["tags"]))
		}];
	});
}
function texts(value) {
	return [value].flat().filter((one) => typeof one === "string");
}
// src/config/stage-choice.ts
/**
* Which stage is meant: the named one; else the one that the branch or tag belongs to; else the only one.
*
* A deploy never takes the only stage for a branch or tag other than those it names: pushing `try-this` must not put it live
* in production just because there is no staging yet. What brings no code (`rollback`, `status` ...) may.
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
	if (only && (!["deploy", "stage"].includes(command) || ref === void 0 || isFree(only))) return {
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
/** `*` stands for any characters but `/`, `**` for any. */
function owns(stage, { kind, name }) {
	return (kind === "tag" ? stage.tags : stage.branch).some((pattern) => pattern === name || matchesGlob(name, pattern));
}
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
		file: readConfigFile(path, workspace, inputs.source === "action" ? "name its path with \"config\"; in a job, actions/checkout comes first" : "name its path with --config"),
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
	const keyless = inputs.values.command === "build" && inputs.values["ssh-key"] === void 0;
	const key = keyless ? void 0 : readKey(reader);
	const env = readEnv(reader);
	const { token } = inputs.values;
	if (token !== void 0) reporter.mask(token);
	const command = readCommand(reader);
	const over = readTarget(reader);
	const { artifact, stages: wanted, lockMs, asking, ...asked } = readAsked(reader, command);
	const { reason } = inputs.values;
	const { file, path, workspace } = findFile(inputs, context);
	const { faults } = reader;
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
			if (draft.hosts.length === 0 && given.hosts === void 0 && !keyless) faults.push(...file.faultAt(draft.name, [["host"], ["hosts"]], "there is no host", "for example: host: www.example.org"));
			return draft;
		}
	};
	const stage = choose(wanted.stage, command === "promote" ? "to" : "stage", over);
	const from = wanted.from === void 0 ? void 0 : choose(wanted.from, "from", {});
	faults.push(...file.faults);
	const logins = (hosts) => keyless ? [] : readLogins(reader, key, hosts);
	const mine = logins(stage?.hosts ?? []);
	const [theirs] = from === void 0 ? [] : logins(from.hosts.slice(0, 1));
	const { url } = stage ?? {};
	if (faults.length > 0 || !stage || url === void 0 || mine.length === 0 && !keyless || from && !theirs) throw new ConfigError(inReadingOrder(faults));
	return {
		command,
		stage: {
			...stage,
			url
		},
		logins: mine,
		artifact: resolve(context.folder, artifact ?? "graceful-artifact"),
		fromArtifact: artifact !== void 0 && command !== "build",
		from: from?.url === void 0 || !theirs ? void 0 : {
			stage: {
				...from,
				url: from.url
			},
			login: theirs
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
				where: place === void 0 ? "" : placeOf$2({
					...place,
					message: "",
					mend: ""
				})
			};
			return isPrivate(path) ? [{
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
	return [["software"], ...leaves(["stages", stage]).map((path) => path.slice(2))].flatMap((path) => namesIn(path, [...levels.map(({ data }) => data)], Object.keys(given))).flatMap((path) => {
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
function isPrivate([first, name]) {
	return (first === "env" || first === "build-env") && name !== void 0 && PRIVATE.test(String(name));
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
	const by = (input) => inputs.elsewhere?.[input] ?? {
		from: "input",
		where: label(inputs, input)
	};
	const given = {
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
			})
		]
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
	const print = (text) => process.stdout.write(text);
	const isAction = argv.length === 0 && context.actions;
	const inputs = isAction ? readActionInputs() : readCommandLine(argv, {
		env,
		home: homedir(),
		cwd,
		version,
		print
	});
	const folder = isAction ? context.folder : cwd;
	if (inputs === null) return null;
	const asked = [
		inputs,
		{
			...context,
			folder
		},
		reporterFor(context.actions)
	];
	return inputs.values.command === "config" ? { shown: readSettings(...asked) } : { run: readRun(...asked) };
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
	/** It ended before the host was asked to change anything. */
	async broke(message) {
		await this.#close("failure", message);
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
/** Tells where an artifact was left. @returns what the process should exit with */
function reportBuild(log, made, actions) {
	const { commit, target, trees, env } = made.build;
	log.phase("Result");
	log.info(`for Python ${target.minor} on ${target.machine} with ${target.libc}; ${env.packages.length} packages`);
	log.info(`code ${trees.code}`);
	if (trees.static !== null) log.info(`static ${trees.static}`);
	if (trees.config !== null) log.info(`config ${trees.config}`);
	log.info(`environment ${env.digest}`);
	log.end();
	log.step(`built: commit ${commit.slice(0, 7)}, in ${made.folder}`, true);
	if (actions) {
		setOutput("artifact", made.folder);
		setOutput("commit", commit);
	}
	return 0;
}
// src/report/clean.ts
/** A log whose every text is cleaned before it is written. */
function cleanLog(log, clean) {
	return {
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
				what: `${placeOf$2(fault)}: ${message}`,
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
	log.end();
	const { title, faults, state, output, exitCode } = cleanTold(tell(error), clean);
	log.quote(output);
	if (!actions) {
		log.error([...faults.map(({ what, mend }) => `${what}\n${indented$1(mend)}`), state].join("\n"));
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
	if (exitCode === EXIT.failed) setOutputs({
		result: "failed",
		message: [...faults.map(({ what }) => what), state].join("\n")
	});
	const lines = faults.flatMap(({ what, mend }) => [what, mend]);
	await writeText(renderError(title, [...lines, state], output));
	return exitCode;
}
function indented$1(text) {
	return text.replace(/^/gm, "  ");
}
// src/report/detail-outputs.ts
/** Longest message, and longest subject of a commit, characters: an output becomes part of a command's environment. */
const LONGEST = 4e3;
const SHORT = 200;
const short = (text) => plainLine(text).slice(0, SHORT);
/** What the summary tells beside the result, for programs. Pure. */
function detailOutputs(report) {
	const { outcome, between = null, packages = null, phases, sent, events } = report;
	const times = [...phases.map((row) => ({
		host: null,
		...row
	})), ...endsOf(report).flatMap(({ host, events: own }) => steps(own).map((row) => ({
		host,
		...row
	})))];
	return {
		message: outcome.message.slice(0, LONGEST),
		"failed-step": outcome.failure?.step ?? "",
		changes: JSON.stringify({
			commits: between && {
				...between,
				shown: between.shown.map(({ sha, subject, author }) => ({
					sha,
					subject: short(subject),
					author: short(author)
				}))
			},
			packages,
			migrations: migrationsOf(events)
		}),
		times: JSON.stringify(times.map(({ host, name, ms, good }) => ({
			host,
			name,
			ms,
			good
		}))),
		"sent-bytes": sent === null ? "" : String(sent.bytes)
	};
}
// src/report/finish.ts
/**
* Tells the end of a deploy or a rollback: in the log, as an annotation, in the job's summary and its outputs.
*
* @param actions whether this process runs in a job of GitHub Actions
* @returns what the process should exit with
*/
async function reportOutcome(log, report, actions) {
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
	if (failure) {
		if (actions) annotate(failureAnnotation(failure, stateText(outcome)));
		else log.error(`${headline(failure)}: ${failure.what}\n${failure.next}`);
	}
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
// src/report/log.ts
const INDENT = "    ";
function indented(lines) {
	return lines.flatMap(plainLines).map((line) => INDENT + line);
}
/** The runner takes such a line for a command, wherever `##[` stands and however far `::` is indented. */
const LOOKS_LIKE_COMMAND = /^\s*::|##\[/;
/**
* The log of a job in GitHub Actions: one group a phase.
*
* @param write receives whole lines; standard output unless given
*/
function actionsLog(write = (text) => process.stdout.write(text)) {
	let open = false;
	const print = (lines) => {
		if (!lines.some((line) => LOOKS_LIKE_COMMAND.test(line))) {
			write(lines.map((line) => `${line}\n`).join(""));
			return;
		}
		const word = randomUUID();
		write(`::stop-commands::${word}\n${lines.map((line) => `${line}\n`).join("")}::${word}::\n`);
	};
	const end = () => {
		if (open) endGroup();
		open = false;
	};
	return {
		phase(title) {
			end();
			startGroup(title);
			open = true;
		},
		end,
		info: (text) => print(plainLines(text)),
		step: (text) => print(plainLines(text)),
		quote: (lines) => print(indented(lines)),
		notice: (text) => notice(plainLines(text).join("\n")),
		error: (text) => error(plainLines(text).join("\n"))
	};
}
/**
* The log at a terminal, on standard error so that `status --json` can be piped.
* Coloured where the stream is a terminal and NO_COLOR does not forbid it.
*/
function terminalLog(stream = process.stderr) {
	const colour = (style, text) => styleText(style, text, { stream });
	const print = (lines, style) => stream.write(lines.map((line) => `${style === void 0 ? line : colour(style, line)}\n`).join(""));
	return {
		phase: (title) => print(plainLines(title), "bold"),
		end() {},
		info: (text) => print(plainLines(text).map((line) => `  ${line}`)),
		step: (text, good) => print(plainLines(text).map((line) => `${colour(good ? "green" : "red", good ? "✓" : "✗")} ${line}`)),
		quote: (lines) => print(indented(lines), "dim"),
		notice: (text) => print(plainLines(text).map((line) => `! ${line}`), "yellow"),
		error: (text) => print(plainLines(text), "red")
	};
}
// src/report/settings.ts
var import_cli_table3 = /* @__PURE__ */ __toESM(require_cli_table3(), 1);
/** For people, in columns: key, value, and where it comes from. Pure. */
function settingsTable(settings) {
	const made = new import_cli_table3.default({
		style: {
			head: [],
			border: [],
			"padding-left": 0,
			"padding-right": 2
		},
		chars: {
			top: "",
			"top-mid": "",
			"top-left": "",
			"top-right": "",
			bottom: "",
			"bottom-mid": "",
			"bottom-left": "",
			"bottom-right": "",
			left: "",
			"left-mid": "",
			mid: "",
			"mid-mid": "",
			right: "",
			"right-mid": "",
			middle: ""
		}
	});
	made.push(...settings.map((one) => [
		one.key,
		shown(one),
		source(one)
	].map(plainLine)));
	return made.toString().split("\n").map((line) => line.trimEnd()).join("\n");
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
/** For people: each host's under its name. Pure. */
function textByHost(all, text) {
	const [first, ...others] = all;
	if (first !== void 0 && others.length === 0) return text(first.answer);
	return all.map(({ host, answer }) => `== ${host} ==\n${text(answer)}`).join("\n\n");
}
/** For programs: of several hosts an object with the hosts' names as keys. Pure. */
function jsonByHost(all, plain) {
	const [first, ...others] = all;
	const whole = first !== void 0 && others.length === 0 ? plain(first.answer) : { hosts: Object.fromEntries(all.map(({ host, answer }) => [host, plain(answer)])) };
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
	process.stdout.write(`${options.json ? json : table}\n`);
	if (!options.actions) return 0;
	setOutput("release", alike(answers, ({ links }) => links.current));
	setOutput("previous", alike(answers, ({ links }) => links.previous));
	setOutput("commit", alike(answers, ({ links, releases }) => releases.find(({ id }) => id === links.current)?.commit));
	setOutput("url", options.url);
	setOutput("status", json);
	if (process.env["GITHUB_STEP_SUMMARY"]) await summary.addRaw(`<pre>\n${htmlEscape(table)}\n</pre>\n`).write();
	return 0;
}
/** What all hosts say alike; empty where they differ. */
function alike(answers, of) {
	const told = new Set(answers.map(({ answer }) => of(answer) ?? ""));
	const [only = ""] = told;
	return told.size === 1 ? only : "";
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
	process.stdout.write(`${text}\n`);
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
	process.stdout.write(`${text}\n`);
	const damaged = answers.filter(({ answer }) => answer.count > 0);
	for (const { host, answer } of damaged) {
		const where = answers.length === 1 ? `the host of ${answer.site}` : host;
		log.error(`${countText(answer.count)} on ${where}.`);
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
		if (task.shown !== void 0) return await show(task.shown);
		const { run } = task;
		secrets = [...Object.values(run.env), ...run.github ? [run.github.token] : []];
		deployment = new Deployment(run, cleanLog(log, clean));
		return await perform(run, cleanLog(log, clean), clean, actions, deployment);
	} catch (error) {
		const code = await reportError(error, log, clean, actions);
		await deployment?.broke(clean(error instanceof Error ? error.message : String(error)));
		return code;
	}
}
/** Shows the settings of a stage. */
async function show(wanted) {
	const { settings } = await import("./releasing.js");
	const found = await settings(wanted);
	process.stdout.write(`${wanted.json ? settingsJson(found) : settingsTable(found)}\n`);
	return 0;
}
async function perform(run, log, clean, actions, deployment) {
	switch (run.command) {
		case "deploy":
		case "stage":
		case "promote":
		case "build": return release(run, log, clean, actions, deployment);
		case "status": return tellAll(log, await status$1(run, log), (told) => reportStatus(log, told, {
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
	const { buildArtifact, deploy, fromStage } = await import("./releasing.js");
	if (run.command === "build") return reportBuild(log, await buildArtifact(run, log), actions);
	const begun = (commit) => deployment.begin(commit);
	const report = await deploy(run, log, run.command === "promote" ? fromStage : void 0, begun);
	if ("outcome" in report) return tellEnd(run, report, log, clean, actions, deployment);
	const { cleanPlan, reportPlan } = await import("./releasing.js");
	return reportPlan(log, cleanPlan(report, clean), run, actions);
}
/** Reports an operation that may have brought another release, with what lies between the two. */
async function tellEnd(run, report, log, clean, actions, deployment) {
	const told = cleanReport(actions ? await withCommits(run, report) : report, clean);
	const code = await reportOutcome(log, told, actions);
	const id = await deployment.end(told);
	if (actions && id !== void 0) setOutputs({ deployment: String(id) });
	return code;
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
async function tellAll(log, { told, away }, report) {
	const code = await report(told);
	for (const { name, error } of away) log.error(`${name} could not be asked: ${error.what}`);
	return away.length === 0 ? code : EXIT.unavailable;
}
/** The verbs that need nothing but the host. */
async function hostVerb(run, request, log, clean, actions) {
	switch (request.type) {
		case "releases":
		case "history": return tellAll(log, await ask(run, request, log), (told) => reportTold(log, told, run.json));
		case "verify": return tellAll(log, await verify(run, log), (told) => reportVerified(log, told, run.json));
		case "outcome": return reportOutcome(log, cleanReport(await learn(run, request, log), clean), actions);
		case "logs":
			await showLogs(run, request, log, actions);
			return 0;
		default: return reportOutcome(log, cleanReport(await change(run, request, log), clean), actions);
	}
}
// src/index.ts
process.exit(await main({
	argv: process.argv.slice(2),
	env: process.env,
	cwd: process.cwd()
}));
export {};
