import { nearest } from './shape.ts';

export interface StageOnOffer {
  name: string;
  branch: string | undefined;
}

export type Choice = { name: string } | { message: string; mend: string };

/**
 * Which stage is meant: the named one; else the one whose branch was pushed; else the only one.
 *
 * A deploy never takes the only stage for a branch other than the one it names: pushing `try-this` must not put it live
 * in production just because there is no staging yet. What brings no code (`rollback`, `status` ...) may.
 *
 * @param give says how to name a stage where this run was asked from
 */
export function chooseStage(
  stages: readonly StageOnOffer[],
  wanted: string | undefined,
  branch: string | undefined,
  command: string,
  give: (stage: string) => string,
): Choice {
  const names = stages.map(({ name }) => name).join(', ');
  if (wanted !== undefined) {
    if (stages.some(({ name }) => name === wanted)) return { name: wanted };
    const near = nearest(
      wanted,
      stages.map(({ name }) => name),
    );
    const message = `there is no stage "${wanted}"`;
    return { message, mend: `${near === undefined ? '' : `did you mean "${near}"? `}stages: ${names}` };
  }
  const ofBranch = branch === undefined ? [] : stages.filter((stage) => stage.branch === branch);
  const [first, second] = ofBranch;
  if (first && second) {
    const both = ofBranch.map(({ name }) => name).join(', ');
    return {
      message: `branch "${branch}" belongs to several stages: ${both}`,
      mend: `say which: ${give(first.name)}`,
    };
  }
  if (first) return { name: first.name };
  const only = stages.length === 1 ? stages[0] : undefined;
  if (only && (!['deploy', 'stage'].includes(command) || branch === undefined || only.branch === undefined))
    return { name: only.name };
  const offers = stages.map(
    ({ name, branch: own }) => `${name} (${own === undefined ? 'no branch' : `branch ${own}`})`,
  );
  const message =
    branch === undefined ? 'no branch is known to choose a stage by' : `no stage has the branch "${branch}"`;
  const mend = `say which (${give(stages[0]?.name ?? 'NAME')}), or run this for the branches of stages only: ${offers.join(', ')}`;
  return { message, mend };
}
