/** What a deploy would find by itself in the checkout, as far as no host is asked. */
import { join, posix } from 'node:path';
import { findDjango } from '../build/django/django.ts';
import { moduleFile } from '../build/django/modules.ts';
import { BuildError, BuildErrors } from '../build/errors.ts';
import { findRequirements } from '../build/locks/choose.ts';
import type { SettingsWanted } from '../config/read-settings.ts';
import type { Said, Setting } from '../config/settings.ts';
import { interfacesOf } from '../servers/servers.ts';

/** All settings of a stage. */
export async function settings({ stage, workspace, settings }: SettingsWanted): Promise<Setting[]> {
  const django = await attempt(() => findDjango(workspace, stage.django, interfacesOf(stage)));
  const project = 'message' in django ? stage.django.project : django.project;
  const file = await attempt(() => findRequirements(workspace, project));
  const requirements: Said =
    typeof file === 'string'
      ? { value: file, from: 'found', where: `${file} found` }
      : { value: null, from: 'missing', where: file.message };
  return settings({ 'python.requirements': requirements, ...(await ofDjango(django, workspace)) });
}

async function ofDjango(
  django: Awaited<ReturnType<typeof findDjango>> | BuildError,
  workspace: string,
): Promise<Record<string, Said>> {
  if ('message' in django) {
    const said: Said = { value: null, from: 'missing', where: django.message };
    return { 'django.settings': said, 'django.application': said };
  }
  const { project, manage, settings, application, interface: served } = django;
  const folder = join(workspace, project);
  const [module = ''] = application.split(':');
  const own = await moduleFile(folder, module);
  return {
    'django.settings': { value: settings, from: 'found', where: `${posix.join(project, manage)} names it` },
    'django.application': {
      value: application,
      from: 'found',
      where: own === null ? 'the settings name it' : `${posix.join(project, own)} found`,
    },
    'django.interface': { value: served, from: 'found', where: 'from django.application' },
  };
}

/** What is found, or why nothing is: that is for the deploy to fail of. */
async function attempt<T>(find: () => Promise<T>): Promise<T | BuildError> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof BuildError) return error;
    if (error instanceof BuildErrors && error.errors[0]) return error.errors[0];
    throw error;
  }
}
