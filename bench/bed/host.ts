/** The one host that all ways deploy to, those that join it where several are measured, and all that is around them. */
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { image } from '../../testbed/image.ts';
import { must } from '../../testbed/process.ts';
import { startVisitors, type Visitors } from '../visitors.ts';
import type { Ground } from '../way.ts';
import { serveGit } from './git.ts';
import { type Lines, makeLines } from './lines.ts';
import { ALL, FIRST, startOn } from './processors.ts';
import { keepPrograms } from './programs.ts';
import { makeProject, type Project } from './project.ts';
import { giveWheels, pipVariables, wheelhouse } from './wheels.ts';

/**
 * Room for every way's releases and environments: memory, taken as it is written. They need some 7 GB and 800 000 files: Fabric and tar
 * alone have six environments of 30 000 files each, while they deploy.
 */
const SRV_MEGABYTES = 10_000;
/** For all that the runner's side writes: checkouts, and what each way keeps there. */
const RUNNER_MEGABYTES = 8_000;
/** And for one site's. */
const JOINED_MEGABYTES = 2_000;

/** What each host is booted from. */
const IMAGE = 'bench';

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
    // The disks of machines differ tenfold in how long it takes to make a file, which is not what is measured.
    const size = `size=${RUNNER_MEGABYTES}m`;
    await must(['mount', '-t', 'tmpfs', '-o', size, 'graceful-bench', folder]);
    stack.defer(async () => {
      await must(['umount', '--lazy', folder]);
    });
    const host = stack.use(
      await startOn(FIRST, () => startHost({ image: IMAGE, srvMegabytes: SRV_MEGABYTES, srvTmpfs: true })),
    );
    stack.use(await keepPrograms([await image(IMAGE), wheels]));
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
          const start = () => startHost({ image: IMAGE, srvMegabytes: JOINED_MEGABYTES, srvTmpfs: true });
          const one = booted.use(await startOn(ALL, start));
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
