import { type ChildProcess, spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import type { Target } from '../config/types.ts';
import { HostError, UNTOUCHED } from '../ssh/error.ts';
import { Pipe } from './pipe.ts';

/** The host that Graceful itself runs on. Whoever runs it is the target's user. */
export interface Here {
  target: Target;
}

/** Where programs are looked for, as a login looks: a job may have other Pythons in front of the host's own. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A command on this machine in place of one over SSH. There is nothing in between that could be lost. */
export class LocalConnection {
  /** `deploy@www.example.org (local)`, for messages. */
  readonly label: string;
  readonly loss: undefined;
  #child: ChildProcess | undefined;

  constructor({ target }: Here) {
    this.label = `${target.user}@${target.host} (local)`;
  }

  onLoss(): void {}

  /** Starts the command as sshd would. @throws HostError `start` */
  exec(command: string): Promise<Pipe> {
    return new Promise((resolve, reject) => {
      const child = spawn('/bin/sh', ['-c', command], {
        cwd: '/',
        env: environment(),
        // A session of its own: what a terminal or a cancelled job sends to all that it started is for this process to tell.
        detached: true,
      });
      this.#child = child;
      child.once('spawn', () => resolve(new Pipe(child)));
      child.once('error', (cause) => {
        reject(
          new HostError({
            kind: 'start',
            what: `no program can be started on this machine (${cause.message}).`,
            where: this.label,
            state: UNTOUCHED,
            next: 'Has this user too many processes or open files (ulimit -a)?',
            cause,
          }),
        );
      });
    });
  }

  /** Lets the command end by itself, which the end of its input tells it. */
  close(): void {
    this.#child?.unref();
    setTimeout(() => this.destroy(), 1000).unref();
  }

  /** Lets go of the command: it finds nobody there any more. */
  destroy(): void {
    this.#child?.unref();
    for (const stream of this.#child?.stdio ?? []) stream?.destroy();
  }
}

/**
 * What a login hands down, and nothing of the job: neither its secrets, nor the mark by which a runner ends whatever a job has left
 * behind. An operation goes on, and falls back, when the job is gone.
 */
function environment(): Record<string, string> {
  const { username, homedir, shell } = userInfo();
  return { PATH, HOME: homedir, USER: username, LOGNAME: username, SHELL: shell ?? '/bin/sh', LANG: 'C.UTF-8' };
}
