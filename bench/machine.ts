/** What the figures were measured on. */
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { answer } from '../scripts/command.ts';
import type { TestHost } from '../testbed/host.ts';
import type { Project } from './bed/project.ts';
import type { Results } from './report/results.ts';

export function machine(): Results['machine'] {
  const system = readFileSync('/etc/os-release', 'utf8');
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1024 ** 2),
    kernel: release(),
    os: /^PRETTY_NAME="(.*)"$/m.exec(system)?.[1] ?? 'unknown',
  };
}

/** Of what all ways have in common. */
export async function versionsOf(host: TestHost): Promise<Results['versions']> {
  const of = async (argv: readonly string[], pattern: RegExp): Promise<string> => {
    const { stdout, stderr } = await host.exec(argv);
    return pattern.exec(stdout + stderr)?.[1] ?? 'unknown';
  };
  return {
    'Python of the host': await of(['python3', '--version'], /Python (\S+)/),
    'nginx of the host': await of(['nginx', '-v'], /nginx\/(\S+)/),
    'systemd of the host': await of(['systemctl', '--version'], /systemd (\d+)/),
    'OpenSSH of the host': await of(['ssh', '-V'], /OpenSSH_(\S+)/),
  };
}

/** @param site Graceful's, live: what was made of the project there */
export async function siteOf(host: TestHost, project: Project, site: string): Promise<Results['site']> {
  const current = `/srv/${site}/current`;
  const count = async (...find: string[]): Promise<number> =>
    (await host.must(['find', '-L', ...find, '-type', 'f', '-printf', '.'])).length;
  const files = answer('git', ['-C', project.path, 'ls-files'])?.split('\n') ?? [];
  const requirements = readFileSync(`${project.path}/requirements.txt`, 'utf8').split('\n').filter(Boolean);
  const size = await host.must(['du', '--summarize', '--bytes', '--dereference-args', `${current}/venv`]);
  return {
    pythonFiles: files.filter((file) => file.endsWith('.py')).length,
    // Each one also under the name that has its hash.
    staticFiles: Math.round((await count(`${current}/static`)) / 2),
    packages: requirements.length,
    envFiles: await count(`${current}/venv/`),
    envMb: Math.round(Number(size.split('\t')[0]) / 1e6),
  };
}

/** The commit of Graceful that is measured. */
export const commitOf = (): string =>
  answer('git', ['-C', import.meta.dirname, 'describe', '--always', '--dirty', '--abbrev=40']) ?? 'unknown';
