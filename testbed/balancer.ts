import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../scripts/command.ts';
import { toolFolder } from '../scripts/tool-folder.ts';
import type { TestHost } from './host.ts';
import { until } from './slot.ts';

/** What stands in front of several hosts on the internet: nginx, which sends each request to the next of them. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** As `startLoad` takes it: address and port. */
  readonly address: string;
}

const PORT = 8090;

/** Listens on this machine's end of the first host's link. A host that is down is left out after its first failure, as nginx does by itself. */
export async function openBalancer(hosts: readonly TestHost[]): Promise<Balancer> {
  const [first] = hosts;
  if (first === undefined) throw new Error('a balancer has at least one host');
  const listen = `${first.gateway}:${PORT}`;
  const folder = await mkdtemp(join(tmpdir(), 'graceful-balancer-'));
  const file = join(folder, 'nginx.conf');
  await writeFile(file, configuration(listen, folder, hosts));
  // Ends with this process, however that ends.
  const server = spawn('setpriv', ['--pdeathsig=KILL', nginx(), '-p', folder, '-c', file, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(server, 'exit');
  await until('the balancer listens', 10_000, () => listens(first.gateway));
  return {
    url: `http://${listen}`,
    address: listen,
    async [Symbol.asyncDispose]() {
      server.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** Debian's nginx, unpacked and not installed: no service of this machine is started. */
function nginx(): string {
  const folder = toolFolder({
    name: 'nginx',
    pins: 'nginx of Debian 12',
    make(into) {
      must('apt-get', ['--quiet=2', 'download', 'nginx'], { cwd: into });
      must('sh', ['-c', 'dpkg --extract nginx_*.deb . && rm nginx_*.deb'], { cwd: into });
    },
    works: () => true,
  });
  return join(folder, 'usr/sbin/nginx');
}

const configuration = (listen: string, folder: string, hosts: readonly TestHost[]): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    upstream site {
${hosts.map(({ address }) => `        server ${address}:80;\n`).join('')}    }
    server {
        listen ${listen};
        location / {
            proxy_pass http://site;
            proxy_set_header Host $http_host;
            proxy_connect_timeout 2s;
        }
    }
}
`;

function listens(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PORT });
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
