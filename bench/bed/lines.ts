/** The three lines between the runner's side and the host. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestHost } from '../../testbed/host.ts';
import { startLag } from '../../testbed/lag.ts';
import { must, run } from '../../testbed/process.ts';
import type { Line, LineName } from '../way.ts';

/** Both directions together: the round trip. */
const DELAY_MS = 40;
const RATE = ['rate', '100mbit', 'burst', '64kb', 'latency', '50ms'];
const LOOPBACK = '127.0.0.1';

export interface Lines extends AsyncDisposable {
  /** The one of every `Line`. */
  readonly knownHostsFile: string;
  /** From here on the line is the one of this name. */
  switchTo(name: LineName): Promise<Line>;
}

/** The rate is made by tc's token bucket at both ends of the line, the delay by a proxy in front of the host's sshd. */
export async function makeLines(host: TestHost, folder: string): Promise<Lines> {
  const lag = await startLag(host.address, 22, DELAY_MS / 2);
  const knownHostsFile = join(folder, 'known_hosts');
  const far = host.knownHosts.replaceAll(host.address, `[${LOOPBACK}]:${lag.port}`);
  await writeFile(knownHostsFile, host.knownHosts + far);
  // They end with the host's own link.
  const ends = [
    ['tc', 'qdisc', 'dev', `ve-${host.name}`],
    ['ip', 'netns', 'exec', host.name, 'tc', 'qdisc', 'dev', 'host0'],
  ] as const;
  return {
    knownHostsFile,
    async switchTo(name) {
      // What was said over the proxy is of no interest here, and would be kept.
      lag.bursts();
      for (const end of ends) {
        const [before, after] = [end.slice(0, -2), end.slice(-2)];
        await run([...before, 'delete', ...after, 'root']);
        if (name !== 'local') await must([...before, 'add', ...after, 'root', 'tbf', ...RATE]);
      }
      const place =
        name === '100mbit-40ms' ? { address: LOOPBACK, port: lag.port } : { address: host.address, port: 22 };
      return { name, ...place, knownHostsFile };
    },
    [Symbol.asyncDispose]: () => lag[Symbol.asyncDispose](),
  };
}
