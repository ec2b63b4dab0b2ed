import { setTimeout as sleep } from 'node:timers/promises';
import type { TestHost } from './host.ts';
import type { HostedSite } from './site.ts';

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
 * Finds the host program's processes: an operation's own is detached from whoever asked for it, a front is not. The
 * minute's tick is neither.
 */
const PROCESSES = `
import os, sys
me = os.getpid()
for name in os.listdir("/proc"):
    if not name.isdigit() or int(name) == me:
        continue
    try:
        words = open(f"/proc/{name}/cmdline", "rb").read()
        if os.stat(f"/proc/{name}").st_uid != int(sys.argv[1]) or b"raceful" not in words or b"python" not in words:
            continue
        if b"\\0tick\\0" in words:
            continue
        parent = open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[1]
    except (FileNotFoundError, ProcessLookupError):
        continue
    print(name, "operation" if parent == "1" else "front")
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
export async function killHostProgram(host: TestHost, ...roles: HostProcess['role'][]): Promise<void> {
  const found = await hostProcesses(host);
  const doomed = found.filter(({ role }) => roles.includes(role));
  if (roles.includes('operation') && !doomed.some(({ role }) => role === 'operation'))
    throw new Error(`no operation runs: ${JSON.stringify(found)}`);
  // The front first: it would begin to recover.
  const pids = doomed.toSorted((a, b) => a.role.localeCompare(b.role)).map(({ pid }) => String(pid));
  await host.exec(['kill', '-KILL', ...pids]);
}

/**
 * SIGKILL to the operation as soon as the journal has a record of this step. The kernel tells of the write at once, and
 * the killer goes before all others on a busy machine: else the operation could be over by then.
 */
const KILL_AT = `
import ctypes, os, select, signal, sys, time
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
    for name in os.listdir("/proc"):
        try:
            if not name.isdigit() or name in before or os.stat(f"/proc/{name}").st_uid != uid:
                continue
            words = open(f"/proc/{name}/cmdline", "rb").read()
            if (b"raceful" in words and b"\\0tick\\0" not in words
                    and open(f"/proc/{name}/stat").read().rpartition(")")[2].split()[1] == "1"):
                yield int(name)
        except (FileNotFoundError, ProcessLookupError):
            pass
end, known, seen = time.monotonic() + 60, [], b""
print("ready", flush=True)
while time.monotonic() < end:
    if select.select([watch], [], [], 1)[0]:
        os.read(watch, 65536)
    seen += journal.read()
    if step in seen:
        for pid in known or operations():
            os.kill(pid, signal.SIGKILL)
        print("killed", flush=True)
        sys.exit(0)
    if not known and b"\\n" in seen:
        known = list(operations())
sys.exit("the step did not come")
`;

/** Resolves when the operation was killed at the step. Start it before the deploy. */
export async function killOperationAt(host: TestHost, root: string, step: string): Promise<void> {
  const uid = (await host.must(['id', '-u', host.deployUser])).trim();
  await host.must(['python3', '-I', '-', root, uid, step], { input: KILL_AT, timeout: 90_000 });
}

/** What is there and should not be, each in words: run it when no operation runs. */
const LEFT_OVER = `
import glob, json, os, re, subprocess, sys
site, root, uid = sys.argv[1], sys.argv[2], int(sys.argv[3])
told = json.loads(subprocess.run(["runuser", "-u", "deploy", "--", f"{root}/bin/graceful", "status", "--json"],
                                 check=True, capture_output=True).stdout)
backends = {one["backend"] for one in told["backends"] if one["up"] and one["role"] in ("active", "standby")}
for name in os.listdir("/proc"):
    try:
        words = open(f"/proc/{name}/cmdline", "rb").read() if name.isdigit() else b""
        if words and os.stat(f"/proc/{name}").st_uid == uid and b"graceful" in words:
            print("process", name, words.replace(b"\\0", b" ").decode()[:100])
    except (FileNotFoundError, ProcessLookupError):
        pass
units = subprocess.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", f"{site}-web@*"],
                       check=True, capture_output=True, text=True).stdout
running = {re.search(r"@(.+)\\.service", line)[1] for line in units.splitlines()}
print(*[f"unit {name}" for name in running ^ backends], sep="\\n")
print(*[f"run folder {name}" for name in set(os.listdir(f"/run/graceful/{site}")) - backends], sep="\\n")
for line in open("/proc/net/unix"):
    path = line.split()[-1]
    if path.startswith(root):
        print("socket", path)
print(*[f"temporary {path}" for path in
        glob.glob(f"{root}/.op/*/control") + glob.glob(f"{root}/.store/incoming/*") + glob.glob(f"{root}/releases/.*")
        + glob.glob(f"{root}/releases/*/.*") + glob.glob(f"{root}/bin/.*") + glob.glob(f"{root}/assets/**/.*", recursive=True)
        + [p for p in glob.glob(f"{root}/.*") if os.path.basename(p) not in (".op", ".store")]
        + [p for p in glob.glob("/tmp/*") if "systemd-private" not in p]], sep="\\n")
`;

/** Processes, units, sockets and temporary files that no operation needs any more, each in words. */
async function leftOver(host: TestHost, site: HostedSite): Promise<string[]> {
  const uid = (await host.must(['id', '-u', host.deployUser])).trim();
  const told = await host.must(['python3', '-I', '-', site.site, site.root, uid], { input: LEFT_OVER });
  return told.split('\n').filter(Boolean);
}

/** Does the minute's work, as the timer would. @returns what it said */
export function tick(host: TestHost, site: HostedSite): Promise<string> {
  return host.must([`${site.root}/bin/graceful`, 'tick'], { user: host.deployUser });
}

/** Lets the timer's work go on until nothing is left over. @returns what is, after `timeout` milliseconds */
export async function tidied(host: TestHost, site: HostedSite, timeout = 15_000): Promise<string[]> {
  const end = performance.now() + timeout;
  for (;;) {
    await tick(host, site);
    const left = await leftOver(host, site);
    if (left.length === 0 || performance.now() > end) return left;
    await sleep(500);
  }
}
