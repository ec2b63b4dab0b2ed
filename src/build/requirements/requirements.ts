import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, posix, relative, resolve } from 'node:path';
import { withoutCredentials } from '../../secrets.ts';
import { BuildError, codeOf, refuse } from '../errors.ts';
import { ALL_HASHES } from '../installer/index-fault.ts';
import { manifestOf } from '../manifest.ts';
import { canonicalRequirement, hashesAsked, logicalLines, nameIn, requirementFault } from './requirement-lines.ts';

/** One logical line of a requirements file: continuation lines joined, comments removed. */
export interface RequirementLine {
  kind: 'requirement' | 'constraint' | 'option';
  /** As the installer gets it: local paths absolute. May hold credentials; never shown. */
  text: string;
  /** As the hash gets it: names normalised, local paths relative with a digest of what they name, no credentials. */
  canonical: string;
  /** Values of variables that were filled into the text; never shown. */
  secrets?: readonly string[];
  /** Relative to the source tree. */
  file: string;
  line: number;
}

/** A requirements file with all that it names by `-r` and `-c`. */
export interface Requirements {
  file: string;
  lines: RequirementLine[];
  /** Whether they are of a lock file: nothing is left to resolve. */
  locked: boolean;
}

type Kind = 'requirement' | 'constraint';
interface Reader {
  top: string;
  seen: Set<string>;
  lines: RequirementLine[];
  faults: BuildError[];
}

/**
 * Reads a requirements file of the source tree, following `-r` and `-c` relative to the file that names them.
 *
 * @param top - folder of the source tree
 * @param file - path relative to it
 * @throws BuildErrors with all missing files and refused lines together, each with file and line
 */
export async function readRequirements(top: string, file: string): Promise<Requirements> {
  const reader: Reader = { top, seen: new Set(), lines: [], faults: [] };
  await readInto(reader, file, 'requirement', null);
  refuse([...reader.faults, ...lackingHashes(reader.lines)]);
  return { file, lines: reader.lines, locked: false };
}

/**
 * Lines as of a requirements file that stand in another one (a lock file, a `pyproject.toml`).
 * @throws BuildErrors with all faults, each at its line
 */
export async function linesOf(
  top: string,
  file: string,
  texts: readonly { text: string; line: number }[],
): Promise<RequirementLine[]> {
  const reader: Reader = { top, seen: new Set(), lines: [], faults: [] };
  for (const { text, line } of texts) await readLine(reader, file, line, text, 'requirement');
  refuse(reader.faults);
  return reader.lines;
}

/** Where one package has a hash, all have to, themselves or by a constraint: a faked one could else come in beside it. Pure. */
function lackingHashes(lines: readonly RequirementLine[]): BuildError[] {
  const wanted = lines.some(({ canonical }) => / --hash=/.test(canonical) || canonical === '--require-hashes');
  if (!wanted) return [];
  const hashed = hashesAsked(lines);
  return lines
    .filter(({ kind, canonical }) => kind === 'requirement' && !/ @ | sha256:|^[^ ]+:\/\//.test(canonical))
    .filter(({ canonical }) => !hashed.has(nameIn(canonical) ?? ''))
    .map(
      ({ canonical, file, line }) =>
        new BuildError(`${canonical} has no hash, and others have one`, { mend: ALL_HASHES, place: { file, line } }),
    );
}

async function readInto(
  reader: Reader,
  file: string,
  kind: Kind,
  from: { file: string; line: number } | null,
): Promise<void> {
  const path = posix.normalize(file);
  if (reader.seen.has(`${kind} ${path}`)) return;
  reader.seen.add(`${kind} ${path}`);
  const add = (what: string, mend: string): void => {
    reader.faults.push(new BuildError(what, { mend, place: from ?? { file: path } }));
  };
  if (path.startsWith('../') || posix.isAbsolute(path)) {
    add(`${file} lies outside of the source tree`, 'name a file of the repository');
    return;
  }
  let content: string;
  try {
    content = await readFile(join(reader.top, path), 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' && codeOf(thrown) !== 'EISDIR') throw thrown;
    add(
      `${from === null ? 'this file' : path} is not in the commit`,
      'commit the file, or mend its name (python: { requirements: FILE } in graceful.yml)',
    );
    return;
  }
  for (const { text, line } of logicalLines(content)) await readLine(reader, path, line, text, kind);
}

async function readLine(reader: Reader, file: string, line: number, text: string, kind: Kind): Promise<void> {
  const add = (what: string, mend: string): void => {
    reader.faults.push(new BuildError(what, { mend, place: { file, line } }));
  };
  const option = /^(-{1,2}[a-zA-Z-]*?)(?:\s*=\s*|\s+|(?<=^-[a-zA-Z])(?=\S)|$)(.*)$/.exec(text);
  const [, name = '', value = ''] = option ?? [];
  switch (name) {
    case '':
      await readRequirement(reader, file, line, text, kind);
      return;
    case '-r':
    case '--requirement':
    case '-c':
    case '--constraint': {
      if (value.includes('://')) {
        add(
          `${withoutCredentials(value)} is a web address`,
          'copy that file into the repository: a build must not depend on what it is today',
        );
        return;
      }
      const constraint = kind === 'constraint' || name === '-c' || name === '--constraint';
      await readInto(reader, posix.join(posix.dirname(file), value), constraint ? 'constraint' : 'requirement', {
        file,
        line,
      });
      return;
    }
    case '-e':
    case '--editable':
      add(
        `an editable requirement (${name}) points into the runner's own folders`,
        "leave out -e: the repository's own code is deployed anyway, other packages are installed as copies",
      );
      return;
    case '-f':
    case '--find-links': {
      const local = value.includes('://') ? null : await localPath(reader, file, value);
      if (local === undefined) add(`${value} is not in the commit`, 'commit the file or folder, or mend its name');
      else {
        const canonical = local === null ? `--find-links ${withoutCredentials(value)}` : `--find-links ${local.shown}`;
        reader.lines.push({ kind: 'option', text: `--find-links ${local?.path ?? value}`, canonical, file, line });
      }
      return;
    }
    default: {
      const long = name === '-i' ? '--index-url' : name;
      const written = value === '' ? long : `${long} ${value}`;
      reader.lines.push({ kind: 'option', text: written, canonical: withoutCredentials(written), file, line });
    }
  }
}

/** What is named by a path: `NAME @` before an address `file:`, or before a path as uv takes it; or a path (perhaps) alone. */
const PATH = /^(?:([A-Za-z0-9][\w.[\],\s-]*?)\s*@\s*(?:file:(?:\/\/)?|(?=\.{0,2}\/|[^\s:$@]+(?:\s|$))))?(\S+)/;

async function readRequirement(reader: Reader, file: string, line: number, text: string, kind: Kind): Promise<void> {
  const [start = '', name, path = ''] = PATH.exec(text) ?? [];
  const bare = path.replace(/\[[^\]]*\]$/, '');
  const isPath =
    name !== undefined ||
    /^(\.{1,2}(\/|$)|\/|file:)/.test(bare) ||
    /^[^:]+\.(whl|zip|tar\.gz|tar\.bz2|tgz)$/.test(bare);
  const add = (what: string, mend: string): void => {
    reader.faults.push(new BuildError(what, { mend, place: { file, line } }));
  };
  // As pip does: what has a slash in it, and is there, needs no `./` before it.
  const mayBe = isPath || /^[^:@]+\/[^:@]*$/.test(bare);
  const local = mayBe ? await localPath(reader, file, bare.replace(/^file:(\/\/)?/, '')) : undefined;
  if (!isPath && local === undefined) {
    const fault = requirementFault(text);
    if (fault !== undefined) {
      add(withoutCredentials(fault), 'write NAME, NAME==VERSION, NAME>=VERSION,<VERSION or NAME @ ADDRESS');
      return;
    }
    reader.lines.push({
      kind,
      text,
      canonical: `${kind === 'constraint' ? 'constraint ' : ''}${canonicalRequirement(text)}`,
      file,
      line,
    });
    return;
  }
  if (local === undefined) {
    add(`${bare} is not in the commit`, 'commit the file or folder, or mend its name');
    return;
  }
  const after = `${path.slice(bare.length)}${text.slice(start.length)}`;
  const named = (by: string): string => (name === undefined ? '' : `${by} @ file://`);
  reader.lines.push({
    kind,
    text: `${named(name ?? '')}${local.path}${after}`,
    canonical: `${kind} ${named(canonicalRequirement(name ?? ''))}${local.shown}${after}`,
    file,
    line,
  });
}

/** What the system says where a path, or a link on its way, leads nowhere. */
const MISSING: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/** A file or folder of the tree named by a requirements file, found beside that file or from the top as pip does. */
async function localPath(
  reader: Reader,
  file: string,
  value: string,
): Promise<{ path: string; shown: string } | undefined> {
  for (const base of [posix.dirname(file), '.']) {
    const path = isAbsolute(value) ? value : resolve(reader.top, base, value);
    const inside = relative(reader.top, path);
    if (inside.startsWith('..') || isAbsolute(inside)) continue;
    try {
      const status = await stat(path);
      const digest = status.isDirectory()
        ? (await manifestOf(path, inside)).manifest.digest
        : createHash('sha256')
            .update(await readFile(path))
            .digest('hex');
      return { path, shown: `./${inside} sha256:${digest}` };
    } catch (thrown) {
      if (!MISSING.has(codeOf(thrown))) throw thrown;
    }
  }
  return undefined;
}
