import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { clashes } from './clashes.ts';
import { type Parsed, type Path, type Position, parseYaml } from './document.ts';
import { resolveStage } from './resolve.ts';
import { type GracefulFile, wantsText } from './schema.ts';
import { checkShape, valueAt } from './shape.ts';
import type { StageOnOffer } from './stage-choice.ts';
import type { ConfigFault } from './types.ts';

/** `graceful.yml` as far as it is to be understood. */
export interface ConfigFile {
  /** Undefined while there are faults of shape. */
  settings: GracefulFile | undefined;
  /** Stages that can be chosen, even from a file with faults; undefined when there is no telling. */
  stages: StageOnOffer[] | undefined;
  faults: ConfigFault[];
  /** A fault of this file at a stage, or at one of its settings wherever that is written. */
  faultAt(stage: string, keys: string[][], message: string, mend: string): ConfigFault;
}

/** The nearest folder from here upwards that is the top of a git checkout, or undefined. */
export function topOfCheckout(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : topOfCheckout(parent);
}

/** Reads the file at an absolute path; `workspace` is what its faults name it relative to. */
export function readConfigFile(path: string, workspace: string): ConfigFile {
  const where = relative(workspace, path);
  try {
    return parseConfig(readFileSync(path, 'utf8'), where);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const missing = error.code === 'ENOENT';
    const fault = {
      where,
      message: missing ? 'there is no such file' : `cannot be read (${error.message})`,
      mend: missing
        ? 'check out the repository first (actions/checkout), and write the file (docs/configuration.md) or name its path with "config"'
        : 'check its path and permissions',
    };
    return { settings: undefined, stages: undefined, faults: [fault], faultAt: () => fault };
  }
}

/** Checks the text of `graceful.yml`: YAML, shape, and what does not go together in any of its stages. */
export function parseConfig(text: string, where: string): ConfigFile {
  const parsed = parseYaml(text, wantsText);
  const placed = (position: Position, message: string, mend: string): ConfigFault => ({
    where,
    file: where,
    ...position,
    message,
    mend,
  });
  const faults = parsed.faults.map(({ position, message, mend }) => placed(position, message, mend));
  const faultAt: ConfigFile['faultAt'] = (stage, keys, message, mend) =>
    placed(placeOf(parsed, stage, keys), message, mend);
  if (parsed.value === undefined) return { settings: undefined, stages: undefined, faults, faultAt };

  const shape = checkShape(parsed);
  faults.push(...shape.faults.map(({ position, message, mend }) => placed(position, message, mend)));
  for (const name of Object.keys(shape.file?.stages ?? {})) {
    if (!shape.file) break;
    const draft = resolveStage(shape.file, name);
    for (const clash of clashes(draft)) {
      faults.push(faultAt(name, clash.at, `stage ${name}: ${clash.message}`, clash.mend));
    }
  }
  return { settings: shape.file, stages: stagesIn(parsed.value), faults: unique(faults), faultAt };
}

/** A clash of common settings is one fault, however many stages have it. */
function unique(faults: ConfigFault[]): ConfigFault[] {
  const bare = (message: string) => message.replace(/^stage \S+: /, '');
  const key = (fault: ConfigFault) => [fault.line, fault.column, bare(fault.message)].join(':');
  return [...Map.groupBy(faults, key).values()].flatMap(([first]) => (first ? [first] : []));
}

/** Where the first of these settings is written: in the stage, else at the top, else the stage itself. */
function placeOf(parsed: Parsed, stage: string, keys: string[][]): Position {
  const own: Path[] = keys.map((key) => ['stages', stage, ...key]);
  const path = [...own, ...keys].find((candidate) => parsed.has(candidate));
  return path ? parsed.valueAt(path) : parsed.keyAt(['stages', stage]);
}

function stagesIn(value: unknown): StageOnOffer[] | undefined {
  const stages = valueAt(value, ['stages']);
  if (typeof stages !== 'object' || stages === null || Array.isArray(stages)) return undefined;
  return Object.keys(stages).map((name) => {
    const branch = valueAt(stages, [name, 'branch']);
    return { name, branch: typeof branch === 'string' ? branch : undefined };
  });
}
