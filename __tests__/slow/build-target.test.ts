import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type BuiltEnv, buildEnv } from '../../src/build/env/env.ts';
import { checkWheels } from '../../src/build/env/wheels.ts';
import { BuildErrors } from '../../src/build/errors.ts';
import type { Match, Target } from '../../src/build/python.ts';
import { readRequirements } from '../../src/build/requirements/requirements.ts';
import { obtainTwin } from '../../src/build/target/twin.ts';
import { hostFacts, installers, scratchFolder, thisPython, writeFiles } from '../build.fixtures.ts';

let match: Match;
let env: { uv: NodeJS.ProcessEnv; pip: NodeJS.ProcessEnv };

beforeAll(async () => {
  match = await thisPython();
  env = installers(match);
});

/** The machine that this one is not. */
const OTHER = process.arch === 'arm64' ? 'x86_64' : 'aarch64';

function matchFor(changes: Partial<Target>): Match {
  const target = { ...match.target, ...changes };
  const abi = match.target.abi.replace(match.target.machine, target.machine);
  return { ...match, host: { ...match.host, abi }, target: { ...target, abi } };
}

async function build(scratch: string, requirements: string, how: 'uv' | 'pip', for_: Match): Promise<BuiltEnv> {
  const top = join(scratch, 'top');
  await writeFiles(top, { 'requirements.txt': requirements });
  const read = await readRequirements(top, 'requirements.txt');
  return await buildEnv({ requirements: read, top, match: for_, scratch, env: env[how] });
}

test.each(['uv', 'pip'] as const)('%s never takes a wheel that needs a newer glibc than the host has', async (how) => {
  await using scratch = await scratchFolder();
  // There are wheels of it for glibc 2.17, 2.28 and 2.34.
  const [old, older] = await Promise.all(
    ['2.31', '2.17'].map((libcVersion) =>
      build(scratch.path, 'bcrypt==4.3.0\n', how, matchFor({ libc: 'glibc', libcVersion })),
    ),
  );
  const { machine } = match.target;
  expect(old?.wheels[0]?.tags).toEqual([`cp39-abi3-manylinux_2_28_${machine}`]);
  expect(older?.wheels[0]?.tags).toEqual([`cp39-abi3-manylinux_2_17_${machine}`, `cp39-abi3-manylinux2014_${machine}`]);
  expect(old?.hash).not.toBe(older?.hash);
});

test('an environment for another machine: its wheels, its markers, the same with uv and with pip', async () => {
  await using scratch = await scratchFolder();
  const foreign = matchFor({ machine: OTHER, libc: 'glibc', libcVersion: '2.36' });
  const wanted = `markupsafe==3.0.2
six==1.17.0; platform_machine == "${OTHER}"
toml==0.10.2; platform_machine != "${OTHER}"
./lib/own
`;
  await writeFiles(join(scratch.path, 'top'), {
    'lib/own/pyproject.toml': '[project]\nname = "own"\nversion = "1"\n',
    'lib/own/own.py': '',
  });
  const [first, second] = await Promise.all([
    build(scratch.path, wanted, 'uv', foreign),
    build(scratch.path, wanted, 'pip', foreign),
  ]);
  expect(first.packages.map(({ name }) => name)).toEqual(['markupsafe', 'own', 'six']);
  expect(second.tree.manifest.text).toBe(first.tree.manifest.text);
  const compiled = first.tree.manifest.entries.filter(({ path }) => path.endsWith('.so')).map(({ path }) => path);
  const elf = await readFile(join(first.tree.folder, compiled[0] ?? ''));
  // e_machine of an ELF file: 183 is AArch64, 62 is x86-64.
  expect([compiled.length, elf.readUInt16LE(18)]).toEqual([1, OTHER === 'aarch64' ? 183 : 62]);
  checkWheels(first, hostFacts({ machine: OTHER }));
  expect(() => checkWheels(first, hostFacts({ machine: match.target.machine }))).toThrow(
    `MarkupSafe 3.0.2 is made for manylinux_2_17_${OTHER}`,
  );
});

test.each(['uv', 'pip'] as const)(
  'with %s, all requirements without a wheel for another machine are named',
  async (how) => {
    await using scratch = await scratchFolder();
    const wanted = 'six==1.17.0\ndocopt==0.6.2\n\nhttplib2==0.8\n';
    const foreign = matchFor({ machine: OTHER, libc: 'glibc', libcVersion: '2.36' });
    const refused = await build(scratch.path, wanted, how, foreign).catch((thrown: unknown) => thrown);
    if (!(refused instanceof BuildErrors)) throw new Error(`it should have been refused: ${refused}`);
    const where = `has no wheel for Python ${match.target.minor} on ${OTHER} with glibc 2.36`;
    expect(refused.errors.map(({ message, place }) => [message, place?.line])).toEqual([
      [`docopt 0.6.2 ${where}`, 2],
      [`httplib2 0.8 ${where}`, 4],
    ]);
  },
);

test('static files of a host that is another machine are collected with the same versions, for this one', async () => {
  await using scratch = await scratchFolder();
  const foreign = matchFor({ machine: OTHER, libc: 'glibc', libcVersion: '2.36' });
  const top = join(scratch.path, 'top');
  await writeFiles(top, { 'requirements.txt': 'markupsafe<3\n' });
  const requirements = await readRequirements(top, 'requirements.txt');
  const how = { ...env.uv, RUNNER_TOOL_CACHE: join(scratch.path, 'tools') };
  const options = { requirements, top, match: foreign, scratch: scratch.path, env: how };
  const twin = await obtainTwin(options, { ...(await buildEnv(options)), requirements: 'markupsafe==2.1.3\n' });
  expect(twin.env.packages).toEqual([{ name: 'markupsafe', version: '2.1.3' }]);
  expect(twin.env.wheels[0]?.tags[0]).toContain(match.target.machine);
  expect(twin.match.target.machine).toBe(match.runner.machine);
});
