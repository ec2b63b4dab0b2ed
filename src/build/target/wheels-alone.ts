/** Environments for a host that is another machine than the runner: nothing can be compiled for it here. */
import { BuildError, refuse } from '../errors.ts';
import { type Resolution, resolve, UnfitError, type Work } from '../installer/installer.ts';
import { isCompileFault } from '../installer/resolution-fault.ts';
import { eachAlone, isFromIndex } from '../installer/unfit.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import type { RequirementLine, Requirements } from '../requirements/requirements.ts';
import { targetWords } from './platform.ts';

const WHEELS_ALONE = ['--only-binary', ':all:'];

/**
 * Resolves to versions that have wheels for the host.
 *
 * Packages that are named by an address or a path have no wheels on an index: they may be built here, as they are mostly
 * Python alone; what was compiled is refused when all is installed.
 *
 * @throws BuildErrors naming every requirement that has no wheel
 */
export async function resolveWheelsAlone(work: Work, requirements: Requirements): Promise<Resolution> {
  const direct = requirements.lines.some((line) => line.kind === 'requirement' && !isFromIndex(line));
  const alone = direct ? work : withWheelsAlone(work);
  const resolution = await resolve(alone, requirements).catch(async (thrown: unknown) => {
    if (!(thrown instanceof BuildError)) throw thrown;
    // Source packages count now: only to learn what the requirements come to, and which of that has no wheel.
    const learnt = direct ? null : await resolve(work, requirements).catch(() => null);
    const lines = learnt === null ? requirements.lines.filter(isFromIndex) : pinsOf(learnt, requirements);
    refuse(await lackingWheels(work, requirements, lines));
    throw thrown;
  });
  // A lock file is taken as it is, whatever there is for the host.
  if (direct || requirements.locked) {
    refuse(await lackingWheels(work, requirements, pinsOf(resolution, requirements)));
  }
  return resolution;
}

function withWheelsAlone(work: Work): Work {
  return { ...work, aim: [...work.aim, ...WHEELS_ALONE] };
}

/** The packages of the index, each at the line that asks for it where one does. */
function pinsOf(resolution: Resolution, { file, lines }: Requirements): RequirementLine[] {
  return resolution.lines.flatMap((resolved) => {
    const [text, name = ''] = /^([^@ =]+)==[^ ]+/.exec(resolved) ?? [];
    if (text === undefined) return [];
    const asked = lines.find(
      ({ kind, canonical }) =>
        kind === 'requirement' && /^[\w-]+/.exec(canonical)?.[0] === normaliseName(name.replace(/\[.*/, '')),
    );
    return [{ kind: 'requirement', text, canonical: text, file: asked?.file ?? file, line: asked?.line ?? 1 }];
  });
}

/** The faults of those that have no wheel for the host. What is not to be had at all, for any host, is not among them. */
async function lackingWheels(
  work: Work,
  requirements: Requirements,
  lines: readonly RequirementLine[],
): Promise<BuildError[]> {
  const wheels = await eachAlone(withWheelsAlone(work), requirements, lines);
  const lacking = lines.filter((_, at) => wheels[at] !== null);
  const sources = await eachAlone(work, requirements, lacking);
  return lacking.flatMap((line, at) => {
    const fault = sources[at] ?? null;
    if (fault instanceof UnfitError) return [fault];
    return fault === null || isCompileFault(fault.output) ? [lackingWheel(line, work)] : [];
  });
}

function lackingWheel({ text, file, line }: RequirementLine, { target }: Work): BuildError {
  const package_ = text.replace(/\s*(;| --).*$/, '').replace('==', ' ');
  return new BuildError(`${package_} has no wheel for ${targetWords(target)}`, {
    mend: `ask for a version that has one, or let the job run on a runner of the host's kind, where it can be compiled (runs-on: ${runnerFor(target.machine)})`,
    place: { file, line },
  });
}

/** Label of GitHub's runners of a machine. Pure. */
export function runnerFor(machine: string): string {
  return machine === 'aarch64' ? 'ubuntu-24.04-arm' : 'ubuntu-24.04';
}
