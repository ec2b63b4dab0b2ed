import type { StatusAnswer } from '../src/protocol/messages.ts';
import type { HostOptions } from './host.ts';
import { fetchOnce } from './http.ts';
import { openPublicFace, type PublicFace } from './public-face.ts';
import { type Step, type StepOptions, type StepResult, startStep } from './runner.ts';
import { openScene, type Scene, SECRET } from './scene.ts';
import type { CommitOptions } from './shop.ts';
import { writeDotenv } from './site.ts';
import { until } from './slot.ts';

/** Times that let a test see the end of each: in the order of the defaults, some ten times as fast. */
export const FAST = {
  heartbeat: '500ms',
  lease: '4500ms',
  confirm: '20s',
  standby: '5m',
  // It ends with the last visitor; on a busy machine many wait for a new release's one worker at its switch.
  drain: '30s',
  grace: '5s',
} as const;

/** What a site is at one moment, from all who know: the links and the journal by `status`, and a visitor. */
export interface SiteState {
  /** Release that answers a visitor. */
  readonly answers: string;
  /** Version that the answering page says. */
  readonly version: string;
  readonly links: StatusAnswer['links'];
  readonly unfinished: string | null;
  readonly holder: string | null;
  /** `<role> <release>` of each running backend of web. */
  readonly backends: readonly string[];
  /** `<process> <role> <release>` of each running backend of another process. */
  readonly processes: readonly string[];
  /** State of each release, oldest first: `good`, `failed` ... */
  readonly releases: readonly string[];
}

/** A scene on which version 1 of the shop is live, and what stands in front of it. */
export interface LiveShop extends Scene {
  readonly face: PublicFace;
  /** Release of version 1. */
  readonly first: string;
  /** Commits, and starts the step that deploys it. */
  start(commit: CommitOptions, options?: Partial<StepOptions>): Promise<Step>;
  /** The same, up to the moment between switch and confirm: the runner waits for an answer of the shut public face. */
  startAndStand(commit: CommitOptions, options?: Partial<StepOptions>): Promise<Step>;
  state(): Promise<SiteState>;
}

/**
 * @param config laid over the example's graceful.yml with FAST times
 * @param options what differs of the host itself
 */
export async function startLiveShop(
  config: Readonly<Record<string, unknown>> = {},
  options: HostOptions = {},
): Promise<LiveShop> {
  const stack = new AsyncDisposableStack();
  try {
    const scene = stack.use(
      await openScene({ verify: { local: 'http://127.0.0.1' }, times: FAST, ...config }, options),
    );
    const { host, site, repo } = scene;
    const face = stack.use(await openPublicFace(host));
    await writeDotenv(host, site.site, { ALLOWED_HOSTS: `${host.address},${host.gateway}` });
    const commit = ({ config: more, ...wanted }: CommitOptions) =>
      repo.commit({ ...wanted, config: { stages: { staging: { url: face.url } }, ...more } });

    await commit({ version: '1', config: { migrate: true } });
    const { code, outputs, log } = await scene.deploy();
    if (code !== 0) throw new Error(`version 1 did not go live:\n${log}`);

    const start = async (wanted: CommitOptions, { inputs, ...more }: Partial<StepOptions> = {}): Promise<Step> => {
      await commit(wanted);
      const access = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
      return startStep({ workspace: repo.path, ...more, inputs: { ...access, ...inputs } });
    };
    const shop = {
      ...scene,
      face,
      first: outputs['release'] ?? '',
      start,
      async startAndStand(wanted: CommitOptions, options?: Partial<StepOptions>) {
        face.shut();
        const step = await start(wanted, options);
        const tooEarly = (result: StepResult): never => {
          throw new Error(`it ended before its public check:\n${result.log}`);
        };
        await Promise.race([face.visited(), step.result.then(tooEarly)]);
        return step;
      },
      async state(): Promise<SiteState> {
        const status = await scene.status();
        const up = status.backends.filter((backend) => backend.up);
        const page = await fetchOnce(`http://${host.address}/`);
        return {
          answers: String(page.headers['x-release']),
          version: /version (\S+?)</.exec(page.body)?.[1] ?? page.body,
          links: status.links,
          unfinished: status.unfinished,
          holder: status.holder,
          backends: up.filter(({ process }) => process === 'web').map(({ role, release }) => `${role} ${release}`),
          processes: up
            .filter(({ process }) => process !== 'web')
            .map(({ process, role, release }) => `${process} ${role} ${release}`),
          releases: status.releases.map(({ state }) => state).toReversed(),
        };
      },
    };
    const end = stack.move();
    return { ...shop, [Symbol.asyncDispose]: () => end.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Waits until `current` names the release. @returns milliseconds it took */
export async function untilCurrent({ host, site }: Scene, release: string, timeout = 20_000): Promise<number> {
  const began = performance.now();
  await until(`current names ${release}`, timeout, async () =>
    (await host.must(['readlink', `${site.root}/current`])).trim().endsWith(release),
  );
  return performance.now() - began;
}
