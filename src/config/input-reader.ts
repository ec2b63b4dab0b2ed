import { howToGive, type InputName, label, type RawInputs } from './inputs.ts';
import { nearest } from './shape.ts';
import type { ConfigFault } from './types.ts';

/** What may be said while inputs are read. */
export interface Reporter {
  /** Hides a text in every log from here on. */
  mask(secret: string): void;
  notice(message: string): void;
}

/** The inputs while they are read: what was given, and all that is wrong with it. */
export class InputReader {
  readonly faults: ConfigFault[];
  readonly inputs: RawInputs;
  readonly reporter: Reporter;

  constructor(inputs: RawInputs, reporter: Reporter) {
    this.faults = [...inputs.faults];
    this.inputs = inputs;
    this.reporter = reporter;
  }

  /** True only for `true`, however it is written. */
  flag(name: InputName): boolean {
    const isFlag = (text: string) => /^(true|false)$/i.test(text);
    return this.checked(name, isFlag, 'is neither true nor false', 'give true or false')?.toLowerCase() === 'true';
  }

  /** What was given, where it is as it should be. */
  checked(name: InputName, holds: (text: string) => boolean, message: string, mend: string): string | undefined {
    const given = this.inputs.values[name];
    if (given === undefined || holds(given)) return given;
    this.refuse(name, `"${given}" ${message}`, mend);
    return undefined;
  }

  /** Says how to give an input that has to be given. */
  missing(name: InputName, message: string, secret: string, more = ''): void {
    // A file that could not be read has been told already.
    if (this.inputs.faults.some(({ where }) => where === label(this.inputs, name))) return;
    const near = this.inputs.unknown.find((other) => nearest(other, [name]) !== undefined);
    const hint = near === undefined ? '' : `the step gives "${near}": write ${name}; `;
    this.refuse(name, message, `${hint}${howToGive(this.inputs, name, secret)}${more}`);
  }

  refuse(name: InputName, message: string, mend: string): void {
    this.faults.push({ where: label(this.inputs, name), message, mend });
  }
}
