/** `graceful init`: looks at a project, and writes what is needed to deploy it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseConfig, topOfCheckout } from '../config/config-file.ts';
import { ConfigError } from '../config/fault.ts';
import { isHost, isOrigin } from '../config/patterns.ts';
import type { ConfigFault } from '../config/types.ts';
import { filesOf, flow, type Templates } from './files.ts';
import type { Finding, Project } from './finding.ts';
import { look } from './look.ts';
import type { Known } from './stages.ts';

/** What `init` is asked. */
export interface InitWanted extends Known {
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
 * @throws ConfigError where files are there that say something else
 * @throws BuildError where this is no Django project
 */
export async function init(wanted: InitWanted): Promise<InitDone> {
  assertGiven(wanted);
  const top = topOfCheckout(wanted.folder) ?? wanted.folder;
  const project = await look(top, wanted);
  const wants = filesOf(project, templates(), wanted.uses ?? 'OWNER/graceful@v1');
  const { faults } = parseConfig(wants['graceful.yml'] ?? '', 'graceful.yml');
  if (faults.length > 0) throw new ConfigError(faults);
  const dry = wanted.dryRun || wanted.print;
  const files = Object.entries(wants).map(([path, text]) => {
    const there = existsSync(join(top, path)) ? readFileSync(join(top, path), 'utf8') : undefined;
    return { path, text, there };
  });
  const inTheWay = files.filter(({ text, there }) => there !== undefined && there !== text);
  if (inTheWay.length > 0 && !wanted.force && !dry)
    throw new ConfigError(
      inTheWay.map(({ path }) => ({
        where: path,
        message: 'this file is there already, and says something else',
        mend: 'nothing was written: compare it with what --print shows, or let --force write over it',
      })),
    );
  return {
    findings: findingsOf(project, wanted.uses),
    print: wanted.print,
    files: files.map(({ path, text, there }) => {
      if (there === text) return { path, text, done: 'unchanged' };
      if (dry) return { path, text, done: 'to write' };
      mkdirSync(dirname(join(top, path)), { recursive: true });
      writeFileSync(join(top, path), text);
      return { path, text, done: 'written' };
    }),
  };
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
