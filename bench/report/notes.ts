/**
 * What holds up a goal that is missed, from a profile: written by hand, in the page as long as that goal is missed.
 * One that is met needs no note: take it out.
 */
import type { Kind } from './goals.ts';

export const NOTES: Readonly<Partial<Record<Kind, string>>> = {};
