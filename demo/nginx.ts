import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const EXAMPLE = join(import.meta.dirname, '../examples/host/shop.nginx');

/** What the example says and this host has otherwise: without root, no port 80 and no IPv6. */
function changes(root: string, address: string): readonly (readonly [string, string])[] {
  return [
    ['/srv/shop', root],
    ['    listen [::]:80;\n', ''],
    ['listen 80;', `listen ${address};`],
    ['server_name shop.example.org;', 'server_name 127.0.0.1;'],
  ];
}

/** The whole of nginx's own configuration around the site's; all that it writes lies in `folder`. */
const AROUND = (folder: string, site: string): string => `
worker_processes 1;
pid ${folder}/pid;
error_log stderr;
# Visitors wait rather than be turned away where this machine is busy with something else.
worker_rlimit_nofile 4096;
events { worker_connections 2000; }
http {
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    include ${site};
}
`;

/**
 * Writes what nginx needs to serve the site: the lines of examples/host/ with this host's paths in them.
 * @param address where to listen, `127.0.0.1:8080`
 * @returns path of the configuration
 */
export async function configureNginx(folder: string, root: string, address: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  let text = await readFile(EXAMPLE, 'utf8');
  for (const [from, to] of changes(root, address)) {
    if (!text.includes(from)) throw new Error(`${EXAMPLE} has no ${JSON.stringify(from)} to change`);
    text = text.replaceAll(from, () => to);
  }
  const site = join(folder, 'shop.nginx');
  await writeFile(site, text);
  const configuration = join(folder, 'nginx.conf');
  await writeFile(configuration, AROUND(folder, site));
  return configuration;
}
