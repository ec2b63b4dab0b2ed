import { type HostOptions, startHost, type TestHost } from './host.ts';
import { fetchOnce } from './http.ts';
import { openPublicFace, type PublicFace } from './public-face.ts';
import { runStep, type Step, type StepOptions, type StepResult, startStep } from './runner.ts';
import { type CommitOptions, makeShopRepo, type ShopRepo } from './shop.ts';
import { type HostedSite, provisionSite, type SiteOptions } from './site.ts';
import { until } from './slot.ts';

/** Times that let a test see the end of each: the order of the defaults, ten times as fast. */
export const FAST = {
  heartbeat: '500ms',
  lease: '4500ms',
  confirm: '20s',
  standby: '5m',
  drain: '5s',
  grace: '5s',
} as const;

export interface LiveShopOptions {
  /** `times` of graceful.yml; FAST by default. */
  readonly times?: Readonly<Record<string, string>>;
  /** Further parts of graceful.yml. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Further inputs of every step. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly host?: HostOptions;
  readonly site?: SiteOptions;
}

/** What a site is at one moment, from all who know: the links, `status`, the journal, a visitor. */
export interface SiteState {
  /** Release that answers a visitor. */
  readonly answers: string;
  /** Version that the answering page says. */
  readonly version: string;
  readonly links: Readonly<Record<'current' | 'previous' | 'working' | 'previousWorking', string | null>>;
  readonly unfinished: string | null;
  /** `<role> <release>` of each running backend. */
  readonly backends: readonly string[];
  /** State of each release, oldest first: `good`, `failed` ... */
  readonly releases: readonly string[];
}

/** A host on which version 1 of the shop is live, the repository it came from, and what stands in front of it. */
export interface LiveShop extends AsyncDisposable {
  readonly host: TestHost;
  readonly site: HostedSite;
  readonly repo: ShopRepo;
  readonly face: PublicFace;
  /** Release of version 1. */
  readonly first: string;
  readonly firstStep: StepResult;
  /** Commits and starts the step that deploys it. */
  start(commit: CommitOptions, options?: Partial<StepOptions>): Promise<Step>;
  /** Commits and deploys. */
  deploy(commit: CommitOptions, options?: Partial<StepOptions>): Promise<StepResult>;
  /** Runs another command. */
  command(inputs: Readonly<Record<string, string>>): Promise<StepResult>;
  state(): Promise<SiteState>;
}

/** Boots a host, sets the shop up and puts its version 1 live. The host's timer is off unless `site` says otherwise. */
export async function startLiveShop(options: LiveShopOptions = {}): Promise<LiveShop> {
  const stack = new AsyncDisposableStack();
  try {
    const host = stack.use(await startHost(options.host));
    const face = stack.use(await openPublicFace(host));
    const dotenv = { ALLOWED_HOSTS: `${host.address},${host.gateway}` };
    const site = await provisionSite(host, { tick: false, dotenv, ...options.site });
    const config = {
      verify: { local: 'http://127.0.0.1' },
      stages: { staging: { url: face.url } },
      times: options.times ?? FAST,
      ...options.config,
    };
    const repo = stack.use(await makeShopRepo({ host: host.address, config }));
    const inputs = {
      'ssh-key': host.privateKey,
      'known-hosts': host.knownHosts,
      env: 'SECRET_KEY=not-so-secret-in-a-test',
      ...options.inputs,
    };
    const step = (more: Partial<StepOptions> = {}): StepOptions => ({
      workspace: repo.path,
      ...more,
      inputs: { ...inputs, ...more.inputs },
    });
    const status = async () => (await runStep(step({ inputs: { command: 'status' } }))).outputs['status'] ?? '{}';
    await repo.commit({ version: '1' });
    const commitLater = (commit: CommitOptions) =>
      // Nothing is pending after the first deploy, and looking takes a second.
      repo.commit({ ...commit, config: { migrate: false, ...commit.config } });
    const firstStep = await runStep(step());
    if (firstStep.code !== 0) throw new Error(`version 1 did not go live:\n${firstStep.log}`);
    const shop = {
      host,
      site,
      repo,
      face,
      first: firstStep.outputs['release'] ?? '',
      firstStep,
      async start(commit: CommitOptions, more?: Partial<StepOptions>) {
        await commitLater(commit);
        return startStep(step(more));
      },
      async deploy(commit: CommitOptions, more?: Partial<StepOptions>) {
        await commitLater(commit);
        return runStep(step(more));
      },
      command: (wanted: Readonly<Record<string, string>>) => runStep(step({ inputs: wanted })),
      state: async () => siteState(host, await status()),
    };
    const end = stack.move();
    return { ...shop, [Symbol.asyncDispose]: () => end.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** The parts of `status`'s JSON that tests read. */
interface Status {
  readonly links: SiteState['links'];
  readonly unfinished: string | null;
  readonly backends: readonly { readonly release: string; readonly role: string; readonly up: boolean }[];
  readonly releases: readonly { readonly id: string; readonly state: string }[];
}

async function siteState(host: TestHost, json: string): Promise<SiteState> {
  const status: Status = JSON.parse(json);
  const page = await fetchOnce(`http://${host.address}/`);
  return {
    answers: String(page.headers['x-release']),
    version: /version (\S+?)</.exec(page.body)?.[1] ?? page.body,
    links: status.links,
    unfinished: status.unfinished,
    backends: status.backends.filter(({ up }) => up).map(({ role, release }) => `${role} ${release}`),
    releases: status.releases.map(({ state }) => state).toReversed(),
  };
}

/** Waits until `current` names the release. @returns milliseconds it took */
export async function untilCurrent(host: TestHost, root: string, release: string, timeout: number): Promise<number> {
  const began = performance.now();
  await until(`current names ${release}`, timeout, async () =>
    (await host.must(['readlink', `${root}/current`])).trim().endsWith(release),
  );
  return performance.now() - began;
}
