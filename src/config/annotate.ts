import * as core from '@actions/core';
import { formatFault } from './fault.ts';
import type { ConfigFault } from './types.ts';

/**
 * Tells faults to people: as annotations under GitHub Actions, else as `file:line:column: message` lines.
 *
 * @param actions whether this process runs in a job of GitHub Actions
 * @param write where lines go at a terminal; standard error unless given
 */
export function annotate(
  faults: readonly ConfigFault[],
  actions: boolean,
  write: (text: string) => void = (text) => process.stderr.write(text),
): void {
  for (const fault of faults) {
    if (!actions) {
      write(`${formatFault(fault)}\n`);
      continue;
    }
    // Inputs have no file: an annotation with `line` alone would point into a file nobody named.
    const place =
      fault.file === undefined
        ? {}
        : { file: fault.file, ...defined('startLine', fault.line), ...defined('startColumn', fault.column) };
    const line = fault.file === undefined && fault.line !== undefined ? `line ${fault.line}: ` : '';
    core.error(`${line}${fault.message}\n${fault.mend}`, { title: fault.where, ...place });
  }
}

function defined<K extends string>(key: K, value: number | undefined): { [P in K]?: number } {
  const result: { [P in K]?: number } = {};
  if (value !== undefined) result[key] = value;
  return result;
}
