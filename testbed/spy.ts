import type { TestHost } from './host.ts';
import { until } from './slot.ts';

/** What a spy saw of the processes of a host, all the while it looked. */
export interface Seen {
  /** Rounds through /proc. */
  readonly rounds: number;
  /** Names of the programs that it saw run as the deploy user and as root. */
  readonly programs: readonly string[];
  /** `[site as ]<user> argv|environ <secret's name>: <program>`, each once. */
  readonly leaks: readonly string[];
}

export interface Spy extends AsyncDisposable {
  stop(): Promise<Seen>;
}

const LOOK = `
import json, os, pwd, re, sys
secrets = json.loads(sys.stdin.readline())
me, rounds, programs, leaks, users = os.getpid(), 0, set(), set(), {}
open(sys.argv[1] + ".began", "w").close()
while not os.path.exists(sys.argv[1]):
    rounds += 1
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == me:
            continue
        try:
            uid, cwd = os.stat(f"/proc/{pid}").st_uid, os.readlink(f"/proc/{pid}/cwd")
            told = {"argv": open(f"/proc/{pid}/cmdline", "rb").read(), "environ": open(f"/proc/{pid}/environ", "rb").read()}
        except OSError:
            continue
        if not told["argv"]:
            continue
        user = users.setdefault(uid, pwd.getpwuid(uid).pw_name)
        # The site's own processes work in the folder of their release's code; nothing else does.
        site = re.match(r"/srv/[^/]+/releases/", cwd)
        program = os.path.basename(told["argv"].split(b"\\0")[0]).decode(errors="replace")
        programs.add(f"{user} {program}")
        for where, content in told.items():
            for name, value in secrets.items():
                if value.encode() in content:
                    leaks.add(f"{'site as ' if site else ''}{user} {where} {name}: {program}")
print(json.dumps({"rounds": rounds, "programs": sorted(programs), "leaks": sorted(leaks)}))
`;

/** Its existence ends the looking; in a folder that only root can write. */
const STOP = '/run/graceful-spy-stop';

/**
 * Reads the arguments and the environment of every process on the host, again and again without a rest, and looks for
 * secrets in them. It runs as root on the host; what to look for comes by its standard input.
 */
export async function startSpy(host: TestHost, secrets: Readonly<Record<string, string>>): Promise<Spy> {
  await host.must(['rm', '-f', STOP, `${STOP}.began`]);
  const argv = ['python3', '-I', '-c', LOOK, STOP];
  const looking = host.must(argv, { input: `${JSON.stringify(secrets)}\n`, timeout: 300_000 });
  const began = until(
    'the spy looks',
    10_000,
    async () => (await host.exec(['test', '-e', `${STOP}.began`])).code === 0,
  );
  await Promise.race([began, looking]);
  const stop = async (): Promise<Seen> => {
    await host.must(['touch', STOP]);
    const seen: Seen = JSON.parse(await looking);
    return seen;
  };
  let seen: Promise<Seen> | undefined;
  const stopOnce = () => {
    seen ??= stop();
    return seen;
  };
  return {
    stop: stopOnce,
    async [Symbol.asyncDispose]() {
      await stopOnce();
    },
  };
}

const SEARCH = `
import json, os, re, stat, subprocess, sys
secrets = json.loads(sys.stdin.readline())
found = set()
def look(where, content):
    found.update(f"{name}: {where}" for name, value in secrets.items() if value.encode() in content)
everyone = ["/srv", "/tmp", "/var/tmp", "/var/log", "/run", "/etc", "/home", "/dev/shm"]
ours = re.compile(r"/srv/[^/]+/(\\.op/|log/|supervisor/|journal\\.jsonl$)")
for top in everyone:
    for folder, _, names in os.walk(top):
        for path in (os.path.join(folder, name) for name in names):
            try:
                told = os.lstat(path)
                if stat.S_ISREG(told.st_mode) and (told.st_mode & 0o004 or ours.match(path)):
                    look(path, open(path, "rb").read())
            except OSError:
                pass
look("systemd's journal", subprocess.run(["journalctl", "--quiet", "--no-pager", "--all", "--output=export"],
                                         check=True, capture_output=True).stdout)
print(json.dumps(sorted(found)))
`;

/**
 * Looks for secrets where they must not be on a host: systemd's journal, the site's own journal, logs, `.op/` and
 * settings of its process manager, and every file that anybody may read.
 * @returns `<secret's name>: <where>`, each once
 */
export async function searchHost(host: TestHost, secrets: Readonly<Record<string, string>>): Promise<string[]> {
  const argv = ['python3', '-I', '-c', SEARCH];
  const found: string[] = JSON.parse(await host.must(argv, { input: `${JSON.stringify(secrets)}\n` }));
  return found;
}
