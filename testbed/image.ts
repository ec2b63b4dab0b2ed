import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages } from '../scripts/debian.ts';
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

/** Everything that makes one image differ from another; its hash names the image. */
export interface Recipe {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Shell lines, run when all is installed; `$1` is the image's folder. */
  readonly hooks: readonly string[];
}

/** What may differ from a plain Debian 12. */
interface Variation {
  readonly suite?: string;
  /** Package of the web server. */
  readonly nginx?: string;
  /** Further packages. */
  readonly more?: readonly string[];
}

/** How images differ from a plain Debian 12: each variant is one of its own, made when a test first asks for it. */
const VARIANTS = {
  plain: {},
  postgresql: { more: ['postgresql'] },
  redis: { more: ['redis-server'] },
  /** Debian 11, with Python 3.9. Its nginx-light lacks the module `geo`; `nginx` brings nginx-core. */
  bullseye: { suite: 'bullseye', nginx: 'nginx' },
  /** Debian 13, with Python 3.13; it takes packs as zstd. */
  trixie: { suite: 'trixie', more: ['zstd'] },
  /** What the ways that the benchmark compares want of a host. */
  bench: { more: ['git', 'rsync', 'zstd'] },
} as const satisfies Record<string, Variation>;

/** Name of an image. */
export type Variant = keyof typeof VARIANTS;

const NGINX = 'nginx-light';

/** What all images have in common. */
const RECIPE: Recipe = {
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
    NGINX,
    'iproute2',
    'procps',
    'curl',
    // For the single-user mode alone, which starts a supervisord of its own.
    'supervisor',
    'cron',
  ],
  // Each host makes its own keys; nothing may be fetched, tidied or supervised behind a test's back.
  hooks: [
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/cron.*/[a-z]*',
    'chroot "$1" systemctl disable supervisor.service',
    'chroot "$1" systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer e2scrub_reap.service console-getty.service',
  ],
};

/**
 * The folder of the Debian root file system that test hosts are copy-on-write copies of. Builds it when this machine has
 * none of this variant yet, or not the whole of it (about half a minute; needs root and Debian's mirror as this machine's
 * apt is set up).
 */
export function image(variant: Variant = 'plain'): Promise<string> {
  const { suite = RECIPE.suite, nginx = NGINX, more = [] }: Variation = VARIANTS[variant];
  const packages = RECIPE.packages.map((name) => (name === NGINX ? nginx : name));
  return imageOf({ ...RECIPE, suite, packages: [...packages, ...more] });
}

/** The same for any recipe, kept in any folder. */
export async function imageOf(recipe: Recipe, cache = CACHE): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('the test bed boots machines and so needs root');
  await mkdir(cache, { recursive: true });
  const name = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
  const folder = join(cache, name);
  await using _lock = await acquire(join(cache, 'lock'));
  await installTools();
  if (!(await isWhole(folder))) await build(folder, recipe);
  return folder;
}

/** Says how many files an image has; written when it has them all. */
const stampOf = (folder: string): string => `${folder}.whole`;

/** Not where a build or a removal was killed half-way. Nothing ever writes to an image, so that its files stay as many. */
async function isWhole(folder: string): Promise<boolean> {
  if (!existsSync(folder) || !existsSync(stampOf(folder))) return false;
  return (await countFiles(folder)) === (await readFile(stampOf(folder), 'utf8'));
}

async function countFiles(folder: string): Promise<string> {
  return String((await must(['find', folder, '-xdev', '-printf', '.'])).length);
}

/** Built under another name and renamed when whole: a half-made image is never used. */
async function build(folder: string, recipe: Recipe): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  // All of it dies with this process, and its mounts (this machine's own /dev) go with it. That takes a moment, for
  // which the lock is still held.
  const alone = ['setpriv', '--pdeathsig=KILL', 'flock', '--no-fork', `${folder}.building`];
  const apart = [...alone, 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  await must([...alone, 'rm', '-rf', '--one-file-system', folder, stampOf(folder), unfinished], { timeout: 600_000 });
  const config = `${folder}.apt.conf`;
  // Proxies, mirrors and date checks as this machine has them.
  await writeFile(config, await must(['apt-config', 'dump', 'Acquire']));
  const own = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((path) => existsSync(path));
  const mirror = 'http://deb.debian.org';
  const { suite } = recipe;
  const others = [`deb ${mirror}/debian ${suite} main`, `deb ${mirror}/debian-security ${suite}-security main`];
  // This machine's own sources name its own release.
  const sources = suite === RECIPE.suite ? [own].filter((path) => path !== undefined) : others;
  await must(
    [
      ...apart,
      'mmdebstrap',
      '--variant=minbase',
      `--include=${recipe.packages.join(',')}`,
      `--aptopt=${config}`,
      ...recipe.hooks.map((hook) => `--customize-hook=${hook}`),
      recipe.suite,
      unfinished,
      ...sources,
    ],
    { timeout: 600_000 },
  );
  await rm(config);
  await writeFile(stampOf(folder), await countFiles(unfinished));
  await rename(unfinished, folder);
}

async function installTools(): Promise<void> {
  const missing: string[] = [];
  for (const [program, pkg] of TOOLS) await access(program).catch(() => missing.push(pkg));
  ensurePackages(missing);
}
