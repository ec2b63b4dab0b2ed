import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Folder of the package that a bundled module comes from, or undefined for the product's own. */
function packageFolder(module: string): string | undefined {
  const parts = module.split(sep);
  const at = parts.lastIndexOf('node_modules');
  const name = parts[at + 1];
  if (at < 0 || name === undefined) return undefined;
  return parts.slice(0, at + (name.startsWith('@') ? 3 : 2)).join(sep);
}

interface Package {
  name: string;
  version: string;
  license?: string;
}

function notice(folder: string): string {
  const { name, version, license }: Package = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = globSync('{LICENSE,LICENCE,license,licence,COPYING,NOTICE}{,.*}', { cwd: folder }).sort();
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim().replaceAll('\r\n', '\n'));
  return [`${name} ${version} (${license ?? 'see below'})`, ...texts].join('\n\n');
}

/** Names, versions and licences of all packages among the bundled modules (absolute paths), sorted. */
export function licenses(modules: string[]): string {
  const folders = new Set(modules.flatMap((module) => packageFolder(module) ?? []));
  const rule = `\n\n${'-'.repeat(78)}\n\n`;
  return `${[...folders].map(notice).sort().join(rule)}\n`;
}
