/** The Python that compiles. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inside } from '../debian/inside.ts';
import { BuildError } from '../errors.ts';
import { type Ran, run } from '../run.ts';
import type { Unit } from './units.ts';

/**
 * Compiles each unit in a process of its own, forked from one that has done nothing else: what a process compiled before decides
 * about some bits (which constants marshal shares), and even what it has read. So the first process must not learn what the units
 * are, only how many. Where another program here gives other bits, BUILD_FORMAT has to change.
 *
 * FOLDER PLAN INTO COUNT JOBS FLAGS. PLAN has the units' paths, ended by NUL, each unit ended by one more; into INTO/<number> goes the
 * bytecode of a unit's modules in their order, each after its length in 4 bytes; 0 where a module cannot be compiled. FLAGS are those
 * of its head: 1 where no import compares it with its source, 3 where each does.
 */
export const PROGRAM = `
import sys
sys.path.pop(0)  # the folder it was started in
import importlib.util, marshal, os

HEAD = importlib.util.MAGIC_NUMBER + int(sys.argv.pop()).to_bytes(4, "little")

def compiled(path):
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, os.fsdecode(path), "exec", dont_inherit=True)
    except Exception:
        return b""
    return HEAD + importlib.util.source_hash(source) + marshal.dumps(code)

def compile_unit(plan, number, into):
    with open(plan, "rb") as file:
        paths = file.read().split(b"\\0\\0")[number].split(b"\\0")
    with open(os.path.join(into, str(number)), "wb") as pack:
        for path in paths:
            made = compiled(path)
            pack.write(len(made).to_bytes(4, "little") + made)

def wait():
    _, status = os.wait()
    return status != 0

def main(folder, plan, into, count, jobs):
    os.chdir(folder)
    running = 0
    failed = False
    for number in range(int(count)):
        if running == int(jobs):
            failed |= wait()
            running -= 1
        if os.fork() == 0:
            try:
                compile_unit(plan, number, into)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        running += 1
    for _ in range(running):
        failed |= wait()
    sys.exit(failed)

main(*sys.argv[1:])
`;

export interface Compiler {
  python: string;
  /** Folder for what is between; the Python sees it. */
  scratch: string;
  within: Inside | undefined;
}

/** All that decides about bytecode besides the sources, in words; and the part of file names that stands for it. */
export async function askCompiler(compiler: Compiler): Promise<{ version: string; tag: string }> {
  const { stdout } = await runPython(compiler, 'import sys; print(sys.implementation.cache_tag, sys.version)', []);
  return { version: stdout, tag: stdout.split(' ')[0] ?? '' };
}

/**
 * Compiles what is below a folder.
 *
 * @param folder - paths are relative to it, and so is what the bytecode says of where its source is
 * @param jobs - how many units at once
 * @param checked - whether each import compares it with its source
 * @returns the file with each unit's bytecode, see {@link modulesOf}
 */
export async function compileUnits(
  compiler: Compiler,
  folder: string,
  units: readonly Unit[],
  jobs: number,
  checked: boolean,
): Promise<string[]> {
  const into = join(compiler.scratch, 'bytecode');
  const plan = join(compiler.scratch, 'bytecode.plan');
  await mkdir(into, { recursive: true });
  await writeFile(plan, units.map((unit) => unit.map(({ path }) => path).join('\0')).join('\0\0'));
  const args = [folder, plan, into, String(units.length), String(jobs), checked ? '3' : '1'];
  await runPython(compiler, PROGRAM, args).catch((thrown: unknown) => {
    // That has the whole program in it.
    if (!(thrown instanceof BuildError)) throw thrown;
    throw new BuildError(`Python modules could not be compiled to bytecode with ${compiler.python}`, {
      mend: 'see what Python says; is the disk of the runner full, or its memory?',
      output: [...thrown.output],
      cause: thrown,
    });
  });
  return units.map((_, number) => join(into, String(number)));
}

/** Bytecode of each module of a unit, in their order; null for what cannot be compiled: packages do ship templates, and tests for other Pythons. */
export function modulesOf(unit: Buffer): (Buffer | null)[] {
  const modules: (Buffer | null)[] = [];
  for (let at = 0; at < unit.length; ) {
    const start = at + 4;
    at = start + unit.readUInt32LE(at);
    modules.push(at === start ? null : unit.subarray(start, at));
  }
  return modules;
}

function runPython({ python, scratch, within }: Compiler, program: string, args: readonly string[]): Promise<Ran> {
  return run([python, '-S', '-W', 'ignore', '-c', program, ...args], {
    cwd: scratch,
    env: { PATH: '/usr/bin:/bin', PYTHONHASHSEED: '0', LC_ALL: 'C.UTF-8' },
    within,
  });
}
