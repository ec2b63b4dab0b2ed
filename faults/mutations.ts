import { INVARIANTS } from './mutations/invariants.ts';
import type { Mutation } from './mutations/mutation.ts';
import { STORE_SYNCS } from './mutations/store-syncs.ts';
import { SYNCS } from './mutations/syncs.ts';

/** Each turns at least one of its cases red. */
export const MUTATIONS: readonly Mutation[] = [...SYNCS, ...STORE_SYNCS, ...INVARIANTS];
