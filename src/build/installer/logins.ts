/** Passwords for indexes, which installers may repeat in what they print, in one form or another. */
import { partsOf } from '../../secrets.ts';
import type { RequirementLine } from '../requirements/requirements.ts';

/**
 * What must not be shown of the addresses in requirements and in variables: passwords (and users without one, which are tokens), as they stand and decoded, and the
 * values of all `${VARIABLES}` that requirements name or that were filled in. Pure.
 */
export function loginSecrets(
  lines: readonly Pick<RequirementLine, 'text' | 'secrets'>[],
  env: NodeJS.ProcessEnv,
): string[] {
  const named = lines.flatMap(({ text }) => [...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map((match) => match[1] ?? ''));
  const variables = Object.entries(env).flatMap(([name, value = '']) =>
    /^(PIP|UV)_.*(URL|INDEX|FIND_LINKS)$/.test(name) ? [value] : [],
  );
  const passwords = Object.entries(env).flatMap(([name, value = '']) =>
    /^(UV_INDEX|POETRY_HTTP_BASIC)_.*_PASSWORD$/.test(name) ? [value] : [],
  );
  const found = [
    ...[...lines.map(({ text }) => text), ...variables].flatMap(inAddresses),
    ...named.map((name) => env[name] ?? ''),
    ...lines.flatMap(({ secrets }) => secrets ?? []),
    ...passwords,
  ];
  return [...new Set(found.flatMap((secret) => [secret, decoded(secret)]).flatMap(partsOf))];
}

function inAddresses(text: string): string[] {
  return [...text.matchAll(/[a-z][a-z0-9+.-]*:\/\/([^\s/?#"'@:]*)(?::([^\s/?#"'@]*))?@/gi)].flatMap(
    ([, user = '', password]) => {
      // The user of git over SSH is no secret, nor is a variable's name.
      const secret = password ?? (user === 'git' ? '' : user);
      return secret.startsWith('${') ? [] : [secret];
    },
  );
}

/** Text as it was before it was put into an address; as it is, where it never was. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
