import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyFolder, installRequirements } from './handmade.ts';
import type { TestHost } from './host.ts';
import { must } from './process.ts';
import type { ShopRepo } from './shop.ts';

/** Folder of the release that Capistrano's site has live at first. */
export const OLD_RELEASE = '/srv/shop/releases/20260101120000';

/** A site as another tool leaves it behind: the shop, one server, one site of nginx, all of it `deploy`'s. */
interface Legacy {
  /** Where the code is put. */
  readonly code: string;
  /** Holds `.env`, `data` and `media`. */
  readonly shared: string;
  /** Folders that are made before all else. */
  readonly folders: readonly string[];
  /** The code's folder as server and web server know it. */
  readonly live: string;
  /** What the server listens on, and how nginx calls that. */
  readonly bind: string;
  readonly proxy: string;
  /** Shell commands as `deploy`, in the code's folder, before Django is run there. */
  readonly arrange: string;
}

/** Puts the shop as it is checked out live in the way that Capistrano leaves a site behind: with its folders. */
export async function makeCapistranoSite(host: TestHost, repo: ShopRepo, dotenv: string): Promise<void> {
  const shared = '/srv/shop/shared';
  const arrange = `ln -s ${shared}/.env ${shared}/data ${shared}/media .\nln -s ${OLD_RELEASE} /srv/shop/current`;
  const [bind, proxy] = [`unix:${shared}/gunicorn.sock`, `http://unix:${shared}/gunicorn.sock`];
  const folders = ['/srv/shop', '/srv/shop/releases', shared];
  await makeSite(host, repo, dotenv, {
    code: OLD_RELEASE,
    shared,
    folders,
    live: '/srv/shop/current',
    bind,
    proxy,
    arrange,
  });
}

/** The same for a script that pulls into one folder, in which all is that belongs to the site. */
export async function makeCheckoutSite(host: TestHost, repo: ShopRepo, dotenv: string): Promise<void> {
  const [bind, proxy] = ['127.0.0.1:8000', 'http://127.0.0.1:8000'];
  const folder = '/opt/shop';
  await makeSite(host, repo, dotenv, {
    code: folder,
    shared: folder,
    folders: [folder],
    live: folder,
    bind,
    proxy,
    arrange: '',
  });
}

async function makeSite(host: TestHost, repo: ShopRepo, dotenv: string, site: Legacy): Promise<void> {
  const { code, shared } = site;
  const folder = await mkdtemp(join(tmpdir(), 'graceful-legacy-'));
  const packages = join(folder, 'packages');
  await installRequirements(join(repo.path, 'requirements.txt'), packages);
  const checkout = join(folder, 'code');
  await must(['git', 'clone', '--quiet', repo.path, checkout]);
  await writeFile(join(checkout, 'REVISION'), await repo.git('rev-parse', 'HEAD'));

  const owner = ['-o', 'deploy', '-g', 'deploy'];
  const folders = [...site.folders, `${shared}/data`, `${shared}/media`];
  await host.must(['install', '-d', ...owner, ...folders]);
  await copyFolder(host, packages, '/srv/packages', 'deploy');
  await copyFolder(host, checkout, code, 'deploy');
  await rm(folder, { recursive: true });
  await host.writeFile(`${shared}/.env`, dotenv, { owner: 'deploy', group: 'deploy', mode: '0600' });
  const prepare = `set -a; . ${shared}/.env; export PYTHONPATH=/srv/packages
cd ${code}
${site.arrange}
python3 manage.py migrate --noinput --settings shop.settings.production
python3 manage.py collectstatic --noinput --settings shop.settings.production
`;
  await host.must(['sh', '-eu'], { user: host.deployUser, input: prepare });

  await host.writeFile('/etc/systemd/system/gunicorn.service', unit(site));
  await host.writeFile('/etc/nginx/sites-available/shop', nginx(site));
  const start = `systemctl daemon-reload
systemctl enable --quiet --now gunicorn.service
ln -sfn ../sites-available/shop /etc/nginx/sites-enabled/shop
rm -f /etc/nginx/sites-enabled/default
systemctl restart nginx`;
  await host.must(['sh', '-eu'], { input: start });
}

const unit = ({ live, shared, bind }: Legacy): string => `[Unit]
Description=gunicorn of the shop
[Service]
Type=notify
User=deploy
WorkingDirectory=${live}
EnvironmentFile=${shared}/.env
Environment=PYTHONPATH=/srv/packages
ExecStart=/usr/bin/python3 -m gunicorn --workers 2 --bind ${bind} --no-control-socket shop.wsgi:application
[Install]
WantedBy=multi-user.target
`;

const nginx = ({ live, shared, proxy }: Legacy): string => `server {
    listen 80;
    server_name shop.example.org;
    location /static/ { alias ${live}/staticfiles/; }
    location /media/ { alias ${shared}/media/; }
    location / {
        proxy_pass ${proxy};
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
`;
