/** What does not go together in the settings of the application server. */
import { interfaceOfModule } from '../servers/interface.ts';
import type { Server } from '../servers/server.ts';
import { refusedArgument, SERVERS, type ServerName } from '../servers/servers.ts';
import type { Clash } from './clashes.ts';
import { formatDuration } from './duration.ts';
import type { Draft } from './resolve.ts';
import { SERVER_COMMAND } from './schema/running.ts';

/** All of them, in one stage. */
export function ofServer(stage: Draft): Clash[] {
  return [
    ...ofInterface(stage),
    ...(stage.serverCommand === undefined ? [] : ofCommand(stage, stage.serverCommand)),
    ...(stage.server === null ? [] : ofNamed(stage, stage.server)),
  ];
}

function ofInterface({ django }: Draft): Clash[] {
  const told = django.application === undefined ? undefined : interfaceOfModule(django.application);
  if (told === undefined || django.interface === undefined || told === django.interface) return [];
  return [
    {
      message: `django.interface is ${django.interface}, and django.application is ${django.application}`,
      mend: 'leave out the one that is wrong',
      at: [
        ['django', 'interface'],
        ['django', 'application'],
      ],
    },
  ];
}

function ofCommand({ server, serverArgs }: Draft, command: readonly string[]): Clash[] {
  const found: Clash[] = [];
  if (!command.some((word) => word.includes('{socket}'))) {
    found.push({
      message: 'server-command has no {socket}: the server has to listen on the unix socket of that path',
      mend: `for example: ${SERVER_COMMAND}`,
      at: [['server-command']],
    });
  }
  if (server !== null) {
    found.push({
      message: 'server and server-command both say what serves the site',
      mend: 'keep one of the two',
      at: [['server-command'], ['server']],
    });
  } else if (serverArgs.length > 0) {
    found.push({
      message: 'server-args are options of a server that is named; server-command has its own',
      mend: 'write them into server-command',
      at: [['server-args'], ['server-command']],
    });
  }
  return found;
}

function ofNamed(stage: Draft, name: ServerName): Clash[] {
  const server: Server = SERVERS[name];
  const { django, times } = stage;
  const found: Clash[] = stage.serverArgs.flatMap((arg, index) => {
    const at = [['server-args', index]];
    const [option, ...values] = arg.split(/\s+/);
    if (/^--?[\w-]+$/.test(option ?? '') && values.length > 0) {
      const words = [option, ...values].map((word) => JSON.stringify(word)).join(', ');
      return [{ message: `server-args: "${arg}" is one argument with a space in it`, mend: `write ${words}`, at }];
    }
    const why = refusedArgument(name, arg);
    if (why === undefined) return [];
    return [{ message: `server-args: ${arg} cannot be set: ${why}`, mend: 'leave it out', at }];
  });
  const asked = django.interface ?? (django.application && interfaceOfModule(django.application));
  if (asked && !server.interfaces.includes(asked)) {
    const [able] = server.interfaces;
    found.push({
      message: `${name} serves ${able.toUpperCase()}, and django.${django.interface ? `interface is ${asked}` : `application is ${django.application}`}`,
      mend: `name an ${able.toUpperCase()} application such as shop.${able}:application, or set server: gunicorn`,
      at: [['django', django.interface ? 'interface' : 'application'], ['server']],
    });
  }
  const { longestGrace } = server;
  if (longestGrace !== undefined && times.graceMs > longestGrace * 1000) {
    found.push({
      message: `times.grace is ${formatDuration(times.graceMs)}, and ${name} waits for ${formatDuration(longestGrace * 1000)} at most`,
      mend: `set times.grace to ${formatDuration(longestGrace * 1000)} or less`,
      at: [['times', 'grace'], ['server']],
    });
  }
  return found;
}
