/** `npm run soak [-- --rounds N]`: N deploys and rollbacks in a row under load; the last line is `soak: ...`. */
import { parseArgs } from 'node:util';
import { ensurePackages, TESTBED_PACKAGES } from '../scripts/debian.ts';
import { soak } from './soak.ts';
import { makeWorld } from './world.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
ensurePackages(TESTBED_PACKAGES);
const rounds = Number(values.rounds);
await using world = await makeWorld();
const found = await soak(world, rounds, (round, size) => console.log(`${round}: ${JSON.stringify(size)}`));
for (const one of found) console.log(`- ${one}`);
console.log(`soak: ${rounds} rounds, ${found.length} violations`);
if (found.length > 0) process.exitCode = 1;
