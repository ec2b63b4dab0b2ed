/** What the sites of all peers have in common on the host: user, database, web server, and a unit as gunicorn's documentation has it. */
import { databaseOf, GUNICORN, prepareSite, serveSite } from '../bed/site.ts';
import type { Ground } from '../way.ts';

export interface Layout {
  /** Folder of the live code on the host. */
  readonly code: string;
  /** The live virtual environment. */
  readonly venv: string;
  /** systemd holds the socket and hands it to the server, so that it stays open over a restart. */
  readonly socketUnit?: boolean;
}

export const rootOf = ({ site }: Ground): string => `/srv/${site}`;

/** Shell lines that the host's owner runs once, as the deploy user. */
export async function asDeploy({ host }: Ground, lines: readonly string[]): Promise<void> {
  await host.must(['sh', '-ec', lines.join('\n')], { user: host.deployUser, timeout: 300_000 });
}

/** Nothing is started: there is no release yet. */
export async function makeSite(ground: Ground, { code, venv, socketUnit = false }: Layout): Promise<void> {
  const { host, site } = ground;
  await prepareSite(host, site);
  // Both write it: `migrate` as deploy, and the site. SQLite gives the files beside it the same mode.
  const database = databaseOf(site);
  await host.must(['install', '-o', host.deployUser, '-g', site, '-m', '0660', '/dev/null', database]);
  const socket = socketUnit ? `/run/${site}.sock` : `/run/${site}/http.sock`;
  await serveSite(host, site, { upstream: `http://unix:${socket}`, staticFolder: `${code}/staticfiles` });
  await host.writeFile(
    `/etc/systemd/system/${site}-web.service`,
    serviceUnit(site, { code, venv, socketUnit, socket }),
  );
  if (socketUnit) await host.writeFile(`/etc/systemd/system/${site}-web.socket`, socketUnitText(site, socket));
  await host.must(['systemctl', 'daemon-reload']);
  await host.must(['systemctl', 'enable', '--quiet', `${site}-web.service`]);
  if (socketUnit) await host.must(['systemctl', 'enable', '--quiet', '--now', `${site}-web.socket`]);
}

function serviceUnit(site: string, layout: Required<Layout> & { readonly socket: string }): string {
  const { code, venv, socketUnit, socket } = layout;
  const requires = socketUnit ? `Requires=${site}-web.socket\n` : '';
  const place = socketUnit ? '' : `RuntimeDirectory=${site}\n`;
  const bind = socketUnit ? [] : ['--bind', `unix:${socket}`];
  const server = [`${venv}/bin/python`, '-m', 'gunicorn', ...GUNICORN, ...bind, 'site_project.wsgi:application'];
  return `[Unit]
Description=${site}
After=network.target
${requires}
[Service]
Type=notify
NotifyAccess=main
User=${site}
Group=${site}
${place}WorkingDirectory=${code}
EnvironmentFile=/srv/${site}/shared/.env
ExecStart=${server.join(' ')}
ExecReload=/bin/kill -s HUP $MAINPID
KillMode=mixed
TimeoutStopSec=35
PrivateTmp=true

[Install]
WantedBy=multi-user.target
`;
}

function socketUnitText(site: string, socket: string): string {
  return `[Unit]
Description=${site}, its socket

[Socket]
ListenStream=${socket}
SocketUser=www-data
SocketMode=600

[Install]
WantedBy=sockets.target
`;
}
