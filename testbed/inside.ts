import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusAnswer } from '../src/protocol/messages.ts';
import type { TestHost } from './host.ts';
import { MANAGER } from './manager.ts';
import type { HostedSite } from './site.ts';
import { until } from './slot.ts';

/** One line of the journal, as far as tests read it. */
export interface JournalRecord {
  readonly at: string;
  readonly op: string;
  readonly step: string;
  readonly release?: string;
  readonly backend?: string;
  readonly result?: string;
  readonly state?: string;
}

/** The journal as it stands on the host; every line must be whole. */
export async function readJournal(host: TestHost, root: string): Promise<JournalRecord[]> {
  const lines = (await host.readFile(`${root}/journal.jsonl`)).trimEnd().split('\n');
  return lines.map((line): JournalRecord => JSON.parse(line));
}

/** A process of the host program. */
export interface HostProcess {
  readonly pid: number;
  readonly role: 'front' | 'operation';
}

/**
 * Python that finds the host program's processes: an operation's own is detached from whoever asked for it, a front is
 * not. The minute's tick is neither; nor are backends, which the same user may have and whose server has options with
 * `graceful` in their names.
 */
const FIND = `
import os, re
def host_program(uid, but=()):
    for name in os.listdir("/proc"):
        try:
            if not name.isdigit() or name in but or os.stat(f"/proc/{name}").st_uid != uid:
                continue
            words = open(f"/proc/{name}/cmdline", "rb").read().decode(errors="replace").split("\\0")
            if not ("python" in words[0] and "tick" not in words
                    and any(re.match(r"'Graceful: |/.*/bin/graceful(-[0-9a-f]+.pyz)?$", word) for word in words)):
                continue
            parent = open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[1]
            yield int(name), "operation" if parent == "1" else "front"
        except (FileNotFoundError, ProcessLookupError):
            pass
`;

const PROCESSES = `
import sys
${FIND}
for pid, role in host_program(int(sys.argv[1])):
    print(pid, role)
`;

/** The host program's processes now. */
export async function hostProcesses(host: TestHost): Promise<HostProcess[]> {
  const uid = (await host.must(['id', '-u', host.deployUser])).trim();
  const found = await host.must(['python3', '-I', '-', uid], { input: PROCESSES });
  return found
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [pid = '', role = ''] = line.split(' ');
      return { pid: Number(pid), role: role === 'operation' ? 'operation' : 'front' };
    });
}

/**
 * SIGKILL to the host program's processes of these roles. A front may end by itself just then, which is as good.
 * @throws Error when an operation was to be killed and none runs
 */
export function killHostProgram(host: TestHost, ...roles: HostProcess['role'][]): Promise<void> {
  return signalHostProgram(host, 'KILL', roles);
}

/** The operation does nothing more, however long it takes to kill whatever else a test wants to be gone before it. */
export function haltOperation(host: TestHost): Promise<void> {
  return signalHostProgram(host, 'STOP', ['operation']);
}

async function signalHostProgram(host: TestHost, signal: string, roles: HostProcess['role'][]): Promise<void> {
  const found = await hostProcesses(host);
  const doomed = found.filter(({ role }) => roles.includes(role));
  if (roles.includes('operation') && !doomed.some(({ role }) => role === 'operation'))
    throw new Error(`no operation runs: ${JSON.stringify(found)}`);
  // The front first: it would begin to recover.
  const pids = doomed.toSorted((a, b) => a.role.localeCompare(b.role)).map(({ pid }) => String(pid));
  await host.exec(['kill', `-${signal}`, ...pids]);
}

/**
 * SIGKILL to the operation as soon as the journal has a record of this step. The kernel tells of the write at once, and
 * the killer goes before all others on a busy machine: else the operation could be over by then.
 */
const KILL_AT = `
import ctypes, os, select, signal, sys, time
${FIND}
root, uid, step = sys.argv[1], int(sys.argv[2]), f'"step":"{sys.argv[3]}"'.encode()
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
journal = open(f"{root}/journal.jsonl", "rb")
journal.seek(0, 2)
libc = ctypes.CDLL(None, use_errno=True)
watch = libc.inotify_init()
IN_MODIFY = 2
if libc.inotify_add_watch(watch, journal.name.encode(), IN_MODIFY) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
# Not the front of the step before, which is init's child too while it ends; nor the minute's tick.
before = set(os.listdir("/proc"))
def operations():
    return [pid for pid, role in host_program(uid, before) if role == "operation"]
end, known, seen = time.monotonic() + 60, [], b""
open(sys.argv[4], "w").close()
while time.monotonic() < end:
    if step not in seen and select.select([watch], [], [], 1)[0]:
        os.read(watch, 65536)
    seen += journal.read()
    # It may not be init's child yet at its very first record.
    known = known or (operations() if b"\\n" in seen else [])
    if step in seen and known:
        for pid in known:
            os.kill(pid, signal.SIGKILL)
        sys.exit(0)
    if step in seen:
        time.sleep(0.001)
sys.exit("the step did not come, or no operation was there to kill")
`;

/** Resolves when the killer is ready, so that the deploy may begin; `killed` then resolves when it has struck. */
export async function killOperationAt(
  host: TestHost,
  root: string,
  step: string,
): Promise<{ readonly killed: Promise<string> }> {
  const uid = (await host.must(['id', '-u', host.deployUser])).trim();
  const ready = '/run/graceful-killer-ready';
  await host.must(['rm', '-f', ready]);
  const killed = host.must(['python3', '-I', '-', root, uid, step, ready], { input: KILL_AT, timeout: 90_000 });
  const isReady = until('the killer is ready', 30_000, async () => (await host.exec(['test', '-e', ready])).code === 0);
  await Promise.race([isReady, killed]);
  return { killed };
}

/** What is there, as the deploy user's processes, run folders, sockets below the root and temporary files. */
const INVENTORY = `
import glob, json, os, sys
${FIND}
root, run, uid = sys.argv[1], sys.argv[2], int(sys.argv[3])
sockets = [line.split()[-1] for line in open("/proc/net/unix")]
temporary = [".op/*/control", ".store/incoming/*", ".store/envs/.*", "releases/.*", "releases/*/.*", "bin/.*", "assets/**/.*", ".*"]
found = {path for one in temporary for path in glob.glob(f"{root}/{one}", recursive=True)}
print(json.dumps({
    "processes": [pid for pid, _ in host_program(uid)],
    "folders": os.listdir(run),
    "sockets": [path for path in sockets if path.startswith(f"{root}/.op/")],
    "temporary": sorted(found - {f"{root}/.op", f"{root}/.store"})
        + [path for path in glob.glob("/tmp/*") if "systemd-private" not in path],
}))
`;

type Inventory = Readonly<Record<'processes' | 'folders' | 'sockets' | 'temporary', readonly (string | number)[]>>;

/** Processes, backends, sockets and temporary files that are there and should not be, each in words. */
async function leftOver(host: TestHost, site: HostedSite): Promise<string[]> {
  const uid = (await host.must(['id', '-u', host.deployUser])).trim();
  const told = await status(host, site);
  const wanted = told.backends.filter(({ up, role }) => up && (role === 'active' || role === 'standby'));
  const names = wanted.map(({ backend }) => backend);
  const argv = ['python3', '-I', '-', site.root, MANAGER.runFolder(site), uid];
  const { folders, ...others }: Inventory = JSON.parse(await host.must(argv, { input: INVENTORY }));
  const known = await MANAGER.backends(host, site);
  return [
    ...Object.entries(others).flatMap(([what, found]) => found.map((one) => `${what}: ${one}`)),
    ...known.filter((name) => !names.includes(name)).map((name) => `backend without use: ${name}`),
    ...names.filter((name) => !known.includes(name)).map((name) => `backend without a manager: ${name}`),
    ...folders.filter((name) => !names.includes(String(name))).map((name) => `run folder: ${name}`),
  ];
}

/** A status without what changes while nothing is done: memory, and how a backend answered last. */
export function lasting<T extends Pick<StatusAnswer, 'backends'>>(answer: T): T {
  return { ...answer, backends: answer.backends.map((one) => ({ ...one, memoryBytes: null, health: null })) };
}

/** What the host says of the site, as far as it lasts. */
export async function status(host: TestHost, site: HostedSite): Promise<StatusAnswer> {
  const answer: StatusAnswer = JSON.parse(
    await host.must([`${site.root}/bin/graceful`, 'status', '--json'], { user: host.deployUser }),
  );
  return lasting(answer);
}

/** Does the minute's work, as the timer would. @returns what it said */
export function tick(host: TestHost, site: HostedSite): Promise<string> {
  return host.must([`${site.root}/bin/graceful`, 'tick'], { user: host.deployUser });
}

/** Lets the timer's work go on until nothing is left over. @returns what is, after `timeout` milliseconds */
export async function tidied(host: TestHost, site: HostedSite, timeout = 45_000): Promise<string[]> {
  const end = performance.now() + timeout;
  for (;;) {
    await tick(host, site);
    const left = await leftOver(host, site);
    if (left.length === 0 || performance.now() > end) return left;
    await sleep(500);
  }
}
