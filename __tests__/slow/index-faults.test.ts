/** What an index of packages may do to a build, with uv and with pip. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltEnv, buildEnv } from '../../src/build/env/env.ts';
import { BuildError, BuildErrors } from '../../src/build/errors.ts';
import { readAsked } from '../../src/build/locks/choose.ts';
import type { Match } from '../../src/build/python.ts';
import { readRequirements } from '../../src/build/requirements/requirements.ts';
import { targetWords } from '../../src/build/target/platform.ts';
import { installers, type Scratch, scratchFolder, thisPython, writeFiles } from '../build.fixtures.ts';
import { PASSWORD, type PackageIndex, startIndex } from '../fixtures/index.ts';

let match: Match;
let scratch: Scratch;
let index: PackageIndex;
let env: { uv: NodeJS.ProcessEnv; pip: NodeJS.ProcessEnv };
let count = 0;

beforeAll(async () => {
  match = await thisPython();
  scratch = await scratchFolder();
  index = await startIndex();
  const { uv, pip } = installers(match);
  const plain = { PIP_FIND_LINKS: undefined, UV_FIND_LINKS: undefined, UV_NO_CACHE: '1', PIP_NO_CACHE_DIR: '1' };
  const quick = { UV_HTTP_RETRIES: '0', PIP_RETRIES: '0' };
  env = { uv: { ...uv, ...plain, ...quick }, pip: { ...pip, ...plain, ...quick } };
});

afterAll(async () => {
  await index?.[Symbol.asyncDispose]();
  await scratch?.[Symbol.asyncDispose]();
});

async function build(
  how: 'uv' | 'pip',
  text: string,
  more: NodeJS.ProcessEnv = {},
  for_: Match = match,
): Promise<BuiltEnv> {
  const folder = join(scratch.path, String(count++));
  const top = join(folder, 'top');
  await mkdir(folder);
  await writeFiles(top, { 'requirements.txt': text.replaceAll('INDEX', index.url) });
  const requirements = await readRequirements(top, 'requirements.txt');
  return await buildEnv({ requirements, top, match: for_, scratch: folder, env: { ...env[how], ...more } });
}

async function fault(work: Promise<unknown>): Promise<{ told: string; everything: string }> {
  const thrown: unknown = await work.catch((error: unknown) => error);
  const errors = thrown instanceof BuildErrors ? thrown.errors : [thrown];
  const told = errors.map((error) => {
    if (!(error instanceof BuildError)) throw new Error('it should have been refused', { cause: error });
    const { place, message, mend } = error;
    return `${[place?.file, place?.line ?? []].flat().join(':')}: ${message} | ${mend}`;
  });
  const everything = errors.flatMap((error) => (error instanceof BuildError ? [error.message, ...error.output] : []));
  return {
    told: told.join('\n').replaceAll(index.url.replace('http://', ''), 'HOST'),
    everything: everything.join('\n'),
  };
}

const OWN = 'an index of your own is named by --index-url in requirements.txt, PIP_INDEX_URL or UV_INDEX_URL';
const ALL = 'write all packages with their hashes: uv pip compile --generate-hashes, or pip-compile --generate-hashes';
const LOGIN = 'give the step a login that may read there, from a secret (docs/build.md, "Private indexes")';
const NEWER =
  'its wheels need glibc 2.99 or newer | ask for an older version that has one, or renew the system of the host';
const WRONG = `sha256:${'0'.repeat(64)}`;

describe.each(['uv', 'pip'] as const)('%s', (how) => {
  const rows: [title: string, text: string, told: RegExp | string][] = [
    [
      'a login that is refused',
      '--index-url http://me:hunter22@INDEX/401/simple\nplain\n',
      `requirements.txt: the index HOST refuses the login (401 Unauthorized) | ${LOGIN}`,
    ],
    [
      'a login that may not read there',
      '--index-url INDEX/403/simple\nplain\n',
      `requirements.txt: the index HOST refuses the login (403 Forbidden) | ${LOGIN}`,
    ],
    [
      'an index in trouble',
      '--index-url INDEX/503/simple\nplain\n',
      `requirements.txt: the index HOST is in trouble (503) | run it again; ${OWN}`,
    ],
    [
      'an index that is not there',
      '--index-url http://127.0.0.1:9/simple\nplain\n',
      `requirements.txt: the package index cannot be reached | run it again; ${OWN}`,
    ],
    [
      'a package for other systems only',
      '--index-url INDEX/ok/simple\nmac==1\n',
      `requirements.txt:2: mac 1 has neither a wheel for HOST_KIND nor a source package | ask for a version that has one`,
    ],
    [
      'a version whose wheels need a newer glibc than the host has',
      '--index-url INDEX/ok/simple\nnewer==2\n',
      `requirements.txt:2: newer 2 has neither a wheel for HOST_KIND nor a source package: ${NEWER}`,
    ],
    [
      'versions, all of whose wheels need a newer glibc than the host has',
      '--index-url INDEX/ok/simple\nnewer>=2\n',
      new RegExp(`^requirements.txt:2: newer(>=| )2 has neither a wheel for .* nor a source package: ${NEWER}$`),
    ],
    [
      'another file than the hash says',
      `--index-url INDEX/ok/simple\nplain==1 --hash=${WRONG}\n`,
      'requirements.txt:2: plain 1 is not what its hash says | find out why before you take the new hash: its files were exchanged on the index, or the hash is of another version',
    ],
  ];
  test.each(rows)('%s', async (_, text, told) => {
    const got = await fault(build(how, text.replace('@INDEX', `@${index.url.replace('http://', '')}`)));
    expect(got.told).toEqual(
      typeof told === 'string' ? told.replace('HOST_KIND', targetWords(match.target)) : expect.stringMatching(told),
    );
    expect(got.everything).not.toContain('hunter22');
  });

  test('a lock file with packages that have nothing for the host: all are named, each at its line', async () => {
    const folder = join(scratch.path, String(count++));
    const top = join(folder, 'top');
    const pipfile = `[[source]]\nurl = "${index.url}/ok/simple"\n\n[packages]\nmac = "*"\nnewer = "*"\nplain = "*"\n`;
    const sources = [{ url: `${index.url}/ok/simple` }];
    // What Pipenv notes of the Pipfile: the JSON of all that it asks for, keys sorted.
    const asks = { mac: '*', newer: '*', plain: '*' };
    const noted = { _meta: { requires: {}, sources }, default: asks, develop: {} };
    const sha256 = createHash('sha256').update(JSON.stringify(noted)).digest('hex');
    const { machine } = match.target;
    const locked = (version: string, file: string) => ({ version: `==${version}`, hashes: [index.hash(file)] });
    const packages = {
      mac: locked('1', 'mac-1-cp311-cp311-macosx_11_0_arm64.whl'),
      newer: locked('2', `newer-2-py3-none-manylinux_2_99_${machine}.whl`),
      plain: locked('1', 'plain-1-py3-none-any.whl'),
    };
    const lock = { _meta: { hash: { sha256 }, sources }, default: packages };
    await writeFiles(top, { Pipfile: pipfile, 'Pipfile.lock': JSON.stringify(lock, null, 4) });
    const asked = await readAsked({ top, named: 'Pipfile.lock', groups: [], extras: [], project: '.', env: {} });
    const requirements = await asked.on({ ...match.host, machine });
    const { told } = await fault(buildEnv({ requirements, top, match, scratch: folder, env: env[how] }));
    const nothing = `has neither a wheel for ${targetWords(match.target)} nor a source package`;
    expect(told.split('\n')).toEqual([
      `Pipfile.lock:13: mac 1 ${nothing} | ask for a version that has one`,
      `Pipfile.lock:19: newer 2 ${nothing}: ${NEWER}`,
    ]);
  });

  const UNFIT =
    '--index-url INDEX/ok/simple\nplain==1\nmac==1\nnewer==2\nfuture==1\nnewer-by-far; python_version < "3"\n';

  test('requirements with packages that have nothing for the host: all are named', async () => {
    const { told } = await fault(build(how, UNFIT));
    const nothing = `has neither a wheel for ${targetWords(match.target)} nor a source package`;
    const { minor } = match.target;
    expect(told.split('\n')).toEqual([
      `requirements.txt:3: mac 1 ${nothing} | ask for a version that has one`,
      `requirements.txt:4: newer 2 ${nothing}: ${NEWER}`,
      `requirements.txt:5: future==1 needs Python >=3.99, and the site runs on ${minor} | ask for a version that runs on Python ${minor}, or name a newer Python of the host: python: { version: "3.x" } in graceful.yml`,
    ]);
  });

  test('requirements with packages that have nothing for a host that is another machine: all are named', async () => {
    const machine = match.target.machine === 'aarch64' ? 'x86_64' : 'aarch64';
    const abi = match.target.abi.replace(match.target.machine, machine);
    const target = { ...match.target, machine, abi };
    const { told } = await fault(build(how, UNFIT, {}, { ...match, host: { ...match.host, abi }, target }));
    const nothing = `has neither a wheel for ${targetWords(target)} nor a source package`;
    expect(told.split('\n')).toEqual([
      `requirements.txt:3: mac 1 ${nothing} | ask for a version that has one`,
      `requirements.txt:4: newer 2 ${nothing} | ask for a version that has one`,
      expect.stringMatching(/^requirements\.txt:5: future==1 needs Python >=3\.99, and the site runs on /),
    ]);
  });

  test('a package that is needed by one with a hash, and has none', async () => {
    const needy = `needy==1 --hash=${index.hash('needy-1-py3-none-any.whl')}`;
    const { told } = await fault(build(how, `--index-url INDEX/ok/simple\n${needy}\n`));
    expect(told).toMatch(/^requirements\.txt: plain( 1)? is needed and has no hash, and others have one \| /);
    expect(told).toContain(ALL);
  });

  test('a right login, in a variable that the requirements name: it is nowhere to be read', async () => {
    const host = index.url.replace('http://', '');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the installer fills it in
    const built = await build(how, `--index-url http://me:${'${HIDDEN}'}@${host}/private/simple\nneedy\n`, {
      HIDDEN: encodeURIComponent(PASSWORD),
    });
    expect(built.packages.map(({ name }) => name)).toEqual(['needy', 'plain']);
    const { tree, ...told } = built;
    const kept = JSON.stringify(told) + tree.manifest.text;
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(kept).not.toContain(secret);
  });
});
