/** The one host that all ways deploy to, those that join it where several are measured, and all that is around them. */
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { must } from '../../testbed/process.ts';
import { startVisitors, type Visitors } from '../visitors.ts';
import type { Ground } from '../way.ts';
import { serveGit } from './git.ts';
import { type Lines, makeLines } from './lines.ts';
import { makeProject, type Project } from './project.ts';
import { giveWheels, pipVariables, wheelhouse } from './wheels.ts';

/** Room for every way's releases and environments: memory, taken as it is written. */
const SRV_MEGABYTES = 8_000;
/** And for one site's. */
const JOINED_MEGABYTES = 2_000;

/** A repository that the host reaches as `git://<gateway>/site.git`. */
const REPOSITORY = 'site.git';

export interface Bed extends AsyncDisposable {
  readonly host: TestHost;
  /** It, and those that joined it. */
  readonly hosts: readonly TestHost[];
  readonly lines: Lines;
  readonly project: Project;
  readonly visitors: Visitors;
  /** A way's place, named after it. Nothing is made on the host. */
  ground(way: string): Promise<Ground>;
  /** Boots hosts until there are so many; the same key lets in at all of them. @returns the new ones, with nothing on them */
  join(count: number): Promise<TestHost[]>;
}

export async function makeBed(): Promise<Bed> {
  const stack = new AsyncDisposableStack();
  try {
    const wheels = wheelhouse();
    const folder = await mkdtemp(join(tmpdir(), 'graceful-bench-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const host = stack.use(await apart(() => startHost({ image: 'bench', srvMegabytes: SRV_MEGABYTES })));
    // What its sessions cost stays counted when they are over.
    await host.must(['loginctl', 'enable-linger', host.deployUser]);
    await giveWheels(host, wheels);
    const served = join(folder, 'served');
    await mkdir(served);
    const addresses = [host.address];
    const project = await makeProject(folder, join(served, REPOSITORY), addresses);
    stack.use(await serveGit(served, host.gateway));
    const lines = stack.use(await makeLines(host, folder));
    const visitors = stack.use(await startVisitors(host));
    const hosts = [host];
    const booted = new AsyncDisposableStack();
    stack.use(booted);
    const end = stack.move();
    return {
      host,
      hosts,
      lines,
      project,
      visitors,
      async ground(site) {
        const own = join(folder, 'ways', site);
        await mkdir(own, { recursive: true });
        const gitUrl = `git://${host.gateway}/${REPOSITORY}`;
        return {
          host,
          site,
          hostName: `${site}.bench`,
          gitUrl,
          pip: pipVariables(wheels),
          folder: own,
        };
      },
      async join(count) {
        const before = hosts.length;
        while (hosts.length < count) {
          const one = booted.use(await startHost({ image: 'bench', srvMegabytes: JOINED_MEGABYTES }));
          await one.must(['loginctl', 'enable-linger', one.deployUser]);
          await one.must(['sh', '-c', 'cat >> ~/.ssh/authorized_keys'], {
            user: one.deployUser,
            input: `${host.publicKey}\n`,
          });
          await appendFile(lines.knownHostsFile, one.knownHosts);
          addresses.push(one.address);
          hosts.push(one);
        }
        return hosts.slice(before);
      },
      [Symbol.asyncDispose]: () => end.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/**
 * The host on one processor; the runner's side and the visitors on the others, which is as far apart as this machine allows. What a
 * process starts stays where that process is.
 */
async function apart<T>(start: () => Promise<T>): Promise<T> {
  const cores = availableParallelism();
  if (cores < 2) return start();
  const pin = (list: string): Promise<string> =>
    must(['taskset', '--all-tasks', '--cpu-list', '--pid', list, String(process.pid)]);
  await pin('0');
  try {
    return await start();
  } finally {
    await pin(`1-${cores - 1}`);
  }
}
