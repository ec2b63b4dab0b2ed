import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The one place of the host program that names every kind of journal record. */
const RECORDS = 'graceful/journal/records.py';

/**
 * Every kind of record that the host program can write, in the order in which it lists them.
 * @param host folder that holds the package `graceful`
 */
export function journalRecords(host = join(import.meta.dirname, '../host')): string[] {
  const text = readFileSync(join(host, RECORDS), 'utf8');
  const listed = /^Record = Literal\[\n(.*?)^\]/ms.exec(text)?.[1];
  if (listed === undefined) throw new Error(`host/${RECORDS} has no list of records`);
  return [...listed.matchAll(/^ +"([a-z-]+)",$/gm)].map(([, name = '']) => name);
}
