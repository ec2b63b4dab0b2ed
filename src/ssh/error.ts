import type { Target } from '../config/types.ts';

/** Where somebody logs in. */
export interface Place extends Target {
  /** Of a jump host: the host that it leads to. */
  leadsTo?: string | undefined;
}

/** `deploy@www.example.org:22`, and of a jump host that it is one: it has other keys in `graceful.yml`. */
export function placeOf({ user, host, port, leadsTo }: Place): string {
  return `${user}@${host}:${port}${leadsTo === undefined ? '' : `, the jump host of ${leadsTo}`}`;
}

/**
 * Sort of a {@link HostError}, for callers that decide by it (try again, mask, exit code); people read the sentences.
 *
 * `name`, `refused`, `timeout`, `unreachable`: no connection came about. `not-ssh`: something else answered. `host-key`: the host
 * showed another key than the pinned ones. `authentication`: it does not accept ours. `lost`: an open connection ended. `start`: the host program could not be started.
 * `protocol`: one side said what the other does not know. `answer`: the host program refused or failed. `unknown`: it was asked
 * for a name that nothing there has.
 */
export type HostErrorKind =
  | 'name'
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'not-ssh'
  | 'host-key'
  | 'authentication'
  | 'lost'
  | 'start'
  | 'protocol'
  | 'answer'
  | 'unknown';

/** The parts of a {@link HostError}. */
export interface HostErrorParts {
  kind: HostErrorKind;
  /** What happened, one sentence or more. */
  what: string;
  /** Where: `deploy@www.example.org:22`, ... */
  where: string;
  /** What state the site is in. */
  state: string;
  /** What the person should do next. */
  next: string;
  /** Several things that stand in the way at once, each with its mend: `what` and `next` say the same together. */
  faults?: readonly { what: string; mend: string }[];
  /** True when the same attempt may succeed a moment later. */
  fleeting?: boolean;
  cause?: unknown;
}

/** A key, passphrase or known_hosts that cannot be used, found before anything is connected. The message says what, `mend` what to do. */
export class LoginFault extends Error {
  override readonly name = 'LoginFault';
  readonly mend: string;

  constructor(what: string, mend: string, cause?: Error) {
    super(what, { cause });
    this.mend = mend;
  }
}

/** Said wherever nothing was sent that could change the site. */
export const UNTOUCHED = 'The site is untouched.';

/** What stands in the way on several hosts of one run, found together. */
export class HostErrors extends Error {
  override readonly name = 'HostErrors';
  readonly errors: readonly HostError[];

  constructor(errors: readonly HostError[]) {
    super(errors.map((error) => error.message).join('\n'));
    this.errors = errors;
  }
}

/** A failure to reach, enter or talk to a host. Its message is complete: what, state and next step. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly kind: HostErrorKind;
  readonly what: string;
  readonly where: string;
  readonly state: string;
  readonly next: string;
  readonly faults: readonly { what: string; mend: string }[];
  readonly fleeting: boolean;

  constructor(parts: HostErrorParts) {
    super([`${parts.where}: ${parts.what}`, parts.state, parts.next].filter((part) => part !== '').join('\n'), {
      cause: parts.cause,
    });
    this.kind = parts.kind;
    this.what = parts.what;
    this.where = parts.where;
    this.state = parts.state;
    this.next = parts.next;
    this.faults = parts.faults ?? [{ what: parts.what, mend: parts.next }];
    this.fleeting = parts.fleeting ?? false;
  }

  /** The same failure told from further out: with another state and next step, the first one kept as cause. */
  retold(parts: Partial<Pick<HostErrorParts, 'what' | 'state' | 'next'>>): HostError {
    return new HostError({
      kind: this.kind,
      what: parts.what ?? this.what,
      where: this.where,
      state: parts.state ?? this.state,
      next: parts.next ?? this.next,
      cause: this,
    });
  }
}
