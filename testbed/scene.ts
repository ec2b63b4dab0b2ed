import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusAnswer } from '../src/protocol/messages.ts';
import { type HostOptions, startHost, type TestHost } from './host.ts';
import { type Answer, fetchOnce } from './http.ts';
import { type JournalRecord, readJournal, status } from './inside.ts';
import { type LoadRecord, type LoadSummary, startLoad, summarise } from './load.ts';
import { MANAGER } from './manager.ts';
import { runStep, type StepOptions, type StepResult } from './runner.ts';
import { makeShopRepo, type ShopRepo } from './shop.ts';
import { type HostedSite, provisionSite } from './site.ts';

/** The one secret that every deploy of a scene gives its site, unless the test gives others. */
export const SECRET = 'SECRET_KEY=what-only-this-shop-knows';

/** What a step did to the site's visitors, besides its own result. */
export interface Observed {
  readonly step: StepResult;
  readonly seen: LoadSummary;
  readonly records: readonly LoadRecord[];
}

/** A host that is set up for the shop, and the shop's repository. Nothing is live, nothing is committed. */
export interface Scene extends AsyncDisposable {
  readonly host: TestHost;
  readonly site: HostedSite;
  readonly repo: ShopRepo;
  /** Runs the step that deploys what is checked out. */
  deploy(options?: Partial<StepOptions>): Promise<StepResult>;
  /** Runs another command, e.g. `{ command: 'rollback' }`. */
  command(inputs: Readonly<Record<string, string>>): Promise<StepResult>;
  /** What the host says of the site. */
  status(): Promise<StatusAnswer>;
  journal(): Promise<JournalRecord[]>;
  /** Switches the host on again; returns when what starts the site after a boot has done so. */
  boot(): Promise<void>;
  /** The web server no longer shows the candidate, as somebody's own site of it may be. */
  hideCandidate(): Promise<void>;
  /** One visit of a page. */
  visit(path?: string): Promise<Answer>;
  /** Runs a step while visitors come, 50 a second, from half a second before it until a second after it. */
  underLoad(work: () => Promise<StepResult>): Promise<Observed>;
}

/**
 * Boots a host and sets the shop up on it, without the minute's work: nothing happens but what a test does.
 * @param config laid over the example's graceful.yml; migrations are left to the tests that are about them
 * @param options what differs of the host itself
 */
export async function openScene(
  config: Readonly<Record<string, unknown>> = {},
  options: HostOptions = {},
): Promise<Scene> {
  const stack = new AsyncDisposableStack();
  try {
    const host = stack.use(await startHost(options));
    const site = await provisionSite(host, { tick: false });
    const repo = stack.use(await makeShopRepo({ host: host.address, config: { migrate: false, ...config } }));
    const run = ({ inputs, ...more }: Partial<StepOptions> = {}): Promise<StepResult> =>
      runStep({
        workspace: repo.path,
        ...more,
        inputs: { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET, ...inputs },
      });
    const end = stack.move();
    return {
      host,
      site,
      repo,
      deploy: run,
      command: (inputs) => run({ inputs }),
      status: () => status(host, site),
      journal: () => readJournal(host, site.root),
      async boot() {
        await host.boot();
        await MANAGER.started(host, site);
      },
      async hideCandidate() {
        const file = '/etc/nginx/sites-available/shop';
        await host.writeFile(file, (await host.readFile(file)).replaceAll(/1" +candidate;/g, '1" current;'));
        await host.must(['systemctl', 'reload', 'nginx']);
      },
      visit: (path = '/') => fetchOnce(new URL(path, site.url).href),
      async underLoad(work) {
        await using load = await startLoad(host);
        await sleep(500);
        const step = await work();
        await sleep(1_000);
        const records = await load.stop();
        return { step, seen: summarise(records), records };
      },
      [Symbol.asyncDispose]: () => end.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Addresses of the hashed files that a page names, and those that its style sheet names in turn. */
export async function assetsOf(scene: Scene, page: string): Promise<string[]> {
  const named = [...page.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map(([, path = '']) => path);
  const sheets = named.filter((path) => path.endsWith('.css'));
  const inner = await Promise.all(
    sheets.map(async (sheet) => {
      const { body } = await scene.visit(sheet);
      return [...body.matchAll(/url\("?([^")]+)"?\)/g)].map(
        ([, path = '']) => new URL(path, `http://shop${sheet}`).pathname,
      );
    }),
  );
  return [...named, ...inner.flat()];
}

/** The same release serves, by the same process, as when `before` was taken. */
export function live(status: StatusAnswer): { release: string | null; backend: string | null; pid: number | null } {
  const active = status.backends.find(({ process, role }) => process === 'web' && role === 'active');
  return { release: status.links.current, backend: active?.backend ?? null, pid: active?.pid ?? null };
}
