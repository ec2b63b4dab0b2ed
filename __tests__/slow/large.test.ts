/** An environment of 500 MB takes neither the runner nor the host more memory than a small one. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { DIST } from '../../testbed/runner.ts';
import { openScene, type Scene } from '../../testbed/scene.ts';
import type { Task, Told } from '../../testbed/ship-large.ts';

const PROGRAM = join(import.meta.dirname, '../../testbed/ship-large.ts');

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({}, { srvMegabytes: 1_500 });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** As large environments are: most files small, some compiled libraries of many MB. */
const SMALL = { folders: 300, files: 100, bytes: 4_000 };
const LARGE = { files: 20, bytes: 19_000_000 };

/** Half of it can be compressed. */
function content(bytes: number): Buffer {
  const half = randomBytes(Math.ceil(bytes / 2));
  return Buffer.concat([half, Buffer.alloc(bytes - half.length, 'text ')]);
}

async function writeFiles(folder: string, files: number, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < files; index += 1) await writeFile(join(folder, `module${index}`), content(bytes));
}

async function writeEnvironment(folder: string): Promise<void> {
  const packages = join(folder, 'lib/python3/site-packages');
  for (let index = 0; index < SMALL.folders; index += 1)
    await writeFiles(join(packages, `package${index}`), SMALL.files, SMALL.bytes);
  await writeFiles(join(packages, 'libs'), LARGE.files, LARGE.bytes);
}

test('a runner below 300 MB, a host program below 100 MB', async () => {
  const { host, site } = scene;
  await using folder = await mkdtempDisposable(join(tmpdir(), 'graceful-task-'));
  const environment = join(folder.path, 'env');
  await writeEnvironment(environment);
  const task: Task = {
    folder: environment,
    host: host.address,
    user: host.deployUser,
    privateKey: host.privateKey,
    knownHosts: host.knownHosts,
    hello: {
      site: site.site,
      root: site.root,
      manager: 'systemd',
      verb: 'deploy',
      token: randomBytes(16).toString('hex'),
      origin: {},
      version: VERSION,
    },
    files: { program: join(dirname(DIST), 'graceful.pyz'), bootstrap: join(dirname(DIST), 'bootstrap.py') },
    python: '3.11',
  };
  const file = join(folder.path, 'task.json');
  await writeFile(file, JSON.stringify(task), { mode: 0o600 });
  const runner = spawn(process.execPath, [PROGRAM, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const ended = once(runner, 'exit').then(([code]) => Promise.reject(new Error(`the runner ended with ${code}`)));
    const [line] = await Promise.race([once(createInterface(runner.stdout), 'line'), ended]);
    const told: Told = JSON.parse(String(line));
    expect(told.objects).toBeGreaterThan(30_000);
    expect(told.bytes).toBeGreaterThanOrEqual(500_000_000);
    expect(told.peakBytes).toBeLessThan(300_000_000);
    // The most that the front ever had; it is still there.
    const peak = await host.must([
      'sh',
      '-c',
      `for one in $(pgrep -u ${host.deployUser} python3); do grep VmHWM /proc/$one/status; done`,
    ]);
    const peaks = [...peak.matchAll(/VmHWM:\s+(\d+) kB/g)].map(([, kB]) => Number(kB) * 1024);
    expect(peaks.length).toBeGreaterThan(0);
    expect(Math.max(...peaks)).toBeLessThan(100_000_000);
    console.log(
      `runner ${Math.round(told.peakBytes / 1e6)} MB, host ${peaks.map((one) => Math.round(one / 1e6)).join(', ')} MB`,
    );
  } finally {
    runner.stdin.end();
    if (runner.exitCode === null) await once(runner, 'exit');
  }
});
