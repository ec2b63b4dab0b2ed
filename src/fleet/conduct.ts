/** The story of several hosts: everything is ready everywhere before anything switches anywhere, and all confirm or none does. */
import { checkPublic, mendOf } from '../commands/public-check.ts';
import type { Waves } from '../config/types.ts';
import type { Log } from '../report/log.ts';
import type { Place, Voice } from './voice.ts';
import { wavesOf } from './waves.ts';

/** One of them is out of it, or what all of them show is not good: nobody goes on. */
export class Broken extends Error {
  override readonly name = 'Broken';
  /** The host that is to blame; undefined where it is none of them. */
  readonly culprit: string | undefined;
  readonly next: string | undefined;

  constructor(reason: string, culprit?: string, next?: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.culprit = culprit;
    this.next = next;
  }
}

/** What the story is told with. */
export interface Conducted {
  begin(host: Voice): void;
  /** Waits until something holds, looking again whenever a host says something, and after so many milliseconds. */
  until(holds: () => boolean, againMs?: number): Promise<void>;
  waves: Pick<Waves, 'canary' | 'batch' | 'pauseMs' | 'maxFail'>;
  log: Log;
  /** The job was cancelled. */
  signal: AbortSignal;
}

/**
 * Takes all hosts through an operation together, up to their confirms. The first host's lock is the fleet's: two runs never hold some
 * of the hosts each and wait for the others.
 * @throws Broken where they cannot go on together; those that have begun are to be cancelled then
 */
export async function conduct(hosts: readonly [Voice, ...Voice[]], by: Conducted): Promise<void> {
  const [first, ...others] = hosts;
  const at = (place: Place, some: readonly Voice[] = hosts) =>
    by.until(() => {
      assertWell(hosts, by);
      return some.every((host) => host.isAt(place));
    });
  by.begin(first);
  await at('lock', [first]);
  for (const host of others) by.begin(host);
  await at('migrate');
  first.go('migrate');
  await at('start', [first]);
  for (const host of others) host.go('migrate', first.migrations);
  await at('start');
  const waves = wavesOf(hosts, by.waves);
  for (const [index, wave] of waves.entries()) {
    if (index > 0) await pause(hosts, by);
    if (waves.length > 1) by.log.info(`wave ${index + 1} of ${waves.length}: ${namesOf(wave)}`);
    for (const host of wave) host.go('start');
    await at('switch', wave);
    for (const host of wave) host.go('switch');
    await at('confirm', wave);
    await assertPublic(first, index === waves.length - 1, by);
  }
  for (const host of hosts) host.go('confirm');
  // Each says once more that it is there, so that the confirms reach all of them or, as far as can be known, none.
  await at('confirming');
  for (const host of hosts) host.confirm();
}

/** Those that have switched are watched by themselves meanwhile. */
async function pause(hosts: readonly [Voice, ...Voice[]], by: Conducted): Promise<void> {
  const { pauseMs } = by.waves;
  const over = performance.now() + pauseMs;
  await by.until(() => {
    assertWell(hosts, by);
    return performance.now() >= over;
  }, pauseMs);
}

function assertWell(hosts: readonly [Voice, ...Voice[]], { waves, signal }: Conducted): void {
  if (signal.aborted) throw new Broken('the job was cancelled', undefined, 'Run it again when it is wanted.');
  const broken = hosts.filter(({ trouble }) => trouble !== undefined);
  // What is done once for all was done by the first one, so nothing goes on without it.
  if (broken.length <= waves.maxFail && !broken.includes(hosts[0])) return;
  const [one] = broken;
  if (one === undefined) return;
  const { name } = one.member;
  throw new Broken(`${name}: ${one.trouble}`, name, `See what became of ${name}.`);
}

/** The public URL is one for all hosts. Before the last wave a load balancer may lead it to either release. */
async function assertPublic({ toCheck, request }: Voice, isLast: boolean, { log, signal }: Conducted): Promise<void> {
  if (toCheck?.public !== true) return;
  log.info(`the hosts' own checks are good; checking ${toCheck.url}`);
  const trouble = await checkPublic(isLast ? toCheck : { ...toCheck, static: null }, signal);
  if (trouble === null || signal.aborted) return;
  log.error(`the public check failed: ${trouble}`);
  throw new Broken(`the public check failed: ${trouble}`, undefined, mendOf(trouble, toCheck.url, request.type));
}

function namesOf(hosts: readonly Voice[]): string {
  return hosts.map(({ member }) => member.name).join(', ');
}
