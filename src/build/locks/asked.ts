/** What a project asks to have installed, in whichever file it says so. */
import { distance } from 'fastest-levenshtein';
import { BuildError, type Place, refuse } from '../errors.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import { linesOf, type Requirements } from '../requirements/requirements.ts';
import { holds, type MarkerHost } from './markers.ts';
import { type Pin, pinText } from './pin.ts';

/** Which file, and how much of it. */
export interface Wanted {
  /** Folder of the source tree. */
  top: string;
  /** Relative to it. */
  file: string;
  /** Dependency groups beside what the project cannot do without. */
  groups: readonly string[];
  extras: readonly string[];
  /** Variables with the logins for indexes. */
  env: NodeJS.ProcessEnv;
}

export interface Asked {
  /** The file that was read, relative to the top. */
  file: string;
  /** What could not be checked. */
  notices?: readonly string[];
  /** What it comes to on a host: a lock file's markers hold there or do not. @throws BuildError, or BuildErrors */
  on: (host: MarkerHost) => Promise<Requirements>;
}

/** The requirements that pins are. @throws BuildErrors for each that names no hash, or a file that is not there */
export async function pinned(
  { top, file }: Pick<Wanted, 'top' | 'file'>,
  pins: readonly Pin[],
  options: readonly string[],
  again: string,
): Promise<Requirements> {
  refuse(
    pins
      .filter(({ hashes, address }) => hashes.length === 0 && address === undefined)
      .map(
        ({ name, line }) =>
          new BuildError(`${name} has no hash in this lock file`, {
            mend: `${again}, with an index that tells hashes`,
            place: line === undefined ? { file } : { file, line },
          }),
      ),
  );
  const lines = await linesOf(top, file, [
    ...options.map((text) => ({ text, line: 1 })),
    ...pins.map((pin) => ({ text: pinText(pin), line: pin.line ?? 1 })),
  ]);
  return { file, lines, locked: true };
}

/** Whether a marker of a file holds. @throws BuildError at its place when it is none */
export function holdsAt(
  marker: string | undefined,
  host: MarkerHost,
  extras: ReadonlySet<string>,
  place: Place,
): boolean {
  if (marker === undefined || marker === '') return true;
  try {
    return holds(marker, host, extras);
  } catch (thrown) {
    throw new BuildError(`the marker ${marker} cannot be read`, {
      mend: 'write it as https://packaging.python.org/en/latest/specifications/dependency-specifiers/ says',
      place,
      cause: thrown,
    });
  }
}

/** Faults of groups or extras that a project does not have: each names those that it has, the nearest one first. Pure. */
export function unknownNames(
  kind: 'group' | 'extra',
  wanted: readonly string[],
  known: Iterable<string>,
  file: string,
): BuildError[] {
  const names = [...new Set(known)];
  return wanted
    .filter((name) => !names.some((one) => normaliseName(one) === normaliseName(name)))
    .map((name) => {
      const nearest = names.toSorted((a, b) => distance(name, a) - distance(name, b))[0];
      const has = names.length === 0 ? 'it has none' : `it has ${names.toSorted().join(', ')}`;
      return new BuildError(`there is no ${kind} "${name}"; ${has}`, {
        mend:
          nearest === undefined
            ? `take it out of python: { ${kind}s: [...] } in graceful.yml`
            : `set python: { ${kind}s: [${nearest}] } in graceful.yml, or add the ${kind} to the project`,
        place: { file },
      });
    });
}

/** The fault of a project whose host's Python it does not want. Pure. */
export function wrongPython(wanted: string, host: MarkerHost, place: Place): BuildError {
  return new BuildError(`the project wants Python ${wanted}, and the site runs on ${host.version}`, {
    mend: 'name another Python of the host by python: { version: "3.x" } in graceful.yml, or let the project run on this one and lock again',
    place,
  });
}
