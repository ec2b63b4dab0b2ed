import { AsyncLocalStorage } from 'node:async_hooks';

/** Aborted when the job is cancelled: every program that the work within has started ends then, and no other starts. */
export const cancelling = new AsyncLocalStorage<AbortSignal>();
