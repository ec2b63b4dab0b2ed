import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Artifact, readArtifact, treesOf } from '../artifact/folder.ts';
import { unpack } from '../artifact/unpack.ts';
import { BuildError, messageOf } from '../build/errors.ts';
import type { Run } from '../config/types.ts';
import { connectAll } from '../fleet/member.ts';
import type { BuildSpec } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Session } from '../session/session.ts';
import { HostError } from '../ssh/error.ts';
import { fromBits } from './artifact.ts';
import { bitsOf, type Making } from './making.ts';

/**
 * A release of the very bits that are live on another stage: from the artifact where one is given, which must be the same, else from
 * that stage's first host.
 * @throws BuildError where they are not live there, or not on all of its hosts
 */
export async function fromStage(run: Run, scratch: string, log: Log): Promise<Making> {
  if (run.from === undefined) throw new Error('a run that promotes names a stage to promote');
  const { stage, logins } = run.from;
  const into = join(scratch, 'artifact');
  await mkdir(into);
  using hosts = await connectAll({ ...run, stage, logins, command: 'fetch' }, log, { ask: { type: 'live' } });
  const { release, build } = theSame(
    await hosts.each(async ({ name, session }) => {
      const where = hosts.isFleet ? `${stage.name} (${name})` : stage.name;
      return { name, ...(await liveBuild(session, where, stage.name)) };
    }),
    stage.name,
  );
  log.info(`promoting ${release}, live on ${stage.name}: commit ${build.commit.slice(0, 7)} of ${build.ref}`);
  const artifact = run.fromArtifact
    ? await sameArtifact(run.artifact, build, into, `${release}, which is live on ${stage.name}`)
    : await fetchFrom(hosts.first.session, build, into);
  return await fromBits(run, artifact, `the release ${release} of stage ${stage.name}`, scratch);
}

/** What is live on a host. */
interface LiveBits {
  release: string;
  build: BuildSpec;
}

/**
 * What is live on all hosts of a stage, as the first one has it: hosts of other systems have the same release in other bits. Pure.
 * @throws BuildError where they have several
 */
export function theSame(all: readonly (LiveBits & { name: string })[], stage: string): LiveBits {
  const [first] = all;
  if (first === undefined) throw new Error('a stage was asked that has no host');
  if (all.every(({ release }) => release === first.release)) return first;
  const each = all.map(({ name, release }) => `${release} on ${name}`).join(', ');
  throw new BuildError(`the hosts of ${stage} serve several releases: ${each}`, {
    mend: `deploy to ${stage} again, which brings all to one, and promote that`,
  });
}

async function liveBuild(session: Session, where: string, stage: string): Promise<LiveBits> {
  const { release, state, build } = await session.live();
  if (release === null) {
    throw new BuildError(`nothing is live on ${where}, so there is nothing to promote`, {
      mend: `deploy to ${stage} first`,
    });
  }
  const { unfinished } = session.welcome;
  if (state !== 'good' || unfinished !== null) {
    throw new BuildError(`${release} serves on ${where}, and is not confirmed there: ${unfinished ?? state}`, {
      mend: `wait until the deploy to ${stage} has ended, and see \`status\``,
    });
  }
  if (build === null) {
    throw new BuildError(
      `${release}, live on ${where}, was deployed by an older version, which did not note its bits`,
      {
        mend: `deploy to ${stage} again with force, then promote that`,
      },
    );
  }
  return { release, build };
}

/** @throws BuildError where the artifact holds other bits */
async function sameArtifact(folder: string, live: BuildSpec, into: string, what: string): Promise<Artifact> {
  const artifact = await readArtifact(folder, into);
  const [mine, theirs] = [new Map(treesOf(artifact.build)), new Map(treesOf(live))];
  const kinds = new Set([...mine.keys(), ...theirs.keys()]);
  const other = [...kinds].filter((kind) => mine.get(kind) !== theirs.get(kind));
  if (bitsOf(artifact.build) === bitsOf(live)) return { ...artifact, build: live };
  throw new BuildError(`the artifact ${folder} is not ${what}: ${other.join(', ')} differ`, {
    mend: 'name the artifact that was deployed there, or leave "artifact" out: the bits then come from that host',
  });
}

async function fetchFrom(session: Session, build: BuildSpec, into: string): Promise<Artifact> {
  const wanted = treesOf(build);
  try {
    const trees = await unpack(Readable.from(session.fetch(Object.fromEntries(wanted))), into);
    const got = new Map(trees.map(({ kind, tree }) => [kind, tree.manifest.digest]));
    if (wanted.some(([kind, digest]) => got.get(kind) !== digest)) throw new Error('it is not what was asked for');
    return { build, trees };
  } catch (thrown) {
    if (thrown instanceof HostError) throw thrown;
    throw new BuildError(`what ${session.label} sent is damaged: ${messageOf(thrown)}`, {
      mend: 'run it again; `graceful build` and "artifact" do without',
      cause: thrown,
    });
  }
}
