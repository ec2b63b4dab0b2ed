/** What each of several hosts told, one after the other; of one host just that. */

/** What one host told. */
export interface Told<Answer> {
  host: string;
  answer: Answer;
}

/** What all hosts told that could be reached. */
export interface Answers<Answer> {
  told: Told<Answer>[];
  /** The others, and why not. */
  away: { name: string; error: { what: string } }[];
}

/** For people: each host's under its name. Pure. */
export function textByHost<Answer>(all: readonly Told<Answer>[], text: (answer: Answer) => string): string {
  const [first, ...others] = all;
  if (first !== undefined && others.length === 0) return text(first.answer);
  return all.map(({ host, answer }) => `== ${host} ==\n${text(answer)}`).join('\n\n');
}

/** For programs: of several hosts an object with the hosts' names as keys. Pure. */
export function jsonByHost<Answer>(all: readonly Told<Answer>[], plain: (answer: Answer) => object): string {
  const [first, ...others] = all;
  const whole =
    first !== undefined && others.length === 0
      ? plain(first.answer)
      : { hosts: Object.fromEntries(all.map(({ host, answer }) => [host, plain(answer)])) };
  return JSON.stringify(whole, null, 2);
}
