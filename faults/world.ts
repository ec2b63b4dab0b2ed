import { fetchOnce } from '../testbed/http.ts';
import { type LiveShop, startLiveShop } from '../testbed/live-shop.ts';
import type { Step, StepOptions } from '../testbed/runner.ts';
import type { CommitOptions } from '../testbed/shop.ts';
import { Unmet } from './unmet.ts';

/** What visitors get. */
export interface Live {
  readonly release: string;
  /** What its pages say. */
  readonly version: string;
}

/** A host on which a shop is live, and which serves one case after the other. */
export interface World extends AsyncDisposable {
  readonly shop: LiveShop;
  /** What is laid over the example's graceful.yml. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What a visitor gets now. */
  answers(): Promise<Live>;
  /** Starts the step that deploys a version that nobody has seen yet. */
  start(commit?: Omit<CommitOptions, 'version'>, options?: Partial<StepOptions>): Promise<Started>;
  /** Deploys a new version that has to go live. @throws Error with the job's log otherwise */
  deploy(commit?: Omit<CommitOptions, 'version'>, options?: Partial<StepOptions>): Promise<Live>;
}

/** A deploy under way. */
export interface Started {
  readonly step: Step;
  readonly version: string;
}

/** All times a tenth of the defaults, but for those that only the end of something waits for. */
const TENTH = {
  heartbeat: '500ms',
  lease: '4500ms',
  confirm: '20s',
  standby: '5m',
  drain: '20s',
  grace: '5s',
} as const;

/** Boots a host and puts the first version live on it, and a second one, so that there is one to go back to. */
export async function makeWorld(): Promise<World> {
  const config = { times: TENTH };
  const shop = await startLiveShop(config);
  let count = 1;
  const world: World = {
    shop,
    config: { verify: { local: 'http://127.0.0.1' }, migrate: false, ...config },
    async answers() {
      const page = await fetchOnce(`http://${shop.host.address}/`);
      const version = /version (\S+?)</.exec(page.body)?.[1] ?? `none, but ${page.status}: ${page.body.slice(0, 200)}`;
      return { release: String(page.headers['x-release']), version };
    },
    async start(commit = {}, options = {}) {
      const version = String(++count);
      return { step: await shop.start({ ...commit, version }, options), version };
    },
    async deploy(commit, options) {
      const { step, version } = await world.start(commit, options);
      const { code, outputs, log } = await step.result;
      if (code !== 0 || outputs['result'] !== 'live') throw new Unmet(`version ${version} did not go live:\n${log}`);
      return { release: outputs['release'] ?? '', version };
    },
    [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
  };
  try {
    await world.deploy();
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw new Error('there is no site to begin with', { cause: error });
  }
  return world;
}
