import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redact, withoutCredentials } from '../../secrets.ts';
import { BuildError } from '../errors.ts';
import type { RunnerPython, Target } from '../python.ts';
import { canonicalRequirement, logicalLines } from '../requirements/requirement-lines.ts';
import type { Requirements } from '../requirements/requirements.ts';
import { type RunOptions, run } from '../run.ts';
import { forPip, pinsOf, saysWhy, withAskedHashes } from './pins.ts';
import { explainResolution } from './resolution-fault.ts';

/** The program that resolves and installs: uv when the runner has it, pip otherwise. */
export interface Installer {
  name: 'uv' | 'pip';
  argv: [string, ...string[]];
  /** Its own version, for the log. */
  version: string;
}

/** What requirements came to: every package pinned. */
export interface Resolution {
  /** One canonical `name==version --hash=...` (or `name @ url`) a line, sorted; no credentials, no folder of the runner. */
  lines: string[];
  /** What {@link install} gives to the installer, one after the other. May hold credentials; never shown or kept. */
  files: { path: string /** Whether every line in it has a hash. */; hashed: boolean }[];
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
    if (/^(INPUT_|ACTIONS_|GITHUB_|PYTHON|DJANGO_|VIRTUAL_ENV|__PYVENV)/.test(name)) continue;
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

/** Where the resolving and installing of one environment happens. */
export interface Work {
  installer: Installer;
  /** Folder of the virtualenv, made already. */
  folder: string;
  scratch: string;
  /** Top folder of the source tree: paths below it are named relative in the resolution. */
  top: string;
  /** What it is for. */
  target: Target;
  /** Options for both resolving and installing: which wheels fit. */
  aim: readonly string[];
  run: RunOptions;
}

/**
 * Pins every package that the requirements come to; those of a lock file are pinned already.
 * @throws BuildError with the installer's own words
 */
export async function resolve(work: Work, requirements: Requirements): Promise<Resolution> {
  const of = (...kinds: string[]): string[] =>
    requirements.lines.filter((line) => kinds.includes(line.kind)).map((line) => line.text);
  const pinned = requirements.locked
    ? of('requirement')
    : withAskedHashes(await resolved(work, requirements, of), requirements);
  const shown = (line: string): string => redact(canonicalRequirement(line), work.run.secrets);
  const lines = pinned.map((line) => shown(line).replaceAll(work.top, '.')).sort();
  const options = of('option').filter((line) => line !== '--require-hashes');
  // Direct addresses (a commit, a folder) have no hash, and pip takes either all lines with one or none.
  const hashed = pinned.filter((line) => line.includes('--hash='));
  const others = pinned.filter((line) => !line.includes('--hash='));
  const files: Resolution['files'] = [];
  for (const [name, part] of Object.entries({ hashed, others })) {
    if (part.length === 0) continue;
    const path = join(work.scratch, `${name}.txt`);
    await writeFile(path, textOf(work, [...options, ...part]), { mode: 0o600 });
    files.push({ path, hashed: part === hashed });
  }
  return { lines, files };
}

/** Has the installer say what requirements come to. */
async function resolved(
  work: Work,
  requirements: Requirements,
  of: (...kinds: string[]) => string[],
): Promise<string[]> {
  const wanted = join(work.scratch, 'requirements.in');
  const constraints = join(work.scratch, 'constraints.in');
  await writeFile(wanted, textOf(work, of('option', 'requirement')), { mode: 0o600 });
  await writeFile(constraints, textOf(work, of('constraint')), { mode: 0o600 });
  const pins = await explained(work, requirements, () =>
    work.installer.name === 'uv'
      ? resolveWithUv(work, [wanted, '-c', constraints])
      : resolveWithPip(work, ['-r', wanted, '-c', constraints]),
  );
  await Promise.all([rm(wanted), rm(constraints)]);
  return pins;
}

/** A file of requirements in the installer's own spelling. */
const textOf = ({ installer }: Work, lines: readonly string[]): string =>
  lines.map((line) => `${installer.name === 'pip' ? forPip(line) : line}\n`).join('');

/** Gives the installer's words a meaning when it fails. */
async function explained<T>(work: Work, requirements: Requirements, asked: () => Promise<T>): Promise<T> {
  const { name, version } = work.installer;
  try {
    return await asked();
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    const { what, mend, place } = explainResolution(thrown.output, requirements, work.target) ?? {
      what: `${name} ${version} could not bring the packages together`,
      mend: 'see the lines above',
      place: { file: requirements.file },
    };
    throw new BuildError(what, { mend, place, output: [...thrown.output], cause: thrown });
  }
}

/** Installs exactly what was resolved into the folder, nothing compiled, every file a copy of its own. */
export async function install(work: Work, resolution: Resolution, requirements: Requirements): Promise<void> {
  for (const { path, hashed } of resolution.files) {
    const hashes = hashed ? ['--require-hashes'] : [];
    await explained(work, requirements, () =>
      installFrom(work, path, [...hashes, ...lockedIndexes(work, requirements)]),
    );
    await rm(path);
  }
}

/** A lock file's hashes tell what is right, from whichever of its indexes it comes. */
function lockedIndexes(work: Work, requirements: Requirements): string[] {
  return requirements.locked && work.installer.name === 'uv' ? ['--index-strategy', 'unsafe-best-match'] : [];
}

async function installFrom(work: Work, file: string, more: string[]): Promise<void> {
  const { installer, folder, aim, run: how } = work;
  const python = join(folder, 'bin', 'python');
  if (installer.name === 'uv') {
    const options = ['--link-mode', 'copy', '--no-compile', '--no-deps', '--no-config', ...aim, ...more];
    await run([...installer.argv, 'pip', 'install', '--python', python, ...options, '-r', file], how);
  } else {
    const options = ['--no-compile', '--no-warn-script-location', '--root-user-action=ignore', '--no-deps'];
    await pipInstall(work, [...options, ...aim, ...more, '-r', file]);
  }
}

async function resolveWithUv(work: Work, files: string[]): Promise<string[]> {
  const how = ['--generate-hashes', '--no-header', '--no-annotate', '--quiet', '--no-config', ...work.aim];
  const python = join(work.folder, 'bin', 'python');
  const ran = await run([...work.installer.argv, 'pip', 'compile', '--python', python, ...how, ...files], work.run);
  return logicalLines(ran.stdout)
    .map((line) => line.text.replace(/\s+/g, ' '))
    .filter((line) => !line.startsWith('-'));
}

/** Runs pip, quietly; where that leaves open why a package is not to be had, a second time to learn it. */
async function pipInstall({ installer, folder, run: how }: Work, options: readonly string[]): Promise<void> {
  const argv: Installer['argv'] = [...installer.argv, '--python', join(folder, 'bin', 'python'), 'install', ...options];
  try {
    await run([...argv, '--quiet'], how);
  } catch (thrown) {
    if (!(thrown instanceof BuildError)) throw thrown;
    const lacking = /satisfies the requirement ([\w.-]+)/.exec(thrown.output.join('\n'))?.[1];
    if (lacking === undefined) throw thrown;
    const { stdout, stderr } = await run([...argv, '-vv'], { ...how, accept: [1, 2] });
    const why = redact(`${stdout}\n${stderr}`, how.secrets)
      .split('\n')
      .filter((line) => saysWhy(line, lacking));
    throw new BuildError(thrown.message, { mend: thrown.mend, output: [...why, ...thrown.output], cause: thrown });
  }
}

async function resolveWithPip(work: Work, files: string[]): Promise<string[]> {
  const report = join(work.scratch, 'report.json');
  await pipInstall(work, ['--dry-run', '--ignore-installed', '--report', report, ...work.aim, ...files]);
  const text = await readFile(report, 'utf8');
  await rm(report);
  return pinsOf(JSON.parse(text));
}

function atLeast(version: string, wanted: readonly number[]): boolean {
  const has = version.split('.').map(Number);
  const at = wanted.findIndex((number, index) => number !== (has[index] ?? 0));
  return at === -1 || (has[at] ?? 0) > (wanted[at] ?? 0);
}

/** The resolution as people read it: one package a line. */
export function resolvedText(resolution: Resolution): string {
  return resolution.lines.map((line) => `${withoutCredentials(line)}\n`).join('');
}
