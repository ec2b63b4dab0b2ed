import { dirname, relative, resolve } from 'node:path';
import { noFile, readConfigFile, topOfCheckout } from './config-file.ts';
import type { Context } from './context.ts';
import { ConfigError, inReadingOrder } from './fault.ts';
import { InputReader, type Reporter } from './input-reader.ts';
import { howToGive, label, type RawInputs } from './inputs.ts';
import { type Draft, resolveStage } from './resolve.ts';
import { chooseStage } from './stage-choice.ts';
import type { Run } from './types.ts';

/**
 * Turns inputs and `graceful.yml` into the one typed object that a run goes by.
 *
 * Secrets are masked first, before anything else can log.
 * @throws ConfigError with all faults of the inputs and of the file together
 */
export function readRun(inputs: RawInputs, context: Context, reporter: Reporter): Run {
  const reader = new InputReader(inputs, reporter);
  const key = reader.key();
  const env = reader.env();

  const command = reader.command();
  const over = { host: reader.host(), user: reader.user(), port: reader.port() };
  const release = reader.release(command);
  const names = reader.names(command);
  const force = reader.force();
  const preempt = reader.preempt(command);
  const databaseAhead = reader.databaseAhead(command);
  const lockMs = reader.lockMs();
  const asking = reader.asking(command);
  const { config = 'graceful.yml', reason } = inputs.values;
  const folder = inputs.source === 'action' || inputs.values.config ? context.folder : topOf(context.folder);
  const path = resolve(folder, config);
  const workspace = topOfCheckout(dirname(path)) ?? context.folder;
  const outside = inputs.source === 'action' && relative(folder, path).startsWith('..');
  const elsewhere =
    inputs.source === 'action'
      ? 'name its path with "config"; in a job, actions/checkout comes first'
      : 'name its path with --config';
  const file = outside
    ? noFile(
        label(inputs, 'config'),
        `"${config}" lies outside of the workspace ${folder}`,
        'name a file of the checkout',
      )
    : readConfigFile(path, workspace, elsewhere);

  const { faults } = reader;
  let stage: Draft | undefined;
  if (file.stages && file.stages.length > 0) {
    const choice = chooseStage(file.stages, inputs.values.stage, context.branch, command, (name) =>
      howToGive(inputs, 'stage', name),
    );
    if ('message' in choice) faults.push({ where: label(inputs, 'stage'), ...choice });
    else if (file.settings) stage = resolveStage(file.settings, choice.name, over);
  }
  faults.push(...file.faults);
  if (stage && stage.host === undefined && inputs.values.host === undefined) {
    faults.push(...file.faultAt(stage.name, [['host']], 'there is no host', 'for example: host: www.example.org'));
  }
  const { host, url, user, port } = stage ?? {};
  const pins = reader.pins({ host, port, user });
  if (faults.length > 0 || !stage || host === undefined || url === undefined || !key || !pins) {
    throw new ConfigError(inReadingOrder(faults));
  }
  return {
    command,
    stage: { ...stage, host, url },
    login: { target: { host, port: stage.port, user: stage.user }, key, pins },
    env,
    release,
    names,
    request: asking?.({ ...stage.times, lockMs: lockMs ?? stage.times.lockMs }),
    force,
    preempt,
    databaseAhead,
    lockMs: lockMs ?? stage.times.lockMs,
    json: inputs.json,
    origin: reason === undefined ? context.origin : { ...context.origin, reason },
    workspace,
    file: path,
  };
}

function topOf(folder: string): string {
  return topOfCheckout(folder) ?? folder;
}
