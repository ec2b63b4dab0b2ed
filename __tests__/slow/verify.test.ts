/** Damage on the disk of a live site: `verify` finds and names it, and the next deploy mends it under its visitors. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Damage, VerifiedAnswer } from '../../src/protocol/messages.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ migrate: true });
  await scene.repo.commit({ version: '1' });
  const first = await scene.deploy();
  expect(first, first.log).toMatchObject({ code: 0, outputs: { result: 'live' } });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** `graceful verify` on the host, as its user. */
const verify = (...argv: string[]) =>
  scene.host.exec([`${scene.site.root}/bin/graceful`, 'verify', ...argv], { user: scene.host.deployUser });

async function found(): Promise<{ code: number | null; told: VerifiedAnswer }> {
  const { code, stdout } = await verify('--json');
  return { code, told: JSON.parse(stdout) };
}

/** Where an object of the code, the manifest of the static files, and three files of the environment lie, of what is live. */
async function places(): Promise<Record<'object' | 'tree' | 'edited' | 'lost' | 'linked', string>> {
  const look = `
import glob, json, os, sys
root = sys.argv[1]
release = json.load(open(f"{root}/current/release.json"))
trees = f"{root}/.store/trees"
[(kind, digest)] = [
    (row[0], row[1]) for row in map(json.loads, open(f"{trees}/{release['trees']['code']}")) if row[-1].endswith("manage.py")
]
name = digest + ("x" if kind == "exec" else "")
[contrib] = glob.glob(os.path.realpath(f"{root}/current/venv") + "/lib/python3*/site-packages/django/contrib")
print(json.dumps({
    "object": f"{root}/.store/objects/{name[:2]}/{name}",
    "tree": f"{trees}/{release['trees']['static']}",
    "edited": f"{contrib}/humanize/apps.py",
    "lost": f"{contrib}/flatpages/models.py",
    "linked": f"{contrib}/redirects/models.py",
}))`;
  return JSON.parse(await scene.host.must(['python3', '-c', look, scene.site.root]));
}

test('a host without damage', async () => {
  const { code, told } = await found();
  expect({ code, damages: told.damages }).toEqual({ code: 0, damages: [] });
  expect(told.objects).toBeGreaterThan(1_000);
  expect(told.bytes).toBeGreaterThan(10_000_000);
});

test('damage is named with whom it concerns, and the next deploy mends it without a failed request', async () => {
  const { object, tree, edited, lost, linked } = await places();
  const right = await scene.host.must(['sha256sum', edited, lost, linked]);
  // In place, as a failing disk has it; and by hand, as an editor does.
  await scene.host.must(['sh', '-c', 'printf "#" >> "$1"; printf "#" >> "$2"', 'sh', object, linked]);
  await scene.host.must(['truncate', '--size=-10', tree]);
  await scene.host.must(['sh', '-c', 'cp "$1" "$1.new"; echo "# by hand" >> "$1.new"; mv "$1.new" "$1"', 'sh', edited]);
  await scene.host.must(['rm', lost]);
  const live = (await scene.status()).links.current ?? '';

  const job = await scene.command({ command: 'verify' });
  expect(job.code, job.log).toBe(1);
  for (const path of [object, tree, edited, lost, linked]) expect(job.log).toContain(path);
  const { code, told } = await found();
  expect(code).toBe(1);
  const named = ({ part, kind, path }: Damage) => `${part} ${kind} ${path}`;
  // What was damaged in the store is missing from then on; the environment stays, as the site runs from it.
  expect(told.damages.map(named).toSorted()).toEqual(
    [
      `object missing ${object}`,
      `object missing ${scene.site.root}/.store/objects/${stored(right, linked)}`,
      `tree missing ${tree}`,
      `environment changed ${edited}`,
      `environment missing ${lost}`,
      `environment changed ${linked}`,
    ].toSorted(),
  );
  for (const { releases } of told.damages)
    expect(releases).toEqual([{ root: scene.site.root, release: live, tags: expect.arrayContaining(['current']) }]);

  const { step, seen } = await scene.underLoad(() => scene.deploy());
  expect(step, step.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: live } });
  expect(step.log).toContain('to deploy: the live release is damaged, as `graceful verify` has found\n');
  expect(seen).toMatchObject({ failed: 0, failures: [], mismatched: 0 });
  expect(await scene.host.must(['sha256sum', edited, lost, linked])).toBe(right);

  const after = await verify();
  expect(after, after.stdout).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No damage; read: /) });
  const again = await scene.deploy();
  expect(again, again.log).toMatchObject({ code: 0, outputs: { result: 'unchanged' } });
});

/** Path of the object of a file below `objects`, from what sha256sum said of it. */
function stored(sums: string, path: string): string {
  const digest =
    sums
      .split('\n')
      .find((line) => line.endsWith(path))
      ?.slice(0, 64) ?? '';
  return `${digest.slice(0, 2)}/${digest}`;
}
