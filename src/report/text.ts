import { stripVTControlCharacters } from 'node:util';

/** A text of unknown origin as lines without colours, cursor movements and other control characters. */
export function plainLines(text: string): string[] {
  return stripVTControlCharacters(text)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/[\p{Cc}\p{Cs}]/gu, (character) => (character === '\t' ? '    ' : '�')));
}

/** The same as one line. */
export function plainLine(text: string): string {
  return plainLines(text).join(' ').trim();
}

/** `0.41 s`, `75 s`: two digits after the point below ten seconds. */
export function seconds(ms: number): string {
  const value = ms / 1000;
  return `${value < 9.995 ? value.toFixed(2) : value.toFixed(value < 99.95 ? 1 : 0)} s`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** `0 bytes`, `14.2 kB`, `3.1 MB`; a kB is 1000 bytes. */
export function size(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${UNITS[power]}`;
}
