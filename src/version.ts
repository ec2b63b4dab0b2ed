/** Version of Graceful: the runner program, the host program that it carries, and package.json agree. */
export const VERSION = '0.1.0';

/** Part of every deploy key: a new major version of the host program makes new releases. */
export const MAJOR = Number(VERSION.split('.')[0]);
