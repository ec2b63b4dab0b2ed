import type { BuildSpec } from '../protocol/messages.ts';
import { answer } from './answer.ts';
import type { Log } from './log.ts';
import { setOutputs } from './outputs.ts';

/** Tells where an artifact was left, and what it holds; as JSON too where asked for. @returns what the process should exit with */
export function reportBuild(
  log: Log,
  made: { build: BuildSpec; folder: string },
  actions: boolean,
  json: boolean,
): number {
  const { commit, target, trees, env } = made.build;
  log.phase('Result');
  log.info(`for Python ${target.minor} on ${target.machine} with ${target.libc}; ${env.packages.length} packages`);
  log.info(`code ${trees.code}`);
  if (trees.static !== null) log.info(`static ${trees.static}`);
  if (trees.config !== null) log.info(`config ${trees.config}`);
  log.info(`environment ${env.digest}`);
  log.end();
  log.step(`built: commit ${commit.slice(0, 7)}, in ${made.folder}`, true);
  if (json) answer(`${JSON.stringify({ artifact: made.folder, ...made.build }, null, 2)}\n`, true);
  if (actions) setOutputs({ artifact: made.folder, commit });
  return 0;
}
