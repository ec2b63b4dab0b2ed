/** Shorter ones are no secrets: taking every `1` or `on` out would make a text useless and hide nothing. */
export const SHORTEST_SECRET = 4;

/** The texts to hide of a value: the whole of it and each of its lines, but for what is too short to be a secret. */
export function partsOf(value: string): string[] {
  const parts = new Set([value, ...value.split(/\r?\n/)]);
  return [...parts].filter((part) => part.trim().length >= SHORTEST_SECRET);
}

/** Takes secrets out of a text for people: the given values become `***`, and `user:password@` of any web address goes. */
export function redact(text: string, secrets: readonly string[] = []): string {
  // Longest first: a secret may contain another.
  const ordered = [...new Set(secrets.flatMap(partsOf))].sort((a, b) => b.length - a.length);
  let clean = text;
  for (const secret of ordered) clean = clean.replaceAll(secret, '***');
  return withoutCredentials(clean);
}

/** `https://user:token@host/x` becomes `https://host/x`, wherever it stands in the text. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]*(?:@[^\s/?#"'@]*)*@/gi, '$1');
}
