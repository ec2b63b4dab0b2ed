import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROTOCOL } from '../src/protocol/messages.ts';
import { execCommand, programFiles } from '../src/session/program.ts';
import { HostError } from '../src/ssh/error.ts';
import { startHost, type TestHost } from './fixtures/session/host.ts';
import { BOOTSTRAP, makeProgram, type Site } from './fixtures/session/site.ts';
import { USER } from './fixtures/session/sshd.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startHost();
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
});

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** How the host's Python names its bytecode: `cpython-311`. */
const TAG = execFileSync('python3', ['-c', 'import sys; print(sys.implementation.cache_tag)'], {
  encoding: 'utf8',
}).trim();

/** Runs the constant command as sshd would, without SSH: what it prints and its exit code. */
function run(hello: object | string, after: Buffer, options: { asUser?: string } = {}) {
  const line = typeof hello === 'string' ? hello : JSON.stringify(hello);
  const shell = ['/bin/sh', '-c', execCommand(BOOTSTRAP)];
  const [program = '', ...args] =
    options.asUser === undefined ? shell : ['setpriv', `--reuid=${options.asUser}`, '--clear-groups', ...shell];
  const done = spawnSync(program, args, { input: Buffer.concat([Buffer.from(`${line}\n`), after]) });
  const answers = done.stdout
    .toString()
    .trim()
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));
  return { answers, status: done.status, stderr: done.stderr.toString() };
}

function hello(site: Site, content: Buffer) {
  return { type: 'hello', protocol: PROTOCOL, ...site.hello, program: sha256(content), programBytes: content.length };
}

/** Runs the bootstrap where nothing more fits onto the disk. */
function onFullDisk(greeting: object, after = Buffer.alloc(0)) {
  const full = [
    'import errno, os, sys',
    'def fsync(descriptor): raise OSError(errno.ENOSPC, "No space left on device")',
    'os.fsync = fsync',
    `sys.argv = ["-c"]; exec(compile(open(${JSON.stringify(BOOTSTRAP)}).read(), "b", "exec"))`,
  ].join('\n');
  return spawnSync('python3', ['-I', '-c', full], {
    input: Buffer.concat([Buffer.from(`${JSON.stringify(greeting)}\n`), after]),
  });
}

describe('the command', () => {
  test('is one constant, quoted for any shell, and says what it is', () => {
    const command = execCommand(BOOTSTRAP);
    expect(command).toMatch(
      /^python3 -I -c "'Graceful: starts the host program, see docs\/connection\.md';import base64;exec\(compile\(base64\.b64decode\('[A-Za-z0-9+/=]+'\),'bootstrap\.py','exec'\)\)"$/,
    );
    // One argument of a program may have 128 KiB on Linux.
    expect(command.length).toBeLessThan(64 * 1024);
  });

  test('takes both files from one function', () => {
    expect(programFiles().bootstrap).toBe(BOOTSTRAP);
    expect(programFiles().program).toBe(join(BOOTSTRAP, '..', '..', 'dist', 'graceful.pyz'));
  });

  test('parses on Python 3.6 and tells an old Python', () => {
    const parse = 'import ast,sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 6))';
    execFileSync('python3', ['-c', parse, BOOTSTRAP]);
    const old = `import sys; sys.version_info = (3, 8, 10); sys.argv = ['-c']; exec(compile(open(${JSON.stringify(BOOTSTRAP)}).read(), 'b', 'exec'))`;
    const done = spawnSync('python3', ['-I', '-c', old], { input: '' });
    expect(done.status).toBe(69);
    expect(JSON.parse(done.stdout.toString())).toMatchObject({
      type: 'error',
      code: 'host',
      message: 'python3 on this host is 3.8; Graceful needs 3.9 or newer',
    });
  });
});

describe('installing', () => {
  test('sends the program once; the second session finds it', async () => {
    const site = host.site();
    const first = await host.open(site);
    await first.close();
    expect(first.installed).toBe(true);
    expect(first.welcome).toMatchObject({ type: 'welcome', version: '0.0.1', ticket: 1 });
    const content = readFileSync(host.files.program);
    const stem = `graceful-${sha256(content).slice(0, 12)}`;
    const [name, compiled] = [`${stem}.pyz`, `${stem}-${TAG}.zip`];
    const bin = join(site.root, 'bin');
    expect(readdirSync(bin).sort()).toEqual(['graceful', compiled, name]);
    expect(readFileSync(join(bin, name))).toEqual(content);
    expect(statSync(join(bin, name)).mode & 0o7777).toBe(0o755);
    expect(readlinkSync(join(bin, 'graceful'))).toBe(name);
    const inodes = () => [name, compiled].map((each) => statSync(join(bin, each)).ino);
    const before = inodes();

    const second = await host.open(site);
    await second.close();
    expect(second.installed).toBe(false);
    expect(inodes()).toEqual(before);
  });

  test('a dry session leaves nothing behind, whether the program is there or not', async () => {
    const site = host.site();
    const content = readFileSync(host.files.program);
    const greeting = { ...hello(site, content), dry: true };
    expect(run(greeting, content)).toMatchObject({
      status: 0,
      answers: [{ type: 'send-program' }, { type: 'welcome' }],
    });
    // What the stand-in notes is its own.
    expect(readdirSync(site.root)).toEqual(['said.jsonl']);
    await (await host.open(site)).close();
    const bin = join(site.root, 'bin');
    for (const name of readdirSync(bin)) if (!name.endsWith('.pyz')) rmSync(join(bin, name));
    const before = readdirSync(bin);
    expect(run(greeting, Buffer.alloc(0))).toMatchObject({ status: 0, answers: [{ type: 'welcome' }] });
    expect(readdirSync(bin)).toEqual(before);
  });

  test('damaged bytecode is replaced, never run', async () => {
    const site = host.site();
    await (await host.open(site)).close();
    const bin = join(site.root, 'bin');
    const compiled = join(bin, readdirSync(bin).find((name) => name.endsWith('.zip')) ?? '');
    const content = readFileSync(compiled);
    const damaged = Buffer.from(content);
    damaged.fill(0, 1_000);
    writeFileSync(compiled, damaged);
    const again = await host.open(site);
    await again.close();
    expect(again.installed).toBe(false);
    expect(readFileSync(compiled).subarray(0, 64).toString()).toBe(sha256(readFileSync(compiled).subarray(64)));
  });

  test('a disk that takes no bytecode keeps nobody from the program', async () => {
    const site = host.site();
    await (await host.open(site)).close();
    const bin = join(site.root, 'bin');
    for (const name of readdirSync(bin)) if (name.endsWith('.zip')) rmSync(join(bin, name));
    const done = onFullDisk(hello(site, readFileSync(host.files.program)));
    expect(JSON.parse(done.stdout.toString().split('\n')[0] ?? '')).toMatchObject({ type: 'welcome' });
    expect(done.status).toBe(0);
    expect(readdirSync(bin)).toHaveLength(2);
  });

  test('a damaged program is replaced, never run', async () => {
    const site = host.site();
    await (await host.open(site)).close();
    const path = join(site.root, 'bin', readlinkSync(join(site.root, 'bin', 'graceful')));
    const content = readFileSync(path);
    writeFileSync(path, content.subarray(0, 100));
    const again = await host.open(site);
    await again.close();
    expect(again.installed).toBe(true);
    expect(readFileSync(path)).toEqual(content);
  });

  test('the link goes to newer and equal versions, never to an older one', async () => {
    const site = host.site();
    const link = join(site.root, 'bin', 'graceful');
    const linked = async (version: string) => {
      const files = makeProgram(host.folder, version);
      await (await host.open(site, { files })).close();
      return readlinkSync(link).includes(sha256(readFileSync(files.program)).slice(0, 12));
    };
    expect(await linked('1.9.0')).toBe(true);
    expect(await linked('1.10.0')).toBe(true);
    expect(await linked('1.9.9')).toBe(false);
    expect(await linked('1.10')).toBe(false);
    expect(await linked('1.10.0.1')).toBe(true);
  });

  test('a link that leads nowhere, or to what is no program, is mended', async () => {
    const site = host.site();
    const bin = join(site.root, 'bin');
    mkdirSync(bin);
    execFileSync('ln', ['-s', 'graceful-gone.pyz', join(bin, 'graceful')]);
    await (await host.open(site)).close();
    expect(existsSync(join(bin, 'graceful'))).toBe(true);
    expect(lstatSync(join(bin, 'graceful')).isSymbolicLink()).toBe(true);
  });

  test('another digest than announced is refused, and nothing is kept', () => {
    const site = host.site();
    const content = readFileSync(host.files.program);
    const altered = Buffer.from(content);
    altered[100] = (altered[100] ?? 0) ^ 1;
    const { answers, status } = run(hello(site, content), altered);
    expect(answers).toMatchObject([
      { type: 'send-program' },
      { type: 'error', code: 'host', message: expect.stringContaining('another SHA-256 than announced') },
    ]);
    expect(status).toBe(69);
    expect(readdirSync(site.root)).toEqual([]);
  });

  test('a program that ends half-way is refused, and nothing is kept', () => {
    const site = host.site();
    const content = readFileSync(host.files.program);
    const { answers } = run(hello(site, content), content.subarray(0, 50));
    expect(answers[1]).toMatchObject({ message: expect.stringContaining(`(50 of ${content.length} bytes)`) });
    expect(readdirSync(site.root)).toEqual([]);
  });

  test('what is sent right after the program is left for it', () => {
    const site = host.site();
    const content = readFileSync(host.files.program);
    const { answers, status } = run(hello(site, content), Buffer.concat([content, Buffer.from('{"type":"status"}\n')]));
    expect(answers.map((answer) => answer.type)).toEqual(['send-program', 'welcome', 'status']);
    expect(status).toBe(0);
  });
});

describe('what stands in the way', () => {
  test('no root', async () => {
    const site = host.site();
    const root = join(site.root, 'missing');
    const error = await host.open({ ...site, hello: { ...site.hello, root } }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(HostError);
    expect(error).toMatchObject({
      kind: 'answer',
      where: `${USER}@127.0.0.1:${host.sshd.port}`,
      what: `the site's folder ${root} does not exist on this host`,
      state: 'The site is untouched.',
      next: expect.stringContaining('docs/host-setup.md'),
    });
  });

  test('a root that the user may not write', () => {
    const site = host.site();
    const content = readFileSync(host.files.program);
    // As another user where this one is root, who may write everywhere.
    const asRoot = process.getuid?.() === 0;
    execFileSync('chmod', ['755', host.folder]);
    execFileSync('chmod', [asRoot ? '755' : '555', site.root]);
    const { answers, stderr } = run(hello(site, content), content, asRoot ? { asUser: '65534' } : {});
    execFileSync('chmod', ['755', site.root]);
    expect(stderr).toBe('');
    expect(answers[1]).toMatchObject({
      type: 'error',
      code: 'host',
      message: `user ${asRoot ? 'nobody' : USER} may not write ${site.root}`,
      state: 'untouched',
    });
  });

  test('a full disk leaves nothing behind', () => {
    const site = host.site();
    const content = readFileSync(host.files.program);
    const done = onFullDisk(hello(site, content), content);
    expect(JSON.parse(done.stdout.toString().split('\n')[1] ?? '')).toMatchObject({
      type: 'error',
      message: `the disk of ${site.root} is full`,
      state: 'untouched',
    });
    expect(readdirSync(join(site.root, 'bin'))).toEqual([]);
  });

  test.each([
    ['no JSON', 'hello'],
    ['another message', '{"type":"status"}'],
    [
      'a root that is not absolute',
      JSON.stringify({ type: 'hello', root: 'srv', program: 'a'.repeat(64), programBytes: 1 }),
    ],
    ['a digest that is a path', JSON.stringify({ type: 'hello', root: '/srv', program: '../../x', programBytes: 1 })],
    [
      'a size that cannot be',
      JSON.stringify({ type: 'hello', root: '/srv', program: 'a'.repeat(64), programBytes: 1e12 }),
    ],
  ])('%s in place of a hello', (_, line) => {
    const { answers, status } = run(line, Buffer.alloc(0));
    expect(answers).toMatchObject([{ type: 'error', code: 'protocol', message: 'the first line was not a hello' }]);
    expect(status).toBe(69);
  });

  test('no hello at all is no error', () => {
    const done = spawnSync('/bin/sh', ['-c', execCommand(BOOTSTRAP)], { input: '' });
    expect({ status: done.status, text: done.stdout.toString() + done.stderr.toString() }).toEqual({
      status: 0,
      text: '',
    });
  });
});
