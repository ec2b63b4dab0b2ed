import type { Setting } from '../config/settings.ts';
import { columns } from './columns.ts';

/** For people, in columns: key, value, and where it comes from. Pure. */
export function settingsTable(settings: readonly Setting[]): string {
  return columns(settings.map((one) => [one.key, shown(one), source(one)]));
}

/** For programs. Pure. */
export function settingsJson(settings: readonly Setting[]): string {
  return JSON.stringify({ settings }, null, 2);
}

function shown({ value, secret }: Setting): string {
  if (secret) return '(set, not shown)';
  if (value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const WORDS: Record<Setting['from'], string> = {
  input: '',
  environment: 'environment',
  stage: 'stage',
  common: 'common',
  default: 'default',
  found: '',
  missing: 'NOT FOUND:',
  later: 'decided by the deploy:',
};

function source({ from, where }: Setting): string {
  const word = WORDS[from];
  if (where === '') return word;
  if (from === 'stage' || from === 'common') return `${where} (${word})`;
  if (from === 'default') return `${word}, ${where}`;
  return `${word} ${where}`;
}
