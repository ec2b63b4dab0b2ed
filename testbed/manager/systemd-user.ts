import type { TestHost } from '../host.ts';
import type { Manager } from '../manager.ts';
import type { HostedSite } from '../site.ts';
import { SUPERVISORD } from './supervisord.ts';

/** Asks the deploy user's own systemd. */
const systemctl = (host: TestHost, ...words: string[]) => {
  const ask = 'XDG_RUNTIME_DIR=/run/user/$(id -u) exec systemctl --user "$@"';
  return host.must(['sh', '-c', ask, 'systemctl', ...words], { user: host.deployUser });
};

/** The deploy user's own systemd, which lingers: all is this one user's, as with supervisord. */
export const SYSTEMD_USER: Manager = {
  ...SUPERVISORD,
  guide: 'docs/systemd-user.md',
  config: { 'process-manager': 'systemd-user' },
  programs: ['deploy python3', 'deploy systemctl'],

  async leaveAlone(host, { site, root }) {
    const settings = { site, root, store: `${root}/.store`, manager: 'systemd-user', processes: ['web'], tick: false };
    const as = { owner: host.deployUser, group: host.deployUser, mode: '0640' };
    await host.writeFile(`${root}/site.json`, `${JSON.stringify(settings)}\n`, as);
  },
  async backends(host, { site }) {
    const units = await systemctl(host, 'list-units', '--all', '--plain', '--no-legend', `${site}-*@*`);
    return [...units.matchAll(/@(\S+)\.service/g)].map(([, backend = '']) => backend);
  },
  async stop(host: TestHost, { site }: HostedSite, backend: string) {
    await systemctl(host, 'stop', `${site}-web@${backend}.service`);
  },
};
