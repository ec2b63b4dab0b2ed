/** All that is measured. */
import type { Way } from '../way.ts';
import { GRACEFUL } from './graceful.ts';
import { PEERS, SENDERS } from './peers.ts';

/** They do everything. */
export const WAYS: readonly Way[] = [GRACEFUL, ...PEERS];

/** They only take part where bytes count. */
export const ONLY_BYTES: readonly Way[] = SENDERS;
