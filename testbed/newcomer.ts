import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { djangoAdmin } from './django.ts';
import type { TestHost } from './host.ts';
import { must } from './process.ts';

const CHECKOUT = join(import.meta.dirname, '..');

/**
 * The machine of somebody who comes to Graceful for the first time: with a plain Django project that is on GitHub, and
 * with the right to log in to a host as root.
 */
export interface Newcomer extends AsyncDisposable {
  /** The project: a git checkout on branch `main`. */
  readonly project: string;
  /** Whatever this person runs runs in this environment. */
  readonly env: NodeJS.ProcessEnv;
  git(...args: string[]): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Runs a page's commands in the project. @returns standard output */
  sh(commands: string): Promise<string>;
}

/** @param host on which root lets this person in from now on */
export async function makeNewcomer(host: TestHost): Promise<Newcomer> {
  const folder = await mkdtemp(join(tmpdir(), 'graceful-newcomer-'));
  const at = (name: string): string => join(folder, name);
  const [home, bin, project, published] = [at('home'), at('bin'), at('shop'), at('published')];
  for (const path of [home, bin, project, published]) await mkdir(path);

  const lines = [
    `IdentityFile ${host.privateKeyFile}`,
    `UserKnownHostsFile ${at('known_hosts')}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
  ];
  await writeFile(at('ssh_config'), lines.map((line) => `${line}\n`).join(''));
  await writeFile(at('known_hosts'), host.knownHosts);
  // OpenSSH looks for its configuration in the home that the user's account names, not in HOME.
  for (const program of ['ssh', 'scp']) {
    const text = `#!/bin/sh\nexec /usr/bin/${program} -F ${at('ssh_config')} "$@"\n`;
    await writeFile(join(bin, program), text, { mode: 0o755 });
  }
  await host.writeFile('/root/.ssh/authorized_keys', `${host.publicKey}\n`, { mode: '0600' });

  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: home, LANG: 'C.UTF-8', TERM: 'dumb' };
  const git = async (...args: string[]): Promise<string> =>
    (await must(['git', '-C', project, ...args], { env })).trim();
  await publish(published, env);
  const config = [
    '[user]\nname = A Newcomer\nemail = newcomer@example.org',
    '[init]\ndefaultBranch = main',
    // GitHub, as far as this machine goes.
    `[url "file://${published}"]\ninsteadOf = https://github.com/OWNER/graceful`,
    `[url "file://${at('origin.git')}"]\ninsteadOf = https://github.com/example/shop`,
  ];
  await writeFile(join(home, '.gitconfig'), `${config.join('\n')}\n`);

  await djangoAdmin(['startproject', 'shop', '.'], project);
  await git('init', '--quiet');
  await git('init', '--quiet', '--bare', at('origin.git'));
  await git('remote', 'add', 'origin', 'https://github.com/example/shop');
  return {
    project,
    env,
    git,
    async write(file, text) {
      await mkdir(dirname(join(project, file)), { recursive: true });
      await writeFile(join(project, file), text);
    },
    sh: (commands) => must(['sh', '-eu'], { cwd: project, env, input: commands, timeout: 120_000 }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Makes a repository of this one's files as they are now: what somebody gets who clones it. */
async function publish(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const listed = await must(['git', '-C', CHECKOUT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']);
  for (const file of listed.split('\0').filter(Boolean))
    await cp(join(CHECKOUT, file), join(folder, file), { recursive: true }).catch(forgetMissing);
  const identity = ['-c', 'user.name=Graceful', '-c', 'user.email=graceful@example.org'];
  const git = (...args: string[]): Promise<string> => must(['git', '-C', folder, ...identity, ...args], { env });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Graceful');
}

/** A file that git knows and that was just removed. */
function forgetMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
