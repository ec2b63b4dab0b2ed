/** Everything that can be wrong in `graceful.yml`, with the words that a person reads. */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { knownKeys } from '../src/config/schema-at.ts';
import { EXAMPLE, NEEDED, workspaces } from './config-example.ts';
import { faultsOfStep, NOT_CONTACTED } from './fixtures/wrong/faults.ts';
import { stepHere } from './fixtures/wrong/run.ts';

const at = workspaces();
const GOOD = 'stages: { production: { branch: main, host: www.example.org, url: "https://www.example.org" } }';

/** Faults of a text, deployed to that stage: `line:column message | mend`. */
async function faultsOf(text: string | Buffer, stage = 'production'): Promise<string[]> {
  writeFileSync(join(at.folder, 'graceful.yml'), text);
  return await faults({ stage });
}

/** Faults of one more line in an otherwise good file; that line is line 2. */
function faultsWith(line: string): Promise<string[]> {
  return faultsOf(`software: shop\n${line}\n${GOOD}\n`);
}

/** Faults of the file as it lies there. */
async function faults(inputs: Record<string, string>): Promise<string[]> {
  const step = await stepHere({ workspace: at.folder, inputs: { ...NEEDED, ...inputs } });
  expect(step, step.log).toMatchObject({ code: 64, outputs: {} });
  return faultsOfStep(step, NOT_CONTACTED).map((fault) => fault.replace(/^graceful\.yml:(\d+:\d+):/, '$1'));
}

const DURATION = 'expected a duration (a whole number and ms, s, m, h or d) above 0 of at most a day';

describe('hosts of one stage', () => {
  const stage = (hosts: string) =>
    `software: shop\nstages:\n  production: { ${hosts}, url: "https://www.example.org" }\n`;

  test('host and hosts are one setting', async () => {
    expect(await faultsOf(stage('host: a.example.org, hosts: [b.example.org]'))).toEqual([
      '3:38 stages.production: host and hosts both say where the site lives | keep one of the two',
    ]);
  });

  test('none is there twice', async () => {
    expect(await faultsOf(stage('hosts: [a.example.org, { host: A.example.org, port: 22 }]'))).toEqual([
      '3:40 stage production: hosts: A.example.org is here a second time | keep one of the two',
    ]);
  });

  test('local is one, and has nothing of SSH', async () => {
    const local = (more: string) => stage(`connection: local, ${more}, user: ${userInfo().username}`);
    expect(await faultsOf(local('hosts: [a.example.org, b.example.org]'))).toEqual([
      '3:59 stage production: connection: local is for the one host that Graceful runs on, and there are 2 | keep one host, or leave connection out',
    ]);
    expect(await faultsOf(local('hosts: [{ host: a, port: 2222, jump: b }]'))).toEqual([
      '3:61 stage production: hosts[0].port is about SSH, which connection: local does without | keep one of the two',
      '3:73 stage production: hosts[0].jump is about SSH, which connection: local does without | keep one of the two',
    ]);
    const ssh = 'port is about SSH, which connection: local does without | keep one of the two';
    expect(await faultsOf(local('port: 2222'))).toEqual([`3:42 stage production: ${ssh}`]);
    expect(await faultsWith(`connection: local\nport: 2222\nuser: ${userInfo().username}`)).toEqual([
      `3:7 stage production: ${ssh}`,
    ]);
  });

  test('each process runs somewhere, a singleton once', async () => {
    const hosts = (first: string, other: string) =>
      `hosts: [{ host: a, processes: [${first}] }, { host: b, processes: [${other}] }]`;
    const processes = 'processes: { worker: { celery: worker }, beat: { celery: beat } }';
    expect(await faultsOf(stage(`${processes}, ${hosts('beat, flower', 'beat')}`))).toEqual([
      '3:91 stage production: processes.worker runs on no host | add worker to the processes of one of the hosts',
      '3:91 stage production: processes.beat is a singleton, and 2 hosts are to run it | keep it on one of them',
      '3:114 stage production: hosts: a is to run flower, which processes does not name | known there: worker, beat; web runs on every host',
    ]);
  });

  test('as inputs neither', async () => {
    writeFileSync(join(at.folder, 'graceful.yml'), stage('host: a.example.org'));
    expect(await faults({ stage: 'production', host: 'a', hosts: 'b, b' })).toEqual([
      'input hosts: host and hosts both say where to connect | keep one of the two',
      'input hosts: b is here a second time | keep one of the two',
    ]);
  });
});

describe('a fault is told with its place, what is expected and an example', () => {
  test.each([
    [
      'variant: Berlin',
      '2:10 variant: expected lower-case letters, digits and "-", found "Berlin" | for example: variant: berlin',
    ],
    [
      'root: srv/shop',
      '2:7 root: expected an absolute path of letters, digits, ".", "_" and "-", found "srv/shop" | for example: root: /srv/shop',
    ],
    [
      'root: /srv/../etc',
      '2:7 root: expected an absolute path of letters, digits, ".", "_" and "-", found "/srv/../etc" | for example: root: /srv/shop',
    ],
    ['user: "; rm"', `2:7 user: expected a user's name on the host, found "; rm" | for example: user: deploy`],
    ['port: 0', '2:7 port: expected a port from 1 to 65535, found 0 | for example: port: 22'],
    ['port: "22"', '2:7 port: expected a port from 1 to 65535, found "22" | for example: port: 22'],
    [
      'host: deploy@example.org',
      '2:7 host: expected a host name or IP address, without port or user, found "deploy@example.org" | for example: host: www.example.org',
    ],
    [
      'hosts: []',
      '2:8 hosts: expected a list of at least one host, found an empty list | for example: hosts: [www1.example.org, { host: www2.example.org, port: 2222 }]',
    ],
    [
      'hosts: [www1.example.org, "a b"]',
      '2:27 hosts[1]: expected a host name or IP address, or a map of host, port, user, jump and processes, found "a b" | for example: hosts: [www1.example.org, { host: www2.example.org, port: 2222 }]',
    ],
    [
      'hosts: [{ host: www1.example.org, port: 0 }]',
      '2:41 hosts[0].port: expected a port from 1 to 65535, found 0 | for example: port: 22',
    ],
    ['hosts: [{ host: www1.example.org, prot: 22 }]', '2:35 unknown key "prot" in hosts[0] | did you mean "port"?'],
    ['hosts: [{ port: 22 }]', '2:9 hosts[0].host is missing | for example: host: www.example.org'],
    [
      'url: ftp://example.org',
      '2:6 url: expected an http:// or https:// address without path, found "ftp://example.org" | for example: url: "https://www.example.org"',
    ],
    [
      'url: https://example.org/shop',
      '2:6 url: expected an http:// or https:// address without path, found "https://example.org/shop" | for example: url: "https://www.example.org"',
    ],
    [
      'django: shop',
      '2:9 django: expected a map of keys, found "shop" | for example: django: { project: ., settings: shop.settings.production }',
    ],
    [
      'django: { settings: shop/settings.py }',
      '2:21 django.settings: expected a dotted module, found "shop/settings.py" | for example: settings: shop.settings.production',
    ],
    [
      'django: { application: shop.wsgi }',
      '2:24 django.application: expected a module and a name in it, with ":" between, found "shop.wsgi" | for example: application: shop.wsgi:application',
    ],
    [
      'django: { project: ../shop }',
      '2:20 django.project: expected a relative path inside the repository, without "..", found "../shop" | for example: project: .',
    ],
    [
      'python: { version: "2.7" }',
      '2:20 python.version: expected a minor version of Python 3, found "2.7" | for example: version: "3.12"',
    ],
    [
      'server: gunicron',
      '2:9 server: expected gunicorn, uvicorn, daphne or granian, found "gunicron" | for example: server: gunicorn',
    ],
    [
      'server-command: gunicorn',
      '2:17 server-command: expected a list, found "gunicorn" | for example: server-command: ["{python}", "-m", "hypercorn", "--bind", "unix:{socket}", "{application}"]',
    ],
    [
      'django: { interface: rsgi }',
      '2:22 django.interface: expected wsgi or asgi, found "rsgi" | for example: interface: asgi',
    ],
    [
      'server-args: --workers 3',
      '2:14 server-args: expected a list, found "--workers 3" | for example: server-args: ["--workers", "3"]',
    ],
    [
      'server-args: [a, {}]',
      '2:18 server-args[1]: expected one argument as text, found an empty map | for example: server-args: ["--workers", "3"]',
    ],
    [
      'process-manager: runit',
      '2:18 process-manager: expected systemd, systemd-user or supervisord, found "runit" | for example: process-manager: systemd',
    ],
    [
      'shared: { dirs: [/media] }',
      '2:18 shared.dirs[0]: expected a relative path inside the project, without "..", found "/media" | for example: dirs: [media]',
    ],
    [
      'shared: { files: [a/../../b] }',
      '2:19 shared.files[0]: expected a relative path inside the project, without "..", found "a/../../b" | for example: files: [.env]',
    ],
    [
      'shared: { dirs: ["."] }',
      '2:18 shared.dirs[0]: expected a relative path inside the project, without "..", found "." | for example: dirs: [media]',
    ],
    [
      'env: { A: }',
      '2:8 env.A: expected text without NUL (write "" for an empty value), found nothing | for example: env: { DJANGO_LOG_LEVEL: info }',
    ],
    [
      'env: { A: [hunter2] }',
      '2:11 env.A: expected text without NUL (write "" for an empty value), found a list | for example: env: { DJANGO_LOG_LEVEL: info }',
    ],
    [
      'env: { A: "hunter\\0two" }',
      '2:11 env.A: expected text without NUL (write "" for an empty value), found a string | for example: env: { DJANGO_LOG_LEVEL: info }',
    ],
    ['env: { 1A: x }', '2:8 env: "1A" is no name for a variable | use letters, digits and "_", no digit first'],
    [
      'build-env: { GRACEFUL_X: x }',
      '2:14 build-env: GRACEFUL_X is set by Graceful itself | choose a name that does not begin with GRACEFUL_',
    ],
    [
      'health: { path: healthz }',
      '2:17 health.path: expected a path that begins with "/", found "healthz" | for example: path: /healthz',
    ],
    [
      'health: { status: 302 }',
      '2:19 health.status: expected an HTTP status (200 to 299, 400 to 599; a redirect is never healthy) or a list of them, found 302 | for example: status: [200, 204]',
    ],
    ['health: { timeout: 30 }', `2:20 health.timeout: ${DURATION}, found "30" | for example: timeout: 30s`],
    ['health: { timeout: 25h }', `2:20 health.timeout: ${DURATION}, found "25h" | for example: timeout: 30s`],
    [
      'health: { successes: 0 }',
      '2:22 health.successes: expected a whole number from 1 to 100, found 0 | for example: successes: 2',
    ],
    [
      'health:',
      '2:1 health: expected a map of keys, found nothing | for example: health: { path: /healthz, status: 200, timeout: 30s }',
    ],
    ['migrate: yes', '2:10 migrate: expected true or false, found "yes" | for example: migrate: true'],
    [
      'verify: { local: localhost }',
      '2:18 verify.local: expected an http:// or https:// address without path, found "localhost" | for example: local: "http://127.0.0.1:8080"',
    ],
    [
      'processes: { worker: {} }',
      '2:22 processes.worker: expected either command, or celery (which alone takes app and args), found an empty map | for example: worker: { command: python manage.py run_worker }',
    ],
    [
      'processes: { worker: { command: run, args: [x] } }',
      '2:22 processes.worker: expected either command, or celery (which alone takes app and args), found a map | for example: worker: { command: python manage.py run_worker }',
    ],
    [
      'processes: { worker: { command: "run > log" } }',
      '2:33 processes.worker.command: expected words with blanks between (no shell reads them), or a list of arguments, found "run > log" | for example: command: [python, manage.py, run_worker, "--name", "two words"]',
    ],
    [
      'processes: { beat: { celery: baet } }',
      '2:30 processes.beat.celery: expected worker or beat, found "baet" | for example: celery: worker',
    ],
    ['times: { heartbeat: 0s }', `2:21 times.heartbeat: ${DURATION}, found "0s" | for example: heartbeat: 5s`],
    [
      'static: { keep: forever }',
      '2:17 static.keep: expected a duration (a whole number and ms, s, m, h or d) above 0 of at most 365 days, found "forever" | for example: keep: 24h',
    ],
  ])('%s', async (line, fault) => {
    expect(await faultsWith(line)).toEqual([fault]);
  });

  test.each(['web', 'manage', 'Worker', 'my-worker', '1st'])('no name for a process: %s', async (name) => {
    expect(await faultsWith(`processes: { ${name}: { command: run } }`)).toEqual([
      `2:14 processes: "${name}" is no name for a process | use lower-case letters and digits, at most 16, a letter first; \`web\` and \`manage\` are there already`,
    ]);
  });

  test.each([
    ['helth: {}', '2:1 unknown key "helth" | did you mean "health"?'],
    ['django: { setting: shop.settings }', '2:11 unknown key "setting" in django | did you mean "settings"?'],
    [
      'processes: { worker: { command: run, stop-timout: 5m } }',
      '2:38 unknown key "stop-timout" in processes.worker | did you mean "stop-timeout"?',
    ],
    ['static: { hash: x }', '2:11 unknown key "hash" in static | did you mean "hashed"?'],
    ['branch: main', `2:1 unknown key "branch" | known here: ${knownKeys([]).join(', ')}`],
  ])('unknown key: %s', async (line, fault) => {
    expect(await faultsWith(line)).toEqual([fault]);
  });

  test.each(['v[0-9', 'v[.]', 'v[9-0]'])('a set of characters that nobody can read: %s', async (pattern) => {
    const text = `software: shop\nstages:\n  live:\n    tags: "${pattern}"\n    host: x.test\n    url: "http://x.test"\n`;
    expect(await faultsOf(text, 'live')).toEqual([
      `4:11 stages.live.tags: expected a pattern of tags' names, or a list of them, found "${pattern}" | for example: tags: v*`,
    ]);
  });

  test('a mistyped key of a stage is told at its own line and column', async () => {
    const text =
      'software: shop\nstages:\n  production:\n    branch: develop\n    prot: 2222\n    host: x.test\n    url: http://x.test\n';
    expect(await faultsOf(text)).toEqual(['5:5 unknown key "prot" in stages.production | did you mean "port"?']);
  });

  test.each([
    ['', '1:1 the file holds no settings | write it as docs/configuration.md shows'],
    ['# all to come\n', '1:1 the file holds no settings | write it as docs/configuration.md shows'],
    ['- a\n', '1:1 the file: expected a map of keys, found a list | for example: software: shop'],
    [`${GOOD}\n`, '1:1 software is missing | for example: software: shop'],
    [
      'software: shop\n',
      '1:1 stages is missing | for example: stages: { production: { branch: main, host: www.example.org, url: "https://www.example.org" } }',
    ],
    [
      'software: shop\nstages: {}\n',
      '2:9 stages: expected a map of at least one stage, found an empty map | for example: stages: { production: { branch: main, host: www.example.org, url: "https://www.example.org" } }',
    ],
    [
      `software: shop\nstages:\n  a b: { url: "http://x.test" }\n  ${GOOD.slice(10, -2)}\n`,
      '3:3 "a b" is no name for a stage | use letters, digits, "-" and "_"',
    ],
    [
      'software: shop\nstages:\n  live:\n',
      '3:3 stages.live: expected a map of keys, found nothing | for example: production: { branch: main, host: www.example.org, url: "https://www.example.org" }',
    ],
    [
      `software: Shop!\n${GOOD}\n`,
      '1:11 software: expected lower-case letters, digits and "-", a letter first, at most 32, found "Shop!" | for example: software: shop',
    ],
  ])('the whole file: %j', async (text, fault) => {
    expect(await faultsOf(text)).toEqual([fault]);
  });

  test.each([
    [
      `software: root\n${GOOD}\n`,
      '1:11 stage production: the site would be "root", which is the name of a user or group of the system: a site has a user and groups of its own, named as it is | choose another name, such as that of the project',
    ],
    [
      `software: www\nvariant: data\n${GOOD}\n`,
      '2:10 stage production: the site would be "www-data", which is the name of a user or group of the system: a site has a user and groups of its own, named as it is | choose another name, such as that of the project',
    ],
    [
      `software: ada\nuser: ada\n${GOOD}\n`,
      '1:11 stage production: the site would be "ada", which is the user who deploys: its processes run as a user of their own, named as it is | choose another name for the site, or another user to deploy as',
    ],
    [
      `software: deploy\n${GOOD}\n`,
      '1:11 stage production: the site would be "deploy", which is the user who deploys: its processes run as a user of their own, named as it is | choose another name for the site, or another user to deploy as',
    ],
    [
      `software: shop\n${GOOD}\nsoftware: again\n`,
      '3:1 the key "software" is here a second time | keep one of the two',
    ],
    [
      'software: [shop\n',
      '2:1 this is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] | check indentation, quotes and brackets here and in the line before',
    ],
    [
      'software: shop\nstages: { production: { branch: main\n',
      '3:1 this is not YAML: Flow map in block collection must be sufficiently indented and end with a } | check indentation, quotes and brackets here and in the line before',
    ],
    [
      'software: shop\nhealth: path: /\n',
      '2:9 this is not YAML: Nested mappings are not allowed in compact mappings | check indentation, quotes and brackets here and in the line before',
    ],
    [
      `software: shop\n${GOOD}\n---\nsoftware: blog\n`,
      '3:1 a second YAML document begins here | keep one: leave out the line "---" and what follows',
    ],
    [`software: shop\nhealth:\n\tpath: /\n${GOOD}\n`, '3:1 Tabs are not allowed as indentation | indent with spaces'],
    [
      `software: shop\nenv: *common\n${GOOD}\n`,
      '2:6 nothing above has the anchor &common | write the values out instead of the alias',
    ],
    [
      `software: shop\nserver-args: &a [*a]\n${GOOD}\n`,
      '1:1 an alias stands inside its own anchor | write the values out instead of the alias',
    ],
    [
      'software: &a [x, x, x, x, x, x, x]\nenv: &b [*a, *a, *a, *a]\nurl: &c [*b, *b, *b, *b]\nstages: [*c, *c, *c, *c]\n',
      '1:1 its aliases unfold into far too much | write the values out instead of the alias',
    ],
  ])('YAML: %j', async (text, fault) => {
    expect(await faultsOf(text)).toEqual([fault]);
  });
});

test('all faults are told at once, those of shape and those between settings', async () => {
  const text = [
    'software: shop',
    'helth: {}',
    'times: { lease: 10s, drain: soon }',
    'shared: { dirs: [media, media/photos] }',
    'stages:',
    '  staging: { port: 70000, url: "http://x.test" }',
    '  production: { branch: main, host: x.test }',
    '',
  ].join('\n');
  expect((await faultsOf(text)).toSorted()).toEqual([
    '2:1 unknown key "helth" | did you mean "health"?',
    '3:17 stage staging: times.lease (10s) is shorter than three times times.heartbeat (5s) | set lease to 15s or more, or a shorter heartbeat',
    '3:29 times.drain: expected a duration (a whole number and ms, s, m, h or d) of at most a day, found "soon" | for example: drain: 60s',
    '4:17 stage staging: shared "media/photos" lies inside shared "media", which is a link in every release | keep one of the two',
    '6:20 stages.staging.port: expected a port from 1 to 65535, found 70000 | for example: port: 22',
    '7:3 stage production: there is no url | for example: url: "https://www.example.org"',
  ]);
});

test('branches and tags that nothing ever fits are told at their place', async () => {
  const stage = (settings: string) =>
    `software: shop\nstages:\n  live: { host: x.test, url: "http://x.test", ${settings} }\n`;
  const mend = (key: string, patterns: string) => `say first what does: ${key}: ["**", ${patterns}]`;
  const only = (key: string) =>
    `stages.live.${key}: ${key} only says what does not belong to the stage, so nothing does`;
  const ref = (name: string) => `"${name}" fits no name: those of branches and tags have no refs/`;
  for (const [settings, faults] of [
    ['branch: refs/heads/main', [`3:55 stages.live.branch: ${ref('refs/heads/main')} | write main`]],
    ['tags: [v*, "!refs/tags/v0*"]', [`3:58 stages.live.tags[1]: ${ref('!refs/tags/v0*')} | write !v0*`]],
    ['branch: "!main"', [`3:55 ${only('branch')} | ${mend('branch', '"!main"')}`]],
    ['tags: ["!v0*", "!v1*"]', [`3:53 ${only('tags')} | ${mend('tags', '"!v0*", "!v1*"')}`]],
    ['branch: ["**", "!main"], tags: refs, migrate: no', [expect.stringContaining('stages.live.migrate')]],
  ] as const)
    expect(await faultsOf(stage(settings), 'live'), settings).toEqual(faults);
});

test('a setting with a fault of its own is not told a second time as missing or clashing', async () => {
  const text =
    'software: shop\ntimes: { lease: 1s, heartbeat: often }\nstages:\n  production: { host: x.test, url: "ftp://x.test" }\n';
  expect((await faultsOf(text)).map((fault) => fault.split(':').slice(0, 2).join(':'))).toEqual([
    '2:32 times.heartbeat',
    '4:36 stages.production.url',
  ]);
});

describe('settings that do not go together are told with both names, where they are written', () => {
  test.each([
    [
      'times: { heartbeat: 20s }',
      '2:21 stage production: times.lease (45s) is shorter than three times times.heartbeat (20s) | set lease to 1m or more, or a shorter heartbeat',
    ],
    [
      'static: { keep: 390s }',
      '2:17 stage production: static.keep (390s) is not longer than times.standby + times.drain + times.grace (390s): pages of an old backend would lose their static files | set static.keep above 390s, or shorter times',
    ],
    [
      'config-repository: { ref: main }',
      '2:20 stage production: config-repository has neither a path nor a url | name a checkout by path, or what git is to fetch by url',
    ],
    [
      'config-repository: { path: ../config, url: "https://x.test/y.git" }',
      '2:44 stage production: config-repository has a path and a url | keep one of the two',
    ],
    [
      'hooks: { build: npm run build }',
      '2:17 stage production: hooks.build makes nothing that hooks.outputs names, so nothing of it would be deployed | name what it makes: hooks: { outputs: [frontend/dist] }',
    ],
    [
      'hooks: { outputs: [dist] }',
      '2:19 stage production: hooks.outputs names files that no hooks.build makes | add hooks: { build: COMMAND }, or commit the files and leave outputs out',
    ],
    [
      'shared: { dirs: [media], files: [media/] }',
      '2:33 stage production: "media" is shared twice (shared.dirs and shared.files) | keep one of the two',
    ],
    [
      `variant: ${'b'.repeat(28)}`,
      `2:10 stage production: software and variant make the site's name "shop-${'b'.repeat(28)}" of 33 characters; 32 are the most | shorten software or variant`,
    ],
    [
      'processes: { beat: { celery: beat, singleton: false } }',
      '2:47 stage production: processes.beat: celery: beat is a singleton: two would send every task twice | leave singleton out',
    ],
    [
      'server-args: ["--workers 3"]',
      '2:15 stage production: server-args: "--workers 3" is one argument with a space in it | write "--workers", "3"',
    ],
    [
      'server-args: [--workers, 3, --daem]',
      '2:29 stage production: server-args: --daem cannot be set: the process manager watches the process it started | leave it out',
    ],
    [
      'server-command: [/usr/bin/serve, "{sock}"]',
      '2:17 stage production: server-command has no {socket}: the server has to listen on the unix socket of that path | for example: server-command: ["{python}", "-m", "hypercorn", "--bind", "unix:{socket}", "{application}"]',
    ],
    [
      'server: daphne\nserver-command: [/usr/bin/serve, "{socket}"]',
      '3:17 stage production: server and server-command both say what serves the site | keep one of the two',
    ],
    [
      'server-args: [-v]\nserver-command: [/usr/bin/serve, "{socket}"]',
      '2:14 stage production: server-args are options of a server that is named; server-command has its own | write them into server-command',
    ],
    [
      'server: daphne\nserver-args: [-p, "8000"]',
      '3:15 stage production: server-args: -p cannot be set: each backend has its own socket | leave it out',
    ],
    [
      'server: uvicorn\ndjango: { interface: wsgi }',
      '3:22 stage production: uvicorn serves ASGI, and django.interface is wsgi | name an ASGI application such as shop.asgi:application, or set server: gunicorn',
    ],
    [
      'server: daphne\ndjango: { application: shop.wsgi:application }',
      '3:24 stage production: daphne serves ASGI, and django.application is shop.wsgi:application | name an ASGI application such as shop.asgi:application, or set server: gunicorn',
    ],
    [
      'django: { interface: asgi, application: shop.wsgi:application }',
      '2:22 stage production: django.interface is asgi, and django.application is shop.wsgi:application | leave out the one that is wrong',
    ],
    [
      'server: granian\ntimes: { grace: 45m }',
      '3:17 stage production: times.grace is 45m, and granian waits for 30m at most | set times.grace to 30m or less',
    ],
    [
      `root: /srv/${'r'.repeat(64)}`,
      `2:7 stage production: root has 69 characters, so its socket /srv/${'r'.repeat(64)}/releases/20261122T043400Z-abcdef1/sock would not fit in the 107 that Linux allows | choose a root of at most 68 characters`,
    ],
  ])('%s', async (line, fault) => {
    expect(await faultsWith(line)).toEqual([fault]);
  });

  test('it is told beside a name that is missing or wrong', async () => {
    const rest = 'stages:\n  production: { host: a.test, url: "http://a.test", times: { lease: 1s } }\n';
    const lease = (line: number) =>
      `${line}:69 stage production: times.lease (1s) is shorter than three times times.heartbeat (5s) | set lease to 15s or more, or a shorter heartbeat`;
    expect(await faultsOf(rest)).toEqual(['1:1 software is missing | for example: software: shop', lease(2)]);
    expect(await faultsOf(`software: Shop!\n${rest}`)).toEqual([
      '1:11 software: expected lower-case letters, digits and "-", a letter first, at most 32, found "Shop!" | for example: software: shop',
      lease(3),
    ]);
  });

  test('a stage answers for what it overrides, at its own place', async () => {
    const text =
      'software: shop\nstages:\n  a: { url: "http://a.test" }\n  b: { host: b.test, url: "http://b.test", times: { lease: 1s } }\n';
    expect(await faultsOf(text, 'b')).toEqual([
      '4:60 stage b: times.lease (1s) is shorter than three times times.heartbeat (5s) | set lease to 15s or more, or a shorter heartbeat',
    ]);
  });
});

describe("stages that would get in each other's way", () => {
  const two = (production: string) =>
    `software: shop\nhost: vps.example.org\nstages:\n  staging: { url: "http://staging.example.org" }\n  production: { ${production}url: "http://www.example.org" }\n`;
  const clash =
    'stage production: the same site as stage staging (/srv/shop on vps.example.org), with another url: each deploy of the one would replace the other | give one of them a variant, or a root of its own';

  test.each([
    ['', `2:7 ${clash}`],
    ['host: VPS.example.org, ', `5:23 ${clash.replace('on vps', 'on VPS')}`],
    ['root: /srv/shop, ', `5:23 ${clash}`],
  ])('production: { %s}', async (production, fault) => {
    expect(await faultsOf(two(production))).toEqual([fault]);
  });

  test('a branch of two stages, when none is named', async () => {
    writeFileSync(join(at.folder, 'graceful.yml'), EXAMPLE.replace('branch: develop', 'branch: main'));
    expect(await faults({})).toEqual([
      '15:17 branch "main" belongs to several stages: staging, production | say which (add to the step\'s "with": stage: staging), or let their branches and tags have nothing in common',
    ]);
  });
});

describe('a file that cannot be read', () => {
  const MISSING =
    'let `graceful init` write it, write it as docs/configuration.md shows, or name its path with "config"; in a job, actions/checkout comes first';
  test.each([
    ['deploy.yml', `deploy.yml: there is no such file | ${MISSING}`],
    ['graceful.yaml', `graceful.yaml: there is no such file | did you mean "graceful.yml"? ${MISSING}`],
    ['.git', '.git: this is a folder | name the file in it with "config"'],
  ])('config: %s', async (config, fault) => {
    expect(await faults({ config })).toEqual([fault]);
  });

  test.each(['../other.yml', '/etc/graceful.yml'])('config: %s', async (config) => {
    expect(await faults({ config })).toEqual([
      `input config: "${config}" lies outside of the workspace ${at.folder} | name a file of the checkout`,
    ]);
  });

  test('another encoding', async () => {
    const fault = 'graceful.yml: this is not UTF-8 text | save the file as UTF-8';
    expect(await faultsOf(Buffer.from(`\uFEFF${EXAMPLE}`, 'utf16le'))).toEqual([fault]);
    expect(await faultsOf(Buffer.from('# für uns\nsoftware: shop\n', 'latin1'))).toEqual([fault]);
  });
});
