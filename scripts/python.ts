import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { answer } from './command.ts';

/** Python releases that hosts may have. */
const MINORS = [9, 10, 11, 12, 13, 14];

export interface Python {
  /** `3.11` */
  minor: string;
  executable: string;
}

function pythonAt(executable: string): Python | undefined {
  const minor = answer(executable, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  return minor === undefined ? undefined : { minor, executable };
}

/** Paths first and commands last: those may be wrappers that choose a Python by the folder they are called in, slowly. */
function* candidates(): Generator<string> {
  yield '/usr/bin/python3';
  yield* globSync(join(homedir(), '.pyenv/versions/3.*/bin/python3')).sort();
  yield 'python3';
}

let known: Python[] | undefined;

/** One interpreter of each supported release on this machine (Debian's, pyenv's, PATH), the oldest first. */
export function findPythons(): Python[] {
  if (known) return known;
  const found = new Map<string, Python>();
  const add = (candidate: string) => {
    const python = pythonAt(candidate);
    if (python && !found.has(python.minor)) found.set(python.minor, python);
  };
  for (const candidate of candidates()) add(candidate);
  for (const minor of MINORS.filter((number) => !found.has(`3.${number}`))) add(`python3.${minor}`);
  known = MINORS.flatMap((minor) => found.get(`3.${minor}`) ?? []);
  return known;
}
