/** The environment in which a runner of another machine than the host collects static files. */
import { type Obtained, type ObtainOptions, obtainEnv } from '../cache/environments.ts';
import type { BuiltEnv } from '../env/env.ts';
import { BuildError, faultsOf, refuse } from '../errors.ts';
import { type Match, ownTarget } from '../python.ts';
import { inputsHash, installerOptions } from '../requirements/inputs.ts';
import type { RequirementLine, Requirements } from '../requirements/requirements.ts';

/** An environment that runs here, and the match that it was built for. */
export interface Twin extends Obtained {
  match: Match;
}

/**
 * Obtains what the host's environment holds, in the same versions, for the runner itself.
 *
 * @throws BuildError, or BuildErrors, when packages of the host's environment are not to be had for the runner
 */
export async function obtainTwin(options: Omit<ObtainOptions, 'inputs'>, env: BuiltEnv): Promise<Twin> {
  const { runner, host } = options.match;
  const match = { host: { ...host, abi: runner.abi }, runner, target: ownTarget(runner) };
  const requirements = inVersionsOf(env, options.requirements);
  const inputs = inputsHash(requirements, match.target, await installerOptions(options.top, options.env));
  try {
    return { ...(await obtainEnv({ ...options, match, requirements, inputs })), match };
  } catch (thrown) {
    refuse(
      faultsOf(thrown).map(
        ({ message, mend, place, output }) =>
          new BuildError(
            `static files are collected in the runner (${runner.machine}), and there the packages of the host are not to be had: ${message}`,
            { mend, output: [...output], cause: thrown, ...(place === undefined ? {} : { place }) },
          ),
      ),
    );
    throw thrown;
  }
}

/** The requirements, constrained to the versions that an environment has. Pure. */
export function inVersionsOf(env: Pick<BuiltEnv, 'requirements'>, requirements: Requirements): Requirements {
  // With hashes every version is pinned already.
  if (requirements.locked || requirements.lines.some(({ text }) => text.includes('--hash='))) return requirements;
  const pins = env.requirements.split('\n').flatMap((line) => /^[^@ ]+==[^ ]+/.exec(line)?.[0] ?? []);
  const constraints = pins.map(
    (pin): RequirementLine => ({
      kind: 'constraint',
      text: pin,
      canonical: `constraint ${pin}`,
      file: requirements.file,
      line: 1,
    }),
  );
  return { ...requirements, lines: [...requirements.lines, ...constraints] };
}
