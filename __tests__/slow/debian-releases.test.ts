import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { runStep, type StepResult } from '../../testbed/runner.ts';
import { makeShopRepo, type ShopRepo } from '../../testbed/shop.ts';
import { type HostedSite, provisionSite } from '../../testbed/site.ts';

/** Hosts of two releases of Debian, each with its own Python and C library, from one runner. */

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

describe.each([
  { image: 'plain', release: '12', minor: '3.11', glibc: '2.36' },
  { image: 'trixie', release: '13', minor: '3.13', glibc: '2.41' },
] as const)('Debian $release with Python $minor', ({ image, minor, glibc }) => {
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

  const step = (env: Readonly<Record<string, string>> = {}): Promise<StepResult> =>
    runStep({
      workspace: repo.path,
      inputs: { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: 'SECRET_KEY=only-here' },
      env,
    });

  /** What a Python of the live release prints. */
  const says = async (code: string): Promise<string> =>
    (await host.must([`${site.root}/current/venv/bin/python`, '-c', code], { user: host.deployUser })).trim();

  test('a Python that the host does not have is told before anything is touched', async () => {
    await repo.commit({ config: { python: { version: '3.12' } } });
    const run = await step();
    expect(run.code, run.log).toBe(1);
    expect(run.log).toContain(`has no Python 3.12; it has ${minor}.`);
    expect(run.log).toContain(`set python: { version: "${minor}" } in graceful.yml`);
    expect((await host.exec(['test', '-e', `${site.root}/current`])).code).toBe(1);
  });

  test.skipIf(minor === '3.11')('a runner without that Python is told how to get it', async () => {
    await repo.commit();
    const run = await step(NOWHERE);
    expect(run.code, run.log).toBe(1);
    expect(run.log).toContain(`the runner has no Python ${minor} like that of host`);
    expect(run.log).toContain(`uses: actions/setup-python with python-version: "${minor}"`);
    expect((await host.exec(['test', '-e', `${site.root}/current`])).code).toBe(1);
  });

  test('the site goes live on the Python that the host has', async () => {
    await repo.commit();
    const run = await step();
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log).toContain(`building with Python ${minor}.`);
    expect(await says('import sys; print("%d.%d" % sys.version_info[:2])')).toBe(minor);
    expect((await fetchOnce(site.url)).status).toBe(200);
  });

  test('what must be compiled is compiled in a system like the host', async () => {
    const wanted = `${await repo.git('show', 'HEAD:requirements.txt')}\n./lib/fast\n`;
    await repo.commit({ version: '2', files: { ...FAST, 'requirements.txt': wanted } });
    const run = await step();
    expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
    expect(run.log).toContain('building in debian');
    expect(await says('import fast; print(fast.answer())')).toBe('42');
    expect(await says('import os; print(os.confstr("CS_GNU_LIBC_VERSION"))')).toBe(`glibc ${glibc}`);
    expect((await fetchOnce(site.url)).status).toBe(200);
  });
});
