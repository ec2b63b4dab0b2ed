import { readLockMs } from './command-inputs.ts';
import type { Context } from './context.ts';
import { formatDuration } from './duration.ts';
import { readEnv } from './env-input.ts';
import { ConfigError, inReadingOrder } from './fault.ts';
import { InputReader, type Reporter } from './input-reader.ts';
import { type InputName, label, type RawInputs } from './inputs.ts';
import { readTarget } from './login-inputs.ts';
import { type Draft, type Overrides, resolveStage, writtenHosts } from './resolve.ts';
import type { GracefulFile } from './schema.ts';
import { following, type Said, type Setting, settingsOf } from './settings.ts';
import { findFile, findStage } from './which-file.ts';

/** What is asked for is shown, and nobody is contacted for it. */
export interface SettingsWanted {
  stage: Draft;
  /** Top folder of the checkout. */
  workspace: string;
  json: boolean;
  /**
   * @param found by itself, by key
   * @returns how the stage was chosen, then its settings in the order of the documentation
   */
  settings(found: Readonly<Record<string, Said>>): Setting[];
}

/** What of the inputs is no setting of the file, and secret. */
const LOGIN = ['ssh-key', 'ssh-key-passphrase', 'known-hosts'] as const;

/**
 * Reads inputs and `graceful.yml` as a run does, but for what only a host wants to know.
 * @throws ConfigError with all faults together
 */
export function readSettings(inputs: RawInputs, context: Context, reporter: Reporter): SettingsWanted {
  const reader = new InputReader(inputs, reporter);
  const env = readEnv(reader);
  const over = readTarget(reader);
  const lockMs = readLockMs(reader);
  const { file, workspace } = findFile(inputs, context);
  const { stage: name, host, hosts } = inputs.values;
  const chosen = findStage(file, { name, input: 'stage', command: 'config' }, inputs, context);
  const faults = [...reader.faults, ...(chosen && 'message' in chosen ? [chosen] : []), ...file.faults];
  const { settings } = file;
  if (faults.length > 0 || settings === undefined || chosen === undefined || 'message' in chosen)
    throw new ConfigError(inReadingOrder(faults));

  const by = (input: InputName): Pick<Said, 'from' | 'where'> => {
    const { from, where } = inputs.elsewhere?.[input] ?? { from: 'input', where: label(inputs, input) };
    return { from, where: from === 'found' ? `${where} found` : where };
  };
  const given: Record<string, Said> = {
    ...(over.connection !== undefined && { connection: { value: over.connection, ...by('connection') } }),
    ...(host !== undefined && { host: { value: host, ...by('host') } }),
    ...(hosts !== undefined && { hosts: { value: over.hosts, ...by('hosts') } }),
    ...(over.port !== undefined && { port: { value: over.port, ...by('port') } }),
    ...(over.user !== undefined && { user: { value: over.user, ...by('user') } }),
    ...(lockMs !== undefined && { 'times.lock': { value: formatDuration(lockMs), ...by('lock-timeout') } }),
  };
  for (const variable of Object.keys(env)) given[`env.${variable}`] = { value: null, ...by('env'), secret: true };
  const logins = LOGIN.filter((input) => inputs.values[input] !== undefined).map(
    (key): Setting => ({ key, value: null, ...by(key), secret: true }),
  );
  const { ref } = context;
  const why: Record<typeof chosen.by, Pick<Said, 'from' | 'where'>> = {
    name: by('stage'),
    ref: { from: 'found', where: ref === undefined ? '' : `${ref.kind} ${ref.name}` },
    only: { from: 'found', where: 'the only one' },
  };
  const stage = resolveStage(settings, chosen.name, over);
  return {
    stage,
    workspace,
    json: inputs.json,
    settings: (found) => [
      { key: 'stage', value: chosen.name, ...why[chosen.by] },
      ...logins,
      ...settingsOf({ ...file, settings }, chosen.name, given, { ...following(stage), ...found }).map((setting) =>
        withHosts(setting, settings, chosen.name, over),
      ),
    ],
  };
}

/**
 * Hosts as a run takes them: one that an input names keeps what the file says of it, and a port or user of the inputs stands over
 * those of each.
 */
function withHosts(setting: Setting, file: GracefulFile, stage: string, over: Overrides): Setting {
  const { key } = setting;
  if (key !== 'host' && key !== 'hosts') return setting;
  const written = writtenHosts(file.stages[stage] ?? {}, file);
  const named = over.hosts?.flatMap((host) => {
    const own = written.filter((one) => one.host === host);
    return own.length === 0 ? [{ host }] : own;
  });
  const beaten = [...(over.port === undefined ? [] : ['port']), ...(over.user === undefined ? [] : ['user'])];
  const hosts = (named ?? written).map(({ host, ...rest }) => {
    const kept = Object.entries(rest).filter(([about]) => !beaten.includes(about));
    return kept.length === 0 ? host : { host, ...Object.fromEntries(kept) };
  });
  const isAlone = key === 'host' && hosts.every((host) => typeof host === 'string');
  return isAlone ? setting : { ...setting, key: 'hosts', value: hosts };
}
