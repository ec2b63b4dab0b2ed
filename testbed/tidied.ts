import type { StatusAnswer } from '../src/protocol/messages.ts';
import type { TestHost } from './host.ts';
import { FIND, lasting } from './inside.ts';
import { MANAGER } from './manager.ts';
import type { HostedSite } from './site.ts';

/**
 * Does the minute's work as the timer would, as the deploy user, again and again until nothing is left over: processes, run
 * folders, sockets below the root, temporary files (but a running worker's own, `/tmp/pymp-*`). One Python for all of it: to load the host program takes longer than
 * its work.
 */
const TIDY = `
import contextlib, glob, io, json, os, sys, time
${FIND}
root, run, seconds = sys.argv[1:]
program = f"{root}/bin/graceful"
sys.path.insert(0, program)
from graceful.cli import main
def said(*words):
    sys.argv, text = [program, *words], io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            main()
    except SystemExit as end:
        if end.code:
            sys.exit(f"{' '.join(words)} ended with {end.code}\\n{text.getvalue()}")
    return text.getvalue()
TEMPORARY = [".op/*/control", ".store/incoming/*", ".store/envs/.*", "releases/.*", "releases/*/.*", "bin/.*", "assets/**/.*", ".*"]
def left_over(told):
    names = [one["backend"] for one in told["backends"] if one["up"] and one["role"] in ("active", "standby")]
    sockets = [line.split()[-1] for line in open("/proc/net/unix")]
    found = {path for one in TEMPORARY for path in glob.glob(f"{root}/{one}", recursive=True)}
    return {
        "processes": [pid for pid, _ in host_program(os.getuid())],
        "run folder": [name for name in os.listdir(run) if name not in names],
        "sockets": [path for path in sockets if path.startswith(f"{root}/.op/")],
        "temporary": sorted(found - {f"{root}/.op", f"{root}/.store"})
            + [path for path in glob.glob("/tmp/*") if not re.match("/tmp/(systemd-private|pymp)-", path)],
    }
end = time.monotonic() + float(seconds)
while True:
    said("tick")
    told = json.loads(said("status", "--json"))
    left = [f"{what}: {one}" for what, found in left_over(told).items() for one in found]
    if not left or time.monotonic() > end:
        break
    time.sleep(0.5)
print(json.dumps({"left": left, "status": told}))
`;

/** A site on which the timer finds nothing more to do. */
export interface Tidy {
  /** Processes, backends, sockets and temporary files that are there all the same, each in words. */
  readonly left: readonly string[];
  /** What the host says of the site, as far as it lasts. */
  readonly status: StatusAnswer;
}

/** Lets the timer's work go on until nothing is left over, or for `timeout` milliseconds. */
export async function tidy(host: TestHost, site: HostedSite, timeout = 45_000): Promise<Tidy> {
  const end = performance.now() + timeout;
  for (;;) {
    const seconds = Math.max(0, end - performance.now()) / 1_000;
    const argv = ['python3', '-I', '-', site.root, MANAGER.runFolder(site), String(seconds)];
    const options = { user: host.deployUser, input: TIDY, timeout: timeout + 60_000 };
    const told: Tidy = JSON.parse(await host.must(argv, options));
    const status = lasting(told.status);
    const left = [...told.left, ...unmanaged(status, await MANAGER.backends(host, site))];
    if (left.length === 0 || performance.now() > end) return { left, status };
  }
}

/** Where the status and the process manager know other backends. */
function unmanaged({ backends }: StatusAnswer, known: readonly string[]): string[] {
  const names = backends
    .filter(({ up, role }) => up && (role === 'active' || role === 'standby'))
    .map(({ backend }) => backend);
  return [
    ...known.filter((name) => !names.includes(name)).map((name) => `backend without use: ${name}`),
    ...names.filter((name) => !known.includes(name)).map((name) => `backend without a manager: ${name}`),
  ];
}

/** The same. @returns what is left over */
export async function tidied(host: TestHost, site: HostedSite, timeout?: number): Promise<readonly string[]> {
  return (await tidy(host, site, timeout)).left;
}
