import { type Artifact, treesOf } from '../artifact/folder.ts';
import type { DebianPackage } from '../build/debian/packages.ts';
import type { Django } from '../build/django/django.ts';
import type { Applied, Pending } from '../build/django/migrations.ts';
import { assertLengths } from '../build/lengths.ts';
import { otherProcesses } from '../build/processes.ts';
import { settingsModule, staticPath } from '../build/static/static.ts';
import type { Run } from '../config/types.ts';
import type { BuildSpec, HostFacts, Pack } from '../protocol/messages.ts';
import type { Sent } from '../report/summary.ts';
import { webProcess } from '../servers/web.ts';
import type { PackTree } from '../shipping/pack.ts';
import type { Made } from './release.ts';

/** How a run comes by the release that it deploys: built from the commit, from an artifact, or from another stage. */
export interface Making {
  /**
   * Says what the release would be, as far as comparing with the live one needs it.
   * @throws BuildError for what does not fit the host, before anything is built or touched
   */
  plan(facts: HostFacts): Promise<Plan>;
}

export interface Plan {
  commit: string;
  django: Django;
  deployKey: string;
  /** Debian packages that it needs on the host. */
  packages: DebianPackage[];
  /** What goes into the environment, told by that of the very same release that is live; none where it is not built from a commit. */
  explain?: (live: BuildSpec['env']) => readonly string[];
  /** @param applied of the database: what of the release's migrations it lacks is told with what is made */
  make(applied?: Applied): Promise<Built>;
}

/** A release with its bits: its description, and the trees to send as far as the host lacks them. */
export interface Built extends Artifact {
  made: Made;
  env: NonNullable<Pack['env']>;
  /** Where the environment came from; the host may have it all the same. */
  origin: Exclude<Sent['env'], 'reused'>;
  /** What went into the environment; nothing where it was not built from a commit. */
  explained: readonly string[];
  /** What would be applied to the database; only where it was asked for. */
  pending?: Pending | undefined;
  /** Keeps the environment for the next run; to be called when the deploy is over. */
  keep: () => Promise<string | null>;
}

/** Everything that a release's processes find in their environment, in the order input > stage > common. */
export function releaseEnv(run: Pick<Run, 'stage' | 'env'>, django: Django): Record<string, string> {
  const env = { ...run.stage.env, ...run.env };
  return { ...env, DJANGO_SETTINGS_MODULE: settingsModule(django, env) };
}

/**
 * Puts a release together from what was built and what the stage says.
 * @throws BuildError for a server that it lacks, and for names that no host can have
 */
export function assemble(
  { stage }: Pick<Run, 'stage'>,
  { build, trees }: Artifact,
  { django, deployKey }: Pick<Plan, 'django' | 'deployKey'>,
): Pick<Built, 'made' | 'build' | 'trees' | 'env'> {
  const { hash, digest, inputs, packages, requirements } = build.env;
  const python = build.target.minor;
  assertLengths(trees, stage.root);
  const web = webProcess({
    ...stage,
    graceMs: stage.times.graceMs,
    application: django.application,
    interface: django.interface,
    packages,
  });
  return {
    made: {
      commit: build.commit,
      ref: build.ref,
      deployKey,
      build,
      trees: build.trees,
      config: build.config,
      env: { hash, inputs, python, packages },
      project: django.project,
      processes: { web, ...otherProcesses(stage.processes, django.settings) },
      manage: ['{python}', django.manage],
      static: build.static && { ...build.static, url: staticPath(build.static.url, stage.url) },
    },
    build,
    trees,
    env: { hash, digest, python, requirements },
  };
}

/** The digests that name a release's bits, for its deploy key. Pure. */
export function bitsOf(build: Parameters<typeof treesOf>[0]): string {
  return treesOf(build)
    .map(([kind, digest]) => `${kind} ${digest}`)
    .join(', ');
}

/** The tree of a kind, which is known to be there. */
export function treeOf(trees: readonly PackTree[], kind: PackTree['kind']): PackTree['tree'] {
  const found = trees.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`a release without ${kind}`);
  return found.tree;
}
