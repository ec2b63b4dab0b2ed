/** Why an index did not give a package, out of the words of uv or pip, which would else only say that there is none. */
import { withoutCredentials } from '../../secrets.ts';
import type { Requirements } from '../requirements/requirements.ts';

/** What is wrong, and what to do about it. */
export interface IndexFault {
  what: string;
  mend: string;
  /** The package that it is about, with its version where one was asked for. */
  package: string | undefined;
}

export const ALL_HASHES =
  'write all packages with their hashes: uv pip compile --generate-hashes, or pip-compile --generate-hashes';

const REFUSALS = [
  /index(?: URL)? \((?<url>\S+?)\) (?:could not be queried due to a lack of valid authentication credentials \(|returned an? )(?<status>40[13])/i,
  /Could not fetch URL (?<url>\S+?): (?<status>40[13]) Client Error/,
  /HTTP status client error \((?<status>40[13])[^)]*\) for url \((?<url>[^)]*)\)/,
];

const TROUBLES = [
  /HTTP status server error \((?<status>5\d\d)[^)]*\) for url \((?<url>[^)]*)\)/,
  /Could not fetch URL (?<url>\S+?): (?<status>5\d\d) Server Error/,
  /Could not fetch URL (?<url>\S+?): [^ ].*?Max retries exceeded.*?too many (?<status>5\d\d) error responses/,
];

/**
 * Reads an installer's words; undefined when they are about something else. Pure.
 *
 * @param said all words in one line
 */
export function explainIndex(
  said: string,
  { file, lines }: Pick<Requirements, 'file' | 'lines'>,
): IndexFault | undefined {
  const own = `an index of your own is named by --index-url in ${file}, PIP_INDEX_URL or UV_INDEX_URL`;
  const refused = REFUSALS.map((pattern) => pattern.exec(said)?.groups).find((groups) => groups !== undefined);
  if (refused !== undefined) {
    const { url = '', status = '' } = refused;
    return {
      what: `the index ${hostOf(url)} refuses the login (${status} ${status === '401' ? 'Unauthorized' : 'Forbidden'})`,
      mend: `give the step a login that may read there, from a secret (docs/build.md, "Private indexes")`,
      package: undefined,
    };
  }
  const troubled = TROUBLES.map((pattern) => pattern.exec(said)?.groups).find((groups) => groups !== undefined);
  if (troubled !== undefined) {
    const { url = '', status = '' } = troubled;
    return {
      what: `the index ${hostOf(url)} is in trouble (${status})`,
      mend: `run it again; ${own}`,
      package: undefined,
    };
  }
  if (/invalid peer certificate|CERTIFICATE_VERIFY_FAILED/.test(said))
    return {
      what: 'the certificate of the package index is not one that is trusted here',
      mend: 'name the file of the authority that signed it by SSL_CERT_FILE (uv) and PIP_CERT (pip), set by env of the step',
      package: undefined,
    };
  if (
    /Failed to establish a new connection|tcp connect error|dns error|error sending request|Read timed out/.test(said)
  )
    return { what: 'the package index cannot be reached', mend: `run it again; ${own}`, package: undefined };
  if (isGitFault(said)) {
    const from = /git (?:clone|fetch|checkout)\b.*? '?(\w+:\/\/[^\s'@]+)/.exec(said)?.[1] ?? 'git+';
    const name = lines.find(({ text }) => text.includes('git+') && text.includes(from))?.text.split(/[ @[]/)[0];
    return {
      what: `the git repository${name === undefined ? '' : ` of ${name}`}, or the commit that is asked for, cannot be had`,
      mend: 'see that the commit was pushed, and that the runner may read the repository',
      package: name,
    };
  }
  const other =
    /Hash mismatch for [`']?([^`'\s]+)/.exec(said)?.[1] ??
    /DO NOT MATCH THE HASHES.*? {1}(\S+==\S+|\S+) from /.exec(said)?.[1];
  if (other !== undefined)
    return {
      what: `${other.replace('==', ' ')} is not what its hash says`,
      mend: 'find out why before you take the new hash: its files were exchanged on the index, or the hash is of another version',
      package: other,
    };
  const unhashable =
    /Can't verify hashes for these|point to local (?:files|directories)|way to hash version control/.test(said);
  if (unhashable)
    return {
      what: 'pip takes hashes for all requirements or for none, and a commit or a folder can have none',
      mend: 'let uv install (add a step with uses: astral-sh/setup-uv), or leave the hashes out',
      package: undefined,
    };
  const bare = /In --require-hashes mode, all requirements must have.*?:\s+(\S+)/.exec(said)?.[1];
  if (bare !== undefined)
    return {
      what: `${withoutCredentials(bare)} is needed and has no hash, and others have one`,
      mend: ALL_HASHES,
      package: bare,
    };
  return undefined;
}

function hostOf(url: string): string {
  return /^[a-z]+:\/\/(?:[^/@]*@)?([^/\s]+)/i.exec(url)?.[1] ?? url;
}

/** Whether it was git that failed: nothing is to be compiled for that. Pure. */
export function isGitFault(said: string): boolean {
  return /Git operation failed|git (clone|fetch|checkout)\b.*? did not run successfully/.test(said);
}
