import Table from 'cli-table3';
import type { Setting } from '../config/settings.ts';
import { plainLine } from './text.ts';

/** For people, in columns: key, value, and where it comes from. Pure. */
export function settingsTable(settings: readonly Setting[]): string {
  const made = new Table({
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  made.push(...settings.map((one) => [one.key, shown(one), source(one)].map(plainLine)));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
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
