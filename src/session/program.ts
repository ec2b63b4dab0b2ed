import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostError, UNTOUCHED } from '../ssh/error.ts';

/** Absolute paths of what travels to the host. */
export interface ProgramFiles {
  /** The host program as one zipapp. */
  program: string;
  /** The Python text that finds or installs it. */
  bootstrap: string;
}

/** The host program as this runner carries it. */
export interface Program {
  content: Buffer;
  /** SHA-256 of the content, hex. */
  sha256: string;
}

/** Where the host program lies: beside the bundle in `dist/`, or in the checkout when run from the sources. */
export function programFiles(): ProgramFiles {
  const here = import.meta.dirname;
  const beside = join(here, 'bootstrap.py');
  if (existsSync(beside)) return { program: join(here, 'graceful.pyz'), bootstrap: beside };
  const top = join(here, '..', '..');
  return { program: join(top, 'dist', 'graceful.pyz'), bootstrap: join(top, 'host', 'bootstrap.py') };
}

/** Reads and hashes the zipapp. */
export function readProgram(path: string): Program {
  const content = readPart(path);
  return { content, sha256: createHash('sha256').update(content).digest('hex') };
}

/**
 * The one command that is run on every host for every verb; a forced command ignores it. It depends on nothing but
 * bootstrap.py: site, verb and token travel in the hello line. The text in front is for whoever reads `ps` or sshd's log.
 * Quoting: only base64 within single quotes within double quotes, the same in every shell.
 */
export function execCommand(bootstrapPath: string): string {
  const text = readPart(bootstrapPath).toString('base64');
  const note = 'Graceful: starts the host program, see docs/connection.md';
  return `python3 -I -c "'${note}';import base64;exec(compile(base64.b64decode('${text}'),'bootstrap.py','exec'))"`;
}

function readPart(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new HostError({
      kind: 'start',
      what: 'a part of Graceful itself cannot be read.',
      where: path,
      state: UNTOUCHED,
      next: 'In a checkout, run `npm run build`; elsewhere use a released version.',
      cause,
    });
  }
}
