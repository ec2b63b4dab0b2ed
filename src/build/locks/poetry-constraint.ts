import { satisfies, validRange } from '@renovatebot/pep440';

/**
 * Whether a version fits what Poetry asks for: `^4.2`, `~4.2`, `4.*`, `>=4,<6`, `^3.9 || ^4`, or a bare version. What is no such
 * thing fits: then it is not by the version that packages differ. Pure.
 */
export function fitsConstraint(version: string, constraint: string): boolean {
  return constraint.split('||').some((part) =>
    part
      .trim()
      .split(/\s*,\s*|(?<=[\w*])\s+(?=[<>=!~^])/)
      .filter((one) => one !== '' && one !== '*')
      .every((one) => {
        const range = rangeOf(one);
        return !validRange(range) || satisfies(version, range, { prereleases: true });
      }),
  );
}

/** One bound in the words of PEP 440. */
function rangeOf(bound: string): string {
  const [, sign = '', version = ''] = /^(\^|~(?!=))?\s*(.*)$/.exec(bound) ?? [];
  if (sign === '') return /^[<>=!~]/.test(version) ? version.replace(/\s+/g, '') : `==${version}`;
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  // ^ keeps the first number that is not 0, ~ the second one where there is one.
  const first = parts.findIndex((part) => part !== 0);
  const kept = sign === '^' ? (first === -1 ? parts.length - 1 : first) : Math.min(1, parts.length - 1);
  const upper = parts.slice(0, kept + 1).map((part, index) => (index === kept ? part + 1 : part));
  return `>=${version},<${upper.join('.')}`;
}
