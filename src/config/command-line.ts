import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { InitWanted } from '../init/init.ts';
import { CONFIG } from './commands.ts';
import { ConfigError } from './fault.ts';
import { type Asking, HOST_VERBS, type HostVerb } from './host-verbs.ts';
import type { InputName, RawInputs } from './inputs.ts';
import { addOwnCommands } from './own-commands.ts';
import { emptyOptions, isBlank, parse } from './parse-words.ts';
import type { ConfigFault } from './types.ts';

/** Where a terminal's defaults come from. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  cwd: string;
  version: string;
  /** Help and the version go here. */
  print(text: string): void;
}

interface Options {
  stage?: string;
  config?: string;
  sshKeyFile?: string;
  knownHostsFile?: string;
  connection?: string;
  variablesFile?: string;
  host?: string;
  hosts?: string;
  port?: string;
  user?: string;
  reason?: string;
  force?: boolean;
  databaseAhead?: boolean;
  plan?: boolean;
  planComment?: boolean;
  explain?: boolean;
  refreshEnv?: boolean;
  deployments?: boolean;
  json?: boolean;
  lock?: string;
  lockTimeout?: string;
  all?: boolean;
  inactive?: boolean;
  artifact?: string;
  from?: string;
  to?: string;
}

/** What stands behind the command. */
interface Words {
  release?: string | undefined;
  names?: string[];
}

const OWN_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * Reads a command line (without the program's name): `deploy --stage staging`, `rollback [RELEASE]`, `status --json`.
 *
 * @returns what was given, or null when all that was asked for was printed: help, the version, a completion
 * @throws ConfigError for an unknown command or option, and for options whose values are empty
 */
export function readCommandLine(argv: readonly string[], terminal: Terminal): RawInputs | null {
  let asked: { command: string; words: Words; options: Options; asking: Asking | undefined } | undefined;
  const program = grammar(terminal, (command, words, options, asking) => {
    asked = { command, words, options, asking };
  });
  let init: InitWanted | undefined;
  addOwnCommands(program, terminal, (wanted) => {
    init = wanted;
  });
  if (argv.length === 0) {
    const names = program.commands.map((command) => command.name()).join(', ');
    const mend = `commands: ${names}\nsee graceful --help`;
    throw new ConfigError([{ where: 'command line', message: 'no command is given', mend }]);
  }
  const refused = parse(program, argv);
  if (refused === 'help') return null;
  if (refused !== undefined) throw new ConfigError([{ where: 'command line', ...refused }]);
  const empty = emptyOptions(program);
  if (empty.length > 0) throw new ConfigError(empty);
  if (init !== undefined) return { source: 'command-line', values: {}, json: false, unknown: [], faults: [], init };
  if (asked === undefined) return null;
  const { command, words, options, asking } = asked;
  return { ...gather(command, words, options, terminal), asking };
}

/**
 * Reads what follows one of the host's verbs, for the Action's `args`.
 *
 * @returns what is asked of the host, or why not
 */
export function readVerb(verb: HostVerb, argv: readonly string[]): Asking | { message: string; mend: string } {
  let asked: Asking | undefined;
  const program = new Command('args').exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (verb.json) program.option('--json', 'print JSON');
  verb.grammar(program, (asking) => {
    asked = asking;
  });
  const refused = parse(program, argv);
  if (asked !== undefined) return asked;
  return refused === undefined || refused === 'help'
    ? { message: 'asks for help', mend: 'see docs/host-command.md' }
    : refused;
}

type Chosen = (command: string, words: Words, options: Options, asking?: Asking) => void;

function grammar(terminal: Terminal, chosen: Chosen): Command {
  const program = new Command('graceful')
    .description("Puts a Django site live on its owner's own Linux hosts without dropping a request.")
    .version(terminal.version, '--version', 'print the version')
    // What follows `manage COMMAND` is the command's own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text), writeErr: () => {} });
  const command = (name: string, summary: string) => {
    const made = program.command(name).description(summary);
    // It is told both ends by names of their own.
    if (name !== 'promote')
      made.option('--stage <name>', 'stage of graceful.yml; default: the one of this branch, or the only one');
    return made
      .option('--config <file>', 'path of graceful.yml; default: the one at the top of the checkout')
      .option('--ssh-key-file <file>', 'private key; default: GRACEFUL_SSH_KEY (the key itself), or the key in ~/.ssh')
      .option('--known-hosts-file <file>', 'host keys; default: GRACEFUL_KNOWN_HOSTS, or ~/.ssh/known_hosts')
      .option('--connection <how>', 'local: this machine is the host; ssh: it is not')
      .option('--host <name>', "instead of the stage's hosts")
      .option('--hosts <names>', 'the same for several, with commas between')
      .option('--port <number>', "instead of the stage's port")
      .option('--user <name>', "instead of the stage's user")
      .option('--json', 'print the answer as JSON');
  };
  /** A command that changes the site. */
  const changing = (name: string, summary: string, force?: string) => {
    const made = command(name, summary)
      .option('--reason <text>', 'why, for the journal')
      .option('--lock-timeout <time>', "longest to wait for another operation, instead of the stage's times.lock");
    return force === undefined ? made : made.option('--force', force);
  };
  /** A command that may put another release live. */
  const showing = (made: Command): Command =>
    made.option('--deployments', 'show it in GitHub as a deployment, by the token in GITHUB_TOKEN');
  const shipping = (name: string, summary: string) =>
    changing(name, summary, 'even what is live already, and over a newer run')
      // Not --env-file: Node takes that for itself, wherever it stands, and reads its own options from the file.
      .option('--variables-file <file>', 'variables of this deploy: KEY=VALUE lines')
      .option('--artifact <folder>', 'what `build` left: nothing is built')
      .option('--plan-comment', 'tell the plan in a comment of the pull request of this job')
      .action((options: Options) => chosen(name, {}, options));
  const switching = (name: string, summary: string, force?: string) =>
    showing(changing(name, summary, force)).option(
      '--database-ahead',
      'also to a release that does not know migrations which later ones have applied',
    );
  const going = (name: string, argument: string, summary: string) =>
    switching(name, summary, 'over a newer run')
      .argument(argument, 'such as 20261122T043400Z-abcdef1')
      .option('--lock <how>', 'preempt: a deploy that has not switched gives way; default: wait')
      .action((release: string | undefined, options: Options) => chosen(name, { release }, options));
  const byHand = (name: string, summary: string, force?: string) =>
    changing(name, summary, force)
      .argument('[names...]', 'releases, backends, or web for what is live; default: web')
      .option('--all', 'the live release, and the one that is not live')
      .option('--inactive', 'the one that is not live')
      .action((names: string[], options: Options) => chosen(name, { names }, options));
  const building = (made: Command): Command =>
    made
      .option('--explain', 'print what goes into the environment, and how the live one differs')
      .option('--refresh-env', 'resolve the requirements anew');
  /** The same, and what can be planned alone. */
  const planned = (name: string, summary: string) =>
    shipping(name, summary).option('--plan', 'change nothing, and show what would be done');
  showing(building(planned('deploy', 'put the commit that is checked out live')));
  building(shipping('plan', 'show what a deploy would do, and change nothing'));
  building(command('build', 'build the commit that is checked out, and leave it in a folder'))
    .option('--variables-file <file>', 'variables of the build: KEY=VALUE lines')
    .option('--artifact <folder>', 'where to leave it; default: graceful-artifact')
    .action((options: Options) => chosen('build', {}, options));
  showing(planned('promote', 'put live what is live on another stage, bit by bit'))
    .option('--from <stage>', 'the stage whose live release it is')
    .option('--to <stage>', 'the stage to put it live on');
  building(planned('stage', 'bring it to the host, and start nothing'));
  going('activate', '<release>', 'put a staged release live, or any other that is on the host');
  going('switch', '<release>', 'the same as activate');
  going('rollback', '[release]', 'go back to the release before, or to a named one');
  switching('update', 'start the release that is not live anew, and switch to it').action((options: Options) =>
    chosen('update', {}, options),
  );
  byHand('restart', 'start anew, without a request lost');
  byHand('start', 'start what was stopped, or a standby to switch to');
  byHand('stop', 'stop backends when their last visitors are served', 'the live one too: the site is down then');
  changing('keepalive', 'start the live release again where it is down').action((options: Options) =>
    chosen('keepalive', {}, options),
  );
  command('status', 'show what is live').action((options: Options) => chosen('status', {}, options));
  for (const [name, verb] of Object.entries(HOST_VERBS)) {
    const made = verb.waits ? changing(name, verb.summary) : command(name, verb.summary);
    verb.grammar(made, (asking) => chosen(name, {}, made.opts<Options>(), asking));
  }
  command(CONFIG, 'show the settings of a stage, and where each comes from; no host is contacted')
    .option('--variables-file <file>', 'variables of this deploy: KEY=VALUE lines')
    .option('--lock-timeout <time>', "instead of the stage's times.lock")
    .action((options: Options) => chosen(CONFIG, {}, options));
  return program;
}

function gather(command: string, { release, names = [] }: Words, options: Options, terminal: Terminal): RawInputs {
  const faults: ConfigFault[] = [];
  const { env, home, cwd } = terminal;
  const read = (option: string, file: string | undefined, fatal = false): string | undefined => {
    if (file === undefined) return undefined;
    try {
      return new TextDecoder('utf-8', { fatal, ignoreBOM: true }).decode(readFileSync(resolve(cwd, file)));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
        faults.push({ where: option, message: `${file} is not UTF-8 text`, mend: 'save the file as UTF-8' });
        return undefined;
      }
      const message = error instanceof Error ? error.message : String(error);
      faults.push({
        where: option,
        message: `${file} cannot be read (${message})`,
        mend: 'check the path and its permissions',
      });
      return undefined;
    }
  };
  // As with options: it is not one that was left out.
  if ([release, ...names].some(isBlank))
    faults.push({ where: 'command line', message: 'a name is empty', mend: 'give one, or leave it out' });
  const ownKey = OWN_KEYS.map((name) => join(home, '.ssh', name)).find((file) => existsSync(file));
  const ownHosts = [join(home, '.ssh', 'known_hosts')].find((file) => existsSync(file));
  const key = options.sshKeyFile ?? (env['GRACEFUL_SSH_KEY'] ? undefined : ownKey);
  const hosts = options.knownHostsFile ?? (env['GRACEFUL_KNOWN_HOSTS'] ? undefined : ownHosts);
  const elsewhere: NonNullable<RawInputs['elsewhere']> = {
    'ssh-key-passphrase': { from: 'environment', where: 'GRACEFUL_SSH_KEY_PASSPHRASE' },
  };
  if (key === undefined) elsewhere['ssh-key'] = { from: 'environment', where: 'GRACEFUL_SSH_KEY' };
  else if (options.sshKeyFile === undefined) elsewhere['ssh-key'] = { from: 'found', where: key };
  if (hosts === undefined) elsewhere['known-hosts'] = { from: 'environment', where: 'GRACEFUL_KNOWN_HOSTS' };
  else if (options.knownHostsFile === undefined) elsewhere['known-hosts'] = { from: 'found', where: hosts };
  const given: Record<InputName, string | undefined> = {
    command,
    stage: options.stage,
    config: options.config === undefined ? undefined : resolve(cwd, options.config),
    'ssh-key': key === undefined ? env['GRACEFUL_SSH_KEY'] : read('--ssh-key-file', key),
    'ssh-key-passphrase': env['GRACEFUL_SSH_KEY_PASSPHRASE'],
    'known-hosts': hosts === undefined ? env['GRACEFUL_KNOWN_HOSTS'] : read('--known-hosts-file', hosts),
    connection: options.connection,
    host: options.host,
    hosts: options.hosts,
    port: options.port,
    user: options.user,
    // A value that is read wrongly would go live; keys and comments beside host keys are judged by what they hold.
    env: read('--variables-file', options.variablesFile, true),
    artifact: options.artifact,
    from: options.from,
    to: options.to,
    release,
    names: [...names, ...(options.all ? ['all'] : []), ...(options.inactive ? ['inactive'] : [])].join(' '),
    lock: options.lock,
    'lock-timeout': options.lockTimeout,
    reason: options.reason,
    force: options.force ? 'true' : undefined,
    'database-ahead': options.databaseAhead ? 'true' : undefined,
    plan: options.plan ? 'true' : undefined,
    'plan-comment': options.planComment ? 'true' : undefined,
    explain: options.explain ? 'true' : undefined,
    'refresh-env': options.refreshEnv ? 'true' : undefined,
    args: undefined,
    token: env['GITHUB_TOKEN'],
    deployments: options.deployments ? 'true' : undefined,
  };
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== ''));
  return { source: 'command-line', values, elsewhere, json: options.json ?? false, unknown: [], faults };
}
