import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { fetchOnce } from '../testbed/http.ts';
import { must } from '../testbed/process.ts';
import { DIST, type StepResult, startStep } from '../testbed/runner.ts';
import { type CommitOptions, makeShopRepo } from '../testbed/shop.ts';
import type { Host } from './host.ts';

const SECRET = 'SECRET_KEY=of-a-shop-that-ends-with-the-demo';
/** What a visitor sees of the shop. */
export interface Page {
  readonly version: string;
  readonly orders: number;
}

/** The example site in a git repository, and Graceful's runs on it. */
export interface Shop {
  commit(options: CommitOptions): Promise<string>;
  /** Runs what a workflow's step runs, e.g. `{ command: 'rollback' }`. @param hear gets each line of its log as it comes */
  run(inputs: Readonly<Record<string, string>>, hear: (line: string) => void): Promise<StepResult>;
  visit(): Promise<Page>;
  /** The table that `graceful status` shows at a terminal. */
  status(): Promise<string>;
}

/** Not what tells a runner of GitHub which words to hide: those are the words themselves. */
function isForPeople(line: string): boolean {
  return !line.startsWith('::add-mask::');
}

export async function openShop(host: Host): Promise<Shop> {
  const staging = {
    branch: 'main',
    host: '127.0.0.1',
    port: host.ssh.port,
    user: host.user,
    url: `http://${host.address}`,
  };
  const repo = await makeShopRepo({
    config: {
      'process-manager': 'supervisord',
      root: host.root,
      stages: { production: null, staging },
    },
  });
  return {
    commit: (options) => repo.commit(options),
    async run(inputs, hear) {
      const access = { 'ssh-key': host.ssh.privateKey, 'known-hosts': host.ssh.knownHosts, env: SECRET };
      const env = { GITHUB_ACTOR: userInfo().username };
      const step = await startStep({ workspace: repo.path, inputs: { ...access, ...inputs }, env });
      if (step.process.stdout)
        createInterface(step.process.stdout).on('line', (line) => isForPeople(line) && hear(line));
      const result = await step.result;
      return { ...result, log: result.log.split('\n').filter(isForPeople).join('\n') };
    },
    async visit() {
      const { status, body } = await fetchOnce(`http://${host.address}/`);
      const [, version, orders] = /<h1>Shop, version (.+?)<\/h1>.*?(\d+) orders? so far/s.exec(body) ?? [];
      if (version === undefined) throw new Error(`the shop's page is none (${status}):\n${body}`);
      return { version, orders: Number(orders) };
    },
    status() {
      const env = {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        GRACEFUL_SSH_KEY: host.ssh.privateKey,
        GRACEFUL_KNOWN_HOSTS: host.ssh.knownHosts,
      };
      return must([process.execPath, DIST, 'status'], { cwd: repo.path, env });
    },
  };
}
