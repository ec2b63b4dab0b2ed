import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { answer, succeeds } from './command.ts';
import { ensurePackages } from './debian.ts';
import { findPythons, type Python } from './python.ts';

const PINS = join(import.meta.dirname, 'lint-tools/requirements.txt');
/** Built from its Go module, whose checksum the Go client verifies: its package on PyPI downloads a binary instead. */
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
const GO_PINS = join(import.meta.dirname, 'lint-tools/go.txt');

/** Folder of the tools for these pins and this Python; outside the checkout, so that every clone shares it. */
function toolsFolder(python: Python): string {
  const pins = [readFileSync(PINS, 'utf8'), readFileSync(GO_PINS, 'utf8'), ACTIONLINT, python.minor].join('\n');
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'graceful-dev', hash);
}

/** A Python that the pinned tools support and that can make virtual environments. */
function hostingPython(): Python {
  const candidates = () => findPythons().filter(({ minor }) => Number(minor.slice(2)) >= 11);
  const usable = ({ executable }: Python) => answer(executable, ['-c', 'import ensurepip, venv']) !== undefined;
  const found = candidates().find(usable);
  if (found) return found;
  // Debian keeps ensurepip in a package of its own.
  ensurePackages(['python3-venv']);
  const installed = candidates().find(usable);
  if (!installed) throw new Error('linting needs Python 3.11 or newer with the modules venv and ensurepip');
  return installed;
}

function must(program: string, args: string[], env: NodeJS.ProcessEnv = process.env): void {
  if (!succeeds(program, args, { env })) throw new Error(`failed: ${program} ${args.join(' ')}`);
}

function pipInstall(folder: string, pins: string): void {
  const options = ['--quiet', '--disable-pip-version-check', '--require-hashes'];
  must(join(folder, 'bin/pip'), ['install', ...options, '--requirement', pins]);
}

function buildActionlint(folder: string): void {
  if (answer('go', ['version']) === undefined) pipInstall(folder, GO_PINS);
  const path = `${process.env['PATH'] ?? ''}:${join(folder, 'bin')}`;
  must('go', ['install', ACTIONLINT], { ...process.env, PATH: path, GOBIN: join(folder, 'bin') });
}

function makeTools(folder: string, python: Python): void {
  mkdirSync(folder, { recursive: true });
  must(python.executable, ['-m', 'venv', folder]);
  pipInstall(folder, PINS);
  buildActionlint(folder);
  writeFileSync(join(folder, 'whole'), '');
}

/**
 * Folder whose `bin/` holds ruff, mypy, zizmor and actionlint at their pinned versions. Made when missing, in a folder
 * of its own that is renamed when whole: one that was begun and not finished is never used.
 */
export function lintTools(): string {
  const python = hostingPython();
  const folder = toolsFolder(python);
  const whole = existsSync(join(folder, 'whole')) && answer(join(folder, 'bin/python'), ['-c', '']) !== undefined;
  if (whole) return folder;
  console.log(`installing the linters in ${folder}`);
  const making = `${folder}.${process.pid}`;
  try {
    makeTools(making, python);
    rmSync(folder, { recursive: true, force: true });
    renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}
