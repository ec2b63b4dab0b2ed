/** What the host may say, checked at run time; agrees with `messages.ts` by type (see the end). */
import * as z from 'zod';
import type { Answer } from './messages.ts';

const link = z.string().nullable();

const fault = z.strictObject({ what: z.string(), mend: z.string() });

const siteLinks = z.strictObject({ current: link, previous: link, working: link, previousWorking: link });

const facts = z.strictObject({
  hostname: z.string(),
  os: z.strictObject({ id: z.string(), version: z.string() }),
  machine: z.string(),
  libc: z.strictObject({ name: z.enum(['glibc', 'musl']), version: z.string() }),
  pythons: z.array(z.strictObject({ minor: z.string(), version: z.string(), abi: z.string(), executable: z.string() })),
  disk: z.strictObject({ freeBytes: z.number(), freeInodes: z.number() }),
  manager: z.strictObject({ name: z.string(), version: z.string() }),
  tools: z.array(z.string()),
});

const health = z.strictObject({
  path: z.string(),
  status: z.array(z.number()).nullable(),
  body: z.string().nullable(),
  timeoutMs: z.number(),
  successes: z.number(),
});

const step = z.enum([
  'recover',
  'lock',
  'stage',
  'prepare',
  'start',
  'check',
  'switch',
  'verify',
  'confirm',
  'fall-back',
]);

const outcome = z.strictObject({
  result: z.enum(['live', 'unchanged', 'fell-back', 'failed', 'superseded', 'split', 'not-reverted']),
  release: z.string().nullable(),
  previous: z.string().nullable(),
  commit: z.string().nullable(),
  message: z.string(),
  failure: z
    .strictObject({
      step,
      what: z.string(),
      next: z.string(),
      answer: z.strictObject({ status: z.number(), location: z.string().nullable(), body: z.string() }).nullable(),
      log: z.array(z.string()),
    })
    .nullable(),
});

const numbered = { type: z.literal('event'), seq: z.int().min(1), at: z.string() };
const ended = { kind: z.literal('step'), step, ms: z.number(), detail: z.string() };

const event = z.discriminatedUnion('kind', [
  z.discriminatedUnion('status', [
    z.strictObject({ ...numbered, kind: z.literal('step'), step, status: z.literal('begin') }),
    z.strictObject({ ...numbered, ...ended, status: z.literal('end') }),
    z.strictObject({ ...numbered, ...ended, status: z.literal('failed') }),
  ]),
  z.strictObject({ ...numbered, kind: z.literal('notice'), message: z.string() }),
  z.strictObject({ ...numbered, kind: z.literal('log'), source: z.string(), lines: z.array(z.string()) }),
  z.strictObject({ ...numbered, kind: z.literal('waiting'), holder: z.string() }),
  z.strictObject({
    ...numbered,
    kind: z.literal('verify-public'),
    url: z.string(),
    release: z.string(),
    health,
    static: z.string().nullable(),
    public: z.boolean(),
  }),
  z.strictObject({ ...numbered, kind: z.literal('outcome'), outcome }),
]);

const status = z.strictObject({
  type: z.literal('status'),
  site: z.string(),
  host: z.string(),
  root: z.string(),
  mode: z.enum(['separate-users', 'single-user']),
  links: siteLinks,
  backends: z.array(
    z.strictObject({
      backend: z.string(),
      release: z.string(),
      role: z.enum(['active', 'standby', 'draining', 'starting', 'stopped']),
      up: z.boolean(),
      pid: z.number().nullable(),
      until: z.string().nullable(),
    }),
  ),
  releases: z.array(
    z.strictObject({
      id: z.string(),
      commit: z.string(),
      state: z.string(),
      createdAt: z.string(),
      links: z.array(z.string()),
    }),
  ),
  unfinished: z.string().nullable(),
  holder: z.string().nullable(),
});

const welcome = z.strictObject({
  type: z.literal('welcome'),
  protocol: z.number(),
  version: z.string(),
  facts,
  links: siteLinks,
  liveCommit: z.string().nullable(),
  ticket: z.number().nullable(),
  unfinished: z.string().nullable(),
  faults: z.array(fault),
});

const preflighted = z.strictObject({
  type: z.literal('preflighted'),
  faults: z.array(fault),
  missing: z.array(z.string()),
  unchanged: z.boolean(),
  reasons: z.array(z.string()),
  live: z.string().nullable(),
});

/** Every answer of the host, by its `type`. */
export const ANSWERS = {
  'send-program': z.strictObject({ type: z.literal('send-program') }),
  welcome,
  preflighted,
  lacks: z.strictObject({ type: z.literal('lacks'), trees: z.array(z.string()), env: z.boolean() }),
  received: z.strictObject({ type: z.literal('received'), objects: z.number() }),
  ack: z.strictObject({ type: z.literal('ack'), n: z.number() }),
  event,
  outcome: z.strictObject({
    type: z.literal('outcome'),
    state: z.enum(['running', 'ended', 'unknown']),
    outcome: outcome.nullable(),
  }),
  status,
  error: z.strictObject({
    type: z.literal('error'),
    code: z.enum(['protocol', 'refused', 'bad-request', 'host', 'busy', 'internal']),
    message: z.string(),
    state: z.string(),
    next: z.string(),
  }),
} as const;

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
