import { type Hello, PROTOCOL, type Welcome } from '../protocol/messages.ts';
import type { ConnectOptions } from '../ssh/connect.ts';
import { HostError, UNTOUCHED } from '../ssh/error.ts';
import { answerError, unexpected } from './faults.ts';
import type { Program } from './program.ts';
import { reach, type Way } from './way.ts';
import { Wire } from './wire.ts';

/** What every connection of one session starts with. */
export interface Greeting {
  way: Way;
  hello: Hello;
  program: Program;
  /** The constant exec command. */
  command: string;
}

/** A wire whose host has said welcome. */
export interface Greeted {
  wire: Wire;
  welcome: Welcome;
  /** True when the host program had to be sent. */
  installed: boolean;
}

/**
 * Connects, starts the host program, installs it where it is missing, and takes the welcome.
 * @param answerMs for each answer of the host.
 * @param after nothing is said to the host before this, and nothing at all where it is rejected: until then its Python may start, and waits
 * @throws HostError
 */
export async function greet(
  greeting: Greeting,
  options: Partial<ConnectOptions>,
  answerMs: number,
  after?: Promise<unknown>,
): Promise<Greeted> {
  const connection = await reach(greeting.way, options);
  try {
    const wire = await Wire.open(connection, greeting.command, answerMs);
    await after;
    return await sayHello(wire, greeting, answerMs);
  } catch (failure) {
    connection.destroy();
    throw failure;
  }
}

async function sayHello(wire: Wire, { hello, program }: Greeting, answerMs: number): Promise<Greeted> {
  const { label } = wire.connection;
  await wire.send(hello);
  let answer = await wire.answer({ ms: answerMs, to: 'hello' });
  const installed = answer.type === 'send-program';
  if (installed) {
    await wire.write(program.content);
    answer = await wire.answer({ ms: answerMs, to: 'the host program' });
  }
  if (answer.type === 'error') throw answerError(label, answer);
  if (answer.type !== 'welcome') throw unexpected(label, 'hello', answer);
  if (answer.protocol !== PROTOCOL) {
    const older = answer.protocol < PROTOCOL ? 'the program on the host' : 'this runner';
    throw new HostError({
      kind: 'protocol',
      what: `the host program (version ${answer.version}) speaks protocol ${answer.protocol}, this runner (version ${hello.version}) protocol ${PROTOCOL}.`,
      where: label,
      state: UNTOUCHED,
      next: `Update ${older}.`,
    });
  }
  return { wire, welcome: answer, installed };
}
