/** What the host may say, checked at run time; agrees with `messages.ts` by type (see the end). */
import type * as z from 'zod';
import type { Answer } from './messages.ts';
import { greeting } from './schema/greeting.ts';
import { operation } from './schema/operation.ts';
import { shipping } from './schema/shipping.ts';
import { status } from './schema/status.ts';
import { telling } from './schema/telling.ts';

/** Every answer of the host, by its `type`. */
const ANSWERS = { ...greeting, ...shipping, ...operation, ...status, ...telling } as const;

type Checked = z.infer<(typeof ANSWERS)[keyof typeof ANSWERS]>;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Holds<T extends true> = T;
/** Does not compile when the schemas and `messages.ts` differ. */
export type SchemaAgrees = Holds<Same<Checked, Answer>>;

/** One line as an answer, or in words why it is none. */
export function readAnswer(line: string): Answer | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { fault: 'not JSON' };
  }
  const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
  if (typeof type !== 'string') return { fault: 'no object with a type' };
  if (!isAnswerType(type)) return { fault: `unknown type ${JSON.stringify(type.slice(0, 40))}` };
  const parsed = ANSWERS[type].safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || type}: ${issue.message}`);
  return { fault: `${type}: ${issues.slice(0, 3).join('; ')}` };
}

function isAnswerType(type: string): type is keyof typeof ANSWERS {
  return Object.hasOwn(ANSWERS, type);
}
