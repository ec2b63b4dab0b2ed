/** What of `../release.ts` the host may answer. */
import * as z from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const named = { name: z.string(), version: z.string() };

/** `BuildSpec` of `../release.ts`, as it stands in an artifact too. */
export const buildSpec = z.strictObject({
  format: z.literal(1),
  commit: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/),
  ref: z.string(),
  source: sha256,
  trees: z.strictObject({ code: sha256, static: sha256.nullable(), config: sha256.nullable() }),
  config: z.strictObject({ commit: z.string(), ref: z.string(), folder: z.string() }).nullable(),
  static: z.strictObject({ root: z.string(), url: z.string().nullable(), hashed: z.array(z.string()) }).nullable(),
  env: z.strictObject({
    hash: sha256,
    digest: sha256,
    inputs: sha256,
    requirements: z.string(),
    packages: z.array(z.strictObject(named)),
    wheels: z.array(z.strictObject({ ...named, tags: z.array(z.string()) })),
    builtOn: z.strictObject({ name: z.enum(['glibc', 'musl']), version: z.string() }),
  }),
  target: z.strictObject({
    minor: z.string(),
    abi: z.string(),
    machine: z.string(),
    libc: z.enum(['glibc', 'musl']),
    libcVersion: z.string(),
  }),
});
