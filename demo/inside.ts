/** The demo's own process, started by stage.ts and ended with all below it when the line to there is cut. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { untilStopped } from './keep.ts';
import { show } from './show.ts';
import type { Order, Word } from './stage.ts';
import { Teller } from './tell.ts';

const order: Order = JSON.parse(process.argv[2] ?? '{}');
let kept = false;
// Whoever started this has ended, or wants the end. The reaper sees to everything else.
process.on('disconnect', () => kept || process.exit(1));

function send(word: Word): Promise<void> {
  return new Promise((resolve) => process.send?.(word, undefined, undefined, () => resolve()));
}

for (const name of ['srv', 'tmp']) await mkdir(join(order.folder, name));
// Where all that runs below has its temporary files.
process.env['TMPDIR'] = join(order.folder, 'tmp');
const good = await show(order, new Teller((text) => void send({ kind: 'tell', text })));
if (good && order.keep) {
  const stopped = untilStopped(order.folder);
  kept = true;
  await send({ kind: 'kept' });
  await stopped;
} else {
  // Once this is through, so is all that was told before it.
  await send({ kind: 'tell', text: '' });
}
process.exit(good ? 0 : 1);
