/** Answers of `../operation.ts`. */
import * as z from 'zod';

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
  'processes',
]);

const outcome = z.strictObject({
  result: z.enum(['live', 'unchanged', 'done', 'fell-back', 'failed', 'superseded', 'split', 'not-reverted']),
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
      unknown: z.literal(true).optional(),
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
    kind: z.literal('holding'),
    step: z.enum(['migrate', 'start', 'switch', 'confirm']),
  }),
  z.strictObject({ ...numbered, kind: z.literal('migrated'), migrations: z.array(z.string()) }),
  z.strictObject({
    ...numbered,
    kind: z.literal('verify-public'),
    url: z.string(),
    release: z.string(),
    health,
    static: z.string().nullable(),
    public: z.boolean(),
    offline: z.boolean(),
  }),
  z.strictObject({
    ...numbered,
    kind: z.literal('measuring'),
    url: z.string(),
    path: z.string(),
    public: z.boolean(),
  }),
  z.strictObject({
    ...numbered,
    kind: z.literal('measured'),
    strategy: z.enum(['overlap', 'restart']),
    requests: z.int(),
    failed: z.int(),
    worstMs: z.int(),
  }),
  z.strictObject({ ...numbered, kind: z.literal('unmeasured'), why: z.string() }),
  z.strictObject({ ...numbered, kind: z.literal('outcome'), outcome }),
]);

const ack = z.strictObject({ type: z.literal('ack'), n: z.number() });

const outcomeAnswer = z.strictObject({
  type: z.literal('outcome'),
  operation: z.string().nullable().optional(),
  state: z.enum(['running', 'ended', 'unknown']),
  outcome: outcome.nullable(),
});

export const operation = { ack, event, outcome: outcomeAnswer };
