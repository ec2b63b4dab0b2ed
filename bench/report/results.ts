/** What a benchmark run leaves in `bench/results/<date>.json`: every single measurement, nothing summed up. */
import { z } from 'zod';
import { LINES } from '../way.ts';

/** What is measured of a way. */
export const PARTS = ['code', 'broken', 'bump', 'rollback', 'unchanged', 'growth'] as const;
export type Part = (typeof PARTS)[number];

/** What makes a deploy larger in part `growth`. */
export const AXES = ['hosts', 'files', 'kept'] as const;

const visitors = z.strictObject({
  requests: z.number(),
  failed: z.number(),
  /** Longest time until an answer or a failure, milliseconds. */
  worstMs: z.number(),
});

/** One command of one way, measured. Milliseconds count from the command's start. */
const measured = z.strictObject({
  part: z.enum(PARTS),
  way: z.string(),
  line: z.enum(LINES),
  /** Position in the whole run, from 0: drift shows by it. */
  order: z.number(),
  /** In part `growth`: along which axis, and how large. */
  size: z.strictObject({ axis: z.enum(AXES), count: z.number() }).nullable(),
  exit: z.number(),
  /** First answer of the new version, last one of the old: null where there was none. */
  firstNewMs: z.number().nullable(),
  lastOldMs: z.number().nullable(),
  exitMs: z.number(),
  /** Since when the deploy's own processes on the host took so much processor time, milliseconds; null where not measured. */
  hostCpuMs: z.number().nullable(),
  /** What visitors saw from the start until some seconds after the exit (see measure.ts); null where nobody was there (several hosts at once). */
  visitors: z.strictObject({ dynamic: visitors, static: visitors }).nullable(),
  /** Bytes on the host's network interface during the command, without visitors', who are on the host itself. */
  bytes: z.strictObject({ toHost: z.number(), fromHost: z.number() }),
  /** The version that the site answers when they are gone, null where it answers none, and the status of that answer. */
  serves: z.string().nullable(),
  status: z.number().nullable(),
});
export type Measured = z.infer<typeof measured>;

/** What everything else is compared with. */
const baseline = z.strictObject({
  /** From the launch of the site's server by hand on the idle host to its first good answer, milliseconds, each time. */
  startMs: z.array(z.number()),
  /** Worst latency of quiet stretches as long as a deploy, milliseconds, each time. */
  quietWorstMs: z.strictObject({ dynamic: z.array(z.number()), static: z.array(z.number()) }),
  /** How long the site's environment takes on the runner's side, milliseconds, each time; nothing where it was not measured. */
  environment: z.strictObject({
    /** Graceful: resolved, installed, compiled, with nothing kept but the wheels. */
    coldMs: z.array(z.number()),
    /** Graceful: the one that is kept on the runner, read and checked. */
    cachedMs: z.array(z.number()),
    /** Reading all files of that one. */
    readMs: z.array(z.number()),
    /** `uv pip sync` into an empty virtual environment, with an empty cache; and the same with bytecode. */
    uvMs: z.array(z.number()),
    uvBytecodeMs: z.array(z.number()),
  }),
  /** The bumped package's own compressed files, bytes, of each version that it was bumped to, in the order of the bumps. */
  bumpedPackage: z.strictObject({ name: z.string(), from: z.string(), to: z.string(), bytes: z.array(z.number()) }),
});

export const results = z.strictObject({
  /** ISO 8601, UTC. */
  at: z.string(),
  /** Commit of Graceful. */
  commit: z.string(),
  quick: z.boolean(),
  /** Seconds. */
  took: z.number(),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.number(),
    memoryMb: z.number(),
    kernel: z.string(),
    os: z.string(),
  }),
  /** Of everything that took part, by name. */
  versions: z.record(z.string(), z.string()),
  ways: z.array(z.strictObject({ name: z.string(), title: z.string(), how: z.string() })),
  /** The site: what was counted of it. */
  site: z.strictObject({
    pythonFiles: z.number(),
    staticFiles: z.number(),
    packages: z.number(),
    envFiles: z.number(),
    envMb: z.number(),
  }),
  baseline,
  runs: z.array(measured),
});
/** A whole benchmark run. */
export type Results = z.infer<typeof results>;
