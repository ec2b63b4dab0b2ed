/**
 * What holds up a goal that is missed, from a profile: written by hand, in the page as long as that goal is missed.
 * One that is met needs no note: take it out.
 */
import type { Kind } from './goals.ts';

export const NOTES: Readonly<Partial<Record<Kind, string>>> = {
  start:
    'Of six deploys on the local link, alone on this bed, that took 4.21 s to 5.09 s, the quickest (by the log’s own times): 1.6 s until the host’s work begins, of which 0.6 s are `collectstatic`, which loads ' +
    'Django and makes 630 files, and 0.6 s the start of Node, the login by SSH and the host’s program; then on the host 0.1 s for the release’s folder, 0.6 s for `migrate --check`, which loads Django once more, ' +
    '0.2 s until the unit is started, and 0.9 s until the first good answer: three workers load the site at once on that one processor, beside the visitors. Then 0.5 s in which it has to live on. The server ' +
    'started by hand, with which this is compared, has the processor to itself. Peers load Django twice on the host too, and then restart or reload in place: meanwhile visitors wait, or get errors.',
  rollback:
    'Of six rollbacks on the local link, alone on this bed, that took 0.55 s to 0.77 s, 0.3 s to 0.5 s pass (by the log’s own times) until the host has said what is live: the start of Node, the login by SSH, the ' +
    'start of Python on the host. Some 0.1 s are for asking the standby release until it answers and for the switch, less than 0.1 s for asking the public address and the confirm, the rest for the end. ' +
    'With 40 ms round trip it takes 0.2 s more: seven of its ten round trips are SSH’s own greeting, keys, login and channel. The peer asks one page until it answers, after the stop and the start in which its visitors get errors.',
  env:
    'In each of these deploys the host’s program read the live environment’s manifest and took digests of its pieces, some 40 ms of processor time for 50 000 lines. It does no longer: an environment that the host has ' +
    'is one line now. And the sizes were measured one after the other, the largest last, so a drift of the machine counts against it. Taking turns, after that change, each with the environment that was live, eight deploys ' +
    'with 50 000 files took 1.46 s to 1.76 s (median 1.58 s) of processor time on the host, and eight with 1 000 files 1.39 s to 1.69 s (median 1.61 s).',
  cold:
    'The bare tool compiles nothing. Graceful compiles each package in a process of its own, so that its bytes depend on nothing else, and takes down the digest of each file: 6 s of processor time for the 44 MB of ' +
    'source here, on all processors, beside some 2 s in which uv installs.',
};
