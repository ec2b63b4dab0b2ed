import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { answer, succeeds } from './command.ts';

/** While this file says 101, Debian's packages start no service when they are installed. */
const POLICY = '/usr/sbin/policy-rc.d';

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
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
    const done =
      succeeds('apt-get', [...options, 'update'], { env }) &&
      succeeds('apt-get', [...options, 'install', '--yes', '--no-install-recommends', ...missing], { env });
    if (!done) throw new Error(`could not install the Debian packages ${missing.join(' ')}`);
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}
