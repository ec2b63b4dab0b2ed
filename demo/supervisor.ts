import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { acquire } from '../testbed/lock.ts';
import { must, run } from '../testbed/process.ts';

const PINS = join(import.meta.dirname, 'requirements.txt');
/** Fetching may take so long, milliseconds. */
const FETCH = 300_000;

/** Outside of the checkout, so that every clone finds it again; as root, where other users may run what is in it. */
function cacheFolder(): string {
  if (process.getuid?.() === 0) return '/var/cache/graceful';
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'graceful-dev');
}

/**
 * A virtual environment of this Python with supervisord in it, from PyPI. Made once; one that was begun and not finished, or
 * whose Python is gone, is noticed and made anew.
 * @returns its folder
 */
export async function supervisorVenv(python: string): Promise<string> {
  const version = await must([python, '-c', 'import sys; print(sys.version, sys.executable)']);
  const key = createHash('sha256')
    .update(`${await readFile(PINS, 'utf8')}${version}`)
    .digest('hex')
    .slice(0, 12);
  const venv = join(cacheFolder(), `supervisor-${key}`);
  const whole = join(venv, 'whole');
  await mkdir(cacheFolder(), { recursive: true });
  await using _lock = await acquire(`${venv}.lock`);
  const runs = await run([join(venv, 'bin/supervisord'), '--version'])
    .then(({ code }) => code === 0)
    .catch(() => false);
  if (runs && existsSync(whole)) return venv;
  await rm(venv, { recursive: true, force: true });
  await must([python, '-m', 'venv', venv]);
  const options = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--only-binary=:all:'];
  await must([join(venv, 'bin/pip'), 'install', ...options, '--requirement', PINS], { timeout: FETCH });
  await writeFile(whole, '');
  return venv;
}
