/** `graceful config`: what holds for a stage, and who says so. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { KEY, NEEDED, workspaces } from './config-example.ts';
import { commandHere, stepHere } from './fixtures/wrong/run.ts';

const at = workspaces();

/** A host whose name leads nowhere: whoever tries it fails. */
const FILE = `software: shop
user: common
host: nowhere.invalid
url: "http://shop.invalid:8080"
server-command: ["{python}", serve.py, "unix:{socket}"]
env: { LEVEL: info, PASSWORD: hunter2, REGION: eu, BROKER: "amqp://shop:hunter4@mq" }
health: { path: /up, timeout: 1m }
stages:
  live:
    branch: main
    hosts: [a.invalid, { host: b.invalid, port: 2222 }]
    server: uvicorn
    env: { LEVEL: debug }
    health: { timeout: 5s }
    processes: { worker: { celery: worker } }
  other:
    branch: main
    hosts: [c.invalid]
`;

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at.folder, path)), { recursive: true });
    writeFileSync(join(at.folder, path), text);
  }
}

const Shown = z.object({
  settings: z.array(
    z.object({
      key: z.string(),
      value: z.unknown(),
      from: z.string(),
      where: z.string(),
      secret: z.literal(true).optional(),
    }),
  ),
});

/** By key: what `graceful config --json` shows. */
async function shown(argv: readonly string[], env: Record<string, string> = {}) {
  const { code, log } = await commandHere(['config', '--json', ...argv], at.folder, env);
  expect(code, log).toBe(0);
  const { settings } = Shown.parse(JSON.parse(log));
  return { log, of: Object.fromEntries(settings.map(({ key, value, from, where }) => [key, [value, from, where]])) };
}

test('an input stands over the stage, the stage over the common part, that over what is found by itself', async () => {
  write({
    'graceful.yml': FILE,
    'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    'shop/settings.py': "ASGI_APPLICATION = 'shop.asgi.application'\n",
    'shop/asgi.py': '',
    'requirements.txt': 'django\n',
    variables: 'LEVEL=warning\nTOKEN=hunter3hunter3\n',
  });
  const options = ['--stage', 'live', '--user', 'ada', '--lock-timeout', '90s', '--variables-file', 'variables'];
  const { of, log } = await shown(options);
  expect(of).toMatchObject({
    stage: ['live', 'input', '--stage'],
    software: ['shop', 'common', 'graceful.yml:1:1'],
    root: ['/srv/shop', 'default', 'from software and variant'],
    branch: ['main', 'stage', 'graceful.yml:10:5'],
    user: ['ada', 'input', '--user'],
    port: [22, 'default', ''],
    hosts: [['a.invalid', { host: 'b.invalid', port: 2222 }], 'stage', 'graceful.yml:11:5'],
    url: ['http://shop.invalid:8080', 'common', 'graceful.yml:4:1'],
    server: ['uvicorn', 'stage', 'graceful.yml:12:5'],
    'env.LEVEL': [null, 'input', '--variables-file'],
    'env.TOKEN': [null, 'input', '--variables-file'],
    'env.REGION': ['eu', 'common', 'graceful.yml:6:40'],
    'env.PASSWORD': [null, 'common', 'graceful.yml:6:21'],
    'env.BROKER': [null, 'common', 'graceful.yml:6:52'],
    'health.path': ['/up', 'common', 'graceful.yml:7:11'],
    'health.timeout': ['5s', 'stage', 'graceful.yml:14:15'],
    'health.status': ['any 2xx', 'default', ''],
    'verify.local': ['http://127.0.0.1:8080', 'default', 'from url'],
    'times.lock': ['90s', 'input', '--lock-timeout'],
    'times.standby': ['5m', 'default', ''],
    'processes.worker': [{ celery: 'worker' }, 'stage', 'graceful.yml:15:18'],
    'django.settings': ['shop.settings', 'found', 'manage.py names it'],
    'django.application': ['shop.asgi:application', 'found', 'shop/asgi.py found'],
    'python.requirements': ['requirements.txt', 'found', 'requirements.txt found'],
    'python.version': [null, 'later', 'the newest that host and runner both have'],
  });
  // What a nearer one has put in another way is not there any more.
  expect(Object.keys(of)).not.toContain('host');
  expect(Object.keys(of)).not.toContain('server-command');
  expect(log).not.toContain('hunter');
});

test('without inputs: the stage of the branch, and for its variables the file, but for those that are private by their name', async () => {
  write({ 'graceful.yml': FILE.replace('    branch: main\n    hosts: [c', '    branch: develop\n    hosts: [c') });
  const env = { GITHUB_ACTIONS: 'true', GITHUB_REF_NAME: 'develop', GITHUB_REF_TYPE: 'branch' };
  const { of } = await shown([], env);
  expect(of).toMatchObject({
    stage: ['other', 'found', 'branch develop'],
    hosts: [['c.invalid'], 'stage', 'graceful.yml:18:5'],
    user: ['common', 'common', 'graceful.yml:2:1'],
    'server-command': [['{python}', 'serve.py', 'unix:{socket}'], 'common', 'graceful.yml:5:1'],
    'env.LEVEL': ['info', 'common', 'graceful.yml:6:8'],
    'env.PASSWORD': [null, 'common', 'graceful.yml:6:21'],
    'python.requirements': [null, 'missing', expect.stringContaining('no file of the commit says which packages')],
    'django.settings': [null, 'missing', 'there is no manage.py in the top folder of the commit'],
  });
  expect(Object.keys(of)).not.toContain('server');
});

test.each([
  [['--host', 'b.invalid'], 'hosts', [{ host: 'b.invalid', port: 2222, jump: 'j.invalid' }], 'input', '--host'],
  [['--host', 'b.invalid', '--port', '23'], 'hosts', [{ host: 'b.invalid', jump: 'j.invalid' }], 'input', '--host'],
  [['--host', 'c.invalid', '--user', 'ada'], 'host', 'c.invalid', 'input', '--host'],
  [
    ['--hosts', 'new.invalid,c.invalid'],
    'hosts',
    ['new.invalid', { host: 'c.invalid', user: 'eve' }],
    'input',
    '--hosts',
  ],
  [
    ['--port', '23', '--user', 'ada'],
    'hosts',
    ['a.invalid', { host: 'b.invalid', jump: 'j.invalid' }, 'c.invalid'],
    'stage',
    'graceful.yml:11:5',
  ],
])('%j: hosts as a run takes them', async (options, key, value, from, where) => {
  const hosts =
    '[a.invalid, { host: b.invalid, port: 2222, jump: j.invalid }, { host: c.invalid, user: eve }]\n    server';
  write({ 'graceful.yml': FILE.replace(/\[a\.invalid.*\n {4}server/, hosts) });
  const { of } = await shown(['--stage', 'live', ...options]);
  expect(of[key]).toEqual([value, from, where]);
  expect(Object.keys(of).filter((one) => /^hosts?$/.test(one))).toEqual([key]);
});

test('an address with a password or a token in it is hidden wherever it is, in a list or a map too', async () => {
  const args = 'server-args: ["--broker=redis://u:hunter5@h", --quiet]';
  const processes = `{
      w: { command: "x --broker redis://u:hunter6@h/0" }, token: { command: "x --from https://hunter7@h/" },
      tame: { command: "x --broker redis://h/0 ssh://git@h/x" } }`;
  const live = FILE.replace('server: uvicorn', `server: uvicorn\n    ${args}`);
  write({ 'graceful.yml': live.replace('{ worker: { celery: worker } }', processes) });
  const { of, log } = await shown(['--stage', 'live']);
  expect(of).toMatchObject({
    'server-args': [null, 'stage', 'graceful.yml:13:5'],
    'processes.w': [null, 'stage', 'graceful.yml:17:7'],
    'processes.token': [null, 'stage', 'graceful.yml:17:59'],
    'processes.tame': [{ command: 'x --broker redis://h/0 ssh://git@h/x' }, 'stage', 'graceful.yml:18:7'],
  });
  expect(log).not.toContain('hunter');
});

test('keys: from the environment, from their file, from ~/.ssh; only that they are set', async () => {
  write({ 'graceful.yml': FILE, key: KEY, 'home/.ssh/known_hosts': NEEDED['known-hosts'] });
  const home = join(at.folder, 'home');
  const env = { HOME: home, GRACEFUL_SSH_KEY: KEY, GRACEFUL_SSH_KEY_PASSPHRASE: 'open sesame' };
  const { of, log } = await shown(['--stage', 'live'], env);
  expect(of).toMatchObject({
    'ssh-key': [null, 'environment', 'GRACEFUL_SSH_KEY'],
    'ssh-key-passphrase': [null, 'environment', 'GRACEFUL_SSH_KEY_PASSPHRASE'],
    'known-hosts': [null, 'found', `${join(home, '.ssh/known_hosts')} found`],
  });
  const named = await shown(['--stage', 'live', '--ssh-key-file', 'key'], env);
  expect(named.of['ssh-key']).toEqual([null, 'input', '--ssh-key-file']);
  const lines = KEY.split('\n').filter((line) => line.length >= 8);
  for (const secret of [...lines, 'open sesame']) expect(log + named.log).not.toContain(secret);
});

describe('for people', () => {
  test('a line each, in a job too, where no key is needed for it', async () => {
    write({ 'graceful.yml': FILE });
    const inputs = { command: 'config', stage: 'live', host: 'd.invalid', env: 'TOKEN=hunter2hunter2' };
    const step = await stepHere({ workspace: at.folder, inputs });
    expect(step).toMatchObject({ code: 0, outputs: {} });
    const lines = step.log.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
    for (const line of [
      'stage | live | input stage',
      'host | d.invalid | input host',
      'user | common | graceful.yml:2:1 (common)',
      'server | uvicorn | graceful.yml:12:5 (stage)',
      'health.successes | 2 | default',
      'env.TOKEN | (set, not shown) | input env',
      'env.PASSWORD | (set, not shown) | graceful.yml:6:21 (common)',
      'django.settings | - | NOT FOUND: there is no manage.py in the top folder of the commit',
    ])
      expect(lines).toContain(line);
    expect(lines.filter((line) => line.startsWith('hosts'))).toEqual([]);
    expect(step.log.replace(/::add-mask::.*/g, '')).not.toContain('hunter');
  });

  test('a value gives the runner of a job no commands', async () => {
    write({ 'graceful.yml': FILE.replace('REGION: eu', 'REGION: "##[error]gotcha"') });
    const inputs = { command: 'config', stage: 'live', host: 'd.invalid' };
    const { log } = await stepHere({ workspace: at.folder, inputs });
    expect(log).toMatch(/^::stop-commands::(\S+)\n[\s\S]*^env\.REGION +##\[error\]gotcha[\s\S]*^::\1::$/m);
  });

  test('what is wrong is told as for a deploy, at its place', async () => {
    write({ 'graceful.yml': FILE.replace('timeout: 5s', 'timeout: 5') });
    const { code, log } = await commandHere(['config', '--port', '0'], at.folder, {
      GITHUB_ACTIONS: 'true',
      GITHUB_REF_NAME: 'main',
    });
    expect(code).toBe(64);
    for (const words of [
      '--port: "0" is no port',
      'graceful.yml:14:24: stages.live.health.timeout: expected a duration',
      'graceful.yml:17:5: branch "main" belongs to several stages: live, other',
      'No host was contacted; the site is as it was.',
    ])
      expect(log.replaceAll('%0A', '\n')).toContain(words);
  });
});
