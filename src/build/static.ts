import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import * as z from 'zod';
import type { Stage } from '../config/types.ts';
import type { BuildSpec } from '../protocol/messages.ts';
import { redact } from '../secrets.ts';
import { COLLECT_PROGRAM } from './collect.ts';
import type { Django } from './django.ts';
import { type BuiltEnv, overlayFor } from './env.ts';
import { BuildError, codeOf, type Place } from './errors.ts';
import { manifestOf, type Tree } from './manifest.ts';
import { placeOfSetting } from './modules.ts';
import type { Match } from './python.ts';
import { lastLines, run } from './run.ts';
import { missingVariable, unsetVariables } from './settings-variables.ts';
import type { Source } from './source/source.ts';

/** The static files of a release. */
export interface Static {
  tree: Tree;
  spec: NonNullable<BuildSpec['static']>;
}

export interface CollectOptions {
  source: Pick<Source, 'tree'>;
  django: Django;
  match: Match;
  env: BuiltEnv;
  stage: Pick<Stage, 'env' | 'buildEnv'>;
  /** The `env` input: reaches Django, and nothing that anybody reads. */
  inputEnv: Readonly<Record<string, string>>;
  scratch: string;
  log?: (line: string) => void;
}

const Answer = z.union([
  z.object({ state: z.literal('none') }),
  z.object({ state: z.literal('unset') }),
  z.object({ state: z.literal('outside'), root: z.string() }),
  z.object({ state: z.literal('elsewhere'), root: z.string() }),
  z.object({ state: z.literal('remote'), storage: z.string() }),
  z.object({ state: z.literal('collected'), root: z.string(), url: z.string().nullable(), debug: z.boolean() }),
  z.object({
    error: z.object({
      step: z.string(),
      kinds: z.array(z.string()),
      message: z.string(),
      place: z.object({ file: z.string(), line: z.number().nullable() }).nullable(),
    }),
  }),
]);
type Answer = z.infer<typeof Answer>;
type Failed = Extract<Answer, { error: unknown }>['error'];

/** Why a release has no static files, or files beside the source that a visitor will not see. */
export interface Collected {
  /** Null: the site has none, or another server has them. */
  static: Static | null;
  notices: string[];
}

/**
 * Collects the static files in the runner, from a copy of the source and with the very environment that is shipped.
 * Django sees `build-env`, then the `env` input, then the stage's env; never shared/.env, which is on the host.
 *
 * @throws BuildError when the settings cannot be loaded (naming the variable that is missing), STATIC_ROOT is unset or
 *   outside of the project, or collectstatic fails
 */
export async function collectStatic(options: CollectOptions): Promise<Collected> {
  const { source, django, stage, inputEnv } = options;
  const scratch = await mkdtemp(join(options.scratch, 'static-'));
  const code = join(scratch, 'code');
  const folder = join(scratch, 'static');
  const answerFile = join(scratch, 'answer.json');
  const program = join(scratch, 'collect.py');
  // A copy: settings make log files, databases and folders, which are no part of the release.
  await cp(source.tree.folder, code, { recursive: true, verbatimSymlinks: true });
  await mkdir(folder);
  await writeFile(program, COLLECT_PROGRAM);
  const overlay = await overlayFor(options.env, options.match, scratch);
  const given = { ...stage.env, ...inputEnv, ...stage.buildEnv };
  const settings = settingsModule(django, given);
  options.log?.(`collecting static files with ${settings}`);
  const secrets = Object.values(inputEnv);
  const project = join(code, django.project);
  const env = {
    PATH: `${overlay.bin}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: process.env['HOME'],
    LANG: 'C.UTF-8',
    ...given,
    DJANGO_SETTINGS_MODULE: settings,
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const ran = await run([overlay.python, '-s', program, answerFile, folder, code], {
    cwd: project,
    env,
    secrets,
    accept: [3],
    mend: 'see the output above; what Django sees in the runner is set by build-env: in graceful.yml',
  });
  const output = redact(`${ran.stdout}\n${ran.stderr}`, secrets);
  const answer = await readAnswer(answerFile, output);
  if ('error' in answer) {
    const error = { ...answer.error, message: redact(answer.error.message, secrets) };
    throw failure(error, settings, project, await unsetVariables(project, settings, env), lastLines(output));
  }
  const at = async (name: string): Promise<{ place?: Place }> => {
    const place = await placeOfSetting(project, django.project, settings, name);
    return place === null ? {} : { place };
  };
  switch (answer.state) {
    case 'none':
      return { static: null, notices: [] };
    case 'unset':
      throw new BuildError(`STATIC_ROOT is not set in ${settings}`, {
        mend: 'add STATIC_ROOT = BASE_DIR / "staticfiles" to the settings (or take django.contrib.staticfiles out of INSTALLED_APPS)',
        ...(await at('STATIC_ROOT')),
      });
    case 'outside':
      throw new BuildError(
        `STATIC_ROOT in ${settings} is ${answer.root}, which is not a folder inside the project's code`,
        {
          mend: 'set STATIC_ROOT = BASE_DIR / "staticfiles": each release carries its own static files, and the web server serves them from there',
          ...(await at('STATIC_ROOT')),
        },
      );
    case 'elsewhere':
      throw new BuildError(
        `the staticfiles storage in ${settings} has a location of its own (${answer.root}) instead of STATIC_ROOT`,
        {
          mend: 'leave "location" out of STORAGES["staticfiles"]["OPTIONS"]',
          ...(await at('STORAGES')),
        },
      );
    case 'remote':
      return {
        static: null,
        notices: [`static files are kept by ${answer.storage}: they are not collected for the release`],
      };
    case 'collected': {
      for (const line of lastLines(ran.stdout, 3)) options.log?.(redact(line, secrets));
      const tree = await manifestOf(folder, 'the static files');
      const under = source.tree.manifest.entries.filter((entry) => entry.path.startsWith(`${answer.root}/`));
      const hidden =
        under.length === 0
          ? []
          : [
              `${under.length} committed files under ${answer.root} (STATIC_ROOT) are replaced by what collectstatic made`,
            ];
      const notices = answer.debug ? [...hidden, debugNotice(settings, django.configured)] : hidden;
      return { static: { tree, spec: { root: answer.root, url: answer.url } }, notices };
    }
  }
}

/**
 * The settings module that counts: the configured one, else DJANGO_SETTINGS_MODULE of the env that is given, else that of
 * manage.py. The release's processes need the same. Pure.
 */
export function settingsModule(
  django: Pick<Django, 'settings' | 'configured'>,
  env: Readonly<Record<string, string>>,
): string {
  return django.configured ? django.settings : (env['DJANGO_SETTINGS_MODULE'] ?? django.settings);
}

/** For settings that are a developer's own: mostly nobody meant to deploy them. Pure. */
function debugNotice(settings: string, configured: boolean): string {
  const mend = configured
    ? 'set DEBUG = False there'
    : 'manage.py names it; name another one by django: { settings: ... } in graceful.yml, or set DEBUG = False there';
  return `${settings} has DEBUG = True, which shows visitors your code and settings when a page fails: ${mend}`;
}

/** STATIC_URL's path when this site serves it, null when another host does. Pure. */
export function staticPath(staticUrl: string | null, siteUrl: string): string | null {
  if (staticUrl === null || staticUrl === '') return null;
  const site = new URL(siteUrl);
  const url = URL.parse(staticUrl, site.href);
  return url === null || url.host !== site.host ? null : url.pathname;
}

async function readAnswer(file: string, output: string): Promise<Answer> {
  try {
    return Answer.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') throw thrown;
    throw new BuildError('Django ended the program while its settings were loaded', {
      mend: 'see the output above; settings must not call exit()',
      output: lastLines(output),
    });
  }
}

function failure(
  error: Failed,
  settings: string,
  project: string,
  unset: readonly string[],
  output: string[],
): BuildError {
  const place: Place | null = error.place && {
    file: error.place.file,
    ...(error.place.line === null ? {} : { line: error.place.line }),
  };
  const found = { output, ...(place ? { place } : {}) };
  const what = `${error.kinds[0]}: ${error.message}`;
  if (error.step === 'collectstatic') {
    const setting =
      error.kinds.includes('ImproperlyConfigured') && /\b([A-Z][A-Z_]+[A-Z]) setting/.exec(error.message)?.[1];
    const example = setting === 'STATIC_URL' ? ', for example STATIC_URL = "static/"' : '';
    return new BuildError(`collectstatic failed: ${what}`, {
      mend: setting
        ? `set ${setting} in ${settings}${example}`
        : 'mend the static files it names; run "manage.py collectstatic" to see the same',
      ...found,
    });
  }
  const variable = missingVariable(error.kinds, error.message);
  if (variable !== null) {
    const names = [...new Set([variable, ...unset])];
    const words =
      names.length === 1 ? `the variable ${variable}, which is` : `the variables ${names.join(', ')}, which are`;
    const it = names.length === 1 ? 'it' : 'them';
    const dummies = names.map((name) => `${name}: build`).join(', ');
    return new BuildError(`${settings} needs ${words} not set in the runner (${what})`, {
      mend: `give ${it} by the env input of the workflow; or, where the host's shared/.env has ${it}, which the runner never sees, add to graceful.yml: build-env: { ${dummies} } (any value that lets the settings load)`,
      ...found,
    });
  }
  const module = error.kinds.includes('ModuleNotFoundError')
    ? /No module named '([\w.]+)'/.exec(error.message)?.[1]
    : undefined;
  const own = module !== undefined && existsSync(join(project, module.split('.')[0] ?? ''));
  const mend =
    module === undefined
      ? 'mend what the traceback names; a value that is only there on the host belongs to build-env: in graceful.yml'
      : own
        ? `commit the file of ${module}, or mend the import`
        : `add the package of ${module} to the requirements, or mend the import`;
  return new BuildError(`${settings} could not be loaded in the runner: ${what}`, { mend, ...found });
}
