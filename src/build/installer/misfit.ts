/** Packages that an index has for other hosts only, out of the words of uv or pip. */
import { satisfies } from '@renovatebot/pep440';
import type { Target } from '../python.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import { glibcMinor, targetWords } from '../target/platform.ts';
import type { IndexFault } from './index-fault.ts';

/** Always about one package. */
type Misfit = IndexFault & { package: string };

/**
 * Reads an installer's words; undefined when they are about something else. Pure.
 *
 * @param said all words in one line
 */
export function explainMisfit(said: string, target: Omit<Target, 'abi'>): Misfit | undefined {
  const file = namedFile(said);
  if (file !== undefined) {
    const needed = glibcOf(platformsOf(file), target);
    return {
      what: `${file} is no wheel for ${targetWords(target)}${needed === undefined ? '' : `: it needs glibc ${needed} or newer`}`,
      mend: 'put one there that is, or the source of the package',
      package: file,
    };
  }
  const { about, platforms } = toldByUv(said) ?? toldByPip(said) ?? {};
  if (about === undefined || platforms === undefined) return undefined;
  const what = `${about.replace('==', ' ')} has neither a wheel for ${targetWords(target)} nor a source package`;
  const needed = glibcOf(platforms, target);
  if (needed === undefined) return { what, mend: 'ask for a version that has one', package: about };
  return {
    what: `${what}: its wheels need glibc ${needed} or newer`,
    mend: 'ask for an older version that has one, or renew the system of the host',
    package: about,
  };
}

/** A package, with its version where one was asked for, and the platforms that it has wheels for, as far as they were told. */
interface Told {
  about: string;
  platforms: string[];
}

/** The wheel that the requirements themselves name, by its file. */
function namedFile(said: string): string | undefined {
  return /([^\s/(]+\.whl)\)?(?: dependency is incompatible with the current| is not a supported wheel on this platform)/.exec(
    said,
  )?.[1];
}

/** The platforms in a wheel's name, or in a tag of it. */
function platformsOf(tag: string): string[] {
  return (
    tag
      .replace(/\.whl$/, '')
      .split('-')
      .at(-1)
      ?.split('.') ?? []
  );
}

function toldByUv(said: string): Told | undefined {
  const about = /(\S+) ha(?:s|ve) no wheels with a matching/.exec(said)?.[1];
  if (about === undefined) return undefined;
  const hint = /Wheels are available for .*? on the following platforms?: ((?:`\w+`,? ?)+)/.exec(said)?.[1] ?? '';
  return { about, platforms: [...hint.matchAll(/\w+/g)].map(([platform]) => platform) };
}

function toldByPip(said: string): Told | undefined {
  const [, about = '', others] =
    /satisfies the requirement ([^\s;(]+)[^()]*\(from versions: ([^)]*)\)/.exec(said) ?? [];
  const [, name = '', range = ''] = /^([\w.-]+)(?:\[[^\]]*\])?(.*)/.exec(about) ?? [];
  if (range === '' && others !== 'none') return undefined;
  const passedOver = [
    ...said.matchAll(/none of the wheel's tags \(([^)]*)\)\S* .*?\/([^/\s-]+)-([^/\s-]+)-[^/\s]+\.whl/g),
  ].filter(
    ([, , package_ = '', version = '']) =>
      normaliseName(package_) === normaliseName(name) &&
      (range === '' || satisfies(version.replace('%2B', '+'), range, { prereleases: true })),
  );
  if (passedOver.length === 0) return undefined;
  const tags = passedOver.flatMap(([, each = '']) => each.split(/, ?/));
  return { about, platforms: tags.flatMap(platformsOf) };
}

/** The oldest glibc that a wheel for this machine needs, if that is what keeps all of them from the host. Pure. */
function glibcOf(
  platforms: readonly string[],
  { machine, libc, libcVersion }: Omit<Target, 'abi'>,
): string | undefined {
  const needs = platforms.flatMap((platform) => {
    const [known, minor = 0] = new RegExp(`^manylinux(?:_2_(\\d+)|1|2010|2014)_${machine}$`).exec(platform) ?? [];
    return known === undefined ? [] : [Number(minor)];
  });
  const least = Math.min(...needs);
  return libc === 'glibc' && needs.length > 0 && least > glibcMinor(libcVersion) ? `2.${least}` : undefined;
}
