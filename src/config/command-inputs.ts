/** What is to be done: the inputs about the command. */
import { readVerb } from './command-line.ts';
import { COMMANDS, CONFIG, type Command } from './commands.ts';
import { parseDuration } from './duration.ts';
import { type Asking, HOST_VERBS } from './host-verbs.ts';
import type { InputReader } from './input-reader.ts';
import { howToGive } from './inputs.ts';
import { RELEASE } from './patterns.ts';
import { nearest } from './shape.ts';
import type { Named, Run } from './types.ts';

/** What goes to a release that can be given, and may pre-empt a deploy. */
const TO_A_RELEASE: readonly Command[] = ['rollback', 'activate'];
const BY_HAND: readonly Command[] = ['start', 'stop', 'restart'];
/** What may put another release live, by the runner's word. */
const GOING_LIVE: readonly Command[] = ['deploy', 'promote', 'update', ...TO_A_RELEASE];
const PLANNED: readonly Command[] = ['deploy', 'stage', 'promote'];
const WITH_ARTIFACT: readonly Command[] = ['build', 'deploy', 'stage', 'promote'];
/** Words of the input `names` that are no names. */
const WORDS = ['all', 'inactive'] as const;

/** The command by its own name. */
export function readCommand(reader: InputReader): Command {
  const given = reader.inputs.values.command ?? 'deploy';
  const command = COMMANDS.find((one) => one === given);
  // Two names for one thing: who staged a release activates it, who has two of them switches.
  if (command === 'switch') return 'activate';
  // What a deploy would do: `readPlan` tells that it is not done.
  if (command) return command === 'plan' ? 'deploy' : command;
  const commands = [...COMMANDS, CONFIG];
  const near = nearest(given, commands);
  const hint = near === undefined ? '' : `did you mean "${near}"? `;
  reader.refuse('command', `unknown command "${given}"`, `${hint}commands: ${commands.join(', ')}`);
  return 'deploy';
}

/** What the command is about, and how it is to go about it. */
export interface Asked
  extends Pick<
    Run,
    | 'release'
    | 'names'
    | 'force'
    | 'preempt'
    | 'databaseAhead'
    | 'plan'
    | 'planComment'
    | 'explain'
    | 'refreshEnv'
    | 'deployments'
  > {
  /** Where the artifact is, as it was given. */
  artifact: string | undefined;
  /** The stage that is named: by `stage`, or `to` of `promote`, which needs to be told both ends. */
  stages: { stage: string | undefined; from: string | undefined };
  lockMs: number | undefined;
  /** What one of the host's verbs asks. */
  asking: Asking | undefined;
}

/** Everything that is asked of the command; each input has to be one that the command takes. */
export function readAsked(reader: InputReader, command: Command): Asked {
  const plan = readPlan(reader, command);
  return {
    release: readRelease(reader, command),
    names: readNames(reader, command),
    artifact: readArtifact(reader, command),
    stages: readStages(reader, command),
    force: reader.flag('force'),
    preempt: readPreempt(reader, command),
    databaseAhead: readDatabaseAhead(reader, command),
    plan,
    planComment: readPlanComment(reader, plan),
    explain: readBuilding(reader, command, 'explain'),
    refreshEnv: readBuilding(reader, command, 'refresh-env'),
    deployments: readDeployments(reader, command),
    lockMs: readLockMs(reader),
    asking: readAsking(reader, command),
  };
}

function readRelease(reader: InputReader, command: Command): string | undefined {
  const given = reader.checked(
    'release',
    (text) => RELEASE.test(text),
    'is no release id',
    'for example: 20261122T043400Z-abcdef1 (the command "status" lists them)',
  );
  if (given !== undefined && !TO_A_RELEASE.includes(command) && HOST_VERBS[command]?.release === undefined) {
    reader.refuse(
      'release',
      `a release cannot be given to "${command}"`,
      'leave it out, or use the command "rollback" or "activate"',
    );
  }
  if (reader.inputs.values.release === undefined && command === 'activate') {
    const what = 'which release is to go live? (the output "staged" of "stage", or one that "status" lists)';
    reader.refuse('release', what, howToGive(reader.inputs, 'release', '20261122T043400Z-abcdef1'));
  }
  return given;
}

function readNames(reader: InputReader, command: Command): Named {
  const given = (reader.inputs.values.names ?? '').split(/[\s,]+/).filter(Boolean);
  const words = WORDS.filter((word) => given.includes(word));
  if (given.length > 0 && !BY_HAND.includes(command)) {
    reader.refuse('names', `names cannot be given to "${command}"`, `leave them out; ${BY_HAND.join(', ')} take them`);
  } else if (words.length > 0 && given.length > 1) {
    reader.refuse('names', `"${given.join(' ')}": names, all and inactive exclude each other`, 'give one of them');
  }
  const one = words[0];
  return { names: one === undefined ? given : [], all: one === 'all', inactive: one === 'inactive' };
}

function readArtifact(reader: InputReader, command: Command): string | undefined {
  const given = reader.inputs.values.artifact;
  if (given !== undefined && !WITH_ARTIFACT.includes(command)) {
    reader.refuse('artifact', `"${command}" has to do with none`, `leave it out; ${WITH_ARTIFACT.join(', ')} take one`);
  }
  return given;
}

function readStages(reader: InputReader, command: Command): { stage: string | undefined; from: string | undefined } {
  const { stage, from, to } = reader.inputs.values;
  const ends = (['from', 'to'] as const).filter((name) => reader.inputs.values[name] !== undefined);
  if (command !== 'promote') {
    for (const name of ends)
      reader.refuse(name, `"${command}" takes none`, 'leave it out; "promote" goes from one stage to another');
    return { stage, from: undefined };
  }
  if (from === undefined) {
    reader.refuse('from', 'which stage is to be promoted?', howToGive(reader.inputs, 'from', 'staging'));
  }
  if (to === undefined) reader.refuse('to', 'to which stage?', howToGive(reader.inputs, 'to', 'production'));
  if (stage !== undefined) {
    reader.refuse('stage', '"promote" takes none', 'leave it out: "from" and "to" name the two stages');
  }
  if (from !== undefined && from === to) {
    reader.refuse('to', `"${to}" cannot be promoted to itself`, 'name two stages');
  }
  return { stage: to, from };
}

function readPreempt(reader: InputReader, command: Command): boolean {
  const given = reader.checked(
    'lock',
    (text) => text === 'wait' || text === 'preempt',
    'is neither wait nor preempt',
    'give wait or preempt',
  );
  if (given === 'preempt' && !TO_A_RELEASE.includes(command)) {
    reader.refuse('lock', `"${command}" pre-empts nothing`, 'leave it out; "rollback" and "activate" may');
  }
  return given === 'preempt';
}

function readDatabaseAhead(reader: InputReader, command: Command): boolean {
  const given = reader.flag('database-ahead');
  if (given && command !== 'update' && !TO_A_RELEASE.includes(command)) {
    const mend = 'leave it out; "rollback", "activate" and "update" take it';
    reader.refuse('database-ahead', `"${command}" goes to no release that was there before`, mend);
  }
  return given;
}

function readPlan(reader: InputReader, command: Command): boolean {
  const given = reader.flag('plan') || reader.inputs.values.command === 'plan';
  if (given && !PLANNED.includes(command)) {
    reader.refuse('plan', `"${command}" has no plan`, `leave it out; ${PLANNED.join(', ')} take it`);
  }
  return given;
}

function readPlanComment(reader: InputReader, plan: boolean): boolean {
  const given = reader.flag('plan-comment');
  if (given && !plan) {
    reader.refuse('plan-comment', 'nothing is planned', `leave it out, or ${howToGive(reader.inputs, 'plan', 'true')}`);
  }
  return given;
}

/** A flag of the commands that build. */
function readBuilding(reader: InputReader, command: Command, name: 'explain' | 'refresh-env'): boolean {
  const given = reader.flag(name);
  if (given && !['deploy', 'stage', 'build'].includes(command))
    reader.refuse(name, `"${command}" builds nothing`, 'leave it out; "deploy", "stage" and "build" take it');
  return given;
}

function readDeployments(reader: InputReader, command: Command): boolean {
  const given = reader.flag('deployments');
  if (given && !GOING_LIVE.includes(command))
    reader.refuse('deployments', `"${command}" puts nothing live`, `leave it out; ${GOING_LIVE.join(', ')} take it`);
  return given;
}

/** Longest to wait for another operation, in milliseconds. */
export function readLockMs(reader: InputReader): number | undefined {
  const given = reader.checked(
    'lock-timeout',
    (text) => parseDuration(text) !== undefined,
    'is no duration',
    'give a whole number and ms, s, m, h or d, such as 10m',
  );
  return given === undefined ? undefined : parseDuration(given);
}

/** What one of the host's verbs asks: read already at a terminal, else from `args` and `release`. */
function readAsking(reader: InputReader, command: Command): Asking | undefined {
  const { asking, values } = reader.inputs;
  const verb = HOST_VERBS[command];
  if (verb === undefined) {
    if (values.args !== undefined) reader.refuse('args', `"${command}" takes none`, 'leave it out');
    return undefined;
  }
  if (asking !== undefined) return asking;
  const lines = (values.args ?? '').split('\n').map((line) => line.trim());
  const argv = [
    ...(values.release === undefined || verb.release === undefined ? [] : verb.release(values.release)),
    ...lines.filter((line) => line !== ''),
  ];
  const read = readVerb(verb, argv);
  if (typeof read === 'function') return read;
  reader.refuse('args', `"${command}": ${read.message}`, `${read.mend} (one argument a line)`);
  return undefined;
}
