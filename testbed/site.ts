import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestHost } from './host.ts';
import { describe } from './process.ts';

const CHECKOUT = join(import.meta.dirname, '..');

export interface SiteOptions {
  /** `shop` by default; another name gives the host a second site. Lower-case letters, digits and dashes. */
  readonly site?: string;
  /** Content of shared/.env; by default ALLOWED_HOSTS with the host's address and `<site>.example.org`. */
  readonly dotenv?: Readonly<Record<string, string>>;
  /** false: the minute's timer is left off, so that nothing happens but what the test does. True by default. */
  readonly tick?: boolean;
}

/** A site that is set up and waits for its first deploy. */
export interface HostedSite {
  readonly site: string;
  /** `/srv/<site>` */
  readonly root: string;
  /** `http://<address>`: reaches the site that was set up first on its host. */
  readonly url: string;
}

/**
 * Sets a site up as a person would: with the files of `examples/host/` and the commands of `docs/host-setup.md`, which
 * are run as they stand there.
 */
export async function provisionSite(host: TestHost, options: SiteOptions = {}): Promise<HostedSite> {
  const site = options.site ?? 'shop';
  const named = (text: string): string => text.replaceAll('shop', site);
  const folder = `/root/setup-${site}`;
  const files = join(CHECKOUT, 'examples/host');
  for (const { name } of (await readdir(files, { withFileTypes: true })).filter((entry) => entry.isFile())) {
    await host.writeFile(`${folder}/${named(name)}`, named(await readFile(join(files, name), 'utf8')));
  }
  await host.writeFile(`${folder}/deploy.pub`, `${host.publicKey}\n`);

  const guide = await readFile(join(CHECKOUT, 'docs/host-setup.md'), 'utf8');
  const commands = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => named(block ?? '')).join('');
  const script = `cd ${folder}\n${commands}`;
  const result = await host.exec(['sh', '-eux'], { input: script });
  if (result.code !== 0) throw new Error(`docs/host-setup.md: ${describe(['sh'], result)}`);

  if (options.tick === false) await host.must(['systemctl', 'disable', '--quiet', '--now', `${site}-tick.timer`]);
  const dotenv = options.dotenv ?? { ALLOWED_HOSTS: `${host.address},${site}.example.org` };
  await writeDotenv(host, site, dotenv);
  return { site, root: `/srv/${site}`, url: `http://${host.address}` };
}

/** Replaces shared/.env, as the host's owner would. */
export async function writeDotenv(
  host: TestHost,
  site: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
  const as = { owner: host.deployUser, group: site, mode: '0640' };
  await host.writeFile(`/srv/${site}/shared/.env`, lines.join(''), as);
}
