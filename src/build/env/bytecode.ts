import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, posix } from 'node:path';
import { keepBytecode, keptBytecode, pruneBytecode } from '../cache/bytecode.ts';
import { type Entry, type Reading, sha256 } from '../manifest.ts';
import { BUILD_FORMAT } from '../requirements/inputs.ts';
import { turns } from '../turns.ts';
import { askCompiler, type Compiler, compileUnits, modulesOf } from './compiler.ts';
import type { Unit } from './units.ts';

export interface CompileOptions extends Compiler {
  /** Where bytecode is kept between runs; null: nowhere. */
  kept: string | null;
  /** How many processes at once; it makes no difference to the bytes. */
  jobs?: number;
  /** Whether each import compares it with its source; false where that never changes in place. */
  checked?: boolean;
  /** Sees what is written, as {@link Reading} has it. */
  inspect?: Reading['inspect'];
}

/**
 * Writes the bytecode of modules beside them. What is kept of the same sources and of the same Python is taken; either way it
 * comes out of the same kind of file, so that nothing tells which it was.
 *
 * @returns what a manifest says of it
 */
export async function compile(folder: string, units: readonly Unit[], options: CompileOptions): Promise<Entry[]> {
  const { kept, jobs = availableParallelism(), checked = false, inspect } = options;
  const { version, tag } = await askCompiler(options);
  const name = (unit: Unit): string => nameOf(unit, version, checked);
  const made: Entry[] = [];
  const folders = new Set<string>();
  const place = (unit: Unit, bytecode: Buffer): void => {
    for (const [index, content] of modulesOf(bytecode).entries()) {
      const source = unit[index];
      if (content === null || source === undefined) continue;
      const path = bytecodePath(source.path, tag);
      inspect?.(path, content, true);
      const parent = dirname(path);
      if (!folders.has(parent)) mkdirSync(`${folder}/${parent}`, { recursive: true });
      folders.add(parent);
      writeFileSync(`${folder}/${path}`, content);
      made.push({ kind: 'file', sha256: sha256(content), bytes: content.length, path });
    }
  };
  const turn = turns();
  const missing: Unit[] = [];
  for (const unit of units) {
    await turn();
    const found = kept === null ? null : keptBytecode(kept, name(unit));
    if (found === null) missing.push(unit);
    else place(unit, found);
  }
  if (missing.length === 0) return made;
  if (kept !== null) mkdirSync(kept, { recursive: true });
  for (const [index, path] of (await compileUnits(options, folder, missing, jobs, checked)).entries()) {
    await turn();
    const unit = missing[index] ?? [];
    const bytecode = readFileSync(path);
    place(unit, bytecode);
    if (kept !== null) keepBytecode(kept, name(unit), bytecode);
  }
  if (kept !== null) await pruneBytecode(kept);
  return made;
}

/** Where Python looks for the bytecode of a module. Pure. */
function bytecodePath(source: string, tag: string): string {
  return posix.join(posix.dirname(source), '__pycache__', `${posix.basename(source, '.py')}.${tag}.pyc`);
}

/** Name under which a unit's bytecode is kept: all that it is made from. Pure. */
function nameOf(unit: Unit, version: string, checked: boolean): string {
  const made = {
    format: BUILD_FORMAT,
    version,
    checked,
    unit: unit.map(({ path, sha256: content }) => [path, content]),
  };
  return sha256(JSON.stringify(made));
}
