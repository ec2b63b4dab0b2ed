/**
 * What of a key must never be shown: the whole and each of its lines, but not the lines that only say what it is, nor a
 * last one of a few characters, which would blank out half of every log.
 */
export function secretsOf(key: string): string[] {
  const lines = key.split(/\r?\n/).filter((line) => line.length >= 8 && !line.startsWith('-----'));
  return [...new Set([key, ...lines])];
}
