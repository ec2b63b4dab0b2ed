import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { must, run } from '../testbed/process.ts';
import { pathOf } from './needs.ts';

/** The user of the host, to whom everything on it belongs. */
export interface Account {
  readonly name: string;
  readonly home: string;
  /** Put in front of a command, it makes that run as this user, in an environment as after a log-in. */
  readonly as: readonly string[];
  /** Whether the user is there for the demo only. */
  readonly ownWorld: boolean;
}

const NAME = 'demo';
/** Where the search for a user id begins that nobody has: above those of people, below those of services. */
const FIRST_ID = 59_000;
/** Folders of the demo with many files. */
const IN_MEMORY = ['srv', 'tmp'];
/** Accounts of the machine that are not seen there. (sshd gives terminals to a group `tty`, which takes root.) */
const HIDDEN = new RegExp(`^(${NAME}|tty):`);

/** As root, in namespaces of the demo's own, a user that exists there alone; else whoever runs this. */
export async function makeAccount(folder: string): Promise<Account> {
  if (process.getuid?.() === 0) return makeUser(folder);
  const { username, homedir, shell } = userInfo();
  const env = {
    HOME: homedir,
    USER: username,
    LOGNAME: username,
    SHELL: shell ?? '/bin/sh',
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
  };
  const clean = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return { name: username, home: homedir, as: ['env', '-i', ...clean], ownWorld: false };
}

async function makeUser(folder: string): Promise<Account> {
  const home = join(folder, 'home');
  // In memory: written fast, and gone at once.
  for (const name of IN_MEMORY) await must(['mount', '-t', 'tmpfs', '-o', 'mode=0755', NAME, join(folder, name)]);
  const id = await freeId();
  await layOver(folder, 'group', `${NAME}:x:${id}:`);
  await layOver(folder, 'passwd', `${NAME}:x:${id}:${id}:the demo's user:${home}:/bin/bash`);
  await must(['install', '-d', '-o', NAME, '-g', NAME, '-m', '0700', home]);
  // Visitors are to notice nothing, also while this machine is busy with something else.
  const first = ['nice', '-n', '-10'];
  const as = [...first, pathOf('setpriv'), `--reuid=${NAME}`, `--regid=${NAME}`, '--clear-groups', '--reset-env', '--'];
  return { name: NAME, home, as, ownWorld: true };
}

async function freeId(): Promise<number> {
  for (let id = FIRST_ID; ; id++) {
    const taken = await Promise.all(['passwd', 'group'].map((kind) => run(['getent', kind, String(id)])));
    if (taken.every(({ code }) => code !== 0)) return id;
  }
}

/** Puts a copy of the file with one line more over it, for those in this mount namespace. */
async function layOver(folder: string, name: 'passwd' | 'group', line: string): Promise<void> {
  const copies = join(folder, 'etc');
  await mkdir(copies, { recursive: true });
  const copy = join(copies, name);
  await copyFile(join('/etc', name), copy);
  const others = (await readFile(copy, 'utf8')).split('\n').filter((other) => other && !HIDDEN.test(other));
  await writeFile(copy, `${[...others, line].join('\n')}\n`);
  await must(['mount', '--bind', copy, join('/etc', name)]);
}
