/** A private key as it comes out of a secret, made whole. */
export interface TidyKey {
  key: string;
  /** What was mended, in words for a notice. */
  mended: string[];
  /** Set when this cannot be a private key at all. */
  fault: { message: string; mend: string } | undefined;
}

const PUBLIC = /^\s*(ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-|-----BEGIN (RSA )?PUBLIC KEY|---- BEGIN SSH2 PUBLIC KEY)/;

/**
 * Mends what pasting does to keys: CRLF line ends and a missing last line end, either of which SSH libraries report as
 * a broken key. A public key is told apart; all else is for the SSH library to judge.
 */
export function tidyKey(text: string): TidyKey {
  const mended: string[] = [];
  let key = text;
  if (key.includes('\r')) {
    key = key.replaceAll(/\r\n?/g, '\n');
    mended.push('its lines ended with CRLF');
  }
  if (!key.endsWith('\n')) {
    key += '\n';
    mended.push('its last line had no end');
  }
  const fault = PUBLIC.test(key)
    ? {
        message: 'this is a public key',
        mend: 'give the private one: the file of the same name without ".pub", which begins with "-----BEGIN"',
      }
    : undefined;
  return { key, mended, fault };
}

/**
 * What of a key must never be shown: the whole and each of its lines, but not the lines that only say what it is, nor a
 * last one of a few characters, which would blank out half of every log.
 */
export function secretsOf(key: string): string[] {
  const lines = key.split(/\r?\n/).filter((line) => line.length >= 8 && !line.startsWith('-----'));
  return [...new Set([key, ...lines])];
}
