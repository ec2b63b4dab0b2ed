/** What installers say of packages: which versions they come to, and why one is not to be had. */
import { BuildError, refuse } from '../errors.ts';
import { hashesAsked, normaliseName } from '../requirements/requirement-lines.ts';
import type { Requirements } from '../requirements/requirements.ts';
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

/** Pinned lines of pip's installation report (version 1, pip 22.2 and newer). Pure. */
export function pinsOf(report: unknown): string[] {
  const items = list(field(report, 'install'));
  return items.map((item) => {
    const name = normaliseName(String(field(field(item, 'metadata'), 'name')));
    const version = String(field(field(item, 'metadata'), 'version'));
    const download = field(item, 'download_info');
    const url = String(field(download, 'url'));
    const commit = field(field(download, 'vcs_info'), 'commit_id');
    if (typeof commit === 'string')
      return `${name} @ ${String(field(field(download, 'vcs_info'), 'vcs'))}+${url}@${commit}`;
    const sha256 = field(field(field(download, 'archive_info'), 'hashes'), 'sha256');
    const hash = typeof sha256 === 'string' ? ` --hash=sha256:${sha256}` : '';
    return field(item, 'is_direct') === true ? `${name} @ ${url}${hash}` : `${name}==${version}${hash}`;
  });
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
