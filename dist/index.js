#!/usr/bin/env node
import { t as cacheFolder } from "./cache-folder.js";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
// src/index.ts
if (process.env["RUNNER_ENVIRONMENT"] !== "github-hosted") try {
	enableCompileCache(join(cacheFolder(), "compiled"));
} catch {}
await import("./program.js");
export {};
