/** `npm run demo`: see options.ts. This process only watches over the demo, which runs below a reaper (see reap.py). */
import { setImmediate as turn } from 'node:timers/promises';
import { makeFolder, sweep } from './folders.ts';
import { isKept, stopKept } from './keep.ts';
import { ensureNeeds } from './needs.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { raise } from './stage.ts';

/** What a shell says of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(HELP, 0);
  if (options.stop) return say(`${await stopKept()}\n`, 0);
  if (options.keep && (await isKept()))
    throw new Error('one of yours is running already; "npm run demo -- --stop" ends it');
  return show(options);
}

async function show(options: Options): Promise<number> {
  // From here on a signal is only noted: what was begun is tidied up first.
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
  process.stdout.on('error', () => interrupt.abort());
  ensureNeeds();
  await turn();
  if (interrupt.signal.aborted) return INTERRUPTED;
  await sweep();
  const code = await raise(await makeFolder(), options, interrupt.signal);
  return interrupt.signal.aborted ? say('\ndemo: interrupted; nothing of it is left\n', INTERRUPTED) : code;
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = say(`demo: failed, ${error instanceof Error ? error.message : String(error)}\n`, 1);
}
