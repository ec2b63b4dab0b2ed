import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { redact, withoutCredentials } from '../../secrets.ts';
import { BuildError, type BuildErrorDetails } from '../errors.ts';
import type { Target } from '../python.ts';
import { canonicalRequirement, logicalLines } from '../requirements/requirement-lines.ts';
import type { Requirements } from '../requirements/requirements.ts';
import { type RunOptions, run } from '../run.ts';
import type { Installer } from './find.ts';
import { forPip, pinsOf, saysWhy, withAskedHashes } from './pins.ts';
import { explainResolution, type ResolutionFault } from './resolution-fault.ts';

/** A package that is there, but for none that is like the host. */
export class UnfitError extends BuildError {
  /** Its name, or that of a file which the requirements name. */
  readonly package: string;

  constructor(what: string, package_: string, details: BuildErrorDetails) {
    super(what, details);
    this.package = package_;
  }
}

/** What requirements came to: every package pinned. */
export interface Resolution {
  /** One canonical `name==version --hash=...` (or `name @ url`) a line, sorted; no credentials, no folder of the runner. */
  lines: string[];
  /** What {@link install} gives to the installer, one after the other. May hold credentials; never shown or kept. */
  files: { path: string /** Whether every line in it has a hash. */; hashed: boolean }[];
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
  // A secret may look like a name, and stands in addresses alone.
  const shown = (line: string): string =>
    line.includes('://') ? redact(canonicalRequirement(line), work.run.secrets) : canonicalRequirement(line);
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
      : resolveWithPip(work, ['-r', wanted, '-c', constraints], requirements),
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
    const { what, mend, place, unfit }: ResolutionFault = explainResolution(
      thrown.output,
      requirements,
      work.target,
    ) ?? {
      what: `${name} ${version} could not bring the packages together`,
      mend: 'see the lines above',
      place: { file: requirements.file },
    };
    // That says all there is to say; and there may be many of them.
    if (unfit !== undefined) throw new UnfitError(what, unfit, { mend, place, cause: thrown });
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
export function lockedIndexes(work: Work, { locked }: Pick<Requirements, 'locked'>): string[] {
  return locked && work.installer.name === 'uv' ? ['--index-strategy', 'unsafe-best-match'] : [];
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

async function resolveWithPip(work: Work, files: string[], { lines }: Requirements): Promise<string[]> {
  const report = join(work.scratch, 'report.json');
  await pipInstall(work, ['--dry-run', '--ignore-installed', '--report', report, ...work.aim, ...files]);
  const text = await readFile(report, 'utf8');
  await rm(report);
  return pinsOf(JSON.parse(text), lines);
}

/** The resolution as people read it: one package a line. */
export function resolvedText(resolution: Resolution): string {
  return resolution.lines.map((line) => `${withoutCredentials(line)}\n`).join('');
}
