import { GOING } from './going.ts';
import type { Operation } from './operation.ts';
import { UPKEEP } from './upkeep.ts';

/** All of them. */
export const OPERATIONS: readonly Operation[] = [...GOING, ...UPKEEP];
