import type { StatusAnswer } from '../src/protocol/messages.ts';
import { openBalancer } from './balancer.ts';
import { startHost, type TestHost } from './host.ts';
import { fetchOnce } from './http.ts';
import type { Variant } from './image.ts';
import { status } from './inside.ts';
import { openPublicFace, type PublicFace } from './public-face.ts';
import { type Step, type StepOptions, type StepResult, startStep } from './runner.ts';
import { SECRET } from './scene.ts';
import { makeShopRepo, type ShopRepo } from './shop.ts';
import { type HostedSite, provisionSite } from './site.ts';

/** One host of a fleet, and the site on it. */
export interface FleetHost {
  readonly host: TestHost;
  readonly site: HostedSite;
}

/** Hosts that are set up for the shop, which let the same key in, and the shop's repository. Visitors come through the first one's public face. */
export interface FleetScene extends AsyncDisposable {
  readonly hosts: readonly [FleetHost, ...FleetHost[]];
  readonly repo: ShopRepo;
  readonly face: PublicFace;
  /** Where visitors find the site. */
  readonly url: string;
  /** Starts a step, a deploy unless the inputs say otherwise. */
  start(inputs?: Readonly<Record<string, string>>, options?: Partial<StepOptions>): Promise<Step>;
  /** Starts a deploy up to where all hosts have switched, and the runner waits for an answer of the shut public face. */
  startAndStand(): Promise<Step>;
  run(inputs?: Readonly<Record<string, string>>): Promise<StepResult>;
  status(one: FleetHost): Promise<StatusAnswer>;
  /** What serves on each host: the release by its links, and the version that a visitor sees. */
  serving(): Promise<{ release: string | null; version: string | undefined }[]>;
}

/**
 * Boots hosts as one stage, without the minute's work.
 * @param hosts how many, or what each of them is
 * @param config laid over the example's graceful.yml
 * @param balanced visitors come through a balancer in front of all, and not through the first one's face
 */
export async function openFleet(
  hosts: number | readonly Variant[],
  config: Readonly<Record<string, unknown>> = {},
  { balanced = false }: { readonly balanced?: boolean } = {},
): Promise<FleetScene> {
  const stack = new AsyncDisposableStack();
  try {
    const booted: TestHost[] = [];
    const variants = typeof hosts === 'number' ? Array.from({ length: hosts }, () => 'plain' as const) : hosts;
    for (const image of variants) booted.push(stack.use(await startHost({ image })));
    const [first] = booted;
    if (first === undefined) throw new Error('a fleet has at least one host');
    const face = stack.use(await openPublicFace(first));
    const dotenv = { ALLOWED_HOSTS: [first.gateway, ...booted.map(({ address }) => address)].join(',') };
    const made: FleetHost[] = [];
    for (const host of booted) {
      made.push({ host, site: await provisionSite(host, { tick: false, dotenv }) });
      const add = 'cat >> ~/.ssh/authorized_keys';
      await host.must(['sh', '-c', add], { user: host.deployUser, input: `${first.publicKey}\n` });
    }
    const [one, ...others] = made;
    if (one === undefined) throw new Error('a fleet has at least one host');
    const balancer = balanced ? stack.use(await openBalancer(booted)) : undefined;
    const url = balancer?.url ?? face.url;
    const stage = { host: null, hosts: booted.map(({ address }) => address), url };
    const repo = stack.use(
      await makeShopRepo({
        host: first.address,
        config: { migrate: false, verify: { local: 'http://127.0.0.1' }, ...config, stages: { staging: stage } },
      }),
    );
    const knownHosts = booted.map((host) => host.knownHosts).join('\n');
    const start: FleetScene['start'] = (inputs, options) =>
      startStep({
        workspace: repo.path,
        ...options,
        inputs: { 'ssh-key': first.privateKey, 'known-hosts': knownHosts, env: SECRET, ...inputs },
      });
    const end = stack.move();
    return {
      hosts: [one, ...others],
      repo,
      face,
      url,
      start,
      async startAndStand() {
        face.shut();
        const step = await start();
        const tooEarly = (result: StepResult): never => {
          throw new Error(`it ended before its public check:\n${result.log}`);
        };
        await Promise.race([face.visited(), step.result.then(tooEarly)]);
        return step;
      },
      run: async (inputs) => (await start(inputs)).result,
      status: ({ host, site }) => status(host, site),
      serving: () =>
        Promise.all(
          made.map(async ({ host, site }) => {
            const { links } = await status(host, site);
            const page = await fetchOnce(site.url).catch(() => undefined);
            return { release: links.current, version: /version (\S+?)</.exec(page?.body ?? '')?.[1] };
          }),
        ),
      [Symbol.asyncDispose]: () => end.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
