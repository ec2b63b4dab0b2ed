import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocksOf } from './guide.ts';
import type { TestHost } from './host.ts';
import { MANAGER } from './manager.ts';
import { describe } from './process.ts';

const CHECKOUT = join(import.meta.dirname, '..');

export interface SiteOptions {
  /** `shop` by default; another name gives the host a second site. Lower-case letters, digits and dashes. */
  readonly site?: string;
  /** Content of shared/.env; by default ALLOWED_HOSTS with the host's address and `<site>.example.org`. */
  readonly dotenv?: Readonly<Record<string, string>>;
  /** false: nothing does the minute's work, so that nothing happens but what the test does. True by default. */
  readonly tick?: boolean;
  /** Heading of a section of the guide that is left out. */
  readonly without?: string;
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
 * Sets a site up as a person would: with the files of `examples/host/` and the commands of the process manager's guide,
 * which are run as they stand there: `sh` as root in a folder with those files, `sh user` as the deploy user at home.
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

  for (const { language, text, heading } of await blocksOf(MANAGER.guide)) {
    if (!/^sh( user)?$/.test(language) || heading === options.without) continue;
    const [who, where] = language === 'sh' ? ['root', folder] : [host.deployUser, `/home/${host.deployUser}`];
    const result = await host.exec(['sh', '-eux'], { user: who, input: `cd ${where}\n${named(text)}` });
    if (result.code !== 0) throw new Error(`${MANAGER.guide}: ${describe(['sh'], result)}`);
  }

  const hosted: HostedSite = { site, root: `/srv/${site}`, url: `http://${host.address}` };
  if (options.tick === false) await MANAGER.leaveAlone(host, hosted);
  const dotenv = options.dotenv ?? { ALLOWED_HOSTS: `${host.address},${site}.example.org` };
  await writeDotenv(host, site, dotenv);
  return hosted;
}

/** Replaces shared/.env, as the host's owner would. */
export async function writeDotenv(
  host: TestHost,
  site: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}\n`);
  await host.writeFile(`/srv/${site}/shared/.env`, lines.join(''), MANAGER.dotenv(site));
}
