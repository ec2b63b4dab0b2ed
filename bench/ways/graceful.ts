import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIST, stepEnv } from '../../testbed/runner.ts';
import { provisionSite } from '../../testbed/site.ts';
import { paddingFolder } from '../bed/padding.ts';
import { environmentOf } from '../bed/site.ts';
import { pathWithUv, uvFolder, uvVariables } from '../bed/uv.ts';
import type { Checkout, Command, Ground, Line, Way } from '../way.ts';
import { versionOf } from './remote.ts';

/** Graceful itself: the Action's own entry, started as a runner starts it. */
export const GRACEFUL: Way = {
  name: 'graceful',
  title: 'Graceful',
  how:
    'The Action on a host set up by docs/host-setup.md; what it keeps from earlier runs (environments, static files) is there, as from the Actions cache. It builds environments ' +
    'with uv, whose own cache is there too, as on a runner of one’s own.',
  install: async () => ({
    Node: process.version,
    uv: await versionOf([join(uvFolder(), 'uv'), '--version'], /uv (\S+)/),
  }),
  async setUp(ground) {
    const { host, site, hostName } = ground;
    await mkdir(paddingFolder(ground), { recursive: true });
    await provisionSite(host, { site, dotenv: environmentOf(site) });
    const file = `/etc/nginx/sites-available/${site}`;
    // The runner's own check of the site comes by the address.
    const names = `server_name ${hostName} ${host.address};`;
    await host.writeFile(file, (await host.readFile(file)).replace(/server_name .*;/, names));
    await host.must(['systemctl', 'restart', 'nginx']);
    return {
      deploy: (checkout, line) => step(ground, checkout, line, 'deploy'),
      rollback: (checkout, line) => step(ground, checkout, line, 'rollback'),
    };
  },
};

/** A step of a job. @param keeping folder of what the runner keeps between jobs */
export async function step(
  ground: Ground,
  checkout: Checkout,
  line: Line,
  command: string,
  keeping = ground.folder,
): Promise<Command> {
  const temporary = join(ground.folder, 'temp');
  await mkdir(temporary, { recursive: true });
  const env = await stepEnv(
    {
      workspace: checkout.path,
      inputs: {
        command,
        'ssh-key': ground.host.privateKey,
        'known-hosts': await readFile(line.knownHostsFile, 'utf8'),
        // As the site's graceful.yml says, but where something is in between.
        ...(line.address === ground.host.address ? {} : { host: line.address, port: String(line.port) }),
      },
      env: {
        ...uvVariables([ground.pip.PIP_FIND_LINKS, paddingFolder(ground)], join(keeping, 'uv')),
        PATH: pathWithUv(),
        RUNNER_TOOL_CACHE: join(keeping, 'tools'),
        GITHUB_SHA: checkout.commit,
      },
    },
    temporary,
  );
  return { argv: [process.execPath, DIST], cwd: checkout.path, env };
}
