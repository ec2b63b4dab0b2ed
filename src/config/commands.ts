/** Every command by its name, as it is given. */
export const COMMANDS = [
  'deploy',
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
] as const;
