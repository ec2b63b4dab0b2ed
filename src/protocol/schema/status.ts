/** Answers of `../status.ts`. */
import * as z from 'zod';
import { siteLinks } from './greeting.ts';

const answer = z.strictObject({
  type: z.literal('status'),
  site: z.string(),
  host: z.string(),
  root: z.string(),
  mode: z.enum(['separate-users', 'single-user']),
  links: siteLinks,
  backends: z.array(
    z.strictObject({
      backend: z.string(),
      process: z.string(),
      release: z.string(),
      role: z.enum(['active', 'standby', 'draining', 'starting', 'stopped']),
      since: z.string().nullable(),
      up: z.boolean(),
      pid: z.number().nullable(),
      memoryBytes: z.number().nullable(),
      listening: z.boolean(),
      until: z.string().nullable(),
      health: z.strictObject({ at: z.string(), good: z.boolean(), told: z.string() }).nullable(),
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
  offline: z
    .strictObject({
      since: z.string().nullable(),
      actor: z.string().nullable(),
      reason: z.string().nullable(),
      until: z.string().nullable(),
    })
    .nullable(),
  stopped: z.string().nullable(),
  missing: z.array(z.string()),
  unfinished: z.string().nullable(),
  holder: z.string().nullable(),
});

export const status = { status: answer };
