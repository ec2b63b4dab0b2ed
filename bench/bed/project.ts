/** The site's repository: every commit of it that is deployed in a run. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { DEVELOPER } from '../../testbed/developer.ts';
import { must } from '../../testbed/process.ts';
import { APPS, appFiles, type Files, touchedRules } from '../project/python.ts';
import { BROKEN, siteFiles, versionFile } from '../project/site.ts';
import { staticFiles, touchedSheet } from '../project/static.ts';
import { paddingPin } from './padding.ts';
import { requirements } from './wheels.ts';

/** What differs from the commit before; the version always does. */
export interface Change {
  /** A number. */
  readonly version: string;
  /** Which version of the bumped package, from 0. */
  readonly bump: number;
  /** The server cannot import it. The next commit mends it. */
  readonly broken?: boolean;
}

/** What makes a deploy larger; stays until it is changed. */
export interface Extent {
  /** Files of a package of this many, which the environment has besides; 0 is none. */
  readonly files: number;
  /** How many good releases stay on the host. */
  readonly kept: number;
  /** How many hosts get it at once. */
  readonly hosts: number;
}

export const EXTENT: Extent = { files: 0, kept: 5, hosts: 1 };

export interface Project {
  /** Where it is edited. */
  readonly path: string;
  /** Commits and pushes to `main`. @returns the commit's full SHA */
  commit(change: Change, extent?: Extent): Promise<string>;
  /** A fresh clone of `main`, as a CI job makes it: in `path`, which is made anew. */
  checkOut(path: string): Promise<void>;
}

/**
 * @param bare the repository that is served; made here
 * @param addresses where Graceful finds its hosts, the site at the first one; more of them may come while it is used
 */
export async function makeProject(folder: string, bare: string, addresses: readonly string[]): Promise<Project> {
  const work = join(folder, 'work');
  const git = async (...args: string[]): Promise<string> =>
    (await must(['git', '-C', work, ...args], { env: DEVELOPER })).trim();
  await must(['git', 'init', '--quiet', '--bare', '--initial-branch=main', bare]);
  await must(['git', 'init', '--quiet', '--initial-branch=main', work]);
  const apps = APPS.map((app, number) => appFiles(app, number));
  await write(work, Object.assign({}, ...apps, staticFiles('0')));
  return {
    path: work,
    async commit({ version, bump, broken = false }, { files, kept, hosts } = EXTENT) {
      await write(work, {
        ...siteFiles(),
        ...versionFile(version),
        ...touchedRules(version),
        ...touchedSheet(version),
      });
      await write(work, {
        'requirements.txt': requirements(bump) + (files === 0 ? '' : `${paddingPin(files)}\n`),
        'graceful.yml': configuration(addresses.slice(0, hosts), kept),
        ...(broken ? BROKEN : {}),
      });
      await git('add', '--all');
      await git('commit', '--quiet', '--message', `Version ${version}`);
      await git('push', '--quiet', bare, 'main');
      return git('rev-parse', 'HEAD');
    },
    async checkOut(path) {
      await rm(path, { recursive: true, force: true });
      await must(['git', 'clone', '--quiet', '--depth=1', `file://${bare}`, path], { env: DEVELOPER });
    },
  };
}

async function write(folder: string, files: Files): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

function configuration(addresses: readonly string[], kept: number): string {
  const [first = ''] = addresses;
  const where = addresses.length === 1 ? { host: first } : { hosts: addresses };
  return stringify({
    software: 'graceful',
    django: { settings: 'site_project.settings', application: 'site_project.wsgi:application' },
    python: { requirements: 'requirements.txt' },
    server: 'gunicorn',
    'server-args': ['--workers', '3'],
    shared: { dirs: ['data'], files: ['.env'] },
    'build-env': { SECRET_KEY: 'build' },
    health: { path: '/healthz', status: 200 },
    migrate: true,
    keep: { releases: kept },
    stages: { production: { branch: 'main', ...where, user: 'deploy', url: `http://${first}` } },
  });
}
