import type { TestHost } from '../host.ts';
import { fetchOnce } from '../http.ts';
import type { Manager } from '../manager.ts';
import type { HostedSite } from '../site.ts';
import { until } from '../slot.ts';

/** A mode that does not matter: a folder above is the gate. */
const ANY: readonly string[] = [];
const OWN = /^deploy:deploy$/;

/** Runs supervisorctl as the deploy user. It says 3 when anything is stopped, 4 when there is no supervisord. */
const ctl = (host: TestHost, { root }: HostedSite, ...words: string[]) =>
  host.exec(['supervisorctl', '-c', `${root}/supervisor/supervisord.conf`, ...words], { user: host.deployUser });

/** A supervisord of the deploy user's own: all is this one user's. */
export const SUPERVISORD: Manager = {
  guide: 'docs/supervisord.md',
  config: { 'process-manager': 'supervisord' },

  siteUser: () => 'deploy',
  dotenv: () => ({ owner: 'deploy', group: 'deploy', mode: '0600' }),
  owners: () => [
    [/^$/, 'd', OWN, ['750']],
    [/^(current|previous|working|previous-working)$/, 'l', OWN, ['777']],
    [/^(journal\.jsonl|lock|site\.json)$/, 'f', OWN, ['640']],
    [/^(\.op|supervisor)$/, 'd', OWN, ['700']],
    [/^(\.op|supervisor)\//, 'dfls', OWN, ANY],
    [/^\.store\/lock$/, 'f', OWN, ['640']],
    [/^shared\/\.env$/, 'f', OWN, ['600']],
    [/^shared\/data$/, 'd', OWN, ['700']],
    // What the site wrote by itself.
    [/^shared\/(media|data)\//, 'df', OWN, ['640', '644', '660', '770']],
    [/^bin\/graceful-[0-9a-f]{12}(\.pyz|-cpython-\d+\.zip)$/, 'f', OWN, ['755']],
    [/^releases\/[^/]+\/(?:env|secrets)$/, 'f', OWN, ['600']],
    [/^log\//, 'f', OWN, ['640']],
    [/^run\/[^/]+\/http\.sock$/, 's', OWN, ANY],
    [/^(releases|assets|\.store|bin|run|log|shared)(\/|$)/, 'd', OWN, ['750']],
    [/^(releases|assets|\.store|bin)\//, 'f', OWN, ['440', '550']],
    [/^(releases|assets|\.store|bin)\//, 'l', OWN, ['777']],
  ],
  runFolder: ({ root }) => `${root}/run`,
  runFolderOwner: () => 'deploy:deploy 750',
  readers: ['www-data'],
  settled: ['site.json', 'shared', 'run', 'log'],
  programs: ['deploy python3'],

  async leaveAlone(host, { site, root }) {
    const settings = { site, root, store: `${root}/.store`, manager: 'supervisord', processes: ['web'], tick: false };
    const as = { owner: host.deployUser, group: host.deployUser, mode: '0640' };
    await host.writeFile(`${root}/site.json`, `${JSON.stringify(settings)}\n`, as);
    const lines = await host.must(['crontab', '-l'], { user: host.deployUser });
    const atBoot = lines.split('\n').filter((line) => line !== `* * * * * ${root}/bin/graceful tick`);
    await host.must(['crontab', '-'], { user: host.deployUser, input: atBoot.join('\n') });
  },
  async started(host, { root, url }) {
    await until('the site is back', 30_000, async () => (await fetchOnce(url)).status === 200);
    // Whoever brings it back holds the lock until the processes beside web are up, too.
    await host.must(['flock', `${root}/lock`, 'true'], { user: host.deployUser });
  },
  async backends(host, site) {
    const { stdout } = await ctl(host, site, 'status');
    const files = await host.must(['find', `${site.root}/supervisor`, '-name', '*.ini', '-printf', '%f\n']);
    const groups = new RegExp(`^${site.site}-[a-z0-9]+-([^:\\s]+\\.\\d+)(?:\\.ini$|:)`, 'gm');
    return [...new Set([...`${stdout}${files}`.matchAll(groups)].map(([, backend = '']) => backend))];
  },
  async stop(host, site, backend) {
    const { code, stdout } = await ctl(host, site, 'stop', `${site.site}-web-${backend}:*`);
    if (code !== 0) throw new Error(`supervisorctl stop: ${stdout}`);
  },
};
