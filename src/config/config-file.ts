import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { clashes, hostTwice, sameSite } from './clashes.ts';
import { type Path, type Position, parseYaml } from './document.ts';
import type { RawInputs } from './inputs.ts';
import { sshForLocal } from './local-clashes.ts';
import { neverFit } from './ref-clashes.ts';
import { resolveStage } from './resolve.ts';
import type { GracefulFile } from './schema.ts';
import { wantsText } from './schema-at.ts';
import { checkShape, dotted, nearest, valueAt } from './shape.ts';
import type { StageOnOffer } from './stage-choice.ts';
import type { ConfigFault } from './types.ts';

/** A place in the file. */
export type Place = Pick<ConfigFault, 'where' | 'file'> & Position;

/** `graceful.yml` as far as it is to be understood. */
export interface ConfigFile {
  /** With faults, what is left of the file without the faulty places; undefined where that makes no sense. */
  settings: GracefulFile | undefined;
  /** Stages that can be chosen, even from a file with faults; undefined when there is no telling. */
  stages: StageOnOffer[] | undefined;
  faults: ConfigFault[];
  /**
   * A fault that some settings of a stage make together, at the first that is written in the stage, else at the top, else
   * at the stage. None when one of them has a fault of its own that is told already.
   */
  faultAt(stage: string, keys: readonly Path[], message: string, mend: string): ConfigFault[];
  /** Where a key is written, or undefined. */
  placeOf(path: Path): Place | undefined;
}

/** The nearest folder from here upwards that is the top of a git checkout, or undefined. */
export function topOfCheckout(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : topOfCheckout(parent);
}

const NO_PLACES = { faultAt: () => [], placeOf: () => undefined };

/** What there is of a file that cannot be read: one fault. */
export function noFile(where: string, message: string, mend: string): ConfigFile {
  return { settings: undefined, stages: undefined, faults: [{ where, message, mend }], ...NO_PLACES };
}

/** Reads the file at an absolute path; `workspace` is what its faults name it relative to. */
export function readConfigFile(path: string, workspace: string, source: RawInputs['source']): ConfigFile {
  const where = relative(workspace, path);
  const [option, first] =
    source === 'action' ? ['"config"', '; in a job, actions/checkout comes first'] : ['--config', ''];
  const refuse = (message: string, mend: string): ConfigFile => noFile(where, message, mend);
  try {
    return parseConfig(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)), where);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    switch (error.code) {
      case 'ENOENT':
        return refuse(
          'there is no such file',
          `${besides(path)}let \`graceful init\` write it, write it as docs/configuration.md shows, or name its path with ${option}${first}`,
        );
      case 'ERR_ENCODING_INVALID_ENCODED_DATA':
        return refuse('this is not UTF-8 text', 'save the file as UTF-8');
      case 'EISDIR':
        return refuse('this is a folder', `name the file in it with ${option}`);
      default:
        return refuse(`cannot be read (${error.message})`, 'check its path and permissions');
    }
  }
}

/** A file of nearly that name in the same folder, `graceful.yaml` most of all. */
function besides(path: string): string {
  const folder = dirname(path);
  const near = existsSync(folder) ? nearest(basename(path), readdirSync(folder)) : undefined;
  return near === undefined ? '' : `did you mean "${near}"? `;
}

/** Checks the text of `graceful.yml`: YAML, shape, and what does not go together in any of its stages. */
export function parseConfig(text: string, where: string): ConfigFile {
  const parsed = parseYaml(text, wantsText);
  const place = (position: Position): Place => ({ where, file: where, ...position });
  const placed = (position: Position, message: string, mend: string) => ({ ...place(position), message, mend });
  const faults: ConfigFault[] = parsed.faults.map(({ position, message, mend }) => placed(position, message, mend));
  if (parsed.value === undefined) return { settings: undefined, stages: undefined, faults, ...NO_PLACES };

  const shape = checkShape(parsed);
  faults.push(...shape.faults.map(({ position, message, mend }) => placed(position, message, mend)));
  const faultAt: ConfigFile['faultAt'] = (stage, keys, message, mend) => {
    const places: Path[] = [...keys.map((key) => ['stages', stage, ...key]), ...keys];
    if (places.some((place) => shape.broken.some((path) => overlap(place, path)))) return [];
    const written = places.find((place) => parsed.has(place));
    const position = written ? parsed.valueAt(written) : parsed.keyAt(['stages', stage]);
    return [placed(position, `stage ${stage}: ${message}`, mend)];
  };
  const { file } = shape;
  for (const path of file ? hostTwice(file) : [])
    faults.push(
      placed(
        parsed.keyAt(path),
        `${path.length > 1 ? `${path.slice(0, -1).map(String).join('.')}: ` : ''}host and hosts both say where the site lives`,
        'keep one of the two',
      ),
    );
  for (const { at, message, mend } of file ? neverFit(file) : [])
    faults.push(placed(parsed.valueAt(at), `${dotted(at)}: ${message}`, mend));
  const drafts = file ? Object.keys(file.stages).map((name) => resolveStage(file, name)) : [];
  for (const stage of drafts) {
    for (const { at, message, mend } of clashes(stage)) faults.push(...faultAt(stage.name, at, message, mend));
  }
  const between = [...(file ? sshForLocal(file) : []), ...sameSite(drafts)];
  for (const { stage, at, message, mend } of between) faults.push(...faultAt(stage, at, message, mend));
  return {
    settings: shape.file,
    stages: stagesIn(parsed.value),
    faults: unique(faults),
    faultAt,
    placeOf: (path) => (parsed.has(path) ? place(parsed.keyAt(path)) : undefined),
  };
}

/** True when one place lies in the other, or both are the same. */
function overlap(a: Path, b: Path): boolean {
  return [...Array(Math.min(a.length, b.length)).keys()].every((index) => a[index] === b[index]);
}

/** A clash of common settings is one fault, however many stages have it. */
function unique(faults: ConfigFault[]): ConfigFault[] {
  const bare = (message: string) => message.replace(/^stage \S+: /, '');
  const key = (fault: ConfigFault) => [fault.line, fault.column, bare(fault.message)].join(':');
  return [...Map.groupBy(faults, key).values()].flatMap(([first]) => (first ? [first] : []));
}

function stagesIn(value: unknown): StageOnOffer[] | undefined {
  const stages = valueAt(value, ['stages']);
  if (typeof stages !== 'object' || stages === null || Array.isArray(stages)) return undefined;
  return Object.entries(stages).flatMap(([name, stage]) => {
    // A key that is indented wrongly is no stage to offer.
    if (typeof stage !== 'object' || stage === null) return [];
    return [{ name, branch: texts(valueAt(stage, ['branch'])), tags: texts(valueAt(stage, ['tags'])) }];
  });
}

function texts(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string');
}
