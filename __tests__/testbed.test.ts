import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../testbed/host.ts';
import { fetchOnce } from '../testbed/http.ts';
import { run } from '../testbed/process.ts';

describe('a host', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost();
  });
  afterAll(() => host?.dispose());

  test('is a Debian with systemd, nginx and sshd; the deploy user logs in, the host key is the pinned one', async () => {
    expect(await host.must(['systemctl', 'is-system-running'])).toBe('running\n');
    expect(await host.readFile('/etc/os-release')).toContain('VERSION_ID="12"');
    expect((await fetchOnce(`http://${host.address}/`)).status).toBe(200);
    expect(await run(host.sshCommand('id', '-un'))).toMatchObject({ code: 0, stdout: 'deploy\n' });
    expect(host.knownHostsLines.map((line) => line.split(' ').slice(0, 2))).toEqual([
      [host.address, 'ecdsa-sha2-nistp256'],
      [host.address, 'ssh-ed25519'],
    ]);
  });

  test('with another key than the pinned one, nobody logs in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'graceful-known-hosts-'));
    const pinned = host.sshCommand('true').find((word) => word.startsWith('UserKnownHostsFile='));
    const file = join(folder, 'known_hosts');
    // The public half of the deploy user's key: surely not the host's.
    await writeFile(file, `${host.address} ${host.publicKey}\n`);
    const argv = host.sshCommand('true').map((word) => (word === pinned ? `UserKnownHostsFile=${file}` : word));
    expect(await run(argv)).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('Host key verification failed'),
    });
    await rm(folder, { recursive: true });
  });

  test('exec: users, input, exit status, time-out', async () => {
    expect(
      await host.exec(['sh', '-c', 'id -un; cat; echo err >&2; exit 7'], { user: 'deploy', input: 'in\n' }),
    ).toEqual({
      code: 7,
      stdout: 'deploy\nin\n',
      stderr: 'err\n',
    });
    await expect(host.exec(['sleep', '30'], { timeout: 300 })).rejects.toThrow('still ran after 300 ms');
    await expect(host.must(['false'])).rejects.toThrow(`${host.name}: false\nended with 1`);
  });

  test('writeFile and readFile keep content, owner and mode', async () => {
    await host.writeFile('/srv/deep/file', 'ä\n', { owner: 'deploy', group: 'www-data', mode: '0640' });
    expect(await host.readFile('/srv/deep/file')).toBe('ä\n');
    expect(await host.must(['stat', '--format=%U:%G %a', '/srv/deep/file'])).toBe('deploy:www-data 640\n');
  });

  test('a crash kills every program and keeps every disk', async () => {
    await host.must(['sh', '-c', 'echo kept >/srv/crash; echo kept >/etc/crash; echo lost >/run/crash']);
    const boot = await host.readFile('/proc/sys/kernel/random/boot_id');
    await host.crash();
    await expect(host.exec(['true'])).rejects.toThrow(`${host.name} is off`);
    await expect(fetchOnce(`http://${host.address}/`, { timeout: 2_000 })).rejects.toThrow();
    await host.boot();
    expect(await host.must(['cat', '/srv/crash', '/etc/crash'])).toBe('kept\nkept\n');
    expect((await host.exec(['test', '-e', '/run/crash'])).code).toBe(1);
    expect(await host.readFile('/proc/sys/kernel/random/boot_id')).not.toBe(boot);
    expect(await run(host.sshCommand('true'))).toMatchObject({ code: 0 });
  });

  test('a power cut loses what was not synced, keeps what was, and shows a missing fsync before a rename', async () => {
    const script = `
      import os
      def write(path, text, sync):
          with open(path, "w") as file:
              file.write(text)
              file.flush()
              if sync:
                  os.fsync(file.fileno())
      write("/srv/synced", "whole", True)
      write("/srv/unsynced", "lost", False)
      write("/srv/renamed", "old", True)
      write("/srv/new", "lost", False)
      os.rename("/srv/new", "/srv/renamed")
    `.replaceAll('\n      ', '\n');
    await host.must(['python3', '-'], { input: script });
    expect(await host.must(['cat', '/srv/synced', '/srv/unsynced', '/srv/renamed'])).toBe('wholelostlost');
    await host.powerCut();
    await host.boot();
    expect(await host.readFile('/srv/synced')).toBe('whole');
    expect(await host.must(['stat', '--format=%n %s', '/srv/unsynced', '/srv/renamed'])).toBe(
      '/srv/unsynced 0\n/srv/renamed 0\n',
    );
    expect((await host.exec(['test', '-e', '/srv/.power-cut'])).code).toBe(1);
  });

  test("a power cut before the file system's own commit: the clean state before", async () => {
    await host.must(['sh', '-c', 'echo one >/srv/state && sync && echo two >/srv/new && mv /srv/new /srv/state']);
    await host.powerCut({ commitMetadata: false });
    await host.boot();
    expect(await host.readFile('/srv/state')).toBe('one\n');
    expect((await host.exec(['test', '-e', '/srv/new'])).code).toBe(1);
  });

  test('a cut network: nothing is refused, everything hangs; what did not give up goes on', async () => {
    const session = run(host.sshCommand('sleep 2; echo still here'), { timeout: 30_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await host.cutNetwork();
    const begin = performance.now();
    await expect(fetchOnce(`http://${host.address}/`, { timeout: 2_000 })).rejects.toThrow('aborted');
    expect(performance.now() - begin).toBeGreaterThan(1_900);
    expect(
      await host.must(['curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}', 'localhost']),
    ).toBe('200');
    await host.restoreNetwork();
    expect(await session).toMatchObject({ code: 0, stdout: 'still here\n' });
    expect((await fetchOnce(`http://${host.address}/`)).status).toBe(200);
  });
});

describe('several hosts', () => {
  test('have their own names, addresses, keys and disks, and leave nothing behind', async () => {
    const hosts = await Promise.all([startHost(), startHost({ srvMegabytes: 16 })]);
    const [one, other] = hosts;
    try {
      for (const key of ['name', 'address', 'knownHosts', 'privateKey'] as const) expect(one[key]).not.toBe(other[key]);
      await one.must(['touch', '/srv/mine']);
      expect((await other.exec(['test', '-e', '/srv/mine'])).code).toBe(1);
      expect((await other.exec(['dd', 'if=/dev/zero', 'of=/srv/full', 'bs=1M', 'count=32'])).stderr).toContain(
        'No space left',
      );
      expect(await run(one.sshCommand('hostname'))).toMatchObject({ stdout: `${one.name}\n` });
      expect(await run(other.sshCommand('hostname'))).toMatchObject({ stdout: `${other.name}\n` });
    } finally {
      await Promise.all(hosts.map((host) => host.dispose()));
    }
    // Another test may have taken the same place since: it is these very files that must be gone.
    for (const { knownHosts, privateKeyFile } of hosts) {
      expect(await readFile(join(dirname(privateKeyFile), 'known_hosts'), 'utf8').catch(() => 'gone')).not.toBe(
        knownHosts,
      );
    }
  });

  test('of a test process that died are cleared away by the next', async () => {
    const script = `
      import { startHost } from './testbed/host.ts';
      const host = await startHost();
      console.log(JSON.stringify([host.privateKeyFile, host.privateKey]));
      process.kill(process.pid, 'SIGKILL');
    `;
    const died = await run([process.execPath, '--input-type=module-typescript', '--eval', script], {
      cwd: join(import.meta.dirname, '..'),
    });
    const [file, key]: string[] = JSON.parse(died.stdout);
    expect(key).toContain('OPENSSH PRIVATE KEY');
    await (await startHost()).dispose();
    expect(await readFile(file ?? '', 'utf8').catch(() => 'gone')).not.toBe(key);
  });
});
