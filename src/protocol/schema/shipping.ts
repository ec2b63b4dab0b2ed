/** Answers of `../shipping.ts`. */
import * as z from 'zod';
import { fault } from './greeting.ts';
import { buildSpec } from './release.ts';

const live = {
  release: z.string().nullable(),
  state: z.string().nullable(),
  build: buildSpec.nullable(),
};

const kind = z.enum(['code', 'static', 'config', 'env']);

const known = z.array(z.strictObject({ kind, digest: z.string(), pieces: z.base64() }));

const preflighted = z.strictObject({
  type: z.literal('preflighted'),
  faults: z.array(fault),
  missing: z.array(z.string()),
  unchanged: z.boolean(),
  reasons: z.array(z.string()),
  live: z.strictObject(live).nullable(),
  known,
  offline: z.boolean(),
});

const packages = z.strictObject({ type: z.literal('packages'), missing: z.array(z.string()) });

const lacks = z.strictObject({
  type: z.literal('lacks'),
  trees: z.array(z.string()),
  unread: z.array(z.string()),
  known,
  env: z.boolean(),
  objects: z.base64(),
});

const applied = z.strictObject({
  type: z.literal('applied'),
  migrations: z.array(z.string()).nullable(),
  why: z.string().nullable(),
});

const received = z.strictObject({ type: z.literal('received'), objects: z.number() });

const liveAnswer = z.strictObject({ type: z.literal('live'), ...live });

const piece = z.strictObject({ type: z.literal('piece'), data: z.string(), more: z.boolean() });

export const shipping = { preflighted, packages, lacks, applied, received, live: liveAnswer, piece };
