import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { must } from '../../testbed/process.ts';
import { type Step, type StepResult, startStep } from '../../testbed/runner.ts';
import { makeShopRepo, type ShopRepo } from '../../testbed/shop.ts';
import { type HostedSite, provisionSite } from '../../testbed/site.ts';
import { until } from '../../testbed/slot.ts';
import { writeFiles } from '../build.fixtures.ts';

/** A site with a requirement that there is only as C source, and with Debian packages. */

const stack = new AsyncDisposableStack();
let host: TestHost;
let site: HostedSite;
let repo: ShopRepo;
let requirements: string;

const PACKAGES = {
  'venv-debian-requirements.txt': 'libpq5 # psycopg2\n',
  'src-debian-requirements.txt': 'hello\n',
};
const BUILD = { build: { packages: ['libpq-dev'] } };

beforeAll(async () => {
  host = stack.use(await startHost({ image: 'postgresql' }));
  site = await provisionSite(host, { tick: false });
  repo = stack.use(await makeShopRepo({ host: host.address, config: BUILD }));
  await repo.commit();
  requirements = `${await repo.git('show', 'HEAD:requirements.txt')}\npsycopg2==2.9.10\n`;
  await offerHello();
});

afterAll(() => stack.disposeAsync());

/** The host has no way out: its apt gets a package from a folder. */
async function offerHello(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'graceful-deb-'));
  const control =
    'Package: hello\nVersion: 1\nArchitecture: all\nMaintainer: Test <test@example.org>\nDescription: test\n';
  await writeFiles(folder, { 'hello/DEBIAN/control': control });
  await must(['dpkg-deb', '--build', '--root-owner-group', join(folder, 'hello'), join(folder, 'hello.deb')]);
  const deb = await readFile(join(folder, 'hello.deb'));
  await rm(folder, { recursive: true });
  const sha256 = createHash('sha256').update(deb).digest('hex');
  const row = `${control}Filename: ./hello.deb\nSize: ${deb.length}\nSHA256: ${sha256}\n`;
  await host.must(['sh', '-c', 'rm -rf /etc/apt/sources.list.d/*; mkdir /opt/repo; base64 -d >/opt/repo/hello.deb'], {
    input: deb.toString('base64'),
  });
  await host.writeFile('/opt/repo/Packages', row);
  await host.writeFile('/etc/apt/sources.list', 'deb [trusted=yes] file:/opt/repo ./\n');
}

async function commit(config: Record<string, unknown> = {}): Promise<void> {
  await repo.commit({ config, files: { ...PACKAGES, 'requirements.txt': requirements } });
}

function start(inputs: Record<string, string> = {}): Promise<Step> {
  const access = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts };
  return startStep({ workspace: repo.path, inputs: { ...access, env: 'SECRET_KEY=only-here', ...inputs } });
}

async function deploy(inputs: Record<string, string> = {}): Promise<StepResult> {
  return (await start(inputs)).result;
}

/** Another apt is at work on the host, until this is disposed of. */
async function anotherApt(): Promise<AsyncDisposable> {
  const hold = `
import fcntl, os, time
file = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(file, fcntl.LOCK_EX)
open("/run/held", "w").close()
while os.path.exists("/run/held"):
    time.sleep(0.1)
`;
  const ended = host.must(['python3', '-c', hold], { timeout: 300_000 });
  await until('the lock is held', 10_000, async () => (await host.exec(['test', '-e', '/run/held'])).code === 0);
  return {
    [Symbol.asyncDispose]: async () => {
      await host.must(['rm', '-f', '/run/held']);
      await ended;
    },
  };
}

const INSTALL = { 'host-packages': 'install' };

test('a host that lacks a package is told, with the line that asks for it and the command', async () => {
  await commit();
  const run = await deploy();
  expect(run.code, run.log).toBe(69);
  expect(run.log).toContain('Debian packages are not installed on the host: hello (src-debian-requirements.txt:1)');
  expect(run.log).toContain('as root: apt-get install --yes --no-install-recommends hello;');
  expect(run.log).not.toContain('resolving');
  expect((await host.exec(['test', '-e', `${site.root}/current`])).code).toBe(1);
});

test('nothing is installed unless root has said so on the host', async () => {
  await commit(INSTALL);
  const run = await deploy();
  expect(run.code, run.log).toBe(69);
  expect(run.log).toContain('packages may be installed once /etc/graceful/shop.json says "packages": true');
  expect((await host.exec(['dpkg-query', '--show', 'hello'])).code).toBe(1);
  const file = '/etc/graceful/shop.json';
  await host.writeFile(file, JSON.stringify({ ...JSON.parse(await host.readFile(file)), packages: true }));
});

test('another apt is waited for, and not for ever', async () => {
  await using _other = await anotherApt();
  await commit(INSTALL);
  const run = await deploy({ 'lock-timeout': '1s' });
  expect(run.code, run.log).toBe(69);
  expect(run.log).toContain('Debian packages could not be installed (hello)');
  expect(run.log).toMatch(/Could not get lock|Unable to acquire the dpkg frontend lock/);
  expect((await host.exec(['test', '-e', `${site.root}/current`])).code).toBe(1);
});

test('packages are installed, and what has no wheel is compiled against the libraries of the host', async () => {
  await commit(INSTALL);
  const other = await anotherApt();
  // Another run on this machine may have kept this very environment.
  const step = await start({ 'refresh-env': 'true' });
  await step.said('installing on the host: hello');
  await other[Symbol.asyncDispose]();
  const run = await step.result;
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
  expect(run.log).toContain('building in debian 12 (bookworm)');
  expect(await host.must(['dpkg', '--status', 'hello'])).toContain('Status: install ok installed');
  const code =
    'import psycopg2, psycopg2._psycopg as c; print(psycopg2.__version__.split()[0], psycopg2.__libpq_version__)';
  const python = `${site.root}/current/venv/bin/python`;
  expect(await host.must([python, '-c', code], { user: host.deployUser })).toMatch(/^2\.9\.10 15/);
  expect((await fetchOnce(site.url)).status).toBe(200);
});

test('the next deploy with the same requirements resolves nothing and builds nothing', async () => {
  await commit({ ...INSTALL, env: { SHOP_VERSION: '2' } });
  const run = await deploy();
  expect(run, run.log).toMatchObject({ code: 0 });
  expect(run.log).toContain('kept on this runner');
  expect(run.log).not.toMatch(/resolving|installing|compiling|making a minimal system/);
});

test('C code that does not compile is told with the words of the compiler, and the site goes on', async () => {
  const live = await host.must(['readlink', `${site.root}/current`]);
  const setup =
    'from setuptools import Extension, setup\nsetup(name="bad", version="1", ext_modules=[Extension("bad", ["bad.c"])])\n';
  const files = {
    ...PACKAGES,
    'requirements.txt': `${requirements}./lib/bad\n`,
    'lib/bad/setup.py': setup,
    'lib/bad/bad.c': '#include <no-such-header.h>\n',
  };
  await repo.commit({ version: '3', config: INSTALL, files });
  const run = await deploy();
  expect(run.code, run.log).toBe(1);
  expect(run.log).toContain('no-such-header.h: No such file or directory');
  expect(run.log).toContain('build: { packages: [');
  expect(await host.must(['readlink', `${site.root}/current`])).toBe(live);
});
