import { INVARIANTS } from './mutations/invariants.ts';
import type { Mutation } from './mutations/mutation.ts';
import { SYNCS } from './mutations/syncs.ts';

/** Each turns at least one of its cases red. */
export const MUTATIONS: readonly Mutation[] = [...SYNCS, ...INVARIANTS];
