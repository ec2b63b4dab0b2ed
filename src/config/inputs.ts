/** What a run is given, as text and untouched, and what each input is called where it came from. */
import * as core from '@actions/core';
import type { InitWanted } from '../init/init.ts';
import type { Asking } from './host-verbs.ts';
import type { ConfigFault } from './types.ts';

export const INPUTS = [
  'command',
  'stage',
  'config',
  'ssh-key',
  'ssh-key-passphrase',
  'known-hosts',
  'connection',
  'host',
  'hosts',
  'port',
  'user',
  'env',
  'artifact',
  'from',
  'to',
  'release',
  'names',
  'lock',
  'lock-timeout',
  'reason',
  'force',
  'database-ahead',
  'plan',
  'plan-comment',
  'explain',
  'refresh-env',
  'args',
  'token',
  'deployments',
] as const;

export type InputName = (typeof INPUTS)[number];

export interface RawInputs {
  source: 'action' | 'command-line';
  /** Only what was given; never an empty text. */
  values: Partial<Record<InputName, string>>;
  /** Status as JSON (command line only). */
  json: boolean;
  /** Where values come from that were not given as inputs: a variable, a file (command line only). */
  elsewhere?: Partial<Record<InputName, { from: 'environment' | 'found'; where: string }>>;
  /** What one of the host's verbs asks (command line only; the Action's `args` are read with the other inputs). */
  asking?: Asking | undefined;
  /** What `init` is asked (command line only); then nothing else counts. */
  init?: InitWanted;
  /** Names that were given and mean nothing (Action only): the nearest is named when an input is missing. */
  unknown: string[];
  /** Faults met while reading, e.g. a file that is not there. */
  faults: ConfigFault[];
}

/** Reads the Action's inputs (`INPUT_*`). An input that was left empty counts as not given. */
export function readActionInputs(): RawInputs {
  const values: RawInputs['values'] = {};
  for (const name of INPUTS) {
    const value = core.getInput(name, { trimWhitespace: !asGiven(name) });
    if (value.trim() !== '') values[name] = value;
  }
  // No faults by themselves: jobs have variables of their own that begin with INPUT_, and the runner warns of the others.
  const given = Object.keys(process.env).flatMap((name) => /^INPUT_(.+)$/.exec(name)?.[1]?.toLowerCase() ?? []);
  const unknown = given.filter((name) => !INPUTS.some((known) => known === name));
  return { source: 'action', values, json: false, unknown, faults: [] };
}

/** Keys and values of variables mean every character they hold. */
function asGiven(name: InputName): boolean {
  return name === 'ssh-key' || name === 'ssh-key-passphrase' || name === 'known-hosts' || name === 'env';
}

/** How a fault names an input: `input ssh-key`, or what gives it at a terminal: an option, a variable, the file that was found. */
export function label({ source, values, elsewhere }: RawInputs, name: InputName): string {
  if (source === 'action') return `input ${name}`;
  const given = values[name] === undefined ? undefined : elsewhere?.[name];
  return given?.where ?? TERMINAL[name].option;
}

/** How to give a missing input, to copy. */
export function howToGive(inputs: Pick<RawInputs, 'source'>, name: InputName, value: string): string {
  if (inputs.source === 'command-line') return TERMINAL[name].give ?? `add ${TERMINAL[name].option} ${value}`;
  const secret = name === 'ssh-key' || name === 'known-hosts';
  return `add to the step's "with": ${name}: ${secret ? `\${{ secrets.${value} }}` : value}`;
}

const TERMINAL: Record<InputName, { option: string; give?: string }> = {
  command: { option: 'command' },
  stage: { option: '--stage' },
  config: { option: '--config' },
  'ssh-key': {
    option: '--ssh-key-file',
    give: 'name its file with --ssh-key-file FILE, or put the key itself into the variable GRACEFUL_SSH_KEY',
  },
  'ssh-key-passphrase': { option: 'GRACEFUL_SSH_KEY_PASSPHRASE' },
  'known-hosts': {
    option: '--known-hosts-file',
    give: 'name its file with --known-hosts-file FILE, or put the lines into the variable GRACEFUL_KNOWN_HOSTS',
  },
  connection: { option: '--connection' },
  host: { option: '--host' },
  hosts: { option: '--hosts' },
  port: { option: '--port' },
  user: { option: '--user' },
  env: { option: '--variables-file' },
  artifact: { option: '--artifact' },
  from: { option: '--from' },
  to: { option: '--to' },
  release: { option: 'release' },
  names: { option: 'names' },
  lock: { option: '--lock' },
  'lock-timeout': { option: '--lock-timeout' },
  reason: { option: '--reason' },
  force: { option: '--force' },
  'database-ahead': { option: '--database-ahead' },
  plan: { option: '--plan', give: 'add --plan' },
  'plan-comment': { option: '--plan-comment' },
  explain: { option: '--explain' },
  'refresh-env': { option: '--refresh-env' },
  args: { option: 'args' },
  token: { option: 'GITHUB_TOKEN' },
  deployments: { option: '--deployments' },
};
