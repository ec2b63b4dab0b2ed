import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type BuiltEnv, buildEnv } from '../src/build/env/env.ts';
import { BuildError } from '../src/build/errors.ts';
import { readAsked } from '../src/build/locks/choose.ts';
import type { Match } from '../src/build/python.ts';
import { readRequirements } from '../src/build/requirements/requirements.ts';
import { installers, scratchFolder, thisPython, writeFiles } from './build.fixtures.ts';

let match: Match;
let env: { uv: NodeJS.ProcessEnv; pip: NodeJS.ProcessEnv };

beforeAll(async () => {
  match = await thisPython();
  env = installers(match);
});

async function build(
  scratch: string,
  name: string,
  requirements: string,
  how: NodeJS.ProcessEnv,
  executable = match.runner.executable,
): Promise<BuiltEnv> {
  const top = join(scratch, 'top');
  await writeFiles(top, { 'requirements.txt': requirements });
  const folder = join(scratch, name);
  await mkdir(folder);
  return await buildEnv({
    requirements: await readRequirements(top, 'requirements.txt'),
    top,
    match: { ...match, runner: { ...match.runner, executable } },
    scratch: folder,
    env: how,
  });
}

/** What the host makes beside the manifest. */
async function asOnHost(built: BuiltEnv, folder: string): Promise<void> {
  await cp(built.tree.folder, folder, { recursive: true, verbatimSymlinks: true });
  const python = execFileSync('realpath', [match.runner.executable], { encoding: 'utf8' }).trim();
  await writeFile(join(folder, 'pyvenv.cfg'), `home = ${join(python, '..')}\ninclude-system-site-packages = false\n`);
  await symlink(python, join(folder, 'bin', 'python'));
}

test('two builds in two folders, one with uv and one with pip, are the same to the last byte; Django and gunicorn run from it', async () => {
  await using scratch = await scratchFolder();
  const wanted = 'Django>=5.2,<5.3\ngunicorn==23.0.0\n';
  const first = await build(scratch.path, 'a', wanted, env.uv);
  const second = await build(scratch.path, 'another-folder', wanted, env.pip);
  expect(second.tree.manifest.text).toBe(first.tree.manifest.text);
  expect(second.hash).not.toBe(first.hash);
  expect(first.packages.map((item) => item.name)).toEqual(['asgiref', 'django', 'gunicorn', 'packaging', 'sqlparse']);
  expect(first.requirements).toMatch(/^gunicorn==23\.0\.0 --hash=sha256:[0-9a-f]{64}/m);
  expect(second.requirements).toMatch(/^gunicorn==23\.0\.0 --hash=sha256:[0-9a-f]{64}$/m);
  const paths = first.tree.manifest.entries.map((entry) => entry.path);
  expect(paths.filter((path) => !path.startsWith('lib/')).sort()).toEqual([
    'bin/django-admin',
    'bin/gunicorn',
    'bin/sqlformat',
  ]);
  expect(paths.filter((path) => /\/(INSTALLER|REQUESTED|direct_url\.json)$/.test(path))).toEqual([]);
  // All modules have their bytecode, but for those that cannot be compiled.
  const bytecode = paths.filter((path) => path.endsWith('.pyc')).length;
  expect(bytecode).toBe(paths.filter((path) => path.endsWith('.py')).length);

  const host = join(scratch.path, 'srv', 'shop', 'envs', first.hash);
  await mkdir(join(host, '..'), { recursive: true });
  await asOnHost(first, host);
  await symlink(host, join(scratch.path, 'venv'));
  await symlink('venv/bin/gunicorn', join(scratch.path, 'gunicorn'));
  const say = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { encoding: 'utf8', cwd: '/' }).trim();
  expect(say(join(scratch.path, 'gunicorn'), '--version')).toBe('gunicorn (version 23.0.0)');
  expect(say(join(host, 'bin', 'django-admin'), '--version')).toMatch(/^5\.2/);
  // The bytecode is unchecked, hash-based (PEP 552: flags 0b01), and is what Python runs.
  const probe =
    'import django.conf, struct; print(django.conf.__cached__, struct.unpack("<I", open(django.conf.__cached__, "rb").read()[4:8])[0])';
  const [cached, flags] = say(join(host, 'bin', 'python'), '-I', '-c', probe).split(' ');
  expect([cached?.startsWith(`${host}/lib/`), flags]).toEqual([true, '1']);
  // A traceback names the file where it is now, though the bytecode was compiled elsewhere.
  const trace = 'import django.conf; print(django.conf.LazySettings._setup.__code__.co_filename)';
  expect(say(join(host, 'bin', 'python'), '-I', '-c', trace)).toBe(
    `${host}/lib/python${match.target.minor}/site-packages/django/conf/__init__.py`,
  );
  // RECORD names exactly what is there, with the right hashes of the rewritten scripts.
  const info = paths.find((path) => path.endsWith('gunicorn-23.0.0.dist-info/RECORD'));
  const record = await readFile(join(host, info ?? ''), 'utf8');
  const script = first.tree.manifest.entries.find((entry) => entry.path === 'bin/gunicorn');
  const expected = script?.kind === 'exec' ? Buffer.from(script.sha256, 'hex').toString('base64url') : 'none';
  expect(record).toContain(`../../../bin/gunicorn,sha256=${expected},`);
  expect(record).not.toContain('INSTALLER');
});

/** A package that, when it is built, writes down by which Python: pip builds with that of the very environment. */
const TELLTALE = `import sys
from setuptools import setup
from setuptools.command.build_py import build_py
class Build(build_py):
    def run(self):
        super().run()
        with open(self.build_lib + "/telltale.py", "a") as file:
            file.write("made_by = %r\\n" % sys.executable)
setup(name="telltale", version="1", py_modules=["telltale"], cmdclass={"build_py": Build})
`;

test('a Python that has no pip, only the one that came with it', async () => {
  await using scratch = await scratchFolder();
  const bare = join(scratch.path, 'bare');
  execFileSync(match.runner.executable, ['-m', 'venv', '--without-pip', bare]);
  const own = await build(scratch.path, 'a', 'sqlparse==0.5.3\n', env.pip);
  const lent = await build(scratch.path, 'b', 'sqlparse==0.5.3\n', env.pip, join(bare, 'bin', 'python'));
  expect(lent.tree.manifest.text).toBe(own.tree.manifest.text);
});

test("a requirement that does not exist fails with the installer's own words, for uv and for pip", async () => {
  await using scratch = await scratchFolder();
  for (const name of ['uv', 'pip'] as const) {
    const refused = await build(scratch.path, name, 'gunicorn==0.0.0.1\n', env[name]).catch(
      (thrown: unknown) => thrown,
    );
    if (!(refused instanceof BuildError)) throw new Error('it should have been refused');
    expect(refused.message).toBe('there is no version gunicorn==0.0.0.1');
    expect(refused.output.join('\n')).toContain('gunicorn==0.0.0.1');
    expect(refused.place).toEqual({ file: 'requirements.txt', line: 1 });
  }
});

test('a package of the repository is installed from it, the same from any folder', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(join(scratch.path, 'top'), {
    'lib/own/pyproject.toml': '[project]\nname = "own"\nversion = "1"\n[project.scripts]\nown = "own:main"\n',
    'lib/own/own.py': 'def main():\n    print("own")\n',
  });
  const built = await build(scratch.path, 'a', './lib/own\n', env.uv);
  const again = await build(scratch.path, 'b', './lib/own\n', env.pip);
  expect(built.packages).toEqual([{ name: 'own', version: '1' }]);
  expect(again.tree.manifest.text).toBe(built.tree.manifest.text);
  expect(`${built.requirements}${again.requirements}`).not.toContain(scratch.path);
  const host = join(scratch.path, 'host');
  await asOnHost(built, host);
  expect(execFileSync(join(host, 'bin', 'own'), { encoding: 'utf8' })).toBe('own\n');
  // Building leaves nothing behind that the next build could take for its own.
  expect(await readdir(join(scratch.path, 'top', 'lib', 'own'))).toEqual(['own.py', 'pyproject.toml']);
});

test('a file that holds the folder it was built in is an error that names it', async () => {
  await using scratch = await scratchFolder();
  await writeFiles(join(scratch.path, 'top'), { 'lib/telltale/setup.py': TELLTALE, 'lib/telltale/telltale.py': '' });
  await expect(build(scratch.path, 'a', './lib/telltale\n', env.pip)).rejects.toThrow(
    `lib/python${match.target.minor}/site-packages/telltale.py in the environment holds the folder it was built in`,
  );
});

test('a lock file is installed exactly, with uv and with pip, groups and a package of the repository too', async () => {
  await using scratch = await scratchFolder();
  const top = join(import.meta.dirname, 'fixtures/locks/uv');
  const asked = await readAsked({ top, named: undefined, groups: ['prod'], extras: [], project: '.' });
  const { version, minor, machine } = match.runner;
  const requirements = await asked.on({ version, minor, machine });
  const made: BuiltEnv[] = [];
  const lines: string[] = [];
  for (const name of ['uv', 'pip'] as const) {
    const folder = join(scratch.path, name);
    await mkdir(folder);
    made.push(
      await buildEnv({ requirements, top, match, scratch: folder, env: env[name], log: (line) => lines.push(line) }),
    );
  }
  const [withUv, withPip] = made;
  expect(withPip?.tree.manifest.text).toBe(withUv?.tree.manifest.text);
  expect(withUv?.packages.map((item) => `${item.name}==${item.version}`)).toEqual(
    requirements.lines.map(({ text }) => (text.startsWith('own @') ? 'own==1' : text.replace(/ .*/, ''))).sort(),
  );
  expect(lines[0]).toMatch(/^taking uv\.lock with uv /);
});
