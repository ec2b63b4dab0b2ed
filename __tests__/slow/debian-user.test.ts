/** A minimal system on a runner whose user is not root; an index of one's own that is reached in it as in the runner. */
import { appendFile, copyFile, mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { type ExecResult, must, run } from '../../testbed/process.ts';
import { DIST, stepEnv } from '../../testbed/runner.ts';
import { makeShopRepo, type ShopRepo } from '../../testbed/shop.ts';
import { provisionSite } from '../../testbed/site.ts';
import { installers, type Scratch, scratchFolder, thisPython, writeFiles } from '../build.fixtures.ts';
import { PASSWORD, type PackageIndex, startIndex } from '../fixtures/index.ts';
import { inCopy } from '../fixtures/machine-copy.ts';

const stack = new AsyncDisposableStack();
let host: TestHost;
let scratch: Scratch;
let index: PackageIndex;
let repo: ShopRepo;
/** Of the runner's user, and what is kept between runs. */
let home: string;
let cache: string;

/** A package of the repository that must be compiled. */
const NATIVE = {
  'native/setup.py': `
from setuptools import Extension, setup

setup(name="native", version="1", ext_modules=[Extension("native", ["native.c"])])
`,
  'native/native.c': `
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "native"};
PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
`,
};

beforeAll(async () => {
  host = stack.use(await startHost());
  await provisionSite(host, { tick: false });
  scratch = stack.use(await scratchFolder());
  const certificate = await certify(scratch.path);
  index = stack.use(await startIndex(certificate));
  repo = stack.use(await makeShopRepo({ host: host.address, config: { build: { in: 'debian' } } }));
  await repo.commit();
  const shop = await repo.git('show', 'HEAD:requirements.txt');
  const requirements = `--extra-index-url ${index.url}/private/simple\n${shop}\nneedy==1\n./native\n`;
  await repo.commit({ files: { ...NATIVE, 'requirements.txt': requirements } });
  [home, cache] = [join(repo.path, '.git/home'), join(repo.path, '.git/cache')];
  const authorities = join(home, 'authorities.pem');
  await writeFiles(home, {
    '.netrc': `machine 127.0.0.1 login me password ${PASSWORD}\n`,
    '.config/pip/pip.conf': `[global]\ncert = ${authorities}\n`,
  });
  await copyFile('/etc/ssl/certs/ca-certificates.crt', authorities);
  await appendFile(authorities, certificate.authority);
  await Promise.all([mkdir(cache), mkdir(join(repo.path, '.git/step')), mkdir(join(scratch.path, 'copy'))]);
});

afterAll(() => stack.disposeAsync());

/** A certificate for 127.0.0.1 by an authority that nobody knows. */
async function certify(folder: string): Promise<{ key: string; cert: string; authority: string }> {
  const openssl = (...args: string[]) => must(['openssl', ...args], { cwd: folder });
  const fresh = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=test'];
  await writeFiles(folder, { extensions: 'subjectAltName = IP:127.0.0.1\n' });
  await openssl('req', '-x509', ...fresh, '-keyout', 'authority.key', '-out', 'authority.pem');
  await openssl('req', ...fresh, '-keyout', 'index.key', '-out', 'index.csr');
  const by = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
  await openssl('x509', '-req', '-in', 'index.csr', ...by, '-extfile', 'extensions', '-out', 'index.pem');
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  return { key: await read('index.key'), cert: await read('index.pem'), authority: await read('authority.pem') };
}

/**
 * Builds as a user of a copy of this machine that has sudo.
 * @param rule - what that user may by sudo
 * @param program - for `sh`; its arguments are the Action's own
 */
async function job(rule: string, program: string, more: Record<string, string> = {}): Promise<ExecResult> {
  const inputs = {
    command: 'build',
    stage: 'staging',
    'ssh-key': host.privateKey,
    'known-hosts': host.knownHosts,
  };
  const given = { HOME: home, XDG_CACHE_HOME: cache, ...more };
  const prepare = `
apt-get update
apt-get install --yes --no-install-recommends sudo
useradd builder
echo "builder ${rule}" >/etc/sudoers.d/builder
`;
  const copy = { folder: join(scratch.path, 'copy'), user: 'builder', own: repo.path, prepare };
  const env = await stepEnv({ workspace: repo.path, inputs, env: given }, join(repo.path, '.git/step'));
  // A shell passes on no variable with a dash in its name.
  const dashed = Object.entries(env).flatMap(([name, value]) => (name.includes('-') ? [`${name}=${value}`] : []));
  const action = ['env', ...dashed, process.execPath, DIST];
  return await run(inCopy(copy, ['sh', '-euc', `cd "$1"; shift; ${program}`, 'sh', repo.path, ...action]), {
    env,
    timeout: 800_000,
  });
}

const all = ({ stdout, stderr }: ExecResult): string => `${stdout}\n${stderr}`;

test('a user with sudo builds in it, with uv; logins and authorities of the runner count, and nothing is left of root', async () => {
  const { uv, pip } = installers(await thisPython());
  // Where that user may run it.
  const [tools = ''] = (uv['PATH'] ?? '').split(delimiter);
  await mkdir(join(home, 'bin'));
  await copyFile(join(tools, 'uv'), join(home, 'bin/uv'));
  const built = await job(
    'ALL=(ALL:ALL) NOPASSWD: ALL',
    `
SSL_CERT_FILE="$HOME/authorities.pem" UV_CACHE_DIR=/var/lib/uv PATH="$HOME/bin:$PATH" "$@"
echo "left: $(cd "$XDG_CACHE_HOME/graceful/debian"; ls | sed 's/^[0-9a-f]*//' | tr '\\n' ' ')"
echo "of others: $(find . ! -user builder)."
`,
    { PATH: pip['PATH'] ?? '' },
  );
  expect(built.code, all(built)).toBe(0);
  expect([...all(built).matchAll(/resolving requirements\.txt with (\w+)/g)].map(([, name]) => name)).toEqual(['uv']);
  expect(all(built).match(/building in debian 12 \(bookworm\)/g)).toHaveLength(1);
  expect(all(built).match(/making a minimal system/g)).toHaveLength(1);
  expect(all(built)).toContain('left: .lock .tar .tar.sha256 \nof others: .\n');
  expect(all(built)).not.toContain(PASSWORD);
});

test('the same with pip', async () => {
  const { pip } = installers(await thisPython());
  const built = await job('ALL=(ALL:ALL) NOPASSWD: ALL', 'rm -rf "$XDG_CACHE_HOME/graceful/envs"; "$@"', {
    PATH: pip['PATH'] ?? '',
  });
  expect(built.code, all(built)).toBe(0);
  expect([...all(built).matchAll(/resolving requirements\.txt with (\w+)/g)].map(([, name]) => name)).toEqual(['pip']);
  expect(all(built).match(/building in debian 12 \(bookworm\)/g)).toHaveLength(1);
  expect(all(built)).not.toContain(PASSWORD);
});

test('a user whose sudo asks for a password is told before anything is built', async () => {
  const refused = await job('ALL=(ALL:ALL) ALL', '"$@"');
  expect(refused.code, all(refused)).toBe(1);
  expect(all(refused)).toContain('the environment is built in debian 12 (bookworm), the system of host gr-');
  expect(all(refused)).toContain('this user of the runner is neither root nor may it use sudo without a password');
  expect(all(refused)).not.toContain('resolving');
});
