import { homedir } from 'node:os';
import * as core from '@actions/core';
import type { InitWanted } from '../init/init.ts';
import { answer } from '../report/answer.ts';
import { readCommandLine } from './command-line.ts';
import { CONFIG } from './commands.ts';
import { readContext } from './context.ts';
import type { Reporter } from './input-reader.ts';
import { readActionInputs } from './inputs.ts';
import { readRun } from './read-run.ts';
import { readSettings, type SettingsWanted } from './read-settings.ts';
import type { Run } from './types.ts';

/** The process a run is read from. */
export interface Surroundings {
  /** Arguments after the program's name. Without any, in a job, this is the Action. */
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

/** What a process was asked for: to run something, to show settings, or to write the files for a first deploy. */
export type Task =
  | { kind: 'run'; run: Run }
  | { kind: 'config'; wanted: SettingsWanted }
  | { kind: 'init'; wanted: InitWanted };

/**
 * Reads everything this process was asked to do, as the Action or from the command line.
 *
 * @param version of this program, for `--version`
 * @returns null when only help or the version was asked for, and printed
 * @throws ConfigError with all faults together
 */
export function loadTask({ argv, env, cwd }: Surroundings, version: string): Task | null {
  const context = readContext(env, cwd);
  const isAction = argv.length === 0 && context.actions;
  const inputs = isAction
    ? readActionInputs()
    : readCommandLine(argv, { env, home: homedir(), cwd, version, print: answer });
  const folder = isAction ? context.folder : cwd;
  if (inputs === null) return null;
  if (inputs.init !== undefined) return { kind: 'init', wanted: inputs.init };
  const asked = [inputs, { ...context, folder }, reporterFor(context.actions)] as const;
  return inputs.values.command === CONFIG
    ? { kind: 'config', wanted: readSettings(...asked) }
    : { kind: 'run', run: readRun(...asked) };
}

/** Outside GitHub Actions nobody reads mask commands: they would print the secrets. */
function reporterFor(actions: boolean): Reporter {
  return actions
    ? { mask: (secret) => core.setSecret(secret), notice: (message) => core.notice(message) }
    : { mask: () => {}, notice: (message) => process.stderr.write(`${message}\n`) };
}
