import type { Run } from '../config/types.ts';
import { allOf } from '../fleet/member.ts';
import type { Sent } from '../report/summary.ts';
import { size } from '../report/text.ts';
import { progressTo } from '../report/upload.ts';
import { type PackSource, SharedPacks } from '../shipping/packs.ts';
import { refuseFaults } from './host-session.ts';
import type { Ready } from './plan.ts';
import { needs, roomFaults } from './room.ts';

/** Sends each host what it lacks, as one pack; what several lack alike is read and compressed once. @returns what was sent in all */
export async function shipAll(
  run: Run,
  ready: readonly Ready[],
  scratch: string,
  detail: (words: string) => void,
): Promise<Sent> {
  await using packs = new SharedPacks(scratch);
  const isFleet = ready.length > 1;
  const sent = await allOf(
    ready.map((one) => {
      const own = (words: string) => detail(isFleet ? `${one.member.name}: ${words}` : words);
      return ship(one, run.stage.root, isFleet ? packs : undefined, own);
    }),
  );
  const [first = { objects: 0, bytes: 0, env: 'reused' }, ...others] = sent;
  return others.reduce<Sent>(
    (all, { objects, bytes, env }) => ({
      objects: all.objects + objects,
      bytes: all.bytes + bytes,
      env: all.env === 'reused' ? env : all.env,
    }),
    first,
  );
}

async function ship(
  { member: { session, log }, before: { known }, built: { trees, env, origin } }: Ready,
  root: string,
  packs: PackSource | undefined,
  detail: (words: string) => void,
): Promise<Sent> {
  let kinds: string[] = [];
  let sent: Sent = { objects: 0, bytes: 0, env: origin };
  const shipped = await session.ship(
    { trees, env, known, packs },
    {
      onLack: (lack) => {
        refuseFaults(session, roomFaults(needs(trees, lack), session.welcome.facts.disk, root));
        kinds = lack.trees.map(({ kind }) => kind);
        sent = { ...sent, env: lack.env ? origin : 'reused' };
      },
      onSent: progressTo(log),
      onNotice: (message) => log.notice(message),
    },
  );
  const { objects, bytes } = shipped ?? sent;
  const words = `${objects} objects, ${size(bytes)} (${kinds.join(', ')})`;
  log.info(shipped === undefined ? 'the host has everything already' : `sent ${words}`);
  detail(shipped === undefined ? 'nothing to send' : words);
  return { ...sent, objects, bytes };
}
