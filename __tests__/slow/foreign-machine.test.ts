/** A host that is an AArch64 machine, and a runner that is none: what was built here runs there. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltEnv, buildEnv } from '../../src/build/env/env.ts';
import { checkWheels } from '../../src/build/env/wheels.ts';
import { findPythons } from '../../src/build/find-pythons.ts';
import { type Match, pickPython } from '../../src/build/python.ts';
import { readRequirements } from '../../src/build/requirements/requirements.ts';
import type { HostFacts } from '../../src/protocol/messages.ts';
import { describe } from '../../testbed/process.ts';
import { installers, type Scratch, scratchFolder, thisPython, writeFiles } from '../build.fixtures.ts';
import { type ForeignMachine, foreignMachine } from '../fixtures/foreign-machine.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const SHOP = join(CHECKOUT, 'examples/shop');
const HOST = join(CHECKOUT, 'host');

let scratch: Scratch;
let machine: ForeignMachine;

beforeAll(async () => {
  scratch = await scratchFolder();
  await mkdir(join(scratch.path, 'copy'));
  machine = foreignMachine(join(scratch.path, 'copy'));
});

afterAll(() => scratch?.[Symbol.asyncDispose]());

async function runThere(argv: readonly string[], seen: readonly string[]): Promise<string> {
  const ran = await machine.run(argv, seen);
  if (ran.code !== 0) throw new Error(describe(argv, ran));
  return ran.stdout;
}

/** Runs lines of Python there, which have the host program's modules. */
function hostProgram(lines: string, seen: readonly string[]): Promise<string> {
  const program = `import json, sys\nfrom pathlib import Path\nsys.path.insert(0, "${HOST}")\n${lines}`;
  return runThere(['/usr/bin/python3', '-B', '-c', program], [HOST, ...seen]);
}

/** What the host program says of the machine that it runs on. */
async function factsThere(): Promise<HostFacts> {
  const lines = `
from graceful.facts import host_facts
print(json.dumps(host_facts(Path("/"), Path("/"))))
`;
  return JSON.parse(await hostProgram(lines, []));
}

async function buildFor(match: Match): Promise<BuiltEnv> {
  const top = join(scratch.path, 'top');
  const shop = await readFile(join(SHOP, 'requirements.txt'), 'utf8');
  await writeFiles(top, { 'requirements.txt': `${shop}\nmarkupsafe==3.0.2\ncffi==1.17.1\n` });
  const requirements = await readRequirements(top, 'requirements.txt');
  const env = installers(await thisPython()).uv;
  return await buildEnv({ requirements, top, match, scratch: scratch.path, env });
}

test('the host says what it is, and wheels of its kind are put together that it can load', async () => {
  const facts = await factsThere();
  expect(facts).toMatchObject({
    machine: 'aarch64',
    os: { id: 'debian', codename: 'bookworm' },
    libc: { name: 'glibc', version: '2.36' },
    pythons: [{ minor: '3.11', abi: 'cpython-311-aarch64-linux-gnu', executable: '/usr/bin/python3.11' }],
  });
  const match = pickPython(facts, await findPythons());
  expect(match.target.machine).not.toBe(match.runner.machine);
  const built = await buildFor(match);
  checkWheels(built, facts);

  const env = built.tree.folder;
  const [python] = facts.pythons;
  await hostProgram(
    `
import os
from graceful.site.owner import Owner
from graceful.store.environment import _make_runnable
own = Owner(os.getgid())
_make_runnable(Path("${env}"), own, json.loads(${JSON.stringify(JSON.stringify(python))}), "0" * 64)
`,
    [env],
  );
  const program = `
import os, platform, sys
os.chdir("${SHOP}")
sys.path.insert(0, "${SHOP}")
os.environ.update(SECRET_KEY="build", DJANGO_SETTINGS_MODULE="shop.settings.production")
import _cffi_backend, markupsafe._speedups, django
from django.core.management import call_command
django.setup()
call_command("check")
print(platform.machine(), django.__file__, markupsafe._speedups.__file__)
`;
  const told = await runThere([join(env, 'bin/python'), '-B', '-c', program], [SHOP, env]);
  const compiled = '_speedups.cpython-311-aarch64-linux-gnu.so';
  expect(told.trimEnd().split('\n').at(-1)).toBe(
    `aarch64 ${env}/lib/python3.11/site-packages/django/__init__.py ${env}/lib/python3.11/site-packages/markupsafe/${compiled}`,
  );
});
