/** Shell lines for the host that several ways have in common. Whoever runs them sets `-e`. */
import type { Ground } from '../way.ts';
import { rootOf } from './site.ts';

/** An unchanged list of requirements leaves the environment as it is. */
export function pipInstall({ pip }: Ground, venv: string, requirements: string): string {
  const variables = Object.entries(pip).map(([key, value]) => `${key}=${value}`);
  return `env ${variables.join(' ')} ${venv}/bin/pip install --quiet -r ${requirements}`;
}

/** The site's variables, for the lines after it. */
export const loadEnvironment = (ground: Ground): string => `set -a; . ${rootOf(ground)}/shared/.env; set +a`;

export const manage = (python: string, command: string): string => `${python} manage.py ${command} --noinput`;

export const service = ({ site }: Ground, verb: 'restart' | 'reload' | 'start'): string =>
  `sudo systemctl ${verb} ${site}-web.service`;

/** Makes a release of `releases/` the live one, by rename. */
export const relink = (release: string): string =>
  `ln -s releases/${release} current.${release} && mv -T current.${release} current`;

/** Names of releases sort by time. */
export const prune = (): string => 'ls -1d releases/* | head -n -5 | xargs -r rm -rf';
