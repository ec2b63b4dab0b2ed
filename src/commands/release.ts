import type { Run, StageHost } from '../config/types.ts';
import type { ReleaseSpec } from '../protocol/messages.ts';

/** What the build knows of a release, beside the run's own configuration. */
export type Made = Pick<
  ReleaseSpec,
  'commit' | 'ref' | 'deployKey' | 'build' | 'config' | 'trees' | 'env' | 'project' | 'processes' | 'manage' | 'static'
>;

/** The same with those processes alone that run on one host: web, and what the stage has there. Pure. */
export function runningOn({ processes }: Pick<StageHost, 'processes'>, made: Made): Made {
  const here = Object.entries(made.processes).filter(([name]) => name === 'web' || processes.includes(name));
  return { ...made, processes: Object.fromEntries(here) };
}

/** `<utc>-<sha7>`: made once per deploy, for all hosts. Pure. */
export function releaseId(commit: string, at: Date): string {
  const utc = at
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  return `${utc}-${commit.slice(0, 7)}`;
}

/** `https://github.com/owner/name` of the run, or null outside GitHub. Pure. */
export function repositoryOf(run: Pick<Run, 'origin'>): string | null {
  return /^(https?:\/\/.+)\/actions\/runs\/\d+$/.exec(run.origin.runUrl ?? '')?.[1] ?? null;
}

/** The release's description as the host keeps it: no secret in it. Pure. */
export function describeRelease(run: Run, made: Made, at: Date): ReleaseSpec {
  const { stage } = run;
  const repository = repositoryOf(run);
  return {
    id: releaseId(made.commit, at),
    site: stage.site,
    commitUrl: repository === null ? null : `${repository}/commit/${made.commit}`,
    origin: run.origin,
    createdAt: at.toISOString(),
    ...made,
    shared: stage.shared,
    migrate: stage.migrate,
    strategy: stage.strategy,
    keepalive: stage.keepalive,
    url: stage.url,
    health: stage.health,
    verify: stage.verify,
    times: { ...stage.times, lockMs: run.lockMs },
    keep: stage.keep,
  };
}
