import type { BuildErrorDetails, Place } from '../errors.ts';
import type { Target } from '../python.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import type { Requirements } from '../requirements/requirements.ts';
import { explainIndex, isGitFault } from './index-fault.ts';
import { explainMisfit } from './misfit.ts';

/** What an installer's words come to. */
export interface ResolutionFault extends Pick<BuildErrorDetails, 'mend'> {
  what: string;
  place: Place;
  /** The package, where it is there but not for a host like this: others may be so too, which installers do not say. */
  unfit?: string;
}

/**
 * Why requirements could not be resolved or installed, out of the words of uv or pip, at the line that asks for the package where
 * one does. Their words differ from release to release: what is not recognised is undefined. Pure.
 *
 * @param target what it is for
 */
export function explainResolution(
  output: readonly string[],
  requirements: Pick<Requirements, 'file' | 'lines'>,
  target: Omit<Target, 'abi'>,
): ResolutionFault | undefined {
  const said = output.join(' ').replace(/\s+/g, ' ');
  const { file } = requirements;
  const { minor } = target;
  const asked = (package_: string): Place => {
    const name = nameOf(package_);
    const line = requirements.lines.find(
      ({ kind, canonical, text }) =>
        kind === 'requirement' && (/^[\w-]+/.exec(canonical)?.[0] === name || text.endsWith(`/${package_}`)),
    );
    return line === undefined ? { file } : { file: line.file, line: line.line };
  };
  const index = explainIndex(said, requirements);
  const misfit = index === undefined ? explainMisfit(said, target) : undefined;
  const fault = index ?? misfit;
  if (fault !== undefined) {
    const { what, mend, package: about } = fault;
    const place = about === undefined ? { file } : asked(about);
    return { what, mend, place, ...(misfit === undefined ? {} : { unfit: nameOf(misfit.package) }) };
  }
  const needy = needsPython(said);
  if (needy !== undefined) {
    return {
      what: `${needy.package} needs Python ${needy.python}, and the site runs on ${minor}`,
      mend: `ask for a version that runs on Python ${minor}, or name a newer Python of the host: python: { version: "3.x" } in graceful.yml`,
      place: asked(needy.package),
      unfit: nameOf(needy.package),
    };
  }
  const unknown =
    /Because (\S+) was not found in/.exec(said)?.[1] ??
    /requirement (\S+)[^()]* \(from versions: none\)/.exec(said)?.[1];
  if (unknown !== undefined) {
    const mend = 'mend its name, or name the index that has it by --index-url';
    return { what: `there is no package ${unknown} for Python ${minor}`, mend, place: asked(unknown) };
  }
  const missing =
    /there is no version of ([^\s,]+)/.exec(said)?.[1] ?? /satisfies the requirement (\S+)/.exec(said)?.[1];
  if (missing !== undefined) {
    return { what: `there is no version ${missing}`, mend: 'ask for one that exists', place: asked(missing) };
  }
  if (/conflicting dependencies|requirements are unsatisfiable/.test(said)) {
    const mend = 'loosen one of the versions that the lines above name';
    return { what: 'the requirements contradict one another', mend, place: { file } };
  }
  if (isCompileFault(output)) {
    const name = /Failed (?:to build:?|building wheel for) [`']?([\w.-]+)/.exec(said)?.[1];
    return {
      what: `${name ?? 'a package'} has no wheel for this Python and could not be compiled`,
      mend: 'ask for a version with wheels; or name the Debian packages that it needs: build: { packages: [libpq-dev] } in graceful.yml, say',
      place: name === undefined ? { file } : asked(name),
    };
  }
  return undefined;
}

/** `zope-interface` of `zope.interface==6.0`. */
function nameOf(package_: string): string {
  return normaliseName(/^[A-Za-z0-9][\w.-]*/.exec(package_)?.[0] ?? '');
}

/** Whether an installer could not build a source package. Pure. */
export function isCompileFault(output: readonly string[]): boolean {
  const said = output.join(' ').replace(/\s+/g, ' ');
  const failed = /metadata-generation-failed|subprocess-exited-with-error|Failed to build|Failed building wheel/;
  return failed.test(said) && !isGitFault(said);
}

/** The package that is there for other Pythons only, and for which. */
function needsPython(said: string): { package: string; python: string } | undefined {
  const [, python, by] = /does not satisfy Python([^\s,]+) and ([^\s,]+) depends on Python/.exec(said) ?? [];
  if (python !== undefined && by !== undefined) return { package: by, python };
  const [, ignored] = /require a different python version: (.*?) ERROR:/.exec(said) ?? [];
  const [, asked] = /satisfies the requirement (\S+)/.exec(said) ?? [];
  if (ignored === undefined || asked === undefined) return undefined;
  // pip names all versions that it passed over: those that nobody asked for, and those of other packages too.
  const exact = /==([^,;]+)$/.exec(asked)?.[1];
  if (exact === undefined && said.includes('(from versions: none)')) return undefined;
  const versions = ignored.split(';').map((item) => /^\s*(\S+) Requires-Python (\S+)/.exec(item));
  const match = exact === undefined ? versions.at(-1) : versions.find((item) => item?.[1] === exact);
  return match?.[2] === undefined ? undefined : { package: asked, python: match[2] };
}
