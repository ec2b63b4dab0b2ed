import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placeRelease, switchTo, TINY_WEB } from '../testbed/handmade.ts';
import { type ExecResult, startHost, type TestHost } from '../testbed/host.ts';
import { fetchOnce } from '../testbed/http.ts';
import { type HostedSite, provisionSite } from '../testbed/site.ts';
import { until } from '../testbed/slot.ts';

const OLD = '20260101T000000Z-aaaaaaa';
const NEW = '20260102T000000Z-bbbbbbb';

const REPORT = `#!/usr/bin/python3
import grp, json, os, sys
old = os.umask(0)
print(json.dumps({
    "argv": sys.argv[1:], "uid": os.getresuid(), "gid": os.getresgid(), "umask": old, "cwd": os.getcwd(),
    "groups": sorted(grp.getgrgid(g).gr_name for g in os.getgroups()), "env": dict(os.environ), "input": sys.stdin.read(),
}))
sys.exit(int(sys.argv[2]))
`;

let host: TestHost;
let site: HostedSite;

beforeAll(async () => {
  host = await startHost();
  site = await provisionSite(host, { tick: false });
  await placeRelease(host, site.root, OLD, { web: TINY_WEB, manage: REPORT });
  await placeRelease(host, site.root, NEW, { web: TINY_WEB });
});

afterAll(() => host?.dispose());

/** Calls the helper as the deploy user does. */
function unit(...args: string[]): Promise<ExecResult> {
  return host.exec(['sudo', '-n', '/usr/local/sbin/graceful-unit', ...args], { user: 'deploy' });
}

function folderOf(backend: string): string {
  return `/run/graceful/shop/${backend}`;
}

/** Starts one and waits for its socket. */
async function up(backend: string): Promise<void> {
  expect(await unit('shop', 'start', 'web', backend)).toEqual({ code: 0, stdout: '', stderr: '' });
  const socket = `${folderOf(backend)}/http.sock`;
  await until(`${backend} listens`, 10_000, async () => (await host.exec(['test', '-S', socket])).code === 0);
}

async function property(backend: string, name: string): Promise<string> {
  const argv = ['systemctl', 'show', '--value', `--property=${name}`, `shop-web@${backend}.service`];
  return (await host.must(argv, { user: 'deploy' })).trim();
}

async function goneFrom(backend: string): Promise<void> {
  await until(`${backend} is inactive`, 10_000, async () => (await property(backend, 'ActiveState')) === 'inactive');
}

test('packages are installed only where root has said so', async () => {
  const refused = { code: 77, stdout: '', stderr: expect.stringContaining('says "packages": true') };
  expect(await unit('shop', 'install', '1', 'libpq5')).toEqual(refused);
});

/** curl's exit status for a request straight to a socket: 0 answered, 7 could not connect. */
async function connectAs(user: string, socket: string): Promise<number> {
  const argv = ['curl', '--silent', '--output', '/dev/null', '--unix-socket', socket, 'http://localhost/'];
  return (await host.exec(argv, { user })).code;
}

describe('what the deploy user may do', () => {
  test('version', async () => {
    expect(await unit('version')).toEqual({ code: 0, stdout: '{"helper":3}\n', stderr: '' });
  });

  test('start: the web server reaches the backend through `current`, strangers do not; one rename switches', async () => {
    await up(`${OLD}.1`);
    await up(`${NEW}.1`);
    await switchTo(host, site.root, OLD);
    expect(await fetchOnce(`${site.url}/`)).toMatchObject({ status: 200, body: `${OLD}.1\n` });

    const socket = `${site.root}/current/sock`;
    expect(await connectAs('www-data', socket)).toBe(0);
    expect(await connectAs('deploy', socket)).toBe(0);
    expect(await connectAs('nobody', socket)).toBe(7);
    const mode = await host.must(['stat', '--format=%U:%G %a', folderOf(`${OLD}.1`)]);
    expect(mode).toBe('shop:shop-web 2750\n');
    expect(await property(`${OLD}.1`, 'MainPID')).not.toBe('0');
    const status = await host.readFile(`/proc/${await property(`${OLD}.1`, 'MainPID')}/status`);
    const [shop, shopWeb] = await Promise.all(['shop', 'shop-web'].map(groupId));
    expect(/^Gid:\t(\d+)/m.exec(status)?.[1]).toBe(shopWeb);
    expect(/^Groups:\t(.*)$/m.exec(status)?.[1]?.trim().split(' ')).toContain(shop);

    await switchTo(host, site.root, NEW);
    expect((await fetchOnce(`${site.url}/`)).body).toBe(`${NEW}.1\n`);
  });

  test('stop: ends that backend alone, and leaves nothing of it', async () => {
    await up(`${OLD}.2`);
    await up(`${NEW}.2`);
    expect(await unit('shop', 'stop', 'web', `${OLD}.2`)).toMatchObject({ code: 0, stderr: '' });
    await goneFrom(`${OLD}.2`);
    expect((await host.exec(['test', '-e', folderOf(`${OLD}.2`)])).code).toBe(1);
    expect((await host.exec(['test', '-S', `${folderOf(`${NEW}.2`)}/http.sock`])).code).toBe(0);
    expect(await connectAs('deploy', `${folderOf(`${NEW}.2`)}/http.sock`)).toBe(0);
    // What is not there can be stopped all the same: recovery does not know how far it came.
    expect(await unit('shop', 'stop', 'web', `${OLD}.77`)).toMatchObject({ code: 0, stderr: '' });
  });

  test('retire: it ends as by stop, and everything else goes before it meanwhile', async () => {
    const slow = '20260106T000000Z-fffffff';
    const web = "#!/bin/sh\ntrap 'sleep 2; exit 0' TERM\nwhile :; do sleep 0.1; done\n";
    await placeRelease(host, site.root, slow, { web });
    expect((await unit('shop', 'start', 'web', `${slow}.1`)).code).toBe(0);
    const pid = await property(`${slow}.1`, 'MainPID');
    const niceOf = async (id: string) =>
      `${(await host.must(['ps', '-o', 'ni=', '-p', id])).trim()}, ${await host.readFile(`/proc/${id}/autogroup`)}`;
    expect(await niceOf(pid)).toMatch(/^0, .* nice 0$/m);
    // In the group of all, whose path is that of none.
    const other = (
      await host.must(['sh', '-c', 'sleep 60 >/dev/null 2>&1 & echo $! | tee /sys/fs/cgroup/cgroup.procs'])
    ).trim();
    expect(await unit('shop', 'retire', 'web', `${slow}.1`)).toMatchObject({ code: 0, stderr: '' });
    expect(await niceOf(pid)).toMatch(/^19, .* nice 19$/m);
    await goneFrom(`${slow}.1`);
    // Of what is not there any more nothing is touched.
    expect(await unit('shop', 'retire', 'web', `${slow}.1`)).toMatchObject({ code: 0, stderr: '' });
    expect(await niceOf(other)).toMatch(/^0, /);
  });

  test('kill: SIGKILL, no restart, no trace as a failed unit', async () => {
    await up(`${OLD}.3`);
    expect(await unit('shop', 'kill', 'web', `${OLD}.3`)).toMatchObject({ code: 0, stderr: '' });
    await goneFrom(`${OLD}.3`);
    expect(await unit('shop', 'logs', 'web', `${OLD}.3`)).toMatchObject({
      stdout: expect.stringContaining('status=9/KILL'),
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await property(`${OLD}.3`, 'ActiveState')).toBe('inactive');
  });

  test('a backend that dies is started again; one that cannot live ends as failed, and stop clears that', async () => {
    const broken = '20260103T000000Z-ccccccc';
    await placeRelease(host, site.root, broken, { web: '#!/bin/sh\necho no database >&2\nexit 3\n' });
    await unit('shop', 'start', 'web', `${broken}.1`);
    await until('it has failed', 20_000, async () => (await property(`${broken}.1`, 'ActiveState')) === 'failed');
    expect(await property(`${broken}.1`, 'NRestarts')).toBe('5');
    expect((await unit('shop', 'logs', 'web', `${broken}.1`)).stdout).toContain('no database');
    expect((await unit('shop', 'stop', 'web', `${broken}.1`)).code).toBe(0);
    expect(await property(`${broken}.1`, 'ActiveState')).toBe('inactive');
  });

  test('stop while it waits for its next start: nothing of it is left either', async () => {
    const broken = '20260105T000000Z-eeeeeee';
    await placeRelease(host, site.root, broken, { web: '#!/bin/sh\nexit 3\n' });
    await unit('shop', 'start', 'web', `${broken}.1`);
    const waiting = async (): Promise<boolean> => (await property(`${broken}.1`, 'SubState')) === 'auto-restart';
    await until('it waits', 5_000, waiting);
    expect((await unit('shop', 'stop', 'web', `${broken}.1`)).code).toBe(0);
    await goneFrom(`${broken}.1`);
    expect((await host.exec(['test', '-e', folderOf(`${broken}.1`)])).code).toBe(1);
  });

  test('logs: that unit only, whole lines with colours in them too', async () => {
    const colourful = '20260104T000000Z-ddddddd';
    await placeRelease(host, site.root, colourful, {
      web: `#!/bin/sh\nprintf '\\033[31mred\\033[0m \\303\\251\\n'\nexec sleep 60\n`,
    });
    await unit('shop', 'start', 'web', `${colourful}.1`);
    await up(`${OLD}.4`);
    await until('it is logged', 5_000, async () =>
      (await unit('shop', 'logs', 'web', `${colourful}.1`)).stdout.includes('red'),
    );
    const { stdout } = await unit('shop', 'logs', 'web', `${colourful}.1`);
    expect(stdout).toContain('\u001b[31mred\u001b[0m é\n');
    expect(stdout).not.toContain(OLD);
    expect((await unit('shop', 'logs', 'web', `${OLD}.4`)).stdout).toContain(`up ${OLD}.4`);
    // `journal`: all units of the process, with their times; and nothing else of the host's journal.
    const all = await unit('shop', 'journal', 'web', '-', '1000', 'once');
    expect(all.code, all.stderr).toBe(0);
    expect(all.stdout).toMatch(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT.*up ${OLD}.4$`, 'm'));
    expect(all.stdout).toContain('red');
    expect(all.stdout).not.toContain('nginx');
    expect((await unit('shop', 'journal', 'web', '4000000000', '1000', 'once')).stdout).toBe('');
    expect((await unit('shop', 'journal', 'web', '-', '1', 'once')).stdout.trim().split('\n')).toHaveLength(1);
  });

  test("run: bin/manage as the site's user, with its groups, a clean environment, stdio and exit status passed on", async () => {
    const argv = ['sudo', '-n', '/usr/local/sbin/graceful-unit', 'shop', 'run', OLD, '--', 'migrate', '5', '--', '*'];
    const result = await host.exec(argv, { user: 'deploy', input: 'some input' });
    expect(result).toMatchObject({ code: 5, stderr: '' });
    const uid = Number(await host.must(['id', '-u', 'shop']));
    const gid = Number(await groupId('shop-web'));
    expect(JSON.parse(result.stdout)).toEqual({
      argv: ['migrate', '5', '--', '*'],
      uid: [uid, uid, uid],
      gid: [gid, gid, gid],
      groups: ['shop'],
      umask: 0o002,
      cwd: '/',
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        LANG: 'C.UTF-8',
        HOME: '/nonexistent',
      },
      input: 'some input',
    });
  });

  test('run: a release without bin/manage is a clear error', async () => {
    const result = await unit('shop', 'run', NEW, '--', 'check');
    expect(result).toMatchObject({ code: 126, stdout: '' });
    expect(result.stderr).toBe(
      `graceful-unit: cannot run /srv/shop/releases/${NEW}/bin/manage as shop: No such file or directory\n`,
    );
  });

  test('and nothing else as root', async () => {
    expect((await host.exec(['sudo', '-n', 'systemctl', 'stop', 'nginx'], { user: 'deploy' })).code).toBe(1);
    expect((await host.exec(['sudo', '-n', '-u', 'shop', 'id'], { user: 'deploy' })).code).toBe(1);
  });
});

describe('what is refused', () => {
  const refused = (result: ExecResult, reason: string | RegExp): void => {
    expect(result).toMatchObject({ code: 77, stdout: '' });
    expect(result.stderr).toMatch(reason);
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  };

  test('another user, even one whom sudo lets', async () => {
    await host.must(['useradd', '--create-home', 'stranger']);
    await host.writeFile('/etc/sudoers.d/stranger', 'stranger ALL=(root) NOPASSWD: ALL\n', { mode: '0440' });
    const argv = ['sudo', '-n', '/usr/local/sbin/graceful-unit', 'shop', 'stop', 'web', `${NEW}.1`];
    refused(await host.exec(argv, { user: 'stranger' }), 'is not the deploy user of site shop');
    refused(await host.exec(['env', 'SUDO_UID=1000', ...argv.slice(2)], { user: 'stranger' }), 'not root');
    refused(await host.exec(argv.slice(2)), 'user id unknown is not the deploy user');
    expect(await property(`${NEW}.1`, 'ActiveState')).toBe('active');
  });

  test.each([
    ['a site that is not set up', ['nosuch', 'stop', 'web', `${OLD}.1`], 'site nosuch is not set up here'],
    ['a path as site', ['../etc', 'stop', 'web', `${OLD}.1`], 'not the name of a site'],
    [
      'a process the site does not have',
      ['shop', 'stop', 'cron', `${OLD}.1`],
      "no process 'cron', only: web, worker, beat",
    ],
    ['no number', ['shop', 'start', 'web', OLD], 'not the name of a backend'],
    ['a number from 0', ['shop', 'start', 'web', `${OLD}.0`], 'not the name of a backend'],
    ['digits of another script', ['shop', 'start', 'web', `${OLD}.١`], 'not the name of a backend'],
    ['a pattern', ['shop', 'stop', 'web', '*'], 'not the name of a backend'],
    ['a line break at the end', ['shop', 'start', 'web', `${OLD}.1\n`], 'not the name of a backend'],
    ['another unit', ['shop', 'stop', 'web', `${OLD}.1.service nginx`], 'not the name of a backend'],
    ['a time in words', ['shop', 'journal', 'web', 'yesterday', '1', 'once'], 'not the name of a time'],
    ['an option as number', ['shop', 'journal', 'web', '-', '--rotate', 'once'], 'not the name of a number of lines'],
    ['an option as way', ['shop', 'journal', 'web', '-', '1', '--rotate'], 'not the name of a way to read'],
    ['the journal of all', ['shop', 'journal', '*', '-', '1', 'once'], "no process '*'"],
    ['a path as release', ['shop', 'run', '../../bin', '--', 'x'], 'not the name of a release'],
  ])('%s', async (_what, args, reason) => {
    refused(await unit(...args), reason);
  });

  test.each([
    [['shop', 'restart', 'web', `${OLD}.1`]],
    [['shop', 'run', OLD, 'migrate']],
    [['shop']],
    [[]],
    [['version', 'x']],
  ])('a call that is none: %j', async (args) => {
    expect(await unit(...args)).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringContaining('usage: graceful-unit'),
    });
  });

  test.each([
    ['that others can write', ['chmod', '0666', '/etc/graceful/shop.json'], 'mode 0666 lets others than root write it'],
    ["that is the deploy user's", ['chown', 'deploy', '/etc/graceful/shop.json'], 'must be root'],
    ['in a folder that its group can write', ['chmod', '0775', '/etc/graceful'], '/etc/graceful: mode 0775'],
    [
      'that is a link',
      ['ln', '-sfn', '/srv/shop.json', '/etc/graceful/shop.json'],
      'Too many levels of symbolic links',
    ],
    [
      'of another site',
      ['sed', '-i', 's/"site": "shop"/"site": "store"/', '/etc/graceful/shop.json'],
      "is 'store', not 'shop'",
    ],
    [
      "with root as the site's user",
      ['sed', '-i', 's/"user": "shop"/"user": "root"/', '/etc/graceful/shop.json'],
      'the user of site shop is root',
    ],
    [
      "with the deploy user as the site's",
      ['sed', '-i', 's/"user": "shop"/"user": "deploy"/', '/etc/graceful/shop.json'],
      'the user of site shop is deploy',
    ],
    ['with a root outside', ['sed', '-i', 's#/srv/shop"#/srv/../etc"#', '/etc/graceful/shop.json'], 'root: '],
    ['that is no JSON', ['truncate', '--size=20', '/etc/graceful/shop.json'], 'not JSON'],
  ])('a configuration %s', async (_what, spoil, reason) => {
    await host.must(['cp', '-a', '/etc/graceful', '/root/kept']);
    try {
      await host.must(['cp', '-a', '/etc/graceful/shop.json', '/srv/shop.json']);
      await host.must(spoil);
      refused(await unit('shop', 'start', 'web', `${OLD}.9`), reason);
    } finally {
      await host.must(['rm', '-rf', '/etc/graceful']);
      await host.must(['mv', '/root/kept', '/etc/graceful']);
    }
    expect((await unit('shop', 'logs', 'web', `${OLD}.9`)).code).toBe(0);
  });
});

describe('the timer and the boot unit', () => {
  const as = { owner: 'deploy', group: 'shop', mode: '0755' };

  test('tick runs as the deploy user; what it leaves running stays', async () => {
    const script =
      '#!/bin/sh\nid -un >/srv/shop/ticked; echo "$@" >>/srv/shop/ticked\nsetsid sleep 77 >/dev/null 2>&1 &\n';
    await host.writeFile(`${site.root}/bin/graceful`, script, as);
    await host.must(['systemctl', 'start', 'shop-tick.service']);
    expect(await host.readFile('/srv/shop/ticked')).toBe('deploy\ntick\n');
    expect(await host.must(['systemctl', 'show', '--value', '--property=ActiveState', 'shop-tick.service'])).toBe(
      'inactive\n',
    );
    const left = (await host.must(['pgrep', '--full', '--uid', 'deploy', 'sleep 77'])).trim();
    await host.must(['kill', left]);
  });

  test('after a boot the boot unit comes first, then the timer’s, and the web server', async () => {
    const order = async (unit: string, property: string) =>
      (await host.must(['systemctl', 'show', '--value', `--property=${property}`, unit])).trim().split(' ');
    expect(await order('shop-tick.service', 'After')).toContain('shop-boot.service');
    expect(await order('nginx.service', 'After')).toContain('shop-boot.service');
    expect(await order('shop-boot.service', 'WantedBy')).toContain('multi-user.target');
  });

  test('after a crash, the live release is up before the web server lets visitors in', async () => {
    await switchTo(host, site.root, NEW);
    const helper = 'sudo -n /usr/local/sbin/graceful-unit';
    // Slow on purpose: a web server that did not wait would answer 502 meanwhile.
    const script = `#!/bin/sh\nsleep 2; ${helper} shop start web ${NEW}.1; sleep 1\n`;
    await host.writeFile(`${site.root}/bin/graceful`, script, as);
    await host.crash();
    const booting = host.boot();
    const statuses = new Set<number>();
    for (let up = false; !up; ) {
      up = await Promise.race([
        booting.then(() => true),
        new Promise<false>((resolve) => setTimeout(resolve, 50, false)),
      ]);
      const answer = await fetchOnce(site.url, { timeout: 1_000 }).catch(() => undefined);
      if (answer !== undefined) statuses.add(answer.status);
    }
    expect([...statuses]).toEqual([200]);
    expect((await fetchOnce(site.url)).body).toBe(`${NEW}.1\n`);
  });
});

async function groupId(name: string): Promise<string> {
  return (await host.must(['getent', 'group', name])).split(':')[2] ?? '';
}
