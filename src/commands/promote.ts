import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Artifact, readArtifact, treesOf } from '../artifact/folder.ts';
import { unpack } from '../artifact/unpack.ts';
import { BuildError, messageOf } from '../build/errors.ts';
import type { Run } from '../config/types.ts';
import type { BuildSpec } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Session } from '../session/session.ts';
import { HostError } from '../ssh/error.ts';
import { fromBits } from './artifact.ts';
import { greet } from './host-session.ts';
import { bitsOf, type Making } from './making.ts';

/**
 * A release of the very bits that are live on another stage: from the artifact where one is given, which must be the same, else from
 * that stage's host.
 * @throws BuildError where they are not live there
 */
export async function fromStage(run: Run, scratch: string, log: Log): Promise<Making> {
  if (run.from === undefined) throw new Error('a run that promotes names a stage to promote');
  const { stage, login } = run.from;
  const into = join(scratch, 'artifact');
  await mkdir(into);
  const session = await greet({ ...run, stage, command: 'fetch' }, login, log, { ask: { type: 'live' } });
  try {
    const { release, build } = await liveBuild(session, stage.name);
    log.info(`promoting ${release}, live on ${stage.name}: commit ${build.commit.slice(0, 7)} of ${build.ref}`);
    const artifact = run.fromArtifact
      ? await sameArtifact(run.artifact, build, into, `${release}, which is live on ${stage.name}`)
      : await fetchFrom(session, build, into);
    return await fromBits(run, artifact, `the release ${release} of stage ${stage.name}`, scratch);
  } finally {
    session.close();
  }
}

async function liveBuild(session: Session, stage: string): Promise<{ release: string; build: BuildSpec }> {
  const { release, state, build } = await session.live();
  if (release === null) {
    throw new BuildError(`nothing is live on ${stage}, so there is nothing to promote`, {
      mend: `deploy to ${stage} first`,
    });
  }
  const { unfinished } = session.welcome;
  if (state !== 'good' || unfinished !== null) {
    throw new BuildError(`${release} serves on ${stage}, and is not confirmed there: ${unfinished ?? state}`, {
      mend: `wait until the deploy to ${stage} has ended, and see \`status\``,
    });
  }
  if (build === null) {
    throw new BuildError(
      `${release}, live on ${stage}, was deployed by an older version, which did not note its bits`,
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
