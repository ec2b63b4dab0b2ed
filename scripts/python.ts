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

/** One interpreter of each supported release on this machine (PATH, Debian's, pyenv's), the oldest first. */
export function findPythons(): Python[] {
  const candidates = [
    ...MINORS.map((minor) => `python3.${minor}`),
    'python3',
    '/usr/bin/python3',
    ...globSync(join(homedir(), '.pyenv/versions/3.*/bin/python3')).sort(),
  ];
  const found = new Map<string, Python>();
  for (const candidate of candidates) {
    const python = pythonAt(candidate);
    if (python && !found.has(python.minor)) found.set(python.minor, python);
  }
  return MINORS.flatMap((minor) => found.get(`3.${minor}`) ?? []);
}
