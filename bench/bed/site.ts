/** What every peer's site has in common on the host, before anything is deployed to it. */
import type { TestHost } from '../../testbed/host.ts';

/** What all application servers get: as many workers of the same class, and the same time for their last requests. */
export const GUNICORN = [
  ...['--workers', '3', '--worker-class', 'sync'],
  ...['--timeout', '30', '--graceful-timeout', '30', '--keep-alive', '2'],
  // One path for all of a user's servers: those of several sites would fight for it.
  '--no-control-socket',
] as const;

/** Where the site's own data is: outlives every release. */
export const databaseOf = (site: string): string => `/srv/${site}/shared/data/site.sqlite3`;

/** Variables that the site wants, the same for all; in `/srv/<site>/shared/.env` on the host. */
export const environmentOf = (site: string): Readonly<Record<string, string>> => ({
  SECRET_KEY: 'the-same-for-all-and-of-no-worth',
  DATABASE: databaseOf(site),
});

/**
 * Makes the user `<site>` (group `<site>`, `deploy` and `www-data` are members), who runs the site, `/srv/<site>`, which belongs to `deploy`, with
 * `shared/data` and `shared/.env`, and lets `deploy` start, stop, restart and reload `<site>-web.service` by `sudo systemctl <verb> <unit>`.
 * The unit and the web server's file are the way's own.
 */
export async function prepareSite(host: TestHost, site: string): Promise<void> {
  const root = `/srv/${site}`;
  await host.must(['useradd', '--system', '--user-group', '--home-dir', root, '--shell', '/usr/sbin/nologin', site]);
  for (const member of [host.deployUser, 'www-data'])
    await host.must(['usermod', '--append', '--groups', site, member]);
  for (const folder of [root, `${root}/shared`])
    await host.must(['install', '-d', '-o', 'deploy', '-g', site, '-m', '0755', folder]);
  // Both `deploy` (by `migrate`) and the site write the database and what SQLite puts beside it.
  await host.must(['install', '-d', '-o', 'deploy', '-g', site, '-m', '2770', `${root}/shared/data`]);
  const lines = Object.entries(environmentOf(site)).map(([key, value]) => `${key}=${value}\n`);
  await host.writeFile(`${root}/shared/.env`, lines.join(''), { owner: 'deploy', group: site, mode: '0640' });
  const verbs = ['start', 'stop', 'restart', 'reload'];
  const commands = verbs.map((verb) => `/usr/bin/systemctl ${verb} ${site}-web.service`).join(', ');
  const sudoers = `/etc/sudoers.d/${site}`;
  await host.writeFile(sudoers, `deploy ALL=(root) NOPASSWD: ${commands}\n`, { mode: '0440' });
}

/**
 * A web server of the site's own, with the same settings for all.
 * @param upstream as `proxy_pass` takes it, such as `http://unix:/run/<site>/http.sock` or `http://127.0.0.1:8001`
 * @param staticFolder what is served below /static/
 */
export async function serveSite(
  host: TestHost,
  site: string,
  { upstream, staticFolder }: { readonly upstream: string; readonly staticFolder: string },
): Promise<void> {
  const text = `server {
    listen 80;
    listen [::]:80;
    server_name ${site}.bench;
    client_max_body_size 20m;

    location /static/ {
        alias ${staticFolder}/;
        add_header Cache-Control "public, max-age=31536000, immutable";
    }

    location / {
        proxy_pass ${upstream};
        proxy_http_version 1.1;
        proxy_set_header Connection close;
        proxy_next_upstream off;
        proxy_read_timeout 60s;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
`;
  await host.writeFile(`/etc/nginx/sites-available/${site}`, text);
  await host.must(['ln', '-sfn', `../sites-available/${site}`, `/etc/nginx/sites-enabled/${site}`]);
  await host.must(['nginx', '-t', '-q']);
  // Not a reload: www-data became a member of a group.
  await host.must(['systemctl', 'restart', 'nginx']);
}
