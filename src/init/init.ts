/** `graceful init`: looks at a project, and writes what is needed to deploy it. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { codeOf } from '../build/errors.ts';
import { parseConfig, topOfCheckout } from '../config/config-file.ts';
import { ConfigError } from '../config/fault.ts';
import { isHost, isOrigin } from '../config/patterns.ts';
import type { ConfigFault } from '../config/types.ts';
import { filesOf, flow, type Templates } from './files.ts';
import type { Finding, Project } from './finding.ts';
import { look } from './look.ts';
import type { Known } from './stages.ts';
import { lookAt, type Target, write } from './targets.ts';
import { projectFolder } from './where.ts';

/** What `init` is asked. */
export interface InitWanted extends Known {
  /** Folder of manage.py, from where it was asked. */
  project: string | undefined;
  /** The Action, as a workflow names it: `acme/graceful@v1`. */
  uses: string | undefined;
  /** Writes over files that are there. */
  force: boolean;
  /** Only tells which files it would write. */
  dryRun: boolean;
  /** Only prints the files. */
  print: boolean;
  /** Where it was asked. */
  folder: string;
}

/** What was found and done. */
export interface InitDone {
  findings: Finding[];
  /** By path relative to the top. */
  files: { path: string; text: string; done: 'written' | 'unchanged' | 'to write' }[];
  print: boolean;
}

/**
 * @throws ConfigError where files are there that say something else, or something else is where they go
 * @throws BuildError where this is no Django project
 */
export async function init(wanted: InitWanted): Promise<InitDone> {
  assertGiven(wanted);
  const top = topOfCheckout(wanted.folder) ?? wanted.folder;
  const project = await lookAround(top, wanted).catch((error: unknown) => {
    throw unreadable(error, top) ?? error;
  });
  const wants = filesOf(project, templates(), wanted.uses ?? 'OWNER/graceful@v1');
  const { faults } = parseConfig(wants['graceful.yml'] ?? '', 'graceful.yml');
  if (faults.length > 0) throw new ConfigError(faults);
  const dry = wanted.dryRun || wanted.print;
  const files = Object.entries(wants).map(([path, text]) => ({ path, text, ...lookAt(top, path) }));
  if (!wanted.print) assertFree(files, wanted.force || dry);
  const written: string[] = [];
  return {
    findings: findingsOf(project, wanted.uses),
    print: wanted.print,
    files: files.map(({ path, text, there }) => {
      if (there === text) return { path, text, done: 'unchanged' };
      if (dry) return { path, text, done: 'to write' };
      write(top, path, text, written);
      written.push(path);
      return { path, text, done: 'written' };
    }),
  };
}

async function lookAround(top: string, wanted: InitWanted): Promise<Project> {
  return await look(top, await projectFolder(top, wanted.project, wanted.folder), wanted);
}

/** What an error says of a file that the project has, and that this user may not read. */
function unreadable(error: unknown, top: string): ConfigError | undefined {
  if (codeOf(error) !== 'EACCES' || !(error instanceof Error && 'path' in error)) return undefined;
  const message = 'this cannot be read';
  const mend = 'nothing was written: take care that you may read the whole project';
  return new ConfigError([{ where: relative(top, String(error.path)), message, mend }]);
}

/** @throws ConfigError with all that is in the way @param over whether files that are there may be other ones */
function assertFree(files: readonly (Target & { path: string; text: string })[], over: boolean): void {
  const mend = 'nothing was written: compare it with what --print shows, or let --force write over it';
  const faults = files.flatMap(({ path, text, there, fault }) => {
    if (fault !== undefined) return [fault];
    if (over || there === undefined || there === text) return [];
    return [{ where: path, message: 'this file is there already, and says something else', mend }];
  });
  // One folder may be in the way of several files.
  const firsts = [...Map.groupBy(faults, ({ where }) => where).values()].flatMap(([first]) => first ?? []);
  if (firsts.length > 0) throw new ConfigError(firsts);
}

/** What goes into files that are run later. */
function assertGiven({ host, url, uses }: InitWanted): void {
  const faults: ConfigFault[] = [];
  const refuse = (where: string, given: string, what: string, mend: string) =>
    faults.push({ where, message: `${JSON.stringify(given)} ${what}`, mend });
  if (host !== undefined && !isHost(host))
    refuse('--host', host, 'is no host name or IP address', 'for example: www.example.org');
  if (url !== undefined && !isOrigin(url))
    refuse('--url', url, 'is no http:// or https:// address without path', 'for example: https://www.example.org');
  if (uses !== undefined && !/^[\w.-]+\/[\w./-]+@[\w./-]+$/.test(uses))
    refuse('--uses', uses, 'names no action', 'for example: acme/graceful@v1');
  if (faults.length > 0) throw new ConfigError(faults);
}

function findingsOf({ common, stages, others }: Project, uses: string | undefined): Finding[] {
  const all = [
    ...common.map((entry) => ({ ...entry, what: entry.key })),
    ...stages.flatMap(({ name, entries }) => entries.map((entry) => ({ ...entry, what: `${name}: ${entry.key}` }))),
  ];
  const action = 'OWNER/graceful in the workflows stands for the repository that you use Graceful from (--uses)';
  const told = [
    ...all.map(({ what, value, mark, why }): Finding => ({ what, value: flow(value), mark, why })),
    ...others,
    ...(uses === undefined ? [{ mark: 'missing', what: 'workflows', value: '', why: action } as const] : []),
  ];
  const order = ['found', 'guessed', 'missing'];
  return told.toSorted((a, b) => order.indexOf(a.mark) - order.indexOf(b.mark));
}

/** They travel with the program: beside the bundle's folder, or at the top of the checkout when run from the sources. */
function templates(): Templates {
  const here = import.meta.dirname;
  const folders = ['..', '../..'].map((up) => join(here, up, 'docs/workflows'));
  const folder = folders.find((one) => existsSync(one));
  if (folder === undefined) throw new Error(`docs/workflows is missing beside ${here}`);
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { staging: read('staging.yml'), rollback: read('rollback.yml') };
}
