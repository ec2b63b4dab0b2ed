import { main } from './main.ts';

// A cancelled run may leave an attempt to connect behind; nobody waits for that.
process.exit(await main({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() }));
