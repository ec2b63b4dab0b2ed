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

/** True of several hosts, even where only one of them could be reached: a program that reads it finds the same shape. Pure. */
export function isFleet({ told, away }: Answers<unknown>): boolean {
  return told.length + away.length > 1;
}

/** For people: each host's under its name. Pure. */
export function textByHost<Answer>(answers: Answers<Answer>, text: (answer: Answer) => string): string {
  const { told } = answers;
  const [first] = told;
  if (first !== undefined && !isFleet(answers)) return text(first.answer);
  return told.map(({ host, answer }) => `== ${host} ==\n${text(answer)}`).join('\n\n');
}

/** For programs: of several hosts an object with the hosts' names as keys. Pure. */
export function jsonByHost<Answer>(answers: Answers<Answer>, plain: (answer: Answer) => object): string {
  const { told } = answers;
  const [first] = told;
  const whole =
    first !== undefined && !isFleet(answers)
      ? plain(first.answer)
      : { hosts: Object.fromEntries(told.map(({ host, answer }) => [host, plain(answer)])) };
  return JSON.stringify(whole, null, 2);
}
