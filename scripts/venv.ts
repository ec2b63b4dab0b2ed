import { join } from 'node:path';
import { answer, must } from './command.ts';
import { ensurePackages } from './debian.ts';
import { findPythons, type Python } from './python.ts';

/** A Python that the pinned tools support and that can make virtual environments. */
export function hostingPython(): Python {
  const candidates = () => findPythons().filter(({ minor }) => Number(minor.slice(2)) >= 11);
  const usable = ({ executable }: Python) => answer(executable, ['-c', 'import ensurepip, venv']) !== undefined;
  const found = candidates().find(usable);
  if (found) return found;
  // Debian keeps ensurepip in a package of its own.
  ensurePackages(['python3-venv']);
  const installed = candidates().find(usable);
  if (!installed) throw new Error('the tools need Python 3.11 or newer with the modules venv and ensurepip');
  return installed;
}

/** Makes a virtual environment with what a file of pins and hashes names. */
export function makeVenv(folder: string, pins: string, python = hostingPython()): void {
  must(python.executable, ['-m', 'venv', folder]);
  const options = ['--quiet', '--disable-pip-version-check', '--require-hashes'];
  must(join(folder, 'bin/pip'), ['install', ...options, '--requirement', pins]);
}
