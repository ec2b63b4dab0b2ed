/** Answers of `../telling.ts`. */
import * as z from 'zod';

const releases = z.strictObject({
  type: z.literal('releases'),
  site: z.string(),
  releases: z.array(
    z.strictObject({
      id: z.string(),
      state: z.string(),
      commit: z.string(),
      createdAt: z.string(),
      ageMs: z.number(),
      bytes: z.number(),
      tags: z.array(z.string()),
    }),
  ),
});

const text = z.string().nullable();

const history = z.strictObject({
  type: z.literal('history'),
  site: z.string(),
  operations: z.array(
    z.strictObject({
      op: z.string(),
      kind: z.string(),
      release: text,
      commit: text,
      origin: z.strictObject({
        actor: z.string().optional(),
        runUrl: z.string().optional(),
        workflow: z.string().optional(),
        runNumber: z.number().optional(),
        reason: z.string().optional(),
      }),
      began: z.string(),
      ended: text,
      ms: z.number().nullable(),
      result: text,
      message: text,
      steps: z.array(z.strictObject({ step: z.string(), ms: z.number() })),
    }),
  ),
});

const lines = z.strictObject({ type: z.literal('lines'), lines: z.array(z.string()), more: z.boolean() });

const verified = z.strictObject({
  type: z.literal('verified'),
  site: z.string(),
  damages: z.array(
    z.strictObject({
      part: z.string(),
      path: z.string(),
      kind: z.string(),
      found: z.string(),
      expected: z.string(),
      releases: z.array(z.strictObject({ root: z.string(), release: z.string(), tags: z.array(z.string()) })),
    }),
  ),
  count: z.number(),
  objects: z.number(),
  files: z.number(),
  bytes: z.number(),
  ms: z.number(),
  notes: z.array(z.string()),
  next: z.array(z.string()),
  more: z.boolean(),
});

export const telling = { releases, history, verified, lines };
