/** Branches and tags of a stage that nothing ever fits: it would never be chosen, and nobody would be told. */
import type { Path } from './document.ts';
import type { GracefulFile } from './schema.ts';

interface NeverFits {
  at: Path;
  message: string;
  mend: string;
}

/** Of all stages, each at its own place. */
export function neverFit(file: GracefulFile): NeverFits[] {
  return Object.entries(file.stages).flatMap(([stage, settings]) =>
    (['branch', 'tags'] as const).flatMap((key) => {
      const given = settings[key];
      if (given === undefined) return [];
      const at: Path = ['stages', stage, key];
      const patterns = [given].flat();
      return [
        ...patterns.flatMap((pattern, index) => ofRef(pattern, Array.isArray(given) ? [...at, index] : at)),
        ...(patterns.every((pattern) => pattern.startsWith('!')) ? [nothingToLeaveOut(key, patterns, at)] : []),
      ];
    }),
  );
}

/** The name in full, as git and `GITHUB_REF` have it. */
function ofRef(pattern: string, at: Path): NeverFits[] {
  const [, no = '', name] = /^(!?)refs\/(?:heads|tags)\/(.+)$/.exec(pattern) ?? [];
  if (name === undefined) return [];
  return [
    { at, message: `"${pattern}" fits no name: those of branches and tags have no refs/`, mend: `write ${no}${name}` },
  ];
}

function nothingToLeaveOut(key: string, patterns: readonly string[], at: Path): NeverFits {
  const all = ['**', ...patterns].map((pattern) => `"${pattern}"`).join(', ');
  const message = `${key} only says what does not belong to the stage, so nothing does`;
  return { at, message, mend: `say first what does: ${key}: [${all}]` };
}
