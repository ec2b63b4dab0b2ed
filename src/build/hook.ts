import { cp, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Stage } from '../config/types.ts';
import { redact } from '../secrets.ts';
import { copyTree } from './copy.ts';
import type { BuiltEnv } from './env/env.ts';
import { overlayFor } from './env/overlay.ts';
import { BuildError, codeOf, refuse } from './errors.ts';
import { manifestFrom, manifestOf, type Tree } from './manifest.ts';
import { isOwn } from './own-variables.ts';
import type { Match } from './python.ts';
import { lastLines, run } from './run.ts';
import type { Source } from './source/source.ts';

export interface HookOptions {
  source: Pick<Source, 'tree' | 'commit' | 'committedAt'>;
  match: Match;
  env: Pick<BuiltEnv, 'tree'>;
  stage: Pick<Stage, 'name' | 'hooks' | 'buildEnv'>;
  scratch: string;
  /** A folder in the source's that is no part of its tree: the configuration repository. */
  apart?: string | undefined;
  /** Values that must never be shown. */
  secrets: readonly string[];
  log?: (line: string) => void;
}

/** Lines of the output of a hook that went well. */
const SHOWN = 10;

/**
 * Runs `hooks.build` in a copy of the source, so that the checkout stays as it is, and takes its outputs over.
 *
 * @returns the tree of the code: the source itself where there is no hook, else with the outputs in it
 * @throws BuildError with the hook's output when it fails, and for each output that it did not make
 */
export async function runHook(options: HookOptions): Promise<Tree> {
  const { source, stage, scratch } = options;
  const { build, outputs } = stage.hooks;
  if (build === undefined) return source.tree;
  const copy = join(scratch, 'hook');
  await copyTree(source.tree.folder, copy);
  // What was committed there is no output: one that was not made is to be seen.
  for (const output of outputs) await rm(join(copy, output), { recursive: true, force: true });
  options.log?.(`hooks.build: ${build}`);
  const argv: [string, ...string[]] = ['sh', '-e', '-c', build];
  const ran = await run(argv, {
    cwd: copy,
    env: await hookEnv(options),
    secrets: options.secrets,
    mend: 'mend what its output above names; hooks.build runs in a copy of the commit, without .git and without what git does not track',
  }).catch((thrown: unknown) => {
    if (!(thrown instanceof BuildError)) throw thrown;
    const shown = redact(argv.join(' '), options.secrets);
    throw new BuildError(
      thrown.message.replace(shown, () => `hooks.build (${redact(build, options.secrets)})`),
      {
        mend: thrown.mend,
        output: [...thrown.output],
        cause: thrown,
      },
    );
  });
  for (const line of lastLines(`${ran.stdout}\n${ran.stderr}`, SHOWN)) options.log?.(`  ${line}`);
  const made = await Promise.all(outputs.map(async (output) => ((await isThere(join(copy, output))) ? null : output)));
  refuse(
    made
      .filter((output) => output !== null)
      .map(
        (output) =>
          new BuildError(`hooks.build (${build}) did not make ${output}, which hooks.outputs names`, {
            mend: 'see where it writes to; outputs are relative to the top of the repository, and not empty',
          }),
      ),
  );
  const code = join(scratch, 'code');
  await copyTree(source.tree.folder, code);
  for (const output of outputs) {
    await rm(join(code, output), { recursive: true, force: true });
    await mkdir(dirname(join(code, output)), { recursive: true });
    await cp(join(copy, output), join(code, output), { recursive: true, verbatimSymlinks: true });
  }
  await rm(copy, { recursive: true, force: true });
  const { folder, manifest } = await manifestOf(code, 'the source with the outputs of hooks.build');
  const { apart } = options;
  if (apart === undefined) return { folder, manifest };
  return { folder, manifest: manifestFrom(manifest.entries.filter(({ path }) => !path.startsWith(`${apart}/`))) };
}

/** The job's own environment, which knows the way to npm and its registry, without what is the Action's; over it `build-env`. */
async function hookEnv({ env, match, scratch, source, stage }: HookOptions): Promise<NodeJS.ProcessEnv> {
  const overlay = await overlayFor(env, match, scratch);
  const inherited = Object.entries(process.env).filter(([name]) => !isOwn(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: `${overlay.bin}${delimiter}${process.env['PATH'] ?? ''}`,
    PYTHONDONTWRITEBYTECODE: '1',
    // Tools that would write the time of day into what they make take this instead.
    SOURCE_DATE_EPOCH: String(source.committedAt),
    GRACEFUL_COMMIT: source.commit,
    GRACEFUL_STAGE: stage.name,
    ...stage.buildEnv,
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    return !(await lstat(path)).isDirectory() || (await readdir(path)).length > 0;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return false;
    throw thrown;
  }
}
