/** Deploys and rollbacks in a row, under load: no visitor is failed, and nothing grows. */
import type { TestHost } from '../testbed/host.ts';
import { tick } from '../testbed/inside.ts';
import { startLoad } from '../testbed/load.ts';
import { RATE } from './observe.ts';
import { rollbackBy } from './operation.ts';
import { standStillAt } from './standstill.ts';
import { visitors } from './verdict.ts';
import type { World } from './world.ts';

/** What a host is made of at one moment between two rounds. */
export interface Size {
  readonly processes: number;
  /** Of all processes of the host together. */
  readonly openFiles: number;
  /** The highest that the operation's process had, KiB. */
  readonly memory: number;
  /** Of the site's root and store, without journal and tales, which are kept by time, KiB. */
  readonly disk: number;
  readonly inodes: number;
  readonly releases: number;
}

/**
 * How much each may differ without having grown: one process more may just be there; memory is not the same twice; the quicker
 * the rounds, the more releases' static files are still kept by time.
 */
const SLACK: Readonly<Record<keyof Size, number>> = {
  processes: 3,
  openFiles: 60,
  memory: 4_096,
  disk: 3_072,
  inodes: 200,
  releases: 1,
};

/** Rounds until all that is kept by number is there. */
const WARM = 14;

/** Every time after which something goes is short, so that what stays would grow. */
const SOAK_CONFIG = {
  keep: { releases: 2, failed: 2 },
  times: { heartbeat: '500ms', lease: '4500ms', confirm: '10s', standby: '1s', drain: '5s', grace: '5s' },
  static: { keep: '20s' },
};

const MEASURE = `
import json, os, sys
root, pid = sys.argv[1:]
pids = [name for name in os.listdir("/proc") if name.isdigit()]
files = 0
for one in pids:
    try:
        files += len(os.listdir(f"/proc/{one}/fd"))
    except OSError:
        pass
blocks, inodes = 0, set()
for folder, folders, names in os.walk(root):
    if folder == root:
        folders.remove(".op")
        names = [name for name in names if name != "journal.jsonl"]
    for name in [*folders, *names]:
        told = os.lstat(f"{folder}/{name}")
        if told.st_ino not in inodes:
            inodes.add(told.st_ino)
            blocks += told.st_blocks
memory = next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM"))
releases = [name for name in os.listdir(f"{root}/releases") if not name.startswith(".")]
print(json.dumps({"processes": len(pids), "openFiles": files, "memory": memory, "disk": blocks // 2,
                  "inodes": len(inodes), "releases": len(releases)}))
`;

async function measure(host: TestHost, root: string, pid: number): Promise<Size> {
  const size: Size = JSON.parse(await host.must(['python3', '-I', '-', root, String(pid)], { input: MEASURE }));
  return size;
}

/** What has grown between two sizes, in words. Pure. */
export function growth(before: Size, after: Size): string[] {
  const names = ['processes', 'openFiles', 'memory', 'disk', 'inodes', 'releases'] as const;
  return names
    .filter((name) => after[name] > before[name] + SLACK[name])
    .map((name) => `${name} grew from ${before[name]} to ${after[name]}`);
}

/** One deploy whose process is measured while it stands at its confirm: every round of measuring meets the same moment. */
async function measuredDeploy(world: World): Promise<Size> {
  const { host, site } = world.shop;
  const { reached } = await standStillAt(host, site.root, 'confirm');
  const deployed = world.deploy({ config: SOAK_CONFIG });
  const still = await Promise.race([reached, deployed.then(() => reached)]);
  const size = await measure(host, site.root, still.pid);
  await still.go();
  await deployed;
  return size;
}

/**
 * Deploys and rolls back in turn.
 * @param onRound is told of each measured size
 * @returns what does not hold
 */
export async function soak(
  world: World,
  rounds: number,
  onRound: (round: number, size: Size) => void = () => undefined,
): Promise<string[]> {
  const { host, site } = world.shop;
  await using load = await startLoad(host, { rate: RATE, limit: rounds * 60_000 });
  let first: Size | undefined;
  let last: Size | undefined;
  const found: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (round % 2 === 0) {
      const { code, log } = await (await rollbackBy(world)).result;
      if (code !== 0) found.push(`round ${round}: the rollback ended with ${code}:\n${log.slice(-1_500)}`);
    } else {
      last = await measuredDeploy(world);
      onRound(round, last);
      if (round >= Math.min(WARM, rounds / 2)) first ??= last;
    }
    await tick(host, site);
    if (found.length > 0) break;
  }
  if (first !== undefined && last !== undefined) found.push(...growth(first, last));
  return [...found, ...visitors(await load.stop(), [])];
}
