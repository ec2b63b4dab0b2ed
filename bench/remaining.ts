/** How long a benchmark will still take, from what its steps took so far. Pure. */
import type { Step } from './schedule.ts';

/** A step that was done, and how long it took, milliseconds. */
export interface Done {
  readonly step: Step;
  readonly ms: number;
}

/** What a step is like, the likest first: the first of them that is known says how long it takes. */
const LIKE: readonly ((step: Step) => string)[] = [
  (step) => (step.kind === 'run' ? `${step.way} ${step.verb} ${step.part}` : step.kind),
  (step) => (step.kind === 'run' ? `${step.way} ${step.verb}` : step.kind),
  (step) => (step.kind === 'run' ? step.verb : step.kind),
];

/** To make a site larger takes from nothing to five minutes, the first time. */
const GROW_MS = 60_000;

/** @returns milliseconds that what is left will take */
export function remaining(done: readonly Done[], left: readonly Step[]): number {
  const means = LIKE.map((like) => {
    const groups = Map.groupBy(done, ({ step }) => like(step));
    return new Map([...groups].map(([name, some]) => [name, some.reduce((sum, { ms }) => sum + ms, 0) / some.length]));
  });
  const expected = (step: Step): number =>
    LIKE.map((like, index) => means[index]?.get(like(step))).find((mean) => mean !== undefined) ?? 0;
  const grown = sizesOf(done.map(({ step }) => step));
  const rest = left.filter(({ kind }) => kind !== 'grow').reduce((sum, step) => sum + expected(step), 0);
  return rest + [...sizesOf(left)].filter((size) => !grown.has(size)).length * GROW_MS;
}

function sizesOf(steps: readonly Step[]): Set<string> {
  return new Set(steps.flatMap((step) => (step.kind === 'grow' ? [`${step.size.axis} ${step.size.count}`] : [])));
}
