import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openActRunner } from '../../testbed/act.ts';
import { type Block, blocksOf } from '../../testbed/guide.ts';
import { startHost, type TestHost } from '../../testbed/host.ts';
import { fetchOnce } from '../../testbed/http.ts';
import { makeNewcomer, type Newcomer } from '../../testbed/newcomer.ts';
import { runStep } from '../../testbed/runner.ts';
import { atTerminal } from '../../testbed/terminal.ts';

/**
 * README's first deploy as a newcomer does it: each file and each command of it, in its order and as it stands there, but
 * for the host's name; the workflow runs through nektos/act.
 */

const stack = new AsyncDisposableStack();
let host: TestHost;
let newcomer: Newcomer;
/** What stands in the pages, for this host. */
let here: (text: string) => string;
/** Blocks of each step, by its number. */
const steps = new Map<number, Block[]>();

beforeAll(async () => {
  host = stack.use(await startHost());
  newcomer = stack.use(await makeNewcomer(host));
  here = (text) => text.replaceAll('www.example.org', host.address);
  let step = 0;
  for (const block of (await blocksOf('README.md')).filter(({ heading }) => heading === 'First deploy')) {
    step = Number(/^\*\*(\d+)\. /.exec(block.above)?.[1] ?? step);
    steps.set(step, [...(steps.get(step) ?? []), block]);
  }
});

afterAll(() => stack.disposeAsync());

/** Commands of one step. */
function commands(step: number): string {
  const [block] = steps.get(step) ?? [];
  if (block?.language !== 'sh') throw new Error(`README.md, step ${step}: no commands`);
  return here(block.text);
}

test('has ten steps at most, each with one file or some commands', () => {
  expect(steps.size).toBeGreaterThan(4);
  expect(steps.size).toBeLessThanOrEqual(10);
  expect([...steps.keys()]).toEqual([...steps.keys()].map((_, index) => index + 1));
  expect([...steps.values()].map((blocks) => blocks.length)).toEqual([...steps.keys()].map(() => 1));
});

test('steps 1 to 4: the files', async () => {
  const files: string[] = [];
  for (const step of [1, 2, 3, 4]) {
    const [block] = steps.get(step) ?? [];
    const [, file] = /`([^`]+)`:$/.exec(block?.above ?? '') ?? [];
    if (block === undefined || file === undefined) throw new Error(`README.md, step ${step}: no file`);
    await newcomer.write(file, here(block.text));
    files.push(file);
  }
  expect(files).toEqual(['requirements.txt', 'shop/production.py', 'graceful.yml', '.github/workflows/deploy.yml']);
});

test('steps 5 and 6: a key, and a host that is set up with it', async () => {
  await newcomer.sh(commands(5));
  const said = await newcomer.sh(commands(6));
  expect(said).toContain(`shop is set up in /srv/shop for ${host.address}; Graceful logs in as deploy`);
  // Once more, as the page promises; the key is there once.
  await newcomer.sh(commands(6).split('\n').at(-2) ?? '');
  const keys = await host.readFile('/home/deploy/.ssh/authorized_keys');
  expect(keys.split('\n').filter((line) => line.endsWith(' graceful'))).toHaveLength(1);
});

test.each([
  [[], 'usage: set-up SITE ADDRESS KEY.pub'],
  [
    ['Shop', 'www.example.org', 'graceful-key.pub'],
    'Shop: a site is lower-case letters, digits and dashes, a letter first',
  ],
  [
    ['shop', 'https://www.example.org', 'graceful-key.pub'],
    'https://www.example.org: expected a name such as www.example.org',
  ],
  [['shop', 'www.example.org', 'missing.pub'], 'missing.pub: expected a public key'],
  [
    ['shop', 'www.example.org', '/etc/ssh/ssh_host_ed25519_key'],
    '/etc/ssh/ssh_host_ed25519_key: expected a public key',
  ],
  ...['root', 'deploy'].map((name): [string[], string] => [
    [name, 'www.example.org', 'graceful-key.pub'],
    `${name}: the user of this name has rights that no site must get; give the site another name`,
  ]),
  [
    ['news', 'www.example.org', 'graceful-key.pub'],
    'news: there is a user or group of this name, which is no site; give the site another name, or remove what is left over',
  ],
])('set-up refuses %j', async (argv, words) => {
  const refused = await host.exec(['sh', '-c', 'cd /root && exec examples/host/set-up "$@"', 'sh', ...argv]);
  expect(refused).toMatchObject({ code: 64, stdout: '', stderr: `set-up: ${words}\n` });
});

test('steps 7 and 8: secrets, and a push that goes live', async () => {
  const values: string[] = [];
  for (const line of commands(7).trim().split('\n')) values.push(await newcomer.sh(line));
  const [SSH_KEY = '', KNOWN_HOSTS = '', SECRET_KEY = ''] = values;
  await newcomer.sh(commands(8));
  expect(await newcomer.git('ls-remote', 'origin', 'main')).toContain(await newcomer.git('rev-parse', 'HEAD'));

  const repo = { path: newcomer.project, git: newcomer.git };
  await using runner = await openActRunner({ repo, secrets: { SSH_KEY, KNOWN_HOSTS, SECRET_KEY } });
  const run = await runner.run(join(newcomer.project, '.github/workflows/deploy.yml'), { name: 'push' });
  const { release = '' } = run.outputs;
  expect(run, run.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: '' } });
  expect(run.log).toContain(`live: ${release} is live.`);

  const page = await fetchOnce(`http://${host.address}/admin/login/`);
  expect(page.status).toBe(200);
  const [, sheet = ''] = /<link rel="stylesheet" href="(\/static\/[^"]+\.[0-9a-f]{12}\.css)"/.exec(page.body) ?? [];
  expect((await fetchOnce(`http://${host.address}${sheet}`)).status).toBe(200);
});

test('step 9: the status, and an administrator', async () => {
  const password = 'correct horse battery staple';
  const answers = [
    ['Username', 'owner'],
    ['Email address:', 'owner@example.org'],
    ['Password:', password],
    ['Password (again):', password],
  ] as const;
  const shown = await atTerminal(commands(9), answers, { cwd: newcomer.project, env: newcomer.env });
  expect(shown).toMatch(/shop on \S+ in \/srv\/shop/);
  expect(shown).toContain('Superuser created successfully.');
});

test('the other pages: what they say of keys, and of the log of a backend', async () => {
  const blocks = (await blocksOf('docs/connection.md')).filter(({ language }) => language === 'sh');
  const said: string[] = [];
  for (const { text } of blocks) said.push(await newcomer.sh(here(text)));
  expect(await readFile(join(newcomer.project, 'graceful-key.pub'), 'utf8')).toMatch(/^ssh-ed25519 \S+ graceful\n$/);
  const keys = await host.must(['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub']);
  const [, fingerprint = 'none'] = keys.split(' ');
  expect(said.at(-2)).toContain(`${host.address} ssh-ed25519 `);
  expect(said.at(-1)).toContain(fingerprint);

  const live = (await host.must(['readlink', '/srv/shop/current'])).trim().replace('releases/', '');
  const commands = (await blocksOf('docs/operating.md')).filter(({ language }) => language === 'sh');
  expect(commands).toHaveLength(1);
  for (const { text } of commands) {
    const log = await host.must(['sh', '-eu'], {
      user: host.deployUser,
      input: text.replace('<release>.<n>', `${live}.1`),
    });
    expect(log).toContain('Listening at: unix:');
  }
});

test('a restricted key, as docs/connection.md has it, still does all that Graceful does, and nothing else', async () => {
  const lines = (await blocksOf('docs/connection.md')).flatMap(({ text }) => /^restrict,.* (?=ssh-)/.exec(text) ?? []);
  expect(lines).toHaveLength(1);
  const file = '/home/deploy/.ssh/authorized_keys';
  await host.must(['sed', '-i', `s|^ssh-|${lines[0]}&|`, file]);
  const inputs = {
    'ssh-key': await readFile(join(newcomer.project, '../graceful-key'), 'utf8'),
    'known-hosts': host.knownHosts,
    env: 'SECRET_KEY=another-one',
  };
  for (const command of ['status', 'restart', 'deploy']) {
    const step = await runStep({ workspace: newcomer.project, inputs: { ...inputs, command } });
    expect(step, step.log).toMatchObject({ code: 0 });
  }
  expect(await newcomer.sh(`ssh -i ../graceful-key deploy@${host.address} id </dev/null`)).toBe('');
});
