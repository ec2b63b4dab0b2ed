import { seconds } from '../src/report/text.ts';
import type { StepResult } from '../testbed/runner.ts';
import { type Act, Deviation, playAlone, playAmongVisitors, type Stage } from './act.ts';
import { plural } from './tally.ts';
import { RATE, type Visited } from './visitors.ts';

const FIRST: Act = {
  title: '1  Deploy version 1',
  intro:
    'The first release of the shop. Its packages and static files are made here and go to the host over SSH, once; then a backend starts on a socket of its own.',
  commit: { version: '1', config: { migrate: true } },
  command: 'deploy',
  result: 'live',
};

const SECOND: Act = {
  title: '2  Deploy version 2, while visitors come',
  intro: `From now on ${RATE} visitors come each second: they look at pages, fetch style sheets and place orders. Version 2 starts beside version 1, is asked until it answers well, and takes over with one rename.`,
  commit: { version: '2' },
  command: 'deploy',
  result: 'live',
};

const BROKEN: Act = {
  title: '3  Deploy version 3, which is broken',
  intro:
    'Somebody forgot to send the mails that are due after an order. No check can see that before the switch, because nobody has ordered anything yet; after the first order /healthz says so.',
  commit: { version: '3', break: 'unsent-mail' },
  command: 'deploy',
  result: 'fell-back',
};

const BACK: Act = {
  title: '4  Roll back',
  intro:
    'Suppose that version 2 was no good idea either. Version 1 is on the host still, so nothing is built and nothing is sent.',
  command: 'rollback',
  result: 'live',
};

/** Plays the four acts, each on what the one before left. @throws Deviation when one ends otherwise than it has to */
export async function playStory(stage: Stage): Promise<void> {
  const { teller, shop, address } = stage;
  await playAlone(stage, FIRST);
  teller.say(`http://${address}/ says: version ${(await shop.visit()).version}.`);

  const second = await playAmongVisitors(stage, SECOND);
  if (!second.seen.changedOnce)
    throw new Deviation('version 1 was seen after version 2', second.seen.releases.join('\n'));
  teller.say('Once anybody had got version 2, nobody got version 1 any more; and each page got its own style sheet.');

  const broken = await playAmongVisitors(stage, BROKEN);
  teller.say(glimpse(broken));

  const back = await playAmongVisitors(stage, BACK);
  const { version, orders } = await shop.visit();
  const placed = [second, broken, back].reduce((sum, { seen }) => sum + seen.posts, 0);
  if (orders !== placed) throw new Deviation(`${placed} orders were placed, and the shop has ${orders}`, '');
  teller.say(`The shop says version ${version} again, and has all ${orders} orders that were placed meanwhile.`);
}

/** For how many, and for how long, the broken version was live. */
function glimpse({ records }: Visited<StepResult>): string {
  const theirs = records.filter(({ version, path }) => version === '3' && path === '/');
  const begin = Math.min(...theirs.map(({ start }) => start));
  const end = Math.max(...theirs.map(({ start, latency }) => start + latency));
  const live =
    theirs.length === 0
      ? 'Nobody saw version 3'
      : `Version 3 was live for ${seconds(end - begin)} and showed ${plural(theirs.length, 'page')}`;
  return `${live}: then /healthz answered 503, and the host went back to version 2 by itself, which was still running.`;
}
