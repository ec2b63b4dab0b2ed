import { readFile, rm } from 'node:fs/promises';
import type { TestHost } from './host.ts';
import { must, run } from './process.ts';

/** Releases put in place by hand, for tests of what the host itself does: units, helper, web server. */
export interface HandmadeRelease {
  /** Content of bin/web; called with the backend's name, has to bind `$RUNTIME_DIRECTORY/http.sock`. */
  readonly web: string;
  /** Content of bin/manage. */
  readonly manage?: string;
}

/** A web process that answers every request with its release's id, and says `up` on its standard output. */
export const TINY_WEB = `#!/usr/bin/python3
import http.server, os, socket, socketserver, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def address_string(self):
        return "visitor"

    def do_GET(self):
        body = f"{sys.argv[1]}\\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    pass

path = os.environ["RUNTIME_DIRECTORY"] + "/http.sock"
if os.path.exists(path):
    os.unlink(path)
server = Server(path, Handler)
print("up", sys.argv[1], flush=True)
server.serve_forever()
`;

/** Lays a release out under the site's root, owned and guarded as a deployed one. */
export async function placeRelease(host: TestHost, root: string, id: string, release: HandmadeRelease): Promise<void> {
  const site = root.slice('/srv/'.length);
  const as = { owner: 'deploy', group: site, mode: '0555' };
  const folder = `${root}/releases/${id}`;
  await host.must([
    'install',
    '-d',
    '-o',
    'deploy',
    '-g',
    site,
    '-m',
    '0755',
    `${root}/releases`,
    folder,
    `${folder}/bin`,
  ]);
  await host.writeFile(`${folder}/bin/web`, release.web, as);
  if (release.manage !== undefined) await host.writeFile(`${folder}/bin/manage`, release.manage, as);
}

/** Points a release's `sock` at one backend's socket, and `current` at the release, each by one rename. */
export async function switchTo(host: TestHost, root: string, id: string, backend = `${id}.1`): Promise<void> {
  const site = root.slice('/srv/'.length);
  await replaceLink(host, `/run/graceful/${site}/${backend}/http.sock`, `${root}/releases/${id}/sock`);
  await replaceLink(host, `releases/${id}`, `${root}/current`);
}

async function replaceLink(host: TestHost, target: string, link: string): Promise<void> {
  await host.must(['ln', '-sfn', target, `${link}.new`], { user: 'deploy' });
  await host.must(['mv', '-T', `${link}.new`, link], { user: 'deploy' });
}

/** Copies a folder of this machine to the host, as one archive, owned by the deploy user. */
export async function copyFolder(host: TestHost, from: string, to: string, group: string): Promise<void> {
  const archive = `${from}.tar`;
  await must([
    'tar',
    '--create',
    `--file=${archive}`,
    '--exclude=.git',
    '--mode=u=rwX,go=rX',
    `--directory=${from}`,
    '.',
  ]);
  await host.must(['install', '-d', '-o', 'deploy', '-g', group, to]);
  const owner = ['--owner=deploy', `--group=${group}`, '--no-same-owner'];
  const packed = await readFile(archive);
  await rm(archive);
  const result = await host.exec(['tar', '--extract', '--file=-', `--directory=${to}`, ...owner], { input: packed });
  if (result.code !== 0) throw new Error(`cannot unpack in ${to}: ${result.stderr}`);
  await host.must(['chown', '--recursive', `deploy:${group}`, to]);
}

/** What `requirements.txt` names, in a folder to put on PYTHONPATH; pure Python, so any Python 3 will do. */
export async function installRequirements(requirements: string, folder: string): Promise<void> {
  const result = await run(['python3', '-m', 'pip', 'install', '--quiet', '--target', folder, '-r', requirements], {
    timeout: 180_000,
  });
  if (result.code !== 0) throw new Error(result.stderr);
}
