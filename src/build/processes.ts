import type { StageProcess } from '../config/types.ts';
import type { ProcessSpec } from '../protocol/messages.ts';

/**
 * The processes beside web, as the host starts them; their start commands fill in `{python}`, `{run}` and `{backend}`. Pure.
 *
 * @param settings - the settings module, whose package is where a project keeps its Celery application
 */
export function otherProcesses(
  processes: Readonly<Record<string, StageProcess>>,
  settings: string,
): Record<string, ProcessSpec> {
  return Object.fromEntries(
    Object.entries(processes).map(([name, process]) => [
      name,
      {
        argv: process.celery === undefined ? process.command : celery(name, process, settings),
        stopMs: process.stopMs,
        singleton: process.singleton,
      },
    ]),
  );
}

/** Packages that the processes need in the environment. Pure. */
export function packagesOf(processes: Readonly<Record<string, StageProcess>>): string[] {
  return Object.values(processes).some((process) => process.celery !== undefined) ? ['celery'] : [];
}

function celery(name: string, process: StageProcess, settings: string): string[] {
  const app = process.app ?? settings.split('.')[0] ?? settings;
  const own =
    process.celery === 'worker'
      ? // Two releases' workers overlap at a switch: each has a name of its own. (%h is the host's, to Celery.)
        ['--hostname', `${name}-{backend}@%h`]
      : // By default it would be in the working folder, which is the release's own and read-only.
        ['--schedule', '{run}/celerybeat-schedule'];
  return [
    ...['{python}', '-m', 'celery', '--app', app, process.celery ?? '', '--loglevel', 'INFO'],
    ...own,
    ...process.command,
  ];
}
