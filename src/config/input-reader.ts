import { partsOf, SHORTEST_SECRET } from '../secrets.ts';
import { LoginFault } from '../ssh/error.ts';
import { assertKnownHosts, type HostPins, pinsFor } from '../ssh/host-key.ts';
import { type LoginKey, mendKey, readLoginKey } from '../ssh/private-key.ts';
import { readVerb } from './command-line.ts';
import { COMMANDS } from './commands.ts';
import { parseDuration } from './duration.ts';
import { parseEnv } from './env-input.ts';
import { type Asking, HOST_VERBS } from './host-verbs.ts';
import { howToGive, type InputName, label, type RawInputs } from './inputs.ts';
import { isHost, RELEASE, USER } from './patterns.ts';
import { nearest } from './shape.ts';
import { secretsOf } from './ssh-key.ts';
import type { ConfigFault, Named, Run, Target } from './types.ts';

/** What may be said while inputs are read. */
export interface Reporter {
  /** Hides a text in every log from here on. */
  mask(secret: string): void;
  notice(message: string): void;
}

/** What goes to a release that can be given, and may pre-empt a deploy. */
const TO_A_RELEASE: readonly Run['command'][] = ['rollback', 'activate'];
const BY_HAND: readonly Run['command'][] = ['start', 'stop', 'restart'];
const WITH_ARTIFACT: readonly Run['command'][] = ['build', 'deploy', 'stage', 'promote'];
/** Words of the input `names` that are no names. */
const WORDS = ['all', 'inactive'] as const;

/** Reads one input after the other into what it means, and keeps the faults. Secrets are masked as they are read. */
export class InputReader {
  readonly faults: ConfigFault[];
  readonly #inputs: RawInputs;
  readonly #reporter: Reporter;

  constructor(inputs: RawInputs, reporter: Reporter) {
    this.faults = [...inputs.faults];
    this.#inputs = inputs;
    this.#reporter = reporter;
  }

  key(): LoginKey | undefined {
    const { 'ssh-key': given, 'ssh-key-passphrase': passphrase } = this.#inputs.values;
    if (passphrase !== undefined) this.#reporter.mask(passphrase);
    if (given === undefined) {
      this.#missing('ssh-key', 'a private key is needed to reach the host', 'SSH_KEY');
      return undefined;
    }
    const secrets = new Set([...secretsOf(given), ...secretsOf(mendKey(given).text)]);
    for (const secret of secrets) this.#reporter.mask(secret);
    const key = this.#usable('ssh-key', () => readLoginKey(given, passphrase));
    if (key && key.notes.length > 0) {
      this.#reporter.notice(`${label(this.#inputs, 'ssh-key')}: ${key.notes.join('; ')}`);
    }
    return key;
  }

  env(): Record<string, string> {
    const { env, faults } = parseEnv(this.#inputs.values.env ?? '', (secret) => this.#reporter.mask(secret));
    for (const { line, message, mend } of faults) {
      this.faults.push({ where: label(this.#inputs, 'env'), line, message, mend });
    }
    this.#noticeValues(env);
    return env;
  }

  /** An empty value is what GitHub gives for a secret that does not exist; a short one would blot the log, were it masked. */
  #noticeValues(env: Record<string, string>): void {
    const isAction = this.#inputs.source === 'action';
    const hint = isAction
      ? ": is there a secret of that name (Settings, Secrets and variables, Actions), and does this job's environment have it?"
      : '';
    const where = isAction ? 'env' : label(this.#inputs, 'env');
    for (const [name, value] of Object.entries(env)) {
      if (value.trim() === '') this.#reporter.notice(`${where} ${name} is empty${hint}`);
    }
    const short = Object.keys(env).filter((name) => {
      const value = env[name] ?? '';
      return value.trim() !== '' && partsOf(value).length === 0;
    });
    if (short.length === 0) return;
    this.#reporter.notice(
      `${where} ${short.join(', ')}: values shorter than ${SHORTEST_SECRET} characters are not masked; plain settings belong into \`env\` of graceful.yml`,
    );
  }

  /** Without a target only a missing input is a fault: what lines it should have is not known. */
  pins(target: { [Key in keyof Target]: Target[Key] | undefined }): HostPins | undefined {
    const given = this.#inputs.values['known-hosts'];
    const { host, port, user } = target;
    if (given === undefined) {
      const scan = `ssh-keyscan -p ${port ?? 'PORT'} ${host ?? 'HOST'}`;
      const message = `the host's own keys are needed, so that nobody else can pass for it; \`${scan}\` prints them`;
      this.#missing(
        'known-hosts',
        message,
        'KNOWN_HOSTS',
        "; compare what it printed with the keys in the host's /etc/ssh/ssh_host_*_key.pub",
      );
      return undefined;
    }
    if (host === undefined || port === undefined || user === undefined) {
      // Whose key is wanted is not known; a text without any key is no good for any host.
      this.#usable('known-hosts', () => assertKnownHosts(given));
      return undefined;
    }
    return this.#usable('known-hosts', () => pinsFor(given, { host, port, user }));
  }

  command(): Run['command'] {
    const given = this.#inputs.values.command ?? 'deploy';
    const command = COMMANDS.find((one) => one === given);
    // Two names for one thing: who staged a release activates it, who has two of them switches.
    if (command) return command === 'switch' ? 'activate' : command;
    const near = nearest(given, COMMANDS);
    const hint = near === undefined ? '' : `did you mean "${near}"? `;
    this.#refuse('command', `unknown command "${given}"`, `${hint}commands: ${COMMANDS.join(', ')}`);
    return 'deploy';
  }

  host(): string | undefined {
    return this.#checked(
      'host',
      isHost,
      'is no host name or IP address',
      'give the name alone; "port" and "user" are inputs of their own',
    );
  }

  user(): string | undefined {
    return this.#checked('user', (text) => USER.test(text), "is no user's name", 'for example: deploy');
  }

  port(): number | undefined {
    const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
    const given = this.#checked('port', isPort, 'is no port', 'give a number from 1 to 65535');
    return given === undefined ? undefined : Number(given);
  }

  release(command: Run['command']): string | undefined {
    const given = this.#checked(
      'release',
      (text) => RELEASE.test(text),
      'is no release id',
      'for example: 20261122T043400Z-abcdef1 (the command "status" lists them)',
    );
    if (given !== undefined && !TO_A_RELEASE.includes(command) && HOST_VERBS[command]?.release === undefined) {
      this.#refuse(
        'release',
        `a release cannot be given to "${command}"`,
        'leave it out, or use the command "rollback" or "activate"',
      );
    }
    if (this.#inputs.values.release === undefined && command === 'activate') {
      const what = 'which release is to go live? (the output "staged" of "stage", or one that "status" lists)';
      this.#refuse('release', what, howToGive(this.#inputs, 'release', '20261122T043400Z-abcdef1'));
    }
    return given;
  }

  /** Where the artifact is, as it was given. */
  artifact(command: Run['command']): string | undefined {
    const given = this.#inputs.values.artifact;
    if (given !== undefined && !WITH_ARTIFACT.includes(command)) {
      this.#refuse(
        'artifact',
        `"${command}" has to do with none`,
        `leave it out; ${WITH_ARTIFACT.join(', ')} take one`,
      );
    }
    return given;
  }

  /** The stage that is named: by `stage`, or `to` of `promote`, which needs to be told both ends. */
  stages(command: Run['command']): { stage: string | undefined; from: string | undefined } {
    const { stage, from, to } = this.#inputs.values;
    const ends = (['from', 'to'] as const).filter((name) => this.#inputs.values[name] !== undefined);
    if (command !== 'promote') {
      for (const name of ends)
        this.#refuse(name, `"${command}" takes none`, 'leave it out; "promote" goes from one stage to another');
      return { stage, from: undefined };
    }
    if (from === undefined) {
      this.#refuse('from', 'which stage is to be promoted?', howToGive(this.#inputs, 'from', 'staging'));
    }
    if (to === undefined) this.#refuse('to', 'to which stage?', howToGive(this.#inputs, 'to', 'production'));
    if (stage !== undefined) {
      this.#refuse('stage', '"promote" takes none', 'leave it out: "from" and "to" name the two stages');
    }
    if (from !== undefined && from === to) {
      this.#refuse('to', `"${to}" cannot be promoted to itself`, 'name two stages');
    }
    return { stage: to, from };
  }

  names(command: Run['command']): Named {
    const given = (this.#inputs.values.names ?? '').split(/[\s,]+/).filter(Boolean);
    const words = WORDS.filter((word) => given.includes(word));
    if (given.length > 0 && !BY_HAND.includes(command)) {
      this.#refuse('names', `names cannot be given to "${command}"`, `leave them out; ${BY_HAND.join(', ')} take them`);
    } else if (words.length > 0 && given.length > 1) {
      this.#refuse('names', `"${given.join(' ')}": names, all and inactive exclude each other`, 'give one of them');
    }
    const one = words[0];
    return { names: one === undefined ? given : [], all: one === 'all', inactive: one === 'inactive' };
  }

  /** Whether a deploy that has not switched is to give way. */
  preempt(command: Run['command']): boolean {
    const given = this.#checked(
      'lock',
      (text) => text === 'wait' || text === 'preempt',
      'is neither wait nor preempt',
      'give wait or preempt',
    );
    if (given === 'preempt' && !TO_A_RELEASE.includes(command)) {
      this.#refuse('lock', `"${command}" pre-empts nothing`, 'leave it out; "rollback" and "activate" may');
    }
    return given === 'preempt';
  }

  lockMs(): number | undefined {
    const given = this.#checked(
      'lock-timeout',
      (text) => parseDuration(text) !== undefined,
      'is no duration',
      'give a whole number and ms, s, m, h or d, such as 10m',
    );
    return given === undefined ? undefined : parseDuration(given);
  }

  /** What one of the host's verbs asks: read already at a terminal, else from `args` and `release`. */
  asking(command: Run['command']): Asking | undefined {
    const { asking, values } = this.#inputs;
    const verb = HOST_VERBS[command];
    if (verb === undefined) {
      if (values.args !== undefined) this.#refuse('args', `"${command}" takes none`, 'leave it out');
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
    this.#refuse('args', `"${command}": ${read.message}`, `${read.mend} (one argument a line)`);
    return undefined;
  }

  force(): boolean {
    return this.#flag('force');
  }

  /** Whether it may go to a release that does not know all of the database. */
  databaseAhead(command: Run['command']): boolean {
    const given = this.#flag('database-ahead');
    if (given && command !== 'update' && !TO_A_RELEASE.includes(command)) {
      const mend = 'leave it out; "rollback", "activate" and "update" take it';
      this.#refuse('database-ahead', `"${command}" goes to no release that was there before`, mend);
    }
    return given;
  }

  /** What only a command that builds can do. */
  building(command: Run['command'], name: 'explain' | 'refresh-env'): boolean {
    const given = this.#flag(name);
    if (given && !['deploy', 'stage', 'build'].includes(command))
      this.#refuse(name, `"${command}" builds nothing`, 'leave it out; "deploy", "stage" and "build" take it');
    return given;
  }

  #flag(name: InputName): boolean {
    const given = this.#checked(
      name,
      (text) => /^(true|false)$/i.test(text),
      'is neither true nor false',
      'give true or false',
    );
    return given?.toLowerCase() === 'true';
  }

  #checked(name: InputName, holds: (text: string) => boolean, message: string, mend: string): string | undefined {
    const given = this.#inputs.values[name];
    if (given === undefined || holds(given)) return given;
    this.#refuse(name, `"${given}" ${message}`, mend);
    return undefined;
  }

  #usable<T>(name: InputName, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof LoginFault)) throw error;
      this.#refuse(name, error.message, error.mend);
      return undefined;
    }
  }

  #missing(name: InputName, message: string, secret: string, more = ''): void {
    // A file that could not be read has been told already.
    if (this.#inputs.faults.some(({ where }) => where === label(this.#inputs, name))) return;
    const near = this.#inputs.unknown.find((other) => nearest(other, [name]) !== undefined);
    const hint = near === undefined ? '' : `the step gives "${near}": write ${name}; `;
    this.#refuse(name, message, `${hint}${howToGive(this.#inputs, name, secret)}${more}`);
  }

  #refuse(name: InputName, message: string, mend: string): void {
    this.faults.push({ where: label(this.#inputs, name), message, mend });
  }
}
