import { partsOf, SHORTEST_SECRET } from '../secrets.ts';
import type { InputReader } from './input-reader.ts';
import { label } from './inputs.ts';
import { ENV_NAME, RESERVED } from './patterns.ts';

export interface EnvFault {
  line: number;
  message: string;
  mend: string;
}

const NAME_MEND = 'write KEY=VALUE: letters, digits and "_", no digit first, no space around "="';

/**
 * Reads `KEY=VALUE` lines, and `KEY<<EOF` ... `EOF` for values of many lines. Blank lines and lines that begin with `#` are
 * passed over. A value is everything after the first `=` as it stands: no quotes, escapes or spaces are taken off.
 *
 * @param mask is given every value (and each line of it), and every line that is none of these, before anything else
 *   sees them: such a line may be the rest of somebody's secret. What is too short to be a secret is left out
 * @returns faults name the line (from 1) and never quote it
 */
export function parseEnv(
  text: string,
  mask: (secret: string) => void,
): { env: Record<string, string>; faults: EnvFault[] } {
  const lines = text.split(/\r?\n/);
  const seen = new Map<string, { line: number; value: string }>();
  const faults: EnvFault[] = [];
  const refuse = (line: number, message: string, mend: string) => faults.push({ line, message, mend });
  const maskAll = (value: string) => {
    for (const part of partsOf(value)) mask(part);
  };

  for (let index = 0; index < lines.length; index++) {
    const source = (lines[index] ?? '').trimStart();
    const line = index + 1;
    if (source === '' || source.startsWith('#')) continue;
    const [, name = '', sign, rest = ''] = /^(.*?)(=|<<)(.*)$/s.exec(source) ?? [];
    if (sign === undefined) {
      maskAll(source);
      refuse(line, 'this line has no "="', 'write KEY=VALUE, or KEY<<EOF, the lines and EOF for a value of many lines');
      continue;
    }
    let value = rest;
    if (sign === '<<') {
      const end = lines.indexOf(rest, index + 1);
      const body = lines.slice(index + 1, end === -1 ? undefined : end);
      value = body.join('\n');
      index += body.length + 1;
      if (rest === '' || end === -1) {
        maskAll(value);
        refuse(line, 'the value that begins here has no end', 'end it with the word after "<<" on a line of its own');
        continue;
      }
    }
    maskAll(value);
    const before = seen.get(name);
    if (name.startsWith(RESERVED)) {
      refuse(line, `${RESERVED}... variables are set by Graceful itself`, 'choose another name');
    } else if (!ENV_NAME.test(name)) {
      maskAll(name);
      refuse(line, 'what stands before "=" is no name for a variable', NAME_MEND);
    } else if (value.includes('\0')) {
      refuse(
        line,
        `the value of ${name} holds a NUL character`,
        'no process can get such a variable: encode the value',
      );
    } else if (before) {
      refuse(line, `${name} is here a second time, first on line ${before.line}`, 'keep one of the two');
    } else {
      seen.set(name, { line, value });
    }
  }
  return { env: Object.fromEntries([...seen].map(([name, { value }]) => [name, value])), faults };
}

/** The `env` input; its values are masked before anything else. */
export function readEnv(reader: InputReader): Record<string, string> {
  const { env, faults } = parseEnv(reader.inputs.values.env ?? '', (secret) => reader.reporter.mask(secret));
  for (const { line, message, mend } of faults) {
    reader.faults.push({ where: label(reader.inputs, 'env'), line, message, mend });
  }
  noticeValues(reader, env);
  return env;
}

/** An empty value is what GitHub gives for a secret that does not exist; a short one would blot the log, were it masked. */
function noticeValues(reader: InputReader, env: Record<string, string>): void {
  const isAction = reader.inputs.source === 'action';
  const hint = isAction
    ? ": is there a secret of that name (Settings, Secrets and variables, Actions), and does this job's environment have it?"
    : '';
  const where = isAction ? 'env' : label(reader.inputs, 'env');
  for (const [name, value] of Object.entries(env)) {
    if (value.trim() === '') reader.reporter.notice(`${where} ${name} is empty${hint}`);
  }
  const short = Object.keys(env).filter((name) => {
    const value = env[name] ?? '';
    return value.trim() !== '' && partsOf(value).length === 0;
  });
  if (short.length === 0) return;
  reader.reporter.notice(
    `${where} ${short.join(', ')}: values shorter than ${SHORTEST_SECRET} characters are not masked; plain settings belong into \`env\` of graceful.yml`,
  );
}
