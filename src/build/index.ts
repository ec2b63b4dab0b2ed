/**
 * Building in the runner: from a checkout to the trees that are shipped. docs/build.md tells the story; a deploy calls them
 * in this order: exportSource, findDjango, findPythons, pickPython, readAsked, inputsHash, deployKey, obtainEnv, checkWheels,
 * collectStatic, webProcess (of servers/), packStream.
 */

export { cacheFolder, type Obtained, obtainEnv } from './cache.ts';
export { type Django, findDjango } from './django.ts';
export type { BuiltEnv } from './env.ts';
export { BuildError, type Place } from './errors.ts';
export { inputsHash, installerOptions } from './inputs.ts';
export { deployKey } from './key.ts';
export type { Manifest, Tree } from './manifest.ts';
export { lacking, type PackTree, packStream } from './pack.ts';
export { findPythons, type Match, pickPython, type RunnerPython, type Target } from './python.ts';
export type { Requirements } from './requirements.ts';
export { exportSource, type Source } from './source/source.ts';
export { type Collected, collectStatic, type Static, settingsModule } from './static/static.ts';
export { checkWheels } from './wheels.ts';
