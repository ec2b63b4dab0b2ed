/** Which `graceful.yml` a run is about, and which of its stages. */
import { dirname, relative, resolve } from 'node:path';
import { type ConfigFile, noFile, readConfigFile, topOfCheckout } from './config-file.ts';
import type { Context } from './context.ts';
import { howToGive, type InputName, label, type RawInputs } from './inputs.ts';
import { type Chosen, chooseStage } from './stage-choice.ts';
import type { ConfigFault } from './types.ts';

/** The file that was read, and where it is. */
export interface Found {
  file: ConfigFile;
  /** Absolute. */
  path: string;
  /** Top folder of the checkout that it is in. */
  workspace: string;
}

/** Reads the file that `config` names, else the one at the top of the checkout. */
export function findFile(inputs: RawInputs, context: Context): Found {
  const { config = 'graceful.yml' } = inputs.values;
  const named = inputs.source === 'action' || inputs.values.config !== undefined;
  const folder = named ? context.folder : (topOfCheckout(context.folder) ?? context.folder);
  const path = resolve(folder, config);
  const workspace = topOfCheckout(dirname(path)) ?? context.folder;
  if (inputs.source === 'action' && relative(folder, path).startsWith('..')) {
    const message = `"${config}" lies outside of the workspace ${folder}`;
    return { file: noFile(label(inputs, 'config'), message, 'name a file of the checkout'), path, workspace };
  }
  return { file: readConfigFile(path, workspace, inputs.source), path, workspace };
}

/** Which stage of a file is asked for. */
export interface Wanted {
  name: string | undefined;
  /** The input that names it. */
  input: InputName;
  command: string;
}

/** The stage that is meant, or the fault that there is none; undefined where the file's own faults leave no telling. */
export function findStage(
  file: ConfigFile,
  wanted: Wanted,
  inputs: RawInputs,
  { ref }: Context,
): Chosen | ConfigFault | undefined {
  if (!file.stages || file.stages.length === 0) return undefined;
  const give = (stage: string) => howToGive(inputs, 'stage', stage);
  const choice = chooseStage(file.stages, wanted.name, ref, wanted.command, give);
  if ('name' in choice) return choice;
  const { at, message, mend } = choice;
  const last = at?.at(-1);
  const key = ref?.kind === 'tag' ? 'tags' : 'branch';
  const place = at && file.placeOf(last === undefined ? ['stages'] : ['stages', last, key]);
  return { ...(place ?? { where: label(inputs, wanted.input) }), message, mend };
}
