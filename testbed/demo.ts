import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transcript } from './transcript.ts';

const CHECKOUT = join(import.meta.dirname, '..');
/** Every demo lives in such a folder, and each of its processes names it. */
const FOLDER = /\/tmp\/graceful-demo-\w+/;

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
  const child = spawn(program, rest, { cwd: CHECKOUT, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
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

/** What demos have on this machine now, each in words. */
export async function leftOfDemos(): Promise<string[]> {
  const folders = (await readdir('/tmp')).map((name) => `/tmp/${name}`).filter((path) => FOLDER.test(path));
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => FOLDER.test(line));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(pids.map(describeProcess));
  return [
    ...folders.map((path) => `folder ${path}`),
    ...mounts.map((line) => `mount ${line}`),
    ...processes.filter((line) => FOLDER.test(line)),
  ];
}

/** Its command line, working folder and environment; empty where it has just ended. */
async function describeProcess(pid: string): Promise<string> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const words = `${await read('cmdline')}\0${await read('environ')}`.replaceAll('\0', ' ');
  return `process ${pid} ${words}`;
}

/** Files that say who there is on this machine, and whether packages may start services. */
export async function accountsOfMachine(): Promise<string[]> {
  const files = ['/etc/passwd', '/etc/group', '/etc/shadow', '/usr/sbin/policy-rc.d'];
  return Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => 'not there')));
}
