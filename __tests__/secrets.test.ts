import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveShop, startLiveShop } from '../testbed/live-shop.ts';
import { MANAGER } from '../testbed/manager.ts';
import { type StepResult, startStep } from '../testbed/runner.ts';
import { writeDotenv } from '../testbed/site.ts';
import { searchHost, startSpy } from '../testbed/spy.ts';

const SECRET_KEY = 'planted-secret-key-5hVq0Zr8';
const SECOND_LINE = 'planted-second-line-Kx7Tn2Lw';
const ENV = `SECRET_KEY=${SECRET_KEY}\nPEM<<END\nfirst line\n${SECOND_LINE}\nEND\n`;
const DOTENV = 'planted-database-password-Pd4Gm9Bc';

/** A migration that prints the secret, and fails with it. */
const TELLING = `from django.conf import settings
from django.db import migrations


def tell(apps, schema_editor):
    print("the key is", settings.SECRET_KEY)
    raise RuntimeError("no " + settings.SECRET_KEY)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_order_note")]
    operations = [migrations.RunPython(tell)]
`;

let shop: LiveShop;
let temp: string;
/** By name; no test prints a value. */
let secrets: Record<string, string>;
/** Every step that was run. */
const steps: StepResult[] = [];

/** What was seen in the runner's own folder for temporary files, and `<secret's name>: <file>` for what is found there, all the while. */
async function watchTemp(ended: AbortSignal): Promise<{ files: Set<string>; found: Set<string> }> {
  const seen = { files: new Set<string>(), found: new Set<string>() };
  // What is there now may be gone a moment later.
  const gone = () => [];
  while (!ended.aborted) {
    const entries = await readdir(temp, { recursive: true, withFileTypes: true }).catch(gone);
    for (const file of entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))) {
      if (seen.files.has(file)) continue;
      const content = await readFile(file).catch(() => null);
      if (content === null) continue;
      seen.files.add(file);
      for (const [name, value] of Object.entries(secrets))
        if (content.includes(value)) seen.found.add(`${name}: ${file}`);
    }
    await sleep(10);
  }
  return seen;
}

beforeAll(async () => {
  shop = await startLiveShop();
  temp = await mkdtemp(join(tmpdir(), 'graceful-secrets-'));
  const lines = shop.host.privateKey.split('\n');
  secrets = { SECRET_KEY, 'second line': SECOND_LINE, 'shared/.env': DOTENV, 'ssh-key': lines[2] ?? 'no such line' };
  const allowed = `${shop.host.address},${shop.host.gateway}`;
  await writeDotenv(shop.host, shop.site.site, { ALLOWED_HOSTS: allowed, DATABASE_PASSWORD: DOTENV });
});
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]();
  await rm(temp, { recursive: true, force: true });
});

test("all the while deploys and a rollback run, no process but the site's own has a secret in argv or environ", async () => {
  const inputs = { env: ENV };
  const options = { inputs, env: { RUNNER_TEMP: temp } };
  await using spy = await startSpy(shop.host, secrets);
  const ended = new AbortController();
  const watching = watchTemp(ended.signal);

  // In the middle of a deploy, between switch and confirm ...
  const good = await shop.startAndStand({ version: '2', config: { migrate: true }, migration: true }, options);
  expect(await searchHost(shop.host, secrets)).toEqual([]);
  shop.face.open();
  steps.push(await good.result);
  // ... one that fails and shows the site's own log, a rollback, the status.
  steps.push(await (await shop.start({ version: '3', break: 'wsgi-import' }, options)).result);
  const access = { 'ssh-key': shop.host.privateKey, 'known-hosts': shop.host.knownHosts };
  for (const asked of [{ command: 'rollback', 'database-ahead': 'true' }, { command: 'status' }]) {
    const step = { workspace: shop.repo.path, inputs: { ...access, ...inputs, ...asked }, env: { RUNNER_TEMP: temp } };
    steps.push(await (await startStep(step)).result);
  }
  expect(steps.map(({ code }) => code)).toEqual([0, 1, 0, 0]);
  ended.abort();
  const { files, found } = await watching;
  expect([...found]).toEqual([]);
  // It does see the code that is built, and the environment's overlay.
  expect([...files].filter((file) => file.endsWith('manage.py')).length).toBeGreaterThan(1);

  const { rounds, programs, leaks } = await spy.stop();
  expect(rounds).toBeGreaterThan(100);
  // It does see them: what is asserted below would not be true of somebody who sees nothing.
  expect(programs).toEqual(expect.arrayContaining([...MANAGER.programs]));
  const rightful = `site as ${MANAGER.siteUser('shop')} environ `;
  for (const secret of ['SECRET_KEY', 'shared/.env']) {
    expect(leaks).toEqual(expect.arrayContaining([expect.stringContaining(`${rightful}${secret}: `)]));
  }
  expect(leaks.filter((leak) => !leak.startsWith(rightful))).toEqual([]);
});

test('a migration that prints the secret and fails: it is nowhere, and *** stands for it', async () => {
  await shop.repo.commit({ version: '4', config: { migrate: true }, migration: true });
  await writeFile(join(shop.repo.path, 'orders/migrations/0003_telling.py'), TELLING);
  execFileSync('git', ['add', '-A'], { cwd: shop.repo.path });
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', 'commit', '-qm', 'telling'], {
    cwd: shop.repo.path,
  });
  const access = { 'ssh-key': shop.host.privateKey, 'known-hosts': shop.host.knownHosts };
  const inputs = { ...access, env: ENV };
  const step = await startStep({ workspace: shop.repo.path, inputs, env: { RUNNER_TEMP: temp } });
  const result = await step.result;
  expect(result.code, result.log).toBe(1);
  for (const text of [result.log, result.summary]) expect(text).toContain('RuntimeError: no ***');
  steps.push(result);
});

test('log, summary and outputs have no secret, but for the lines that have the runner mask it', () => {
  expect(steps).toHaveLength(5);
  for (const { log, summary, outputs } of steps) {
    const lines = log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    const told = [...lines, summary, ...Object.values(outputs)].join('\n');
    for (const [name, value] of Object.entries(secrets)) expect(told.includes(value), name).toBe(false);
    const masked = log.split('\n').filter((line) => line.startsWith('::add-mask::'));
    for (const value of [SECRET_KEY, SECOND_LINE]) expect(masked).toContain(`::add-mask::${value}`);
  }
});

test('on the host no secret is in a journal, in .op/, or in a file that anybody may read', async () => {
  expect(await searchHost(shop.host, secrets)).toEqual([]);
  // What is searched for is there, and is found where it may be read.
  await shop.host.must(['cp', '--no-preserve=mode', `${shop.site.root}/shared/.env`, '/tmp/copy']);
  expect(await searchHost(shop.host, secrets)).toEqual(['shared/.env: /tmp/copy']);
});

test("nothing of it is left in the job's folder for temporary files", async () => {
  expect(await readdir(temp)).toEqual([]);
});
