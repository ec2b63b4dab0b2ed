/** What it means when the host's side ends or says something that is not the protocol. */
import { HostError, UNTOUCHED } from '../ssh/error.ts';

/** How the remote command ended; undefined when it still runs or nothing was told. */
export type Exit = { code: number | null; signal: string | undefined } | undefined;

const KEPT_BYTES = 4096;
/** What a restricted key may be limited to. */
const FORCED = 'With a restricted key the command must be `<root>/bin/graceful serve`';
const STARTED = 'What the host did last is known to the host only.';

/** The first 4 kB of the remote's standard error. */
export class Stderr {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, KEPT_BYTES - this.#bytes);
    this.#bytes += kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8').trim();
  }

  /** As the end of a sentence: empty, or the text on lines of its own. */
  told(): string {
    return this.text === '' ? '' : ` Its standard error:\n${this.text}`;
  }
}

/** The remote command ended before it had to. `spoken`: had the host program answered at all? */
export function explainEnd(where: string, exit: Exit, stderr: Stderr, spoken: boolean): HostError {
  const error = (kind: 'start' | 'lost', what: string, next: string) =>
    new HostError({
      kind,
      what: what + stderr.told(),
      where,
      state: spoken ? STARTED : UNTOUCHED,
      next,
      fleeting: kind === 'lost',
    });
  const how = describe(exit);
  if (spoken) {
    return error(
      'lost',
      `the host program ended unexpectedly (${how}).`,
      'Run the command again; `graceful status` shows what the host serves.',
    );
  }
  if ((exit?.code === 127 || exit?.code === 126) && stderr.text !== '' && !stderr.text.includes('python3')) {
    return error(
      'start',
      `the host runs another command than the one it was asked for, and cannot (${how}).`,
      `${FORCED}, which is there after a first deploy with an ordinary key; else look at ForceCommand in its sshd_config.`,
    );
  }
  if (exit?.code === 127) {
    return error(
      'start',
      'there is no python3 on the host (exit code 127).',
      'Install Python 3.9 or newer there, e.g. `apt install python3`; it must be in the PATH of a non-interactive login.',
    );
  }
  if (exit?.code === 126) {
    return error(
      'start',
      'python3 on the host cannot be executed (exit code 126).',
      'Run `python3 --version` there as this user.',
    );
  }
  return error(
    'start',
    `the host program did not start (${how}).`,
    `Does the user's login shell run commands (getent passwd ${userOf(where)}; nologin and false do not)? Does the key have a forced command? ${FORCED}.`,
  );
}

/** Text on standard output before the protocol. */
export function strayText(where: string, text: string, exit: Exit, stderr: Stderr): HostError {
  // The host program may have come through after it: its own lines are not the trouble.
  const others = text.split('\n').filter((line) => !line.startsWith('{"type"'));
  const shown = JSON.stringify(others.join('\n').trim().slice(0, 300));
  const ended = exit === undefined ? '' : ` The command ended with ${describe(exit)}.`;
  return new HostError({
    kind: 'start',
    what: `something on the host printed this instead of the host program: ${shown}.${ended}${stderr.told()}`,
    where,
    state: UNTOUCHED,
    next: /account is currently not available/i.test(text)
      ? `The login shell of ${userOf(where)} lets nobody in. As root: usermod --shell /bin/bash ${userOf(where)}`
      : 'A shell profile (~/.bashrc, /etc/profile.d) must print nothing in a non-interactive login; a forced command must ' +
        'be `<root>/bin/graceful serve`; the user needs a shell that runs commands.',
  });
}

/** A line that this version does not understand. */
export function unknownAnswer(where: string, fault: string): HostError {
  return new HostError({
    kind: 'protocol',
    what: `the host program said something that this version does not know (${fault}).`,
    where,
    state: STARTED,
    next: 'Use the same version of Graceful on both sides: update the runner, or the program that a forced command starts.',
  });
}

/** `deploy` of `deploy@www.example.org:22`. */
function userOf(where: string): string {
  return where.slice(0, where.lastIndexOf('@'));
}

function describe(exit: Exit): string {
  if (exit === undefined) return 'no exit code';
  return exit.signal === undefined ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}
