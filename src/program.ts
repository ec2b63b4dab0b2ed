import { main } from './main.ts';
import { keepForAnswers, written } from './report/answer.ts';
import { EXIT } from './report/outputs.ts';

const argv = process.argv.slice(2);
// The command line answers on standard output; the Action has no other place for its log.
if (argv.length > 0) keepForAnswers();

// A cancelled run may leave an attempt to connect behind; nobody waits for that.
const code = await main({ argv, env: process.env, cwd: process.cwd() });
const lost = await written();
if (lost !== null)
  process.stderr.write(`not all of it could be printed: ${lost}. The result stands: ask again where there is room.\n`);
process.exit(lost === null || code !== 0 ? code : EXIT.unwritten);
