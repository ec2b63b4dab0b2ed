import { join } from "node:path";
import { homedir } from "node:os";
// src/cache-folder.ts
/** Folder of everything that is kept between runs on this machine. */
function cacheFolder(env = process.env) {
	if (env["RUNNER_TOOL_CACHE"]) return join(env["RUNNER_TOOL_CACHE"], "graceful");
	return join(env["XDG_CACHE_HOME"] || join(env["HOME"] ?? homedir(), ".cache"), "graceful");
}
export { cacheFolder as t };
