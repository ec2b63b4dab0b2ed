/** JSON as Python's `json.dumps(value, sort_keys=True)` writes it: Poetry and Pipenv name projects by the hash of such texts. */

/** @param separators - what stands between members, and between a key and its value */
export function pythonJson(value: unknown, separators: readonly [string, string]): string {
  const [member, key] = separators;
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, separators)).join(member)}]`;
  if (typeof value === 'string') return ascii(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${ascii(name)}${key}${pythonJson(item, separators)}`);
  return `{${members.join(member)}}`;
}

/** What is not ASCII as `\uXXXX`, as Python does by default. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
