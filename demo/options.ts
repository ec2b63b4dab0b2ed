import { parseArgs } from 'node:util';

/** What the person asked for. */
export interface Options {
  readonly keep: boolean;
  readonly stop: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
}

export const HELP = `npm run demo                 a web host of its own on this machine, and what Graceful does on it
npm run demo -- --keep       the same, and leaves it running to look around in
npm run demo -- --stop       ends what --keep left running
npm run demo -- --verbose    with the whole log of each step
npm run demo -- --help       this

As root it runs in namespaces of its own, with a user "demo" that exists only there, and installs the Debian packages
that are missing (none of their services is started). As any other user it runs without namespaces, and says which
packages are missing. Besides, only caches stay: what it fetched, and the shop's environment (~/.cache/graceful, for root
/var/cache/graceful too). Ctrl-C ends it at any moment.
`;

/** @throws Error naming the argument that is not understood, or two that contradict each other */
export function readOptions(argv: readonly string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  const options = { keep: flag, stop: flag, verbose: flag, help: { ...flag, short: 'h' } };
  for (const name of ['keep', 'stop']) {
    // npm takes what stands before "--" for itself, and says so at most in a warning.
    if (process.env[`npm_config_${name}`] && !argv.includes(`--${name}`))
      throw new Error(`npm took --${name} for itself; write: npm run demo -- --${name}`);
  }
  const values = parse();
  if (values.keep && values.stop)
    throw new Error('--keep and --stop contradict each other; nothing was started or ended');
  return values;

  function parse() {
    try {
      return parseArgs({ args: [...argv], options }).values;
    } catch (error) {
      const known = Object.keys(options).map((name) => `--${name}`);
      throw new Error(
        `${(error instanceof Error ? error.message : String(error)).split('.')[0]}: there are ${known.join(', ')}, each written behind "npm run demo --"`,
      );
    }
  }
}
