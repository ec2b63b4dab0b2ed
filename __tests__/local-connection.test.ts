import { once } from 'node:events';
import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { LocalConnection } from '../src/local/connection.ts';

const { username, homedir } = userInfo();
const connection = () => new LocalConnection({ target: { host: 'www.example.org', port: 22, user: 'deploy' } });

/** Runs a command to its end. */
async function run(command: string, input = ''): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const channel = await connection().exec(command);
  const told = { stdout: '', stderr: '' };
  channel.on('data', (chunk: Buffer) => {
    told.stdout += chunk.toString('latin1');
  });
  channel.stderr.on('data', (chunk: Buffer) => {
    told.stderr += chunk.toString('latin1');
  });
  channel.end(input);
  const [code] = await once(channel, 'close');
  return { code, ...told };
}

test('says whose it is and where', () => {
  expect(connection().label).toBe('deploy@www.example.org (local)');
});

test('input, output, standard error and exit code go through, all of it before the end', async () => {
  const much = 'x'.repeat(3_000_000);
  expect(await run('cat; echo told >&2; exit 3', much)).toEqual({ code: 3, stdout: much, stderr: 'told\n' });
});

test('a command that is not there ends as in every shell', async () => {
  expect(await run('no-such-command')).toMatchObject({ code: 127, stdout: '' });
});

test('what it runs has what a login gives, and nothing of this process', async () => {
  process.env['OF_THE_JOB'] = 'hunter2';
  const { stdout } = await run('env; echo "CWD=$(pwd)"; ps -o sid= -p $$ | tr -d " "; echo $$');
  delete process.env['OF_THE_JOB'];
  const lines = stdout.trim().split('\n');
  expect(lines).toEqual(expect.arrayContaining([`HOME=${homedir}`, `USER=${username}`, 'LANG=C.UTF-8', 'CWD=/']));
  expect(stdout).toMatch(/^PATH=\/usr\/local\/sbin:\/usr\/local\/bin:\/usr\/sbin:\/usr\/bin:\/sbin:\/bin$/m);
  expect(stdout).not.toContain('hunter2');
  // The leader of a session of its own: a signal for the job's process group is none for it.
  expect(lines.at(-1)).toBe(lines.at(-2));
});

test('the command hears of the end when it is let go', async () => {
  const connected = connection();
  const channel = await connected.exec('cat; echo done');
  const exited = once(channel, 'exit');
  connected.destroy();
  await exited;
});
