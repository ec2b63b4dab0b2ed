/** Answers of `../shipping.ts`. */
import * as z from 'zod';
import { fault } from './greeting.ts';
import { buildSpec } from './release.ts';

const preflighted = z.strictObject({
  type: z.literal('preflighted'),
  faults: z.array(fault),
  missing: z.array(z.string()),
  unchanged: z.boolean(),
  reasons: z.array(z.string()),
  live: z.string().nullable(),
  offline: z.boolean(),
});

const packages = z.strictObject({ type: z.literal('packages'), missing: z.array(z.string()) });

const lacks = z.strictObject({ type: z.literal('lacks'), trees: z.array(z.string()), env: z.boolean() });

const received = z.strictObject({ type: z.literal('received'), objects: z.number() });

const live = z.strictObject({
  type: z.literal('live'),
  release: z.string().nullable(),
  state: z.string().nullable(),
  build: buildSpec.nullable(),
});

const piece = z.strictObject({ type: z.literal('piece'), data: z.string(), more: z.boolean() });

export const shipping = { preflighted, packages, lacks, received, live, piece };
