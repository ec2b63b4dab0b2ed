import ssh2, { type ParsedKey } from 'ssh2';
import { LoginFault } from './error.ts';
import { fingerprint } from './fingerprint.ts';

/** A private key that is ready to sign, and what may be told of it. */
export interface LoginKey {
  parsed: ParsedKey;
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` ... */
  type: string;
  /** SHA256 fingerprint of the PUBLIC key. */
  fingerprint: string;
  /** The line for `authorized_keys`. */
  publicLine: string;
  /** What had to be mended in the text as given and what else is odd, for the log. */
  notes: string[];
}

const NEW_KEY = 'make a key for this purpose with `ssh-keygen -t ed25519 -N "" -f graceful-key`';
const PASSPHRASE = 'ssh-key-passphrase (at a terminal the variable GRACEFUL_SSH_KEY_PASSPHRASE)';
const TYPES = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];

/**
 * Reads a private key. What pasting into a secret does to a key is mended and noted.
 * @throws LoginFault that says what is wrong with the key or its passphrase; never any part of either.
 */
export function readLoginKey(given: string, passphrase: string | undefined): LoginKey {
  const { text, notes } = mendKey(given);
  refuseOtherFormats(text.trim());
  const secret = passphrase === '' ? undefined : passphrase;
  const parsed = parse(text, secret);
  if (!TYPES.includes(parsed.type)) throw unsupported(parsed.type);
  if (secret !== undefined && parse(text, undefined, true)) {
    notes.push('it is not encrypted: the passphrase is not used');
  }
  const blob = parsed.getPublicSSH();
  return {
    parsed,
    type: parsed.type,
    fingerprint: fingerprint(blob),
    publicLine: `${parsed.type} ${blob.toString('base64')} graceful`,
    notes,
  };
}

/**
 * Mends what pasting does to keys (CRLF, line ends turned into `\n` or blanks, no last line end), each of which SSH
 * libraries report as a broken key. Pure.
 */
export function mendKey(given: string): { text: string; notes: string[] } {
  const notes: string[] = [];
  let text = given.replace(/^\uFEFF/, '');
  if (!text.trim().includes('\n') && text.includes('\\n')) {
    notes.push('it had \\n in place of line ends (mended)');
    text = text.replaceAll('\\r', '').replaceAll('\\n', '\n');
  }
  if (text.includes('\r')) {
    notes.push('its lines ended with CRLF (mended)');
    text = text.replace(/\r\n?/g, '\n');
  }
  const oneLine = /^(-----BEGIN [A-Z ]+-----) +([A-Za-z0-9+/= ]+?) +(-----END [A-Z ]+-----)$/.exec(text.trim());
  if (oneLine?.[1] !== undefined && oneLine[2] !== undefined && oneLine[3] !== undefined) {
    notes.push('it had blanks in place of line ends (mended)');
    text = [oneLine[1], ...oneLine[2].split(/ +/), oneLine[3]].join('\n');
  } else if (!/\n\s*$/.test(text)) {
    notes.push('its last line had no end (mended)');
  }
  const lines = text.trim().split('\n');
  return { text: `${lines.map((line) => line.trim()).join('\n')}\n`, notes };
}

function refuseOtherFormats(text: string): void {
  if (text === '') {
    throw keyError(
      'the key is empty',
      'in a job, set the secret that ssh-key takes its value from: one that does not exist is empty',
    );
  }
  if (/^(~|\.{0,2}\/|[A-Za-z]:\\)[^\n]*$|^[^\n]*\bid_(rsa|ed25519|ecdsa)(\.pub)?$|^[^\s]+\.pem$/.test(text)) {
    throw keyError('this is the path of a file', 'give the content of that file, not its name');
  }
  const privateOne =
    'give the private key: the file without `.pub`, which begins with -----BEGIN OPENSSH PRIVATE KEY-----';
  if (/^(ssh-|ecdsa-|sk-)[^ ]*-cert-v01@openssh\.com /.test(text)) {
    throw keyError('this is a certificate, not a private key; certificates are not supported', privateOne);
  }
  if (/^((ssh|ecdsa|sk)-[^ ]+ AAAA|---- BEGIN SSH2 PUBLIC KEY|-----BEGIN (RSA )?PUBLIC KEY-----)/.test(text)) {
    throw keyError('this is a public key; the private key is needed', privateOne);
  }
  if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) {
    throw keyError(
      'the key is in PKCS#8 format, which is not supported',
      'convert a copy of it with `ssh-keygen -p -f KEY`; if that says "invalid format" (ed25519 keys), make a new key with `ssh-keygen -t ed25519`',
    );
  }
  if (text.startsWith('PuTTY-User-Key-File-')) {
    throw keyError(
      'the key is in PuTTY format, which is not supported',
      'convert it with `puttygen KEY.ppk -O private-openssh -o KEY`',
    );
  }
  const begin = /^-----BEGIN ([A-Z ]+)-----/.exec(text);
  if (begin?.[1] === undefined) {
    throw keyError(
      'this is not a private key: it does not begin with -----BEGIN',
      `paste the whole key file, first and last line too; or ${NEW_KEY}`,
    );
  }
  if (!text.endsWith(`-----END ${begin[1]}-----`)) {
    throw keyError(
      `the key is cut off: the line -----END ${begin[1]}----- is missing`,
      'paste the whole key file, first and last line too',
    );
  }
}

function parse(text: string, passphrase: string | undefined): ParsedKey;
function parse(text: string, passphrase: undefined, probe: true): ParsedKey | undefined;
function parse(text: string, passphrase: string | undefined, probe = false): ParsedKey | undefined {
  let parsed: ParsedKey | Error;
  try {
    parsed = ssh2.utils.parseKey(text, passphrase);
  } catch (cause) {
    // OpenSSL's own errors (bad decrypt, unknown curve) are thrown by some of the formats.
    parsed = cause instanceof Error ? cause : new Error(String(cause));
  }
  if (!(parsed instanceof Error) && parsed.isPrivateKey()) return parsed;
  if (probe) return undefined;
  throw explain(parsed instanceof Error ? parsed : new Error('no private part'), passphrase);
}

/** From ssh2's sentence to one with a next step. Its texts: ssh2 1.17, `lib/protocol/keyParser.js`. */
function explain(cause: Error, passphrase: string | undefined): LoginFault {
  const type = /Unsupported OpenSSH private key type: (.*)/.exec(cause.message)?.[1];
  if (type !== undefined) return unsupported(type, cause);
  if (/no passphrase given/.test(cause.message)) {
    return keyError('the key is encrypted and no passphrase is given', `set ${PASSPHRASE}, or ${NEW_KEY}`, cause);
  }
  if (/Unsupported (cipher|kdf)/.test(cause.message)) {
    return keyError(
      `the key's encryption is not supported (${cause.message})`,
      'save it anew with `ssh-keygen -p -Z aes256-ctr -f KEY`',
      cause,
    );
  }
  const decrypting = /[Bb]ad passphrase|bad decrypt|authenticate data|wrong final block|[Ee]ncrypted/.test(
    cause.message,
  );
  if (passphrase !== undefined && decrypting) {
    return keyError(
      'the passphrase does not open the key',
      `correct ${PASSPHRASE}; is a line end or blank pasted with it? Try it with \`ssh-keygen -y -f KEY\``,
      cause,
    );
  }
  return keyError(
    `the key cannot be read (${cause.message})`,
    `paste the whole key file as it is; \`ssh-keygen -y -f KEY\` must accept it; or ${NEW_KEY}`,
    cause,
  );
}

function unsupported(type: string, cause?: Error): LoginFault {
  const reason = type.startsWith('sk-') ? ', which needs a security key to be touched,' : '';
  return keyError(
    `a key of type ${type}${reason} is not supported`,
    `use ssh-ed25519, ecdsa-sha2-nistp* or ssh-rsa: ${NEW_KEY}`,
    cause,
  );
}

function keyError(what: string, mend: string, cause?: Error): LoginFault {
  return new LoginFault(what, mend, cause);
}
