import type { Damage, VerifiedAnswer } from '../protocol/messages.ts';
import { answer } from './answer.ts';
import { type Answers, isFleet, jsonByHost, textByHost } from './by-host.ts';
import type { Log } from './log.ts';
import { plainLine, seconds, size } from './text.ts';

/**
 * Prints what is damaged on the host, and what comes of it; JSON where asked for.
 *
 * @returns what the process should exit with
 */
export function reportVerified(log: Log, answers: Answers<VerifiedAnswer>, json: boolean): number {
  log.end();
  const text = json ? jsonByHost(answers, ({ type: _, more: __, ...rest }) => rest) : textByHost(answers, verifiedText);
  answer(`${text}\n`, json);
  const damaged = answers.told.map(({ host, answer: found }) => ({ host, ...found })).filter(({ count }) => count > 0);
  for (const { host, count, site } of damaged) {
    const where = isFleet(answers) ? host : `the host of ${site}`;
    log.error(`${countText(count)} on ${where}.`);
  }
  return damaged.length === 0 ? 0 : 1;
}

/** For people: each damage with whom it concerns, then what was read, and what comes of it. Pure. */
export function verifiedText({ damages, count, objects, files, bytes, ms, notes, next }: VerifiedAnswer): string {
  const read = `${objects} objects and ${files} files, ${size(bytes)} in ${seconds(ms)}`;
  const end = [`${countText(count)}; read: ${read}.`, ...notes, ...next].map(plainLine);
  return [...damages.flatMap(damageLines), ...end].join('\n');
}

function damageLines({ part, path, found, expected, releases }: Damage): string[] {
  const names = releases.map(
    ({ root, release, tags }) => `${release}${tags.length > 0 ? ` (${tags.join(', ')})` : ''} in ${root}`,
  );
  const whom = `${part} of ${names.join(', ') || 'no release'}`;
  return [plainLine(`${path}: ${found}; expected: ${expected}`), `    ${plainLine(whom)}`];
}

function countText(count: number): string {
  return count === 0 ? 'No damage' : `${count} damage${count === 1 ? '' : 's'}`;
}
