/** Which program installs, and what it sees. */
import { join } from 'node:path';
import { BuildError } from '../errors.ts';
import { isOwn } from '../own-variables.ts';
import type { RunnerPython } from '../python.ts';
import { type RunOptions, run } from '../run.ts';

/** The program that resolves and installs: uv when the runner has it, pip otherwise. */
export interface Installer {
  name: 'uv' | 'pip';
  argv: [string, ...string[]];
  /** Its own version, for the log. */
  version: string;
}

/** The first pip that installs for another Python, and tells what it would install. */
const PIP = [22, 3];

/**
 * Uses uv when it is on PATH or a module of the Python, else pip: the Python's own, or the one that came with it (ensurepip).
 * @param scratch folder where that one may be unpacked
 * @throws BuildError when there is none of them
 */
export async function findInstaller(python: RunnerPython, how: RunOptions, scratch: string): Promise<Installer> {
  const candidates: [Installer['name'], [string, ...string[]]][] = [
    ['uv', ['uv']],
    ['uv', [python.executable, '-m', 'uv']],
    ['pip', [python.executable, '-m', 'pip']],
  ];
  for (const [name, argv] of candidates) {
    const version = await versionOf(argv, how);
    if (version === undefined) continue;
    if (name === 'pip' && !atLeast(version, PIP)) {
      throw new BuildError(`pip ${version} of ${python.executable} is too old`, {
        mend: `${python.executable} -m pip install --upgrade pip (22.3 or newer), or install uv (uses: astral-sh/setup-uv)`,
      });
    }
    if (name === 'uv' && !atLeast(version, [0, 5, 5])) {
      throw new BuildError(`uv ${version} cannot choose wheels for another system's C library`, {
        mend: 'install uv 0.5.5 or newer (uses: astral-sh/setup-uv)',
      });
    }
    return { name, argv, version };
  }
  const unpacked = join(scratch, 'pip');
  const argv: Installer['argv'] = [join(unpacked, 'bin', 'python'), '-m', 'pip'];
  let version = await run([python.executable, '-m', 'venv', unpacked], how).then(
    () => versionOf(argv, how),
    () => undefined,
  );
  if (version !== undefined && !atLeast(version, PIP)) {
    // That of Python 3.9: it is ours alone, so a newer one may take its place.
    await run([...argv, 'install', '--quiet', '--upgrade', 'pip'], how);
    version = await versionOf(argv, how);
  }
  if (version !== undefined) return { name: 'pip', argv, version };
  throw new BuildError(`neither uv nor pip is there for ${python.executable}`, {
    mend: 'add a step with uses: astral-sh/setup-uv, or use actions/setup-python, whose Python has pip',
  });
}

function versionOf(argv: Installer['argv'], how: RunOptions): Promise<string | undefined> {
  return run([...argv, '--version'], how).then(
    (ran) => /\d+(\.\d+)+/.exec(ran.stdout)?.[0],
    () => undefined,
  );
}

/** The environment of installers: this process's own, without the inputs, tokens and settings that are none of their business. */
export function installerEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(env)) {
    // An sdist's setup.py runs code of strangers: it shall not see the deploy key.
    if (isOwn(name) || /^(GITHUB_|PYTHON|DJANGO_|VIRTUAL_ENV|__PYVENV)/.test(name)) continue;
    // Elsewhere than into our folder.
    if (
      /^PIP_(TARGET|PREFIX|ROOT|USER|REQUIRE_VIRTUALENV|PYTHON|DRY_RUN|REPORT|REQUIREMENT|NO_DEPS|EDITABLE)$/.test(name)
    )
      continue;
    if (
      /^UV_(PROJECT_ENVIRONMENT|SYSTEM_PYTHON|PYTHON|TARGET|PREFIX|LINK_MODE|COMPILE_BYTECODE|CONFIG_FILE)$/.test(name)
    )
      continue;
    kept[name] = value;
  }
  return { ...kept, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PYTHONNOUSERSITE: '1' };
}

function atLeast(version: string, wanted: readonly number[]): boolean {
  const has = version.split('.').map(Number);
  const at = wanted.findIndex((number, index) => number !== (has[index] ?? 0));
  return at === -1 || (has[at] ?? 0) > (wanted[at] ?? 0);
}
