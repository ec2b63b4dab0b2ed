import { spawn } from 'node:child_process';
import { cancelling } from '../cancelling.ts';
import { BuildError } from '../errors.ts';

/**
 * Node has no flock, and lock files that a killed run leaves behind would block the next one: so a Python holds the lock.
 * The kernel frees it with its process, which ends as soon as ours does (its standard input closes).
 */
const HOLD = `
import fcntl, sys
file = open(sys.argv[1], "a")
try:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("waiting", flush=True)
    fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
`;

/** A lock that is held until it is disposed of, or this process ends. */
export interface Lock extends AsyncDisposable {
  /** Whether another process had it first. */
  waited: boolean;
}

/**
 * Takes the lock on a file, which is made when missing; waits while another process of this machine has it.
 *
 * @param onWait - called once when it has to wait
 */
export async function takeLock(python: string, file: string, onWait: () => void): Promise<Lock> {
  const child = spawn(python, ['-I', '-S', '-c', HOLD, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  cancelling.getStore()?.addEventListener('abort', () => child.kill());
  let waited = false;
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('close', (code) =>
      reject(
        new BuildError(`the lock ${file} could not be taken (exit status ${code})`, {
          mend: 'see that its folder can be written',
        }),
      ),
    );
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (!waited && said.includes('waiting\n')) {
        waited = true;
        onWait();
      }
      if (said.includes('held\n')) resolve();
    });
  });
  return {
    waited,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
