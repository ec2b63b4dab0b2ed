/** The verbs that need nothing but the host: what may follow each, and what it then asks for. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Begin, Question, Times } from '../protocol/messages.ts';
import type { Command as Name } from './commands.ts';
import { parseDuration } from './duration.ts';
import { OPERATION, RELEASE } from './patterns.ts';

/** What is asked of the host, once the stage's times are known. */
export type Asking = (times: Times) => Begin | Question;

export interface HostVerb {
  /** The verb's line in the help. */
  summary: string;
  /** Adds what may follow the verb; hands over what is asked once that was read. */
  grammar: (command: Command, ask: (asking: Asking) => void) => void;
  /** Takes `--json`. */
  json?: boolean;
  /** The Action's `release` input as arguments, where the verb takes one. */
  release?: (id: string) => string[];
  /** Takes the site's lock: what else changes the site has its options too. */
  waits?: boolean;
}

/** By name; what each does is the host's affair. */
export const HOST_VERBS: Partial<Record<Name, HostVerb>> = {
  releases: {
    summary: 'list the releases on the host',
    json: true,
    grammar: (command, ask) => command.action(() => ask(() => ({ type: 'releases' }))),
  },
  history: {
    summary: 'show what was done with the site, the latest first',
    json: true,
    grammar: (command, ask) =>
      command
        .option('-n, --last <number>', 'so many operations', whole, 20)
        .action(({ last }: { last: number }) => ask(() => ({ type: 'history', last }))),
  },
  logs: {
    summary: 'show what a process of the site has written',
    grammar: (command, ask) =>
      command
        .argument('[process]', 'such as web', 'web')
        .option('--since <time>', 'how far back: 90s, 10m, 2h, 3d', duration)
        .option('--grep <regex>', 'only lines in which this is found')
        .option('--follow', 'go on with what comes, until Ctrl-C')
        .action((process: string, given: { since?: number; grep?: string; follow?: boolean }) =>
          ask(() => ({
            type: 'logs',
            process,
            sinceMs: given.since ?? null,
            grep: given.grep ?? null,
            follow: given.follow ?? false,
          })),
        ),
  },
  outcome: {
    summary: 'tell what became of an operation whose runner was lost; wait for its end',
    grammar: (command, ask) =>
      command
        .argument('[operation]', "its name, from the run's log; default: the last one", operationName)
        .action((operation: string | undefined) => ask(() => ({ type: 'outcome', operation: operation ?? null }))),
  },
  delete: {
    summary: 'remove one release from the host',
    release: (id) => [id],
    waits: true,
    grammar: (command, ask) =>
      command
        .argument('<release>', 'such as 20261122T043400Z-abcdef1', releaseId)
        .action((release: string) => ask((times) => ({ type: 'delete', release, times }))),
  },
  clean: {
    summary: 'remove releases that are too many, and what only they needed',
    waits: true,
    grammar: (command, ask) =>
      command
        .option('--keep <number>', 'so many good releases stay; default: `keep` in graceful.yml', whole)
        .action(({ keep }: { keep?: number }) => ask((times) => ({ type: 'clean', keep: keep ?? null, times }))),
  },
  recover: {
    summary: 'finish or undo an operation that was cut off',
    waits: true,
    grammar: (command, ask) => command.action(() => ask((times) => ({ type: 'recover', times }))),
  },
  verify: {
    summary: 'look for damage on the host, for the next deploy to mend',
    json: true,
    grammar: (command, ask) => command.action(() => ask(() => ({ type: 'verify' }))),
  },
  offline: {
    summary: 'show visitors the maintenance page',
    waits: true,
    grammar: (command, ask) =>
      command
        .option('--until <text>', "when visitors may come back, for the page: 'at 15:00'")
        .action(({ until = '' }: { until?: string }) => ask((times) => ({ type: 'offline', until, times }))),
  },
  online: {
    summary: 'show visitors the site again',
    waits: true,
    grammar: (command, ask) => command.action(() => ask((times) => ({ type: 'online', times }))),
  },
  manage: {
    summary: 'run a command of manage.py, without input, as the site’s user',
    release: (id) => ['--release', id],
    grammar: (command, ask) =>
      command
        .option('--release <release>', 'default: the live one', releaseId)
        .argument('<command...>', 'such as `-- check --deploy`')
        .passThroughOptions()
        .action((argv: string[], { release }: { release?: string }) =>
          ask((times) => ({ type: 'manage', release: release ?? null, argv, times })),
        ),
  },
};

function whole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1 on.');
  return Number(text);
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('expected a duration such as 90s, 10m, 2h or 3d.');
  return ms;
}

function operationName(text: string): string {
  if (!OPERATION.test(text)) throw new InvalidArgumentError("expected an operation's name, such as 0123456789abcdef.");
  return text;
}

function releaseId(text: string): string {
  if (!RELEASE.test(text)) {
    throw new InvalidArgumentError(
      'expected a release id such as 20261122T043400Z-abcdef1 (the command "releases" lists them).',
    );
  }
  return text;
}
