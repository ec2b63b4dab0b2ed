/**
 * What holds up a goal that is missed, from a profile: written by hand, in the page as long as that goal is missed.
 * One that is met needs no note: take it out.
 */
import type { Kind } from './goals.ts';

export const NOTES: Readonly<Partial<Record<Kind, string>>> = {
  start:
    'Of a deploy on the local link, alone on this bed, that took 4.5 s to the first new answer (the log’s own times): 1.75 s in the runner, of which 0.55 s are `collectstatic`, which loads Django and makes 630 ' +
    'files, and 0.15 s reading the state of the kept environment; then on the host 0.2 s for the release’s folder, 0.65 s for `migrate --check`, which loads Django once more, 0.2 s until the unit is started, and ' +
    '0.9 s until the first good answer: three workers load the site at once on that one processor, beside the visitors. Then 0.7 s, in which it has to live on for half a second and is asked through the web ' +
    'server. The server started by hand, with which this is compared, has the processor to itself. Peers load Django twice on the host too, and then restart or reload in place: meanwhile visitors wait, or get errors.',
  cold:
    'The bare tool compiles nothing. Graceful compiles each package in a process of its own, so that its bytes depend on nothing else, and takes down the digest of each file: 6 s of processor time for the 44 MB of ' +
    'source here, on all processors, beside some 2 s in which uv installs.',
};
