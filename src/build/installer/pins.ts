/** What installers say of packages: which versions they come to, and why one is not to be had. */
import { BuildError, refuse } from '../errors.ts';
import { hashesAsked, normaliseName } from '../requirements/requirement-lines.ts';
import type { RequirementLine, Requirements } from '../requirements/requirements.ts';
import { ALL_HASHES } from './index-fault.ts';

/**
 * The hashes that requirements have themselves stand over those that the index tells (uv would take these instead).
 * @throws BuildErrors for each package that has none, where others have
 */
export function withAskedHashes(pins: readonly string[], { file, lines }: Requirements): string[] {
  const asked = hashesAsked(lines);
  const wanted = asked.size > 0 || lines.some(({ text }) => text === '--require-hashes');
  if (!wanted) return [...pins];
  const named = pins.map((pin) => ({ pin, name: /^([\w.-]+)==/.exec(pin)?.[1] }));
  refuse(
    named.flatMap(({ pin, name }) => {
      if (name === undefined || asked.has(normaliseName(name))) return [];
      const package_ = pin.replace(/\s+--hash=.*$/, '').replace('==', ' ');
      return new BuildError(`${package_} is needed and has no hash, and others have one`, {
        mend: ALL_HASHES,
        place: { file },
      });
    }),
  );
  return named.map(({ pin, name }) => {
    const hashes = name === undefined ? undefined : asked.get(normaliseName(name));
    return hashes === undefined ? pin : [pin.replace(/\s+--hash=\S+/g, ''), ...hashes].join(' ');
  });
}

/**
 * Pinned lines of pip's installation report (version 1, pip 22.2 and newer). Pure.
 *
 * @param asked - the requirements: their logins are not in the report, and are needed to install
 */
export function pinsOf(report: unknown, asked: readonly Pick<RequirementLine, 'text'>[] = []): string[] {
  const logins = asked.flatMap(({ text }) => loginIn(text) ?? []);
  const items = list(field(report, 'install'));
  return items.map((item) => {
    const name = normaliseName(String(field(field(item, 'metadata'), 'name')));
    const version = String(field(field(item, 'metadata'), 'version'));
    const download = field(item, 'download_info');
    const url = withLogin(String(field(download, 'url')), name, logins);
    const folder = field(download, 'subdirectory');
    const part = typeof folder === 'string' ? `#subdirectory=${folder}` : '';
    const commit = field(field(download, 'vcs_info'), 'commit_id');
    if (typeof commit === 'string')
      return `${name} @ ${String(field(field(download, 'vcs_info'), 'vcs'))}+${url}@${commit}${part}`;
    const sha256 = field(field(field(download, 'archive_info'), 'hashes'), 'sha256');
    const hash = typeof sha256 === 'string' ? ` --hash=sha256:${sha256}` : '';
    return field(item, 'is_direct') === true ? `${name} @ ${url}${part}${hash}` : `${name}==${version}${hash}`;
  });
}

/** A login that stands in a requirement, and what it is for: a package by its name, or an address. */
interface Login {
  login: string;
  name: string | undefined;
  /** Without scheme and login. */
  address: string;
}

function loginIn(text: string): Login | undefined {
  const [, named, scheme = '', login, rest = ''] =
    /^(?:([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*@\s*)?([a-z][a-z0-9+.-]*:\/\/)([^\s/?#]*)@(\S*)/i.exec(text) ?? [];
  if (login === undefined) return undefined;
  const [place = '', part = ''] = rest.split('#');
  const name = named ?? /(?:^|&)egg=([\w.-]+)/.exec(part)?.[1];
  // Behind the address of a repository stands what is wanted of it.
  const address = scheme.includes('+') ? place.replace(/@.*$/, '') : place;
  return { login, name: name === undefined ? undefined : normaliseName(name), address };
}

/** An address of pip's report with the login that was asked with: for the same package and host, and no other. */
function withLogin(url: string, name: string, logins: readonly Login[]): string {
  const [, scheme = '', address] = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/?#]*@)?(\S*)$/i.exec(url) ?? [];
  if (address === undefined) return url;
  const hostOf = (one: string): string => (/^[^/?#]*/.exec(one)?.[0] ?? '').toLowerCase();
  const found = logins.find(
    (one) =>
      hostOf(one.address) === hostOf(address) && (one.name === undefined ? one.address === address : one.name === name),
  );
  return found === undefined ? url : `${scheme}${found.login}@${address}`;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a line of pip's long words tells why a package was not found on an index. Pure. */
export function saysWhy(line: string, name: string): boolean {
  if (line.includes('Could not fetch URL')) return true;
  const wheel = /Skipping link: none of the wheel's tags .*\/([^/-]+)-[^/]*\.whl/.exec(line)?.[1];
  return wheel !== undefined && normaliseName(wheel) === normaliseName(name);
}

/** pip before 24.1 takes no `NAME @ git+file:///...`, but the older way of saying the same. Pure. */
export function forPip(line: string): string {
  const [, name, extras = '', address, part = '', rest = ''] =
    /^([\w.-]+)\s*(\[[^\]]*\])?\s*@\s*(git\+file:\/\/\/[^\s#;]+)(#[^\s;]+)?(.*)$/.exec(line) ?? [];
  if (name === undefined) return line;
  return `${address}${part === '' ? '#' : `${part}&`}egg=${name}${extras}${rest}`;
}
