/** Programs that ask a release's own Django something, in the runner. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Stage } from '../../config/types.ts';
import { redact } from '../../secrets.ts';
import { copyTree, likenessOf } from '../copy.ts';
import type { Inside } from '../debian/inside.ts';
import type { BuiltEnv } from '../env/env.ts';
import { overlayFor } from '../env/overlay.ts';
import type { Match } from '../python.ts';
import { run } from '../run.ts';
import type { Source } from '../source/source.ts';
import type { Django } from './django.ts';

/** Of what a release's Django runs in the runner, and what it sees. */
export interface InRunner {
  source: Pick<Source, 'tree'>;
  django: Django;
  match: Match;
  env: Pick<BuiltEnv, 'tree'>;
  stage: Pick<Stage, 'env' | 'buildEnv'>;
  /** The `env` input: reaches Django, and nothing that anybody reads. */
  inputEnv: Readonly<Record<string, string>>;
  scratch: string;
  /** Where the environment runs; undefined: in the runner itself. Only asked when it is to run. */
  within?: () => Promise<Inside | undefined>;
}

/** A Python program that leaves an answer in a file, its first argument. Exit status 3 is an answer too. */
export interface Program {
  name: string;
  text: string;
  /** The settings module. */
  settings: string;
  /** Its further arguments. */
  args: (code: string) => string[];
  /** Runs commands of the site's own, which may write to any file of the source. */
  writes: boolean;
  /** What to do where it fails. */
  mend: string;
}

/** What became of a program. */
export interface Answered {
  /** Of its answer, which is not there where it was ended meanwhile. */
  answerFile: string;
  /** The project's folder, of the packages, and the variables that it had. */
  project: string;
  packages: string;
  env: Readonly<Record<string, string | undefined>>;
  /** What it printed, without secrets. */
  output: string;
}

/**
 * Runs a program in a copy of the source, with the very environment that is shipped. Django sees `build-env`, then the `env` input,
 * then the stage's env; never shared/.env, which is on the host.
 * @throws BuildError when it cannot be run
 */
export async function runDjango(options: InRunner, program: Program): Promise<Answered> {
  const { source, django, stage, inputEnv } = options;
  const scratch = await mkdtemp(join(options.scratch, `${program.name}-`));
  const code = join(scratch, 'code');
  const file = join(scratch, `${program.name}.py`);
  const answerFile = join(scratch, 'answer.json');
  // Not the tree itself: settings make log files, databases and folders, which are no part of the release.
  if (program.writes) await copyTree(source.tree.folder, code);
  else likenessOf(source.tree.folder, code);
  await writeFile(file, program.text);
  const overlay = await overlayFor(options.env, options.match, scratch);
  const secrets = Object.values(inputEnv);
  const project = join(code, django.project);
  const env = {
    PATH: `${overlay.bin}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: process.env['HOME'],
    LANG: 'C.UTF-8',
    ...stage.env,
    ...inputEnv,
    ...stage.buildEnv,
    DJANGO_SETTINGS_MODULE: program.settings,
    PYTHONDONTWRITEBYTECODE: '1',
    // What goes through a set comes out in the same order each time.
    PYTHONHASHSEED: '0',
  };
  const ran = await run([overlay.python, '-s', file, answerFile, ...program.args(code)], {
    cwd: project,
    env,
    secrets,
    within: await options.within?.(),
    accept: [3],
    mend: program.mend,
  });
  const output = redact(`${ran.stdout}\n${ran.stderr}`, secrets);
  return { answerFile, project, packages: overlay.packages, env, output };
}
