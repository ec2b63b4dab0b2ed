/** Building in the runner: from a checkout to the trees that are shipped. In the order in which a deploy calls them. */

export { cacheFolder, type Obtained, obtainEnv } from './cache.ts';
export { type Django, findDjango } from './django.ts';
export type { BuiltEnv } from './env.ts';
export { BuildError, type Place } from './errors.ts';
export { deployKey } from './key.ts';
export type { Manifest, Tree } from './manifest.ts';
export { lacking, type PackTree, packStream } from './pack.ts';
export { findPythons, type Match, pickPython, type RunnerPython, type Target } from './python.ts';
export { inputsHash, installerOptions, type Requirements, readRequirements } from './requirements.ts';
export { webProcess } from './server.ts';
export { exportSource, type Source } from './source.ts';
export { type Collected, collectStatic, type Static, settingsModule } from './static.ts';
export { checkWheels } from './wheels.ts';
