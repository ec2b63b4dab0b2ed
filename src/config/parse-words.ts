/** Whether the grammar takes a command line, and why not. */
import { type Command, CommanderError } from 'commander';
import { nearest } from './shape.ts';
import type { ConfigFault } from './types.ts';

/** Why a command line is refused, or that only help was asked for, and printed. */
export function parse(
  program: Command,
  argv: readonly string[],
): { message: string; mend: string } | 'help' | undefined {
  try {
    program.parse([...argv], { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 'help';
    // `help NAME` of what is no command: commander would print its help as an error, and has no words of its own.
    if (error.code === 'commander.help') return unknown(program, argv);
    const [message = error.message, ...hints] = error.message.replace(/^error: /, '').split('\n');
    return { message, mend: hints.join(' ') || 'see graceful --help' };
  }
}

/** What `help NAME` of no command is told. */
function unknown(program: Command, argv: readonly string[]): { message: string; mend: string } {
  const name = argv.find((one) => one !== 'help' && !one.startsWith('-'));
  const names = program.commands.map((command) => command.name());
  const near = name === undefined ? undefined : nearest(name, names);
  const hint = near === undefined ? '' : `did you mean "${near}"? `;
  const message = name === undefined ? 'no command is given' : `unknown command '${name}'`;
  return { message, mend: `${hint}commands: ${names.join(', ')}` };
}

/** An empty one is a variable of the shell that nobody has set: without it `--host "$HOST"` would go to all hosts. */
export function emptyOptions(program: Command): ConfigFault[] {
  const options = program.commands.flatMap((command) => {
    const given = command.opts<Record<string, unknown>>();
    return command.options.filter((option) => isBlank(given[option.attributeName()]));
  });
  const mend = 'give it a value, or leave it out; is the variable set that it comes from?';
  return options.map(({ long }) => ({ where: long ?? 'command line', message: 'its value is empty', mend }));
}

/** Nothing, or blanks alone. */
export const isBlank = (value: unknown) => typeof value === 'string' && value.trim() === '';
