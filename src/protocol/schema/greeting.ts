/** Answers of `../greeting.ts`. */
import * as z from 'zod';

const link = z.string().nullable();

export const fault = z.strictObject({ what: z.string(), mend: z.string() });

export const siteLinks = z.strictObject({ current: link, previous: link, working: link, previousWorking: link });

const facts = z.strictObject({
  hostname: z.string(),
  os: z.strictObject({ id: z.string(), version: z.string(), codename: z.string() }),
  machine: z.string(),
  libc: z.strictObject({ name: z.enum(['glibc', 'musl']), version: z.string() }),
  pythons: z.array(z.strictObject({ minor: z.string(), version: z.string(), abi: z.string(), executable: z.string() })),
  disk: z.strictObject({ freeBytes: z.number(), freeInodes: z.number() }),
  tools: z.array(z.string()),
});

const sendProgram = z.strictObject({ type: z.literal('send-program') });

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
  fleet: z.literal(true).optional(),
});

const error = z.strictObject({
  type: z.literal('error'),
  code: z.enum(['protocol', 'refused', 'bad-request', 'unknown', 'host', 'busy', 'internal']),
  message: z.string(),
  state: z.string(),
  next: z.string(),
});

export const greeting = { 'send-program': sendProgram, welcome, error };
