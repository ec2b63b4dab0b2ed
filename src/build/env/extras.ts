/** Extras that are asked for and do not exist: an installer only warns of them, and the site lacks a package when it starts. */
import { BuildError } from '../errors.ts';
import { normaliseName } from '../requirements/requirement-lines.ts';
import type { RequirementLine } from '../requirements/requirements.ts';

/**
 * Faults of lines that ask an installed package for an extra that it does not have. Pure.
 *
 * @param metadata of the installed packages
 */
export function unknownExtras(lines: readonly RequirementLine[], metadata: readonly string[]): BuildError[] {
  const installed = metadata.map((text) => ({
    name: normaliseName(/^Name:\s*(\S+)/m.exec(text)?.[1] ?? ''),
    version: /^Version:\s*(\S+)/m.exec(text)?.[1] ?? '',
    extras: [...text.matchAll(/^Provides-Extra:\s*(\S+)/gm)].map(([, extra = '']) => normaliseName(extra)),
  }));
  return lines.flatMap(({ kind, canonical, file, line }) => {
    const [, name, asked = ''] = (kind === 'requirement' && /^([a-z0-9-]+)\[([^\]]+)\]/.exec(canonical)) || [];
    const found = installed.find((one) => one.name === name);
    const unknown = asked.split(',').filter((extra) => extra !== '' && found?.extras.includes(extra) === false);
    if (found === undefined || unknown.length === 0) return [];
    const there = found.extras.length === 0 ? 'it has none' : `it has ${found.extras.toSorted().join(', ')}`;
    return [
      new BuildError(`${found.name} ${found.version} has no extra ${unknown.join(', ')}`, {
        mend: `mend its name, or leave it out: ${there}`,
        place: { file, line },
      }),
    ];
  });
}
