import type { Manager } from '../manager.ts';

/** A mode that does not matter: a folder above is the gate. */
const ANY: readonly string[] = [];

/** System units, three users: deploy, the site's own, the web server's. */
export const SYSTEMD: Manager = {
  guide: 'docs/host-setup.md',
  config: {},

  siteUser: (site) => site,
  dotenv: (site) => ({ owner: 'deploy', group: site, mode: '0640' }),
  owners(site) {
    const deploy = new RegExp(`^deploy:${site}$`);
    return [
      [/^$/, 'd', deploy, ['755']],
      [/^(current|previous|working|previous-working)$/, 'l', deploy, ['777']],
      [/^(journal\.jsonl|lock)$/, 'f', deploy, ['644']],
      [/^\.op$/, 'd', /^deploy:/, ['700']],
      [/^\.op\//, 'dfls', /^deploy:/, ANY],
      [/^\.store\/lock$/, 'f', deploy, ['644']],
      [/^shared$/, 'd', deploy, ['755']],
      [/^shared\/\.env$/, 'f', deploy, ['640']],
      [/^shared\/media$/, 'd', deploy, ['2775']],
      [/^shared\/data$/, 'd', deploy, ['2770']],
      // What the site wrote by itself.
      [/^shared\/(media|data)\//, 'df', new RegExp(`^${site}:${site}$`), ['664', '644', '2775']],
      [/^bin\/graceful-[0-9a-f]{12}(\.pyz|-cpython-\d+\.zip)$/, 'f', deploy, ['755']],
      [/^releases\/[^/]+\/(?:env|secrets)$/, 'f', deploy, ['640']],
      [/^(releases|assets|\.store|bin)(\/|$)/, 'd', deploy, ['755']],
      [/^(releases|assets|\.store|bin)\//, 'f', deploy, ['444', '555']],
      [/^(releases|assets|\.store|bin)\//, 'l', deploy, ['777']],
    ];
  },
  runFolder: ({ site }) => `/run/graceful/${site}`,
  runFolderOwner: (site) => `${site}:${site}-web 2750`,
  readers: ['www-data', 'stranger'],
  settled: [],
  programs: ['deploy python3', 'root sudo', 'root systemctl'],

  async leaveAlone(host, { site }) {
    await host.must(['systemctl', 'disable', '--quiet', '--now', `${site}-tick.timer`]);
  },
  // The boot unit is done before the boot is.
  started: async () => undefined,
  async backends(host, { site }) {
    const units = ['systemctl', 'list-units', '--all', '--plain', '--no-legend', `${site}-*@*`];
    return [...(await host.must(units)).matchAll(/@(\S+)\.service/g)].map(([, backend = '']) => backend);
  },
  async stop(host, { site }, backend) {
    await host.must(['systemctl', 'stop', `${site}-web@${backend}.service`]);
  },
};
