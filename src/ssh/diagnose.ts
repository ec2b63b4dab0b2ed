import type { Login } from './connect.ts';
import { HostError, type HostErrorKind, type Place, placeOf, UNTOUCHED } from './error.ts';

/** How far a login came; filled in by the callbacks that ssh2 makes on the way. */
export interface Progress {
  phase: 'greeting' | 'authentication';
  /** The first bytes that came, as text. */
  firstWords: string;
  /** Why the host's key was refused. */
  refusal: HostError | undefined;
  /** What the host would accept after it refused our key. */
  methods: string[];
  /** True when the key was accepted and the host asks for more. */
  partial: boolean;
}

/**
 * What a failed login means. ssh2's own texts (1.17, `lib/client.js`) are `All configured authentication methods failed`,
 * `Timed out while waiting for handshake`, `Connection lost before handshake`; node-ssh adds `No response from server` on a close.
 */
export function explain(cause: Error, login: Login, progress: Progress, handshakeMs: number): HostError {
  if (progress.refusal !== undefined) return progress.refusal;
  const { target } = login;
  const error = (kind: HostErrorKind, what: string, next: string, fleeting = false) =>
    new HostError({
      kind,
      what,
      where: placeOf(target),
      state: UNTOUCHED,
      next,
      fleeting,
      cause,
    });

  if (cause.message.includes('authentication methods failed')) return notLetIn(login, progress, error);
  const words = progress.firstWords.split(/[\r\n]/, 1)[0] ?? '';
  if (words !== '' && !'SSH-'.startsWith(words.slice(0, 4))) return notSsh(words, target, error);
  if (cause.message.includes('Timed out')) {
    const point =
      progress.firstWords === ''
        ? 'the port is open but says nothing'
        : `the host stopped answering during the ${stage(progress)}`;
    return error(
      'timeout',
      `${point} (waited ${handshakeMs / 1000} s).`,
      'Is the host overloaded, or a firewall or another program in between?',
      true,
    );
  }
  if (/Keepalive|ECONNRESET|EPIPE|lost before handshake|No response|Connection lost/i.test(cause.message)) {
    // ssh2's own sentences say no more than that; a system error does.
    const detail = /Keepalive|ECONNRESET|EPIPE/.test(cause.message) ? ` (${cause.message})` : '';
    return error(
      'lost',
      `the host closed the connection during the ${stage(progress)}${detail}.`,
      'Look into the log of sshd; common reasons: MaxStartups, fail2ban, a host that is still booting.',
      true,
    );
  }
  if (cause.message.includes('no matching')) {
    return error(
      'not-ssh',
      `the host's sshd and this program share no method (${cause.message}).`,
      'Update OpenSSH on the host, or allow current algorithms in its sshd_config.',
    );
  }
  return error('lost', `the login failed (${cause.message}).`, 'Look into the log of sshd on the host.', true);
}

type Tell = (kind: HostErrorKind, what: string, next: string, fleeting?: boolean) => HostError;

/** What came first is no SSH greeting: sshd's own one-line refusals (`sshd.c`), or another program on the port. */
function notSsh(words: string, { port, leadsTo }: Place, error: Tell): HostError {
  if (/^(Exceeded MaxStartups|Not allowed at this time)/.test(words)) {
    return error(
      'lost',
      `sshd refuses connections for now (${words}).`,
      'Wait, or see MaxStartups and PerSourcePenalties in its sshd_config.',
      true,
    );
  }
  const shown = JSON.stringify(words.slice(0, 80));
  return error(
    'not-ssh',
    `what answers on port ${port} is not SSH; it says ${shown}.`,
    `Is this the port of sshd? ${leadsTo === undefined ? '`port`' : '`port` in `jump`'} sets another one.`,
  );
}

function stage(progress: Progress): string {
  return progress.phase === 'greeting' ? 'key exchange' : 'login';
}

function notLetIn({ target, key }: Login, progress: Progress, error: Tell): HostError {
  const ours = `${key.type} ${key.fingerprint}`;
  if (progress.partial) {
    const wanted = progress.methods.join(', ');
    return error(
      'authentication',
      `the host accepts the key ${ours} for ${target.user} and then asks for more (${wanted}).`,
      'Let this user in by key alone (AuthenticationMethods publickey in sshd_config).',
    );
  }
  if (progress.methods.length > 0 && !progress.methods.includes('publickey')) {
    return error(
      'authentication',
      `the host lets ${target.user} in by ${progress.methods.join(', ')} only, not by key.`,
      'Allow PubkeyAuthentication for this user in sshd_config.',
    );
  }
  return error(
    'authentication',
    `the host does not let ${target.user} in with the key ${ours}.`,
    `Is ${target.user} the right user? Then add this line to ~${target.user}/.ssh/authorized_keys on the host (owned by ${target.user}, mode 0600, in a folder of mode 0700):\n${key.publicLine}\nIf it is there already, the log of sshd says why (journalctl -u ssh): those modes, a login shell that does not exist, a locked account, AllowUsers.`,
  );
}
