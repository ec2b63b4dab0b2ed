/** Releases with their environment that are built on the runner's side, sent whole, and made live by a link. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ground, Line, Ready } from '../way.ts';
import { environment, loginOf, openSsh } from './remote.ts';
import { asDeploy, makeSite, rootOf } from './site.ts';
import { loadEnvironment, manage, pipInstall, prune, relink, service } from './steps.ts';

/**
 * Shell lines of the runner's side, run in the folder that holds `env` and `code`: they send both to the release's folder on the host, which is not there
 * yet, and have the host activate it.
 */
export type Send = (to: {
  readonly ssh: string;
  readonly login: string;
  /** Absolute. */
  readonly release: string;
  /** Shell lines for the host, without a single quote. */
  readonly activate: string;
}) => string;

export async function setUpBuilt(ground: Ground, send: Send): Promise<Ready> {
  const root = rootOf(ground);
  await makeSite(ground, { code: `${root}/current/code`, venv: `${root}/current/env` });
  await asDeploy(ground, [`mkdir ${root}/releases`]);
  const built = join(ground.folder, 'built');
  return {
    async deploy(checkout, line) {
      const script = join(ground.folder, 'deploy.sh');
      await writeFile(script, [...build(ground, built, checkout.path), sendTo(ground, line, send)].join('\n'));
      return { argv: ['bash', '-eu', '-o', 'pipefail', script], cwd: checkout.path, env: environment(ground, line) };
    },
  };
}

/** The environment of the job before is taken up, as a CI's cache has it. */
function build(ground: Ground, built: string, checkout: string): readonly string[] {
  return [
    `mkdir -p ${built} && cd ${built}`,
    'test -d env || /usr/bin/python3 -m venv env',
    pipInstall(ground, 'env', `${checkout}/requirements.txt`),
    // The host compiles it while it migrates, as with all other ways.
    'export PYTHONDONTWRITEBYTECODE=1',
    `rm -rf code && cp -a ${checkout} code && rm -rf code/.git`,
    `(cd code && SECRET_KEY=build ${manage('../env/bin/python', 'collectstatic')})`,
  ];
}

function sendTo(ground: Ground, line: Line, send: Send): string {
  const root = rootOf(ground);
  const name = new Date().toISOString().replaceAll(/\D/g, '');
  const activate = [
    'set -e',
    `cd ${root}/releases/${name}/code`,
    loadEnvironment(ground),
    manage('../env/bin/python', 'migrate'),
    `cd ${root}`,
    relink(name),
    service(ground, 'restart'),
    prune(),
  ].join('\n');
  const to = { ssh: openSsh(ground, line).join(' '), login: loginOf(ground, line) };
  return send({ ...to, release: `${root}/releases/${name}`, activate });
}
