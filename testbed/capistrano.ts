import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyFolder, installRequirements } from './handmade.ts';
import type { TestHost } from './host.ts';
import { must } from './process.ts';
import type { ShopRepo } from './shop.ts';

/** Folder of the release that is live at first. */
export const OLD_RELEASE = '/srv/shop/releases/20260101120000';

const UNIT = `[Unit]
Description=gunicorn of the shop
[Service]
Type=notify
User=deploy
WorkingDirectory=/srv/shop/current
EnvironmentFile=/srv/shop/shared/.env
Environment=PYTHONPATH=/srv/shop/shared/packages
ExecStart=/usr/bin/python3 -m gunicorn --workers 2 --bind unix:/srv/shop/shared/gunicorn.sock --no-control-socket shop.wsgi:application
[Install]
WantedBy=multi-user.target
`;

const NGINX = `server {
    listen 80;
    server_name shop.example.org;
    location /static/ { alias /srv/shop/current/staticfiles/; }
    location /media/ { alias /srv/shop/shared/media/; }
    location / {
        proxy_pass http://unix:/srv/shop/shared/gunicorn.sock;
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
`;

/** Puts the shop as it is checked out live in the way that Capistrano leaves a site behind: its folders, one server, one site of nginx. */
export async function makeCapistranoSite(host: TestHost, repo: ShopRepo, dotenv: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'graceful-capistrano-'));
  const packages = join(folder, 'packages');
  await installRequirements(join(repo.path, 'requirements.txt'), packages);
  const code = join(folder, 'code');
  await must(['git', 'clone', '--quiet', repo.path, code]);
  await writeFile(join(code, 'REVISION'), await repo.git('rev-parse', 'HEAD'));

  const deploy = { user: host.deployUser };
  await host.must(['install', '-d', '-o', 'deploy', '-g', 'deploy', '/srv/shop']);
  await host.must(['mkdir', '-p', '/srv/shop/releases', '/srv/shop/shared/data', '/srv/shop/shared/media'], deploy);
  await copyFolder(host, packages, '/srv/shop/shared/packages', 'deploy');
  await copyFolder(host, code, OLD_RELEASE, 'deploy');
  await rm(folder, { recursive: true });
  await host.writeFile('/srv/shop/shared/.env', dotenv, { owner: 'deploy', group: 'deploy', mode: '0600' });
  const links = `set -a; . /srv/shop/shared/.env; export PYTHONPATH=/srv/shop/shared/packages
cd ${OLD_RELEASE}
ln -s /srv/shop/shared/.env .env
ln -s /srv/shop/shared/data data
ln -s /srv/shop/shared/media media
python3 manage.py migrate --noinput --settings shop.settings.production
python3 manage.py collectstatic --noinput --settings shop.settings.production
ln -s ${OLD_RELEASE} /srv/shop/current
`;
  await host.must(['sh', '-eu'], { ...deploy, input: links });

  await host.writeFile('/etc/systemd/system/gunicorn.service', UNIT);
  await host.writeFile('/etc/nginx/sites-available/shop', NGINX);
  const start = `systemctl daemon-reload
systemctl enable --quiet --now gunicorn.service
ln -sfn ../sites-available/shop /etc/nginx/sites-enabled/shop
rm -f /etc/nginx/sites-enabled/default
systemctl restart nginx`;
  await host.must(['sh', '-eu'], { input: start });
}
