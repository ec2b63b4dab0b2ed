import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Stage } from '../../config/types.ts';
import type { BuildSpec } from '../../protocol/messages.ts';
import { redact } from '../../secrets.ts';
import type { Django } from '../django/django.ts';
import { type InRunner, runDjango } from '../django/in-runner.ts';
import { placeOfSetting } from '../django/modules.ts';
import { BuildError, codeOf, type Place } from '../errors.ts';
import { manifestOf, type Tree } from '../manifest.ts';
import { lastLines } from '../run.ts';
import { matcherOf } from '../source/selection.ts';
import { failure } from './failure.ts';
import { CollectedAnswer, keepForAll, keepStatic, keptStatic, staticKey } from './kept.ts';
import { COLLECT_PROGRAM } from './program.ts';

/** The static files of a release. */
export interface Static {
  tree: Tree;
  spec: NonNullable<BuildSpec['static']>;
}

export interface CollectOptions extends InRunner {
  /** The configuration repository, whose files lie in the source's folder. */
  config: { tree: Tree } | null;
  stage: InRunner['stage'] & Pick<Stage, 'staticFiles'>;
  /** Folder of what earlier runs on this machine collected. */
  kept: string;
  log?: (line: string) => void;
}

const Answer = z.union([
  z.object({ state: z.literal('none') }),
  z.object({ state: z.literal('unset') }),
  z.object({ state: z.literal('outside'), root: z.string() }),
  z.object({ state: z.literal('elsewhere'), root: z.string() }),
  z.object({ state: z.literal('remote'), storage: z.string() }),
  CollectedAnswer,
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

/** Why a release has no static files, or files beside the source that a visitor will not see. */
export interface Collected {
  /** Null: the site has none, or another server has them. */
  static: Static | null;
  notices: string[];
  /** Keeps them for other machines, where there is an Actions cache; best called when the site is live. A notice when that failed. */
  keep: () => Promise<string | null>;
}

/**
 * Collects the static files in the runner, from a copy of the source and with the very environment that is shipped; not at all where
 * it is certain that the same would come of it as an earlier time: no file that was opened then says anything else now.
 * Django sees `build-env`, then the `env` input, then the stage's env; never shared/.env, which is on the host.
 *
 * @throws BuildError when the settings cannot be loaded (naming the variable that is missing), STATIC_ROOT is unset or
 *   outside of the project, or collectstatic or one of the commands after it fails
 */
export async function collectStatic(options: CollectOptions): Promise<Collected> {
  const { django, stage, inputEnv, kept } = options;
  const settings = settingsModule(django, { ...stage.env, ...inputEnv, ...stage.buildEnv });
  const key = staticKey({ ...options, settings });
  const notices: string[] = [];
  const code = options.source.tree.manifest;
  const found = key === null ? null : await keptStatic(kept, key, code, notices);
  if (found !== null) {
    options.log?.('static files: nothing that decides about them has changed, those of an earlier run are taken');
    return { ...describe(options, settings, found.answer, found.tree, notices), keep: async () => null };
  }
  const { answer, tree, project } = await collect(options, settings);
  switch (answer.state) {
    case 'none':
      return { static: null, notices, keep: async () => null };
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
        notices: [...notices, `static files are kept by ${answer.storage}: they are not collected for the release`],
        keep: async () => null,
      };
    case 'collected':
      return {
        ...describe(
          options,
          settings,
          answer,
          key === null ? tree : await keepStatic(kept, key, code, answer, tree),
          notices,
        ),
        keep: async () => (key === null ? null : keepForAll(kept, key, code, answer)),
      };
  }

  async function at(name: string): Promise<{ place?: Place }> {
    const place = await placeOfSetting(project, django.project, settings, name);
    return place === null ? {} : { place };
  }
}

/** Runs the program in a copy of the source. @throws BuildError for what it cannot load or do */
async function collect(
  options: CollectOptions,
  settings: string,
): Promise<{ answer: Exclude<Answer, { error: unknown }>; tree: Tree; project: string }> {
  const { django, stage, inputEnv } = options;
  const secrets = Object.values(inputEnv);
  const scratch = await mkdtemp(join(options.scratch, 'static-'));
  const folder = join(scratch, 'static');
  await mkdir(folder);
  options.log?.(`collecting static files with ${settings}`);
  const commands = JSON.stringify(stage.staticFiles.commands);
  const { project, packages, env, output, answerFile } = await runDjango(options, {
    name: 'collect',
    text: COLLECT_PROGRAM,
    settings,
    args: (code) => [folder, code, commands],
    writes: stage.staticFiles.commands.length > 0,
    mend: 'see the output above; what Django sees in the runner is set by build-env: in graceful.yml',
  });
  const answer = await readAnswer(answerFile, output);
  if ('error' in answer) {
    const error = { ...answer.error, message: redact(answer.error.message, secrets) };
    const site = { settings, folder: project, project: django.project, packages };
    throw await failure(error, site, env, lastLines(output));
  }
  if (answer.state === 'collected') for (const line of lastLines(output, 3)) options.log?.(line);
  return { answer, tree: await manifestOf(folder, 'the static files'), project };
}

/** What a person and the host are told of collected files. */
function describe(
  options: CollectOptions,
  settings: string,
  answer: CollectedAnswer,
  tree: Tree,
  told: readonly string[] = [],
): Omit<Collected, 'keep'> {
  const { source, django, stage } = options;
  const under = source.tree.manifest.entries.filter((entry) => entry.path.startsWith(`${answer.root}/`));
  const notices = [...told];
  if (under.length > 0) {
    notices.push(
      `${under.length} committed files under ${answer.root} (STATIC_ROOT) are replaced by what collectstatic made`,
    );
  }
  if (answer.debug) notices.push(debugNotice(settings, django.configured));
  const hashed = tree.manifest.entries.map(({ path }) => path).filter(matcherOf(stage.staticFiles.hashed));
  if (stage.staticFiles.hashed.length > 0 && hashed.length === 0) {
    notices.push('no collected file matches static.hashed');
  }
  return { static: { tree, spec: { root: answer.root, url: answer.url, hashed } }, notices };
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
