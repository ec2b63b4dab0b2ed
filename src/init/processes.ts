/** Celery beside web. */
import { readdir } from 'node:fs/promises';
import { moduleFile } from '../build/django/modules.ts';
import { readOptional } from '../build/locks/toml.ts';
import type { Entry, Finding } from './finding.ts';

/** What runs beside web, as far as the project shows it. @param text of the settings */
export async function processesOf(
  folder: string,
  settings: string,
  text: string,
  packages: ReadonlySet<string>,
): Promise<{ entries: Entry[]; others: Finding[] }> {
  if (!packages.has('celery')) return { entries: [], others: [] };
  const [own = ''] = settings.split('.');
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((item) => item.isDirectory())
    .map(({ name }) => name);
  const app = await inOrder(
    [own, ...names.sort()],
    async (name) => (await moduleFile(folder, `${name}.celery`)) !== null,
  );
  if (app === undefined) {
    const why =
      'celery is among the requirements, and no package has a celery.py: see processes in docs/configuration.md';
    return { entries: [], others: [{ mark: 'missing', what: 'celery', value: '', why }] };
  }
  const file = await moduleFile(folder, `${app}.celery`);
  const all = `${text}\n${(await readOptional(folder, file ?? '')) ?? ''}`;
  const place = app === own ? {} : { app };
  const beat = /beat_schedule|BEAT_SCHEDULE|add_periodic_task/.test(all) || packages.has('django-celery-beat');
  const value = { worker: { celery: 'worker', ...place }, ...(beat ? { beat: { celery: 'beat', ...place } } : {}) };
  return {
    entries: [{ key: 'processes', value, mark: 'found', why: `${file}` }],
    others: [
      { mark: 'found', what: 'celery', value: Object.keys(value).join(', '), why: 'the host needs a unit for each' },
    ],
  };
}

async function inOrder(
  names: readonly string[],
  holds: (name: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const name of names) if (await holds(name)) return name;
  return undefined;
}
