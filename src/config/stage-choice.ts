import type { Ref } from './context.ts';
import { isOneOf } from './ref-pattern.ts';
import { nearest } from './shape.ts';

/** A stage, and the branches and tags that belong to it, by name or pattern; none where it names none. */
export interface StageOnOffer {
  name: string;
  branch: readonly string[];
  tags: readonly string[];
}

/** The stage that is meant, and why this one. */
export interface Chosen {
  name: string;
  by: 'name' | 'ref' | 'only';
}

/** A stage, or why there is none: with `at` because of the file, and there of these stages; else because of the name that was asked for. */
export type Choice = Chosen | { message: string; mend: string; at?: readonly string[] };

/**
 * Which stage is meant: the named one; else the one that the branch or tag belongs to; else the only one.
 *
 * A deploy never takes the only stage for a branch or tag other than those it names: pushing `try-this` must not put it live
 * in production just because there is no staging yet. What is not merged is of no branch that a stage could name, and no stage takes it, be
 * it the only one and free of any. What brings no code (`rollback`, `status` ...) may.
 *
 * @param give says how to name a stage where this run was asked from
 */
export function chooseStage(
  stages: readonly StageOnOffer[],
  wanted: string | undefined,
  ref: Ref | undefined,
  command: string,
  give: (stage: string) => string,
): Choice {
  if (wanted !== undefined) return chooseNamed(stages, wanted);
  const [first, ...others] = ref === undefined ? [] : stages.filter((stage) => owns(stage, ref));
  if (ref && first && others.length > 0) {
    const at = [first, ...others].map(({ name }) => name);
    return {
      message: `${ref.kind} "${ref.name}" belongs to several stages: ${at.join(', ')}`,
      mend: `say which (${give(first.name)}), or let their branches and tags have nothing in common`,
      at,
    };
  }
  if (first) return { name: first.name, by: 'ref' };
  const only = stages.length === 1 ? stages[0] : undefined;
  const takes = (stage: StageOnOffer) => ref === undefined || (isMerged(ref) && isFree(stage));
  if (only && (!['deploy', 'stage'].includes(command) || takes(only))) return { name: only.name, by: 'only' };
  const message =
    ref === undefined
      ? 'neither a branch nor a tag is known to choose a stage by'
      : `${ref.kind} "${ref.name}" belongs to no stage`;
  const offers = stages.map((stage) => `${stage.name} (${described(stage)})`).join(', ');
  return {
    message,
    mend: `say which (${give(stages[0]?.name ?? 'NAME')}), or run this for what belongs to one: ${offers}`,
    at: [],
  };
}

function chooseNamed(stages: readonly StageOnOffer[], wanted: string): Choice {
  if (stages.some(({ name }) => name === wanted)) return { name: wanted, by: 'name' };
  const names = stages.map(({ name }) => name);
  const near = nearest(wanted, names);
  const hint = near === undefined ? '' : `did you mean "${near}"? `;
  return { message: `there is no stage "${wanted}"`, mend: `${hint}stages: ${names.join(', ')}` };
}

function owns(stage: StageOnOffer, ref: Ref): boolean {
  return isMerged(ref) && isOneOf(ref.name, ref.kind === 'tag' ? stage.tags : stage.branch);
}

const isMerged = ({ kind }: Ref) => kind === 'branch' || kind === 'tag';

const isFree = ({ branch, tags }: StageOnOffer) => branch.length + tags.length === 0;

function described(stage: StageOnOffer): string {
  const parts = [
    ...(stage.branch.length > 0 ? [`branch ${stage.branch.join(', ')}`] : []),
    ...(stage.tags.length > 0 ? [`tags ${stage.tags.join(', ')}`] : []),
  ];
  return parts.join('; ') || 'no branch';
}
