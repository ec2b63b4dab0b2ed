import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquire } from './lock.ts';
import { must } from './process.ts';

/** Images outlive checkouts: one is built once per machine and recipe. */
const CACHE = '/var/cache/graceful';

/** What the outer machine needs: the program, and the Debian package that has it. */
const TOOLS = [
  ['/usr/bin/mmdebstrap', 'mmdebstrap'],
  ['/usr/bin/systemd-nspawn', 'systemd-container'],
  ['/usr/sbin/nft', 'nftables'],
  ['/usr/sbin/mkfs.ext4', 'e2fsprogs'],
  ['/usr/bin/ssh-keygen', 'openssh-client'],
] as const;

/** What a host may have besides: each variant is an image of its own, made when a test first asks for it. */
const VARIANTS = {
  plain: [],
  postgresql: ['postgresql'],
} as const satisfies Record<string, readonly string[]>;

/** Name of an image. */
export type Variant = keyof typeof VARIANTS;

/** What all images have in common. */
const RECIPE = {
  suite: 'bookworm',
  // No more than a plain Debian 12 web host has: what is not here, the product must not need.
  packages: [
    'systemd',
    'systemd-sysv',
    'dbus',
    'libpam-systemd',
    'openssh-server',
    'sudo',
    'python3',
    'python3-venv',
    'nginx-light',
    'iproute2',
    'procps',
    'curl',
  ],
  // Each host makes its own keys; nothing may be fetched or tidied behind a test's back.
  hooks: [
    'rm -f "$1"/etc/ssh/ssh_host_*',
    'chroot "$1" systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer e2scrub_reap.service console-getty.service',
  ],
};

/**
 * The folder of the Debian root file system that test hosts are copy-on-write copies of. Builds it when this machine has
 * none of this variant yet (about half a minute; needs root and Debian's mirror as this machine's apt is set up).
 */
export async function image(variant: Variant = 'plain'): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('the test bed boots machines and so needs root');
  await mkdir(CACHE, { recursive: true });
  const recipe = { ...RECIPE, packages: [...RECIPE.packages, ...VARIANTS[variant]] };
  // Everything that makes one image differ from another is in its name.
  const name = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
  const folder = join(CACHE, name);
  await using _lock = await acquire(join(CACHE, 'lock'));
  await installTools();
  if (existsSync(folder)) return folder;

  // Built under another name and renamed when whole: a half-made image is never used.
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const config = `${folder}.apt.conf`;
  // Proxies, mirrors and date checks as this machine has them.
  await writeFile(config, await must(['apt-config', 'dump', 'Acquire']));
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((path) => existsSync(path));
  await must(
    [
      'mmdebstrap',
      '--variant=minbase',
      `--include=${recipe.packages.join(',')}`,
      `--aptopt=${config}`,
      ...recipe.hooks.map((hook) => `--customize-hook=${hook}`),
      recipe.suite,
      unfinished,
      ...(sources === undefined ? [] : [sources]),
    ],
    { timeout: 600_000 },
  );
  await rm(config);
  await rename(unfinished, folder);
  return folder;
}

async function installTools(): Promise<void> {
  const missing: string[] = [];
  for (const [program, pkg] of TOOLS) await access(program).catch(() => missing.push(pkg));
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await must(['apt-get', 'update', '-qq'], { timeout: 300_000, env });
  await must(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing], { timeout: 300_000, env });
}
