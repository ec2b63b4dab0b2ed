import { main } from './main.ts';
import { keepForAnswers } from './report/answer.ts';

const argv = process.argv.slice(2);
// The command line answers on standard output; the Action has no other place for its log.
if (argv.length > 0) keepForAnswers();

// A cancelled run may leave an attempt to connect behind; nobody waits for that.
process.exit(await main({ argv, env: process.env, cwd: process.cwd() }));
