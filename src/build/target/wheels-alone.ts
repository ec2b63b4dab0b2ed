/** Environments for a host that is another machine than the runner: nothing can be compiled for it here. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildError, refuse } from '../errors.ts';
import { type Resolution, resolve, type Work } from '../installer/installer.ts';
import type { Target } from '../python.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import type { RequirementLine, Requirements } from '../requirements/requirements.ts';
import { targetWords } from './platform.ts';

/** Requirements asked for at the same time. */
const CONCURRENCY = 4;

const WHEELS_ALONE = ['--only-binary', ':all:'];

/**
 * Resolves to versions that have wheels for the host.
 *
 * Packages that are named by an address or a path have no wheels on an index: they may be built here, as they are mostly
 * Python alone; what was compiled is refused when all is installed.
 *
 * @throws BuildErrors naming every requirement that has no wheel
 */
export async function resolveWheelsAlone(work: Work, requirements: Requirements, target: Target): Promise<Resolution> {
  const alone = requirements.lines.some(isDirect) ? work : { ...work, aim: [...work.aim, ...WHEELS_ALONE] };
  try {
    const resolution = await resolve(alone, requirements);
    // A lock file is taken as it is, whatever there is for the host.
    if (alone === work || requirements.locked) refuse(await lackingWheels(work, requirements, resolution, target));
    return resolution;
  } catch (thrown) {
    if (!(thrown instanceof BuildError) || alone === work) throw thrown;
    // Source packages count now: only to learn what the requirements come to, and which of that has no wheel.
    const resolution = await resolve(work, requirements).catch(() => null);
    if (resolution !== null) refuse(await lackingWheels(work, requirements, resolution, target));
    throw thrown;
  }
}

/** Packages of the index that have no wheel for the host. */
async function lackingWheels(
  work: Work,
  requirements: Requirements,
  resolution: Resolution,
  target: Target,
): Promise<BuildError[]> {
  const options = requirements.lines.filter(({ kind, text }) => kind === 'option' && text !== '--require-hashes');
  const pins = resolution.lines.map((line) => line.replace(/ --hash=.*/, '')).filter((pin) => /^[^@ ]+==/.test(pin));
  const lacking: string[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let pin = pins[next++]; pin !== undefined; pin = pins[next++]) {
      const { file } = requirements;
      const line: RequirementLine = { kind: 'requirement', text: pin, canonical: pin, file, line: 1 };
      const scratch = await mkdtemp(join(work.scratch, 'wheel-'));
      const aim = [...work.aim, ...WHEELS_ALONE, '--no-deps'];
      const found = await resolve({ ...work, scratch, aim }, { file, lines: [...options, line], locked: false }).catch(
        (thrown: unknown) => {
          if (thrown instanceof BuildError) return null;
          throw thrown;
        },
      );
      if (found === null) lacking.push(pin);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return lacking.toSorted().map((pin) => lackingWheel(pin, requirements, target));
}

function lackingWheel(pin: string, requirements: Requirements, target: Target): BuildError {
  const [name = '', version = ''] = pin.split('==');
  const asked = requirements.lines.find(
    ({ kind, canonical }) => kind === 'requirement' && /^[\w.-]+/.exec(canonical)?.[0] === normaliseName(name),
  );
  const place = asked === undefined ? { file: requirements.file } : { file: asked.file, line: asked.line };
  return new BuildError(`${name} ${version} has no wheel for ${targetWords(target)}`, {
    mend: `ask for a version that has one, or let the job run on a runner of the host's kind, where it can be compiled (runs-on: ${runnerFor(target.machine)})`,
    place,
  });
}

/** Label of GitHub's runners of a machine. Pure. */
export function runnerFor(machine: string): string {
  return machine === 'aarch64' ? 'ubuntu-24.04-arm' : 'ubuntu-24.04';
}

function isDirect({ kind, canonical }: RequirementLine): boolean {
  return kind === 'requirement' && (canonical.includes(' sha256:') || /^[^;]* @ /.test(canonical));
}
