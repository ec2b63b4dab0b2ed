/** The settings of one stage one by one, each with where it comes from. */
import { z } from 'zod';
import type { ConfigFile } from './config-file.ts';
import { CONFIG_FOLDER, DEFAULTS, HERE } from './defaults.ts';
import type { Path } from './document.ts';
import { placeOf } from './fault.ts';
import type { Draft } from './resolve.ts';
import type { GracefulFile } from './schema.ts';
import { knownKeys, schemaAt } from './schema-at.ts';
import { dotted, valueAt } from './shape.ts';

/** What says how a setting is, the first that does in this order; `found`: by itself, in the checkout. */
export type SettingSource = 'input' | 'environment' | 'stage' | 'common' | 'default' | 'found' | 'missing' | 'later';

/** How something is, and who says so. */
export interface Said {
  /** As it would be written in `graceful.yml`; null where it is secret, or not known yet. */
  value: unknown;
  from: SettingSource;
  /** `--host`, `graceful.yml:3:5`, `requirements.txt found`; empty where there is nothing to add. */
  where: string;
  /** It is set, and what it is set to is never shown. */
  secret?: true;
}

export interface Setting extends Said {
  /** `health.path`, as `graceful.yml` has it, or the name of an input. */
  key: string;
}

/** Those of a group say one thing in different words: whoever names one of them takes the place of all. */
const ALTERNATIVES = [
  ['host', 'hosts'],
  ['server', 'server-command'],
  ['config-repository.path', 'config-repository.url'],
];

/** Names of variables whose values are nobody's business, even when they stand in the file. */
const PRIVATE = /SECRET|PASS|TOKEN|CREDENTIAL|PRIVATE|KEY|DSN|(?:^|_)(?:URL|URI)$/i;
/** An address with a password in it, or on the web with a user alone: that may be a token. */
const LOGIN = /:\/\/[^/@\s]*:[^/@\s]*@|\bhttps?:\/\/[^/@\s]+@/i;

/**
 * Every setting that holds for a stage.
 *
 * @param given by inputs, over the file: by the key that it stands over
 * @param found what holds where neither inputs nor the file nor a default say anything
 */
export function settingsOf(
  file: Pick<ConfigFile, 'placeOf'> & { settings: GracefulFile },
  stage: string,
  given: Readonly<Record<string, Said>>,
  found: Readonly<Record<string, Said>>,
): Setting[] {
  const { settings } = file;
  const levels: { from: SettingSource; at: Path; data: unknown }[] = [
    { from: 'stage', at: ['stages', stage], data: settings.stages[stage] },
    { from: 'common', at: [], data: settings },
    { from: 'default', at: [], data: DEFAULTS },
  ];
  const sayings = (path: Path): Said[] => {
    const key = dotted(path);
    const over = given[key];
    const written = levels.flatMap(({ from, at, data }): Said[] => {
      const value = valueAt(data, path);
      if (value === undefined) return [];
      const place = from === 'default' ? undefined : file.placeOf([...at, ...path]);
      const said = { from, where: place === undefined ? '' : placeOf({ ...place, message: '', mend: '' }) };
      return isPrivate(path, value) ? [{ ...said, value: null, secret: true }] : [{ ...said, value }];
    });
    return [...(over === undefined ? [] : [over]), ...written];
  };
  const rank = (said: Said | undefined) => (said === undefined ? levels.length + 1 : order(said.from));
  const keys = leaves(['stages', stage]).map((path) => path.slice(2));
  return [['software'], ...keys]
    .flatMap((path) =>
      namesIn(
        path,
        levels.map(({ data }) => data),
        Object.keys(given),
      ),
    )
    .flatMap((path): Setting[] => {
      const key = dotted(path);
      const [said = found[key]] = sayings(path);
      if (said === undefined) return [];
      const others = ALTERNATIVES.find((group) => group.includes(key))?.filter((other) => other !== key) ?? [];
      const beaten = others.some((other) => rank(sayings(other.split('.'))[0]) < rank(said));
      return beaten ? [] : [{ key, ...said }];
    });
}

/** What follows from other settings, and what only the host can tell. */
export function following(stage: Draft): Record<string, Said> {
  const local = stage.url === undefined ? undefined : new URL(stage.url);
  return {
    ...(stage.connection === 'local' && { host: { value: HERE, from: 'default', where: 'from connection' } }),
    root: { value: stage.root, from: 'default', where: 'from software and variant' },
    'health.status': { value: 'any 2xx', from: 'default', where: '' },
    ...(local && {
      'verify.local': {
        value: `${local.protocol}//127.0.0.1${local.port === '' ? '' : `:${local.port}`}`,
        from: 'default',
        where: 'from url',
      },
    }),
    ...(stage.configRepository && { 'config-repository.folder': { value: CONFIG_FOLDER, from: 'default', where: '' } }),
    'python.version': { value: null, from: 'later', where: 'the newest that host and runner both have' },
    'build.in': { value: null, from: 'later', where: 'the runner; in a minimal Debian where it must be compiled' },
  };
}

const ORDER: readonly SettingSource[] = ['input', 'environment', 'stage', 'common', 'default'];

function order(from: SettingSource): number {
  const index = ORDER.indexOf(from);
  return index === -1 ? ORDER.length : index;
}

function isPrivate([first, name]: Path, value: unknown): boolean {
  if ((first === 'env' || first === 'build-env') && name !== undefined && PRIVATE.test(String(name))) return true;
  return holdsLogin(value);
}

/** In a list or a map too: arguments of the server, the command of a process. */
function holdsLogin(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return LOGIN.test(String(value));
  return Object.values(value).some(holdsLogin);
}

/** Every key that holds a value: `health.path`, but `processes` and `env` as they are. */
function leaves(path: Path): Path[] {
  return knownKeys(path).flatMap((key) => {
    const full = [...path, key];
    return schemaAt(full) instanceof z.ZodObject ? leaves(full) : [full];
  });
}

/** A map of free names as one path for each name that somebody gives; any other key as it is. */
function namesIn(path: Path, levels: readonly unknown[], given: readonly string[]): Path[] {
  if (!(schemaAt(path) instanceof z.ZodRecord)) return [path];
  const prefix = `${dotted(path)}.`;
  const names = [
    ...levels.toReversed().flatMap((data) => {
      const map = valueAt(data, path);
      return typeof map === 'object' && map !== null ? Object.keys(map) : [];
    }),
    ...given.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
  ];
  return [...new Set(names)].map((name) => [...path, name]);
}
