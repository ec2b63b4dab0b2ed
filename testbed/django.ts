import { must as mustRun, succeeds } from '../scripts/command.ts';
import { findPythons } from '../scripts/python.ts';
import { toolFolder } from '../scripts/tool-folder.ts';
import { must } from './process.ts';

/** Brings the Django that runs on the Python of Debian 12 along. */
const WAGTAIL = 'wagtail==8.0.1';

/** Runs Python code on a developer's machine that has Django and Wagtail, which are installed once per machine. */
export async function withDjango(code: string, argv: readonly string[], cwd: string): Promise<string> {
  const python = findPythons().find(({ minor }) => Number(minor.slice(2)) >= 11);
  if (python === undefined) throw new Error('this test needs Python 3.11 or newer');
  const { executable } = python;
  // A folder, not a virtual environment: it can be renamed when it is whole.
  const packages = toolFolder({
    name: WAGTAIL,
    pins: `${WAGTAIL} for Python ${python.minor}`,
    make: (folder) => mustRun(executable, ['-m', 'pip', 'install', '--quiet', '--target', folder, WAGTAIL]),
    works: (folder) =>
      succeeds(executable, ['-c', 'import wagtail, PIL'], { env: { ...process.env, PYTHONPATH: folder } }),
  });
  const env = { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
  return must([executable, '-c', code, ...argv], { cwd, env });
}

/** `django-admin ARGV`, or a command of the `manage.py` in `cwd` where `settings` are given. */
export function djangoAdmin(argv: readonly string[], cwd: string, settings?: string): Promise<string> {
  const path = 'import os, sys; sys.path.insert(0, os.getcwd())';
  const choose = settings === undefined ? '' : `; os.environ["DJANGO_SETTINGS_MODULE"] = "${settings}"`;
  const run = 'from django.core.management import execute_from_command_line as run; run(sys.argv)';
  return withDjango(`${path}${choose}; ${run}`, argv, cwd);
}
