import { availableParallelism, loadavg } from 'node:os';
import { seconds } from '../src/report/text.ts';
import { type Account, makeAccount } from './account.ts';
import { Deviation } from './act.ts';
import { type Host, startHost } from './host.ts';
import { openShop } from './site.ts';
import type { Order } from './stage.ts';
import { playStory } from './story.ts';
import { plural, Tally } from './tally.ts';
import type { Teller } from './tell.ts';

/** Sets the host up, plays the story on it and sums up. @returns whether all went as it has to */
export async function show(order: Order, teller: Teller): Promise<boolean> {
  const tally = new Tally();
  try {
    await perform(order, teller, tally);
    teller.last(`demo: ok, ${tally}`);
    return true;
  } catch (error) {
    const [what, ...more] = (error instanceof Error ? error.message : String(error)).split('\n');
    teller.quote([...more, ...(error instanceof Deviation ? [error.evidence] : [])].join('\n'));
    teller.say(advice());
    teller.last(`demo: failed, ${what}; ${tally}`);
    return false;
  }
}

/** With more waiting for each processor than this, things take so long that the demo's own patience may end. */
const BUSY = 4;

function advice(): string {
  const [load = 0] = loadavg();
  if (load > BUSY * availableParallelism())
    return `What went wrong stands above. This machine is very busy: ${load.toFixed(0)} programs wait for its ${plural(availableParallelism(), 'processor')} (see uptime); where that may be the reason, run the demo again later.`;
  return 'What went wrong stands above. Run it once more with -- --verbose for the whole log; if it fails again, please report it with that log: a demo that fails is a fault of Graceful.';
}

async function perform(order: Order, teller: Teller, tally: Tally): Promise<void> {
  const began = performance.now();
  const account = await makeAccount(order.folder);
  teller.title('A web host, for a minute');
  teller.say(introduction(account));
  const host = await startHost(order.folder, order.python, account);
  const ready = seconds(performance.now() - began);
  teller.result(`ready after ${ready}: sshd on port ${host.ssh.port}, nginx on ${host.address}`, true);

  const shop = await openShop(host);
  await playStory({ shop, address: host.address, teller, tally, verbose: order.verbose });

  teller.title('What the host says now (graceful status)');
  teller.quote((await shop.status()).trimEnd(), '');
  if (order.keep) visit(teller, host);
}

function introduction({ name, ownWorld }: Account): string {
  const who = ownWorld
    ? `all of it belongs to a user "${name}", who exists nowhere else, in namespaces of its own`
    : `all of it runs as you, ${name}`;
  return `sshd, nginx and supervisord start on 127.0.0.1 of this machine; ${who}. A Django shop goes live on it, and nothing of it stays behind.`;
}

/** Where to look around in a demo that is kept. */
function visit(teller: Teller, { address, ssh, root }: Host): void {
  teller.title('It goes on running');
  const lines = [
    `The shop         http://${address}/`,
    `On the host      ssh -F ${ssh.client} shop`,
    `and there        ${root}/bin/graceful status`,
    'To end it        npm run demo -- --stop',
  ];
  teller.quote(lines.join('\n'));
}
