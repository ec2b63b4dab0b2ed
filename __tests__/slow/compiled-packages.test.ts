/** Packages that come with compiled code: each as it is commonly asked for, and in a way in which it cannot be had. */
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltEnv, buildEnv } from '../../src/build/env/env.ts';
import { BuildError, BuildErrors } from '../../src/build/errors.ts';
import type { Match } from '../../src/build/python.ts';
import { readRequirements } from '../../src/build/requirements/requirements.ts';
import { installers, type Scratch, scratchFolder, thisPython, writeFiles } from '../build.fixtures.ts';

let match: Match;
let scratch: Scratch;
let env: { uv: NodeJS.ProcessEnv; pip: NodeJS.ProcessEnv };
let count = 0;

beforeAll(async () => {
  match = await thisPython();
  scratch = await scratchFolder();
  env = installers(match);
});

afterAll(() => scratch?.[Symbol.asyncDispose]());

/** Builds in the runner as it is, which has no compiler. */
async function build(how: 'uv' | 'pip', text: string): Promise<BuiltEnv> {
  const folder = join(scratch.path, String(count++));
  const top = join(folder, 'top');
  await mkdir(folder);
  await writeFiles(top, { 'requirements.txt': text });
  const requirements = await readRequirements(top, 'requirements.txt');
  const none = { CC: 'no-such-compiler', CXX: 'no-such-compiler' };
  return await buildEnv({ requirements, top, match, scratch: folder, env: { ...env[how], ...none } });
}

/** `place: what | mend` of each fault. */
async function refused(how: 'uv' | 'pip', text: string): Promise<string[]> {
  const thrown: unknown = await build(how, text).catch((error: unknown) => error);
  const errors = thrown instanceof BuildErrors ? thrown.errors : [thrown];
  return errors.map((error) => {
    if (!(error instanceof BuildError)) throw new Error('it should have been refused', { cause: error });
    return `${[error.place?.file, error.place?.line ?? []].flat().join(':')}: ${error.message} | ${error.mend}`;
  });
}

const COMPILE =
  'ask for a version with wheels; or name the Debian packages that it needs: build: { packages: [libpq-dev] } in graceful.yml, say';

const WRONG = `sha256:${'0'.repeat(64)}`;

/** What fails, with what is told; each line of it is commonly met. */
const ROWS: [title: string, text: string, told: string[]][] = [
  [
    'psycopg with an extra whose name is misspelt',
    'psycopg[binray]==3.2.9\n',
    [
      'requirements.txt:1: psycopg 3.2.9 has no extra binray | mend its name, or leave it out: it has binary, c, dev, docs, pool, test',
    ],
  ],
  [
    'Pillow of a version before this Python',
    'Pillow==8.0.0\n',
    [`requirements.txt:1: pillow has no wheel for this Python and could not be compiled | ${COMPILE}`],
  ],
  [
    'lxml that is not what its hash says',
    `lxml==5.4.0 --hash=${WRONG}\n`,
    [
      'requirements.txt:1: lxml 5.4.0 is not what its hash says | find out why before you take the new hash: its files were exchanged on the index, or the hash is of another version',
    ],
  ],
  [
    'cryptography older than what another package needs',
    'pyOpenSSL==24.3.0\ncryptography==41.0.0\n',
    [
      'requirements.txt: the requirements contradict one another | loosen one of the versions that the lines above name',
    ],
  ],
  [
    'uvloop for a newer Python',
    'uvloop==0.14.0\n',
    [`requirements.txt:1: uvloop has no wheel for this Python and could not be compiled | ${COMPILE}`],
  ],
  [
    'orjson of a version that there is none',
    'orjson==0.0.1\n',
    ['requirements.txt:1: there is no version orjson==0.0.1 | ask for one that exists'],
  ],
];

describe.each(['uv', 'pip'] as const)('with %s', (how) => {
  test('they are installed as wheels, and run', async () => {
    const built = await build(how, 'psycopg[binary]\nPillow\nlxml\ncryptography\nuvloop\norjson\n');
    const site = join(built.tree.folder, 'lib', `python${match.target.minor}`, 'site-packages');
    const program = `import psycopg, psycopg_binary, PIL.Image, lxml.etree, cryptography.fernet, uvloop, orjson
uvloop.new_event_loop().close()
key = cryptography.fernet.Fernet.generate_key()
image = PIL.Image.new("RGB", (2, 3))
print(psycopg.pq.__impl__, orjson.dumps([*image.size, len(key)]).decode(), lxml.etree.fromstring("<a/>").tag)`;
    const said = execFileSync(match.runner.executable, ['-S', '-c', program], {
      env: { PYTHONPATH: site },
      encoding: 'utf8',
    });
    expect(said.trim()).toBe('binary [2,3,44] a');
  });

  test.each(ROWS)('%s', async (_, text, told) => {
    expect(await refused(how, text)).toEqual(told);
  });
});
