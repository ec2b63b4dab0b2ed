import type { ConfigFault } from './types.ts';

/** All faults of inputs and `graceful.yml` at once. Its message is the whole list, a fault and its mend each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(formatFault).join('\n'));
    this.faults = faults;
  }
}

/** `graceful.yml:3:5` */
export function placeOf({ where, line, column }: ConfigFault): string {
  return [where, line, column].filter((part) => part !== undefined).join(':');
}

/** `graceful.yml:3:5: message`, and the mend on a line of its own below. */
function formatFault(fault: ConfigFault): string {
  return `${placeOf(fault)}: ${fault.message}\n  ${fault.mend}`;
}

/** Inputs first, then the file from top to bottom. Faults of one place keep their order. */
export function inReadingOrder(faults: readonly ConfigFault[]): ConfigFault[] {
  const rank = (fault: ConfigFault) => (fault.file === undefined ? 0 : 1);
  return faults.toSorted(
    (a, b) =>
      rank(a) - rank(b) || (rank(a) === 0 ? 0 : (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)),
  );
}
