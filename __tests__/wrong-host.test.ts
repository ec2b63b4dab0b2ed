/** What can be wrong with a host before anything is live there, with the words that a person reads. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScene, type Scene, SECRET } from '../testbed/scene.ts';
import { faultsOfHost, onWrongHost, type WrongHost } from './fixtures/wrong/host.ts';
import { CLASSES } from './fixtures/wrong/host-rows.ts';
import { stepHere } from './fixtures/wrong/run.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
  await scene.repo.commit();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** A deploy by this very process, or by the Action itself. */
async function refused(row: WrongHost, asAction: boolean) {
  const { host, repo } = scene;
  const inputs = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
  const here = () => stepHere({ workspace: repo.path, inputs });
  const step = await onWrongHost(scene, row, asAction ? () => scene.deploy() : here);
  expect(step, step.log).toMatchObject({ code: 69, outputs: {} });
  expect(faultsOfHost(scene, step)).toEqual(row.says);
}

describe.each(CLASSES)('$name', ({ rows }) => {
  test.for(rows)('$fault', (row) => refused(row, false));
  test.for(rows.slice(0, 1))('$fault: the Action itself', (row) => refused(row, true));
});
