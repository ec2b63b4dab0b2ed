import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { answer } from './command.ts';
import { toolFolder } from './tool-folder.ts';
import { hostingPython, makeVenv } from './venv.ts';

const PINS = join(import.meta.dirname, '../demo/requirements.txt');

/** A Python that has supervisord, for the host program's unit tests; made when missing. */
export function supervisordPython(): string {
  const python = hostingPython();
  const inside = (folder: string) => join(folder, 'bin/python');
  const folder = toolFolder({
    name: 'supervisord',
    pins: [readFileSync(PINS, 'utf8'), python.minor].join('\n'),
    make: (made) => makeVenv(made, PINS, python),
    works: (made) => answer(inside(made), ['-m', 'supervisor.supervisord', '--version']) !== undefined,
  });
  return inside(folder);
}
