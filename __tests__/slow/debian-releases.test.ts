import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { must } from '../../testbed/process.ts';
import { runStep, type StepOptions, type StepResult } from '../../testbed/runner.ts';
import { type CommitOptions, makeShopRepo, type ShopRepo } from '../../testbed/shop.ts';
import { type HostedSite, provisionSite } from '../../testbed/site.ts';

/** Hosts of three releases of Debian, each with its own Python and C library, from one runner. */

/** A runner with no Python but that of its own system. */
const NOWHERE = { PYENV_ROOT: '/nowhere', XDG_DATA_HOME: '/nowhere', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** A package of the repository itself, in C. */
const FAST = {
  'lib/fast/setup.py':
    'from setuptools import Extension, setup\nsetup(name="fast", version="1", ext_modules=[Extension("fast", ["fast.c"])])\n',
  'lib/fast/fast.c': `#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", 0, -1, methods};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
`,
};

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** A wheel of the same package, with another answer. */
const NEWER_FAST = zipSync({
  'fast.py': strToU8('def answer(): return 0\n'),
  'fast-1.dist-info/METADATA': strToU8('Metadata-Version: 2.1\nName: fast\nVersion: 1\n'),
  'fast-1.dist-info/WHEEL': strToU8(
    `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-manylinux_2_34_${MACHINE}\n`,
  ),
  'fast-1.dist-info/RECORD': strToU8(''),
});

const example = (file: string): string => readFileSync(join(import.meta.dirname, '../../examples/shop', file), 'utf8');

/** The newest packages that run on Python 3.9; this Django has fewer options of SQLite than the example asks for. */
const FOR_PYTHON_3_9 = {
  'requirements.txt': 'asgiref==3.11.1\nDjango==4.2.30\ngunicorn==23.0.0\nsqlparse==0.5.5\n',
  'shop/settings/base.py': example('shop/settings/base.py').replace(/^ *"(transaction_mode|init_command)": .*\n/gm, ''),
};

const AS_IT_IS = { 'requirements.txt': example('requirements.txt') };

/** A test for some of the releases; on the others there is none to skip. */
const testWhere = (applies: boolean): ((name: string, body: () => Promise<void>) => void) =>
  applies ? test : () => {};

describe.each([
  { image: 'bullseye', release: '11', minor: '3.9', glibc: '2.31', files: FOR_PYTHON_3_9 },
  { image: 'plain', release: '12', minor: '3.11', glibc: '2.36', files: AS_IT_IS },
  { image: 'trixie', release: '13', minor: '3.13', glibc: '2.41', files: AS_IT_IS },
] as const)('Debian $release with Python $minor', ({ image, release, minor, glibc, files }) => {
  const stack = new AsyncDisposableStack();
  let host: TestHost;
  let site: HostedSite;
  let repo: ShopRepo;

  beforeAll(async () => {
    host = stack.use(await startHost({ image }));
    site = await provisionSite(host, { tick: false });
    repo = stack.use(await makeShopRepo({ host: host.address }));
  });

  afterAll(() => stack.disposeAsync());

  /** Commits the shop, with packages for this host's Python and with further ones. */
  const commit = (more: CommitOptions = {}, packages = ''): Promise<string> =>
    repo.commit({
      ...more,
      files: { ...files, ...more.files, 'requirements.txt': `${files['requirements.txt']}${packages}` },
    });

  const step = (env: Readonly<Record<string, string>> = {}, inputs: StepOptions['inputs'] = {}): Promise<StepResult> =>
    runStep({
      workspace: repo.path,
      inputs: { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: 'SECRET_KEY=only-here', ...inputs },
      env,
    });

  /** Deploys what an earlier run on this machine may have built, and builds it all the same. */
  const stepAnew = (): Promise<StepResult> => step({}, { 'refresh-env': 'true' });

  const live = async (): Promise<string> => (await host.must(['readlink', `${site.root}/current`])).trim();

  /** What a Python of the live release prints. */
  const says = async (code: string): Promise<string> =>
    (await host.must([`${site.root}/current/venv/bin/python`, '-c', code], { user: host.deployUser })).trim();

  test('a Python that the host does not have is told before anything is touched', async () => {
    await commit({ config: { python: { version: '3.12' } } });
    const run = await step();
    expect(run.code, run.log).toBe(1);
    expect(run.log).toContain(`has no Python 3.12; it has ${minor}.`);
    expect(run.log).toContain(`set python: { version: "${minor}" } in graceful.yml`);
    expect((await host.exec(['test', '-e', `${site.root}/current`])).code).toBe(1);
  });

  testWhere(minor !== '3.11')('a runner without that Python is told how to get it', async () => {
    await commit();
    const run = await step(NOWHERE);
    expect(run.code, run.log).toBe(1);
    expect(run.log).toContain(`the runner has no Python ${minor} like that of host`);
    expect(run.log).toContain(`uses: actions/setup-python with python-version: "${minor}"`);
    expect((await host.exec(['test', '-e', `${site.root}/current`])).code).toBe(1);
  });

  test('the site goes live on the Python that the host has', async () => {
    await commit();
    const run = await step();
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log).toContain(`building with Python ${minor}.`);
    expect(await says('import sys; print("%d.%d" % sys.version_info[:2])')).toBe(minor);
    expect((await fetchOnce(site.url)).status).toBe(200);
  });

  testWhere(release === '11')(
    'a package whose wheels need a newer glibc is refused, though the runner has it',
    async () => {
      const before = await live();
      await commit({}, 'mojo-compiler==1.2.0\n');
      const run = await step();
      expect(run, run.log).toMatchObject({ code: 1, outputs: { result: 'failed' } });
      expect(run.log).toContain(
        `mojo-compiler 1.2.0 has neither a wheel for Python 3.9 on ${MACHINE} with glibc 2.31 nor a source package: its wheels need glibc 2.34 or newer`,
      );
      expect(run.log).toContain('ask for an older version that has one, or renew the system of the host');
      expect(await live()).toBe(before);
    },
  );

  test('what must be compiled is compiled in a system like the host', async () => {
    await commit({ version: '2', files: FAST }, './lib/fast\n');
    const run = await stepAnew();
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log).toContain('building in debian');
    expect(await says('import fast; print(fast.answer())')).toBe('42');
    expect(await says('import os; print(os.confstr("CS_GNU_LIBC_VERSION"))')).toBe(`glibc ${glibc}`);
    expect((await fetchOnce(site.url)).status).toBe(200);
  });

  testWhere(release === '11')(
    'a wheel for a newer glibc is passed over for the source, which is compiled',
    async () => {
      await commit({ version: '3', files: FAST }, '--find-links ./vendor\nfast==1\n');
      const vendor = join(repo.path, 'vendor');
      await mkdir(vendor);
      await writeFile(join(vendor, `fast-1-py3-none-manylinux_2_34_${MACHINE}.whl`), NEWER_FAST);
      await must([
        'tar',
        '-C',
        join(repo.path, 'lib'),
        '--transform=s,^fast,fast-1,',
        '-czf',
        join(vendor, 'fast-1.tar.gz'),
        'fast',
      ]);
      await repo.git('add', '--all');
      await repo.git('commit', '--quiet', '--amend', '--no-edit');
      const run = await stepAnew();
      expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
      expect(run.log).toContain('building in debian 11');
      expect(await says('import fast; print(fast.answer())')).toBe('42');
    },
  );
});
