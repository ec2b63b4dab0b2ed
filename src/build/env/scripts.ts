import { createHash } from 'node:crypto';
import { chmod, lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { codeOf } from '../errors.ts';

/**
 * First lines of a script that runs with the Python beside it, wherever its folder stands and through whatever links it
 * is called: to `sh` an exec, to Python a string. (A `#!` line can hold neither a relative path nor a long one.)
 */
const RELOCATABLE = `#!/bin/sh
'''exec' "$(dirname -- "$(readlink -f -- "$0")")/python" "$0" "$@"
' '''
`;

/** Files in dist-info that tell how and by whom a package was installed; they differ from run to run. */
const TRACES = /^(INSTALLER|REQUESTED|uv_.*\.json)$/;

/** A script for one entry point, the same whichever installer ran. Pure. */
function entryPointScript(module: string, attribute: string): string {
  const [name = ''] = attribute.split('.');
  return `${RELOCATABLE}import sys\nfrom ${module} import ${name}\n\nif __name__ == "__main__":\n    sys.exit(${attribute}())\n`;
}

/** Console and GUI scripts in the text of an `entry_points.txt`. Pure. */
export function entryPoints(text: string): { script: string; module: string; attribute: string }[] {
  const found: { script: string; module: string; attribute: string }[] = [];
  let section = '';
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    const head = /^\[(.*)\]$/.exec(line);
    if (head) section = (head[1] ?? '').trim();
    else if (section === 'console_scripts' || section === 'gui_scripts') {
      const entry = /^([^=#;]+?)\s*=\s*([\w.]+)\s*:\s*([\w.]+)/.exec(line);
      if (entry) found.push({ script: entry[1] ?? '', module: entry[2] ?? '', attribute: entry[3] ?? '' });
    }
  }
  return found;
}

/**
 * A script whose interpreter is `folder`'s Python, made to find it beside itself; null when it is not such a script.
 * Knows both forms that installers write: `#!FOLDER/bin/python`, and for long paths `#!/bin/sh` and an exec. Pure.
 */
export function relocated(script: string, folder: string): string | null {
  const lines = script.split('\n');
  const [first = '', second = '', third = ''] = lines;
  if (first.startsWith('#!') && first.includes(`${folder}/bin/python`)) return RELOCATABLE + lines.slice(1).join('\n');
  if (first === '#!/bin/sh' && second.includes(`${folder}/bin/python`) && third.startsWith("' '''")) {
    return RELOCATABLE + lines.slice(3).join('\n');
  }
  return null;
}

/**
 * Makes the scripts of an environment relocatable, takes out the traces of installing, and writes every RECORD anew so
 * that it names what is there, in one order.
 *
 * @param folder - the virtualenv
 * @param site - its site-packages
 * @param remove - takes a file or folder away
 */
export async function normaliseDistributions(
  folder: string,
  site: string,
  remove: (path: string) => Promise<void>,
): Promise<void> {
  const infos = (await readdir(site)).filter((name) => name.endsWith('.dist-info')).sort();
  const bin = join(folder, 'bin');
  const generated = new Set<string>();
  for (const info of infos) {
    const text = await readOptional(join(site, info, 'entry_points.txt'));
    for (const { script, module, attribute } of entryPoints(text ?? '')) {
      const path = join(bin, script);
      if (!(await exists(path))) continue;
      await writeFile(path, entryPointScript(module, attribute));
      await chmod(path, 0o755);
      generated.add(script);
    }
  }
  for (const script of (await readdir(bin)).filter((name) => !generated.has(name))) {
    const path = join(bin, script);
    if (!(await lstat(path)).isFile()) continue;
    const content = await readFile(path);
    const text = content.subarray(0, 2).toString('latin1') === '#!' ? content.toString('utf8') : null;
    const mended = text === null ? null : relocated(text, folder);
    if (mended !== null) await writeFile(path, mended);
  }
  for (const info of infos) {
    for (const name of await readdir(join(site, info))) {
      if (TRACES.test(name)) await remove(join(site, info, name));
    }
    await removeLocalAddress(join(site, info, 'direct_url.json'), remove);
  }
  for (const info of infos) await rewriteRecord(site, info);
}

/** An address within the runner says nothing on a host, and one on the web may hold a token. */
async function removeLocalAddress(path: string, remove: (path: string) => Promise<void>): Promise<void> {
  const text = await readOptional(path);
  if (text !== null && /"url":\s*"(file:|[^"]*@[^"/]*\/)/.test(text)) await remove(path);
}

async function rewriteRecord(site: string, info: string): Promise<void> {
  const record = join(site, info, 'RECORD');
  const text = await readOptional(record);
  if (text === null) return;
  const rows: string[] = [];
  for (const [path = '', hash = '', size = ''] of csvRows(text)) {
    const normal = posix.normalize(path);
    if (normal === `${info}/RECORD`) rows.push(csvRow([normal, '', '']));
    else if (await exists(join(site, normal))) {
      // Only scripts were changed; the hash of everything else is the wheel's own and stands.
      rows.push(csvRow(/(^|\/)bin\/[^/]+$/.test(normal) ? await rowOf(site, normal) : [normal, hash, size]));
    }
  }
  rows.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  await writeFile(record, `${rows.join('\n')}\n`);
}

async function rowOf(site: string, path: string): Promise<string[]> {
  const content = await readFile(join(site, path));
  return [path, `sha256=${createHash('sha256').update(content).digest('base64url')}`, String(content.length)];
}

/** Rows of a RECORD: CSV with `"` around fields that need it. Pure. */
export function csvRows(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? ''),
    );
}

function csvRow(fields: string[]): string {
  return fields.map((value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',');
}

async function readOptional(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT' || codeOf(thrown) === 'ENOTDIR') return false;
    throw thrown;
  }
}
