import type { Verb } from '../protocol/messages.ts';

/** What a run does: the host's verbs, and those of the runner's own. */
export type Command = Exclude<Verb, 'plan'> | 'build' | 'promote';

/** Every command of a run by its name, as it is given. */
export const COMMANDS = [
  'deploy',
  'plan',
  'build',
  'promote',
  'stage',
  'activate',
  'switch',
  'rollback',
  'update',
  'restart',
  'start',
  'stop',
  'keepalive',
  'status',
  'releases',
  'history',
  'logs',
  'outcome',
  'delete',
  'clean',
  'recover',
  'verify',
  'offline',
  'online',
  'manage',
] as const;

/** The command that shows the settings of a stage, and runs nothing. */
export const CONFIG = 'config';
