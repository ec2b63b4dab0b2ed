import { spawn } from 'node:child_process';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transcript } from './transcript.ts';

const CHECKOUT = join(import.meta.dirname, '..');
/** Tells this process's demos from others of the machine; short, as it stands in the paths of sockets. */
const MARK = `t${process.pid.toString(36)}-`;
/** Demos of this process live in such folders, and each of their processes names its own. */
export const DEMO_FOLDER = `/tmp/graceful-demo-${MARK}`;
const FOLDER = new RegExp(`/(tmp|dev/shm)/graceful-demo-${MARK}\\w+`);

/** `npm run demo` as a person starts it at a terminal: in a process group of its own. */
export interface DemoRun {
  /** Resolves when it has ended, and all that holds its output. */
  readonly end: Promise<{ readonly code: number | null; readonly output: string }>;
  said(words: string): Promise<void>;
  /** To all that the terminal knows of it, as at Ctrl-C. */
  signal(name: NodeJS.Signals): void;
}

/** @param wrapper command that runs it */
export function startDemo(args: readonly string[] = [], wrapper: readonly string[] = []): DemoRun {
  const [program = '', ...rest] = [...wrapper, 'npm', 'run', 'demo', '--', ...args];
  const env = { ...process.env, GRACEFUL_DEMO_MARK: MARK };
  const child = spawn(program, rest, { cwd: CHECKOUT, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const transcript = new Transcript();
  transcript.hear(child.stdout);
  const end = new Promise<Awaited<DemoRun['end']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      // npm ends itself by the signal that ended what it ran.
      resolve({ code: signal === 'SIGINT' ? 130 : code, output: transcript.text });
    });
  });
  return {
    end,
    said: (words) => transcript.said(words, end),
    signal: (name) => void (child.pid && process.kill(-child.pid, name)),
  };
}

const AS_VISITOR = `
folder=$1; shift
for file in passwd group; do cp /etc/$file "$folder/$file"; done
echo "visitor:x:58123:58123::$folder/home:/bin/bash" >>"$folder/passwd"
echo "visitor:x:58123:" >>"$folder/group"
for file in passwd group; do mount --bind "$folder/$file" /etc/$file; done
install -d -o visitor -g visitor -m 0700 "$folder/home"
# The checkout may be below root's home, which others cannot enter.
mkdir -p "$folder/checkout"
mount --bind "$PWD" "$folder/checkout"
PATH=$(printf %s "$PATH" | sed "s#$PWD#$folder/checkout#g")
cd "$folder/checkout"
if [ -n "$1" ]; then
  mkdir "$folder/above"
  mount -t tmpfs none "$folder/above"
  mkdir "$folder/above/files" "$folder/above/work"
  mount -t overlay -o "lowerdir=/usr/sbin,upperdir=$folder/above/files,workdir=$folder/above/work" none /usr/sbin
  for program in $1; do rm "/usr/sbin/$program"; done
fi
shift
exec setpriv --reuid=visitor --regid=visitor --clear-groups env -i "PATH=$PATH" "HOME=$folder/home" USER=visitor LOGNAME=visitor "GRACEFUL_DEMO_MARK=$GRACEFUL_DEMO_MARK" "$@"
`;

/**
 * Runs a command as an ordinary user, who exists for that command only.
 * @param folder empty; the user's home comes to be in it @param without programs of /usr/sbin that are not there for it
 */
export async function asVisitor(folder: string, without: readonly string[] = []): Promise<string[]> {
  await chmod(folder, 0o755);
  return ['unshare', '--mount', '--', 'sh', '-euc', AS_VISITOR, 'sh', folder, without.join(' ')];
}

/** What demos of this process have on this machine now: names alone, as environments hold keys. */
export async function leftOfDemos(): Promise<string[]> {
  const parents = ['/tmp', '/dev/shm'];
  const entries = await Promise.all(
    parents.map(async (path) => (await readdir(path)).map((name) => `${path}/${name}`)),
  );
  const folders = entries.flat().filter((path) => FOLDER.test(path));
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => FOLDER.test(line));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(pids.map(processOfDemo));
  return [
    ...folders.map((path) => `folder ${path}`),
    ...mounts.map((line) => `mount ${line.split(' ')[4]}`),
    ...processes.flat(),
  ];
}

/** Its number and name, if its command line or environment names a demo's folder; nothing where it has just ended. */
async function processOfDemo(pid: string): Promise<string[]> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const words = `${await read('cmdline')}\0${await read('environ')}`;
  return FOLDER.test(words) ? [`process ${pid} ${(await read('comm')).trimEnd()}`] : [];
}

/** Files that say who there is on this machine, and whether packages may start services. */
export async function accountsOfMachine(): Promise<string[]> {
  const files = ['/etc/passwd', '/etc/group', '/etc/shadow', '/usr/sbin/policy-rc.d'];
  return Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => 'not there')));
}
