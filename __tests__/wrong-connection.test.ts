/** Everything that can stand between the runner and its host, with the words that a person reads. The hosts are real: sshd on loopback, servers that hang. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runStep, type StepOptions, type StepResult } from '../testbed/runner.ts';
import { KEY, PAIR, workspaces } from './config-example.ts';
import { freePort, makeKey, type Sshd, scratch, startSshd, USER } from './fixtures/session/sshd.ts';
import { server } from './fixtures/session/tcp.ts';
import { faultsOfStep } from './fixtures/wrong/faults.ts';
import { annotations, stepHere } from './fixtures/wrong/run.ts';

const at = workspaces();
const folder = scratch();
const root = join(folder.path, 'srv-shop');
const hostKey = makeKey(folder.path, 'host', ['-t', 'ed25519']);
const rsaKey = makeKey(folder.path, 'host-rsa', ['-t', 'rsa', '-b', '2048']);
const stranger = makeKey(folder.path, 'stranger', ['-t', 'ed25519']);
let sshd: Sshd;

beforeAll(async () => {
  mkdirSync(root);
  sshd = await startSshd(folder.path, [hostKey], [PAIR.publicKey]);
});
afterAll(async () => {
  await sshd?.[Symbol.asyncDispose]();
  // No host was changed by anything in here.
  expect(readdirSync(root)).toEqual([]);
  folder[Symbol.dispose]();
});

/** Asks the host at a port of this machine; the time limit decides nothing where it is left out. */
function step(port: number, inputs: Record<string, string> = {}, patience = '60s'): StepOptions {
  writeFileSync(
    join(at.folder, 'graceful.yml'),
    `software: shop\nroot: ${root}\nhost: 127.0.0.1\nuser: ${USER}\nurl: "http://127.0.0.1"\ntimes: { connect: ${patience} }\nstages: { live: {} }\n`,
  );
  const given = { 'ssh-key': KEY, 'known-hosts': `127.0.0.1 ${hostKey.publicKey}`, command: 'status' };
  return { workspace: at.folder, inputs: { ...given, port: String(port), ...inputs } };
}

/** What a step that could not use its host told: the notices, then `where: what | mend`. */
async function told(port: number, inputs: Record<string, string> = {}, patience?: string): Promise<string[]> {
  return read(await stepHere(step(port, inputs, patience)), port);
}

function read(done: StepResult, port: number): string[] {
  expect(done, done.log).toMatchObject({ code: 69, outputs: {} });
  const notices = annotations(done.log).flatMap(({ level, lines }) => (level === 'notice' ? lines : []));
  const faults = faultsOfStep(done, 'The site is untouched.');
  expect(faults).toHaveLength(1);
  return [...notices, ...faults].map((line) => line.replaceAll(`${USER}@127.0.0.1:${port}: `, 'HOST: '));
}

/** The first attempts as notices, then the fault. */
const tried = (attempts: number, what: string, mend: string) => [
  ...Array.from({ length: attempts - 1 }, () => `HOST: ${what} Trying again.`),
  `HOST: ${what} | ${mend}`,
];

describe('no connection', () => {
  test('an unknown name', async () => {
    const [fault = '', ...more] = (
      await told(22, { host: 'nowhere.invalid', 'known-hosts': `* ${hostKey.publicKey}` })
    ).slice(-1);
    expect(more).toEqual([]);
    // Which of the two depends on whether this machine has a name server at all.
    expect([
      `${USER}@nowhere.invalid:22: no address is known for the name nowhere.invalid. | Is \`host\` in graceful.yml spelt as in the DNS?`,
      `${USER}@nowhere.invalid:22: the name server gave no answer for nowhere.invalid. | Is \`host\` in graceful.yml right, and does name resolution work on this machine?`,
    ]).toContain(fault);
  });

  test('a port on which nothing listens', async () => {
    const port = await freePort();
    expect(await told(port, {}, '1s')).toEqual(
      tried(
        3,
        `nothing listens on port ${port} of the host (connection refused).`,
        'Does sshd run there, and on this port? `port` sets another one.',
      ),
    );
  });

  test('a port that does not answer', async () => {
    const helper = spawn('python3', [join(import.meta.dirname, 'fixtures/session/full.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = await once(helper.stdout, 'data');
    const port = Number(String(line));
    expect(await told(port, {}, '1s')).toEqual(
      tried(
        2,
        `no answer on port ${port} within 1 s.`,
        `Is the host up, and does its firewall let this machine reach port ${port}?`,
      ),
    );
    helper.stdin.end();
    await once(helper, 'exit');
  });

  test.each<[string, (socket: Socket) => void, number, string, string]>([
    [
      'says nothing',
      () => {},
      2,
      'the port is open but says nothing (waited 1 s).',
      'Is the host overloaded, or a firewall or another program in between?',
    ],
    [
      'greets and then hangs',
      (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'),
      2,
      'the host stopped answering during the key exchange (waited 1 s).',
      'Is the host overloaded, or a firewall or another program in between?',
    ],
    [
      'hangs up',
      (socket) => socket.resume().end(),
      3,
      'the host closed the connection during the key exchange.',
      'Look into the log of sshd; common reasons: MaxStartups, fail2ban, a host that is still booting.',
    ],
    [
      'has too many connections',
      (socket) => socket.end('Exceeded MaxStartups\r\n'),
      3,
      'sshd refuses connections for now (Exceeded MaxStartups).',
      'Wait, or see MaxStartups and PerSourcePenalties in its sshd_config.',
    ],
    [
      'is a web server',
      (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      1,
      'what answers on port PORT is not SSH; it says "HTTP/1.1 400 Bad Request".',
      'Is this the port of sshd? `port` sets another one.',
    ],
  ])('a host that %s', async (_, answer, attempts, what, mend) => {
    await using host = await server(answer);
    expect(await told(host.port, {}, '1s')).toEqual(tried(attempts, what.replace('PORT', String(host.port)), mend));
  });
});

describe('a host with another key than the pinned one', () => {
  const mend = (port: number) =>
    `If the host was installed anew, read its fingerprints on its own console (\`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\`), compare, and renew known-hosts with \`ssh-keyscan -p ${port} 127.0.0.1\`. If not, somebody may be listening in: do not go on.`;
  const differs = () =>
    `HOST: the host key differs. Expected: ssh-ed25519 ${stranger.fingerprint} (line 1). Seen: ssh-ed25519 ${hostKey.fingerprint}. | ${mend(sshd.port)}`;
  // One more sentence on the state: what was sent.
  const unsent = (done: StepResult) => {
    expect(done, done.log).toMatchObject({ code: 69, outputs: {} });
    return faultsOfStep(done, 'Nothing was sent to it. The site is untouched.').map((fault) =>
      fault.replace(`${USER}@127.0.0.1:${sshd.port}: `, 'HOST: '),
    );
  };

  test('of the same type, told by dist as by the sources', async () => {
    const options = step(sshd.port, { 'known-hosts': `127.0.0.1 ${stranger.publicKey}` });
    expect(unsent(await stepHere(options))).toEqual([differs()]);
    expect(unsent(await runStep(options))).toEqual([differs()]);
  });

  test('of another type', async () => {
    const options = step(sshd.port, { 'known-hosts': `127.0.0.1 ${rsaKey.publicKey}` });
    expect(unsent(await stepHere(options))).toEqual([
      `HOST: the host has no key of a pinned type. Expected: ssh-rsa ${rsaKey.fingerprint} (line 1). Seen: ssh-ed25519 ${hostKey.fingerprint}. | ${mend(sshd.port)}`,
    ]);
  });
});

describe('a host that does not let us in', () => {
  test('the key is not in authorized_keys', async () => {
    expect(await told(sshd.port, { 'ssh-key': stranger.privateKey })).toEqual([
      `HOST: the host does not let ${USER} in with the key ssh-ed25519 ${stranger.fingerprint}. | ` +
        `Is ${USER} the right user? Then add this line to ~${USER}/.ssh/authorized_keys on the host (owned by ${USER}, mode 0600, in a folder of mode 0700): | ${stranger.publicKey} graceful | ` +
        'If it is there already, the log of sshd says why (journalctl -u ssh): those modes, a login shell that does not exist, a locked account, AllowUsers.',
    ]);
  });

  test('there is no such user', async () => {
    const [fault = ''] = await told(sshd.port, { user: 'nobody-here' });
    expect(fault).toContain(`the host does not let nobody-here in with the key ssh-ed25519 ${PAIR.fingerprint}. | `);
    expect(fault).toContain('Is nobody-here the right user?');
  });

  test.each([
    [
      'by password only',
      'AuthenticationMethods password',
      `HOST: the host lets ${USER} in by password only, not by key. | Allow PubkeyAuthentication for this user in sshd_config.`,
    ],
    [
      'by more than a key',
      'AuthenticationMethods publickey,password',
      `HOST: the host accepts the key ssh-ed25519 ${PAIR.fingerprint} for ${USER} and then asks for more (password). | Let this user in by key alone (AuthenticationMethods publickey in sshd_config).`,
    ],
  ])('%s', async (_, methods, fault) => {
    await using strict = await startSshd(
      folder.path,
      [hostKey],
      [PAIR.publicKey],
      [methods, 'PasswordAuthentication yes'],
    );
    expect(await told(strict.port)).toEqual([fault]);
  });
});
