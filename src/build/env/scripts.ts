import { createHash } from 'node:crypto';
import { chmod, lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { codeOf } from '../errors.ts';
import { type Found, filesIn } from '../manifest.ts';

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

/** Bytecode that a wheel brings: it is not ours. */
const FOREIGN = /(^|\/)__pycache__\/[^/]+\.py[co]$/;

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
 * Makes the scripts of an environment relocatable, takes out the traces of installing and foreign bytecode, and writes
 * every RECORD anew so that it names what is there, in one order.
 *
 * @param folder - the virtualenv
 * @param site - its site-packages
 * @returns what is there, and the paths that each distribution names
 */
export async function normaliseDistributions(
  folder: string,
  site: string,
): Promise<{ files: Found[]; distributions: string[][] }> {
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
      if (TRACES.test(name)) await rm(join(site, info, name), { recursive: true });
    }
    await removeLocalAddress(join(site, info, 'direct_url.json'));
  }
  const { foreign = [], files = [] } = Object.groupBy(await filesIn(folder, 'the environment'), ({ path }) =>
    FOREIGN.test(path) ? 'foreign' : 'files',
  );
  for (const { path } of foreign) await rm(join(folder, path));
  const present = new Set(files.map(({ path }) => path));
  const distributions: string[][] = [];
  for (const info of infos)
    distributions.push(await rewriteRecord(folder, posix.relative(folder, site), info, present));
  return { files, distributions };
}

/** An address within the runner says nothing on a host, and one on the web may hold a token. */
async function removeLocalAddress(path: string): Promise<void> {
  const text = await readOptional(path);
  if (text !== null && /"url":\s*"(file:|[^"]*@[^"/]*\/)/.test(text)) await rm(path);
}

/** @returns the paths in it, relative to the environment */
async function rewriteRecord(
  folder: string,
  site: string,
  info: string,
  present: ReadonlySet<string>,
): Promise<string[]> {
  const record = join(folder, site, info, 'RECORD');
  const text = await readOptional(record);
  if (text === null) return [];
  const rows: string[] = [];
  const paths: string[] = [];
  for (const [written = '', hash = '', size = ''] of csvRows(text)) {
    const name = posix.normalize(written);
    const path = posix.join(site, name);
    if (!present.has(path)) continue;
    paths.push(path);
    // Only scripts were changed; the hash of everything else is the wheel's own and stands.
    if (name === `${info}/RECORD`) rows.push(csvRow([name, '', '']));
    else rows.push(csvRow(/(^|\/)bin\/[^/]+$/.test(name) ? await rowOf(folder, path, name) : [name, hash, size]));
  }
  const sorted = rows.map((row) => Buffer.from(`${row}\n`)).sort(Buffer.compare);
  await writeFile(record, Buffer.concat(sorted));
  return paths;
}

async function rowOf(folder: string, path: string, name: string): Promise<string[]> {
  const content = await readFile(join(folder, path));
  return [name, `sha256=${createHash('sha256').update(content).digest('base64url')}`, String(content.length)];
}

/** Rows of a RECORD: CSV with `"` around fields that need it. Pure. */
export function csvRows(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => (line.includes('"') ? quotedFields(line) : line.split(',')));
}

function quotedFields(line: string): string[] {
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g);
  return [...fields].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
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
