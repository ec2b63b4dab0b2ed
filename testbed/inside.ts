import type { StatusAnswer } from '../src/protocol/messages.ts';
import type { TestHost } from './host.ts';
import type { HostedSite } from './site.ts';

/** One line of the journal, as far as tests read it. */
export interface JournalRecord {
  readonly at: string;
  readonly op: string;
  readonly step: string;
  readonly kind?: string;
  readonly origin?: { readonly actor?: string };
  readonly release?: string;
  readonly backend?: string;
  /** Of which process the backend is; of `web` where none is named. */
  readonly process?: string;
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
export const FIND = `
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
async function hostProcesses(host: TestHost): Promise<HostProcess[]> {
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
