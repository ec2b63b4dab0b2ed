import { resolve } from 'node:path';
import type { Way } from '../session/way.ts';
import { readAsked, readCommand } from './command-inputs.ts';
import type { Context } from './context.ts';
import { readEnv } from './env-input.ts';
import { ConfigError, inReadingOrder } from './fault.ts';
import { InputReader, type Reporter } from './input-reader.ts';
import type { InputName, RawInputs } from './inputs.ts';
import { readHere } from './local-inputs.ts';
import { maskKey, readLogins, readTarget } from './login-inputs.ts';
import { type Draft, type Overrides, resolveStage } from './resolve.ts';
import type { Run } from './types.ts';
import { findFile, findStage } from './which-file.ts';

/**
 * Turns inputs and `graceful.yml` into the one typed object that a run goes by.
 *
 * Secrets are masked first, before anything else can log.
 * @throws ConfigError with all faults of the inputs and of the file together
 */
export function readRun(inputs: RawInputs, context: Context, reporter: Reporter): Run {
  const reader = new InputReader(inputs, reporter);
  maskKey(reader);
  const env = readEnv(reader);
  const { token } = inputs.values;
  if (token !== undefined) reporter.mask(token);
  const command = readCommand(reader);
  const over = readTarget(reader);
  const { artifact, stages: wanted, lockMs, asking, ...asked } = readAsked(reader, command);
  const { reason } = inputs.values;
  const { file, path, workspace } = findFile(inputs, context);

  const { faults } = reader;
  // Whoever has no key, or another's name, builds for a host like this machine.
  const keyless = (to: Draft | undefined): boolean => {
    if (command !== 'build') return false;
    if (to === undefined || isRemote(to)) return inputs.values['ssh-key'] === undefined;
    return to.hosts.some(({ user }) => user !== context.user);
  };
  const choose = (name: string | undefined, input: InputName, given: Overrides): Draft | undefined => {
    if (name === undefined && command === 'promote') return undefined;
    const found = findStage(file, { name, input, command }, inputs, context);
    if (found === undefined) return undefined;
    if ('message' in found) {
      faults.push(found);
    } else if (file.settings) {
      const draft = resolveStage(file.settings, found.name, given);
      if (draft.hosts.length === 0 && given.hosts === undefined && !keyless(draft)) {
        const example = 'for example: host: www.example.org';
        faults.push(...file.faultAt(draft.name, [['host'], ['hosts']], 'there is no host', example));
      }
      return draft;
    }
    return undefined;
  };
  const stage = choose(wanted.stage, command === 'promote' ? 'to' : 'stage', over);
  // The inputs connection, host, hosts, user and port are about the stage that is changed.
  const from = wanted.from === undefined ? undefined : choose(wanted.from, 'from', {});
  faults.push(...file.faults);
  const remote = [stage ?? { ...over, hosts: [] }, ...(from ? [from] : [])].filter(isRemote);
  const places = remote.flatMap(({ hosts }) => hosts);
  const logins = keyless(stage) || remote.length === 0 ? [] : readLogins(reader, places);
  const ways = (to: Draft, given: Overrides): Way[] => {
    if (isRemote(to)) return logins.splice(0, to.hosts.length);
    return keyless(to) ? [] : readHere(reader, to, { given, file, user: context.user });
  };
  const mine = stage ? ways(stage, over) : [];
  const theirs = from ? ways(from, {}) : [];
  const { url } = stage ?? {};
  const isAlone = (mine.length === 0 && !keyless(stage)) || (from !== undefined && theirs.length === 0);
  if (faults.length > 0 || !stage || url === undefined || isAlone) {
    throw new ConfigError(inReadingOrder(faults));
  }
  return {
    command,
    stage: { ...stage, url },
    logins: mine,
    artifact: resolve(context.folder, artifact ?? 'graceful-artifact'),
    fromArtifact: artifact !== undefined && command !== 'build',
    from: from?.url === undefined ? undefined : { stage: { ...from, url: from.url }, logins: theirs },
    env,
    ...asked,
    request: asking?.({ ...stage.times, lockMs: lockMs ?? stage.times.lockMs }),
    lockMs: lockMs ?? stage.times.lockMs,
    json: inputs.json,
    pullRequest: context.pullRequest,
    github: token === undefined ? undefined : context.github && { ...context.github, token },
    origin: reason === undefined ? context.origin : { ...context.origin, reason },
    workspace,
    file: path,
  };
}

const isRemote = ({ connection }: Pick<Overrides, 'connection'>): boolean => connection !== 'local';
