/** Running programs inside a minimal system. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { codeOf } from '../errors.ts';
import { isOwn } from '../own-variables.ts';
import type { Argv, AsRoot } from './root.ts';
import { type RunnerFiles, runnerFiles } from './runner-files.ts';

/** Where a program runs instead of in the runner itself. */
export interface Inside {
  /** The command that runs this one inside; `done` is to be called when it has ended. */
  enter: (
    argv: Argv,
    how: { cwd?: string; env: NodeJS.ProcessEnv },
  ) => Promise<{ argv: Argv; done: () => Promise<void> }>;
  /** The command that ends such a process group at once. */
  kill: (group: number) => Argv;
}

/** Whom the runner trusts. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** Files of the runner that programs inside need as they are: to reach an index as the runner does. */
const RUNNERS = ['/etc/resolv.conf', '/etc/hosts', AUTHORITIES];

/** Of the runner's own system, and of no use in another; caches among them, which hold what was compiled there. */
const FOREIGN = /^(LD_.*|PKG_CONFIG.*|TMPDIR|XDG_.*|PYENV.*|(PIP|UV)_.*DIR|GITHUB_.*|RUNNER_.*)$/;

/**
 * In mount and process namespaces of its own, so that everything ends and vanishes with it: ROOT UID GID ENV CWD PYTHON PATH... -- ARGV...
 * The paths are what the program shares with the runner.
 */
const ENTER = `
root=$1 uid=$2 gid=$3 env=$4 cwd=$5 python=$6; shift 6
while [ "$1" != -- ]; do
  # By no link of the system, which would lead out of it.
  at=$root$(chroot "$root" realpath -m -- "$1")
  if [ -d "$1" ]; then mkdir -p "$at"; else mkdir -p "$(dirname "$at")"; : >>"$at"; fi
  mount --bind "$1" "$at"
  shift
done
shift
mount -t proc proc "$root/proc"
exec chroot "$root" setpriv --reuid="$uid" --regid="$gid" --clear-groups -- "$python" -I -c '
import json, os, sys
with open(sys.argv[1]) as file:
    env = json.load(file)
os.chdir(sys.argv[2])
os.execvpe(sys.argv[3], sys.argv[3:], env)
' "$env" "$cwd" "$@"
`;

/**
 * Programs run as this user, not as root: what builds a package is code of strangers.
 *
 * @param root - folder of the minimal system
 * @param python - a Python in it
 * @param scratch - folder of this run, shared with what runs inside, where it is written to
 * @param shared - other folders that are seen inside
 */
export function insideOf(
  root: string,
  python: string,
  asRoot: AsRoot,
  scratch: string,
  shared: readonly string[],
): Inside {
  const folders = [scratch, ...shared];
  const always = [...folders, ...RUNNERS.filter((path) => existsSync(path))];
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return {
    enter: async (argv, { cwd, env }) => {
      // Values may be secret: they are in no argv.
      const file = join(scratch, `environment-${randomUUID()}.json`);
      const { paths, home, namesAuthority } = await runnerFiles(env);
      const seen = environment(env, scratch, folders, namesAuthority);
      await writeFile(file, JSON.stringify(seen), { mode: 0o600 });
      await linkAtHome(scratch, home);
      const binds = [...paths.filter((path) => !isBelow(path, folders)), ...always];
      const apart: Argv = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--', 'sh', '-euc', ENTER, 'enter'];
      const given = [root, String(uid), String(gid), file, cwd ?? scratch, python, ...binds, '--', ...argv];
      return { argv: asRoot([...apart, ...given]), done: () => rm(file, { force: true }) };
    },
    kill: (group) => asRoot(['kill', '-KILL', '--', `-${group}`]),
  };
}

/** They stay where they are: what is secret in them is not copied. */
async function linkAtHome(folder: string, files: RunnerFiles['home']): Promise<void> {
  for (const { name, path } of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await symlink(path, join(folder, name)).catch((thrown: unknown) => {
      // For a program before this one.
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    });
  }
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((top) => path.startsWith(`${top}/`));
}

/** What programs see of the runner's environment. Pure. */
export function environment(
  env: NodeJS.ProcessEnv,
  home: string,
  shared: readonly string[],
  namesAuthority = false,
): Record<string, string> {
  const kept = Object.entries(env).flatMap(([name, value]): [string, string][] =>
    value === undefined || isOwn(name) || FOREIGN.test(name) ? [] : [[name, value]],
  );
  const own = (env['PATH'] ?? '').split(delimiter).filter((path) => isBelow(path, shared));
  return {
    // Debian's pip asks the system by itself; one that took its place, for an old Python, knows its own authorities alone. This
    // stands over what pip is told of them (a fault of its HTTP library), so it is left out where it is told.
    ...(namesAuthority ? {} : { REQUESTS_CA_BUNDLE: env['CURL_CA_BUNDLE'] ?? AUTHORITIES }),
    ...Object.fromEntries(kept),
    PATH: [...own, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: home,
    // The same sources give the same bytes: no debugging information, which names the folder, and no time of today.
    CFLAGS: '-g0',
    CXXFLAGS: '-g0',
    SOURCE_DATE_EPOCH: '946684800',
  };
}
