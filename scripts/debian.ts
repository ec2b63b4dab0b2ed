import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { answer } from './command.ts';

/** While this file says 101, Debian's packages start no service when they are installed. */
const POLICY = '/usr/sbin/policy-rc.d';
const FORBIDDEN = '#!/bin/sh\n# Of Graceful, while it installs packages; may be removed.\nexit 101\n';

/** What the test bed needs of the machine that runs it (Debian's names). */
export const TESTBED_PACKAGES = [
  'mmdebstrap',
  'systemd-container',
  'openssh-client',
  'openssh-server',
  'iproute2',
  'nftables',
  'e2fsprogs',
  'util-linux',
  'zstd',
  'git',
  'curl',
  'ca-certificates',
  // The runner's side of a deploy: the hosts' Python with pip.
  'python3',
  'python3-pip',
  'python3-venv',
];

function isInstalled(name: string): boolean {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own syntax
  return answer('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]) === 'installed';
}

/** Installs those of the Debian packages that are missing, without starting their services. Throws when it cannot. */
export function ensurePackages(names: string[]): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`run this as root: apt-get install ${missing.join(' ')}`);
  console.log(`installing Debian packages: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // One that a killed run left behind is taken away too.
  const ours = !existsSync(POLICY) || readFileSync(POLICY, 'utf8') === FORBIDDEN;
  if (ours) writeFileSync(POLICY, FORBIDDEN, { mode: 0o755 });
  try {
    // What a killed run left half-installed keeps apt-get from installing anything.
    if (answer('dpkg', ['--audit']) !== '') spawnSync('dpkg', ['--configure', '--pending'], { env });
    const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
    apt([...options, 'update'], env);
    apt([...options, 'install', '--yes', '--no-install-recommends', ...missing], env);
  } catch (cause) {
    throw new Error(`could not install the Debian packages ${missing.join(' ')}`, { cause });
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}

/** What it says is only shown when it fails. */
function apt(args: string[], env: NodeJS.ProcessEnv): void {
  const { status, output, error } = spawnSync('apt-get', args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) console.error(output.filter(Boolean).join(''));
  if (error) throw error;
  if (status !== 0) throw new Error(`apt-get ended with ${status}`);
}
